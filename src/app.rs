//! The application: everything built once from the configuration, shared by the server, the publisher and the commands.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;

use crate::access::Installation;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Migrated};
use crate::media::remote::Reach;
use crate::media::{Store, Turns, Workshop};
use crate::platform::Platforms;
use crate::platform::http::Http;
use crate::publisher::{Engine, Handle};
use crate::secret::Keys;
use crate::zone::Zones;

#[derive(Debug)]
pub struct App {
    pub config: Config,
    pub clock: Clock,
    pub db: Arc<Db>,
    pub keys: Keys,
    pub store: Store,
    /// Who writes to which upload at the moment.
    pub turns: Turns,
    pub platforms: Arc<Platforms>,
    pub zones: Zones,
    /// What helps to convert videos on this machine.
    pub tools: Arc<Workshop>,
    /// Where files may be fetched from.
    pub reach: Reach,
    /// Wakes the publisher of this process, if one runs; the one of another process looks by itself every second.
    pub publisher: Handle,
}

/// What opening found missing and made, to be told to the person.
#[derive(Debug)]
pub struct Opened {
    pub new_key: bool,
    pub migrated: Migrated,
}

impl App {
    /// Opens the data folder of `config`; makes the folder, the key file and the database where they are missing.
    pub fn open(config: Config, clock: Clock) -> anyhow::Result<(App, Opened)> {
        let data_dir = &config.data_dir;
        make_private(data_dir).with_context(|| format!("the data folder {} cannot be made", data_dir.display()))?;
        let (keys, new_key) = match std::env::var("PM3K_KEY") {
            Ok(text) => (Keys::from_hex(&text).context("PM3K_KEY must hold 64 hexadecimal digits")?, false),
            // A new key would open nothing that is stored: every job from then on would fail.
            Err(_) if config.database_path().exists() && !config.key_path().exists() => anyhow::bail!(
                "the key file {} is gone, but there is a database: without its key the stored access to accounts cannot be opened. Bring the key file back from \
                 your copy, or set PM3K_KEY",
                config.key_path().display()
            ),
            Err(_) => Keys::open_or_create(&config.key_path()).with_context(|| format!("the key file {} cannot be used", config.key_path().display()))?,
        };
        let (db, migrated) = Db::open(&config.database_path(), clock.now()).with_context(|| format!("{}", config.database_path().display()))?;
        let store = Store::open_at(config.media_dir()).with_context(|| format!("the media folder {} cannot be used", config.media_dir().display()))?;
        let platforms = Arc::new(Platforms::new(&config, &Http::default()));
        let (turns, tools, reach, publisher) = (Turns::default(), Arc::default(), Reach::default(), Handle::default());
        let app = App { clock, db: Arc::new(db), keys, store, turns, platforms, zones: Zones, tools, reach, publisher, config };
        Ok((app, Opened { new_key, migrated }))
    }

    /// What speaking for an account needs of it.
    pub fn installation(&self) -> Installation<'_> {
        let public_url = &self.config.server.public_url;
        Installation { db: &self.db, keys: &self.keys, store: &self.store, platforms: &self.platforms, public_url }
    }

    /// What the publisher needs of it.
    pub fn engine(&self) -> Engine {
        Engine {
            db: Arc::clone(&self.db),
            keys: self.keys.clone(),
            store: self.store.clone(),
            platforms: Arc::clone(&self.platforms),
            clock: self.clock.clone(),
            tools: Arc::clone(&self.tools),
            settings: self.config.publisher.clone(),
            retention: self.config.retention.clone(),
            failed_retention: self.config.media.failed_retention,
            public_url: self.config.server.public_url.clone(),
        }
    }
}

/// Makes a folder that only its owner may enter; one that is there already is left as it is.
fn make_private(dir: &Path) -> std::io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(dir)?;
    #[cfg(unix)]
    fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}
