-- +goose Up
-- Times are INTEGER milliseconds UTC. Columns named *_fold and *_sort are computed in Go (fold.go), so that case
-- folding and collation are the same for every engine. pk is internal; ids and hashes are what the outside sees.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE space (
    key        TEXT PRIMARY KEY,
    title      TEXT NOT NULL,
    summary    TEXT NOT NULL,
    type       TEXT NOT NULL CHECK (type IN ('open', 'published', 'restricted')),
    unit       TEXT NOT NULL,
    reason     TEXT NOT NULL,
    review_due INTEGER,
    created_at INTEGER NOT NULL,
    CHECK (type <> 'restricted' OR (reason <> '' AND review_due IS NOT NULL))
) WITHOUT ROWID;

-- The head of a page without its long texts: those stand once, in its newest revision (head). card is what a link
-- to the page shows, as the end of a JSON list that link.shown begins: a page view glues the two together, since
-- reading each column of each link takes three times as long.
CREATE TABLE page (
    pk             INTEGER PRIMARY KEY,
    card           TEXT    NOT NULL,
    id             TEXT    NOT NULL UNIQUE,
    kind           TEXT    NOT NULL,
    space          TEXT    NOT NULL REFERENCES space (key),
    slug           TEXT    NOT NULL,
    title          TEXT    NOT NULL,
    title_fold     TEXT    NOT NULL,
    title_sort     BLOB    NOT NULL,
    summary        TEXT    NOT NULL,
    lang           TEXT    NOT NULL,
    owner          TEXT    NOT NULL,
    owner_unit     TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    statement      TEXT    NOT NULL,
    draft          INTEGER NOT NULL CHECK (draft IN (0, 1)),
    archived       INTEGER NOT NULL CHECK (archived IN (0, 1)),
    review_due     INTEGER,
    confirmed_at   INTEGER,
    confirmed_role TEXT    NOT NULL,
    revision       INTEGER NOT NULL CHECK (revision > 0),
    head           INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
);
-- Each of these carries what the access rule and the usual filters need, so that lists read the page only for
-- the rows they show.
CREATE INDEX page_by_kind ON page (kind, title_sort, space, draft, archived, state, owner_unit);
CREATE INDEX page_by_update ON page (updated_at, space, draft, kind, owner_unit);
CREATE INDEX page_by_owner ON page (owner_unit, kind, space, draft, archived);
CREATE INDEX page_by_review ON page (review_due, space, draft, archived, kind, owner_unit) WHERE review_due IS NOT NULL;

-- detail holds what has no column of its own, as JSON: fields, relations, tags, unknown front matter.
CREATE TABLE revision (
    pk      INTEGER PRIMARY KEY,
    page_pk INTEGER NOT NULL REFERENCES page (pk),
    n       INTEGER NOT NULL CHECK (n > 0),
    at      INTEGER NOT NULL,
    by_role TEXT    NOT NULL,
    user_id TEXT    NOT NULL,
    change  TEXT    NOT NULL,
    comment TEXT    NOT NULL,
    head    TEXT    NOT NULL,
    detail  TEXT    NOT NULL,
    body    TEXT    NOT NULL,
    UNIQUE (page_pk, n)
);
CREATE INDEX revision_by_user ON revision (user_id) WHERE user_id <> '';

-- A row here is the only key that opens a revision for change: text removed on purpose, with its reason.
CREATE TABLE suppression (
    page_pk INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    reason  TEXT    NOT NULL CHECK (reason <> ''),
    PRIMARY KEY (page_pk, n)
) WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER revision_is_immutable
BEFORE UPDATE OF pk, page_pk, n, at, by_role, change, comment, head, detail, body ON revision
WHEN NOT EXISTS (SELECT 1 FROM suppression s WHERE s.page_pk = old.page_pk AND s.n = old.n)
BEGIN
    SELECT RAISE(ABORT, 'a revision is immutable');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER revision_is_kept
BEFORE DELETE ON revision
WHEN NOT EXISTS (SELECT 1 FROM suppression s WHERE s.page_pk = old.page_pk AND s.n = old.n)
BEGIN
    SELECT RAISE(ABORT, 'a revision is kept');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER page_revision_follows
BEFORE UPDATE OF revision ON page
WHEN new.revision NOT IN (old.revision, old.revision + 1)
BEGIN
    SELECT RAISE(ABORT, 'revision n+1 follows n');
END;
-- +goose StatementEnd

-- Every address a page has or had; none is ever given to another page.
CREATE TABLE path (
    space   TEXT    NOT NULL,
    slug    TEXT    NOT NULL,
    page_pk INTEGER NOT NULL REFERENCES page (pk),
    current INTEGER NOT NULL CHECK (current IN (0, 1)),
    PRIMARY KEY (space, slug)
) WITHOUT ROWID;
CREATE INDEX path_by_slug ON path (slug);
CREATE INDEX path_by_page ON path (page_pk, current);

-- Every title a page has or had, so that a link by an old title still finds it.
CREATE TABLE name (
    fold    TEXT    NOT NULL,
    page_pk INTEGER NOT NULL REFERENCES page (pk),
    current INTEGER NOT NULL CHECK (current IN (0, 1)),
    title   TEXT    NOT NULL,
    PRIMARY KEY (fold, page_pk)
) WITHOUT ROWID;
CREATE INDEX name_by_page ON name (page_pk);

-- Derived from the newest revision; deleted and made again at any time.
CREATE TABLE link (
    from_pk  INTEGER NOT NULL REFERENCES page (pk),
    ord      INTEGER NOT NULL,
    to_pk    INTEGER REFERENCES page (pk),
    shown    TEXT    NOT NULL,
    type     TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    ref      TEXT    NOT NULL,
    ref_fold TEXT    NOT NULL,
    text     TEXT    NOT NULL,
    PRIMARY KEY (from_pk, ord)
) WITHOUT ROWID;
CREATE INDEX link_by_target ON link (to_pk, type) WHERE to_pk IS NOT NULL;
CREATE INDEX link_by_ref ON link (ref_fold);

CREATE TABLE tag (
    page_pk INTEGER NOT NULL REFERENCES page (pk),
    tag     TEXT    NOT NULL,
    PRIMARY KEY (page_pk, tag)
) WITHOUT ROWID;
CREATE INDEX tag_by_tag ON tag (tag);

CREATE TABLE alias (
    page_pk    INTEGER NOT NULL REFERENCES page (pk),
    ord        INTEGER NOT NULL,
    alias      TEXT    NOT NULL,
    alias_fold TEXT    NOT NULL,
    PRIMARY KEY (page_pk, ord)
) WITHOUT ROWID;

-- Short values of top-level fields, for filters, columns and sorting.
CREATE TABLE field_value (
    page_pk INTEGER NOT NULL REFERENCES page (pk),
    key     TEXT    NOT NULL,
    ord     INTEGER NOT NULL,
    value   TEXT    NOT NULL,
    sort    BLOB    NOT NULL,
    PRIMARY KEY (page_pk, key, ord)
) WITHOUT ROWID;
CREATE INDEX field_by_value ON field_value (key, value);

CREATE TABLE render (
    page_pk  INTEGER PRIMARY KEY REFERENCES page (pk),
    version  INTEGER NOT NULL,
    headings TEXT    NOT NULL,
    fields   TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    text     TEXT    NOT NULL,
    -- 1: the text shows something that has changed elsewhere and is to be rendered again
    stale    INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX render_stale ON render (page_pk) WHERE stale = 1;

-- Bytes lie in blobs/ under their hash and are durable before their row is.
CREATE TABLE blob (
    sha256     TEXT PRIMARY KEY,
    size       INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE attachment (
    pk         INTEGER PRIMARY KEY,
    id         TEXT    NOT NULL UNIQUE,
    page_pk    INTEGER NOT NULL REFERENCES page (pk),
    name       TEXT    NOT NULL,
    alt        TEXT    NOT NULL,
    type       TEXT    NOT NULL,
    sha256     TEXT    NOT NULL REFERENCES blob (sha256),
    version    INTEGER NOT NULL CHECK (version > 0),
    current    INTEGER NOT NULL CHECK (current IN (0, 1)),
    created_at INTEGER NOT NULL,
    removed_at INTEGER,
    UNIQUE (page_pk, name, version)
);
CREATE UNIQUE INDEX attachment_current ON attachment (page_pk, name) WHERE current = 1;
CREATE INDEX attachment_by_blob ON attachment (sha256);

CREATE TABLE change (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    page_id TEXT    NOT NULL,
    at      INTEGER NOT NULL
);

-- How many pages there are, kept by the triggers below: counting 100,000 rows for every start page is not cheap.
CREATE TABLE tally (
    space    TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    draft    INTEGER NOT NULL,
    archived INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (space, kind, draft, archived)
) WITHOUT ROWID;
-- +goose StatementBegin
CREATE TRIGGER page_counted AFTER INSERT ON page
BEGIN
    INSERT INTO tally (space, kind, draft, archived, n) VALUES (new.space, new.kind, new.draft, new.archived, 1)
    ON CONFLICT (space, kind, draft, archived) DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER page_uncounted AFTER DELETE ON page
BEGIN
    UPDATE tally SET n = n - 1
    WHERE space = old.space AND kind = old.kind AND draft = old.draft AND archived = old.archived;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER page_recounted AFTER UPDATE OF space, kind, draft, archived ON page
WHEN new.space <> old.space OR new.kind <> old.kind OR new.draft <> old.draft OR new.archived <> old.archived
BEGIN
    UPDATE tally SET n = n - 1
    WHERE space = old.space AND kind = old.kind AND draft = old.draft AND archived = old.archived;
    INSERT INTO tally (space, kind, draft, archived, n) VALUES (new.space, new.kind, new.draft, new.archived, 1)
    ON CONFLICT (space, kind, draft, archived) DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd

CREATE TABLE kpi_value (
    page_pk     INTEGER NOT NULL REFERENCES page (pk),
    period      TEXT    NOT NULL,
    version     INTEGER NOT NULL CHECK (version > 0),
    start       INTEGER NOT NULL,
    value       REAL    NOT NULL,
    n           REAL    NOT NULL,
    state       TEXT    NOT NULL,
    note        TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (page_pk, period, version)
) WITHOUT ROWID;
CREATE VIEW kpi_newest AS
SELECT v.* FROM kpi_value v
WHERE v.version = (SELECT max(w.version) FROM kpi_value w WHERE w.page_pk = v.page_pk AND w.period = v.period);
-- +goose StatementBegin
CREATE TRIGGER kpi_value_is_immutable BEFORE UPDATE ON kpi_value
BEGIN
    SELECT RAISE(ABORT, 'a KPI value is immutable; a new value is a new version');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER kpi_value_is_kept BEFORE DELETE ON kpi_value
BEGIN
    SELECT RAISE(ABORT, 'a KPI value is kept');
END;
-- +goose StatementEnd

CREATE TABLE account (
    id            TEXT PRIMARY KEY,
    login         TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    label         TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    disabled      INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    created_at    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE account_role (
    user_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    role    TEXT NOT NULL,
    PRIMARY KEY (user_id, role)
) WITHOUT ROWID;
CREATE TABLE account_unit (
    user_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    unit    TEXT NOT NULL,
    PRIMARY KEY (user_id, unit)
) WITHOUT ROWID;
CREATE TABLE space_member (
    user_id TEXT    NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    space   TEXT    NOT NULL REFERENCES space (key),
    level   INTEGER NOT NULL CHECK (level > 0),
    PRIMARY KEY (user_id, space)
) WITHOUT ROWID;
CREATE TABLE session (
    hash       BLOB PRIMARY KEY,
    user_id    TEXT    NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_by_user ON session (user_id);
CREATE TABLE setup_token (
    hash       BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
