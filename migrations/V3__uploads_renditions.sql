-- Resumable uploads, files converted for a platform, small pictures that outlive their file, and the notice before a failed post's media goes.

-- A file that arrives in pieces. The bytes lie in the folder of incoming media under `word`; the row goes when it expires.
CREATE TABLE upload (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    -- The last part of its address; cannot be guessed.
    word         TEXT NOT NULL UNIQUE,
    actor        TEXT NOT NULL,
    file_name    TEXT NOT NULL,
    -- The type that the sender named.
    declared     TEXT,
    -- What the sender says of the file, as sent: it is told back with each answer.
    metadata     TEXT NOT NULL DEFAULT '',
    length       INTEGER NOT NULL,
    -- Bytes that are on the disk for sure, and the state of the SHA-256 over just these.
    received     INTEGER NOT NULL DEFAULT 0,
    hash_state   BLOB,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    -- How it ended: the media it became, or why it was refused (a problem as JSON). None of both: it goes on.
    media_id     INTEGER REFERENCES media (id) ON DELETE SET NULL,
    refused      TEXT
) STRICT;
CREATE INDEX upload_expiry ON upload (expires_at);

-- A copy of a media file, converted for a platform. One for each recipe, however many jobs need it.
CREATE TABLE rendition (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    media_id    INTEGER NOT NULL REFERENCES media (id) ON DELETE CASCADE,
    -- What is done to the file (JSON).
    recipe      TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('waiting', 'making', 'ready', 'failed', 'cleared')),
    -- While it is made: how far, in percent.
    progress    INTEGER NOT NULL DEFAULT 0,
    tries       INTEGER NOT NULL DEFAULT 0,
    next_at     INTEGER,
    -- Once it was made. The name is that in the media folder.
    stored_name TEXT,
    bytes       INTEGER NOT NULL DEFAULT 0,
    sha256      TEXT,
    probe       TEXT,
    -- Why it could not be made (a problem as JSON).
    error       TEXT,
    created_at  INTEGER NOT NULL,
    made_at     INTEGER,
    cleared_at  INTEGER,
    UNIQUE (media_id, recipe)
) STRICT;
CREATE INDEX rendition_due ON rendition (next_at) WHERE state IN ('waiting', 'making');
CREATE INDEX rendition_stored ON rendition (stored_name) WHERE stored_name IS NOT NULL;

-- Which job sends a converted copy instead of the file itself.
CREATE TABLE job_rendition (
    job_id       INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    media_id     INTEGER NOT NULL REFERENCES media (id),
    rendition_id INTEGER NOT NULL REFERENCES rendition (id),
    PRIMARY KEY (job_id, media_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_rendition_rendition ON job_rendition (rendition_id);

-- At most 20 kB each.
CREATE TABLE thumbnail (
    media_id INTEGER PRIMARY KEY REFERENCES media (id) ON DELETE CASCADE,
    mime     TEXT NOT NULL,
    bytes    BLOB NOT NULL
) STRICT;

-- What the person lets be done to the files for this account: {"aspect": "crop" | "pad", "length": "trim"}.
ALTER TABLE job ADD COLUMN adjust TEXT NOT NULL DEFAULT '{}';
-- When it was announced that the file goes although posts that failed still hold it.
ALTER TABLE media ADD COLUMN announced_at INTEGER;
