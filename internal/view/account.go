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
// "account-" + name), POST /logout, POST of SessionRow.EndURL.
type Account struct {
	Shell
	Login    string
	Name     string
	Label    string
	Roles    []string // in the reader's language
	Units    []Link
	Spaces   []Link
	Sessions []SessionRow
	Local    bool // has a password here
	Errors   []FormError
	Done     bool // the password was changed
}

// SessionRow is one sign-in.
type SessionRow struct {
	Created time.Time
	Seen    time.Time
	Current bool
	EndURL  string // POST
}

func (*Login) view() string   { return "login" }
func (*Setup) view() string   { return "setup" }
func (*Account) view() string { return "account" }
