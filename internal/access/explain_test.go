package access

import (
	"math/rand/v2"
	"testing"

	"lernraum/internal/page"
)

// Explain decides exactly as Can, for any actor, action and object, and never without a reason.
func TestExplainEqualsCan(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	acts := []Action{Read, Create, Edit, Advance, Manage, Members, Answer, Ask, Admin, Oversee, "", "other"}
	seen := map[Reason]bool{}
	for range 20_000 {
		spaces := append(randomSpaces(r), page.Space{})
		var keys []string
		for i := range spaces {
			keys = append(keys, spaces[i].Key)
			spaces[i].Unit = []string{"unit/z1", "unit/z2#Leitung", "", "z1"}[r.IntN(4)]
		}
		a := randomActor(r, keys)
		if r.IntN(3) == 0 {
			a.Units = []string{"z1", "z2"}[:1+r.IntN(2)]
		}
		if r.IntN(6) == 0 {
			a.Token = &Token{Read: r.IntN(2) == 0, Write: r.IntN(2) == 0}
		}
		for _, sp := range spaces {
			for _, act := range acts {
				o := Object{Space: sp, Draft: r.IntN(2) == 0}
				got, why := Explain(a, act, o)
				if got != Can(a, act, o) || why == "" {
					t.Fatalf("%+v, %q, %+v: Explain %v (%s), Can %v", a, act, o, got, why, Can(a, act, o))
				}
				seen[why] = true
			}
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d reasons were met: %v", len(seen), seen)
	}
}
