//! Folders and files: are they there, whose are they, who may read them, is there room.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use super::report::Report;
use crate::config::keys::KEYS;
use crate::config::{Config, Origin, Settings};
use crate::db::Db;
use crate::media::Store;
use crate::model::media;
use crate::secret;

pub(super) fn check(config: &Config, settings: &Settings, report: &mut Report) {
    configuration_file(settings, report);
    let Ok(about) = fs::metadata(&config.data_dir) else {
        report.note("data folder", format!("{} is not there yet; `pm3k serve` makes it", config.data_dir.display()));
        return;
    };
    data_folder(&config.data_dir, &about, report);
    key_file(config, report);
    room(config, report);
    server(config, report);
}

/// May others read or enter it?
fn open_to_others(about: &Metadata) -> bool {
    about.permissions().mode() & 0o077 != 0
}

fn configuration_file(settings: &Settings, report: &mut Report) {
    let Some(file) = &settings.file else { return };
    let holds_secrets =
        KEYS.iter().filter(|key| key.is_secret()).filter_map(|key| settings.setting(key.path)).any(|setting| matches!(setting.origin, Origin::File { .. }));
    if holds_secrets && fs::metadata(file).is_ok_and(|about| about.permissions().mode() & 0o004 != 0) {
        report.warning("configuration", "it holds secrets, and every user of this machine may read it", format!("chmod 600 {}", file.display()));
    }
}

fn data_folder(dir: &Path, about: &Metadata, report: &mut Report) {
    let shown = dir.display();
    if !about.is_dir() {
        return report.serious("data folder", format!("{shown} is not a folder"), "Name another one with data_dir, or move the file away.");
    }
    if open_to_others(about) {
        let message = format!("{shown} can be entered by other users of this machine (mode {:o})", about.permissions().mode() & 0o777);
        report.warning("data folder", message, format!("chmod 700 {shown}"));
    }
    // Only writing tells whether writing works: modes say nothing of full disks, quotas and read-only mounts.
    let probe = dir.join(format!(".doctor-{}", secret::random_word()));
    let mine = File::create_new(&probe).and_then(|file| file.metadata());
    let _ = fs::remove_file(&probe);
    match mine {
        Err(e) => report.serious(
            "data folder",
            format!("{shown} cannot be written to: {e}"),
            "Give the folder to the user who runs pm3k, and see that its disk is not full or read-only.",
        ),
        Ok(mine) if mine.uid() != about.uid() => report.warning(
            "data folder",
            format!("{shown} belongs to the user {}, but this command runs as {}", about.uid(), mine.uid()),
            "Run pm3k's commands as the user who runs the server, or it may not be able to write its own files any more.",
        ),
        Ok(_) => report.fine("data folder", format!("{shown} can be written to")),
    }
}

fn key_file(config: &Config, report: &mut Report) {
    let path = config.key_path();
    if std::env::var_os("PM3K_KEY").is_some() {
        return report.fine("key", "taken from PM3K_KEY");
    }
    match fs::metadata(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound && config.database_path().exists() => report.serious(
            "key",
            format!("{} is gone, so the stored access to accounts cannot be opened", path.display()),
            "Bring the file back from your backup before the server starts; without it every account has to be connected again.",
        ),
        Err(e) if e.kind() == io::ErrorKind::NotFound => report.note("key", "there is no key file yet; `pm3k serve` makes it"),
        Err(e) => report.serious("key", format!("{} cannot be read: {e}", path.display()), "Give the file to the user who runs pm3k."),
        Ok(about) if open_to_others(&about) => report.serious(
            "key",
            format!("{} can be read by other users of this machine (mode {:o})", path.display(), about.permissions().mode() & 0o777),
            format!("chmod 600 {}", path.display()),
        ),
        Ok(_) => report.fine("key", format!("{} is private; keep a copy in a safe place", path.display())),
    }
}

fn room(config: &Config, report: &mut Report) {
    if !config.media_dir().is_dir() {
        return;
    }
    let free = match Store::open_at(config.media_dir()).and_then(|store| store.free_space()) {
        Ok(free) => free,
        Err(e) => {
            return report.serious("disk", format!("{} cannot be used: {e}", config.media_dir().display()), "Give the folder to the user who runs pm3k.");
        }
    };
    let used = Db::look(&config.database_path()).ok().and_then(|(db, _)| db.read(media::bytes_on_disk).ok()).unwrap_or(0);
    let settings = &config.media;
    let size = bytesize::ByteSize;
    if free < settings.free_space_floor {
        return report.serious(
            "disk",
            format!("{} are free, less than media.free_space_floor ({}): uploads are refused", size(free), size(settings.free_space_floor)),
            "Make room on the disk.",
        );
    }
    let left = settings.quota.saturating_sub(used);
    if left < settings.quota / 10 {
        let message = format!("media take {} of the quota of {}", size(used), size(settings.quota));
        report.warning("disk", message, "Raise media.quota, or resolve failed posts, whose media are kept.");
    }
    if left > free - settings.free_space_floor {
        let message =
            format!("media may still grow by {} (media.quota), but only {} are free above the floor", size(left), size(free - settings.free_space_floor));
        return report.warning("disk", message, "Lower media.quota or make room on the disk.");
    }
    report.fine("disk", format!("{} free, media take {} of {}", size(free), size(used), size(settings.quota)));
}

fn server(config: &Config, report: &mut Report) {
    let Ok(lock) = File::open(config.data_dir.join("publisher.lock")) else {
        return report.note("server", "none has run here yet");
    };
    // A shared lock is enough to tell, and is given back at once.
    match lock.try_lock_shared() {
        Ok(()) => report.note("server", "none is running on this data folder, so nothing is published; start it with `pm3k serve`"),
        Err(fs::TryLockError::WouldBlock) => report.fine("server", "one is running on this data folder"),
        Err(fs::TryLockError::Error(e)) => {
            report.warning("server", format!("it cannot be told whether one is running: {e}"), "Keep the data folder on a local disk.")
        }
    }
}
