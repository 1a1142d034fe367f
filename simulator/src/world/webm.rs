//! WebM: size, length, rate and codec, as the head of the file tells them.
//!
//! Always true: only the head is looked at, through bounds; what it does not tell is unknown, never a guess.

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Webm {
    pub width: Option<u64>,
    pub height: Option<u64>,
    pub milliseconds: Option<u64>,
    pub frames_per_second: Option<f64>,
    pub codec: Option<String>,
}

const EBML: u64 = 0x1A45_DFA3;
const SEGMENT: u64 = 0x1853_8067;
const INFO: u64 = 0x1549_A966;
const TRACKS: u64 = 0x1654_AE6B;
const TRACK: u64 = 0xAE;
const VIDEO: u64 = 0xE0;
const CLUSTER: u64 = 0x1F43_B675;

/// A number whose first byte tells its length; an id keeps that mark, a size does not.
fn number(bytes: &[u8], keep_mark: bool) -> Option<(u64, &[u8])> {
    let first = *bytes.first()?;
    let length = usize::try_from(first.leading_zeros()).ok()? + 1;
    let (own, rest) = bytes.split_at_checked(length.min(8))?;
    let value = own.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    let mark = 1u64.checked_shl(u32::try_from(length * 7).ok()?)?;
    Some((if keep_mark { value } else { value & (mark - 1) }, rest))
}

fn uint(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn float(bytes: &[u8]) -> Option<f64> {
    match bytes.len() {
        4 => Some(f64::from(f32::from_be_bytes(bytes.try_into().ok()?))),
        8 => Some(f64::from_be_bytes(bytes.try_into().ok()?)),
        _ => None,
    }
}

/// The head of a WebM or Matroska file; None if it is neither.
pub fn read(head: &[u8]) -> Option<Webm> {
    let (id, _) = number(head, true)?;
    if id != EBML {
        return None;
    }
    let mut found = Webm::default();
    let (mut scale, mut duration) = (1_000_000u64, None);
    let mut track = Webm::default();
    let mut is_video = false;
    let mut rest = head;
    // Elements that hold others are stepped into, so that one loop sees them all in their order.
    while let Some((id, behind)) = number(rest, true) {
        let Some((size, content)) = number(behind, false) else { break };
        let take = usize::try_from(size).unwrap_or(usize::MAX).min(content.len());
        let (own, after) = content.split_at(take);
        rest = after;
        match id {
            SEGMENT | INFO | TRACKS | VIDEO => rest = content,
            TRACK => {
                (track, is_video) = (Webm::default(), false);
                rest = content;
            }
            CLUSTER => break,
            0x2A_D7B1 => scale = uint(own),
            0x4489 => duration = float(own),
            0x83 => is_video = uint(own) == 1,
            0x86 => track.codec = Some(String::from_utf8_lossy(own).into_owned()),
            0x23_E383 => track.frames_per_second = Some(uint(own)).filter(|each| *each > 0).map(|each| 1e9 / each as f64),
            0xB0 => track.width = Some(uint(own)),
            0xBA => track.height = Some(uint(own)),
            _ => {}
        }
        if is_video {
            found = track.clone();
        }
    }
    found.milliseconds = duration.map(|duration| (duration * scale as f64 / 1e6).round() as u64);
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_file_is_measured_and_a_cut_one_never_panics() {
        let clip = include_bytes!("../../../tests/data/media/clip.webm");
        let seen = read(&clip[..1_024]).unwrap();
        assert_eq!((seen.width, seen.height, seen.codec.as_deref()), (Some(360), Some(640), Some("V_VP9")));
        assert!(seen.milliseconds.is_some_and(|ms| (1_000..10_000).contains(&ms)), "{seen:?}");
        for length in 0..1_024 {
            let _ = read(&clip[..length]);
        }
        assert_eq!(read(b"RIFF"), None);
        assert_eq!(read(b""), None);
    }
}
