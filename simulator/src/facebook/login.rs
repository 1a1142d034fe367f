use crate::{
    graph::error::GraphError,
    http::request::Ask,
    world::{Now, World},
};
use serde_json::Value;

pub fn token(_: &mut World, _: &Ask, _: Now) -> Result<Value, GraphError> {
    Err(GraphError::new(1, "not yet"))
}
pub fn exchange(_: &mut World, _: &Ask, _: Now) -> Result<Value, GraphError> {
    Err(GraphError::new(1, "not yet"))
}
pub fn app_token(_: &mut World, _: &Ask, _: Now) -> Result<Value, GraphError> {
    Err(GraphError::new(1, "not yet"))
}
pub fn debug_token(_: &mut World, _: &Ask, _: Now) -> Result<Value, GraphError> {
    Err(GraphError::new(1, "not yet"))
}
pub fn permissions(_: &mut World, _: &Ask, _: Now) -> Result<Value, GraphError> {
    Err(GraphError::new(1, "not yet"))
}
pub fn revoke(_: &mut World, _: &Ask, _: Now) -> Result<Value, GraphError> {
    Err(GraphError::new(1, "not yet"))
}
