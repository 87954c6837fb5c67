package store

import (
	"context"
	"database/sql"
	"slices"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
)

// userColumns is account u with its roles, units and memberships in one row, each with its source. The lists are sorted
// in Go: every request of a signed-in person reads this, and sorting a list of two costs SQLite more than the rest.
const userColumns = `u.id, u.login, u.name, u.label, u.password_hash, u.disabled, u.created_at,
	u.provider, u.issuer, u.subject, u.organisation, u.mail, u.mail_verified, u.vouched_at,
	(SELECT json_group_array(json_array(r.role, r.source = 'provider')) FROM account_role r WHERE r.user_id = u.id),
	(SELECT json_group_array(json_array(n.unit, n.source = 'provider')) FROM account_unit n WHERE n.user_id = u.id),
	(SELECT json_group_array(json_array(m.space, m.level, m.source = 'provider')) FROM space_member m WHERE m.user_id = u.id),
	(SELECT json_group_array(json_array(g.space, g.level, 0)) FROM account_unit n JOIN space_unit g ON g.unit = n.unit WHERE n.user_id = u.id)`

func scanUser(rows *sql.Rows, more ...any) (auth.User, error) {
	var u auth.User
	var created, vouched int64
	var roles, units, spaces, through string
	dest := append(more, &u.ID, &u.Login, &u.Name, &u.Label, &u.PasswordHash, &u.Disabled, &created,
		&u.Provider, &u.Issuer, &u.Subject, &u.Organisation, &u.Mail, &u.MailVerified, &vouched, &roles, &units, &spaces, &through)
	if err := rows.Scan(dest...); err != nil {
		return auth.User{}, err
	}
	u.CreatedAt = fromMillis(sql.NullInt64{Int64: created, Valid: true})
	if vouched > 0 {
		u.VouchedAt = fromMillis(sql.NullInt64{Int64: vouched, Valid: true})
	}
	var bad [4]bool
	u.Roles, u.Given.Roles, bad[0] = sourced[access.Role](roles)
	u.Units, u.Given.Units, bad[1] = sourced[string](units)
	u.Spaces, u.Given.Spaces, bad[2] = sourcedLevels(spaces)
	var byUnit map[string]access.Membership
	byUnit, _, bad[3] = sourcedLevels(through)
	for space, level := range byUnit {
		if u.Spaces == nil {
			u.Spaces = map[string]access.Membership{}
		}
		u.Spaces[space] = max(u.Spaces[space], level)
	}
	if slices.Contains(bad[:], true) {
		return auth.User{}, errText
	}
	return u, nil
}

// sourced reads a list of [value, from a provider].
func sourced[T ~string](text string) (all, given []T, bad bool) {
	r := reader{s: text}
	for r.open('['); !r.bad && !r.close(']'); {
		r.open('[')
		v := T(r.text())
		all = append(all, v)
		if r.bit() {
			given = append(given, v)
		}
		if !r.close(']') {
			r.bad = true
		}
	}
	slices.Sort(all)
	slices.Sort(given)
	return slices.Compact(all), given, r.bad
}

// sourcedLevels reads a list of [space, level, from a provider]; the higher level counts.
func sourcedLevels(text string) (all, given map[string]access.Membership, bad bool) {
	r := reader{s: text}
	for r.open('['); !r.bad && !r.close(']'); {
		r.open('[')
		space, level := r.text(), access.Membership(r.int())
		if all == nil {
			all = map[string]access.Membership{}
		}
		all[space] = max(all[space], level)
		if r.bit() {
			if given == nil {
				given = map[string]access.Membership{}
			}
			given[space] = level
		}
		if !r.close(']') {
			r.bad = true
		}
	}
	return all, given, r.bad
}

func (s *Store) users(ctx context.Context, op, where string, args ...any) ([]auth.User, error) {
	var list []auth.User
	err := s.lookup(ctx, op, func(ctx context.Context, c *conn) (err error) {
		list, err = readUsers(ctx, c, where, args...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

func readUsers(ctx context.Context, c *conn, where string, args ...any) ([]auth.User, error) {
	var list []auth.User
	err := c.each(ctx, func(rows *sql.Rows) error {
		u, err := scanUser(rows)
		list = append(list, u)
		return err
	}, "SELECT "+userColumns+" FROM account u "+where, args...)
	return list, err
}

func (s *Store) oneUser(ctx context.Context, what, where string, arg any) (auth.User, error) {
	list, err := s.users(ctx, "read account", where, arg)
	if err != nil {
		return auth.User{}, err
	}
	if len(list) == 0 {
		return auth.User{}, notFound("read account", what)
	}
	return list[0], nil
}

// User loads one account, disabled ones too.
func (s *Store) User(ctx context.Context, id string) (auth.User, error) {
	return s.oneUser(ctx, "id "+id, "WHERE u.id = $1", id)
}

// UserByLogin loads one account by its normalised login.
func (s *Store) UserByLogin(ctx context.Context, login string) (auth.User, error) {
	return s.oneUser(ctx, "by login", "WHERE u.login = $1", login)
}

// Users lists all accounts by login.
func (s *Store) Users(ctx context.Context) ([]auth.User, error) {
	return s.users(ctx, "list accounts", "ORDER BY u.login")
}

// CreateUser stores a new account with its roles, units and memberships.
func (s *Store) CreateUser(ctx context.Context, u auth.User, events ...audit.Event) error {
	const op = "create account"
	return s.write(ctx, op, func(ctx context.Context, c *conn) error {
		taken, err := c.row(ctx, []any{new(int)}, "SELECT 1 FROM account WHERE login = $1 OR id = $2", u.Login, u.ID)
		if err != nil {
			return err
		}
		if taken {
			return conflict(op, "login", errs.Msg("store.login_taken"), "login or id is taken")
		}
		_, err = c.exec(ctx, `
			INSERT INTO account (id, login, name, label, password_hash, disabled, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			u.ID, u.Login, u.Name, u.Label, u.PasswordHash, bit(u.Disabled), s.keep(u.CreatedAt).UnixMilli())
		if err != nil {
			return err
		}
		if err := setRoles(ctx, c, u.ID, u.Roles); err != nil {
			return err
		}
		if err := setUnits(ctx, c, u.ID, u.Units); err != nil {
			return err
		}
		for space, level := range u.Spaces {
			if err := setMembership(ctx, c, u.ID, space, level); err != nil {
				return err
			}
		}
		return s.record(ctx, c, events...)
	})
}

// changeUser runs a change on an account that exists, and records the events that tell of it with it.
func (s *Store) changeUser(ctx context.Context, op, id string, events []audit.Event, fn func(ctx context.Context, c *conn) error) error {
	return s.write(ctx, op, func(ctx context.Context, c *conn) error {
		ok, err := c.row(ctx, []any{new(int)}, "SELECT 1 FROM account WHERE id = $1", id)
		if err != nil {
			return err
		}
		if !ok {
			return notFound(op, "account "+id)
		}
		if err := fn(ctx, c); err != nil {
			return err
		}
		return s.record(ctx, c, events...)
	})
}

// SetPassword replaces the hash of the password.
func (s *Store) SetPassword(ctx context.Context, userID, hash string, events ...audit.Event) error {
	return s.changeUser(ctx, "set password", userID, events, func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, "UPDATE account SET password_hash = $2 WHERE id = $1", userID, hash)
		return err
	})
}

// SetDisabled locks or opens an account.
func (s *Store) SetDisabled(ctx context.Context, userID string, disabled bool, events ...audit.Event) error {
	return s.changeUser(ctx, "disable account", userID, events, func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, "UPDATE account SET disabled = $2 WHERE id = $1", userID, bit(disabled))
		return err
	})
}

// SetRoles replaces the roles that were set by hand.
func (s *Store) SetRoles(ctx context.Context, userID string, roles []access.Role, events ...audit.Event) error {
	return s.changeUser(ctx, "set roles", userID, events, func(ctx context.Context, c *conn) error {
		return setRoles(ctx, c, userID, roles)
	})
}

func setRoles(ctx context.Context, c *conn, userID string, roles []access.Role) error {
	if _, err := c.exec(ctx, "DELETE FROM account_role WHERE user_id = $1 AND source = 'hand'", userID); err != nil {
		return err
	}
	_, err := c.exec(ctx, "INSERT INTO account_role (user_id, role) SELECT DISTINCT $1, value FROM json_each($2)", userID, jsonList(roles))
	return err
}

// SetUnits replaces the units that were set by hand.
func (s *Store) SetUnits(ctx context.Context, userID string, units []string, events ...audit.Event) error {
	return s.changeUser(ctx, "set units", userID, events, func(ctx context.Context, c *conn) error {
		return setUnits(ctx, c, userID, units)
	})
}

func setUnits(ctx context.Context, c *conn, userID string, units []string) error {
	if _, err := c.exec(ctx, "DELETE FROM account_unit WHERE user_id = $1 AND source = 'hand'", userID); err != nil {
		return err
	}
	_, err := c.exec(ctx, "INSERT INTO account_unit (user_id, unit) SELECT DISTINCT $1, value FROM json_each($2)", userID, jsonList(units))
	return err
}

// SetMembership replaces the membership in one space that was set by hand; access.None removes it.
func (s *Store) SetMembership(ctx context.Context, userID, space string, m access.Membership, events ...audit.Event) error {
	return s.changeUser(ctx, "set membership", userID, events, func(ctx context.Context, c *conn) error {
		return setMembership(ctx, c, userID, space, m)
	})
}

func setMembership(ctx context.Context, c *conn, userID, space string, m access.Membership) error {
	ok, err := c.row(ctx, []any{new(int)}, "SELECT 1 FROM space WHERE key = $1", space)
	if err != nil {
		return err
	}
	if !ok {
		return notFound("set membership", "space "+space)
	}
	managed, err := hasManager(ctx, c, space)
	if err != nil {
		return err
	}
	if m == access.None {
		if _, err := c.exec(ctx, "DELETE FROM space_member WHERE user_id = $1 AND space = $2 AND source = 'hand'", userID, space); err != nil {
			return err
		}
		return keepManager(ctx, c, space, managed)
	}
	_, err = c.exec(ctx, `
		INSERT INTO space_member (user_id, space, level) VALUES ($1, $2, $3)
		ON CONFLICT (user_id, space, source) DO UPDATE SET level = excluded.level`, userID, space, int(m))
	if err != nil {
		return err
	}
	return keepManager(ctx, c, space, managed)
}
