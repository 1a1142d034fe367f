//! What TikTok would refuse, found before anything is sent (tiktok.md §5.2, §5.3, §8). Pure.
//!
//! What only the creator's settings of the moment can tell (which audiences, how long a video) is asked for when the job begins.

use super::options::{self, Options};
use super::plan::MAX_VIDEO;
use crate::config::TiktokApp;
use crate::kind::Kind;
use crate::platform::{Account, Content, Item, Problem};

/// UTF-16 code units in a caption.
const MAX_CAPTION: usize = 2200;
/// The longest video that the API takes from anybody.
const MAX_DURATION_MS: u64 = 10 * 60 * 1000;
const SIDES: std::ops::RangeInclusive<u32> = 360..=4096;
/// A probed rate is a quotient of rounded times, so 60 may read as 60.01.
const FRAME_RATES: std::ops::RangeInclusive<f64> = 22.9..=60.1;
const FORMATS: [&str; 3] = ["video/mp4", "video/quicktime", "video/webm"];
const CODECS: [&str; 5] = ["h264", "hevc", "h265", "vp8", "vp9"];

pub(super) fn check(app: &TiktokApp, account: &Account, content: &Content) -> Vec<Problem> {
    let mut problems = Vec::new();
    let scope = match content.kind {
        Kind::Video => "video.publish",
        Kind::DraftVideo => "video.upload",
        other => {
            let message = format!("TikTok is posted to as a video or as a draft video here, not as {}.", other.name());
            return vec![Problem::new("kind", "unsupported_kind", message)];
        }
    };
    if !account.scopes.iter().any(|granted| granted == scope) {
        let message =
            format!("The account was connected without the permission {scope}, which a {} needs. Connect it again and allow everything.", content.kind.name());
        problems.push(Problem::new("account", "missing_scope", message));
    }
    if content.kind == Kind::Video {
        direct(app, content, &mut problems);
    } else {
        draft(content, &mut problems);
    }
    match content.media.as_slice() {
        [item] => video(item, &mut problems),
        [] => problems.push(Problem::new("media", "missing", "Add the video.")),
        _ => problems.push(Problem::new("media", "too_many", "A TikTok video is one file. Keep one, and make posts of their own for the others.")),
    }
    problems
}

fn direct(app: &TiktokApp, content: &Content, problems: &mut Vec<Problem>) {
    let units = content.caption.encode_utf16().count();
    if units > MAX_CAPTION {
        let message = format!("The caption has {units} characters as TikTok counts (most emoji count as two); at most {MAX_CAPTION} are allowed.");
        problems.push(Problem::new("caption", "too_long", message));
    }
    match Options::read(&content.options) {
        Err(found) => problems.extend(found),
        Ok(options) => {
            if !app.audited && options.privacy_level != options::SELF_ONLY {
                let message = "TikTok has not audited this installation's app: it may post directly only with the audience “Only me”, and only to an account that is \
                               itself private. Choose “Only me”, or send the video as a draft.";
                problems.push(options::problem("privacy_level", "app_not_audited", message));
            }
            let cover = options.video_cover_timestamp_ms.and_then(|ms| u64::try_from(ms).ok());
            let duration = content.media.first().and_then(|item| item.duration_ms);
            if let Some((cover, duration)) = cover.zip(duration)
                && cover > duration
            {
                problems.push(options::problem("video_cover_timestamp_ms", "out_of_range", "The cover's time lies behind the video's end."));
            }
        }
    }
}

/// TikTok drops every setting that is sent with a draft without a word, so that setting one here would promise too much.
fn draft(content: &Content, problems: &mut Vec<Problem>) {
    for (name, _) in content.options.iter().filter(|(_, value)| !value.is_null()) {
        problems.push(if options::is_known(name) {
            options::problem(name, "not_for_drafts", "A draft carries no settings: the creator makes them in the TikTok app. Remove this option.")
        } else {
            options::problem(name, "unknown_option", format!("TikTok drafts have no option “{name}”."))
        });
    }
}

fn video(item: &Item, problems: &mut Vec<Problem>) {
    let mut found = |code, message: String| problems.push(Problem::new("media.0", code, message));
    if !item.is_video {
        return found("not_a_video", "This is a picture; a TikTok video needs a video file.".into());
    }
    if !FORMATS.contains(&item.mime.as_str()) {
        found("format", format!("TikTok takes MP4, MOV and WebM files; this one is {}.", item.mime));
    }
    if item.bytes == 0 {
        found("empty", "The file is empty.".into());
    }
    if item.bytes > MAX_VIDEO {
        found("too_big", format!("The file has {:.2} GB; TikTok takes at most 4 GB.", item.bytes as f64 / 1e9));
    }
    // A size of nothing is one that could not be read from the file.
    if (item.width, item.height) != (0, 0) && !(SIDES.contains(&item.width) && SIDES.contains(&item.height)) {
        let message = format!("The picture is {} by {} pixels; each side must have {} to {}.", item.width, item.height, SIDES.start(), SIDES.end());
        found("dimensions", message);
    }
    if let Some(duration) = item.duration_ms.filter(|ms| *ms > MAX_DURATION_MS) {
        found("too_long", format!("The video lasts {} seconds; TikTok takes at most 10 minutes from this program.", duration.div_ceil(1000)));
    }
    if let Some(rate) = item.frame_rate.filter(|rate| !FRAME_RATES.contains(rate)) {
        found("frame_rate", format!("The video has {rate:.1} frames a second; TikTok takes 23 to 60."));
    }
    if let Some(codec) = item.video_codec.as_deref().filter(|codec| !CODECS.contains(codec)) {
        found("codec", format!("The video is coded as {codec}; TikTok takes H.264, H.265, VP8 and VP9."));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::kind::{Login, Platform};
    use crate::secret::Secret;

    fn app(audited: bool) -> TiktokApp {
        TiktokApp {
            client_key: "ck".into(),
            client_secret: Secret::new("cs"),
            scopes: Vec::new(),
            audited,
            authorize_url: String::new(),
            api_url: String::new(),
            upload_hosts: Vec::new(),
        }
    }

    fn account() -> Account {
        let scopes = ["user.info.basic", "video.publish", "video.upload"].map(String::from).to_vec();
        Account { platform: Platform::Tiktok, login: Login::Tiktok, remote_id: "open".into(), username: "creator".into(), scopes, standing: None }
    }

    fn item() -> Item {
        Item {
            path: "clip.mp4".into(),
            is_video: true,
            mime: "video/mp4".into(),
            bytes: 1_000_000,
            width: 1080,
            height: 1920,
            duration_ms: Some(15_000),
            video_codec: Some("h264".into()),
            frame_rate: Some(29.97),
            audio_codec: Some("aac".into()),
            public_url: None,
            ..Item::default()
        }
    }

    fn content(kind: Kind) -> Content {
        let options = if kind == Kind::Video { json!({"privacy_level": "SELF_ONLY"}) } else { json!({}) };
        Content { kind, caption: "hello".into(), options: options.as_object().cloned().unwrap(), media: vec![item()] }
    }

    fn found(app_audited: bool, account: &Account, content: &Content) -> Vec<(String, &'static str)> {
        check(&app(app_audited), account, content).into_iter().map(|p| (p.field, p.code)).collect()
    }

    #[test]
    fn what_fits_has_no_problem() {
        for kind in [Kind::Video, Kind::DraftVideo] {
            assert_eq!(found(true, &account(), &content(kind)), [], "{kind}");
            assert_eq!(found(false, &account(), &content(kind)), [], "{kind}");
        }
    }

    #[test]
    fn other_kinds_are_refused() {
        for kind in Kind::ALL.iter().copied().filter(|kind| ![Kind::Video, Kind::DraftVideo].contains(kind)) {
            assert_eq!(found(true, &account(), &content(kind)), [("kind".to_owned(), "unsupported_kind")], "{kind}");
        }
    }

    #[test]
    fn each_kind_needs_its_own_scope() {
        for (kind, scope) in [(Kind::Video, "video.publish"), (Kind::DraftVideo, "video.upload")] {
            let mut account = account();
            account.scopes.retain(|granted| granted != scope);
            assert_eq!(found(true, &account, &content(kind)), [("account".to_owned(), "missing_scope")], "{kind}");
        }
    }

    #[test]
    fn captions_are_counted_in_utf16() {
        for (caption, long) in
            [("x".repeat(2200), false), ("x".repeat(2201), true), ("😀".repeat(1100), false), ("😀".repeat(1101), true), ("é".repeat(2200), false)]
        {
            let post = Content { caption, ..content(Kind::Video) };
            let expected: Vec<_> = long.then(|| ("caption".to_owned(), "too_long")).into_iter().collect();
            assert_eq!(found(true, &account(), &post), expected);
        }
        // A draft's caption is not sent.
        assert_eq!(found(true, &account(), &Content { caption: "x".repeat(5000), ..content(Kind::DraftVideo) }), []);
    }

    #[test]
    fn every_wrong_file_is_told() {
        let cases: Vec<(&str, Item)> = vec![
            ("not_a_video", Item { is_video: false, mime: "image/jpeg".into(), ..item() }),
            ("format", Item { mime: "video/x-matroska".into(), ..item() }),
            ("empty", Item { bytes: 0, ..item() }),
            ("too_big", Item { bytes: 4_000_000_001, ..item() }),
            ("dimensions", Item { width: 359, ..item() }),
            ("dimensions", Item { height: 4097, ..item() }),
            ("too_long", Item { duration_ms: Some(600_001), ..item() }),
            ("frame_rate", Item { frame_rate: Some(15.0), ..item() }),
            ("frame_rate", Item { frame_rate: Some(120.0), ..item() }),
            ("codec", Item { video_codec: Some("av1".into()), ..item() }),
        ];
        for (code, item) in cases {
            for kind in [Kind::Video, Kind::DraftVideo] {
                let post = Content { media: vec![item.clone()], ..content(kind) };
                assert_eq!(found(true, &account(), &post), [("media.0".to_owned(), code)], "{item:?}");
            }
        }
        for (code, media) in [("missing", vec![]), ("too_many", vec![item(), item()])] {
            assert_eq!(found(true, &account(), &Content { media, ..content(Kind::Video) }), [("media".to_owned(), code)]);
        }
    }

    #[test]
    fn what_lies_on_an_edge_is_taken() {
        for item in [
            Item { width: 360, height: 4096, ..item() },
            Item { bytes: 4_000_000_000, ..item() },
            Item { duration_ms: Some(600_000), ..item() },
            Item { frame_rate: Some(60.0), ..item() },
            Item { frame_rate: Some(23.0), ..item() },
            Item { width: 0, height: 0, duration_ms: None, frame_rate: None, video_codec: None, mime: "video/webm".into(), ..item() },
        ] {
            assert_eq!(found(true, &account(), &Content { media: vec![item], ..content(Kind::Video) }), []);
        }
    }

    #[test]
    fn options_are_checked() {
        let with = |kind, options: Value| Content { options: options.as_object().cloned().unwrap(), ..content(kind) };
        for (audited, kind, options, expected) in [
            (true, Kind::Video, json!({}), Some(("options.privacy_level", "required"))),
            (true, Kind::Video, json!({"privacy_level": "PUBLIC_TO_EVERYONE"}), None),
            (false, Kind::Video, json!({"privacy_level": "PUBLIC_TO_EVERYONE"}), Some(("options.privacy_level", "app_not_audited"))),
            (true, Kind::Video, json!({"privacy_level": "SELF_ONLY", "video_cover_timestamp_ms": 15_000}), None),
            (
                true,
                Kind::Video,
                json!({"privacy_level": "SELF_ONLY", "video_cover_timestamp_ms": 15_001}),
                Some(("options.video_cover_timestamp_ms", "out_of_range")),
            ),
            (true, Kind::DraftVideo, json!({"privacy_level": "SELF_ONLY"}), Some(("options.privacy_level", "not_for_drafts"))),
            (true, Kind::DraftVideo, json!({"share_to_feed": true}), Some(("options.share_to_feed", "unknown_option"))),
        ] {
            let expected: Vec<_> = expected.map(|(field, code)| (field.to_owned(), code)).into_iter().collect();
            assert_eq!(found(audited, &account(), &with(kind, options.clone())), expected, "{options}");
        }
    }
}
