//! A Page and each kind of post for it, as the adapter's tests use them.

use pm3k::kind::{Kind, Login, Platform};
use pm3k::platform::facebook::Facebook;
use pm3k::platform::http::Http;
use pm3k::platform::{Access, Account, Content, Item};
use serde_json::json;

use super::house::file;
use super::meta::{Ended, Job, World, account, content, sha256};

/// The kinds, each with the call that makes it visible and the read that settles it.
pub const KINDS: [(Kind, &str, &str); 7] = [
    (Kind::Text, "facebook.feed", "facebook.published_posts"),
    (Kind::Link, "facebook.feed", "facebook.published_posts"),
    (Kind::Photos, "facebook.feed", "facebook.published_posts"),
    (Kind::Video, "facebook.video_finish", "facebook.video_status"),
    (Kind::Reel, "facebook.reel_finish", "facebook.video_status"),
    (Kind::PhotoStory, "facebook.photo_story", "facebook.stories"),
    (Kind::VideoStory, "facebook.story_finish", "facebook.stories"),
];
pub const LINK: &str = "https://example.org/a?b=c";
/// Bytes of a video's part, so that even a small one has several.
pub const PART: u64 = 300_000;

pub type Page = (Account, Access);

/// A world whose videos come in several parts.
pub fn world() -> World {
    let world = super::meta::world();
    world.sim.set(|settings| settings.facebook.video_chunk = PART);
    world
}

pub fn page(world: &World) -> Page {
    account(Platform::Facebook, Login::Facebook, &world.sim.add_page("Test Page"))
}

pub fn adapter(world: &World) -> Facebook {
    Facebook::new(world.facebook_app(), Http::default())
}

pub fn publish(world: &World, page: &Page, content: &Content, in_seconds: i64) -> Ended {
    publish_by(&adapter(world), world, page, content, in_seconds)
}

pub fn publish_by(adapter: &Facebook, world: &World, (account, access): &Page, content: &Content, in_seconds: i64) -> Ended {
    Job { world, adapter, account, access, content, publish_at: world.later(in_seconds) }.run()
}

/// A real one, with as many bytes behind its end as make several parts.
pub fn landscape(world: &World, seed: u8) -> Item {
    let upright = world.video(seed);
    let mut bytes = std::fs::read(file("landscape.mp4")).unwrap();
    bytes.extend(650_000_u32.to_be_bytes());
    bytes.extend(b"free");
    bytes.resize(bytes.len() + 649_992, seed);
    let path = upright.path.with_file_name(format!("wide-{seed}.mp4"));
    std::fs::write(&path, &bytes).unwrap();
    Item { path, bytes: bytes.len() as u64, width: 1280, height: 720, duration_ms: Some(3_000), frame_rate: Some(25.0), ..upright }
}

/// A post of this kind with everything that it can carry.
pub fn post(world: &World, kind: Kind) -> Content {
    let words = "Zwei Zeilen\nund ein é & ein # 😀";
    match kind {
        Kind::Text => content(kind, words, vec![], json!({})),
        Kind::Link => content(kind, words, vec![], json!({"link": LINK})),
        Kind::Photos => content(kind, words, vec![world.photo(0), world.photo(1)], json!({"alt_text": ["first", null]})),
        Kind::Video => content(kind, words, vec![landscape(world, 1)], json!({"title": "A title"})),
        Kind::Reel => content(kind, words, vec![world.video(1)], json!({"title": "A title"})),
        Kind::PhotoStory => content(kind, "", vec![world.photo(0)], json!({})),
        Kind::VideoStory => content(kind, "", vec![world.video(1)], json!({})),
        other => panic!("a Page takes no {other}"),
    }
}

/// Exactly one post, with these words and bytes, at this link.
pub fn assert_published(world: &World, account: &Account, content: &Content, ended: &Ended) {
    let posts = world.posts(account);
    assert_eq!(posts.len(), 1, "{ended:?}");
    let post = &posts[0];
    assert_eq!((post.kind, post.caption.as_str()), (content.kind.as_str(), content.caption.as_str()));
    assert_eq!(post.media_sha256, content.media.iter().map(sha256).collect::<Vec<_>>());
    assert_eq!(post.details.get("title").map(String::as_str), content.options.get("title").and_then(|title| title.as_str()));
    assert_eq!(post.link.as_deref(), content.options.get("link").and_then(|link| link.as_str()));
    let published = ended.published.as_ref().unwrap_or_else(|| panic!("{ended:?}"));
    assert_eq!(published.remote_id.as_deref(), Some(post.remote_id.as_str()));
    assert_eq!(published.permalink.as_deref(), Some(post.permalink.as_str()));
    world.assert_documented();
}
