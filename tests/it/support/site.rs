//! A running server with its data in a folder of its own, and a browser that keeps cookies: for tests of the pages.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use chrono::{DateTime, TimeDelta, Utc};
use pm3k::actions::Actor;
use pm3k::actions::posts::{self, NewPost, Schedule};
use pm3k::actions::users::{self, NewUser};
use pm3k::app::App;
use pm3k::clock::Clock;
use pm3k::config::{Config, FacebookApp, InstagramApp, Media, Operator, Publisher, Retention, Server as ServerConfig, TiktokApp};
use pm3k::ids::{AccountId, PostId, WorkspaceId};
use pm3k::kind::{Login, Platform};
use pm3k::model::{account, workspace};
use pm3k::secret::Secret;
use pm3k::web::{Server, Stopper};

pub const PHOTO: &[u8] = include_bytes!("../../data/media/photo.jpg");
pub const CLIP: &[u8] = include_bytes!("../../data/media/clip.mp4");

pub const EMAIL: &str = "admin@example.org";
pub const PASSWORD: &str = "correct horse battery";

pub fn now() -> DateTime<Utc> {
    "2026-11-30T12:00:00Z".parse().unwrap()
}

fn config(data_dir: &std::path::Path) -> Config {
    Config {
        data_dir: data_dir.to_owned(),
        server: ServerConfig { listen: "127.0.0.1:0".parse().unwrap(), public_url: "https://pm3k.example.org".into(), trusted_proxies: Vec::new() },
        operator: Operator { name: "Studio Beispiel".into(), contact_email: "privacy@example.org".into(), ..Operator::default() },
        tiktok: TiktokApp {
            client_key: "test-client".into(),
            client_secret: Secret::new("test-secret"),
            scopes: vec!["user.info.basic".into(), "video.upload".into(), "video.publish".into()],
            audited: false,
            authorize_url: "https://www.tiktok.com/v2/auth/authorize/".into(),
            // Nobody listens there: a test of pages that speaks to a platform fails at once.
            api_url: "http://127.0.0.1:1".into(),
            upload_hosts: vec!["tiktokapis.com".into()],
        },
        facebook: FacebookApp {
            app_id: String::new(),
            app_secret: Secret::default(),
            graph_version: "v26.0".into(),
            login_config_id: String::new(),
            dialog_url: "https://www.facebook.com".into(),
            graph_url: "https://graph.facebook.com".into(),
            video_url: "https://graph-video.facebook.com".into(),
            upload_url: "https://rupload.facebook.com".into(),
        },
        instagram: InstagramApp {
            app_id: String::new(),
            app_secret: Secret::default(),
            graph_version: "v26.0".into(),
            authorize_url: "https://www.instagram.com/oauth/authorize".into(),
            token_url: "https://api.instagram.com".into(),
            graph_url: "https://graph.instagram.com".into(),
        },
        publisher: Publisher { workers: 2, late_within: TimeDelta::hours(1), stage_ahead: TimeDelta::minutes(45) },
        media: Media { max_upload: 1 << 20, quota: 1 << 30, free_space_floor: 0, failed_retention: TimeDelta::days(30) },
        retention: Retention { posts: TimeDelta::days(365), logs: TimeDelta::days(30), audit: TimeDelta::days(365) },
    }
}

/// A running server with its data in a folder of its own.
pub struct Site {
    pub app: Arc<App>,
    address: SocketAddr,
    pub setup_link: Option<String>,
    stopper: Stopper,
    thread: Option<JoinHandle<std::io::Result<()>>>,
    _dir: tempfile::TempDir,
}

impl Site {
    pub fn empty() -> Site {
        Site::start(|_| {}, |_| {})
    }

    /// With one user, who is an admin.
    pub fn new() -> Site {
        Site::with(|_| {})
    }

    /// With one user, who is an admin, and a configuration of its own.
    pub fn with(configure: impl FnOnce(&mut Config)) -> Site {
        Site::start(configure, |app| {
            let new = NewUser { email: EMAIL, name: "Ada", password: &Secret::new(PASSWORD), is_admin: true };
            users::create(app, Actor::Cli, &new, now()).unwrap();
        })
    }

    /// With every platform configured; nobody answers at any of them.
    pub fn with_every_platform(configure: impl FnOnce(&mut Config)) -> Site {
        Site::with(|config| {
            for (id, secret) in
                [(&mut config.facebook.app_id, &mut config.facebook.app_secret), (&mut config.instagram.app_id, &mut config.instagram.app_secret)]
            {
                *id = "1001".into();
                *secret = Secret::new("test-secret");
            }
            configure(config);
        })
    }

    fn start(configure: impl FnOnce(&mut Config), prepare: impl FnOnce(&App)) -> Site {
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path());
        configure(&mut config);
        let (app, _) = App::open(config, Clock::manual(now())).unwrap();
        prepare(&app);
        let app = Arc::new(app);
        let server = Server::bind(Arc::clone(&app)).unwrap();
        let (address, setup_link, stopper) = (server.address().unwrap(), server.setup_link(), server.stopper());
        let thread = Some(std::thread::spawn(move || server.run()));
        Site { app, address, setup_link, stopper, thread, _dir: dir }
    }

    pub fn browser(&self) -> Browser<'_> {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().new_agent();
        Browser { site: self, agent, cookies: Vec::new() }
    }

    pub fn signed_in(&self) -> Browser<'_> {
        let mut browser = self.browser();
        let answer = browser.sign_in(EMAIL, PASSWORD);
        assert_eq!((answer.status, answer.header("location")), (303, "/posts"));
        browser
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stopper.stop();
        let stopped = self.thread.take().map(|thread| thread.join());
        if !std::thread::panicking() {
            assert!(matches!(stopped, Some(Ok(Ok(())))), "{stopped:?}");
        }
    }
}

/// Keeps cookies as a browser does, and nothing else.
pub struct Browser<'a> {
    site: &'a Site,
    agent: ureq::Agent,
    pub cookies: Vec<(String, String)>,
}

pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap()).find(|v| v.starts_with(&format!("{name}=")))
    }

    /// The first form token on the page.
    pub fn token(&self) -> String {
        let (_, rest) = self.body.split_once(r#"name="form_token" value=""#).unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Browser<'_> {
    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("http://{}{path}", self.site.address));
        let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !jar.is_empty() {
            request = request.header("cookie", jar.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut answer = if body.is_empty() { self.agent.run(request.body(()).unwrap()) } else { self.agent.run(request.body(body).unwrap()) }.unwrap();
        for set in answer.headers().get_all("set-cookie") {
            let (pair, flags) = set.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !flags.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let mut body = Vec::new();
        answer.body_mut().as_reader().read_to_end(&mut body).unwrap();
        Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), body: String::from_utf8_lossy(&body).into_owned() }
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send("POST", path, &[("content-type", "application/x-www-form-urlencoded")], body.as_bytes())
    }

    /// Sends a form with files: name, file name, type, bytes. The fields come first, as they do in our forms.
    pub fn post_files(&mut self, path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &str, &[u8])]) -> Answer {
        let (kind, body) = multipart(fields, files);
        self.send("POST", path, &[("content-type", &kind)], &body)
    }

    pub fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        let token = self.get("/sign-in").token();
        self.post("/sign-in", &[("form_token", &token), ("email", email), ("password", password)])
    }
}

pub fn multipart(fields: &[(&str, &str)], files: &[(&str, &str, &str, &[u8])]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend_from_slice(format!("--frontier\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").as_bytes());
    }
    for (name, file_name, kind, bytes) in files {
        let head = format!("--frontier\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\nContent-Type: {kind}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--frontier--\r\n");
    ("multipart/form-data; boundary=frontier".to_owned(), body)
}

pub fn workspace_of(site: &Site) -> WorkspaceId {
    site.app.db.read(workspace::first).unwrap().unwrap().id
}

/// Sets the zone, and makes a workspace of somebody else.
pub fn in_berlin(site: &Site) -> WorkspaceId {
    site.app
        .db
        .write(|tx| {
            tx.execute("UPDATE workspace SET time_zone = 'Europe/Berlin'", [])?;
            tx.query_row("INSERT INTO workspace (name, time_zone, created_at) VALUES ('Other', 'UTC', 0) RETURNING id", [], |row| row.get(0))
        })
        .unwrap()
}

/// A connected TikTok account, as connecting stores it.
pub fn connect(site: &Site, workspace: WorkspaceId, name: &str) -> AccountId {
    connect_to(site, workspace, Platform::Tiktok, Login::Tiktok, name)
}

/// A connected account with every permission.
pub fn connect_to(site: &Site, workspace: WorkspaceId, platform: Platform, login: Login, name: &str) -> AccountId {
    let scopes: &[&str] = match login {
        Login::Tiktok => &["user.info.basic", "video.upload", "video.publish"],
        Login::Facebook => &[
            "pages_show_list",
            "pages_read_engagement",
            "pages_manage_posts",
            "pages_manage_engagement",
            "instagram_basic",
            "instagram_content_publish",
            "instagram_manage_comments",
        ],
        Login::Instagram => &["instagram_business_basic", "instagram_business_content_publish", "instagram_business_manage_comments"],
    };
    let scopes: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
    let connected = account::Connected {
        workspace_id: workspace,
        platform,
        login,
        remote_id: name,
        person_id: None,
        username: name,
        display_name: name,
        avatar: Some(("image/jpeg", PHOTO)),
        scopes: &scopes,
        missing_scopes: &[],
        connected_by: None,
    };
    site.app.db.write(|tx| account::connect(tx, &connected, now())).unwrap()
}

pub fn draft(site: &Site, workspace: WorkspaceId, caption: &str) -> PostId {
    let new = NewPost { caption: caption.into(), media: Vec::new(), schedule: Schedule::Draft, targets: Vec::new() };
    posts::create(&site.app, Actor::Cli, workspace, &new, None, now()).unwrap()
}

/// The values of the inputs of this name.
pub fn values(body: &str, name: &str) -> Vec<String> {
    let mark = format!("name=\"{name}\" value=\"");
    body.split(&mark).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}
