use crate::{
    graph::error::GraphError,
    http::request::Ask,
    world::{Now, World},
};
use serde_json::Value;

pub fn wants(
    _: &mut World,
    _: &Ask,
    _: Now,
) -> Result<Option<crate::http::fetch::Wanted>, GraphError> {
    Ok(None)
}
pub fn create(
    _: &mut World,
    _: &Ask,
    _: Now,
    _: Option<crate::http::fetch::Fetched>,
) -> Result<Value, GraphError> {
    Err(GraphError::new(1, "not yet"))
}
