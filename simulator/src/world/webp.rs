//! The size in a WebP.
//!
//! Always true: only the first chunk is looked at, through bounds.

/// Width and height, for the lossy, the lossless and the extended form.
pub fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.get(..4)? != b"RIFF" || bytes.get(8..12)? != b"WEBP" {
        return None;
    }
    let byte = |at: usize| bytes.get(at).copied().map(u32::from);
    match bytes.get(12..16)? {
        b"VP8 " => {
            let start_code = bytes.get(23..26)? == [0x9D, 0x01, 0x2A];
            let side = |at: usize| Some((byte(at)? | byte(at + 1)? << 8) & 0x3FFF);
            if start_code { Some((side(26)?, side(28)?)) } else { None }
        }
        b"VP8L" if byte(20)? == 0x2F => {
            let bits = byte(21)? | byte(22)? << 8 | byte(23)? << 16 | byte(24)? << 24;
            Some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        }
        b"VP8X" => {
            let side = |at: usize| Some((byte(at)? | byte(at + 1)? << 8 | byte(at + 2)? << 16) + 1);
            Some((side(24)?, side(27)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    fn webp(kind: &[u8], rest: &[u8]) -> Vec<u8> {
        [b"RIFF\0\0\0\0WEBP", kind, &[0; 4], rest].concat()
    }

    #[test]
    fn each_form_tells_its_size_and_broken_ones_tell_none() {
        assert_eq!(size(&webp(b"VP8 ", &[0, 0, 0, 0x9D, 0x01, 0x2A, 0x38, 0x04, 0x80, 0x07])), Some((1080, 1920)));
        assert_eq!(size(&webp(b"VP8L", &[0x2F, 0x37, 0xC4, 0xDF, 0x01])), Some((1080, 1920)));
        assert_eq!(size(&webp(b"VP8X", &[0, 0, 0, 0, 0x37, 0x04, 0, 0x7F, 0x07, 0])), Some((1080, 1920)));
        assert_eq!(size(&webp(b"VP8 ", &[0, 0, 0, 1, 2, 3, 0, 0, 0, 0])), None);
        assert_eq!(size(&webp(b"VP8X", &[0, 0])), None);
        assert_eq!(size(b"RIFF"), None);
    }
}
