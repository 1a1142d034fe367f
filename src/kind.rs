//! The words for where a post goes and what form it takes. Every layer uses these two enums; their text forms are the ones of the API,
//! the table and the pages.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $(#[serde(rename = $word)] $variant),* }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok($name::$variant),)*
                    _ => Err(format!("must be one of {}", [$($word),*].join(", "))),
                }
            }
        }

        impl rusqlite::types::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(self.as_str().into())
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                value.as_str()?.parse().map_err(|e: String| rusqlite::types::FromSqlError::Other(e.into()))
            }
        }
    };
}

words! {
    /// Whose API publishes. An Instagram account may have been connected through Facebook Login or through Instagram Login; see [`Login`].
    Platform { Tiktok = "tiktok", Facebook = "facebook", Instagram = "instagram" }
}

words! {
    /// Which consent flow connected an account; it decides hosts and tokens.
    Login { Tiktok = "tiktok", Facebook = "facebook", Instagram = "instagram" }
}

words! {
    /// The form of a post on its platform (the table of kinds in the API).
    Kind {
        Video = "video",
        DraftVideo = "draft_video",
        Photos = "photos",
        DraftPhotos = "draft_photos",
        Text = "text",
        Link = "link",
        Reel = "reel",
        PhotoStory = "photo_story",
        VideoStory = "video_story",
        Image = "image",
        Carousel = "carousel",
        Story = "story",
    }
}

impl Platform {
    /// The platform's name as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Platform::Tiktok => "TikTok",
            Platform::Facebook => "Facebook",
            Platform::Instagram => "Instagram",
        }
    }
}

impl Kind {
    /// What a person calls this kind.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Video => "video",
            Kind::DraftVideo => "draft video",
            Kind::Photos => "photos",
            Kind::DraftPhotos => "draft photos",
            Kind::Text => "text",
            Kind::Link => "link",
            Kind::Reel => "reel",
            Kind::PhotoStory => "photo story",
            Kind::VideoStory => "video story",
            Kind::Image => "image",
            Kind::Carousel => "carousel",
            Kind::Story => "story",
        }
    }
}
