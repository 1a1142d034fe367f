//! The database and what stands in it: users, accounts and their access, media that should be on disk.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::report::Report;
use crate::config::Config;
use crate::db::{Db, Schema};
use crate::ids::AccountId;
use crate::model::account::{self, Account, Status, access_place};
use crate::model::{audit, media, user};
use crate::secret::Keys;

/// Access that ends within this time is told.
const SOON: TimeDelta = TimeDelta::days(14);
/// Accounts looked at.
const MOST_ACCOUNTS: u32 = 10_000;

pub(super) fn check(config: &Config, now: DateTime<Utc>, report: &mut Report) {
    let path = config.database_path();
    if !path.exists() {
        return report.note("database", "there is none yet; `pm3k serve` makes it");
    }
    let remedy = "Stop the server, keep a copy of the file, and restore a backup.";
    match Db::look(&path) {
        Err(e) => report.serious("database", e.to_string(), remedy),
        Ok((db, schema)) => match db.damage() {
            Err(e) => report.serious("database", format!("it cannot be read: {e}"), remedy),
            Ok(damage) if !damage.is_empty() => report.serious("database", format!("it is damaged: {}", damage.join("; ")), remedy),
            Ok(_) => whole(config, &db, schema, now, report),
        },
    }
}

fn whole(config: &Config, db: &Db, schema: Schema, now: DateTime<Utc>, report: &mut Report) {
    let Schema { found, known } = schema;
    if found > known {
        let message = format!("it has schema {found}, this program knows {known}: it was used by a later version");
        return report.serious("database", message, "Install that version again, or restore a backup made before it.");
    }
    if found < known {
        return report.note("database", format!("it has schema {found}; the next start brings it to {known}, after a backup"));
    }
    report.fine("database", format!("schema {found}, whole"));
    if let Err(e) = rows(config, db, now, report) {
        report.serious("database", format!("it cannot be read: {e}"), "Stop the server, keep a copy of the file, and restore a backup.");
    }
}

fn rows(config: &Config, db: &Db, now: DateTime<Utc>, report: &mut Report) -> rusqlite::Result<()> {
    users(db, report)?;
    let accounts = db.read(|db| account::list(db, None, AccountId(0), MOST_ACCOUNTS))?;
    for account in &accounts {
        access(account, now, report);
    }
    if accounts.is_empty() {
        report.note("accounts", "none is connected yet; connect them on the server's accounts page");
    } else {
        seals(config, &accounts, report);
    }
    files(config, db, report)?;
    clock(db, now, report)
}

fn users(db: &Db, report: &mut Report) -> rusqlite::Result<()> {
    let users = db.read(user::list)?;
    if users.iter().any(|user| user.is_admin && user.disabled_at.is_none()) {
        report.fine("users", format!("{} in all", users.len()));
    } else {
        report.warning("users", "there is no admin who could sign in", "pm3k user create --admin --email …");
    }
    Ok(())
}

fn access(account: &Account, now: DateTime<Utc>, report: &mut Report) {
    let name = format!("{} @{} ({})", account.platform.name(), account.username, account.id);
    let again = format!("Connect it again on the accounts page: /accounts/connect/{}", account.login);
    if account.status == Status::NeedsReconnect {
        let why = account.status_reason.as_deref().unwrap_or("its access has ended");
        return report.warning("accounts", format!("{name} needs to be connected again, and its posts wait: {why}"), again);
    }
    match account.renew_by {
        Some(end) if end <= now => report.warning("accounts", format!("{name}: its access has ended"), again),
        Some(end) if end - now < SOON => {
            report.warning("accounts", format!("{name}: its access ends on {} and cannot be renewed beyond", end.format("%Y-%m-%d")), again);
        }
        _ if !account.missing_scopes.is_empty() => {
            report.warning("accounts", format!("{name} lacks permissions: {}", account.missing_scopes.join(", ")), format!("{again}, and grant them there"));
        }
        _ => report.fine("accounts", name),
    }
}

/// Does the key open what is stored?
fn seals(config: &Config, accounts: &[Account], report: &mut Report) {
    let Some(keys) = keys(&config.key_path()) else { return };
    let closed: Vec<String> = accounts
        .iter()
        .filter(|account| account.access_sealed.as_ref().is_some_and(|sealed| keys.open(&access_place(account.id), sealed).is_err()))
        .map(|account| account.id.to_string())
        .collect();
    if closed.is_empty() {
        report.fine("key", "it opens the stored access of every account");
    } else {
        let message = format!("it does not open the stored access of {}: the key belongs to another installation", closed.join(", "));
        report.serious("key", message, "Bring back the key file that belongs to this database; without it connect these accounts again.");
    }
}

/// The key that the server would use; none where it is missing or unreadable, which was told before.
fn keys(path: &Path) -> Option<Keys> {
    match std::env::var("PM3K_KEY") {
        Ok(text) => Keys::from_hex(&text),
        Err(_) if path.exists() => Keys::open_or_create(path).ok().map(|(keys, _)| keys),
        Err(_) => None,
    }
}

fn files(config: &Config, db: &Db, report: &mut Report) -> rusqlite::Result<()> {
    let names = db.read(media::stored_names)?;
    let gone = names.iter().filter(|name| !config.media_dir().join(name).is_file()).count();
    if gone == 0 {
        report.fine("media", format!("{} files, all on disk", names.len()));
    } else {
        let message = format!("{gone} of {} files are not on disk; posts that need them will fail", names.len());
        report.serious("media", message, format!("Restore them to {} from a backup, or cancel the posts and upload again.", config.media_dir().display()));
    }
    Ok(())
}

/// What people did lies in the past, unless the clock was set back.
fn clock(db: &Db, now: DateTime<Utc>, report: &mut Report) -> rusqlite::Result<()> {
    if let Some(last) = db.read(|db| audit::newest(db, 1))?.first()
        && last.at > now + TimeDelta::minutes(2)
    {
        let message = format!("it shows {}, but something was done here at {}", now.format("%Y-%m-%d %H:%M"), last.at.format("%Y-%m-%d %H:%M"));
        report.serious("clock", message, "Set the machine's clock by NTP: posts go out by it.");
    }
    Ok(())
}
