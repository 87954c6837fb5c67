package orga

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// dueSoon is how far ahead a handover looks for reviews.
const dueSoon = 90 * 24 * time.Hour

// parts takes an owner like "unit/z2#Reisestelle" apart.
func parts(owner string) (slug, role string) {
	unit, role, _ := strings.Cut(owner, "#")
	return strings.TrimPrefix(unit, unitKind+"/"), role
}

func cmpText(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) }

// Handover is what hangs on a unit, or on one role in it: what somebody who leaves hands over. It holds what the reader
// may read; what is closed to them is counted.
type Handover struct {
	Unit   page.Page
	Role   string
	Roles  []string // that own something in the unit
	Pages  []OwnedPage
	Due    []OwnedPage // reviews that are over or come within three months, soonest first
	Drafts []OwnedPage
	Tasks  []Task // where the unit is named: responsibilities, decisions, projects, KPIs …
	Spaces []page.Space
	People int
	// Requests for access to its spaces wait for an answer.
	Requests int
	Hidden   int // pages and references the reader may not read
}

// Task is a page that names the unit in a field or relation.
type Task struct {
	From     page.Page
	Relation bool
	Key      string
	ValidTo  string // of the record that names it; "" open
	Since    string
}

// Handover gathers what hangs on a unit, for its people, those who manage one of its spaces, and those who organise.
func (s *Service) Handover(ctx context.Context, a access.Actor, slug, role string) (Handover, error) {
	unit, err := s.Unit(ctx, a, slug)
	if err != nil {
		return Handover{}, err
	}
	raw, err := s.Store.Hanging(ctx, unit.ID)
	if err != nil {
		return Handover{}, err
	}
	ok, err := s.mayHandOver(ctx, a, unit, raw.Spaces)
	if err != nil {
		return Handover{}, err
	}
	if !ok {
		return Handover{}, notFound()
	}
	sc, err := s.Wiki.Scope(ctx, a)
	if err != nil {
		return Handover{}, err
	}
	h := Handover{Unit: unit, Role: role, Requests: raw.Requests}
	for _, p := range raw.People {
		if !p.Closed {
			h.People++
		}
	}
	soon := s.Now().Add(dueSoon)
	for _, o := range raw.Pages {
		if o.Deleted {
			continue
		}
		_, has := parts(o.Owner)
		if !sc.Readable(o.Space, o.Draft) {
			if role == "" || role == has {
				h.Hidden++
			}
			continue
		}
		if has != "" && !slices.Contains(h.Roles, has) {
			h.Roles = append(h.Roles, has)
		}
		if role != "" && role != has {
			continue
		}
		h.Pages = append(h.Pages, o)
		if !o.ReviewDue.IsZero() && o.ReviewDue.Before(soon) && !o.Archived {
			h.Due = append(h.Due, o)
		}
		if o.Draft {
			h.Drafts = append(h.Drafts, o)
		}
	}
	slices.Sort(h.Roles)
	slices.SortStableFunc(h.Due, func(a, b OwnedPage) int { return a.ReviewDue.Compare(b.ReviewDue) })
	for _, r := range raw.References {
		_, has := parts(r.Ref)
		switch {
		case r.Type == page.LinkBody || r.child() || r.Type == page.LinkRelation && r.Key == supersedes || role != "" && has != role:
		case !sc.Readable(r.From.Space, r.From.Draft):
			h.Hidden++
		default:
			h.Tasks = append(h.Tasks, taskOf(r))
		}
	}
	for _, sp := range raw.Spaces {
		if _, has := parts(sp.Unit); role == "" || has == role {
			h.Spaces = append(h.Spaces, sp)
		}
	}
	return h, nil
}

// taskOf reads the dates of the record that names the unit.
func taskOf(r Reference) Task {
	t := Task{From: r.From, Relation: r.Type == page.LinkRelation, Key: r.Key}
	head, sub, nested := strings.Cut(r.Key, ".")
	records, _ := r.From.Fields[head].([]map[string]any)
	if !nested {
		return t
	}
	for _, rec := range records {
		if rec[sub] == r.Ref {
			t.Since, _ = rec[validFrom].(string)
			t.ValidTo, _ = rec[validTo].(string)
		}
	}
	return t
}

// mayHandOver tells whether somebody belongs to a unit or to one above it, manages one of its spaces, or organises.
func (s *Service) mayHandOver(ctx context.Context, a access.Actor, unit page.Page, spaces []page.Space) (bool, error) {
	if Organises(a) {
		return true, nil
	}
	for _, sp := range spaces {
		if access.Can(a, access.Manage, access.Object{Space: sp}) {
			return true, nil
		}
	}
	return s.Wiki.InUnit(ctx, a, unit.Space, ref(unit.Slug))
}

// Hangs counts what hangs on the units of somebody whose account is about to be closed.
func (s *Service) Hangs(ctx context.Context, a access.Actor, units []string) ([]Handover, error) {
	var list []Handover
	for _, slug := range units {
		h, err := s.Handover(ctx, a, slug, "")
		if errs.Is(err, errs.NotFound) { // a unit without a page
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, h)
	}
	return list, nil
}
