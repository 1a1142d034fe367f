//! The format, from the first bytes; and whether the name and the declared type tell the same.

use serde::{Deserialize, Serialize};

use super::source::{Source, chunk};
use super::{Broken, webm};

/// Image or video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    Image,
    Video,
}

impl MediaKind {
    /// The word of the API and the table.
    pub fn as_str(self) -> &'static str {
        match self {
            MediaKind::Image => "image",
            MediaKind::Video => "video",
        }
    }
}

/// The formats that are taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Jpeg,
    Png,
    Webp,
    Gif,
    Mp4,
    Mov,
    Webm,
}

impl Format {
    /// Image or video.
    pub fn kind(self) -> MediaKind {
        match self {
            Format::Jpeg | Format::Png | Format::Webp | Format::Gif => MediaKind::Image,
            Format::Mp4 | Format::Mov | Format::Webm => MediaKind::Video,
        }
    }

    /// The MIME type to send to a platform.
    pub fn mime(self) -> &'static str {
        match self {
            Format::Jpeg => "image/jpeg",
            Format::Png => "image/png",
            Format::Webp => "image/webp",
            Format::Gif => "image/gif",
            Format::Mp4 => "video/mp4",
            Format::Mov => "video/quicktime",
            Format::Webm => "video/webm",
        }
    }

    /// The file name's extension, without its dot.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Jpeg => "jpg",
            Format::Png => "png",
            Format::Webp => "webp",
            Format::Gif => "gif",
            Format::Mp4 => "mp4",
            Format::Mov => "mov",
            Format::Webm => "webm",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Format::Jpeg => "a JPEG picture",
            Format::Png => "a PNG picture",
            Format::Webp => "a WebP picture",
            Format::Gif => "a GIF picture",
            Format::Mp4 => "an MP4 video",
            Format::Mov => "a QuickTime (MOV) video",
            Format::Webm => "a WebM video",
        }
    }

    /// MP4 and MOV are one format with two names, which cameras and phones mix up themselves.
    fn passes_for(self, other: Format) -> bool {
        let plain = |format| {
            if format == Format::Mov { Format::Mp4 } else { format }
        };
        plain(self) == plain(other)
    }
}

pub(super) fn sniff(source: &mut Source<'_>) -> Result<Format, Broken> {
    source.seek(0)?;
    if source.len() == 0 {
        return Err(Broken::new("empty", "The file is empty. Export or upload it again."));
    }
    let head = source.vec(source.len().min(64), 64)?;
    source.seek(0)?;
    let is = |at: usize, text: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(text));
    let refuse = |what| Err(not_taken(what));
    match chunk::<4>(&head, 4) {
        Some(kind) if &kind == b"ftyp" => return brand(&head),
        // QuickTime's older files begin with one of these.
        Some(kind) if [b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"].contains(&&kind) => {
            return Ok(Format::Mov);
        }
        _ => {}
    }
    match () {
        () if is(0, b"\xff\xd8\xff") => Ok(Format::Jpeg),
        () if is(0, b"\x89PNG\r\n\x1a\n") => Ok(Format::Png),
        () if is(0, b"GIF87a") || is(0, b"GIF89a") => Ok(Format::Gif),
        () if is(0, b"RIFF") && is(8, b"WEBP") => Ok(Format::Webp),
        () if is(0, b"\x1a\x45\xdf\xa3") && head.windows(8).any(|word| word == b"matroska") => Err(webm::matroska()),
        () if is(0, b"\x1a\x45\xdf\xa3") => Ok(Format::Webm),
        () if is(0, b"RIFF") && is(8, b"AVI ") => refuse("an AVI video"),
        () if is(0, b"\x30\x26\xb2\x75") => refuse("a Windows Media video"),
        () if is(0, b"FLV") => refuse("a Flash video"),
        () if is(0, b"\0\0\x01\xba") || (is(0, b"G") && source.len().is_multiple_of(188)) => refuse("an MPEG stream"),
        () if is(0, b"II*\0") || is(0, b"MM\0*") => refuse("a TIFF or RAW picture"),
        () if is(0, b"BM") => refuse("a BMP picture"),
        () if is(0, b"8BPS") => refuse("a Photoshop file"),
        () if is(0, b"%PDF") => refuse("a PDF document"),
        () if is(0, b"ID3") || is(0, b"OggS") || (is(0, b"RIFF") && is(8, b"WAVE")) => refuse("a sound file"),
        () => refuse("a kind of file that is not known here"),
    }
}

fn brand(head: &[u8]) -> Result<Format, Broken> {
    const HEIC: [&[u8; 4]; 6] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"];
    const AVIF: [&[u8; 4]; 2] = [b"avif", b"avis"];
    let Some(main) = chunk::<4>(head, 8) else { return Err(Broken::cut_off()) };
    // "mif1" and "msf1" say only that it is such a picture; the others that it goes by say of which kind.
    let length = chunk(head, 0).map_or(0, u32::from_be_bytes);
    let others = head.get(16..usize::try_from(length).unwrap_or(usize::MAX).min(head.len())).unwrap_or_default().as_chunks::<4>().0;
    let vague = &main == b"mif1" || &main == b"msf1";
    let is = |kinds: &[&[u8; 4]]| kinds.contains(&&main) || (vague && others.iter().any(|brand| kinds.contains(&brand)));
    match &main {
        _ if is(&AVIF) => Err(modern("unknown_type", "an AVIF picture")),
        _ if is(&HEIC) => Err(modern("heic", "a HEIC photo")),
        _ if vague => Err(modern("heic", "a HEIF picture")),
        b"crx " => Err(not_taken("a RAW picture")),
        b"qt  " => Ok(Format::Mov),
        _ => Ok(Format::Mp4),
    }
}

/// What phones take pictures in, and no platform takes from a program.
fn modern(code: &'static str, what: &str) -> Broken {
    Broken::new(
        code,
        format!(
            "This is {what}, which the platforms do not take. Save or share it as JPEG and upload that \
             (on an iPhone: Settings, Camera, Formats, Most Compatible)."
        ),
    )
}

fn not_taken(what: &str) -> Broken {
    Broken::new(
        "unknown_type",
        format!(
            "This is {what}, which cannot be posted. Save it as JPEG or PNG if it is a picture, \
             as MP4 or MOV if it is a video, and upload that."
        ),
    )
}

/// Refuses a name or a declared type that lies. One that says nothing, or nothing that is known, is no lie.
pub(super) fn must_agree(format: Format, mime: Option<&str>, name: Option<&str>) -> Result<(), Broken> {
    let wrong = |said: String| {
        let is = format.in_words();
        let extension = format.extension();
        Err(Broken::new("wrong_type", format!("The file {said}, but it is {is}. Rename it to .{extension}, or upload the file that was meant.")))
    };
    match mime.map(declared) {
        Some(Said::Format(said)) if !said.passes_for(format) => {
            return wrong(format!("was sent as {}", said.in_words()));
        }
        Some(Said::SomethingElse(said)) => return wrong(format!("was sent as {said}")),
        _ => {}
    }
    let extension = name.and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension);
    match extension.map(named) {
        Some(Said::Format(said)) if !said.passes_for(format) => wrong(format!("is named like {}", said.in_words())),
        Some(Said::SomethingElse(said)) => wrong(format!("is named .{said}")),
        _ => Ok(()),
    }
}

enum Said {
    Nothing,
    Format(Format),
    SomethingElse(String),
}

fn declared(mime: &str) -> Said {
    let mime = mime.split(';').next().unwrap_or(mime).trim().to_ascii_lowercase();
    match mime.as_str() {
        "image/jpeg" | "image/jpg" | "image/pjpeg" => Said::Format(Format::Jpeg),
        "image/png" | "image/x-png" => Said::Format(Format::Png),
        "image/webp" => Said::Format(Format::Webp),
        "image/gif" => Said::Format(Format::Gif),
        "video/mp4" | "video/x-m4v" | "video/3gpp" | "application/mp4" => Said::Format(Format::Mp4),
        "video/quicktime" => Said::Format(Format::Mov),
        "video/webm" => Said::Format(Format::Webm),
        // The last one is what curl says of every body it is not told about.
        "" | "*/*" | "application/octet-stream" | "binary/octet-stream" | "application/x-www-form-urlencoded" => Said::Nothing,
        other => Said::SomethingElse(shown(other)),
    }
}

fn named(extension: &str) -> Said {
    match extension.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" | "jpe" | "jfif" => Said::Format(Format::Jpeg),
        "png" | "apng" => Said::Format(Format::Png),
        "webp" => Said::Format(Format::Webp),
        "gif" => Said::Format(Format::Gif),
        "mp4" | "m4v" | "3gp" => Said::Format(Format::Mp4),
        "mov" | "qt" => Said::Format(Format::Mov),
        "webm" => Said::Format(Format::Webm),
        known @ ("heic" | "heif" | "avif" | "tif" | "tiff" | "bmp" | "svg" | "pdf" | "avi" | "mkv" | "wmv" | "mp3" | "m4a" | "wav" | "txt" | "html" | "zip"
        | "exe") => Said::SomethingElse(known.to_owned()),
        // "photo.final", "IMG.0012": not every last dot begins an extension.
        _ => Said::Nothing,
    }
}

/// A stranger's words in a message: short, and nothing in them that could be taken for more than text.
fn shown(text: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || "/.+-_".contains(*c);
    text.chars().filter(plain).take(40).collect()
}
