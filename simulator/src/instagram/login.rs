use crate::{
    graph::error::GraphError,
    http::request::Ask,
    world::{Now, World},
};
use serde_json::Value;

use crate::http::answer::Answer;
pub fn page(_: &mut World, _: &Ask, _: Now) -> Answer {
    Answer::empty(501)
}
pub fn decide(_: &mut World, _: &Ask, _: Now) -> Answer {
    Answer::empty(501)
}
pub fn token(_: &mut World, _: &Ask, _: Now) -> Answer {
    Answer::empty(501)
}
pub fn exchange(_: &mut World, _: &Ask, _: Now) -> Result<Value, GraphError> {
    Err(GraphError::new(1, "not yet"))
}
pub fn refresh(_: &mut World, _: &Ask, _: Now) -> Result<Value, GraphError> {
    Err(GraphError::new(1, "not yet"))
}
