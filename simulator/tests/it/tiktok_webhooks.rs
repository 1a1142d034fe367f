//! Events: what is sent, how it is signed, and that it comes again, twice, or in another order.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use simulator::{Fault, FaultKind, Grant, TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET};

use crate::{
    support::{World, host, jpeg, world},
    tiktok_pull::call,
};

/// A webhook that keeps what it was sent (signature and body) and answers with a status that can be changed.
struct Hook {
    url: String,
    got: Arc<Mutex<Vec<(String, String)>>>,
    status: Arc<Mutex<u16>>,
}

fn hook() -> Hook {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let hook = Hook { url: format!("http://{}/hooks/tiktok", listener.local_addr().unwrap()), got: Arc::default(), status: Arc::new(Mutex::new(200)) };
    let (got, status) = (hook.got.clone(), hook.status.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut bytes = Vec::new();
            let mut byte = [0];
            while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                bytes.push(byte[0]);
            }
            let head = String::from_utf8(bytes).unwrap();
            let header = |name: &str| {
                let line = head.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}: ")));
                line.map_or(String::new(), |line| line.split_once(": ").unwrap().1.to_owned())
            };
            let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
            stream.read_exact(&mut body).unwrap();
            got.lock().unwrap().push((header("tiktok-signature"), String::from_utf8(body).unwrap()));
            let status = *status.lock().unwrap();
            let _ = stream.write_all(format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes());
        }
    });
    hook
}

fn listening(hook: &Hook) -> World {
    let world = world();
    let url = hook.url.clone();
    world.sim.set(move |settings| settings.tiktok.webhook_url = Some(url));
    world
}

fn photos(world: &World, grant: &Grant, media: &str, draft: bool) -> String {
    let url = format!("{}/v2/post/publish/content/init/", world.urls.tiktok_api_url);
    world.json(&url, &grant.access_token, &photos_body(media, draft)).json()["data"]["publish_id"].as_str().unwrap().to_owned()
}

fn photos_body(media: &str, draft: bool) -> Value {
    let source = json!({"source": "PULL_FROM_URL", "photo_images": [format!("{media}/a.jpg")], "photo_cover_index": 0});
    if draft {
        return json!({"media_type": "PHOTO", "post_mode": "MEDIA_UPLOAD", "source_info": source});
    }
    json!({"media_type": "PHOTO", "post_mode": "DIRECT_POST", "post_info": {"privacy_level": "PUBLIC_TO_EVERYONE"}, "source_info": source})
}

fn pictures() -> crate::support::Host {
    host(vec![("/a.jpg", "image/jpeg", jpeg(1080, 1350))])
}

fn events(deliveries: &[simulator::Delivery]) -> Vec<&'static str> {
    deliveries.iter().map(|delivery| delivery.event).collect()
}

#[test]
fn a_post_is_told_step_by_step_and_signed() {
    let hook = hook();
    let (world, media) = (listening(&hook), pictures());
    world.sim.set(|settings| settings.moderation = Duration::from_secs(30));
    let grant = world.sim.add_tiktok_user("teller");
    let id = photos(&world, &grant, &media.url, false);
    assert!(world.sim.deliver_webhooks().is_empty());
    world.seconds(2);
    assert_eq!(events(&world.sim.deliver_webhooks()), ["post.publish.complete"]);
    world.seconds(30);
    assert_eq!(events(&world.sim.deliver_webhooks()), ["post.publish.publicly_available"]);
    let post_id = world.sim.posts()[0].remote_id.clone();
    world.sim.show_tiktok_post(&post_id, false);
    assert_eq!(events(&world.sim.deliver_webhooks()), ["post.publish.no_longer_publicaly_available"]);
    assert!(world.sim.deliver_webhooks().is_empty());
    let got = hook.got.lock().unwrap().clone();
    let first: Value = serde_json::from_str(&got[0].1).unwrap();
    assert_eq!((first["client_key"].as_str(), first["user_openid"].as_str()), (Some(TIKTOK_CLIENT_KEY), Some(grant.remote_id.as_str())));
    assert_eq!(first["create_time"], world.clock.now().timestamp() - 30);
    let content: Value = serde_json::from_str(first["content"].as_str().unwrap()).unwrap();
    assert_eq!(content["publish_id"], json!(id));
    let second: Value = serde_json::from_str(&got[1].1).unwrap();
    let content: Value = serde_json::from_str(second["content"].as_str().unwrap()).unwrap();
    assert_eq!(content["post_id"].to_string(), post_id);
    for (signature, body) in &got {
        let (t, s) = signature.strip_prefix("t=").unwrap().split_once(",s=").unwrap();
        assert_eq!(s, hmac(&format!("{t}.{body}")), "{signature}");
    }
}

/// HMAC-SHA256 by its definition, with a key shorter than a block.
fn hmac(message: &str) -> String {
    use sha2::{Digest, Sha256};
    let mut key = TIKTOK_CLIENT_SECRET.as_bytes().to_vec();
    key.resize(64, 0);
    let pad = |with: u8| key.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    let outer = Sha256::new().chain_update(pad(0x5C)).chain_update(inner).finalize();
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_draft_is_told_with_each_post_its_creator_makes() {
    let hook = hook();
    let (world, media) = (listening(&hook), pictures());
    let grant = world.sim.add_tiktok_user("drafter");
    let id = photos(&world, &grant, &media.url, true);
    world.seconds(2);
    let delivered = world.sim.deliver_webhooks();
    assert_eq!(events(&delivered), ["post.publish.inbox_delivered"]);
    assert!(delivered[0].body.contains("INBOX_SHARE"));
    world.sim.post_draft(&id, "SELF_ONLY").unwrap();
    assert_eq!(events(&world.sim.deliver_webhooks()), ["post.publish.complete"]);
    world.sim.set(|settings| settings.tiktok.post_id_as_text = true);
    let post_id = world.sim.post_draft(&id, "PUBLIC_TO_EVERYONE").unwrap();
    let delivered = world.sim.deliver_webhooks();
    assert_eq!(events(&delivered), ["post.publish.complete", "post.publish.publicly_available"]);
    assert!(delivered[1].body.contains(&format!(r#"\"post_id\":\"{post_id}\""#)), "{}", delivered[1].body);
}

#[test]
fn failures_and_lost_access_are_told_with_their_reasons() {
    let hook = hook();
    let (world, media) = (listening(&hook), pictures());
    let grant = world.sim.add_tiktok_user("leaver");
    world.sim.set(|settings| settings.tiktok.fail_reason = Some("spam_risk_text"));
    photos(&world, &grant, &media.url, false);
    world.seconds(2);
    let delivered = world.sim.deliver_webhooks();
    assert!(events(&delivered) == ["post.publish.failed"] && delivered[0].body.contains(r#"\"reason\":\"spam_risk_text\""#));
    world.sim.set(|settings| (settings.tiktok.fail_reason, settings.tiktok.pull_takes) = (None, Duration::from_secs(600)));
    let running = photos(&world, &grant, &media.url, false);
    let cancelled = photos(&world, &grant, &media.url, true);
    assert_eq!(call(&world, "post/publish/cancel/", &grant.access_token, &json!({"publish_id": cancelled})).status, 200);
    let delivered = world.sim.deliver_webhooks();
    assert!(events(&delivered) == ["post.publish.failed"] && delivered[0].body.contains("publish_cancelled"));
    let revoke = format!("{}/v2/oauth/revoke/", world.urls.tiktok_api_url);
    let fields = [("client_key", TIKTOK_CLIENT_KEY), ("client_secret", TIKTOK_CLIENT_SECRET), ("token", grant.access_token.as_str())];
    assert_eq!(world.form(&revoke, "", &fields).text, "{}");
    let delivered = world.sim.deliver_webhooks();
    assert_eq!(events(&delivered), ["post.publish.failed", "authorization.removed"]);
    assert!(delivered[0].body.contains(&running) && delivered[0].body.contains("auth_removed"));
    assert!(delivered[1].body.contains(r#"{\"reason\":5}"#));
    world.seconds(3_600);
    assert!(world.sim.posts().is_empty() && world.sim.deliver_webhooks().is_empty());
    let other = world.sim.add_tiktok_user("banned");
    world.sim.remove_tiktok_access(&other.remote_id, 4);
    assert!(world.sim.deliver_webhooks()[0].body.contains(r#"{\"reason\":4}"#));
    assert_eq!(call(&world, "post/publish/creator_info/query/", &other.access_token, &json!({})).status, 401);
}

#[test]
fn what_is_not_taken_comes_again_ever_later_for_three_days() {
    let hook = hook();
    *hook.status.lock().unwrap() = 500;
    let (world, media) = (listening(&hook), pictures());
    let grant = world.sim.add_tiktok_user("retried");
    photos(&world, &grant, &media.url, true);
    world.seconds(2);
    let mut tries = Vec::new();
    for _ in 0..73 * 60 {
        tries.extend(world.sim.deliver_webhooks().into_iter().map(|delivery| (delivery.at - crate::support::start()).num_minutes()));
        world.seconds(60);
    }
    let gaps: Vec<i64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(tries.len() > 8 && gaps.is_sorted() && *tries.last().unwrap() < 72 * 60, "{tries:?}");
    *hook.status.lock().unwrap() = 200;
    assert!(world.sim.deliver_webhooks().is_empty());
    let signatures: Vec<String> = hook.got.lock().unwrap().iter().map(|got| got.0.clone()).collect();
    assert_ne!(signatures[0], signatures[1]);
}

#[test]
fn a_repeated_delivery_may_keep_its_first_signature() {
    let hook = hook();
    *hook.status.lock().unwrap() = 503;
    let (world, media) = (listening(&hook), pictures());
    world.sim.set(|settings| settings.tiktok.webhooks_signed_anew = false);
    let grant = world.sim.add_tiktok_user("signed");
    photos(&world, &grant, &media.url, true);
    world.seconds(2);
    let first = world.sim.deliver_webhooks().remove(0);
    world.seconds(3_600);
    let second = world.sim.deliver_webhooks().remove(0);
    assert_eq!((first.status, &first.signature), (503, &second.signature));
}

#[test]
fn events_come_twice_and_in_another_order_when_they_are_told_to() {
    let hook = hook();
    let (world, media) = (listening(&hook), pictures());
    world.sim.set(|settings| (settings.tiktok.webhooks_twice, settings.tiktok.webhooks_reversed) = (true, true));
    let grant = world.sim.add_tiktok_user("doubled");
    photos(&world, &grant, &media.url, false);
    world.seconds(2);
    let order = ["post.publish.publicly_available", "post.publish.publicly_available", "post.publish.complete", "post.publish.complete"];
    assert_eq!(events(&world.sim.deliver_webhooks()), order);
    assert_eq!((hook.got.lock().unwrap().len(), world.sim.deliveries().len()), (4, 4));
    assert!(world.get(&world.sim.url(), "").text.contains("post.publish.publicly_available"));
    assert!(world.sim.deliver_webhooks().is_empty());
}

#[test]
fn an_event_may_come_before_the_answer_to_the_init() {
    let hook = hook();
    let (world, media) = (listening(&hook), pictures());
    world.sim.set(|settings| settings.processing = Duration::ZERO);
    let grant = world.sim.add_tiktok_user("early");
    world.sim.fault(Fault::next("tiktok.photos_init", FaultKind::WebhooksFirst));
    let id = photos(&world, &grant, &media.url, false);
    let got = hook.got.lock().unwrap().clone();
    assert!(got.len() == 2 && got[0].1.contains(&id), "{got:?}");
    // The same, and the answer is never heard.
    world.sim.fault(Fault::next("tiktok.photos_init", FaultKind::ActThenDrop));
    let url = format!("{}/v2/post/publish/content/init/", world.urls.tiktok_api_url);
    assert!(world.try_json(&url, &grant.access_token, &photos_body(&media.url, false)).is_err());
    assert_eq!(world.sim.deliver_webhooks().len(), 2);
    assert_eq!(world.sim.posts().len(), 2);
}

#[test]
fn a_webhook_is_reached_by_a_name_of_this_world_only() {
    let hook = hook();
    let (world, media) = (world(), pictures());
    let grant = world.sim.add_tiktok_user("named");
    let origin = hook.url.trim_end_matches("/hooks/tiktok").to_owned();
    world.sim.set(|settings| settings.tiktok.webhook_url = Some("https://pm3k.example/hooks/tiktok".into()));
    photos(&world, &grant, &media.url, true);
    world.seconds(2);
    assert_eq!(world.sim.deliver_webhooks()[0].status, 0);
    world.sim.set(|settings| settings.tiktok.hosts = [("pm3k.example".to_owned(), origin)].into());
    world.seconds(3_600);
    assert_eq!(world.sim.deliver_webhooks()[0].status, 200);
}

#[test]
fn events_go_out_by_themselves_when_they_are_told_to() {
    let hook = hook();
    let (world, media) = (listening(&hook), pictures());
    let grant = world.sim.add_tiktok_user("live");
    photos(&world, &grant, &media.url, true);
    world.sim.settle();
    world.seconds(2);
    world.sim.set(|settings| settings.tiktok.webhooks_by_themselves = true);
    let until = std::time::Instant::now() + Duration::from_secs(10);
    while hook.got.lock().unwrap().is_empty() && std::time::Instant::now() < until {
        std::thread::yield_now();
    }
    assert_eq!(hook.got.lock().unwrap().len(), 1);
}
