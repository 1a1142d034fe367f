//! Formats, sizes, lengths and shapes as people say them.
//!
//! Always true: a size or a length of a file is rounded up, so that what is over a limit never reads as if it were not.

/// A MIME type in one word; itself where nobody has a better one.
pub fn format(mime: &str) -> &str {
    match mime {
        "image/jpeg" => "JPEG",
        "image/png" => "PNG",
        "image/webp" => "WebP",
        "image/gif" => "GIF",
        "image/bmp" => "BMP",
        "image/tiff" => "TIFF",
        "image/heic" | "image/heif" => "HEIC",
        "image/avif" => "AVIF",
        "video/mp4" => "MP4",
        "video/quicktime" => "MOV",
        "video/webm" => "WebM",
        other => other,
    }
}

/// A codec of the probe's.
pub fn codec(word: &str) -> &str {
    match word {
        "h264" => "H.264",
        "hevc" => "H.265",
        "vp8" => "VP8",
        "vp9" => "VP9",
        "av1" => "AV1",
        "mpeg4" => "MPEG-4 Visual",
        "prores" => "ProRes",
        "mjpeg" => "Motion JPEG",
        "aac" => "AAC",
        "mp3" => "MP3",
        "opus" => "Opus",
        "vorbis" => "Vorbis",
        "pcm" => "PCM",
        "ac3" => "AC-3",
        "eac3" => "E-AC-3",
        "alac" => "ALAC",
        "flac" => "FLAC",
        other => other,
    }
}

/// `A`, `A or B`, `A, B or C`.
pub fn either<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    match words.as_slice() {
        [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        words => words.join(""),
    }
}

/// A limit in bytes: `8 MB`. Binary megabytes are called by the name that the platforms give them.
pub fn limit(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    match bytes {
        _ if bytes.is_multiple_of(MIB) => format!("{} MB", bytes / MIB),
        1_000_000_000.. => format!("{} GB", bytes / 1_000_000_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

/// A file's size, rounded up: `8.4 MB`, `4.01 GB`.
pub fn size(bytes: u64) -> String {
    if bytes >= 1_000_000_000 {
        let hundredths = bytes.div_ceil(10_000_000);
        return format!("{}.{:02} GB", hundredths / 100, hundredths % 100);
    }
    let tenths = bytes.div_ceil(100_000);
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// A limit of a length: `3 seconds`, `15 minutes`, `4 hours`.
pub fn length(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        7200.. => format!("{} hours", seconds / 3600),
        121.. => format!("{} minutes", seconds / 60),
        _ => format!("{seconds} seconds"),
    }
}

/// How long a file lasts: in tenths of a second while that matters (rounded down, for what is too short), in whole seconds after that.
pub fn lasting(ms: u64) -> String {
    if ms < 10_000 { format!("{}.{} seconds", ms / 1000, ms % 1000 / 100) } else { format!("{} seconds", ms.div_ceil(1000)) }
}

/// A shape, width to height: `4:5`, `1.91:1`.
pub fn shape((width, height): (u32, u32)) -> String {
    if height == 100 {
        return format!("{}.{:02}:1", width / 100, width % 100);
    }
    format!("{width}:{height}")
}

/// Frames a second, as short as they can be said.
pub fn frames(rate: f64) -> String {
    let text = format!("{rate:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The first letter large.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
