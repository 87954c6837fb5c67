package web

import (
	"net/http"
	"testing"

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
