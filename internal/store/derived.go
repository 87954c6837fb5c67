package store

import (
	"context"
	"fmt"

	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// derive encodes what is derived from a revision: rendering, links, aliases.
func (d *draftWrite) derive() error {
	var err error
	if d.rendered.headings, err = encodeHeadings(d.Rendered.Headings); err != nil {
		return fmt.Errorf("headings: %w", err)
	}
	if d.rendered.fields, err = encodeTexts(d.Rendered.Fields); err != nil {
		return fmt.Errorf("rendered fields: %w", err)
	}
	if d.links, err = linkRows(d.Links); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, a := range d.Aliases {
		if f := fold(a); f != "" && !seen[f] {
			seen[f] = true
			d.aliases = append(d.aliases, a)
		}
	}
	return nil
}

// saveDerived writes rendering and aliases.
func (d *draftWrite) saveDerived(ctx context.Context, c *conn) error {
	_, err := c.exec(ctx, `
		INSERT INTO render (page_pk, version, headings, fields, body, text) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (page_pk) DO UPDATE SET version = excluded.version, headings = excluded.headings,
			fields = excluded.fields, body = excluded.body, text = excluded.text, stale = 0`,
		d.pk, d.Rendered.Version, d.rendered.headings, d.rendered.fields, d.Rendered.Body, d.Rendered.Text)
	if err != nil {
		return err
	}
	if d.prev != nil {
		if _, err := c.exec(ctx, "DELETE FROM alias WHERE page_pk = $1", d.pk); err != nil {
			return err
		}
	}
	return c.insert(ctx, "alias (page_pk, ord, alias, alias_fold)", 4, len(d.aliases), func(i int) []any {
		return []any{d.pk, i, d.aliases[i], fold(d.aliases[i])}
	})
}

// saveValues writes tags and the short values of fields.
func (d *draftWrite) saveValues(ctx context.Context, c *conn) error {
	if d.prev != nil {
		if _, err := c.exec(ctx, "DELETE FROM tag WHERE page_pk = $1", d.pk); err != nil {
			return err
		}
		if _, err := c.exec(ctx, "DELETE FROM field_value WHERE page_pk = $1", d.pk); err != nil {
			return err
		}
	}
	err := c.insert(ctx, "tag (page_pk, tag)", 2, len(d.tags), func(i int) []any {
		return []any{d.pk, d.tags[i]}
	})
	if err != nil {
		return err
	}
	return c.insert(ctx, "field_value (page_pk, key, ord, value, sort)", 5, len(d.fields), func(i int) []any {
		f := d.fields[i]
		return []any{d.pk, f.key, f.ord, f.value, f.sort}
	})
}

// SaveRendered replaces derived data (rendering, links, aliases) of a page if its revision is still n. The
// change log gets an entry only when the index would see a difference.
func (s *Store) SaveRendered(ctx context.Context, id page.ID, n int, w wiki.Write) error {
	d := &draftWrite{Write: w}
	d.Page.ID = id
	if err := d.derive(); err != nil {
		return &errs.Error{Op: "store: save rendering of page " + string(id), Cause: err}
	}
	return s.write(ctx, "save rendering", func(ctx context.Context, c *conn) error {
		h, err := readHead(ctx, c, id)
		if err == errNoHead {
			return notFound("save rendering", string(id))
		}
		if err != nil {
			return err
		}
		if h.revision != int64(n) {
			return conflict("save rendering", "revision", errs.Msg("store.conflict", "Base", n, "Current", h.revision),
				fmt.Sprintf("page %s has revision %d, the rendering is of %d", id, h.revision, n))
		}
		d.prev, d.pk = h, h.pk
		d.Page.Space, d.Page.Slug, d.Page.Kind, d.Page.Title, d.Page.Draft = h.space, h.slug, h.kind, h.title, h.draft
		before, err := derivedTexts(ctx, c, d.pk)
		if err != nil {
			return err
		}
		if err := d.saveDerived(ctx, c); err != nil {
			return err
		}
		if _, err := saveLinks(ctx, c, []*draftWrite{d}); err != nil {
			return err
		}
		if err := outrun(ctx, c, d); err != nil {
			return err
		}
		if _, err := s.logUnits(ctx, c, []*draftWrite{d}); err != nil {
			return err
		}
		after, err := derivedTexts(ctx, c, d.pk)
		if err != nil || after == before {
			return err
		}
		_, err = s.logChange(ctx, c, id)
		return err
	})
}

// derivedTexts reads what views show and what the index is fed with; caches of both go by the change log.
func derivedTexts(ctx context.Context, c *conn, pk int64) (texts [5]string, err error) {
	_, err = c.row(ctx, []any{&texts[0], &texts[1], &texts[2], &texts[3], &texts[4]}, `
		SELECT r.body, r.fields, r.text, r.headings, (SELECT json_group_array(a.alias) FROM alias a WHERE a.page_pk = r.page_pk)
		FROM render r WHERE r.page_pk = $1`, pk)
	return texts, err
}
