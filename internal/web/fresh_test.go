package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// signIn makes an account with memberships and its session.
func (s *site) signIn(name string, spaces map[string]access.Membership) auth.User {
	s.t.Helper()
	u, err := s.auth.AddUser(s.ctx, program, auth.NewUser{Login: name, Name: name, Label: name, NoPassword: true, Spaces: spaces})
	if err != nil {
		s.t.Fatal(err)
	}
	if s.tokens[name], _, err = s.auth.SignInAs(s.ctx, u.ID); err != nil {
		s.t.Fatal(err)
	}
	return u
}

// An entity tag stands for a view of one reader: it is another for every other reader, right, language and content.
func TestEntityTags(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	visitor := s.signIn("visitor", nil)
	for _, address := range []string{"/", "/wiki/handbuch/offen", "/kinds/guide", "/wiki/handbuch", "/kpis/dauer"} {
		seen := map[string]string{}
		unlike := func(what string, a answer) string {
			t.Helper()
			tag := a.Header().Get("ETag")
			if tag == "" || a.Code != http.StatusOK {
				t.Errorf("%s %s: %d without a tag", what, address, a.Code)
				return ""
			}
			if other, ok := seen[tag]; ok {
				t.Errorf("%s: %s has the tag of %s", address, what, other)
			}
			seen[tag] = what
			return tag
		}
		for _, actor := range []string{"guest", "clerk", "editor", "admin"} {
			tag := unlike(actor, s.get(actor, address))
			for _, headers := range [][]string{{"If-None-Match", tag}, {"If-None-Match", `W/"x", ` + tag}, {"If-None-Match", tag, "Accept-Encoding", "gzip"}} {
				if a := s.get(actor, address, headers...); a.Code != http.StatusNotModified || a.Body.Len() != 0 {
					t.Errorf("%s %s with its own tag: %d", actor, address, a.Code)
				}
			}
			for _, other := range []string{"guest", "clerk", "editor", "admin"} {
				if a := s.get(other, address, "If-None-Match", tag); other != actor && a.Code != http.StatusOK {
					t.Errorf("%s gets %d with the tag of %s", other, a.Code, actor)
				}
			}
		}
		if a := s.get("insider", address); strings.Contains(a.body, inTresor) && (a.Header().Get("ETag") != "" || a.Header().Get("Cache-Control") != "private, no-store") {
			t.Errorf("%s shows what is closed and may be kept: %v", address, a.Header())
		}
		tag := unlike("visitor", s.get("visitor", address))
		unlike("visitor in English", s.get("visitor", address, "Cookie", "lr_lang=en"))
		unlike("visitor in the dark", s.get("visitor", address, "Cookie", "lr_theme=dark"))
		sp, err := s.wiki.Space(s.ctx, program, access.Manage, "normen")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.auth.SetMembership(s.ctx, program, visitor.ID, sp, access.Member); err != nil {
			t.Fatal(err)
		}
		unlike("visitor with a right", s.get("visitor", address))
		if err := s.auth.SetMembership(s.ctx, program, visitor.ID, sp, access.None); err != nil {
			t.Fatal(err)
		}
		if again := s.get("visitor", address).Header().Get("ETag"); again != tag {
			t.Errorf("%s: the right is gone and the tag is %s, before %s", address, again, tag)
		}
		p, err := s.wiki.PageAt(s.ctx, program, "handbuch", "z2")
		if err != nil {
			t.Fatal(err)
		}
		in := wiki.InputOf(p)
		in.Body += "Noch ein Satz.\n"
		if out, err := s.wiki.Import(s.ctx, program, []wiki.Imported{{ID: p.ID, Input: in, State: p.State}}, nil); err != nil || out[0].Err != nil {
			t.Fatal(err, out)
		}
		unlike("visitor after a save", s.get("visitor", address))
	}
	a := s.get("visitor", "/kpis/dauer")
	s.want("recording", s.post("visitor", "/kpis/dauer/values", url.Values{"period": {"2026-10"}, "value": {"9,5"}, "state": {"final"}}), 303)
	b := s.get("visitor", "/kpis/dauer", "If-None-Match", a.Header().Get("ETag"))
	s.want("the KPI after a new value", b, 200, "9,5")
	if _, err := s.store.SaveKPIValues(s.ctx, s.pages["dauer"].ID, []page.KPIValue{{Period: "2026-10", Value: 8.25, State: "final", Source: "csv"}}); err != nil {
		t.Fatal(err)
	}
	s.clock.pass(1e9) // an import of another process is noticed within a second
	s.want("the KPI after an import", s.get("visitor", "/kpis/dauer", "If-None-Match", b.Header().Get("ETag")), 200, "8,25")
}

// What was compressed once is sent again to the same reader only, and says the same as what is not compressed.
func TestCompression(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, address := range []string{"/wiki/handbuch/offen", "/kinds/guide", "/search?q=Norm", "/wiki/nirgends/nichts", "/suggest?q=of", "/kinds/guide?format=csv", "/kpis/dauer.svg", "/healthz", "/wiki/handbuch/offen/files/anlage.txt"} {
		for _, actor := range []string{"guest", "clerk", "insider", "clerk"} {
			plain := s.get(actor, address)
			for range 2 {
				zipped := s.get(actor, address, "Accept-Encoding", "br, gzip;q=1.0")
				if zipped.withoutID() != plain.withoutID() || zipped.Code != plain.Code {
					t.Errorf("%s %s: compressed it says something else:\n%s", actor, address, firstDifference(zipped.body, plain.body))
				}
				if zipped.Header().Get("Content-Type") != plain.Header().Get("Content-Type") {
					t.Errorf("%s %s: %q and %q", actor, address, zipped.Header().Get("Content-Type"), plain.Header().Get("Content-Type"))
				}
				if enc := zipped.Header().Get("Content-Encoding"); enc != "" && (zipped.Header().Get("Content-Length") != "" && zipped.Header().Get("Content-Length") != itoa(zipped.Body.Len()) || zipped.Body.Len() >= len(plain.body) && len(plain.body) > minCompress) {
					t.Errorf("%s %s: %s, %d bytes of %d", actor, address, enc, zipped.Body.Len(), len(plain.body))
				}
			}
			if plain.Header().Get("Content-Encoding") != "" {
				t.Errorf("%s %s is compressed without asking", actor, address)
			}
			for _, refuse := range []string{"gzip;q=0", "identity"} {
				if a := s.get(actor, address, "Accept-Encoding", refuse); a.Header().Get("Content-Encoding") != "" {
					t.Errorf("%s is compressed for %q", address, refuse)
				}
			}
		}
	}
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.post("guest", "/prefs", url.Values{"lang": {"en"}, "theme": {"dark"}, "return": {"/wiki/handbuch/offen"}})
	if a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/wiki/handbuch/offen" {
		t.Fatal(a)
	}
	var cookies []string
	for _, ck := range a.Result().Cookies() {
		cookies = append(cookies, ck.Name+"="+ck.Value)
	}
	s.want("in English and dark", s.get("guest", "/wiki/handbuch/offen", "Cookie", strings.Join(cookies, "; ")), 200, `<html lang="en"`, `dark`)
	s.want("nonsense is no language", s.get("guest", "/wiki/handbuch/offen", "Cookie", `lr_lang=x"><script>; lr_theme="onload=`), 200, `<html lang="de"`, "!<script>alert", "!onload=")
	for _, form := range []url.Values{{"lang": {"fr"}}, {"theme": {"pink"}}, {}} {
		if a := s.post("guest", "/prefs", form); a.Code != http.StatusSeeOther || len(a.Result().Cookies()) != 0 || a.Header().Get("Location") != "/" {
			t.Errorf("%v: %v", form, a)
		}
	}
	a = s.post("guest", "/prefs", url.Values{"theme": {"auto"}})
	if ck := a.Result().Cookies(); len(ck) != 1 || ck[0].Value != "" {
		t.Errorf("automatic: %v", ck)
	}
	s.want("a note nobody wrote", s.get("guest", "/", "Cookie", "lr_note=<b>owned</b>"), 200, "!owned")
}

// BenchmarkPageAgain is the page view that counts: drawn before, for a reader who has not got it yet.
func BenchmarkPageAgain(b *testing.B) {
	s := newSite(b)
	r := httptest.NewRequest(http.MethodGet, "/wiki/handbuch/offen", nil)
	r.Host = "haus.test"
	r.Header.Set("Accept-Encoding", "gzip")
	r.AddCookie(&http.Cookie{Name: auth.CookieName(false), Value: s.tokens["clerk"]})
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		s.open.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
