package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
	"lernraum/internal/member"
)

// SpacePeople lists the persons with a right in a space by name, each with all its sources.
func (s *Store) SpacePeople(ctx context.Context, space string) ([]member.Person, error) {
	var list []member.Person
	err := s.lookup(ctx, "list people of a space", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var p member.Person
			var r member.Right
			if err := rows.Scan(&p.ID, &p.Login, &p.Name, &p.Label, &p.Disabled, &r.Level, &r.Source, &r.Unit); err != nil {
				return err
			}
			if n := len(list); n == 0 || list[n-1].ID != p.ID {
				list = append(list, p)
			}
			last := &list[len(list)-1]
			last.Rights = append(last.Rights, r)
			return nil
		}, `
			SELECT u.id, u.login, u.name, u.label, u.disabled, m.level, m.source, '' FROM space_member m JOIN account u ON u.id = m.user_id
			WHERE m.space = $1
			UNION
			SELECT u.id, u.login, u.name, u.label, u.disabled, g.level, 'unit', g.unit
			FROM space_unit g JOIN account_unit n ON n.unit = g.unit JOIN account u ON u.id = n.user_id
			WHERE g.space = $1
			ORDER BY 1, 7, 8`, space)
	})
	if err != nil {
		return nil, err
	}
	s.sortPeople(list)
	return list, nil
}

func (s *Store) sortPeople(list []member.Person) {
	slices.SortFunc(list, func(a, b member.Person) int { return strings.Compare(a.Login, b.Login) })
	sortByTitle(s.sort, list, func(p member.Person) string { return p.Name })
}

// SpaceUnits lists the units of a space with the number of people behind each.
func (s *Store) SpaceUnits(ctx context.Context, space string) ([]member.Unit, error) {
	var list []member.Unit
	err := s.lookup(ctx, "list units of a space", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var u member.Unit
			if err := rows.Scan(&u.Slug, &u.Level, &u.People); err != nil {
				return err
			}
			list = append(list, u)
			return nil
		}, `
			SELECT g.unit, g.level, (SELECT count(DISTINCT n.user_id) FROM account_unit n JOIN account u ON u.id = n.user_id AND u.disabled = 0 WHERE n.unit = g.unit)
			FROM space_unit g WHERE g.space = $1 ORDER BY g.unit`, space)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// FindPeople looks for accounts that can sign in by a part of login or name; login first when it is the whole of one.
func (s *Store) FindPeople(ctx context.Context, text string, limit int) ([]member.Person, error) {
	var list []member.Person
	part := fold(text)
	err := s.lookup(ctx, "find people", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var p member.Person
			if err := rows.Scan(&p.ID, &p.Login, &p.Name, &p.Label); err != nil {
				return err
			}
			if len(list) < limit && (strings.Contains(fold(p.Login), part) || strings.Contains(fold(p.Name), part)) {
				list = append(list, p)
			}
			return nil
		}, "SELECT id, login, name, label FROM account WHERE disabled = 0 ORDER BY login <> $1, login", part)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// SetUnitMembership replaces what a unit is in a space; access.None removes it.
func (s *Store) SetUnitMembership(ctx context.Context, unit, space string, m access.Membership, events ...audit.Event) error {
	const op = "set membership of a unit"
	return s.write(ctx, op, func(ctx context.Context, c *conn) error {
		ok, err := c.row(ctx, []any{new(int)}, "SELECT 1 FROM space WHERE key = $1", space)
		if err != nil {
			return err
		}
		if !ok {
			return notFound(op, "space "+space)
		}
		managed, err := hasManager(ctx, c, space)
		if err != nil {
			return err
		}
		if m == access.None {
			_, err = c.exec(ctx, "DELETE FROM space_unit WHERE unit = $1 AND space = $2", unit, space)
		} else {
			_, err = c.exec(ctx, `INSERT INTO space_unit (unit, space, level) VALUES ($1, $2, $3)
				ON CONFLICT (unit, space) DO UPDATE SET level = excluded.level`, unit, space, int(m))
		}
		if err != nil {
			return err
		}
		if err := keepManager(ctx, c, space, managed); err != nil {
			return err
		}
		return s.record(ctx, c, events...)
	})
}

// hasManager tells whether somebody who can sign in manages a restricted space. Of other spaces it says no: there
// administrators can name a manager at any time.
func hasManager(ctx context.Context, c *conn, space string) (bool, error) {
	return c.row(ctx, []any{new(int)}, `
		SELECT 1 FROM space s WHERE s.key = $1 AND s.type = 'restricted' AND (
			EXISTS (SELECT 1 FROM space_member m JOIN account u ON u.id = m.user_id WHERE m.space = s.key AND m.level = $2 AND u.disabled = 0)
			OR EXISTS (SELECT 1 FROM space_unit g JOIN account_unit n ON n.unit = g.unit JOIN account u ON u.id = n.user_id
				WHERE g.space = s.key AND g.level = $2 AND u.disabled = 0))`, space, int(access.Manager))
}

// keepManager refuses a change after which nobody manages a restricted space that somebody managed before.
func keepManager(ctx context.Context, c *conn, space string, managed bool) error {
	if !managed {
		return nil
	}
	still, err := hasManager(ctx, c, space)
	if err == nil && !still {
		err = errs.New(errs.Invalid, errs.Msg("member.last_manager"))
	}
	return err
}
