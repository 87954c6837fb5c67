package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/page"
)

// candidate is a page that a reference may mean.
type candidate struct {
	pk      int64
	created int64
	space   string // of the path that matched, or of the page for a title
	current bool   // false: a former path or title
	target  page.Target
}

// resolver finds what references mean. load asks for many at once, pick then decides without the database.
type resolver struct {
	parsed map[string]parsedRef
	ids    map[string][]candidate // upper-case id
	paths  map[string][]candidate // slug
	titles map[string][]candidate // folded title
}

func newResolver() *resolver {
	return &resolver{parsed: map[string]parsedRef{}, ids: map[string][]candidate{}, paths: map[string][]candidate{}, titles: map[string][]candidate{}}
}

// parsedRef is a reference in the forms it may have.
type parsedRef struct {
	id          string // upper-case, "" when it cannot be one
	space, kind string
	slug        string // "" when it cannot be a path
	title       string // folded
}

// parseRef takes a reference apart. A fragment ("unit/z2#Reisestelle") does not belong to an address with a kind
// or a space; elsewhere a # may be part of a title ("C#").
func parseRef(ref string) parsedRef {
	f := fold(ref)
	p := parsedRef{title: f}
	addr, _, _ := strings.Cut(f, "#")
	switch {
	case f == "" || strings.Contains(addr, " "):
	case strings.Contains(addr, ":"):
		p.space, p.slug, _ = strings.Cut(addr, ":")
	case strings.Contains(addr, "/"):
		p.kind, p.slug, _ = strings.Cut(addr, "/")
	case addr == f:
		p.slug = f
		if len(f) == 26 && strings.Trim(f, "0123456789abcdefghjkmnpqrstvwxyz") == "" {
			p.id = strings.ToUpper(f)
		}
	}
	return p
}

// fold is the form of a reference by which links are found when a page appears: the same for every way to
// write the same thing.
func (p parsedRef) fold() string {
	switch {
	case p.kind != "":
		return p.kind + "/" + p.slug
	case p.space != "":
		return p.space + ":" + p.slug
	}
	return p.title
}

// refKeys are all folded references that can mean a page at an address with a title.
func refKeys(p page.Page) []string {
	return []string{
		fold(string(p.ID)), fold(p.Space + ":" + p.Slug), fold(p.Kind + "/" + p.Slug), fold(p.Slug), fold(p.Title),
	}
}

func (r *resolver) parse(ref string) parsedRef {
	p, ok := r.parsed[ref]
	if !ok {
		p = parseRef(ref)
		r.parsed[ref] = p
	}
	return p
}

const candidateColumns = `p.pk, p.created_at, p.id, p.kind, p.space, p.slug, p.title, p.summary, p.state, p.draft, p.archived`

// load fetches the candidates of references it has not seen yet.
func (r *resolver) load(ctx context.Context, c *conn, refs []string) error {
	var ids, slugs, titles []string
	want := func(m map[string][]candidate, list *[]string, key string) {
		if _, seen := m[key]; !seen && key != "" {
			m[key] = nil
			*list = append(*list, key)
		}
	}
	for _, ref := range refs {
		p := r.parse(ref)
		want(r.ids, &ids, p.id)
		want(r.paths, &slugs, p.slug)
		want(r.titles, &titles, p.title)
	}
	for _, q := range []struct {
		into  map[string][]candidate
		keys  []string
		query string
	}{
		{r.ids, ids, `SELECT p.id, p.space, 1, ` + candidateColumns + `
			FROM page p WHERE p.id IN (SELECT value FROM json_each($1))`},
		{r.paths, slugs, `SELECT a.slug, a.space, a.current, ` + candidateColumns + `
			FROM path a JOIN page p ON p.pk = a.page_pk WHERE a.slug IN (SELECT value FROM json_each($1))`},
		{r.titles, titles, `SELECT n.fold, p.space, n.current, ` + candidateColumns + `
			FROM name n JOIN page p ON p.pk = n.page_pk WHERE n.fold IN (SELECT value FROM json_each($1))`},
	} {
		if len(q.keys) == 0 {
			continue
		}
		err := c.each(ctx, func(rows *sql.Rows) error {
			var key string
			var k candidate
			t := &k.target
			if err := rows.Scan(&key, &k.space, &k.current, &k.pk, &k.created, &t.ID, &t.Kind, &t.Space, &t.Slug, &t.Title,
				&t.Summary, &t.State, &t.Draft, &t.Archived); err != nil {
				return err
			}
			q.into[key] = append(q.into[key], k)
			return nil
		}, q.query, jsonList(q.keys))
		if err != nil {
			return err
		}
	}
	return nil
}

// pick decides what a loaded reference on a page of a space means, among the pages a scope may read. The order:
// id; space:slug; kind/slug; bare slug in the same space; title. Of several pages the one in the same space wins,
// then the one that is there now over one that was there, then the oldest.
func (r *resolver) pick(scope access.Scope, space, ref string) (candidate, bool) {
	p := r.parse(ref)
	best := func(list []candidate, fits func(candidate) bool) (candidate, bool) {
		var found candidate
		ok := false
		for _, k := range list {
			if fits(k) && readable(scope, k.target.Space, k.target.Draft) && (!ok || before(space, k, found)) {
				found, ok = k, true
			}
		}
		return found, ok
	}
	if k, ok := best(r.ids[p.id], func(candidate) bool { return p.id != "" }); ok {
		return k, true
	}
	if p.slug != "" {
		if k, ok := best(r.paths[p.slug], func(k candidate) bool {
			switch {
			case p.space != "":
				return k.space == p.space
			case p.kind != "":
				return k.target.Kind == p.kind
			}
			return k.space == space
		}); ok {
			return k, true
		}
	}
	return best(r.titles[p.title], func(candidate) bool { return p.title != "" })
}

// before tells whether a fits better than b for a link from a space.
func before(space string, a, b candidate) bool {
	if (a.space == space) != (b.space == space) {
		return a.space == space
	}
	if a.current != b.current {
		return a.current
	}
	return cmp.Or(cmp.Compare(a.created, b.created), cmp.Compare(a.target.ID, b.target.ID)) < 0
}

// Resolve finds what references mean for a page in a space.
func (s *Store) Resolve(ctx context.Context, scope access.Scope, space string, refs []string) (map[string]page.Target, error) {
	out := make(map[string]page.Target, len(refs))
	if len(refs) == 0 {
		return out, nil
	}
	err := s.snapshot(ctx, "resolve references", func(ctx context.Context, c *conn) error {
		r := newResolver()
		if err := r.load(ctx, c, refs); err != nil {
			return fmt.Errorf("%d references: %w", len(refs), err)
		}
		for _, ref := range refs {
			if k, ok := r.pick(scope, space, ref); ok {
				out[ref] = k.target
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
