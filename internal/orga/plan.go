package orga

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/markup"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// MaxParts is how many units one split can give pages to, the rest apart.
const MaxParts = 3

// Choice is what somebody wants to change about a unit.
type Choice struct {
	Act  Act
	Unit string // slug
	// Rename
	Title, Slug, Short string
	// To is the successor of Merge and Close, as it was typed.
	To string
	// Split: the first part that fits takes a page; Rest takes what is left over and everything else, and the unit is
	// closed. Without it the unit stays and keeps the rest. People is where the people go; "" is where the rest goes.
	Parts  []Part
	Rest   string
	People string
	// References also rewrites fields and relations that name the unit; without it they lead to its old page.
	References bool
	Occasion   string
	Seen       string // fingerprint of the preview that is applied
}

// Part says which pages go to a unit. What is empty does not matter; Pages are named one by one.
type Part struct {
	To    string
	Kinds []string
	Tag   string
	Role  string
	Pages []string
}

func (p Part) empty() bool {
	return p.To == "" && len(p.Kinds) == 0 && p.Tag == "" && p.Role == "" && len(p.Pages) == 0
}

// rules tells whether the part chooses by more than names.
func (p Part) rules() bool { return len(p.Kinds) > 0 || p.Tag != "" || p.Role != "" }

func (p Part) takes(o OwnedPage) bool {
	_, role, _ := strings.Cut(o.Owner, "#")
	return p.rules() && (len(p.Kinds) == 0 || slices.Contains(p.Kinds, o.Kind)) &&
		(p.Tag == "" || slices.Contains(o.Tags, p.Tag)) && (p.Role == "" || p.Role == role)
}

// plan is a choice that was understood, on what hangs on the unit.
type plan struct {
	Choice
	h       Hanging
	seen    string
	targets map[string]page.Page // by slug
	to      string               // slug of who follows the unit; its new one when it is renamed; "" when it stays
	people  string               // slug of where people go, "" nowhere
	closes  bool
	owners  map[page.ID]string // new owner by page, role kept
}

// understand reads a choice: who follows, and which page goes where. Every mistake is named at its field.
func (s *Service) understand(ctx context.Context, a access.Actor, c Choice) (plan, error) {
	p := plan{Choice: c, targets: map[string]page.Page{}, owners: map[page.ID]string{}}
	unit, err := s.Unit(ctx, a, c.Unit)
	if err != nil {
		return p, err
	}
	if p.h, err = s.Store.Hanging(ctx, unit.ID); err != nil {
		return p, err
	}
	p.seen = p.h.Fingerprint()
	r := reading{s: s, a: a, p: &p}
	switch {
	case unit.Archived:
		r.bad("unit", "orga.unit_closed")
	case p.h.Twins > 0:
		r.bad("unit", "orga.unit_twin", "Slug", unit.Slug)
	}
	p.Occasion = strings.Join(strings.Fields(c.Occasion), " ")
	switch n := utf8.RuneCountInString(p.Occasion); {
	case n == 0:
		r.bad("occasion", "orga.occasion_missing")
	case n > 150:
		r.bad("occasion", "wiki.too_long", "Max", 150, "Len", n)
	}
	switch c.Act {
	case Rename:
		r.rename(unit)
	case Merge, Close:
		p.closes = true
		p.to = r.target(ctx, "to", c.To, c.Act == Merge || !p.h.empty())
		p.people = p.to
	case Split:
		r.split(ctx)
	default:
		r.bad("act", "orga.act_unknown")
	}
	if p.closes && ref(unit.Slug) == wiki.FallbackUnit {
		r.bad("unit", "orga.unit_fallback")
	}
	if r.err != nil {
		return p, r.err
	}
	if err := errs.Fields(r.fields); err != nil {
		return p, err
	}
	if c.Act == Split {
		return p, r.assign(ctx)
	}
	if p.to != "" && p.to != unit.Slug {
		for _, o := range p.h.Pages {
			p.owners[o.ID] = owner(p.to, o.Owner)
		}
	}
	return p, nil
}

// empty tells that nothing hangs on the unit but what stays behind: references lead to its old page.
func (h Hanging) empty() bool {
	for _, r := range h.References {
		if r.child() {
			return false
		}
	}
	others := slices.ContainsFunc(h.Pages, func(o OwnedPage) bool { return o.ID != h.Unit.ID })
	return !others && len(h.Spaces) == 0 && len(h.People) == 0 && len(h.Rights) == 0
}

// child tells that the reference is that of a unit to the unit above it.
func (r Reference) child() bool {
	return r.From.Kind == unitKind && r.Type == page.LinkField && r.Key == fieldParent
}

// owner names a unit as an owner with the role of the owner before.
func owner(slug, before string) string {
	if _, role, ok := strings.Cut(before, "#"); ok {
		return ref(slug) + "#" + role
	}
	return ref(slug)
}

// reading gathers what is wrong with a choice.
type reading struct {
	s      *Service
	a      access.Actor
	p      *plan
	fields []errs.Field
	err    error
}

func (r *reading) bad(name, key string, args ...any) {
	r.fields = append(r.fields, errs.Field{Name: name, Msg: errs.Msg(key, args...)})
}

// target finds a unit that can take something over: one everybody may see, and open.
func (r *reading) target(ctx context.Context, field, typed string, needed bool) string {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		if needed {
			r.bad(field, "orga.target_missing")
		}
		return ""
	}
	p, err := r.s.find(ctx, r.a, typed)
	if errs.Is(err, errs.NotFound) {
		r.bad(field, "orga.target_unknown", "Typed", typed)
		return ""
	}
	if err != nil {
		r.err = err
		return ""
	}
	spaces, err := r.s.Wiki.Spaces(ctx, r.a)
	if err != nil {
		r.err = err
		return ""
	}
	closed := slices.ContainsFunc(spaces, func(sp page.Space) bool { return sp.Key == p.Space && sp.Type == page.SpaceRestricted })
	h, err := r.s.Store.Hanging(ctx, p.ID)
	switch {
	case err != nil:
		r.err = err
	case p.ID == r.p.h.Unit.ID:
		r.bad(field, "orga.target_same")
	case p.Archived || p.Draft || closed:
		r.bad(field, "orga.target_closed", "Title", p.Title)
	case h.Twins > 0:
		r.bad(field, "orga.unit_twin", "Slug", p.Slug)
	default:
		r.p.targets[p.Slug] = p
		return p.Slug
	}
	return ""
}

// find finds a unit as somebody types it: by address, short name or title.
func (s *Service) find(ctx context.Context, a access.Actor, typed string) (page.Page, error) {
	for _, way := range []string{typed, ref(typed)} {
		p, err := s.Wiki.PageByRef(ctx, a, way)
		if err == nil && p.Kind == unitKind {
			return p, nil
		}
		if err != nil && !errs.Is(err, errs.NotFound) {
			return page.Page{}, err
		}
	}
	units, err := s.visible(ctx, a)
	if err != nil {
		return page.Page{}, err
	}
	for _, u := range units {
		if strings.EqualFold(u.Short, typed) && !u.Archived {
			return s.Wiki.Page(ctx, a, u.ID)
		}
	}
	return page.Page{}, notFound()
}

func (r *reading) rename(unit page.Page) {
	p := r.p
	p.Title, p.Slug, p.Short = strings.Join(strings.Fields(p.Title), " "), strings.TrimSpace(p.Slug), strings.Join(strings.Fields(p.Short), " ")
	switch n := utf8.RuneCountInString(p.Title); {
	case n == 0:
		r.bad("title", "wiki.title_missing")
	case n > wiki.MaxTitle:
		r.bad("title", "wiki.too_long", "Max", wiki.MaxTitle, "Len", n)
	}
	if p.Slug == "" {
		p.Slug = unit.Slug
	}
	if p.Slug != markup.Slug(p.Slug) {
		r.bad("slug", "wiki.slug_bad", "Proposal", markup.Slug(p.Slug))
	}
	if p.Slug != unit.Slug && ref(unit.Slug) == wiki.FallbackUnit {
		r.bad("slug", "orga.unit_fallback")
	}
	p.to, p.people = p.Slug, p.Slug
	if before, _ := unit.Fields[fieldShort].(string); p.Title == unit.Title && p.Slug == unit.Slug && p.Short == before {
		r.bad("title", "orga.rename_same")
	}
}

func (r *reading) split(ctx context.Context) {
	p := r.p
	parts := 0
	for i, part := range p.Parts {
		if part.empty() {
			continue
		}
		parts++
		name := "parts." + string(rune('0'+i))
		p.Parts[i].To = r.target(ctx, name+".to", part.To, true)
		if !part.rules() && len(part.Pages) == 0 {
			r.bad(name+".kinds", "orga.part_empty")
		}
	}
	if parts == 0 || parts > MaxParts {
		r.bad("parts.0.to", "orga.parts_missing", "Max", MaxParts)
	}
	p.to = r.target(ctx, "rest", p.Rest, false)
	p.closes = strings.TrimSpace(p.Rest) != ""
	p.people = p.to
	if strings.TrimSpace(p.People) != "" {
		p.people = r.target(ctx, "people", p.People, false)
	}
}

// assign gives each page to the first part that names it or whose rules it fits.
func (r *reading) assign(ctx context.Context) error {
	p := r.p
	named := map[page.ID]string{}
	for i, part := range p.Parts {
		for _, typed := range part.Pages {
			found, err := r.s.Wiki.PageByRef(ctx, r.a, strings.TrimPrefix(typed, "/p/"))
			if err != nil && !errs.Is(err, errs.NotFound) {
				return err
			}
			owned := slices.ContainsFunc(p.h.Pages, func(o OwnedPage) bool { return o.ID == found.ID })
			if err != nil || !owned {
				r.bad("parts."+string(rune('0'+i))+".pages", "orga.page_foreign", "Typed", typed)
				continue
			}
			if _, ok := named[found.ID]; !ok {
				named[found.ID] = part.To
			}
		}
	}
	for _, o := range p.h.Pages {
		to, ok := named[o.ID]
		for i := 0; !ok && i < len(p.Parts); i++ {
			if o.ID != p.h.Unit.ID && p.Parts[i].takes(o) {
				to, ok = p.Parts[i].To, true
			}
		}
		if !ok {
			to = p.to
		}
		if to != "" {
			p.owners[o.ID] = owner(to, o.Owner)
		}
	}
	return errs.Fields(r.fields)
}

// parentOf is where a unit below goes when its unit is closed: below who follows, unless that one stands below it.
func (p plan) parentOf(child page.ID, above map[page.ID]page.ID) string {
	at := p.targets[p.to].ID
	for depth := 0; at != "" && depth < 64; depth++ {
		if at == child {
			up, _ := p.h.Unit.Fields[fieldParent].(string)
			return up
		}
		at = above[at]
	}
	return ref(p.to)
}

// expect are the revisions of everybody who takes something over.
func (p plan) expect() map[page.ID]int {
	out := map[page.ID]int{}
	for t := range maps.Values(p.targets) {
		out[t.ID] = t.Revision
	}
	return out
}
