//! From the sources to the [`Config`]: defaults < file < environment < flags.
//!
//! Invariant: everything that is wrong is found before anything is answered, so that a person mends it all at once.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use ipnet::IpNet;

use super::keys::{self, KEYS, Key};
use super::source::{Origin, Problem, Sources, usual_data_dir};
use super::value::{Raw, Value};
use super::{Config, FacebookApp, InstagramApp, Media, Operator, Publisher, Retention, Server, TiktokApp, environment, file};
use crate::secret::Secret;

/// What a source says of one key.
#[derive(Debug)]
pub(super) struct Given {
    pub key: &'static Key,
    pub origin: Origin,
    pub raw: Raw,
}

/// One key's checked value.
#[derive(Debug, Clone)]
pub struct Setting {
    pub origin: Origin,
    pub raw: Raw,
    value: Value,
}

/// All keys with their values, and where each came from.
#[derive(Debug)]
pub struct Settings {
    /// The file that was read.
    pub file: Option<PathBuf>,
    by_path: BTreeMap<&'static str, Setting>,
}

/// Loads the configuration.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(sources: &Sources) -> Result<Config, Vec<Problem>> {
    read(sources)?.config()
}

/// Reads and checks all keys.
///
/// # Errors
/// Everything that is wrong with them.
pub fn read(sources: &Sources) -> Result<Settings, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut given = Vec::new();
    let mut read_from = None;
    if let Some((path, must_exist)) = sources.chosen_file() {
        given.extend(file::read(&path, must_exist, &mut problems));
        read_from = path.exists().then_some(path);
    }
    given.extend(environment::read(&sources.env, &mut problems));
    for flag in &sources.flags {
        if let Some(key) = keys::find(flag.key) {
            given.push(Given { key, origin: Origin::Flag(flag.flag), raw: key.of.raw(&flag.text) });
        }
    }
    let settings = Settings::check(given, read_from, &mut problems);
    settings.cross_check(&mut problems);
    problems.sort_by_key(|problem| problem.origin.rank());
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

impl Settings {
    /// Later ones win. A value that is overruled is checked all the same: it is wrong now, and would be in force once the other one goes.
    fn check(given: Vec<Given>, file: Option<PathBuf>, problems: &mut Vec<Problem>) -> Settings {
        let defaults = KEYS.iter().map(|key| Given { key, origin: Origin::Default, raw: key.of.raw(key.default) });
        let mut by_path = BTreeMap::new();
        for Given { key, origin, raw } in defaults.chain(given) {
            match key.of.check(&raw) {
                Ok(value) => {
                    by_path.insert(key.path, Setting { origin, raw, value });
                }
                Err(message) => problems.push(Problem::new(key.path, origin, message)),
            }
        }
        Settings { file, by_path }
    }

    /// What keys ask of one another.
    fn cross_check(&self, problems: &mut Vec<Problem>) {
        for (id, secret) in
            [("tiktok.client_key", "tiktok.client_secret"), ("facebook.app_id", "facebook.app_secret"), ("instagram.app_id", "instagram.app_secret")]
        {
            let (Some(given), Some(missing)) = (self.by_path.get(id), self.by_path.get(secret)) else { continue };
            if given.value != Value::Text(String::new()) && missing.value == Value::Secret(Secret::default()) {
                problems.push(Problem::new(
                    id,
                    given.origin.clone(),
                    format!("is set, but {secret} is empty: set it too, or empty this one to switch the platform off"),
                ));
            }
        }
        if self.get::<String>("data_dir").is_ok_and(|dir| dir.is_empty()) && usual_data_dir().is_none() {
            let origin = self.origin("data_dir").unwrap_or(Origin::Default);
            problems.push(Problem::new("data_dir", origin, "must be given here, since this user has no home folder (or use --data-dir)"));
        }
    }

    pub fn setting(&self, path: &str) -> Option<&Setting> {
        self.by_path.get(path)
    }

    fn origin(&self, path: &str) -> Option<Origin> {
        self.setting(path).map(|setting| setting.origin.clone())
    }

    fn get<T: OfValue>(&self, path: &'static str) -> Result<T, Problem> {
        // The table gives each key its type, and a test builds the configuration from it: this fails for a key that is asked for as another type.
        self.by_path
            .get(path)
            .and_then(|setting| T::of(&setting.value))
            .ok_or_else(|| Problem::new(path, self.origin(path).unwrap_or(Origin::Default), "has no value of its type"))
    }

    /// The configuration these values make.
    ///
    /// # Errors
    /// None that [`read`] has not found before.
    pub fn config(&self) -> Result<Config, Vec<Problem>> {
        self.build().map_err(|problem| vec![problem])
    }

    fn data_dir(&self) -> Result<PathBuf, Problem> {
        let given: String = self.get("data_dir")?;
        let dir = if given.is_empty() { usual_data_dir().unwrap_or_default() } else { PathBuf::from(given) };
        // Messages and the media store name the folder; it must not change its meaning with the working folder.
        Ok(std::path::absolute(&dir).unwrap_or(dir))
    }

    fn build(&self) -> Result<Config, Problem> {
        Ok(Config {
            data_dir: self.data_dir()?,
            server: Server {
                listen: self.get("server.listen")?,
                public_url: self.get("server.public_url")?,
                trusted_proxies: self.get("server.trusted_proxies")?,
            },
            operator: Operator {
                name: self.get("operator.name")?,
                contact_email: self.get("operator.contact_email")?,
                address: self.get("operator.address")?,
                country: self.get("operator.country")?,
                hosting: self.get("operator.hosting")?,
            },
            tiktok: TiktokApp {
                client_key: self.get("tiktok.client_key")?,
                client_secret: self.get("tiktok.client_secret")?,
                scopes: self.get("tiktok.scopes")?,
                audited: self.get("tiktok.audited")?,
                authorize_url: self.get("tiktok.authorize_url")?,
                api_url: self.get("tiktok.api_url")?,
                upload_hosts: self.get("tiktok.upload_hosts")?,
            },
            facebook: FacebookApp {
                app_id: self.get("facebook.app_id")?,
                app_secret: self.get("facebook.app_secret")?,
                graph_version: self.get("facebook.graph_version")?,
                login_config_id: self.get("facebook.login_config_id")?,
                dialog_url: self.get("facebook.dialog_url")?,
                graph_url: self.get("facebook.graph_url")?,
                video_url: self.get("facebook.video_url")?,
                upload_url: self.get("facebook.upload_url")?,
            },
            instagram: InstagramApp {
                app_id: self.get("instagram.app_id")?,
                app_secret: self.get("instagram.app_secret")?,
                graph_version: self.get("instagram.graph_version")?,
                authorize_url: self.get("instagram.authorize_url")?,
                token_url: self.get("instagram.token_url")?,
                graph_url: self.get("instagram.graph_url")?,
            },
            publisher: Publisher {
                workers: self.get("publisher.workers")?,
                late_within: self.get("publisher.late_within")?,
                stage_ahead: self.get("publisher.stage_ahead")?,
            },
            media: Media {
                max_upload: self.get("media.max_upload")?,
                quota: self.get("media.quota")?,
                free_space_floor: self.get("media.free_space_floor")?,
                failed_retention: self.get("media.failed_retention")?,
            },
            retention: Retention { posts: self.get("retention.posts")?, logs: self.get("retention.logs")?, audit: self.get("retention.audit")? },
        })
    }
}

impl Config {
    /// The defaults, with this data folder: for the sandbox and for tests.
    pub fn defaults(data_dir: &Path) -> Config {
        let settings = Settings::check(Vec::new(), None, &mut Vec::new());
        match settings.build() {
            Ok(config) => Config { data_dir: data_dir.to_owned(), ..config },
            Err(problem) => unreachable!("the table of keys has a default of the right type for each: {problem}"),
        }
    }
}

/// What a field of the configuration may be.
trait OfValue: Sized {
    fn of(value: &Value) -> Option<Self>;
}

macro_rules! of_value {
    ($($type:ty: $pattern:pat => $out:expr;)*) => {$(
        impl OfValue for $type {
            fn of(value: &Value) -> Option<Self> {
                match value { $pattern => $out, _ => None }
            }
        }
    )*};
}

of_value! {
    String: Value::Text(text) => Some(text.clone());
    Secret: Value::Secret(secret) => Some(secret.clone());
    bool: Value::Switch(on) => Some(*on);
    usize: Value::Number(number) => usize::try_from(*number).ok();
    u64: Value::Size(bytes) => Some(*bytes);
    TimeDelta: Value::Duration(span) => Some(*span);
    SocketAddr: Value::Address(address) => Some(*address);
    Vec<String>: Value::List(items) => Some(items.clone());
    Vec<IpNet>: Value::Networks(nets) => Some(nets.clone());
}
