package view

import (
	"strings"

	"lernraum/internal/errs"
)

// Primary names the one action of a page that stands out: "confirm" when the check is overdue, else the key
// of the next possible state of a page on its path, else "edit".
func (w *Wiki) Primary() string {
	if w.Trust.Overdue && w.Actions.ConfirmURL != "" {
		return "confirm"
	}
	for _, t := range w.Actions.Transitions {
		if w.ahead(t) && len(t.Blocked) == 0 {
			return t.Key
		}
	}
	return "edit"
}

// ahead tells whether a transition is the way on: of a page with a path, or of a draft.
func (w *Wiki) ahead(t Transition) bool { return (len(w.Stages) > 0 || w.Trust.Draft) && !t.Aside }

// TransitionItem is a transition with all its form needs.
type TransitionItem struct {
	Transition
	URL      string
	Revision int
	Primary  bool
	Form     *TransitionForm // what was typed when it was refused
}

// Ahead are the transitions that lead on; they stand in sight.
func (w *Wiki) Ahead() []TransitionItem { return w.items(true) }

// Asides are the others; they stand in a closed group.
func (w *Wiki) Asides() []TransitionItem { return w.items(false) }

func (w *Wiki) items(ahead bool) []TransitionItem {
	var out []TransitionItem
	primary := w.Primary()
	for _, t := range w.Actions.Transitions {
		if w.ahead(t) == ahead {
			out = append(out, w.item(t, ahead && t.Key == primary))
		}
	}
	return out
}

func (w *Wiki) item(t Transition, primary bool) TransitionItem {
	item := TransitionItem{Transition: t, URL: w.Actions.TransitionURL, Revision: w.Revision, Primary: primary}
	if w.Transition != nil && w.Transition.Key == t.Key {
		item.Form = w.Transition
	}
	return item
}

// Objections holds the form of "this is no longer right" where it is offered.
func (w *Wiki) Objections() []TransitionItem {
	if w.Actions.Objection == nil {
		return nil
	}
	return []TransitionItem{w.item(*w.Actions.Objection, false)}
}

// Homeless is a refused step that has no form on the page any more, since the page has moved on meanwhile: what
// was typed for it is shown on its own.
func (w *Wiki) Homeless() *TransitionForm {
	if w.Transition == nil {
		return nil
	}
	if w.Actions.Objection != nil && w.Actions.Objection.Key == w.Transition.Key {
		return nil
	}
	for _, t := range w.Actions.Transitions {
		if t.Key == w.Transition.Key && len(t.Blocked) == 0 {
			return nil
		}
	}
	return w.Transition
}

// AsideOpen tells that the closed group must be open: a transition in it was refused.
func (w *Wiki) AsideOpen() bool {
	for _, t := range w.Asides() {
		if t.Form != nil {
			return true
		}
	}
	return false
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
