package e2e

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const backchannelEvent = "http://schemas.openid.net/event/backchannel-logout"

// logoutToken is one that the provider would send about somebody.
func (s signOn) logoutToken(t *testing.T, subject string) forgery {
	t.Helper()
	return s.forge(t, "logout+jwt", map[string]any{
		"iss": s.issuer, "aud": clientID, "sub": subject, "iat": in(0), "exp": in(2 * time.Minute), "jti": rand.Text(),
		"events": map[string]any{backchannelEvent: map[string]any{}},
	})
}

// deliver brings a logout token to the house, as a provider does: no browser, no cookie, no origin.
func (s signOn) deliver(t *testing.T, token string) reply {
	t.Helper()
	return s.deliverForm(t, url.Values{"logout_token": {token}})
}

func (s signOn) deliverForm(t *testing.T, v url.Values) reply {
	t.Helper()
	return newPerson(t, s.base).send(http.MethodPost, backchannelPath(s.key), v, http.Header{})
}

// TestLogoutTokensRefused is R-OIDC-5: what does not end a session.
func TestLogoutTokensRefused(t *testing.T) {
	eachProvider(t, func(t *testing.T, s signOn) {
		anna := s.signIn(t, "anna")
		change := func(do func(*testing.T, *forgery)) func(*testing.T, signOn) reply {
			return func(t *testing.T, s signOn) reply {
				f := s.logoutToken(t, "u1")
				do(t, &f)
				return s.deliver(t, f.token(t))
			}
		}
		set := func(name string, value any) func(*testing.T, signOn) reply {
			return change(func(_ *testing.T, f *forgery) {
				if f.claims[name] = value; value == nil {
					delete(f.claims, name)
				}
			})
		}
		setIn := func(name string, d time.Duration) func(*testing.T, signOn) reply {
			return change(func(_ *testing.T, f *forgery) { f.claims[name] = in(d) })
		}
		head := func(name string, value any) func(*testing.T, signOn) reply {
			return change(func(_ *testing.T, f *forgery) {
				if f.header[name] = value; value == nil {
					delete(f.header, name)
				}
			})
		}
		refuseAll(t, s, []refusedCase{
			{"a real ID token", "token_type", 1, func(t *testing.T, s signOn) reply {
				s.signIn(t, "clara")
				return s.deliver(t, s.lastIDToken(t))
			}},
			{"typ JWT", "token_type", 0, head("typ", "JWT")},
			{"no typ", "token_type", 0, head("typ", nil)},
			{"no events", "logout_event", 0, set("events", nil)},
			{"events of something else", "logout_event", 0, set("events", map[string]any{"https://example.org/event": map[string]any{}})},
			{"events is a list", "logout_event", 0, set("events", []any{backchannelEvent})},
			{"a nonce", "logout_nonce", 0, set("nonce", "abc")},
			{"an empty nonce", "logout_nonce", 0, set("nonce", "")},
			{"iat 3 minutes ago", "issued_at", 0, setIn("iat", -3*time.Minute)},
			{"iat in 2 minutes", "issued_at", 0, setIn("iat", 2*time.Minute)},
			{"no iat", "issued_at", 0, set("iat", nil)},
			{"exp 61 s ago", "expired", 0, setIn("exp", -61*time.Second)},
			{"no jti", "token_id", 0, set("jti", nil)},
			{"jti used before", "replayed", 0, func(t *testing.T, s signOn) reply {
				f := s.logoutToken(t, "niemand")
				if a := s.deliver(t, f.token(t)); a.status != http.StatusOK {
					t.Fatalf("the first time: %d %s", a.status, a.body)
				}
				f.claims["sub"] = "u1"
				return s.deliver(t, f.token(t))
			}},
			{"aud is another client", "audience", 0, set("aud", otherClient)},
			{"iss of somebody else", "issuer", 0, set("iss", "https://andere.example")},
			{"iss with a slash at its end", "issuer", 0, set("iss", s.issuer+"/")},
			{"neither sub nor sid", "subject", 0, set("sub", nil)},
			{"alg none", "algorithm", 0, change(func(_ *testing.T, f *forgery) { f.header["alg"], f.key = "none", nil })},
			{"HS256 with the secret of the client", "algorithm", 0, change(func(_ *testing.T, f *forgery) { f.header["alg"], f.key = "HS256", []byte(clientSecret) })},
			{"another key under the same kid", "signature|key_unknown", 0, change(func(t *testing.T, f *forgery) { f.key = ownKey(t) })},
			{"key of the other provider", "signature|key_unknown", 0, change(func(t *testing.T, f *forgery) {
				kid, key := s.other.signingKey(t)
				f.header["kid"], f.key = kid, key
			})},
			{"token of the other provider at this address", "signature|key_unknown|issuer", 0, func(t *testing.T, s signOn) reply {
				return s.deliver(t, signOn{s.house, s.other, s.provider}.logoutToken(t, "u1").token(t))
			}},
			{"a body that is no form", "logout_form", 0, func(t *testing.T, s signOn) reply {
				token := s.logoutToken(t, "u1").token(t)
				return newPerson(t, s.base).send(http.MethodPost, backchannelPath(s.key), url.Values{"logout_token": {token}}, http.Header{"Content-Type": {"application/json"}})
			}},
			{"no token", "logout_form", 0, func(t *testing.T, s signOn) reply { return s.deliverForm(t, url.Values{}) }},
			{"two tokens", "logout_form", 0, func(t *testing.T, s signOn) reply {
				one := s.logoutToken(t, "u1").token(t)
				return s.deliverForm(t, url.Values{"logout_token": {one, one}})
			}},
			{"token in the address instead of the body", "logout_form", 0, func(t *testing.T, s signOn) reply {
				return newPerson(t, s.base).send(http.MethodPost, backchannelPath(s.key)+"?logout_token="+s.logoutToken(t, "u1").token(t), url.Values{}, http.Header{})
			}},
			{"a token of 100 kB", "logout_form", 0, func(t *testing.T, s signOn) reply {
				return s.deliver(t, strings.Repeat("A", 100_000))
			}},
		})
		t.Run("GET", func(t *testing.T) {
			a := newPerson(t, s.base).get(backchannelPath(s.key) + "?logout_token=" + s.logoutToken(t, "u1").token(t))
			if a.status != http.StatusMethodNotAllowed && a.status != http.StatusNotFound {
				t.Errorf("%d", a.status)
			}
		})
		if !s.signedIn(anna) {
			t.Error("one of these ended a session after all")
		}
	})
}

// TestBackchannelLogout is R-OIDC-5: what ends a session, and that nothing else ends with it.
func TestBackchannelLogout(t *testing.T) {
	eachProvider(t, func(t *testing.T, s signOn) {
		t.Run("by subject", func(t *testing.T) {
			anna, again, bernd := s.signIn(t, "anna"), s.signIn(t, "anna"), s.signIn(t, "bernd")
			elsewhere := signOn{s.house, s.other, s.provider}
			same := elsewhere.signIn(t, "anna") // the same subject at the other provider is somebody else
			a := s.deliver(t, s.logoutToken(t, "u1").token(t))
			if a.status != http.StatusOK || !strings.Contains(a.header.Get("Cache-Control"), "no-store") {
				t.Fatalf("%d %v", a.status, a.header)
			}
			s.ended(t, anna)
			s.ended(t, again)
			if !s.signedIn(bernd) || !s.signedIn(same) {
				t.Error("others are signed out with them")
			}
		})
		if s.key != "node" {
			return
		}
		t.Run("by the provider itself", func(t *testing.T) { // with sid: one session of two
			anna, again := s.signIn(t, "anna"), s.signIn(t, "anna")
			a := anna.get(s.issuer + s.end.logout)
			action, fields := form(t, a)
			fields.Set("logout", "yes")
			began := time.Now()
			if a := anna.post(action, fields); a.status != http.StatusSeeOther {
				t.Fatalf("sign-out at the provider: %d\n%s", a.status, a.body)
			}
			s.ended(t, anna)
			t.Logf("dead %d ms after the person pressed the button at the provider", time.Since(began).Milliseconds())
			if !s.signedIn(again) {
				t.Error("the other session of the same person ended too")
			}
		})
	})
}

// ended expects that a session is dead as soon as the provider has its answer: the next request is a guest's.
func (s signOn) ended(t *testing.T, p *person) {
	t.Helper()
	if s.signedIn(p) {
		t.Error("the session lives on")
	}
}

// lastIDToken is the newest ID token that went through the proxy.
func (s signOn) lastIDToken(t *testing.T) string {
	t.Helper()
	all := s.passed()
	for i := len(all) - 1; i >= 0; i-- {
		if strings.HasPrefix(all[i], "eyJ") && strings.Count(all[i], ".") == 2 {
			return all[i]
		}
	}
	t.Fatal("no ID token went through")
	return ""
}
