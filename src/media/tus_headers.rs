//! The headers of resumable uploads (tus 1.0), read strictly. What they say comes from outside and is bounded here.
//!
//! What must always be true: these functions are pure, and take any text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

/// The protocol's version.
pub const VERSION: &str = "1.0.0";
/// What a server of this kind can do beyond the protocol's core.
pub const EXTENSIONS: &str = "creation,creation-with-upload,expiration,termination,checksum";
/// Names of [`Algorithm`], as they are offered.
pub const ALGORITHMS: &str = "sha1,sha256";

const LONGEST_METADATA: usize = 4096;
const MOST_PAIRS: usize = 32;

/// A count of bytes: digits and nothing else, and no more than a table can hold.
pub fn count(text: &str) -> Option<u64> {
    let is_plain = !text.is_empty() && text.len() <= 19 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|count| is_plain && i64::try_from(*count).is_ok())
}

/// What the sender says of a file: names, and values that may be anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata(Vec<(String, Vec<u8>)>);

impl Metadata {
    /// Reads `Upload-Metadata`: pairs with commas between them, each a name and, after a space, a value in base64.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn parse(text: &str) -> Result<Metadata, String> {
        if text.len() > LONGEST_METADATA {
            return Err(format!("It is longer than {LONGEST_METADATA} bytes."));
        }
        let mut pairs: Vec<(String, Vec<u8>)> = Vec::new();
        if text.trim().is_empty() {
            return Ok(Metadata(pairs));
        }
        for pair in text.split(',') {
            let (name, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic()) {
                return Err("A pair has no name, or one with other characters than plain ASCII.".to_owned());
            }
            if pairs.iter().any(|(known, _)| known == name) {
                return Err(format!("It has {name} twice."));
            }
            if pairs.len() == MOST_PAIRS {
                return Err(format!("It has more than {MOST_PAIRS} pairs."));
            }
            let value = STANDARD.decode(value.trim()).map_err(|_| format!("The value of {name} is not base64."))?;
            pairs.push((name.to_owned(), value));
        }
        Ok(Metadata(pairs))
    }

    /// The first of these names that has a value which is text.
    pub fn text(&self, names: &[&str]) -> Option<&str> {
        let value = |name: &&str| self.0.iter().find(|(known, _)| known == name).and_then(|(_, value)| std::str::from_utf8(value).ok());
        names.iter().filter_map(value).find(|text| !text.is_empty())
    }
}

/// How a piece's sum is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Every server of this kind must know it.
    Sha1,
    Sha256,
}

/// Why an `Upload-Checksum` cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadChecksum {
    /// Not two words, or a sum that is not base64 of the right length.
    Form,
    /// An algorithm that is not offered.
    Algorithm,
}

/// A sum that a piece must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    pub algorithm: Algorithm,
    wanted: Vec<u8>,
}

impl Checksum {
    /// Reads `Upload-Checksum`: the algorithm's name, a space, the sum in base64.
    ///
    /// # Errors
    /// [`BadChecksum`].
    pub fn parse(text: &str) -> Result<Checksum, BadChecksum> {
        let (name, sum) = text.trim().split_once(' ').ok_or(BadChecksum::Form)?;
        let (algorithm, length) = match name {
            "sha1" => (Algorithm::Sha1, 20),
            "sha256" => (Algorithm::Sha256, 32),
            _ => return Err(BadChecksum::Algorithm),
        };
        let wanted = STANDARD.decode(sum.trim()).map_err(|_| BadChecksum::Form)?;
        if wanted.len() == length { Ok(Checksum { algorithm, wanted }) } else { Err(BadChecksum::Form) }
    }

    /// Begins to sum a piece up.
    pub fn begin(&self) -> Sum<'_> {
        let state = match self.algorithm {
            Algorithm::Sha1 => State::Sha1(Sha1::new()),
            Algorithm::Sha256 => State::Sha256(Box::default()),
        };
        Sum { wanted: &self.wanted, state }
    }
}

/// A sum in the making.
#[derive(Debug)]
pub struct Sum<'a> {
    wanted: &'a [u8],
    state: State,
}

#[derive(Debug)]
enum State {
    Sha1(Sha1),
    Sha256(Box<Sha256>),
}

impl Sum<'_> {
    pub fn add(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Sha1(sum) => sum.update(bytes),
            State::Sha256(sum) => sha2::Digest::update(&mut **sum, bytes),
        }
    }

    /// Is it what the sender said?
    pub fn is_right(self) -> bool {
        match self.state {
            State::Sha1(sum) => sum.finalize().as_slice() == self.wanted,
            State::Sha256(sum) => sha2::Digest::finalize(*sum).as_slice() == self.wanted,
        }
    }
}

/// A moment as HTTP writes it (`Upload-Expires`).
pub fn date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_are_digits() {
        assert_eq!(count("0"), Some(0));
        assert_eq!(count("9223372036854775807"), Some(i64::MAX.cast_unsigned()));
        for bad in ["", "-1", "+1", " 1", "1 ", "0x1", "1.0", "9223372036854775808", "18446744073709551616", "１"] {
            assert_eq!(count(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn metadata_is_names_and_values() {
        let read = Metadata::parse("filename dXJsYXVi4pi6Lm1wNA==,filetype dmlkZW8vbXA0, is_confidential,odd gA==").unwrap();
        assert_eq!(read.text(&["filename"]), Some("urlaub☺.mp4"));
        assert_eq!(read.text(&["type", "filetype"]), Some("video/mp4"));
        for none in ["is_confidential", "odd", "missing"] {
            assert_eq!(read.text(&[none]), None);
        }
        assert_eq!(Metadata::parse(" ").unwrap(), Metadata::default());
        for bad in ["a b!", "a YQ==,a YQ==", ",", "a YQ==,", "ä YQ==", "a YQ== x"] {
            assert!(Metadata::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Metadata::parse(&"a".repeat(4097)).is_err());
        assert!(Metadata::parse(&(0..33).map(|n| format!("k{n}")).collect::<Vec<_>>().join(",")).is_err());
    }

    #[test]
    fn a_sum_is_right_or_not() {
        let right = |header: &str, bytes: &[u8]| {
            let checksum = Checksum::parse(header).unwrap();
            let mut sum = checksum.begin();
            bytes.chunks(2).for_each(|piece| sum.add(piece));
            sum.is_right()
        };
        assert!(right("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", b"abc"));
        assert!(!right("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", b"abd"));
        assert!(right("sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", b"abc"));
        assert_eq!(Checksum::parse("md5 kAFQmDzST7DWlj99KOF/cg=="), Err(BadChecksum::Algorithm));
        for bad in ["", "sha1", "sha1 ", "sha1 YQ==", "sha1 *", "sha256 qZk+NkcGgWq6PiVxeFDCbJzQ2J0="] {
            assert_eq!(Checksum::parse(bad), Err(BadChecksum::Form), "{bad:?}");
        }
    }

    #[test]
    fn a_date_is_http() {
        assert_eq!(date(DateTime::from_timestamp(784_111_777, 0).unwrap()), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in ".{0,300}") {
            let _ = (count(&text), Metadata::parse(&text), Checksum::parse(&text));
        }

        #[test]
        fn what_was_written_is_read(value in ".{1,80}") {
            let read = Metadata::parse(&format!("a,filename {}", STANDARD.encode(&value))).unwrap();
            prop_assert_eq!(read.text(&["filename"]), Some(value.as_str()));
        }
    }
}
