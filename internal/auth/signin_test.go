package auth

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
)

func TestSignIn(t *testing.T) {
	h := newHouse(t, Options{})
	closed, err := h.AddUser(t.Context(), access.Program("test"), NewUser{Login: "closed", Name: "x", Password: goodPassword})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.SetDisabled(t.Context(), access.Program("test"), closed.ID, true); err != nil {
		t.Fatal(err)
	}
	if _, err := h.AddUser(t.Context(), access.Program("test"), NewUser{Login: "bare", Name: "x", NoPassword: true}); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		name, login, password string
		ok                    bool
	}{
		{"right", "z2", goodPassword, true},
		{"login in capitals and with spaces", " Z2 ", goodPassword, true},
		{"wrong password", "z2", goodPassword + "!", false},
		{"password in capitals", "z2", strings.ToUpper(goodPassword), false},
		{"empty password", "z2", "", false},
		{"unknown login", "z3", goodPassword, false},
		{"a login nobody can have", "z2' or 1=1", goodPassword, false},
		{"empty login", "", goodPassword, false},
		{"closed account", "closed", goodPassword, false},
		{"account without a password", "bare", "", false},
		{"endless password", "z2", strings.Repeat("a", MaxPassword+1), false},
		{"endless login", strings.Repeat("z", 1<<20), goodPassword, false},
	} {
		token, sess, err := h.SignIn(t.Context(), c.login, c.password, fmt.Sprint("10.0.0.", i))
		if c.ok {
			if err != nil || len(token) != 43 || sess.UserID != h.user.ID {
				t.Errorf("%s: token %q, session %+v, err %v", c.name, token, sess, err)
			}
			continue
		}
		wantKind(t, c.name, err, errs.Invalid)
		wantMessage(t, c.name, err, "auth.wrong")
		if token != "" || len(errs.FieldsOf(err)) != 0 {
			t.Errorf("%s: got a token or a hint: %q %v", c.name, token, err)
		}
	}
}

// The answers for a login that exists and one that does not are the same, sentence by sentence, up to the
// throttle and behind it.
func TestSignInNeverTellsWhetherALoginExists(t *testing.T) {
	h := newHouse(t, Options{})
	for i := range 8 {
		_, _, known := h.SignIn(t.Context(), "z2", "wrong password", "10.0.0.1")
		_, _, unknown := h.SignIn(t.Context(), "z3", "wrong password", "10.0.0.2")
		a, _ := errs.MessageOf(known)
		b, _ := errs.MessageOf(unknown)
		if a.String() != b.String() || errs.KindOf(known) != errs.KindOf(unknown) {
			t.Errorf("attempt %d: %v but %v", i+1, known, unknown)
		}
		if want := map[bool]string{true: "auth.wrong", false: "auth.throttled"}[i < 5]; a.Key != want {
			t.Errorf("attempt %d: %s, want %s", i+1, a.Key, want)
		}
	}
	// Behind the throttle not even the right password answers differently.
	_, _, err := h.SignIn(t.Context(), "z2", goodPassword, "10.0.0.1")
	wantMessage(t, "the right password behind the throttle", err, "auth.throttled")
	h.clock.add(waitOf(t, err))
	if _, _, err := h.SignIn(t.Context(), "z2", goodPassword, "10.0.0.1"); err != nil {
		t.Errorf("after the waiting time: %v", err)
	}
}

func TestSignInFailureOfOursIsNoGuess(t *testing.T) {
	h := newHouse(t, Options{})
	h.store.failing = errs.New(errs.ReadOnly, errs.Msg("err.read_only"))
	for i := range 10 {
		_, _, err := h.SignIn(t.Context(), "z2", goodPassword, "10.0.0.1")
		wantKind(t, fmt.Sprint("attempt ", i), err, errs.ReadOnly)
	}
}

func TestSignInKeepsOnlyHashes(t *testing.T) {
	h := newHouse(t, Options{})
	one, s1, err1 := h.SignIn(t.Context(), "z2", goodPassword, "10.0.0.1")
	two, s2, err2 := h.SignIn(t.Context(), "z2", goodPassword, "10.0.0.1")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if one == two || s1.Hash == s2.Hash {
		t.Error("two sign-ins share a token")
	}
	stored := fmt.Sprintf("%+v %s", h.store.sessions, h.store.users[h.user.ID].PasswordHash)
	for _, secret := range []string{one, two, goodPassword} {
		if strings.Contains(stored, secret) {
			t.Errorf("the store holds %q", secret)
		}
	}
}

func TestSignInRenewsOutdatedHashes(t *testing.T) {
	h := newHouse(t, Options{})
	before := h.store.users[h.user.ID].PasswordHash
	raised := New(h.store, Options{Now: h.clock.now, Params: Params{MemoryKiB: 128, Passes: 1, Lanes: 1}})
	if _, _, err := raised.SignIn(t.Context(), "z2", "wrong password", "10.0.0.1"); err == nil || h.store.users[h.user.ID].PasswordHash != before {
		t.Errorf("a wrong password renewed the hash (err %v)", err)
	}
	token, _, err := raised.SignIn(t.Context(), "z2", goodPassword, "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	after := h.store.users[h.user.ID].PasswordHash
	if !strings.Contains(after, "m=128,") {
		t.Errorf("hash %q was not renewed", after)
	}
	if _, err := raised.Actor(t.Context(), token); err != nil {
		t.Errorf("renewing ended the session: %v", err)
	}
	if _, _, err := raised.SignIn(t.Context(), "z2", goodPassword, "10.0.0.1"); err != nil || h.store.users[h.user.ID].PasswordHash != after {
		t.Errorf("renewed a second time, or %v", err)
	}
}

// A password change or a closing that falls between check and session wins.
func TestSignInRace(t *testing.T) {
	other, err := newHasher(cheap()).hash(t.Context(), "another password")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		meanwhile func(m *memory, id string) error
		ok        bool
	}{
		"password changed": {func(m *memory, id string) error { return m.SetPassword(t.Context(), id, other) }, false},
		"account closed":   {func(m *memory, id string) error { return m.SetDisabled(t.Context(), id, true) }, false},
		"hash renewed by another sign-in": {func(m *memory, id string) error {
			again, err := newHasher(cheap()).hash(t.Context(), goodPassword)
			return errors.Join(err, m.SetPassword(t.Context(), id, again))
		}, true},
	} {
		h := newHouse(t, Options{})
		h.store.onCreate = func(m *memory) {
			if err := c.meanwhile(m, h.user.ID); err != nil {
				t.Error(err)
			}
		}
		_, _, err := h.SignIn(t.Context(), "z2", goodPassword, "10.0.0.1")
		if (err == nil) != c.ok || (len(h.store.sessions) == 1) != c.ok {
			t.Errorf("%s: err %v, %d sessions", name, err, len(h.store.sessions))
		}
	}
}

func TestPasswordsAreTheSameOnEveryKeyboard(t *testing.T) {
	h := newHouse(t, Options{})
	composed, decomposed := "Überprüfung", "U\u0308berpru\u0308fung"
	if _, err := h.AddUser(t.Context(), access.Program("test"), NewUser{Login: "uwe", Name: "x", Password: composed + " 1"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.SignIn(t.Context(), "uwe", decomposed+" 1", "10.0.0.1"); err != nil {
		t.Error(err)
	}
}

func TestSignInAsIsForTheDemoOnly(t *testing.T) {
	plain, demo := newHouse(t, Options{}), newHouse(t, Options{Demo: true})
	_, _, err := plain.SignInAs(t.Context(), plain.user.ID)
	wantKind(t, "outside the demo", err, errs.NotFound)
	_, err = plain.DemoUsers(t.Context())
	wantKind(t, "the list outside the demo", err, errs.NotFound)
	if len(plain.store.sessions) != 0 {
		t.Error("a session was made")
	}

	token, _, err := demo.SignInAs(t.Context(), demo.user.ID)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := demo.Actor(t.Context(), token); err != nil || a.UserID != demo.user.ID {
		t.Errorf("actor %+v, err %v", a, err)
	}
	users, err := demo.DemoUsers(t.Context())
	if err != nil || len(users) != 2 || users[0].PasswordHash != "" {
		t.Errorf("users %+v, err %v", users, err)
	}
	_, _, err = demo.SignInAs(t.Context(), "nobody")
	wantKind(t, "an account that is not there", err, errs.NotFound)
	if err := demo.SetDisabled(t.Context(), access.Program("test"), demo.user.ID, true); err != nil {
		t.Fatal(err)
	}
	_, _, err = demo.SignInAs(t.Context(), demo.user.ID)
	wantKind(t, "a closed account", err, errs.NotFound)
}

func TestThrottledCarriesRetryAfter(t *testing.T) {
	h := newHouse(t, Options{})
	var err error
	for range 6 {
		_, _, err = h.SignIn(t.Context(), "z2", "wrong password", "10.0.0.1")
	}
	if w := waitOf(t, err); w != 30*time.Second {
		t.Errorf("wait %v", w)
	}
}
