//! Codes that mean something for Instagram only, beside the common ones. In a container's status text only the subcode is named.

use crate::platform::meta::errors::{Class, Row, code, pair, sub};

const FETCH: &str = "Check that this installation's public address can be reached from outside, without a login or a challenge page in front of it.";
const CONVERT: &str = "Export the video as MP4 (H.264, AAC, at most 60 frames a second) and upload it anew.";
const JPEG: &str = "Use a JPEG.";
const APP: &str = "Open the Instagram app and do what it asks there; then connect the account again if this stays.";

pub const TABLE: &[Row] = &[
    sub(2_207_003, Class::StartOver, "Instagram took too long to fetch the media", FETCH),
    // At publishing these say that the container is gone, which it also is after it was published.
    sub(2_207_020, Class::Evidence, "The prepared media has expired", ""),
    sub(2_207_006, Class::Evidence, "Instagram does not find the prepared media", ""),
    sub(2_207_008, Class::Evidence, "The prepared media does not exist any more", ""),
    sub(2_207_001, Class::Ambiguous, "Instagram had an internal error", ""),
    sub(2_207_032, Class::StartOver, "Instagram could not prepare the media", ""),
    sub(2_207_053, Class::StartOver, "Instagram could not take the video", CONVERT),
    pair(1, 2_207_057, Class::Rejected, "The cover time lies outside the video", "Set a thumb_offset within the video's length."),
    sub(
        2_207_051,
        Class::AmbiguousRate(240),
        "Instagram blocked the action because it suspects spam",
        "Post less often, and open the Instagram app to see whether it asks for something.",
    ),
    sub(2_207_042, Class::Limit, "Instagram's number of posts a day is used up", ""),
    sub(2_207_050, Class::Reconnect, "Instagram has restricted this account, or asks for a check", APP),
    sub(2_207_023, Class::Bug, "Instagram does not know this type of media", "Please report this, with the code."),
    sub(2_207_028, Class::Rejected, "A carousel has 2 to 10 items", "Add or remove items."),
    sub(2_207_035, Class::Rejected, "Product tags may have no position here", "Remove the position."),
    sub(2_207_036, Class::Rejected, "Product tags need a position", "Add the position."),
    sub(2_207_037, Class::Rejected, "A tagged product is not valid", "Remove the product tag."),
    sub(2_207_040, Class::Rejected, "The caption mentions more than 20 accounts", "Remove some of the mentions."),
    sub(2_207_026, Class::Rejected, "Instagram does not take this video's format", CONVERT),
    sub(2_207_052, Class::StartOver, "Instagram could not fetch the media from this installation", FETCH),
    sub(2_207_027, Class::Transient, "The media is not ready yet", ""),
    sub(2_207_004, Class::Rejected, "The image has more than 8 MB", "Use a smaller image."),
    sub(2_207_005, Class::Rejected, "Instagram does not take this image's format", JPEG),
    sub(2_207_009, Class::Rejected, "The image is too narrow or too wide", "Crop it to between 4:5 and 1.91:1."),
    sub(2_207_010, Class::Rejected, "The caption is too long", "Shorten it to 2,200 characters."),
    sub(2_207_076, Class::StartOver, "Instagram could not take or fetch the video", CONVERT),
    sub(2_207_077, Class::StartOver, "Instagram could not download the video", FETCH),
    sub(2_207_081, Class::Rejected, "This account cannot publish trial reels", ""),
    sub(2_207_082, Class::StartOver, "Instagram could not take the upload", CONVERT),
    sub(2_207_083, Class::Rejected, "The address gave Instagram something that is not an image", FETCH),
    sub(2_207_085, Class::Rejected, "Instagram could not process the video", CONVERT),
    code(-2, Class::StartOver, "Instagram could not fetch the media in time", FETCH),
    code(-1, Class::Ambiguous, "Instagram had an internal error", ""),
    code(9, Class::Limit, "Instagram's number of posts a day is used up", ""),
    code(24, Class::Evidence, "Instagram does not find the prepared media", ""),
    code(25, Class::Reconnect, "Instagram has restricted this account, or asks for a check", APP),
    code(352, Class::Rejected, "Instagram does not take this video's format", CONVERT),
    code(9004, Class::StartOver, "Instagram could not fetch the media from this installation", FETCH),
    code(9007, Class::Transient, "The media is not ready yet", ""),
    code(36_000, Class::Rejected, "The image has more than 8 MB", "Use a smaller image."),
    code(36_001, Class::Rejected, "Instagram does not take this image's format", JPEG),
    code(36_003, Class::Rejected, "The image is too narrow or too wide", "Crop it to between 4:5 and 1.91:1."),
    code(36_004, Class::Rejected, "The caption is too long", "Shorten it to 2,200 characters."),
];
