//! What is fuzzed: each function takes foreign bytes the way the program does, and checks what must hold of any input. `fuzz/` runs them on bytes of
//! its own making, `fuzz_corpus` on those that were kept.
//!
//! What must always be true here: nothing depends on anything but the bytes, so that an input that failed once fails again.

use std::convert::Infallible;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::stream;
use pm3k::media::probe::{self as probing, MediaKind};
use pm3k::media::public_url::{self, Claim, Refused};
use pm3k::media::tus_headers::{self, Checksum, Metadata};
use pm3k::web::media_files::range::{self, Wanted};
use pm3k::web::paced::{MOST_HELD, Paced};
use sha1::{Digest as _, Sha1};

/// A file of any kind. Now and then it goes on for as long as its headers could wish, so that nothing but the probe's own limits keeps it from holding
/// what they claim.
pub fn probe(data: &[u8]) {
    const LONG: [u64; 4] = [70 << 20, 300 << 20, 5 << 30, 1 << 40];
    probed(&mut Cursor::new(data));
    if data.len() % 32 == 7 {
        let tail = LONG[data.len() / 32 % LONG.len()];
        probed(&mut Endless { data, at: 0, len: data.len() as u64 + tail });
    }
}

fn probed(file: &mut (impl Read + Seek)) {
    match probing::probe_reader(file) {
        Ok(probe) => {
            assert!(probe.width > 0 && probe.height > 0 && (1..=8).contains(&probe.orientation));
            assert_eq!(probe.video.is_some(), probe.kind() == MediaKind::Video);
            assert!(probe.video.is_none_or(|video| video.fps.is_finite() && video.fps >= 0.0));
        }
        Err(broken) => assert!(broken.message.ends_with('.') && broken.message.len() < 1000, "{broken}"),
    }
}

/// Bytes, and zeros behind them.
struct Endless<'a> {
    data: &'a [u8],
    at: u64,
    len: u64,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let start = usize::try_from(self.at).unwrap_or(usize::MAX).min(self.data.len());
        let there = &self.data[start..self.data.len().min(start + wanted)];
        buffer[..there.len()].copy_from_slice(there);
        buffer[there.len()..wanted].fill(0);
        self.at += wanted as u64;
        Ok(wanted)
    }
}

impl Seek for Endless<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// The address under which a platform fetches a file, and the part it asks for: a claim of 32 bytes that is signed and tampered with, and the rest as a
/// token and as a `Range`.
pub fn media_url(data: &[u8]) {
    const KEY: [u8; 32] = [7; 32];
    let now = DateTime::<Utc>::from_timestamp(1_800_000_000, 0).unwrap_or_default();
    let text = String::from_utf8_lossy(data);
    assert_eq!(public_url::verify(&KEY, &text, now).map(|claim| public_url::sign(&KEY, &claim)).unwrap_or_else(|_| text.clone().into_owned()), text);
    let (numbers, rest) = data.as_chunks::<8>();
    if let [media, job, attempt, expires, ..] = numbers {
        let [media_id, job_id, attempt, expires] = [media, job, attempt, expires].map(|bytes| i64::from_be_bytes(*bytes));
        // Within some 70 years around now, where a date can be.
        let claim = Claim { media_id, job_id, attempt, expires_at: now + TimeDelta::seconds(expires % (1 << 31)) };
        let token = public_url::sign(&KEY, &claim);
        let expected = if now < claim.expires_at { Ok(claim) } else { Err(Refused::Expired) };
        assert_eq!(public_url::verify(&KEY, &token, now), expected);
        if let [place, byte, ..] = rest {
            let mut tampered = token.clone().into_bytes();
            let place = usize::from(*place) % tampered.len();
            tampered[place] = *byte;
            let tampered = String::from_utf8_lossy(&tampered);
            assert!(tampered == token || public_url::verify(&KEY, &tampered, now) == Err(Refused::Forged));
        }
    }
    let (length, spec) = data.split_first_chunk::<8>().map_or((0, data), |(length, spec)| (u64::from_be_bytes(*length), spec));
    let spec = String::from_utf8_lossy(spec);
    for bytes in [length, length % 1000, 0] {
        for text in [spec.clone().into_owned(), format!("bytes={spec}")] {
            if let Wanted::Part(first, last) = range::wanted(&text, bytes) {
                assert!(first <= last && last < bytes, "{text}: {first} to {last} of {bytes}");
            }
        }
    }
}

/// A form with files, read the way an upload is: a byte that says how the network cuts it, a line with its content type, then the body.
pub fn multipart(data: &[u8]) {
    let Some((cut, rest)) = data.split_first() else { return };
    let line = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    let (head, body) = rest.split_at(line);
    let boundary = multer::parse_boundary(String::from_utf8_lossy(head)).unwrap_or_else(|_| "X".to_owned());
    let body = body.get(1..).unwrap_or_default();
    let piece = [1, 2, 3, 7, 16, 64, 1000, 16 * 1024][usize::from(*cut) % 8];
    let pieces: Vec<_> = body.chunks(piece).map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece))).collect();
    let (paced, held) = Paced::new(stream::iter(pieces));
    let read = async {
        let mut form = multer::Multipart::new(paced, boundary);
        let mut given = 0;
        while let Ok(Some(mut field)) = form.next_field().await {
            let name = field.name().unwrap_or_default().len() + field.file_name().unwrap_or_default().len();
            assert!(name <= body.len() && field.content_type().is_none_or(|mime| mime.essence_str().len() <= body.len()));
            while let Ok(Some(chunk)) = field.chunk().await {
                held.taken(chunk.len());
                given += chunk.len();
            }
        }
        given
    };
    let given = finish(read, 4 * body.len() + 100);
    assert!(given <= body.len() && body.len() <= MOST_HELD + given + body.len());
}

/// Runs a future whose every wait is over at once. One that waits longer than its input can explain would wait forever.
fn finish<T>(future: impl Future<Output = T>, patience: usize) -> T {
    let mut future = pin!(future);
    for _ in 0..=patience {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
    }
    panic!("it waits for more than {patience} pieces");
}

/// The headers of an upload in pieces, a line for each: `Upload-Metadata`, `Upload-Checksum`, and a count of bytes; what follows is the piece itself.
pub fn tus_headers(data: &[u8]) {
    let mut lines = data.splitn(4, |b| *b == b'\n').map(String::from_utf8_lossy);
    let mut line = || lines.next().unwrap_or_default();
    let (metadata, checksum, number) = (line(), line(), line());
    let piece = data.splitn(4, |b| *b == b'\n').nth(3).unwrap_or_default();
    if let Some(count) = tus_headers::count(&number) {
        assert!(number.trim_start_matches('0') == count.to_string() || count == 0, "{number}");
    }
    match Metadata::parse(&metadata) {
        Ok(read) => {
            let names: Vec<&str> = metadata.split(',').filter_map(|pair| pair.split_whitespace().next()).collect();
            assert!(read.text(&names).is_none_or(|text| text.len() <= metadata.len()));
        }
        Err(why) => assert!(why.ends_with('.') && why.len() <= 5000, "{why}"),
    }
    // What a client writes properly is read back as it was.
    let told = &piece[..piece.len().min(1000)];
    let written = format!("filename {},filetype dmlkZW8vbXA0", STANDARD.encode(told));
    let read = Metadata::parse(&written);
    let text = std::str::from_utf8(told).ok().filter(|text| !text.is_empty());
    assert_eq!(read.as_ref().map(|read| read.text(&["name", "filename"])), Ok(text));
    if let Ok(read) = Checksum::parse(&checksum) {
        sums_up(&read, piece);
    }
    let right = format!("sha1 {}", STANDARD.encode(Sha1::digest(piece)));
    assert!(Checksum::parse(&right).is_ok_and(|checksum| sums_up(&checksum, piece)));
    let other = format!("sha1 {}", STANDARD.encode(Sha1::digest([piece, b"more"].concat())));
    assert!(Checksum::parse(&other).is_ok_and(|checksum| !sums_up(&checksum, piece)));
}

fn sums_up(checksum: &Checksum, piece: &[u8]) -> bool {
    let mut sum = checksum.begin();
    piece.chunks(1000).for_each(|part| sum.add(part));
    sum.is_right()
}
