package web

import (
	"net/http"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/orga"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

const (
	unitsPath   = "/admin/units"
	unitsPerOne = 300 // rows of the tree on one page
	maxDepth    = 4   // steps of the tree that are drawn
)

func organises(a access.Actor) bool { return orga.Organises(a) }

// unitTree shows the units of the organisation with what hangs on them.
func (s *Server) unitTree(q *request) error {
	nodes, err := s.Orga.Tree(q.ctx(), q.actor)
	if err != nil {
		return err
	}
	titles := map[page.ID]string{}
	for _, n := range nodes {
		titles[n.ID] = n.Title
	}
	v := &view.Units{Shell: q.adminShell(unitsPath, ""), Words: q.query("q")}
	found := nodes
	if v.Words != "" {
		found = nil
		for _, n := range nodes {
			if unitFits(n, v.Words) {
				found = append(found, n)
			}
		}
	}
	v.Total = len(found)
	v.Pager = q.pager(q.page(), unitsPerOne, len(found))
	from := min((q.page()-1)*unitsPerOne, len(found))
	for _, n := range found[from:min(from+unitsPerOne, len(found))] {
		v.Lines = append(v.Lines, q.unitLine(n, v.Words != "", titles))
	}
	v.Actions = []view.Link{
		{URL: "/new?kind=unit", Text: q.tr("web.unit_new")}, {URL: unitsPath + "/import", Text: q.tr("web.unit_import")}, {URL: unitsPath + "/history", Text: q.tr("web.unit_history")},
	}
	return q.render(http.StatusOK, v)
}

func unitFits(n orga.Node, words string) bool {
	text := strings.ToLower(n.Title + " " + n.Short + " " + n.Slug)
	for _, w := range strings.Fields(strings.ToLower(words)) {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

func (q *request) unitLine(n orga.Node, alone bool, titles map[page.ID]string) view.UnitLine {
	l := view.UnitLine{
		Link: view.Link{URL: wiki.Address(n.Space, n.Slug), Text: n.Title}, Depth: min(n.Depth, maxDepth), Short: n.Short,
		Pages: n.Pages, People: n.People, Spaces: n.Spaces, Type: q.choiceLabel("unit", "type", n.Type),
	}
	if alone {
		l.Depth, l.Above = 0, titles[n.Parent]
	}
	switch {
	case n.Archived:
		l.State = view.Badge{Key: "closed", Label: q.tr("web.unit_closed")}
	case n.Draft:
		l.State = view.Badge{Key: "draft", Label: q.tr("web.unit_draft"), Tone: "info"}
	}
	if !n.Archived {
		l.ChangeURL = unitsPath + "/" + n.Slug + "/reorganise"
		l.HandoverURL = "/handover?unit=" + n.Slug
	}
	return l
}

// choiceLabel names the value of a choice field in the reader's language.
func (q *request) choiceLabel(kindKey, field, value string) string {
	k, ok := q.s.Wiki.Kinds().Kind(kindKey)
	if !ok {
		return value
	}
	if f, ok := k.Field(field); ok {
		if c, ok := f.Choice(value); ok {
			return c.Label.In(q.lang)
		}
	}
	return value
}

func (q *request) kindLabel(key string) string {
	if k, ok := q.s.Wiki.Kinds().Kind(key); ok {
		return k.Label.In(q.lang)
	}
	return key
}

func (q *request) pageLink(t page.Target) view.Link {
	if t.Slug == "" {
		return view.Link{}
	}
	return view.Link{URL: wiki.Address(t.Space, t.Slug), Text: t.Title}
}
