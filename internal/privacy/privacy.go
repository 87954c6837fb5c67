// Package privacy owns what the program does for the rights of persons: a copy of one's own data, erasure, and the terms
// after which data goes. It refuses to read texts on behalf of an administrator: where a name stands in a closed space
// is told to those who answer for that space.
package privacy

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// Former is what histories show in place of a role that names somebody who is gone; {n} is the number.
const Former = "Ehemaliges Mitglied #{n}"

// Place tells where a name stands.
type Place string

// The places.
const (
	InText  Place = "text"  // of the revisions First…Last
	InFile  Place = "file"  // the name of a file or its alternative text
	InValue Place = "value" // the note or the source of a value
)

// Trace is where the name of a person stands in what was written.
type Trace struct {
	Page        page.ID
	Title       string
	Space, Slug string
	Draft       bool
	Deleted     bool // the page lies in the bin
	Place       Place
	First, Last int  // revisions, for InText
	Newest      bool // Last is the newest revision
	N           int  // of the tombstone, when the person is gone
}

// Store is what the use cases need of the database. Each method is one transaction.
type Store interface {
	User(ctx context.Context, id string) (auth.User, error)
	// Traces looks for the name of a person in all texts, of deleted pages too. It applies no scope.
	Traces(ctx context.Context, u auth.User) ([]Trace, error)
	// Erase removes an account and gives the number of its tombstone. errs.Invalid for the last administrator.
	Erase(ctx context.Context, userID string, traces []Trace, events ...audit.Event) (int, error)
	// NameTraces lists where names of erased persons still stand in the texts of a space; "" means all.
	NameTraces(ctx context.Context, space string) ([]Trace, error)
	// SettleTrace takes an entry off that list.
	SettleTrace(ctx context.Context, t Trace) error
	// OwnData walks over what is kept of a person, table by table; revisions only of pages the scope may read.
	OwnData(ctx context.Context, scope access.Scope, userID string, fn func(table string, row map[string]any) error) error

	ErasePersons(ctx context.Context, before time.Time) (int, error)
	CutAudit(ctx context.Context, before time.Time) (int, error)
	Expire(ctx context.Context, what string, before time.Time, dry bool) (int, error)
	Scrub(ctx context.Context) error
	Record(ctx context.Context, events ...audit.Event) error
}

// Pages is what the use cases need of the pages.
type Pages interface {
	Scope(ctx context.Context, a access.Actor) (access.Scope, error)
	Space(ctx context.Context, a access.Actor, act access.Action, key string) (page.Space, error)
	MayPurge(a access.Actor, sp page.Space) bool
	PurgeOld(ctx context.Context, before time.Time, dry bool) (int, error)
}

// Options are the parts a Service works with; all are required.
type Options struct {
	Store Store
	Pages Pages
	Terms Terms
	Now   func() time.Time
}

// Service is the use cases. Its methods may be called concurrently.
type Service struct {
	Options
}

// New makes a Service.
func New(o Options) *Service { return &Service{o} }

func unknown() error { return errs.New(errs.NotFound, errs.Msg("wiki.not_found")) }

// Names tells whether a text names a person: by surname, login or mail address, as a word of its own.
func Names(u auth.User, text string) bool {
	if text == "" {
		return false
	}
	low := strings.ToLower(text)
	for _, t := range Words(u) {
		if hasWord(low, t) {
			return true
		}
	}
	return false
}

// Words are the words a person is looked for with, in lower case.
func Words(u auth.User) []string {
	words := strings.Fields(u.Name)
	list := []string{u.Login, u.Mail}
	if len(words) > 0 {
		list = append(list, words[len(words)-1])
	}
	out := list[:0]
	for _, t := range list {
		t = strings.ToLower(strings.Trim(t, " .,;"))
		if utf8.RuneCountInString(t) > 2 {
			out = append(out, t)
		}
	}
	return out
}

func hasWord(text, word string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		i += at
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(word):])
		if !letter(before) && (!letter(after) || after == 's') { // the genitive: "Lovelaces"
			return true
		}
		at = i + len(word)
	}
}

func letter(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
