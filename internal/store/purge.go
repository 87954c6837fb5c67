package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"lernraum/internal/audit"
	"lernraum/internal/page"
)

// purges are the statements that remove a page ($1) with everything that is its own. The first opens the triggers
// that keep revisions and values, the last but one closes them again.
var purges = []string{
	"INSERT OR REPLACE INTO suppression (page_pk, n, at, reason) SELECT page_pk, n, $2, 'purge' FROM revision WHERE page_pk = $1",
	"INSERT OR REPLACE INTO suppression (page_pk, n, at, reason) VALUES ($1, 0, $2, 'purge')",
	"UPDATE link SET to_pk = NULL WHERE to_pk = $1",
	"DELETE FROM link WHERE from_pk = $1",
	"DELETE FROM tag WHERE page_pk = $1",
	"DELETE FROM alias WHERE page_pk = $1",
	"DELETE FROM field_value WHERE page_pk = $1",
	"DELETE FROM render WHERE page_pk = $1",
	"DELETE FROM kpi_value WHERE page_pk = $1",
	"DELETE FROM attachment WHERE page_pk = $1",
	"DELETE FROM path WHERE page_pk = $1",
	"DELETE FROM name WHERE page_pk = $1",
	"DELETE FROM deletion WHERE page_pk = $1",
	"DELETE FROM name_trace WHERE page_pk = $1",
	"DELETE FROM revision WHERE page_pk = $1",
	"INSERT INTO purged (id, at) SELECT id, $2 FROM page_all WHERE pk = $1",
	"DELETE FROM suppression WHERE page_pk = $1",
	"DELETE FROM page_all WHERE pk = $1",
}

// Purge removes a page that lies in the bin for good, with its history, values and files. Its id is never given
// again; its addresses and titles, which may be about a person, are free. The bytes of its files go with Sweep.
func (s *Store) Purge(ctx context.Context, id page.ID, events ...audit.Event) error {
	const op = "purge page"
	return s.write(ctx, op, func(ctx context.Context, c *conn) error {
		pk, err := inBin(ctx, c, op, id)
		if err != nil {
			return err
		}
		now := s.now().UnixMilli()
		for _, q := range purges {
			args := []any{pk, now}
			if !strings.Contains(q, "$2") {
				args = args[:1]
			}
			if _, err := c.exec(ctx, q, args...); err != nil {
				return err
			}
		}
		if _, err := s.logChange(ctx, c, id); err != nil {
			return err
		}
		if err := s.record(ctx, c, events...); err != nil {
			return err
		}
		return s.remember(removal{Page: string(id), At: now})
	})
}

// Deleted lists the pages that were deleted before a time, oldest first.
func (s *Store) Deleted(ctx context.Context, before time.Time, limit int) ([]page.ID, error) {
	var ids []page.ID
	err := s.lookup(ctx, "list old deletions", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var id page.ID
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		}, "SELECT id FROM page_all WHERE deleted_at < $1 ORDER BY deleted_at, pk LIMIT $2", before.UnixMilli(), limitOf(limit))
	})
	return ids, err
}
