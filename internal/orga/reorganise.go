package orga

import (
	"context"
	"maps"
	"slices"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// Apply does what was previewed, in one transaction. errs.Conflict when something has changed since: nothing was done,
// and a new preview shows what is so now.
func (s *Service) Apply(ctx context.Context, a access.Actor, c Choice) (Record, error) {
	if err := organises(a); err != nil {
		return Record{}, err
	}
	p, err := s.understand(ctx, a, c)
	if err != nil {
		return Record{}, err
	}
	if c.Seen != p.seen {
		return Record{}, errs.New(errs.Conflict, errs.Msg("store.reorganise_changed"))
	}
	ch, err := s.change(ctx, a, p)
	if err != nil {
		return Record{}, err
	}
	done, err := s.Store.Reorganise(ctx, ch, audit.Event{
		Action: audit.UnitReorganise, Object: "unit:" + string(p.h.Unit.ID), Actor: a.UserID,
		Detail: map[string]string{"act": string(p.Act), "record": ch.Record.ID},
	})
	if err != nil {
		return Record{}, slugTaken(err)
	}
	s.after(ctx, ch, done)
	if _, err := s.Store.ForgetMoves(ctx, s.Now().Add(-UndoFor)); err != nil {
		s.Log.WarnContext(ctx, "forget old moves", "err", err)
	}
	ch.Record.Counts = done.Done
	return ch.Record, nil
}

func slugTaken(err error) error {
	if f := errs.FieldsOf(err); errs.Is(err, errs.Conflict) && len(f) > 0 && f[0].Name == "slug" {
		return errs.Fields([]errs.Field{{Name: "slug", Msg: errs.Msg("wiki.slug_taken")}})
	}
	return err
}

// after makes what was stored felt at once.
func (s *Service) after(ctx context.Context, ch Change, done Changed) {
	var users []string
	for _, m := range ch.Members {
		users = append(users, m.User)
	}
	s.Forget(users)
	s.Wiki.Revised(ctx, done.Saved)
}

// change turns a plan into what is stored.
func (s *Service) change(ctx context.Context, a access.Actor, p plan) (Change, error) {
	now := s.Now().UTC()
	h := p.h
	ch := Change{
		Seen: p.seen, Expect: p.expect(), Successor: map[string]string{},
		Record: Record{
			ID: string(s.Wiki.NewID()), At: now, Act: p.Act, Unit: h.Unit.ID, Title: h.Unit.Title, Occasion: p.Occasion,
			By: a.Label, UserID: a.UserID,
		},
	}
	var titles []string
	for _, slug := range slices.Sorted(maps.Keys(p.targets)) {
		titles = append(titles, p.targets[slug].Title)
	}
	ch.Record.Targets = titles
	if p.Act == Rename {
		ch.Record.Targets = []string{p.Title}
	}
	ch.Comment = cut(p.Occasion+": "+h.Unit.Title+" → "+strings.Join(ch.Record.Targets, ", "), wiki.MaxComment)
	e := edits{s: s, a: a, ch: &ch, pages: map[page.ID]*page.Page{}}
	if err := e.plan(ctx, p); err != nil {
		return ch, err
	}
	for _, o := range h.Pages {
		to, moves := p.owners[o.ID]
		if !moves || to == o.Owner {
			continue
		}
		if q, edited := e.pages[o.ID]; edited {
			q.Owner = to
			e.moved(MovedOwner, q, o.Owner, to)
			continue
		}
		ch.Owners = append(ch.Owners, OwnerMove{ID: o.ID, From: o.Owner, To: to})
	}
	if p.to != "" && p.to != h.Unit.Slug {
		for _, sp := range h.Spaces {
			ch.Spaces = append(ch.Spaces, SpaceMove{Space: sp.Key, From: sp.Unit, To: owner(p.to, sp.Unit)})
		}
		for _, r := range h.Rights {
			if r.Unit == p.to {
				continue
			}
			ch.Rights = append(ch.Rights, RightMove{Space: r.Space, From: r.Unit, To: p.to, Level: r.Level, Give: r.Level})
		}
		for _, slug := range h.Slugs[:1] {
			ch.Successor[slug] = p.to
		}
	}
	if p.people != "" {
		for _, m := range h.People {
			if m.Unit != p.people {
				ch.Members = append(ch.Members, MemberMove{User: m.ID, Source: m.Source, From: m.Unit, To: p.people})
			}
		}
	}
	return ch, e.write(ctx, ch.Comment)
}

// edits are the pages whose text a reorganisation changes.
type edits struct {
	s     *Service
	a     access.Actor
	ch    *Change
	pages map[page.ID]*page.Page
}

// of gives the newest revision of a page to be changed.
func (e *edits) of(ctx context.Context, id page.ID) (*page.Page, error) {
	if p, ok := e.pages[id]; ok {
		return p, nil
	}
	p, err := e.s.Store.Page(ctx, access.Scope{All: true}, id)
	if err != nil {
		return nil, err
	}
	p.Fields = maps.Clone(p.Fields)
	if p.Fields == nil {
		p.Fields = page.Fields{}
	}
	p.Relations = slices.Clone(p.Relations)
	e.pages[id] = &p
	return &p, nil
}

func (e *edits) moved(what What, p *page.Page, was, now string) {
	e.ch.Moves = append(e.ch.Moves, Move{What: what, Object: string(p.ID), Was: was, Now: now, Revision: p.Revision + 1})
}

// write makes the writes of all pages that were changed, in a fixed order.
func (e *edits) write(ctx context.Context, comment string) error {
	for _, id := range slices.Sorted(maps.Keys(e.pages)) {
		w, err := e.s.Wiki.Revise(ctx, e.a, *e.pages[id], page.ChangeReorganise, comment)
		if err != nil {
			return err
		}
		delete(e.ch.Expect, id) // its base says the same
		e.ch.Writes = append(e.ch.Writes, w)
	}
	return nil
}

// plan changes the pages of the units themselves, of those below, and of who refers to them.
func (e *edits) plan(ctx context.Context, p plan) error {
	h := p.h
	if p.Act == Rename || p.closes {
		u, err := e.of(ctx, h.Unit.ID)
		if err != nil {
			return err
		}
		if p.Act == Rename {
			e.rename(p, u)
		} else if err := e.closeUnit(u); err != nil {
			return err
		}
	}
	if p.closes {
		if err := e.follow(ctx, p); err != nil {
			return err
		}
		if err := e.children(ctx, p); err != nil {
			return err
		}
	}
	if p.References && p.to != "" && p.to != h.Unit.Slug {
		return e.references(ctx, p)
	}
	return nil
}

func (e *edits) rename(p plan, u *page.Page) {
	short, _ := u.Fields[fieldShort].(string)
	e.moved(MovedUnit, u, naming(u.Title, u.Slug, short), naming(p.Title, p.Slug, p.Short))
	u.Title, u.Slug = p.Title, p.Slug
	if p.Short == "" {
		delete(u.Fields, fieldShort)
	} else {
		u.Fields[fieldShort] = p.Short
	}
}

// naming is title, address and short name as one line each.
func naming(title, slug, short string) string { return title + "\n" + slug + "\n" + short }

func (e *edits) closeUnit(u *page.Page) error {
	for _, st := range e.s.machine(*u).States {
		if st.Archived {
			e.moved(MovedUnit, u, u.State, st.Key)
			u.State, u.Draft, u.Archived = st.Key, st.Draft, true
			return nil
		}
	}
	return errs.New(errs.Invalid, errs.Msg("orga.no_closed_state"))
}

// follow says on the page of who follows whom it takes the place of.
func (e *edits) follow(ctx context.Context, p plan) error {
	for _, slug := range slices.Sorted(maps.Keys(p.targets)) {
		t, err := e.of(ctx, p.targets[slug].ID)
		if err != nil {
			return err
		}
		rel := page.Relation{Key: supersedes, Ref: ref(p.h.Unit.Slug)}
		if slices.Contains(t.Relations, rel) {
			continue
		}
		at := len(t.Relations)
		for i, r := range slices.Backward(t.Relations) {
			if r.Key == rel.Key {
				at = i + 1
				break
			}
		}
		t.Relations = slices.Insert(t.Relations, at, rel)
		e.moved(MovedRelation, t, "", rel.Ref)
	}
	return nil
}

func (e *edits) children(ctx context.Context, p plan) error {
	units, err := e.s.Store.UnitTree(ctx)
	if err != nil {
		return err
	}
	above := make(map[page.ID]page.ID, len(units))
	for _, u := range units {
		above[u.ID] = u.Parent
	}
	up, _ := p.h.Unit.Fields[fieldParent].(string)
	for _, r := range p.h.References {
		if !r.child() {
			continue
		}
		c, err := e.of(ctx, r.From.ID)
		if err != nil {
			return err
		}
		to := up
		if p.to != "" {
			to = p.parentOf(c.ID, above)
		}
		if to == "" {
			delete(c.Fields, fieldParent)
		} else {
			c.Fields[fieldParent] = to
		}
		e.moved(MovedParent, c, r.Ref, to)
	}
	return nil
}

// references rewrites what names the unit, so that it names who follows. Decided texts stay as they are.
func (e *edits) references(ctx context.Context, p plan) error {
	for _, r := range p.h.References {
		if r.child() || r.Type == page.LinkBody || r.From.ID == p.h.Unit.ID || p.names(r) {
			continue
		}
		if st, ok := e.s.machine(r.From).State(r.From.State); ok && st.Frozen {
			continue
		}
		q, err := e.of(ctx, r.From.ID)
		if err != nil {
			return err
		}
		to := owner(p.to, r.Ref)
		if r.Type == page.LinkRelation {
			q.Relations = replaceRelation(q.Relations, r.Key, r.Ref, to)
		} else {
			replaceField(e.s.kinds().KindOrMissing(q.Kind), q.Fields, r.Key, r.Ref, to, day(e.s.Now()))
		}
		e.moved(MovedReference, q, r.Key+" "+r.Ref, r.Key+" "+to)
	}
	return nil
}

// names tells that a reference is the relation this or an earlier reorganisation made on a successor.
func (p plan) names(r Reference) bool { return r.Type == page.LinkRelation && r.Key == supersedes }

func replaceRelation(list []page.Relation, key, from, to string) []page.Relation {
	var out []page.Relation
	for _, r := range list {
		if r.Key == key && r.Ref == from {
			r.Ref = to
		}
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// History lists the reorganisations, newest first.
func (s *Service) History(ctx context.Context, a access.Actor, offset, limit int) ([]Record, int, error) {
	if err := organises(a); err != nil {
		return nil, 0, err
	}
	return s.Store.Reorganisations(ctx, offset, limit)
}

// Undoable tells whether a reorganisation can still be undone.
func (s *Service) Undoable(r Record) bool {
	return r.UndoneAt.IsZero() && s.Now().Before(r.At.Add(UndoFor))
}

func errUndo(key string, args ...any) error { return errs.New(errs.Invalid, errs.Msg(key, args...)) }

// Done reads one reorganisation that was done.
func (s *Service) Done(ctx context.Context, a access.Actor, id string) (Record, error) {
	if err := organises(a); err != nil {
		return Record{}, err
	}
	r, _, err := s.Store.Reorganisation(ctx, id)
	return r, err
}
