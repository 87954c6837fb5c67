package view

import "lernraum/internal/errs"

// fill completes a view with what the catalogue knows and with what follows from its content.

func (f *Form) fill(*catalogue) {
	f.Fault = f.Fault || len(f.Errors) > 0 || f.Conflict != nil || f.Notice != nil && f.Notice.Tone == "danger"
}

func (l *Login) fill(*catalogue)   { l.Fault = l.Fault || l.Err != nil }
func (s *Setup) fill(*catalogue)   { s.Fault = s.Fault || len(s.Errors) > 0 }
func (a *Account) fill(*catalogue) { a.Fault = a.Fault || len(a.Errors) > 0 }

func (w *Wiki) fill(*catalogue) {
	entry := w.KPI != nil && w.KPI.Entry != nil && len(w.KPI.Entry.Errors) > 0
	w.Fault = w.Fault || w.AttachErr != nil || entry || w.Transition != nil && len(w.Transition.Err) > 0
}

func (f *SpaceForm) fill(c *catalogue) {
	f.Fault = f.Fault || len(f.Errors) > 0
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
