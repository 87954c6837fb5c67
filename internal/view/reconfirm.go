package view

import "lernraum/internal/errs"

// Reconfirm asks somebody who is signed in to show again who they are, before something sensitive. It sends the
// control "lr_confirm" to Action, with what they had typed as hidden controls.
type Reconfirm struct {
	Shell
	Way         string // "password", "provider", "demo" or "anew"
	Action      string // POST
	Hidden      []Hidden
	Kept        bool // Hidden is a form that was sent
	ProviderURL string
	Provider    string // in words
	ProviderKey string
	CancelURL   string
	Err         *errs.Message
}

func (*Reconfirm) view() string { return "reconfirm" }

// Reconfirmed says in a tab of its own that it can be closed.
type Reconfirmed struct{ Shell }

func (*Reconfirmed) view() string { return "reconfirmed" }
