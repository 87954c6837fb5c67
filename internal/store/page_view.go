package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"lernraum/internal/access"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// pageView reads everything a page shows in one statement, and so on one state of the database. Links and files
// come as JSON lists: a row with sixteen columns costs the driver three times what SQLite needs to write it.
const pageView = `
SELECT ` + headJSON + `, r.detail, r.body, d.version, d.headings, d.fields, d.body,
	(SELECT json_group_array(json_array(l.ord, l.type, l.key, l.ref, iif(t.pk IS NULL, NULL, ` + targetJSON + `)))
		FROM link l LEFT JOIN page t ON t.pk = l.to_pk
		WHERE l.from_pk = p.pk),
	(SELECT json_group_array(json_array(l.type, l.key, l.ref, ` + targetJSON + `) ORDER BY t.title_sort, t.pk, l.ord)
		FROM link l JOIN page t ON t.pk = l.from_pk
		WHERE l.to_pk = p.pk AND l.from_pk <> p.pk),
	(SELECT json_group_array(json_array(a.id, a.name, a.alt, a.type, b.size, a.sha256, a.version, a.created_at) ORDER BY a.name)
		FROM attachment a JOIN blob b ON b.sha256 = a.sha256
		WHERE a.page_pk = p.pk AND a.current = 1)
FROM path x JOIN page p ON p.pk = x.page_pk JOIN revision r ON r.pk = p.head LEFT JOIN render d ON d.page_pk = p.pk
WHERE x.space = $1 AND x.slug = $2`

// PageView reads all that a page shows. Rendered.Text stays empty: it is for the index. A page that links to
// itself lists that link among the outgoing ones only.
func (s *Store) PageView(ctx context.Context, scope access.Scope, space, slug string) (wiki.View, error) {
	var v wiki.View
	err := s.lookup(ctx, "read page view", func(ctx context.Context, c *conn) error {
		var head, det, body, out, in, files string
		var version *int
		var headings, fields, html *string
		ok, err := c.row(ctx, []any{&head, &det, &body, &version, &headings, &fields, &html, &out, &in, &files}, pageView, space, slug)
		if err != nil {
			return err
		}
		if !ok {
			return notFound("read page view", space+"/"+slug)
		}
		if v.Page, err = fullPage(head, det, body); err != nil {
			return err
		}
		if !readable(scope, v.Page.Space, v.Page.Draft) {
			return notFound("read page view", space+"/"+slug)
		}
		if version != nil {
			v.Rendered.Version, v.Rendered.Body = *version, *html
			if v.Rendered.Headings, err = decodeHeadings(*headings); err != nil {
				return err
			}
			if v.Rendered.Fields, err = decodeTexts(*fields); err != nil {
				return err
			}
		}
		if v.Links, err = decodeLinks(scope, out, in); err != nil {
			return fmt.Errorf("page %s: %w", v.Page.ID, err)
		}
		if v.Attachments, err = decodeAttachments(v.Page.ID, files); err != nil {
			return fmt.Errorf("page %s: %w", v.Page.ID, err)
		}
		return nil
	})
	if err != nil {
		return wiki.View{}, err
	}
	return v, nil
}

type orderedLink struct {
	ord int64
	page.LinkedPage
}

// decodeLinks reads both directions. A target outside the scope looks like one that does not exist, a source
// outside it does not come at all.
func decodeLinks(scope access.Scope, out, in string) ([]page.LinkedPage, error) {
	var links []page.LinkedPage
	var outgoing []orderedLink
	r := reader{s: out}
	for r.open('['); !r.bad && !r.close(']'); {
		r.open('[')
		l := orderedLink{ord: r.int(), LinkedPage: page.LinkedPage{
			Out: true, Type: page.LinkType(r.text()), Key: r.text(), Ref: r.text(),
		}}
		if !r.null() {
			if t := r.target(); readable(scope, t.Space, t.Draft) {
				l.Found, l.Target = true, t
			}
		}
		if !r.close(']') {
			r.bad = true
		}
		outgoing = append(outgoing, l)
	}
	if r.bad {
		return nil, fmt.Errorf("outgoing links: %w", errText)
	}
	slices.SortFunc(outgoing, func(a, b orderedLink) int { return cmp.Compare(a.ord, b.ord) })
	for _, l := range outgoing {
		links = append(links, l.LinkedPage)
	}
	r = reader{s: in}
	for r.open('['); !r.bad && !r.close(']'); {
		r.open('[')
		l := page.LinkedPage{Type: page.LinkType(r.text()), Key: r.text(), Ref: r.text(), Found: true, Target: r.target()}
		if !r.close(']') {
			r.bad = true
		}
		if readable(scope, l.Target.Space, l.Target.Draft) {
			links = append(links, l)
		}
	}
	if r.bad {
		return nil, fmt.Errorf("incoming links: %w", errText)
	}
	return links, nil
}

func decodeAttachments(id page.ID, s string) ([]page.Attachment, error) {
	var list []page.Attachment
	r := reader{s: s}
	for r.open('['); !r.bad && !r.close(']'); {
		r.open('[')
		list = append(list, page.Attachment{
			PageID: id, ID: r.text(), Name: r.text(), Alt: r.text(), Type: r.text(), Size: r.int(), SHA256: r.text(),
			Version: int(r.int()), CreatedAt: r.time(),
		})
		if !r.close(']') {
			r.bad = true
		}
	}
	if r.bad {
		return nil, fmt.Errorf("attachments: %w", errText)
	}
	return list, nil
}
