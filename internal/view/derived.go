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
