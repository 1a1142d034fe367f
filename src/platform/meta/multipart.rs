//! A `multipart/form-data` body with one file, as something to read from: its length is known before the first byte, and the file is never
//! in memory as a whole.

use std::fs::File;
use std::io::{self, Chain, Cursor, Read, Take};

use crate::platform::Item;
use crate::secret::random_word;

/// The fields and the file's head, the file, the end mark.
type Parts = Chain<Chain<Cursor<Vec<u8>>, Take<File>>, Cursor<Vec<u8>>>;

#[derive(Debug)]
pub struct Multipart {
    pub content_type: String,
    pub length: u64,
    pub reader: Parts,
}

impl Multipart {
    /// The fields, then `length` bytes of the file from `first` on, as `part`. Names are ours; values may hold anything but the boundary, which
    /// nobody can guess.
    pub fn new(fields: &[(&str, &str)], part: &str, item: &Item, first: u64, length: u64) -> io::Result<Multipart> {
        let boundary = format!("pm3k-{}", random_word());
        let mut head = String::new();
        for (name, value) in fields {
            head += &format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        }
        let (name, mime) = file_name(&item.mime);
        head += &format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{name}\"\r\nContent-Type: {mime}\r\n\r\n");
        let tail = format!("\r\n--{boundary}--\r\n");
        Ok(Multipart {
            content_type: format!("multipart/form-data; boundary={boundary}"),
            length: head.len() as u64 + length + tail.len() as u64,
            reader: Cursor::new(head.into_bytes()).chain(item.read_range(first, length)?).chain(Cursor::new(tail.into_bytes())),
        })
    }
}

/// The file's own name is nobody's business.
fn file_name(mime: &str) -> (&'static str, &'static str) {
    match mime {
        "image/png" => ("photo.png", "image/png"),
        "image/gif" => ("photo.gif", "image/gif"),
        "image/bmp" => ("photo.bmp", "image/bmp"),
        "image/tiff" => ("photo.tiff", "image/tiff"),
        video if video.starts_with("video/") => ("part.bin", "application/octet-stream"),
        _ => ("photo.jpg", "image/jpeg"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_as_long_as_it_says_and_holds_the_file_unchanged() {
        let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let item = Item {
            path: file.path().to_owned(),
            is_video: false,
            mime: "image/png".into(),
            bytes: bytes.len() as u64,
            width: 1,
            height: 1,
            duration_ms: None,
            video_codec: None,
            frame_rate: None,
            audio_codec: None,
            public_url: None,
            ..Item::default()
        };
        let mut multipart = Multipart::new(&[("published", "false"), ("alt_text_custom", "zwei\r\nZeilen \"é\"")], "source", &item, 0, item.bytes).unwrap();
        let mut body = Vec::new();
        multipart.reader.read_to_end(&mut body).unwrap();
        assert_eq!(body.len() as u64, multipart.length);
        let boundary = multipart.content_type.split("boundary=").nth(1).unwrap();
        let parts: Vec<&[u8]> = split(&body, format!("--{boundary}").as_bytes());
        assert_eq!(parts.len(), 5, "three parts between the start and the end mark");
        assert_eq!(parts[2], "\r\nContent-Disposition: form-data; name=\"alt_text_custom\"\r\n\r\nzwei\r\nZeilen \"é\"\r\n".as_bytes());
        let head = b"\r\nContent-Disposition: form-data; name=\"source\"; filename=\"photo.png\"\r\nContent-Type: image/png\r\n\r\n";
        assert_eq!(&parts[3][..head.len()], head);
        assert_eq!(&parts[3][head.len()..parts[3].len() - 2], bytes);
        assert_eq!(parts[4], b"--\r\n");

        let part = Item { mime: "video/mp4".into(), ..item };
        let mut multipart = Multipart::new(&[], "video_file_chunk", &part, 1000, 500).unwrap();
        let mut body = Vec::new();
        multipart.reader.read_to_end(&mut body).unwrap();
        assert_eq!(body.len() as u64, multipart.length);
        assert_eq!(body.windows(500).filter(|window| *window == &bytes[1000..1500]).count(), 1, "only that part");
        assert!(String::from_utf8_lossy(&body).contains("name=\"video_file_chunk\"; filename=\"part.bin\""));
    }

    fn split<'a>(mut body: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
        let mut parts = Vec::new();
        while let Some(at) = body.windows(mark.len()).position(|window| window == mark) {
            parts.push(&body[..at]);
            body = &body[at + mark.len()..];
        }
        parts.push(body);
        parts
    }
}
