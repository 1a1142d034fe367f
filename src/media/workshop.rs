//! The machine's own tools for converting videos, looked for when they are first needed: most commands need none.

use std::ops::Deref;
use std::sync::OnceLock;

use super::rendition::Tools;

/// The tools, once looked for.
#[derive(Debug, Default)]
pub struct Workshop(OnceLock<Tools>);

impl Workshop {
    /// Says what is there instead of looking.
    pub fn with(tools: Tools) -> Workshop {
        Workshop(OnceLock::from(tools))
    }
}

impl Deref for Workshop {
    type Target = Tools;

    fn deref(&self) -> &Tools {
        self.0.get_or_init(Tools::find)
    }
}
