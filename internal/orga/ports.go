package orga

import (
	"context"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// Unit is a unit of the organisation in its tree, with what hangs on it.
type Unit struct {
	ID       page.ID
	Slug     string
	Title    string
	Short    string
	Type     string // key of the field's choice
	Space    string
	Parent   page.ID // "" at the top
	Draft    bool
	Archived bool
	Pages    int // owned, of all spaces
	People   int
	Spaces   int
}

// Hanging is everything that hangs on one unit, of all spaces and not judged by anybody's rights: it is read for the
// service, which decides what is shown.
type Hanging struct {
	Unit       page.Page
	Slugs      []string // the unit's addresses, the current one first
	Twins      int      // other units of the same address elsewhere
	Pages      []OwnedPage
	References []Reference
	Spaces     []page.Space
	People     []Person
	Rights     []Right
	Requests   int // for access to its spaces, not answered yet
}

// OwnedPage is a page whose owner is the unit.
type OwnedPage struct {
	page.Target
	Owner     string // as it stands on the page
	Revision  int
	ReviewDue time.Time
	Tags      []string
	Deleted   bool // lies in the bin
}

// Reference is a field or relation of a page that leads to the unit, its owner apart.
type Reference struct {
	From     page.Page // without its text
	Type     page.LinkType
	Key      string
	Ref      string
	Revision int
}

// Person is somebody who belongs to the unit.
type Person struct {
	ID     string
	Name   string
	Label  string
	Unit   string // as it stands in the account
	Source string // "hand" or "provider"
	Closed bool
}

// Right is what the people of the unit are in a space.
type Right struct {
	Space string
	Unit  string
	Level int
}

// Act is a kind of reorganisation.
type Act string

// The acts.
const (
	Rename Act = "rename"
	Merge  Act = "merge"
	Split  Act = "split"
	Close  Act = "close"
)

// What tells what a Move moved.
type What string

// What can be moved. The first four change nothing in a text.
const (
	MovedOwner     What = "owner"     // of a page
	MovedSpace     What = "space"     // the unit that answers for it
	MovedMember    What = "member"    // a person, from unit to unit
	MovedRight     What = "right"     // of the people of a unit in a space
	MovedParent    What = "parent"    // of a unit below
	MovedUnit      What = "unit"      // the unit itself: its state, title or address
	MovedRelation  What = "relation"  // "supersedes" on a successor
	MovedReference What = "reference" // a field or relation that now names the successor
)

// Move is one thing that was moved, as it is kept for undoing it.
type Move struct {
	What     What
	Object   string // id of a page, key of a space, id of an account with the source of its unit ("01J…/hand")
	Was, Now string
	Revision int // of the page when it was moved; 0 elsewhere
}

// Had stands before Now of a move to something that was there before: moving it back leaves that.
const Had = "had:"

// Record is one reorganisation that was done.
type Record struct {
	ID       string
	At       time.Time
	Act      Act
	Unit     page.ID
	Title    string // of the unit at that time
	Targets  []string
	Occasion string
	By       string
	UserID   string
	Counts   map[What]int
	UndoneAt time.Time
	Kept     map[What]int // what undoing left with the successor
}

// OwnerMove changes the owner of a page and nothing else. It is done only where the owner is still From.
type OwnerMove struct {
	ID       page.ID
	From, To string
}

// MemberMove moves a person from unit to unit. Keep leaves them in the first as well.
type MemberMove struct {
	User, Source, From, To string
	Keep                   bool
}

// SpaceMove changes the unit that answers for a space.
type SpaceMove struct{ Space, From, To string }

// RightMove moves what the people of a unit are in a space: Level is what the first must have, Give what the second
// gets at least, Leave what the first keeps.
type RightMove struct {
	Space, From, To    string
	Level, Give, Leave int
}

// Change is one reorganisation, or the undoing of one, as it is stored: all or nothing.
type Change struct {
	Record Record
	// Seen is the fingerprint of what was previewed, together with Unit; "" for undoing, where each part is done if it
	// still is as it was left.
	Seen      string
	Expect    map[page.ID]int // revisions of pages that must not have changed
	Writes    []wiki.Write
	Owners    []OwnerMove
	Spaces    []SpaceMove
	Members   []MemberMove
	Rights    []RightMove
	Moves     []Move            // of the writes
	Successor map[string]string // address of a closed unit → address of the unit that follows it
	Comment   string            // of the revisions made for Owners
	Undo      bool
	Reopened  []string // addresses of units that are open again
	Kept      []Move   // what is known before to stay as it is
}

// Changed is the outcome of a Change.
type Changed struct {
	Saved wiki.Saved
	// Kept is what was not as expected and stays as it is.
	Kept []Move
	Done map[What]int
}

// Store keeps what reorganisations need. Each method is one transaction.
type Store interface {
	// UnitTree lists all units by title, drafts and closed ones too.
	UnitTree(ctx context.Context) ([]Unit, error)
	// Hanging reads what hangs on a unit. errs.NotFound when there is no such unit.
	Hanging(ctx context.Context, unit page.ID) (Hanging, error)
	// Reorganise stores a change. errs.Conflict when something is not as it was previewed: then nothing was done.
	Reorganise(ctx context.Context, c Change, events ...audit.Event) (Changed, error)
	// Reorganisations lists what was done, newest first, and the number of all.
	Reorganisations(ctx context.Context, offset, limit int) ([]Record, int, error)
	// Reorganisation reads one with its moves. errs.NotFound.
	Reorganisation(ctx context.Context, id string) (Record, []Move, error)
	// ForgetMoves deletes the moves of reorganisations before a time; they cannot be undone any more.
	ForgetMoves(ctx context.Context, before time.Time) (int, error)
	// Ownerless lists pages nobody answers for: their owner is no unit that is there and open, and neither is their space's.
	Ownerless(ctx context.Context) ([]page.ID, error)
	// UnitsByField finds units by the value of a field.
	UnitsByField(ctx context.Context, field string) (map[string]page.ID, error)

	// SaveUnits stores the pages of units from a chart with the event that tells of it.
	SaveUnits(ctx context.Context, writes []wiki.Write, events ...audit.Event) (wiki.Saved, error)

	// Page is that of wiki.Store.
	Page(ctx context.Context, scope access.Scope, id page.ID) (page.Page, error)
}
