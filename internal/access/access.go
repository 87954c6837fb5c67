// Package access owns the one rule of who may do what: Can for one object, Scope for lists. The two forms are
// proven equal by a test over the scenario table. It knows no database and refuses to know kinds of pages.
package access

import (
	"slices"

	"lernraum/internal/page"
)

// Role is a role in the whole house; membership of a space is kept apart, in Actor.Spaces.
type Role string

// The roles of domain.md that act outside a single page.
const (
	RoleContributor  Role = "contributor"  // every signed-in person
	RoleEditor       Role = "editor"       // editorial team: gardening in every space that is not restricted
	RoleController   Role = "controller"   // KPI definitions and baselines
	RoleCoordination Role = "coordination" // per organisation
	RoleAdmin        Role = "admin"        // technical: cannot read closed spaces
	RoleCouncil      Role = "council"      // staff council
)

// Membership is what a person is in a space.
type Membership uint8

// The memberships; a Manager is also a Member.
const (
	None Membership = iota
	Member
	Manager
)

// Actor is who asks. The zero Actor is a guest who may read nothing.
type Actor struct {
	UserID string // "" for guests and for the system
	Name   string
	Label  string // role or unit in words, as history shows it: "Referat Z 2", "Redaktion"
	Roles  []Role
	Units  []string // slugs of the units the person belongs to
	Spaces map[string]Membership
	// Guest marks a reader without an account. PublicRead is the operator's setting that opens open and
	// published spaces to guests.
	Guest      bool
	PublicRead bool
	// Token is set when a program asks with an API token of the person: it narrows what they may do.
	Token *Token
	// System marks work of the program itself (starter content, import by the operator on the command line).
	// It never comes from a request.
	System bool
}

// Token is what an API token allows, at most: never more than its owner may do. Read lets everything be read that
// the owner reads, Write lets pages be written and includes reading; KPIs are the keys of those whose values may be
// read and pushed, with or without the two. The zero Token allows nothing.
type Token struct {
	ID    string
	Read  bool
	Write bool
	KPIs  []string
}

// allows reports whether the token leaves an action to its owner's rights. No token manages or administrates.
func (t *Token) allows(act Action) bool {
	switch act {
	case Read:
		return t.Read || t.Write
	case Create, Edit, Advance:
		return t.Write
	}
	return false
}

// ForKPI is the actor as they are towards one KPI: an API token made for it reads and edits its page as its owner
// may, whatever else the token allows. Towards everything else they stay as they are.
func (a Actor) ForKPI(key string) Actor {
	if t := a.Token; t != nil && slices.Contains(t.KPIs, key) {
		a.Token = &Token{ID: t.ID, Write: true}
	}
	return a
}

// Action is what somebody wants to do.
type Action string

// The actions.
const (
	Read    Action = "read"    // see the object at all
	Create  Action = "create"  // add a page to a space
	Edit    Action = "edit"    // change text, fields, relations, files
	Advance Action = "advance" // move the page to another state, confirm it
	Manage  Action = "manage"  // change the space itself
	Members Action = "members" // say who belongs to the space
	Answer  Action = "answer"  // answer requests for access to the space
	Ask     Action = "ask"     // ask for access to the space
	Admin   Action = "admin"   // technical administration of the instance; the object is empty
	Oversee Action = "oversee" // read what the instance records of security; the object is empty
)

// Object is what it is done to: a page in a space, or the space itself.
type Object struct {
	Space page.Space
	Draft bool
}

// Scope is Can(actor, Read, …) as a list: the keys of the spaces whose pages may be read, and of those whose
// drafts too. All is set for the program itself only. Slices are sorted.
type Scope struct {
	All    bool
	Read   []string
	Drafts []string
}
