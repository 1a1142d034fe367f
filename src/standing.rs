//! What a platform lets an account do at the moment, asked and kept with the account (TikTok: the creator's settings).
//!
//! Invariant: asking never fails what a person is doing, and is not repeated within a minute: what was told last is used until the platform tells something newer.

use chrono::{DateTime, TimeDelta, Utc};

use crate::access::{self, Installation, Renewed};
use crate::model::account::{self, Account};
use crate::platform::PlatformError;

/// What was told so long ago is still taken for true while a post is being composed.
const FRESH: TimeDelta = TimeDelta::minutes(1);

/// Asks if what is known is not fresh, and returns the account as it is then.
pub fn refreshed(installation: Installation<'_>, row: Account, now: DateTime<Utc>) -> Account {
    // One asker at a time, whoever is slow: who comes meanwhile takes what was told last.
    let may_ask = row.status == account::Status::Active && installation.db.write(|tx| account::begin_asking(tx, row.id, now, now - FRESH)).unwrap_or(false);
    if !may_ask {
        return row;
    }
    match ask(installation, &row, now) {
        Ok(Some(standing)) => Account { standing: Some(standing), standing_at: Some(now), ..row },
        Ok(None) => row,
        Err(error) => {
            tracing::warn!(account = %row.id, "what the platform allows could not be asked: {error}");
            row
        }
    }
}

/// Asks the platform and keeps what it tells.
pub fn ask(installation: Installation<'_>, row: &Account, now: DateTime<Utc>) -> Result<Option<serde_json::Value>, PlatformError> {
    let Some(adapter) = installation.platforms.adapter(row.platform) else { return Ok(None) };
    let account = crate::briefing::account(row);
    if !adapter.has_standing(&account) {
        return Ok(None);
    }
    let access = match access::renew(installation, row, access::open(installation, row)?, false, now) {
        Renewed::Fresh(access) => *access,
        Renewed::Busy => return Ok(None),
        Renewed::Refused(error) | Renewed::Failed(error) => return Err(error),
    };
    let standing = adapter.standing(&account, &access, now)?;
    if let Some(standing) = &standing {
        let stored = installation.db.write(|tx| account::store_standing(tx, row.id, standing, now));
        stored.map_err(|e| PlatformError::bug(format!("what the platform allows could not be stored: {e}")))?;
    }
    Ok(standing)
}
