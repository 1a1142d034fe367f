use crate::{
    graph::error::GraphError,
    http::request::Ask,
    world::{Now, World},
};
use serde_json::Value;

pub fn me(_: &mut World, _: &Ask, _: Now) -> Result<Value, GraphError> {
    Err(GraphError::new(1, "not yet"))
}
pub fn user(_: &mut World, _: &Ask, _: Now) -> Result<Value, GraphError> {
    Err(GraphError::new(1, "not yet"))
}
pub fn list(_: &mut World, _: &Ask, _: Now) -> Result<Value, GraphError> {
    Err(GraphError::new(1, "not yet"))
}
pub fn container(_: &mut World, _: &Ask, _: Now) -> Result<Value, GraphError> {
    Err(GraphError::new(1, "not yet"))
}
pub fn media(_: &mut World, _: &Ask, _: Now) -> Result<Value, GraphError> {
    Err(GraphError::new(1, "not yet"))
}
