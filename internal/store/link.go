package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"lernraum/internal/access"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// linkRow is one outgoing link as it is stored. to is 0 while it leads nowhere.
type linkRow struct {
	page.Link
	shown, fold string
	to          int64
}

func linkRows(links []page.Link) ([]linkRow, error) {
	rows := make([]linkRow, len(links))
	for i, l := range links {
		shown, err := encodeShown(i, l)
		if err != nil {
			return nil, fmt.Errorf("link %d: %w", i, err)
		}
		rows[i] = linkRow{Link: l, shown: shown, fold: parseRef(l.Ref).fold()}
	}
	return rows, nil
}

// everything is the scope of link resolution: what a link means does not depend on who asks. Who may see the
// target is decided when the link is read.
var everything = access.Scope{All: true}

// saveLinks writes the links of saved pages and then looks again at links elsewhere that may mean one of them
// now. It gives the pages whose rendering shows something old.
func saveLinks(ctx context.Context, c *conn, drafts []*draftWrite) ([]page.ID, error) {
	res := newResolver()
	var refs []string
	for _, d := range drafts {
		for _, l := range d.links {
			refs = append(refs, l.Ref)
		}
	}
	if err := res.load(ctx, c, refs); err != nil {
		return nil, err
	}
	moved := map[int64]bool{} // pages that are new or have another address, title or visibility
	var keys []string         // references that may mean them, or meant them
	for _, d := range drafts {
		if d.moved || d.prev != nil && d.prev.draft != d.Page.Draft {
			keys = append(keys, refKeys(d.Page)...)
			if d.prev != nil {
				keys = append(keys, refKeys(page.Page{ID: d.Page.ID, Kind: d.prev.kind, Space: d.prev.space, Slug: d.prev.slug, Title: d.prev.title})...)
			}
		}
		if d.moved || d.prev.draft != d.Page.Draft {
			moved[d.pk] = true
		}
	}
	stale := map[page.ID]bool{}
	for _, d := range drafts {
		for i := range d.links {
			l := &d.links[i]
			if k, ok := res.pick(everything, d.Page.Space, l.Ref); ok {
				l.to = k.pk
				// The rendering was made before the target was there, which may be the page itself.
				if l.Type == page.LinkBody && moved[k.pk] {
					stale[d.Page.ID] = true
				}
			}
		}
		if err := d.writeLinks(ctx, c); err != nil {
			return nil, err
		}
	}
	if err := relink(ctx, c, res, keys, stale); err != nil {
		return nil, err
	}
	if err := shown(ctx, c, drafts, moved, stale); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(stale)), nil
}

// writeLinks replaces the links of one page, from the first that differs.
func (d *draftWrite) writeLinks(ctx context.Context, c *conn) error {
	same := 0
	if d.prev != nil {
		stored := 0
		equal := true
		err := c.each(ctx, func(rows *sql.Rows) error {
			var l linkRow
			if err := rows.Scan(&l.shown, &l.Type, &l.Key, &l.Ref, &l.fold, &l.Text, &l.to); err != nil {
				return err
			}
			equal = equal && stored < len(d.links) && d.links[stored] == l
			if equal {
				same++
			}
			stored++
			return nil
		}, "SELECT shown, type, key, ref, ref_fold, text, coalesce(to_pk, 0) FROM link WHERE from_pk = $1 ORDER BY ord", d.pk)
		if err != nil {
			return err
		}
		d.relinked = same < stored || same < len(d.links)
		if same < stored {
			if _, err := c.exec(ctx, "DELETE FROM link WHERE from_pk = $1 AND ord >= $2", d.pk, same); err != nil {
				return err
			}
		}
	}
	return c.insert(ctx, "link (from_pk, ord, shown, type, key, ref, ref_fold, text, to_pk)", 9, len(d.links)-same, func(i int) []any {
		l := d.links[same+i]
		return []any{d.pk, same + i, l.shown, string(l.Type), l.Key, l.Ref, l.fold, l.Text, sql.NullInt64{Int64: l.to, Valid: l.to != 0}}
	})
}

// relink resolves again every link whose reference is one of the keys: pending ones find their target, and one
// that meant another page may now mean a page nearer by.
func relink(ctx context.Context, c *conn, res *resolver, keys []string, stale map[page.ID]bool) error {
	if len(keys) == 0 {
		return nil
	}
	slices.Sort(keys)
	type found struct {
		from, ord, to int64
		id            page.ID
		space, ref    string
		body          bool
	}
	var list []found
	var refs []string
	err := c.each(ctx, func(rows *sql.Rows) error {
		var f found
		if err := rows.Scan(&f.from, &f.ord, &f.to, &f.id, &f.space, &f.ref, &f.body); err != nil {
			return err
		}
		list, refs = append(list, f), append(refs, f.ref)
		return nil
	}, `
		SELECT l.from_pk, l.ord, coalesce(l.to_pk, 0), p.id, p.space, l.ref, l.type = 'body'
		FROM link l JOIN page p ON p.pk = l.from_pk
		WHERE l.ref_fold IN (SELECT value FROM json_each($1))`, jsonList(slices.Compact(keys)))
	if err != nil {
		return err
	}
	if err := res.load(ctx, c, refs); err != nil {
		return err
	}
	for _, f := range list {
		// Rendered text resolves with the rights all its readers share, so it may show another target than the
		// link itself has: a page that could be meant is reason enough to render again.
		if f.body {
			stale[f.id] = true
		}
		k, _ := res.pick(everything, f.space, f.ref)
		if k.pk == f.to {
			continue
		}
		if _, err := c.exec(ctx, "UPDATE link SET to_pk = nullif($3, 0) WHERE from_pk = $1 AND ord = $2", f.from, f.ord, k.pk); err != nil {
			return err
		}
	}
	return nil
}

// shown adds the pages whose text shows an address, title or visibility that a saved page no longer has. Links
// from fields and relations are read with the page and never old.
func shown(ctx context.Context, c *conn, drafts []*draftWrite, moved map[int64]bool, stale map[page.ID]bool) error {
	for _, d := range drafts {
		if d.prev == nil || !moved[d.pk] {
			continue
		}
		err := c.each(ctx, func(rows *sql.Rows) error {
			var id page.ID
			if err := rows.Scan(&id); err != nil {
				return err
			}
			stale[id] = true
			return nil
		}, `SELECT DISTINCT p.id FROM link l JOIN page p ON p.pk = l.from_pk
			WHERE l.to_pk = $1 AND l.type = 'body' AND l.from_pk <> $1`, d.pk)
		if err != nil {
			return err
		}
	}
	return nil
}

// Dangling lists the references of a space's pages that lead nowhere, by page; space "" means all. It is made
// for the program itself (import, check) and applies no scope.
func (s *Store) Dangling(ctx context.Context, space string) ([]wiki.Dangling, error) {
	var list []wiki.Dangling
	err := s.snapshot(ctx, "list dangling references", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var d wiki.Dangling
			if err := rows.Scan(&d.From, &d.Link.Type, &d.Link.Key, &d.Link.Ref, &d.Link.Text); err != nil {
				return err
			}
			list = append(list, d)
			return nil
		}, `
			SELECT p.id, l.type, l.key, l.ref, l.text
			FROM link l JOIN page p ON p.pk = l.from_pk
			WHERE l.to_pk IS NULL AND ($1 = '' OR p.space = $1)
			ORDER BY p.id, l.ord`, space)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}
