//! TikTok's photos and draft photos against the simulated TikTok: the ordinary way, what is said on the wire, and what TikTok refuses.

use chrono::TimeDelta;
use pm3k::kind::Kind;
use pm3k::platform::{Adapter, ErrorClass};
use pm3k::secret::hex;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::support::tiktok::{World, map, media, photo};

fn sha256(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| hex(&Sha256::digest(std::fs::read(media(name)).unwrap()))).collect()
}

#[test]
fn photos_go_out_once_in_their_order_with_their_caption_and_their_link() {
    let world = World::new();
    let mut job = world.photos(Kind::Photos);
    assert_eq!(Adapter::check(&world.tiktok, &job.account, &job.content).iter().map(|p| p.code).collect::<Vec<_>>(), ["needs_public_address"]);
    let published = job.run().published();
    assert_eq!(Adapter::check(&world.tiktok, &job.account, &job.content), []);
    let posts = world.simulator.posts();
    let [post] = posts.as_slice() else { panic!("{posts:?}") };
    assert_eq!((post.kind, post.caption.as_str()), ("photos", "hello #cats 😀"));
    assert_eq!(post.media_sha256, sha256(&["photo.jpg", "photo.webp"]));
    assert_eq!(published.remote_id.as_ref(), Some(&post.remote_id));
    assert_eq!(published.permalink, Some(format!("https://www.tiktok.com/@studio/photo/{}", post.remote_id)));
    assert_eq!(published.follow, None);
    assert!(job.errors.is_empty(), "{:?}", job.errors);
    world.assert_visible(1);
}

#[test]
fn draft_photos_go_to_the_inbox_once_and_are_followed_until_their_creator_posts_them() {
    let world = World::new();
    let mut job = world.photos(Kind::DraftPhotos);
    let published = job.run().published();
    let posts = world.simulator.posts();
    let [draft] = posts.as_slice() else { panic!("{posts:?}") };
    assert_eq!((draft.kind, draft.caption.as_str(), &draft.media_sha256), ("draft_photos", "hello #cats 😀", &sha256(&["photo.jpg", "photo.webp"])));
    assert_eq!((published.remote_id.as_ref(), published.permalink.as_ref()), (Some(&draft.remote_id), None));
    assert_eq!(world.count("tiktok.creator_info"), 0);
    let posted = world.simulator.post_draft(&draft.remote_id, "PUBLIC_TO_EVERYONE").unwrap();
    let followed = job.follow(published);
    assert_eq!(followed.permalink, Some(format!("https://www.tiktok.com/@studio/photo/{posted}")));
    world.assert_visible(1);
}

#[test]
fn only_the_hand_over_is_left_for_the_second_at_which_the_post_is_due() {
    for kind in [Kind::Photos, Kind::DraftPhotos] {
        let world = World::new();
        let mut job = world.photos(kind);
        job.publish_at = world.now() + TimeDelta::hours(5);
        job.stage();
        assert_eq!(world.now(), job.publish_at - TimeDelta::minutes(50));
        let before = usize::from(kind == Kind::Photos);
        assert_eq!((world.simulator.calls().len(), world.count("tiktok.creator_info")), (before, before));
        assert!(world.host.asked().is_empty());
        assert!(job.step().is_none());
        let calls = world.simulator.calls();
        assert_eq!((calls.len(), calls.last().unwrap().at), (before + 1, job.publish_at));
        job.run().published();
        world.assert_visible(1);
    }
}

#[test]
fn every_option_arrives_in_its_place() {
    let world = World::new();
    let mut job = world.photos(Kind::Photos);
    job.content.options = map(json!({
        "privacy_level": "MUTUAL_FOLLOW_FRIENDS", "disable_comment": false, "auto_add_music": true, "brand_content_toggle": true,
        "brand_organic_toggle": true, "is_aigc": true, "title": "Cats", "photo_cover_index": 1,
    }));
    job.run().published();
    let mut draft = world.photos(Kind::DraftPhotos);
    draft.content.options = map(json!({"title": "Draft cats", "photo_cover_index": 1, "is_aigc": true}));
    draft.run().published();
    let mut bare = world.photos(Kind::DraftPhotos);
    bare.content.caption.clear();
    bare.run().published();
    let posts = world.simulator.tiktok_posts();
    let [post, draft, bare] = posts.as_slice() else { panic!("{posts:?}") };
    assert_eq!((post.kind, post.privacy_level.as_str()), ("photos", "MUTUAL_FOLLOW_FRIENDS"));
    let info = &post.info;
    assert_eq!((info.title.as_str(), info.description.as_str(), info.photo_cover_index), ("Cats", "hello #cats 😀", Some(1)));
    assert!(!info.disable_comment && info.auto_add_music && info.brand_content_toggle && info.brand_organic_toggle && info.is_aigc);
    assert_eq!((draft.info.title.as_str(), draft.info.description.as_str(), draft.info.photo_cover_index), ("Draft cats", "hello #cats 😀", Some(1)));
    assert!(draft.info.is_aigc);
    assert_eq!((bare.info.title.as_str(), bare.info.description.as_str(), bare.info.photo_cover_index), ("", "", Some(0)));
    world.assert_visible(3);
}

#[test]
fn thirty_five_photos_are_taken() {
    let world = World::new();
    let mut job = world.photos(Kind::Photos);
    job.content.media = vec![photo("photo.jpg", "image/jpeg", 1080, 1350); 35];
    job.run().published();
    assert_eq!(world.simulator.posts()[0].media_sha256.len(), 35);
    world.assert_visible(1);
}

#[test]
fn what_the_app_or_the_creator_may_not_do_is_explained_and_posts_nothing() {
    for (kind, code, class) in [
        (Kind::Photos, "url_ownership_unverified", "rejected"),
        (Kind::DraftPhotos, "url_ownership_unverified", "rejected"),
        (Kind::Photos, "unaudited_client_can_only_post_to_private_accounts", "rejected"),
        (Kind::DraftPhotos, "app_version_check_failed", "rejected"),
        (Kind::Photos, "spam_risk_user_banned_from_posting", "rejected"),
        (Kind::DraftPhotos, "spam_risk_user_banned_from_posting", "rejected"),
        (Kind::Photos, "spam_risk_too_many_posts", "limit_reached"),
        (Kind::Photos, "privacy_level_option_mismatch", "rejected"),
    ] {
        let world = World::new();
        let mut job = world.photos(kind);
        // It changes after the creator's settings were asked for.
        job.stage();
        match code {
            "url_ownership_unverified" => world.simulator.set(|settings| settings.tiktok.loopback_allowed = false),
            "unaudited_client_can_only_post_to_private_accounts" => world.simulator.set(|settings| settings.audited = false),
            _ => assert!(world.simulator.change_creator(&world.grant.remote_id, |creator| match code {
                "app_version_check_failed" => creator.app_version = (31, 7),
                "spam_risk_user_banned_from_posting" => creator.banned = true,
                "spam_risk_too_many_posts" => creator.posts_elsewhere = 15,
                _ => creator.private = true,
            })),
        }
        let error = job.run().failed();
        assert_eq!((error.code.as_str(), error.class.as_str()), (code, class), "{kind}");
        assert!(error.trace_id.is_some() && !error.remedy.is_empty() && !error.start_over, "{error:?}");
        assert!(world.host.asked().is_empty());
        world.assert_visible(0);
    }
}

#[test]
fn the_sixth_draft_of_a_day_waits_for_its_window() {
    let world = World::new();
    for _ in 0..5 {
        world.photos(Kind::DraftPhotos).run().published();
    }
    let error = world.photos(Kind::DraftPhotos).run().failed();
    assert_eq!(error.code, "spam_risk_too_many_pending_share");
    assert!(matches!(error.class, ErrorClass::LimitReached { until: Some(until) } if until > world.now()));
    world.assert_visible(5);
}

#[test]
fn every_reason_of_a_failed_post_ends_it_and_lets_the_next_try_begin_anew() {
    for (reason, class) in [
        ("file_format_check_failed", "rejected"),
        ("picture_size_check_failed", "rejected"),
        ("photo_pull_failed", "transient"),
        ("internal", "transient"),
        ("publish_cancelled", "rejected"),
        ("auth_removed", "needs_reconnect"),
        ("spam_risk_too_many_posts", "limit_reached"),
        ("spam_risk_user_banned_from_posting", "rejected"),
        ("spam_risk_text", "rejected"),
        ("spam_risk", "rejected"),
    ] {
        let world = World::new();
        world.simulator.set(|settings| settings.tiktok.fail_reason = Some(reason));
        let mut job = world.photos(Kind::Photos);
        while job.errors.is_empty() {
            let _end = job.step();
        }
        let error = job.errors.remove(0);
        assert_eq!((error.code.as_str(), error.class.as_str()), (reason, class));
        assert!(error.start_over && error.of_the_post, "{reason}");
        if let ErrorClass::LimitReached { until } = error.class {
            assert!(until.unwrap() - world.now() >= TimeDelta::hours(24), "no other try on this day");
        }
        world.simulator.set(|settings| settings.tiktok.fail_reason = None);
        job.run().published();
        world.assert_visible(1);
    }
}

#[test]
fn photos_that_tiktok_cannot_fetch_are_handed_over_anew_under_other_addresses() {
    let world = World::new();
    world.host.lose(true);
    let mut job = world.photos(Kind::Photos);
    while job.errors.is_empty() {
        assert!(job.step().is_none());
    }
    assert_eq!((job.errors[0].code.as_str(), job.errors[0].start_over), ("photo_pull_failed", true));
    assert!(job.errors[0].remedy.contains("public_url"));
    world.host.lose(false);
    job.run().published();
    let mut asked = world.host.asked();
    asked.dedup();
    assert_eq!((asked.len(), world.count("tiktok.photos_init")), (2, 2), "{asked:?}");
    world.assert_visible(1);
}

#[test]
fn a_photo_that_tiktok_cannot_use_fails_with_what_photos_need() {
    let world = World::new();
    let mut job = world.photos(Kind::Photos);
    job.content.media = vec![photo("photo.png", "image/png", 100, 100)];
    let error = job.run().failed();
    assert_eq!((error.class, error.code.as_str()), (ErrorClass::Rejected, "file_format_check_failed"));
    assert!(error.remedy.contains("JPEG") && !error.remedy.contains("MP4"), "{}", error.remedy);
    world.assert_visible(0);
}
