package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// Delete puts a page into the bin of its space. From then on no reading method knows it; its addresses and titles
// stay taken, and what linked to it leads nowhere or to the next page that fits.
func (s *Store) Delete(ctx context.Context, id page.ID, base int, by wiki.Deletion, events ...audit.Event) (wiki.Saved, error) {
	const op = "delete page"
	return s.binned(ctx, op, events, func(ctx context.Context, c *conn) (int64, []page.ID, error) {
		h, err := readHead(ctx, c, id)
		if err == errNoHead {
			return 0, nil, notFound(op, string(id))
		}
		if err != nil {
			return 0, nil, err
		}
		if h.revision != int64(base) {
			return 0, nil, conflict(op, "revision", errs.Msg("store.conflict", "Base", base, "Current", h.revision),
				fmt.Sprintf("page %s has revision %d, the deletion is based on %d", id, h.revision, base))
		}
		below, err := unitPages(ctx, c, h)
		if err != nil {
			return 0, nil, err
		}
		if _, err := c.exec(ctx, "UPDATE page_all SET deleted_at = $2 WHERE pk = $1", h.pk, s.keep(by.At).UnixMilli()); err != nil {
			return 0, nil, err
		}
		_, err = c.exec(ctx, "INSERT INTO deletion (page_pk, by_role, user_id, reason) VALUES ($1, $2, $3, $4)", h.pk, by.By, by.UserID, by.Reason)
		return h.pk, below, err
	})
}

// Undelete takes a page out of the bin again: it is as it was.
func (s *Store) Undelete(ctx context.Context, id page.ID, events ...audit.Event) (wiki.Saved, error) {
	const op = "undelete page"
	return s.binned(ctx, op, events, func(ctx context.Context, c *conn) (int64, []page.ID, error) {
		pk, err := inBin(ctx, c, op, id)
		if err != nil {
			return 0, nil, err
		}
		if _, err := c.exec(ctx, "DELETE FROM deletion WHERE page_pk = $1", pk); err != nil {
			return 0, nil, err
		}
		if _, err := c.exec(ctx, "UPDATE page_all SET deleted_at = NULL WHERE pk = $1", pk); err != nil {
			return 0, nil, err
		}
		if err := relinkFrom(ctx, c, pk); err != nil {
			return 0, nil, err
		}
		h, err := readHead(ctx, c, id)
		if err != nil {
			return 0, nil, err
		}
		below, err := unitPages(ctx, c, h)
		return pk, below, err
	})
}

// binned runs a move into the bin or out of it with what follows from either: links that may mean the page are
// resolved again, pages that show it are noted as stale, and the change log names it.
func (s *Store) binned(ctx context.Context, op string, events []audit.Event, move func(ctx context.Context, c *conn) (pk int64, below []page.ID, err error)) (wiki.Saved, error) {
	var saved wiki.Saved
	err := s.write(ctx, op, func(ctx context.Context, c *conn) error {
		pk, below, err := move(ctx, c)
		if err != nil {
			return err
		}
		keys, id, err := allKeys(ctx, c, pk)
		if err != nil {
			return err
		}
		stale := map[page.ID]bool{}
		if err := relink(ctx, c, newResolver(), keys, stale); err != nil {
			return err
		}
		// Nothing that is there may lead to what is not, whatever the reference looks like.
		_, err = c.exec(ctx, `UPDATE link SET to_pk = NULL
			WHERE to_pk = $1 AND EXISTS (SELECT 1 FROM page_all p WHERE p.pk = $1 AND p.deleted_at IS NOT NULL)
				AND from_pk IN (SELECT pk FROM page)`, pk)
		if err != nil {
			return err
		}
		saved.Stale = slices.Sorted(maps.Keys(stale))
		if err := markStale(ctx, c, saved.Stale); err != nil {
			return err
		}
		for _, one := range append([]page.ID{id}, below...) {
			if saved.Seq, err = s.logChange(ctx, c, one); err != nil {
				return err
			}
		}
		return s.record(ctx, c, events...)
	})
	if err != nil {
		return wiki.Saved{}, err
	}
	return saved, nil
}

// allKeys are all folded references that can mean a page, by former addresses and titles too.
func allKeys(ctx context.Context, c *conn, pk int64) ([]string, page.ID, error) {
	var p page.Page
	if _, err := c.row(ctx, []any{&p.ID, &p.Kind}, "SELECT id, kind FROM page_all WHERE pk = $1", pk); err != nil {
		return nil, "", err
	}
	keys := []string{fold(string(p.ID))}
	err := c.each(ctx, func(rows *sql.Rows) error {
		q := p
		err := rows.Scan(&q.Space, &q.Slug)
		keys = append(keys, refKeys(q)...)
		return err
	}, "SELECT space, slug FROM path WHERE page_pk = $1", pk)
	if err != nil {
		return nil, "", err
	}
	err = c.each(ctx, func(rows *sql.Rows) error {
		var title string
		err := rows.Scan(&title)
		keys = append(keys, title)
		return err
	}, "SELECT fold FROM name WHERE page_pk = $1", pk)
	return slices.DeleteFunc(keys, func(k string) bool { return k == "" }), p.ID, err
}

// relinkFrom resolves the links of a page that comes back: what they meant may have gone meanwhile.
func relinkFrom(ctx context.Context, c *conn, pk int64) error {
	type out struct {
		ord, to    int64
		space, ref string
	}
	var list []out
	var refs []string
	err := c.each(ctx, func(rows *sql.Rows) error {
		var l out
		err := rows.Scan(&l.ord, &l.to, &l.space, &l.ref)
		list, refs = append(list, l), append(refs, l.ref)
		return err
	}, "SELECT l.ord, coalesce(l.to_pk, 0), p.space, l.ref FROM link l JOIN page p ON p.pk = l.from_pk WHERE l.from_pk = $1", pk)
	if err != nil {
		return err
	}
	res := newResolver()
	if err := res.load(ctx, c, refs); err != nil {
		return err
	}
	for _, l := range list {
		k, _ := res.pick(everything, l.space, l.ref)
		if k.pk == l.to {
			continue
		}
		if _, err := c.exec(ctx, "UPDATE link SET to_pk = nullif($3, 0) WHERE from_pk = $1 AND ord = $2", pk, l.ord, k.pk); err != nil {
			return err
		}
	}
	_, err = c.exec(ctx, "UPDATE render SET stale = 1 WHERE page_pk = $1", pk)
	return err
}

// unitPages are the pages whose place in the tree of units hangs on a page: none when it is no unit.
func unitPages(ctx context.Context, c *conn, h *head) ([]page.ID, error) {
	if h.kind != unitKind {
		return nil, nil
	}
	below, err := unitsBelow(ctx, c, []string{h.slug})
	if err != nil {
		return nil, err
	}
	var ids []page.ID
	err = c.each(ctx, func(rows *sql.Rows) error {
		var id page.ID
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT p.id FROM page p WHERE p.owner_unit IN (SELECT value FROM json_each($1)) AND p.pk <> $2 ORDER BY p.pk", jsonList(below), h.pk)
	return ids, err
}

func inBin(ctx context.Context, c *conn, op string, id page.ID) (pk int64, err error) {
	ok, err := c.row(ctx, []any{&pk}, "SELECT pk FROM page_all WHERE id = $1 AND deleted_at IS NOT NULL", string(id))
	if err == nil && !ok {
		err = notFound(op, string(id))
	}
	return pk, err
}

// binQuery reads the heads of deleted pages that a scope may read.
const binQuery = `
SELECT ` + headJSON + `, p.deleted_at, d.by_role, d.user_id, d.reason
FROM page_all p JOIN deletion d ON d.page_pk = p.pk
WHERE ` + inScope + ` AND p.deleted_at IS NOT NULL`

func (s *Store) deleted(ctx context.Context, op, query string, args ...any) ([]wiki.Deleted, error) {
	var list []wiki.Deleted
	err := s.snapshot(ctx, op, func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var d wiki.Deleted
			var head string
			var at sql.NullInt64
			err := rows.Scan(&head, &at, &d.By, &d.UserID, &d.Reason)
			if err != nil {
				return err
			}
			d.At = fromMillis(at)
			d.Page, err = decodeHead(head)
			list = append(list, d)
			return err
		}, query, args...)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Bin lists the deleted pages of a space, newest first, without bodies and fields.
func (s *Store) Bin(ctx context.Context, scope access.Scope, space string) ([]wiki.Deleted, error) {
	return s.deleted(ctx, "list bin", binQuery+" AND p.space = $4 ORDER BY p.deleted_at DESC, p.pk DESC", scopeArgs(scope, space)...)
}

// InBin reads one deleted page. errs.NotFound, also for one that is there.
func (s *Store) InBin(ctx context.Context, scope access.Scope, id page.ID) (wiki.Deleted, error) {
	list, err := s.deleted(ctx, "read bin", binQuery+" AND p.id = $4", scopeArgs(scope, string(id))...)
	if err != nil {
		return wiki.Deleted{}, err
	}
	if len(list) == 0 {
		return wiki.Deleted{}, notFound("read bin", string(id))
	}
	return list[0], nil
}
