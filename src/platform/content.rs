//! What an adapter is given: the account, what is to be posted, and the files as something to read from.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Take};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Access;
use crate::kind::{Kind, Login, Platform};

/// The account a job publishes to.
#[derive(Debug, Clone)]
pub struct Account {
    pub platform: Platform,
    pub login: Login,
    pub remote_id: String,
    pub username: String,
    pub scopes: Vec<String>,
    /// What [`super::Publish::standing`] told last; none before it was ever asked.
    pub standing: Option<Value>,
}

/// What is to be posted, as it will be for this account: its own caption and options where it has them.
#[derive(Debug, Clone)]
pub struct Content {
    pub kind: Kind,
    pub caption: String,
    /// The platform's own options in snake case (the API's `options`).
    pub options: Map<String, Value>,
    pub media: Vec<Item>,
}

/// One media file.
#[derive(Debug, Clone, Default)]
pub struct Item {
    pub path: PathBuf,
    pub is_video: bool,
    pub mime: String,
    /// Bytes in the file.
    pub bytes: u64,
    /// Pixels, as displayed (rotation applied).
    pub width: u32,
    pub height: u32,
    pub duration_ms: Option<u64>,
    /// Video codec in one word (`h264`, `hevc`), frames a second, audio codec; none where it is not a video or not known.
    pub video_codec: Option<String>,
    pub frame_rate: Option<f64>,
    pub audio_codec: Option<String>,
    /// Bits a second of the picture; channels and samples a second of the sound.
    pub video_bit_rate: Option<u64>,
    pub audio_channels: Option<u16>,
    pub audio_rate: Option<u32>,
    /// H.264's profile in one word (`high`), bits a colour, how finely colour is sampled (`4:2:0`); none where it is not known.
    pub video_profile: Option<String>,
    pub pixel_depth: Option<u8>,
    pub chroma: Option<String>,
    /// How the stored picture is turned to be displayed, in EXIF's numbers; 1 is as it is, 0 not known.
    pub orientation: u8,
    /// Forms that some platforms do not take, or that a copy is made for: a video whose index lies behind its data, one that an edit list rearranges,
    /// one in fragments, one made of half frames, one without any sound; a JPEG that holds several pictures, a picture that moves. False where it is
    /// not known.
    pub index_last: bool,
    pub edit_list: bool,
    pub fragmented: bool,
    pub interlaced: bool,
    pub silent: bool,
    pub multi_picture: bool,
    pub animated: bool,
    /// Where the platform can fetch the file while this job needs it; none when the installation has no public address.
    pub public_url: Option<String>,
}

impl Item {
    /// Reads `length` bytes from byte `first`.
    pub fn read_range(&self, first: u64, length: u64) -> io::Result<Take<File>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(first))?;
        Ok(file.take(length))
    }
}

/// One step's surroundings.
#[derive(Debug)]
pub struct Work<'a> {
    pub account: &'a Account,
    pub access: &'a Access,
    pub content: &'a Content,
    /// When the person wants the post to be out.
    pub publish_at: DateTime<Utc>,
    /// When the irreversible call was first made, for look-ups after an unknown outcome (`since`); none before.
    pub called_at: Option<DateTime<Utc>>,
    /// While settling or looking for a post: the ids of this account's posts that belong to other jobs, so that none of them is taken for this one.
    pub taken: &'a [String],
    /// While settling a call that [`super::Stage::pulls`]: true if nobody had asked for the media's addresses, and they have been closed for good, so
    /// that the call can never make a post; false if one was asked for.
    pub addresses_closed: bool,
    pub now: DateTime<Utc>,
}

/// Something the platform would refuse, found beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The field of the API that has to change: `caption`, `media.0`, `options.privacy_level`, `kind`.
    pub field: String,
    /// A stable word for programs: `too_long`.
    pub code: &'static str,
    /// What is wrong and what to do, in a sentence or two.
    pub message: String,
    #[serde(skip_serializing_if = "Remedy::is_none")]
    pub remedy: Remedy,
}

impl Problem {
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Problem {
        Problem { field: field.into(), code, message: message.into(), remedy: Remedy::None }
    }

    pub fn remedy(self, remedy: Remedy) -> Problem {
        Problem { remedy, ..self }
    }
}

/// What would cure a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Nothing that a program can do.
    #[default]
    None,
    /// A copy in the platform's form.
    Convert,
    /// Cutting the picture to another shape, or filling it up to one: a person chooses which.
    Crop,
    /// Ending the video earlier.
    Trim,
    /// Fewer characters.
    Shorten,
}

impl Remedy {
    pub fn is_none(&self) -> bool {
        *self == Remedy::None
    }
}
