-- +goose Up
-- API tokens: only the hash is kept. scopes are words with blanks between them; used_day is the beginning of the day
-- of the last use, which is all that is remembered of it.
CREATE TABLE api_token (
    id         TEXT PRIMARY KEY,
    hash       BLOB    NOT NULL UNIQUE,
    user_id    TEXT    NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    scopes     TEXT    NOT NULL CHECK (scopes <> ''),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
    used_day   INTEGER
) WITHOUT ROWID;
CREATE INDEX api_token_by_user ON api_token (user_id);

-- One-time links with which a person sets the password of their account; one for each account.
CREATE TABLE account_link (
    hash       BLOB PRIMARY KEY,
    user_id    TEXT    NOT NULL UNIQUE REFERENCES account (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What a person needs to tell their sessions apart: id is what a session is ended by, device a family of browsers and
-- systems, network the address without its end. confirmed_at is when who it is was last shown, for sensitive acts.
ALTER TABLE session ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN network TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN confirmed_at INTEGER NOT NULL DEFAULT 0;
UPDATE session SET id = lower(hex(randomblob(8))), confirmed_at = created_at;
CREATE UNIQUE INDEX session_by_id ON session (id) WHERE id <> '';
