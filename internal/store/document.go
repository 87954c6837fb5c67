package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"lernraum/internal/page"
)

// documentQuery reads what the index is fed with. Former titles count as further names. The text of a page that
// has no rendering yet is its source.
const documentQuery = `
SELECT ` + headJSON + `, p.owner_unit, coalesce(d.headings, '[]'), coalesce(d.text, r.body),
	(SELECT json_group_array(t.tag) FROM tag t WHERE t.page_pk = p.pk),
	(SELECT json_group_array(a.alias) FROM alias a WHERE a.page_pk = p.pk),
	(SELECT json_group_array(n.title) FROM name n WHERE n.page_pk = p.pk AND n.current = 0)
FROM page p JOIN revision r ON r.pk = p.head LEFT JOIN render d ON d.page_pk = p.pk
`

// Documents reads pages for the index. Ids that are missing in the answer belong to no page.
func (s *Store) Documents(ctx context.Context, ids []page.ID) ([]page.Document, error) {
	var list []page.Document
	for part := range slices.Chunk(ids, chunk) {
		docs, err := s.documents(ctx, "read documents", `WHERE p.id IN (SELECT value FROM json_each($1)) ORDER BY p.id`, jsonList(part))
		if err != nil {
			return nil, err
		}
		list = append(list, docs...)
	}
	return list, nil
}

// EachDocument walks over all pages in id order. It reads in chunks: pages saved meanwhile may come in their old
// or their new state, and the change log after the walk's start names them.
func (s *Store) EachDocument(ctx context.Context, fn func(page.Document) error) error {
	last := ""
	for {
		docs, err := s.documents(ctx, "walk over documents", `WHERE p.id > $1 ORDER BY p.id LIMIT $2`, last, chunk)
		if err != nil {
			return err
		}
		for _, d := range docs {
			if err := fn(d); err != nil {
				return err
			}
			last = string(d.ID)
		}
		if len(docs) < chunk {
			return nil
		}
	}
}

func (s *Store) documents(ctx context.Context, op, where string, args ...any) ([]page.Document, error) {
	var list []page.Document
	err := s.snapshot(ctx, op, func(ctx context.Context, c *conn) error {
		above, err := unitParents(ctx, c)
		if err != nil {
			return err
		}
		return c.each(ctx, func(rows *sql.Rows) error {
			var head, unit, headings, text, tags, aliases, former string
			if err := rows.Scan(&head, &unit, &headings, &text, &tags, &aliases, &former); err != nil {
				return err
			}
			p, err := decodeHead(head)
			if err != nil {
				return err
			}
			d := page.Document{
				ID: p.ID, Kind: p.Kind, Space: p.Space, Slug: p.Slug, Title: p.Title, Summary: p.Summary, Lang: p.Lang,
				Text: text, Owner: p.Owner, Units: unitsAbove(above, unit), State: p.State, Draft: p.Draft,
				Archived: p.Archived, UpdatedAt: p.UpdatedAt, ReviewDue: p.ReviewDue, Revision: p.Revision,
			}
			hs, err := decodeHeadings(headings)
			if err != nil {
				return fmt.Errorf("page %s: %w", p.ID, err)
			}
			for _, h := range hs {
				d.Headings = append(d.Headings, h.Text)
			}
			t, a, f := reader{s: tags}, reader{s: aliases}, reader{s: former}
			d.Tags, d.Aliases = t.texts(), a.texts()
			titles := f.texts()
			slices.Sort(d.Tags)
			slices.Sort(titles)
			d.Aliases = append(d.Aliases, titles...)
			if t.bad || a.bad || f.bad {
				return fmt.Errorf("page %s: %w", p.ID, errText)
			}
			list = append(list, d)
			return nil
		}, documentQuery+where, args...)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// unitParents reads the tree of units, slug to slug of the unit above. It is read once for many documents.
func unitParents(ctx context.Context, c *conn) (map[string]string, error) {
	above := map[string]string{}
	err := c.each(ctx, func(rows *sql.Rows) error {
		var slug, parent string
		err := rows.Scan(&slug, &parent)
		if _, ok := above[slug]; !ok {
			above[slug] = parent
		}
		return err
	}, `
		-- CROSS JOIN keeps the order: from the few units to their links, not from all links that point at units.
		SELECT u.slug, up.slug
		FROM page u CROSS JOIN link l ON l.from_pk = u.pk AND l.type = 'field' AND l.key = $2 CROSS JOIN page up ON up.pk = l.to_pk
		WHERE u.kind = $1 AND up.kind = $1
		ORDER BY u.pk, l.ord`, unitKind, unitParent)
	return above, err
}

// unitsAbove gives a unit and those above it, nearest first; a circle ends the walk.
func unitsAbove(above map[string]string, unit string) []string {
	var list []string
	for unit != "" && !slices.Contains(list, unit) {
		list = append(list, unit)
		unit = above[unit]
	}
	return list
}
