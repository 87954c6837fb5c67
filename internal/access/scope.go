package access

import (
	"slices"

	"lernraum/internal/page"
)

// ScopeOf puts Can(actor, Read, …) into the form of a list over all spaces there are.
func ScopeOf(a Actor, spaces []page.Space) Scope {
	if a.System {
		return Scope{All: true}
	}
	var s Scope
	for _, sp := range spaces {
		if Can(a, Read, Object{Space: sp}) {
			s.Read = append(s.Read, sp.Key)
		}
		if Can(a, Read, Object{Space: sp, Draft: true}) {
			s.Drafts = append(s.Drafts, sp.Key)
		}
	}
	return s.sorted()
}

// ReadersScope is what every reader of a space may read: the space itself and the open and published ones,
// no drafts. Text that is rendered once for all readers of a space resolves its links with this scope, so that
// the title of a page in a restricted space never shows in a space with other readers.
func ReadersScope(space page.Space, all []page.Space) Scope {
	var s Scope
	if known(space) {
		s.Read = append(s.Read, space.Key)
	}
	for _, sp := range all {
		if known(sp) && sp.Type != page.SpaceRestricted {
			s.Read = append(s.Read, sp.Key)
		}
	}
	return s.sorted()
}

// Readable reports whether a page of the space may be read.
func (s Scope) Readable(space string, draft bool) bool {
	if s.All {
		return true
	}
	keys := s.Read
	if draft {
		keys = s.Drafts
	}
	_, ok := slices.BinarySearch(keys, space)
	return ok
}

func (s Scope) sorted() Scope {
	slices.Sort(s.Read)
	slices.Sort(s.Drafts)
	s.Read, s.Drafts = slices.Compact(s.Read), slices.Compact(s.Drafts)
	return s
}
