use crate::{
    http::{answer::Answer, request::Ask},
    world::{Now, World},
};

pub fn show(_: &mut World, _: &Ask, _: Now) -> Answer {
    Answer::empty(501)
}
pub fn escape(text: &str) -> String {
    text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
}
