package store

import (
	"context"
	"database/sql"

	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// State tells generation, newest seq and number of pages.
func (s *Store) State(ctx context.Context) (wiki.SearchState, error) {
	var st wiki.SearchState
	err := s.lookup(ctx, "read state", func(ctx context.Context, c *conn) error {
		_, err := c.row(ctx, []any{&st.Generation, &st.Seq, &st.Pages}, `
			SELECT (SELECT value FROM meta WHERE key = 'generation'),
				(SELECT coalesce(max(seq), 0) FROM change),
				(SELECT coalesce(sum(n), 0) FROM tally)`)
		return err
	})
	if err != nil {
		return wiki.SearchState{}, err
	}
	return st, nil
}

// Changes reads the change log after a seq, oldest first.
func (s *Store) Changes(ctx context.Context, after int64, limit int) ([]page.Change, error) {
	var list []page.Change
	err := s.lookup(ctx, "read changes", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var ch page.Change
			var at int64
			if err := rows.Scan(&ch.Seq, &ch.Page, &at); err != nil {
				return err
			}
			ch.At = fromMillis(sql.NullInt64{Int64: at, Valid: true})
			list = append(list, ch)
			return nil
		}, "SELECT seq, page_id, at FROM change WHERE seq > $1 ORDER BY seq LIMIT $2", after, limitOf(limit))
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// logChange adds an entry and gives its seq.
func (s *Store) logChange(ctx context.Context, c *conn, id page.ID) (int64, error) {
	res, err := c.exec(ctx, "INSERT INTO change (page_id, at) VALUES ($1, $2)", string(id), s.now().UnixMilli())
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// logUnits adds an entry for every page below units whose place in the tree may have changed, since the index
// knows the units above each page. It gives the last seq, 0 when there was nothing to add.
func (s *Store) logUnits(ctx context.Context, c *conn, drafts []*draftWrite) (int64, error) {
	var units []string
	for _, d := range drafts {
		if d.Page.Kind == unitKind && (d.prev == nil || d.relinked || d.prev.slug != d.Page.Slug || d.prev.kind != d.Page.Kind) {
			units = append(units, d.Page.Slug)
			if d.prev != nil && d.prev.slug != d.Page.Slug {
				units = append(units, d.prev.slug)
			}
		}
	}
	if len(units) == 0 {
		return 0, nil
	}
	below, err := unitsBelow(ctx, c, units)
	if err != nil {
		return 0, err
	}
	res, err := c.exec(ctx, `
		INSERT INTO change (page_id, at)
		SELECT p.id, $2 FROM page p WHERE p.owner_unit IN (SELECT value FROM json_each($1)) ORDER BY p.pk`,
		jsonList(below), s.now().UnixMilli())
	if err != nil {
		return 0, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return 0, err
	}
	return res.LastInsertId()
}

// Meta reads a value that the program keeps about itself. errs.NotFound.
func (s *Store) Meta(ctx context.Context, key string) (string, error) {
	var v string
	err := s.lookup(ctx, "read meta", func(ctx context.Context, c *conn) error {
		ok, err := c.row(ctx, []any{&v}, "SELECT value FROM meta WHERE key = $1", key)
		if err == nil && !ok {
			err = notFound("read meta", key)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return v, nil
}

// SetMeta stores a value that the program keeps about itself.
func (s *Store) SetMeta(ctx context.Context, key, value string) error {
	return s.write(ctx, "set meta", func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)
		return err
	})
}
