package access

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lernraum/internal/page"
)

func randomActor(r *rand.Rand, keys []string) Actor {
	flip := func(n int) bool { return r.IntN(n) == 0 }
	a := Actor{Guest: flip(4), PublicRead: flip(2), System: flip(12), Spaces: map[string]Membership{}}
	if !flip(4) {
		a.UserID = fmt.Sprint("u", r.IntN(5))
	}
	for _, role := range Roles() {
		if flip(4) {
			a.Roles = append(a.Roles, role)
		}
	}
	for _, k := range keys {
		if flip(3) {
			a.Spaces[k] = Membership(r.IntN(4))
		}
	}
	return a
}

func randomSpaces(r *rand.Rand) []page.Space {
	types := []page.SpaceType{page.SpaceOpen, page.SpacePublished, page.SpaceRestricted, "room", ""}
	spaces := make([]page.Space, r.IntN(8))
	for i := range spaces {
		spaces[i] = page.Space{Key: fmt.Sprint("s", i), Type: types[r.IntN(len(types))]}
	}
	r.Shuffle(len(spaces), func(i, j int) { spaces[i], spaces[j] = spaces[j], spaces[i] })
	return spaces
}

// The list says exactly what the rule says, for any actor and any set of spaces.
func TestScopeEqualsCan(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		spaces := randomSpaces(r)
		keys := []string{"gone"}
		for _, sp := range spaces {
			keys = append(keys, sp.Key)
		}
		a := randomActor(r, keys)
		scope := ScopeOf(a, spaces)
		if !slices.IsSorted(scope.Read) || !slices.IsSorted(scope.Drafts) {
			t.Fatalf("scope is not sorted: %+v", scope)
		}
		if scope.All != a.System {
			t.Fatalf("scope of everything for %+v", a)
		}
		for _, sp := range spaces {
			for _, draft := range []bool{false, true} {
				can, listed := Can(a, Read, Object{Space: sp, Draft: draft}), scope.Readable(sp.Key, draft)
				if can != listed {
					t.Fatalf("actor %+v, space %+v, draft %v: Can %v, Scope %v", a, sp, draft, can, listed)
				}
			}
			// Whoever reads drafts may edit them, and reads the published text too.
			if scope.Readable(sp.Key, true) && (!Can(a, Edit, Object{Space: sp, Draft: true}) || !scope.Readable(sp.Key, false)) {
				t.Fatalf("actor %+v reads drafts of %+v without writing or reading there", a, sp)
			}
		}
		if !a.System && (scope.Readable("gone", false) || scope.Readable("gone", true)) {
			t.Fatalf("actor %+v reads a space that is not there", a)
		}
	}
}

func TestReadersScope(t *testing.T) {
	open := page.Space{Key: "o", Type: page.SpaceOpen}
	published := page.Space{Key: "p", Type: page.SpacePublished}
	closed := page.Space{Key: "c", Type: page.SpaceRestricted}
	other := page.Space{Key: "d", Type: page.SpaceRestricted}
	room := page.Space{Key: "r", Type: "room"}
	all := []page.Space{room, other, published, closed, open}
	for _, c := range []struct {
		name  string
		space page.Space
		all   []page.Space
		want  Scope
	}{
		{"open", open, all, Scope{Read: []string{"o", "p"}}},
		{"published", published, all, Scope{Read: []string{"o", "p"}}},
		{"restricted sees itself", closed, all, Scope{Read: []string{"c", "o", "p"}}},
		{"a type nobody knows has no readers of its own", room, all, Scope{Read: []string{"o", "p"}}},
		{"new space not in the list yet", closed, []page.Space{open}, Scope{Read: []string{"c", "o"}}},
		{"no spaces", page.Space{}, nil, Scope{}},
	} {
		if diff := cmp.Diff(c.want, ReadersScope(c.space, c.all)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// What ReadersScope allows is readable for every single reader of the space.
func TestReadersScopeLeaksToNoReader(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		spaces := randomSpaces(r)
		keys := []string{}
		for _, sp := range spaces {
			keys = append(keys, sp.Key)
		}
		a := randomActor(r, keys)
		for _, sp := range spaces {
			if !Can(a, Read, Object{Space: sp}) {
				continue
			}
			shared := ReadersScope(sp, spaces)
			for _, target := range spaces {
				for _, draft := range []bool{false, true} {
					if shared.Readable(target.Key, draft) && !Can(a, Read, Object{Space: target, Draft: draft}) {
						t.Fatalf("text of %+v shows %+v to %+v", sp, target, a)
					}
				}
			}
		}
	}
}

func TestRolesAndMembershipsRoundTrip(t *testing.T) {
	for _, r := range Roles() {
		if got, ok := ParseRole(string(r)); !ok || got != r {
			t.Errorf("role %q does not come back", r)
		}
	}
	for _, s := range []string{"", "contributor", "Admin", "root"} {
		if _, ok := ParseRole(s); ok {
			t.Errorf("%q was taken for a role", s)
		}
	}
	for _, m := range []Membership{None, Member, Manager} {
		if got, ok := ParseMembership(m.String()); !ok || got != m {
			t.Errorf("membership %v does not come back", m)
		}
	}
	if _, ok := ParseMembership("owner"); ok {
		t.Error("an unknown membership was read")
	}
}
