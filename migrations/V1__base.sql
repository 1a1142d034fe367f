-- The ground: people, accounts, media, posts and the jobs that publish them.
-- Times are milliseconds since 1970 UTC (…_at, …_until). Ids are never reused. Secrets are sealed blobs (…_sealed) or fingerprints (…_hash).

CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT NOT NULL UNIQUE COLLATE NOCASE,
    name          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    is_admin      INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER
) STRICT;

CREATE TABLE session (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash   BLOB NOT NULL UNIQUE,
    user_id      INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    user_agent   TEXT NOT NULL
) STRICT;
CREATE INDEX session_user ON session (user_id);

CREATE TABLE workspace (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL,
    time_zone  TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE member (
    workspace_id INTEGER NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    user_id      INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    role         TEXT NOT NULL CHECK (role IN ('admin', 'publisher', 'contributor', 'viewer')),
    PRIMARY KEY (workspace_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_user ON member (user_id);

CREATE TABLE api_key (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    hint         TEXT NOT NULL,
    key_hash     BLOB NOT NULL UNIQUE,
    scopes       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;

-- One way through a platform's consent pages: the state sent out, and (sealed) the accounts found, until the person has chosen.
CREATE TABLE connect (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id      INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    workspace_id    INTEGER NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    login           TEXT NOT NULL,
    state_hash      BLOB NOT NULL UNIQUE,
    verifier_sealed BLOB NOT NULL,
    found_sealed    BLOB,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    used_at         INTEGER
) STRICT;

CREATE TABLE account (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id   INTEGER NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    platform       TEXT NOT NULL CHECK (platform IN ('tiktok', 'facebook', 'instagram')),
    login          TEXT NOT NULL CHECK (login IN ('tiktok', 'facebook', 'instagram')),
    remote_id      TEXT NOT NULL,
    person_id      TEXT,
    username       TEXT NOT NULL,
    display_name   TEXT NOT NULL,
    avatar         BLOB,
    avatar_mime    TEXT,
    status         TEXT NOT NULL CHECK (status IN ('active', 'needs_reconnect', 'disconnected')),
    status_reason  TEXT,
    scopes         TEXT NOT NULL,
    missing_scopes TEXT NOT NULL DEFAULT '',
    access_sealed  BLOB,
    access_version INTEGER NOT NULL DEFAULT 1,
    expires_at     INTEGER,
    renew_by       INTEGER,
    renewing_until INTEGER,
    connected_by   INTEGER REFERENCES user (id) ON DELETE SET NULL,
    connected_at   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_remote ON account (workspace_id, platform, remote_id) WHERE status <> 'disconnected';

CREATE TABLE media (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    state        TEXT NOT NULL CHECK (state IN ('uploading', 'ready', 'cleared', 'broken')),
    kind         TEXT NOT NULL CHECK (kind IN ('image', 'video')),
    mime         TEXT NOT NULL,
    -- The name the person's file had; shown, never used as a path.
    file_name    TEXT NOT NULL,
    -- The name in the media folder.
    stored_name  TEXT,
    bytes        INTEGER NOT NULL,
    sha256       TEXT NOT NULL,
    width        INTEGER,
    height       INTEGER,
    duration_ms  INTEGER,
    probe        TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    cleared_at   INTEGER
) STRICT;
CREATE INDEX media_on_disk ON media (state, created_at) WHERE stored_name IS NOT NULL;

CREATE TABLE post (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    caption      TEXT NOT NULL,
    scheduled_at INTEGER,
    created_by   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX post_time ON post (workspace_id, scheduled_at);

CREATE TABLE post_media (
    post_id  INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    media_id INTEGER NOT NULL REFERENCES media (id),
    PRIMARY KEY (post_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_media_media ON post_media (media_id);

CREATE TABLE job (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    post_id         INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    account_id      INTEGER NOT NULL REFERENCES account (id),
    kind            TEXT NOT NULL,
    -- This account's own words; none: the post's.
    caption         TEXT,
    options         TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('draft', 'scheduled', 'publishing', 'published', 'failed', 'cancelled', 'missed', 'unconfirmed')),
    held_by         TEXT,
    -- What the person asked for, and when the engine looks next.
    publish_at      INTEGER,
    next_at         INTEGER,
    -- The adapter's progress (sealed: it may hold upload addresses that are credentials), and what the engine must know of it in the clear.
    progress_sealed BLOB,
    step            TEXT NOT NULL DEFAULT '',
    irreversible    INTEGER NOT NULL DEFAULT 0,
    long            INTEGER NOT NULL DEFAULT 0,
    -- The irreversible call was (perhaps) made and its outcome is not stored: reconcile before anything else.
    unsettled       INTEGER NOT NULL DEFAULT 0,
    called_at       INTEGER,
    -- Who works on it: the attempt that holds the lease, and until when.
    lease_attempt   INTEGER,
    lease_until     INTEGER,
    tries           INTEGER NOT NULL DEFAULT 0,
    remote_id       TEXT,
    permalink       TEXT,
    published_at    INTEGER,
    last_error      TEXT,
    UNIQUE (post_id, account_id)
) STRICT;
CREATE INDEX job_due ON job (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX job_account_leased ON job (account_id) WHERE lease_until IS NOT NULL;
CREATE INDEX job_account ON job (account_id);

CREATE TABLE attempt (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id      INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    step        TEXT NOT NULL,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER,
    -- 'ok', 'wait', 'done', or the class of the error.
    outcome     TEXT,
    code        TEXT,
    message     TEXT,
    trace_id    TEXT,
    http_status INTEGER
) STRICT;
CREATE INDEX attempt_job ON attempt (job_id);

CREATE TABLE idempotency (
    workspace_id INTEGER NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    key          TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    -- What the first request made: the id of a post or a media file.
    made         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    at           INTEGER NOT NULL,
    workspace_id INTEGER REFERENCES workspace (id) ON DELETE SET NULL,
    actor        TEXT NOT NULL,
    action       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    detail       TEXT NOT NULL
) STRICT;
CREATE INDEX audit_time ON audit (at);
