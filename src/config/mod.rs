//! The configuration as the program uses it: every key has a value, every value is of its type. `load` makes it from file, environment and flags.

mod environment;
pub mod example;
mod file;
pub mod keys;
mod load;
mod source;
mod suggest;
mod urls;
pub mod value;

use std::path::PathBuf;

use chrono::TimeDelta;
use ipnet::IpNet;

pub use self::load::{Setting, Settings, load, read};
pub use self::source::{FlagValue, Origin, Problem, Sources};
use crate::secret::Secret;

/// Everything that can be configured (interfaces.md, "Configuration").
#[derive(Debug, Clone)]
pub struct Config {
    pub data_dir: PathBuf,
    pub server: Server,
    pub operator: Operator,
    pub tiktok: TiktokApp,
    pub facebook: FacebookApp,
    pub instagram: InstagramApp,
    pub publisher: Publisher,
    pub media: Media,
    pub retention: Retention,
}

#[derive(Debug, Clone)]
pub struct Server {
    pub listen: std::net::SocketAddr,
    /// Without a slash at its end.
    pub public_url: String,
    pub trusted_proxies: Vec<IpNet>,
}

/// Fills the legal pages.
#[derive(Debug, Clone, Default)]
pub struct Operator {
    pub name: String,
    pub contact_email: String,
    pub address: String,
    pub country: String,
    pub hosting: String,
}

/// TikTok is off while `client_key` is empty. URLs are without a slash at their end, except `authorize_url`, which is used as it is.
#[derive(Debug, Clone)]
pub struct TiktokApp {
    pub client_key: String,
    pub client_secret: Secret,
    pub scopes: Vec<String>,
    /// Has the app passed TikTok's audit? Until then drafts are the default and direct posts are restricted (tiktok.md §1.5).
    pub audited: bool,
    pub authorize_url: String,
    pub api_url: String,
    pub upload_hosts: Vec<String>,
}

/// Facebook Login is off while `app_id` is empty.
#[derive(Debug, Clone)]
pub struct FacebookApp {
    pub app_id: String,
    pub app_secret: Secret,
    pub graph_version: String,
    pub login_config_id: String,
    pub dialog_url: String,
    pub graph_url: String,
    pub video_url: String,
    pub upload_url: String,
}

/// Instagram Login is off while `app_id` is empty.
#[derive(Debug, Clone)]
pub struct InstagramApp {
    pub app_id: String,
    pub app_secret: Secret,
    pub graph_version: String,
    pub authorize_url: String,
    pub token_url: String,
    pub graph_url: String,
}

#[derive(Debug, Clone)]
pub struct Publisher {
    pub workers: usize,
    pub late_within: TimeDelta,
    pub stage_ahead: TimeDelta,
}

/// Sizes in bytes.
#[derive(Debug, Clone)]
pub struct Media {
    pub max_upload: u64,
    pub quota: u64,
    pub free_space_floor: u64,
    pub failed_retention: TimeDelta,
}

#[derive(Debug, Clone)]
pub struct Retention {
    pub posts: TimeDelta,
    pub logs: TimeDelta,
    pub audit: TimeDelta,
}

impl TiktokApp {
    pub fn is_on(&self) -> bool {
        !self.client_key.is_empty()
    }
}

impl FacebookApp {
    pub fn is_on(&self) -> bool {
        !self.app_id.is_empty()
    }
}

impl InstagramApp {
    pub fn is_on(&self) -> bool {
        !self.app_id.is_empty()
    }
}

impl Config {
    pub fn database_path(&self) -> PathBuf {
        self.data_dir.join("pm3k.db")
    }

    pub fn key_path(&self) -> PathBuf {
        self.data_dir.join("key")
    }

    pub fn media_dir(&self) -> PathBuf {
        self.data_dir.join("media")
    }

    /// `https://…/accounts/callback/tiktok`: what is registered in a platform's portal.
    pub fn redirect_uri(&self, login: crate::kind::Login) -> String {
        format!("{}/accounts/callback/{login}", self.server.public_url)
    }
}
