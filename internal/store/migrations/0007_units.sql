-- +goose Up
-- One act of reorganisation, with the number of what it moved. Texts of pages and names of persons are not in it.
CREATE TABLE reorganisation (
    id        TEXT PRIMARY KEY,
    at        INTEGER NOT NULL,
    act       TEXT    NOT NULL CHECK (act IN ('rename', 'merge', 'split', 'close')),
    unit      TEXT    NOT NULL,
    title     TEXT    NOT NULL,
    targets   TEXT    NOT NULL,
    occasion  TEXT    NOT NULL,
    by_role   TEXT    NOT NULL,
    user_id   TEXT    NOT NULL,
    counts    TEXT    NOT NULL,
    undone_at INTEGER,
    undone_by TEXT    NOT NULL DEFAULT '',
    kept      TEXT    NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX reorganisation_by_time ON reorganisation (at);

-- What was moved, so that it can be moved back. object is a page, a space or an account; rows go when the time for
-- undoing is over.
CREATE TABLE reorganisation_move (
    reorganisation TEXT    NOT NULL REFERENCES reorganisation (id),
    ord            INTEGER NOT NULL,
    what           TEXT    NOT NULL CHECK (what IN ('owner', 'space', 'member', 'right', 'parent', 'unit', 'relation', 'reference')),
    object         TEXT    NOT NULL,
    was            TEXT    NOT NULL,
    now            TEXT    NOT NULL,
    revision       INTEGER NOT NULL,
    PRIMARY KEY (reorganisation, ord)
) WITHOUT ROWID;
CREATE INDEX reorganisation_move_by_object ON reorganisation_move (what, object);

-- Where the pages of a closed unit go: whatever still names the unit when it is stored gets the successor instead, so
-- that nothing saved at the same moment is left without an owner.
CREATE TABLE unit_successor (
    slug           TEXT PRIMARY KEY,
    successor      TEXT NOT NULL CHECK (successor <> slug),
    reorganisation TEXT NOT NULL REFERENCES reorganisation (id)
) WITHOUT ROWID;
