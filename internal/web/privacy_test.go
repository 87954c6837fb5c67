package web

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// Somebody takes their data along, and then their account goes: the name is noted for those who answer for the space,
// and nobody signs in any more.
func TestOwnDataAndErasure(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	clerk, err := s.auth.UserByLogin(s.ctx, program, "clerk")
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.auth.Actor(s.ctx, s.tokens["clerk"])
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.wiki.Create(s.ctx, a, wiki.Input{Kind: "guide", Space: "handbuch", Title: "Fragen", Body: "Fragen Sie Clerk.\n"})
	if err != nil {
		t.Fatal(err)
	}
	got := s.get("clerk", "/account/export")
	if got.Code != http.StatusOK || got.Header().Get("Content-Type") != "application/zip" || !strings.Contains(got.Header().Get("Cache-Control"), "no-store") {
		t.Fatalf("export: %d %v", got.Code, got.Header())
	}
	z, err := zip.NewReader(bytes.NewReader([]byte(got.body)), int64(len(got.body)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(b)
	}
	for name, text := range map[string]string{
		"LIESMICH.txt": "account.json", "README.txt": "protected rooms", "account.json": `"login": "clerk"`, "account_unit.json": "z2", "session.json": "seen_at",
		"audit_person.json": "account.create", "texts/" + string(p.ID) + "-1.md": "Fragen Sie Clerk.", "texts/" + string(p.ID) + "-1.json": `"kind": "guide"`,
	} {
		if !strings.Contains(files[name], text) {
			t.Errorf("%s says %q, not %q", name, files[name], text)
		}
	}
	s.want("the question", s.get("clerk", "/account/erase"), http.StatusOK, "Clerk", "Bereich handbuch: eine Stelle")
	s.want("an administrator asks", s.get("admin", "/admin/people/"+clerk.ID+"/erase"), http.StatusOK, "Bereich handbuch: eine Stelle")
	done := s.post("admin", "/admin/people/"+clerk.ID+"/erase", url.Values{})
	s.want("erased", done, http.StatusOK, "Ehemaliges Mitglied #1", "Bereich handbuch")
	if a := s.get("admin", "/admin/people/"+clerk.ID+"/erase"); a.Code != http.StatusNotFound {
		t.Errorf("again: %d", a.Code)
	}
	s.clock.pass(3e9) // what is remembered of sessions
	if a := s.get("clerk", "/account"); a.Code != http.StatusSeeOther {
		t.Errorf("the session goes on: %d", a.Code)
	}
	s.want("the list", s.get("editor", "/spaces/handbuch/names"), http.StatusOK, "Fragen", "Ehemaliges Mitglied #1", "/edit")
	s.want("the space leads there", s.get("editor", "/wiki/handbuch"), http.StatusOK, "/spaces/handbuch/names")
	if a := s.get("insider", "/spaces/handbuch/names"); a.Code != http.StatusNotFound {
		t.Errorf("somebody else: %d", a.Code)
	}
	form := url.Values{"page": {string(p.ID)}, "place": {"text"}, "first": {"1"}, "n": {"1"}}
	if a := s.post("editor", "/spaces/tresor/names", form); a.Code != http.StatusNotFound {
		t.Errorf("settled in another space: %d", a.Code)
	}
	if a := s.post("editor", "/spaces/handbuch/names", form); a.Code != http.StatusSeeOther {
		t.Errorf("settled: %d", a.Code)
	}
	s.want("nothing is open", s.get("editor", "/spaces/handbuch/names"), http.StatusOK, "nichts offen")
	if _, err := s.wiki.Page(s.ctx, program, page.ID(p.ID)); err != nil {
		t.Errorf("the text: %v", err)
	}
	if a := s.post("admin", "/account/erase", url.Values{}); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("the last administrator: %d", a.Code)
	}
}
