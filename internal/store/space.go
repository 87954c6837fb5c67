package store

import (
	"bytes"
	"context"
	"database/sql"
	"slices"

	"lernraum/internal/audit"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// Spaces lists all spaces by title; what is closed, and why, is no secret.
func (s *Store) Spaces(ctx context.Context) ([]page.Space, error) {
	var list []page.Space
	err := s.lookup(ctx, "list spaces", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var sp page.Space
			var due sql.NullInt64
			var created int64
			if err := rows.Scan(&sp.Key, &sp.Title, &sp.Summary, &sp.Type, &sp.Unit, &sp.Reason, &due, &created); err != nil {
				return err
			}
			sp.ReviewDue = fromMillis(due)
			sp.CreatedAt = fromMillis(sql.NullInt64{Int64: created, Valid: true})
			list = append(list, sp)
			return nil
		}, `SELECT key, title, summary, type, unit, reason, review_due, created_at FROM space ORDER BY key`)
	})
	if err != nil {
		return nil, err
	}
	sortByTitle(s.sort, list, func(sp page.Space) string { return sp.Title })
	return list, nil
}

// SaveSpace creates a space or changes everything but its key and its time of creation. When its type changes, so
// do the readers of the titles that texts of other spaces show: those pages are to be rendered again.
func (s *Store) SaveSpace(ctx context.Context, sp page.Space, events ...audit.Event) error {
	return s.write(ctx, "save space", func(ctx context.Context, c *conn) error {
		if err := markReaders(ctx, c, sp); err != nil {
			return err
		}
		to, err := successor(ctx, c, sp.Unit)
		if err != nil {
			return err
		}
		if to != "" {
			sp.Unit = to
		}
		_, err = c.exec(ctx, `
			INSERT INTO space (key, title, summary, type, unit, reason, review_due, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (key) DO UPDATE SET title = excluded.title, summary = excluded.summary, type = excluded.type,
				unit = excluded.unit, reason = excluded.reason, review_due = excluded.review_due`,
			sp.Key, sp.Title, sp.Summary, string(sp.Type), sp.Unit, sp.Reason, millis(sp.ReviewDue), s.keep(sp.CreatedAt).UnixMilli())
		if err != nil {
			return err
		}
		return s.record(ctx, c, events...)
	})
}

// markReaders marks the pages whose text may show titles of a space that is about to change its readers. A text
// shows what all its readers may see, which need not be what the link means: every page that a reference could
// mean counts.
func markReaders(ctx context.Context, c *conn, sp page.Space) error {
	var changed bool
	if _, err := c.row(ctx, []any{&changed}, "SELECT EXISTS (SELECT 1 FROM space WHERE key = $1 AND type <> $2)", sp.Key, string(sp.Type)); err != nil {
		return err
	}
	if !changed {
		return nil
	}
	var keys []string
	err := c.each(ctx, func(rows *sql.Rows) error {
		var p page.Page
		if err := rows.Scan(&p.ID, &p.Kind, &p.Space, &p.Slug, &p.Title); err != nil {
			return err
		}
		keys = append(keys, refKeys(p)...)
		return nil
	}, "SELECT id, kind, space, slug, title FROM page WHERE space = $1", sp.Key)
	if err != nil {
		return err
	}
	_, err = c.exec(ctx, `
		UPDATE render SET stale = 1 WHERE page_pk IN (
			SELECT from_pk FROM link WHERE type = 'body' AND ref_fold IN (SELECT value FROM json_each($1)))`, jsonList(keys))
	return err
}

// sortByTitle sorts as page lists are sorted.
func sortByTitle[T any](c *collation, list []T, title func(T) string) {
	keys := make(map[string][]byte, len(list))
	for _, one := range list {
		keys[title(one)] = c.key(title(one))
	}
	slices.SortStableFunc(list, func(a, b T) int { return bytes.Compare(keys[title(a)], keys[title(b)]) })
}

// The tree of units: pages of this kind, with this reference field to the unit above.
const (
	unitKind   = "unit"
	unitParent = "parent"
	unitShort  = "short_name"
)

// Units lists the published units outside restricted spaces with their parents, by title. It takes no scope,
// so it names nothing that only some may read.
func (s *Store) Units(ctx context.Context) ([]wiki.Unit, error) {
	var list []wiki.Unit
	err := s.lookup(ctx, "list units", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var u wiki.Unit
			if err := rows.Scan(&u.ID, &u.Slug, &u.Title, &u.Short, &u.Parent); err != nil {
				return err
			}
			list = append(list, u)
			return nil
		}, `
			SELECT p.id, p.slug, p.title,
				coalesce((SELECT f.value FROM field_value f WHERE f.page_pk = p.pk AND f.key = $2 AND f.ord = 0), ''),
				coalesce((SELECT up.slug FROM link l JOIN page up ON up.pk = l.to_pk JOIN space us ON us.key = up.space
					WHERE l.from_pk = p.pk AND l.type = 'field' AND l.key = $3
						AND up.kind = $1 AND up.draft = 0 AND us.type <> 'restricted'
					ORDER BY l.ord LIMIT 1), '')
			FROM page p JOIN space s ON s.key = p.space
			WHERE p.kind = $1 AND p.draft = 0 AND s.type <> 'restricted'
			ORDER BY p.title_sort, p.pk`, unitKind, unitShort, unitParent)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// unitsBelowSQL walks down the tree; UNION ends the walk in a circle.
const unitsBelowSQL = `
WITH RECURSIVE below (pk, slug) AS (
	SELECT u.pk, u.slug FROM page u WHERE u.kind = 'unit' AND u.slug IN (SELECT value FROM json_each($1))
	UNION
	SELECT u.pk, u.slug FROM below b JOIN link l ON l.to_pk = b.pk AND l.type = 'field' JOIN page u ON u.pk = l.from_pk
	WHERE l.key = 'parent' AND u.kind = 'unit'
)
SELECT slug FROM below`

// unitsBelow gives the slugs of units and of all units below them, the given ones included even when they have
// no page.
func unitsBelow(ctx context.Context, c *conn, units []string) ([]string, error) {
	list := append([]string(nil), units...)
	err := c.each(ctx, func(rows *sql.Rows) error {
		var slug string
		if err := rows.Scan(&slug); err != nil {
			return err
		}
		list = append(list, slug)
		return nil
	}, unitsBelowSQL, jsonList(units))
	return list, err
}
