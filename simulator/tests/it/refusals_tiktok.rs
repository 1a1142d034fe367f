//! Documented misuses of TikTok, one a row: what was sent, and the status and code with which it is refused.
//!
//! Always true: each row has a world of its own, is really sent, and makes nothing that anybody could see.

mod scene;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::TIKTOK_CLIENT_KEY;

use crate::support::{video, world};
use scene::{Scene, draft_photos, file, images, photo_post, photos, post, pulled, redirect, small, with};

/// Status and code. For the upload host and the pages of authorizing, the code is what the list of calls says was wrong.
type Refused = (u16, &'static str);
type Row = (&'static str, Refused, fn(&Scene) -> Got);
type Got = (u16, String);

const INVALID: Refused = (400, "invalid_params");
const PAGE: u16 = 400;

const LOGIN: &[Row] = &[
    ("another app's key", (PAGE, "client_key"), |s| s.page(&[("client_key", "other")])),
    ("client_id instead of client_key", (PAGE, "client_key"), |s| s.page(&[("client_key", ""), ("client_id", TIKTOK_CLIENT_KEY)])),
    ("an app that has not passed its review", (PAGE, "client_key"), |s| {
        s.set(|settings| settings.tiktok.approved = false);
        s.page(&[])
    }),
    ("a redirect with one slash more", (PAGE, "redirect_uri"), |s| s.page(&[("redirect_uri", &format!("{}/", redirect()))])),
    ("a redirect with a query", (PAGE, "redirect_uri"), |s| s.page(&[("redirect_uri", &format!("{}?a=1", redirect()))])),
    ("a redirect over plain http", (PAGE, "redirect_uri"), |s| {
        s.world.sim.register_redirects("http://pm3k.example");
        s.page(&[("redirect_uri", "http://pm3k.example/accounts/callback/tiktok")])
    }),
    ("a loopback redirect without a port", (PAGE, "redirect_uri"), |s| {
        s.world.sim.register_redirects("http://localhost");
        s.page(&[("redirect_uri", "http://localhost/accounts/callback/tiktok")])
    }),
    ("a response type that is not code", (PAGE, "response_type"), |s| s.page(&[("response_type", "token")])),
    ("a scope that does not exist", (PAGE, "scope"), |s| s.page(&[("scope", "user.info.basic,video.create")])),
    ("a scope that the app does not own", (PAGE, "scope"), |s| s.page(&[("scope", "user.info.basic,video.list")])),
    ("scopes separated by spaces", (PAGE, "scope"), |s| s.page(&[("scope", "user.info.basic video.publish")])),
    ("no scope", (PAGE, "scope"), |s| s.page(&[("scope", "")])),
    ("a desktop without a challenge", (PAGE, "code_challenge"), |s| {
        s.world.sim.register_redirects("http://localhost:8080");
        s.page(&[("redirect_uri", "http://localhost:8080/accounts/callback/tiktok")])
    }),
    ("a challenge by another method", (PAGE, "code_challenge"), |s| s.page(&[("code_challenge", "x"), ("code_challenge_method", "plain")])),
    ("a scope error that leads back", (302, "invalid_scope"), |s| {
        s.set(|settings| settings.tiktok.scope_errors_lead_back = true);
        s.back(&[("scope", "user.info.stats")], "error")
    }),
    ("somebody who is no target user", (302, "access_denied"), |s| {
        s.set(|settings| settings.tiktok.sandbox = Some(BTreeSet::from(["somebody".to_owned()])));
        s.back(&[], "error")
    }),
    ("its undocumented word", (302, "non_sandbox_target"), |s| {
        s.set(|settings| settings.tiktok.sandbox = Some(BTreeSet::new()));
        s.back(&[], "error_type")
    }),
    ("JSON at the token endpoint", (200, "invalid_request"), |s| {
        s.oauth(&s.world.json(&s.url("oauth/token/"), "", &json!({"grant_type": "authorization_code"})))
    }),
    ("another secret", (200, "invalid_client"), |s| s.exchange(&[("client_secret", "wrong"), ("code", "x")])),
    ("client_id at the token endpoint", (200, "invalid_client"), |s| s.exchange(&[("client_key", ""), ("client_id", TIKTOK_CLIENT_KEY), ("code", "x")])),
    ("another secret, told by status", (401, "invalid_client"), |s| {
        s.set(|settings| settings.tiktok_oauth_errors_with_200 = false);
        s.exchange(&[("client_secret", "wrong"), ("code", "x")])
    }),
    ("no grant type", (200, "invalid_request"), |s| s.exchange(&[("grant_type", ""), ("code", "x")])),
    ("a grant type of others", (200, "unsupported_grant_type"), |s| s.exchange(&[("grant_type", "client_credentials")])),
    ("no code", (200, "invalid_request"), |s| s.exchange(&[])),
    ("no redirect with the code", (200, "invalid_request"), |s| s.exchange(&[("redirect_uri", ""), ("code", &s.code(&[]))])),
    ("a code that never was", (200, "invalid_grant"), |s| s.exchange(&[("code", "x")])),
    ("a code that never was, told by status", (400, "invalid_grant"), |s| {
        s.set(|settings| settings.tiktok_oauth_errors_with_200 = false);
        s.exchange(&[("code", "x")])
    }),
    ("a code twice", (200, "invalid_grant"), |s| {
        let code = s.code(&[]);
        assert!(s.token(&[("code", &code)]).json()["access_token"].is_string());
        s.exchange(&[("code", &code)])
    }),
    ("a code too late", (200, "invalid_grant"), |s| {
        let code = s.code(&[]);
        s.world.seconds(600);
        s.exchange(&[("code", &code)])
    }),
    ("a code encoded twice", (200, "invalid_grant"), |s| s.exchange(&[("code", &s.code(&[]).replace('*', "%2A"))])),
    ("a code with another redirect", (200, "invalid_request"), |s| s.exchange(&[("code", &s.code(&[])), ("redirect_uri", "https://pm3k.example/")])),
    ("a challenge in base64url", (200, "invalid_request"), |s| {
        let code = s.code(&[("code_challenge", "g0tuZ6q412zO-EhkeAUs8HN6MQeXPsGce37J3RsfMwQ"), ("code_challenge_method", "S256")]);
        s.exchange(&[("code", &code), ("code_verifier", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG")])
    }),
    ("no verifier to a challenge", (200, "invalid_request"), |s| {
        let challenge = "834b6e67aab8d76ccef4846478052cf0737a3107973ec19c7b7ec9dd1b1cf304";
        s.exchange(&[("code", &s.code(&[("code_challenge", challenge), ("code_challenge_method", "S256")]))])
    }),
    ("no refresh token", (200, "invalid_request"), |s| s.refresh("")),
    ("an access token as refresh token", (200, "invalid_grant"), |s| s.refresh(&s.grant.access_token)),
    ("a refresh token that was rotated", (200, "invalid_grant"), |s| {
        let old = s.grant.refresh_token.clone().unwrap();
        s.refresh_well(&old);
        s.refresh(&old)
    }),
    ("a refresh token after 365 days", (200, "invalid_grant"), |s| {
        let new = s.refresh_well(s.grant.refresh_token.as_deref().unwrap());
        s.world.seconds(365 * 86_400);
        s.refresh(&new)
    }),
    ("revoking a refresh token", (200, "invalid_grant"), |s| s.revoke(s.grant.refresh_token.as_deref().unwrap())),
    ("revoking what expired", (200, "invalid_grant"), |s| {
        s.world.seconds(86_400);
        s.revoke(&s.grant.access_token)
    }),
];

const ACCESS: &[Row] = &[
    ("no token", (401, "access_token_invalid"), |s| s.world.get(&s.url("user/info/?fields=open_id"), "").tiktok()),
    ("a token that never was", (401, "access_token_invalid"), |s| s.api_as("act.x", "post/publish/creator_info/query/", &json!({}))),
    ("a refresh token as access token", (401, "access_token_invalid"), |s| {
        s.api_as(s.grant.refresh_token.as_deref().unwrap(), "post/publish/creator_info/query/", &json!({}))
    }),
    ("a token after its day", (401, "access_token_invalid"), |s| {
        s.world.seconds(86_400);
        s.creator_info()
    }),
    ("a token whose user took it back", (401, "access_token_invalid"), |s| {
        s.world.sim.remove_tiktok_access(&s.grant.remote_id, 1);
        s.creator_info()
    }),
    ("creator info without its scope", (401, "scope_not_authorized"), |s| {
        s.api_as(&s.granted(&["user.info.basic", "video.upload"]), "post/publish/creator_info/query/", &json!({}))
    }),
    ("a direct post without its scope", (401, "scope_not_authorized"), |s| {
        s.api_as(&s.granted(&["video.upload"]), "post/publish/video/init/", &json!({"post_info": post(), "source_info": small()}))
    }),
    ("a draft without its scope", (401, "scope_not_authorized"), |s| {
        s.api_as(&s.granted(&["video.publish"]), "post/publish/inbox/video/init/", &json!({"source_info": small()}))
    }),
    ("photos without their scope", (401, "scope_not_authorized"), |s| {
        s.api_as(&s.granted(&["video.upload"]), "post/publish/content/init/", &photos(photo_post(), images(1)))
    }),
    ("draft photos without their scope", (401, "scope_not_authorized"), |s| {
        s.api_as(&s.granted(&["video.publish"]), "post/publish/content/init/", &draft_photos(json!({}), images(1)))
    }),
    ("a status without either scope", (401, "scope_not_authorized"), |s| {
        s.api_as(&s.granted(&["user.info.basic"]), "post/publish/status/fetch/", &json!({"publish_id": "x"}))
    }),
    ("cancelling without either scope", (401, "scope_not_authorized"), |s| {
        s.api_as(&s.granted(&["user.info.basic"]), "post/publish/cancel/", &json!({"publish_id": "x"}))
    }),
    ("a list without its scope", (401, "scope_not_authorized"), |s| s.api("video/list/?fields=id", &json!({}))),
    ("a query without its scope", (401, "scope_not_authorized"), |s| s.api("video/query/?fields=id", &json!({"filters": {"video_ids": ["1"]}}))),
    ("fields of another scope", (400, "scope_permission_missed"), |s| s.get("user/info/?fields=open_id,follower_count")),
    ("the user without fields", INVALID, |s| s.get("user/info/")),
    ("a field that no user has", INVALID, |s| s.get("user/info/?fields=open_id,nickname")),
];

const VIDEO: &[Row] = &[
    ("no body", INVALID, |s| {
        s.world.send("POST", &s.url("post/publish/video/init/"), &[("authorization", &format!("Bearer {}", s.grant.access_token))], &[]).unwrap().tiktok()
    }),
    ("a form instead of JSON", INVALID, |s| s.world.form(&s.url("post/publish/video/init/"), &s.grant.access_token, &[("post_info", "{}")]).tiktok()),
    ("a field beside the two objects", INVALID, |s| {
        s.api("post/publish/video/init/", &json!({"post_info": post(), "source_info": small(), "post_mode": "DIRECT_POST"}))
    }),
    ("no post info", INVALID, |s| s.api("post/publish/video/init/", &json!({"source_info": small()}))),
    ("an empty post info", INVALID, |s| s.video(json!({}), small())),
    ("a field that no document knows", INVALID, |s| s.video(with(post(), "description", json!("x")), small())),
    ("the cover among the source info", INVALID, |s| s.video(post(), with(small(), "video_cover_timestamp_ms", json!(1)))),
    ("a caption of 2,201 units", INVALID, |s| s.video(with(post(), "title", json!("x".repeat(2_201))), small())),
    ("a caption of 1,101 emoji", INVALID, |s| s.video(with(post(), "title", json!("😀".repeat(1_101))), small())),
    ("a caption that is no text", INVALID, |s| s.video(with(post(), "title", json!(1)), small())),
    ("a toggle that is a word", INVALID, |s| s.video(with(post(), "disable_comment", json!("true")), small())),
    ("a label that is a number", INVALID, |s| s.video(with(post(), "is_aigc", json!(1)), small())),
    ("a cover that is a word", INVALID, |s| s.video(with(post(), "video_cover_timestamp_ms", json!("1000")), small())),
    ("a cover beyond 32 bits", INVALID, |s| s.video(with(post(), "video_cover_timestamp_ms", json!(3_000_000_000u64)), small())),
    ("branded content for oneself", INVALID, |s| {
        s.video(with(with(post(), "brand_content_toggle", json!(true)), "privacy_level", json!("SELF_ONLY")), small())
    }),
    ("the other spelling", (400, "invalid_param"), |s| {
        s.set(|settings| settings.tiktok.singular_param = true);
        s.video(json!({}), small())
    }),
    ("no source info", INVALID, |s| s.api("post/publish/video/init/", &json!({"post_info": post()}))),
    ("a source that does not exist", INVALID, |s| s.video(post(), with(small(), "source", json!("FILE")))),
    ("a size that is a word", INVALID, |s| s.video(post(), with(small(), "video_size", json!("2000")))),
    ("no count of chunks", INVALID, |s| s.video(post(), with(small(), "total_chunk_count", Value::Null))),
    ("a file and a URL at once", INVALID, |s| s.video(post(), with(small(), "video_url", json!("http://127.0.0.1:1/a.mp4")))),
    ("chunks counted upwards", INVALID, |s| s.video(post(), file(50_000_123, 10_000_000, 6))),
    ("one chunk that is not the whole", INVALID, |s| s.video(post(), file(66_000_000, 64_000_000, 1))),
    ("one chunk of more than 64 MB", INVALID, |s| s.video(post(), file(64_000_001, 64_000_001, 1))),
    ("chunks of less than 5 MB", INVALID, |s| s.video(post(), file(20_000_000, 4_000_000, 5))),
    ("a small video in pieces", INVALID, |s| s.video(post(), file(4_000_000, 2_000_000, 2))),
    ("no bytes", INVALID, |s| s.video(post(), file(0, 0, 1))),
    ("more than 4 GB", INVALID, |s| s.video(post(), file(4_000_000_001, 10_000_000, 400))),
    ("a URL that is none", INVALID, |s| s.video(post(), pulled("media.example/a.mp4"))),
    ("a URL that nobody verified", (403, "url_ownership_unverified"), |s| s.video(post(), pulled("https://media.example/a.mp4"))),
    ("a URL above the verified domain", (403, "url_ownership_unverified"), |s| {
        s.set(|settings| settings.tiktok.verified = BTreeSet::from(["static.media.example".to_owned()]));
        s.video(post(), pulled("https://media.example/a.mp4"))
    }),
    ("a URL beside the verified prefix", (403, "url_ownership_unverified"), |s| {
        s.set(|settings| settings.tiktok.verified = BTreeSet::from(["https://media.example/files/".to_owned()]));
        s.video(post(), pulled("https://media.example/filesystem/a.mp4"))
    }),
    ("a URL with a number for a host", (403, "url_ownership_unverified"), |s| s.video(post(), pulled("https://203.0.113.7/a.mp4"))),
    ("a URL of this machine, strictly", (403, "url_ownership_unverified"), |s| {
        s.set(|settings| settings.tiktok.loopback_allowed = false);
        s.inbox(pulled("http://127.0.0.1:1/a.mp4"))
    }),
    ("no privacy level", (403, "privacy_level_option_mismatch"), |s| s.video(with(post(), "privacy_level", Value::Null), small())),
    ("a level for private accounts", (403, "privacy_level_option_mismatch"), |s| s.video(with(post(), "privacy_level", json!("FOLLOWER_OF_CREATOR")), small())),
    ("a level that is gone", (403, "privacy_level_option_mismatch"), |s| {
        s.world.sim.set_private(&s.grant.remote_id, true);
        s.video(post(), small())
    }),
    ("a public account, unaudited", (403, "unaudited_client_can_only_post_to_private_accounts"), |s| {
        s.set(|settings| settings.audited = false);
        s.video(with(post(), "privacy_level", json!("SELF_ONLY")), small())
    }),
    ("a post for followers, unaudited", (403, "unaudited_client_can_only_post_to_private_accounts"), |s| {
        s.set(|settings| settings.audited = false);
        s.world.sim.set_private(&s.grant.remote_id, true);
        s.video(with(post(), "privacy_level", json!("FOLLOWER_OF_CREATOR")), small())
    }),
    ("a public post from a sandbox", (403, "unaudited_client_can_only_post_to_private_accounts"), |s| {
        s.set(|settings| settings.tiktok.sandbox = Some(BTreeSet::from(["refused".to_owned()])));
        s.video(post(), small())
    }),
    ("a banned creator", (403, "spam_risk_user_banned_from_posting"), |s| {
        s.creator(|creator| creator.banned = true);
        s.video(post(), small())
    }),
    ("a banned creator's draft", (403, "spam_risk_user_banned_from_posting"), |s| {
        s.creator(|creator| creator.banned = true);
        s.inbox(small())
    }),
    ("a draft with a caption", INVALID, |s| s.api("post/publish/inbox/video/init/", &json!({"source_info": small(), "post_info": {"title": "x"}}))),
];

const PHOTOS: &[Row] = &[
    ("another media type", INVALID, |s| s.photos(&with(photos(photo_post(), images(1)), "media_type", json!("VIDEO")))),
    ("the mode as the table prints it", INVALID, |s| s.photos(&with(photos(photo_post(), images(1)), "post_mode", json!("DIRECT POST")))),
    ("photos as files", INVALID, |s| s.photos(&photos(photo_post(), with(images(1), "source", json!("FILE_UPLOAD"))))),
    ("no photos", INVALID, |s| s.photos(&photos(photo_post(), images(0)))),
    ("36 photos", INVALID, |s| s.photos(&photos(photo_post(), images(36)))),
    ("a photo that is no address", INVALID, |s| s.photos(&photos(photo_post(), with(images(1), "photo_images", json!([1]))))),
    ("no cover", INVALID, |s| s.photos(&photos(photo_post(), with(images(1), "photo_cover_index", Value::Null)))),
    ("a cover behind the last photo", INVALID, |s| s.photos(&photos(photo_post(), with(images(2), "photo_cover_index", json!(2))))),
    ("a title of 91 units", INVALID, |s| s.photos(&photos(with(photo_post(), "title", json!("x".repeat(91))), images(1)))),
    ("a title of 46 emoji", INVALID, |s| s.photos(&photos(with(photo_post(), "title", json!("😀".repeat(46))), images(1)))),
    ("a description of 4,001 units", INVALID, |s| s.photos(&photos(with(photo_post(), "description", json!("x".repeat(4_001))), images(1)))),
    ("duets with photos", INVALID, |s| s.photos(&photos(with(photo_post(), "disable_duet", json!(true)), images(1)))),
    ("the AI label among the post info", INVALID, |s| s.photos(&photos(with(photo_post(), "is_aigc", json!(true)), images(1)))),
    ("branded photos for oneself", INVALID, |s| {
        s.photos(&photos(with(with(photo_post(), "brand_content_toggle", json!(true)), "privacy_level", json!("SELF_ONLY")), images(1)))
    }),
    ("a privacy level in a draft", INVALID, |s| s.photos(&draft_photos(photo_post(), images(1)))),
    ("music in a draft", INVALID, |s| s.photos(&draft_photos(json!({"auto_add_music": true}), images(1)))),
    ("a direct post without post info", INVALID, |s| s.photos(&with(photos(photo_post(), images(1)), "post_info", Value::Null))),
    ("photos without a privacy level", (403, "privacy_level_option_mismatch"), |s| {
        s.photos(&photos(with(photo_post(), "privacy_level", Value::Null), images(1)))
    }),
    ("one photo of somebody else", (403, "url_ownership_unverified"), |s| {
        s.photos(&photos(photo_post(), with(images(1), "photo_images", json!(["http://127.0.0.1:1/a.jpg", "https://media.example/b.jpg"]))))
    }),
    ("photos of an unaudited app", (403, "unaudited_client_can_only_post_to_private_accounts"), |s| {
        s.set(|settings| settings.audited = false);
        s.photos(&photos(photo_post(), images(1)))
    }),
    ("photos of a banned creator", (403, "spam_risk_user_banned_from_posting"), |s| {
        s.creator(|creator| creator.banned = true);
        s.photos(&photos(photo_post(), images(1)))
    }),
    ("draft photos to an old TikTok app", (400, "app_version_check_failed"), |s| {
        s.creator(|creator| creator.app_version = (31, 7));
        s.photos(&draft_photos(json!({}), images(1)))
    }),
];

/// The answer to the last of so many calls.
fn again(times: usize, call: impl Fn() -> Got) -> Got {
    (1..times).for_each(|_| drop(call()));
    call()
}

const LIMITS: &[Row] = &[
    ("the seventh init in a minute", (429, "rate_limit_exceeded"), |s| again(7, || s.video(post(), small()))),
    ("the seventh draft in a minute", (429, "rate_limit_exceeded"), |s| again(7, || s.inbox(small()))),
    ("the seventh photos in a minute", (429, "rate_limit_exceeded"), |s| again(7, || s.photos(&json!({"media_type": "PHOTO"})))),
    ("the 21st creator info in a minute", (429, "rate_limit_exceeded"), |s| again(21, || s.creator_info())),
    ("the 31st status in a minute", (429, "rate_limit_exceeded"), |s| again(31, || s.status(&json!({"publish_id": "x"})))),
    ("the 601st look at the user in a minute", (429, "rate_limit_exceeded"), |s| again(601, || s.get("user/info/?fields=open_id"))),
    ("a sixteenth post in a day", (403, "spam_risk_too_many_posts"), |s| {
        s.creator(|creator| creator.posts_elsewhere = 15);
        s.video(post(), small())
    }),
    ("a sixteenth post of photos", (403, "spam_risk_too_many_posts"), |s| {
        s.creator(|creator| creator.posts_elsewhere = 15);
        s.photos(&photos(photo_post(), images(1)))
    }),
    ("a sixth draft in a day", (403, "spam_risk_too_many_pending_share"), |s| {
        (0..5).for_each(|_| s.finished(&s.grant, true));
        s.inbox(small())
    }),
    ("a sixth draft, of photos", (403, "spam_risk_too_many_pending_share"), |s| {
        (0..5).for_each(|_| s.finished(&s.grant, true));
        s.photos(&draft_photos(json!({}), images(1)))
    }),
    ("a draft beside five of other apps", (403, "spam_risk_too_many_pending_share"), |s| {
        s.creator(|creator| creator.drafts_elsewhere = 5);
        s.inbox(small())
    }),
    ("a sixth user, unaudited", (403, "reached_active_user_cap"), |s| {
        s.set(|settings| settings.audited = false);
        for user in ["a", "b", "c", "d", "e"].map(|name| s.world.sim.add_tiktok_user(name)) {
            s.world.sim.set_private(&user.remote_id, true);
            s.finished(&user, false);
        }
        s.world.sim.set_private(&s.grant.remote_id, true);
        s.video(with(post(), "privacy_level", json!("SELF_ONLY")), small())
    }),
    ("a user too many, audited", (403, "reached_active_user_cap"), |s| {
        s.set(|settings| settings.tiktok.user_cap = Some(1));
        s.finished(&s.world.sim.add_tiktok_user("first"), false);
        s.photos(&photos(photo_post(), images(1)))
    }),
    ("creator info of who has posted enough", (200, "spam_risk_too_many_posts"), |s| {
        s.creator(|creator| creator.posts_elsewhere = 15);
        s.creator_info()
    }),
    ("creator info of who is banned", (200, "spam_risk_user_banned_from_posting"), |s| {
        s.creator(|creator| creator.banned = true);
        s.creator_info()
    }),
    ("creator info of a user too many", (200, "reached_active_user_cap"), |s| {
        s.set(|settings| settings.tiktok.user_cap = Some(0));
        s.creator_info()
    }),
];

const READS: &[Row] = &[
    ("a status without an id", INVALID, |s| s.status(&json!({}))),
    ("a status with more than an id", INVALID, |s| s.status(&json!({"publish_id": "x", "fields": "status"}))),
    ("a status of nothing", (400, "invalid_publish_id"), |s| s.status(&json!({"publish_id": "v_pub_file~v2-1.1"}))),
    ("a status that is not known yet", (400, "invalid_publish_id"), |s| {
        s.set(|settings| settings.tiktok.publish_id_lag = std::time::Duration::from_secs(5));
        let (id, _) = s.begun(small());
        s.status(&json!({"publish_id": id}))
    }),
    ("a status of somebody else's post", (400, "token_not_authorized_for_specified_publish_id"), |s| {
        let (id, _) = s.begun(small());
        s.api_as(&s.world.sim.add_tiktok_user("other").access_token, "post/publish/status/fetch/", &json!({"publish_id": id}))
    }),
    ("cancelling nothing", (400, "invalid_publish_id"), |s| s.cancel("p_pub_url~v2.1")),
    ("cancelling somebody else's post", (400, "token_not_authorized_for_specified_publish_id"), |s| {
        let (id, _) = s.begun(small());
        s.api_as(&s.world.sim.add_tiktok_user("other").access_token, "post/publish/cancel/", &json!({"publish_id": id}))
    }),
    ("cancelling an upload", (400, "publish_not_cancellable"), |s| s.cancel(&s.begun(small()).0)),
    ("cancelling what has failed", (400, "publish_not_cancellable"), |s| {
        let reply = s.world.json(&s.url("post/publish/inbox/video/init/"), &s.grant.access_token, &json!({"source_info": pulled("http://127.0.0.1:1/a.mp4")}));
        s.world.seconds(60);
        s.cancel(reply.json()["data"]["publish_id"].as_str().unwrap())
    }),
    ("cancelling without the domain", (403, "url_ownership_unverified"), |s| {
        s.set(|settings| settings.tiktok.verified = BTreeSet::from(["media.example".to_owned()]));
        let body = json!({"source_info": pulled("https://media.example/a.mp4")});
        let reply = s.world.json(&s.url("post/publish/inbox/video/init/"), &s.grant.access_token, &body);
        s.set(|settings| settings.tiktok.verified.clear());
        s.cancel(reply.json()["data"]["publish_id"].as_str().unwrap())
    }),
    ("a list without fields", INVALID, |s| s.list("video/list/", json!({}))),
    ("a list with a foreign field", INVALID, |s| s.list("video/list/?fields=id,username", json!({}))),
    ("a list of 21", INVALID, |s| s.list("video/list/?fields=id", json!({"max_count": 21}))),
    ("a list from a word on", INVALID, |s| s.list("video/list/?fields=id", json!({"cursor": "now"}))),
    ("a query for 21 videos", INVALID, |s| s.list("video/query/?fields=id", json!({"filters": {"video_ids": vec!["1"; 21]}}))),
    ("a query for nothing", INVALID, |s| s.list("video/query/?fields=id", json!({"filters": {"video_ids": []}}))),
];

const UPLOADS: &[Row] = &[
    ("bytes of an unknown type", (400, "Content-Type"), |s| s.put(&s.begun(small()).1, "application/octet-stream", "bytes 0-1999/2000", &video(2_000))),
    ("a range without its unit", (400, "Content-Range"), |s| s.put(&s.begun(small()).1, "video/mp4", "0-1999/2000", &video(2_000))),
    ("a range of another file", (400, "Content-Range"), |s| s.put(&s.begun(small()).1, "video/mp4", "bytes 0-1999/2001", &video(2_000))),
    ("a range that ends before it begins", (400, "Content-Range"), |s| s.put(&s.begun(small()).1, "video/mp4", "bytes 9-0/2000", &video(2_000))),
    ("fewer bytes than the range says", (400, "Content-Length"), |s| s.put(&s.begun(small()).1, "video/mp4", "bytes 0-1999/2000", &video(1_999))),
    ("a chunk that is not the announced size", (400, "not the announced chunk size"), |s| {
        s.put(&s.halves(0), "video/mp4", "bytes 0-5242879/12000000", &vec![7; 5_242_880])
    }),
    ("a URL with another token", (404, "no such upload task"), |s| {
        s.put(&s.begun(small()).1.replace("upload_token=", "upload_token=x"), "video/mp4", "bytes 0-1999/2000", &video(2_000))
    }),
    ("a URL of nothing", (404, "no such upload task"), |s| {
        s.put(&s.begun(small()).1.replace("upload_id=", "upload_id=1"), "video/mp4", "bytes 0-1999/2000", &video(2_000))
    }),
    ("a URL after its hour", (403, "upload_url expired"), |s| {
        let (_, url) = s.begun(small());
        s.world.seconds(3_600);
        s.put(&url, "video/mp4", "bytes 0-1999/2000", &video(2_000))
    }),
    ("the second chunk first", (416, "range does not match progress"), |s| {
        s.put(&s.halves(0), "video/mp4", "bytes 6000000-11999999/12000000", &vec![7; 6_000_000])
    }),
    ("the first chunk twice", (416, "range does not match progress"), |s| s.put(&s.halves(1), "video/mp4", "bytes 0-5999999/12000000", &vec![7; 6_000_000])),
    ("a chunk after the last", (404, "no such upload task"), |s| s.put(&s.halves(2), "video/mp4", "bytes 6000000-11999999/12000000", &vec![7; 6_000_000])),
    ("bytes of who took the access back", (404, "no such upload task"), |s| {
        let (_, url) = s.begun(small());
        s.world.sim.remove_tiktok_access(&s.grant.remote_id, 1);
        s.put(&url, "video/mp4", "bytes 0-1999/2000", &video(2_000))
    }),
];

const TABLES: &[&[Row]] = &[LOGIN, ACCESS, VIDEO, PHOTOS, LIMITS, READS, UPLOADS];

/// How many misuses are sent.
pub(crate) fn count() -> usize {
    TABLES.iter().map(|table| table.len()).sum()
}

#[test]
fn each_misuse_is_refused_with_its_documented_answer() {
    let mut wrong = Vec::new();
    let mut names = BTreeSet::new();
    for (name, expected, send) in TABLES.iter().copied().flatten() {
        assert!(names.insert(name), "two rows are called {name:?}");
        let world = world();
        let grant = world.sim.add_tiktok_user("refused");
        let scene = Scene { world, grant };
        let got = send(&scene);
        if (got.0, got.1.as_str()) != *expected {
            wrong.push(format!("{name}: {got:?} instead of {expected:?}"));
        }
        scene.world.seconds(60);
        let seen: Vec<_> = scene.world.sim.posts().into_iter().filter(|post| post.account_id == scene.grant.remote_id && post.kind == "video").collect();
        assert!(seen.is_empty(), "{name}: {seen:?}");
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), count(), wrong.join("\n"));
    assert!(count() >= 55);
}
