//! What people do to jobs: end them, hold them, let them go, say what became of them, and send them on their way again.
//!
//! Invariant: nothing here touches a job in the middle of its last call.

use rusqlite::Transaction;

use crate::ids::{AccountId, PostId};

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
    tx.execute("UPDATE job SET held_by = ?2 WHERE account_id = ?1 AND held_by IS NULL AND state IN ('scheduled', 'publishing')", (account, held_by)).map(drop)
}

/// Lets the jobs go that [`hold_account`] held for this reason; they are looked at again at once.
pub fn let_go_account(tx: &Transaction<'_>, account: AccountId, held_by: &str) -> rusqlite::Result<()> {
    tx.execute("UPDATE job SET held_by = NULL WHERE account_id = ?1 AND held_by = ?2", (account, held_by)).map(drop)
}
