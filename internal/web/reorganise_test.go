package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/wiki"
)

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// hidden are the values a form sends along.
func hidden(body string) url.Values {
	form := url.Values{}
	i := strings.LastIndex(body, `<form class="lr-form" method="post"`)
	if i < 0 {
		return form
	}
	for _, m := range hiddenInput.FindAllStringSubmatch(body[i:], -1) {
		form.Add(m[1], m[2])
	}
	return form
}

// TestReorganiseInTheBrowser walks through a merge: form, mistakes, preview, somebody saving in between, doing it, undoing it.
func TestReorganiseInTheBrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const base = "/admin/units/z2/reorganise"
	s.want("tree", s.get("admin", "/admin/units"), 200, "Referat Z 2", base)
	s.want("search", s.get("admin", "/admin/units?q=refer"), 200, "Referat Z 2")
	s.want("form", s.get("admin", base+"?act=merge"), 200, "Nachfolge", "Anlass")
	for _, act := range []string{"rename", "split", "close"} {
		s.want(act, s.get("admin", base+"?act="+act), 200, "Anlass")
	}
	s.want("mistakes", s.get("admin", base+"?act=merge&preview=1&to=unit%2Fnix&occasion="), 422, "unit/nix", "Anlass", `id="orga-to-err"`, `id="orga-occasion-err"`)
	s.want("a part without rules", s.get("admin", base+"?act=split&preview=1&to0=unit%2Fredaktion&occasion=x&tag0="), 422, `id="orga-kinds0-err"`)
	p, err := s.wiki.Create(s.ctx, program, wiki.Input{Kind: "guide", Space: "handbuch", Title: "Reisen", Owner: "unit/z2", Body: "x\n"})
	if err != nil {
		t.Fatal(err)
	}
	preview := base + "?act=merge&preview=1&to=unit%2Fredaktion&occasion=Erlass&references=yes"
	a := s.get("admin", preview)
	s.want("preview", a, 200, "Reisen", "Redaktion", "Clerk", "Jetzt ändern")
	form := hidden(a.body)
	if form.Get("seen") == "" || form.Get("to") != "unit/redaktion" {
		t.Fatalf("form sends %v", form)
	}
	if _, err := s.wiki.Create(s.ctx, program, wiki.Input{Kind: "guide", Space: "handbuch", Title: "Dazwischen", Owner: "unit/z2", Body: "x\n"}); err != nil {
		t.Fatal(err)
	}
	a = s.post("admin", base, form)
	s.want("changed since", a, 409, "Inzwischen hat sich etwas geändert", "Dazwischen")
	a = s.post("admin", base, hidden(a.body))
	if a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Header().Get("Location"), "/admin/units/history/") {
		t.Fatalf("apply: %d %s", a.Code, a.Header().Get("Location"))
	}
	record := a.Header().Get("Location")
	s.want("record", s.get("admin", record), 200, "Erlass", "Seiten haben eine neue Zuständigkeit", "Zurücknehmen")
	s.want("list", s.get("admin", "/admin/units/history"), 200, "Erlass", record)
	s.want("history of the page", s.get("clerk", wiki.Address(p.Space, p.Slug)+"/history"), 200, "Organisation geändert", "Erlass: Referat Z 2 → Redaktion")
	s.want("closed unit", s.get("clerk", "/wiki/handbuch/z2"), 200, "Diese Seite gilt nicht mehr", "Redaktion")
	s.want("closed already", s.get("admin", preview), 422, "schon geschlossen")
	if got, err := s.wiki.Page(s.ctx, program, p.ID); err != nil || got.Owner != "unit/redaktion" {
		t.Errorf("page belongs to %s, %v", got.Owner, err)
	}
	s.clock.pass(3 * time.Second)
	if a, err := s.auth.Actor(s.ctx, s.tokens["clerk"]); err != nil || len(a.Units) != 1 || a.Units[0] != "redaktion" {
		t.Errorf("the clerk is in %v, %v", a.Units, err)
	}
	if a := s.post("admin", record+"/undo", url.Values{}); a.Code != http.StatusSeeOther {
		t.Fatalf("undo: %d", a.Code)
	}
	s.want("undone", s.get("admin", record), 200, "Zurückgenommen")
	s.want("undone twice", s.post("admin", record+"/undo", url.Values{}), 422, "nicht mehr zurücknehmen")
	if got, err := s.wiki.Page(s.ctx, program, p.ID); err != nil || got.Owner != "unit/z2" {
		t.Errorf("page belongs to %s, %v", got.Owner, err)
	}
	// Who signed in long ago shows again who they are.
	s.clock.pass(time.Hour)
	s.want("sign-in is old", s.post("admin", base, form), http.StatusUnauthorized)
	s.want("sign-in is old", s.post("admin", record+"/undo", url.Values{}), http.StatusUnauthorized)
}

func TestHandoverInTheBrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, in := range []wiki.Input{
		{Kind: "guide", Space: "handbuch", Title: "=Reisen|x", Owner: "unit/z2#Reisestelle", Body: "x\n"},
		{Kind: "guide", Space: "tresor", Title: canary + " übergeben", Owner: "unit/z2", Body: "x\n"},
	} {
		if _, err := s.wiki.Create(s.ctx, access.Program("x"), in); err != nil {
			t.Fatal(err)
		}
	}
	s.want("own units", s.get("clerk", "/handover"), 200, "/handover?unit=z2")
	s.want("account", s.get("clerk", "/account"), 200, `href="/handover"`)
	a := s.get("clerk", "/handover?unit=z2")
	s.want("unit", a, 200, "=Reisen|x", "Reisestelle", "Bereich, den Sie nicht lesen dürfen")
	s.want("role", s.get("clerk", "/handover?unit=z2&role=Reisestelle"), 200, "=Reisen|x")
	if a := s.get("clerk", "/handover?unit=z2&role=andere"); strings.Contains(a.body, "Reisen|x") {
		t.Error("a role shows what another one has")
	}
	md := s.get("clerk", "/handover?unit=z2&format=md")
	s.want("markdown", md, 200, `[=Reisen\|x](http://haus.test/wiki/handbuch/reisen-x)`)
	csv := s.get("clerk", "/handover?unit=z2&format=csv")
	s.want("table", csv, 200, `'=Reisen|x`)
	for _, a := range []answer{a, md, csv} {
		if strings.Contains(a.body, canary) {
			t.Error("the handover tells what is closed")
		}
	}
}

func TestImportInTheBrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const at = "/admin/units/import?space=handbuch"
	s.want("form", s.get("admin", "/admin/units/import"), 200, "Kennung", `type="file"`)
	s.want("no file", s.upload("admin", at, "", nil), 422, `id="orga-file-err"`)
	s.want("no table", s.upload("admin", at, "x.csv", []byte("a;b\n1;2\n")), 422, "Spalte")
	s.want("into a closed space", s.upload("admin", "/admin/units/import?space=tresor", "x.csv", []byte("Name\nAmt\n")), 422, `id="orga-space-err"`)
	chart := []byte("Kennung;Übergeordnet;Name;Kurz;E-Mail\n1;;Amt <b>;A;kaputt\n2;1;Referat;A 1;\n3;9;Verwaist;;\n")
	a := s.upload("admin", at, "x.csv", chart)
	s.want("preview", a, 200, "Amt &lt;b&gt;", "ungültig", "neu", "ausgelassen", "„9“", "2 Einheiten sind neu")
	form := hidden(a.body)
	s.want("rows that are none", s.post("admin", "/admin/units/import", url.Values{"space": {"handbuch"}, "rows": {"AAAA"}}), 422)
	if a := s.post("admin", "/admin/units/import", form); a.Code != http.StatusSeeOther {
		t.Fatalf("import: %d\n%s", a.Code, excerpt(a.body, "kern-error"))
	}
	s.want("tree", s.get("admin", "/admin/units"), 200, "Amt &lt;b&gt;")
	s.want("again", s.upload("admin", at, "x.csv", chart), 200, "Alle Einheiten sind schon so", "2 Einheiten bleiben gleich")
	s.want("by the clerk", s.upload("clerk", at, "x.csv", chart), 404)
	s.clock.pass(time.Hour)
	s.want("sign-in is old", s.post("admin", "/admin/units/import", form), http.StatusUnauthorized)
}
