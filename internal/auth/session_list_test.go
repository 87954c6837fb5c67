package auth

import (
	"strings"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
)

func TestOwnSessions(t *testing.T) {
	h := newHouse(t, Options{})
	ctx, a := t.Context(), h.actor(h.user)
	first := h.signIn(t)
	h.clock.add(time.Hour)
	later := h.signIn(t)
	h.DescribeSession(ctx, first, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "192.0.2.77")
	list, err := h.Sessions(ctx, a, a.UserID)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	this, err := h.CurrentSession(ctx, first)
	if err != nil || this.Device != "firefox windows" || this.Network != "192.0.2.0/24" || this.ID == "" {
		t.Errorf("described as %+v, %v", this, err)
	}
	for _, se := range list {
		if se.Hash != (Hash{}) || se.ID == "" {
			t.Errorf("listed %+v", se)
		}
	}
	for who, other := range map[string]access.Actor{"a stranger": {UserID: "x"}, "a guest": GuestActor(true), "a token": {UserID: a.UserID, Token: &access.Token{Read: true, Write: true}}} {
		_, err := h.Sessions(ctx, other, a.UserID)
		wantKind(t, who+" lists", err, errs.NotFound)
		wantKind(t, who+" ends", second(h.EndSession(ctx, other, this.ID)), errs.NotFound)
	}
	wantKind(t, "no id", second(h.EndSession(ctx, a, "")), errs.NotFound)
	if _, err := h.Actor(ctx, first); err != nil {
		t.Fatal(err)
	}
	if whose, err := h.EndSession(ctx, a, this.ID); err != nil || whose != a.UserID {
		t.Fatal(err)
	}
	_, err = h.Actor(ctx, first)
	wantKind(t, "the ended one", err, errs.Unauthenticated)
	if _, err := h.Actor(ctx, later); err != nil {
		t.Errorf("the other one: %v", err)
	}
	third := h.signIn(t)
	if err := h.EndOtherSessions(ctx, a, third); err != nil {
		t.Fatal(err)
	}
	_, err = h.Actor(ctx, later)
	wantKind(t, "one of the others", err, errs.Unauthenticated)
	if _, err := h.Actor(ctx, third); err != nil {
		t.Errorf("this one: %v", err)
	}
	left, err := h.Sessions(ctx, h.actor(h.admin), a.UserID)
	if err != nil || len(left) != 1 {
		t.Fatalf("for the administrator: %+v, %v", left, err)
	}
	if _, err := h.EndSession(ctx, h.actor(h.admin), left[0].ID); err != nil {
		t.Errorf("ended by an administrator: %v", err)
	}
	// What has ended by itself is not listed.
	h.signIn(t)
	h.clock.add(9 * time.Hour)
	if list, err := h.Sessions(ctx, a, a.UserID); err != nil || len(list) != 0 {
		t.Errorf("after nine hours: %+v, %v", list, err)
	}
}

func TestConfirm(t *testing.T) {
	h := newHouse(t, Options{})
	ctx, a, token := t.Context(), h.actor(h.user), h.signIn(t)
	sure := func(token string) bool {
		t.Helper()
		ok, err := h.Sure(ctx, token)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !sure(token) {
		t.Error("a new sign-in is not enough")
	}
	h.clock.add(5 * time.Minute)
	if sure(token) {
		t.Error("five minutes later it still is")
	}
	if way, _, err := h.ConfirmBy(ctx, a); way != ConfirmPassword || err != nil {
		t.Errorf("confirms by %s, %v", way, err)
	}
	_, _, err := h.Confirm(ctx, a, token, "falsch", "10.0.0.1")
	wantField(t, "wrong password", err, "confirm", "auth.confirm_wrong")
	last := h.store.events[len(h.store.events)-1]
	if last.Action != audit.SessionConfirm || last.Outcome != audit.Refused || last.Actor != a.UserID {
		t.Errorf("recorded %+v", last)
	}
	_, _, err = h.Confirm(ctx, h.actor(h.admin), token, goodPassword, "10.0.0.1")
	wantKind(t, "somebody else's session", err, errs.Unauthenticated)
	_, _, err = h.Confirm(ctx, access.Actor{UserID: a.UserID, Token: &access.Token{}}, token, goodPassword, "10.0.0.1")
	wantKind(t, "a token", err, errs.Unauthenticated)

	fresh, _, err := h.Confirm(ctx, a, token, goodPassword, "10.0.0.1")
	if err != nil || fresh == token {
		t.Fatalf("token stays %v, %v", fresh == token, err)
	}
	if !sure(fresh) {
		t.Error("not sure after the password")
	}
	_, err = h.Actor(ctx, token)
	wantKind(t, "the old token", err, errs.Unauthenticated)
	if last := h.store.events[len(h.store.events)-1]; last.Action != audit.SessionConfirm || last.Outcome == audit.Refused {
		t.Errorf("recorded %+v", last)
	}
	for range 5 {
		if _, _, err := h.Confirm(ctx, a, fresh, "falsch", "10.0.0.1"); err == nil {
			t.Fatal("a guess was right")
		}
	}
	_, _, err = h.Confirm(ctx, a, fresh, goodPassword, "10.0.0.2")
	wantField(t, "guessing", err, "confirm", "auth.throttled")
	h.clock.add(-time.Hour)
	if sure(fresh) {
		t.Error("a clock that was set back makes sure")
	}
}

func TestConfirmWithoutPassword(t *testing.T) {
	for _, c := range []struct {
		demo bool
		way  ConfirmWay
	}{{true, ConfirmDemo}, {false, ConfirmAnew}} {
		h := newHouse(t, Options{Demo: c.demo})
		u, err := h.AddUser(t.Context(), access.Program("test"), NewUser{Login: "ohne", Name: "Ohne", NoPassword: true})
		if err != nil {
			t.Fatal(err)
		}
		token, _, err := h.start(t.Context(), u.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		if way, _, err := h.ConfirmBy(t.Context(), h.actor(u)); way != c.way || err != nil {
			t.Errorf("demo %v: confirms by %s, %v", c.demo, way, err)
		}
		_, _, err = h.Confirm(t.Context(), h.actor(u), token, "", "")
		if (err == nil) != c.demo {
			t.Errorf("demo %v: %v", c.demo, err)
		}
	}
}

func TestDevices(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":           "edge windows",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                                   "chrome linux",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                         "chrome android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "safari iphone",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":                   "safari mac",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                        "firefox windows",
		"":                                    "other other",
		"curl/8.1 <script>":                   "other other",
		strings.Repeat("x", 5000) + "Firefox": "other other",
	} {
		if got := deviceOf(agent); got != want {
			t.Errorf("%.90q: %q, want %q", agent, got, want)
		}
	}
	for addr, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24", "2001:db8:1:2:3::4": "2001:db8:1::/48", "fe80::1%eth0": "fe80::/48", "": "", "x": "",
	} {
		if got := shortNetwork(addr); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}
