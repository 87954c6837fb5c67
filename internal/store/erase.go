package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/privacy"
)

// formerID stands in revisions in place of an account that was erased.
func formerID(n int) string { return fmt.Sprintf("former-%d", n) }

// Erase removes an account with everything that is about the person, for good. What they wrote stays and says former-n;
// a role in words stays unless it names them. traces say where the name stands in texts: they are kept for those who
// answer for the spaces, without the name. The number of the tombstone comes back.
func (s *Store) Erase(ctx context.Context, userID string, traces []privacy.Trace, events ...audit.Event) (int, error) {
	return s.eraseAs(ctx, userID, 0, s.now().UnixMilli(), traces, events...)
}

// eraseAs erases under a number that was given before, or under the next one with n = 0.
func (s *Store) eraseAs(ctx context.Context, userID string, n int, at int64, traces []privacy.Trace, events ...audit.Event) (int, error) {
	const op = "erase account"
	err := s.write(ctx, op, func(ctx context.Context, c *conn) error {
		list, err := readUsers(ctx, c, "WHERE u.id = $1", userID)
		if err == nil && len(list) == 0 {
			err = notFound(op, "account "+userID)
		}
		if err != nil {
			return err
		}
		u := list[0]
		if n == 0 {
			if _, err := c.row(ctx, []any{&n}, "SELECT coalesce(max(n), 0) + 1 FROM tombstone"); err != nil {
				return err
			}
			for i := range events {
				events[i] = events[i].With("former", fmt.Sprint(n))
			}
		}
		if _, err := c.exec(ctx, "INSERT INTO tombstone (n, at) VALUES ($1, $2) ON CONFLICT (n) DO NOTHING", n, at); err != nil {
			return err
		}
		others := 0
		if _, err := c.row(ctx, []any{&others}, `SELECT count(DISTINCT u.id) FROM account u JOIN account_role r ON r.user_id = u.id
			WHERE r.role = 'admin' AND u.disabled = 0 AND u.id <> $1`, userID); err != nil {
			return err
		}
		if slices.Contains(u.Roles, access.RoleAdmin) && others == 0 && !s.replaying {
			return &errs.Error{Kind: errs.Invalid, Op: "store: " + op, Msg: errs.Msg("store.last_admin")}
		}
		if err := renameLabels(ctx, c, u, n); err != nil {
			return err
		}
		for _, q := range []string{
			"UPDATE revision SET user_id = $2 WHERE user_id = $1",
			"UPDATE deletion SET user_id = $2 WHERE user_id = $1",
			"UPDATE reorganisation SET user_id = $2 WHERE user_id = $1",
		} {
			if _, err := c.exec(ctx, q, userID, formerID(n)); err != nil {
				return err
			}
		}
		// What hangs on the account goes with it: sessions, tokens, links, roles, units, memberships, requests.
		for _, q := range []string{"DELETE FROM reorganisation_move WHERE what = 'member' AND object IN ($1 || '/hand', $1 || '/provider')", "DELETE FROM audit_person WHERE user_id = $1", "DELETE FROM account WHERE id = $1"} {
			if _, err := c.exec(ctx, q, userID); err != nil {
				return err
			}
		}
		for _, t := range traces {
			_, err := c.exec(ctx, `INSERT INTO name_trace (page_pk, n, place, first, last)
				SELECT pk, $2, $3, $4, $5 FROM page_all WHERE id = $1 ON CONFLICT DO NOTHING`, string(t.Page), n, string(t.Place), t.First, t.Last)
			if err != nil {
				return err
			}
		}
		if err := s.record(ctx, c, events...); err != nil {
			return err
		}
		return s.remember(removal{Account: userID, N: n, At: at})
	})
	if err != nil {
		return 0, err
	}
	return n, s.Scrub(ctx)
}

// renameLabels replaces the role in words under which somebody appears in histories where it names them.
func renameLabels(ctx context.Context, c *conn, u auth.User, n int) error {
	// Labels of earlier times may differ from that of today. One that does not name them is that of others too, and stays.
	var names []string
	err := c.each(ctx, func(rows *sql.Rows) error {
		var by string
		err := rows.Scan(&by)
		if privacy.Names(u, by) && !slices.Contains(names, by) {
			names = append(names, by)
		}
		return err
	}, "SELECT DISTINCT by_role FROM revision WHERE user_id = $1 UNION SELECT $2", u.ID, u.Label)
	if err != nil || len(names) == 0 {
		return err
	}
	type row struct {
		pk, page  int64
		n         int
		by        string
		confirmed string
	}
	var list []row
	err = c.each(ctx, func(rows *sql.Rows) error {
		var r row
		err := rows.Scan(&r.pk, &r.page, &r.n, &r.by, &r.confirmed)
		if privacy.Names(u, r.by) || privacy.Names(u, r.confirmed) {
			list = append(list, r)
		}
		return err
	}, `SELECT pk, page_pk, n, by_role, coalesce(head ->> 12, '') FROM revision
		WHERE user_id = $1 OR by_role IN (SELECT value FROM json_each($2)) OR head ->> 12 IN (SELECT value FROM json_each($2))`, u.ID, jsonList(names))
	if err != nil {
		return err
	}
	label := strings.ReplaceAll(privacy.Former, "{n}", fmt.Sprint(n))
	for _, r := range list {
		by, confirmed := r.by, r.confirmed
		if privacy.Names(u, by) {
			by = label
		}
		if privacy.Names(u, confirmed) {
			confirmed = label
		}
		// The only key that opens a revision is a row of suppression; it is taken away again.
		opened, err := c.exec(ctx, "INSERT INTO suppression (page_pk, n, at, reason) VALUES ($1, $2, 0, 'erase') ON CONFLICT DO NOTHING", r.page, r.n)
		if err != nil {
			return err
		}
		_, err = c.exec(ctx, "UPDATE revision SET by_role = $2, head = json_set(head, '$[12]', $3) WHERE pk = $1", r.pk, by, confirmed)
		if err != nil {
			return err
		}
		if k, err := opened.RowsAffected(); err != nil || k == 0 {
			if err != nil {
				return err
			}
			continue
		}
		if _, err := c.exec(ctx, "DELETE FROM suppression WHERE page_pk = $1 AND n = $2", r.page, r.n); err != nil {
			return err
		}
	}
	for _, q := range []string{
		"UPDATE page_all SET confirmed_role = $2 WHERE confirmed_role IN (SELECT value FROM json_each($1))",
		"UPDATE deletion SET by_role = $2 WHERE by_role IN (SELECT value FROM json_each($1))",
		"UPDATE reorganisation SET by_role = $2 WHERE by_role IN (SELECT value FROM json_each($1))",
		"UPDATE reorganisation SET undone_by = $2 WHERE undone_by IN (SELECT value FROM json_each($1))",
		"UPDATE suppression SET by_role = $2 WHERE by_role IN (SELECT value FROM json_each($1))",
	} {
		if _, err := c.exec(ctx, q, jsonList(names), label); err != nil {
			return err
		}
	}
	return nil
}
