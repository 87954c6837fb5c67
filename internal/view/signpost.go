package view

import "lernraum/internal/errs"

// Signpost is a short page on the way of signing in or out: what has happened, and where it goes on.
type Signpost struct {
	Shell
	Heading errs.Message
	Text    errs.Message
	Reason  string // a word for whoever is asked for help; "" shows none
	Ways    []Link // the first is the one most people want
}

func (*Signpost) view() string { return "signpost" }

func (v *Signpost) fill(c *catalogue) {
	if v.Title == "" {
		v.Title = c.message(v.Heading)
	}
}
