package access

import "lernraum/internal/page"

// Reason is why somebody may or may not do something to an object, as a key of the catalogue's "access.…".
type Reason string

// The reasons.
const (
	BecauseProgram   Reason = "program"    // the program itself
	BecauseOpenHouse Reason = "open_house" // the house lets guests read
	BecauseSignedIn  Reason = "signed_in"  // everybody with an account
	BecauseMember    Reason = "member"
	BecauseManager   Reason = "manager"
	BecauseEditor    Reason = "editor" // of the editorial team
	BecauseRole      Reason = "role"   // of administration, coordination or staff council
	BecauseUnit      Reason = "unit"   // of the unit that answers for the space

	NotASpace     Reason = "no_space"
	NotByToken    Reason = "token"       // the API token does not reach that far
	NotAGuest     Reason = "guest"       // guests do not write, and read only in a house that is open to them
	NotMember     Reason = "not_member"  // of a closed space
	NotAdmin      Reason = "admin"       // administration gives no right in a closed space
	NotWriter     Reason = "not_writer"  // members and the editorial team write here
	NotManager    Reason = "not_manager" // of the space
	NotByRole     Reason = "not_role"
	NotForDrafts  Reason = "draft"         // drafts are for those who write here
	AlreadyMember Reason = "is_member"     // and has nothing to ask for
	NotClosed     Reason = "not_closed"    // nobody needs to ask
	NotOwningUnit Reason = "not_own_unit"  // nor manager
	NotAnAction   Reason = "not_an_action" // unknown
)

// Explain says in one word what Can decides, and why; a test proves the two equal.
func Explain(a Actor, act Action, o Object) (bool, Reason) {
	sp := o.Space
	level := a.Spaces[sp.Key]
	closed := sp.Type == page.SpaceRestricted
	switch {
	case a.System:
		return true, BecauseProgram
	case a.Token != nil && !a.Token.allows(act):
		return false, NotByToken
	case act == Admin || act == Oversee || (act == Manage && sp.Key == ""):
		if Can(a, act, o) {
			return true, BecauseRole
		}
		return false, NotByRole
	case !known(sp):
		return false, NotASpace
	case !a.SignedIn() && (act != Read || o.Draft || closed || !a.Guest || !a.PublicRead):
		return false, NotAGuest
	case !a.SignedIn():
		return true, BecauseOpenHouse
	}
	switch act {
	case Read, Create, Edit, Advance:
		return a.explainText(act, o)
	case Manage, Members:
		switch {
		case level == Manager:
			return true, BecauseManager
		case act == Members && !closed && a.Has(RoleAdmin):
			return true, BecauseRole
		case act == Members && a.Has(RoleAdmin):
			return false, NotAdmin
		}
		return false, NotManager
	case Answer:
		switch {
		case !closed:
			return false, NotClosed
		case level == Manager:
			return true, BecauseManager
		case a.of(sp.Unit):
			return true, BecauseUnit
		}
		return false, NotOwningUnit
	case Ask:
		switch {
		case !closed:
			return false, NotClosed
		case a.member(sp):
			return false, AlreadyMember
		}
		return true, BecauseSignedIn
	}
	return false, NotAnAction
}

// explainText is about reading and writing, by somebody signed in.
func (a Actor) explainText(act Action, o Object) (bool, Reason) {
	sp := o.Space
	switch {
	case act == Read && !o.Draft && sp.Type != page.SpaceRestricted, sp.Type == page.SpaceOpen:
		return true, BecauseSignedIn
	case a.Spaces[sp.Key] == Manager:
		return true, BecauseManager
	case a.Spaces[sp.Key] == Member:
		return true, BecauseMember
	case sp.Type == page.SpacePublished && a.Has(RoleEditor):
		return true, BecauseEditor
	case sp.Type == page.SpaceRestricted && a.Has(RoleAdmin):
		return false, NotAdmin
	case sp.Type == page.SpaceRestricted:
		return false, NotMember
	case act == Read:
		return false, NotForDrafts
	}
	return false, NotWriter
}
