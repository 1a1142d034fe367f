use crate::{
    graph::error::GraphError,
    http::request::Ask,
    world::{Now, World},
};
use serde_json::Value;

pub fn publish(_: &mut World, _: &Ask, _: Now) -> Result<Value, GraphError> {
    Err(GraphError::new(1, "not yet"))
}
pub fn limit(_: &mut World, _: &Ask, _: Now) -> Result<Value, GraphError> {
    Err(GraphError::new(1, "not yet"))
}
