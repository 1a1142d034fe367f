//! What goes wrong around publishing, and what a client can find out afterwards.

use std::time::Duration;

use serde_json::json;
use simulator::{Fault, FaultKind, InstagramLogin};

use crate::support_instagram::{LOGINS, scene};

/// Every fault of the visible call, and whether the post is there after it.
fn faults() -> Vec<(FaultKind, bool)> {
    let unknown = json!({"error": {"message": "An unknown error occurred", "type": "OAuthException", "code": 1, "error_subcode": 99, "fbtrace_id": "A"}});
    vec![
        (FaultKind::ActThenDrop, true),
        (FaultKind::act_then_graph(2, None), true),
        (FaultKind::ActThenStatus { status: 400, body: unknown.to_string() }, true),
        (FaultKind::ActThenEmpty200, true),
        (FaultKind::act_then_graph(4, Some(2_207_051)), true),
        (FaultKind::act_then_graph(-1, Some(2_207_001)), true),
        (FaultKind::act_then_graph(24, Some(2_207_008)), true),
        (FaultKind::graph(4, Some(2_207_051)), false),
        (FaultKind::graph(-1, Some(2_207_001)), false),
        (FaultKind::graph(24, Some(2_207_008)), false),
        (FaultKind::graph(24, Some(2_207_006)), false),
        (FaultKind::graph(-2, Some(2_207_020)), false),
        (FaultKind::DropBefore, false),
    ]
}

#[test]
fn after_each_fault_the_container_tells_the_truth() {
    for login in LOGINS {
        for (fault, acts) in faults() {
            let (world, host, user) = scene(login);
            let url = format!("{}/a.jpg", host.url);
            let container = user.ready(&world, &[("image_url", &url)]);
            world.sim.fault(Fault::next("instagram.media_publish", fault.clone()));
            let form = [("creation_id", container.as_str())];
            let answer = world.try_form(&user.url(&format!("{}/media_publish", user.grant.remote_id)), &user.grant.access_token, &form);
            if let FaultKind::Answer { status, .. } | FaultKind::ActThenStatus { status, .. } = fault {
                assert_eq!(answer.as_ref().map(|reply| reply.status).ok(), Some(status));
            }
            assert_eq!(world.sim.posts().len(), usize::from(acts), "{fault:?}");
            assert_eq!(user.status(&world, &container), if acts { "PUBLISHED" } else { "FINISHED" }, "{fault:?}");
            if !acts {
                user.publish(&world, &container).id();
            }
            assert_eq!(world.sim.posts().len(), 1, "{fault:?}");
        }
    }
}

#[test]
fn instagrams_own_errors_come_with_400() {
    for (code, subcode) in [(4, 2_207_051), (25, 2_207_050), (-1, 2_207_001)] {
        let FaultKind::Answer { status, body } = FaultKind::graph(code, Some(subcode)) else { panic!("an answer") };
        let error: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, error["error"]["code"].clone(), error["error"]["error_subcode"].clone()), (400, json!(code), json!(subcode)));
    }
}

#[test]
fn others_post_between_the_attempt_and_the_look() {
    for fault in [None, Some(FaultKind::ActThenDrop), Some(FaultKind::DropBefore)] {
        let (world, host, user) = scene(InstagramLogin::Facebook);
        let url = format!("{}/a.jpg", host.url);
        let container = user.ready(&world, &[("image_url", &url), ("caption", "ours")]);
        world.sim.set(|settings| settings.instagram.others_post_too = true);
        let acts = !matches!(fault, Some(FaultKind::DropBefore));
        if let Some(fault) = fault {
            world.sim.fault(Fault::next("instagram.media_publish", fault));
        }
        let form = [("creation_id", container.as_str())];
        let _ = world.try_form(&user.url(&format!("{}/media_publish", user.grant.remote_id)), &user.grant.access_token, &form);
        let list = user.get(&world, &format!("{}/media?fields=id,caption", user.grant.remote_id)).json();
        assert_eq!(list["data"][0]["caption"], "A quiet afternoon at the market", "the first row is not ours");
        let ours: Vec<_> = world.sim.posts().into_iter().filter(|post| !post.foreign).collect();
        assert_eq!(ours.len(), usize::from(acts));
        let limit = user.get(&world, &format!("{}/content_publishing_limit", user.grant.remote_id)).json();
        assert_eq!(limit["data"][0]["quota_usage"], usize::from(acts));
    }
    let (world, _, user) = scene(InstagramLogin::Instagram);
    let foreign = world.sim.post_as_somebody_else(&user.grant.remote_id, "by hand").unwrap();
    assert_eq!(world.sim.posts()[0].remote_id, foreign);
    assert_eq!(world.sim.post_as_somebody_else("1", "nobody"), None);
}

#[test]
fn the_status_lags_behind_and_the_permalink_comes_late() {
    let (world, host, user) = scene(InstagramLogin::Facebook);
    world.sim.set(|settings| {
        settings.instagram.status_lag = Duration::from_secs(40);
        settings.instagram.permalink_delay = Duration::from_secs(15);
    });
    let url = format!("{}/a.jpg", host.url);
    let container = user.ready(&world, &[("image_url", &url)]);
    let media = user.publish(&world, &container).id();
    assert_eq!(user.status(&world, &container), "FINISHED");
    assert_eq!(user.publish(&world, &container).graph(), (24, 2_207_008));
    assert_eq!(user.get(&world, &format!("{media}?fields=id,permalink")).graph(), (100, 33));
    assert_eq!(user.get(&world, &format!("{media}?fields=id,timestamp")).status, 200);
    let listed = || user.get(&world, &format!("{}/media?fields=id,permalink", user.grant.remote_id)).json()["data"][0].clone();
    assert_eq!(listed(), json!({"id": media}));
    world.seconds(15);
    assert!(listed()["permalink"].is_string());
    assert_eq!(user.get(&world, &format!("{media}?fields=permalink")).status, 200);
    world.seconds(25);
    assert_eq!(user.status(&world, &container), "PUBLISHED");
}

#[test]
fn reads_with_the_pages_token_alone_can_fail() {
    let (world, host, user) = scene(InstagramLogin::Facebook);
    let media = user.posted(&world, &host);
    world.sim.set(|settings| settings.page_token_reads_fail = true);
    let container = user.create(&world, &[("image_url", &format!("{}/a.jpg", host.url))]).id();
    let (page, person) = (user.grant.access_token.as_str(), user.grant.user_token.as_deref().unwrap());
    let me = &user.grant.remote_id;
    for path in [container.clone(), media.clone(), format!("{media}/comments"), format!("{me}/media"), format!("{me}/content_publishing_limit")] {
        assert_eq!(world.get(&user.url(&path), page).graph(), (100, 33), "{path}");
        assert_eq!(world.get(&user.url(&path), person).status, 200, "{path}");
    }
    world.seconds(2);
    assert_eq!(user.publish(&world, &container).status, 200);
}

#[test]
fn the_first_fetches_fail_and_so_may_processing() {
    let (world, host, user) = scene(InstagramLogin::Facebook);
    let picture = format!("{}/a.jpg", host.url);
    world.sim.set(|settings| settings.instagram.fetch_failures = vec![2_207_052, 2_207_003]);
    assert_eq!(user.create(&world, &[("image_url", &picture)]).graph(), (9_004, 2_207_052));
    assert_eq!(user.create(&world, &[("image_url", &picture)]).graph(), (-2, 2_207_003));
    user.ready(&world, &[("image_url", &picture)]);
    world.sim.set(|settings| {
        settings.instagram.fetch_failures = vec![2_207_052];
        settings.instagram.processing_failures = vec![2_207_053];
    });
    let film = format!("{}/a.mp4", host.url);
    let reel = || {
        let id = user.create(&world, &[("media_type", "REELS"), ("video_url", &film)]).id();
        world.sim.settle();
        world.seconds(2);
        user.get(&world, &format!("{id}?fields=status_code,status")).json()
    };
    assert!(reel()["status"].as_str().unwrap().ends_with("2207052"));
    let failed = reel();
    assert_eq!((failed["status_code"].clone(), failed["status"].as_str().unwrap().ends_with("2207053")), (json!("ERROR"), true));
    assert_eq!(reel()["status_code"], "FINISHED");
    world.sim.set(|settings| {
        settings.missing_status_code = true;
        settings.instagram.processing_failures = vec![2_207_032];
    });
    let silent = user.create(&world, &[("image_url", &picture)]).id();
    world.seconds(2);
    let read = user.get(&world, &format!("{silent}?fields=status_code,status")).json();
    assert_eq!((read["status_code"].clone(), read["status"].as_str().unwrap().ends_with("2207032")), (json!(null), true));
}

#[test]
fn a_restricted_account_reads_its_profile_and_nothing_else() {
    let (world, host, user) = scene(InstagramLogin::Instagram);
    let media = user.posted(&world, &host);
    let container = user.ready(&world, &[("image_url", &format!("{}/a.jpg", host.url))]);
    world.sim.set_instagram(&user.grant.remote_id, |gates| gates.restricted = true);
    let expected = (25, 2_207_050);
    assert_eq!(user.publish(&world, &container).graph(), expected);
    assert_eq!(user.create(&world, &[("image_url", "http://127.0.0.1:9/a.jpg")]).graph(), expected);
    assert_eq!(user.get(&world, &container).graph(), expected);
    assert_eq!(user.post(&world, &format!("{media}/comments"), &[("message", "x")]).graph(), expected);
    assert_eq!(user.get(&world, &format!("{}?fields=username", user.grant.remote_id)).status, 200);
    world.sim.set_instagram(&user.grant.remote_id, |gates| gates.restricted = false);
    user.publish(&world, &container).id();
}

#[test]
fn videos_are_fetched_in_ranges_by_metas_fetcher() {
    let (world, host, user) = scene(InstagramLogin::Instagram);
    for path in ["/a.mp4", "/a.mov", "/silent.mp4"] {
        user.ready(&world, &[("media_type", "REELS"), ("video_url", &format!("{}{path}", host.url))]);
    }
    assert!(host.agents.lock().unwrap().iter().all(|agent| agent.starts_with("facebookexternalhit/1.1")));
    assert_eq!(host.ranges.lock().unwrap().len(), 3);
    assert!(host.ranges.lock().unwrap().iter().all(|range| range == "bytes=0-4194303"));
    world.sim.set(|settings| settings.instagram.silent_videos_fail = true);
    let id = user.create(&world, &[("media_type", "REELS"), ("video_url", &format!("{}/silent.mp4", host.url))]).id();
    world.sim.settle();
    world.seconds(2);
    assert!(user.get(&world, &format!("{id}?fields=status")).json()["status"].as_str().unwrap().ends_with("2207082"));
}

#[test]
fn instagrams_host_may_leave_captions_out() {
    let (world, host, user) = scene(InstagramLogin::Instagram);
    let media = user.posted(&world, &host);
    world.sim.set(|settings| settings.instagram.own_host_hides_captions = true);
    let read = user.get(&world, &format!("{media}?fields=caption,media_product_type,media_type")).json();
    assert_eq!(read, json!({"id": media, "media_type": "IMAGE"}));
}
