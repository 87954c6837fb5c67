package view

import "time"

// Tokens is what a person has of API tokens: POST /account/tokens with name, scope (several), kpis, days makes one. The
// ids of its controls are "token-" + name. Secret is the new token, in the answer to that POST only.
type Tokens struct {
	Shell
	List   []TokenLine
	Secret string
	Made   TokenLine
	Name   string
	Scopes []Option
	KPIs   string
	Days   []Option
	Errors []FormError
}

// TokenLine is one API token. RevokeURL takes a POST.
type TokenLine struct {
	Name      string
	Scopes    []string // in words
	Owner     Link     // in the list of all
	Created   time.Time
	Expires   time.Time
	Used      time.Time // a day; zero: never
	Over      bool
	RevokeURL string
}

// AdminTokens lists the tokens of all accounts.
type AdminTokens struct {
	Shell
	List  []TokenLine
	Pager Pager
}

func (*Tokens) view() string      { return "tokens" }
func (*AdminTokens) view() string { return "admintokens" }
