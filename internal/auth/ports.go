package auth

import (
	"context"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
)

// User is an account.
type User struct {
	ID           string // ULID, permanent
	Login        string // normalised by NormalLogin, unique; compared byte for byte
	Name         string // as the person wants to be called
	Label        string // role or unit in words, as history shows it: "Referat Z 2"
	PasswordHash string // argon2id in PHC form; "" for an account nobody can sign in to with a password
	Disabled     bool
	Roles        []access.Role                // sorted, unique; with what is Given
	Units        []string                     // slugs, sorted, unique
	Spaces       map[string]access.Membership // by hand, by what is Given, and through Units that belong to the space
	CreatedAt    time.Time

	// Of people who sign in at an identity provider; empty for local accounts.
	Provider     string // key of the provider
	Issuer       string // with Subject what the account is known by
	Subject      string
	Organisation string
	Mail         string    // for display
	MailVerified bool      // the provider says so: only then mail is sent there
	VouchedAt    time.Time // when the provider last said what stands here; zero for local accounts
	Given        Rights    // the part of the rights above that follows from groups of the provider
}

// Rights are roles, units and memberships.
type Rights struct {
	Roles  []access.Role // sorted, unique
	Units  []string      // sorted, unique
	Spaces map[string]access.Membership
}

// Hash is the SHA-256 of a token. Tokens themselves are never stored.
type Hash [32]byte

// Session is one sign-in of a user.
type Session struct {
	Hash      Hash // of the token in the cookie
	UserID    string
	CreatedAt time.Time
	SeenAt    time.Time // written at most every five minutes
	ExpiresAt time.Time // the absolute end; the idle end follows from SeenAt

	ID          string    // names the session where it is listed and ended; it opens nothing
	ConfirmedAt time.Time // when the person last showed who they are
	Device      string    // families of browser and system: "firefox windows"
	Network     string    // the address without its end, to be recognised by its owner

	// Of sessions that began at an identity provider.
	Provider    string    // its key, "" for others
	SID         string    // what the provider calls the session, "" when it does not say
	ReadAt      time.Time // when the groups were read
	Refreshable bool      // they can be read again without the person
	Tokens      []byte    // sealed; SessionUser leaves it out
}

// Store keeps accounts and sessions. Errors: errs.NotFound for a user, session or token that is not there,
// errs.Conflict for a login that is taken; anything else is internal. Every method is safe for concurrent
// use, and one call is one transaction; the events that tell of a change are recorded in it.
type Store interface {
	ProviderStore
	SessionStore
	PeopleStore
	TokenStore

	// Record adds events that change nothing to the audit log: what was refused.
	Record(ctx context.Context, events ...audit.Event) error

	// CreateUser stores a new account with its roles, units and memberships.
	CreateUser(ctx context.Context, u User, events ...audit.Event) error
	// UserByLogin and User load one account, disabled ones too. UserByLogin takes a normalised login.
	UserByLogin(ctx context.Context, login string) (User, error)
	User(ctx context.Context, id string) (User, error)
	// Users lists all accounts by login.
	Users(ctx context.Context) ([]User, error)
	// The setters replace the value of one account; NotFound when there is no such account.
	SetPassword(ctx context.Context, userID, hash string, events ...audit.Event) error
	SetRoles(ctx context.Context, userID string, roles []access.Role, events ...audit.Event) error
	SetUnits(ctx context.Context, userID string, units []string, events ...audit.Event) error
	SetDisabled(ctx context.Context, userID string, disabled bool, events ...audit.Event) error
	// SetMembership replaces the membership in one space; access.None removes it. An unknown space is NotFound.
	SetMembership(ctx context.Context, userID, space string, m access.Membership, events ...audit.Event) error

	// MemberCounts counts the members and managers of each space; spaces without any are left out.
	MemberCounts(ctx context.Context) (map[string]MemberCount, error)

	// CreateSession stores a session.
	CreateSession(ctx context.Context, s Session, events ...audit.Event) error
	// SessionUser loads a session and its account in one go. It does not judge: expired sessions and
	// disabled accounts are returned as they are.
	SessionUser(ctx context.Context, hash Hash) (Session, User, error)
	// TouchSession moves SeenAt; no error when the session has gone meanwhile.
	TouchSession(ctx context.Context, hash Hash, seen time.Time) error
	// DeleteSession and DeleteSessionsOf end one or all sessions of an account; no error when there are none.
	DeleteSession(ctx context.Context, hash Hash, events ...audit.Event) error
	DeleteSessionsOf(ctx context.Context, userID string, events ...audit.Event) error
	// DeleteExpiredSessions removes sessions with ExpiresAt <= now or SeenAt <= idleSince and says how many.
	DeleteExpiredSessions(ctx context.Context, now, idleSince time.Time) (int, error)

	// CreateSetupToken stores the hash of a set-up token in place of every earlier one.
	CreateSetupToken(ctx context.Context, hash Hash, expires time.Time) error
	// UseSetupToken removes the token if it is there and now < expires; else NotFound. Of two concurrent
	// calls exactly one succeeds.
	UseSetupToken(ctx context.Context, hash Hash, now time.Time, events ...audit.Event) error
}
