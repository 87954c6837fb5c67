package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"

	"lernraum/internal/audit"
	"lernraum/internal/auth"
)

// FindUsers lists accounts by name. Names are folded and sorted in Go, as everywhere; of all accounts only what decides
// is read, and the rest for those that are shown.
func (s *Store) FindUsers(ctx context.Context, q auth.PeopleQuery) ([]auth.User, int, error) {
	var where []string
	var args []any
	arg := func(v any, clause string) {
		args = append(args, v)
		where = append(where, strings.ReplaceAll(clause, "?", "$"+strconv.Itoa(len(args))))
	}
	switch q.Provider {
	case "":
	case auth.LocalProvider:
		where = append(where, "u.provider = ''")
	default:
		arg(q.Provider, "u.provider = ?")
	}
	if q.Role != "" {
		arg(string(q.Role), "EXISTS (SELECT 1 FROM account_role r WHERE r.user_id = u.id AND r.role = ?)")
	}
	switch q.State {
	case "open":
		where = append(where, "u.disabled = 0")
	case "closed":
		where = append(where, "u.disabled = 1")
	}
	query := "SELECT u.id, u.name, u.login, u.label, u.organisation FROM account u"
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	words := strings.Fields(fold(q.Text))
	type hit struct {
		id, login string
		key       []byte
	}
	var hits []hit
	var list []auth.User
	err := s.snapshot(ctx, "find accounts", func(ctx context.Context, c *conn) error {
		err := c.each(ctx, func(rows *sql.Rows) error {
			var h hit
			var name, label, organisation string
			if err := rows.Scan(&h.id, &name, &h.login, &label, &organisation); err != nil {
				return err
			}
			text := ""
			if len(words) > 0 {
				text = fold(name + " " + h.login + " " + label + " " + organisation)
			}
			if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
				h.key = s.sort.key(name)
				hits = append(hits, h)
			}
			return nil
		}, query, args...)
		if err != nil {
			return err
		}
		slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(bytes.Compare(a.key, b.key), cmp.Compare(a.login, b.login)) })
		from := min(q.Offset, len(hits))
		var ids []string
		for _, h := range hits[from:min(from+limitOf(q.Limit), len(hits))] {
			ids = append(ids, h.id)
		}
		if list, err = readUsers(ctx, c, "WHERE u.id IN (SELECT value FROM json_each($1))", jsonList(ids)); err != nil {
			return err
		}
		slices.SortFunc(list, func(a, b auth.User) int { return cmp.Compare(slices.Index(ids, a.ID), slices.Index(ids, b.ID)) })
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return list, len(hits), nil
}

// AccountProviders lists the providers that accounts belong to.
func (s *Store) AccountProviders(ctx context.Context) ([]string, error) {
	var list []string
	err := s.lookup(ctx, "list providers of accounts", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var p string
			err := rows.Scan(&p)
			list = append(list, p)
			return err
		}, "SELECT DISTINCT provider FROM account WHERE provider <> '' ORDER BY provider")
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// SetName replaces name and label of an account.
func (s *Store) SetName(ctx context.Context, userID, name, label string, events ...audit.Event) error {
	return s.changeUser(ctx, "set name", userID, events, func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, "UPDATE account SET name = $2, label = $3 WHERE id = $1", userID, name, label)
		return err
	})
}

// CreatePasswordLink stores the hash of a one-time link in place of an earlier one of the account.
func (s *Store) CreatePasswordLink(ctx context.Context, hash auth.Hash, userID string, expires time.Time, events ...audit.Event) error {
	return s.changeUser(ctx, "create password link", userID, events, func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, `INSERT INTO account_link (hash, user_id, expires_at) VALUES ($1, $2, $3)
			ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at`, hash[:], userID, expires.UnixMilli())
		return err
	})
}

// PasswordLinkUser gives the account of a link that is still good.
func (s *Store) PasswordLinkUser(ctx context.Context, hash auth.Hash, now time.Time) (auth.User, error) {
	list, err := s.users(ctx, "read password link", "JOIN account_link l ON l.user_id = u.id WHERE l.hash = $1 AND l.expires_at > $2", hash[:], now.UnixMilli())
	if err != nil {
		return auth.User{}, err
	}
	if len(list) == 0 {
		return auth.User{}, notFound("read password link", "link")
	}
	return list[0], nil
}

// UsePasswordLink removes a link and sets the password of its account.
func (s *Store) UsePasswordLink(ctx context.Context, hash auth.Hash, now time.Time, password string, events ...audit.Event) error {
	const op = "use password link"
	return s.write(ctx, op, func(ctx context.Context, c *conn) error {
		var user string
		ok, err := c.row(ctx, []any{&user}, "SELECT user_id FROM account_link WHERE hash = $1 AND expires_at > $2", hash[:], now.UnixMilli())
		if err != nil {
			return err
		}
		if !ok {
			return notFound(op, "link")
		}
		if _, err := c.exec(ctx, "DELETE FROM account_link WHERE hash = $1", hash[:]); err != nil {
			return err
		}
		if _, err := c.exec(ctx, "UPDATE account SET password_hash = $2 WHERE id = $1", user, password); err != nil {
			return err
		}
		return s.record(ctx, c, events...)
	})
}
