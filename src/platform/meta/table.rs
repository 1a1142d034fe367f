//! The Graph API's codes that mean the same for Facebook and Instagram, as data (Meta's own list of codes and subcodes).
//!
//! Invariant: a sentence says what happened and ends without a stop; a remedy says what the person can do, and is empty where waiting is enough.

use super::errors::{Class, Row, code, pair, said, sub};

const RECONNECT: &str = "Connect the account again.";
const CHECKPOINT: &str = "Sign in on facebook.com, do what it asks there, then connect the account again.";
const WAIT: &str = "";
const OURS: &str = "Please report this, with the code.";
const APP: &str = "Check the app's id and secret in the settings, and the app's products in Meta's dashboard.";

pub const COMMON: &[Row] = &[
    code(1, Class::Ambiguous, "{platform} had an internal error", WAIT),
    code(2, Class::Ambiguous, "{platform} is not available at the moment", WAIT),
    code(3, Class::Rejected, "This Meta app may not make this call", APP),
    code(4, Class::Rate(60), "The Meta app has made too many calls in the last hour", WAIT),
    code(10, Class::Reconnect, "A permission for this was not granted, or was taken back", "Connect the account again and allow everything that is asked for."),
    code(17, Class::Rate(5), "Too many calls were made for this person", WAIT),
    code(32, Class::Rate(5), "Too many calls were made for this Page", WAIT),
    code(341, Class::Rate(60), "The Meta app has reached a limit", WAIT),
    code(613, Class::Rate(15), "Too many calls of this kind were made", WAIT),
    pair(613, 1996, Class::Rate(60), "{platform} saw an unusual number of calls", WAIT),
    code(80_000, Class::Rate(5), "Too many calls were made for this account", WAIT),
    code(100, Class::Rejected, "{platform} did not accept the request", "Change what it names, or report this if nothing is named."),
    pair(100, 33, Class::Ambiguous, "{platform} does not find the object, or does not show it", WAIT),
    pair(100, 36_007, Class::Rejected, "The consent took too long: its code has expired", "Connect the account again."),
    pair(
        100,
        36_008,
        Class::Rejected,
        "The redirect URI differs from the one of the consent page",
        "Check the public address in the settings, and the redirect URI in Meta's dashboard.",
    ),
    pair(100, 36_009, Class::Rejected, "The consent's code was used before", "Connect the account again."),
    code(101, Class::Rejected, "Meta does not know this app", APP),
    code(102, Class::Reconnect, "The session with {platform} has ended", RECONNECT),
    code(104, Class::Rejected, "Meta did not accept the app's signature", "Check the app secret in the settings."),
    code(190, Class::Reconnect, "{platform} no longer accepts the access to this account", RECONNECT),
    pair(190, 458, Class::Reconnect, "The person has removed the app", RECONNECT),
    pair(190, 459, Class::Reconnect, "{platform} asks the person for a security check", CHECKPOINT),
    pair(190, 460, Class::Reconnect, "The password was changed, or {platform} ended the session", RECONNECT),
    pair(190, 463, Class::Reconnect, "The access to this account has expired", RECONNECT),
    pair(190, 464, Class::Reconnect, "The person's Facebook account is not confirmed", CHECKPOINT),
    pair(190, 467, Class::Reconnect, "The access to this account was withdrawn", RECONNECT),
    pair(190, 490, Class::Reconnect, "{platform} asks the person for a security check", CHECKPOINT),
    pair(
        190,
        492,
        Class::Reconnect,
        "The person who connected this has no role on the Page any more",
        "Let somebody with a role on the Page connect it again.",
    ),
    pair(190, 2_069_032, Class::Bug, "The call needs a Page's token", OURS),
    code(200, Class::Reconnect, "A permission for this is missing", "Connect the account again and allow everything that is asked for."),
    pair(200, 2_069_030, Class::Bug, "Pages of the new kind do not support this call", OURS),
    pair(200, 2_069_031, Class::Bug, "Pages of the new kind do not support this call", OURS),
    pair(200, 2_069_033, Class::Bug, "Pages of the new kind do not support this call", OURS),
    code(324, Class::Rejected, "The image is missing or damaged", "Use another image (JPEG or PNG)."),
    code(
        368,
        Class::Rejected,
        "{platform} has blocked this as abusive, or has blocked the account for a while",
        "Open {platform}, see what it says there, and change the post or wait.",
    ),
    said(368, "already posted", Class::Evidence, "{platform} says that this was posted before", "Look at the account; publish again if the post is not there."),
    pair(
        368,
        1_390_008,
        Class::Block(60),
        "{platform} finds that this account posts too fast",
        "Let some hours pass before more is posted, and post less often.",
    ),
    code(506, Class::Evidence, "{platform} says that this repeats the previous post", "Change the text if it is meant to go out again."),
    code(803, Class::Rejected, "{platform} does not know this id", OURS),
    code(2500, Class::Reconnect, "The access to this account cannot be used", RECONNECT),
    code(1_609_005, Class::Rejected, "{platform} could not read the link", "Check that the link can be opened by everybody."),
    sub(1_346_003, Class::Rejected, "{platform} judged the content abusive", "Change the text or the media."),
    sub(1_404_102, Class::Rejected, "The content is against {platform}'s standards", "Change the text or the media."),
    sub(1_404_006, Class::Rejected, "{platform} asks for a security check before it takes posts", CHECKPOINT),
    sub(1_404_078, Class::Rejected, "The Page needs Publishing Authorization", "Sign in on facebook.com and complete the Page's Publishing Authorization."),
    sub(
        1_404_112,
        Class::Block(24 * 60),
        "{platform} has limited the account for some days",
        "Open facebook.com to see for how long. The posts wait meanwhile; cancel those that would be too late.",
    ),
    sub(4_854_002, Class::Reconnect, "{platform} asks the person to confirm who they are", CHECKPOINT),
    sub(490, Class::Reconnect, "{platform} asks the person for a security check", CHECKPOINT),
    sub(1_609_010, Class::Ambiguous, "{platform} is not available at the moment", WAIT),
    sub(1_363_047, Class::Ambiguous, "{platform} is not available at the moment", WAIT),
    pair(1, 2_853_006, Class::Reconnect, "The person may not see or do this", RECONNECT),
];

#[cfg(test)]
mod tests {
    use crate::kind::Platform;
    use crate::platform::meta::errors::Speaker;
    use crate::platform::meta::errors::walk::{codes, helps};

    #[test]
    fn the_documented_codes_have_the_class_that_helps() {
        let rows = codes(include_str!("../../../tests/data/codes/meta.tsv"));
        assert!(rows.len() > 50);
        for (code, section, help) in rows {
            assert_eq!(helps(Speaker { platform: Platform::Facebook, rows: &[] }, code), help, "{code} (section {section})");
        }
    }
}
