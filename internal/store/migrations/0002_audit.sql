-- +goose Up
-- The audit log (package audit). What is personal lies beside the chain, under a salt, and can be erased: the chain
-- holds the salted hash only. The triggers are against accidents; against somebody with the file there are signed heads.
CREATE TABLE audit (
    seq          INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    action       TEXT    NOT NULL,
    outcome      TEXT    NOT NULL,
    object       TEXT    NOT NULL,
    detail       TEXT    NOT NULL,
    actor_hash   BLOB    NOT NULL,
    subject_hash BLOB    NOT NULL,
    hash         BLOB    NOT NULL
);
CREATE INDEX audit_by_action ON audit (action, seq);
CREATE TABLE audit_person (
    seq     INTEGER NOT NULL REFERENCES audit (seq),
    part    TEXT    NOT NULL CHECK (part IN ('actor', 'subject')),
    user_id TEXT    NOT NULL,
    network TEXT    NOT NULL,
    salt    BLOB    NOT NULL,
    PRIMARY KEY (seq, part)
) WITHOUT ROWID;
CREATE INDEX audit_person_by_user ON audit_person (user_id, seq);
-- +goose StatementBegin
CREATE TRIGGER audit_is_immutable BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'an audit entry is immutable');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_person_is_immutable BEFORE UPDATE ON audit_person
BEGIN
    SELECT RAISE(ABORT, 'the personal part of an audit entry is erased or kept, never changed');
END;
-- +goose StatementEnd
