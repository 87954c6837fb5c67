-- +goose Up
-- When an identity provider last said that this person and their groups are as they stand here. API tokens of people of
-- whom it has said nothing for long open nothing.
ALTER TABLE account ADD COLUMN vouched_at INTEGER NOT NULL DEFAULT 0;
UPDATE account SET vouched_at = created_at WHERE provider <> '';
