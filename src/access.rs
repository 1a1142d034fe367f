//! What lets the installation act for an account: opened from its seal, renewed before it ends, and taken for ended when the platform says so.
//!
//! Invariants: one renewal at a time for an account, across threads and processes (`account.renewing_until`); the new access is on disk before
//! anything uses it, because the old refresh token may be dead from that moment; a refusal that is not final disconnects nobody. What is said of an access is said of the version that was in use: it never touches an
//! account that was connected again meanwhile.

use chrono::{DateTime, TimeDelta, Utc};

use crate::db::Db;
use crate::ids::AccountId;
use crate::media::Store;
use crate::model::{account, job};
use crate::platform::{Access, ErrorClass, PlatformError, Platforms};
use crate::secret::Keys;

/// What speaking for an account needs of the installation.
#[derive(Debug, Clone, Copy)]
pub struct Installation<'a> {
    pub db: &'a Db,
    pub keys: &'a Keys,
    pub store: &'a Store,
    pub platforms: &'a Platforms,
    /// Base of the signed addresses that platforms fetch media from.
    pub public_url: &'a str,
}

/// How long one renewal may take before another may begin.
const RENEWAL_LEASE: TimeDelta = TimeDelta::minutes(10);

/// What became of the wish for fresh access.
#[derive(Debug)]
pub enum Renewed {
    /// This is the access now.
    Fresh(Box<Access>),
    /// Somebody else is at it: look again in a moment.
    Busy,
    /// The platform has refused for good: the account waits for a person, and its jobs with it.
    Refused(PlatformError),
    /// It did not work this time.
    Failed(PlatformError),
}

/// Renews if it is time to (or, with `forced`, because the platform refused the token in use).
pub fn renew(installation: Installation<'_>, row: &account::Account, access: Access, forced: bool, now: DateTime<Utc>) -> Renewed {
    let Some(connect) = installation.platforms.connect(row.login) else {
        return Renewed::Failed(not_configured(row.login, now));
    };
    if !forced && !connect.renewal_due(&access, now) {
        return Renewed::Fresh(Box::new(access));
    }
    match installation.db.write(|tx| account::begin_renewal(tx, row.id, row.access_version, now, now + RENEWAL_LEASE)) {
        Ok(true) => {}
        Ok(false) => return busy_or_over(installation, row),
        Err(e) => return Renewed::Failed(PlatformError::new(ErrorClass::Transient, "database", e.to_string())),
    }
    match connect.renew(&access, now) {
        Ok(fresh) => match store(installation, row, &fresh) {
            Ok(true) => {
                tracing::info!(account = %row.id, platform = %row.platform, "access renewed");
                Renewed::Fresh(Box::new(fresh))
            }
            // A person connected the account again meanwhile: that access counts.
            Ok(false) => Renewed::Busy,
            Err(e) => Renewed::Failed(PlatformError::bug(format!("the renewed access could not be stored: {e}"))),
        },
        Err(error) if error.class == ErrorClass::NeedsReconnect => {
            tracing::warn!(account = %row.id, platform = %row.platform, code = %error.code, "access cannot be renewed; the account needs to be connected again");
            match installation.db.write(|tx| needs_reconnect(tx, row.id, row.access_version, &error.message)) {
                Ok(true) => Renewed::Refused(error),
                Ok(false) => Renewed::Busy,
                Err(e) => Renewed::Failed(PlatformError::bug(e.to_string())),
            }
        }
        Err(error) => {
            if let Err(e) = installation.db.write(|tx| account::end_renewal(tx, row.id, row.access_version)) {
                tracing::error!("a renewal could not be ended: {e}");
            }
            Renewed::Failed(error)
        }
    }
}

/// The right to renew was not to be had: because somebody else renews, or because the account waits for a person already.
fn busy_or_over(installation: Installation<'_>, row: &account::Account) -> Renewed {
    match installation.db.read(|db| account::get(db, row.id)) {
        Ok(Some(now)) if now.status != account::Status::Active && now.access_version == row.access_version => {
            let reason = now.status_reason.unwrap_or_else(|| "The account needs to be connected again.".into());
            Renewed::Refused(PlatformError::new(ErrorClass::NeedsReconnect, "needs_reconnect", reason).remedy("Connect the account again."))
        }
        _ => Renewed::Busy,
    }
}

/// The access of version `seen` has ended: the account waits for a person, and its jobs with it. False if there is a newer access: then nothing is
/// said of that one.
pub fn needs_reconnect(tx: &rusqlite::Transaction<'_>, id: AccountId, seen: i64, reason: &str) -> rusqlite::Result<bool> {
    if !account::needs_reconnect(tx, id, seen, reason)? {
        return Ok(false);
    }
    job::hold_account(tx, id, job::NEEDS_RECONNECT)?;
    Ok(true)
}

/// An account's access, opened.
pub fn open(installation: Installation<'_>, row: &account::Account) -> Result<Access, PlatformError> {
    let sealed = row.access_sealed.as_deref().ok_or_else(|| PlatformError::bug("the account has no access stored"))?;
    let plain = installation.keys.open(&account::access_place(row.id), sealed).map_err(|e| PlatformError::bug(e.to_string()))?;
    serde_json::from_slice(&plain).map_err(|e| PlatformError::bug(format!("the account's access cannot be read: {e}")))
}

pub fn not_configured(login: crate::kind::Login, now: DateTime<Utc>) -> PlatformError {
    PlatformError::new(
        ErrorClass::RateLimited { until: Some(now + TimeDelta::minutes(5)) },
        "not_configured",
        format!("the section [{login}] of the configuration is empty"),
    )
    .remedy("Fill in the app's id and secret again; the job goes on by itself.")
}

/// False if another access was stored since this one was read.
fn store(installation: Installation<'_>, row: &account::Account, access: &Access) -> rusqlite::Result<bool> {
    let plain = serde_json::to_vec(access).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    let sealed = installation.keys.seal(&account::access_place(row.id), &plain);
    installation.db.write(|tx| account::replace_access(tx, row.id, row.access_version, &sealed, access.expires_at, access.refresh_expires_at))
}
