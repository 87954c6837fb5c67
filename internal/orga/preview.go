package orga

import (
	"context"
	"slices"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/page"
)

// Preview is what a choice would change. Pages the actor may not read are counted and not named.
type Preview struct {
	Choice Choice
	Unit   page.Page
	Seen   string
	Closes bool

	To      page.Target // who follows; the unit itself under its new name when it is renamed; zero when it stays
	Targets []page.Target
	Pages   []PlannedPage // that move and may be read
	Hidden  int           // that move and may not be read
	Binned  int           // that move and lie in the bin
	Stays   int           // pages that stay with the unit
	Kinds   map[string]int
	Due     int // of Pages: review is over
	Drafts  int

	Spaces     []page.Space
	People     []Person
	PeopleTo   page.Target
	Rights     []Right
	Children   []Reference
	References []Reference
	HiddenRefs int
	Rewritten  int // of all references, those that will name who follows
}

// PlannedPage is a page with who will own it.
type PlannedPage struct {
	OwnedPage
	To   page.Target
	Role string
}

// Preview tells what a choice would change, and changes nothing.
func (s *Service) Preview(ctx context.Context, a access.Actor, c Choice) (Preview, error) {
	if err := organises(a); err != nil {
		return Preview{}, err
	}
	p, err := s.understand(ctx, a, c)
	if err != nil {
		return Preview{}, err
	}
	sc, err := s.Wiki.Scope(ctx, a)
	if err != nil {
		return Preview{}, err
	}
	h := p.h
	v := Preview{Choice: p.Choice, Unit: h.Unit, Seen: p.seen, Closes: p.closes, Kinds: map[string]int{}}
	v.Unit.Body = ""
	targets := map[string]page.Target{}
	for slug, t := range p.targets {
		targets[slug] = targetOf(t)
		v.Targets = append(v.Targets, targets[slug])
	}
	if p.Act == Rename {
		t := targetOf(h.Unit)
		t.Title, t.Slug = p.Title, p.Slug
		targets[p.Slug] = t
	}
	slices.SortFunc(v.Targets, func(a, b page.Target) int { return cmpText(a.Title, b.Title) })
	v.To, v.PeopleTo = targets[p.to], targets[p.people]
	for _, o := range h.Pages {
		to, moves := p.owners[o.ID]
		switch {
		case !moves || to == o.Owner:
			v.Stays++
		case o.Deleted:
			v.Binned++
		case !sc.Readable(o.Space, o.Draft):
			v.Hidden++
		default:
			slug, role := parts(to)
			v.Pages = append(v.Pages, PlannedPage{OwnedPage: o, To: targets[slug], Role: role})
			v.Kinds[o.Kind]++
			if overdue(o.ReviewDue, s.Now()) && !o.Archived {
				v.Due++
			}
			if o.Draft {
				v.Drafts++
			}
		}
	}
	if p.to != "" && p.to != h.Unit.Slug {
		v.Spaces, v.Rights = h.Spaces, h.Rights
	}
	if p.people != "" && p.people != h.Unit.Slug {
		v.People = h.People
	}
	for _, r := range h.References {
		switch {
		case !sc.Readable(r.From.Space, r.From.Draft):
			v.HiddenRefs++
		case r.child() && p.closes:
			v.Children = append(v.Children, r)
		default:
			v.References = append(v.References, r)
		}
		if p.References && p.to != "" && p.to != h.Unit.Slug && !r.child() && r.Type != page.LinkBody && !p.names(r) {
			if st, ok := s.machine(r.From).State(r.From.State); !ok || !st.Frozen {
				v.Rewritten++
			}
		}
	}
	return v, nil
}

// Nothing tells that a choice would change nothing but the unit itself.
func (v Preview) Nothing() bool {
	return len(v.Pages)+v.Hidden+v.Binned+len(v.Spaces)+len(v.People)+len(v.Rights)+len(v.Children) == 0
}

func targetOf(p page.Page) page.Target {
	return page.Target{ID: p.ID, Kind: p.Kind, Space: p.Space, Slug: p.Slug, Title: p.Title, State: p.State, Draft: p.Draft, Archived: p.Archived}
}

func overdue(due, now time.Time) bool {
	return !due.IsZero() && due.Before(now.UTC().Truncate(24*time.Hour))
}
