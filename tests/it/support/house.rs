//! A whole installation against a simulated world, on one clock set by hand: real database, real files, real HTTP; the engine is driven step by
//! step on the test's own thread. A house can be left at any moment (as by a crash) and entered again on the same data folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use chrono::{DateTime, TimeDelta, Utc};
use pm3k::actions::posts::{self, NewPost, Schedule, Target, View};
use pm3k::actions::{self, Actor};
use pm3k::app::App;
use pm3k::clock::Clock;
use pm3k::config::{self, Config, FacebookApp, InstagramApp, TiktokApp};
use pm3k::ids::{AccountId, MediaId, PostId, WorkspaceId};
use pm3k::kind::{Kind, Login, Platform};
use pm3k::media::Workshop;
use pm3k::media::rendition::Tools;
use pm3k::model::job::{self, JobState};
use pm3k::model::{account, comment, workspace};
use pm3k::platform::Access;
use pm3k::publisher::Engine;
use pm3k::secret::Secret;
use pm3k::web::{Server, Stopper};
use serde_json::{Map, Value, json};
use simulator::{Grant, InstagramLogin, Options, Simulator, VisiblePost};

pub fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/media").join(name)
}

/// An account for a test. Instagram stands for the account that is linked to a Page (Facebook Login) unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Tiktok,
    Page,
    InstagramByFacebook,
    InstagramByItself,
}

pub struct House {
    pub dir: tempfile::TempDir,
    pub simulator: Simulator,
    pub clock: Clock,
    /// Where the server listens; none: anywhere, and pages are not visited.
    pub listen: Option<std::net::SocketAddr>,
    /// What converts videos: nothing, unless a test says otherwise, so that tests do not depend on what is installed.
    pub tools: Arc<Workshop>,
}

/// The open installation.
pub struct Inside<'a> {
    pub house: &'a House,
    pub app: Arc<App>,
    pub engine: Engine,
    pub workspace: WorkspaceId,
    /// Answers at `engine.public_url`; the simulated platforms fetch from it.
    server: (Stopper, Option<JoinHandle<()>>),
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.server.0.stop();
        if let Some(thread) = self.server.1.take() {
            thread.join().unwrap();
        }
    }
}

impl House {
    pub fn build() -> House {
        House::with(Options { clock: simulator::Clock::manual(start()), auto_consent: true, limits: false, ..Options::default() })
    }

    pub fn with(options: Options) -> House {
        // Shown by the test runner when a test fails.
        let _ = tracing_subscriber::fmt().with_env_filter("pm3k=debug").with_test_writer().try_init();
        House {
            dir: tempfile::tempdir().unwrap(),
            simulator: Simulator::start(options).unwrap(),
            clock: Clock::manual(start()),
            listen: None,
            tools: Arc::new(Workshop::with(Tools::none())),
        }
    }

    pub fn config(&self) -> Config {
        let mut config = config(self.dir.path(), &self.simulator);
        if let Some(listen) = self.listen {
            config.server.listen = listen;
            config.server.public_url = format!("http://{listen}");
            self.simulator.register_redirects(&config.server.public_url);
        }
        config
    }

    pub fn enter(&self) -> Inside<'_> {
        let (mut app, _) = App::open(self.config(), self.clock.clone()).unwrap();
        app.tools = Arc::clone(&self.tools);
        let app = Arc::new(app);
        let now = self.clock.now();
        let workspace = app.db.write(|tx| workspace::first_or_create(tx, "UTC", now)).unwrap().id;
        let server = Server::bind(Arc::clone(&app)).unwrap();
        let mut engine = app.engine();
        engine.public_url = format!("http://{}", server.address().unwrap());
        let stopper = server.stopper();
        let thread = std::thread::spawn(move || server.run().unwrap());
        // What a start does with the leases of the process before.
        app.db.write(|tx| job::void_leases(tx, now)).unwrap();
        Inside { house: self, app, engine, workspace, server: (stopper, Some(thread)) }
    }

    /// A house whose server has an address that is known beforehand, as redirect URIs are.
    pub fn with_an_address() -> House {
        let listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        House { listen: Some(listen), ..House::build() }
    }

    /// Uses the machine's ffmpeg from now on. False where there is none: such a test has nothing to say then, unless `PM3K_NEED_FFMPEG` says that there must be one.
    pub fn look_for_tools(&mut self) -> bool {
        self.tools = Arc::new(Workshop::default());
        if !self.tools.can_transcode() {
            assert!(std::env::var_os("PM3K_NEED_FFMPEG").is_none(), "there must be an ffmpeg for the tests");
            eprintln!("not tested: there is no ffmpeg on this machine");
        }
        self.tools.can_transcode()
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub fn go_to(&self, now: DateTime<Utc>) {
        self.clock.set(now);
        self.simulator.clock().set(now);
    }

    pub fn visible(&self) -> Vec<VisiblePost> {
        self.simulator.posts()
    }

    /// A new account of the simulated world.
    pub fn grant(&self, who: Who, name: &str) -> Grant {
        match who {
            Who::Tiktok => self.simulator.add_tiktok_user(name),
            Who::Page => self.simulator.add_page(name),
            Who::InstagramByFacebook => self.simulator.add_instagram(name, InstagramLogin::Facebook),
            Who::InstagramByItself => self.simulator.add_instagram(name, InstagramLogin::Instagram),
        }
    }
}

impl Inside<'_> {
    /// Connects an account as the connect action stores it, without the consent pages.
    pub fn connect(&self, who: Who, name: &str) -> AccountId {
        let grant = self.house.grant(who, name);
        self.store(who, &grant)
    }

    pub fn store(&self, who: Who, grant: &Grant) -> AccountId {
        let (platform, login) = match who {
            Who::Tiktok => (Platform::Tiktok, Login::Tiktok),
            Who::Page => (Platform::Facebook, Login::Facebook),
            Who::InstagramByFacebook => (Platform::Instagram, Login::Facebook),
            Who::InstagramByItself => (Platform::Instagram, Login::Instagram),
        };
        let now = self.house.now();
        let access = Access {
            token: Secret::new(&*grant.access_token),
            user_token: grant.user_token.clone().map(Secret::new),
            refresh_token: grant.refresh_token.clone().map(Secret::new),
            issued_at: now,
            expires_at: grant.expires_at,
            refresh_expires_at: grant.refresh_expires_at,
        };
        self.app
            .db
            .write(|tx| {
                let connected = account::Connected {
                    workspace_id: self.workspace,
                    platform,
                    login,
                    remote_id: &grant.remote_id,
                    person_id: grant.user_id.as_deref(),
                    username: &grant.username,
                    display_name: &grant.name,
                    avatar: None,
                    scopes: &grant.scopes,
                    missing_scopes: &[],
                    connected_by: None,
                };
                let id = account::connect(tx, &connected, now)?;
                let sealed = self.app.keys.seal(&account::access_place(id), &serde_json::to_vec(&access).unwrap());
                account::store_access(tx, id, &sealed, access.expires_at, access.refresh_expires_at)?;
                job::let_go_account(tx, id, job::NEEDS_RECONNECT)?;
                Ok::<_, rusqlite::Error>(id)
            })
            .unwrap()
    }

    pub fn upload(&self, name: &str) -> MediaId {
        self.upload_bytes(name, &std::fs::read(file(name)).unwrap())
    }

    pub fn upload_bytes(&self, name: &str, bytes: &[u8]) -> MediaId {
        let mut incoming = actions::media::begin(&self.app, None).unwrap();
        std::io::Write::write_all(&mut incoming, bytes).unwrap();
        let arrived = actions::media::Arrived { workspace: self.workspace, file_name: name, declared: None, idempotency_key: None };
        actions::media::store(&self.app, Actor::Cli, &arrived, incoming.finish().unwrap(), self.house.now()).unwrap()
    }

    pub fn schedule(&self, caption: &str, media: &[MediaId], at: DateTime<Utc>, targets: &[(AccountId, Kind)]) -> PostId {
        self.try_schedule(caption, media, at, targets).unwrap()
    }

    pub fn try_schedule(&self, caption: &str, media: &[MediaId], at: DateTime<Utc>, targets: &[(AccountId, Kind)]) -> Result<PostId, actions::Error> {
        let targets = targets
            .iter()
            .map(|(account_id, kind)| Target { account_id: *account_id, kind: Some(*kind), caption: None, options: options(*kind), adjust: Default::default() })
            .collect();
        let new = NewPost { caption: caption.into(), media: media.to_vec(), schedule: Schedule::At(at), targets };
        posts::create(&self.app, Actor::Cli, self.workspace, &new, None, self.house.now())
    }

    pub fn view(&self, post: PostId) -> View {
        posts::view(&self.app, self.workspace, post).unwrap()
    }

    /// Lets time pass until `until`, taking up what is due on the way, moment by moment.
    pub fn run_until(&self, until: DateTime<Utc>) {
        loop {
            while self.engine.tick().unwrap() > 0 {}
            match self.next() {
                Some(next) if next <= until => self.house.go_to(next.max(self.house.now())),
                _ => break,
            }
        }
        self.house.go_to(until);
    }

    /// When the engine has to look next.
    fn next(&self) -> Option<DateTime<Utc>> {
        let now = self.house.now();
        self.app.db.read(|db| Ok::<_, rusqlite::Error>([job::next_at(db, now)?, comment::next_at(db, now)?].into_iter().flatten().min())).unwrap()
    }

    /// Lets time pass until every job of the post has ended, for two days at the most.
    pub fn run_to_the_end(&self, post: PostId) -> View {
        let limit = self.house.now() + TimeDelta::hours(50);
        loop {
            while self.engine.tick().unwrap() > 0 {}
            let view = self.view(post);
            let next = self.app.db.read(|db| job::next_at(db, self.house.now())).unwrap();
            match next {
                Some(next) if view.jobs.iter().any(|job| job.state.is_live()) && next < limit => self.house.go_to(next.max(self.house.now())),
                _ => return view,
            }
        }
    }
}

/// The options that a kind cannot do without.
pub fn options(kind: Kind) -> Map<String, Value> {
    match kind {
        Kind::Video => json!({"privacy_level": "PUBLIC_TO_EVERYONE"}).as_object().cloned().unwrap(),
        _ => Map::new(),
    }
}

/// Every job is out.
pub fn assert_published(view: &View) {
    for job in &view.jobs {
        assert_eq!(job.state, JobState::Published, "{} {}: {:?}", job.platform, job.kind, job.last_error);
    }
}

pub fn config(data_dir: &Path, simulator: &Simulator) -> Config {
    let urls = simulator.base_urls();
    let public_url = "http://127.0.0.1:1".to_owned();
    simulator.register_redirects(&public_url);
    Config {
        data_dir: data_dir.to_owned(),
        server: config::Server { listen: "127.0.0.1:0".parse().unwrap(), public_url, trusted_proxies: Vec::new() },
        operator: config::Operator::default(),
        tiktok: TiktokApp {
            client_key: simulator::TIKTOK_CLIENT_KEY.into(),
            client_secret: Secret::new(simulator::TIKTOK_CLIENT_SECRET),
            scopes: ["user.info.basic", "video.upload", "video.publish"].map(String::from).to_vec(),
            audited: true,
            authorize_url: urls.tiktok_authorize_url,
            api_url: urls.tiktok_api_url,
            upload_hosts: vec!["tiktokapis.com".into()],
        },
        facebook: FacebookApp {
            app_id: simulator::FACEBOOK_APP_ID.into(),
            app_secret: Secret::new(simulator::FACEBOOK_APP_SECRET),
            graph_version: "v26.0".into(),
            login_config_id: String::new(),
            dialog_url: urls.facebook_dialog_url,
            graph_url: urls.facebook_graph_url,
            video_url: urls.facebook_video_url,
            upload_url: urls.facebook_upload_url,
        },
        instagram: InstagramApp {
            app_id: simulator::INSTAGRAM_APP_ID.into(),
            app_secret: Secret::new(simulator::INSTAGRAM_APP_SECRET),
            graph_version: "v26.0".into(),
            authorize_url: urls.instagram_authorize_url,
            token_url: urls.instagram_token_url,
            graph_url: urls.instagram_graph_url,
        },
        publisher: config::Publisher { workers: 16, late_within: TimeDelta::hours(1), stage_ahead: TimeDelta::minutes(45) },
        media: config::Media { max_upload: 4 << 30, quota: 50 << 30, free_space_floor: 0, failed_retention: TimeDelta::days(30) },
        retention: config::Retention { posts: TimeDelta::days(365), logs: TimeDelta::days(30), audit: TimeDelta::days(365) },
    }
}
