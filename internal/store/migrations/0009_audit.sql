-- +goose Up
-- Where the beginning of the audit log was removed when its time was over. An entry of the chain says the same.
CREATE TABLE audit_cut (
    seq  INTEGER PRIMARY KEY,
    hash BLOB NOT NULL
);
-- +goose StatementBegin
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
WHEN old.seq > coalesce((SELECT max(seq) FROM audit_cut), 0)
BEGIN
    SELECT RAISE(ABORT, 'an audit entry is kept');
END;
-- +goose StatementEnd
