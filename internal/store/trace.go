package store

import (
	"context"
	"database/sql"
	"slices"

	"lernraum/internal/auth"
	"lernraum/internal/page"
	"lernraum/internal/privacy"
)

// Traces looks for the name of a person in everything that was written: all revisions, names of files, notes of values,
// of pages in the bin too. It reads in chunks, so that no read transaction holds back the checkpoint.
func (s *Store) Traces(ctx context.Context, u auth.User) ([]privacy.Trace, error) {
	at := map[page.ID][]int{}
	var last int64
	for {
		read := 0
		err := s.snapshot(ctx, "look for names", func(ctx context.Context, c *conn) error {
			return c.each(ctx, func(rows *sql.Rows) error {
				var id page.ID
				var n int
				var head, detail, body, comment string
				if err := rows.Scan(&last, &id, &n, &head, &detail, &body, &comment); err != nil {
					return err
				}
				read++
				if privacy.Names(u, body) || privacy.Names(u, head) || privacy.Names(u, detail) || privacy.Names(u, comment) {
					at[id] = append(at[id], n)
				}
				return nil
			}, `SELECT v.pk, p.id, v.n, v.head, v.detail, v.body, v.comment FROM revision v JOIN page_all p ON p.pk = v.page_pk
				WHERE v.pk > $1 ORDER BY v.pk LIMIT $2`, last, chunk)
		})
		if err != nil {
			return nil, err
		}
		if read < chunk {
			break
		}
	}
	var list []privacy.Trace
	for id, ns := range at {
		slices.Sort(ns)
		for i, n := range ns {
			if i > 0 && ns[i-1] == n-1 {
				list[len(list)-1].Last = n
				continue
			}
			list = append(list, privacy.Trace{Page: id, Place: privacy.InText, First: n, Last: n})
		}
	}
	for _, q := range []struct {
		place privacy.Place
		query string
	}{
		{privacy.InFile, "SELECT p.id, a.name || ' ' || a.alt FROM attachment a JOIN page_all p ON p.pk = a.page_pk"},
		{privacy.InValue, "SELECT p.id, v.note || ' ' || v.source FROM kpi_value v JOIN page_all p ON p.pk = v.page_pk"},
	} {
		seen := map[page.ID]bool{}
		err := s.snapshot(ctx, "look for names", func(ctx context.Context, c *conn) error {
			return c.each(ctx, func(rows *sql.Rows) error {
				var id page.ID
				var text string
				if err := rows.Scan(&id, &text); err != nil {
					return err
				}
				if !seen[id] && privacy.Names(u, text) {
					seen[id] = true
					list = append(list, privacy.Trace{Page: id, Place: q.place})
				}
				return nil
			}, q.query)
		})
		if err != nil {
			return nil, err
		}
	}
	return list, s.placeTraces(ctx, list)
}

// placeTraces says where the pages of a list are.
func (s *Store) placeTraces(ctx context.Context, list []privacy.Trace) error {
	return s.snapshot(ctx, "read pages of traces", func(ctx context.Context, c *conn) error {
		for i := range list {
			t := &list[i]
			var newest int
			_, err := c.row(ctx, []any{&t.Title, &t.Space, &t.Slug, &t.Draft, &t.Deleted, &newest},
				"SELECT title, space, slug, draft, deleted_at IS NOT NULL, revision FROM page_all WHERE id = $1", string(t.Page))
			if err != nil {
				return err
			}
			t.Newest = t.Place == privacy.InText && t.Last == newest
		}
		slices.SortFunc(list, func(a, b privacy.Trace) int {
			return compareTraces(a, b)
		})
		return nil
	})
}

func compareTraces(a, b privacy.Trace) int {
	switch {
	case a.Space != b.Space:
		return compareText(a.Space, b.Space)
	case a.Title != b.Title:
		return compareText(a.Title, b.Title)
	case a.Page != b.Page:
		return compareText(string(a.Page), string(b.Page))
	case a.Place != b.Place:
		return -compareText(string(a.Place), string(b.Place))
	}
	return a.First - b.First
}

func compareText(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

// NameTraces lists where names of erased persons still stand.
func (s *Store) NameTraces(ctx context.Context, space string) ([]privacy.Trace, error) {
	var list []privacy.Trace
	err := s.lookup(ctx, "list traces of names", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var t privacy.Trace
			err := rows.Scan(&t.Page, &t.N, &t.Place, &t.First, &t.Last)
			list = append(list, t)
			return err
		}, `SELECT p.id, t.n, t.place, t.first, t.last FROM name_trace t JOIN page_all p ON p.pk = t.page_pk
			WHERE $1 = '' OR p.space = $1`, space)
	})
	if err != nil {
		return nil, err
	}
	return list, s.placeTraces(ctx, list)
}

// SettleTrace takes an entry off the list.
func (s *Store) SettleTrace(ctx context.Context, t privacy.Trace) error {
	return s.write(ctx, "settle trace of a name", func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, `DELETE FROM name_trace WHERE page_pk = (SELECT pk FROM page_all WHERE id = $1) AND n = $2 AND place = $3 AND first = $4`,
			string(t.Page), t.N, string(t.Place), t.First)
		return err
	})
}
