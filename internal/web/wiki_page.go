package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/kind"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// permanent leads from the id of a page to its readable address.
func (s *Server) permanent(q *request) error {
	p, err := s.Wiki.Page(q.ctx(), q.actor, page.ID(q.param("id")))
	if err != nil {
		return err
	}
	return q.Redirect(http.StatusFound, wiki.Address(p.Space, p.Slug))
}

// wikiPage shows a page. A former address leads to the present one.
func (s *Server) wikiPage(q *request) error {
	done, err := q.fresh()
	if done || err != nil {
		return err
	}
	space, slug := q.param("space"), q.param("slug")
	v, err := s.Wiki.View(q.ctx(), q.actor, space, slug)
	if err != nil {
		return err
	}
	if v.Page.Space != space || v.Page.Slug != slug {
		return q.Redirect(http.StatusMovedPermanently, wiki.Address(v.Page.Space, v.Page.Slug))
	}
	return q.showPage(http.StatusOK, v, nil)
}

// showPage draws a page; change may add what was typed and refused.
func (q *request) showPage(status int, v wiki.View, change func(*view.Wiki)) error {
	w, err := q.wikiView(v)
	if err != nil {
		return err
	}
	if change != nil {
		change(w)
	}
	return q.render(status, w)
}

func (q *request) wikiView(v wiki.View) (*view.Wiki, error) {
	p := v.Page
	k := q.s.Wiki.Kinds().KindOrMissing(p.Kind)
	base := wiki.Address(p.Space, p.Slug)
	links := newLinkIndex(q, v.Links)
	w := &view.Wiki{
		Shell: q.shell(k.Group, p.Title), ID: string(p.ID), Summary: p.Summary, KindKey: p.Kind,
		Kind:  view.Link{URL: "/kinds/" + p.Kind, Text: q.text(k.Label)},
		State: stateBadge(k, p.State, q.lang), Statement: p.Statement,
		Body: view.Body(v.Rendered.Body), BodyLabel: q.text(k.BodyLabel), BodyFirst: k.BodyFirst, Contents: v.Rendered.Headings,
		Revision: p.Revision, Updated: p.UpdatedAt,
	}
	if p.Lang != q.lang {
		w.ContentLang = p.Lang
	}
	w.Crumbs = q.crumbs(p, links)
	q.superseded(w, p, v.Links)
	w.Print = view.PrintInfo{URL: q.s.BaseURL + "/p/" + string(p.ID), Revision: p.Revision, State: w.State.Label}
	if !p.ConfirmedAt.IsZero() && !q.overdue(p.ReviewDue, p.Archived) && p.State != doubtedState {
		w.Print.CheckedUntil = p.ReviewDue
	}
	w.Trust = q.trust(p, links)
	for _, t := range p.Tags {
		w.Tags = append(w.Tags, view.Link{URL: "/search?tag=" + url.QueryEscape(t), Text: t})
	}
	for _, f := range k.Incomplete(p.Fields) {
		w.Incomplete = append(w.Incomplete, q.text(f.Label))
	}
	q.facts(w, k, p, v.Rendered, links)
	q.relations(w, v.Links)
	for _, a := range v.Attachments {
		f := q.fileView(base, a)
		if q.editing(p) {
			f.RemoveURL = f.URL + "/remove"
		}
		w.Files = append(w.Files, f)
	}
	if slices.Contains(k.Panels, "contact") {
		card := q.contactCard(p, links)
		w.Contact = &card
	}
	if slices.Contains(k.Panels, "kpi") {
		panel, err := q.kpiPanel(p, v.Links, nil)
		if err != nil {
			return nil, err
		}
		w.KPI = panel
		w.Section = "projects"
	}
	w.Stages, w.NextHelp = statePath(k, p.State, q.lang)
	if err := q.doubt(w, k, p); err != nil {
		return nil, err
	}
	return w, q.actions(w, k, p, base)
}

// crumbs lead from the space over the pages this one is part of.
func (q *request) crumbs(p page.Page, links linkIndex) []view.Link {
	title := p.Space
	if sp, err := q.s.Wiki.Space(q.ctx(), q.actor, access.Read, p.Space); err == nil {
		title = sp.Title
	}
	crumbs := []view.Link{{URL: "/wiki/" + p.Space, Text: title}}
	for _, t := range links.out[linkKey{page.LinkRelation, "part_of"}] {
		if t.Found {
			crumbs = append(crumbs, view.Link{URL: wiki.Address(t.Target.Space, t.Target.Slug), Text: t.Target.Title})
			break
		}
	}
	return crumbs
}

func (q *request) trust(p page.Page, links linkIndex) view.Trust {
	t := view.Trust{
		CheckedAt: p.ConfirmedAt, CheckedBy: p.ConfirmedRole, NextDue: p.ReviewDue, Overdue: q.overdue(p.ReviewDue, p.Archived),
		Draft: p.Draft, Archived: p.Archived,
	}
	unit, role, _ := strings.Cut(p.Owner, "#")
	t.OwnerRole = role
	t.Owner = links.link(page.LinkField, "owner", unit)
	if t.Owner.URL == "" {
		t.Owner.Text = strings.TrimPrefix(unit, "unit/")
	}
	return t
}

func (q *request) overdue(due time.Time, archived bool) bool {
	return !archived && !due.IsZero() && due.Before(q.s.Now().UTC().Truncate(24*time.Hour))
}

func stateBadge(k *kind.Kind, state, lang string) view.Badge {
	st, ok := k.Machine.State(state)
	if !ok {
		return view.Badge{Key: state, Label: state}
	}
	b := view.Badge{Key: st.Key, Label: st.Label.In(lang)}
	switch {
	case st.Archived || st.Exit:
		b.Tone = ""
	case st.Draft:
		b.Tone = "warning"
	case st.Final:
		b.Tone = "success"
	default:
		b.Tone = "info"
	}
	return b
}

// statePath is the main path of a kind that has one of its own; the plain page machine needs no picture.
func statePath(k *kind.Kind, state, lang string) ([]view.PathStep, string) {
	if k.Machine.Key == plainMachine || k.Missing {
		return nil, ""
	}
	var steps []view.PathStep
	path := k.Machine.Path()
	at := slices.IndexFunc(path, func(s kind.State) bool { return s.Key == state })
	help := ""
	for i, st := range path {
		steps = append(steps, view.PathStep{Label: st.Label.In(lang), Done: at >= 0 && i < at, Current: i == at})
		if i == at {
			help = st.Help.In(lang)
		}
	}
	if at < 0 {
		if st, ok := k.Machine.State(state); ok {
			steps = append(steps, view.PathStep{Label: st.Label.In(lang), Current: true, Exit: true})
			help = st.Help.In(lang)
		}
	}
	return steps, help
}

// actions offers what the reader may do.
func (q *request) actions(w *view.Wiki, k *kind.Kind, p page.Page, base string) error {
	w.Actions = view.Actions{HistoryURL: base + "/history", LinksURL: base + "/links", PermanentURL: "/p/" + string(p.ID), AccessURL: base + "/access"}
	if !q.s.Wiki.Allowed(q.ctx(), q.actor, access.Edit, p) {
		return nil
	}
	w.Actions.DeleteURL = base + "/delete"
	st, _ := k.Machine.State(p.State)
	frozen := st != nil && st.Frozen
	if !k.Missing && !frozen {
		w.Actions.EditURL, w.Actions.AttachURL = base+"/edit", base+"/files"
	}
	doubted := k.Machine.Key == plainMachine && p.State == doubtedState
	if !p.Draft && !p.Archived && !frozen && (doubted || !p.ReviewDue.IsZero()) {
		w.Actions.ConfirmURL = base + "/confirm"
	}
	steps, err := q.s.Wiki.Steps(q.ctx(), q.actor, p)
	if err != nil {
		return err
	}
	for _, step := range steps {
		t := step.Transition
		item := view.Transition{
			Key: t.Key, Label: q.text(t.Label), Help: q.text(t.Help), Reason: t.Reason, Blocked: step.Blocked,
			Aside: t.Reason || offPath(k, t.To),
		}
		switch {
		case k.Machine.Key == plainMachine && t.Key == doubtStep && len(step.Blocked) == 0:
			w.Actions.Objection = &item
		case doubted && t.Key == confirmStep && len(step.Blocked) == 0: // "Stimmt noch" does it
		case neverFor(step.Blocked):
		default:
			w.Actions.Transitions = append(w.Actions.Transitions, item)
		}
	}
	if len(steps) > 0 {
		w.Actions.TransitionURL = base + "/advance"
	}
	return nil
}

// offPath tells that a state is an end beside the main path.
func offPath(k *kind.Kind, state string) bool {
	st, ok := k.Machine.State(state)
	return ok && (st.Exit || st.Archived)
}

// inForce tells that what a page says has come to pass: its text is fixed, or it has more than half of its way
// behind it. Pages of the plain machine have no way; they hold as soon as they are published.
func inForce(k *kind.Kind, state string) bool {
	st, ok := k.Machine.State(state)
	if !ok || st.Draft || st.Exit || st.Archived {
		return false
	}
	path := k.Machine.Path()
	at := slices.IndexFunc(path, func(s kind.State) bool { return s.Key == state })
	return st.Frozen || k.Machine.Key == plainMachine || at > len(path)/2
}

// relations groups both directions of the typed relations by their names, and lists who links here.
func (q *request) relations(w *view.Wiki, links []page.LinkedPage) {
	kinds := q.s.Wiki.Kinds()
	at := map[string]int{}
	seen := map[string]bool{}
	for _, l := range links {
		ref := q.linkedRef(l)
		switch {
		case l.Type == page.LinkRelation:
			rel, ok := kinds.Relation(l.Key)
			label := l.Key
			if ok {
				label = rel.Out.In(q.lang)
				if !l.Out && !rel.Symmetric {
					label = rel.In.In(q.lang)
				}
			}
			if !l.Out && l.Key == "changes" && l.Found && inForce(kinds.KindOrMissing(l.Target.Kind), l.Target.State) {
				w.Because = append(w.Because, ref) // said there once, and only of what has come to pass
				continue
			}
			if seen[label+ref.URL+ref.Title] {
				continue // a symmetric relation that both sides declare
			}
			seen[label+ref.URL+ref.Title] = true
			i, ok := at[label]
			if !ok {
				i, at[label] = len(w.Relations), len(w.Relations)
				w.Relations = append(w.Relations, view.RelationGroup{Label: label})
			}
			w.Relations[i].Items = append(w.Relations[i].Items, ref)
		case !l.Out && l.Key != "owner" && l.Key != "parent":
			if !seen["back"+ref.URL] {
				seen["back"+ref.URL] = true
				w.Backlinks = append(w.Backlinks, ref)
			}
		}
	}
}

func (q *request) linkedRef(l page.LinkedPage) view.PageRef {
	if !l.Found {
		return view.PageRef{Title: l.Ref, Missing: true}
	}
	return q.targetRef(l.Target)
}

func (q *request) targetRef(t page.Target) view.PageRef {
	q.shows(t.Space)
	k := q.s.Wiki.Kinds().KindOrMissing(t.Kind)
	ref := view.PageRef{URL: wiki.Address(t.Space, t.Slug), Title: t.Title, Kind: q.text(k.Label), KindKey: t.Kind, Summary: t.Summary}
	if t.State != "published" {
		ref.State = stateBadge(k, t.State, q.lang)
	}
	return ref
}

// line is a page in a list. owners gives titles of the owning units by reference.
func (q *request) line(p page.Page, owners map[string]page.Target) view.PageLine {
	l := view.PageLine{
		PageRef: q.targetRef(page.Target{ID: p.ID, Kind: p.Kind, Space: p.Space, Slug: p.Slug, Title: p.Title, Summary: p.Summary, State: p.State}),
		Space:   view.Link{URL: "/wiki/" + p.Space, Text: p.Space}, Updated: p.UpdatedAt, ReviewDue: p.ReviewDue,
		Overdue: q.overdue(p.ReviewDue, p.Archived),
	}
	if sp, err := q.s.Wiki.Space(q.ctx(), q.actor, access.Read, p.Space); err == nil {
		l.Space.Text = sp.Title
	}
	l.Owner = q.ownerLink(p.Owner, owners)
	return l
}

func (q *request) ownerLink(owner string, owners map[string]page.Target) view.Link {
	unit, _, _ := strings.Cut(owner, "#")
	if t, ok := owners[unit]; ok {
		q.shows(t.Space)
		return view.Link{URL: wiki.Address(t.Space, t.Slug), Text: t.Title}
	}
	return view.Link{Text: strings.TrimPrefix(unit, "unit/")}
}

// lines turns pages into list lines with one look-up for all their owners.
func (q *request) lines(pages []page.Page) ([]view.PageLine, error) {
	owners, err := q.owners(pages)
	if err != nil {
		return nil, err
	}
	out := make([]view.PageLine, len(pages))
	for i, p := range pages {
		out[i] = q.line(p, owners)
	}
	return out, nil
}

func (q *request) owners(pages []page.Page) (map[string]page.Target, error) {
	var refs []string
	for _, p := range pages {
		unit, _, _ := strings.Cut(p.Owner, "#")
		if !slices.Contains(refs, unit) {
			refs = append(refs, unit)
		}
	}
	return q.s.Wiki.Resolve(q.ctx(), q.actor, "", refs)
}

// pageOf loads the page an address below /wiki/{space}/{slug} is about.
func (s *Server) pageOf(q *request) (page.Page, error) {
	p, err := s.Wiki.PageAt(q.ctx(), q.actor, q.param("space"), q.param("slug"))
	if err == nil && p.Space != q.param("space") { // a former address
		q.protect(p.Space)
	}
	return p, err
}
