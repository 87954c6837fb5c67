package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestSignOutAtProvider is R-OIDC-6: the session here ends first, then the one at the provider.
func TestSignOutAtProvider(t *testing.T) {
	eachProvider(t, func(t *testing.T, s signOn) {
		anna := s.signIn(t, "anna")
		before := s.sessions(t)
		a := anna.post("/logout", url.Values{})
		if a.status != http.StatusSeeOther || s.sessions(t) != before-1 {
			t.Fatalf("sign-out: %d to %q", a.status, a.next())
		}
		if a = anna.get(a.next()); a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Refresh"), "0;") {
			t.Fatalf("the page on the way: %d, Refresh %q", a.status, a.header.Get("Refresh"))
		}
		_, on, _ := strings.Cut(a.header.Get("Refresh"), "url=")
		to := anna.get(on).next()
		if !s.isAt(to) || param(t, to, "id_token_hint") == "" || param(t, to, "post_logout_redirect_uri") != s.base+signedOutPath {
			t.Fatalf("the browser is sent to %q", to)
		}
		if again := anna.get(on).next(); s.isAt(again) {
			t.Error("the way to the provider works a second time")
		}
		a = anna.get(to)
		if s.key == "node" {
			action, fields := form(t, a)
			fields.Set("logout", "yes")
			a = anna.post(action, fields)
		}
		if a.next() != s.base+signedOutPath {
			t.Fatalf("the provider sends the browser to %q: %d\n%s", a.next(), a.status, a.body)
		}
		if a := anna.get(s.begin(anna, "/account")); strings.HasPrefix(a.next(), s.base+callbackPath) {
			t.Error("the provider lets them in without asking: its session goes on")
		}
		// What stood in the browser before is worth nothing.
		if s.signedIn(anna) {
			t.Error("the session goes on")
		}
	})
}
