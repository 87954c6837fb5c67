package web

import (
	"net/http"
	"net/url"
	"slices"

	"lernraum/internal/errs"
	"lernraum/internal/orga"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// previewSize is how many of the pages that move are shown at once.
const previewSize = 100

// reorganisePreview shows exactly what a choice would change, and offers to do it.
func (q *request) reorganisePreview(status int, unit page.Page, c orga.Choice, in url.Values) error {
	p, err := q.s.Orga.Preview(q.ctx(), q.actor, c)
	if errs.Is(err, errs.Invalid) {
		return q.reorganiseForm(http.StatusUnprocessableEntity, unit, c, errs.FieldsOf(err))
	}
	if err != nil {
		return err
	}
	base := unitsPath + "/" + unit.Slug + "/reorganise"
	back := url.Values{}
	form := &view.ReportForm{Action: base, Button: q.tr("web.reorganise_do"), Help: errs.Msg("web.reorganise_do_help"), Hidden: []view.Hidden{{Name: "seen", Value: p.Seen}}}
	for _, name := range sortedKeys(in) {
		if name == "seen" || name == "page" || name == confirmField {
			continue
		}
		for _, value := range in[name] {
			form.Hidden = append(form.Hidden, view.Hidden{Name: name, Value: value})
			if name != "preview" {
				back.Add(name, value)
			}
		}
	}
	form.CancelURL = base + "?" + back.Encode()
	v := &view.Report{Shell: q.adminShell(unitsPath, q.tr("web.reorganise_preview_title")+": "+p.Unit.Title), Form: form, Intro: q.summary(p)}
	v.Crumbs = []view.Link{{URL: unitsPath, Text: q.tr("web.admin_units")}}
	if status == http.StatusConflict {
		v.Warnings = append(v.Warnings, errs.Msg("store.reorganise_changed"))
	}
	v.Notes = q.previewNotes(p)
	v.Tables = append(v.Tables, q.previewPages(p))
	v.Tables = append(v.Tables, q.previewRest(p)...)
	return q.render(status, v)
}

// summary says in one sentence what will happen.
func (q *request) summary(p orga.Preview) errs.Message {
	switch {
	case p.Choice.Act == orga.Rename:
		return errs.Msg("web.reorganise_sum_rename", "Title", p.Choice.Title)
	case p.Closes && p.To.Title == "":
		return errs.Msg("web.reorganise_sum_end", "Title", p.Unit.Title)
	case p.Closes:
		return errs.Msg("web.reorganise_sum_close", "Title", p.Unit.Title, "To", p.To.Title)
	}
	return errs.Msg("web.reorganise_sum_split", "Title", p.Unit.Title)
}

func (q *request) previewNotes(p orga.Preview) []errs.Message {
	var out []errs.Message
	add := func(key string, n int, args ...any) {
		if n > 0 {
			out = append(out, errs.Msg(key, append([]any{"Count", n}, args...)...))
		}
	}
	add("web.preview_pages", len(p.Pages)+p.Hidden+p.Binned)
	for _, k := range q.s.Wiki.Kinds().Kinds() {
		add("web.preview_kind", p.Kinds[k.Key], "Kind", k.Plural.In(q.lang))
	}
	add("web.preview_hidden", p.Hidden)
	add("web.preview_binned", p.Binned)
	add("web.preview_stays", p.Stays)
	add("web.preview_due", p.Due)
	add("web.preview_drafts", p.Drafts)
	add("web.preview_spaces", len(p.Spaces))
	add("web.preview_people", people(p.People))
	add("web.preview_rights", len(p.Rights))
	add("web.preview_children", len(p.Children))
	add("web.preview_rewritten", p.Rewritten)
	add("web.preview_hidden_refs", p.HiddenRefs)
	if len(p.References) > 0 && p.Rewritten == 0 && p.Closes {
		add("web.preview_references", len(p.References))
	}
	if p.Nothing() {
		out = append(out, errs.Msg("web.preview_nothing"))
	}
	return out
}

// people counts persons; one may belong to a unit by hand and through a provider.
func people(list []orga.Person) int {
	ids := map[string]bool{}
	for _, p := range list {
		ids[p.ID] = true
	}
	return len(ids)
}

func (q *request) previewPages(p orga.Preview) view.ReportTable {
	t := view.ReportTable{ID: "pages", Title: q.tr("web.preview_pages_title"), Columns: []string{q.tr("web.col_title"), q.tr("web.col_kind"), q.tr("web.col_owner"), q.tr("web.col_role")}, Empty: q.tr("web.preview_pages_none")}
	t.Pager = q.pager(q.page(), previewSize, len(p.Pages))
	if q.Request().Method != http.MethodGet {
		t.Pager = view.Pager{}
	}
	from := min((q.page()-1)*previewSize, len(p.Pages))
	for _, o := range p.Pages[from:min(from+previewSize, len(p.Pages))] {
		t.Rows = append(t.Rows, []view.Link{q.pageLink(o.Target), {Text: q.kindLabel(o.Kind)}, {Text: o.To.Title}, {Text: o.Role}})
	}
	return t
}

func (q *request) previewRest(p orga.Preview) []view.ReportTable {
	var out []view.ReportTable
	add := func(t view.ReportTable) {
		if len(t.Rows) > 0 {
			out = append(out, t)
		}
	}
	spaces := view.ReportTable{ID: "spaces", Title: q.tr("web.preview_spaces_title"), Columns: []string{q.tr("web.col_space"), q.tr("web.col_owner")}}
	for _, sp := range p.Spaces {
		spaces.Rows = append(spaces.Rows, []view.Link{{Text: sp.Title}, {Text: p.To.Title}})
	}
	add(spaces)
	persons := view.ReportTable{ID: "people", Title: q.tr("web.preview_people_title"), Columns: []string{q.tr("web.col_person"), q.tr("web.col_label"), q.tr("web.col_unit")}}
	seen := map[string]bool{}
	for _, m := range p.People {
		if !seen[m.ID] {
			seen[m.ID] = true
			persons.Rows = append(persons.Rows, []view.Link{{Text: m.Name}, {Text: m.Label}, {Text: p.PeopleTo.Title}})
		}
	}
	persons.Note = errs.Msg("web.preview_people_note")
	add(persons)
	rights := view.ReportTable{ID: "rights", Title: q.tr("web.preview_rights_title"), Columns: []string{q.tr("web.col_space"), q.tr("web.col_unit")}}
	for _, r := range p.Rights {
		rights.Rows = append(rights.Rows, []view.Link{{Text: r.Space}, {Text: p.To.Title}})
	}
	add(rights)
	below := view.ReportTable{ID: "children", Title: q.tr("web.preview_children_title"), Columns: []string{q.tr("web.col_unit")}}
	for _, r := range p.Children {
		below.Rows = append(below.Rows, []view.Link{{URL: wiki.Address(r.From.Space, r.From.Slug), Text: r.From.Title}})
	}
	add(below)
	refs := view.ReportTable{ID: "references", Title: q.tr("web.preview_references_title"), Columns: []string{q.tr("web.col_title"), q.tr("web.col_kind"), q.tr("web.col_field")}, Note: errs.Msg("web.preview_references_note")}
	for _, r := range p.References[:min(len(p.References), previewSize)] {
		refs.Rows = append(refs.Rows, []view.Link{{URL: wiki.Address(r.From.Space, r.From.Slug), Text: r.From.Title}, {Text: q.kindLabel(r.From.Kind)}, {Text: q.refLabel(r.From.Kind, r.Type == page.LinkRelation, r.Key)}})
	}
	add(refs)
	return out
}

// refLabel names the field or relation of a reference.
func (q *request) refLabel(kindKey string, relation bool, key string) string {
	if relation {
		if r, ok := q.s.Wiki.Kinds().Relation(key); ok {
			return r.Out.In(q.lang)
		}
		return key
	}
	if key == "" {
		return q.tr("web.ref_body")
	}
	k, ok := q.s.Wiki.Kinds().Kind(kindKey)
	if !ok {
		return key
	}
	for _, f := range k.AllFields() {
		if f.Key == key {
			return f.Label.In(q.lang)
		}
		if i := slices.IndexFunc(f.Fields, func(sub kindField) bool { return f.Key+"."+sub.Key == key }); i >= 0 {
			return f.Label.In(q.lang) + ": " + f.Fields[i].Label.In(q.lang)
		}
	}
	return key
}

// reorganisations lists what was done.
func (s *Server) reorganisations(q *request) error {
	list, total, err := s.Orga.History(q.ctx(), q.actor, (q.page()-1)*listSize, listSize)
	if err != nil {
		return err
	}
	t := view.ReportTable{
		ID: "history", Title: q.tr("web.unit_history"), Columns: []string{q.tr("web.orga_occasion"), q.tr("web.col_act"), q.tr("web.col_unit"), q.tr("web.col_to"), q.tr("web.col_at"), q.tr("web.col_by"), q.tr("web.col_state")},
		Empty: q.tr("web.reorganise_none"), Pager: q.pager(q.page(), listSize, total),
	}
	for _, r := range list {
		t.Rows = append(t.Rows, []view.Link{
			{URL: unitsPath + "/history/" + r.ID, Text: r.Occasion}, {Text: q.tr("web.act_" + string(r.Act))}, {Text: r.Title}, {Text: joinWords(r.Targets)}, {Text: q.s.View.Date(q.lang, r.At)}, {Text: r.By}, {Text: q.recordState(r)},
		})
	}
	v := &view.Report{Shell: q.adminShell(unitsPath, q.tr("web.unit_history")), Intro: errs.Msg("web.unit_history_help"), Tables: []view.ReportTable{t}}
	v.Crumbs = []view.Link{{URL: unitsPath, Text: q.tr("web.admin_units")}}
	return q.render(http.StatusOK, v)
}

func (q *request) recordState(r orga.Record) string {
	switch {
	case !r.UndoneAt.IsZero():
		return q.tr("web.reorganise_undone")
	case q.s.Orga.Undoable(r):
		return q.tr("web.reorganise_undoable")
	}
	return q.tr("web.reorganise_kept")
}
