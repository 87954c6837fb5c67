package auth

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

func TestAddUserChecksInput(t *testing.T) {
	h := newHouse(t, Options{})
	for _, c := range []struct {
		name       string
		change     func(*NewUser)
		field, key string
	}{
		{"login missing", func(n *NewUser) { n.Login = "" }, "login", "auth.login_invalid"},
		{"login of one letter", func(n *NewUser) { n.Login = "a" }, "login", "auth.login_invalid"},
		{"login too long", func(n *NewUser) { n.Login = strings.Repeat("a", 65) }, "login", "auth.login_invalid"},
		{"login with a look-alike", func(n *NewUser) { n.Login = "аdmin" }, "login", "auth.login_invalid"},
		{"login with a space", func(n *NewUser) { n.Login = "a b" }, "login", "auth.login_invalid"},
		{"login with a sign in front", func(n *NewUser) { n.Login = "-ab" }, "login", "auth.login_invalid"},
		{"login taken", func(n *NewUser) { n.Login = "Z2" }, "login", "auth.login_taken"},
		{"name missing", func(n *NewUser) { n.Name = " " }, "name", "auth.name_missing"},
		{"name of two lines", func(n *NewUser) { n.Name = "a\nb" }, "name", "auth.name_invalid"},
		{"label too long", func(n *NewUser) { n.Label = strings.Repeat("ä", 201) }, "label", "auth.name_invalid"},
		{"unknown role", func(n *NewUser) { n.Roles = []access.Role{"root"} }, "roles", "auth.role_unknown"},
		{"password missing", func(n *NewUser) { n.Password = "" }, "password", "auth.password_short"},
		{"eleven characters", func(n *NewUser) { n.Password = "äöüäöüäöüäö" }, "password", "auth.password_short"},
		{"twelve that compose to six", func(n *NewUser) { n.Password = strings.Repeat("u\u0308", 6) }, "password", "auth.password_short"},
		{"password is the login", func(n *NewUser) { n.Login, n.Password = "vorzimmer-leitung", " Vorzimmer-Leitung" }, "password", "auth.password_is_login"},
		{"password too long", func(n *NewUser) { n.Password = strings.Repeat("a", MaxPassword+1) }, "password", "auth.password_long"},
		{"password unreadable", func(n *NewUser) { n.Password = strings.Repeat("\xff", 20) }, "password", "auth.password_unreadable"},
	} {
		n := NewUser{Login: "neu", Name: "Neues Konto", Password: goodPassword}
		c.change(&n)
		_, err := h.AddUser(t.Context(), h.actor(h.admin), n)
		wantKind(t, c.name, err, errs.Invalid)
		wantField(t, c.name, err, c.field, c.key)
	}
	if len(h.store.users) != 2 {
		t.Errorf("%d accounts, want the first two", len(h.store.users))
	}
	for _, password := range []string{"äöüäöüäöüäöü", strings.Repeat("a", 12), strings.Repeat("a", MaxPassword)} {
		n := NewUser{Login: fmt.Sprint("neu", len(password)), Name: strings.Repeat("ä", 200), Password: password}
		if _, err := h.AddUser(t.Context(), h.actor(h.admin), n); err != nil {
			t.Errorf("password of %d bytes: %v", len(password), err)
		}
	}
}

func TestAdministrationIsForAdministrators(t *testing.T) {
	h := newHouse(t, Options{})
	calls := map[string]func(a access.Actor) error{
		"add": func(a access.Actor) error {
			_, err := h.AddUser(t.Context(), a, NewUser{Login: "neu", Name: "x", Password: goodPassword})
			return err
		},
		"list": func(a access.Actor) error { _, err := h.Users(t.Context(), a); return err },
		"find": func(a access.Actor) error {
			u, err := h.UserByLogin(t.Context(), a, " Z2")
			if err == nil && (u.ID != h.user.ID || u.PasswordHash != "") {
				t.Errorf("found %+v", u)
			}
			return err
		},
		"password": func(a access.Actor) error { return h.SetPassword(t.Context(), a, h.user.ID, goodPassword) },
		"roles":    func(a access.Actor) error { return h.SetRoles(t.Context(), a, h.user.ID, nil) },
		"units":    func(a access.Actor) error { return h.SetUnits(t.Context(), a, h.user.ID, nil) },
		"close":    func(a access.Actor) error { return h.SetDisabled(t.Context(), a, h.user.ID, false) },
	}
	for name, call := range calls {
		for who, a := range map[string]access.Actor{
			"person": h.actor(h.user), "guest": GuestActor(true), "zero": {},
			"coordination": {UserID: "k", Roles: []access.Role{access.RoleCoordination}},
		} {
			wantKind(t, name+" by "+who, call(a), errs.NotFound)
		}
		if err := call(h.actor(h.admin)); err != nil {
			t.Errorf("%s by the administrator: %v", name, err)
		}
	}
	users, err := h.Users(t.Context(), h.actor(h.admin))
	if err != nil || len(users) != 3 {
		t.Fatalf("%d users, %v", len(users), err)
	}
	for _, u := range users {
		if u.PasswordHash != "" {
			t.Errorf("the list shows the hash of %s", u.Login)
		}
	}
}

func TestMembershipIsGivenByManagers(t *testing.T) {
	h := newHouse(t, Options{})
	closed := page.Space{Key: "personal", Type: page.SpaceRestricted}
	open := page.Space{Key: "handbuch", Type: page.SpacePublished}
	manager := access.Actor{UserID: "m", Spaces: map[string]access.Membership{"personal": access.Manager, "handbuch": access.Manager}}
	member := access.Actor{UserID: "n", Spaces: map[string]access.Membership{"personal": access.Member, "handbuch": access.Member}}
	for _, c := range []struct {
		name  string
		a     access.Actor
		space page.Space
		ok    bool
	}{
		{"manager of a restricted space", manager, closed, true},
		{"manager of a published space", manager, open, true},
		{"member", member, closed, false},
		{"member of a published space", member, open, false},
		{"administrator in a published space", h.actor(h.admin), open, true},
		{"administrator in a restricted space", h.actor(h.admin), closed, false},
		{"the program", access.Program("test"), closed, true},
		{"administrator without a space", h.actor(h.admin), page.Space{}, false},
		{"guest", GuestActor(true), open, false},
	} {
		err := h.SetMembership(t.Context(), c.a, h.user.ID, c.space, access.Member)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		if !c.ok {
			wantKind(t, c.name, err, errs.NotFound)
		}
	}
}

func TestLastAdministratorStays(t *testing.T) {
	h := newHouse(t, Options{})
	root := access.Program("test")
	wantMessage(t, "taking the role", h.SetRoles(t.Context(), h.actor(h.admin), h.admin.ID, nil), "auth.last_admin")
	wantMessage(t, "closing", h.SetDisabled(t.Context(), root, h.admin.ID, true), "auth.last_admin")
	if err := h.SetRoles(t.Context(), root, h.user.ID, []access.Role{access.RoleAdmin}); err != nil {
		t.Fatal(err)
	}
	if err := h.SetDisabled(t.Context(), root, h.admin.ID, true); err != nil {
		t.Errorf("with a second administrator: %v", err)
	}
	wantMessage(t, "the second is now the last", h.SetRoles(t.Context(), root, h.user.ID, nil), "auth.last_admin")
}

func TestChangePassword(t *testing.T) {
	h := newHouse(t, Options{})
	first, second := h.signIn(t), h.signIn(t)
	a := h.actor(h.user)
	const next = "Tee um viertel nach fünf"

	_, _, err := h.ChangePassword(t.Context(), a, "not the old one", next)
	wantField(t, "wrong old password", err, "old", "auth.old_wrong")
	_, _, err = h.ChangePassword(t.Context(), a, goodPassword, "short")
	wantField(t, "bad new password", err, "new", "auth.password_short")
	_, _, err = h.ChangePassword(t.Context(), GuestActor(true), goodPassword, next)
	wantKind(t, "guest", err, errs.Unauthenticated)
	if _, err := h.Actor(t.Context(), first); err != nil {
		t.Fatalf("a failed change ended the session: %v", err)
	}

	token, _, err := h.ChangePassword(t.Context(), a, goodPassword, next)
	if err != nil {
		t.Fatal(err)
	}
	for _, old := range []string{first, second} {
		_, err := h.Actor(t.Context(), old)
		wantKind(t, "a session from before", err, errs.Unauthenticated)
	}
	if got, err := h.Actor(t.Context(), token); err != nil || got.UserID != h.user.ID {
		t.Errorf("the new session: %+v, %v", got, err)
	}
	if _, _, err := h.SignIn(t.Context(), "z2", goodPassword, "10.0.0.9"); err == nil {
		t.Error("the old password still works")
	}
	if _, _, err := h.SignIn(t.Context(), "z2", next, "10.0.0.9"); err != nil {
		t.Errorf("the new password: %v", err)
	}
	// A borrowed session cannot try out passwords either.
	for range 5 {
		if _, _, err := h.ChangePassword(t.Context(), a, "guess", goodPassword); err == nil {
			t.Fatal("a guess was right")
		}
	}
	_, _, err = h.ChangePassword(t.Context(), a, "guess", goodPassword)
	wantMessage(t, "guessing", err, "auth.throttled")
}

func TestSetup(t *testing.T) {
	store, c := newMemory(), &clock{t: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	s := New(store, Options{Now: c.now, Params: cheap()})
	setup := func(token string) error {
		_, _, err := s.Setup(t.Context(), token, "Leitstelle", "Leitstelle", goodPassword)
		return err
	}
	link := func() string {
		t.Helper()
		token, err := s.SetupLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	if needed, err := s.NeedsSetup(t.Context()); !needed || err != nil {
		t.Fatalf("needs set-up: %v, %v", needed, err)
	}
	wantMessage(t, "without a link", setup(""), "auth.setup_invalid")
	other, _ := newToken()
	wantMessage(t, "an invented token", setup(other), "auth.setup_invalid")

	old := link()
	c.add(24 * time.Hour)
	wantMessage(t, "a day later", setup(old), "auth.setup_invalid")

	replaced, token := link(), link()
	wantMessage(t, "an earlier link", setup(replaced), "auth.setup_invalid")
	if strings.Contains(fmt.Sprint(store.setup), token) {
		t.Error("the token is stored")
	}
	_, _, err := s.Setup(t.Context(), token, "x", "", "short")
	if fields := errs.FieldsOf(err); len(fields) != 3 {
		t.Errorf("wrong input: %v", err)
	}

	session, _, err := s.Setup(t.Context(), token, "Leitstelle", "Leitstelle", goodPassword)
	if err != nil {
		t.Fatalf("wrong input used the link up: %v", err)
	}
	if a, err := s.Actor(t.Context(), session); err != nil || !access.Can(a, access.Admin, access.Object{}) {
		t.Errorf("first administrator: %+v, %v", a, err)
	}
	wantKind(t, "a second time", setup(token), errs.NotFound)
	_, err = s.SetupLink(t.Context())
	wantKind(t, "another link", err, errs.NotFound)
}

func TestSetupLinkWorksOnce(t *testing.T) {
	store := newMemory()
	s := New(store, Options{Params: cheap()})
	token, err := s.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var made atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if _, _, err := s.Setup(t.Context(), token, fmt.Sprint("admin", i), "x", goodPassword); err == nil {
				made.Add(1)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 || len(store.users) != 1 {
		t.Errorf("%d administrators from one link", made.Load())
	}
}
