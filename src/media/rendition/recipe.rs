//! What is done to a file. Its JSON is stored and compared as text: names and order of the fields never change.

use serde::{Deserialize, Serialize};

/// One way to convert a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "make", rename_all = "snake_case")]
pub enum Recipe {
    /// Any picture becomes a plain JPEG.
    Picture(Picture),
    /// The video's index is moved to its front; nothing else changes.
    FastStart,
    /// The video is encoded anew.
    Video(Video),
}

/// A JPEG: upright, without transparency, in sRGB, without metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    pub max_width: u32,
    pub max_height: u32,
    /// Narrower ones are enlarged to this; 0: never enlarged.
    pub min_width: u32,
    pub max_bytes: u64,
    pub shape: Option<Shape>,
}

/// The ratio of the sides that is wanted, in whole numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    pub how: Fit,
    pub width: u32,
    pub height: u32,
}

/// How a ratio is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// What is too much goes, evenly on both sides.
    Crop,
    /// Bars are added on both sides: white ones to pictures, black ones to videos.
    Pad,
}

/// An MP4 of H.264 and AAC, index first, upright, without metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Video {
    /// The most of the shorter and of the longer side, whichever way up; never enlarged.
    pub short_side: u32,
    pub long_side: u32,
    /// Faster ones are slowed to this; slower ones stay as they are.
    pub max_fps: u32,
    /// The most; less where the file would become too large.
    pub video_bits: u64,
    pub audio_bits: u64,
    pub audio_rate: u32,
    pub channels: u16,
    pub max_bytes: u64,
    /// A video without sound gets a silent track.
    pub silent_track: bool,
    /// Cut off after so much.
    pub trim_ms: Option<u64>,
    pub shape: Option<Shape>,
}

impl Recipe {
    /// Does it need ffmpeg?
    pub fn needs_tools(&self) -> bool {
        matches!(self, Recipe::Video(_))
    }

    /// The usual extension of what is made, without its dot. Moving an index leaves a MOV a MOV: the made file's probe knows.
    pub fn extension(&self) -> &'static str {
        match self {
            Recipe::Picture(_) => "jpg",
            Recipe::FastStart | Recipe::Video(_) => "mp4",
        }
    }

    /// What is done, for people: “converted to JPEG, cropped to 4:5”.
    pub fn in_words(&self) -> String {
        match self {
            Recipe::Picture(picture) => format!("converted to JPEG{}", shape_in_words(picture.shape.as_ref(), "white")),
            Recipe::FastStart => "its index moved to the front".to_owned(),
            Recipe::Video(video) => {
                let mut words = format!("converted to MP4 (H.264){}", shape_in_words(video.shape.as_ref(), "black"));
                if let Some(ms) = video.trim_ms {
                    words.push_str(&format!(", cut after {}", seconds(ms)));
                }
                if video.silent_track {
                    words.push_str(", with a silent track if it has no sound");
                }
                words
            }
        }
    }
}

fn shape_in_words(shape: Option<&Shape>, bars: &str) -> String {
    match shape {
        None => String::new(),
        Some(shape) if shape.how == Fit::Crop => format!(", cropped to {}", ratio(shape)),
        Some(shape) => format!(", with {bars} bars to {}", ratio(shape)),
    }
}

/// As people say it: `4:5`, and `1.91:1` rather than `191:100`.
fn ratio(Shape { width, height, .. }: &Shape) -> String {
    if *height == 100 { format!("{}.{:02}:1", width / 100, width % 100) } else { format!("{width}:{height}") }
}

fn seconds(ms: u64) -> String {
    match ms % 1000 {
        0 => format!("{} s", ms / 1000),
        rest => format!("{}.{} s", ms / 1000, rest / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(shape: Option<Shape>) -> Recipe {
        Recipe::Picture(Picture { max_width: 1440, max_height: 1800, min_width: 320, max_bytes: 8_000_000, shape })
    }

    fn video() -> Video {
        Video {
            short_side: 1080,
            long_side: 1920,
            max_fps: 60,
            video_bits: 5_000_000,
            audio_bits: 128_000,
            audio_rate: 48_000,
            channels: 2,
            max_bytes: 100_000_000,
            silent_track: true,
            trim_ms: Some(60_500),
            shape: None,
        }
    }

    /// Stored rows are found again by this text.
    #[test]
    fn the_text_of_a_recipe_is_fixed() {
        let shape = Shape { how: Fit::Crop, width: 4, height: 5 };
        let texts = [
            (
                picture(Some(shape)),
                r#"{"make":"picture","max_width":1440,"max_height":1800,"min_width":320,"max_bytes":8000000,"shape":{"how":"crop","width":4,"height":5}}"#,
            ),
            (Recipe::FastStart, r#"{"make":"fast_start"}"#),
            (
                Recipe::Video(video()),
                r#"{"make":"video","short_side":1080,"long_side":1920,"max_fps":60,"video_bits":5000000,"audio_bits":128000,"audio_rate":48000,"channels":2,"max_bytes":100000000,"silent_track":true,"trim_ms":60500,"shape":null}"#,
            ),
        ];
        for (recipe, text) in texts {
            assert_eq!(serde_json::to_string(&recipe).unwrap(), text);
            assert_eq!(serde_json::from_str::<Recipe>(text).unwrap(), recipe);
        }
    }

    #[test]
    fn people_read_what_is_done() {
        let pad = Shape { how: Fit::Pad, width: 191, height: 100 };
        assert_eq!(picture(None).in_words(), "converted to JPEG");
        assert_eq!(picture(Some(pad)).in_words(), "converted to JPEG, with white bars to 1.91:1");
        assert_eq!(Recipe::Video(video()).in_words(), "converted to MP4 (H.264), cut after 60.5 s, with a silent track if it has no sound");
    }
}
