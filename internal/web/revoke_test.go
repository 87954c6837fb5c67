package web

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/page"
	"lernraum/internal/store"
)

// TestRevocation (C-AUT-4): a right that is taken away by another process, over the same files, is gone within 5 seconds
// for sessions, tokens and views the reader has kept.
func TestRevocation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	other, err := store.Open(s.ctx, store.Options{Dir: s.dir, Now: s.clock.now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(other.SetUnitMembership(s.ctx, "personal", "tresor", access.Member)) // for owner
	s.clock.pass(5 * time.Second)
	secret := "/wiki/tresor/verborgen"
	draft := "/wiki/normen/unfertige-norm"
	api := "/api/v1/pages/" + string(s.pages["verborgen"].ID)
	handbuch := page.Space{Key: "handbuch", Title: "Handbuch", Type: page.SpaceRestricted, Unit: "unit/redaktion", Reason: "x", ReviewDue: s.clock.now().AddDate(1, 0, 0), CreatedAt: s.clock.now()}
	longest := time.Duration(0)
	for _, c := range []struct {
		what, actor string
		addresses   []string
		revoke      func() error
	}{
		{"a right through a unit", "owner", []string{secret, secret + "/files/anlage.txt", "/wiki/tresor"}, func() error {
			return other.SetUnitMembership(s.ctx, "personal", "tresor", access.None)
		}},
		{"a membership", "member", []string{secret, secret + "/history", "/kpis/geheime-dauer.csv", api}, func() error {
			return other.SetMembership(s.ctx, s.user("member").ID, "tresor", access.None)
		}},
		{"a role", "editor", []string{draft, draft + "/edit"}, func() error { return other.SetRoles(s.ctx, s.user("editor").ID, nil) }},
		{"a space is closed", "clerk", []string{"/wiki/handbuch/offen", "/kpis/dauer", "/wiki/handbuch", "/api/v1/pages/" + string(s.pages["offen"].ID)}, func() error {
			return other.SaveSpace(s.ctx, handbuch)
		}},
		{"an account is closed", "insider", []string{secret, "/account", api}, func() error {
			return other.SetDisabled(s.ctx, s.user("insider").ID, true)
		}},
		{"a session is ended", "teller", []string{"/wiki/kasse/kassenbuch", "/account"}, func() error {
			return other.DeleteSessionsOf(s.ctx, s.user("teller").ID)
		}},
	} {
		tags := map[string]string{}
		for _, address := range c.addresses {
			a := s.get(c.actor, address)
			if a.Code != http.StatusOK {
				t.Errorf("%s: %s at %s before: %d", c.what, c.actor, address, a.Code)
			}
			tags[address] = a.Header().Get("ETag")
		}
		must(c.revoke())
		began := s.clock.now()
		for _, address := range c.addresses {
			for {
				headers := []string{}
				if tag := tags[address]; tag != "" {
					headers = []string{"If-None-Match", tag}
				}
				if a := s.get(c.actor, address, headers...); a.Code != http.StatusOK && a.Code != http.StatusNotModified {
					break
				}
				if s.clock.now().Sub(began) > 5*time.Second {
					t.Errorf("%s: %s still opens %s after 5 s", c.what, c.actor, address)
					break
				}
				s.clock.pass(250 * time.Millisecond)
			}
		}
		longest = max(longest, s.clock.now().Sub(began))
	}
	// A token that is revoked opens nothing, at once.
	owner := s.user("owner")
	raw, tok, err := s.auth.CreateToken(s.ctx, program, owner.ID, auth.NewToken{Name: "x", Scopes: []string{"read"}})
	must(err)
	norm := "/api/v1/pages/" + string(s.pages["norm"].ID)
	s.want("with a token", s.get("", norm, "Authorization", "Bearer "+raw), 200)
	must(s.auth.RevokeToken(s.ctx, program, tok.ID))
	s.want("revoked", s.get("", norm, "Authorization", "Bearer "+raw), 401)
	t.Logf("C-AUT-4: gone after at most %v", longest)
}
