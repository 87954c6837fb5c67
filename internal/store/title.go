package store

import (
	"context"
	"database/sql"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/page"
)

// maxLookupWords bounds the work of one look-up: every word is looked for in each title, and further words narrow
// the answer no more.
const maxLookupWords = 8

// TitleLookup finds readable pages whose title, former titles or aliases contain every word of a query and that
// pass its filters. It is what search falls back to while the index is out: titles that begin with the text come
// first, archived pages last, unless the query names an order. Without a text all pages that pass the filters
// come, newest first. The number is that of all such pages.
func (s *Store) TitleLookup(ctx context.Context, scope access.Scope, q page.Query) ([]page.Hit, int, error) {
	words := strings.Fields(fold(q.Text))
	words = words[:min(len(words), maxLookupWords)]
	var hits []page.Hit
	var total int
	err := s.snapshot(ctx, "look up titles", func(ctx context.Context, c *conn) error {
		f := newFilter(scope)
		for _, w := range words {
			f.and(`(instr(p.title_fold, %s) > 0
				OR EXISTS (SELECT 1 FROM alias a WHERE a.page_pk = p.pk AND instr(a.alias_fold, %s) > 0)
				OR EXISTS (SELECT 1 FROM name n WHERE n.page_pk = p.pk AND n.current = 0 AND instr(n.fold, %s) > 0))`, w, w, w)
		}
		if err := lookupFilter(ctx, c, f, q); err != nil {
			return err
		}
		where := f.where.String()
		if _, err := c.row(ctx, []any{&total}, "SELECT count(*) FROM page p WHERE "+where, f.args...); err != nil || total == 0 {
			return err
		}
		order := "p.archived, instr(p.title_fold, " + f.arg(strings.Join(words, " ")) + ") <> 1, p.title_sort, p.pk"
		switch {
		case q.Sort == "title":
			order = "p.title_sort, p.pk"
		case q.Sort == "updated", len(words) == 0:
			order = "p.updated_at DESC, p.pk DESC"
		}
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
		}, "SELECT "+headJSON+" FROM page p WHERE "+where+" ORDER BY "+order+
			" LIMIT "+f.arg(limitOf(q.Limit))+" OFFSET "+f.arg(max(q.Offset, 0)), f.args...)
	})
	if err != nil {
		return nil, 0, err
	}
	return hits, total, nil
}

// lookupFilter adds what was chosen among the facets: one of the values of each, and of the units those below too.
func lookupFilter(ctx context.Context, c *conn, f *filter, q page.Query) error {
	for _, chosen := range []struct {
		condition string
		values    []string
	}{
		{"p.kind IN (SELECT value FROM json_each(%s))", q.Kinds},
		{"p.space IN (SELECT value FROM json_each(%s))", q.Spaces},
		{"p.state IN (SELECT value FROM json_each(%s))", q.States},
		{"p.pk IN (SELECT t.page_pk FROM tag t WHERE t.tag IN (SELECT value FROM json_each(%s)))", q.Tags},
	} {
		if len(chosen.values) > 0 {
			f.and(chosen.condition, jsonList(chosen.values))
		}
	}
	if len(q.Units) == 0 {
		return nil
	}
	units, err := unitsBelow(ctx, c, q.Units)
	if err != nil {
		return err
	}
	f.and("p.owner_unit IN (SELECT value FROM json_each(%s))", jsonList(units))
	return nil
}
