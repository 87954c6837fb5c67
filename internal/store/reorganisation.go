package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"lernraum/internal/audit"
	"lernraum/internal/orga"
	"lernraum/internal/wiki"
)

const reorganisationColumns = "SELECT id, at, act, unit, title, targets, occasion, by_role, user_id, counts, undone_at, kept FROM reorganisation"

func scanReorganisation(rows *sql.Rows) (orga.Record, error) {
	var r orga.Record
	var at int64
	var undone sql.NullInt64
	var targets, counts, kept string
	if err := rows.Scan(&r.ID, &at, &r.Act, &r.Unit, &r.Title, &targets, &r.Occasion, &r.By, &r.UserID, &counts, &undone, &kept); err != nil {
		return r, err
	}
	r.At, r.UndoneAt = time.UnixMilli(at).UTC(), fromMillis(undone)
	if err := json.Unmarshal([]byte(targets), &r.Targets); err != nil {
		return r, fmt.Errorf("reorganisation %s: %w", r.ID, err)
	}
	for text, into := range map[string]*map[orga.What]int{counts: &r.Counts, kept: &r.Kept} {
		if text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(text), into); err != nil {
			return r, fmt.Errorf("reorganisation %s: %w", r.ID, err)
		}
	}
	return r, nil
}

// Reorganisations lists what was done, newest first.
func (s *Store) Reorganisations(ctx context.Context, offset, limit int) ([]orga.Record, int, error) {
	var list []orga.Record
	var total int
	err := s.snapshot(ctx, "list reorganisations", func(ctx context.Context, c *conn) error {
		if _, err := c.row(ctx, []any{&total}, "SELECT count(*) FROM reorganisation"); err != nil {
			return err
		}
		return c.each(ctx, func(rows *sql.Rows) error {
			r, err := scanReorganisation(rows)
			list = append(list, r)
			return err
		}, reorganisationColumns+" ORDER BY at DESC, id DESC LIMIT $1 OFFSET $2", limitOf(limit), offset)
	})
	return list, total, err
}

// Reorganisation reads one with its moves, in the order they were made.
func (s *Store) Reorganisation(ctx context.Context, id string) (orga.Record, []orga.Move, error) {
	var r orga.Record
	var moves []orga.Move
	err := s.snapshot(ctx, "read reorganisation", func(ctx context.Context, c *conn) error {
		found := false
		err := c.each(ctx, func(rows *sql.Rows) error {
			var err error
			found = true
			r, err = scanReorganisation(rows)
			return err
		}, reorganisationColumns+" WHERE id = $1", id)
		if err != nil {
			return err
		}
		if !found {
			return notFound("read reorganisation", id)
		}
		return c.each(ctx, func(rows *sql.Rows) error {
			var m orga.Move
			err := rows.Scan(&m.What, &m.Object, &m.Was, &m.Now, &m.Revision)
			moves = append(moves, m)
			return err
		}, "SELECT what, object, was, now, revision FROM reorganisation_move WHERE reorganisation = $1 ORDER BY ord", id)
	})
	return r, moves, err
}

// ForgetMoves deletes the moves of reorganisations before a time.
func (s *Store) ForgetMoves(ctx context.Context, before time.Time) (int, error) {
	var n int64
	err := s.write(ctx, "forget moves of reorganisations", func(ctx context.Context, c *conn) error {
		res, err := c.exec(ctx, "DELETE FROM reorganisation_move WHERE reorganisation IN (SELECT id FROM reorganisation WHERE at < $1)", before.UnixMilli())
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	return int(n), err
}

// SaveUnits stores the pages of units from a chart with the event that tells of it.
func (s *Store) SaveUnits(ctx context.Context, writes []wiki.Write, events ...audit.Event) (wiki.Saved, error) {
	drafts, err := s.prepareAll(writes)
	if err != nil {
		return wiki.Saved{}, err
	}
	var saved wiki.Saved
	err = s.write(ctx, "save units", func(ctx context.Context, c *conn) error {
		if saved, err = s.saveDrafts(ctx, c, drafts); err != nil {
			return err
		}
		return s.record(ctx, c, events...)
	})
	return saved, err
}
