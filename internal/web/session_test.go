package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestOwnSessionsOnThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	u := s.account("person")
	for _, name := range []string{"here", "elsewhere", "third"} {
		agent := "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
		if name == "elsewhere" {
			agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1 geheimnummer-4711"
		}
		a := s.post("guest", "/login", url.Values{"login": {"person"}, "password": {password}}, "User-Agent", agent)
		s.want("sign-in", a, 303)
		s.tokens[name] = session(a)
	}
	page := s.get("here", "/account")
	s.want("the page", page, 200, "Firefox unter Windows", "Safari unter iOS (iPhone)", "192.0.2.0/24", "diese Anmeldung", "!geheimnummer", "!192.0.2.1<")
	ends := regexp.MustCompile(`action="(/account/sessions/[0-9a-f]{16}/end)"`).FindAllStringSubmatch(page.body, -1)
	if len(ends) != 2 {
		t.Fatalf("%d sessions can be ended, want the two others", len(ends))
	}
	s.want("ended by somebody else", s.post("clerk", ends[0][1], nil), 404)
	s.want("still there", s.get("elsewhere", "/account"), 200)
	s.want("one", s.post("here", ends[0][1], nil), 303)
	s.want("twice", s.post("here", ends[0][1], nil), 404)
	gone := 0
	for _, name := range []string{"elsewhere", "third"} {
		if s.get(name, "/account").Code == http.StatusSeeOther {
			gone++
		}
	}
	if gone != 1 {
		t.Errorf("%d of the two others have ended", gone)
	}
	s.want("the others", s.post("here", "/account/sessions/others", nil), 303)
	for name, status := range map[string]int{"here": 200, "elsewhere": 303, "third": 303} {
		s.want(name, s.get(name, "/account"), status)
	}
	if list, err := s.store.SessionsOf(s.ctx, u.ID); err != nil || len(list) != 1 {
		t.Errorf("%d sessions left, %v", len(list), err)
	}
}

func TestConfirmPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.account("person")
	s.tokens["here"] = session(s.post("guest", "/login", url.Values{"login": {"person"}, "password": {password}}))
	a := s.get("here", "/login/confirm?return=/account%23sessions")
	if a.Code != 303 || !strings.HasPrefix(a.Header().Get("Location"), "/account") {
		t.Errorf("just signed in: %v", a)
	}
	s.clock.pass(6 * time.Minute)
	a = s.get("here", "/login/confirm?return=/account")
	s.want("later", a, 200, `name="lr_confirm"`, `name="return" value="/account"`)
	if a.Header().Get("Cache-Control") != "private, no-store" {
		t.Errorf("kept: %s", a.Header().Get("Cache-Control"))
	}
	s.want("elsewhere", s.get("here", "/login/confirm?return=//evil.example"), 200, `name="return" value="/"`)
	a = s.post("here", "/login/confirm", url.Values{"return": {"/account"}, "lr_confirm": {"falsch"}})
	s.want("wrong", a, 401, "Das Passwort stimmt nicht.", "!falsch", `name="return" value="/account"`)
	a = s.post("here", "/login/confirm", url.Values{"return": {"/account"}, "lr_confirm": {password}})
	s.want("right", a, 303)
	old := s.tokens["here"]
	s.tokens["here"] = session(a)
	if s.tokens["here"] == "" || s.tokens["here"] == old {
		t.Error("the session has its old token")
	}
	s.want("with the new token", s.get("here", "/login/confirm?return=/account"), 303)
	s.tokens["here"] = old
	s.want("with the old token", s.get("here", "/account"), 303)
	s.clock.pass(6 * time.Minute)
	s.tokens["here"] = session(s.post("guest", "/login", url.Values{"login": {"person"}, "password": {password}}))
	s.clock.pass(6 * time.Minute)
	for range 5 {
		s.post("here", "/login/confirm", url.Values{"lr_confirm": {"falsch"}})
	}
	a = s.post("here", "/login/confirm", url.Values{"lr_confirm": {password}})
	s.want("guessing", a, 429, "Zu viele Versuche")
	if a.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	// The demo's people have no password.
	s.want("demo", s.get("clerk", "/login/confirm?return=/account"), 200, `name="lr_confirm" value="demo"`)
	s.want("demo, confirmed", s.post("clerk", "/login/confirm", url.Values{"lr_confirm": {"demo"}, "return": {"/account"}}), 303)
}

// The address of a client is the last one no proxy of the house wrote; what a client writes itself counts for nothing.
func TestClientAddress(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("2001:db8:9::/48")}
	for _, c := range []struct {
		name, remote string
		trusted      bool
		forwarded    []string
		want         string
	}{
		{"no proxy is trusted", "10.1.0.1:5", false, []string{"192.0.2.7"}, "10.1.0.1"},
		{"through the proxy", "10.1.0.1:5", true, []string{"192.0.2.7"}, "192.0.2.7"},
		{"not through the proxy", "198.51.100.1:5", true, []string{"192.0.2.7"}, "198.51.100.1"},
		{"from a private address that is no proxy", "10.2.0.1:5", true, []string{"192.0.2.7"}, "10.2.0.1"},
		{"from the machine itself", "127.0.0.1:5", true, []string{"192.0.2.7"}, "127.0.0.1"},
		{"forged in front", "10.1.0.1:5", true, []string{"203.0.113.1, 192.0.2.7"}, "192.0.2.7"},
		{"forged with the address of a proxy", "10.1.0.1:5", true, []string{"10.1.0.9, 192.0.2.7"}, "192.0.2.7"},
		{"two proxies", "10.1.0.1:5", true, []string{"203.0.113.1, 192.0.2.7, 10.1.0.2"}, "192.0.2.7"},
		{"several lines", "10.1.0.1:5", true, []string{"203.0.113.1", "192.0.2.7"}, "192.0.2.7"},
		{"rubbish", "10.1.0.1:5", true, []string{"192.0.2.7, <script>"}, "10.1.0.1"},
		{"nothing", "10.1.0.1:5", true, nil, "10.1.0.1"},
		{"empty", "10.1.0.1:5", true, []string{""}, "10.1.0.1"},
		{"IPv6", "[2001:db8:9::1]:5", true, []string{"2001:db8:7::1"}, "2001:db8:7::1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.remote
		for _, f := range c.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		for _, h := range []string{"X-Real-Ip", "Forwarded", "X-Client-Ip", "True-Client-Ip"} {
			r.Header.Set(h, "203.0.113.9")
		}
		list := trusted
		if !c.trusted {
			list = nil
		}
		if got := clientAddress(list)(r); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Neither scheme nor host follow from what a client sends.
func TestSchemeAndHostAreNotBelieved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.get("clerk", "/p/"+string(s.pages["offen"].ID), "X-Forwarded-Proto", "https", "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example;proto=https")
	if to := a.Header().Get("Location"); !strings.HasPrefix(to, "/") || strings.Contains(to, "evil") {
		t.Errorf("leads to %s", to)
	}
	if a.Header().Get("Strict-Transport-Security") != "" {
		t.Error("believes in https")
	}
	s.account("person")
	for _, ck := range s.post("guest", "/login", url.Values{"login": {"person"}, "password": {password}}, "X-Forwarded-Proto", "https").Result().Cookies() {
		if ck.Secure {
			t.Errorf("cookie %s follows the header", ck.Name)
		}
	}
}
