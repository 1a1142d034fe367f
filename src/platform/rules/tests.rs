//! Each rule of each kind, with a file on either side of it.
//!
//! Always true: a row breaks exactly one rule; every code that the check can tell stands in a row.

use std::collections::BTreeSet;

use super::*;
use crate::kind::Kind::*;
use crate::kind::Platform::{Facebook, Instagram, Tiktok};
use crate::platform::Problem;
use crate::platform::Remedy::{self, Convert, Crop, Trim};

const NOTHING: Remedy = Remedy::None;

fn photo() -> Item {
    Item { mime: "image/jpeg".into(), bytes: 1_000_000, width: 1080, height: 1350, orientation: 1, ..Item::default() }
}

fn video() -> Item {
    Item {
        is_video: true,
        mime: "video/mp4".into(),
        bytes: 20_000_000,
        width: 1080,
        height: 1920,
        orientation: 1,
        duration_ms: Some(20_000),
        video_codec: Some("h264".into()),
        video_profile: Some("high".into()),
        pixel_depth: Some(8),
        chroma: Some("4:2:0".into()),
        frame_rate: Some(29.97),
        video_bit_rate: Some(8_000_000),
        audio_codec: Some("aac".into()),
        audio_channels: Some(2),
        audio_rate: Some(48_000),
        ..Item::default()
    }
}

/// A picture or a video that differs in one thing.
fn with(mut item: Item, change: impl FnOnce(&mut Item)) -> Item {
    change(&mut item);
    item
}

fn p(change: impl FnOnce(&mut Item)) -> Item {
    with(photo(), change)
}

fn v(change: impl FnOnce(&mut Item)) -> Item {
    with(video(), change)
}

fn sized(width: u32, height: u32) -> impl FnOnce(&mut Item) {
    move |item| (item.width, item.height) = (width, height)
}

fn lasting(ms: u64) -> impl FnOnce(&mut Item) {
    move |item| item.duration_ms = Some(ms)
}

fn told(platform: Platform, kind: Kind, items: &[Item]) -> Vec<Problem> {
    let mut problems = Vec::new();
    check(for_kind(platform, kind).unwrap(), items, &mut problems);
    problems
}

/// As many files as the kind takes at the least, the given one last.
fn filled(rules: &MediaRules, item: Item) -> Vec<Item> {
    let mut items = vec![if rules.image.is_some() { photo() } else { video() }; rules.count.0 - 1];
    items.push(item);
    items
}

const VIDEOS: [(Platform, Kind); 8] = [
    (Tiktok, Video),
    (Tiktok, DraftVideo),
    (Facebook, Video),
    (Facebook, Reel),
    (Facebook, VideoStory),
    (Instagram, Reel),
    (Instagram, Carousel),
    (Instagram, Story),
];
const PICTURES: [(Platform, Kind); 7] =
    [(Tiktok, Photos), (Tiktok, DraftPhotos), (Facebook, Photos), (Facebook, PhotoStory), (Instagram, Image), (Instagram, Carousel), (Instagram, Story)];

type Case = (&'static [(Platform, Kind)], Item, &'static str, Remedy);

const TIKTOK: &[(Platform, Kind)] = &[(Tiktok, Video), (Tiktok, DraftVideo)];
const TIKTOK_PHOTOS: &[(Platform, Kind)] = &[(Tiktok, Photos), (Tiktok, DraftPhotos)];
const PAGE_PHOTOS: &[(Platform, Kind)] = &[(Facebook, Photos), (Facebook, PhotoStory)];
const PAGE_VIDEO: &[(Platform, Kind)] = &[(Facebook, Video)];
const PAGE_REELS: &[(Platform, Kind)] = &[(Facebook, Reel), (Facebook, VideoStory)];
const PAGE_VIDEOS: &[(Platform, Kind)] = &[(Facebook, Video), (Facebook, Reel), (Facebook, VideoStory)];
const FEED_IMAGES: &[(Platform, Kind)] = &[(Instagram, Image), (Instagram, Carousel)];
const IMAGES: &[(Platform, Kind)] = &[(Instagram, Image), (Instagram, Carousel), (Instagram, Story)];
const REELS: &[(Platform, Kind)] = &[(Instagram, Reel), (Instagram, Carousel)];
const INSTAGRAM: &[(Platform, Kind)] = &[(Instagram, Reel), (Instagram, Carousel), (Instagram, Story)];
const STORY: &[(Platform, Kind)] = &[(Instagram, Story)];

fn broken() -> Vec<Case> {
    let codec = |codec: &str| v(|item| item.video_codec = Some(codec.into()));
    let sound = |codec: &str| v(|item| item.audio_codec = Some(codec.into()));
    let frames = |rate| v(|item| item.frame_rate = Some(rate));
    let mime = |item, mime: &str| with(item, |item| item.mime = mime.into());
    let bytes = |item, bytes| with(item, |item| item.bytes = bytes);
    vec![
        (&PICTURES, bytes(photo(), 0), "empty", NOTHING),
        (&VIDEOS, bytes(video(), 0), "empty", NOTHING),
        (&VIDEOS, mime(video(), "video/x-matroska"), "wrong_format", Convert),
        (&PICTURES, mime(photo(), "image/heic"), "wrong_format", Convert),
        // TikTok.
        (TIKTOK, bytes(video(), 4_000_000_001), "too_large", Convert),
        (TIKTOK, v(sized(359, 640)), "too_small", NOTHING),
        (TIKTOK, v(sized(4097, 2160)), "too_many_pixels", Convert),
        (TIKTOK, v(lasting(600_001)), "too_long", Trim),
        (TIKTOK, frames(15.0), "wrong_frame_rate", NOTHING),
        (TIKTOK, frames(120.0), "wrong_frame_rate", Convert),
        (TIKTOK, codec("av1"), "wrong_codec", Convert),
        (TIKTOK, codec("prores"), "wrong_codec", Convert),
        (TIKTOK, photo(), "not_a_video", NOTHING),
        (TIKTOK_PHOTOS, mime(photo(), "image/png"), "wrong_format", Convert),
        (TIKTOK_PHOTOS, with(mime(photo(), "image/gif"), |item| item.animated = true), "wrong_format", Convert),
        (TIKTOK_PHOTOS, with(mime(p(sized(480, 600)), "image/webp"), |item| item.animated = true), "animated", Convert),
        (TIKTOK_PHOTOS, bytes(photo(), 20_000_001), "too_large", Convert),
        // The first two were seen to fail.
        (TIKTOK_PHOTOS, p(sized(1086, 1448)), "too_many_pixels", Convert),
        (TIKTOK_PHOTOS, p(sized(1254, 1254)), "too_many_pixels", Convert),
        (TIKTOK_PHOTOS, p(sized(1921, 1080)), "too_many_pixels", Convert),
        (TIKTOK_PHOTOS, video(), "not_an_image", NOTHING),
        // Facebook.
        (PAGE_PHOTOS, mime(photo(), "image/webp"), "wrong_format", Convert),
        (PAGE_PHOTOS, bytes(photo(), 10_000_001), "too_large", Convert),
        (PAGE_PHOTOS, video(), "not_an_image", NOTHING),
        (PAGE_VIDEOS, photo(), "not_a_video", NOTHING),
        (PAGE_VIDEOS, mime(video(), "video/webm"), "wrong_format", Convert),
        (PAGE_VIDEOS, v(sized(600, 1920)), "wrong_aspect", Crop),
        (PAGE_VIDEOS, v(sized(2560, 1080)), "wrong_aspect", Crop),
        (PAGE_VIDEO, bytes(video(), 10_000_000_001), "too_large", Convert),
        (PAGE_VIDEO, v(lasting(4 * 3_600_000 + 1)), "too_long", Trim),
        (PAGE_REELS, v(lasting(2_949)), "too_short", NOTHING),
        (&[(Facebook, Reel)], v(lasting(90_501)), "too_long", Trim),
        (&[(Facebook, VideoStory)], v(lasting(60_501)), "too_long", Trim),
        (PAGE_REELS, v(sized(538, 957)), "too_small", NOTHING),
        (PAGE_REELS, v(sized(540, 950)), "too_small", NOTHING),
        (PAGE_REELS, frames(23.0), "wrong_frame_rate", NOTHING),
        (PAGE_REELS, frames(90.0), "wrong_frame_rate", Convert),
        (PAGE_REELS, codec("prores"), "wrong_codec", Convert),
        (PAGE_REELS, codec("vp8"), "wrong_codec", Convert),
        (PAGE_REELS, sound("opus"), "wrong_audio_codec", Convert),
        (PAGE_REELS, v(|item| item.interlaced = true), "interlaced", Convert),
        (PAGE_REELS, v(|item| item.chroma = Some("4:4:4".into())), "wrong_chroma", Convert),
        // Instagram.
        (IMAGES, mime(photo(), "image/png"), "wrong_format", Convert),
        (IMAGES, mime(photo(), "image/webp"), "wrong_format", Convert),
        (IMAGES, p(|item| item.multi_picture = true), "multi_picture", Convert),
        (IMAGES, bytes(photo(), 8_388_609), "too_large", Convert),
        (FEED_IMAGES, p(sized(1080, 1354)), "wrong_aspect", Crop),
        (FEED_IMAGES, p(sized(1080, 1920)), "wrong_aspect", Crop),
        (FEED_IMAGES, p(sized(1915, 1000)), "wrong_aspect", Crop),
        (&[(Instagram, Image)], video(), "not_an_image", NOTHING),
        (&[(Instagram, Reel)], photo(), "not_a_video", NOTHING),
        (INSTAGRAM, mime(video(), "video/webm"), "wrong_format", Convert),
        (REELS, bytes(video(), 300_000_001), "too_large", Convert),
        (STORY, bytes(video(), 100_000_001), "too_large", Convert),
        (INSTAGRAM, v(lasting(2_949)), "too_short", NOTHING),
        (REELS, v(lasting(900_501)), "too_long", Trim),
        (STORY, v(lasting(60_501)), "too_long", Trim),
        (INSTAGRAM, v(sized(2160, 3840)), "too_wide", Convert),
        (REELS, v(sized(19, 1920)), "wrong_aspect", Crop),
        (STORY, v(sized(190, 1920)), "wrong_aspect", Crop),
        (INSTAGRAM, v(sized(1920, 190)), "wrong_aspect", Crop),
        (INSTAGRAM, frames(22.5), "wrong_frame_rate", NOTHING),
        (INSTAGRAM, frames(120.0), "wrong_frame_rate", Convert),
        (INSTAGRAM, codec("vp9"), "wrong_codec", Convert),
        (INSTAGRAM, codec("av1"), "wrong_codec", Convert),
        (INSTAGRAM, v(|item| item.video_bit_rate = Some(25_000_001)), "too_high_bit_rate", Convert),
        (INSTAGRAM, sound("opus"), "wrong_audio_codec", Convert),
        (INSTAGRAM, v(|item| item.audio_rate = Some(96_000)), "wrong_audio_rate", Convert),
        (INSTAGRAM, v(|item| item.audio_channels = Some(6)), "wrong_audio_channels", Convert),
        (INSTAGRAM, v(|item| item.interlaced = true), "interlaced", Convert),
        (INSTAGRAM, v(|item| item.chroma = Some("4:2:2".into())), "wrong_chroma", Convert),
        (INSTAGRAM, v(|item| item.edit_list = true), "edit_list", Convert),
        (INSTAGRAM, v(|item| item.index_last = true), "index_last", Convert),
    ]
}

#[test]
fn each_broken_rule_is_told_with_what_cures_it() {
    let mut seen = BTreeSet::from(["wrong_count"]);
    for (kinds, item, code, remedy) in broken() {
        seen.insert(code);
        for (platform, kind) in kinds {
            let items = filled(for_kind(*platform, *kind).unwrap(), item.clone());
            let problems = told(*platform, *kind, &items);
            let [problem] = problems.as_slice() else { panic!("{platform} {kind} {code}: {problems:#?}") };
            let field = format!("media.{}", items.len() - 1);
            assert_eq!((problem.field.as_str(), problem.code, problem.remedy), (field.as_str(), code, remedy), "{platform} {kind} {item:?}");
            let message = &problem.message;
            assert!(message.ends_with(['.', ')']) && !message.contains("  ") && message.contains(' '), "{message}");
            assert!(!message.contains("18446744073709") && !message.contains(&u32::MAX.to_string()), "no limit is told as one: {message}");
        }
    }
    let source = include_str!("check.rs");
    let codes: BTreeSet<&str> = source.split('"').filter(|word| word.contains('_') && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).collect();
    assert!(codes.len() > 15 && codes.is_subset(&seen), "without a row: {:?}", codes.difference(&seen).collect::<Vec<_>>());
}

#[test]
fn what_lies_on_an_edge_is_taken() {
    let cases: Vec<(&[(Platform, Kind)], Item)> = vec![
        (&PICTURES, photo()),
        (&VIDEOS, video()),
        (&PICTURES, p(|item| item.orientation = 6)),
        (&VIDEOS, v(|item| (item.silent, item.audio_codec, item.audio_channels, item.audio_rate) = (true, None, None, None))),
        (&VIDEOS, v(|item| (item.video_profile, item.pixel_depth) = (Some("high10".into()), Some(10)))),
        (&VIDEOS, v(|item| item.fragmented = true)),
        (TIKTOK, v(sized(360, 640))),
        (TIKTOK, v(sized(4096, 360))),
        (TIKTOK, v(|item| item.bytes = 4_000_000_000)),
        (TIKTOK, v(lasting(600_000))),
        (TIKTOK, v(lasting(500))),
        (TIKTOK, v(|item| item.frame_rate = Some(60.01))),
        (TIKTOK, v(|item| item.frame_rate = Some(22.98))),
        (TIKTOK, v(|item| (item.mime, item.video_codec, item.audio_codec) = ("video/webm".into(), Some("vp9".into()), Some("opus".into())))),
        (TIKTOK, v(|item| (item.index_last, item.edit_list, item.interlaced, item.chroma) = (true, true, true, Some("4:2:2".into())))),
        (TIKTOK_PHOTOS, p(sized(1920, 1080))),
        // Seen to pass.
        (TIKTOK_PHOTOS, p(sized(941, 1672))),
        (TIKTOK_PHOTOS, p(|item| item.bytes = 20_000_000)),
        (PAGE_PHOTOS, p(|item| (item.mime, item.animated, item.width) = ("image/gif".into(), true, 9000))),
        (PAGE_PHOTOS, p(|item| (item.multi_picture, item.bytes) = (true, 10_000_000))),
        (PAGE_REELS, v(lasting(2_950))),
        (&[(Facebook, Reel)], v(lasting(90_500))),
        (&[(Facebook, VideoStory)], v(lasting(60_500))),
        (PAGE_REELS, v(|item| (item.width, item.height, item.bytes) = (960, 540, 9_000_000_000))),
        (PAGE_REELS, v(|item| item.frame_rate = Some(23.976))),
        (PAGE_REELS, v(|item| (item.index_last, item.edit_list, item.audio_rate, item.audio_channels) = (true, true, Some(96_000), Some(6)))),
        (PAGE_VIDEO, v(|item| (item.video_codec, item.frame_rate, item.audio_codec) = (Some("prores".into()), Some(12.0), Some("pcm".into())))),
        (PAGE_VIDEO, v(|item| (item.duration_ms, item.bytes) = (Some(4 * 3_600_000), 10_000_000_000))),
        (IMAGES, p(|item| item.bytes = 8_388_608)),
        (FEED_IMAGES, p(sized(1910, 1000))),
        // 4:5 in odd pixels.
        (FEED_IMAGES, p(sized(1079, 1349))),
        (FEED_IMAGES, p(sized(4000, 5000))),
        (STORY, p(sized(100, 4000))),
        (REELS, v(|item| (item.duration_ms, item.bytes) = (Some(900_500), 300_000_000))),
        (STORY, v(|item| (item.duration_ms, item.bytes) = (Some(60_500), 100_000_000))),
        (INSTAGRAM, v(|item| (item.width, item.video_bit_rate) = (1920, Some(25_000_000)))),
        (INSTAGRAM, v(|item| (item.audio_rate, item.audio_channels) = (Some(44_100), Some(1)))),
        (INSTAGRAM, v(|item| (item.mime, item.video_codec) = ("video/quicktime".into(), Some("hevc".into())))),
    ];
    for (kinds, item) in cases {
        for (platform, kind) in kinds {
            assert_eq!(told(*platform, *kind, &filled(for_kind(*platform, *kind).unwrap(), item.clone())), [], "{platform} {kind} {item:?}");
        }
    }
}

#[test]
fn what_is_not_known_of_a_file_is_not_held_against_it() {
    for (platform, kind) in VIDEOS.into_iter().chain(PICTURES) {
        let rules = for_kind(platform, kind).unwrap();
        for is_video in [rules.video.is_some(), rules.image.is_none()] {
            let item = Item { is_video, bytes: 1, ..Item::default() };
            assert_eq!(told(platform, kind, &filled(rules, item)), [], "{platform} {kind}");
        }
    }
}

#[test]
fn the_number_of_files_is_a_rule_too() {
    for platform in Platform::ALL {
        for kind in Kind::ALL {
            let Some(rules) = for_kind(*platform, *kind) else { continue };
            assert_eq!((rules.platform, rules.kind), (*platform, *kind));
            let item = if rules.image.is_some() { photo() } else { video() };
            let (least, most) = rules.count;
            for count in least..=most {
                assert_eq!(told(*platform, *kind, &vec![item.clone(); count]), [], "{platform} {kind} {count}");
            }
            for count in [least.checked_sub(1), Some(most + 1)].into_iter().flatten() {
                let problems = told(*platform, *kind, &vec![item.clone(); count]);
                let [problem] = problems.as_slice() else { panic!("{platform} {kind}: {problems:?}") };
                assert_eq!((problem.field.as_str(), problem.code, problem.remedy), ("media", "wrong_count", NOTHING), "{platform} {kind}");
            }
        }
    }
    let says = |platform, kind, items: &[Item]| told(platform, kind, items).remove(0).message;
    assert_eq!(says(Instagram, Carousel, &[photo()]), "An Instagram carousel takes 2 to 10 files; this post has 1.");
    assert_eq!(says(Tiktok, Video, &[]), "A TikTok video post takes exactly one video; this post has none.");
    assert_eq!(says(Tiktok, Photos, &vec![photo(); 36]), "A TikTok photo post takes 1 to 35 pictures; this post has 36.");
    assert_eq!(
        says(Facebook, Link, &[photo()]),
        "A link post of a Page takes no files; this post has 1. A link and files cannot be in one post. Remove one of them."
    );
}

#[test]
fn kinds_of_other_platforms_have_no_rules() {
    let kinds = |platform| Kind::ALL.iter().copied().filter(move |kind| for_kind(platform, *kind).is_some()).collect::<Vec<_>>();
    assert_eq!(kinds(Tiktok), [Video, DraftVideo, Photos, DraftPhotos]);
    assert_eq!(kinds(Facebook), [Video, Photos, Text, Link, Reel, PhotoStory, VideoStory]);
    assert_eq!(kinds(Instagram), [Reel, Image, Carousel, Story]);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let item = v(|item| {
        (item.mime, item.video_codec, item.audio_codec) = ("video/webm".into(), Some("vp9".into()), Some("opus".into()));
        (item.width, item.height, item.duration_ms) = (3840, 2160, Some(901_000));
    });
    let codes: Vec<_> = told(Instagram, Reel, &[item]).into_iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["wrong_format", "too_long", "wrong_codec", "wrong_audio_codec", "too_wide"]);
}

#[test]
fn the_sentences_say_what_is_wrong() {
    for (platform, kind, item, says) in [
        (Instagram, Image, with(photo(), |item| item.mime = "image/png".into()), "The picture is PNG; Instagram takes JPEG."),
        (Facebook, Photos, with(photo(), |item| item.mime = "image/webp".into()), "The picture is WebP; Facebook takes JPEG, PNG, GIF, BMP or TIFF."),
        (Instagram, Image, p(|item| item.bytes = 8_388_609), "The picture has 8.4 MB; an Instagram image may have at most 8 MB."),
        (Tiktok, Video, v(|item| item.bytes = 4_000_000_001), "The video has 4.01 GB; a TikTok video post may have at most 4 GB."),
        (Instagram, Story, v(lasting(60_501)), "The video lasts 61 seconds; an Instagram story lasts at most 60 seconds."),
        (Instagram, Reel, v(lasting(901_000)), "The video lasts 901 seconds; an Instagram reel lasts at most 15 minutes."),
        (Facebook, Reel, v(lasting(2_949)), "The video lasts 2.9 seconds; a Facebook reel lasts at least 3 seconds."),
        (
            Instagram,
            Image,
            p(sized(1080, 1920)),
            "The picture is 1080 x 1920 pixels, which is too narrow; Instagram takes shapes between 4:5 and 1.91:1 (width to height).",
        ),
        (
            Facebook,
            Reel,
            v(sized(2560, 1080)),
            "The video is 2560 x 1080 pixels, which is too wide; Facebook takes shapes between 9:16 and 16:9 (width to height).",
        ),
        (Tiktok, Photos, video(), "This is a video; a TikTok photo post takes pictures. TikTok takes photos and videos in posts of their own."),
        (Instagram, Reel, photo(), "This is a picture; an Instagram reel takes a video. Post the picture as an image."),
        (Instagram, Reel, v(|item| item.frame_rate = Some(15.0)), "The video has 15 frames a second; Instagram takes 23 to 60."),
    ] {
        assert_eq!(told(platform, kind, &[item]).remove(0).message, says);
    }
}

#[test]
fn a_copy_in_the_form_keeps_the_rule() {
    for platform in Platform::ALL {
        for rules in MediaRules::of(*platform) {
            if let Some(form) = rules.image.as_ref().map(|rule| rule.form) {
                // The largest copy, where the shape lets it be.
                let side = form.max_width.min(form.max_height);
                let copy = p(|item| (item.width, item.height, item.bytes) = (side, side, form.bytes));
                assert_eq!(told(*platform, rules.kind, &filled(rules, copy)), [], "{} {}", platform, rules.kind);
            }
            if let Some(rule) = &rules.video {
                let form = rule.form;
                for (width, height) in [(form.short_side, form.long_side), (form.long_side, form.short_side)] {
                    let copy = v(|item| {
                        (item.width, item.height, item.bytes, item.frame_rate) = (width, height, form.bytes, Some(f64::from(form.max_fps)));
                        (item.video_bit_rate, item.audio_rate, item.audio_channels) = (Some(form.video_bits), Some(form.audio_rate), Some(form.channels));
                    });
                    assert_eq!(told(*platform, rules.kind, &filled(rules, copy)), [], "{} {}", platform, rules.kind);
                }
            }
            if let Some(rule) = &rules.image {
                assert!(!wants_copy(rule, &p(|item| item.bytes = rule.form.bytes)), "a copy is never made again");
            }
        }
    }
}

#[test]
fn a_form_lies_down_with_its_picture_where_sides_are_limited() {
    let form = |platform, kind, width, height| {
        let form = for_kind(platform, kind).unwrap().image.as_ref().unwrap().form_for(&p(sized(width, height)));
        (form.max_width, form.max_height)
    };
    assert_eq!(form(Tiktok, Photos, 3000, 4000), (1080, 1920));
    assert_eq!(form(Tiktok, Photos, 4000, 3000), (1920, 1080));
    assert_eq!(form(Instagram, Image, 4000, 3000), (1440, 1800), "its width is the limit, whichever way up");
}

#[test]
fn a_silent_track_is_wanted_by_instagram_alone() {
    for (platform, kind) in VIDEOS {
        let rule = for_kind(platform, kind).unwrap().video.as_ref().unwrap();
        let silent = v(|item| (item.silent, item.audio_codec) = (true, None));
        assert_eq!(wants_sound(rule, &silent), platform == Instagram, "{platform} {kind}");
        assert!(!wants_sound(rule, &video()) && !wants_sound(rule, &v(|item| item.audio_codec = None)), "not known to be silent");
        assert_eq!(told(platform, kind, &filled(for_kind(platform, kind).unwrap(), silent)), []);
    }
}

#[test]
fn the_nearest_shape_is_the_edge_that_was_passed() {
    let feed = Aspect { narrowest: (4, 5), widest: (191, 100), slack: 25 };
    for (width, height, nearest) in [
        (1080, 1920, Some((4, 5))),
        (4000, 1000, Some((191, 100))),
        (1080, 1080, None),
        (4, 5, None),
        (u32::MAX, 1, Some((191, 100))),
        (1, u32::MAX, Some((4, 5))),
        (u32::MAX, u32::MAX, None),
    ] {
        assert_eq!((feed.nearest(width, height), feed.allows(width, height)), (nearest, nearest.is_none()), "{width} x {height}");
    }
    // A quarter of a hundredth outside, and a little more.
    assert!(feed.allows(7_980, 10_000) && !feed.allows(7_979, 10_000));
    assert!(feed.allows(19_147, 10_000) && !feed.allows(19_148, 10_000));
}
