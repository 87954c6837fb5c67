package view

import (
	"time"

	"lernraum/internal/errs"
)

// People is who belongs to a space: GET with q finds people; POST person or unit, level ("member", "manager"). The ids of
// its controls are "people-" + name.
type People struct {
	Shell
	Action   string
	Persons  []PersonRow
	Units    []UnitRow
	Sought   string
	Searched bool
	Found    []PersonRow
	Unit     string // as typed
	Levels   []Option
	Requests Link // to the open requests; no URL where there are none
	Waiting  int
	Errors   []FormError
}

// PersonRow is a person in a list.
type PersonRow struct {
	ID       string
	Name     string
	Login    string
	Label    string
	Level    string // in words, "" for none
	Sources  []string
	Closed   bool   // the account is closed
	ByHand   string // level by hand: "", "member", "manager"
	RemoveTo string // GET: a page that asks for confirmation
}

// UnitRow is a unit that belongs to a space.
type UnitRow struct {
	Unit     Link
	Slug     string
	Level    string // in words
	Manager  bool
	People   int
	RemoveTo string
}

// AskAccess asks for access to a closed space: POST reason (id "request-reason").
type AskAccess struct {
	Shell
	Action string
	Space  SpaceInfo
	Reason string
	Asked  bool // there is an open request
	Errors []FormError
}

// Requests are the requests for access to a space: POST request, do ("accept", "decline"), level, answer.
type Requests struct {
	Shell
	Action  string
	Open    []RequestRow
	Done    []RequestRow
	Manager bool // may make the person a manager
	Errors  []FormError
}

// RequestRow is one request for access.
type RequestRow struct {
	ID       string
	Person   PersonRow
	Space    Link
	Reason   string
	State    Badge
	Asked    time.Time
	Answered time.Time
	Answer   string // as given, or as typed
	Own      bool
}

// Access says who sees a page, and why. Explain is the address that takes login, "" for those who may not ask.
type Access struct {
	Shell
	Page    PageRef
	Rows    []AccessRow
	Explain string
	Login   string
	Who     string // of whom Verdicts tell
	Verdict []AccessVerdict
	Errors  []FormError
}

// AccessRow is one question with its answers.
type AccessRow struct {
	Question string
	Lines    []errs.Message
}

// AccessVerdict is what one person may do.
type AccessVerdict struct {
	What string
	Yes  bool
	Why  string
}

func (*People) view() string    { return "people" }
func (*AskAccess) view() string { return "askaccess" }
func (*Requests) view() string  { return "requests" }
func (*Access) view() string    { return "access" }

// Control is the id of the control that takes the answer.
func (r RequestRow) Control() string { return "request-" + r.ID }
