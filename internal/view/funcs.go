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
		"jobname":  func(key string) string { return c.text("view.job." + key) },
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
		"unitinput":  func(in Input) Input { in.Kinds = "unit"; return in },
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
