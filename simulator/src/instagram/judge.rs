//! Whether media is good enough: images from their bytes, and what it is called when they never came.
//!
//! Always true: only JPEGs of one picture pass; foreign bytes are looked at through bounds.

use super::refuse;
use crate::{
    graph::error::GraphError,
    http::fetch::{Fetched, Miss},
    world::{World, image, instagram::Kind, sink::sha256_hex},
};

/// In bytes; the documents say 8 MB and their error 8 MiB.
pub const LARGEST_IMAGE: u64 = 8 << 20;
/// How far into a file a second picture announces itself.
const HEAD: usize = 64 << 10;

/// The refusal that carries a subcode of fetching or processing.
pub fn failure(subcode: u32) -> GraphError {
    let (code, message) = match subcode {
        2_207_003 => (-2, "It takes too long to download the media."),
        2_207_004 => (36_000, "The image size is too large."),
        2_207_005 => (36_001, "The image format is not supported."),
        2_207_026 => (352, "The video format is not supported."),
        2_207_052 => (9_004, "Only photo or video can be accepted as media type."),
        2_207_057 => (1, "The thumbnail offset must be within the video."),
        2_207_001 | 2_207_032 | 2_207_053 => (-1, "Create media fail, please try to re-create media."),
        _ => (100, "The media could not be used."),
    };
    refuse(code, subcode, message)
}

/// Why nothing came: as a status or a refusal tells it, and in words for the list of calls.
pub fn missed(miss: Miss) -> (u32, String) {
    let subcode = match miss {
        Miss::Slow => 2_207_003,
        Miss::NoRange => 2_207_077,
        Miss::Unreachable(_) => 2_207_052,
    };
    (subcode, miss.in_words())
}

/// The hash of an acceptable image.
pub fn image(world: &mut World, kind: Kind, fetched: Fetched) -> Result<String, GraphError> {
    let (bytes, content_type) = fetched.map_err(|miss| {
        let (subcode, why) = missed(miss);
        failure(subcode).because(why)
    })?;
    let picture = image::picture(&bytes).filter(|_| content_type.starts_with("image/"));
    let Some(picture) = picture else {
        return Err(failure(2_207_052).user("Media download failed", "The media could not be fetched from this URI."));
    };
    let head = bytes.get(..bytes.len().min(HEAD)).unwrap_or(&[]);
    // The markers of multi-picture and of stereo files.
    let several = head.windows(4).any(|window| window == b"MPF\0") || head.windows(8).any(|window| window == b"_JPSJPS_");
    if picture.kind != "jpeg" || several {
        return Err(failure(2_207_005).user("Unsupported format", "The image format is not supported."));
    }
    if bytes.len() as u64 > LARGEST_IMAGE {
        return Err(failure(2_207_004).user("Image size too large", "The image is too large to download. It should be less than 8 MiB."));
    }
    let (width, height) = (u64::from(picture.width), u64::from(picture.height));
    // 4:5 to 1.91:1, in the feed alone.
    let in_feed = matches!(kind, Kind::Image | Kind::ItemImage);
    if in_feed && (width * 5 < height * 4 || width * 100 > height * 191) {
        return Err(refuse(36_003, 2_207_009, "The submitted image with aspect ratio cannot be published.")
            .user("Invalid aspect ratio", "The image's aspect ratio must be between 4:5 and 1.91:1."));
    }
    let sha256 = sha256_hex(&bytes);
    world.gallery.keep(&sha256, vec![bytes.into()]);
    Ok(sha256)
}
