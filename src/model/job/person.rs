//! What people do to jobs: end them, hold them, let them go, say what became of them, and send them on their way again.
//!
//! Invariant: nothing here touches a job in the middle of its last call.

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, named_params};

use crate::db::At;
use crate::ids::{AccountId, JobId, PostId};
use crate::model::media::rendition::{MEDIA, PENDING};

/// Ends a post's jobs that have not begun their last call; the number of jobs ended.
pub fn cancel(tx: &Transaction<'_>, post: PostId) -> rusqlite::Result<usize> {
    tx.execute(
        "UPDATE job SET state = 'cancelled', next_at = NULL, lease_attempt = NULL, lease_until = NULL, progress_sealed = NULL, held_by = NULL
         WHERE post_id = ?1 AND state IN ('draft', 'scheduled', 'publishing', 'missed', 'failed') AND unsettled = 0 AND called_at IS NULL",
        [post],
    )
}

/// Holds the live jobs of an account that are not in the middle of their last call.
pub fn hold_account(tx: &Transaction<'_>, account: AccountId, held_by: &str) -> rusqlite::Result<()> {
    tx.execute(
        &format!("UPDATE job SET held_by = ?2 WHERE account_id = ?1 AND (held_by IS NULL OR held_by = '{MEDIA}') AND state IN ('scheduled', 'publishing')"),
        (account, held_by),
    )
    .map(drop)
}

/// Lets the jobs go that [`hold_account`] held for this reason; they are looked at again at once, unless they wait for their files besides.
pub fn let_go_account(tx: &Transaction<'_>, account: AccountId, held_by: &str) -> rusqlite::Result<()> {
    tx.execute(&format!("UPDATE job AS j SET held_by = iif({PENDING}, '{MEDIA}', NULL) WHERE account_id = ?1 AND held_by = ?2"), (account, held_by)).map(drop)
}

/// A person looked: the post is there. True if the job was unconfirmed.
pub fn is_there(tx: &Transaction<'_>, job: JobId, permalink: Option<&str>, now: DateTime<Utc>) -> rusqlite::Result<bool> {
    Ok(tx.execute(
        "UPDATE job SET state = 'published', published_at = coalesce(called_at, ?3), permalink = coalesce(?2, permalink), unsettled = 0, next_at = NULL,
             progress_sealed = NULL, step = '', irreversible = 0, long = 0, last_error = NULL, tries = 0
         WHERE id = ?1 AND state = 'unconfirmed'",
        (job, permalink, At(now)),
    )? > 0)
}

/// `SET` of a job that begins anew, due at `:at`. The media addresses of before are closed: what was handed over then can make no second post.
const ANEW: &str = "state = 'scheduled', publish_at = :at, next_at = :at, progress_sealed = NULL, step = '', irreversible = 0, long = 0, unsettled = 0, \
    called_at = NULL, tries = 0, reposts = 0, last_error = NULL, lease_attempt = NULL, lease_until = NULL, \
    open_from = (SELECT coalesce(max(t.id), 0) + 1 FROM attempt t WHERE t.job_id = job.id), \
    held_by = (SELECT iif(a.status = 'needs_reconnect', 'needs_reconnect', NULL) FROM account a WHERE a.id = job.account_id)";

/// A person looked: the post is not there, and is to be published again. True if the job was unconfirmed.
pub fn publish_again(tx: &Transaction<'_>, job: JobId, now: DateTime<Utc>) -> rusqlite::Result<bool> {
    Ok(tx.execute(&format!("UPDATE job SET {ANEW} WHERE id = :job AND state = 'unconfirmed'"), named_params! { ":job": job, ":at": At(now) })? > 0)
}

/// Begins a post's failed and missed jobs anew; how many there were.
pub fn retry(tx: &Transaction<'_>, post: PostId, now: DateTime<Utc>) -> rusqlite::Result<usize> {
    tx.execute(
        &format!("UPDATE job SET {ANEW} WHERE post_id = :post AND state IN ('failed', 'missed') AND unsettled = 0"),
        named_params! { ":post": post, ":at": At(now) },
    )
}

/// Makes a post's jobs due now that wait for their time; how many there were. What was staged stays staged.
pub fn publish_now(tx: &Transaction<'_>, post: PostId, now: DateTime<Utc>) -> rusqlite::Result<usize> {
    tx.execute(
        "UPDATE job SET publish_at = ?2, next_at = min(next_at, ?2) WHERE post_id = ?1 AND state IN ('scheduled', 'publishing') AND publish_at > ?2
             AND unsettled = 0 AND called_at IS NULL",
        (post, At(now)),
    )
}
