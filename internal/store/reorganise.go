package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"lernraum/internal/audit"
	"lernraum/internal/errs"
	"lernraum/internal/orga"
	"lernraum/internal/page"
)

// Reorganise stores a change whole or not at all. A change that was previewed is stored only while everything that
// hangs on the unit is as it was seen; the parts of an undoing are each done if they are as they were left.
func (s *Store) Reorganise(ctx context.Context, ch orga.Change, events ...audit.Event) (orga.Changed, error) {
	const op = "reorganise"
	out := orga.Changed{Done: map[orga.What]int{}, Kept: ch.Kept}
	drafts, err := s.prepareAll(ch.Writes)
	if err != nil {
		return out, err
	}
	err = s.write(ctx, op, func(ctx context.Context, c *conn) error {
		if err := unchangedSince(ctx, c, ch); err != nil {
			return err
		}
		t := turn{s: s, c: c, ch: ch, out: &out}
		if !ch.Undo { // before the moves, which follow nobody's successor
			if err := t.record(ctx); err != nil {
				return err
			}
		}
		if err := t.successors(ctx); err != nil {
			return err
		}
		if out.Saved, err = s.saveDrafts(ctx, c, drafts); err != nil {
			return err
		}
		for _, step := range []func(context.Context) error{t.owners, t.spaces, t.members, t.rights} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		for _, m := range ch.Moves {
			if err := t.done(ctx, m); err != nil {
				return err
			}
		}
		if err := t.finish(ctx); err != nil {
			return err
		}
		if err := t.nothingLeft(ctx); err != nil {
			return err
		}
		for i := range events {
			for what, n := range out.Done {
				events[i] = events[i].With(string(what), fmt.Sprint(n))
			}
			if n := len(out.Kept); n > 0 {
				events[i] = events[i].With("kept", fmt.Sprint(n))
			}
		}
		return s.record(ctx, c, events...)
	})
	return out, err
}

func changedSince(why string) error {
	return &errs.Error{Kind: errs.Conflict, Op: "store: reorganise", Msg: errs.Msg("store.reorganise_changed"), Cause: fmt.Errorf("changed since the preview: %s", why)}
}

func unchangedSince(ctx context.Context, c *conn, ch orga.Change) error {
	if ch.Seen != "" {
		h, err := hanging(ctx, c, ch.Record.Unit)
		if err != nil {
			return err
		}
		if h.Fingerprint() != ch.Seen {
			return changedSince("what hangs on unit " + string(ch.Record.Unit))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ch.Expect)) {
		head, err := readHead(ctx, c, id)
		if err == errNoHead || err == nil && head.revision != int64(ch.Expect[id]) {
			return changedSince("page " + string(id))
		}
		if err != nil {
			return err
		}
	}
	if ch.Undo {
		var undone sql.NullInt64
		ok, err := c.row(ctx, []any{&undone}, "SELECT undone_at FROM reorganisation WHERE id = $1", ch.Record.ID)
		if err != nil {
			return err
		}
		if !ok || undone.Valid {
			return changedSince("undone already")
		}
	}
	return nil
}

// turn is one run of Reorganise inside its transaction.
type turn struct {
	s   *Store
	c   *conn
	ch  orga.Change
	out *orga.Changed
	ord int
}

// done counts a move and keeps it, so that it can be moved back.
func (t *turn) done(ctx context.Context, m orga.Move) error {
	t.out.Done[m.What]++
	if t.ch.Undo {
		return nil
	}
	t.ord++
	_, err := t.c.exec(ctx, `
		INSERT INTO reorganisation_move (reorganisation, ord, what, object, was, now, revision) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		t.ch.Record.ID, t.ord, string(m.What), m.Object, m.Was, m.Now, m.Revision)
	return err
}

func (t *turn) kept(m orga.Move) error {
	if t.ch.Seen != "" {
		return changedSince(string(m.What) + " " + m.Object)
	}
	t.out.Kept = append(t.out.Kept, m)
	return nil
}

// owners gives pages, those in the bin too, another owner: a revision with the same text, whose bytes never leave the database.
func (t *turn) owners(ctx context.Context) error {
	if len(t.ch.Owners) == 0 {
		return nil
	}
	c, at := t.c, t.s.keep(t.ch.Record.At)
	var rev int64
	if _, err := c.row(ctx, []any{&rev}, "SELECT coalesce(max(pk), 0) FROM revision"); err != nil {
		return err
	}
	var to []string
	for _, m := range t.ch.Owners {
		unit, _, _ := strings.Cut(m.To, "#")
		to = append(to, unit)
	}
	res := newResolver()
	if err := res.load(ctx, c, slices.Compact(slices.Sorted(slices.Values(to)))); err != nil {
		return err
	}
	for _, m := range t.ch.Owners {
		move := orga.Move{What: orga.MovedOwner, Object: string(m.ID), Was: m.From, Now: m.To}
		var pk int64
		var text string
		ok, err := c.row(ctx, []any{&pk, &text}, "SELECT p.pk, "+headJSON+" FROM page_all p WHERE p.id = $1", string(m.ID))
		if err != nil {
			return err
		}
		var p page.Page
		if ok {
			if p, err = decodeHead(text); err != nil {
				return err
			}
		}
		if !ok || p.Owner != m.From {
			if err := t.kept(move); err != nil {
				return err
			}
			continue
		}
		p.Owner, p.UpdatedAt = m.To, at
		p.Revision++
		rev++
		head, err := encodeHead(p)
		if err != nil {
			return err
		}
		if _, err := c.exec(ctx, `
			INSERT INTO revision (pk, page_pk, n, at, by_role, user_id, change, comment, head, detail, body)
			SELECT $1, r.page_pk, $2, $3, $4, $5, $6, $7, $8, r.detail, r.body FROM page_all p JOIN revision r ON r.pk = p.head WHERE p.pk = $9`,
			rev, p.Revision, at.UnixMilli(), t.ch.Record.By, t.ch.Record.UserID, string(page.ChangeReorganise), t.ch.Comment, head, pk); err != nil {
			return err
		}
		if _, err := c.exec(ctx, "UPDATE page_all SET owner = $1, owner_unit = $2, updated_at = $3, revision = $4, head = $5 WHERE pk = $6",
			m.To, ownerUnit(m.To), at.UnixMilli(), p.Revision, rev, pk); err != nil {
			return err
		}
		if err := relinkOwner(ctx, c, res, pk, p); err != nil {
			return err
		}
		if t.out.Saved.Seq, err = t.s.logChange(ctx, c, p.ID); err != nil {
			return err
		}
		move.Revision = p.Revision
		if err := t.done(ctx, move); err != nil {
			return err
		}
	}
	return nil
}

// relinkOwner makes the link of a page to its owner anew.
func relinkOwner(ctx context.Context, c *conn, res *resolver, pk int64, p page.Page) error {
	unit, _, _ := strings.Cut(p.Owner, "#")
	l := page.Link{Type: page.LinkField, Key: "owner", Ref: unit}
	k, ok := res.pick(everything, p.Space, unit)
	if !ok || k.target.Archived {
		return changedSince("owner " + unit)
	}
	var ord int
	found, err := c.row(ctx, []any{&ord}, "SELECT ord FROM link WHERE from_pk = $1 AND type = 'field' AND key = 'owner' ORDER BY ord LIMIT 1", pk)
	if err != nil || !found {
		return err
	}
	shown, err := encodeShown(ord, l)
	if err != nil {
		return err
	}
	_, err = c.exec(ctx, "UPDATE link SET to_pk = $3, shown = $4, ref = $5, ref_fold = $6 WHERE from_pk = $1 AND ord = $2",
		pk, ord, k.pk, shown, unit, parseRef(unit).fold())
	return err
}

func (t *turn) spaces(ctx context.Context) error {
	for _, m := range t.ch.Spaces {
		move := orga.Move{What: orga.MovedSpace, Object: m.Space, Was: m.From, Now: m.To}
		res, err := t.c.exec(ctx, "UPDATE space SET unit = $3 WHERE key = $1 AND unit = $2", m.Space, m.From, m.To)
		if err != nil {
			return err
		}
		if err := t.settle(ctx, res, move); err != nil {
			return err
		}
	}
	return nil
}

// settle notes a move as done or kept, by whether a row was changed.
func (t *turn) settle(ctx context.Context, res sql.Result, m orga.Move) error {
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		return t.kept(m)
	}
	return t.done(ctx, m)
}

// nothingLeft is the last look before the end: a unit that is closed now owns nothing.
func (t *turn) nothingLeft(ctx context.Context) error {
	var left int
	_, err := t.c.row(ctx, []any{&left}, `
		SELECT count(*) FROM page u JOIN link l ON l.to_pk = u.pk
		WHERE u.id = $1 AND u.archived = 1 AND l.type = 'field' AND l.key = 'owner'`, string(t.ch.Record.Unit))
	if err == nil && left > 0 {
		err = fmt.Errorf("%d pages would be left with a closed unit", left)
	}
	return err
}

// record writes the row of the reorganisation; its counts follow in finish.
func (t *turn) record(ctx context.Context) error {
	r := t.ch.Record
	_, err := t.c.exec(ctx, `
		INSERT INTO reorganisation (id, at, act, unit, title, targets, occasion, by_role, user_id, counts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '')`,
		r.ID, t.s.keep(r.At).UnixMilli(), string(r.Act), string(r.Unit), r.Title, jsonList(r.Targets), r.Occasion, r.By, r.UserID)
	return err
}

// successors notes who follows a closed unit.
func (t *turn) successors(ctx context.Context) error {
	for _, slug := range t.ch.Reopened {
		if _, err := t.c.exec(ctx, "DELETE FROM unit_successor WHERE slug = $1 AND reorganisation = $2", slug, t.ch.Record.ID); err != nil {
			return err
		}
	}
	for _, slug := range slices.Sorted(maps.Keys(t.ch.Successor)) {
		if _, err := t.c.exec(ctx, "DELETE FROM unit_successor WHERE slug = $1", t.ch.Successor[slug]); err != nil {
			return err
		}
		_, err := t.c.exec(ctx, `
			INSERT INTO unit_successor (slug, successor, reorganisation) VALUES ($1, $2, $3)
			ON CONFLICT (slug) DO UPDATE SET successor = excluded.successor, reorganisation = excluded.reorganisation`,
			slug, t.ch.Successor[slug], t.ch.Record.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) finish(ctx context.Context) error {
	counts, err := json.Marshal(t.out.Done)
	if err != nil {
		return fmt.Errorf("encode counts: %w", err)
	}
	r := t.ch.Record
	if !t.ch.Undo {
		_, err = t.c.exec(ctx, "UPDATE reorganisation SET counts = $2 WHERE id = $1", r.ID, string(counts))
		return err
	}
	left := map[orga.What]int{}
	for _, m := range t.out.Kept {
		left[m.What]++
	}
	kept, err := json.Marshal(left)
	if err != nil {
		return fmt.Errorf("encode counts: %w", err)
	}
	_, err = t.c.exec(ctx, "UPDATE reorganisation SET undone_at = $2, undone_by = $3, kept = $4 WHERE id = $1", r.ID, t.s.now().UnixMilli(), r.By, string(kept))
	return err
}
