//! Codes that mean something for Pages only, beside the common ones. Most of the long numbers may come as code, as subcode, or inside a phase.

use crate::platform::meta::errors::{Class, Row, code, pair, sub};

pub const TABLE: &[Row] = &[
    pair(
        100,
        33,
        Class::Transient,
        "Facebook does not find the Page or what was prepared for it, or does not show it",
        "Check that the Page still exists and that the person who connected it still has a role on it.",
    ),
    code(382, Class::Rejected, "The file is too small", "Use another file."),
    code(389, Class::Transient, "Facebook could not fetch the file", "Check that this installation's public address can be reached."),
    code(
        6000,
        Class::StartOver,
        "Facebook had a problem with the file, or did not get all of it",
        "If it happens again, export the video as MP4 (H.264, AAC) and upload it anew.",
    ),
    code(6001, Class::StartOver, "Facebook had a problem with the upload", ""),
    sub(1_366_046, Class::Rejected, "Facebook refused the photo: it is too large, or of a format that is not taken", "Use a JPEG or PNG of less than 4 MB."),
    sub(1_366_051, Class::Evidence, "Facebook says that these photos were posted before", "Look at the Page; retry if the post is not there."),
    sub(1_349_125, Class::Rejected, "Facebook does not take this format", "Use a JPEG or PNG, or an MP4 video (H.264, AAC)."),
    sub(2_069_019, Class::Rejected, "Facebook does not take this file", "Use a JPEG or PNG, or an MP4 video (H.264, AAC)."),
    sub(1_363_040, Class::Rejected, "The reel's shape is outside 16:9 to 9:16", "Crop the video; 9:16 (1080 x 1920) is best."),
    sub(1_363_127, Class::Rejected, "The reel is smaller than 540 x 960 pixels", "Export the video in a higher resolution."),
    sub(1_363_128, Class::Rejected, "The reel is shorter than 3 or longer than 90 seconds", "Cut the video to 3 to 90 seconds."),
    sub(1_363_129, Class::Rejected, "The reel's frame rate is outside 24 to 60 a second", "Export the video with 30 frames a second."),
    sub(1_609_008, Class::Rejected, "Links to facebook.com are not taken", "Remove the link."),
    sub(2_061_006, Class::Rejected, "The link is not valid", "Correct the link."),
];
