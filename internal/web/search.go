package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

const (
	hitsSize    = 20
	maxQuestion = 200 // characters of a question
)

// search answers a question with hits, facets and, where somebody is responsible, a card that says who.
func (s *Server) search(q *request) error {
	text := q.query("q")
	v := &view.Search{Shell: q.shell("search", "")}
	v.Query, v.HeaderSearch = text, false
	for _, key := range []string{"1", "2", "3"} {
		ex := q.tr("web.example_" + key)
		v.Examples = append(v.Examples, view.Link{Text: ex, URL: "/search?q=" + url.QueryEscape(ex)})
	}
	if len([]rune(text)) > maxQuestion {
		m := errs.Msg("web.question_long", "Max", maxQuestion)
		v.Err = &m
		return q.render(http.StatusUnprocessableEntity, v)
	}
	pq := page.Query{
		Text: text, Kinds: q.multi("kind"), Spaces: q.multi("space"), Units: q.multi("unit"), Tags: q.multi("tag"), States: q.multi("state"),
		Sort: q.query("sort"), Limit: hitsSize, Offset: (q.page() - 1) * hitsSize, Facets: true,
	}
	filtered := len(pq.Kinds)+len(pq.Spaces)+len(pq.Units)+len(pq.Tags)+len(pq.States) > 0
	if text == "" && !filtered {
		return q.render(http.StatusOK, v)
	}
	res, err := s.Wiki.Search(q.ctx(), q.actor, pq)
	if err != nil {
		return err
	}
	v.Total, v.Restricted, v.Rebuilding = res.Total, res.Restricted, s.Wiki.IndexStatus().Rebuilding
	v.Pager = q.pager(q.page(), hitsSize, res.Total)
	if err := q.hits(v, res.Hits); err != nil {
		return err
	}
	names, err := q.facetNames(res.Facets, pq)
	if err != nil {
		return err
	}
	q.facetLinks(v, res.Facets, pq, names)
	for _, o := range []string{"", "updated", "title"} {
		v.Sorts = append(v.Sorts, view.Option{Value: o, Label: q.tr("web.sort_" + or(o, "relevance")), Selected: o == pq.Sort, URL: q.with("sort", o, "page", "")})
	}
	if filtered {
		v.ClearURL = "/search?q=" + url.QueryEscape(text)
	}
	if text != "" && !filtered && q.page() == 1 {
		if v.Cards, err = q.card(text, res); err != nil {
			return err
		}
	}
	if sp, err := s.Wiki.Writable(q.ctx(), q.actor); err == nil && len(sp) > 0 {
		v.NewURL = "/new?title=" + url.QueryEscape(text)
	}
	return q.render(http.StatusOK, v)
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func (q *request) multi(name string) []string {
	var out []string
	for _, v := range q.Request().URL.Query()[name] {
		if v = strings.TrimSpace(v); v != "" && len(out) < 20 {
			out = append(out, v)
		}
	}
	return out
}

func (q *request) hits(v *view.Search, hits []page.Hit) error {
	pages := make([]page.Page, len(hits))
	for i, h := range hits {
		pages[i] = page.Page{
			ID: h.ID, Kind: h.Kind, Space: h.Space, Slug: h.Slug, Title: h.Title, Summary: h.Summary, Owner: h.Owner, State: h.State,
			UpdatedAt: h.UpdatedAt, ReviewDue: h.ReviewDue, Archived: h.Archived,
		}
	}
	lines, err := q.lines(pages)
	if err != nil {
		return err
	}
	for i, l := range lines {
		v.Hits = append(v.Hits, view.HitView{PageLine: l, Snippet: snippet(hits[i].Snippet)})
	}
	return nil
}

// snippet cuts a marked text into parts.
func snippet(s string) []view.SnippetPart {
	var parts []view.SnippetPart
	for s != "" {
		open := strings.IndexRune(s, page.HitOpen)
		if open < 0 {
			return append(parts, view.SnippetPart{Text: s})
		}
		if open > 0 {
			parts = append(parts, view.SnippetPart{Text: s[:open]})
		}
		s = s[open+len(string(page.HitOpen)):]
		end := strings.IndexRune(s, page.HitClose)
		if end < 0 {
			return append(parts, view.SnippetPart{Text: s, Hit: true})
		}
		parts = append(parts, view.SnippetPart{Text: s[:end], Hit: true})
		s = s[end+len(string(page.HitClose)):]
	}
	return parts
}

// facetNames finds what the values of facets are called.
func (q *request) facetNames(facets map[string][]page.Facet, pq page.Query) (map[string]map[string]string, error) {
	names := map[string]map[string]string{"kind": {}, "space": {}, "unit": {}, "tag": {}, "state": {}}
	for _, k := range q.s.Wiki.Kinds().Kinds() {
		names["kind"][k.Key] = q.text(k.Plural)
		for _, st := range k.Machine.States {
			if names["state"][st.Key] == "" {
				names["state"][st.Key] = q.text(st.Label)
			}
		}
	}
	spaces, err := q.s.Wiki.Spaces(q.ctx(), q.actor)
	if err != nil {
		return nil, err
	}
	for _, sp := range spaces {
		names["space"][sp.Key] = sp.Title
	}
	var refs []string
	for _, f := range facets["unit"] {
		refs = append(refs, "unit/"+f.Value)
	}
	for _, u := range pq.Units {
		refs = append(refs, "unit/"+u)
	}
	units, err := q.s.Wiki.Resolve(q.ctx(), q.actor, "", refs)
	if err != nil {
		return nil, err
	}
	for ref, t := range units {
		q.shows(t.Space)
		names["unit"][strings.TrimPrefix(ref, "unit/")] = t.Title
	}
	return names, nil
}

func (q *request) facetLinks(v *view.Search, facets map[string][]page.Facet, pq page.Query, names map[string]map[string]string) {
	active := map[string][]string{"kind": pq.Kinds, "space": pq.Spaces, "unit": pq.Units, "tag": pq.Tags, "state": pq.States}
	label := func(name, value string) string { return or(names[name][value], value) }
	for _, name := range []string{"kind", "unit", "space", "tag", "state"} {
		g := view.FacetGroup{Name: name, Label: q.tr("web.facet_" + name)}
		for _, f := range facets[name] {
			on := slices.Contains(active[name], f.Value)
			g.Values = append(g.Values, view.FacetValue{Label: label(name, f.Value), URL: q.toggle(name, f.Value), Count: f.Count, Active: on})
		}
		if len(g.Values) > 0 {
			v.Facets = append(v.Facets, g)
		}
		for _, value := range active[name] {
			v.Chips = append(v.Chips, view.Chip{Label: label(name, value), URL: q.toggle(name, value)})
			v.Hidden = append(v.Hidden, view.Hidden{Name: name, Value: value})
		}
	}
}

// toggle gives the address of this search with a filter value added or taken away.
func (q *request) toggle(name, value string) string {
	v := q.Request().URL.Query()
	v.Del("page")
	if i := slices.Index(v[name], value); i >= 0 {
		v[name] = slices.Delete(v[name], i, i+1)
	} else {
		v.Add(name, value)
	}
	return "/search?" + v.Encode()
}

// contactKinds are the kinds whose pages answer "who?": those that carry the panel.
func (s *Server) contactKinds() []string {
	var out []string
	for _, k := range s.Wiki.Kinds().Kinds() {
		if slices.Contains(k.Panels, "contact") {
			out = append(out, k.Key)
		}
	}
	return out
}

// card answers a question with the contact card of the best hit that says who is responsible. It asks the index
// again only when there is such a hit beyond the first page.
func (q *request) card(text string, res page.Result) ([]view.ContactCard, error) {
	kinds := q.s.contactKinds()
	if len(kinds) == 0 || res.Restricted {
		return nil, nil
	}
	kind := kinds[0]
	for _, h := range res.Hits {
		if h.Kind == kind {
			return q.cardsOf([]page.Hit{h})
		}
	}
	if !slices.ContainsFunc(res.Facets["kind"], func(f page.Facet) bool { return f.Value == kind }) {
		return nil, nil
	}
	again, err := q.s.Wiki.Search(q.ctx(), q.actor, page.Query{Text: text, Kinds: kinds[:1], Limit: 1})
	if err != nil {
		return nil, err
	}
	return q.cardsOf(again.Hits)
}

func (q *request) cardsOf(hits []page.Hit) ([]view.ContactCard, error) {
	var out []view.ContactCard
	for _, h := range hits {
		v, err := q.s.Wiki.View(q.ctx(), q.actor, h.Space, h.Slug)
		if errs.Is(err, errs.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		q.shows(v.Page.Space)
		out = append(out, q.contactCard(v.Page, newLinkIndex(q, v.Links)))
	}
	return out, nil
}

// contacts answers "Wer ist zuständig?".
func (s *Server) contacts(q *request) error {
	const size = 12
	v := &view.Contacts{Shell: q.shell("contacts", "")}
	v.Query = q.query("q")
	kinds := s.contactKinds()
	var hits []page.Hit
	if v.Query != "" {
		res, err := s.Wiki.Search(q.ctx(), q.actor, page.Query{Text: v.Query, Kinds: kinds, Limit: size, Offset: (q.page() - 1) * size})
		if err != nil {
			return err
		}
		hits, v.Total, v.Restricted = res.Hits, res.Total, res.Restricted
	} else {
		pages, total, err := s.Wiki.List(q.ctx(), q.actor, wiki.ListQuery{Kind: kinds[0], Limit: size, Offset: (q.page() - 1) * size})
		if err != nil {
			return err
		}
		for _, p := range pages {
			hits = append(hits, page.Hit{Space: p.Space, Slug: p.Slug})
		}
		v.Total = total
		units, err := s.Wiki.Units(q.ctx(), q.actor)
		if err != nil {
			return err
		}
		v.Units = unitTree(units, func(slug string) string { return "/p/" + slug })
	}
	v.Pager = q.pager(q.page(), size, v.Total)
	var err error
	if v.Cards, err = q.cardsOf(hits); err != nil {
		return err
	}
	if sp, err := s.Wiki.Writable(q.ctx(), q.actor); err == nil && len(sp) > 0 {
		v.NewURL = "/new?kind=" + kinds[0]
	}
	return q.render(http.StatusOK, v)
}

// unitTree orders units below their parents. A unit whose parent is not readable, or that stands in a circle,
// is shown at the top.
func unitTree(units []wiki.Unit, address func(id string) string) []view.UnitNode {
	children := map[string][]wiki.Unit{}
	known := map[string]wiki.Unit{}
	for _, u := range units {
		known[u.Slug] = u
	}
	for _, u := range units {
		parent := u.Parent
		if _, ok := known[parent]; !ok || inCircle(u, known) {
			parent = ""
		}
		children[parent] = append(children[parent], u)
	}
	var build func(parent string) []view.UnitNode
	build = func(parent string) []view.UnitNode {
		var out []view.UnitNode
		for _, u := range children[parent] {
			out = append(out, view.UnitNode{Link: view.Link{URL: address(string(u.ID)), Text: u.Title}, Short: u.Short, Children: build(u.Slug)})
		}
		return out
	}
	return build("")
}

func inCircle(u wiki.Unit, known map[string]wiki.Unit) bool {
	at := u.Parent
	for range known {
		if at == "" {
			return false
		}
		if at == u.Slug {
			return true
		}
		at = known[at].Parent
	}
	return true
}

// suggest completes what is typed: for the search box, and for references in forms.
func (s *Server) suggest(q *request) error {
	type item struct {
		Title string `json:"title"`
		Kind  string `json:"kind"`
		URL   string `json:"url"`
		Ref   string `json:"ref"`
	}
	out := struct {
		Items  []item `json:"items"`
		Status string `json:"status"` // for those who do not see the list
	}{Items: []item{}}
	text := q.query("q")
	if runes := []rune(text); len(runes) > maxQuestion {
		text = string(runes[:maxQuestion])
	}
	if text != "" {
		var kinds []string
		if k := q.query("kind"); k != "" {
			kinds = strings.Split(k, ",")
		}
		hits, err := s.Wiki.Suggest(q.ctx(), q.actor, text, kinds, 8)
		if err != nil {
			return err
		}
		for _, h := range hits {
			q.shows(h.Space)
			out.Items = append(out.Items, item{
				Title: h.Title, Kind: q.text(s.Wiki.Kinds().KindOrMissing(h.Kind).Label), URL: wiki.Address(h.Space, h.Slug), Ref: h.Kind + "/" + h.Slug,
			})
		}
	}
	out.Status = s.View.Message(q.lang, errs.Msg("web.suggestions", "Count", len(out.Items)))
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return q.Blob(http.StatusOK, "application/json; charset=utf-8", body)
}
