-- +goose Up
-- A unit that belongs to a space: everybody whose account names the unit, exactly, has the level.
CREATE TABLE space_unit (
    unit  TEXT    NOT NULL,
    space TEXT    NOT NULL REFERENCES space (key),
    level INTEGER NOT NULL CHECK (level > 0),
    PRIMARY KEY (unit, space)
) WITHOUT ROWID;
CREATE INDEX space_unit_by_space ON space_unit (space);
CREATE INDEX account_by_unit ON account_unit (unit);
CREATE INDEX member_by_space ON space_member (space);

-- Requests for access to a closed space. Answered ones are kept for a while, for those who asked.
CREATE TABLE access_request (
    id          TEXT PRIMARY KEY,
    space       TEXT    NOT NULL REFERENCES space (key),
    user_id     TEXT    NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    reason      TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('open', 'accepted', 'declined')),
    asked_at    INTEGER NOT NULL,
    answered_at INTEGER,
    answer      TEXT    NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX access_request_open ON access_request (space, user_id) WHERE state = 'open';
CREATE INDEX access_request_by_user ON access_request (user_id);
