package view

import (
	"html/template"
	"strings"
	"time"

	"lernraum/internal/errs"
)

// funcs are the functions of the templates, bound to one language.
func funcs(c *catalogue) template.FuncMap {
	f := &c.format
	return template.FuncMap{
		"msg":      message(c),
		"tn":       func(key string, n int) string { return c.message(errs.Msg(key, "Count", n)) },
		"date":     f.date,
		"datetime": f.datetime,
		"num":      f.num,
		"int":      func(n int) string { return f.int(int64(n)) },
		"int64":    f.int,
		"size":     f.size,
		"period":   f.period,
		"href":     href,
		"change":   func(key string) string { return c.text("view.change." + key) },

		"rangemsg": func(from, to, total int) errs.Message {
			return errs.Msg("view.pager.range", "From", from, "To", to, "Count", total)
		},
		"oldmsg": func(n int, at time.Time, newest int) errs.Message {
			return errs.Msg("view.page.old", "N", n, "Date", at, "Newest", newest)
		},
		"conflictmsg": func(by string, at time.Time, n int) errs.Message {
			return errs.Msg("view.conflict.who", "By", by, "Date", f.datetime(at), "N", n)
		},
		"nonemsg": func(q string) errs.Message { return errs.Msg("view.search.none", "Query", q) },

		"input": newInput,
		"option": func(value, label, chosen string) Option {
			return Option{Value: value, Label: label, Selected: value == chosen}
		},
		"options":    func(in Input, o ...Option) Input { in.Options = o; return in },
		"optionlist": optionList,
		"fielderr":   fieldError,
	}
}

// message takes errs.Message or a pointer to it, as the structs hold both.
func message(c *catalogue) func(any) string {
	return func(m any) string {
		switch m := m.(type) {
		case errs.Message:
			return c.message(m)
		case *errs.Message:
			if m != nil {
				return c.message(*m)
			}
		}
		return ""
	}
}

// href lets addresses of this house and the schemes http, https, mailto and tel through; html/template alone
// would refuse tel. Anything else leads nowhere.
func href(s string) template.URL {
	end := strings.IndexAny(s, ":/?#")
	if end >= 0 && s[end] == ':' {
		switch strings.ToLower(s[:end]) {
		case "http", "https", "mailto", "tel":
		default:
			return "#"
		}
	}
	return template.URL(s)
}

// newInput makes an Input of a form that is the same everywhere. Flags are "required" and a token for
// autocomplete.
func newInput(id, name, label, widget, value string, err *errs.Message, flags, help string) Input {
	in := Input{ID: id, Name: name, Label: label, Widget: Widget(widget), Value: value, Err: err, Help: help}
	for _, f := range strings.Fields(flags) {
		if f == "required" {
			in.Required = true
		} else {
			in.Autocomplete = f
		}
	}
	return in
}

func optionList(in Input, options []Option) Input {
	in.Options = make([]Option, len(options))
	for i, o := range options {
		o.Selected = o.Selected || o.Value == in.Value
		in.Options[i] = o
	}
	return in
}

func fieldError(list []FormError, id string) *errs.Message {
	for i := range list {
		if list[i].ID == id {
			return &list[i].Msg
		}
	}
	return nil
}

// Primary names the one action of a page that stands out: "confirm" when the check is overdue, else the key
// of the next possible state of a page on its path, else "edit".
func (w *Wiki) Primary() string {
	if w.Trust.Overdue && w.Actions.ConfirmURL != "" {
		return "confirm"
	}
	if len(w.Stages) > 0 || w.Trust.Draft {
		for _, t := range w.Actions.Transitions {
			if len(t.Blocked) == 0 {
				return t.Key
			}
		}
	}
	return "edit"
}

// EntryForm is what the form for a value starts with.
func (k *KPIPanel) EntryForm() *KPIEntry {
	if k.Entry != nil {
		return k.Entry
	}
	return &KPIEntry{State: "final"}
}

// Err is the message at a field of the form.
func (e *KPIEntry) Err(name string) *errs.Message {
	for i := range e.Errors {
		if e.Errors[i].Name == name {
			return &e.Errors[i].Msg
		}
	}
	return nil
}

// Height is the number of lines of a textarea.
func (in Input) Height() int {
	switch {
	case in.Lines > 0:
		return in.Lines
	case in.Widget == WidgetMarkdown:
		return 16
	default:
		return 4
	}
}

// Text is what stands in a textarea.
func (in Input) Text() string {
	if in.Widget == WidgetLines && len(in.Values) > 0 {
		return strings.Join(in.Values, "\n")
	}
	return in.Value
}

// HTMLType is the type of an input element. A number is typed as text: people write "1.234,5".
func (in Input) HTMLType() string {
	switch in.Widget {
	case WidgetDate, WidgetURL, WidgetEmail, WidgetTel, WidgetPassword, WidgetFile:
		return string(in.Widget)
	}
	return "text"
}

// DescribedBy lists the ids of help and message.
func (in Input) DescribedBy() string {
	help := in.Help != "" || in.Widget == WidgetPage || in.Widget == WidgetLines
	switch {
	case help && in.Err != nil:
		return in.ID + "-help " + in.ID + "-err"
	case help:
		return in.ID + "-help"
	case in.Err != nil:
		return in.ID + "-err"
	}
	return ""
}

func (f *SpaceForm) fill(c *catalogue) {
	if f.Title == "" {
		key := "view.title.spaceform"
		if f.New {
			key = "view.title.spaceform_new"
		}
		f.Title = c.text(key)
	}
}

func (s *Spaces) fill(c *catalogue) {
	if s.Title == "" && s.Closed {
		s.Title = c.text("view.title.spaces_closed")
	}
}

func (v *Confirm) fill(c *catalogue) {
	if v.Title == "" {
		v.Title = c.message(v.Heading)
	}
}

func (e *Error) fill(c *catalogue) {
	name := statusName(e.Status)
	if e.Heading.Key == "" {
		e.Heading = errs.Msg(name + "_title")
	}
	if e.Text.Key == "" {
		e.Text = errs.Msg(name)
	}
	if e.Title == "" {
		e.Title = c.message(e.Heading)
	}
}

// statusName is the key of the general sentence of a status; the key of its heading ends in "_title".
func statusName(status int) string {
	switch status {
	case 401:
		return "err.unauthenticated"
	case 400, 422:
		return "err.bad_request"
	case 403:
		return "err.origin"
	case 404:
		return "err.not_found"
	case 405:
		return "err.method"
	case 409:
		return "err.conflict"
	case 413:
		return "err.too_large"
	case 429:
		return "err.busy"
	case 503:
		return "err.unavailable"
	case 507:
		return "err.full"
	}
	return "err.internal"
}
