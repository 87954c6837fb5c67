-- +goose Up
-- Sign-on through identity providers. An account of a provider is known by (issuer, subject) and by nothing else.
ALTER TABLE account ADD COLUMN provider TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN issuer TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN organisation TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN mail TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN mail_verified INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX account_by_identity ON account (issuer, subject) WHERE issuer <> '';

-- What follows from groups of a provider ('provider') is kept apart from what was set by hand: it is replaced whole at
-- each sign-in. The union of both counts.
CREATE TABLE account_role_by_source (
    user_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    role    TEXT NOT NULL,
    source  TEXT NOT NULL DEFAULT 'hand' CHECK (source IN ('hand', 'provider')),
    PRIMARY KEY (user_id, role, source)
) WITHOUT ROWID;
INSERT INTO account_role_by_source (user_id, role) SELECT user_id, role FROM account_role;
DROP TABLE account_role;
ALTER TABLE account_role_by_source RENAME TO account_role;
CREATE TABLE account_unit_by_source (
    user_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    unit    TEXT NOT NULL,
    source  TEXT NOT NULL DEFAULT 'hand' CHECK (source IN ('hand', 'provider')),
    PRIMARY KEY (user_id, unit, source)
) WITHOUT ROWID;
INSERT INTO account_unit_by_source (user_id, unit) SELECT user_id, unit FROM account_unit;
DROP TABLE account_unit;
ALTER TABLE account_unit_by_source RENAME TO account_unit;
CREATE TABLE space_member_by_source (
    user_id TEXT    NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    space   TEXT    NOT NULL REFERENCES space (key),
    level   INTEGER NOT NULL CHECK (level > 0),
    source  TEXT    NOT NULL DEFAULT 'hand' CHECK (source IN ('hand', 'provider')),
    PRIMARY KEY (user_id, space, source)
) WITHOUT ROWID;
INSERT INTO space_member_by_source (user_id, space, level) SELECT user_id, space, level FROM space_member;
DROP TABLE space_member;
ALTER TABLE space_member_by_source RENAME TO space_member;

-- tokens are those of the provider, sealed with the key beside the database.
ALTER TABLE session ADD COLUMN provider TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN sid TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN read_at INTEGER;
ALTER TABLE session ADD COLUMN refreshable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN tokens BLOB;
CREATE INDEX session_by_sid ON session (provider, sid) WHERE sid <> '';

-- A sign-in that is under way at a provider, or a sign-out that is to go there. Used once.
CREATE TABLE provider_flow (
    state      BLOB PRIMARY KEY,
    browser    BLOB    NOT NULL,
    provider   TEXT    NOT NULL,
    detail     BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX provider_flow_by_end ON provider_flow (expires_at);
-- Logout tokens that were taken, so that none is taken twice.
CREATE TABLE provider_logout (
    hash       BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
-- One-time links that the operator makes on the command line for a local administrator.
CREATE TABLE sign_in_link (
    hash       BLOB PRIMARY KEY,
    user_id    TEXT    NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
