//! What Instagram refuses, row by row: each is really sent, and answered with the documented code.

use serde_json::Value;
use simulator::{INSTAGRAM_APP_ID, INSTAGRAM_APP_SECRET, InstagramLogin, PRIVATE_USERNAME};

use crate::{
    support::{Host, PUBLIC, Reply, World, form, host, jpeg, video, world},
    support_instagram::{User, media_host, user},
};

/// Two accounts that do not see each other: one behind a Page, one with a login of its own.
struct Scene {
    world: World,
    host: Host,
    linked: User,
    own: User,
}

enum Expected {
    /// Status, code, subcode (0: none).
    Graph(u16, i64, i64),
    /// `error_message` of the token endpoint.
    Flat(&'static str),
    /// `type` in `debug_info` of the upload host.
    Upload(&'static str),
    /// The container is made, and ends in ERROR with this subcode.
    Status(&'static str),
}

use Expected::{Flat, Graph, Status, Upload};

type Row = (&'static str, fn(&Scene) -> Reply, Expected);

pub(crate) fn count() -> usize {
    ROWS.len()
}

/// `HOST` in a value stands for the host of the media.
fn made(scene: &Scene, user: &User, fields: &[(&str, &str)]) -> Reply {
    let fields: Vec<(&str, String)> = fields.iter().map(|(name, value)| (*name, value.replace("HOST", &scene.host.url))).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    user.create(&scene.world, &fields)
}

impl Scene {
    fn make(&self, fields: &[(&str, &str)]) -> Reply {
        made(self, &self.linked, fields)
    }

    fn own(&self, fields: &[(&str, &str)]) -> Reply {
        made(self, &self.own, fields)
    }

    fn image_with(&self, name: &str, value: &str) -> Reply {
        self.make(&[("image_url", "HOST/a.jpg"), (name, value)])
    }

    fn item_with(&self, name: &str, value: &str) -> Reply {
        self.make(&[("image_url", "HOST/a.jpg"), ("is_carousel_item", "true"), (name, value)])
    }

    fn reel_with(&self, name: &str, value: &str) -> Reply {
        self.make(&[("media_type", "REELS"), ("video_url", "HOST/a.mp4"), (name, value)])
    }

    fn story_with(&self, name: &str, value: &str) -> Reply {
        self.make(&[("media_type", "STORIES"), ("image_url", "HOST/a.jpg"), (name, value)])
    }

    fn picture(&self, path: &str) -> Reply {
        self.make(&[("image_url", &format!("HOST/{path}"))])
    }

    fn carousel(&self, children: &str) -> Reply {
        self.make(&[("media_type", "CAROUSEL"), ("children", children)])
    }

    fn items(&self, paths: &[&str]) -> String {
        self.linked.items(&self.world, &self.host, paths)
    }

    fn ready(&self) -> String {
        let url = format!("{}/a.jpg", self.host.url);
        self.linked.ready(&self.world, &[("image_url", &url)])
    }

    fn publish(&self, id: &str) -> Reply {
        self.linked.publish(&self.world, id)
    }

    fn posted(&self) -> String {
        self.linked.posted(&self.world, &self.host)
    }

    fn get(&self, path: &str) -> Reply {
        self.linked.get(&self.world, path)
    }

    fn comment(&self, media: &str, text: &str) -> Reply {
        self.linked.post(&self.world, &format!("{media}/comments"), &[("message", text)])
    }

    fn delete(&self, user: &User, media: &str) -> Reply {
        self.world.delete(&user.url(media), &user.grant.access_token)
    }

    /// A published carousel's first item.
    fn item_of_a_post(&self) -> String {
        let parent = self.carousel(&self.items(&["/a.jpg", "/portrait.jpg"])).id();
        self.world.seconds(2);
        let media = self.publish(&parent).id();
        self.get(&format!("{media}/children?fields=id")).json()["data"][0]["id"].as_str().unwrap().to_owned()
    }

    fn upload(&self, token: &str, headers: &[(&str, &str)]) -> Reply {
        let made = self.make(&[("media_type", "REELS"), ("upload_type", "resumable")]).json();
        let authorization = format!("OAuth {token}");
        let mut all = vec![("authorization", authorization.as_str())];
        all.retain(|_| !token.is_empty());
        all.extend(headers);
        self.world.send("POST", made["uri"].as_str().unwrap(), &all, &video(5_000)).unwrap()
    }

    /// A code of Instagram Login for these permissions.
    fn code(&self, scopes: &str) -> String {
        let redirect = format!("{PUBLIC}/accounts/callback/instagram");
        let query = form(&[("client_id", INSTAGRAM_APP_ID), ("redirect_uri", &redirect), ("response_type", "code"), ("scope", scopes)]);
        self.world.get(&format!("{}?{query}", self.world.urls.instagram_authorize_url), "").back("code")
    }

    fn token(&self, code: &str, secret: &str, callback: &str) -> Reply {
        let redirect = format!("{PUBLIC}/accounts/callback/{callback}");
        let fields = [
            ("client_id", INSTAGRAM_APP_ID),
            ("client_secret", secret),
            ("grant_type", "authorization_code"),
            ("redirect_uri", redirect.as_str()),
            ("code", code),
        ];
        self.world.form(&format!("{}/oauth/access_token", self.world.urls.instagram_token_url), "", &fields)
    }

    fn renew(&self, method: &str, call: &str, more: &[(&str, &str)]) -> Reply {
        let query = form(&[more, &[("access_token", self.own.grant.access_token.as_str())]].concat());
        let url = format!("{}/{call}?{query}", self.world.urls.instagram_graph_url);
        self.world.send(method, &url, &[], &[]).unwrap()
    }

    fn refresh(&self, method: &str) -> Reply {
        self.renew(method, "refresh_access_token", &[("grant_type", "ig_refresh_token")])
    }
}

const ROWS: &[Row] = &[
    // The matrix of parameters: kinds and sources.
    ("nothing to publish", |s| s.make(&[]), Graph(400, 100, 0)),
    ("an image and a video", |s| s.image_with("video_url", "HOST/a.mp4"), Graph(400, 100, 0)),
    ("an unknown media type", |s| s.image_with("media_type", "PHOTO"), Graph(400, 100, 2_207_023)),
    ("a single video that is no reel", |s| s.make(&[("media_type", "VIDEO"), ("video_url", "HOST/a.mp4")]), Graph(400, 100, 2_207_023)),
    ("two media types", |s| s.make(&[("image_url", "HOST/a.jpg"), ("media_type", "IMAGE"), ("media_type", "STORIES")]), Graph(400, 100, 0)),
    ("a reel without a video", |s| s.make(&[("media_type", "REELS")]), Graph(400, 100, 0)),
    ("a reel of an image", |s| s.image_with("media_type", "REELS"), Graph(400, 100, 0)),
    ("an unknown type of upload", |s| s.make(&[("media_type", "REELS"), ("upload_type", "simple")]), Graph(400, 100, 0)),
    ("an image by upload", |s| s.make(&[("upload_type", "resumable")]), Graph(400, 100, 0)),
    ("an upload and a URL", |s| s.reel_with("upload_type", "resumable"), Graph(400, 100, 0)),
    ("an upload on Instagram's host", |s| s.own(&[("media_type", "REELS"), ("upload_type", "resumable")]), Graph(400, 100, 0)),
    ("a story of nothing", |s| s.make(&[("media_type", "STORIES")]), Graph(400, 100, 0)),
    ("a story of two", |s| s.story_with("video_url", "HOST/a.mp4"), Graph(400, 100, 0)),
    ("a reel as an item", |s| s.reel_with("is_carousel_item", "true"), Graph(400, 100, 0)),
    ("a story as an item", |s| s.story_with("is_carousel_item", "true"), Graph(400, 100, 0)),
    ("no boolean", |s| s.image_with("is_carousel_item", "yes"), Graph(400, 100, 0)),
    // What may stand where.
    ("a caption on an item", |s| s.item_with("caption", "hello"), Graph(400, 100, 0)),
    ("an alt text on a reel", |s| s.reel_with("alt_text", "a film"), Graph(400, 100, 0)),
    ("an alt text on a story", |s| s.story_with("alt_text", "a picture"), Graph(400, 100, 0)),
    ("an alt text of 1001", |s| s.image_with("alt_text", &"x".repeat(1_001)), Graph(400, 100, 0)),
    ("a place that does not exist", |s| s.image_with("location_id", "1"), Graph(400, 100, 0)),
    ("a place on an item", |s| s.item_with("location_id", simulator::LOCATIONS[0].0), Graph(400, 100, 0)),
    ("a place on a story", |s| s.story_with("location_id", simulator::LOCATIONS[0].0), Graph(400, 100, 0)),
    ("a tag without a point", |s| s.image_with("user_tags", r#"[{"username":"a"}]"#), Graph(400, 100, 0)),
    ("a tag on an item without a point", |s| s.item_with("user_tags", r#"[{"username":"a","x":0.1}]"#), Graph(400, 100, 0)),
    ("a tag outside of the image", |s| s.image_with("user_tags", r#"[{"username":"a","x":0.5,"y":1.1}]"#), Graph(400, 100, 0)),
    ("a tag without a name", |s| s.image_with("user_tags", r#"[{"x":0.5,"y":0.1}]"#), Graph(400, 100, 0)),
    ("a tag with a point on a reel", |s| s.reel_with("user_tags", r#"[{"username":"a","x":0.5,"y":0.1}]"#), Graph(400, 100, 0)),
    ("tags that are no list", |s| s.image_with("user_tags", "a"), Graph(400, 100, 0)),
    ("a tag of a private account", |s| s.image_with("user_tags", &format!(r#"[{{"username":"{PRIVATE_USERNAME}","x":0.5,"y":0.1}}]"#)), Graph(400, 100, 0)),
    ("tags on a carousel", |s| s.make(&[("media_type", "CAROUSEL"), ("user_tags", "[]")]), Graph(400, 100, 0)),
    ("four collaborators", |s| s.image_with("collaborators", r#"["a","b","c","d"]"#), Graph(400, 100, 0)),
    ("collaborators on an item", |s| s.item_with("collaborators", r#"["a"]"#), Graph(400, 100, 0)),
    ("collaborators on a story", |s| s.story_with("collaborators", r#"["a"]"#), Graph(400, 100, 0)),
    ("a product without a point", |s| s.image_with("product_tags", r#"[{"product_id":"1"}]"#), Graph(400, 100, 2_207_036)),
    ("a product with a point on a reel", |s| s.reel_with("product_tags", r#"[{"product_id":"1","x":0.1,"y":0.1}]"#), Graph(400, 100, 2_207_035)),
    ("a product that does not exist", |s| s.image_with("product_tags", r#"[{"product_id":"1","x":0.1,"y":0.1}]"#), Graph(400, 100, 2_207_037)),
    ("six products", |s| s.image_with("product_tags", "[{},{},{},{},{},{}]"), Graph(400, 100, 0)),
    ("an image for the feed", |s| s.image_with("share_to_feed", "true"), Graph(400, 100, 0)),
    ("a cover's time on an image", |s| s.image_with("thumb_offset", "5"), Graph(400, 100, 0)),
    ("a cover's time that is none", |s| s.reel_with("thumb_offset", "-5"), Graph(400, 1, 2_207_057)),
    ("a cover on a story", |s| s.story_with("cover_url", "HOST/a.jpg"), Graph(400, 100, 0)),
    ("a cover that is a PNG", |s| s.reel_with("cover_url", "HOST/a.png"), Graph(400, 36_001, 2_207_005)),
    ("a cover that is not there", |s| s.reel_with("cover_url", "HOST/elsewhere"), Graph(400, 9_004, 2_207_052)),
    ("a name for the sound of an image", |s| s.image_with("audio_name", "Rain"), Graph(400, 100, 0)),
    ("audio without an id", |s| s.reel_with("audio_configuration", r#"{"audio_volume":1}"#), Graph(400, 100, 0)),
    (
        "audio on Instagram's host",
        |s| s.own(&[("media_type", "REELS"), ("video_url", "HOST/a.mp4"), ("audio_configuration", r#"{"audio_id":"1"}"#)]),
        Graph(400, 100, 0),
    ),
    ("a trial of an unknown kind", |s| s.reel_with("trial_params", r#"{"graduation_strategy":"LATER"}"#), Graph(400, 100, 0)),
    ("a trial of an image", |s| s.image_with("trial_params", r#"{"graduation_strategy":"MANUAL"}"#), Graph(400, 100, 0)),
    (
        "a trial by an account that may not",
        |s| {
            s.world.sim.set_instagram(&s.linked.grant.remote_id, |gates| gates.trial_reels = false);
            s.reel_with("trial_params", r#"{"graduation_strategy":"MANUAL"}"#)
        },
        Graph(400, 100, 2_207_081),
    ),
    ("three sponsors", |s| s.image_with("branded_content_sponsor_ids", r#"["1","2","3"]"#), Graph(400, 100, 0)),
    ("a partnership on a story", |s| s.story_with("is_paid_partnership", "true"), Graph(400, 100, 0)),
    ("a partnership on Instagram's host", |s| s.own(&[("image_url", "HOST/a.jpg"), ("is_paid_partnership", "true")]), Graph(400, 100, 0)),
    ("an item made by AI", |s| s.item_with("is_ai_generated", "true"), Graph(400, 100, 0)),
    ("a story made by AI", |s| s.story_with("is_ai_generated", "true"), Graph(400, 100, 0)),
    (
        "a poll and a prompt",
        |s| s.make(&[("image_url", "HOST/a.jpg"), ("poll_attachment", r#"{"option_a":"yes","option_b":"no"}"#), ("is_comment_prompt_used", "true")]),
        Graph(400, 100, 0),
    ),
    ("a poll of one", |s| s.image_with("poll_attachment", r#"{"option_a":"yes"}"#), Graph(400, 100, 0)),
    ("a poll with a long option", |s| s.image_with("poll_attachment", r#"{"option_a":"yes","option_b":"abcdefghijklmnopqrstuvwxyz"}"#), Graph(400, 100, 0)),
    ("a poll with a gap", |s| s.image_with("poll_attachment", r#"{"option_a":"yes","option_c":"no"}"#), Graph(400, 100, 0)),
    ("a longer time for no poll", |s| s.image_with("is_poll_duration_extended", "true"), Graph(400, 100, 0)),
    ("a poll on a story", |s| s.story_with("poll_attachment", r#"{"option_a":"yes","option_b":"no"}"#), Graph(400, 100, 0)),
    ("a prompt on Instagram's host", |s| s.own(&[("image_url", "HOST/a.jpg"), ("is_comment_prompt_used", "true")]), Graph(400, 100, 0)),
    // Captions.
    ("a caption of 2201", |s| s.image_with("caption", &"x".repeat(2_201)), Graph(400, 36_004, 2_207_010)),
    ("31 hashtags", |s| s.image_with("caption", &"#a ".repeat(31)), Graph(400, 36_004, 2_207_010)),
    ("21 mentions", |s| s.image_with("caption", &"@a ".repeat(21)), Graph(400, 100, 2_207_040)),
    // Carousels.
    ("a carousel of nothing", |s| s.make(&[("media_type", "CAROUSEL")]), Graph(400, 100, 2_207_028)),
    ("a carousel of one", |s| s.carousel("1"), Graph(400, 100, 2_207_028)),
    ("a carousel of eleven", |s| s.carousel("1,2,3,4,5,6,7,8,9,10,11"), Graph(400, 100, 2_207_028)),
    ("a carousel of an image", |s| s.image_with("media_type", "CAROUSEL"), Graph(400, 100, 0)),
    (
        "an item twice",
        |s| {
            let item = s.items(&["/a.jpg"]);
            s.carousel(&format!("{item},{item}"))
        },
        Graph(400, 100, 0),
    ),
    (
        "another account's item",
        |s| {
            let (mine, theirs) = (s.items(&["/a.jpg"]), s.own.items(&s.world, &s.host, &["/a.jpg"]));
            s.carousel(&format!("{mine},{theirs}"))
        },
        Graph(400, 24, 2_207_006),
    ),
    ("an item that does not exist", |s| s.carousel(&format!("{},17", s.items(&["/a.jpg"]))), Graph(400, 24, 2_207_006)),
    ("an item that was not made as one", |s| s.carousel(&format!("{},{}", s.items(&["/a.jpg"]), s.ready())), Graph(400, 100, 0)),
    (
        "an item that is not ready",
        |s| {
            let (ready, fresh) = (s.items(&["/a.jpg"]), s.item_with("alt_text", "x").id());
            s.carousel(&format!("{ready},{fresh}"))
        },
        Graph(400, 9_007, 2_207_027),
    ),
    (
        "an item that failed",
        |s| {
            let failed = s.make(&[("video_url", "HOST/bad.mp4"), ("is_carousel_item", "true")]).id();
            s.world.sim.settle();
            s.carousel(&format!("{},{failed}", s.items(&["/a.jpg"])))
        },
        Graph(400, -1, 2_207_032),
    ),
    (
        "items of yesterday",
        |s| {
            let items = s.items(&["/a.jpg", "/a.jpg"]);
            s.world.seconds(86_400);
            s.carousel(&items)
        },
        Graph(400, 24, 2_207_008),
    ),
    (
        "items of another post",
        |s| {
            let items = s.items(&["/a.jpg", "/a.jpg"]);
            let parent = s.carousel(&items).id();
            s.world.seconds(2);
            s.publish(&parent).id();
            s.carousel(&items)
        },
        Graph(400, 100, 0),
    ),
    // Images, judged during the call.
    ("a PNG", |s| s.picture("a.png"), Graph(400, 36_001, 2_207_005)),
    ("a file of several pictures", |s| s.picture("several.jpg"), Graph(400, 36_001, 2_207_005)),
    ("more than 8 MiB", |s| s.picture("large.jpg"), Graph(400, 36_000, 2_207_004)),
    ("taller than 4:5", |s| s.picture("tall.jpg"), Graph(400, 36_003, 2_207_009)),
    ("wider than 1.91:1", |s| s.picture("wide.jpg"), Graph(400, 36_003, 2_207_009)),
    ("a tall item", |s| s.make(&[("image_url", "HOST/tall.jpg"), ("is_carousel_item", "true")]), Graph(400, 36_003, 2_207_009)),
    ("a page instead of an image", |s| s.picture("page"), Graph(400, 9_004, 2_207_052)),
    ("a redirect instead of an image", |s| s.picture("elsewhere"), Graph(400, 9_004, 2_207_052)),
    ("a host that is not there", |s| s.make(&[("image_url", "http://127.0.0.1:9/a.jpg")]), Graph(400, 9_004, 2_207_052)),
    ("an address that is not ASCII", |s| s.picture("ä.jpg"), Graph(400, 9_004, 2_207_052)),
    ("no address", |s| s.make(&[("image_url", "file:///a.jpg")]), Graph(400, 9_004, 2_207_052)),
    (
        "an image that robots.txt forbids",
        |s| {
            let robots = b"User-agent: *\nDisallow: /private/".to_vec();
            let host = host(vec![("/robots.txt", "text/plain", robots), ("/private/a.jpg", "image/jpeg", jpeg(1_080, 1_080))]);
            s.make(&[("image_url", &format!("{}/private/a.jpg", host.url))])
        },
        Graph(400, 9_004, 2_207_052),
    ),
    (
        "a slow host",
        |s| {
            s.world.sim.set(|settings| settings.instagram.fetch_failures = vec![2_207_003]);
            s.picture("a.jpg")
        },
        Graph(400, -2, 2_207_003),
    ),
    // Videos, told by the container's status.
    ("bytes that are no video", |s| s.make(&[("media_type", "REELS"), ("video_url", "HOST/bad.mp4")]), Status("2207026")),
    ("a WebM", |s| s.make(&[("media_type", "REELS"), ("video_url", "HOST/a.webm")]), Status("2207026")),
    ("a video that is cut off", |s| s.make(&[("media_type", "REELS"), ("video_url", "HOST/cut.mp4")]), Status("2207026")),
    ("AV1", |s| s.make(&[("media_type", "REELS"), ("video_url", "HOST/av1.mp4")]), Status("2207026")),
    ("20 frames per second", |s| s.make(&[("media_type", "REELS"), ("video_url", "HOST/slow.mp4")]), Status("2207026")),
    ("90 frames per second", |s| s.make(&[("media_type", "REELS"), ("video_url", "HOST/fast.mp4")]), Status("2207026")),
    ("2000 pixels wide", |s| s.make(&[("media_type", "REELS"), ("video_url", "HOST/broad.mp4")]), Status("2207026")),
    ("thinner than 0.01:1", |s| s.make(&[("media_type", "REELS"), ("video_url", "HOST/thin.mp4")]), Status("2207026")),
    ("shorter than 3 s", |s| s.make(&[("media_type", "REELS"), ("video_url", "HOST/short.mp4")]), Status("2207026")),
    ("longer than 15 min", |s| s.make(&[("media_type", "REELS"), ("video_url", "HOST/long.mp4")]), Status("2207026")),
    ("a story longer than 60 s", |s| s.make(&[("media_type", "STORIES"), ("video_url", "HOST/minute.mp4")]), Status("2207026")),
    ("a list of edits", |s| s.make(&[("media_type", "REELS"), ("video_url", "HOST/edited.mp4")]), Status("2207026")),
    ("an index at the end", |s| s.make(&[("media_type", "REELS"), ("video_url", "HOST/index-last.mp4")]), Status("2207026")),
    ("sound that is MP3", |s| s.make(&[("media_type", "REELS"), ("video_url", "HOST/mp3.mp4")]), Status("2207026")),
    ("a cover's time behind the end", |s| s.reel_with("thumb_offset", "10000"), Status("2207057")),
    ("a host without ranges", |s| s.make(&[("media_type", "REELS"), ("video_url", "HOST/no-range.mp4")]), Status("2207077")),
    ("a video that is not there", |s| s.make(&[("media_type", "REELS"), ("video_url", "HOST/missing.mp4")]), Status("2207052")),
    ("a page instead of a video", |s| s.make(&[("media_type", "REELS"), ("video_url", "HOST/page.mp4")]), Status("2207052")),
    // Publishing.
    ("no container", |s| s.linked.post(&s.world, &format!("{}/media_publish", s.linked.grant.remote_id), &[]), Graph(400, 100, 0)),
    ("a container that does not exist", |s| s.publish("17"), Graph(400, 24, 2_207_008)),
    ("a container that is not ready", |s| s.publish(&s.picture("a.jpg").id()), Graph(400, 9_007, 2_207_027)),
    (
        "a container that failed",
        |s| {
            let id = s.make(&[("media_type", "REELS"), ("video_url", "HOST/bad.mp4")]).id();
            s.world.sim.settle();
            s.world.seconds(2);
            s.publish(&id)
        },
        Graph(400, 9_007, 2_207_027),
    ),
    (
        "a published container",
        |s| {
            let id = s.ready();
            s.publish(&id).id();
            s.publish(&id)
        },
        Graph(400, 24, 2_207_008),
    ),
    (
        "a container of yesterday",
        |s| {
            let id = s.ready();
            s.world.seconds(86_400);
            s.publish(&id)
        },
        Graph(400, 24, 2_207_008),
    ),
    ("another account's container", |s| s.own.publish(&s.world, &s.ready()), Graph(400, 24, 2_207_008)),
    ("an item by itself", |s| s.publish(&s.items(&["/a.jpg"])), Graph(400, 24, 2_207_006)),
    (
        "one more than the limit",
        |s| {
            s.world.sim.set(|settings| settings.instagram_quota = 1);
            s.posted();
            s.publish(&s.ready())
        },
        Graph(400, 9, 2_207_042),
    ),
    (
        "a restricted account",
        |s| {
            let id = s.ready();
            s.world.sim.set_instagram(&s.linked.grant.remote_id, |gates| gates.restricted = true);
            s.publish(&id)
        },
        Graph(400, 25, 2_207_050),
    ),
    (
        "an account that is personal again",
        |s| {
            let id = s.ready();
            s.world.sim.set_instagram(&s.linked.grant.remote_id, |gates| gates.personal = true);
            s.publish(&id)
        },
        Graph(403, 10, 0),
    ),
    // Access.
    ("no token", |s| s.world.get(&s.linked.url("me"), ""), Graph(400, 2_500, 0)),
    ("a token of Instagram's on Facebook's host", |s| s.world.get(&s.linked.url(&s.linked.grant.remote_id), &s.own.grant.access_token), Graph(401, 190, 0)),
    ("a token of Facebook's on Instagram's host", |s| s.world.get(&s.own.url(&s.own.grant.remote_id), &s.linked.grant.access_token), Graph(401, 190, 0)),
    ("another account", |s| s.get(&s.own.grant.remote_id), Graph(400, 100, 33)),
    ("reading another account's container", |s| s.own.get(&s.world, &s.ready()), Graph(400, 100, 33)),
    ("an object that does not exist", |s| s.get("18000000000000001"), Graph(400, 100, 33)),
    (
        "a token that is over",
        |s| {
            s.world.sim.expire_token(&s.own.grant.remote_id);
            s.own.get(&s.world, "me")
        },
        Graph(401, 190, 463),
    ),
    (
        "publishing without its permission",
        |s| {
            let token = s.token(&s.code("instagram_business_basic"), INSTAGRAM_APP_SECRET, "instagram").json();
            let account = s.world.get(&s.own.url("me?fields=user_id"), token["access_token"].as_str().unwrap()).json();
            let url = s.own.url(&format!("{}/media", account["user_id"].as_str().unwrap()));
            s.world.form(&url, token["access_token"].as_str().unwrap(), &[("image_url", &format!("{}/a.jpg", s.host.url))])
        },
        Graph(403, 10, 0),
    ),
    ("a field that does not exist", |s| s.get(&format!("{}?fields=likes", s.posted())), Graph(400, 100, 0)),
    ("a list of none", |s| s.get(&format!("{}/media?limit=0", s.linked.grant.remote_id)), Graph(400, 100, 0)),
    ("a cursor that is none", |s| s.get(&format!("{}/media?after=x", s.linked.grant.remote_id)), Graph(400, 100, 0)),
    (
        "the limit of last week",
        |s| s.get(&format!("{}/content_publishing_limit?since={}", s.linked.grant.remote_id, s.world.clock.now().timestamp() - 604_800)),
        Graph(400, 100, 0),
    ),
    // Comments and deletion.
    ("a comment of nothing", |s| s.comment(&s.posted(), " "), Graph(400, 100, 0)),
    ("a comment of 301", |s| s.comment(&s.posted(), &"x".repeat(301)), Graph(400, 100, 0)),
    ("a comment with 5 hashtags", |s| s.comment(&s.posted(), "#a #b #c #d #e"), Graph(400, 100, 0)),
    ("a comment with 2 links", |s| s.comment(&s.posted(), "https://a.example https://b.example"), Graph(400, 100, 0)),
    ("a comment on nothing", |s| s.comment("18000000000000001", "x"), Graph(400, 100, 33)),
    ("a comment on an item", |s| s.comment(&s.item_of_a_post(), "x"), Graph(400, 100, 0)),
    (
        "a comment on a story",
        |s| {
            let story = s.story_with("caption", "x").id();
            s.world.seconds(2);
            s.comment(&s.publish(&story).id(), "x")
        },
        Graph(400, 100, 0),
    ),
    (
        "a comment where there are none",
        |s| {
            let media = s.posted();
            s.linked.post(&s.world, &media, &[("comment_enabled", "false")]);
            s.comment(&media, "x")
        },
        Graph(400, 100, 0),
    ),
    ("a switch without a position", |s| s.linked.post(&s.world, &s.posted(), &[]), Graph(400, 100, 0)),
    ("a switch with a third position", |s| s.linked.post(&s.world, &s.posted(), &[("comment_enabled", "maybe")]), Graph(400, 100, 0)),
    ("deleting on Instagram's host", |s| s.delete(&s.own, &s.own.posted(&s.world, &s.host)), Graph(400, 100, 33)),
    ("deleting an item", |s| s.delete(&s.linked, &s.item_of_a_post()), Graph(400, -1, 2_207_073)),
    (
        "deleting what somebody else posted",
        |s| s.delete(&s.linked, &s.world.sim.post_as_somebody_else(&s.linked.grant.remote_id, "x").unwrap()),
        Graph(400, -1, 2_207_073),
    ),
    // The upload host.
    ("an upload without a token", |s| s.upload("", &[("offset", "0"), ("file_size", "5000")]), Upload("ProcessingFailedError")),
    ("an upload by somebody else", |s| s.upload(&s.own.grant.access_token, &[("offset", "0"), ("file_size", "5000")]), Upload("ProcessingFailedError")),
    ("an upload without an offset", |s| s.upload(&s.linked.grant.access_token, &[("file_size", "5000")]), Upload("ParameterValidationError")),
    ("an upload without a size", |s| s.upload(&s.linked.grant.access_token, &[("offset", "0")]), Upload("ParameterValidationError")),
    (
        "an upload that begins in the middle",
        |s| s.upload(&s.linked.grant.access_token, &[("offset", "7"), ("file_size", "5007")]),
        Upload("OffsetInvalidError"),
    ),
    ("an upload of too many bytes", |s| s.upload(&s.linked.grant.access_token, &[("offset", "0"), ("file_size", "4000")]), Upload("PartialRequestError")),
    ("an upload of too few bytes", |s| s.upload(&s.linked.grant.access_token, &[("offset", "0"), ("file_size", "6000")]), Upload("PartialRequestError")),
    // The login.
    ("a wrong secret", |s| s.token(&s.code("instagram_business_basic"), "guessed", "instagram"), Flat("(#100) Invalid platform app")),
    ("no code", |s| s.token("AQ", INSTAGRAM_APP_SECRET, "instagram"), Flat("Matching code was not found or was already used")),
    (
        "a code twice",
        |s| {
            let code = s.code("instagram_business_basic");
            s.token(&code, INSTAGRAM_APP_SECRET, "instagram");
            s.token(&code, INSTAGRAM_APP_SECRET, "instagram")
        },
        Flat("Matching code was not found or was already used"),
    ),
    (
        "a code with its fragment",
        |s| s.token(&format!("{}#_", s.code("instagram_business_basic")), INSTAGRAM_APP_SECRET, "instagram"),
        Flat("Matching code was not found or was already used"),
    ),
    (
        "a code of an hour ago",
        |s| {
            let code = s.code("instagram_business_basic");
            s.world.seconds(3_600);
            s.token(&code, INSTAGRAM_APP_SECRET, "instagram")
        },
        Flat("This authorization code has expired"),
    ),
    (
        "another redirect URI",
        |s| s.token(&s.code("instagram_business_basic"), INSTAGRAM_APP_SECRET, "facebook"),
        Flat("Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request"),
    ),
    ("a refresh on the first day", |s| s.refresh("GET"), Graph(400, 100, 0)),
    (
        "a refresh by POST",
        |s| {
            s.world.seconds(86_400);
            s.refresh("POST")
        },
        Graph(400, 100, 0),
    ),
    (
        "a refresh after 60 days",
        |s| {
            s.world.seconds(5_183_944);
            s.refresh("GET")
        },
        Graph(401, 190, 463),
    ),
    ("a refresh of another kind", |s| s.renew("GET", "refresh_access_token", &[("grant_type", "refresh_token")]), Graph(400, 100, 0)),
    (
        "a long token exchanged again",
        |s| s.renew("GET", "access_token", &[("grant_type", "ig_exchange_token"), ("client_secret", INSTAGRAM_APP_SECRET)]),
        Graph(401, 190, 0),
    ),
    (
        "an exchange with a wrong secret",
        |s| s.renew("GET", "access_token", &[("grant_type", "ig_exchange_token"), ("client_secret", "guessed")]),
        Graph(400, 100, 0),
    ),
];

#[test]
fn each_is_refused_with_its_documented_answer() {
    let mut wrong = Vec::new();
    let host = media_host();
    for (name, send, expected) in ROWS {
        let world = world();
        let (linked, own) = (user(&world, InstagramLogin::Facebook), user(&world, InstagramLogin::Instagram));
        let scene = Scene { host: host.clone(), world, linked, own };
        let reply = send(&scene);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (body, ok) = (reply.json(), reply.status);
        let same = match expected {
            Graph(status, code, subcode) => (*status, (*code, *subcode)) == (ok, reply.graph()),
            Flat(message) => ok == 400 && body["code"] == 400 && text(&body["error_type"]) == "OAuthException" && text(&body["error_message"]) == *message,
            Upload(kind) => ok == 400 && text(&body["debug_info"]["type"]) == *kind,
            Status(subcode) => {
                scene.world.sim.settle();
                scene.world.seconds(2);
                let read = scene.get(&format!("{}?fields=status_code,status", reply.id())).json();
                read["status_code"] == "ERROR" && text(&read["status"]).ends_with(subcode)
            }
        };
        if !same {
            wrong.push(format!("{name}: {} {}", reply.status, reply.text));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let mut names: Vec<&str> = ROWS.iter().map(|row| row.0).collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() == count() && count() >= 55, "each row is another misuse");
}
