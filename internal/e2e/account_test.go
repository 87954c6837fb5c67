package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestIdentityIsIssuerAndSubject is R-OIDC-3: nothing but these two says who somebody is.
func TestIdentityIsIssuerAndSubject(t *testing.T) {
	eachProvider(t, func(t *testing.T, s signOn) {
		accounts := func(t *testing.T) int { return s.number(t, `SELECT count(*) FROM account`) }
		id := func(t *testing.T, subject string) (id string) {
			t.Helper()
			if err := s.db.QueryRowContext(t.Context(), `SELECT id FROM account WHERE issuer = ? AND subject = ?`, s.issuer, subject).Scan(&id); err != nil {
				t.Fatal(err)
			}
			return id
		}
		t.Run("two people with the same mail are two accounts", func(t *testing.T) {
			s.signIn(t, "anna")
			s.signIn(t, "bernd")
			if id(t, "u1") == id(t, "u2") {
				t.Error("they share an account")
			}
		})
		t.Run("the same person again is the same account", func(t *testing.T) {
			n, before := accounts(t), id(t, "u1")
			s.signIn(t, "anna")
			if accounts(t) != n || id(t, "u1") != before {
				t.Error("there is another account")
			}
		})
		t.Run("a subject in other capitals is another account", func(t *testing.T) {
			defer s.changing(s.end.userinfo, func(_ *testing.T, b map[string]any) { b["sub"] = "U1" })()
			defer s.forging(func(_ *testing.T, _ signOn, f *forgery) { f.claims["sub"] = "U1" })()
			s.signIn(t, "anna")
			if id(t, "u1") == id(t, "U1") {
				t.Error("they share an account")
			}
		})
		t.Run("the other provider's person of the same subject and mail is another account", func(t *testing.T) {
			elsewhere := signOn{s.house, s.other, s.provider}
			elsewhere.signIn(t, "anna")
			if n := s.number(t, `SELECT count(*) FROM account WHERE subject = 'u1'`); n != 2 {
				t.Errorf("%d accounts", n)
			}
		})
		t.Run("a local account of the same name and mail is not linked", func(t *testing.T) {
			login := "clara@amt.example"
			if s.number(t, `SELECT count(*) FROM account WHERE login = ?`, login) == 0 {
				s.command(t, "ein-langes-kennwort-17\n", "user", "add", login, "--name", "Clara Probe", "--role", "admin")
			}
			n := accounts(t)
			clara := s.signIn(t, "clara")
			if accounts(t) != n+1 {
				t.Errorf("%d accounts, before there were %d", accounts(t), n)
			}
			if s.number(t, `SELECT count(*) FROM account WHERE login = ? AND issuer = '' AND subject = '' AND provider = ''`, login) != 1 {
				t.Error("the local account has an identity now")
			}
			if a := clara.get("/admin"); a.status != http.StatusNotFound {
				t.Errorf("she administrates: %d", a.status)
			}
		})
		t.Run("a disabled account stays outside", func(t *testing.T) {
			dora := s.signIn(t, "dora")
			s.alter(t, `UPDATE account SET disabled = 1 WHERE issuer = ? AND subject = 'u4'`, s.issuer)
			before := s.sessions(t)
			p := newPerson(t, s.base)
			a := p.get(s.callback(p, "dora"))
			if a.status == http.StatusSeeOther || s.signedIn(p) || s.sessions(t) != before || a.reason() != "disabled" {
				t.Errorf("%d to %q because of %q", a.status, a.next(), a.reason())
			}
			s.eventually(t, "the session she had ends", func() bool { return !s.signedIn(dora) })
		})
	})
}

// TestReturnAfterSignOn is R-OIDC-9: the way back leads into the house, and the cookie of before is worth nothing after.
func TestReturnAfterSignOn(t *testing.T) {
	eachProvider(t, func(t *testing.T, s signOn) {
		for _, c := range []struct{ back, want string }{
			{"/search?q=Reise", "/search?q=Reise"},
			{"https://angreifer.example/", "/"}, {"//angreifer.example/", "/"}, {`/\angreifer.example/`, "/"}, {`\\angreifer.example`, "/"},
			{"/%09/angreifer.example", ""}, {"javascript:alert(1)", "/"}, {"/..//angreifer.example", ""}, {"http:angreifer.example", "/"},
			{"/account\r\nSet-Cookie: lr=x", ""}, {"@angreifer.example", "/"},
		} {
			p := newPerson(t, s.base)
			a := p.get(p.atProvider(s.begin(p, c.back), "anna", passwordOf("anna")))
			to, err := url.Parse(a.next())
			if a.status != http.StatusSeeOther || err != nil || "http://"+to.Host != s.base || strings.Contains(to.Path, "//") {
				t.Errorf("return to %q: %d to %q", c.back, a.status, a.next())
			}
			if c.want != "" && to.RequestURI() != c.want {
				t.Errorf("return to %q goes to %q", c.back, to.RequestURI())
			}
		}
		t.Run("session fixation", func(t *testing.T) {
			p := newPerson(t, s.base)
			planted := strings.Repeat("A", 43)
			home, err := url.Parse(s.base)
			if err != nil {
				t.Fatal(err)
			}
			p.http.Jar.SetCookies(home, []*http.Cookie{{Name: "lr", Value: planted, Path: "/"}})
			at := s.callback(p, "anna")
			before := p.cookies(t)
			if a := p.get(at); a.status != http.StatusSeeOther {
				t.Fatalf("%d", a.status)
			}
			after := p.cookies(t)
			if !s.signedIn(p) || after["lr"] == "" || after["lr"] == planted {
				t.Error("the planted cookie is the session")
			}
			for name, value := range before {
				if name != "lr" && after[name] == value && value != "" && strings.HasPrefix(name, "lr") {
					t.Errorf("the cookie %s from before the sign-in is still good", name)
				}
				for other, now := range after {
					if other == "lr" && now == value {
						t.Errorf("the session is the value of %s from before the sign-in", name)
					}
				}
			}
		})
	})
}

func (p *person) cookies(t *testing.T) map[string]string {
	t.Helper()
	home, err := url.Parse(p.base)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, c := range p.http.Jar.Cookies(home) {
		out[c.Name] = c.Value
	}
	return out
}

// eventually asks again and again. An actor is remembered for 2 seconds; the bound is generous, since the machine may be
// busy.
func (s signOn) eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	const limit = 30 * time.Second
	over, again := time.After(limit), time.NewTicker(10*time.Millisecond)
	defer again.Stop()
	for !is() {
		select {
		case <-again.C:
		case <-over:
			t.Errorf("%s: not within %s", what, limit)
			return
		}
	}
}
