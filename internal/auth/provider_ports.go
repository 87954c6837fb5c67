package auth

import (
	"context"
	"time"

	"lernraum/internal/audit"
)

// Identity is what an identity provider says about a person, after it was checked and cut to size.
type Identity struct {
	UserID       string // of the account if one has to be made
	Login        string // likewise
	Provider     string
	Issuer       string
	Subject      string
	Name         string
	Label        string
	Organisation string
	Mail         string
	MailVerified bool
	Rights       Rights // what the groups give
}

// Flow is a way to a provider and back that has begun.
type Flow struct {
	State     Hash   // of what the provider gives back
	Browser   Hash   // of the cookie of the browser that began it
	Provider  string // key
	Detail    []byte // sealed
	ExpiresAt time.Time
}

// ProviderStore keeps what signing in at identity providers needs. The rules of Store hold.
type ProviderStore interface {
	// Enter finds the account of an identity or makes one, and replaces what the provider says of it and gives to
	// it. A disabled account is returned as it is. missing names the spaces and units that are given and do not
	// exist; they are left out. created is recorded for a new account, changed when other rights are given than
	// before, each with the account as its subject.
	Enter(ctx context.Context, id Identity, now time.Time, created, changed audit.Event) (u User, missing []string, err error)

	// CreateFlow stores a flow and removes those that are over; of too many, the oldest go.
	CreateFlow(ctx context.Context, f Flow, now time.Time) error
	// UseFlow removes the flow of a state and gives it; NotFound when there is none or it is over.
	UseFlow(ctx context.Context, state Hash, now time.Time) (Flow, error)

	// SessionTokens gives the sealed tokens of a session.
	SessionTokens(ctx context.Context, hash Hash) ([]byte, error)
	// RenewSession keeps new tokens and when the groups were read; NotFound when the session has ended.
	RenewSession(ctx context.Context, hash Hash, tokens []byte, refreshable bool, readAt time.Time) error
	// EndProviderSessions ends the sessions of a provider that belong to a subject, to a session of the provider,
	// or to both where both are given, and tells whose they were. used is the hash of the demand: Conflict when it
	// was there before; it is forgotten after until. Each event gets the account as its subject.
	EndProviderSessions(ctx context.Context, end ProviderEnd, now time.Time, e audit.Event) (userIDs []string, err error)

	// CreateSignInLink stores the hash of a one-time link for an account in place of its earlier ones.
	CreateSignInLink(ctx context.Context, hash Hash, userID string, expires time.Time, events ...audit.Event) error
	// UseSignInLink removes a link and gives the account; NotFound when there is none or it is over.
	UseSignInLink(ctx context.Context, hash Hash, now time.Time) (User, error)
}

// ProviderEnd is the demand of a provider to end sessions.
type ProviderEnd struct {
	Provider, Issuer string
	Subject, SID     string // one of them or both
	Used             Hash
	Until            time.Time
}
