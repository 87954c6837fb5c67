package store

import (
	"context"
	"database/sql"
	"time"

	"lernraum/internal/audit"
	"lernraum/internal/page"
)

// Settings reads the options that were changed while running, by name.
func (s *Store) Settings(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	err := s.lookup(ctx, "read settings", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var name, value string
			if err := rows.Scan(&name, &value); err != nil {
				return err
			}
			out[name] = value
			return nil
		}, "SELECT name, value FROM setting")
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// SaveSettings stores options with the events that tell of it.
func (s *Store) SaveSettings(ctx context.Context, set map[string]string, events ...audit.Event) error {
	return s.write(ctx, "save settings", func(ctx context.Context, c *conn) error {
		at := s.now().UnixMilli()
		for name, value := range set {
			if _, err := c.exec(ctx, `INSERT INTO setting (name, value, changed_at) VALUES ($1, $2, $3)
				ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at`, name, value, at); err != nil {
				return err
			}
		}
		return s.record(ctx, c, events...)
	})
}

// Jobs lists the last run of each piece of housekeeping, by name.
func (s *Store) Jobs(ctx context.Context) ([]page.Job, error) {
	var list []page.Job
	err := s.lookup(ctx, "list jobs", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var j page.Job
			var started, ended int64
			err := rows.Scan(&j.Name, &started, &ended, &j.Done, &j.Error)
			j.Started, j.Ended = time.UnixMilli(started).UTC(), time.UnixMilli(ended).UTC()
			list = append(list, j)
			return err
		}, "SELECT name, started_at, ended_at, done, error FROM job ORDER BY name")
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// SaveJob keeps the last run of a piece of housekeeping.
func (s *Store) SaveJob(ctx context.Context, j page.Job) error {
	return s.write(ctx, "save job", func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, `INSERT INTO job (name, started_at, ended_at, done, error) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (name) DO UPDATE SET started_at = excluded.started_at, ended_at = excluded.ended_at, done = excluded.done, error = excluded.error`,
			j.Name, j.Started.UnixMilli(), j.Ended.UnixMilli(), j.Done, j.Error)
		return err
	})
}
