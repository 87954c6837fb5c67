package web

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
)

func TestAccountsAreFound(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 60 {
		s.account(fmt.Sprintf("kraft-%02d", i))
	}
	s.want("all", s.get("admin", "/admin/people"), 200, "Clerk", "Referat Z 2", `rel="next"`)
	s.want("by words", s.get("admin", "/admin/people?q=referat+clerk"), 200, "Clerk", "!kraft-", "!Insider")
	s.want("by role", s.get("admin", "/admin/people?role=admin"), 200, ">Admin<", "!>Clerk<")
	s.want("nobody", s.get("admin", "/admin/people?q=gibtesnicht"), 200, "Dazu gibt es kein Konto.")
	s.want("the last page", s.get("admin", "/admin/people?page=99"), 200)
	if err := s.auth.SetDisabled(s.ctx, program, s.user("kraft-07").ID, true); err != nil {
		t.Fatal(err)
	}
	s.want("closed ones", s.get("admin", "/admin/people?state=closed"), 200, "kraft-07", "!kraft-08")
	s.want("roles", s.get("admin", "/admin/roles"), 200, `href="/admin/people/`+s.user("admin").ID+`"`, "Hat niemand.")
}

func TestNewAccountSetsItsOwnPassword(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	form := url.Values{"login": {"Neu"}, "name": {"Nele <Neu>"}, "label": {"Referat Z 2"}, "role": {"editor"}, "add_unit": {"unit/redaktion"}}
	for what, change := range map[string][3]string{
		"login taken":                       {"login", "clerk", "person-login"},
		"login wrong":                       {"login", "a b", "person-login"},
		"no name":                           {"name", "", "person-name"},
		"unknown role":                      {"role", "boss", "person-roles"},
		"unknown unit":                      {"add_unit", "gibt-es-nicht", "person-units"},
		"no unit":                           {"add_unit", "process/offen", "person-units"},
		"a unit administrators may not see": {"add_unit", "unit/geheime-einheit", "person-units"},
	} {
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		bad.Set(change[0], change[1])
		a := s.post("admin", "/admin/people/new", bad)
		s.want(what, a, 422, `href="#`+change[2]+`"`, "!/login/password")
		got := controls(t, a.body, "/admin/people/new")
		for _, name := range []string{"login", "name", "label", "add_unit"} {
			if strings.TrimSpace(got.Get(name)) != strings.ToLower(bad.Get(name)) && got.Get(name) != bad.Get(name) {
				t.Errorf("%s: %s became %q", what, name, got.Get(name))
			}
		}
	}
	made := s.post("admin", "/admin/people/new", form)
	s.want("made", made, 201, "Nele &lt;Neu&gt;", "http://haus.test/login/password?token=")
	if made.Header().Get("Cache-Control") != "private, no-store" {
		t.Errorf("the link is kept: %s", made.Header().Get("Cache-Control"))
	}
	u := s.user("neu")
	if len(u.Units) != 1 || u.Units[0] != "redaktion" || len(u.Roles) != 1 {
		t.Errorf("made %+v", u)
	}
	s.want("later", s.get("admin", "/admin/people/"+u.ID), 200, "noch kein Passwort", "!/login/password?")
	link := regexp.MustCompile(`/login/password\?token=[\w-]+`).FindString(made.body)
	token := strings.TrimPrefix(link, "/login/password?token=")
	page := s.get("guest", link)
	s.want("the link", page, 200, "<strong>neu</strong>")
	s.want("a short password", s.post("guest", "/login/password", url.Values{"token": {token}, "password": {"kurz"}}), 422, "setpassword-password")
	a := s.post("guest", "/login/password", url.Values{"token": {token}, "password": {password}})
	s.want("set", a, 303)
	s.tokens["neu"] = session(a)
	s.want("signed in", s.get("neu", "/account"), 200, "Nele &lt;Neu&gt;")
	s.want("again", s.get("guest", link), 404, "gilt nicht mehr")
	s.want("sent again", s.post("guest", "/login/password", url.Values{"token": {token}, "password": {password}}), 404, "gilt nicht mehr")

	s.want("a new link", s.post("admin", "/admin/people/"+u.ID+"/link", nil), 201, "/login/password?token=")
	s.want("for nobody", s.post("admin", "/admin/people/01ARZ3NDEKTSV4RRFFQ69G5FAV/link", nil), 404)
}

func TestAccountIsChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	u, root := s.user("clerk"), s.user("admin")
	at := "/admin/people/" + u.ID
	form := controls(t, s.get("admin", at).body, at)
	if form.Get("name") != "Clerk" || len(form["unit"]) != 1 || len(form["role"]) != 0 {
		t.Fatalf("the form holds %v", form)
	}
	form["role"] = []string{"editor", "council"}
	form.Set("add_unit", "redaktion")
	form.Set("name", "Klara")
	s.want("saved", s.post("admin", at, form), 303)
	u = s.user("clerk")
	if u.Name != "Klara" || len(u.Roles) != 2 || len(u.Units) != 2 {
		t.Errorf("saved %+v", u)
	}
	form = controls(t, s.get("admin", at).body, at)
	form["unit"] = []string{"redaktion"}
	s.want("a unit less", s.post("admin", at, form), 303)
	if u = s.user("clerk"); len(u.Units) != 1 || u.Units[0] != "redaktion" {
		t.Errorf("units %v", u.Units)
	}
	form["name"], form["role"] = []string{""}, []string{"boss"}
	s.want("wrong", s.post("admin", at, form), 422, `href="#person-name"`, `href="#person-roles"`)

	own := "/admin/people/" + root.ID
	form = controls(t, s.get("admin", own).body, own)
	delete(form, "role")
	s.want("the last administrator", s.post("admin", own, form), 422, `href="#person-roles"`, "das letzte Konto")
	s.want("closing the last administrator", s.post("admin", own+"/close", nil), 422, "das letzte Konto")

	s.want("closed", s.post("admin", at+"/close", nil), 303)
	s.want("cannot enter", s.get("clerk", "/account"), 303)
	s.want("shown as closed", s.get("admin", at), 200, "Konto öffnen", "!Passwort-Link erstellen")
	s.want("no link", s.post("admin", at+"/link", nil), 422, "keinen Passwort-Link")
	s.want("open", s.post("admin", at+"/open", nil), 303)

	// Sensitive changes ask again; what was typed is kept.
	s.clock.pass(6 * time.Minute)
	a := s.post("admin", at, form)
	s.want("asked again", a, 401, `name="lr_confirm"`)
	s.want("reading", s.get("admin", "/admin/people/new"), 303)
	for _, path := range []string{"/link", "/close", "/open"} {
		s.want("asked again at "+path, s.post("admin", at+path, nil), 401)
	}
}

func TestSessionsOfOthersAreEnded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	u := s.user("clerk")
	at := "/admin/people/" + u.ID
	page := s.get("admin", at)
	end := regexp.MustCompile(`/admin/sessions/[0-9a-f]{16}/end`).FindString(page.body)
	if end == "" {
		t.Fatal("no session to end")
	}
	s.want("one", s.post("admin", end, nil), 303)
	s.want("has ended", s.get("clerk", "/account"), 303)
	s.want("twice", s.post("admin", end, nil), 404)
	token, _, err := s.auth.SignInAs(s.ctx, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.tokens["clerk"] = token
	s.want("all", s.post("admin", at+"/sessions/end", nil), 303)
	s.want("have ended", s.get("clerk", "/account"), 303)
	s.want("of nobody", s.post("admin", "/admin/people/x/sessions/end", nil), 404)

	// What follows from groups of a provider is shown, and no control.
	id := auth.Identity{UserID: "01JU00000000000000000000P1", Login: "extern", Provider: "bund", Issuer: "https://op.example", Subject: "7", Name: "Extern",
		Organisation: "Amt", Mail: "e@example.org", Rights: auth.Rights{Roles: []access.Role{access.RoleEditor}}}
	if _, _, err := s.store.Enter(s.ctx, id, s.clock.now(), audit.Event{}, audit.Event{}); err != nil {
		t.Fatal(err)
	}
	at = "/admin/people/" + s.user("extern").ID
	page = s.get("admin", at)
	s.want("of a provider", page, 200, "Rollen aus Gruppen des Anbieters", "Amt", "(nicht bestätigt)", `!value="editor"`, "!Passwort-Link", `!name="name"`)
	s.want("filter", s.get("admin", "/admin/people?provider=bund"), 200, "Extern", "!>Clerk<")
	s.want("local ones", s.get("admin", "/admin/people?provider=-"), 200, "!>Extern<")
}
