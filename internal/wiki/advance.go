package wiki

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/page"
)

// Step is a transition as it stands for one actor and one page: open when nothing blocks it.
type Step struct {
	Transition kind.Transition
	Blocked    []errs.Message
}

// GuardInput is what a guard may look at.
type GuardInput struct {
	Actor      access.Actor
	Page       page.Page
	Kind       *kind.Kind
	Transition kind.Transition
	Reason     string
	// Links reads both directions of the page's links, unfiltered: a guard decides about the page, not about
	// what the actor may read, and its messages must not name pages. Read once, and only if a guard asks: the
	// steps of a page are shown with every view of it.
	Links func(ctx context.Context) ([]page.LinkedPage, error)
	// History reads the revisions, newest first, without texts. Read once, like Links.
	History func(ctx context.Context) ([]page.Revision, error)
	// Load reads another page whole, unfiltered, for guards that follow a link.
	Load func(ctx context.Context, id page.ID) (page.Page, []page.Revision, error)
	// InUnit tells whether the actor belongs to the unit of a reference like "unit/z2#Leitung" or to one above.
	InUnit func(ctx context.Context, ownerRef string) (bool, error)
}

// Guard says what keeps a page from a transition; nothing means the way is free. An error is a failure to find
// out, not a "no".
type Guard func(ctx context.Context, in GuardInput) ([]errs.Message, error)

// Steps lists the transitions open from the page's state, with what blocks each.
func (s *Service) Steps(ctx context.Context, a access.Actor, p page.Page) ([]Step, error) {
	k, ok := s.kinds.Kind(p.Kind)
	if !ok || !s.Allowed(ctx, a, access.Advance, p) {
		return []Step{}, nil
	}
	var steps []Step
	in := s.guardInput(a, p, k)
	for _, t := range k.Machine.Transitions {
		if !slices.Contains(t.From, p.State) {
			continue
		}
		step := Step{Transition: t}
		if len(t.Guards) > 0 {
			given := *in
			given.Transition, given.Reason = t, "…" // a reason can still be given in the form
			blocked, err := s.guard(ctx, given)
			if err != nil {
				return nil, err
			}
			step.Blocked = blocked
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// Advance moves a page along a transition of its machine.
func (s *Service) Advance(ctx context.Context, a access.Actor, id page.ID, base int, transition, reason string) (page.Page, error) {
	p, _, err := s.authorise(ctx, a, access.Advance, id)
	if err != nil {
		return page.Page{}, err
	}
	k, ok := s.kinds.Kind(p.Kind)
	if !ok {
		return page.Page{}, errs.New(errs.Invalid, errs.Msg("wiki.kind_missing", "Kind", p.Kind))
	}
	if p.Revision != base {
		return page.Page{}, errConflict(p)
	}
	i := slices.IndexFunc(k.Machine.Transitions, func(t kind.Transition) bool {
		return t.Key == transition && slices.Contains(t.From, p.State)
	})
	if i < 0 {
		return page.Page{}, errs.New(errs.Invalid, errs.Msg("wiki.transition_unknown"))
	}
	t := k.Machine.Transitions[i]
	reason = oneLine(reason)
	if t.Reason && reason == "" {
		return page.Page{}, errs.Fields([]errs.Field{{Name: "reason", Msg: errs.Msg("wiki.reason_missing")}})
	}
	if n := utf8.RuneCountInString(reason); n > MaxComment {
		return page.Page{}, errs.Fields([]errs.Field{{Name: "reason", Msg: errs.Msg("wiki.too_long", "Max", MaxComment, "Len", n)}})
	}
	in := s.guardInput(a, p, k)
	in.Transition, in.Reason = t, reason
	blocked, err := s.guard(ctx, *in)
	if err != nil {
		return page.Page{}, err
	}
	if len(blocked) > 0 {
		fields := make([]errs.Field, len(blocked))
		for i, m := range blocked {
			fields[i] = errs.Field{Name: "transition", Msg: m}
		}
		return page.Page{}, errs.Fields(fields)
	}
	to, ok := k.Machine.State(t.To)
	if !ok {
		return page.Page{}, errs.New(errs.Internal, errs.Msg("wiki.transition_unknown"))
	}
	if (to.Archived || to.Draft) && !p.Archived && !p.Draft {
		if err := s.unused(ctx, p); errs.Is(err, errs.Invalid) {
			return page.Page{}, errs.Fields([]errs.Field{{Name: "transition", Msg: errs.Msg("wiki.unit_in_use")}})
		} else if err != nil {
			return page.Page{}, err
		}
	}
	now := s.now().UTC()
	p.State, p.Draft, p.Archived = to.Key, to.Draft, to.Archived
	p.Revision, p.UpdatedAt = base+1, now
	if t.Key == confirmTransition && k.Machine.Key == pageMachine {
		s.confirmPage(&p, k, a)
	}
	return s.saveAsIs(ctx, a, p, base, page.ChangeAdvance, reason)
}

// Confirm says "Stimmt noch": the text stays, the next review moves on.
func (s *Service) Confirm(ctx context.Context, a access.Actor, id page.ID, base int) (page.Page, error) {
	p, _, err := s.authorise(ctx, a, access.Advance, id)
	if err != nil {
		return page.Page{}, err
	}
	if p.Revision != base {
		return page.Page{}, errConflict(p)
	}
	k := s.kinds.KindOrMissing(p.Kind)
	if i := slices.IndexFunc(k.Machine.Transitions, func(t kind.Transition) bool {
		return t.Key == confirmTransition && slices.Contains(t.From, p.State)
	}); i >= 0 && k.Machine.Key == pageMachine { // somebody had doubts: confirming answers them
		return s.Advance(ctx, a, id, base, confirmTransition, "")
	}
	s.confirmPage(&p, k, a)
	p.Revision, p.UpdatedAt = base+1, s.now().UTC()
	return s.saveAsIs(ctx, a, p, base, page.ChangeConfirm, "")
}

// The machine of plain pages and its way back from "zu prüfen": confirming is the same act whether somebody had
// doubts or the date has come.
const (
	pageMachine       = "page"
	confirmTransition = "confirm"
)

// confirmPage notes who has checked a page and when it is due again.
func (s *Service) confirmPage(p *page.Page, k *kind.Kind, a access.Actor) {
	now := s.now().UTC().Truncate(time.Second) // as exact as a file says it
	p.ConfirmedAt, p.ConfirmedRole = now, a.Label
	if k.ReviewMonths > 0 {
		p.ReviewDue = day(now.AddDate(0, k.ReviewMonths, 0))
	} else if !p.ReviewDue.IsZero() {
		p.ReviewDue = day(now.AddDate(1, 0, 0))
	}
}

// saveAsIs stores a revision whose text is that of the one before. It is not validated again: a page that
// became incomplete because its kind did may still be archived or confirmed.
func (s *Service) saveAsIs(ctx context.Context, a access.Actor, p page.Page, base int, change page.ChangeKind, comment string) (page.Page, error) {
	_, byKey, err := s.spaceList(ctx)
	if err != nil {
		return page.Page{}, err
	}
	c, err := s.derive(ctx, byKey[p.Space], p)
	if err != nil {
		return page.Page{}, err
	}
	return s.save(ctx, a, c, base, change, comment)
}

// derive makes what follows from a stored page, without judging the page.
func (s *Service) derive(ctx context.Context, sp page.Space, p page.Page) (composed, error) {
	k := s.kinds.KindOrMissing(p.Kind)
	seen, err := s.store.State(ctx)
	if err != nil {
		return composed{}, err
	}
	rendered, refs, bad := s.render(ctx, sp, k, p, composeOptions{lenient: true})
	if err := errs.Fields(bad); err != nil {
		return composed{}, err
	}
	return composed{page: p, rendered: rendered, seen: seen.Seq, links: append(links(k, p), refs...), aliases: k.Aliases(p.Fields)}, nil
}

func (s *Service) guardInput(a access.Actor, p page.Page, k *kind.Kind) *GuardInput {
	all := access.Scope{All: true}
	return &GuardInput{
		Actor: a, Page: p, Kind: k,
		Links: once(func(ctx context.Context) ([]page.LinkedPage, error) {
			view, err := s.store.PageView(ctx, all, p.Space, p.Slug)
			return view.Links, err
		}),
		History: once(func(ctx context.Context) ([]page.Revision, error) { return s.store.Revisions(ctx, all, p.ID) }),
		Load: func(ctx context.Context, id page.ID) (page.Page, []page.Revision, error) {
			other, err := s.store.Page(ctx, all, id)
			if err != nil {
				return page.Page{}, nil, err
			}
			revs, err := s.store.Revisions(ctx, all, id)
			return other, revs, err
		},
		InUnit: func(ctx context.Context, owner string) (bool, error) { return s.inUnit(ctx, a, p.Space, owner) },
	}
}

// once keeps the first answer; guards of one page run one after another.
func once[T any](read func(context.Context) (T, error)) func(context.Context) (T, error) {
	var done bool
	var v T
	var err error
	return func(ctx context.Context) (T, error) {
		if !done {
			v, err = read(ctx)
			done = true
		}
		return v, err
	}
}

func (s *Service) guard(ctx context.Context, in GuardInput) ([]errs.Message, error) {
	var blocked []errs.Message
	for _, name := range in.Transition.Guards {
		g, ok := s.guards[name]
		if !ok {
			return nil, errs.New(errs.Internal, errs.Msg("wiki.guard_unknown", "Guard", name))
		}
		msgs, err := g(ctx, in)
		if err != nil {
			return nil, err
		}
		blocked = append(blocked, msgs...)
	}
	return blocked, nil
}

func day(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
