//! Each rule of `check` with something on either side of it.

use serde_json::{Value, json};

use super::*;
use crate::kind::{Login, Platform};
use crate::platform::Item;
use crate::secret::Secret;

const KINDS: [Kind; 4] = [Kind::Video, Kind::DraftVideo, Kind::Photos, Kind::DraftPhotos];

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

fn video() -> Item {
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

fn photo() -> Item {
    Item {
        path: "photo.jpg".into(),
        is_video: false,
        mime: "image/jpeg".into(),
        bytes: 1_000_000,
        width: 1080,
        height: 1920,
        duration_ms: None,
        video_codec: None,
        frame_rate: None,
        audio_codec: None,
        public_url: Some("https://pm3k.example/media/x/photo.jpg".into()),
        ..Item::default()
    }
}

fn content(kind: Kind) -> Content {
    let options = if is_draft(kind) { json!({}) } else { json!({"privacy_level": "SELF_ONLY"}) };
    let media = if is_photos(kind) { vec![photo(), photo()] } else { vec![video()] };
    Content { kind, caption: "hello".into(), options: options.as_object().cloned().unwrap(), media }
}

fn with(kind: Kind, options: &Value) -> Content {
    Content { options: options.as_object().cloned().unwrap(), ..content(kind) }
}

fn found(audited: bool, account: &Account, content: &Content) -> Vec<(String, &'static str)> {
    check(&app(audited), account, content).into_iter().map(|p| (p.field, p.code)).collect()
}

fn one(field: &str, code: &'static str) -> Vec<(String, &'static str)> {
    vec![(field.to_owned(), code)]
}

#[test]
fn what_fits_has_no_problem() {
    for kind in KINDS {
        assert_eq!(found(true, &account(), &content(kind)), [], "{kind}");
        assert_eq!(found(false, &account(), &content(kind)), [], "{kind}");
    }
}

#[test]
fn other_kinds_are_refused() {
    for kind in Kind::ALL.iter().copied().filter(|kind| !KINDS.contains(kind)) {
        assert_eq!(found(true, &account(), &content(kind)), one("kind", "unsupported_kind"), "{kind}");
    }
}

#[test]
fn each_kind_needs_its_own_scope() {
    for kind in KINDS {
        let mut account = account();
        account.scopes.retain(|granted| Some(granted.as_str()) != scope(kind));
        assert_eq!(found(true, &account, &content(kind)), one("account", "missing_scope"), "{kind}");
    }
}

#[test]
fn captions_are_counted_in_utf16() {
    for (kind, most) in [(Kind::Video, 2200), (Kind::Photos, 4000), (Kind::DraftPhotos, 4000)] {
        for (caption, long) in [
            ("x".repeat(most), false),
            ("x".repeat(most + 1), true),
            ("😀".repeat(most / 2), false),
            ("😀".repeat(most / 2 + 1), true),
            ("é".repeat(most), false),
        ] {
            let expected = if long { one("caption", "too_long") } else { Vec::new() };
            assert_eq!(found(true, &account(), &Content { caption, ..content(kind) }), expected, "{kind}");
        }
    }
    assert_eq!(found(true, &account(), &Content { caption: "x".repeat(5000), ..content(Kind::DraftVideo) }), [], "it is not sent");
}

#[test]
fn every_wrong_video_is_told() {
    let cases: Vec<(&str, Item)> = vec![
        ("not_a_video", photo()),
        ("wrong_format", Item { mime: "video/x-matroska".into(), ..video() }),
        ("empty", Item { bytes: 0, ..video() }),
        ("too_large", Item { bytes: 4_000_000_001, ..video() }),
        ("too_small", Item { width: 359, ..video() }),
        ("too_many_pixels", Item { height: 4097, ..video() }),
        ("too_long", Item { duration_ms: Some(600_001), ..video() }),
        ("wrong_frame_rate", Item { frame_rate: Some(15.0), ..video() }),
        ("wrong_frame_rate", Item { frame_rate: Some(120.0), ..video() }),
        ("wrong_codec", Item { video_codec: Some("av1".into()), ..video() }),
    ];
    for (code, item) in cases {
        for kind in [Kind::Video, Kind::DraftVideo] {
            let post = Content { media: vec![item.clone()], ..content(kind) };
            assert_eq!(found(true, &account(), &post), one("media.0", code), "{item:?}");
        }
    }
    for (code, media) in [("wrong_count", vec![]), ("wrong_count", vec![video(), video()])] {
        assert_eq!(found(true, &account(), &Content { media, ..content(Kind::Video) }), one("media", code));
    }
}

#[test]
fn every_wrong_photo_is_told_by_its_place() {
    let cases: Vec<(&str, Item)> = vec![
        ("not_an_image", Item { public_url: photo().public_url, ..video() }),
        ("wrong_format", Item { mime: "image/png".into(), ..photo() }),
        ("wrong_format", Item { mime: "image/gif".into(), ..photo() }),
        ("wrong_format", Item { mime: "image/heic".into(), ..photo() }),
        ("empty", Item { bytes: 0, ..photo() }),
        ("too_large", Item { bytes: 20_000_001, ..photo() }),
        // The sizes that were seen to fail.
        ("too_many_pixels", Item { width: 1086, height: 1448, ..photo() }),
        ("too_many_pixels", Item { width: 1254, height: 1254, ..photo() }),
        ("too_many_pixels", Item { width: 1921, height: 1080, ..photo() }),
    ];
    for (code, item) in cases {
        for kind in [Kind::Photos, Kind::DraftPhotos] {
            let post = Content { media: vec![photo(), photo(), item.clone()], ..content(kind) };
            assert_eq!(found(true, &account(), &post), one("media.2", code), "{item:?}");
        }
    }
    let nowhere = Item { public_url: None, ..photo() };
    for (code, media) in [("wrong_count", vec![]), ("wrong_count", vec![photo(); 36]), ("needs_public_address", vec![nowhere.clone(), nowhere])] {
        for kind in [Kind::Photos, Kind::DraftPhotos] {
            assert_eq!(found(true, &account(), &Content { media: media.clone(), ..content(kind) }), one("media", code), "{kind}");
        }
    }
}

#[test]
fn what_lies_on_an_edge_is_taken() {
    for item in [
        Item { width: 360, height: 4096, ..video() },
        Item { bytes: 4_000_000_000, ..video() },
        Item { duration_ms: Some(600_000), ..video() },
        Item { frame_rate: Some(60.0), ..video() },
        Item { frame_rate: Some(23.0), ..video() },
        Item { width: 0, height: 0, duration_ms: None, frame_rate: None, video_codec: None, mime: "video/webm".into(), ..video() },
    ] {
        assert_eq!(found(true, &account(), &Content { media: vec![item], ..content(Kind::Video) }), []);
    }
    for item in [
        Item { bytes: 20_000_000, mime: "image/webp".into(), ..photo() },
        Item { width: 1920, height: 1080, ..photo() },
        // Seen to pass.
        Item { width: 941, height: 1672, ..photo() },
    ] {
        assert_eq!(found(true, &account(), &Content { media: vec![item], ..content(Kind::Photos) }), []);
    }
    assert_eq!(found(true, &account(), &Content { media: vec![photo(); 35], ..content(Kind::Photos) }), []);
}

#[test]
fn options_are_held_against_the_post_and_the_app() {
    for (audited, kind, options, expected) in [
        (true, Kind::Video, json!({}), Some(("options.privacy_level", "required"))),
        (true, Kind::Video, json!({"privacy_level": "PUBLIC_TO_EVERYONE"}), None),
        (false, Kind::Video, json!({"privacy_level": "PUBLIC_TO_EVERYONE"}), Some(("options.privacy_level", "app_not_audited"))),
        (false, Kind::Photos, json!({"privacy_level": "MUTUAL_FOLLOW_FRIENDS"}), Some(("options.privacy_level", "app_not_audited"))),
        (true, Kind::Video, json!({"privacy_level": "SELF_ONLY", "video_cover_timestamp_ms": 15_000}), None),
        (
            true,
            Kind::Video,
            json!({"privacy_level": "SELF_ONLY", "video_cover_timestamp_ms": 15_001}),
            Some(("options.video_cover_timestamp_ms", "out_of_range")),
        ),
        (true, Kind::Photos, json!({"privacy_level": "SELF_ONLY", "photo_cover_index": 1}), None),
        (true, Kind::Photos, json!({"privacy_level": "SELF_ONLY", "photo_cover_index": 2}), Some(("options.photo_cover_index", "out_of_range"))),
        (true, Kind::DraftPhotos, json!({"photo_cover_index": 2}), Some(("options.photo_cover_index", "out_of_range"))),
        (true, Kind::Photos, json!({"privacy_level": "SELF_ONLY", "brand_content_toggle": true}), Some(("options.brand_content_toggle", "conflict"))),
        (true, Kind::DraftVideo, json!({"privacy_level": "SELF_ONLY"}), Some(("options.privacy_level", "not_for_drafts"))),
    ] {
        let expected = expected.map_or(Vec::new(), |(field, code)| one(field, code));
        assert_eq!(found(audited, &account(), &with(kind, &options)), expected, "{kind} {options}");
    }
}

#[test]
fn the_creators_settings_are_held_against_direct_posts_only() {
    let private = json!({
        "privacy_level_options": ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"],
        "comment_disabled": true, "duet_disabled": true, "stitch_disabled": true, "max_video_post_duration_sec": 14,
    });
    let account = Account { standing: Some(private), ..account() };
    let public = json!({"privacy_level": "PUBLIC_TO_EVERYONE", "disable_comment": false});
    let of_photos = [("options.privacy_level".to_owned(), "not_offered"), ("options.disable_comment".to_owned(), "disabled_by_creator")];
    assert_eq!(found(true, &account, &with(Kind::Photos, &public)), of_photos);
    let of_video = [&of_photos[..], &one("media.0", "too_long")].concat();
    assert_eq!(found(true, &account, &with(Kind::Video, &public)), of_video);
    assert_eq!(found(true, &account, &content(Kind::Photos)), []);
    assert_eq!(found(true, &account, &content(Kind::DraftVideo)), [], "TikTok lets the creator decide");
    assert_eq!(found(true, &account, &content(Kind::DraftPhotos)), []);
    // One sentence on one length.
    let endless = Content { media: vec![Item { duration_ms: Some(700_000), ..video() }], ..content(Kind::Video) };
    assert_eq!(found(true, &account, &endless), one("media.0", "too_long"));
    // A creator who cannot post now may be able to later.
    let held = Account { standing: Some(json!({"cannot_post_now": "spam_risk_too_many_posts"})), ..account };
    assert_eq!(found(true, &held, &content(Kind::Video)), []);
}
