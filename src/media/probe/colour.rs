//! Which colours a picture's numbers mean: is the profile in it anything else than sRGB? Only names are compared, since a
//! profile may say sRGB in many ways, and taking one for foreign does no harm but work.

use super::source::{be16, be32, chunk};

/// An ICC profile, or as much of its beginning as there is.
pub(super) fn is_srgb(profile: &[u8]) -> bool {
    description(profile).is_some_and(|text| means_srgb(&text))
}

/// The name under which a profile is known.
pub(super) fn means_srgb(name: &[u8]) -> bool {
    let plain: Vec<u8> = name.iter().filter(|b| **b != 0).map(u8::to_ascii_lowercase).collect();
    plain.windows(4).any(|word| word == b"srgb")
}

/// ICC.1, 7.3: a table of tags, of which `desc` is the name, in the form of version 2 (ASCII) or 4 (UTF-16).
fn description(profile: &[u8]) -> Option<Vec<u8>> {
    const MOST_TAGS: usize = 100;
    let tags = usize::try_from(be32(profile, 128)?).ok()?.min(MOST_TAGS);
    let mut entries = (0..tags).map(|tag| 132 + tag * 12);
    let entry = entries.find(|at| chunk(profile, *at) == Some(*b"desc"))?;
    let place = usize::try_from(be32(profile, entry + 4)?).ok()?;
    let length = usize::try_from(be32(profile, entry + 8)?).ok()?;
    let tag = profile.get(place..place.checked_add(length)?)?;
    match tag.get(..4)? {
        b"desc" => Some(tag.get(12..)?.iter().copied().take(usize::try_from(be32(tag, 8)?).ok()?).collect()),
        b"mluc" => {
            let (length, place) = (usize::try_from(be32(tag, 20)?).ok()?, usize::try_from(be32(tag, 24)?).ok()?);
            Some(tag.get(place..place.checked_add(length)?)?.to_vec())
        }
        _ => None,
    }
}

/// PNG's `cICP`: primaries and transfer of BT.709 and sRGB are those of sRGB itself.
pub(super) fn cicp_is_srgb(cicp: &[u8]) -> bool {
    be16(cicp, 0).is_some_and(|both| both.to_be_bytes() == [1, 13])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(tag: &[u8]) -> Vec<u8> {
        let mut profile = vec![0; 128];
        profile.extend([0, 0, 0, 1]);
        profile.extend(b"desc");
        profile.extend(144u32.to_be_bytes());
        profile.extend(u32::try_from(tag.len()).unwrap().to_be_bytes());
        profile.extend(tag);
        profile
    }

    fn old(name: &str) -> Vec<u8> {
        [b"desc\0\0\0\0", &u32::try_from(name.len() + 1).unwrap().to_be_bytes()[..], name.as_bytes(), b"\0"].concat()
    }

    fn new(name: &str) -> Vec<u8> {
        let text: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let head = [0u32, 1, 12, 0x656e_5553, u32::try_from(text.len()).unwrap(), 28];
        [b"mluc".to_vec(), head.iter().flat_map(|n| n.to_be_bytes()).collect(), text].concat()
    }

    #[test]
    fn profiles_are_known_by_their_names() {
        for (name, srgb) in [("sRGB IEC61966-2.1", true), ("Artifex sRGB", true), ("Display P3", false), ("Adobe RGB (1998)", false), ("", false)] {
            assert_eq!(is_srgb(&profile(&old(name))), srgb, "{name}");
            assert_eq!(is_srgb(&profile(&new(name))), srgb, "{name}");
            assert!(!is_srgb(profile(&new(name)).get(..150).unwrap()), "a cut one is not recognised");
        }
        let mut other = profile(&old("Display P3"));
        other.extend(b"cprt: not sRGB");
        assert!(!is_srgb(&other), "only the name counts");
        assert!(!is_srgb(b"sRGB"));
        assert!(cicp_is_srgb(&[1, 13, 0, 1]) && !cicp_is_srgb(&[12, 13, 0, 1]) && !cicp_is_srgb(&[]));
    }
}
