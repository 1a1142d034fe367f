//! The world's own pages: what they show, what they load, and what their forms do.

use serde_json::json;
use simulator::{Fault, FaultKind, InstagramLogin};

use crate::{
    support::{Reply, World, jpeg, world},
    support_instagram::scene,
};

const PAGES: [&str; 6] = ["/", "/simulator/posts", "/simulator/accounts", "/simulator/uploads", "/simulator/calls", "/simulator/faults"];

fn page(world: &World, path: &str) -> Reply {
    world.get(&format!("{}{path}", world.sim.url()), "")
}

fn send(world: &World, path: &str, fields: &[(&str, &str)]) -> Reply {
    world.form(&format!("{}/simulator/{path}", world.sim.url()), "", fields)
}

#[test]
fn every_page_loads_nothing_from_elsewhere_and_needs_no_script() {
    let (world, host, user) = scene(InstagramLogin::Facebook);
    let media = user.posted(&world, &host);
    user.post(&world, &format!("{media}/comments"), &[("message", "<script>alert(1)</script>")]).id();
    let permalink = world.sim.posts()[0].permalink.replace(&world.sim.url(), "");
    for path in PAGES.iter().copied().chain([permalink.as_str(), "/tiktok/@sim.creator"]) {
        let reply = page(&world, path);
        assert_eq!(reply.status, 200, "{path}");
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("form-action 'self'"));
        for never in ["<script", "style=\"", "onclick", "src=\"http", "href=\"http"] {
            assert!(!reply.text.contains(never), "{path} has {never}");
        }
    }
    assert!(page(&world, "/simulator/style.css").text.contains("prefers-color-scheme: dark"));
    assert_eq!(page(&world, "/p/instagram/p/nothing/").status, 404);
    // A consent page's form leads on to the client: where it may go is not bounded.
    world.sim.set(|settings| settings.auto_consent = false);
    let consent = page(&world, "/instagram/www/oauth/authorize");
    assert!(consent.header("content-security-policy").contains("default-src 'none'") && !consent.header("content-security-policy").contains("form-action"));
}

#[test]
fn posts_are_shown_with_their_bytes_and_all_that_was_said() {
    let (world, host, user) = scene(InstagramLogin::Facebook);
    let url = format!("{}/a.jpg", host.url);
    let container = user.ready(
        &world,
        &[("image_url", &url), ("caption", "Hello <b>\n#there"), ("alt_text", "A square"), ("is_ai_generated", "true"), ("is_paid_partnership", "true")],
    );
    let media = user.publish(&world, &container).id();
    user.post(&world, &format!("{media}/comments"), &[("message", "the first")]).id();
    for path in ["/", "/simulator/posts?platform=instagram"] {
        let shown = page(&world, path).text;
        for expected in ["Hello &lt;b&gt;<br><span class=\"tag\">#there</span>", "A square", "AI info", "Paid partnership", "the first", "@poster"] {
            assert!(shown.contains(expected), "{path} lacks {expected}");
        }
    }
    assert!(!page(&world, "/simulator/posts?platform=tiktok").text.contains("Hello"));
    let post = &world.sim.posts()[0];
    let address = format!("{}/bytes/{}", world.sim.url(), post.media_sha256[0]);
    let bytes = world.send("GET", &address, &[("range", "bytes=2-5")], &[]).unwrap();
    assert_eq!((bytes.status, bytes.range), (206, format!("bytes 2-5/{}", jpeg(1_080, 1_080).len())));
    assert!(page(&world, &post.permalink.replace(&world.sim.url(), "")).text.contains("is_paid_partnership"));
    world.sim.post_as_somebody_else(&user.grant.remote_id, "by hand");
    assert!(page(&world, "/simulator/posts").text.contains("Posted by somebody else"));
}

#[test]
fn uploads_and_calls_tell_how_they_ended_and_no_secret() {
    let (world, host, user) = scene(InstagramLogin::Facebook);
    user.create(&world, &[("media_type", "REELS"), ("video_url", &format!("{}/slow.mp4", host.url))]).id();
    user.create(&world, &[("media_type", "REELS"), ("upload_type", "resumable")]).id();
    world.sim.settle();
    world.seconds(2);
    let uploads = page(&world, "/simulator/uploads").text;
    assert!(uploads.contains("error 2207026") && uploads.contains("20.00 frames per second") && uploads.contains("in progress"));
    world.sim.fault(Fault::next("instagram.user", FaultKind::DropBefore));
    let path = format!("{}?fields=id&access_token={}", user.grant.remote_id, user.grant.access_token);
    assert!(world.send("GET", &user.url(&path), &[], &[]).is_err());
    let calls = page(&world, "/simulator/calls").text;
    assert!(calls.contains("fault: dropped before it acted") && !calls.contains(&user.grant.access_token));
    assert_eq!(world.sim.calls().last().unwrap().fault, Some("dropped before it acted"));
    assert!(!page(&world, "/simulator/calls?only=tiktok").text.contains("instagram.user"));
}

#[test]
fn a_fault_that_is_set_by_hand_acts() {
    let world = world();
    let page_grant = world.sim.add_page("Shown");
    let fields = [("call", "facebook.feed"), ("kind", "503"), ("account", page_grant.remote_id.as_str()), ("nth", "2"), ("times", "1")];
    let done = send(&world, "faults", &fields);
    assert_eq!((done.status, done.location.as_str()), (303, "/simulator/faults"));
    assert!(page(&world, "/simulator/faults").text.contains("<b>facebook.feed</b> of Shown: answered without acting; after one more call, once"));
    let feed = || world.form(&world.graph(&format!("{}/feed", page_grant.remote_id)), &page_grant.access_token, &[("message", "x")]).status;
    assert_eq!([feed(), feed(), feed()], [200, 503, 200]);
    send(&world, "faults", &fields);
    assert_eq!(world.sim.faults_waiting(), 1);
    send(&world, "clear", &[]);
    assert_eq!(world.sim.faults_waiting(), 0);
    for (name, value) in [("call", "nothing"), ("kind", "nothing"), ("nth", "0"), ("times", "100")] {
        let spoilt: Vec<_> = fields.iter().map(|field| if field.0 == name { (name, value) } else { *field }).collect();
        assert_eq!(send(&world, "faults", &spoilt).status, 400, "{name}");
    }
    // None of this is a platform's call.
    assert!(world.sim.calls().iter().all(|call| call.name == "facebook.feed"));
}

/// The form of switches as a browser would send it back, with a change.
fn form_with<'a>(html: &'a str, name: &'a str, value: Option<&'a str>) -> Vec<(&'a str, &'a str)> {
    let attribute = |tag: &'a str, wanted: &str| tag.split_once(&format!("{wanted}=\"")).and_then(|(_, rest)| rest.split('"').next());
    let form = html.split("action=\"/simulator/switches\"").nth(1).unwrap().split("</form>").next().unwrap();
    let mut fields: Vec<(&str, &str)> = form
        .split("<input")
        .skip(1)
        .filter(|tag| tag.contains("type=\"number\"") || tag.split('>').next().unwrap().contains(" checked"))
        .map(|tag| (attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap_or("on")))
        .filter(|(given, _)| *given != name)
        .collect();
    fields.extend(value.map(|value| (name, value)));
    fields
}

#[test]
fn switches_are_thrown_all_or_none() {
    let world = world();
    let html = page(&world, "/simulator/faults").text;
    let before = world.settings();
    assert_eq!(send(&world, "switches", &form_with(&html, "", None)).status, 303);
    assert_eq!(format!("{:?}", world.settings()), format!("{before:?}"), "sent back as it came, nothing changes");
    assert_eq!(send(&world, "switches", &form_with(&html, "others_post_too", Some("on"))).status, 303);
    assert!(world.settings().instagram.others_post_too);
    assert_eq!(send(&world, "switches", &form_with(&html, "instagram_quota", Some("100"))).status, 303);
    assert_eq!((world.settings().instagram_quota, world.settings().instagram.others_post_too), (100, false));
    assert_eq!(send(&world, "switches", &form_with(&html, "processing", Some("soon"))).status, 400);
    assert_eq!(send(&world, "switches", &[]).status, 400);
    assert_eq!(world.settings().instagram_quota, 100);
}

#[test]
fn accounts_are_restricted_and_the_clock_is_moved_by_hand() {
    let (world, _, user) = scene(InstagramLogin::Instagram);
    let id = user.grant.remote_id.as_str();
    let act = |what: &str| send(&world, "account", &[("account", id), ("do", what)]).status;
    let create = || user.create(&world, &[("image_url", "http://127.0.0.1:9/a.jpg")]).graph();
    assert_eq!((act("restrict"), create()), (303, (25, 2_207_050)));
    assert!(page(&world, "/simulator/accounts").text.contains("restricted"));
    assert_eq!((act("release"), act("personal"), create().0), (303, 303, 10));
    assert_eq!((act("professional"), act("somebody"), world.sim.posts().len()), (303, 303, 1));
    assert_eq!((act("expire"), create()), (303, (190, 463)));
    assert_eq!((act("nothing"), send(&world, "account", &[("account", "1"), ("do", "restrict")]).status), (400, 400));
    let before = world.clock.now();
    assert_eq!(send(&world, "clock", &[("seconds", "3600")]).status, 303);
    assert_eq!((world.clock.now() - before).num_seconds(), 3_600);
    assert_eq!(send(&world, "clock", &[("seconds", "99999999999")]).status, 400);
}

#[test]
fn forms_of_other_sites_are_refused() {
    let world = world();
    let url = format!("{}/simulator/clock", world.sim.url());
    let sent = |headers: &[(&str, &str)]| {
        let headers = [&[("content-type", "application/x-www-form-urlencoded")], headers].concat();
        world.send("POST", &url, &headers, b"seconds=1").unwrap().status
    };
    assert_eq!(sent(&[("origin", "https://elsewhere.example")]), 403);
    assert_eq!(sent(&[("origin", "null")]), 403);
    assert_eq!(sent(&[("sec-fetch-site", "cross-site")]), 403);
    assert_eq!(sent(&[("origin", &world.sim.url()), ("sec-fetch-site", "same-origin")]), 303);
    assert_eq!(page(&world, "/simulator/clock").status, 404);
    assert_eq!(json!(world.sim.calls().len()), 0);
}
