package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// pageForm draws the form of a page from the declaration of its kind and the values that were typed.
type pageForm struct {
	q      *request
	k      *kind.Kind
	v      url.Values
	new    bool
	errs   []errs.Field
	labels map[string]string // label of each control, for the summary of mistakes
	order  []string          // ids in the order of the form
}

func controlID(name string) string {
	return "f-" + strings.NewReplacer(".", "-", "_", "-").Replace(name)
}

func (f *pageForm) err(name string) *errs.Message {
	for _, e := range f.errs {
		if e.Name == name {
			return &e.Msg
		}
	}
	return nil
}

// hasErr tells whether the control or one below it has a message.
func (f *pageForm) hasErr(name string) bool {
	return slices.ContainsFunc(f.errs, func(e errs.Field) bool { return e.Name == name || strings.HasPrefix(e.Name, name+".") })
}

func (f *pageForm) input(name, label, help string, w view.Widget) view.Input {
	id := controlID(name)
	f.labels[name] = label
	f.order = append(f.order, name)
	return view.Input{ID: id, Name: name, Label: label, Help: help, Widget: w, Value: f.v.Get(name), Err: f.err(name)}
}

func (f *pageForm) t(key string) string { return f.q.tr("web.form_" + key) }

// sections lays the form out: what is required first, then the groups of the kind, text, relations, the rest.
func (f *pageForm) sections() ([]view.FormSection, error) {
	main := view.FormSection{Key: "main", Legend: f.t("main"), Open: true, Main: true}
	title := f.input("title", f.t("title"), f.t("title_help"), view.WidgetText)
	title.Required, title.MaxLength = true, wiki.MaxTitle
	main.Inputs = append(main.Inputs, title)
	if f.new {
		space, err := f.spaceInput()
		if err != nil {
			return nil, err
		}
		main.Inputs = append(main.Inputs, space)
	}
	out := []view.FormSection{main}
	for _, sec := range f.k.Sections {
		s := view.FormSection{Key: sec.Key, Legend: f.q.text(sec.Label), Help: f.q.text(sec.Help)}
		for i := range sec.Fields {
			field := &sec.Fields[i]
			in := f.field(field, "fields."+field.Key)
			if field.Required {
				out[0].Inputs = append(out[0].Inputs, in)
				continue
			}
			s.Open = s.Open || f.filled(in) || f.hasErr(in.Name)
			s.Inputs = append(s.Inputs, in)
		}
		if len(s.Inputs) > 0 {
			out = append(out, s)
		}
	}
	out = append(out, f.body(), f.relations(), f.details())
	return out, nil
}

func (f *pageForm) filled(in view.Input) bool {
	return in.Value != "" || len(in.Rows) > 0 || slices.ContainsFunc(in.Options, func(o view.Option) bool { return o.Selected && o.Value != "" })
}

func (f *pageForm) spaceInput() (view.Input, error) {
	in := f.input("space", f.t("space"), f.t("space_help"), view.WidgetSelect)
	in.Required = true
	spaces, err := f.q.s.Wiki.Writable(f.q.ctx(), f.q.actor)
	if err != nil {
		return in, err
	}
	if len(spaces) > 1 {
		in.Options = append(in.Options, view.Option{Value: "", Label: f.t("choose")})
	}
	if !f.q.actor.SignedIn() && in.Value != "" { // the session has ended: what was chosen stays
		in.Options = append(in.Options, view.Option{Value: in.Value, Label: in.Value, Selected: true})
	}
	for _, sp := range spaces {
		in.Options = append(in.Options, view.Option{Value: sp.Key, Label: sp.Title, Selected: sp.Key == in.Value || len(spaces) == 1})
	}
	return in, nil
}

func (f *pageForm) body() view.FormSection {
	label := or(f.q.text(f.k.BodyLabel), f.t("body"))
	in := f.input("body", label, or(f.q.text(f.k.BodyHelp), f.t("body_help")), view.WidgetMarkdown)
	in.Lines = 16
	return view.FormSection{Key: "body", Legend: label, Open: true, Inputs: []view.Input{in}}
}

func (f *pageForm) relations() view.FormSection {
	s := view.FormSection{Key: "relations", Legend: f.t("relations"), Help: f.t("relations_help")}
	for _, rel := range f.q.s.Wiki.Kinds().RelationsFor(f.k.Key) {
		in := f.input("relations."+rel.Key, f.q.text(rel.Out), f.q.text(rel.Help), view.WidgetLines)
		in.Values, in.Lines, in.Kinds = lines(in.Value), 2, strings.Join(rel.Targets, ",")
		s.Open = s.Open || in.Value != "" || in.Err != nil
		s.Inputs = append(s.Inputs, in)
	}
	return s
}

func (f *pageForm) details() view.FormSection {
	s := view.FormSection{Key: "details", Legend: f.t("details"), Help: f.t("details_help")}
	summary := f.input("summary", f.t("summary"), f.t("summary_help"), view.WidgetTextarea)
	summary.MaxLength, summary.Lines = wiki.MaxSummary, 3
	tags := f.input("tags", f.t("tags"), f.t("tags_help"), view.WidgetText)
	owner := f.input("owner", f.t("owner"), f.t("owner_help"), view.WidgetPage)
	owner.Kinds = "unit"
	due := f.input("review_due", f.t("review_due"), f.t("review_due_help"), view.WidgetDate)
	lang := f.input("lang", f.t("lang"), "", view.WidgetSelect)
	for _, l := range []string{"de", "en"} {
		lang.Options = append(lang.Options, view.Option{Value: l, Label: f.q.tr("web.lang_" + l), Selected: or(lang.Value, f.q.lang) == l})
	}
	statement := f.input("statement", f.t("statement"), f.t("statement_help"), view.WidgetSelect)
	for _, st := range []string{"agreed", "personal"} {
		statement.Options = append(statement.Options, view.Option{Value: st, Label: f.q.tr("web.statement_" + st), Selected: or(statement.Value, "agreed") == st})
	}
	slug := f.input("slug", f.t("slug"), f.t("slug_help"), view.WidgetText)
	slug.MaxLength = 80
	s.Inputs = []view.Input{summary, tags, owner, due, lang, statement, slug}
	for _, in := range s.Inputs {
		s.Open = s.Open || in.Err != nil
	}
	return s
}

// field draws one field of the kind by its type.
func (f *pageForm) field(field *kind.Field, name string) view.Input {
	in := f.input(name, f.q.text(field.Label), f.q.text(field.Help), view.WidgetText)
	in.Required, in.Unit = field.Required, f.q.text(field.Unit)
	switch field.Type {
	case kind.TypeMarkdown:
		in.Widget, in.Lines = view.WidgetTextarea, 4
	case kind.TypeDate:
		in.Widget = view.WidgetDate
		if field.Precision == "any" {
			in.Widget, in.Help = view.WidgetText, strings.TrimSpace(in.Help+" "+f.t("date_any"))
		}
	case kind.TypeNumber:
		in.Widget = view.WidgetNumber
	case kind.TypeURL:
		in.Widget = view.WidgetURL
	case kind.TypeEmail:
		in.Widget = view.WidgetEmail
	case kind.TypePhone:
		in.Widget = view.WidgetTel
	case kind.TypePage:
		in.Widget, in.Kinds = view.WidgetPage, strings.Join(field.Kinds, ",")
	case kind.TypeChoice:
		f.choice(field, &in)
	case kind.TypeList:
		f.rows(field, &in)
	}
	if field.Many && field.Type != kind.TypeChoice {
		in.Widget, in.Values, in.Lines = view.WidgetLines, lines(in.Value), 3
	}
	return in
}

func (f *pageForm) choice(field *kind.Field, in *view.Input) {
	chosen := f.v[in.Name]
	in.Widget = view.WidgetSelect
	switch {
	case field.Many:
		in.Widget = view.WidgetCheckboxes
	case len(field.Choices) <= 4 && field.Required:
		in.Widget = view.WidgetRadios
	default:
		in.Options = append(in.Options, view.Option{Value: "", Label: f.t("none")})
	}
	for _, s := range chosen { // a value from before the kind changed stays to be seen and kept
		if s != "" && !slices.ContainsFunc(field.Choices, func(c kind.Choice) bool { return c.Key == s }) {
			in.Options = append(in.Options, view.Option{Value: s, Label: s + " " + f.t("no_longer"), Selected: true})
		}
	}
	for _, c := range field.Choices {
		in.Options = append(in.Options, view.Option{Value: c.Key, Label: f.q.text(c.Label), Help: f.q.text(c.Help), Selected: slices.Contains(chosen, c.Key)})
	}
}

func (f *pageForm) rows(field *kind.Field, in *view.Input) {
	in.Widget, in.Value, in.Add = view.WidgetList, "", f.t("add_row")
	for _, i := range rowNumbers(in.Name, f.v) {
		row := view.InputRow{Legend: fmt.Sprintf("%s, %s %d", in.Label, f.q.tr("web.record_number"), len(in.Rows)+1), Remove: fmt.Sprintf("remove:%s:%d", in.Name, i)}
		for j := range field.Fields {
			row.Inputs = append(row.Inputs, f.field(&field.Fields[j], fmt.Sprintf("%s.%d.%s", in.Name, i, field.Fields[j].Key)))
		}
		in.Rows = append(in.Rows, row)
	}
}

// view draws the whole form. It must run sections before it can name mistakes by their labels.
func (f *pageForm) view(action, cancel string, revision int) (*view.Form, error) {
	f.labels = map[string]string{}
	title := f.q.text(f.k.New)
	if !f.new {
		title = f.t("edit") + " " + f.v.Get("title")
	}
	out := &view.Form{
		Shell: f.q.shell(f.k.Group, title), Kind: f.q.text(f.k.Label), KindKey: f.k.Key, KindHelp: f.q.text(f.k.Help), Example: f.q.text(f.k.Example),
		New: f.new, Action: action, CancelURL: cancel, Revision: revision,
	}
	out.Hidden = []view.Hidden{{Name: "kind", Value: f.k.Key}} // of an edit too: for when its session has ended
	sections, err := f.sections()
	if err != nil {
		return nil, err
	}
	out.Sections = sections
	if !f.new { // a new page has no history to comment on
		note := f.input("comment", f.t("comment"), f.t("comment_help"), view.WidgetText)
		note.MaxLength = wiki.MaxComment
		out.Note = &note
	}
	for _, name := range f.order { // one message a control, the one that stands there
		if m := f.err(name); m != nil {
			out.Errors = append(out.Errors, view.FormError{ID: controlID(name), Label: f.labels[name], Msg: *m})
		}
	}
	for _, e := range f.errs { // messages that belong to no control still must be read
		if _, ok := f.labels[e.Name]; !ok {
			out.Errors = append(out.Errors, view.FormError{Msg: e.Msg})
		}
	}
	return out, nil
}
