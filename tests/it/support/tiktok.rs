//! One TikTok creator in a simulated world, and a post driven through the adapter as the publisher would drive it, on a clock set by hand.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use pm3k::config::TiktokApp;
use pm3k::kind::{Kind, Login, Platform};
use pm3k::platform::http::Http;
use pm3k::platform::tiktok::Tiktok;
use pm3k::platform::{Access, Account, Adapter, Connect, Content, ErrorClass, Item, PlatformError, Published, Settled, Step, Work};
use pm3k::secret::Secret;
use serde_json::{Map, Value, json};
use simulator::{Clock, Grant, Options, Simulator, TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET};

use super::fetched::Fetched;

/// How a post ended.
#[derive(Debug)]
pub enum End {
    Published(Published<Value>),
    Failed(PlatformError),
    Unknown(String),
}

impl End {
    pub fn published(self) -> Published<Value> {
        match self {
            End::Published(published) => published,
            other => panic!("not published: {other:?}"),
        }
    }

    pub fn failed(self) -> PlatformError {
        match self {
            End::Failed(error) => error,
            other => panic!("not failed: {other:?}"),
        }
    }
}

pub struct World {
    pub simulator: Simulator,
    pub tiktok: Tiktok,
    pub grant: Grant,
    /// Where TikTok fetches photos.
    pub host: Fetched,
}

pub fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

pub fn app(simulator: &Simulator) -> TiktokApp {
    let urls = simulator.base_urls();
    TiktokApp {
        client_key: TIKTOK_CLIENT_KEY.into(),
        client_secret: Secret::new(TIKTOK_CLIENT_SECRET),
        scopes: ["user.info.basic", "video.upload", "video.publish"].map(String::from).to_vec(),
        audited: true,
        authorize_url: urls.tiktok_authorize_url,
        api_url: urls.tiktok_api_url,
        upload_hosts: vec!["tiktokapis.com".into()],
    }
}

pub fn simulator() -> Simulator {
    Simulator::start(Options { clock: Clock::manual(start()), auto_consent: true, ..Options::default() }).unwrap()
}

impl World {
    pub fn new() -> World {
        let simulator = simulator();
        let tiktok = Tiktok::new(app(&simulator), Http::default());
        let grant = simulator.add_tiktok_user("studio");
        World { simulator, tiktok, grant, host: Fetched::start() }
    }

    /// One whose app owns `video.list`, so that the creator's public posts can be asked for.
    pub fn with_list() -> World {
        let world = World::new();
        world.simulator.set(|settings| settings.tiktok_scopes.push("video.list".into()));
        let grant = world.simulator.add_tiktok_user("studio");
        World { grant, ..world }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.simulator.clock().now()
    }

    /// Two photos, due in half an hour.
    pub fn photos(&self, kind: Kind) -> Job<'_> {
        let mut job = self.job(kind, &media("photo.jpg"));
        job.content.media = vec![photo("photo.jpg", "image/jpeg", 1080, 1350), photo("photo.webp", "image/webp", 480, 600)];
        job
    }

    /// A post that is due in half an hour.
    pub fn job(&self, kind: Kind, file: &Path) -> Job<'_> {
        let direct = matches!(kind, Kind::Video | Kind::Photos);
        let options = if direct { json!({"privacy_level": "PUBLIC_TO_EVERYONE", "disable_comment": false}) } else { json!({}) };
        Job {
            world: self,
            account: Account {
                platform: Platform::Tiktok,
                login: Login::Tiktok,
                remote_id: self.grant.remote_id.clone(),
                username: self.grant.username.clone(),
                scopes: self.grant.scopes.clone(),
                standing: None,
            },
            access: access(&self.grant, self.now()),
            content: Content { kind, caption: "hello #cats 😀".into(), options: map(options), media: vec![item(file)] },
            publish_at: self.now() + TimeDelta::minutes(30),
            called_at: None,
            progress: Value::Null,
            unsettled: false,
            taken: Vec::new(),
            attempt: 0,
            renews: false,
            errors: Vec::new(),
        }
    }

    /// How often the calls of this name were made.
    pub fn count(&self, name: &str) -> usize {
        self.simulator.calls().iter().filter(|call| call.name == name).count()
    }

    /// The sentence that the tests are for: so many posts can be seen, however long one waits.
    pub fn assert_visible(&self, expected: usize) {
        self.simulator.clock().advance(std::time::Duration::from_secs(3600));
        let posts = self.simulator.posts();
        assert_eq!(posts.len(), expected, "{posts:#?}\n{:#?}", self.simulator.calls());
        let foreign: Vec<_> = self.simulator.calls().into_iter().filter(|call| call.undocumented).collect();
        assert!(foreign.is_empty(), "{foreign:#?}");
    }
}

pub struct Job<'a> {
    pub world: &'a World,
    pub account: Account,
    pub access: Access,
    pub content: Content,
    pub publish_at: DateTime<Utc>,
    pub called_at: Option<DateTime<Utc>>,
    pub progress: Value,
    pub unsettled: bool,
    pub taken: Vec<String>,
    pub attempt: u64,
    /// An access that has ended is renewed, and the same step taken again.
    pub renews: bool,
    /// Every error met on the way.
    pub errors: Vec<PlatformError>,
}

impl Job<'_> {
    pub fn is_irreversible(&self) -> bool {
        self.world.tiktok.stage(&self.progress).unwrap().irreversible
    }

    fn wait_until(&self, until: DateTime<Utc>) {
        if until > self.world.now() {
            self.world.simulator.clock().set(until);
        }
    }

    /// One step, as the publisher makes it; the end, if it was the last one.
    pub fn step(&mut self) -> Option<End> {
        self.attempt += 1;
        if self.content.media.iter().all(|item| !item.is_video) {
            for item in &mut self.content.media {
                item.public_url = Some(self.world.host.address(&item.path, self.attempt));
            }
        }
        if self.unsettled {
            return self.settle();
        }
        if self.is_irreversible() {
            self.wait_until(self.publish_at);
            self.called_at.get_or_insert(self.world.now());
        }
        match Adapter::advance(&self.world.tiktok, &self.work(false), self.progress.clone()) {
            Ok(Step::Next(progress)) => self.progress = progress,
            Ok(Step::Wait(progress, until)) => {
                self.progress = progress;
                self.wait_until(until);
            }
            Ok(Step::Done(published)) => return Some(End::Published(published)),
            Err(error) => return self.err(error),
        }
        None
    }

    pub fn work(&self, addresses_closed: bool) -> Work<'_> {
        Work {
            account: &self.account,
            access: &self.access,
            content: &self.content,
            publish_at: self.publish_at,
            called_at: self.called_at,
            taken: &self.taken,
            addresses_closed,
            now: self.world.now(),
        }
    }

    fn settle(&mut self) -> Option<End> {
        // A platform that was told an address has asked for it by now, if it ever does.
        self.world.simulator.settle();
        let pulls = self.world.tiktok.stage(&self.progress).unwrap().pulls;
        let closed = pulls && self.world.host.close(self.attempt);
        match Adapter::reconcile(&self.world.tiktok, &self.work(closed), self.progress.clone()) {
            Ok(Settled::Published(published)) => return Some(End::Published(published)),
            Ok(Settled::Continue(progress)) => {
                self.progress = progress;
                self.unsettled = false;
            }
            Ok(Settled::LookAgain(progress, until)) => {
                self.progress = progress;
                self.wait_until(until);
            }
            Ok(Settled::Unknown(known)) => return Some(End::Unknown(known)),
            Err(error) if error.class == ErrorClass::NeedsReconnect => return self.err(error),
            Err(error) => {
                assert!(!matches!(error.class, ErrorClass::Rejected | ErrorClass::Bug), "a look that failed says nothing: {error:?}");
                self.wait_until(self.world.now() + TimeDelta::seconds(30));
                self.errors.push(error);
            }
        }
        None
    }

    fn err(&mut self, error: PlatformError) -> Option<End> {
        // The publisher asks what became of a visible call, and goes on with any other step as it is.
        assert!(error.class != ErrorClass::UnknownOutcome || self.progress["at"]["step"] != "uploading", "nobody asks: {error:?}");
        if error.start_over {
            self.progress = Value::Null;
        }
        self.errors.push(error.clone());
        match error.class {
            ErrorClass::UnknownOutcome => self.unsettled = true,
            ErrorClass::NeedsReconnect if self.renews => self.access = self.world.tiktok.renew(&self.access, self.world.now()).unwrap(),
            ErrorClass::Transient => self.wait_until(self.world.now() + TimeDelta::seconds(10)),
            ErrorClass::RateLimited { until } => self.wait_until(until.unwrap_or(self.world.now() + TimeDelta::seconds(60))),
            _ => return Some(End::Failed(error)),
        }
        None
    }

    pub fn run(&mut self) -> End {
        for _ in 0..1000 {
            if let Some(end) = self.step() {
                return end;
            }
        }
        panic!("the post never ends; errors: {:#?}", self.errors);
    }

    /// Runs until the next call would make the post.
    pub fn stage(&mut self) {
        for _ in 0..1000 {
            if self.is_irreversible() {
                return;
            }
            if let Some(end) = self.step() {
                panic!("ended while it was staged: {end:?}");
            }
        }
        panic!("never staged; errors: {:#?}", self.errors);
    }

    /// Follows a published post until there is nothing to follow.
    pub fn follow(&mut self, mut published: Published<Value>) -> Published<Value> {
        for _ in 0..1000 {
            let Some((progress, until)) = published.follow.take() else { return published };
            self.progress = progress;
            self.wait_until(until);
            match self.step() {
                Some(End::Published(next)) => published = next,
                other => panic!("following cannot fail: {other:?}"),
            }
        }
        panic!("followed for ever");
    }
}

pub fn access(grant: &Grant, now: DateTime<Utc>) -> Access {
    Access {
        token: Secret::new(&grant.access_token),
        user_token: None,
        refresh_token: grant.refresh_token.as_deref().map(Secret::new),
        issued_at: now,
        expires_at: grant.expires_at,
        refresh_expires_at: grant.refresh_expires_at,
    }
}

pub fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

pub fn clip() -> PathBuf {
    media("clip.mp4")
}

pub fn media(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/media").join(name)
}

pub fn photo(name: &str, mime: &str, width: u32, height: u32) -> Item {
    let file = media(name);
    Item { is_video: false, mime: mime.into(), width, height, duration_ms: None, video_codec: None, frame_rate: None, audio_codec: None, ..item(&file) }
}

pub fn item(path: &Path) -> Item {
    Item {
        path: path.to_owned(),
        is_video: true,
        mime: "video/mp4".into(),
        bytes: std::fs::metadata(path).unwrap().len(),
        width: 1080,
        height: 1920,
        duration_ms: Some(3_000),
        video_codec: Some("h264".into()),
        frame_rate: Some(30.0),
        audio_codec: Some("aac".into()),
        public_url: None,
        ..Item::default()
    }
}
