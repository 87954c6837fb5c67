package view

import (
	"time"

	"lernraum/internal/errs"
)

// Accounts lists the accounts: GET /admin/people with q, provider, role, state.
type Accounts struct {
	Shell
	Text     string
	Filters  []Filter
	Filtered bool
	Rows     []PersonLine
	Pager    Pager
	NewURL   string
}

// PersonLine is an account in a list.
type PersonLine struct {
	Link
	Login        string
	Label        string
	Organisation string
	Provider     string // in words
	Roles        []string
	Closed       bool
}

// NewPerson is the form for a local account: POST /admin/people/new with login, name, label, role (several), unit. The
// ids of its controls are "person-" + name.
type NewPerson struct {
	Shell
	Login  string
	Name   string
	Label  string
	Roles  []Option
	Unit   string
	Errors []FormError
}

// Person is an account for administrators: POST to its address with name, label, role (several), unit (several),
// add_unit; below it /close, /open, /link, /sessions/end, and POST /admin/sessions/:id/end.
type Person struct {
	Shell
	ID           string
	Name         string
	Label        string
	Login        string
	Provider     string // in words
	Local        bool   // name and password are kept here
	HasPassword  bool
	Organisation string
	Mail         string
	MailVerified bool
	Created      time.Time
	Closed       bool
	Link         string // to set a password with; in the answer that made it only
	LinkErr      *errs.Message

	Typed      PersonTyped
	GivenRoles []string // by groups of the provider, in words
	GivenUnits []Link
	Spaces     []PersonSpace
	Sessions   []SessionLine
	Tokens     []TokenLine
	Errors     []FormError
}

// PersonTyped is what the form of an account holds.
type PersonTyped struct {
	Name    string
	Label   string
	Roles   []Option
	Units   []Option
	AddUnit string
}

// PersonSpace is a membership.
type PersonSpace struct {
	Link
	Level string // in words
}

// Roles tells what each role may and who has it.
type Roles struct {
	Shell
	List []RoleInfo
}

// RoleInfo is one role.
type RoleInfo struct {
	Key      string
	Label    string
	Help     string
	Everyone bool // comes with signing in
	Holders  []Link
	Total    int
	MoreURL  string
}

// SetPassword is the form behind a one-time link: POST /login/password with token, password. Login "" is a link that is
// no longer good.
type SetPassword struct {
	Shell
	Token  string
	Login  string
	Errors []FormError
}

func (*Accounts) view() string    { return "accounts" }
func (*NewPerson) view() string   { return "personnew" }
func (*Person) view() string      { return "accountof" }
func (*Roles) view() string       { return "roles" }
func (*SetPassword) view() string { return "setpassword" }
