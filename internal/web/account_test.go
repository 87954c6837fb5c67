package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/auth"
)

const password = "ein langer Satz mit Wörtern"

func (s *site) account(login string) auth.User {
	s.t.Helper()
	u, err := s.auth.AddUser(s.ctx, program, auth.NewUser{Login: login, Name: "Person", Label: "Referat", Password: password})
	if err != nil {
		s.t.Fatal(err)
	}
	return u
}

// session is the cookie an answer sets, "" for none.
func session(a answer) string {
	for _, ck := range a.Result().Cookies() {
		if ck.Name == auth.CookieName(false) {
			return ck.Value
		}
	}
	return ""
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.account("person")
	form := func(pw, back string) url.Values {
		return url.Values{"login": {"person"}, "password": {pw}, "return": {back}}
	}
	a := s.post("stranger", "/login", form("falsch", "/wiki/handbuch/offen"))
	s.want("a wrong password", a, 422, `value="person"`, `value="/wiki/handbuch/offen"`, "!falsch")
	unknown := s.post("stranger", "/login", url.Values{"login": {"niemand"}, "password": {"falsch"}, "return": {"/wiki/handbuch/offen"}})
	if strings.ReplaceAll(unknown.body, "niemand", "person") != a.body || session(a) != "" {
		t.Error("an unknown login is told apart from a wrong password")
	}
	for back, want := range map[string]string{
		"/wiki/handbuch/offen?x=1": "/wiki/handbuch/offen?x=1", "": "/", "https://evil.example/": "/", "//evil.example": "/", `/\evil.example`: "/", "/%2f/evil.example": "/",
		"javascript:alert(1)": "/", "/a/../..//evil.example": "/", "\t//evil.example": "/", "/\r\nSet-Cookie: x=1": "/", "wiki": "/", "/%5cevil.example": "/", "https:evil.example": "/",
	} {
		a := s.post("stranger", "/login", form(password, back))
		if a.Code != http.StatusSeeOther || a.Header().Get("Location") != want || session(a) == "" {
			t.Errorf("back to %q: %d to %q", back, a.Code, a.Header().Get("Location"))
		}
		if a := s.get("clerk", "/login?return="+url.QueryEscape(back)); a.Header().Get("Location") != want {
			t.Errorf("signed in already, back to %q leads to %q", back, a.Header().Get("Location"))
		}
		if a := s.post("guest", "/prefs", url.Values{"return": {back}}); a.Header().Get("Location") != want {
			t.Errorf("preferences, back to %q leads to %q", back, a.Header().Get("Location"))
		}
	}
	// A new session takes the place of the one the browser had.
	a = s.post("stranger", "/login", form(password, "/"))
	s.tokens["first"] = session(a)
	s.want("signed in", s.get("first", "/account"), 200, "Person")
	s.tokens["second"] = session(s.post("first", "/login", form(password, "/")))
	s.want("the former session", s.get("first", "/account"), 303)
	s.want("the new session", s.get("second", "/account"), 200)
	a = s.post("second", "/logout", nil)
	if a.Code != http.StatusSeeOther || !strings.Contains(a.Header().Get("Clear-Site-Data"), "cache") {
		t.Error(a)
	}
	s.want("signed out", s.get("second", "/account"), 303)
	s.tokens["forged"] = forged(s.tokens["clerk"])
	s.want("a forged token", s.get("forged", "/account"), 303)
	s.want("no role of a demo here", s.post("stranger", "/login", url.Values{"role": {"admin"}}), 422)
}

func TestSignInIsThrottled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.account("person")
	try := func(pw string) answer {
		return s.post("stranger", "/login", url.Values{"login": {"person"}, "password": {pw}})
	}
	for i := range 5 {
		if a := try("falsch"); a.Code != http.StatusUnprocessableEntity {
			t.Errorf("attempt %d: %d", i+1, a.Code)
		}
	}
	a := try(password)
	wait, err := strconv.Atoi(a.Header().Get("Retry-After"))
	if a.Code != http.StatusTooManyRequests || err != nil || wait < 1 || session(a) != "" {
		t.Fatalf("attempt 6: %v", a)
	}
	s.clock.pass(time.Duration(wait) * time.Second)
	if a := try(password); a.Code != http.StatusSeeOther {
		t.Errorf("after the wait: %d", a.Code)
	}
}

func TestPasswordAndSessions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	u := s.account("person")
	for _, name := range []string{"here", "elsewhere"} {
		var err error
		if s.tokens[name], _, err = s.auth.SignIn(s.ctx, "person", password, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	next := "ein ganz anderer langer Satz"
	s.want("a wrong password", s.post("here", "/account/password", url.Values{"current": {"falsch"}, "password": {next}}), 422, "account-current", "!"+next)
	s.want("a short password", s.post("here", "/account/password", url.Values{"current": {password}, "password": {"kurz"}}), 422, "account-password")
	a := s.post("here", "/account/password", url.Values{"current": {password}, "password": {next}})
	s.want("a new password", a, 303)
	s.want("the session elsewhere", s.get("elsewhere", "/account"), 303)
	s.tokens["here"] = session(a)
	s.want("the session here", s.get("here", "/account"), 200)
	s.want("ending all", s.post("here", "/account/sessions/end", nil), 303)
	s.want("ended", s.get("here", "/account"), 303)

	// A right that is taken away ends with the next request, a closed account too.
	token, _, err := s.auth.SignIn(s.ctx, "person", next, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	s.tokens["here"] = token
	sp, err := s.wiki.Space(s.ctx, program, access.Manage, "tresor")
	if err != nil {
		t.Fatal(err)
	}
	for m, status := range map[access.Membership]int{access.Member: 200, access.None: 404} {
		if err := s.auth.SetMembership(s.ctx, program, u.ID, sp, m); err != nil {
			t.Fatal(err)
		}
		s.want("as "+m.String(), s.get("here", "/wiki/tresor/verborgen"), status)
	}
	if err := s.auth.SetDisabled(s.ctx, program, u.ID, true); err != nil {
		t.Fatal(err)
	}
	s.want("a closed account", s.get("here", "/account"), 303)
	s.clock.pass(13 * time.Hour)
	s.want("a session after its time", s.get("clerk", "/account"), 303)
}

func TestSetupLinkWorksOnce(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	s.want("without a link", s.get("stranger", "/setup"), 303)
	token, err := s.auth.SetupLink(s.ctx)
	if err != nil {
		t.Fatal(err)
	}
	s.want("the form", s.get("stranger", "/setup?token="+token), 200, token)
	form := url.Values{"token": {token}, "login": {"chef in"}, "name": {"Leitung"}, "password": {"kurz"}}
	s.want("wrong input", s.post("stranger", "/setup", form), 422, "setup-login", "setup-password", `value="Leitung"`, "!kurz\"")
	form.Set("login", "chefin")
	form.Set("password", password)
	wrong := url.Values{"token": {forged(token)}, "login": {"dieb"}, "name": {"Dieb"}, "password": {password}}
	s.want("a link that is no longer good says so", s.post("stranger", "/setup", wrong), 422, "abgelaufen oder schon benutzt", `role="alert"`)
	if a := s.post("stranger", "/setup", wrong); a.Code < 400 || session(a) != "" {
		t.Errorf("a wrong link: %d", a.Code)
	}
	a := s.post("stranger", "/setup", form)
	s.want("the first administrator", a, 303)
	s.tokens["chefin"] = session(a)
	s.want("the administration", s.get("chefin", "/admin"), 200)
	form.Set("login", "zweite")
	s.want("the link again", s.post("stranger", "/setup", form), 404)
	s.want("its form again", s.get("stranger", "/setup?token="+token), 303)
}

func TestCookiesOverHTTPS(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.account("person")
	o := s.open.Options
	o.BaseURL = "https://haus.test"
	secure, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.open = secure
	a := s.post("guest", "/login", url.Values{"login": {"person"}, "password": {password}}, "Origin", "", "Origin", "https://haus.test")
	if a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Header().Get("Strict-Transport-Security"), "max-age=") {
		t.Fatal(a)
	}
	for _, ck := range a.Result().Cookies() {
		if !ck.Secure || !ck.HttpOnly || ck.Domain != "" || ck.Path != "/" {
			t.Errorf("%s", ck)
		}
		if strings.Contains(ck.Name, "lr") && len(ck.Value) > 20 && ck.Name != "__Host-lr" {
			t.Errorf("the session is in %s", ck.Name)
		}
	}
	r := s.get("guest", "/", "Cookie", "lr="+s.tokens["clerk"]) // the cookie of http is none here
	if strings.Contains(r.body, "Clerk") {
		t.Error("a session came in under the name of http")
	}
}

// forged gives a token that differs from a real one, whatever that begins with.
func forged(token string) string {
	b := []byte(token)
	b[0] ^= 1
	return string(b)
}
