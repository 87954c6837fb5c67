package access

import (
	"fmt"
	"strings"
	"testing"

	"lernraum/internal/page"
)

// The cast of the scenarios. "member" and "manager" belong to the spaces of the table; "stranger" belongs to
// another space only.
func cast() map[string]Actor {
	own := func(m Membership) map[string]Membership {
		return map[string]Membership{"open": m, "published": m, "restricted": m}
	}
	return map[string]Actor{
		"nobody":       {},
		"guest":        {Guest: true},
		"public guest": {Guest: true, PublicRead: true},
		"person":       {UserID: "u1"},
		"stranger":     {UserID: "u2", Spaces: map[string]Membership{"other": Manager}},
		"member":       {UserID: "u3", Spaces: own(Member)},
		"manager":      {UserID: "u4", Spaces: own(Manager)},
		"editor":       {UserID: "u5", Roles: []Role{RoleEditor}},
		"owner unit":   {UserID: "u10", Units: []string{"z1"}},
		"controller":   {UserID: "u6", Roles: []Role{RoleController}},
		"coordination": {UserID: "u7", Roles: []Role{RoleCoordination}},
		"council":      {UserID: "u8", Roles: []Role{RoleCouncil}},
		"admin":        {UserID: "u9", Roles: []Role{RoleAdmin}},
		"program":      Program("Lernraum"),
		// API tokens; their owners are a manager, a member and an administrator with every role.
		"reading token": {UserID: "u4", Spaces: own(Manager), Token: &Token{ID: "t1", Read: true}},
		"writing token": {UserID: "u4", Spaces: own(Manager), Token: &Token{ID: "t2", Write: true}},
		"weak token":    {UserID: "u1", Token: &Token{ID: "t3", Read: true, Write: true}},
		"kpi token":     {UserID: "u4", Spaces: own(Manager), Token: &Token{ID: "t4", KPIs: []string{"dauer"}}},
		"admin token":   {UserID: "u9", Roles: Roles(), Token: &Token{ID: "t5", Read: true, Write: true}},
		"empty token":   {UserID: "u4", Spaces: own(Manager), Roles: Roles(), Token: &Token{}},
		// Contradictions that no code should make; the lesser right holds.
		"forged guest": {UserID: "u3", Guest: true, Roles: []Role{RoleAdmin, RoleEditor}, Spaces: own(Manager)},
		"bare roles":   {Roles: []Role{RoleAdmin, RoleEditor, RoleCoordination}, Spaces: own(Manager), PublicRead: true},
		"odd member":   {UserID: "u3", Spaces: own(Membership(7))},
	}
}

// The spaces of the scenarios, by their name there. "-" is the empty object.
func stage() map[string]page.Space {
	return map[string]page.Space{
		"open":       {Key: "open", Type: page.SpaceOpen},
		"published":  {Key: "published", Type: page.SpacePublished},
		"restricted": {Key: "restricted", Type: page.SpaceRestricted, Unit: "unit/z1#Leitung"},
		"damaged":    {Key: "damaged", Type: "roam"},
		"nameless":   {Type: page.SpaceOpen},
		"-":          {},
	}
}

// scenarios is the permission table: number, actor, actions, space, "draft" or "text", and the verdict, which
// holds for every action of the line.
const scenarios = `
 # reading published text
  1 | nobody       | read | open       | text  | no
  2 | nobody       | read | published  | text  | no
  3 | guest        | read | open       | text  | no
  4 | guest        | read | published  | text  | no
  5 | public guest | read | open       | text  | yes
  6 | public guest | read | published  | text  | yes
  7 | public guest | read | restricted | text  | no
  8 | person       | read | open       | text  | yes
  9 | person       | read | published  | text  | yes
 10 | person       | read | restricted | text  | no
 11 | stranger     | read | restricted | text  | no
 12 | member       | read | restricted | text  | yes
 13 | manager      | read | restricted | text  | yes
 14 | editor       | read | restricted | text  | no
 15 | controller   | read | restricted | text  | no
 16 | coordination | read | restricted | text  | no
 17 | council      | read | restricted | text  | no
 18 | admin        | read | restricted | text  | no
 19 | admin        | read | published  | text  | yes
 20 | program      | read | restricted | text  | yes
 # reading drafts
 21 | public guest | read | open       | draft | no
 22 | public guest | read | published  | draft | no
 23 | person       | read | open       | draft | yes
 24 | person       | read | published  | draft | no
 25 | stranger     | read | published  | draft | no
 26 | member       | read | published  | draft | yes
 27 | manager      | read | published  | draft | yes
 28 | editor       | read | published  | draft | yes
 29 | editor       | read | restricted | draft | no
 30 | admin        | read | published  | draft | no
 31 | admin        | read | restricted | draft | no
 32 | member       | read | restricted | draft | yes
 33 | manager      | read | restricted | draft | yes
 34 | program      | read | restricted | draft | yes
 # writing
 35 | nobody       | create edit advance | open       | text  | no
 36 | public guest | create edit advance | open       | text  | no
 37 | public guest | create edit advance | published  | text  | no
 38 | person       | create edit advance | open       | text  | yes
 39 | person       | create edit advance | open       | draft | yes
 40 | person       | create edit advance | published  | text  | no
 41 | person       | create edit advance | restricted | text  | no
 42 | stranger     | create edit advance | published  | text  | no
 43 | member       | create edit advance | published  | text  | yes
 44 | member       | create edit advance | restricted | draft | yes
 45 | manager      | create edit advance | published  | text  | yes
 46 | manager      | create edit advance | restricted | text  | yes
 47 | editor       | create edit advance | open       | text  | yes
 48 | editor       | create edit advance | published  | draft | yes
 49 | editor       | create edit advance | restricted | text  | no
 50 | controller   | create edit advance | published  | text  | no
 51 | coordination | create edit advance | published  | text  | no
 52 | admin        | create edit advance | open       | text  | yes
 53 | admin        | create edit advance | published  | text  | no
 54 | admin        | create edit advance | restricted | text  | no
 55 | program      | create edit advance | restricted | text  | yes
 # managing a space, and adding one (no space)
 56 | person       | manage | open       | text | no
 57 | member       | manage | open       | text | no
 58 | member       | manage | restricted | text | no
 59 | manager      | manage | open       | text | yes
 60 | manager      | manage | restricted | text | yes
 61 | stranger     | manage | published  | text | no
 62 | editor       | manage | published  | text | no
 63 | coordination | manage | published  | text | no
 64 | admin        | manage | restricted | text | no
 65 | admin        | manage | -          | text | yes
 66 | coordination | manage | -          | text | yes
 67 | manager      | manage | -          | text | no
 68 | person       | manage | -          | text | no
 69 | public guest | manage | -          | text | no
 70 | program      | manage | -          | text | yes
 # technical administration
 71 | admin        | admin | -    | text | yes
 72 | coordination | admin | -    | text | no
 73 | manager      | admin | -    | text | no
 74 | person       | admin | -    | text | no
 75 | public guest | admin | -    | text | no
 76 | admin        | admin | open | text | no
 77 | program      | admin | -    | text | yes
 # what should not happen
 78 | forged guest | read                       | open       | text  | no
 79 | forged guest | create edit advance manage | restricted | draft | no
 80 | forged guest | manage admin               | -          | text  | no
 81 | bare roles   | read                       | open       | text  | no
 82 | bare roles   | create edit advance manage | restricted | text  | no
 83 | bare roles   | manage admin               | -          | text  | no
 84 | odd member   | read edit manage           | restricted | text  | no
 85 | manager      | read edit manage           | damaged    | text  | no
 86 | person       | read create edit advance   | nameless   | text  | no
 87 | person       | read create edit advance   | -          | text  | no
 88 | admin        | erase                      | open       | text  | no
 # overseeing
 89 | admin        | oversee | -    | text | yes
 90 | council      | oversee | -    | text | yes
 91 | coordination | oversee | -    | text | no
 92 | person       | oversee | -    | text | no
 93 | public guest | oversee | -    | text | no
 94 | council      | oversee | open | text | no
 95 | forged guest | oversee | -    | text | no
 # API tokens
 96 | reading token | read                        | open       | text  | yes
 97 | reading token | read                        | restricted | draft | yes
 98 | reading token | create edit advance manage  | open       | text  | no
 99 | reading token | create edit advance manage  | restricted | text  | no
100 | writing token | read create edit advance    | open       | text  | yes
101 | writing token | read create edit advance    | restricted | draft | yes
102 | writing token | manage                      | restricted | text  | no
103 | weak token    | read create edit advance    | open       | text  | yes
104 | weak token    | read create edit advance    | restricted | text  | no
105 | weak token    | create edit advance         | published  | text  | no
106 | kpi token     | read create edit advance    | open       | text  | no
107 | kpi token     | read create edit advance    | restricted | text  | no
108 | admin token   | admin manage oversee        | -          | text  | no
109 | admin token   | read                        | restricted | text  | no
110 | empty token   | read create edit advance    | open       | text  | no
111 | empty token   | manage admin oversee        | -          | text  | no
112 | writing token | erase                       | open       | text  | no
 # who belongs to a space, and requests for access to it
113 | manager | members answer | restricted | text | yes
114 | manager | ask | restricted | text | no
115 | manager | members | open | text | yes
116 | member | members answer ask | restricted | text | no
117 | person | members answer | restricted | text | no
118 | person | ask | restricted | text | yes
119 | person | members answer ask | open | text | no
120 | stranger | ask | restricted | text | yes
121 | owner unit | answer ask | restricted | text | yes
122 | owner unit | read create edit advance manage members | restricted | text | no
123 | owner unit | answer ask members | published | text | no
124 | admin | members | open | text | yes
125 | admin | members | published | text | yes
126 | admin | members answer | restricted | text | no
127 | admin | ask | restricted | text | yes
128 | editor | members answer | restricted | text | no
129 | public guest | members answer ask | restricted | text | no
130 | nobody | members answer ask | restricted | text | no
131 | forged guest | members answer ask | restricted | text | no
132 | odd member | members answer | restricted | text | no
133 | person | members answer ask | - | text | no
134 | manager | members answer | damaged | text | no
135 | writing token | members answer ask | restricted | text | no
`

func TestScenarios(t *testing.T) {
	actors, spaces := cast(), stage()
	want := 0
	for line := range strings.Lines(scenarios) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		want++
		col := strings.Split(line, "|")
		for i := range col {
			col[i] = strings.TrimSpace(col[i])
		}
		if len(col) != 6 || col[0] != fmt.Sprint(want) {
			t.Fatalf("scenario %d is missing or malformed: %q", want, line)
		}
		a, ok := actors[col[1]]
		sp, ok2 := spaces[col[3]]
		if !ok || !ok2 {
			t.Fatalf("scenario %s: unknown actor or space", col[0])
		}
		o := Object{Space: sp, Draft: col[4] == "draft"}
		for _, act := range strings.Fields(col[2]) {
			if got := Can(a, Action(act), o); got != (col[5] == "yes") {
				t.Errorf("scenario %s: %s may %s %s in %s: %v, want %s", col[0], col[1], act, col[4], col[3], got, col[5])
			}
			if got, why := Explain(a, Action(act), o); got != (col[5] == "yes") || why == "" {
				t.Errorf("scenario %s: explained as %v, %q", col[0], got, why)
			}
			if act == "read" {
				all := []page.Space{spaces["restricted"], spaces["open"], spaces["damaged"], spaces["nameless"], spaces["published"]}
				if got := ScopeOf(a, all).Readable(sp.Key, o.Draft); got != (col[5] == "yes") {
					t.Errorf("scenario %s as a list: %s reads %s in %s: %v, want %s", col[0], col[1], col[4], col[3], got, col[5])
				}
			}
		}
	}
}

func TestZeroActorMayNothing(t *testing.T) {
	for name, sp := range stage() {
		for _, act := range []Action{Read, Create, Edit, Advance, Manage, Admin, Oversee, "", "other"} {
			for _, draft := range []bool{false, true} {
				if Can(Actor{}, act, Object{Space: sp, Draft: draft}) {
					t.Errorf("the zero actor may %q in %s (draft %v)", act, name, draft)
				}
			}
		}
	}
	var s Scope
	if s.Readable("open", false) || s.Readable("", true) {
		t.Error("the zero scope reads something")
	}
}

// A token for a KPI reaches its page and nothing else, and never further than its owner.
func TestTokenForAKPI(t *testing.T) {
	actors, spaces := cast(), stage()
	for _, c := range []struct {
		actor, key, space string
		want              bool
	}{
		{"kpi token", "dauer", "restricted", true},
		{"kpi token", "andere", "restricted", false},
		{"kpi token", "", "restricted", false},
		{"reading token", "dauer", "restricted", false},
		{"manager", "dauer", "restricted", true},
		{"person", "dauer", "restricted", false},
	} {
		a := actors[c.actor].ForKPI(c.key)
		if got := Can(a, Edit, Object{Space: spaces[c.space]}); got != c.want {
			t.Errorf("%s towards %q in %s: %v", c.actor, c.key, c.space, got)
		}
		if a.Token != nil && (Can(a, Manage, Object{Space: spaces[c.space]}) || Can(a, Admin, Object{})) {
			t.Errorf("%s towards %q manages or administrates", c.actor, c.key)
		}
	}
	stranger := Actor{UserID: "u1", Token: &Token{KPIs: []string{"dauer"}}}.ForKPI("dauer")
	if Can(stranger, Read, Object{Space: spaces["restricted"]}) {
		t.Error("a token reads what its owner may not")
	}
}
