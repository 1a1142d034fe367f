//! An Instagram account through either login, and the media that it posts.

use simulator::{Grant, InstagramLogin};

use crate::{
    clips::{CLIP, Clip},
    support::{Host, Reply, World, host, jpeg, video, world},
};

pub const LOGINS: [InstagramLogin; 2] = [InstagramLogin::Facebook, InstagramLogin::Instagram];

pub fn media_host() -> Host {
    let mut large = jpeg(1_000, 1_000);
    large.resize((8 << 20) + 1, 0);
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend([0, 0, 3, 232, 0, 0, 3, 232]);
    let mut several = jpeg(1_080, 1_080);
    several.extend(b"\xFF\xE2\0\x06MPF\0");
    host(vec![
        ("/several.jpg", "image/jpeg", several),
        ("/no-range.mp4", "video/mp4", video(100_000)),
        ("/a.jpg", "image/jpeg", jpeg(1_080, 1_080)),
        ("/tall.jpg", "image/jpeg", jpeg(1_080, 1_351)),
        ("/portrait.jpg", "image/jpeg", jpeg(1_080, 1_350)),
        ("/wide.jpg", "image/jpeg", jpeg(1_920, 1_000)),
        ("/large.jpg", "image/jpeg", large),
        ("/a.png", "image/png", png),
        ("/page", "text/html", b"<html>".to_vec()),
        ("/a.mp4", "video/mp4", video(100_000)),
        ("/bad.mp4", "video/mp4", vec![3; 500]),
        ("/a.webm", "video/webm", [&[0x1A, 0x45, 0xDF, 0xA3][..], &[0; 500]].concat()),
        ("/page.mp4", "text/html", b"<html>".to_vec()),
        ("/cut.mp4", "video/mp4", video(100_000)[..50_000].to_vec()),
        ("/av1.mp4", "video/mp4", clip(Clip { codec: *b"av01", ..CLIP })),
        ("/slow.mp4", "video/mp4", clip(Clip { frames_per_second: 20, ..CLIP })),
        ("/fast.mp4", "video/mp4", clip(Clip { frames_per_second: 90, ..CLIP })),
        ("/broad.mp4", "video/mp4", clip(Clip { width: 2_000, ..CLIP })),
        ("/thin.mp4", "video/mp4", clip(Clip { width: 8, height: 1_000, ..CLIP })),
        ("/short.mp4", "video/mp4", clip(Clip { milliseconds: 2_900, ..CLIP })),
        ("/minute.mp4", "video/mp4", clip(Clip { milliseconds: 61_000, ..CLIP })),
        ("/long.mp4", "video/mp4", clip(Clip { milliseconds: 901_000, ..CLIP })),
        ("/edited.mp4", "video/mp4", clip(Clip { edited: true, ..CLIP })),
        ("/index-last.mp4", "video/mp4", clip(Clip { index_first: false, ..CLIP })),
        ("/mp3.mp4", "video/mp4", clip(Clip { sound: Some(*b".mp3"), ..CLIP })),
        ("/silent.mp4", "video/mp4", clip(Clip { sound: None, ..CLIP })),
        ("/a.mov", "video/quicktime", clip(Clip { quicktime: true, codec: *b"hvc1", ..CLIP })),
    ])
}

fn clip(clip: Clip) -> Vec<u8> {
    clip.bytes(8_000)
}

fn base(world: &World, login: InstagramLogin) -> String {
    match login {
        InstagramLogin::Facebook => world.urls.facebook_graph_url.clone(),
        InstagramLogin::Instagram => world.urls.instagram_graph_url.clone(),
    }
}

pub struct User {
    pub grant: Grant,
    pub base: String,
}

pub fn user(world: &World, login: InstagramLogin) -> User {
    User { grant: world.sim.add_instagram("poster", login), base: base(world, login) }
}

impl User {
    pub fn url(&self, path: &str) -> String {
        format!("{}/v26.0/{path}", self.base)
    }

    pub fn create(&self, world: &World, fields: &[(&str, &str)]) -> Reply {
        world.form(&self.url(&format!("{}/media", self.grant.remote_id)), &self.grant.access_token, fields)
    }

    pub fn image(&self, world: &World, host: &Host, path: &str) -> Reply {
        self.create(world, &[("image_url", &format!("{}{path}", host.url)), ("caption", "hello #cats")])
    }

    pub fn status(&self, world: &World, id: &str) -> String {
        let reply = world.get(&self.url(&format!("{id}?fields=status_code,status")), &self.grant.access_token);
        reply.json()["status_code"].as_str().unwrap_or_else(|| panic!("{}", reply.text)).to_owned()
    }

    pub fn publish(&self, world: &World, id: &str) -> Reply {
        let url = self.url(&format!("{}/media_publish", self.grant.remote_id));
        world.form(&url, &self.grant.access_token, &[("creation_id", id)])
    }

    pub fn get(&self, world: &World, path: &str) -> Reply {
        world.get(&self.url(path), &self.grant.access_token)
    }

    pub fn post(&self, world: &World, path: &str, fields: &[(&str, &str)]) -> Reply {
        world.form(&self.url(path), &self.grant.access_token, fields)
    }

    /// A container that can be published now.
    pub fn ready(&self, world: &World, fields: &[(&str, &str)]) -> String {
        let id = self.create(world, fields).id();
        world.sim.settle();
        world.seconds(2);
        assert_eq!(self.status(world, &id), "FINISHED");
        id
    }

    /// The items of a carousel, finished: pictures and videos as their names end.
    pub fn items(&self, world: &World, host: &Host, paths: &[&str]) -> String {
        let item = |path: &&str| {
            let url = format!("{}{path}", host.url);
            let source = if path.ends_with("mp4") { "video_url" } else { "image_url" };
            self.ready(world, &[(source, &url), ("is_carousel_item", "true")])
        };
        paths.iter().map(item).collect::<Vec<String>>().join(",")
    }

    /// A picture that is live.
    pub fn posted(&self, world: &World, host: &Host) -> String {
        let url = format!("{}/a.jpg", host.url);
        let container = self.ready(world, &[("image_url", &url), ("caption", "hello")]);
        self.publish(world, &container).id()
    }
}

/// A world, an account in it, and a host with media.
pub fn scene(login: InstagramLogin) -> (World, Host, User) {
    let world = world();
    let user = user(&world, login);
    (world, media_host(), user)
}
