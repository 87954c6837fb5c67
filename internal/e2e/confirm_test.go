package e2e

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

// TestConfirmAtProvider: before a sensitive act people of a provider show there again who they are, and an answer that
// does not say that they just did counts for nothing.
func TestConfirmAtProvider(t *testing.T) {
	eachProvider(t, func(t *testing.T, s signOn) {
		p := s.signIn(t, "anna")
		const ask = "/login/confirm?return=%2Faccount"
		s.alter(t, `UPDATE session SET confirmed_at = confirmed_at - 600000 WHERE confirmed_at > 0`)
		again := func(t *testing.T) string {
			t.Helper()
			to := p.get(startPath(s.key) + "?fresh=1&return=%2Faccount").next()
			if !s.isAt(to) || param(t, to, "prompt") != "login" || param(t, to, "max_age") != "0" {
				t.Fatalf("the browser is sent to %q", to)
			}
			return p.atProvider(to, "anna", passwordOf("anna"))
		}
		sure := func() int {
			return s.number(t, `SELECT count(*) FROM session WHERE confirmed_at > ?`, time.Now().Add(-4*time.Minute).UnixMilli())
		}
		if a := p.get(ask); a.status != http.StatusOK {
			t.Fatalf("the page that asks: %d to %q", a.status, a.next())
		}
		for _, c := range []struct {
			name string
			do   func(*testing.T, signOn, *forgery)
		}{
			{"no auth_time", claim("auth_time", nil)},
			{"auth_time 10 minutes ago", claimIn("auth_time", -10*time.Minute)},
			{"auth_time in 2 minutes", claimIn("auth_time", 2*time.Minute)},
		} {
			t.Run(c.name, func(t *testing.T) {
				defer s.forging(c.do)()
				if a := p.get(again(t)); a.status != http.StatusBadRequest || a.reason() != "auth_time" {
					t.Errorf("%d to %q because of %q", a.status, a.next(), a.reason())
				}
				if sure() != 0 || !s.signedIn(p) {
					t.Error("it counts, or the session is gone")
				}
			})
		}
		t.Run("who shows it again", func(t *testing.T) {
			home, err := url.Parse(s.base)
			if err != nil {
				t.Fatal(err)
			}
			former := p.cookies(t)["lr"]
			if a := p.get(again(t)); a.next() != s.base+"/account" || sure() != 1 {
				t.Fatalf("%d to %q, %d sure", a.status, a.next(), sure())
			}
			if a := p.get(ask); a.next() != s.base+"/account" {
				t.Errorf("asked once more: %d to %q", a.status, a.next())
			}
			thief := newPerson(t, s.base)
			thief.http.Jar.SetCookies(home, []*http.Cookie{{Name: "lr", Value: former, Path: "/"}})
			if former == "" || s.signedIn(thief) {
				t.Error("the token from before is still good")
			}
		})
	})
}
