//! Videos: what an MP4 or MOV file is, found out while its bytes pass.
//!
//! Always true: bytes come once, in order, and in pieces of any size; only the index is kept, up to a bound, and work is bounded by
//! what is there, never by a count that the file claims. A broken file is an answer, never a panic.

use super::boxes::{Index, read_fragment, read_index};

/// No real index is larger; an hour of video has one of about 3 MB.
const LARGEST_INDEX: u64 = 32 << 20;
const LARGEST_FRAGMENT: u64 = 2 << 20;
const HEAD: usize = 16;
/// What a file of boxes may begin with.
const FIRST: [&[u8; 4]; 7] = [b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    H264,
    H265,
    Vp8,
    Vp9,
    Av1,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sound {
    pub aac: bool,
    pub channels: u16,
    pub rate: u32,
}

/// An MP4 or MOV with a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Film {
    /// MOV, else MP4.
    pub quicktime: bool,
    /// As it is shown: a matrix that turns the picture has been followed.
    pub width: u32,
    pub height: u32,
    /// Of its longest track: sound may outlast the pictures by a little.
    pub milliseconds: u64,
    pub codec: Codec,
    pub frames_per_second: f64,
    pub sound: Option<Sound>,
    /// The index (`moov`) lies before the pictures.
    pub index_first: bool,
    /// A list of edits does more than play everything from the start.
    pub edited: bool,
    /// Pictures without sound, per second of video.
    pub bits_per_second: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seen {
    Film(Film),
    /// A container that is only recognized: webm, avi, flv, ogg, asf, mpeg.
    Other(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// No video of any kind.
    Foreign,
    /// It ends too early, or has no index.
    CutOff,
    /// The index cannot be understood.
    Damaged,
    /// There is no picture in it.
    NoPicture,
}

/// Follows the bytes of one file.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    state: State,
    /// How many boxes have begun.
    boxes: u64,
    /// What has come of the head of the next one.
    head: Vec<u8>,
    /// The first bytes of the file.
    first: Vec<u8>,
    quicktime: bool,
    index: Option<Index>,
    pictures_first: bool,
    fault: Option<Unreadable>,
}

#[derive(Clone, Debug, Default)]
enum State {
    /// Between two boxes, or inside the head of one.
    #[default]
    Head,
    Skip(u64),
    /// To the end of the file, as its last box says.
    SkipAll,
    Keep {
        kind: [u8; 4],
        left: u64,
        bytes: Vec<u8>,
    },
    /// Not a file of boxes, or not one that can be followed.
    Over,
}

impl Reader {
    pub fn write(&mut self, mut bytes: &[u8]) {
        let room = HEAD.saturating_sub(self.first.len());
        self.first.extend(bytes.iter().take(room));
        while !bytes.is_empty() {
            bytes = match std::mem::take(&mut self.state) {
                State::Head => self.head(bytes),
                State::Skip(left) => {
                    let (passed, rest) = cut(bytes, left);
                    let left = left.saturating_sub(passed.len() as u64);
                    self.state = if left == 0 { State::Head } else { State::Skip(left) };
                    rest
                }
                State::Keep { kind, left, bytes: mut kept } => {
                    let (passed, rest) = cut(bytes, left);
                    kept.extend(passed);
                    let left = left.saturating_sub(passed.len() as u64);
                    self.state = State::Keep { kind, left, bytes: kept };
                    self.whole_box();
                    rest
                }
                over @ (State::SkipAll | State::Over) => {
                    self.state = over;
                    return;
                }
            };
        }
    }

    /// Takes what belongs to the head of a box: 8 bytes, or 16 for a long one.
    fn head<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let long = self.head.get(..4) == Some(&[0, 0, 0, 1]);
        let whole = if long && self.head.len() >= 8 { 16 } else { 8 };
        let (passed, rest) = cut(bytes, (whole - self.head.len()) as u64);
        self.head.extend(passed);
        if self.head.len() < whole || (whole == 8 && self.head.starts_with(&[0, 0, 0, 1])) {
            return rest;
        }
        let head = std::mem::take(&mut self.head);
        let mut kind = [0; 4];
        kind.copy_from_slice(head.get(4..8).unwrap_or(&[0; 4]));
        let number = |bytes: &[u8]| bytes.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        let size = if whole == 16 { number(head.get(8..).unwrap_or(&[])) } else { number(head.get(..4).unwrap_or(&[])) };
        self.begin(kind, size, whole as u64);
        rest
    }

    fn begin(&mut self, kind: [u8; 4], size: u64, head: u64) {
        if self.boxes == 0 && !FIRST.contains(&&kind) {
            self.state = State::Over;
            return;
        }
        self.boxes += 1;
        if kind == *b"mdat" && self.index.is_none() {
            self.pictures_first = true;
        }
        let largest = match &kind {
            b"ftyp" => 4 << 10,
            b"moov" => LARGEST_INDEX,
            b"moof" => LARGEST_FRAGMENT,
            _ => 0,
        };
        let left = size.saturating_sub(head);
        self.state = match size {
            0 if largest == 0 => State::SkipAll,
            size if size < head || (largest > 0 && left > largest) => {
                self.fault = Some(Unreadable::Damaged);
                State::Over
            }
            _ if largest > 0 => State::Keep { kind, left, bytes: Vec::new() },
            _ if left == 0 => State::Head,
            _ => State::Skip(left),
        };
        self.whole_box();
    }

    fn whole_box(&mut self) {
        let State::Keep { kind, left: 0, bytes } = &self.state else {
            return;
        };
        let read = match kind {
            b"moov" => read_index(bytes).map(|index| self.index = Some(index)),
            b"moof" => read_fragment(bytes, self.index.as_mut()),
            _ => {
                self.quicktime = bytes.starts_with(b"qt  ");
                Some(())
            }
        };
        self.state = State::Head;
        if read.is_none() {
            self.fault = Some(Unreadable::Damaged);
            self.state = State::Over;
        }
    }

    /// What the file is, if this was its last byte.
    pub fn seen(&self) -> Result<Seen, Unreadable> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if let Some(other) = other_container(&self.first) {
            return Ok(Seen::Other(other));
        }
        if self.boxes == 0 {
            return Err(Unreadable::Foreign);
        }
        let whole = matches!(self.state, State::SkipAll) || (matches!(self.state, State::Head) && self.head.is_empty());
        let index = self.index.as_ref().filter(|_| whole).ok_or(Unreadable::CutOff)?;
        index.film(self.quicktime, !self.pictures_first).map(Seen::Film)
    }
}

fn cut(bytes: &[u8], at: u64) -> (&[u8], &[u8]) {
    let at = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    bytes.split_at(at)
}

fn other_container(first: &[u8]) -> Option<&'static str> {
    let heads: [(usize, &[u8], &str); 7] = [
        (0, &[0x1A, 0x45, 0xDF, 0xA3], "webm"),
        (8, b"AVI ", "avi"),
        (0, b"FLV\x01", "flv"),
        (0, b"OggS", "ogg"),
        (0, &[0x30, 0x26, 0xB2, 0x75], "asf"),
        (0, &[0, 0, 1, 0xBA], "mpeg"),
        (0, &[0, 0, 1, 0xB3], "mpeg"),
    ];
    heads.iter().find(|(at, head, _)| first.get(*at..).is_some_and(|rest| rest.starts_with(head))).map(|(_, _, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], piece: usize) -> Result<Seen, Unreadable> {
        let mut reader = Reader::default();
        bytes.chunks(piece).for_each(|piece| reader.write(piece));
        reader.seen()
    }

    fn film(bytes: &[u8]) -> Film {
        match read(bytes, 1 << 16) {
            Ok(Seen::Film(film)) => film,
            other => panic!("{other:?}"),
        }
    }

    macro_rules! file {
        ($name:literal) => {
            include_bytes!(concat!("../../../tests/data/media/", $name)).as_slice()
        };
    }

    #[test]
    fn real_files_are_what_they_are() {
        let clip = film(file!("clip.mp4"));
        assert_eq!((clip.width, clip.height, clip.milliseconds, clip.codec), (1080, 1920, 4_023, Codec::H264));
        assert_eq!((clip.frames_per_second, clip.sound), (30.0, Some(Sound { aac: true, channels: 2, rate: 44_100 })));
        assert!(clip.index_first && !clip.edited && !clip.quicktime && clip.bits_per_second > 50_000, "{clip:?}");
        assert!(film(file!("clip.mov")).quicktime);
        assert!(!film(file!("moov-last.mp4")).index_first);
        assert_eq!(film(file!("noaudio.mp4")).sound, None);
        let hevc = film(file!("hevc.mp4"));
        assert_eq!((hevc.codec, hevc.width, hevc.height), (Codec::H265, 360, 640));
        let rotated = film(file!("rotated.mp4"));
        assert_eq!((rotated.width, rotated.height), (720, 1280));
        assert_eq!(film(file!("landscape.mp4")).frames_per_second, 25.0);
        assert!(film(file!("edited.mp4")).edited);
        let fragmented = film(file!("fragmented.mp4"));
        assert_eq!((fragmented.milliseconds, fragmented.frames_per_second), (3_023, 30.0));
        assert_eq!(read(file!("clip.webm"), 4_096), Ok(Seen::Other("webm")));
    }

    #[test]
    fn other_files_are_told_apart() {
        assert_eq!(read(file!("truncated.mp4"), 4_096), Err(Unreadable::CutOff));
        assert_eq!(read(file!("sound-only.mp4"), 4_096), Err(Unreadable::NoPicture));
        assert_eq!(read(file!("photo.jpg"), 4_096), Err(Unreadable::Foreign));
        assert_eq!(read(b"<html></html>", 4), Err(Unreadable::Foreign));
        assert_eq!(read(b"", 1), Err(Unreadable::Foreign));
        assert_eq!(read(b"\0\0\0\x18ftyp", 3), Err(Unreadable::CutOff));
        assert_eq!(read(b"\0\0\0\x08ftyp\xff\xff\xff\xffmoov", 5), Err(Unreadable::Damaged));
    }

    #[test]
    fn the_size_of_the_pieces_changes_nothing_and_no_cut_panics() {
        for file in [file!("moov-last.mp4"), file!("fragmented.mp4"), file!("edited.mp4")] {
            let whole = read(file, file.len());
            assert!(whole.is_ok());
            assert!([1, 7, 4_096].iter().all(|piece| read(file, *piece) == whole));
            for length in (0..file.len()).step_by(file.len() / 60) {
                assert!(read(&file[..length], 4_096) != whole || whole.is_err(), "{length}");
            }
        }
    }

    #[test]
    fn a_damaged_index_is_an_answer() {
        let clip = file!("clip.mp4");
        for at in 0..2_500 {
            let mut bytes = clip.to_vec();
            bytes[at] ^= 0xFF;
            let _ = read(&bytes, 1 << 16);
        }
    }
}
