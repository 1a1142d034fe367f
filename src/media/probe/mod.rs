//! What a file is, read from its bytes.
//!
//! What must always be true here:
//!
//! - nothing is believed: each size in a file is checked against the file before it is used, so a hostile file costs a
//!   bounded amount of memory (a few MiB) and time, and cannot make anything panic;
//! - only headers are read. Video data is never decoded, and only its place and length are checked;
//! - a file that passes is whole: one cut short is refused, as far as its format lets that be seen;
//! - whoever uploaded the file can act on the message of a [`Broken`] without knowing what a box or a marker is.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use serde::{Deserialize, Serialize};

mod avc;
mod bits;
mod boxes;
mod codec;
mod colour;
mod detail;
mod exif;
mod fragments;
mod jpeg;
mod mp4;
mod pictures;
mod sniff;
mod source;
mod tables;
#[cfg(test)]
mod tests;
mod tree;
mod vp9;
mod webm;

pub use sniff::{Format, MediaKind};
use source::Source;

/// What is known of a whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// The container or picture format; gives kind, MIME type and extension.
    pub format: Format,
    /// Pixels across, as displayed: rotation, EXIF orientation and pixel shape applied.
    pub width: u32,
    /// Pixels down, as displayed.
    pub height: u32,
    /// How the stored picture must be turned to be displayed, in EXIF's numbers: 1 (as it is) to 8.
    pub orientation: u8,
    /// A picture that moves (GIF, APNG, animated WebP). Platforms show its first frame at best.
    pub animated: bool,
    /// Length in milliseconds; videos only.
    pub duration_ms: Option<u64>,
    /// The picture of a video.
    pub video: Option<VideoTrack>,
    /// The sound of a video, where it has any.
    pub audio: Option<AudioTrack>,
    /// The index (`moov`) lies before the video data, as Instagram wants it. True for WebM.
    pub fast_start: bool,
    /// The video is in fragments (`moof`), as recorders and streaming tools write it.
    pub fragmented: bool,
    /// An edit list rearranges the video: several pieces, a gap, another speed, or more than 0.25 s left out at the
    /// start. The shorter skips that nearly every encoder writes for its own delay do not count.
    pub edit_list: bool,
    /// A JPEG that holds several pictures (MPO, JPS): stereo photos, and photos with a gain map or a preview of their own.
    #[serde(default)]
    pub multi_picture: bool,
    /// A picture that may be transparent in places: it has an alpha channel or a transparent colour (GIF: in its first frame).
    #[serde(default)]
    pub alpha: bool,
    /// A picture with a colour profile that is not recognisably sRGB: shown without it, its colours are wrong.
    #[serde(default)]
    pub icc: bool,
}

impl Probe {
    /// Image or video.
    pub fn kind(&self) -> MediaKind {
        self.format.kind()
    }

    /// The MIME type to send to a platform.
    pub fn mime(&self) -> &'static str {
        self.format.mime()
    }

    /// The file name's extension, without its dot.
    pub fn extension(&self) -> &'static str {
        self.format.extension()
    }

    fn picture(format: Format, stored: (u32, u32), orientation: u8, animated: bool) -> Result<Probe, Broken> {
        let (width, height) = stored;
        if width == 0 || height == 0 {
            return Err(Broken::damaged("its size is given as nothing"));
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > MOST_PIXELS {
            let megapixels = pixels / 1_000_000;
            return Err(Broken::new(
                "too_many_pixels",
                format!(
                    "The picture has {width} x {height} = {megapixels} megapixels; 100 are the most. \
                     Scale it down and upload it again."
                ),
            ));
        }
        let (width, height) = turned(orientation, width, height);
        Ok(Probe { orientation, animated, ..Probe::plain(format, width, height) })
    }

    /// A file of this form and these sides, of which nothing else is to be said: what holds besides is filled in over it.
    pub(in crate::media) fn plain(format: Format, width: u32, height: u32) -> Probe {
        Probe {
            format,
            width,
            height,
            orientation: 1,
            animated: false,
            duration_ms: None,
            video: None,
            audio: None,
            fast_start: false,
            fragmented: false,
            edit_list: false,
            multi_picture: false,
            alpha: false,
            icc: false,
        }
    }
}

/// The picture of a video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoTrack {
    /// `h264`, `hevc`, `vp8`, `vp9`, `av1`, `mpeg4`, `prores`, `mjpeg`, or the file's own word for it.
    pub codec: String,
    /// With profile and level, as browsers and RFC 6381 write it (`avc1.640028`).
    pub codec_string: String,
    /// Frames per second on average; 0 when the file does not say.
    pub fps: f64,
    /// Bits per second on average. For WebM that of the whole file.
    pub bitrate: u64,
    /// In a word: `baseline`, `main`, `high`, `high10`, `high422`, `high444` (H.264); `main`, `main10`, `rext` (HEVC);
    /// `profile0` to `profile3` (VP9); `main`, `high`, `professional` (AV1); `proxy` to `4444xq` (ProRes); `simple` (MPEG-4).
    /// None when the file does not say.
    #[serde(default)]
    pub profile: Option<String>,
    /// As people write it: `4.0`. None when the file does not say.
    #[serde(default)]
    pub level: Option<String>,
    /// Bits of one sample of brightness: 8, 10, 12. None when the file does not say.
    #[serde(default)]
    pub bit_depth: Option<u8>,
    /// How finely colour is stored: `4:2:0`, `4:2:2`, `4:4:4`, or `4:0:0` for grey. None when the file does not say.
    #[serde(default)]
    pub chroma: Option<String>,
    /// The headers say that pictures are stored as two fields, or may be.
    #[serde(default)]
    pub interlaced: bool,
}

/// The sound of a video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioTrack {
    /// `aac`, `mp3`, `opus`, `vorbis`, `pcm`, `ac3`, `alac`, `flac`, or the file's own word for it.
    pub codec: String,
    /// 1 is mono, 2 is stereo; 0 when the file does not say.
    pub channels: u16,
    /// Samples per second; 0 when the file does not say.
    pub sample_rate: u32,
    /// Bits per second on average; 0 when the file does not say.
    pub bitrate: u64,
}

/// A file that cannot be posted, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// For programs; stays the same when the message is reworded.
    pub code: &'static str,
    /// For people: what is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Broken {}

const AGAIN: &str = "Export or upload it again.";
const MOST_PIXELS: u64 = 100_000_000;

impl Broken {
    fn new(code: &'static str, message: impl Into<String>) -> Broken {
        Broken { code, message: message.into() }
    }

    fn damaged(how: &str) -> Broken {
        Broken::new("damaged", format!("The file is damaged: {how}. {AGAIN}"))
    }

    /// `part` is what breaks off, in words: "its video data".
    fn truncated(part: &str, have: u64, whole: u64) -> Broken {
        let unit: u64 = if whole < 1_000_000 { 1000 } else { 1_000_000 };
        let name = if unit == 1000 { "kB" } else { "MB" };
        let tenths = |bytes: u64| {
            let tenths = bytes / (unit / 10);
            format!("{}.{}", tenths / 10, tenths % 10)
        };
        let (have, whole) = (tenths(have), tenths(whole));
        Broken::new("truncated", format!("The file ends before {part} does ({have} of {whole} {name} are there). {AGAIN}"))
    }

    fn cut_off() -> Broken {
        Broken::new("truncated", format!("The file ends too early: its last part is missing. {AGAIN}"))
    }
}

/// Looks at the file at `path`.
///
/// # Errors
/// [`Broken`] for everything that could not be posted, and when the file cannot be read (`unreadable`).
pub fn probe(path: &Path) -> Result<Probe, Broken> {
    probe_reader(&mut open(path)?)
}

/// Looks at the file at `path`, and refuses it when it is something else than it was said to be: `declared_mime` is
/// the upload's `Content-Type`, `file_name` what the person calls it. Both may be missing or say nothing.
///
/// # Errors
/// As [`probe`], and `wrong_type`.
pub fn probe_named(path: &Path, declared_mime: Option<&str>, file_name: Option<&str>) -> Result<Probe, Broken> {
    let mut file = open(path)?;
    let format = Source::new(&mut file).and_then(|mut source| sniff::sniff(&mut source))?;
    sniff::must_agree(format, declared_mime, file_name)?;
    probe_reader(&mut file)
}

/// Looks at anything that can be read and sought, such as bytes in memory.
///
/// # Errors
/// As [`probe`].
pub fn probe_reader(reader: &mut (impl Read + Seek)) -> Result<Probe, Broken> {
    let mut source = Source::new(reader)?;
    match sniff::sniff(&mut source)? {
        Format::Jpeg => jpeg::read(&mut source),
        Format::Png => pictures::png(&mut source),
        Format::Webp => pictures::webp(&mut source),
        Format::Gif => pictures::gif(&mut source),
        format @ (Format::Mp4 | Format::Mov) => mp4::read(&mut source, format),
        Format::Webm => webm::read(&mut source),
    }
}

fn open(path: &Path) -> Result<File, Broken> {
    File::open(path).map_err(|e| source::unreadable(&e))
}

/// Orientations from 5 on lie on their side.
fn turned(orientation: u8, width: u32, height: u32) -> (u32, u32) {
    if orientation >= 5 { (height, width) } else { (width, height) }
}
