package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lernraum/internal/errs"
	"lernraum/internal/orga"
	"lernraum/internal/page"
	"lernraum/internal/view"
)

// acts are the kinds of reorganisation in the order of their tabs.
var acts = []orga.Act{orga.Rename, orga.Merge, orga.Split, orga.Close}

// reorganiseChoice reads what is to be changed, from the address of a preview or from the form that applies it.
func (q *request) reorganiseChoice() (orga.Choice, url.Values, error) {
	in, err := q.FormParams() // of both
	if err != nil {
		return orga.Choice{}, nil, err
	}
	c := orga.Choice{
		Act: orga.Act(in.Get("act")), Unit: q.param("slug"), Title: in.Get("title"), Slug: in.Get("new_slug"), Short: in.Get("short"), To: in.Get("to"), Rest: in.Get("rest"),
		People: in.Get("people"), References: in.Get("references") == "yes", Occasion: in.Get("occasion"), Seen: in.Get("seen"),
	}
	for i := range orga.MaxParts {
		n := itoa(i)
		c.Parts = append(c.Parts, orga.Part{
			To: strings.TrimSpace(in.Get("to" + n)), Kinds: in["kinds"+n], Tag: strings.TrimSpace(in.Get("tag" + n)), Role: strings.TrimSpace(in.Get("role" + n)), Pages: lines(in.Get("pages" + n)),
		})
	}
	return c, in, nil
}

// reorganise shows the form, or the preview of what was chosen in it.
func (s *Server) reorganise(q *request) error {
	unit, err := s.Orga.Unit(q.ctx(), q.actor, q.param("slug"))
	if err != nil {
		return err
	}
	c, in, err := q.reorganiseChoice()
	if err != nil {
		return err
	}
	if !slices.Contains(acts, c.Act) {
		c.Act = orga.Merge
	}
	if !in.Has("preview") {
		if c.Act == orga.Rename && !in.Has("title") {
			c.Title, c.Slug = unit.Title, unit.Slug
			c.Short, _ = unit.Fields["short_name"].(string)
		}
		return q.reorganiseForm(http.StatusOK, unit, c, nil)
	}
	return q.reorganisePreview(http.StatusOK, unit, c, in)
}

// doReorganise applies what was previewed. When something has changed since, it shows the new state and does nothing.
func (s *Server) doReorganise(q *request) error {
	if err := q.reauthenticate(); err != nil {
		return err
	}
	c, in, err := q.reorganiseChoice()
	if err != nil {
		return err
	}
	r, err := s.Orga.Apply(q.ctx(), q.actor, c)
	switch {
	case errs.Is(err, errs.Conflict), errs.Is(err, errs.Invalid):
		unit, uerr := s.Orga.Unit(q.ctx(), q.actor, q.param("slug"))
		if uerr != nil {
			return uerr
		}
		if errs.Is(err, errs.Invalid) {
			return q.reorganiseForm(http.StatusUnprocessableEntity, unit, c, errs.FieldsOf(err))
		}
		return q.reorganisePreview(http.StatusConflict, unit, c, in)
	case err != nil:
		return err
	}
	q.note("reorganised")
	return q.seeOther(unitsPath + "/history/" + r.ID)
}

func (q *request) reorganiseForm(status int, unit page.Page, c orga.Choice, bad []errs.Field) error {
	base := unitsPath + "/" + unit.Slug + "/reorganise"
	v := &view.UnitForm{
		Shell: q.adminShell(unitsPath, q.tr("web.reorganise_title")+": "+unit.Title), Action: base, Button: q.tr("web.reorganise_preview"), CancelURL: unitsPath,
		Hidden: []view.Hidden{{Name: "act", Value: string(c.Act)}, {Name: "preview", Value: "1"}}, Intro: errs.Msg("web.act_help_" + string(c.Act)),
	}
	v.Crumbs = []view.Link{{URL: unitsPath, Text: q.tr("web.admin_units")}}
	for _, act := range acts {
		v.Tabs = append(v.Tabs, view.Option{URL: base + "?act=" + string(act), Label: q.tr("web.act_" + string(act)), Selected: act == c.Act})
	}
	f := fielding{q: q, bad: bad, v: v}
	switch c.Act {
	case orga.Rename:
		f.section("", f.input("title", view.WidgetText, c.Title, true), f.input("slug", view.WidgetText, c.Slug, true), f.input("short", view.WidgetText, c.Short, false))
	case orga.Split:
		kinds, err := q.ownedKinds(unit)
		if err != nil {
			return err
		}
		for i := range c.Parts {
			f.part(i, c.Parts[i], kinds)
		}
		f.section(q.tr("web.reorganise_rest"), f.unit("rest", c.Rest, false), f.unit("people", c.People, false))
	default:
		f.section("", f.unit("to", c.To, c.Act == orga.Merge))
	}
	more := []view.Input{}
	refs := f.input("references", view.WidgetCheckboxes, "", false)
	refs.Options = []view.Option{{Value: "yes", Label: q.tr("web.reorganise_references_yes"), Selected: c.References}}
	more = append(more, refs, f.input("occasion", view.WidgetText, c.Occasion, true))
	f.section("", more...)
	for _, e := range bad { // what stands at no control
		if e.Name == "unit" || e.Name == "act" {
			v.Errors = append(v.Errors, view.FormError{ID: "orga-occasion", Label: unit.Title, Msg: e.Msg})
		}
	}
	return q.render(status, v)
}

// ownedKinds are the kinds of the pages of a unit that the reader may see, to choose from.
func (q *request) ownedKinds(unit page.Page) ([]view.Option, error) {
	h, err := q.s.Orga.Handover(q.ctx(), q.actor, unit.Slug, "")
	if err != nil {
		return nil, err
	}
	n := map[string]int{}
	for _, p := range h.Pages {
		n[p.Kind]++
	}
	var out []view.Option
	for _, k := range q.s.Wiki.Kinds().Kinds() {
		if n[k.Key] > 0 {
			out = append(out, view.Option{Value: k.Key, Label: k.Plural.In(q.lang) + " (" + itoa(n[k.Key]) + ")"})
		}
	}
	return out, nil
}

// fielding makes the controls of a form with what is wrong at each.
type fielding struct {
	q   *request
	bad []errs.Field
	v   *view.UnitForm
}

// input makes the control of a field; its label and help are texts of the catalogue by the name of the field.
func (f *fielding) input(name string, w view.Widget, value string, required bool) view.Input {
	return f.named(name, name, formName(name), w, value, required)
}

// formName keeps the new address of a unit apart from the parameter of the route.
func formName(name string) string {
	if name == "slug" {
		return "new_slug"
	}
	return name
}

func (f *fielding) named(field, text, control string, w view.Widget, value string, required bool) view.Input {
	in := view.Input{
		ID: "orga-" + control, Name: control, Label: f.q.tr("web.orga_" + text), Help: f.q.tr("web.orga_" + text + "_help"), Widget: w, Value: value, Required: required,
	}
	for _, e := range f.bad {
		if e.Name == field {
			m := e.Msg
			in.Err = &m
			f.v.Errors = append(f.v.Errors, view.FormError{ID: in.ID, Label: in.Label, Msg: m})
			break
		}
	}
	return in
}

func (f *fielding) unit(name, value string, required bool) view.Input {
	in := f.input(name, view.WidgetPage, value, required)
	in.Kinds = "unit"
	return in
}

func (f *fielding) section(legend string, inputs ...view.Input) {
	f.v.Sections = append(f.v.Sections, view.FormSection{Legend: legend, Inputs: inputs})
}

// part makes the controls of one part of a split.
func (f *fielding) part(i int, p orga.Part, kinds []view.Option) {
	n := itoa(i)
	at := func(name string) string { return "parts." + n + "." + name }
	to := f.named(at("to"), "part_to", "to"+n, view.WidgetPage, p.To, i == 0)
	to.Kinds = "unit"
	ks := f.named(at("kinds"), "part_kinds", "kinds"+n, view.WidgetCheckboxes, "", false)
	for _, k := range kinds {
		k.Selected = slices.Contains(p.Kinds, k.Value)
		ks.Options = append(ks.Options, k)
	}
	pages := f.named(at("pages"), "part_pages", "pages"+n, view.WidgetLines, "", false)
	pages.Values, pages.Lines = p.Pages, 3
	f.section(f.q.tr("web.reorganise_part")+" "+itoa(i+1), to, ks, f.named(at("tag"), "part_tag", "tag"+n, view.WidgetText, p.Tag, false),
		f.named(at("role"), "part_role", "role"+n, view.WidgetText, p.Role, false), pages)
}
