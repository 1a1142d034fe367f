//! Renewing access before it ends.
//!
//! Invariants: one renewal at a time for an account, across threads and processes (`account.renewing_until`); the new access is on disk before
//! anything uses it, because the old refresh token may be dead from that moment; a refusal that is not final disconnects nobody.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Engine, surroundings};
use crate::ids::AccountId;
use crate::model::{account, job};
use crate::platform::{Access, ErrorClass, PlatformError};

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
pub fn renew(engine: &Engine, row: &account::Account, access: Access, forced: bool, now: DateTime<Utc>) -> Renewed {
    let Some(connect) = engine.platforms.connect(row.login) else {
        return Renewed::Failed(not_configured(row.login));
    };
    if !forced && !connect.renewal_due(&access, now) {
        return Renewed::Fresh(Box::new(access));
    }
    match engine.db.write(|tx| account::begin_renewal(tx, row.id, row.access_version, now, now + RENEWAL_LEASE)) {
        Ok(true) => {}
        Ok(false) => return busy_or_over(engine, row),
        Err(e) => return Renewed::Failed(PlatformError::new(ErrorClass::Transient, "database", e.to_string())),
    }
    match connect.renew(&access, now) {
        Ok(fresh) => match store(engine, row.id, &fresh) {
            Ok(()) => {
                tracing::info!(account = %row.id, platform = %row.platform, "access renewed");
                Renewed::Fresh(Box::new(fresh))
            }
            Err(e) => Renewed::Failed(PlatformError::bug(format!("the renewed access could not be stored: {e}"))),
        },
        Err(error) if error.class == ErrorClass::NeedsReconnect => {
            tracing::warn!(account = %row.id, platform = %row.platform, code = %error.code, "access cannot be renewed; the account needs to be connected again");
            if let Err(e) = engine.db.write(|tx| needs_reconnect(tx, row.id, &error.message)) {
                return Renewed::Failed(PlatformError::bug(e.to_string()));
            }
            Renewed::Refused(error)
        }
        Err(error) => {
            if let Err(e) = engine.db.write(|tx| account::end_renewal(tx, row.id)) {
                tracing::error!("a renewal could not be ended: {e}");
            }
            Renewed::Failed(error)
        }
    }
}

/// The right to renew was not to be had: because somebody else renews, or because the account waits for a person already.
fn busy_or_over(engine: &Engine, row: &account::Account) -> Renewed {
    match engine.db.read(|db| account::get(db, row.id)) {
        Ok(Some(now)) if now.status != account::Status::Active && now.access_version == row.access_version => {
            let reason = now.status_reason.unwrap_or_else(|| "The account needs to be connected again.".into());
            Renewed::Refused(PlatformError::new(ErrorClass::NeedsReconnect, "needs_reconnect", reason).remedy("Connect the account again."))
        }
        _ => Renewed::Busy,
    }
}

/// The account waits for a person, and its jobs with it.
pub fn needs_reconnect(tx: &rusqlite::Transaction<'_>, id: AccountId, reason: &str) -> rusqlite::Result<()> {
    account::needs_reconnect(tx, id, reason)?;
    job::hold_account(tx, id, job::NEEDS_RECONNECT)
}

/// Renews what ends soon, for accounts that publish seldom.
pub fn renew_ahead(engine: &Engine, now: DateTime<Utc>) -> rusqlite::Result<()> {
    for row in engine.db.read(|db| account::ending_before(db, now + TimeDelta::days(30)))? {
        match surroundings::open_access(engine, &row) {
            Ok(access) => {
                if let Renewed::Failed(error) = renew(engine, &row, access, false, now) {
                    tracing::warn!(account = %row.id, "renewing access failed: {error}");
                }
            }
            Err(error) => tracing::error!(account = %row.id, "{error}"),
        }
    }
    Ok(())
}

pub(super) fn not_configured(login: crate::kind::Login) -> PlatformError {
    PlatformError::new(ErrorClass::LimitReached { until: None }, "not_configured", format!("the section [{login}] of the configuration is empty"))
        .remedy("Fill in the app's id and secret again; the job goes on by itself.")
}

fn store(engine: &Engine, id: AccountId, access: &Access) -> rusqlite::Result<()> {
    let plain = serde_json::to_vec(access).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    let sealed = engine.keys.seal(&account::access_place(id), &plain);
    engine.db.write(|tx| account::store_access(tx, id, &sealed, access.expires_at, access.refresh_expires_at))
}
