//! Why something could not be made: a code for programs, a sentence for a person, and whether another try may help.

use std::{fmt, io};

/// Nothing was made, and nothing is left of the try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmade {
    /// For programs; stays the same when the message is reworded.
    pub code: &'static str,
    /// For people: what is wrong and what to do.
    pub message: String,
    /// Worth trying again: the disk was full, or it was stopped.
    pub again: bool,
}

impl Unmade {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Unmade {
        Unmade { code, message: message.into(), again: false }
    }

    pub(super) fn once_more(code: &'static str, message: impl Into<String>) -> Unmade {
        Unmade { again: true, ..Unmade::new(code, message) }
    }

    pub(super) fn stopped() -> Unmade {
        Unmade::once_more("stopped", "The conversion was stopped before its end. It begins again by itself.")
    }

    pub(super) fn damaged(how: &str) -> Unmade {
        Unmade::new("damaged", format!("The file cannot be converted: {how}. Export or upload it again."))
    }

    pub(super) fn disk(error: &io::Error) -> Unmade {
        Unmade::once_more("disk", format!("The converted file could not be stored: {error}. Make room on the disk; it is tried again."))
    }

    pub(in crate::media) fn no_tools() -> Unmade {
        Unmade::new("no_ffmpeg", "Converting a video needs ffmpeg, which is not on this machine. Install it, or upload the video in the wanted form.")
    }

    pub(in crate::media) fn bad_frame(why: &str) -> Unmade {
        Unmade::new("bad_frame", format!("The picture taken from the video cannot be used: {why}. Send a JPEG of at most 256 kB."))
    }

    pub(in crate::media) fn not_as_planned(difference: &str) -> Unmade {
        Unmade::new("not_as_planned", format!("The converted file did not become what it should: {difference}. Convert it by hand and upload that."))
    }
}

impl fmt::Display for Unmade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Unmade {}
