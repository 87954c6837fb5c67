package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"lernraum/internal/access"
	"lernraum/internal/page"
)

// readable applies a scope to one page. Slices of a scope are sorted.
func readable(sc access.Scope, space string, draft bool) bool {
	if sc.All {
		return true
	}
	if _, ok := slices.BinarySearch(sc.Read, space); !ok {
		return false
	}
	if !draft {
		return true
	}
	_, ok := slices.BinarySearch(sc.Drafts, space)
	return ok
}

// scopeArgs gives a scope as the first three arguments of a statement with inScope.
func scopeArgs(sc access.Scope, more ...any) []any {
	return append([]any{bit(sc.All), jsonList(sc.Read), jsonList(sc.Drafts)}, more...)
}

// fullPage decodes a page from its three texts.
func fullPage(head, detail, body string) (page.Page, error) {
	p, err := decodeHead(head)
	if err != nil {
		return page.Page{}, err
	}
	if err := decodeDetail(detail, &p); err != nil {
		return page.Page{}, err
	}
	p.Body = body
	return p, nil
}

func (s *Store) onePage(ctx context.Context, op string, scope access.Scope, what, query string, args ...any) (p page.Page, err error) {
	err = s.lookup(ctx, op, func(ctx context.Context, c *conn) error {
		var head, det, body string
		ok, err := c.row(ctx, []any{&head, &det, &body}, query, args...)
		if err != nil {
			return err
		}
		if !ok {
			return notFound(op, what)
		}
		if p, err = fullPage(head, det, body); err != nil {
			return err
		}
		if !readable(scope, p.Space, p.Draft) {
			return notFound(op, what)
		}
		return nil
	})
	if err != nil {
		return page.Page{}, err
	}
	return p, nil
}

// Page reads the head of a page.
func (s *Store) Page(ctx context.Context, scope access.Scope, id page.ID) (page.Page, error) {
	return s.onePage(ctx, "read page", scope, string(id), `
		SELECT `+headJSON+`, r.detail, r.body
		FROM page p JOIN revision r ON r.pk = p.head
		WHERE p.id = $1`, string(id))
}

// PageAt finds a page by its address, former ones included.
func (s *Store) PageAt(ctx context.Context, scope access.Scope, space, slug string) (page.Page, error) {
	return s.onePage(ctx, "read page at address", scope, space+"/"+slug, `
		SELECT `+headJSON+`, r.detail, r.body
		FROM path a JOIN page p ON p.pk = a.page_pk JOIN revision r ON r.pk = p.head
		WHERE a.space = $1 AND a.slug = $2`, space, slug)
}

// revisionColumns of a revision v with its author.
const revisionColumns = `v.head, v.n, v.at, v.by_role, v.user_id, v.comment, v.change,
	(SELECT json_array(u.at, u.by_role, u.reason) FROM suppression u WHERE u.page_pk = v.page_pk AND u.n = v.n)`

func scanRevision(rows *sql.Rows, more ...any) (page.Revision, error) {
	var r page.Revision
	var head string
	var redacted sql.NullString
	var n int
	var at int64
	if err := rows.Scan(append([]any{&head, &n, &at, &r.By, &r.UserID, &r.Comment, &r.Change, &redacted}, more...)...); err != nil {
		return page.Revision{}, fmt.Errorf("read revision: %w", err)
	}
	var err error
	if r.Page, err = decodeHead(head); err != nil {
		return page.Revision{}, err
	}
	r.Page.Revision = n
	r.At = fromMillis(sql.NullInt64{Int64: at, Valid: true})
	if redacted.Valid {
		u := reader{s: redacted.String}
		u.open('[')
		r.Redacted = page.Redaction{At: u.time(), By: u.text(), Reason: u.text()}
		if !u.close(']') {
			return page.Revision{}, fmt.Errorf("redaction of page %s: %w", r.Page.ID, errText)
		}
	}
	return r, nil
}

// mayRead finds the key of a page that a scope may read.
func mayRead(ctx context.Context, c *conn, op string, scope access.Scope, id page.ID) (pk int64, err error) {
	var space string
	var draft bool
	ok, err := c.row(ctx, []any{&pk, &space, &draft}, "SELECT pk, space, draft FROM page WHERE id = $1", string(id))
	if err != nil {
		return 0, err
	}
	if !ok || !readable(scope, space, draft) {
		return 0, notFound(op, string(id))
	}
	return pk, nil
}

// Revisions lists the history, newest first, without bodies and fields.
func (s *Store) Revisions(ctx context.Context, scope access.Scope, id page.ID) ([]page.Revision, error) {
	var list []page.Revision
	err := s.snapshot(ctx, "list revisions", func(ctx context.Context, c *conn) error {
		pk, err := mayRead(ctx, c, "list revisions", scope, id)
		if err != nil {
			return err
		}
		return c.each(ctx, func(rows *sql.Rows) error {
			r, err := scanRevision(rows)
			if err != nil || !readableThen(scope, r) {
				return err
			}
			list = append(list, r)
			return nil
		}, `SELECT `+revisionColumns+` FROM revision v WHERE v.page_pk = $1 ORDER BY v.n DESC`, pk)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// readableThen tells whether a scope that reads the page now reads what it was: what was written in a closed space stays there
// when the page moves out of it.
func readableThen(scope access.Scope, r page.Revision) bool {
	return r.Page.Space == "" || scope.Readable(r.Page.Space, false)
}

// Revision reads one revision whole. Who may read the page as it is now may read what it was in the spaces they may read.
func (s *Store) Revision(ctx context.Context, scope access.Scope, id page.ID, n int) (page.Revision, error) {
	var out page.Revision
	err := s.snapshot(ctx, "read revision", func(ctx context.Context, c *conn) error {
		pk, err := mayRead(ctx, c, "read revision", scope, id)
		if err != nil {
			return err
		}
		found := false
		err = c.each(ctx, func(rows *sql.Rows) error {
			var det, body string
			r, err := scanRevision(rows, &det, &body)
			if err != nil || !readableThen(scope, r) {
				return err
			}
			if err := decodeDetail(det, &r.Page); err != nil {
				return err
			}
			r.Page.Body = body
			out, found = r, true
			return nil
		}, `SELECT `+revisionColumns+`, v.detail, v.body FROM revision v WHERE v.page_pk = $1 AND v.n = $2`, pk, n)
		if err == nil && !found {
			err = notFound("read revision", fmt.Sprintf("%s revision %d", id, n))
		}
		return err
	})
	if err != nil {
		return page.Revision{}, err
	}
	return out, nil
}

// chunk is how many pages a walk reads at a time, so that no read transaction holds back the checkpoint.
const chunk = 200

// Each walks over the heads of all pages in id order. It reads in chunks: pages saved meanwhile may come in
// their old or their new state.
func (s *Store) Each(ctx context.Context, fn func(page.Page) error) error {
	last := ""
	for {
		list := make([]page.Page, 0, chunk)
		err := s.snapshot(ctx, "walk over pages", func(ctx context.Context, c *conn) error {
			return c.each(ctx, func(rows *sql.Rows) error {
				var head, det, body string
				if err := rows.Scan(&head, &det, &body); err != nil {
					return err
				}
				p, err := fullPage(head, det, body)
				if err != nil {
					return err
				}
				list = append(list, p)
				return nil
			}, `SELECT `+headJSON+`, r.detail, r.body
				FROM page p JOIN revision r ON r.pk = p.head
				WHERE p.id > $1 ORDER BY p.id LIMIT $2`, last, chunk)
		})
		if err != nil {
			return err
		}
		for _, p := range list {
			if err := fn(p); err != nil {
				return err
			}
			last = string(p.ID)
		}
		if len(list) < chunk {
			return nil
		}
	}
}
