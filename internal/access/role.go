package access

import "slices"

// Roles lists the roles that can be given to an account. RoleContributor is not among them: it comes with
// signing in.
func Roles() []Role {
	return []Role{RoleEditor, RoleController, RoleCoordination, RoleAdmin, RoleCouncil}
}

// ParseRole reads the key of a role that can be given to an account.
func ParseRole(s string) (Role, bool) {
	r := Role(s)
	return r, slices.Contains(Roles(), r)
}

// String gives the key of a membership: "none", "member" or "manager".
func (m Membership) String() string {
	switch m {
	case Member:
		return "member"
	case Manager:
		return "manager"
	}
	return "none"
}

// ParseMembership reads the key of a membership.
func ParseMembership(s string) (Membership, bool) {
	for _, m := range []Membership{None, Member, Manager} {
		if m.String() == s {
			return m, true
		}
	}
	return None, false
}
