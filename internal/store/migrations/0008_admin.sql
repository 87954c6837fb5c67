-- +goose Up
-- Options that may change while the program runs, where neither command line, environment nor file gives them.
CREATE TABLE setting (
    name       TEXT PRIMARY KEY,
    value      TEXT    NOT NULL,
    changed_at INTEGER NOT NULL
) WITHOUT ROWID;

-- The last run of each piece of housekeeping, for the operator.
CREATE TABLE job (
    name       TEXT PRIMARY KEY,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    done       TEXT    NOT NULL,
    error      TEXT    NOT NULL
) WITHOUT ROWID;
