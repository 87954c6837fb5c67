package store

import (
	"context"
	"database/sql"

	"lernraum/internal/access"
	"lernraum/internal/orga"
	"lernraum/internal/page"
)

// UnitTree lists all units by title with what hangs on them. The counts are made in one pass each: a tree of some
// thousand units must not cost as many statements.
func (s *Store) UnitTree(ctx context.Context) ([]orga.Unit, error) {
	var list []orga.Unit
	err := s.snapshot(ctx, "list the tree of units", func(ctx context.Context, c *conn) error {
		at := map[int64]int{}
		slugs := map[string]int{}
		err := c.each(ctx, func(rows *sql.Rows) error {
			var u orga.Unit
			var pk int64
			if err := rows.Scan(&pk, &u.ID, &u.Slug, &u.Title, &u.Space, &u.Draft, &u.Archived, &u.Short, &u.Type, &u.Parent); err != nil {
				return err
			}
			at[pk] = len(list)
			if _, ok := slugs[u.Slug]; !ok || !u.Archived {
				slugs[u.Slug] = len(list)
			}
			list = append(list, u)
			return nil
		}, `
			SELECT p.pk, p.id, p.slug, p.title, p.space, p.draft, p.archived,
				coalesce((SELECT f.value FROM field_value f WHERE f.page_pk = p.pk AND f.key = $2 AND f.ord = 0), ''),
				coalesce((SELECT f.value FROM field_value f WHERE f.page_pk = p.pk AND f.key = 'type' AND f.ord = 0), ''),
				coalesce((SELECT up.id FROM link l JOIN page up ON up.pk = l.to_pk
					WHERE l.from_pk = p.pk AND l.type = 'field' AND l.key = $3 AND up.kind = $1 ORDER BY l.ord LIMIT 1), '')
			FROM page p WHERE p.kind = $1 ORDER BY p.title_sort, p.pk`, unitKind, unitShort, unitParent)
		if err != nil {
			return err
		}
		count := func(add func(u *orga.Unit, n int), query string, args ...any) error {
			return c.each(ctx, func(rows *sql.Rows) error {
				var pk int64
				var n int
				if err := rows.Scan(&pk, &n); err != nil {
					return err
				}
				if i, ok := at[pk]; ok {
					add(&list[i], n)
				}
				return nil
			}, query, args...)
		}
		// From the few units to their links.
		err = count(func(u *orga.Unit, n int) { u.Pages = n }, `
			SELECT u.pk, count(*) FROM page u CROSS JOIN link l ON l.to_pk = u.pk AND l.type = 'field' AND l.key = 'owner'
				CROSS JOIN page p ON p.pk = l.from_pk
			WHERE u.kind = $1 GROUP BY u.pk`, unitKind)
		if err != nil {
			return err
		}
		bySlug := func(add func(u *orga.Unit, n int), query string) error {
			return c.each(ctx, func(rows *sql.Rows) error {
				var slug string
				var n int
				if err := rows.Scan(&slug, &n); err != nil {
					return err
				}
				if i, ok := slugs[slug]; ok {
					add(&list[i], n)
				}
				return nil
			}, query)
		}
		err = bySlug(func(u *orga.Unit, n int) { u.People = n }, `
			SELECT a.unit, count(DISTINCT a.user_id) FROM account_unit a JOIN account u ON u.id = a.user_id AND u.disabled = 0 GROUP BY a.unit`)
		if err != nil {
			return err
		}
		spaces, err := spaceUnits(ctx, c)
		if err != nil {
			return err
		}
		for pk, n := range spaces {
			if i, ok := at[pk]; ok {
				list[i].Spaces = len(n)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// spaceUnits tells by key of the unit which spaces it answers for.
func spaceUnits(ctx context.Context, c *conn) (map[int64][]page.Space, error) {
	var spaces []page.Space
	var refs []string
	err := c.each(ctx, func(rows *sql.Rows) error {
		var sp page.Space
		if err := rows.Scan(&sp.Key, &sp.Title, &sp.Type, &sp.Unit); err != nil {
			return err
		}
		spaces, refs = append(spaces, sp), append(refs, sp.Unit)
		return nil
	}, "SELECT key, title, type, unit FROM space ORDER BY key")
	if err != nil {
		return nil, err
	}
	res := newResolver()
	if err := res.load(ctx, c, refs); err != nil {
		return nil, err
	}
	out := map[int64][]page.Space{}
	for _, sp := range spaces {
		if k, ok := res.pick(everything, "", sp.Unit); ok {
			out[k.pk] = append(out[k.pk], sp)
		}
	}
	return out, nil
}

// UnitsByField finds units by the value of a field, closed ones too.
func (s *Store) UnitsByField(ctx context.Context, field string) (map[string]page.ID, error) {
	found := map[string]page.ID{}
	err := s.lookup(ctx, "find units by a field", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var value string
			var id page.ID
			err := rows.Scan(&value, &id)
			if _, ok := found[value]; !ok {
				found[value] = id
			}
			return err
		}, `SELECT f.value, p.id FROM page p JOIN field_value f ON f.page_pk = p.pk
			WHERE p.kind = $1 AND f.key = $2 ORDER BY p.archived, p.pk`, unitKind, field)
	})
	return found, err
}

// Ownerless lists pages nobody answers for: the owner is no page that is there and not closed, and the unit of the space
// is neither. The unit that answers for everything else is always good enough, with a page or without.
func (s *Store) Ownerless(ctx context.Context) ([]page.ID, error) {
	var list []page.ID
	err := s.snapshot(ctx, "look for pages without an owner", func(ctx context.Context, c *conn) error {
		var err error
		list, err = ownerless(ctx, c)
		return err
	})
	return list, err
}

func ownerless(ctx context.Context, c *conn) ([]page.ID, error) {
	good := map[string]bool{} // spaces whose unit is there and open
	var refs []string
	units := map[string]string{}
	err := c.each(ctx, func(rows *sql.Rows) error {
		var key, unit string
		err := rows.Scan(&key, &unit)
		units[key], refs = unit, append(refs, unit)
		return err
	}, "SELECT key, unit FROM space")
	if err != nil {
		return nil, err
	}
	res := newResolver()
	if err := res.load(ctx, c, refs); err != nil {
		return nil, err
	}
	for key, unit := range units {
		k, ok := res.pick(access.Scope{All: true}, "", unit)
		good[key] = ok && !k.target.Archived || !ok && ownerUnit(unit) == fallbackUnit
	}
	var list []page.ID
	err = c.each(ctx, func(rows *sql.Rows) error {
		var id page.ID
		var space, unit string
		var found bool
		if err := rows.Scan(&id, &space, &unit, &found); err != nil {
			return err
		}
		if !good[space] && (found || unit != fallbackUnit) {
			list = append(list, id)
		}
		return nil
	}, `
		SELECT p.id, p.space, p.owner_unit, o.pk IS NOT NULL FROM page p
		LEFT JOIN link l ON l.from_pk = p.pk AND l.type = 'field' AND l.key = 'owner' LEFT JOIN page o ON o.pk = l.to_pk
		WHERE o.pk IS NULL OR o.archived = 1 ORDER BY p.id`)
	return list, err
}

// fallbackUnit is wiki.FallbackUnit as a slug.
const fallbackUnit = "redaktion"
