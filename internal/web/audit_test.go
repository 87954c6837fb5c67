package web

import (
	"slices"
	"strings"
	"testing"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
)

// Every list, count and page of administration has its row in the list of evaluations, so that nothing is evaluated that
// the staff council has not read of.
func TestEveryListIsAnEvaluation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	told := map[string]bool{}
	for _, e := range evaluations {
		for _, r := range e.routes {
			told[r] = true
		}
	}
	for _, r := range s.open.routes() {
		if (r.about == aboutList || r.about == aboutHouse) && r.method == "GET" && !told[r.path] {
			t.Errorf("%s stands in no row of evaluations (evaluation.go); add one, with its texts web.eval_KEY and web.eval_KEY_shows", r.path)
		}
		delete(told, r.path)
	}
	for path := range told {
		t.Errorf("evaluations name %s, which is no route", path)
	}
	for _, lang := range []string{"de", "en"} {
		a := s.get("clerk", "/evaluations", "Cookie", "lr_lang="+lang)
		for _, e := range slices.Concat(evaluations, logs) {
			if name := s.open.View.Text(lang, "web.eval_"+e.key); !strings.Contains(a.body, name) {
				t.Errorf("%s: %q is missing", lang, name)
			}
		}
	}
}

func TestAuditPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	clerk, err := s.auth.UserByLogin(s.ctx, program, "clerk")
	if err != nil {
		t.Fatal(err)
	}
	council, err := s.auth.AddUser(s.ctx, program, auth.NewUser{Login: "rat", Name: "Rat", NoPassword: true, Roles: []access.Role{access.RoleCouncil}})
	if err != nil {
		t.Fatal(err)
	}
	if s.tokens["council"], _, err = s.auth.SignInAs(s.ctx, council.ID); err != nil {
		t.Fatal(err)
	}
	var all []audit.Event
	for _, a := range audit.Inventory() {
		all = append(all, audit.Event{Action: a, Object: "space:tresor", Actor: clerk.ID, Network: "192.0.2.7", Subject: "ERASED", Detail: map[string]string{"reason": "<b>x"}})
	}
	if err := s.store.Record(s.ctx, all...); err != nil {
		t.Fatal(err)
	}
	admin := s.get("admin", "/admin/audit")
	s.want("administrators see who", admin, 200, "192.0.2.0/24", "Ehemaliges Konto", "&lt;b&gt;x", "!<b>x", "Protokoll")
	for _, a := range audit.Inventory() {
		if !strings.Contains(admin.body, s.open.View.Text("de", "web.audit_"+string(a))) {
			t.Errorf("%s has no words", a)
		}
	}
	s.want("of one person", s.get("admin", "/admin/audit?person=ERASED"), 200, "192.0.2.0/24")
	s.want("of nobody", s.get("admin", "/admin/audit?person=nobody"), 200, "!192.0.2.0/24")
	s.want("of one group", s.get("admin", "/admin/audit?action=token"), 200, s.open.View.Text("de", "web.audit_token.create"), "!"+s.open.View.Text("de", "web.audit_page.delete"))
	s.want("of no group", s.get("admin", "/admin/audit?action=%22"), 200, "!192.0.2.0/24")
	s.want("refused only", s.get("admin", "/admin/audit?outcome=refused"), 200, "!192.0.2.0/24")
	s.want("before the first", s.get("admin", "/admin/audit?before=1"), 200, "!192.0.2.0/24")
	s.want("the council sees what", s.get("council", "/admin/audit"), 200, "!192.0.2.0/24", "!Clerk", "!Ehemaliges Konto", s.open.View.Text("de", "web.audit_token.create"))
	s.want("and nothing of a person", s.get("council", "/admin/audit?person="+clerk.ID), 200, s.open.View.Text("de", "web.audit_session.sign_in"), "!192.0.2.0/24")
	s.want("the council does not administrate", s.get("council", "/admin"), 404)
	s.want("nonsense", s.get("admin", "/admin/audit?before=x&outcome=y"), 200)
}
