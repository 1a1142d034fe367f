//! Small MP4 files of any length, size and rate, made box by box.
//!
//! Always true: a clip says about itself what its fields say, and is as many bytes long as it was asked to be.

#[derive(Clone, Copy, Debug)]
pub struct Clip {
    pub width: u16,
    pub height: u16,
    pub milliseconds: u32,
    pub frames_per_second: u32,
    pub codec: [u8; 4],
    /// The word that names the sound's codec, or no sound.
    pub sound: Option<[u8; 4]>,
    pub index_first: bool,
    /// A list of edits that leaves the first half second out.
    pub edited: bool,
    pub quicktime: bool,
}

/// What every platform takes as a reel.
pub const CLIP: Clip = Clip {
    width: 1080,
    height: 1920,
    milliseconds: 10_000,
    frames_per_second: 30,
    codec: *b"avc1",
    sound: Some(*b"mp4a"),
    index_first: true,
    edited: false,
    quicktime: false,
};

const TIMESCALE: u32 = 90_000;

fn boxed(kind: &[u8; 4], content: &[&[u8]]) -> Vec<u8> {
    let length: usize = content.iter().map(|part| part.len()).sum();
    let mut bytes = u32::try_from(length + 8).unwrap().to_be_bytes().to_vec();
    bytes.extend(kind);
    content.iter().for_each(|part| bytes.extend(*part));
    bytes
}

/// 32-bit numbers in a row.
fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

impl Clip {
    /// The whole file, `length` bytes long: what is too much lies in a box that is skipped.
    pub fn bytes(&self, length: usize) -> Vec<u8> {
        let brand: &[u8] = if self.quicktime { b"qt  \0\0\x02\0qt  " } else { b"isom\0\0\x02\0isom" };
        let start = boxed(b"ftyp", &[brand]);
        let index = self.index();
        let filling = length.checked_sub(start.len() + index.len() + 16).unwrap_or_else(|| panic!("{length} bytes are too few for a clip"));
        let pictures = boxed(b"mdat", &[b"pictures"]);
        let rest = filling.checked_sub(8).map_or(Vec::new(), |filling| boxed(b"free", &[&vec![7; filling]]));
        let order = if self.index_first { [start, index, pictures, rest] } else { [start, pictures, index, rest] };
        let mut bytes = order.concat();
        assert!(bytes.len() == length || length - bytes.len() < 8, "{length}");
        bytes.resize(length, 0);
        bytes
    }

    fn index(&self) -> Vec<u8> {
        let frames = u32::try_from(u64::from(self.milliseconds) * u64::from(self.frames_per_second) / 1000).unwrap();
        let mut entry = [&[0; 6][..], &[0, 1], &[0; 16], &self.width.to_be_bytes(), &self.height.to_be_bytes()].concat();
        entry.resize(78, 0);
        let picture = self.track(1, b"vide", &boxed(&self.codec, &[&entry]), frames, TIMESCALE / self.frames_per_second.max(1));
        let sound = self.sound.map_or(Vec::new(), |codec| {
            let mut entry = [&[0; 6][..], &[0, 1], &[0; 8], &2u16.to_be_bytes(), &16u16.to_be_bytes(), &[0; 4], &(48_000u32 << 16).to_be_bytes()].concat();
            entry.resize(28, 0);
            let samples = u32::try_from(u64::from(self.milliseconds) * 48_000 / 1000 / 1024).unwrap();
            self.track(2, b"soun", &boxed(&codec, &[&entry]), samples, 1_920)
        });
        let movie = boxed(b"mvhd", &[&words(&[0, 0, 0, 1000, self.milliseconds]), &[0; 80]]);
        boxed(b"moov", &[&movie, &picture, &sound])
    }

    fn track(&self, id: u32, kind: &[u8; 4], entry: &[u8], samples: u32, each: u32) -> Vec<u8> {
        let matrix = words(&[0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000]);
        let header = boxed(b"tkhd", &[&words(&[3, 0, 0, id, 0, self.milliseconds, 0, 0, 0, 0]), &matrix, &words(&[0, 0])]);
        let edits = if self.edited && kind == b"vide" {
            boxed(b"edts", &[&boxed(b"elst", &[&words(&[0, 1, self.milliseconds - 500, TIMESCALE / 2, 0x1_0000])])])
        } else {
            Vec::new()
        };
        let media_header = boxed(b"mdhd", &[&words(&[0, 0, 0, TIMESCALE, samples * each, 0])]);
        let handler = boxed(b"hdlr", &[&words(&[0, 0]), kind, &[0; 13]]);
        let tables = [
            boxed(b"stsd", &[&words(&[0, 1]), entry]),
            boxed(b"stts", &[&words(&[0, 1, samples, each])]),
            boxed(b"stsc", &[&words(&[0, 1, 1, samples, 1])]),
            boxed(b"stsz", &[&words(&[0, 1, samples])]),
            boxed(b"stco", &[&words(&[0, 1, 0])]),
        ];
        let tables = boxed(b"stbl", &[&tables.concat()]);
        let media = boxed(b"mdia", &[&media_header, &handler, &boxed(b"minf", &[&tables])]);
        boxed(b"trak", &[&header, &edits, &media])
    }
}
