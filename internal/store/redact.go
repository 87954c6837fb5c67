package store

import (
	"context"
	"database/sql"
	"fmt"

	"lernraum/internal/audit"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// suppress opens a revision for change and says why.
func suppress(ctx context.Context, c *conn, pk int64, n int, r page.Redaction) error {
	_, err := c.exec(ctx, "INSERT INTO suppression (page_pk, n, at, reason, by_role) VALUES ($1, $2, $3, $4, $5)", pk, n, r.At.UnixMilli(), r.Reason, r.By)
	return err
}

// Redact removes the text of the revisions from…to of a page for good. What is left of each is that it was there, when,
// from which role, and why its text is gone. Revisions whose text is gone already are left as they are.
func (s *Store) Redact(ctx context.Context, id page.ID, from, to int, r page.Redaction, events ...audit.Event) (int, error) {
	const op = "redact revision"
	done := 0
	r.At = s.keep(r.At)
	err := s.write(ctx, op, func(ctx context.Context, c *conn) error {
		h, err := readHead(ctx, c, id)
		if err == errNoHead || err == nil && (from < 1 || to < from || to > int(h.revision)) {
			return notFound(op, fmt.Sprintf("%s revisions %d to %d", id, from, to))
		}
		if err != nil {
			return err
		}
		if to == int(h.revision) {
			return &errs.Error{Kind: errs.Invalid, Op: "store: " + op, Msg: errs.Msg("store.redact_newest")}
		}
		type old struct {
			n    int
			head string
		}
		var list []old
		err = c.each(ctx, func(rows *sql.Rows) error {
			var o old
			err := rows.Scan(&o.n, &o.head)
			list = append(list, o)
			return err
		}, `SELECT v.n, v.head FROM revision v WHERE v.page_pk = $1 AND v.n BETWEEN $2 AND $3
			AND NOT EXISTS (SELECT 1 FROM suppression u WHERE u.page_pk = v.page_pk AND u.n = v.n)`, h.pk, from, to)
		if err != nil {
			return err
		}
		for _, o := range list {
			p, err := decodeHead(o.head)
			if err != nil {
				return err
			}
			p.Title, p.Summary, p.Space, p.Slug, p.ConfirmedRole = page.RedactedTitle, "", h.space, h.slug, ""
			head, err := encodeHead(p)
			if err != nil {
				return err
			}
			if err := suppress(ctx, c, h.pk, o.n, r); err != nil {
				return err
			}
			_, err = c.exec(ctx, "UPDATE revision SET head = $3, detail = '{}', body = '', comment = '' WHERE page_pk = $1 AND n = $2", h.pk, o.n, head)
			if err != nil {
				return err
			}
		}
		done = len(list)
		if done == 0 {
			return nil
		}
		if err := forgetFormer(ctx, c, h.pk); err != nil {
			return err
		}
		if _, err := c.exec(ctx, "DELETE FROM name_trace WHERE page_pk = $1 AND place = 'text' AND first >= $2 AND last <= $3", h.pk, from, to); err != nil {
			return err
		}
		if _, err := s.logChange(ctx, c, id); err != nil {
			return err
		}
		if err := s.record(ctx, c, events...); err != nil {
			return err
		}
		return s.remember(removal{Page: string(id), From: from, To: to, At: r.At.UnixMilli()})
	})
	if err != nil {
		return 0, err
	}
	return done, nil
}

// forgetFormer removes the former titles and addresses of a page that no revision has any more, and lets the links
// that used them lead nowhere.
func forgetFormer(ctx context.Context, c *conn, pk int64) error {
	keys, _, err := allKeys(ctx, c, pk)
	if err != nil {
		return err
	}
	titles, paths := map[string]bool{}, map[[2]string]bool{}
	err = c.each(ctx, func(rows *sql.Rows) error {
		var head string
		if err := rows.Scan(&head); err != nil {
			return err
		}
		p, err := decodeHead(head)
		titles[fold(p.Title)], paths[[2]string{p.Space, p.Slug}] = true, true
		return err
	}, "SELECT head FROM revision WHERE page_pk = $1", pk)
	if err != nil {
		return err
	}
	type former struct{ a, b string }
	var gone []former
	err = c.each(ctx, func(rows *sql.Rows) error {
		var f former
		err := rows.Scan(&f.a)
		if !titles[f.a] {
			gone = append(gone, f)
		}
		return err
	}, "SELECT fold FROM name WHERE page_pk = $1 AND current = 0", pk)
	if err != nil {
		return err
	}
	for _, f := range gone {
		if _, err := c.exec(ctx, "DELETE FROM name WHERE page_pk = $1 AND fold = $2", pk, f.a); err != nil {
			return err
		}
	}
	gone = gone[:0]
	err = c.each(ctx, func(rows *sql.Rows) error {
		var f former
		err := rows.Scan(&f.a, &f.b)
		if !paths[[2]string{f.a, f.b}] {
			gone = append(gone, f)
		}
		return err
	}, "SELECT space, slug FROM path WHERE page_pk = $1 AND current = 0", pk)
	if err != nil {
		return err
	}
	for _, f := range gone {
		if _, err := c.exec(ctx, "DELETE FROM path WHERE page_pk = $1 AND space = $2 AND slug = $3", pk, f.a, f.b); err != nil {
			return err
		}
	}
	stale := map[page.ID]bool{}
	if err := relink(ctx, c, newResolver(), keys, stale); err != nil {
		return err
	}
	ids := make([]page.ID, 0, len(stale))
	for one := range stale {
		ids = append(ids, one)
	}
	return markStale(ctx, c, ids)
}

// Scrub moves everything that was written into the database file and empties the log beside it, so that what was
// removed stands in neither: what is deleted is overwritten in the file at once.
func (s *Store) Scrub(ctx context.Context) error {
	if err := s.Writable(); err != nil {
		return err
	}
	return s.classify("empty the log", s.checkpoint())
}
