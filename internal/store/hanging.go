package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"lernraum/internal/orga"
	"lernraum/internal/page"
)

// Hanging reads what hangs on a unit.
func (s *Store) Hanging(ctx context.Context, unit page.ID) (orga.Hanging, error) {
	var h orga.Hanging
	err := s.snapshot(ctx, "read what hangs on a unit", func(ctx context.Context, c *conn) error {
		var err error
		h, err = hanging(ctx, c, unit)
		return err
	})
	return h, err
}

func hanging(ctx context.Context, c *conn, unit page.ID) (orga.Hanging, error) {
	var h orga.Hanging
	var pk int64
	var head, det, body string
	ok, err := c.row(ctx, []any{&pk, &head, &det, &body}, `
		SELECT p.pk, `+headJSON+`, r.detail, r.body FROM page p JOIN revision r ON r.pk = p.head WHERE p.id = $1 AND p.kind = $2`, string(unit), unitKind)
	if err != nil {
		return h, err
	}
	if !ok {
		return h, notFound("read what hangs on a unit", string(unit))
	}
	if h.Unit, err = fullPage(head, det, body); err != nil {
		return h, err
	}
	h.Slugs = []string{h.Unit.Slug}
	err = c.each(ctx, func(rows *sql.Rows) error {
		var slug string
		err := rows.Scan(&slug)
		if !slices.Contains(h.Slugs, slug) {
			h.Slugs = append(h.Slugs, slug)
		}
		return err
	}, "SELECT a.slug FROM path a WHERE a.page_pk = $1 ORDER BY a.slug", pk)
	if err != nil {
		return h, err
	}
	if _, err := c.row(ctx, []any{&h.Twins}, `
		SELECT count(*) FROM path a JOIN page p ON p.pk = a.page_pk
		WHERE a.slug = $1 AND a.current = 1 AND p.kind = $2 AND p.pk <> $3`, h.Unit.Slug, unitKind, pk); err != nil {
		return h, err
	}
	if h.Pages, err = ownedPages(ctx, c, pk); err != nil {
		return h, err
	}
	if h.References, err = references(ctx, c, pk); err != nil {
		return h, err
	}
	spaces, err := spaceUnits(ctx, c)
	if err != nil {
		return h, err
	}
	h.Spaces = spaces[pk]
	// A slug may mean another unit by now, whose people are not those of this one.
	own := slices.DeleteFunc(slices.Clone(h.Slugs[1:]), func(slug string) bool {
		other, err := c.row(ctx, []any{new(int)}, "SELECT 1 FROM page p WHERE p.slug = $1 AND p.kind = $2 AND p.pk <> $3", slug, unitKind, pk)
		return err != nil || other
	})
	own = append(own, h.Unit.Slug)
	err = c.each(ctx, func(rows *sql.Rows) error {
		var p orga.Person
		err := rows.Scan(&p.ID, &p.Name, &p.Label, &p.Unit, &p.Source, &p.Closed)
		h.People = append(h.People, p)
		return err
	}, `SELECT u.id, u.name, u.label, a.unit, a.source, u.disabled FROM account_unit a JOIN account u ON u.id = a.user_id
		WHERE a.unit IN (SELECT value FROM json_each($1)) ORDER BY u.name, u.id, a.unit, a.source`, jsonList(own))
	if err != nil {
		return h, err
	}
	err = c.each(ctx, func(rows *sql.Rows) error {
		var r orga.Right
		err := rows.Scan(&r.Space, &r.Unit, &r.Level)
		h.Rights = append(h.Rights, r)
		return err
	}, "SELECT g.space, g.unit, g.level FROM space_unit g WHERE g.unit IN (SELECT value FROM json_each($1)) ORDER BY g.space, g.unit", jsonList(own))
	if err != nil || len(h.Spaces) == 0 {
		return h, err
	}
	keys := make([]string, len(h.Spaces))
	for i, sp := range h.Spaces {
		keys[i] = sp.Key
	}
	_, err = c.row(ctx, []any{&h.Requests}, "SELECT count(*) FROM access_request r WHERE r.state = 'open' AND r.space IN (SELECT value FROM json_each($1))", jsonList(keys))
	return h, err
}

// ownedPages are those in the bin too: they may come back.
func ownedPages(ctx context.Context, c *conn, pk int64) ([]orga.OwnedPage, error) {
	var list []orga.OwnedPage
	err := c.each(ctx, func(rows *sql.Rows) error {
		var p orga.OwnedPage
		var due sql.NullInt64
		var tags string
		if err := rows.Scan(&p.ID, &p.Kind, &p.Space, &p.Slug, &p.Title, &p.Summary, &p.State, &p.Draft, &p.Archived,
			&p.Owner, &p.Revision, &due, &p.Deleted, &tags); err != nil {
			return err
		}
		p.ReviewDue = fromMillis(due)
		r := reader{s: tags}
		p.Tags = r.texts()
		if r.bad {
			return fmt.Errorf("tags of page %s: %w", p.ID, errText)
		}
		list = append(list, p)
		return nil
	}, `
		SELECT p.id, p.kind, p.space, p.slug, p.title, p.summary, p.state, p.draft, p.archived, p.owner, p.revision, p.review_due, p.deleted_at IS NOT NULL,
			(SELECT json_group_array(t.tag) FROM tag t WHERE t.page_pk = p.pk)
		FROM link l JOIN page_all p ON p.pk = l.from_pk
		WHERE l.to_pk = $1 AND l.type = 'field' AND l.key = 'owner'
		ORDER BY p.kind, p.title_sort, p.pk`, pk)
	return list, err
}

func references(ctx context.Context, c *conn, pk int64) ([]orga.Reference, error) {
	var list []orga.Reference
	var from, unique []int64
	err := c.each(ctx, func(rows *sql.Rows) error {
		var r orga.Reference
		var p int64
		if err := rows.Scan(&p, &r.Type, &r.Key, &r.Ref); err != nil {
			return err
		}
		list, from = append(list, r), append(from, p)
		return nil
	}, `
		SELECT l.from_pk, l.type, l.key, l.ref FROM link l JOIN page p ON p.pk = l.from_pk
		WHERE l.to_pk = $1 AND NOT (l.type = 'field' AND l.key = 'owner')
		ORDER BY p.kind, p.title_sort, p.pk, l.ord`, pk)
	if err != nil {
		return nil, err
	}
	unique = slices.Compact(slices.Sorted(slices.Values(from)))
	pages, err := pagesByKey(ctx, c, unique)
	if err != nil {
		return nil, err
	}
	for i := range list {
		at, _ := slices.BinarySearch(unique, from[i])
		list[i].From, list[i].Revision = pages[at], pages[at].Revision
	}
	return list, nil
}
