package store

import (
	"context"
	"database/sql"

	"lernraum/internal/page"
)

// markStale notes in the transaction of a save which other pages are to be rendered again, so that neither a
// reader who goes away nor the end of the process leaves an old title standing.
func markStale(ctx context.Context, c *conn, ids []page.ID) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := c.exec(ctx, `
		UPDATE render SET stale = 1
		WHERE page_pk IN (SELECT pk FROM page WHERE id IN (SELECT value FROM json_each($1)))`, jsonList(ids))
	return err
}

// outrun marks a rendering that was made before a change of a page it shows and is stored after it.
func outrun(ctx context.Context, c *conn, d *draftWrite) error {
	if d.Seen == 0 {
		return nil
	}
	// From the few newest changes to the links, never the other way around.
	_, err := c.exec(ctx, `
		UPDATE render SET stale = 1 WHERE page_pk = $1 AND EXISTS (
			SELECT 1 FROM change c CROSS JOIN page p ON p.id = c.page_id CROSS JOIN link l ON l.to_pk = p.pk AND l.from_pk = $1
			WHERE c.seq > $2 AND l.type = 'body' AND p.pk <> $1)`, d.pk, d.Seen)
	return err
}

// Stale lists pages whose rendering shows something old, in the order of their keys.
func (s *Store) Stale(ctx context.Context, limit int) ([]page.ID, error) {
	var ids []page.ID
	err := s.lookup(ctx, "list pages to render again", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var id page.ID
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
			return nil
		}, "SELECT p.id FROM render r JOIN page p ON p.pk = r.page_pk WHERE r.stale = 1 ORDER BY r.page_pk LIMIT $1", limit)
	})
	return ids, err
}

// Settle takes pages off the list of Stale: their rendering is known to be right already.
func (s *Store) Settle(ctx context.Context, ids []page.ID) error {
	if len(ids) == 0 {
		return nil
	}
	return s.write(ctx, "settle renderings", func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, `
			UPDATE render SET stale = 0
			WHERE stale = 1 AND page_pk IN (SELECT pk FROM page WHERE id IN (SELECT value FROM json_each($1)))`, jsonList(ids))
		return err
	})
}
