package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// filter collects conditions with their numbered arguments. It starts with a scope in $1 to $3.
type filter struct {
	where strings.Builder
	args  []any
}

func newFilter(sc access.Scope) *filter {
	f := &filter{args: scopeArgs(sc)}
	f.where.WriteString(inScope)
	return f
}

// arg adds an argument and gives its placeholder.
func (f *filter) arg(v any) string {
	f.args = append(f.args, v)
	return "$" + strconv.Itoa(len(f.args))
}

// and adds a condition; each %s is the placeholder of an argument.
func (f *filter) and(condition string, args ...any) {
	names := make([]any, len(args))
	for i, a := range args {
		names[i] = f.arg(a)
	}
	fmt.Fprintf(&f.where, " AND "+condition, names...)
}

// List gives a page of a table and the number of all rows. The pages come with fields and without bodies. A
// Limit of 0 gives all rows.
func (s *Store) List(ctx context.Context, scope access.Scope, q wiki.ListQuery) ([]page.Page, int, error) {
	var list []page.Page
	var total int
	err := s.snapshot(ctx, "list pages", func(ctx context.Context, c *conn) error {
		f := newFilter(scope)
		if err := listFilter(ctx, c, f, q); err != nil {
			return err
		}
		if _, err := c.row(ctx, []any{&total}, "SELECT count(*) FROM page p WHERE "+f.where.String(), f.args...); err != nil {
			return err
		}
		if total == 0 {
			return nil
		}
		from, order := listOrder(f, q.Sort)
		pks, err := keys(ctx, c, "SELECT p.pk FROM page p"+from+" WHERE "+f.where.String()+" ORDER BY "+order+
			" LIMIT "+f.arg(limitOf(q.Limit))+" OFFSET "+f.arg(max(q.Offset, 0)), f.args...)
		if err != nil {
			return err
		}
		list, err = pagesByKey(ctx, c, pks)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return list, total, nil
}

func listFilter(ctx context.Context, c *conn, f *filter, q wiki.ListQuery) error {
	if q.Kind != "" {
		f.and("p.kind = %s", q.Kind)
	}
	if q.Space != "" {
		f.and("p.space = %s", q.Space)
	}
	if q.State != "" {
		f.and("p.state = %s", q.State)
	} else {
		f.and("p.archived = 0")
	}
	if q.Unit != "" {
		units, err := unitsBelow(ctx, c, []string{q.Unit})
		if err != nil {
			return err
		}
		f.and("p.owner_unit IN (SELECT value FROM json_each(%s))", jsonList(units))
	}
	if len(q.Owners) > 0 {
		f.and("p.owner_unit IN (SELECT value FROM json_each(%s))", jsonList(q.Owners))
	}
	if q.Tag != "" {
		f.and("p.pk IN (SELECT t.page_pk FROM tag t WHERE t.tag = %s)", q.Tag)
	}
	for _, word := range strings.Fields(fold(q.Text)) {
		f.and("instr(p.title_fold, %s) > 0", word)
	}
	for _, key := range slices.Sorted(maps.Keys(q.Fields)) {
		f.and("EXISTS (SELECT 1 FROM field_value v WHERE v.page_pk = p.pk AND v.key = %s AND v.value = %s)", key, q.Fields[key])
	}
	if !q.Overdue.IsZero() {
		f.and("p.review_due < %s", q.Overdue.UnixMilli())
	}
	return nil
}

// listOrder gives the join and the order of a sort. Pages without the value come last in both directions.
func listOrder(f *filter, sort string) (from, order string) {
	name, desc := strings.CutPrefix(sort, "-")
	dir := ""
	if desc {
		dir = " DESC"
	}
	const byTitle = ", p.title_sort, p.pk"
	switch {
	case name == "updated":
		return "", "p.updated_at" + dir + byTitle
	case name == "review_due":
		return "", "p.review_due IS NULL, p.review_due" + dir + byTitle
	case strings.HasPrefix(name, "field:"):
		key := f.arg(strings.TrimPrefix(name, "field:"))
		return " LEFT JOIN field_value o ON o.page_pk = p.pk AND o.ord = 0 AND o.key = " + key,
			"o.sort IS NULL, o.sort" + dir + byTitle
	}
	return "", "p.title_sort" + dir + ", p.pk"
}

func keys(ctx context.Context, c *conn, query string, args ...any) ([]int64, error) {
	var list []int64
	err := c.each(ctx, func(rows *sql.Rows) error {
		var pk int64
		err := rows.Scan(&pk)
		list = append(list, pk)
		return err
	}, query, args...)
	return list, err
}

// pagesByKey reads pages with their fields and without bodies, in the order of the keys.
func pagesByKey(ctx context.Context, c *conn, pks []int64) ([]page.Page, error) {
	if len(pks) == 0 {
		return nil, nil
	}
	wanted, err := encode(pks)
	if err != nil {
		return nil, err
	}
	found := make(map[int64]page.Page, len(pks))
	err = c.each(ctx, func(rows *sql.Rows) error {
		var pk int64
		var head, det string
		if err := rows.Scan(&pk, &head, &det); err != nil {
			return err
		}
		p, err := fullPage(head, det, "")
		found[pk] = p
		return err
	}, `SELECT p.pk, `+headJSON+`, r.detail
		FROM page p JOIN revision r ON r.pk = p.head
		WHERE p.pk IN (SELECT value FROM json_each($1))`, wanted)
	if err != nil {
		return nil, err
	}
	list := make([]page.Page, 0, len(pks))
	for _, pk := range pks {
		list = append(list, found[pk])
	}
	return list, nil
}

// Walk gives a part of the pages by the time of their newest revision and their id, with fields and without bodies.
func (s *Store) Walk(ctx context.Context, scope access.Scope, q wiki.WalkQuery) ([]page.Page, error) {
	var list []page.Page
	err := s.snapshot(ctx, "walk over pages", func(ctx context.Context, c *conn) error {
		f := newFilter(scope)
		if q.Kind != "" {
			f.and("p.kind = %s", q.Kind)
		}
		if q.Space != "" {
			f.and("p.space = %s", q.Space)
		}
		if q.Tag != "" {
			f.and("p.pk IN (SELECT t.page_pk FROM tag t WHERE t.tag = %s)", q.Tag)
		}
		if !q.Since.IsZero() {
			f.and("p.updated_at >= %s", q.Since.UnixMilli())
		}
		if q.AfterID != "" {
			f.and("(p.updated_at, p.id) > (%s, %s)", q.AfterTime.UnixMilli(), string(q.AfterID))
		}
		pks, err := keys(ctx, c, "SELECT p.pk FROM "+newestPages+" WHERE "+f.where.String()+
			" ORDER BY p.updated_at, p.id LIMIT "+f.arg(limitOf(q.Limit)), f.args...)
		if err != nil {
			return err
		}
		list, err = pagesByKey(ctx, c, pks)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Recent lists pages by time of their newest revision, newest first. Empty kinds mean all; units mean pages
// owned by them or by a unit below them.
func (s *Store) Recent(ctx context.Context, scope access.Scope, kinds, units []string, limit int) ([]page.Page, error) {
	var list []page.Page
	err := s.snapshot(ctx, "list recent pages", func(ctx context.Context, c *conn) error {
		f := newFilter(scope)
		if len(kinds) > 0 {
			f.and("p.kind IN (SELECT value FROM json_each(%s))", jsonList(kinds))
		}
		if len(units) > 0 {
			below, err := unitsBelow(ctx, c, units)
			if err != nil {
				return err
			}
			f.and("p.owner_unit IN (SELECT value FROM json_each(%s))", jsonList(below))
		}
		pks, err := keys(ctx, c, "SELECT p.pk FROM "+newestPages+" WHERE "+f.where.String()+
			" ORDER BY p.updated_at DESC, p.pk DESC LIMIT "+f.arg(limitOf(limit)), f.args...)
		if err != nil {
			return err
		}
		list, err = pagesByKey(ctx, c, pks)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// CountKinds counts readable, not archived pages by kind.
func (s *Store) CountKinds(ctx context.Context, scope access.Scope) (map[string]int, error) {
	counts := map[string]int{}
	err := s.lookup(ctx, "count kinds", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var kind string
			var n int
			err := rows.Scan(&kind, &n)
			counts[kind] = n
			return err
		}, `SELECT p.kind, sum(p.n) FROM tally p WHERE `+inScope+` AND p.archived = 0 GROUP BY p.kind HAVING sum(p.n) > 0`,
			scopeArgs(scope)...)
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}

// FieldValues lists the values a field has over the readable, not archived pages of a kind, in their order.
func (s *Store) FieldValues(ctx context.Context, scope access.Scope, kind, field string) ([]string, error) {
	var list []string
	err := s.snapshot(ctx, "list field values", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var v string
			err := rows.Scan(&v)
			list = append(list, v)
			return err
		}, `SELECT v.value FROM field_value v JOIN page p ON p.pk = v.page_pk
			WHERE `+inScope+` AND v.key = $5 AND p.kind = $4 AND p.archived = 0
			GROUP BY v.value ORDER BY min(v.sort), v.value`, scopeArgs(scope, kind, field)...)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}
