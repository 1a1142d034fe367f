//! What TikTok makes of a file after it was taken: the reasons for which a post fails.

use serde_json::json;
use simulator::Grant;

use crate::{
    clips::{CLIP, Clip},
    support::{World, world},
    tiktok_pull::call,
};

/// Uploads a file whole, as a direct post or a draft, and tells how it ended.
fn upload(world: &World, grant: &Grant, bytes: &[u8], draft: bool) -> (String, String) {
    let size = bytes.len();
    let source = json!({"source": "FILE_UPLOAD", "video_size": size, "chunk_size": size, "total_chunk_count": 1});
    let begun = if draft {
        call(world, "post/publish/inbox/video/init/", &grant.access_token, &json!({"source_info": source}))
    } else {
        let post = json!({"privacy_level": "SELF_ONLY"});
        call(world, "post/publish/video/init/", &grant.access_token, &json!({"post_info": post, "source_info": source}))
    };
    let data = begun.json()["data"].clone();
    let (range, length) = (format!("bytes 0-{}/{size}", size - 1), size.to_string());
    let headers = [("content-type", "video/mp4"), ("content-range", range.as_str()), ("content-length", length.as_str())];
    assert_eq!(world.send("PUT", data["upload_url"].as_str().unwrap(), &headers, bytes).unwrap().status, 201);
    world.seconds(2);
    let status = call(world, "post/publish/status/fetch/", &grant.access_token, &json!({"publish_id": data["publish_id"]})).json()["data"].clone();
    (status["status"].as_str().unwrap().to_owned(), status["fail_reason"].as_str().unwrap_or("").to_owned())
}

#[test]
fn a_file_is_judged_by_what_it_is() {
    let world = world();
    world.sim.set(|settings| (settings.rate_limits, settings.quotas) = (false, false));
    let grant = world.sim.add_tiktok_user("probed");
    world.sim.change_creator(&grant.remote_id, |creator| creator.max_seconds = 180);
    let file = |clip: Clip| clip.bytes(4_000);
    let webm = include_bytes!("../../../tests/data/media/clip.webm").to_vec();
    let mut small_webm = webm.clone();
    let at = small_webm.windows(3).position(|window| window == [0xB0, 0x82, 0x01]).unwrap();
    small_webm[at + 2..at + 4].copy_from_slice(&[0x01, 0x67]);
    for (name, bytes, reason) in [
        ("a plain clip", file(CLIP), ""),
        ("a quicktime file", file(Clip { quicktime: true, ..CLIP }), ""),
        ("a webm", webm, ""),
        ("sixty frames", file(Clip { frames_per_second: 60, ..CLIP }), ""),
        ("the smallest", file(Clip { width: 360, height: 360, ..CLIP }), ""),
        ("as long as this creator may", file(Clip { milliseconds: 180_000, sound: None, ..CLIP }), ""),
        ("a second longer", file(Clip { milliseconds: 181_000, sound: None, ..CLIP }), "duration_check_failed"),
        ("sixty-one frames", file(Clip { frames_per_second: 61, ..CLIP }), "frame_rate_check_failed"),
        ("twenty-two frames", file(Clip { frames_per_second: 22, ..CLIP }), "frame_rate_check_failed"),
        ("too narrow", file(Clip { width: 359, ..CLIP }), "picture_size_check_failed"),
        ("too high", file(Clip { height: 4_097, ..CLIP }), "picture_size_check_failed"),
        ("a narrow webm", small_webm, "picture_size_check_failed"),
        ("another codec", file(Clip { codec: *b"av01", ..CLIP }), "file_format_check_failed"),
        ("cut off", file(CLIP)[..1_000].to_vec(), "file_format_check_failed"),
        ("an avi", [b"RIFF\0\0\0\0AVI ".as_slice(), &[0; 500]].concat(), "file_format_check_failed"),
        ("a page", b"<html></html>".to_vec(), "file_format_check_failed"),
    ] {
        let expected = if reason.is_empty() { "PUBLISH_COMPLETE" } else { "FAILED" };
        assert_eq!(upload(&world, &grant, &bytes, false), (expected.to_owned(), reason.to_owned()), "{name}");
    }
    assert_eq!(world.sim.posts().len(), 6);
}

#[test]
fn a_draft_may_last_ten_minutes_whoever_its_creator_is() {
    let world = world();
    let grant = world.sim.add_tiktok_user("drafter");
    world.sim.change_creator(&grant.remote_id, |creator| creator.max_seconds = 180);
    let clip = |milliseconds| Clip { milliseconds, sound: None, ..CLIP }.bytes(4_000);
    assert_eq!(upload(&world, &grant, &clip(600_000), true).0, "SEND_TO_USER_INBOX");
    assert_eq!(upload(&world, &grant, &clip(601_000), true).1, "duration_check_failed");
}

#[test]
fn what_the_world_has_against_a_post_is_told_as_its_reason() {
    let world = world();
    world.sim.set(|settings| settings.rate_limits = false);
    let grant = world.sim.add_tiktok_user("unlucky");
    for reason in ["internal", "spam_risk", "spam_risk_text"] {
        world.sim.set(|settings| settings.tiktok.fail_reason = Some(reason));
        assert_eq!(upload(&world, &grant, &CLIP.bytes(4_000), false).1, reason);
    }
    world.sim.set(|settings| settings.tiktok.fail_reason = None);
    // Begun while it was allowed, finished when it no longer is.
    let begin = || {
        let source = json!({"source": "FILE_UPLOAD", "video_size": 4_000, "chunk_size": 4_000, "total_chunk_count": 1});
        let body = json!({"post_info": {"privacy_level": "SELF_ONLY"}, "source_info": source});
        call(&world, "post/publish/video/init/", &grant.access_token, &body).json()["data"].clone()
    };
    let finish = |data: &serde_json::Value| {
        let headers = [("content-type", "video/mp4"), ("content-range", "bytes 0-3999/4000"), ("content-length", "4000")];
        assert_eq!(world.send("PUT", data["upload_url"].as_str().unwrap(), &headers, &CLIP.bytes(4_000)).unwrap().status, 201);
        world.seconds(2);
        call(&world, "post/publish/status/fetch/", &grant.access_token, &json!({"publish_id": data["publish_id"]})).json()["data"]["fail_reason"].clone()
    };
    let (one, other) = (begin(), begin());
    world.sim.change_creator(&grant.remote_id, |creator| creator.posts_elsewhere = 15);
    assert_eq!(finish(&one), "spam_risk_too_many_posts");
    world.sim.change_creator(&grant.remote_id, |creator| creator.banned = true);
    assert_eq!(finish(&other), "spam_risk_user_banned_from_posting");
    assert!(world.sim.posts().is_empty());
}
