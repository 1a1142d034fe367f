//! Codes that mean something for Pages only, beside the common ones. Most of the long numbers may come as code, as subcode, or inside a phase.

use crate::platform::meta::errors::{Class, Row, code, pair, said, sub};

pub const TABLE: &[Row] = &[
    pair(
        100,
        33,
        Class::Transient,
        "Facebook does not find the Page or what was prepared for it, or does not show it",
        "Check that the Page still exists and that the person who connected it still has a role on it.",
    ),
    said(
        100,
        "no permission to publish",
        Class::Reconnect,
        "The access to this Page does not allow publishing",
        "Connect the account again and allow everything that is asked for.",
    ),
    // Not a limit on calls: nothing else has to wait for it.
    said(80_001, "reels", Class::Limit, "Facebook takes 30 reels in 24 hours from a Page, and all of them are used", ""),
    // Where the platform does not say which bytes it wants instead, the same part is sent again.
    sub(1_363_037, Class::Transient, "Facebook wants other bytes of the video than those that were sent", ""),
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

#[cfg(test)]
mod tests {
    use super::TABLE;
    use crate::kind::Platform;
    use crate::platform::meta::errors::Speaker;
    use crate::platform::meta::errors::walk::{codes, helps, helps_with_an_upload};

    /// Every code of the documentation is known, with the class that its advice asks for.
    #[test]
    fn the_documented_codes_have_the_class_that_helps() {
        let speaker = Speaker { platform: Platform::Facebook, rows: TABLE };
        let rows = codes(include_str!("../../../tests/data/codes/facebook.tsv"));
        assert!(rows.len() > 60);
        for (code, section, help) in rows {
            let known = if code.ends_with("Error") { helps_with_an_upload(code) } else { helps(speaker, code) };
            assert_eq!(known, help, "{code} (section {section})");
        }
    }

    /// The common codes mean the same here, but for an object that is not seen: Pages are, unless something is wrong.
    #[test]
    fn the_common_codes_have_too() {
        let speaker = Speaker { platform: Platform::Facebook, rows: TABLE };
        for (code, section, help) in codes(include_str!("../../../tests/data/codes/meta.tsv")) {
            let help = if code == "100/33" { "retry" } else { help };
            assert_eq!(helps(speaker, code), help, "{code} (section {section})");
        }
    }
}
