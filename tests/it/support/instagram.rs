//! Posts of each kind that Instagram takes, and accounts of both logins to publish them to.

use pm3k::kind::{Kind, Login, Platform};
use pm3k::platform::http::Http;
use pm3k::platform::instagram::Instagram;
use pm3k::platform::{Access, Account, Content};
use serde_json::json;
use simulator::InstagramLogin;

use super::meta::{Ended, Job, World, account, content, sha256};

pub const LOGINS: [Login; 2] = [Login::Facebook, Login::Instagram];

/// Every form that a post on Instagram takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Image,
    Reel,
    Carousel,
    ImageStory,
    VideoStory,
}

pub const FORMS: [Form; 5] = [Form::Image, Form::Reel, Form::Carousel, Form::ImageStory, Form::VideoStory];

pub fn professional(world: &World, login: Login) -> (Account, Access) {
    let through = if login == Login::Instagram { InstagramLogin::Instagram } else { InstagramLogin::Facebook };
    account(Platform::Instagram, login, &world.sim.add_instagram("test.account", through))
}

pub fn adapter(world: &World) -> Instagram {
    Instagram::new(Some(world.facebook_app()), Some(world.instagram_app()), Http::default())
}

pub fn publish(world: &World, (account, access): &(Account, Access), content: &Content, in_seconds: i64) -> Ended {
    let adapter = adapter(world);
    Job { world, adapter: &adapter, account, access, content, publish_at: world.later(in_seconds) }.run()
}

/// A post of this form. Through Facebook Login videos are pushed and need no address.
pub fn post(world: &mut World, form: Form, login: Login) -> Content {
    let photo = |world: &mut World, seed| {
        let item = world.photo(seed);
        world.public(item)
    };
    let video = |world: &mut World, seed| {
        let item = world.video(seed);
        if login == Login::Instagram { world.public(item) } else { item }
    };
    match form {
        Form::Image => content(Kind::Image, "Zwei Zeilen\nund ein é & ein #schild 😀", vec![photo(world, 1)], json!({"alt_text": "a picture"})),
        Form::Reel => content(Kind::Reel, "Look #here", vec![video(world, 1)], json!({"share_to_feed": true, "thumb_offset": 500})),
        Form::Carousel => {
            let media = vec![photo(world, 1), video(world, 2), photo(world, 3)];
            content(Kind::Carousel, "Swipe, @friend", media, json!({"alt_text": ["one", null, "three"]}))
        }
        Form::ImageStory => content(Kind::Story, "not shown", vec![photo(world, 1)], json!({})),
        Form::VideoStory => content(Kind::Story, "not shown", vec![video(world, 1)], json!({})),
    }
}

/// One post and no other is visible, with what was to be published, and the job knows which.
pub fn assert_published(world: &World, account: &Account, content: &Content, ended: &Ended) {
    let posts = world.posts(account);
    assert_eq!(posts.len(), 1, "{ended:?}");
    let post = &posts[0];
    assert_eq!(post.kind, content.kind.as_str());
    assert_eq!(post.caption, if content.kind == Kind::Story { "" } else { &content.caption });
    assert_eq!(post.media_sha256, content.media.iter().map(sha256).collect::<Vec<_>>());
    let published = ended.published.as_ref().unwrap_or_else(|| panic!("{ended:?}"));
    assert_eq!(published.remote_id.as_deref(), Some(post.remote_id.as_str()));
    assert_eq!(published.permalink.as_deref(), Some(post.permalink.as_str()));
    world.assert_documented();
}
