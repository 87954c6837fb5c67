package orga

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// undoTries is how often undoing begins anew when somebody saves one of its pages at the same moment.
const undoTries = 5

// Undo moves back what a reorganisation moved, as far as nobody has changed it since; the rest stays with the successor
// and is counted. The unit is open again first, so that nothing is without an owner in between.
func (s *Service) Undo(ctx context.Context, a access.Actor, id string) (Record, error) {
	if err := organises(a); err != nil {
		return Record{}, err
	}
	for try := 1; ; try++ {
		r, err := s.undo(ctx, a, id)
		if !errs.Is(err, errs.Conflict) || try == undoTries {
			return r, slugTaken(err)
		}
	}
}

func (s *Service) undo(ctx context.Context, a access.Actor, id string) (Record, error) {
	r, moves, err := s.Store.Reorganisation(ctx, id)
	if err != nil {
		return r, err
	}
	if !s.Undoable(r) || len(moves) == 0 {
		return r, errUndo("orga.undo_over")
	}
	if err := s.newest(ctx, r); err != nil {
		return r, err
	}
	unit, err := s.Store.Page(ctx, access.Scope{All: true}, r.Unit)
	if errs.Is(err, errs.NotFound) {
		return r, errUndo("orga.undo_gone")
	}
	if err != nil {
		return r, err
	}
	ch := Change{Record: r, Undo: true, Reopened: []string{unit.Slug}, Expect: map[page.ID]int{}}
	ch.Record.At, ch.Record.By, ch.Record.UserID = s.Now().UTC(), a.Label, a.UserID
	ch.Comment = r.Occasion
	if r.Act == Rename {
		ch.Reopened = []string{}
		for _, m := range moves {
			if _, slug, _, ok := readNaming(m.Was); m.What == MovedUnit && ok {
				ch.Reopened = append(ch.Reopened, slug)
			}
		}
	}
	e := edits{s: s, a: a, ch: &ch, pages: map[page.ID]*page.Page{}}
	if err := e.back(ctx, moves); err != nil {
		return r, err
	}
	if err := e.write(ctx, ch.Comment); err != nil {
		return r, err
	}
	done, err := s.Store.Reorganise(ctx, ch, audit.Event{
		Action: audit.UnitUndo, Object: "unit:" + string(r.Unit), Actor: a.UserID, Detail: map[string]string{"act": string(r.Act), "record": r.ID},
	})
	if err != nil {
		return r, err
	}
	s.after(ctx, ch, done)
	r, _, err = s.Store.Reorganisation(ctx, id)
	return r, err
}

// newest refuses to undo what later reorganisations of the same unit stand on.
func (s *Service) newest(ctx context.Context, r Record) error {
	const many = 200
	for offset := 0; ; offset += many {
		list, total, err := s.Store.Reorganisations(ctx, offset, many)
		if err != nil {
			return err
		}
		for _, later := range list {
			if later.ID == r.ID {
				return nil
			}
			if later.Unit == r.Unit && later.UndoneAt.IsZero() {
				return errUndo("orga.undo_later", "Occasion", later.Occasion)
			}
		}
		if offset+many >= total {
			return nil
		}
	}
}

func readNaming(s string) (title, slug, short string, ok bool) {
	parts := strings.Split(s, "\n")
	if len(parts) != 3 {
		return "", "", "", false
	}
	return parts[0], parts[1], parts[2], true
}

// back makes the edits and moves that undo what was moved. What is no longer as it was left is kept.
func (e *edits) back(ctx context.Context, moves []Move) error {
	e.ch.Kept = nil
	texts := slices.DeleteFunc(slices.Clone(moves), func(m Move) bool {
		return m.What == MovedOwner || m.What == MovedSpace || m.What == MovedMember || m.What == MovedRight
	})
	var before []Move // pages that go back to what they said before
	for _, m := range texts {
		p, err := e.of(ctx, page.ID(m.Object))
		if errs.Is(err, errs.NotFound) {
			e.keep(m)
			continue
		}
		if err != nil {
			return err
		}
		done := false
		switch m.What {
		case MovedUnit:
			done = e.unitBack(p, m)
		case MovedParent:
			done = parentBack(p, m)
		case MovedRelation:
			n := len(p.Relations)
			p.Relations = slices.DeleteFunc(p.Relations, func(r page.Relation) bool { return r.Key == supersedes && r.Ref == m.Now })
			done = len(p.Relations) < n
		case MovedReference:
			if done = p.Revision == m.Revision; done {
				before = append(before, m)
			}
		}
		if !done {
			e.keep(m)
			continue
		}
		e.moved(m.What, p, m.Now, m.Was)
	}
	for _, m := range before {
		if err := e.before(ctx, m); err != nil {
			return err
		}
	}
	e.drop()
	for _, m := range moves {
		switch m.What {
		case MovedOwner:
			e.ownerBack(m)
		case MovedSpace:
			e.ch.Spaces = append(e.ch.Spaces, SpaceMove{Space: m.Object, From: m.Now, To: m.Was})
		case MovedMember:
			now, had := strings.CutPrefix(m.Now, Had)
			user, source, _ := strings.Cut(m.Object, "/")
			e.ch.Members = append(e.ch.Members, MemberMove{User: user, Source: source, From: now, To: m.Was, Keep: had})
		case MovedRight:
			r := RightMove{Space: m.Object}
			_, err := fmt.Sscan(m.Was+" "+m.Now, &r.To, &r.Give, &r.From, &r.Level, &r.Leave)
			if err != nil {
				return fmt.Errorf("read move of rights: %w", err)
			}
			e.ch.Rights = append(e.ch.Rights, r)
		}
	}
	return nil
}

func (e *edits) keep(m Move) { e.ch.Kept = append(e.ch.Kept, m) }

// drop takes out the pages that turned out to need no edit.
func (e *edits) drop() {
	for id := range e.pages {
		if !slices.ContainsFunc(e.ch.Moves, func(m Move) bool { return m.Object == string(id) }) {
			delete(e.pages, id)
		}
	}
}

func (e *edits) ownerBack(m Move) {
	p, edited := e.pages[page.ID(m.Object)]
	switch {
	case !edited:
		e.ch.Owners = append(e.ch.Owners, OwnerMove{ID: page.ID(m.Object), From: m.Now, To: m.Was})
	case p.Owner != m.Now:
		e.keep(m)
	default:
		p.Owner = m.Was
		e.moved(MovedOwner, p, m.Now, m.Was)
	}
}

// unitBack opens a unit again, or gives it its name back.
func (e *edits) unitBack(p *page.Page, m Move) bool {
	if title, slug, short, ok := readNaming(m.Now); ok {
		now, _ := p.Fields[fieldShort].(string)
		if p.Title != title || p.Slug != slug || now != short {
			return false
		}
		p.Title, p.Slug, short, _ = readNaming(m.Was)
		delete(p.Fields, fieldShort)
		if short != "" {
			p.Fields[fieldShort] = short
		}
		return true
	}
	st, ok := e.s.machine(*p).State(m.Was)
	if !ok || p.State != m.Now {
		return false
	}
	p.State, p.Draft, p.Archived = st.Key, st.Draft, st.Archived
	return true
}

func parentBack(p *page.Page, m Move) bool {
	if now, _ := p.Fields[fieldParent].(string); now != m.Now {
		return false
	}
	delete(p.Fields, fieldParent)
	if m.Was != "" {
		p.Fields[fieldParent] = m.Was
	}
	return true
}

// before gives a page its fields and relations of before the reorganisation; nobody has saved it since.
func (e *edits) before(ctx context.Context, m Move) error {
	p := e.pages[page.ID(m.Object)]
	old, err := e.s.Wiki.Revision(ctx, access.Program(""), p.ID, m.Revision-1)
	if err != nil {
		return err
	}
	p.Fields, p.Relations = old.Page.Fields, old.Page.Relations
	return nil
}
