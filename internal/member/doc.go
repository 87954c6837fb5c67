// Package member owns who belongs to a space: persons and units with their level, requests for access to what is closed,
// and the words that say who may do what, and why. It refuses to decide rights (package access does) and to know how
// people sign in.
package member

import (
	"context"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
)

// The sources of a right in a space.
const (
	ByHand     = "hand"
	ByProvider = "provider" // follows from groups of an identity provider
	ByUnit     = "unit"     // the person belongs to a unit that belongs to the space
)

// Right is one right of a person in a space and where it comes from.
type Right struct {
	Level  access.Membership
	Source string
	Unit   string // slug, of rights by unit
}

// Person is an account, and its rights in a space if it has any.
type Person struct {
	ID, Login, Name, Label string
	Disabled               bool
	Rights                 []Right
}

// Level is the highest level of the person's rights.
func (p Person) Level() access.Membership {
	level := access.None
	for _, r := range p.Rights {
		level = max(level, r.Level)
	}
	return level
}

// Unit is a unit that belongs to a space.
type Unit struct {
	Slug   string
	Level  access.Membership
	People int // accounts that name it and can sign in
}

// State is how a request for access stands.
type State string

// The states of a request.
const (
	Open     State = "open"
	Accepted State = "accepted"
	Declined State = "declined"
)

// Request is a request for access to a space.
type Request struct {
	ID         string // ULID
	Space      string
	Person     Person // without rights
	Reason     string
	State      State
	AskedAt    time.Time
	AnsweredAt time.Time
	Answer     string
}

// Store keeps memberships and requests. Every method is one transaction, and the events that tell of a change are
// recorded in it. errs.NotFound for a space, an account or a request that is not there; errs.Invalid for a change that
// would leave a restricted space without anybody who manages it.
type Store interface {
	Record(ctx context.Context, events ...audit.Event) error
	// SpacePeople lists the persons with a right in a space by name, each with all its sources.
	SpacePeople(ctx context.Context, space string) ([]Person, error)
	// SpaceUnits lists the units of a space.
	SpaceUnits(ctx context.Context, space string) ([]Unit, error)
	// FindPeople looks for accounts that can sign in by a part of login or name; login first when it is the whole of one.
	FindPeople(ctx context.Context, text string, limit int) ([]Person, error)
	UserByLogin(ctx context.Context, login string) (auth.User, error)
	// SetMembership and SetUnitMembership replace what was set by hand; access.None removes it.
	SetMembership(ctx context.Context, userID, space string, m access.Membership, events ...audit.Event) error
	SetUnitMembership(ctx context.Context, unit, space string, m access.Membership, events ...audit.Event) error

	// AddRequest stores a request; errs.Conflict when the person has an open one for that space.
	AddRequest(ctx context.Context, r Request, events ...audit.Event) error
	// Request reads one; Requests those of a space, RequestsOf those of a person, newest first.
	Request(ctx context.Context, id string) (Request, error)
	Requests(ctx context.Context, space string) ([]Request, error)
	RequestsOf(ctx context.Context, userID string) ([]Request, error)
	// CountRequests counts the open requests by space.
	CountRequests(ctx context.Context) (map[string]int, error)
	// AnswerRequest answers an open request and, when it is accepted, gives the level unless the person has a higher one.
	// errs.Conflict when it was answered meanwhile.
	AnswerRequest(ctx context.Context, r Request, level access.Membership, events ...audit.Event) error
}

// Sessions is told when rights of others than one account have changed.
type Sessions interface{ Forget() }

// Service is the use cases. Its methods may be called concurrently.
type Service struct {
	store    Store
	sessions Sessions
	now      func() time.Time
}

// New makes a Service.
func New(store Store, sessions Sessions, now func() time.Time) *Service {
	return &Service{store: store, sessions: sessions, now: now}
}
