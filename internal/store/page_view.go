package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// pageView reads everything a page shows in one statement, and so on one state of the database. Links come as one
// text, each a JSON list of link.shown and page.card.
const pageView = `
SELECT ` + headJSON + `, r.detail, r.body, coalesce(d.version, 0), coalesce(d.headings, '[]'), coalesce(d.fields, '{}'),
	coalesce(d.body, ''),
	coalesce((SELECT group_concat(l.shown || coalesce(t.card, ']'))
		FROM link l LEFT JOIN page t ON t.pk = l.to_pk
		WHERE l.from_pk = p.pk), ''),
	coalesce((SELECT group_concat(l.shown || t.card)
		FROM link l JOIN page t ON t.pk = l.from_pk
		WHERE l.to_pk = p.pk AND l.from_pk <> p.pk), ''),
	(SELECT json_group_array(json_array(a.id, a.name, a.alt, a.type, b.size, a.sha256, a.version, a.created_at))
		FROM attachment a JOIN blob b ON b.sha256 = a.sha256
		WHERE a.page_pk = p.pk AND a.current = 1)
FROM path x JOIN page p ON p.pk = x.page_pk JOIN revision r ON r.pk = p.head LEFT JOIN render d ON d.page_pk = p.pk
WHERE x.space = $1 AND x.slug = $2`

// PageView reads all that a page shows. Rendered.Text stays empty: it is for the index. A page that links to
// itself lists that link among the outgoing ones only.
func (s *Store) PageView(ctx context.Context, scope access.Scope, space, slug string) (wiki.View, error) {
	var v wiki.View
	err := s.lookup(ctx, "read page view", func(ctx context.Context, c *conn) error {
		var head, det, body, headings, fields, out, in, files string
		ok, err := c.row(ctx, []any{
			&head, &det, &body, &v.Rendered.Version, &headings, &fields, &v.Rendered.Body, &out, &in, &files,
		}, pageView, space, slug)
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
		if v.Rendered.Headings, err = decodeHeadings(headings); err != nil {
			return err
		}
		if v.Rendered.Fields, err = decodeTexts(fields); err != nil {
			return err
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

// shownLink is a link with what puts it in order: its place in the page, and the title of the page it comes from.
type shownLink struct {
	ord  int64
	sort string
	page.LinkedPage
}

// decodeLinks reads both directions, outgoing links in the author's order, then incoming ones by title. A target
// outside the scope looks like one that does not exist, a source outside it does not come at all.
func decodeLinks(scope access.Scope, out, in string) ([]page.LinkedPage, error) {
	outgoing, err := decodeShown(out)
	if err != nil {
		return nil, fmt.Errorf("outgoing links: %w", err)
	}
	incoming, err := decodeShown(in)
	if err != nil {
		return nil, fmt.Errorf("incoming links: %w", err)
	}
	slices.SortFunc(outgoing, func(a, b shownLink) int { return cmp.Compare(a.ord, b.ord) })
	slices.SortFunc(incoming, func(a, b shownLink) int {
		return cmp.Or(cmp.Compare(a.sort, b.sort), cmp.Compare(a.Target.Title, b.Target.Title), cmp.Compare(a.Target.ID, b.Target.ID), cmp.Compare(a.ord, b.ord))
	})
	links := make([]page.LinkedPage, 0, len(outgoing)+len(incoming))
	for _, l := range outgoing {
		l.Out = true
		if l.Found && !readable(scope, l.Target.Space, l.Target.Draft) {
			l.Found, l.Target = false, page.Target{}
		}
		links = append(links, l.LinkedPage)
	}
	for _, l := range incoming {
		if readable(scope, l.Target.Space, l.Target.Draft) {
			links = append(links, l.LinkedPage)
		}
	}
	return links, nil
}

func decodeShown(s string) ([]shownLink, error) {
	links := make([]shownLink, 0, strings.Count(s, ",[")+1)
	r := reader{s: s}
	for r.peek() != 0 {
		r.open('[')
		l := shownLink{ord: r.int(), LinkedPage: page.LinkedPage{Type: page.LinkType(r.text()), Key: r.text(), Ref: r.text()}}
		if r.peek() == ']' {
			r.close(']')
		} else {
			l.Found = true
			l.sort, l.Target = r.card()
		}
		links = append(links, l)
	}
	if r.bad {
		return nil, errText
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
	slices.SortFunc(list, func(a, b page.Attachment) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}
