-- +goose Up
-- A page that was deleted lies in the bin of its space. So that no statement can forget it, page is a view of those
-- that are there: only what writes, the bin and the check say page_all (a test holds the list).
ALTER TABLE page RENAME TO page_all;
ALTER TABLE page_all ADD COLUMN deleted_at INTEGER;
CREATE VIEW page AS SELECT * FROM page_all WHERE deleted_at IS NULL;

DROP INDEX page_by_kind;
DROP INDEX page_by_update;
DROP INDEX page_by_owner;
DROP INDEX page_by_review;
CREATE INDEX page_by_kind ON page_all (kind, title_sort, space, draft, archived, state, owner_unit, deleted_at);
CREATE INDEX page_by_update ON page_all (updated_at, space, draft, kind, owner_unit, deleted_at);
CREATE INDEX page_by_owner ON page_all (owner_unit, kind, space, draft, archived, deleted_at);
CREATE INDEX page_by_review ON page_all (review_due, space, draft, archived, kind, owner_unit, deleted_at) WHERE review_due IS NOT NULL;
-- The same by time of change: only here can the index to walk by be named.
CREATE VIEW page_newest AS SELECT * FROM page_all INDEXED BY page_by_update WHERE deleted_at IS NULL;
CREATE INDEX page_by_deletion ON page_all (deleted_at) WHERE deleted_at IS NOT NULL;

-- Who threw a page away, and why. The row goes with the page.
CREATE TABLE deletion (
    page_pk INTEGER PRIMARY KEY REFERENCES page_all (pk),
    by_role TEXT    NOT NULL,
    user_id TEXT    NOT NULL,
    reason  TEXT    NOT NULL CHECK (reason <> '')
);
-- What is left of a page that was removed for good: its id, which is never given again.
CREATE TABLE purged (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) WITHOUT ROWID;

-- Accounts that were erased: "Ehemaliges Mitglied #n". Revisions say former-n where they said the account.
CREATE TABLE tombstone (
    n  INTEGER PRIMARY KEY,
    at INTEGER NOT NULL
);
-- Where names of erased persons stand in texts, for those who answer for the space; the name itself is not kept.
CREATE TABLE name_trace (
    page_pk INTEGER NOT NULL REFERENCES page_all (pk),
    n       INTEGER NOT NULL,
    place   TEXT    NOT NULL CHECK (place IN ('text', 'file', 'value')),
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    PRIMARY KEY (page_pk, n, place, first)
) WITHOUT ROWID;

-- Who removed the text of a revision. A row with n = 0 opens everything of a page, while it is being purged.
ALTER TABLE suppression ADD COLUMN by_role TEXT NOT NULL DEFAULT '';
DROP TRIGGER kpi_value_is_kept;
-- +goose StatementBegin
CREATE TRIGGER kpi_value_is_kept BEFORE DELETE ON kpi_value
WHEN NOT EXISTS (SELECT 1 FROM suppression s WHERE s.page_pk = old.page_pk AND s.n = 0)
BEGIN
    SELECT RAISE(ABORT, 'a KPI value is kept');
END;
-- +goose StatementEnd

-- The tally counts the pages that are there.
DROP TRIGGER page_counted;
DROP TRIGGER page_uncounted;
DROP TRIGGER page_recounted;
-- +goose StatementBegin
CREATE TRIGGER page_counted AFTER INSERT ON page_all WHEN new.deleted_at IS NULL
BEGIN
    INSERT INTO tally (space, kind, draft, archived, n) VALUES (new.space, new.kind, new.draft, new.archived, 1)
    ON CONFLICT (space, kind, draft, archived) DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER page_uncounted AFTER DELETE ON page_all WHEN old.deleted_at IS NULL
BEGIN
    UPDATE tally SET n = n - 1
    WHERE space = old.space AND kind = old.kind AND draft = old.draft AND archived = old.archived;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER page_recounted AFTER UPDATE OF space, kind, draft, archived, deleted_at ON page_all
WHEN new.space <> old.space OR new.kind <> old.kind OR new.draft <> old.draft OR new.archived <> old.archived
    OR (new.deleted_at IS NULL) <> (old.deleted_at IS NULL)
BEGIN
    UPDATE tally SET n = n - 1
    WHERE old.deleted_at IS NULL AND space = old.space AND kind = old.kind AND draft = old.draft AND archived = old.archived;
    INSERT INTO tally (space, kind, draft, archived, n)
    SELECT new.space, new.kind, new.draft, new.archived, 1 WHERE new.deleted_at IS NULL
    ON CONFLICT (space, kind, draft, archived) DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd
