use crate::{
    http::{answer::Answer, request::Ask},
    world::{Now, World},
};

pub fn page(_: &mut World, _: &Ask, _: Now) -> Answer {
    Answer::empty(501)
}
pub fn decide(_: &mut World, _: &Ask, _: Now) -> Answer {
    Answer::empty(501)
}
