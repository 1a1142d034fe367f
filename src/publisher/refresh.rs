//! Renewing the access of accounts that publish seldom, long before it ends.

use chrono::{DateTime, TimeDelta, Utc};

use super::Engine;
use crate::access::{self, Renewed};
use crate::model::account;

/// Renews what ends soon, for accounts that publish seldom.
pub fn renew_ahead(engine: &Engine, now: DateTime<Utc>) -> rusqlite::Result<()> {
    for row in engine.db.read(|db| account::ending_before(db, now + TimeDelta::days(30)))? {
        match access::open(engine.installation(), &row) {
            Ok(access) => {
                if let Renewed::Failed(error) = access::renew(engine.installation(), &row, access, false, now) {
                    tracing::warn!(account = %row.id, "renewing access failed: {error}");
                }
            }
            Err(error) => tracing::error!(account = %row.id, "{error}"),
        }
    }
    Ok(())
}
