package store

import (
	"context"
	"database/sql"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/page"
)

// maxLookupWords bounds the work of one look-up.
const maxLookupWords = 8

// TitleLookup finds readable pages whose title, former titles or aliases contain every word of a text. It is
// what search falls back to while the index is out: titles that begin with the text come first, archived pages
// last. The number is that of all such pages.
func (s *Store) TitleLookup(ctx context.Context, scope access.Scope, text string, limit int) ([]page.Hit, int, error) {
	words := strings.Fields(fold(text))
	if len(words) == 0 {
		return nil, 0, nil
	}
	var hits []page.Hit
	var total int
	err := s.snapshot(ctx, "look up titles", func(ctx context.Context, c *conn) error {
		f := newFilter(scope)
		for _, w := range words[:min(len(words), maxLookupWords)] {
			f.and(`(instr(p.title_fold, %s) > 0
				OR EXISTS (SELECT 1 FROM alias a WHERE a.page_pk = p.pk AND instr(a.alias_fold, %s) > 0)
				OR EXISTS (SELECT 1 FROM name n WHERE n.page_pk = p.pk AND n.current = 0 AND instr(n.fold, %s) > 0))`, w, w, w)
		}
		where := f.where.String()
		if _, err := c.row(ctx, []any{&total}, "SELECT count(*) FROM page p WHERE "+where, f.args...); err != nil || total == 0 {
			return err
		}
		whole := f.arg(strings.Join(words, " "))
		return c.each(ctx, func(rows *sql.Rows) error {
			var head string
			if err := rows.Scan(&head); err != nil {
				return err
			}
			p, err := decodeHead(head)
			if err != nil {
				return err
			}
			hits = append(hits, page.Hit{
				ID: p.ID, Kind: p.Kind, Space: p.Space, Slug: p.Slug, Title: p.Title, Summary: p.Summary, Owner: p.Owner,
				State: p.State, UpdatedAt: p.UpdatedAt, ReviewDue: p.ReviewDue, Archived: p.Archived,
			})
			return nil
		}, "SELECT "+headJSON+" FROM page p WHERE "+where+
			" ORDER BY p.archived, instr(p.title_fold, "+whole+") <> 1, p.title_sort, p.pk LIMIT "+f.arg(limitOf(limit)), f.args...)
	})
	if err != nil {
		return nil, 0, err
	}
	return hits, total, nil
}
