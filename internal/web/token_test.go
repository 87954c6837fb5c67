package web

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/kpi"
	"lernraum/internal/page"
)

// What a token may do over the services below the API, with real pages and rights.
func TestTokenReachesItsKPIOnly(t *testing.T) {
	s := newSite(t)
	member := s.account("messer")
	actor := func(scopes ...string) access.Actor {
		t.Helper()
		raw, _, err := s.auth.CreateToken(s.ctx, access.Program("test"), member.ID, auth.NewToken{Name: "Messung", Scopes: scopes})
		if err != nil {
			t.Fatal(err)
		}
		a, err := s.auth.TokenActor(s.ctx, raw, "10.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	k := kpi.New(s.store, s.wiki, s.clock.now)
	push := func(a access.Actor, key string) error {
		p, err := k.Page(s.ctx, a, key)
		if err != nil {
			return err
		}
		return k.Record(s.ctx, a, p, kpi.Entry{Period: "2026-09", Value: "7"})
	}
	for _, c := range []struct {
		name string
		a    access.Actor
		key  string
		read bool
		push bool
	}{
		{"made for the KPI", actor("kpi:dauer"), "dauer", true, true},
		{"made for another KPI", actor("kpi:andere"), "dauer", false, false},
		{"made for a KPI its owner may not see", actor("kpi:geheime-dauer"), "geheime-dauer", false, false},
		{"reading", actor("read"), "dauer", true, false},
		{"reading, made for another", actor("read", "kpi:andere"), "dauer", true, false},
		{"writing", actor("write"), "dauer", true, true},
	} {
		_, err := k.Page(s.ctx, c.a, c.key)
		if (err == nil) != c.read || err != nil && !errs.Is(err, errs.NotFound) {
			t.Errorf("%s: reads %v, want %v", c.name, err, c.read)
		}
		err = push(c.a, c.key)
		if (err == nil) != c.push || err != nil && !errs.Is(err, errs.NotFound) {
			t.Errorf("%s: pushes %v, want %v", c.name, err, c.push)
		}
	}
	a := actor("kpi:dauer")
	p := s.pages["dauer"]
	if _, err := s.wiki.View(s.ctx, a, p.Space, p.Slug); !errs.Is(err, errs.NotFound) {
		t.Errorf("a token for a KPI reads pages: %v", err)
	}
	// A page of another kind that is called like the KPI is none.
	if k.MayRecord(s.ctx, a, page.Page{Kind: "process", Space: p.Space, Slug: "dauer"}) {
		t.Error("a token for a KPI writes to a page of another kind")
	}
}

// A token means nothing outside the API: neither as a header nor in the cookie.
func TestTokenMakesNoSession(t *testing.T) {
	s := newSite(t)
	member := s.account("messer")
	raw, _, err := s.auth.CreateToken(s.ctx, access.Program("test"), member.ID, auth.NewToken{Name: "x", Scopes: []string{"read", "write"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, header := range map[string][]string{
		"header": {"Authorization", "Bearer " + raw}, "cookie": {"Cookie", auth.CookieName(true) + "=" + raw},
		"plain cookie": {"Cookie", auth.CookiePlain + "=" + raw}, "address": {},
	} {
		target := "/account"
		if name == "address" {
			target += "?token=" + raw + "&access_token=" + raw
		}
		a := s.get("", target, header...)
		if a.Code != http.StatusSeeOther {
			t.Errorf("%s: status %d, want the way to the sign-in page", name, a.Code)
		}
	}
	list, err := s.auth.Tokens(s.ctx, access.Actor{UserID: member.ID}, member.ID)
	if err != nil || len(list) != 1 || !list[0].UsedDay.IsZero() {
		t.Errorf("the token counts as used: %+v, %v", list, err)
	}
}

func TestTokensOnTheirPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	u := s.account("person")
	s.tokens["here"] = session(s.post("guest", "/login", url.Values{"login": {"person"}, "password": {password}}))
	form := url.Values{"name": {"Wochenzahlen <b>"}, "scope": {"read"}, "kpis": {"kpi/dauer"}, "days": {"30"}}

	made := s.post("here", "/account/tokens", form)
	s.want("made", made, 201, "Wochenzahlen &lt;b&gt;", "Kennzahl „dauer“", "noch nie benutzt")
	raw := regexp.MustCompile(`lrt_[0-9A-Za-z]{49}`).FindString(made.body)
	if raw == "" || made.Header().Get("Cache-Control") != "private, no-store" {
		t.Fatalf("the token is not shown, or kept: %q, %s", raw, made.Header().Get("Cache-Control"))
	}
	list := s.get("here", "/account/tokens")
	s.want("later", list, 200, "Wochenzahlen &lt;b&gt;", "!"+raw, "02.12.2026")
	a, err := s.auth.TokenActor(s.ctx, raw, "192.0.2.1")
	if err != nil || !a.Token.Read || a.Token.Write || len(a.Token.KPIs) != 1 {
		t.Errorf("acts as %+v, %v", a.Token, err)
	}
	s.want("used", s.get("here", "/account/tokens"), 200, "zuletzt benutzt am")

	for what, c := range map[string]struct {
		change map[string]string
		want   string
	}{
		"no name":                   {map[string]string{"name": ""}, `id="token-name-err"`},
		"nothing allowed":           {map[string]string{"scope": "", "kpis": ""}, `id="token-scopes-err"`},
		"an invented scope":         {map[string]string{"scope": "admin"}, `id="token-scopes-err"`},
		"a KPI one may not see":     {map[string]string{"kpis": "dauer, geheime-dauer"}, `id="token-kpis-err"`},
		"a KPI that does not exist": {map[string]string{"kpis": "nix"}, `id="token-kpis-err"`},
		"no days":                   {map[string]string{"days": "x"}, `id="token-days-err"`},
		"too many days":             {map[string]string{"days": "366"}, `id="token-days-err"`},
	} {
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		for k, v := range c.change {
			if bad[k] = nil; v != "" {
				bad[k] = []string{v}
			}
		}
		a := s.post("here", "/account/tokens", bad)
		s.want(what, a, 422, c.want, "!lrt_")
		if got := controls(t, a.body, "/account/tokens"); got.Get("name") != bad.Get("name") || got.Get("kpis") != bad.Get("kpis") {
			t.Errorf("%s: the form lost %v", what, got)
		}
	}
	address := regexp.MustCompile(`/account/tokens/[0-9A-Z]{26}/revoke`).FindString(list.body)
	s.want("revoked by somebody else", s.post("clerk", address, nil), 404)
	s.want("revoked", s.post("here", address, nil), 303)
	s.want("revoked twice", s.post("here", address, nil), 404)
	if _, err := s.auth.TokenActor(s.ctx, raw, "192.0.2.1"); err == nil {
		t.Error("works after it was revoked")
	}

	s.post("here", "/account/tokens", form)
	all := s.get("admin", "/admin/tokens")
	s.want("for administrators", all, 200, "Wochenzahlen", "Person", "!lrt_")
	mine, err := s.store.Tokens(s.ctx, u.ID)
	if err != nil || len(mine) != 1 {
		t.Fatalf("tokens %+v, %v", mine, err)
	}
	address = "/admin/tokens/" + mine[0].ID + "/revoke"
	s.want("the way to revoke it", all, 200, `action="`+address+`"`)
	s.want("by the person", s.post("here", address, nil), 404)
	s.want("by an administrator", s.post("admin", address, nil), 303)
	s.want("none left", s.get("here", "/account/tokens"), 200, "Sie haben keinen Zugangsschlüssel.")
}

// A form of somebody whose sign-in is some minutes old is kept until they have shown again who they are.
func TestSensitiveFormIsKept(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.account("person")
	s.tokens["here"] = session(s.post("guest", "/login", url.Values{"login": {"person"}, "password": {password}}))
	s.clock.pass(6 * time.Minute)
	form := url.Values{"name": {`Züge & "mehr" <b>`}, "scope": {"read", "write"}, "days": {"30"}, "old_password": {"nicht-zeigen"}, "client_secret": {"nicht-zeigen"}}
	a := s.post("here", "/account/tokens", form, "Referer", "http://haus.test/account/tokens?x=1")
	s.want("asked", a, 401, "nicht verloren", "!nicht-zeigen", "!lrt_", `href="/account/tokens?x=1"`)
	if a.Header().Get("Cache-Control") != "private, no-store" {
		t.Errorf("the page with the form is kept: %s", a.Header().Get("Cache-Control"))
	}
	next := controls(t, a.body, "/account/tokens")
	if next.Get("name") != form.Get("name") || len(next["scope"]) != 2 || next.Get("days") != "30" {
		t.Errorf("kept %v", next)
	}
	next.Set("lr_confirm", "falsch")
	a = s.post("here", "/account/tokens", next)
	s.want("a wrong password", a, 401, "Das Passwort stimmt nicht.", "!falsch")
	next = controls(t, a.body, "/account/tokens")
	next.Set("lr_confirm", password)
	a = s.post("here", "/account/tokens", next)
	s.want("the right one", a, 201, "lrt_", "Züge &amp;")
	if s.tokens["here"] = session(a); s.tokens["here"] == "" {
		t.Fatal("the session has no new token")
	}
	delete(next, "lr_confirm")
	s.want("within five minutes", s.post("here", "/account/tokens", next), 201, "lrt_")
	s.clock.pass(6 * time.Minute)
	s.want("a stranger's referer", s.post("here", "/account/tokens", next, "Referer", "https://evil.example/x"), 401, "!evil.example")
}
