package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"lernraum/internal/access"
)

// ownTables are what a person gets of their data: a statement for each table that refers to an account ($1). Times are
// named *_at or used_day; hashes, sealed tokens and salts are not data about the person and stay out.
var ownTables = []struct{ table, query string }{
	{"account", `SELECT id, login, name, label, provider, issuer, subject, organisation, mail, mail_verified, disabled, created_at FROM account WHERE id = $1`},
	{"account_role", `SELECT role, source FROM account_role WHERE user_id = $1 ORDER BY role, source`},
	{"account_unit", `SELECT unit, source FROM account_unit WHERE user_id = $1 ORDER BY unit, source`},
	{"space_member", `SELECT space, level, source FROM space_member WHERE user_id = $1 ORDER BY space, source`},
	{"session", `SELECT id, created_at, seen_at, expires_at, confirmed_at, device, network, provider FROM session WHERE user_id = $1 ORDER BY created_at`},
	{"api_token", `SELECT id, name, scopes, created_at, expires_at, used_day FROM api_token WHERE user_id = $1 ORDER BY created_at`},
	{"access_request", `SELECT space, reason, state, asked_at, answered_at, answer FROM access_request WHERE user_id = $1 ORDER BY asked_at`},
	{"audit_person", `SELECT a.seq, a.at AS recorded_at, a.action, a.outcome, a.object, a.detail, p.part, p.network
		FROM audit_person p JOIN audit a ON a.seq = p.seq WHERE p.user_id = $1 ORDER BY a.seq`},
	{"reorganisation", `SELECT id, at AS done_at, act, unit, title, occasion, undone_at FROM reorganisation WHERE user_id = $1 ORDER BY at`},
	{"deletion", `SELECT p.id AS page, p.deleted_at, d.reason FROM deletion d JOIN page_all p ON p.pk = d.page_pk WHERE d.user_id = $1 ORDER BY p.deleted_at`},
}

// notOwn are the tables that refer to an account and are not exported, with the reason (R-DS-1).
var notOwn = map[string]string{
	"account_link": "one-time secrets of a day; nothing but their hash is kept",
	"sign_in_link": "one-time secrets; nothing but their hash is kept",
	"revision":     "exported as texts, see ownRevisions",
}

// ownRevisions are what a person wrote, of pages they may read today.
const ownRevisions = `SELECT p.id AS page, v.n AS revision, v.at AS saved_at, v.by_role, v.change, v.comment,
	v.head ->> 1 AS kind, v.head ->> 2 AS space, v.head ->> 3 AS slug, v.head ->> 4 AS title, v.head ->> 5 AS summary, v.detail, v.body
	FROM revision v JOIN page p ON p.pk = v.page_pk WHERE ` + inScope + ` AND v.user_id = $4 AND v.pk > $5 ORDER BY v.pk LIMIT $6`

// OwnData walks over what is kept of a person. It reads texts in chunks: the memory it takes does not grow with them.
func (s *Store) OwnData(ctx context.Context, scope access.Scope, userID string, fn func(table string, row map[string]any) error) error {
	for _, t := range ownTables {
		rows, err := s.maps(ctx, t.query, userID)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := fn(t.table, r); err != nil {
				return err
			}
		}
	}
	var last int64
	for {
		rows, err := s.maps(ctx, strings.Replace(ownRevisions, "SELECT", "SELECT v.pk,", 1), scopeArgs(scope, userID, last, chunk)...)
		if err != nil {
			return err
		}
		for _, r := range rows {
			last, _ = r["pk"].(int64)
			delete(r, "pk")
			if err := fn("revision", r); err != nil {
				return err
			}
		}
		if len(rows) < chunk {
			return nil
		}
	}
}

// maps reads rows as they are named, times as such.
func (s *Store) maps(ctx context.Context, query string, args ...any) ([]map[string]any, error) {
	var list []map[string]any
	err := s.snapshot(ctx, "read own data", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			names, err := rows.Columns()
			if err != nil {
				return err
			}
			values, dest := make([]any, len(names)), make([]any, len(names))
			for i := range values {
				dest[i] = &values[i]
			}
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			row := make(map[string]any, len(names))
			for i, name := range names {
				if ms, ok := values[i].(int64); ok && (strings.HasSuffix(name, "_at") || name == "used_day") {
					values[i] = time.UnixMilli(ms).UTC()
				}
				row[name] = values[i]
			}
			list = append(list, row)
			return nil
		}, query, args...)
	})
	return list, err
}
