package view

import (
	"time"

	"lernraum/internal/errs"
)

// Ask asks before something that cannot simply be undone: what it touches, and a reason (POST reason and Hidden).
// Refused says why it cannot be done; there is no form then.
type Ask struct {
	Shell
	Heading    errs.Message
	Text       errs.Message
	Notes      []errs.Message // what follows from it
	Lists      []AskList      // what it touches
	Refused    errs.Message
	Action     string // POST
	Hidden     []Hidden
	Inputs     []Input // further controls, before the reason
	NoReason   bool    // asks for no reason
	Reason     string
	ReasonHelp string
	Button     errs.Message
	Danger     bool
	CancelURL  string
	Errors     []FormError // id of the control: "ask-reason"
}

// AskList is one group of what is touched.
type AskList struct {
	Title string
	Items []Link
	More  int // further ones that are not listed
}

// Bin lists the deleted pages of a space, newest first.
type Bin struct {
	Shell
	Space Link
	Items []BinItem
	Days  int // how long they stay
}

// BinItem is a deleted page. Restore takes POST; PurgeURL is a page that asks (GET).
type BinItem struct {
	Title, Kind string
	At          time.Time
	By          string
	Reason      string
	Left        errs.Message // how long it can be restored
	RestoreURL  string
	PurgeURL    string
}

func (*Ask) view() string { return "ask" }
func (*Bin) view() string { return "bin" }

func (v *Ask) fill(c *catalogue) {
	v.Fault = v.Fault || len(v.Errors) > 0
	if v.Title == "" {
		v.Title = c.message(v.Heading)
	}
}
