-- First comments with a state of their own; the ledger of known limits; what platforms fetched; rehearsals.

-- What the platform lets the account do (TikTok: the creator's settings), as its adapter reads it, and when it was asked.
ALTER TABLE account ADD COLUMN standing TEXT;
ALTER TABLE account ADD COLUMN standing_at INTEGER;
-- The platform has blocked the account for a while: nothing of it becomes visible before then.
ALTER TABLE account ADD COLUMN rest_until INTEGER;

-- Times that a post which the platform took and then failed by its own fault was posted anew.
ALTER TABLE job ADD COLUMN reposts INTEGER NOT NULL DEFAULT 0;
-- Media addresses that were signed for earlier attempts than this one open nothing any more.
ALTER TABLE job ADD COLUMN open_from INTEGER NOT NULL DEFAULT 0;

CREATE INDEX job_called ON job (account_id, called_at) WHERE called_at IS NOT NULL;
-- What may wait for a person.
CREATE INDEX job_waits ON job (state) WHERE state IN ('scheduled', 'publishing', 'unconfirmed');

-- What a file on disk belongs to.
CREATE INDEX media_stored ON media (stored_name) WHERE stored_name IS NOT NULL;

-- The first comment under a post that is out. It is tried by itself: whatever becomes of it, the post stays as it is.
CREATE TABLE comment (
    job_id        INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'posted', 'failed', 'unconfirmed')),
    text          TEXT NOT NULL,
    next_at       INTEGER,
    -- The call was (perhaps) made and its outcome is not stored: look for the comment before anything else.
    unsettled     INTEGER NOT NULL DEFAULT 0,
    called_at     INTEGER,
    looks         INTEGER NOT NULL DEFAULT 0,
    lease_attempt INTEGER,
    lease_until   INTEGER,
    tries         INTEGER NOT NULL DEFAULT 0,
    remote_id     TEXT,
    posted_at     INTEGER,
    last_error    TEXT
) STRICT;
CREATE INDEX comment_due ON comment (next_at) WHERE next_at IS NOT NULL;

-- Calls that count against a limit of an account which is known beforehand.
CREATE TABLE spend (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    budget     TEXT NOT NULL,
    at         INTEGER NOT NULL
) STRICT;
CREATE INDEX spend_budget ON spend (account_id, budget, at);
CREATE INDEX spend_age ON spend (at);

-- The first time that somebody asked for a media address.
CREATE TABLE fetch (
    job_id     INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    attempt_id INTEGER NOT NULL,
    media_id   INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (job_id, attempt_id, media_id)
) STRICT, WITHOUT ROWID;

-- What trying a job without posting found. The newest one is kept.
CREATE TABLE rehearsal (
    job_id   INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
    at       INTEGER NOT NULL,
    verdict  TEXT NOT NULL CHECK (verdict IN ('fine', 'warning', 'blocking')),
    findings TEXT NOT NULL
) STRICT;
