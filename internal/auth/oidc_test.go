package auth_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
)

func reason(err error) string {
	r, _ := errors.AsType[auth.Refusal](err)
	return r.Reason
}

func TestSignInAtProvider(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.groups("redaktion", "verloren", "unbekannt")
	to, browser, err := g.StartSignIn(t.Context(), auth.Start{Provider: "haus", Back: "//evil.test"})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, want := range map[string]string{
		"response_type": "code", "code_challenge_method": "S256", "client_id": "lernraum", "redirect_uri": "https://haus.test/auth/callback", "max_age": "43200", "scope": "openid",
	} {
		if q.Get(name) != want {
			t.Errorf("%s is %q", name, q.Get(name))
		}
	}
	if len(q.Get("state")) < 22 || len(q.Get("nonce")) < 22 || len(q.Get("code_challenge")) != 43 || strings.Contains(to, browser) {
		t.Error(to)
	}
	in, err := g.FinishSignIn(t.Context(), g.way(auth.Start{Provider: "haus", Back: "/wiki/handbuch", Browser: browser}))
	if err != nil || in.Back != "/wiki/handbuch" || in.Session.Provider != "haus" || !in.Session.ExpiresAt.Equal(g.clock.now().Add(12*time.Hour)) {
		t.Fatalf("%+v, %v", in, err)
	}
	a, err := g.actor(in.Token)
	if err != nil || a.Name != "Anna" || !a.Has(access.RoleEditor) || a.Spaces["handbuch"] != access.Manager || len(a.Units) > 0 {
		t.Errorf("%+v, %v", a, err)
	}
	// Signed in anew without the group, and with another name.
	g.is.set(func() { g.is.claims = map[string]any{"name": "Anna Neu"} })
	b, err := g.actor(g.signIn())
	if err != nil || b.UserID != a.UserID || b.Name != "Anna Neu" || b.Has(access.RoleEditor) || len(b.Spaces) > 0 {
		t.Errorf("%+v, %v", b, err)
	}
	if a, err := g.actor(in.Token); err != nil || a.Has(access.RoleEditor) {
		t.Errorf("the other session keeps the right: %+v, %v", a, err)
	}
	// A closed account stays out, whatever the provider says.
	if err := g.SetDisabled(t.Context(), access.Program("test"), a.UserID, true); err != nil {
		t.Fatal(err)
	}
	if _, err := g.FinishSignIn(t.Context(), g.way(auth.Start{Provider: "haus"})); reason(err) != "disabled" {
		t.Error(err)
	}
	if _, _, err := g.StartSignIn(t.Context(), auth.Start{Provider: "nix"}); !errs.Is(err, errs.NotFound) {
		t.Error(err)
	}
	// Two people with one address are two people, and a local account is a third.
	g.is.set(func() { g.is.claims = map[string]any{"sub": "18", "email": "anna@haus.test", "email_verified": true} })
	c, err := g.actor(g.signIn())
	if err != nil || c.UserID == a.UserID {
		t.Errorf("%+v, %v", c, err)
	}
}

// Who shows anew who they are has to have done so just now; the session says when that was.
func TestProofOfPerson(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	ago := func(d time.Duration) map[string]any { return map[string]any{"auth_time": g.clock.now().Add(-d).Unix()} }
	for _, c := range []struct {
		fresh  bool
		claims map[string]any
		reason string
		sure   bool
	}{
		{false, ago(0), "", true},
		{false, ago(4 * time.Minute), "", true},
		{false, ago(6 * time.Minute), "", false},
		{false, ago(13 * time.Hour), "auth_time", false},
		{false, ago(-2 * time.Minute), "auth_time", false},
		{false, map[string]any{"auth_time": nil}, "", false},
		{true, ago(0), "", true},
		{true, ago(2 * time.Minute), "auth_time", false},
		{true, map[string]any{"auth_time": nil}, "auth_time", false},
	} {
		g.is.set(func() { g.is.claims = c.claims })
		in, err := g.FinishSignIn(t.Context(), g.way(auth.Start{Provider: "haus", Fresh: c.fresh}))
		if reason(err) != c.reason || (err == nil) != (c.reason == "") {
			t.Errorf("%+v: %v", c, err)
		}
		if err != nil {
			continue
		}
		if sure, err := g.Sure(t.Context(), in.Token); err != nil || sure != c.sure {
			t.Errorf("%+v: sure is %v, %v", c, sure, err)
		}
	}
}

func TestGroupsAreReadAgain(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.groups("redaktion")
	token := g.signIn()
	g.groups()
	if a, err := g.actor(token); err != nil || !a.Has(access.RoleEditor) || g.is.count("/token") != 1 {
		t.Errorf("at once: %+v, %v", a, err)
	}
	// After ten minutes nobody waits: the request goes on with what is known.
	g.clock.pass(11 * time.Minute)
	hold := make(chan struct{})
	g.is.set(func() { g.is.hold = hold })
	if a, err := g.actor(token); err != nil || !a.Has(access.RoleEditor) {
		t.Errorf("after 11 min: %+v, %v", a, err)
	}
	g.is.set(func() { g.is.hold = nil })
	close(hold)
	for hash := sha256.Sum256([]byte(token)); t.Context().Err() == nil; { // until the refresh has come to its end
		if se, _, err := g.store.SessionUser(t.Context(), hash); err != nil || g.clock.now().Sub(se.ReadAt) < time.Minute {
			break
		}
	}
	if a, err := g.actor(token); err != nil || a.Has(access.RoleEditor) || g.is.count("/token") != 2 {
		t.Errorf("after the refresh: %+v, %v, %d times", a, err, g.is.count("/token"))
	}
	// After a quarter of an hour everybody waits for one refresh.
	g.groups("redaktion")
	g.clock.pass(20 * time.Minute)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if a, err := g.Actor(t.Context(), token); err != nil || !a.Has(access.RoleEditor) {
				t.Errorf("after 20 min: %+v, %v", a, err)
			}
		})
	}
	wg.Wait()
	if n := g.is.count("/token"); n != 3 {
		t.Errorf("asked %d times", n)
	}
	// The provider is down: the session goes on, and it is tried again after a minute.
	g.groups()
	g.is.set(func() { g.is.down = true })
	g.clock.pass(20 * time.Minute)
	for i := range 5 {
		if a, err := g.actor(token); err != nil || !a.Has(access.RoleEditor) || g.is.count("/token") != 4 {
			t.Errorf("down, request %d: %+v, %v, %d times", i, a, err, g.is.count("/token"))
		}
	}
	g.is.set(func() { g.is.down = false })
	g.clock.pass(time.Minute)
	if a, err := g.actor(token); err != nil || a.Has(access.RoleEditor) {
		t.Errorf("up again: %+v, %v", a, err)
	}
	// The provider has ended it.
	g.is.set(func() { g.is.failure = "invalid_grant" })
	g.clock.pass(20 * time.Minute)
	for range 2 {
		if _, err := g.actor(token); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("ended: %v", err)
		}
	}
}

func TestRefusedRefreshEndsTheSession(t *testing.T) {
	t.Parallel()
	for _, c := range []map[string]any{{"sub": "18"}, {"_claim_names": map[string]any{"groups": "x"}}, {"aud": "andere"}, {"iss": "https://other.test"}} {
		g := newGate(t)
		token := g.signIn()
		g.is.set(func() { g.is.claims = c })
		g.clock.pass(20 * time.Minute)
		if _, err := g.actor(token); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("%v: %v", c, err)
		}
	}
}

func TestProviderWithoutRefreshToken(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.is.set(func() { g.is.refresh = "" })
	token := g.signIn()
	g.clock.pass(14 * time.Minute)
	if _, err := g.actor(token); err != nil {
		t.Error(err)
	}
	g.clock.pass(2 * time.Minute)
	_, err := g.actor(token)
	renew, ok := errors.AsType[auth.Renew](err)
	if !ok || !errs.Is(err, errs.Unauthenticated) || renew.Provider != "haus" {
		t.Fatal(err)
	}
	// Without the person being asked; the end of the session stays where it was.
	a := g.way(auth.Start{Provider: "haus", Renew: &renew, Back: "/x"})
	in, err := g.FinishSignIn(t.Context(), a)
	if err != nil || !in.Session.ExpiresAt.Equal(renew.Until) {
		t.Errorf("%+v, %v", in, err)
	}
	// Somebody else by now, silently or asked anew: nobody becomes them.
	before := g.is.count("/token")
	for _, st := range []auth.Start{{Provider: "haus", Renew: &renew}, {Provider: "haus", Fresh: true, UserID: renew.UserID}} {
		g.is.set(func() { g.is.claims = map[string]any{"sub": "18"} })
		if _, err := g.FinishSignIn(t.Context(), g.way(st)); reason(err) != "other_person" {
			t.Errorf("%+v: %v", st, err)
		}
	}
	g.is.set(func() { g.is.claims = nil })
	if n := g.is.count("/token"); n != before+2 {
		t.Errorf("asked %d times", n-before)
	}
	a = g.way(auth.Start{Provider: "haus", Renew: &renew, Back: "/x"})
	a.Query.Del("code")
	a.Query.Set("error", "login_required")
	if in, err = g.FinishSignIn(t.Context(), a); err != nil || in.Again != "haus" || in.Back != "/x" || in.Token != "" {
		t.Errorf("%+v, %v", in, err)
	}
}

// However many tokens name keys that are not there: keys are read once more, and then not for a minute.
func TestKeysAreReadAgainOnceAMinute(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.signIn()
	if n := g.is.count("/keys"); n != 1 {
		t.Errorf("%d readings to begin with", n)
	}
	g.is.rotate("k2")
	g.signIn()
	if n := g.is.count("/keys"); n != 2 {
		t.Errorf("%d readings after a rotation", n)
	}
	g.is.rotate("k3")
	for range 10 {
		if _, err := g.FinishSignIn(t.Context(), g.way(auth.Start{Provider: "haus"})); reason(err) != "key_unknown" {
			t.Error(err)
		}
	}
	if n := g.is.count("/keys"); n != 2 {
		t.Errorf("%d readings within a minute", n)
	}
	g.clock.pass(time.Minute)
	g.signIn()
	if n := g.is.count("/keys"); n != 3 {
		t.Errorf("%d readings after a minute", n)
	}
}

func TestProviderAway(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.is.set(func() { g.is.down = true })
	const discovery = "/.well-known/openid-configuration"
	for range 3 {
		if list := g.Providers(t.Context()); len(list) != 1 || !list[0].Away || g.is.count(discovery) != 1 {
			t.Errorf("%+v, asked %d times", list, g.is.count(discovery))
		}
		if _, _, err := g.StartSignIn(t.Context(), auth.Start{Provider: "haus"}); !errs.Is(err, errs.Unavailable) {
			t.Error(err)
		}
	}
	g.is.set(func() { g.is.down = false })
	g.clock.pass(10 * time.Second)
	if list := g.Providers(t.Context()); list[0].Away {
		t.Error("it is back")
	}
	g.is.set(func() { g.is.down = true })
	g.clock.pass(time.Minute)
	if list := g.Providers(t.Context()); !list[0].Away {
		t.Error("it is away again")
	}
	if _, _, err := g.StartSignIn(t.Context(), auth.Start{Provider: "haus"}); err != nil {
		t.Errorf("what is known of it is enough to begin: %v", err)
	}
	for _, bad := range []map[string]any{
		{"issuer": g.is.URL + "/"}, {"token_endpoint": "http://op.test/token"}, {"jwks_uri": "ftp://127.0.0.1/keys"}, {"authorization_endpoint": ""},
		{"code_challenge_methods_supported": []string{"plain"}}, {"userinfo_endpoint": "https://u:p@op.test/"},
	} {
		h := newGate(t)
		if bad["issuer"] != nil {
			bad["issuer"] = h.is.URL + "/"
		}
		h.is.set(func() { h.is.meta = bad })
		if _, _, err := h.StartSignIn(t.Context(), auth.Start{Provider: "haus"}); !errs.Is(err, errs.Unavailable) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestProviderEndsSessions(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	const event = "http://schemas.openid.net/event/backchannel-logout"
	const form = "application/x-www-form-urlencoded"
	n := 0
	demand := func(more map[string]any) string {
		n++
		c := map[string]any{"events": map[string]any{event: map[string]any{}}, "jti": fmt.Sprint(n), "auth_time": nil, "name": nil}
		for k, v := range more {
			c[k] = v
		}
		return g.is.signed("logout+jwt", c)
	}
	end := func(token string) error {
		return g.ProviderLogout(t.Context(), "haus", form, url.Values{"logout_token": {token}}, "")
	}
	token := g.signIn()
	for want, raw := range map[string]string{
		"logout_event": demand(map[string]any{"events": map[string]any{}}), "logout_nonce": demand(map[string]any{"nonce": "x"}), "token_id": demand(map[string]any{"jti": nil}),
		"subject": demand(map[string]any{"sub": nil, "sid": nil}), "issued_at": demand(map[string]any{"iat": g.clock.now().Add(-121 * time.Second).Unix()}),
		"audience": demand(map[string]any{"aud": "andere"}), "issuer": demand(map[string]any{"iss": "https://other.test"}), "token_type": g.is.signed("JWT", nil),
		"token_form": "x", "logout_form": "",
	} {
		if err := end(raw); reason(err) != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := g.ProviderLogout(t.Context(), "haus", "application/json", url.Values{"logout_token": {demand(nil)}}, ""); reason(err) != "logout_form" {
		t.Error(err)
	}
	if err := g.ProviderLogout(t.Context(), "nix", form, url.Values{"logout_token": {demand(nil)}}, ""); !errs.Is(err, errs.NotFound) {
		t.Error(err)
	}
	if _, err := g.Actor(t.Context(), token); err != nil {
		t.Errorf("a bad demand has ended the session: %v", err)
	}
	good := demand(nil)
	if err := end(good); err != nil {
		t.Error(err)
	}
	if _, err := g.Actor(t.Context(), token); !errs.Is(err, errs.Unauthenticated) { // without any time passing
		t.Errorf("the session goes on: %v", err)
	}
	if err := end(good); reason(err) != "replayed" {
		t.Error(err)
	}
	if err := end(demand(map[string]any{"sub": "niemand"})); err != nil {
		t.Errorf("nothing to end is no mistake: %v", err)
	}
	found := 0
	err := g.store.EachAudit(t.Context(), 1, func(e audit.Entry) error {
		if e.Action == audit.ProviderLogout && e.Outcome == audit.Done {
			found++
		}
		return nil
	})
	if err != nil || found != 1 {
		t.Errorf("%d entries, %v", found, err)
	}
}

func TestLeavingTheProvider(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	token := g.signIn()
	g.is.set(func() { g.is.down = true }) // whether it answers is of no matter
	out, err := g.SignOutProvider(t.Context(), access.Actor{}, token)
	if err != nil || out.Provider != "haus" {
		t.Fatalf("%+v, %v", out, err)
	}
	if _, err := g.Actor(t.Context(), token); !errs.Is(err, errs.Unauthenticated) {
		t.Error(err)
	}
	if _, err := g.LeaveProvider(t.Context(), strings.Repeat("A", 43)); !errs.Is(err, errs.NotFound) {
		t.Error(err)
	}
	to, err := g.LeaveProvider(t.Context(), out.Browser)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	if q := u.Query(); u.Path != "/end" || q.Get("client_id") != "lernraum" || q.Get("post_logout_redirect_uri") != "https://haus.test/login" || strings.Count(q.Get("id_token_hint"), ".") != 2 {
		t.Error(to)
	}
	if _, err := g.LeaveProvider(t.Context(), out.Browser); !errs.Is(err, errs.NotFound) {
		t.Errorf("twice: %v", err)
	}
}

func TestSignInLink(t *testing.T) {
	t.Parallel()
	g := newGate(t, func(f *auth.Federation) { f.PasswordsOff = true })
	root := access.Program("test")
	boss, err := g.AddUser(t.Context(), root, auth.NewUser{Login: "boss", Name: "Boss", Password: "Kaffee um halb vier", Roles: []access.Role{access.RoleAdmin}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.AddUser(t.Context(), root, auth.NewUser{Login: "clerk", Name: "Clerk", Password: "Kaffee um halb vier"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.SignIn(t.Context(), "boss", "Kaffee um halb vier", ""); !errs.Is(err, errs.Invalid) {
		t.Errorf("a password signs in: %v", err)
	}
	if _, err := g.SignInLink(t.Context(), access.Actor{UserID: boss.ID, Roles: boss.Roles}, "boss"); !errs.Is(err, errs.NotFound) {
		t.Errorf("an administrator makes links: %v", err)
	}
	if _, err := g.SignInLink(t.Context(), root, "clerk"); !errs.Is(err, errs.Invalid) {
		t.Errorf("a link for somebody else: %v", err)
	}
	link := func() string {
		t.Helper()
		token, err := g.SignInLink(t.Context(), root, "Boss")
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	token := link()
	sess, _, err := g.SignInByLink(t.Context(), token, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	if a, err := g.actor(sess); err != nil || a.UserID != boss.ID {
		t.Errorf("%+v, %v", a, err)
	}
	late := link()
	g.clock.pass(10 * time.Minute)
	for _, bad := range []string{token, late, "", "x", strings.Repeat("A", 43)} {
		if _, _, err := g.SignInByLink(t.Context(), bad, ""); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	taken := link()
	if _, err := g.AddUser(t.Context(), root, auth.NewUser{Login: "other", Name: "Other", NoPassword: true, Roles: []access.Role{access.RoleAdmin}}); err != nil {
		t.Fatal(err)
	}
	if err := g.SetRoles(t.Context(), root, boss.ID, nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.SignInByLink(t.Context(), taken, ""); !errs.Is(err, errs.Invalid) {
		t.Errorf("no longer an administrator: %v", err)
	}
}

// What is kept of a provider cannot be read in the database, and is of no use without the key beside it.
func TestTokensAreSealed(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	token := g.signIn()
	if err := os.Remove(g.secret); err != nil {
		t.Fatal(err)
	}
	is := g.is
	if err := g.Federate(auth.Federation{BaseURL: "https://haus.test", SecretFile: g.secret, Client: is.Client(), Providers: []auth.Provider{{Key: "haus", Issuer: is.URL, ClientID: "lernraum"}}}); err != nil {
		t.Fatal(err)
	}
	g.clock.pass(20 * time.Minute)
	if _, err := g.actor(token); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("another key opens what is sealed: %v", err)
	}
}
