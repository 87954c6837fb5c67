package member_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/member"
	"lernraum/internal/page"
	"lernraum/internal/store"
)

var tresor = page.Space{Key: "tresor", Title: "Tresor", Type: page.SpaceRestricted, Unit: "unit/z1", Reason: "Personal", ReviewDue: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
var handbuch = page.Space{Key: "handbuch", Title: "Handbuch", Type: page.SpaceOpen, Unit: "unit/z2"}

type house struct {
	*member.Service
	t     *testing.T
	ctx   context.Context
	db    *store.Store
	auth  *auth.Service
	users map[string]auth.User
	mu    sync.Mutex
	at    time.Time
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

// newHouse has a manager and a member of the closed space, two people of the unit that answers for it, two of another
// unit, and an administrator.
func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, ctx: t.Context(), users: map[string]auth.User{}, at: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	var err error
	if h.db, err = store.Open(h.ctx, store.Options{Dir: t.TempDir(), Now: h.now, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.db.Close(); err != nil {
			t.Error(err)
		}
	})
	h.auth = auth.New(h.db, auth.Options{Now: h.now, Demo: true, Params: auth.Params{MemoryKiB: 64, Passes: 1, Lanes: 1}})
	h.Service = member.New(h.db, h.auth, h.now)
	for _, sp := range []page.Space{tresor, handbuch} {
		if err := h.db.SaveSpace(h.ctx, sp); err != nil {
			t.Fatal(err)
		}
	}
	for _, u := range []auth.NewUser{
		{Login: "chefin", Name: "Chefin", Spaces: map[string]access.Membership{"tresor": access.Manager}}, {Login: "mitglied", Name: "Mitglied", Spaces: map[string]access.Membership{"tresor": access.Member}},
		{Login: "anna", Name: "Anna Älter", Units: []string{"z1"}}, {Login: "bert", Name: "Bert", Units: []string{"z1"}},
		{Login: "carl", Name: "Carl", Units: []string{"z2"}}, {Login: "dora", Name: "Dora", Units: []string{"z2", "z3"}},
		{Login: "admin", Name: "Admin", Roles: []access.Role{access.RoleAdmin}},
	} {
		u.NoPassword = true
		if h.users[u.Login], err = h.auth.AddUser(h.ctx, access.Program("test"), u); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// as is somebody as they are now.
func (h *house) as(login string) access.Actor {
	h.t.Helper()
	u, err := h.db.UserByLogin(h.ctx, login)
	if err != nil {
		h.t.Fatal(err)
	}
	return auth.ActorOf(u)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) refused(what string, err error, kind errs.Kind, key string) {
	h.t.Helper()
	m, _ := errs.MessageOf(err)
	if f := errs.FieldsOf(err); len(f) > 0 {
		m = f[0].Msg
	}
	if !errs.Is(err, kind) || m.Key != key {
		h.t.Errorf("%s: %v (%s), want %s", what, err, m.Key, key)
	}
}

func TestRightsThroughUnits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	reads := func(login string) bool { return access.Can(h.as(login), access.Read, access.Object{Space: tresor}) }
	h.must(h.SetUnit(h.ctx, h.as("chefin"), tresor, "unit/z2", access.Member))
	for login, want := range map[string]bool{"carl": true, "dora": true, "anna": false, "admin": false, "mitglied": true} {
		if reads(login) != want {
			t.Errorf("%s reads: %v", login, !want)
		}
	}
	// The higher of several rights counts, and each source stays what it is.
	h.must(h.SetUnit(h.ctx, h.as("chefin"), tresor, "z3", access.Manager))
	if h.as("dora").Spaces["tresor"] != access.Manager || h.as("carl").Spaces["tresor"] != access.Member {
		t.Errorf("dora %v, carl %v", h.as("dora").Spaces, h.as("carl").Spaces)
	}
	h.must(h.Set(h.ctx, h.as("dora"), tresor, h.users["dora"].ID, access.Member)) // delegation: a unit manages
	people, units, err := h.People(h.ctx, h.as("dora"), tresor)
	h.must(err)
	i := slices.IndexFunc(people, func(p member.Person) bool { return p.Login == "dora" })
	if len(people) != 4 || len(units) != 2 || units[1] != (member.Unit{Slug: "z3", Level: access.Manager, People: 1}) ||
		!slices.Equal(people[i].Rights, []member.Right{{access.Member, member.ByHand, ""}, {access.Member, member.ByUnit, "z2"}, {access.Manager, member.ByUnit, "z3"}}) {
		t.Errorf("%+v\n%+v", people, units)
	}
	h.must(h.SetUnit(h.ctx, h.as("chefin"), tresor, "z2", access.None))
	h.must(h.Set(h.ctx, h.as("chefin"), tresor, h.users["dora"].ID, access.None))
	if reads("carl") || !reads("dora") {
		t.Error("what was taken away still counts, or more was taken")
	}
	h.refused("a unit that cannot be", h.SetUnit(h.ctx, h.as("chefin"), tresor, "a b", access.Member), errs.Invalid, "member.unit_bad")
	// The same through a session: nothing is remembered.
	token, _, err := h.auth.SignInAs(h.ctx, h.users["carl"].ID)
	h.must(err)
	for _, level := range []access.Membership{access.None, access.Member, access.Manager, access.None} {
		h.must(h.SetUnit(h.ctx, h.as("chefin"), tresor, "z2", level))
		if a, err := h.auth.Actor(h.ctx, token); err != nil || a.Spaces["tresor"] != level {
			t.Errorf("level %v: %v, %v", level, a.Spaces, err)
		}
	}
}

func TestWhoSaysWhoBelongs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for login, want := range map[string][2]bool{ // in the closed space, in the open one
		"chefin": {true, false}, "mitglied": {}, "anna": {}, "carl": {}, "admin": {false, true},
	} {
		for i, sp := range []page.Space{tresor, handbuch} {
			a := h.as(login)
			_, _, err1 := h.People(h.ctx, a, sp)
			_, err2 := h.Find(h.ctx, a, sp, "Bert")
			_, err3 := h.Explain(h.ctx, a, access.Object{Space: sp}, "bert")
			for _, err := range []error{err1, err2, err3, h.Set(h.ctx, a, sp, h.users["bert"].ID, access.Member), h.SetUnit(h.ctx, a, sp, "z9", access.Member)} {
				if (err == nil) != want[i] || err != nil && !errs.Is(err, errs.NotFound) {
					t.Errorf("%s in %s: %v", login, sp.Key, err)
				}
			}
		}
	}
	if found, err := h.Find(h.ctx, h.as("chefin"), tresor, "älter"); err != nil || len(found) != 1 || found[0].Login != "anna" {
		t.Errorf("%+v, %v", found, err)
	}
	if found, err := h.Find(h.ctx, h.as("chefin"), tresor, "BERT"); err != nil || len(found) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	_, err := h.Find(h.ctx, h.as("chefin"), tresor, " a ")
	h.refused("leafing through", err, errs.Invalid, "member.find_short")
}

func TestSomebodyManagesAClosedSpace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	chefin, bert := h.users["chefin"].ID, h.users["bert"].ID
	a := access.Program("test")
	for _, m := range []access.Membership{access.None, access.Member} {
		h.refused("the last one", h.Set(h.ctx, a, tresor, chefin, m), errs.Invalid, "member.last_manager")
	}
	h.must(h.SetUnit(h.ctx, a, tresor, "z8", access.Manager)) // a unit without people manages nothing
	h.refused("the last one", h.Set(h.ctx, a, tresor, chefin, access.None), errs.Invalid, "member.last_manager")
	h.must(h.Set(h.ctx, a, tresor, bert, access.Manager))
	h.must(h.Set(h.ctx, a, tresor, chefin, access.None))
	h.must(h.SetUnit(h.ctx, a, tresor, "z2", access.Manager))
	h.must(h.Set(h.ctx, a, tresor, bert, access.Member))
	h.refused("the last unit", h.SetUnit(h.ctx, a, tresor, "z2", access.None), errs.Invalid, "member.last_manager")
	h.must(h.Set(h.ctx, a, handbuch, bert, access.Manager))
	h.must(h.Set(h.ctx, a, handbuch, bert, access.None)) // administrators name the next one
}

func TestRequests(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	carl := h.as("carl")
	h.refused("without a reason", h.Ask(h.ctx, carl, tresor, " "), errs.Invalid, "member.reason_missing")
	h.refused("for an open space", h.Ask(h.ctx, carl, handbuch, "x"), errs.NotFound, "wiki.not_found")
	h.refused("for a space that is not there", h.Ask(h.ctx, carl, page.Space{Key: "x"}, "x"), errs.NotFound, "wiki.not_found")
	h.refused("a member", h.Ask(h.ctx, h.as("mitglied"), tresor, "x"), errs.NotFound, "wiki.not_found")
	h.must(h.Ask(h.ctx, carl, tresor, "Für die Vertretung"))
	h.refused("twice", h.Ask(h.ctx, carl, tresor, "noch einmal"), errs.Invalid, "member.asked_already")
	h.must(h.Ask(h.ctx, h.as("anna"), tresor, "Ich auch"))

	for login, want := range map[string]int{"chefin": 2, "anna": 2, "bert": 2, "mitglied": 0, "carl": 0, "admin": 0} {
		waiting, err := h.Waiting(h.ctx, h.as(login), []page.Space{tresor, handbuch})
		list, lerr := h.Requests(h.ctx, h.as(login), tresor)
		if err != nil || waiting["tresor"] != want || len(list) != want || (lerr != nil) != (want == 0) {
			t.Errorf("%s: %v, %+v, %v, %v", login, waiting, list, err, lerr)
		}
	}
	own, err := h.Own(h.ctx, carl)
	h.must(err)
	id := own[0].ID
	anna, err := h.Own(h.ctx, h.as("anna"))
	h.must(err)
	h.refused("by a member", h.Answer(h.ctx, h.as("mitglied"), tresor, id, member.Reply{Accept: true}), errs.NotFound, "wiki.not_found")
	h.refused("one's own", h.Answer(h.ctx, h.as("anna"), tresor, anna[0].ID, member.Reply{Accept: true}), errs.Invalid, "member.own_request")
	h.refused("no without a why", h.Answer(h.ctx, h.as("bert"), tresor, id, member.Reply{}), errs.Invalid, "member.answer_missing")
	// People of the unit answer, and give no more than reading and writing.
	h.must(h.Answer(h.ctx, h.as("bert"), tresor, id, member.Reply{Accept: true, Level: access.Manager}))
	h.refused("twice", h.Answer(h.ctx, h.as("bert"), tresor, id, member.Reply{Accept: true}), errs.Invalid, "member.answered_already")
	h.must(h.Answer(h.ctx, h.as("chefin"), tresor, anna[0].ID, member.Reply{Answer: "Dafür reicht die Kurzfassung."}))
	if h.as("carl").Spaces["tresor"] != access.Member || h.as("anna").Spaces["tresor"] != access.None || access.Can(h.as("bert"), access.Read, access.Object{Space: tresor}) {
		t.Errorf("carl %v, anna %v", h.as("carl").Spaces, h.as("anna").Spaces)
	}
	own, err = h.Own(h.ctx, h.as("anna"))
	if err != nil || own[0].State != member.Declined || own[0].Answer != "Dafür reicht die Kurzfassung." {
		t.Errorf("%+v, %v", own, err)
	}
	h.must(h.Ask(h.ctx, h.as("anna"), tresor, "Doch"))
	if n, err := h.db.DeleteAnsweredRequests(h.ctx, h.now().Add(time.Hour)); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	var got []audit.Action
	h.must(h.db.EachAudit(h.ctx, 1, func(e audit.Entry) error {
		if e.Action == audit.AccessRequest || e.Action == audit.AccessAnswer {
			got = append(got, e.Action)
		}
		return nil
	}))
	if !slices.Equal(got, []audit.Action{audit.AccessRequest, audit.AccessRequest, audit.AccessAnswer, audit.AccessAnswer, audit.AccessRequest}) {
		t.Errorf("%v", got)
	}
}
