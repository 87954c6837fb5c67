package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
)

// Enter finds the account of an identity or makes one, and replaces what the provider says of it and gives to it.
func (s *Store) Enter(ctx context.Context, id auth.Identity, now time.Time, created, changed audit.Event) (u auth.User, missing []string, err error) {
	const op = "enter account of provider"
	err = s.write(ctx, op, func(ctx context.Context, c *conn) error {
		list, err := readUsers(ctx, c, "WHERE u.issuer = $1 AND u.subject = $2 AND u.issuer <> ''", id.Issuer, id.Subject)
		if err != nil {
			return err
		}
		var events []audit.Event
		switch {
		case len(list) == 0:
			if _, err := c.exec(ctx, `
				INSERT INTO account (id, login, name, label, password_hash, disabled, created_at, issuer, subject)
				VALUES ($1, $2, '', '', '', 0, $3, $4, $5)`, id.UserID, id.Login, s.keep(now).UnixMilli(), id.Issuer, id.Subject); err != nil {
				return err
			}
			created.Subject = id.UserID
			events = append(events, created)
		case list[0].Disabled:
			u = list[0]
			return nil
		default:
			id.UserID = list[0].ID
		}
		if _, err := c.exec(ctx, `
			UPDATE account SET provider = $2, name = $3, label = $4, organisation = $5, mail = $6, mail_verified = $7, vouched_at = $8
			WHERE id = $1`, id.UserID, id.Provider, id.Name, id.Label, id.Organisation, id.Mail, bit(id.MailVerified), now.UnixMilli()); err != nil {
			return err
		}
		if missing, err = give(ctx, c, id.UserID, id.Rights); err != nil {
			return err
		}
		after, err := readUsers(ctx, c, "WHERE u.id = $1", id.UserID)
		if err != nil {
			return err
		}
		if len(after) != 1 {
			return notFound(op, "account "+id.UserID)
		}
		u = after[0]
		var before auth.Rights
		if len(list) > 0 {
			before = list[0].Given
		}
		if !slices.Equal(before.Roles, u.Given.Roles) || !slices.Equal(before.Units, u.Given.Units) || !maps.Equal(before.Spaces, u.Given.Spaces) {
			changed.Subject = u.ID
			events = append(events, changed)
		}
		return s.record(ctx, c, events...)
	})
	if err != nil {
		return auth.User{}, nil, err
	}
	return u, missing, nil
}

// give replaces the rights that come from a provider and names what of them does not exist. A unit that was closed or
// renamed here, which the operator's file may not know yet, gives what its successor has.
func give(ctx context.Context, c *conn, userID string, r auth.Rights) (missing []string, err error) {
	for _, table := range []string{"account_role", "account_unit", "space_member"} {
		if _, err := c.exec(ctx, "DELETE FROM "+table+" WHERE user_id = $1 AND source = 'provider'", userID); err != nil {
			return nil, err
		}
	}
	if _, err := c.exec(ctx, `
		INSERT INTO account_role (user_id, role, source) SELECT DISTINCT $1, value, 'provider' FROM json_each($2)`, userID, jsonList(r.Roles)); err != nil {
		return nil, err
	}
	for _, unit := range slices.Compact(slices.Sorted(slices.Values(r.Units))) {
		to, err := successor(ctx, c, unitKind+"/"+unit)
		if err != nil {
			return nil, err
		}
		if to != "" {
			unit = strings.TrimPrefix(to, unitKind+"/")
		}
		ok, err := c.row(ctx, []any{new(int)}, "SELECT 1 FROM page WHERE kind = 'unit' AND slug = $1 LIMIT 1", unit)
		if err != nil {
			return nil, err
		}
		if !ok {
			missing = append(missing, "unit "+unit)
			continue
		}
		if _, err := c.exec(ctx, "INSERT INTO account_unit (user_id, unit, source) VALUES ($1, $2, 'provider') ON CONFLICT DO NOTHING", userID, unit); err != nil {
			return nil, err
		}
	}
	for _, space := range slices.Sorted(maps.Keys(r.Spaces)) {
		level := r.Spaces[space]
		if level == access.None {
			continue
		}
		ok, err := c.row(ctx, []any{new(int)}, "SELECT 1 FROM space WHERE key = $1", space)
		if err != nil {
			return nil, err
		}
		if !ok {
			missing = append(missing, "space "+space)
			continue
		}
		if _, err := c.exec(ctx, "INSERT INTO space_member (user_id, space, level, source) VALUES ($1, $2, $3, 'provider')", userID, space, int(level)); err != nil {
			return nil, err
		}
	}
	return missing, nil
}

// maxFlows bounds the sign-ins that are under way: anybody can begin one.
const maxFlows = 20_000

// CreateFlow stores a flow and removes those that are over; of too many, the oldest go.
func (s *Store) CreateFlow(ctx context.Context, f auth.Flow, now time.Time) error {
	return s.write(ctx, "begin flow", func(ctx context.Context, c *conn) error {
		if _, err := c.exec(ctx, "DELETE FROM provider_flow WHERE expires_at <= $1", now.UnixMilli()); err != nil {
			return err
		}
		if _, err := c.exec(ctx, `
			DELETE FROM provider_flow WHERE state IN (SELECT state FROM provider_flow ORDER BY expires_at DESC LIMIT -1 OFFSET $1)`, maxFlows-1); err != nil {
			return err
		}
		_, err := c.exec(ctx, "INSERT INTO provider_flow (state, browser, provider, detail, expires_at) VALUES ($1, $2, $3, $4, $5)",
			f.State[:], f.Browser[:], f.Provider, f.Detail, f.ExpiresAt.UnixMilli())
		return err
	})
}

// UseFlow removes the flow of a state and gives it.
func (s *Store) UseFlow(ctx context.Context, state auth.Hash, now time.Time) (auth.Flow, error) {
	const op = "use flow"
	f := auth.Flow{State: state}
	err := s.write(ctx, op, func(ctx context.Context, c *conn) error {
		var browser []byte
		var expires int64
		ok, err := c.row(ctx, []any{&browser, &f.Provider, &f.Detail, &expires},
			"DELETE FROM provider_flow WHERE state = $1 RETURNING browser, provider, detail, expires_at", state[:])
		if err != nil {
			return err
		}
		f.ExpiresAt = time.UnixMilli(expires).UTC()
		copy(f.Browser[:], browser)
		if !ok {
			return notFound(op, "flow")
		}
		return nil
	})
	if err == nil && !now.Before(f.ExpiresAt) { // removed all the same
		err = notFound(op, "flow that is not over")
	}
	if err != nil {
		return auth.Flow{}, err
	}
	return f, nil
}

func setProviderSession(ctx context.Context, c *conn, se auth.Session) error {
	_, err := c.exec(ctx, "UPDATE session SET provider = $2, sid = $3, read_at = $4, refreshable = $5, tokens = $6 WHERE hash = $1",
		se.Hash[:], se.Provider, se.SID, millis(se.ReadAt), bit(se.Refreshable), se.Tokens)
	return err
}

// SessionTokens gives the sealed tokens of a session.
func (s *Store) SessionTokens(ctx context.Context, hash auth.Hash) ([]byte, error) {
	var tokens []byte
	err := s.lookup(ctx, "read tokens of session", func(ctx context.Context, c *conn) error {
		ok, err := c.row(ctx, []any{&tokens}, "SELECT tokens FROM session WHERE hash = $1", hash[:])
		if err == nil && !ok {
			err = notFound("read tokens of session", "session")
		}
		return err
	})
	return tokens, err
}

// RenewSession keeps new tokens and when the groups were read.
func (s *Store) RenewSession(ctx context.Context, hash auth.Hash, tokens []byte, refreshable bool, readAt time.Time) error {
	return s.write(ctx, "renew session", func(ctx context.Context, c *conn) error {
		res, err := c.exec(ctx, "UPDATE session SET tokens = $2, refreshable = $3, read_at = $4 WHERE hash = $1",
			hash[:], tokens, bit(refreshable), readAt.UnixMilli())
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			err = notFound("renew session", "session")
		}
		return err
	})
}

// EndProviderSessions ends the sessions a provider asks to end and tells whose they were.
func (s *Store) EndProviderSessions(ctx context.Context, end auth.ProviderEnd, now time.Time, e audit.Event) ([]string, error) {
	const op = "end sessions of provider"
	var users []string
	err := s.write(ctx, op, func(ctx context.Context, c *conn) error {
		users = nil
		if _, err := c.exec(ctx, "DELETE FROM provider_logout WHERE expires_at <= $1", now.UnixMilli()); err != nil {
			return err
		}
		res, err := c.exec(ctx, "INSERT INTO provider_logout (hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING", end.Used[:], end.Until.UnixMilli())
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			if err == nil {
				err = errs.New(errs.Conflict, errs.Message{})
			}
			return err
		}
		err = c.each(ctx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			users = append(users, id)
			return err
		}, `DELETE FROM session WHERE provider = $1 AND ($2 = '' OR sid = $2)
			AND ($3 = '' OR user_id IN (SELECT id FROM account WHERE issuer = $4 AND subject = $3)) RETURNING user_id`,
			end.Provider, end.SID, end.Subject, end.Issuer)
		if err != nil {
			return err
		}
		slices.Sort(users)
		users = slices.Compact(users)
		var events []audit.Event
		for _, id := range users {
			one := e
			one.Subject = id
			events = append(events, one)
		}
		return s.record(ctx, c, events...)
	})
	if err != nil {
		return nil, err
	}
	return users, nil
}

// CreateSignInLink stores the hash of a one-time link for an account in place of its earlier ones.
func (s *Store) CreateSignInLink(ctx context.Context, hash auth.Hash, userID string, expires time.Time, events ...audit.Event) error {
	return s.changeUser(ctx, "create link", userID, events, func(ctx context.Context, c *conn) error {
		if _, err := c.exec(ctx, "DELETE FROM sign_in_link WHERE user_id = $1", userID); err != nil {
			return err
		}
		_, err := c.exec(ctx, "INSERT INTO sign_in_link (hash, user_id, expires_at) VALUES ($1, $2, $3)", hash[:], userID, expires.UnixMilli())
		return err
	})
}

// UseSignInLink removes a link and gives the account.
func (s *Store) UseSignInLink(ctx context.Context, hash auth.Hash, now time.Time) (auth.User, error) {
	const op = "use link"
	var u auth.User
	var expires int64
	err := s.write(ctx, op, func(ctx context.Context, c *conn) error {
		var id string
		ok, err := c.row(ctx, []any{&id, &expires}, "DELETE FROM sign_in_link WHERE hash = $1 RETURNING user_id, expires_at", hash[:])
		if err != nil {
			return err
		}
		if !ok {
			return notFound(op, "link")
		}
		list, err := readUsers(ctx, c, "WHERE u.id = $1", id)
		if err != nil {
			return err
		}
		if len(list) != 1 {
			return notFound(op, "account "+id)
		}
		u = list[0]
		return nil
	})
	if err == nil && now.UnixMilli() >= expires { // removed all the same
		err = notFound(op, "link that is not over")
	}
	if err != nil {
		return auth.User{}, err
	}
	return u, nil
}
