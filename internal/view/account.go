package view

import (
	"time"

	"lernraum/internal/errs"
)

// Login is the sign-in page: POST /login with login, password, return; a demo role with role, return.
type Login struct {
	Shell
	Login     string
	Return    string
	Err       *errs.Message
	DemoRoles []DemoRole
	Providers []LoginProvider
	Local     bool // a password signs in here
}

// LoginProvider is an identity provider one can sign in at.
type LoginProvider struct {
	Label string
	URL   string // GET
	Away  bool   // it did not answer a moment ago
}

// DemoRole is a role of the demo to sign in as by a click.
type DemoRole struct {
	Key   string
	Label string
	Help  string
}

// Setup makes the first administrator: POST /setup with token, login, name, password. The ids of its controls
// are "setup-" + name.
type Setup struct {
	Shell
	Token  string
	Login  string
	Name   string
	Errors []FormError
}

// Account is the page of the signed-in person: POST /account/password with current, password (ids
// "account-" + name), POST /logout, POST /account/sessions/end.
type Account struct {
	Shell
	Name   string
	Label  string
	Roles  []string // in the reader's language
	Units  []Link
	Spaces []Link
	Local  bool // has a password here
	// What an identity provider says of the person, and its key.
	Organisation, Mail, Provider string
	// Sessions are ended with POST /account/sessions/others, …/:id/end and …/end for all.
	Sessions []SessionLine
	Asked    []RequestRow // requests for access, newest first
	Errors   []FormError
	Done     bool // the password was changed
}

// SessionLine is a sign-in of an account; EndURL takes a POST and is "" for the one that asks.
type SessionLine struct {
	Device  string
	Network string
	Since   time.Time
	Seen    time.Time
	Until   time.Time
	This    bool
	EndURL  string
}

func (*Login) view() string   { return "login" }
func (*Setup) view() string   { return "setup" }
func (*Account) view() string { return "account" }
