//! Bad input: what a platform would refuse is refused when the post is made, with the field, the account and a sentence, before anything is sent.
//!
//! Files that would be too large to keep here are rows of the media table whose probe says what such a file's would.

use std::str::FromStr;

use chrono::TimeDelta;
use pm3k::ids::{AccountId, MediaId};
use pm3k::kind::Kind::{self, Carousel, DraftPhotos, DraftVideo, Image, Link, PhotoStory, Photos, Reel, Story, Text, Video, VideoStory};
use pm3k::media::{Format, Probe, probe};
use pm3k::model::account;
use pm3k::model::media::{self, NewMedia};
use serde_json::{Value, json};

use crate::support::api::{Reply, Served};
use crate::support::house::{Who, file, start};

/// What a file is made from, and what of it is different: its probe, its bytes.
type File = (&'static str, fn(&mut Probe, &mut u64));

/// The post's kind, files, words and options; the field that has to change, its code, and some words of the sentence.
type Row<'a> = (Kind, Vec<File>, &'a str, Value, &'a str, &'a str, &'a str);

/// An account, a post's kind, files, words and options; the code of what is wrong, and what would cure it.
type Cure<'a> = (AccountId, Kind, Vec<File>, &'a str, Value, &'a str, Option<&'a str>);

const PHOTO: File = ("photo.jpg", |_, _| ());
const PNG: File = ("photo.png", |_, _| ());
const CLIP: File = ("clip.mp4", |_, _| ());

fn seconds(probe: &mut Probe, seconds: u64) {
    probe.duration_ms = Some(seconds * 1000);
}

fn sized(probe: &mut Probe, width: u32, height: u32) {
    (probe.width, probe.height) = (width, height);
}

fn take_in(api: &Served, (name, change): File) -> MediaId {
    let mut probe = probe(&file(name)).unwrap();
    let mut bytes = file(name).metadata().unwrap().len();
    change(&mut probe, &mut bytes);
    let new = NewMedia { workspace_id: api.workspace, kind: probe.kind().as_str(), file_name: name, stored_name: name, bytes, sha256: "", probe: &probe };
    api.app.db.write(|tx| media::create(tx, &new, start())).unwrap()
}

fn post(api: &Served, media: &[File], caption: &str, targets: &Value) -> Reply {
    let media: Vec<String> = media.iter().map(|file| take_in(api, *file).to_string()).collect();
    let at = (start() + TimeDelta::days(1)).to_rfc3339();
    api.post("/api/v1/posts", &json!({"caption": caption, "media": media, "schedule": {"at": at}, "targets": targets}))
}

/// One problem, in one field of the request, of one account, in a sentence.
#[track_caller]
fn tells(reply: &Reply, account: AccountId, field: &str, code: &str, says: &str) {
    let told = reply.json();
    assert_eq!(reply.status, 422, "{field} {code}: {told}");
    let problems = told["problems"].as_array().unwrap();
    let [problem] = problems.as_slice() else { panic!("{field} {code}: {told:#}") };
    assert_eq!((problem["field"].as_str(), problem["code"].as_str()), (Some(field), Some(code)), "{told:#}");
    assert_eq!(problem["account_id"].as_str().map(AccountId::from_str), Some(Ok(account)), "{told:#}");
    let message = problem["message"].as_str().unwrap();
    assert!(message.ends_with('.') && message.contains(' ') && message.contains(says), "{field} {code}: {message}");
    assert_eq!(told["detail"], message);
}

/// In a row's place for the field: what is wrong is cured by a copy, so nothing is refused.
const CONVERTED: &str = "converted";

/// The post is made, waits for a converted copy, and is cancelled here.
#[track_caller]
fn converts(api: &Served, reply: &Reply, says: &str) {
    let told = reply.ok(201);
    let job = &told["jobs"][0];
    assert_eq!(job["held_by"], "media", "{told:#}");
    let what = job["renditions"][0]["what"].as_str().unwrap();
    assert!(what.contains(says), "{what}");
    api.send("POST", &format!("/api/v1/posts/{}/cancel", told["id"].as_str().unwrap()), Some(&api.key), &[], Vec::new()).ok(200);
}

#[track_caller]
fn refuses(api: &Served, account: AccountId, rows: &[Row<'_>]) {
    for (kind, media, caption, options, field, code, says) in rows {
        let reply = post(api, media, caption, &json!([{"account_id": account.to_string(), "kind": kind, "options": options}]));
        if *field == CONVERTED {
            converts(api, &reply, says);
        } else {
            tells(&reply, account, field, code, says);
        }
    }
}

/// No post is planned, and the platforms were asked nothing but what a creator may do.
#[track_caller]
fn nothing_was_sent(api: &Served) {
    let posts = api.get("/api/v1/posts?limit=200").ok(200);
    assert!(posts["items"].as_array().unwrap().iter().all(|post| post["status"] == "cancelled"), "{posts:#}");
    let sent: Vec<_> = api.house.simulator.calls().into_iter().map(|call| call.name).filter(|name| *name != "tiktok.creator_info").collect();
    assert!(sent.is_empty(), "{sent:?}");
    assert!(api.house.visible().is_empty());
}

/// An account to which a permission was not given.
fn without(api: &Served, who: Who, scope: &str) -> AccountId {
    let inside = api.house.enter();
    let mut grant = api.house.grant(who, "narrow");
    let before = grant.scopes.len();
    grant.scopes.retain(|granted| granted != scope);
    assert_eq!(grant.scopes.len(), before - 1, "{scope}");
    inside.store(who, &grant)
}

#[test]
fn what_tiktok_would_refuse() {
    let api = Served::start();
    let account = api.house.enter().connect(Who::Tiktok, "maker");
    let public = |more: Value| {
        let mut options = json!({"privacy_level": "PUBLIC_TO_EVERYONE"});
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        options
    };
    let plain = || public(json!({}));
    let (long, emoji, longer) = ("x".repeat(2201), "😀".repeat(1101), "x".repeat(4001));
    let rows: Vec<Row<'_>> = vec![
        (Video, vec![CLIP], &long, plain(), "caption", "too_long", "2201 characters"),
        (Video, vec![CLIP], &emoji, plain(), "caption", "too_long", "emoji count as two"),
        (Photos, vec![PHOTO], &longer, plain(), "caption", "too_long", "at most 4000"),
        (Video, vec![CLIP], "", json!({}), "targets.0.options.privacy_level", "required", "TikTok allows no preset"),
        (Photos, vec![PHOTO], "", json!({}), "targets.0.options.privacy_level", "required", "who can view"),
        (Video, vec![CLIP], "", json!({"privacy_level": "public"}), "targets.0.options.privacy_level", "invalid", "PUBLIC_TO_EVERYONE"),
        (Video, vec![CLIP], "", public(json!({"disable_duet": "no"})), "targets.0.options.disable_duet", "wrong_type", "true or false"),
        (Video, vec![CLIP], "", public(json!({"title": "x"})), "targets.0.options.title", "unknown_option", "“title”"),
        (Video, vec![CLIP], "", public(json!({"first_comment": "x"})), "targets.0.options.first_comment", "unknown_option", "no option"),
        (
            Video,
            vec![CLIP],
            "",
            public(json!({"video_cover_timestamp_ms": 5000})),
            "targets.0.options.video_cover_timestamp_ms",
            "out_of_range",
            "behind the video's end",
        ),
        (
            Video,
            vec![CLIP],
            "",
            json!({"privacy_level": "SELF_ONLY", "brand_content_toggle": true}),
            "targets.0.options.brand_content_toggle",
            "conflict",
            "cannot be set to private",
        ),
        (Photos, vec![PHOTO], "", public(json!({"title": "x".repeat(91)})), "targets.0.options.title", "too_long", "91 characters"),
        (Photos, vec![PHOTO; 2], "", public(json!({"photo_cover_index": 2})), "targets.0.options.photo_cover_index", "out_of_range", "2 photos"),
        (DraftVideo, vec![CLIP], "", plain(), "targets.0.options.privacy_level", "not_for_drafts", "in the TikTok app"),
        (DraftPhotos, vec![PHOTO], "", json!({"auto_add_music": true}), "targets.0.options.auto_add_music", "not_for_drafts", "draft"),
        (Video, vec![], "", plain(), "media", "wrong_count", "exactly one video; this post has none"),
        (Video, vec![CLIP; 2], "", plain(), "media", "wrong_count", "exactly one video; this post has 2"),
        (Photos, vec![], "", plain(), "media", "wrong_count", "1 to 35 pictures; this post has none"),
        (Photos, vec![PHOTO; 36], "", plain(), "media", "wrong_count", "1 to 35 pictures; this post has 36"),
        (Video, vec![PHOTO], "", plain(), "media.0", "not_a_video", "picture"),
        (Photos, vec![PHOTO, CLIP], "", plain(), "media.1", "not_an_image", "posts of their own"),
        (Photos, vec![PNG], "", plain(), CONVERTED, "wrong_format", "converted to JPEG"),
        (Photos, vec![("moving.gif", |_, _| ())], "", plain(), CONVERTED, "wrong_format", "converted to JPEG"),
        (Photos, vec![PHOTO, ("photo.jpg", |p, _| sized(p, 1086, 1448))], "", plain(), CONVERTED, "too_many_pixels", "converted to JPEG"),
        (Photos, vec![("photo.jpg", |_, bytes| *bytes = 20_000_001)], "", plain(), CONVERTED, "too_large", "converted to JPEG"),
        (Video, vec![("clip.mp4", |_, bytes| *bytes = 4_294_967_297)], "", plain(), "media.0", "too_large", "at most 4 GB"),
        (DraftVideo, vec![("clip.mp4", |p, _| seconds(p, 601))], "", json!({}), "media.0", "too_long", "601 seconds"),
        (Video, vec![("clip.mp4", |p, _| p.video.as_mut().unwrap().fps = 15.0)], "", plain(), "media.0", "wrong_frame_rate", "23 to 60"),
        (Video, vec![("clip.mp4", |p, _| p.video.as_mut().unwrap().codec = "mpeg4".into())], "", plain(), "media.0", "wrong_codec", "MPEG-4 Visual"),
        (Video, vec![("clip.mp4", |p, _| sized(p, 320, 568))], "", plain(), "media.0", "too_small", "320 x 568"),
        (Reel, vec![CLIP], "", plain(), "targets.0.kind", "unsupported_kind", "videos and photos"),
    ];
    refuses(&api, account, &rows);
    refuses(
        &api,
        without(&api, Who::Tiktok, "video.publish"),
        &[(Video, vec![CLIP], "", plain(), "targets.0.account_id", "missing_scope", "permission video.publish")],
    );
    nothing_was_sent(&api);
}

#[test]
fn what_a_creators_own_settings_do_not_allow() {
    let api = Served::start();
    let inside = api.house.enter();
    let private = api.house.grant(Who::Tiktok, "private");
    api.house.simulator.set_private(&private.remote_id, true);
    let public = json!({"privacy_level": "PUBLIC_TO_EVERYONE"});
    let rows: Vec<Row<'_>> = vec![
        (Video, vec![CLIP], "", public.clone(), "targets.0.options.privacy_level", "not_offered", "Followers"),
        (Photos, vec![PHOTO], "", public.clone(), "targets.0.options.privacy_level", "not_offered", "“Everyone”"),
    ];
    refuses(&api, inside.store(Who::Tiktok, &private), &rows);

    let limited = inside.connect(Who::Tiktok, "limited");
    let told = json!({"privacy_level_options": ["PUBLIC_TO_EVERYONE", "SELF_ONLY"], "comment_disabled": true, "max_video_post_duration_sec": 180});
    api.app.db.write(|tx| account::store_standing(tx, limited, &told, api.house.now())).unwrap();
    let comments = json!({"privacy_level": "PUBLIC_TO_EVERYONE", "disable_comment": false});
    let rows: Vec<Row<'_>> = vec![
        (Video, vec![CLIP], "", comments, "targets.0.options.disable_comment", "disabled_by_creator", "comments"),
        (Video, vec![("clip.mp4", |p, _| seconds(p, 181))], "", public, "media.0", "too_long", "180 at most"),
    ];
    refuses(&api, limited, &rows);
    nothing_was_sent(&api);
}

#[test]
fn what_facebook_would_refuse() {
    let api = Served::start();
    let account = api.house.enter().connect(Who::Page, "Bakery");
    let none = || json!({});
    let link = |link: &str| json!({ "link": link });
    let (long, emoji) = ("x".repeat(63_207), "😀".repeat(31_604));
    let rows: Vec<Row<'_>> = vec![
        (Text, vec![], "", none(), "caption", "required", "needs words"),
        (Text, vec![], " \n ", none(), "caption", "required", "needs words"),
        (Text, vec![], &long, none(), "caption", "too_long", "63207 characters"),
        (Photos, vec![PHOTO], &emoji, none(), "caption", "too_long", "at most 63206"),
        (Text, vec![PHOTO], "words", none(), "media", "wrong_count", "takes no files"),
        (Link, vec![], "words", none(), "targets.0.options.link", "required", "needs the option"),
        (Link, vec![], "words", link("example.org"), "targets.0.options.link", "invalid_link", "begins with https://"),
        (Link, vec![], "words", link("javascript:alert(1)"), "targets.0.options.link", "invalid_link", "address"),
        (Link, vec![], "words", link("https://localhost/a"), "targets.0.options.link", "invalid_link", "everybody can open"),
        (Link, vec![PHOTO], "words", link("https://example.org/"), "media", "wrong_count", "cannot be in one post"),
        (Photos, vec![], "words", none(), "media", "wrong_count", "1 to 10 pictures; this post has none"),
        (Photos, vec![PHOTO; 11], "words", none(), "media", "wrong_count", "has 11"),
        (Photos, vec![PHOTO, CLIP], "words", none(), "media.1", "not_an_image", "as a reel"),
        (Photos, vec![("photo.webp", |_, _| ())], "words", none(), CONVERTED, "wrong_format", "converted to JPEG"),
        (Photos, vec![("photo.jpg", |_, bytes| *bytes = 10_000_001)], "words", none(), CONVERTED, "too_large", "converted to JPEG"),
        (Photos, vec![PHOTO], "", json!({"alt_text": "x".repeat(1001)}), "targets.0.options.alt_text", "too_long", "at most 1000"),
        (Photos, vec![PHOTO], "", json!({"privacy_level": "SELF_ONLY"}), "targets.0.options.privacy_level", "unknown_option", "Remove it"),
        (Photos, vec![PHOTO], "", json!({"first_comment": "x".repeat(8001)}), "targets.0.options.first_comment", "too_long", "8001"),
        (Reel, vec![CLIP; 2], "", none(), "media", "wrong_count", "exactly one video"),
        (Reel, vec![PHOTO], "", none(), "media.0", "not_a_video", "takes a video"),
        (Reel, vec![("clip.mp4", |p, _| seconds(p, 91))], "", none(), "media.0", "too_long", "90 seconds"),
        (Reel, vec![("clip.mp4", |p, _| seconds(p, 2))], "", none(), "media.0", "too_short", "at least 3 seconds"),
        (Reel, vec![("clip.mp4", |p, _| sized(p, 480, 854))], "", none(), "media.0", "too_small", "540 x 960"),
        (Reel, vec![("clip.mp4", |p, _| sized(p, 600, 1920))], "", none(), "media.0", "wrong_aspect", "too narrow"),
        (Reel, vec![("clip.mp4", |p, _| p.video.as_mut().unwrap().codec = "mpeg4".into())], "", none(), "media.0", "wrong_codec", "MPEG-4 Visual"),
        (Reel, vec![("clip.mp4", |p, _| p.audio.as_mut().unwrap().codec = "opus".into())], "", none(), "media.0", "wrong_audio_codec", "takes AAC"),
        (Reel, vec![("clip.mp4", |p, _| p.video.as_mut().unwrap().fps = 15.0)], "", none(), "media.0", "wrong_frame_rate", "24 to 60"),
        (Reel, vec![("clip.mp4", |p, _| p.format = Format::Webm)], "", none(), "media.0", "wrong_format", "MP4 or MOV"),
        (Reel, vec![CLIP], "", json!({"title": "x".repeat(256)}), "targets.0.options.title", "too_long", "at most 255"),
        (Video, vec![CLIP], "", none(), "targets.0.kind", "use_reel", "Choose the kind reel"),
        (Video, vec![("landscape.mp4", |p, _| seconds(p, 14_401))], "", none(), "media.0", "too_long", "4 hours"),
        (Video, vec![("landscape.mp4", |_, bytes| *bytes = 10_000_000_001)], "", none(), "media.0", "too_large", "10 GB"),
        (Video, vec![("landscape.mp4", |p, _| sized(p, 1920, 400))], "", none(), "media.0", "wrong_aspect", "between 9:16 and 16:9"),
        (VideoStory, vec![("clip.mp4", |p, _| seconds(p, 61))], "", none(), "media.0", "too_long", "60 seconds"),
        (VideoStory, vec![PHOTO], "", none(), "media.0", "not_a_video", "takes a video"),
        (PhotoStory, vec![CLIP], "", none(), "media.0", "not_an_image", "video_story"),
        (PhotoStory, vec![PHOTO; 2], "", none(), "media", "wrong_count", "exactly one picture"),
        (PhotoStory, vec![PHOTO], "", json!({"first_comment": "x"}), "targets.0.options.first_comment", "unknown_option", "no option"),
        (Carousel, vec![PHOTO; 2], "", none(), "targets.0.kind", "unsupported_kind", "A Page takes no carousel"),
    ];
    refuses(&api, account, &rows);
    for (scope, options) in [("pages_manage_posts", none()), ("pages_manage_engagement", json!({"first_comment": "x"}))] {
        let narrow = without(&api, Who::Page, scope);
        refuses(&api, narrow, &[(Photos, vec![PHOTO], "words", options, "targets.0.account_id", "missing_scope", scope)]);
    }
    nothing_was_sent(&api);
}

#[test]
fn what_instagram_would_refuse() {
    let api = Served::start();
    let account = api.house.enter().connect(Who::InstagramByFacebook, "mira");
    let none = || json!({});
    let tag = |place: Value| json!({"user_tags": [place]});
    let (long, emoji) = ("x".repeat(2201), "😀".repeat(1101));
    let (hashtags, mentions) = ("#bread ".repeat(31), "@baker ".repeat(21));
    let rows: Vec<Row<'_>> = vec![
        (Image, vec![PHOTO], &long, none(), "caption", "too_long", "2201 characters"),
        (Reel, vec![CLIP], &emoji, none(), "caption", "too_long", "at most 2200"),
        (Image, vec![PHOTO], &hashtags, none(), "caption", "too_many_hashtags", "31 hashtags"),
        (Carousel, vec![PHOTO; 2], &mentions, none(), "caption", "too_many_mentions", "21 mentions"),
        (Carousel, vec![PHOTO; 11], "", none(), "media", "wrong_count", "2 to 10 files; this post has 11"),
        (Carousel, vec![PHOTO], "", none(), "media", "wrong_count", "this post has 1"),
        (Image, vec![PHOTO; 2], "", none(), "media", "wrong_count", "exactly one picture"),
        (Story, vec![], "", none(), "media", "wrong_count", "exactly one file"),
        (Image, vec![PNG], "", none(), CONVERTED, "wrong_format", "converted to JPEG"),
        (Story, vec![PNG], "", none(), CONVERTED, "wrong_format", "converted to JPEG"),
        (Carousel, vec![PHOTO, PNG], "", none(), CONVERTED, "wrong_format", "converted to JPEG"),
        (Image, vec![("photo.jpg", |p, _| sized(p, 1920, 400))], "", none(), "media.0", "wrong_aspect", "1920 x 400"),
        (Image, vec![("photo.jpg", |p, _| sized(p, 1080, 1920))], "", none(), "media.0", "wrong_aspect", "between 4:5"),
        (Image, vec![("photo.jpg", |_, bytes| *bytes = 8_388_609)], "", none(), CONVERTED, "too_large", "converted to JPEG"),
        (Image, vec![("photo.jpg", |p, _| p.multi_picture = true)], "", none(), CONVERTED, "multi_picture", "converted to JPEG"),
        (Image, vec![CLIP], "", none(), "media.0", "not_an_image", "as a reel"),
        (Reel, vec![PHOTO], "", none(), "media.0", "not_a_video", "takes a video"),
        (Reel, vec![("clip.mp4", |p, _| seconds(p, 901))], "", none(), "media.0", "too_long", "15 minutes"),
        (Reel, vec![("clip.mp4", |p, _| p.video.as_mut().unwrap().codec = "vp9".into())], "", none(), "media.0", "wrong_codec", "VP9"),
        (Reel, vec![("clip.mp4", |p, _| sized(p, 2160, 3840))], "", none(), "media.0", "too_wide", "at most 1920"),
        (Reel, vec![("clip.mp4", |p, _| p.fast_start = false)], "", none(), CONVERTED, "index_last", "index moved"),
        (Reel, vec![("clip.mp4", |p, _| p.edit_list = true)], "", none(), "media.0", "edit_list", "cut made without encoding"),
        (Reel, vec![("clip.mp4", |p, _| p.video.as_mut().unwrap().bitrate = 26_000_000)], "", none(), "media.0", "too_high_bit_rate", "26 Mbit/s"),
        (Reel, vec![("clip.mp4", |p, _| p.audio.as_mut().unwrap().sample_rate = 96_000)], "", none(), "media.0", "wrong_audio_rate", "96000"),
        (Reel, vec![("clip.mp4", |p, _| p.audio.as_mut().unwrap().channels = 6)], "", none(), "media.0", "wrong_audio_channels", "6 channels"),
        (Reel, vec![("clip.mp4", |_, bytes| *bytes = 300_000_001)], "", none(), "media.0", "too_large", "at most 300 MB"),
        (Story, vec![("clip.mp4", |p, _| seconds(p, 61))], "", none(), "media.0", "too_long", "60 seconds"),
        (Carousel, vec![PHOTO, ("clip.mp4", |p, _| seconds(p, 901))], "", none(), "media.1", "too_long", "15 minutes"),
        (Image, vec![PHOTO], "", json!({"alt_text": "x".repeat(1001)}), "targets.0.options.alt_text", "too_long", "at most 1000"),
        (Reel, vec![CLIP], "", json!({"alt_text": "x"}), "targets.0.options.alt_text", "unknown_option", "“alt_text”"),
        (Image, vec![PHOTO], "", tag(json!({"username": "ada"})), "targets.0.options.user_tags.0", "out_of_range", "needs x and y"),
        (Image, vec![PHOTO], "", tag(json!({"username": "ada", "x": 2, "y": 0})), "targets.0.options.user_tags.0", "out_of_range", "0.0 to 1.0"),
        (Reel, vec![CLIP], "", tag(json!({"username": "ada", "x": 0, "y": 0})), "targets.0.options.user_tags.0", "not_for_videos", "Remove x and y"),
        (Image, vec![PHOTO], "", json!({"collaborators": ["a", "b", "c", "d"]}), "targets.0.options.collaborators", "too_many", "At most 3"),
        (Image, vec![PHOTO], "", json!({"collaborators": ["@ada"]}), "targets.0.options.collaborators", "not_a_username", "without “@”"),
        (Story, vec![PHOTO], "", json!({"collaborators": ["ada"]}), "targets.0.options.collaborators", "unknown_option", "no option"),
        (Image, vec![PHOTO], "", json!({"location_id": "Berlin"}), "targets.0.options.location_id", "wrong_type", "digits"),
        (Reel, vec![CLIP], "", json!({"share_to_feed": "yes"}), "targets.0.options.share_to_feed", "wrong_type", "true or false"),
        (Reel, vec![CLIP], "", json!({"thumb_offset": 5000}), "targets.0.options.thumb_offset", "out_of_range", "within the video"),
        (Text, vec![], "words", none(), "targets.0.kind", "unsupported_kind", "Instagram has no text"),
    ];
    refuses(&api, account, &rows);
    let comment = json!({"first_comment": "x"});
    for (who, scope) in [(Who::InstagramByFacebook, "instagram_manage_comments"), (Who::InstagramByItself, "instagram_business_manage_comments")] {
        refuses(&api, without(&api, who, scope), &[(Image, vec![PHOTO], "", comment.clone(), "targets.0.account_id", "missing_scope", scope)]);
    }
    nothing_was_sent(&api);
}

#[test]
fn what_would_cure_a_problem_is_told_with_it() {
    let api = Served::start();
    let inside = api.house.enter();
    let (maker, page, mira) = (inside.connect(Who::Tiktok, "maker"), inside.connect(Who::Page, "Bakery"), inside.connect(Who::InstagramByFacebook, "mira"));
    let long = "x".repeat(2201);
    let narrow: File = ("photo.jpg", |p, _| sized(p, 1080, 1920));
    let minutes: File = ("clip.mp4", |p, _| seconds(p, 901));
    let private = json!({"privacy_level": "SELF_ONLY"});
    let titled = json!({"privacy_level": "SELF_ONLY", "title": "x".repeat(91)});
    let rows: Vec<Cure<'_>> = vec![
        (mira, Reel, vec![("clip.mp4", |p, _| p.video.as_mut().unwrap().codec = "vp9".into())], "", json!({}), "wrong_codec", Some("convert")),
        (mira, Image, vec![narrow], "", json!({}), "wrong_aspect", Some("crop")),
        (mira, Reel, vec![minutes], "", json!({}), "too_long", Some("trim")),
        (mira, Image, vec![PHOTO], &long, json!({}), "too_long", Some("shorten")),
        (maker, Video, vec![CLIP], &long, private.clone(), "too_long", Some("shorten")),
        (maker, Photos, vec![PHOTO], "", titled, "too_long", Some("shorten")),
        (page, Reel, vec![CLIP], "", json!({"title": "x".repeat(256)}), "too_long", Some("shorten")),
        (page, Reel, vec![("clip.mp4", |p, _| seconds(p, 2))], "", json!({}), "too_short", None),
        (maker, Photos, vec![], "", private, "wrong_count", None),
    ];
    for (account, kind, media, caption, options, code, remedy) in rows {
        let told = post(&api, &media, caption, &json!([{"account_id": account.to_string(), "kind": kind, "options": options}])).json();
        let problems = told["problems"].as_array().unwrap();
        let [problem] = problems.as_slice() else { panic!("{told:#}") };
        assert_eq!((problem["code"].as_str(), problem.get("remedy").and_then(Value::as_str)), (Some(code), remedy), "{told:#}");
        assert_eq!(problem.get("remedy").is_some(), remedy.is_some(), "{told:#}");
    }
    let limited = json!({"privacy_level_options": ["SELF_ONLY"], "max_video_post_duration_sec": 180});
    api.app.db.write(|tx| account::store_standing(tx, maker, &limited, api.house.now())).unwrap();
    let target = json!([{"account_id": maker.to_string(), "kind": "video", "options": {"privacy_level": "SELF_ONLY"}}]);
    let told = post(&api, &[("clip.mp4", |p, _| seconds(p, 181))], "", &target).json();
    assert_eq!(told["problems"][0]["remedy"], "trim", "what a creator may post can be reached by trimming, too: {told:#}");
    nothing_was_sent(&api);
}

/// Platforms that are no simulator cannot fetch from this machine. Nobody is asked: their names lead nowhere, and what the creator may do is known.
#[test]
fn what_needs_a_public_address_or_an_audited_app() {
    let api = Served::with(|config| {
        config.tiktok.api_url = "https://tiktok.invalid".into();
        config.tiktok.audited = false;
        config.facebook.graph_url = "https://facebook.invalid".into();
        config.instagram.graph_url = "https://instagram.invalid".into();
    });
    let inside = api.house.enter();
    let tiktok = inside.connect(Who::Tiktok, "maker");
    api.app.db.write(|tx| account::store_standing(tx, tiktok, &json!({}), api.house.now())).unwrap();
    let own = json!({"privacy_level": "SELF_ONLY"});
    let rows: Vec<Row<'_>> = vec![
        (Photos, vec![PHOTO], "", own, "media", "needs_public_address", "server.public_url"),
        (DraftPhotos, vec![PHOTO], "", json!({}), "media", "needs_public_address", "TikTok fetches photos itself"),
        (Video, vec![CLIP], "", json!({"privacy_level": "PUBLIC_TO_EVERYONE"}), "targets.0.options.privacy_level", "app_not_audited", "“Only me”"),
    ];
    refuses(&api, tiktok, &rows);
    for (who, kind, media) in [
        (Who::InstagramByFacebook, Image, PHOTO),
        (Who::InstagramByFacebook, Story, PHOTO),
        (Who::InstagramByItself, Image, PHOTO),
        (Who::InstagramByItself, Reel, CLIP),
        (Who::InstagramByItself, Story, CLIP),
    ] {
        let account = inside.connect(who, &format!("{}.{kind}", if media.0 == PHOTO.0 { "p" } else { "v" }));
        refuses(&api, account, &[(kind, vec![media], "", json!({}), "media.0", "needs_public_address", "Instagram fetches this file itself")]);
    }
    nothing_was_sent(&api);
}

#[test]
fn the_field_is_one_of_the_request_and_the_account_the_one_it_concerns() {
    let api = Served::start();
    let inside = api.house.enter();
    let (page, mira) = (inside.connect(Who::Page, "Bakery"), inside.connect(Who::InstagramByItself, "mira"));
    let target = |account: AccountId| json!({"account_id": account.to_string()});
    let words = |account: AccountId, caption: String| json!({"account_id": account.to_string(), "caption": caption});
    let long = "x".repeat(2201);
    // What is right for one is wrong for the other, and then nothing is made.
    let narrow: File = ("photo.jpg", |p, _| sized(p, 1080, 1920));
    tells(&post(&api, &[narrow], "", &json!([target(page), target(mira)])), mira, "media.0", "wrong_aspect", "too narrow");
    tells(&post(&api, &[PHOTO], &long, &json!([target(page), target(mira)])), mira, "caption", "too_long", "2201");
    tells(&post(&api, &[PHOTO], "", &json!([target(page), words(mira, long)])), mira, "targets.1.caption", "too_long", "2201");
    tells(&post(&api, &[], "words", &json!([target(mira)])), mira, "targets.0.kind", "required", "Say which kind");
    // The same in several accounts is told of each.
    let told = post(&api, &[("photo.jpg", |_, bytes| *bytes = 0)], "", &json!([target(page), target(mira)])).json();
    let problems: Vec<(&Value, &Value)> = told["problems"].as_array().unwrap().iter().map(|p| (&p["account_id"], &p["code"])).collect();
    let (page, mira) = (json!(page.to_string()), json!(mira.to_string()));
    assert_eq!(problems, [(&page, &json!("empty")), (&mira, &json!("empty"))]);
    nothing_was_sent(&api);
}

#[test]
fn files_that_no_platform_takes_do_not_come_in() {
    let api = Served::start();
    for (name, mime, says) in [
        ("photo.heic", "image/heic", "HEIC"),
        ("renamed.mp4", "video/mp4", "JPEG"),
        ("sound-only.mp4", "video/mp4", "picture"),
        ("truncated.jpg", "image/jpeg", "ends"),
        ("truncated.mp4", "video/mp4", "ends"),
    ] {
        let headers = [("content-type", mime), ("x-filename", name)];
        let reply = api.send("POST", "/api/v1/media", Some(&api.key), &headers, std::fs::read(file(name)).unwrap());
        let told = reply.json();
        assert_eq!((reply.status, &told["problems"][0]["field"]), (422, &json!("file")), "{name}: {told}");
        let message = told["problems"][0]["message"].as_str().unwrap();
        assert!(message.contains(says) && message.ends_with('.'), "{name}: {message}");
    }
    assert_eq!(api.house.simulator.calls().len(), 0);
}
