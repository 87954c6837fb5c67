package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// entrances are the ways into the house; kinds name theirs in their file.
var entrances = []struct{ group, url string }{
	{"contacts", "/contacts"}, {"processes", "/kinds/process"}, {"tools", "/kinds/tool"},
	{"learning", "/lessons"}, {"projects", "/projects"}, {"knowledge", "/kinds/guide"},
}

// start is the front door: one box, what waits for me, what is new, where to go.
func (s *Server) start(q *request) error {
	waiting, err := q.waiting()
	if err != nil {
		return err
	}
	done, err := q.fresh(waiting)
	if done || err != nil {
		return err
	}
	v := &view.Start{Shell: q.shell("", ""), EasyLanguage: "/info/easy-language"}
	v.HeaderSearch = false
	counts, err := s.Wiki.CountKinds(q.ctx(), q.actor)
	if err != nil {
		return err
	}
	total := 0
	for _, e := range entrances {
		en := view.Entrance{Group: e.group, URL: e.url, Label: q.tr("web.entrance_" + e.group), Help: q.tr("web.entrance_help_" + e.group)}
		for _, k := range s.Wiki.Kinds().Kinds() {
			if k.Group == e.group {
				en.Kinds = append(en.Kinds, view.KindCount{Label: q.text(k.Plural), URL: "/kinds/" + k.Key, Count: counts[k.Key]})
				total += counts[k.Key]
			}
		}
		v.Entrances = append(v.Entrances, en)
	}
	v.Empty = total == 0
	for _, key := range []string{"1", "2", "3"} {
		text := q.tr("web.example_" + key)
		v.Examples = append(v.Examples, view.Link{Text: text, URL: "/search?q=" + url.QueryEscape(text)})
	}
	if v.Lessons, err = q.recent([]string{"lesson"}, nil, 5); err != nil {
		return err
	}
	if v.Recent, err = q.recent(nil, nil, 8); err != nil {
		return err
	}
	if q.actor.SignedIn() {
		if w, err := s.Wiki.Writable(q.ctx(), q.actor); err == nil && len(w) > 0 {
			v.NewURL = "/new"
		}
		if v.SignedInBox, err = s.mine(q); err != nil {
			return err
		}
		v.SignedInBox.Requests = waiting
	}
	return q.render(http.StatusOK, v)
}

// mine is what waits for the person: reviews of the person's units, drafts, what changed there.
func (s *Server) mine(q *request) (*view.Mine, error) {
	m := &view.Mine{}
	if len(q.actor.Units) == 0 {
		return m, nil
	}
	m.UnitName = q.actor.Label
	due, _, err := s.Wiki.List(q.ctx(), q.actor, wiki.ListQuery{
		Owners: q.actor.Units, Overdue: s.Now().UTC().AddDate(0, 0, 1), Sort: "review_due", Limit: 8,
	})
	if err != nil {
		return nil, err
	}
	// What somebody has said to be wrong comes before what only the calendar says.
	doubted, _, err := s.Wiki.List(q.ctx(), q.actor, wiki.ListQuery{Owners: q.actor.Units, State: doubtedState, Sort: "-updated", Limit: 8})
	if err != nil {
		return nil, err
	}
	for _, p := range due {
		if p.State != doubtedState {
			doubted = append(doubted, p)
		}
	}
	if m.Review, err = q.lines(doubted[:min(len(doubted), 8)]); err != nil {
		return nil, err
	}
	drafts, _, err := s.Wiki.List(q.ctx(), q.actor, wiki.ListQuery{Owners: q.actor.Units, State: "draft", Sort: "-updated", Limit: 8})
	if err != nil {
		return nil, err
	}
	if m.Drafts, err = q.lines(drafts); err != nil {
		return nil, err
	}
	m.UnitChanges, err = q.recent(nil, q.actor.Units, 6)
	return m, err
}

func (q *request) recent(kinds, units []string, limit int) ([]view.PageLine, error) {
	pages, err := q.s.Wiki.Recent(q.ctx(), q.actor, kinds, units, limit)
	if err != nil {
		return nil, err
	}
	return q.lines(pages)
}

func (s *Server) lessons(q *request) error  { return s.listOf(q, "lesson", "/lessons") }
func (s *Server) projects(q *request) error { return s.listOf(q, "project", "/projects") }
func (s *Server) goals(q *request) error    { return s.listOf(q, "goal", "/goals") }

// kindList is the table of a kind.
func (s *Server) kindList(q *request) error {
	return s.listOf(q, q.param("kind"), "/kinds/"+q.param("kind"))
}

const listSize = 50

func (s *Server) listOf(q *request, key, action string) error {
	k, ok := s.Wiki.Kinds().Kind(key)
	if !ok {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	lq := wiki.ListQuery{
		Kind: k.Key, Text: short(q.query("q")), State: q.query("state"), Space: q.query("space"), Unit: q.query("unit"), Tag: q.query("tag"),
		Sort: q.query("sort"), Limit: listSize, Offset: (q.page() - 1) * listSize, Fields: map[string]string{},
	}
	var columns []*kind.Field
	for _, f := range k.AllFields() {
		if f.Column {
			columns = append(columns, f)
		}
		if f.Filter && q.query(f.Key) != "" {
			lq.Fields[f.Key] = q.query(f.Key)
		}
	}
	if q.query("format") == "csv" {
		return s.listCSV(q, k, lq)
	}
	done, err := q.fresh()
	if done || err != nil {
		return err
	}
	pages, total, err := s.Wiki.List(q.ctx(), q.actor, lq)
	if err != nil {
		return err
	}
	v := &view.KindList{
		Shell: q.shell(k.Group, q.text(k.Plural)), Key: k.Key, Help: q.text(k.Help), Example: q.text(k.Example), New: q.text(k.New),
		Text: lq.Text, Total: total, Pager: q.pager(q.page(), listSize, total), Sort: lq.Sort, Action: action,
		Filtered: lq.Text != "" || lq.State != "" || lq.Space != "" || lq.Unit != "" || lq.Tag != "" || len(lq.Fields) > 0,
		ClearURL: action, CSVURL: q.with("format", "csv", "page", ""),
	}
	if sp, err := s.Wiki.Writable(q.ctx(), q.actor); err == nil && len(sp) > 0 {
		v.NewURL = "/new?kind=" + k.Key
	}
	q.columns(v, columns, lq.Sort)
	refs, err := q.listRefs(k, columns, pages)
	if err != nil {
		return err
	}
	for _, p := range pages {
		row := view.KindRow{Line: q.line(p, refs.ref)}
		for _, f := range columns {
			row.Cells = append(row.Cells, q.values(f, p.Fields[f.Key], f.Key, page.Rendered{}, refs))
		}
		v.Rows = append(v.Rows, row)
	}
	if v.Filters, err = q.filters(k, lq); err != nil {
		return err
	}
	counts, err := s.Wiki.CountKinds(q.ctx(), q.actor)
	if err != nil {
		return err
	}
	for _, other := range s.Wiki.Kinds().Kinds() {
		if other.Group == k.Group {
			v.Kinds = append(v.Kinds, view.KindCount{Label: q.text(other.Plural), URL: "/kinds/" + other.Key, Count: counts[other.Key], Current: other.Key == k.Key})
		}
	}
	return q.render(http.StatusOK, v)
}

// columns heads the table; a click on a head sorts, a second one turns the order around.
func (q *request) columns(v *view.KindList, fields []*kind.Field, sort string) {
	add := func(key, sortKey, label string, numeric bool) {
		c := view.Column{Key: key, Label: label, Numeric: numeric}
		next := sortKey
		if sort == sortKey || (sort == "" && sortKey == "title") {
			c.Sorted, next = "ascending", "-"+sortKey
		} else if sort == "-"+sortKey {
			c.Sorted = "descending"
		}
		c.SortURL = q.with("sort", next, "page", "")
		v.Columns = append(v.Columns, c)
	}
	add("title", "title", q.tr("web.col_title"), false)
	for _, f := range fields {
		add(f.Key, "field:"+f.Key, q.text(f.Label), f.Type == kind.TypeNumber)
	}
	add("state", "state", q.tr("web.col_state"), false)
	add("owner", "owner", q.tr("web.col_owner"), false)
	add("updated", "updated", q.tr("web.col_updated"), false)
	for i := range v.Columns { // these two are not sorted by the store: their order would not be that of the words shown
		if v.Columns[i].Key == "state" || v.Columns[i].Key == "owner" {
			v.Columns[i].SortURL, v.Columns[i].Sorted = "", ""
		}
	}
}

// listRefs resolves the references of a whole table at once.
func (q *request) listRefs(k *kind.Kind, columns []*kind.Field, pages []page.Page) (linkIndex, error) {
	var refs []string
	for _, p := range pages {
		unit, _, _ := strings.Cut(p.Owner, "#")
		refs = append(refs, unit)
		for _, f := range columns {
			if f.Type == kind.TypePage {
				refs = append(refs, texts(p.Fields[f.Key])...)
			}
		}
	}
	slices.Sort(refs)
	found, err := q.s.Wiki.Resolve(q.ctx(), q.actor, "", slices.Compact(refs))
	for _, t := range found {
		q.shows(t.Space)
	}
	return linkIndex{ref: found}, err
}

func (q *request) filters(k *kind.Kind, lq wiki.ListQuery) ([]view.Filter, error) {
	state := view.Filter{Name: "state", Label: q.tr("web.col_state"), Value: lq.State}
	for _, st := range k.Machine.States {
		state.Options = append(state.Options, view.Option{Value: st.Key, Label: q.text(st.Label), Selected: st.Key == lq.State})
	}
	filters := []view.Filter{state}
	for _, f := range k.AllFields() {
		if !f.Filter {
			continue
		}
		vf := view.Filter{Name: f.Key, Label: q.text(f.Label), Value: lq.Fields[f.Key]}
		if f.Type == kind.TypeChoice {
			for _, c := range f.Choices {
				vf.Options = append(vf.Options, view.Option{Value: c.Key, Label: q.text(c.Label), Selected: c.Key == vf.Value})
			}
		} else {
			values, err := q.s.Wiki.FieldValues(q.ctx(), q.actor, k.Key, f.Key)
			if err != nil {
				return nil, err
			}
			targets, err := q.s.Wiki.Resolve(q.ctx(), q.actor, "", values)
			if err != nil {
				return nil, err
			}
			for _, val := range values {
				label := val
				if t, ok := targets[val]; ok {
					q.shows(t.Space)
					label = t.Title
				} else if f.Type == kind.TypePage {
					continue // not to be seen by this reader
				}
				vf.Options = append(vf.Options, view.Option{Value: val, Label: label, Selected: val == vf.Value})
			}
		}
		filters = append(filters, vf)
	}
	return filters, nil
}

// day is the date of a CSV cell.
func csvDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
