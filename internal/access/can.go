package access

import (
	"slices"
	"strings"

	"lernraum/internal/page"
)

// Can reports whether the actor may do the action to the object. It is the one rule; everything it does not
// allow is refused, so an unknown action, an unknown type of space and an actor without a sign-in get nothing.
//
//   - The program itself (System) may do everything. It never comes from a request.
//   - Guests read published text of open and published spaces, and only where the house has opened itself to
//     them (PublicRead). They never write.
//   - Every signed-in person reads open and published spaces and writes in open ones.
//   - Members and managers also write in published spaces, and read and write in restricted ones.
//   - The editorial team also writes in published spaces. It has no way into a restricted space.
//   - A draft is seen by those who may edit in its space.
//   - Managers manage their space. Manage without a space means adding a new one: administration and
//     coordination may do that, but get no right in the new space from it.
//   - An API token narrows its owner: with the scope to read it only reads, with the scope to write it also writes
//     pages, and it never manages or administrates. A token for KPIs alone reads no page; package kpi asks for its
//     owner's right at the page of such a KPI (ForKPI). No token has any right in a protected learning room.
//   - Members: the managers of a space say who belongs to it; administrators do so only where anybody signed in reads
//     anyway, so that nobody lets themselves in by technical rights.
//   - Answer: requests for access to a restricted space are answered by its managers and by the people of the unit that
//     answers for it, who need not be members and get no right to read from it. Ask is for everybody signed in who is no
//     member.
//   - Admin is for administrators alone and has no space. It gives no right to any page: an administrator
//     reads like every signed-in person.
//   - Oversee is for administrators and the staff council: the audit log, of which the council sees no persons.
func Can(a Actor, act Action, o Object) bool {
	if a.System {
		return true
	}
	if a.Token != nil && !a.Token.allows(act) {
		return false
	}
	switch act {
	case Read:
		if o.Draft {
			return a.writes(o.Space)
		}
		return a.reads(o.Space)
	case Create, Edit, Advance:
		return a.writes(o.Space)
	case Manage:
		if o.Space.Key == "" {
			return a.SignedIn() && (a.Has(RoleAdmin) || a.Has(RoleCoordination))
		}
		return a.SignedIn() && known(o.Space) && a.Spaces[o.Space.Key] == Manager
	case Members:
		return a.SignedIn() && known(o.Space) && (a.Spaces[o.Space.Key] == Manager || o.Space.Type != page.SpaceRestricted && a.Has(RoleAdmin))
	case Answer:
		return a.SignedIn() && o.Space.Key != "" && o.Space.Type == page.SpaceRestricted && (a.Spaces[o.Space.Key] == Manager || a.of(o.Space.Unit))
	case Ask:
		return a.SignedIn() && o.Space.Key != "" && o.Space.Type == page.SpaceRestricted && !a.member(o.Space)
	case Admin:
		return o.Space.Key == "" && a.SignedIn() && a.Has(RoleAdmin)
	case Oversee:
		return o.Space.Key == "" && a.SignedIn() && (a.Has(RoleAdmin) || a.Has(RoleCouncil))
	}
	return false
}

func (a Actor) reads(s page.Space) bool {
	if !known(s) {
		return false
	}
	switch {
	case a.SignedIn():
		return s.Type != page.SpaceRestricted || a.member(s)
	case a.Guest && a.PublicRead:
		return s.Type != page.SpaceRestricted
	}
	return false
}

func (a Actor) writes(s page.Space) bool {
	if !a.SignedIn() || !known(s) {
		return false
	}
	switch s.Type {
	case page.SpaceOpen:
		return true
	case page.SpacePublished:
		return a.member(s) || a.Has(RoleEditor)
	}
	return a.member(s)
}

func (a Actor) member(s page.Space) bool {
	m := a.Spaces[s.Key]
	return m == Member || m == Manager
}

// of tells that the actor belongs to a unit, given as the reference a space has to it.
func (a Actor) of(unit string) bool {
	unit, _, _ = strings.Cut(unit, "#")
	slug, ok := strings.CutPrefix(unit, "unit/")
	return ok && slug != "" && slices.Contains(a.Units, slug)
}

// known tells a real space from an empty or damaged one, to which nobody has a right.
func known(s page.Space) bool {
	switch s.Type {
	case page.SpaceOpen, page.SpacePublished, page.SpaceRestricted:
		return s.Key != ""
	}
	return false
}

// SignedIn reports whether the actor is a person with an account. An actor marked as a guest is none, whatever
// else it carries.
func (a Actor) SignedIn() bool { return a.UserID != "" && !a.Guest }

// Has reports whether the actor has the role. Every signed-in person is a contributor.
func (a Actor) Has(r Role) bool {
	if r == RoleContributor {
		return a.SignedIn()
	}
	return slices.Contains(a.Roles, r)
}

// Program is the actor for work of the program itself; label is what history shows as the author.
func Program(label string) Actor { return Actor{System: true, Label: label} }
