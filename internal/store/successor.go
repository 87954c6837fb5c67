package store

import (
	"context"
	"slices"
	"strings"

	"lernraum/internal/page"
)

// maxSuccessors ends the way from unit to unit; a circle cannot arise, but a table is only a table.
const maxSuccessors = 32

// successor gives the owner that takes the place of one whose unit was closed, with its role kept; "" when the unit
// is open.
func successor(ctx context.Context, c *conn, owner string) (string, error) {
	unit, role, hasRole := strings.Cut(owner, "#")
	slug := ownerUnit(owner)
	if slug == "" && len(unit) == 26 {
		if _, err := c.row(ctx, []any{&slug}, "SELECT p.slug FROM page p WHERE p.id = $1 AND p.kind = $2", unit, unitKind); err != nil {
			return "", err
		}
	}
	if slug == "" {
		return "", nil
	}
	to := slug
	for range maxSuccessors {
		var next string
		ok, err := c.row(ctx, []any{&next}, "SELECT successor FROM unit_successor WHERE slug = $1", to)
		if err != nil {
			return "", err
		}
		if !ok {
			break
		}
		to = next
	}
	if to == slug {
		return "", nil
	}
	if hasRole {
		return unitKind + "/" + to + "#" + role, nil
	}
	return unitKind + "/" + to, nil
}

// follow gives a page that names a closed unit as its owner to the unit that follows it: whoever composed it may not
// have known. A new unit at an address that was closed elsewhere is nobody's predecessor.
func (s *Store) follow(ctx context.Context, c *conn, d *draftWrite) (*draftWrite, error) {
	if d.Base == 0 && d.Page.Kind == unitKind {
		if _, err := c.exec(ctx, "DELETE FROM unit_successor WHERE slug = $1", d.Page.Slug); err != nil {
			return nil, err
		}
	}
	to, err := successor(ctx, c, d.Page.Owner)
	if err != nil || to == "" {
		return d, err
	}
	w := d.Write
	w.Page.Owner = to
	w.Links = slices.Clone(w.Links)
	unit, _, _ := strings.Cut(to, "#")
	for i, l := range w.Links {
		if l.Type == page.LinkField && l.Key == "owner" {
			w.Links[i].Ref = unit
		}
	}
	return s.prepare(w)
}
