package store

import (
	"context"
	"fmt"

	"lernraum/internal/orga"
)

// members moves people, what a provider says of them apart from what was set by hand.
func (t *turn) members(ctx context.Context) error {
	has := func(m orga.MemberMove, unit string) (bool, error) {
		return t.c.row(ctx, []any{new(int)}, "SELECT 1 FROM account_unit WHERE user_id = $1 AND unit = $2 AND source = $3", m.User, unit, m.Source)
	}
	for _, m := range t.ch.Members {
		move := orga.Move{What: orga.MovedMember, Object: m.User + "/" + m.Source, Was: m.From, Now: m.To}
		there, err := has(m, m.From)
		if err != nil {
			return err
		}
		if !there {
			if err := t.kept(move); err != nil {
				return err
			}
			continue
		}
		double, err := has(m, m.To)
		if err != nil {
			return err
		}
		if double {
			move.Now = orga.Had + m.To
		} else if _, err := t.c.exec(ctx, "INSERT INTO account_unit (user_id, unit, source) VALUES ($1, $2, $3)", m.User, m.To, m.Source); err != nil {
			return err
		}
		if !m.Keep {
			if _, err := t.c.exec(ctx, "DELETE FROM account_unit WHERE user_id = $1 AND unit = $2 AND source = $3", m.User, m.From, m.Source); err != nil {
				return err
			}
		}
		if err := t.done(ctx, move); err != nil {
			return err
		}
	}
	return nil
}

// rights moves what the people of a unit are in spaces; who follows keeps the higher level.
func (t *turn) rights(ctx context.Context) error {
	level := func(unit, space string) (n int, err error) {
		_, err = t.c.row(ctx, []any{&n}, "SELECT level FROM space_unit WHERE unit = $1 AND space = $2", unit, space)
		return n, err
	}
	set := func(unit, space string, n int) error {
		query := "INSERT INTO space_unit (unit, space, level) VALUES ($1, $2, $3) ON CONFLICT (unit, space) DO UPDATE SET level = excluded.level"
		args := []any{unit, space, n}
		if n == 0 {
			query, args = "DELETE FROM space_unit WHERE unit = $1 AND space = $2", args[:2]
		}
		_, err := t.c.exec(ctx, query, args...)
		return err
	}
	for _, m := range t.ch.Rights {
		is, err := level(m.From, m.Space)
		if err != nil {
			return err
		}
		before, err := level(m.To, m.Space)
		if err != nil {
			return err
		}
		after := max(before, m.Give)
		move := orga.Move{What: orga.MovedRight, Object: m.Space, Was: fmt.Sprintf("%s %d", m.From, m.Level), Now: fmt.Sprintf("%s %d %d", m.To, after, before)}
		if is != m.Level {
			if err := t.kept(move); err != nil {
				return err
			}
			continue
		}
		if err := set(m.To, m.Space, after); err != nil {
			return err
		}
		if err := set(m.From, m.Space, m.Leave); err != nil {
			return err
		}
		if err := t.done(ctx, move); err != nil {
			return err
		}
	}
	return nil
}
