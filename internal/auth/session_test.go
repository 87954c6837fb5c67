package auth

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lernraum/internal/access"
	"lernraum/internal/errs"
)

func (h house) signIn(t *testing.T) string {
	t.Helper()
	token, _, err := h.SignIn(t.Context(), "z2", goodPassword, "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestActor(t *testing.T) {
	h := newHouse(t, Options{})
	got, err := h.Actor(t.Context(), h.signIn(t))
	if err != nil {
		t.Fatal(err)
	}
	want := access.Actor{UserID: h.user.ID, Name: "Reisestelle", Label: "Referat Z 2", Units: []string{"z2"},
		Spaces: map[string]access.Membership{"handbuch": access.Member}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, token := range []string{"", "x", h.signIn(t)[:42] + "!", fmt.Sprint(make([]byte, 40))} {
		a, err := h.Actor(t.Context(), token)
		wantKind(t, fmt.Sprintf("token %q", token), err, errs.Unauthenticated)
		if diff := cmp.Diff(access.Actor{}, a); diff != "" {
			t.Errorf("token %q: %s", token, diff)
		}
	}
}

func TestGuestActor(t *testing.T) {
	if a := GuestActor(true); !a.Guest || !a.PublicRead || a.SignedIn() {
		t.Errorf("%+v", a)
	}
	if a := GuestActor(false); !a.Guest || a.PublicRead {
		t.Errorf("%+v", a)
	}
}

func TestSessionLife(t *testing.T) {
	for _, c := range []struct {
		name string
		uses []time.Duration // pauses before each use
		ok   bool            // of the last use
	}{
		{"at once", []time.Duration{0}, true},
		{"just before the idle end", []time.Duration{8*time.Hour - time.Second}, true},
		{"at the idle end", []time.Duration{8 * time.Hour}, false},
		{"used in between", []time.Duration{5 * time.Hour, 5 * time.Hour}, true},
		{"just before the absolute end", []time.Duration{6 * time.Hour, 6*time.Hour - time.Second}, true},
		{"at the absolute end, however busy", []time.Duration{4 * time.Hour, 4 * time.Hour, 4 * time.Hour}, false},
	} {
		h := newHouse(t, Options{})
		token := h.signIn(t)
		var err error
		for _, pause := range c.uses {
			h.clock.add(pause)
			_, err = h.Actor(t.Context(), token)
		}
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		if !c.ok {
			wantKind(t, c.name, err, errs.Unauthenticated)
			if n, err := h.CleanUp(t.Context()); n != 1 || err != nil || len(h.store.sessions) != 0 {
				t.Errorf("%s: cleaned up %d, %v", c.name, n, err)
			}
		} else if n, err := h.CleanUp(t.Context()); n != 0 || err != nil {
			t.Errorf("%s: cleaned up %d living sessions, %v", c.name, n, err)
		}
	}
}

// An answer kept in memory never outlives the session.
func TestCacheEndsWithTheSession(t *testing.T) {
	h := newHouse(t, Options{})
	token := h.signIn(t)
	h.clock.add(8*time.Hour - time.Second)
	h.store.failing = errs.New(errs.ReadOnly, errs.Message{}) // so that the use is not noted
	if _, err := h.Actor(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	h.clock.add(time.Second)
	_, err := h.Actor(t.Context(), token)
	wantKind(t, "one second later", err, errs.Unauthenticated)
}

func TestLookUpsAreCheap(t *testing.T) {
	h := newHouse(t, Options{})
	token := h.signIn(t)
	// Ten minutes with twenty requests a second at once, every second.
	for range 600 {
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := h.Actor(t.Context(), token); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		h.clock.add(time.Second)
	}
	if h.store.touches != 1 {
		t.Errorf("%d writes in ten minutes, want 1 (after five)", h.store.touches)
	}
	// Every other second asks the store; requests at the same moment may ask together.
	if h.store.lookups < 300 || h.store.lookups > 300*20 {
		t.Errorf("%d look-ups", h.store.lookups)
	}
	before := h.store.lookups
	for range 1000 {
		if _, err := h.Actor(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	if n := h.store.lookups - before; n > 1 {
		t.Errorf("%d look-ups for 1000 requests at one moment", n)
	}
}

func TestReadingGoesOnWithoutWriting(t *testing.T) {
	h := newHouse(t, Options{})
	token := h.signIn(t)
	h.store.failing = errs.New(errs.ReadOnly, errs.Message{})
	h.clock.add(time.Hour)
	if _, err := h.Actor(t.Context(), token); err != nil {
		t.Errorf("a medium without writes keeps people out: %v", err)
	}
}

// Rights that are withdrawn through this service end at once; those that another process withdraws in the
// store within two seconds.
func TestRevocation(t *testing.T) {
	root := access.Program("test")
	for name, revoke := range map[string]func(h house, token string) error{
		"sign out":       func(h house, token string) error { return h.SignOut(t.Context(), h.actor(h.user), token) },
		"sign out all":   func(h house, _ string) error { return h.SignOutAll(t.Context(), h.actor(h.user), h.user.ID) },
		"by the admin":   func(h house, _ string) error { return h.SignOutAll(t.Context(), h.actor(h.admin), h.user.ID) },
		"closed":         func(h house, _ string) error { return h.SetDisabled(t.Context(), root, h.user.ID, true) },
		"password reset": func(h house, _ string) error { return h.SetPassword(t.Context(), root, h.user.ID, "another password") },
	} {
		h := newHouse(t, Options{})
		token := h.signIn(t)
		if _, err := h.Actor(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if err := revoke(h, token); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, err := h.Actor(t.Context(), token)
		wantKind(t, name, err, errs.Unauthenticated)
	}
	for name, revoke := range map[string]func(h house) error{
		"session deleted": func(h house) error { return h.store.DeleteSessionsOf(t.Context(), h.user.ID) },
		"account closed":  func(h house) error { return h.store.SetDisabled(t.Context(), h.user.ID, true) },
	} {
		h := newHouse(t, Options{})
		token := h.signIn(t)
		if _, err := h.Actor(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if err := revoke(h); err != nil {
			t.Fatal(err)
		}
		h.clock.add(2 * time.Second)
		_, err := h.Actor(t.Context(), token)
		wantKind(t, name, err, errs.Unauthenticated)
	}
}

func TestChangedRightsShowAtOnce(t *testing.T) {
	h := newHouse(t, Options{})
	token := h.signIn(t)
	if a, _ := h.Actor(t.Context(), token); a.Has(access.RoleEditor) {
		t.Fatal("already an editor")
	}
	if err := h.SetRoles(t.Context(), h.actor(h.admin), h.user.ID, []access.Role{access.RoleEditor}); err != nil {
		t.Fatal(err)
	}
	if a, err := h.Actor(t.Context(), token); err != nil || !a.Has(access.RoleEditor) {
		t.Errorf("actor %+v, err %v", a, err)
	}
}

func TestSignOutAllOfOthersIsForAdministrators(t *testing.T) {
	h := newHouse(t, Options{})
	wantKind(t, "another person", h.SignOutAll(t.Context(), h.actor(h.user), h.admin.ID), errs.NotFound)
	wantKind(t, "a guest", h.SignOutAll(t.Context(), GuestActor(true), h.user.ID), errs.NotFound)
	wantKind(t, "a guest without an id", h.SignOutAll(t.Context(), access.Actor{}, ""), errs.NotFound)
	if err := h.SignOut(t.Context(), h.actor(h.user), "no such token"); err != nil {
		t.Errorf("signing out without a session: %v", err)
	}
}

func TestCacheIsBoundedAndForgetsRevocations(t *testing.T) {
	c := newCache()
	c.max = 10
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for i := range 100 {
		var h Hash
		h[0] = byte(i)
		c.claimTouch(h, now.Add(-time.Hour), now)
		c.put(h, access.Actor{UserID: fmt.Sprint(i)}, c.mark(), now, now.Add(cacheFor))
		if a, ok := c.get(h, now); !ok || a.UserID != fmt.Sprint(i) {
			t.Fatalf("entry %d is not there", i)
		}
	}
	if len(c.entries) > 10 {
		t.Errorf("%d entries", len(c.entries))
	}
	// A look-up that began before a revocation and ends after it leaves nothing behind.
	h := Hash{200}
	mark := c.mark()
	c.drop(h)
	c.put(h, access.Actor{UserID: "x"}, mark, now, now.Add(cacheFor))
	if _, ok := c.get(h, now); ok {
		t.Error("a revoked session came back")
	}
	// A clock that is set back does not prolong an answer.
	c.put(h, access.Actor{UserID: "x"}, c.mark(), now, now.Add(cacheFor))
	if _, ok := c.get(h, now.Add(-time.Hour)); ok {
		t.Error("an answer from the future is used")
	}
}
