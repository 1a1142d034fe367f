//! The ways in which TikTok was seen to behave differently, each behind its switch; and every fault on every call that makes a post.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use simulator::{Fault, FaultKind, Grant, VISIBLE_CALLS};

use crate::{
    support::{Host, PUBLIC, World, form, host, jpeg, video, world},
    tiktok_pull::call,
};

fn media() -> Host {
    let photo = jpeg(1080, 1350);
    host(vec![("/a.jpg", "image/jpeg", photo.clone()), ("/a.jpg?signed=1", "image/jpeg", photo), ("/a.mp4", "video/mp4", video(50_000))])
}

fn photos(url: &str, post_info: Value) -> Value {
    let source = json!({"source": "PULL_FROM_URL", "photo_images": [url], "photo_cover_index": 0});
    json!({"media_type": "PHOTO", "post_mode": "DIRECT_POST", "post_info": post_info, "source_info": source})
}

fn status(world: &World, grant: &Grant, id: &Value) -> Value {
    call(world, "post/publish/status/fetch/", &grant.access_token, &json!({"publish_id": id})).json()["data"].clone()
}

/// Makes a post or a draft by the call of this name. False if its last call got no good answer.
fn make(world: &World, grant: &Grant, media: &Host, name: &str) -> bool {
    let token = grant.access_token.as_str();
    let post = json!({"privacy_level": "PUBLIC_TO_EVERYONE"});
    let pulled = json!({"source": "PULL_FROM_URL", "video_url": format!("{}/a.mp4", media.url)});
    let (path, body) = match name {
        "tiktok.video_pull_init" => ("video/init", json!({"post_info": post, "source_info": pulled})),
        "tiktok.inbox_pull_init" => ("inbox/video/init", json!({"source_info": pulled})),
        "tiktok.photos_init" => ("content/init", photos(&format!("{}/a.jpg", media.url), post)),
        "tiktok.draft_photos_init" => {
            let mut body = photos(&format!("{}/a.jpg", media.url), json!({"title": "x"}));
            body["post_mode"] = json!("MEDIA_UPLOAD");
            ("content/init", body)
        }
        _ => {
            let source = json!({"source": "FILE_UPLOAD", "video_size": 2_000, "chunk_size": 2_000, "total_chunk_count": 1});
            let begun = call(world, "post/publish/video/init/", token, &json!({"post_info": post, "source_info": source})).json();
            let headers = [("content-type", "video/mp4"), ("content-range", "bytes 0-1999/2000"), ("content-length", "2000")];
            let url = begun["data"]["upload_url"].as_str().unwrap();
            return world.send("PUT", url, &headers, &video(2_000)).is_ok_and(|reply| reply.status == 201);
        }
    };
    let url = format!("{}/v2/post/publish/{path}/", world.urls.tiktok_api_url);
    world.try_json(&url, token, &body).is_ok_and(|reply| reply.tiktok() == (200, "ok".into()))
}

#[test]
fn under_every_fault_a_call_makes_one_post_or_none() {
    let calls: Vec<&str> = VISIBLE_CALLS.iter().copied().filter(|name| name.starts_with("tiktok.")).collect();
    assert_eq!(calls.len(), 5);
    let html = "<html>Bad Gateway</html>".to_owned();
    for name in calls {
        for (kind, posts, answered) in [
            (FaultKind::DropBefore, 0, false),
            (FaultKind::ActThenDrop, 1, false),
            (FaultKind::ActThenStatus { status: 500, body: html.clone() }, 1, false),
            (FaultKind::act_then_tiktok(500, "internal_error"), 1, false),
            (FaultKind::ActThenEmpty200, 1, false),
            (FaultKind::Answer { status: 502, body: html.clone() }, 0, false),
            (FaultKind::tiktok(429, "rate_limit_exceeded"), 0, false),
            (FaultKind::tiktok(401, "access_token_invalid"), 0, false),
            (FaultKind::WebhooksFirst, 1, true),
        ] {
            let (world, media) = (world(), media());
            let grant = world.sim.add_tiktok_user("faulty");
            world.sim.fault(Fault::next(name, kind.clone()));
            assert_eq!(make(&world, &grant, &media, name), answered, "{name} {kind:?}");
            world.sim.settle();
            world.seconds(60);
            assert_eq!(world.sim.posts().len(), posts, "{name} {kind:?}");
        }
    }
}

#[test]
fn checks_come_in_their_order() {
    let (world, media) = (world(), media());
    world.sim.set(|settings| {
        settings.audited = false;
        settings.tiktok.user_cap = Some(0);
        settings.tiktok_scopes = vec!["video.upload".into()];
    });
    let narrow = world.sim.add_tiktok_user("ordered");
    world.sim.set(|settings| settings.tiktok_scopes.push("video.publish".into()));
    let wide = world.sim.add_tiktok_user("other");
    for _ in 0..6 {
        call(&world, "post/publish/video/init/", &wide.access_token, &json!({}));
    }
    let everything_wrong = json!({"post_info": {"privacy_level": 7, "colour": 1}, "source_info": {"source": "PULL_FROM_URL", "video_url": 7}});
    let ask = |grant: &Grant, body: &Value| call(&world, "post/publish/video/init/", &grant.access_token, body).tiktok();
    let mut nobody = wide.clone();
    nobody.access_token = "act.x".into();
    assert_eq!(ask(&nobody, &everything_wrong), (401, "access_token_invalid".into()));
    assert_eq!(ask(&narrow, &everything_wrong), (401, "scope_not_authorized".into()));
    assert_eq!(ask(&wide, &everything_wrong), (429, "rate_limit_exceeded".into()));
    world.seconds(60);
    assert_eq!(ask(&wide, &everything_wrong), (400, "invalid_params".into()));
    let mut body = json!({"post_info": {"privacy_level": "NOBODY"}, "source_info": {"source": "PULL_FROM_URL", "video_url": "https://media.example/a.mp4"}});
    world.sim.change_creator(&wide.remote_id, |creator| (creator.banned, creator.posts_elsewhere) = (true, 15));
    assert_eq!(ask(&wide, &body), (403, "url_ownership_unverified".into()));
    body["source_info"]["video_url"] = json!(format!("{}/a.mp4", media.url));
    assert_eq!(ask(&wide, &body), (403, "privacy_level_option_mismatch".into()));
    body["post_info"]["privacy_level"] = json!("SELF_ONLY");
    assert_eq!(ask(&wide, &body), (403, "unaudited_client_can_only_post_to_private_accounts".into()));
    world.sim.set(|settings| settings.audited = true);
    assert_eq!(ask(&wide, &body), (403, "reached_active_user_cap".into()));
    world.seconds(60);
    world.sim.set(|settings| settings.tiktok.user_cap = None);
    assert_eq!(ask(&wide, &body), (403, "spam_risk_user_banned_from_posting".into()));
    world.sim.change_creator(&wide.remote_id, |creator| creator.banned = false);
    assert_eq!(ask(&wide, &body), (403, "spam_risk_too_many_posts".into()));
    world.sim.change_creator(&wide.remote_id, |creator| creator.posts_elsewhere = 14);
    assert_eq!(ask(&wide, &body), (200, "ok".into()));
}

#[test]
fn verified_media_are_pulled_over_https_by_the_strict_rules() {
    let (world, media) = (world(), media());
    world.sim.set(|settings| {
        settings.tiktok.loopback_allowed = false;
        settings.tiktok.verified = BTreeSet::from(["pm3k.example".to_owned(), "elsewhere.example".to_owned()]);
        settings.tiktok.hosts = [("media.pm3k.example".to_owned(), media.url.clone())].into();
    });
    let grant = world.sim.add_tiktok_user("strict");
    let post = |url: &str| call(&world, "post/publish/content/init/", &grant.access_token, &photos(url, json!({"privacy_level": "SELF_ONLY"})));
    for (url, reason) in [
        ("https://media.pm3k.example/a.jpg?signed=1", Value::Null),
        // The host answers what it does not have with a redirect.
        ("https://media.pm3k.example/b.jpg", json!("photo_pull_failed")),
        ("http://media.pm3k.example/a.jpg", json!("photo_pull_failed")),
        ("https://elsewhere.example/a.jpg", json!("photo_pull_failed")),
    ] {
        let id = post(url).json()["data"]["publish_id"].clone();
        world.seconds(60);
        assert_eq!(status(&world, &grant, &id)["fail_reason"], reason, "{url}");
    }
    assert_eq!(post(&format!("{}/a.jpg", media.url)).tiktok(), (403, "url_ownership_unverified".into()));
    assert_eq!((world.sim.posts().len(), media.agents.lock().unwrap().len()), (1, 2));
}

#[test]
fn statuses_can_be_shorter_stranger_and_later() {
    let (world, media) = (world(), media());
    let grant = world.sim.add_tiktok_user("odd");
    let post = || {
        let body = photos(&format!("{}/a.jpg", media.url), json!({"privacy_level": "PUBLIC_TO_EVERYONE"}));
        call(&world, "post/publish/content/init/", &grant.access_token, &body).json()["data"]["publish_id"].clone()
    };
    world.sim.set(|settings| (settings.tiktok.status_only, settings.moderation) = (true, Duration::from_secs(30)));
    let id = post();
    assert_eq!(status(&world, &grant, &id), json!({"status": "PROCESSING_DOWNLOAD"}));
    world.seconds(2);
    assert_eq!(status(&world, &grant, &id), json!({"status": "PUBLISH_COMPLETE"}));
    world.seconds(30);
    assert!(status(&world, &grant, &id)["publicaly_available_post_id"][0].is_u64());
    world.sim.set(|settings| (settings.tiktok.status_only, settings.tiktok.bare_processing) = (false, true));
    let id = post();
    assert_eq!(status(&world, &grant, &id)["status"], "PROCESSING");
    world.sim.set(|settings| settings.tiktok.publish_id_lag = Duration::from_secs(5));
    let id = post();
    assert!(status(&world, &grant, &id).is_null());
    world.seconds(5);
    assert_eq!(status(&world, &grant, &id)["status"], "PUBLISH_COMPLETE");
}

#[test]
fn unknown_fields_may_be_dropped_without_a_word() {
    let (world, media) = (world(), media());
    world.sim.set(|settings| settings.tiktok.drops_unknown_fields = true);
    let grant = world.sim.add_tiktok_user("lenient");
    let source = json!({"source": "PULL_FROM_URL", "video_url": format!("{}/a.mp4", media.url)});
    let draft = json!({"source_info": source, "post_info": {"title": "lost", "privacy_level": "SELF_ONLY"}});
    assert_eq!(call(&world, "post/publish/inbox/video/init/", &grant.access_token, &draft).tiktok(), (200, "ok".into()));
    world.seconds(2);
    assert_eq!((world.sim.posts()[0].kind, world.sim.posts()[0].caption.as_str()), ("draft_video", ""));
}

#[test]
fn a_post_wears_the_labels_that_it_was_given() {
    let (world, media) = (world(), media());
    let grant = world.sim.add_tiktok_user("labelled");
    for (brand_content, brand_organic, aigc, expected) in
        [(true, true, true, vec!["Paid partnership", "AI-generated"]), (false, true, false, vec!["Promotional content"]), (false, false, false, vec![])]
    {
        let mut body = photos(
            &format!("{}/a.jpg", media.url),
            json!({"privacy_level": "MUTUAL_FOLLOW_FRIENDS", "brand_content_toggle": brand_content, "brand_organic_toggle": brand_organic}),
        );
        body["is_aigc"] = json!(aigc);
        assert_eq!(call(&world, "post/publish/content/init/", &grant.access_token, &body).tiktok(), (200, "ok".into()));
        world.seconds(60);
        assert_eq!(world.sim.posts().last().unwrap().labels, expected);
    }
}

#[test]
fn a_place_in_the_inbox_is_free_again_when_a_draft_is_posted_or_a_day_is_over() {
    let (world, media) = (world(), media());
    world.sim.set(|settings| settings.rate_limits = false);
    let grant = world.sim.add_tiktok_user("drafter");
    let mut body = photos(&format!("{}/a.jpg", media.url), json!({}));
    body["post_mode"] = json!("MEDIA_UPLOAD");
    let draft = || call(&world, "post/publish/content/init/", &grant.access_token, &body);
    let ids: Vec<String> = (0..5).map(|_| draft().json()["data"]["publish_id"].as_str().unwrap().to_owned()).collect();
    world.seconds(60);
    assert_eq!(draft().tiktok().1, "spam_risk_too_many_pending_share");
    world.sim.post_draft(&ids[0], "SELF_ONLY").unwrap();
    assert_eq!(draft().tiktok().1, "ok");
    assert_eq!(draft().tiktok().1, "spam_risk_too_many_pending_share");
    assert!(world.sim.discard_draft(&ids[1]));
    assert_eq!(draft().tiktok().1, "ok");
    world.seconds(86_400);
    let refreshed = world.sim.add_tiktok_user("other");
    assert_eq!(call(&world, "post/publish/content/init/", &refreshed.access_token, &body).tiktok().1, "ok");
    // The drafter's own token has ended with the day: a new one, and the inbox counts from now.
    let fields = [
        ("client_key", simulator::TIKTOK_CLIENT_KEY),
        ("client_secret", simulator::TIKTOK_CLIENT_SECRET),
        ("grant_type", "refresh_token"),
        ("refresh_token", grant.refresh_token.as_deref().unwrap()),
    ];
    let token = world.form(&format!("{}/v2/oauth/token/", world.urls.tiktok_api_url), "", &fields).json()["access_token"].clone();
    assert_eq!(call(&world, "post/publish/content/init/", token.as_str().unwrap(), &body).tiktok().1, "ok");
}

#[test]
fn a_sandbox_lets_its_target_users_in_and_posts_privately() {
    let world = world();
    world.sim.set(|settings| {
        settings.tiktok.approved = false;
        settings.tiktok.sandbox = Some(BTreeSet::from(["sim.creator".to_owned()]));
    });
    let redirect = format!("{PUBLIC}/accounts/callback/tiktok");
    let query = form(&[
        ("client_key", simulator::TIKTOK_CLIENT_KEY),
        ("response_type", "code"),
        ("scope", "user.info.basic,video.publish"),
        ("redirect_uri", &redirect),
        ("state", "s"),
    ]);
    let back = world.get(&format!("{}?{query}", world.urls.tiktok_authorize_url), "");
    assert!(back.status == 302 && !back.back("code").is_empty());
    let grant = world.sim.add_tiktok_user("sandboxed");
    world.sim.set_private(&grant.remote_id, true);
    let source = json!({"source": "FILE_UPLOAD", "video_size": 2_000, "chunk_size": 2_000, "total_chunk_count": 1});
    let body = json!({"post_info": {"privacy_level": "SELF_ONLY"}, "source_info": source});
    assert_eq!(call(&world, "post/publish/video/init/", &grant.access_token, &body).tiktok(), (200, "ok".into()));
}

#[test]
fn who_has_consented_is_not_asked_again_if_the_app_says_so() {
    let world = world();
    let grant = world.sim.add_tiktok_user("known");
    world.sim.set(|settings| (settings.auto_consent, settings.sign_in_as) = (false, Some("known".into())));
    let redirect = format!("{PUBLIC}/accounts/callback/tiktok");
    let ask = |auto: &str| {
        let query = form(&[
            ("client_key", simulator::TIKTOK_CLIENT_KEY),
            ("response_type", "code"),
            ("scope", "user.info.basic,video.publish"),
            ("redirect_uri", &redirect),
            ("state", "s"),
            ("disable_auto_auth", auto),
        ]);
        world.get(&format!("{}?{query}", world.urls.tiktok_authorize_url), "").status
    };
    assert_eq!((ask("1"), ask("0")), (200, 302));
    world.sim.remove_tiktok_access(&grant.remote_id, 1);
    assert_eq!(ask("0"), 200);
}

#[test]
fn the_signed_url_is_used_as_it_is() {
    let world = world();
    let grant = world.sim.add_tiktok_user("verbatim");
    let source = json!({"source": "FILE_UPLOAD", "video_size": 2_000, "chunk_size": 2_000, "total_chunk_count": 1});
    let data = call(&world, "post/publish/inbox/video/init/", &grant.access_token, &json!({"source_info": source})).json()["data"].clone();
    let headers = [("content-type", "video/mp4"), ("content-range", "bytes 0-1999/2000"), ("content-length", "2000")];
    let url = format!("{}&part=1", data["upload_url"].as_str().unwrap());
    assert_eq!(world.send("PUT", &url, &headers, &video(2_000)).unwrap().status, 201);
    let calls = world.sim.calls();
    assert!(calls.last().unwrap().undocumented && calls.last().unwrap().note == "part");
}
