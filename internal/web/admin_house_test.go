package web

import (
	"net/url"
	"testing"
	"time"

	"lernraum/internal/audit"
)

// A setting holds from the next request on, also for views that were kept; it stands in the audit log; a wrong one is
// refused at its field and changes nothing.
func TestSettings(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.want("the form", s.get("admin", "/admin/settings"), 200, `value="Haus"`, "setting-public-read")
	s.want("before", s.get("clerk", "/wiki/handbuch/offen"), 200, "– Haus<")
	good := url.Values{"house-name": {"Amt <für> Ordnung"}, "house-short": {"AfO"}, "feedback-mail": {"hinweis@amt.example"}, "lang": {"en"}, "public-read": {"false"}}
	s.want("saved", s.post("admin", "/admin/settings", good), 303)
	s.want("in force", s.get("clerk", "/wiki/handbuch/offen"), 200, "Amt &lt;für&gt; Ordnung<", "mailto:hinweis@amt.example", "!– Haus<", "Skip to")
	s.want("guests read no longer", s.get("guest", "/wiki/handbuch/offen"), 303)
	log, err := s.store.AuditEntries(s.ctx, audit.Query{Actions: []audit.Action{audit.SettingChange}})
	if err != nil || len(log) != 5 {
		t.Errorf("%d entries, %v", len(log), err)
	}
	for _, bad := range []url.Values{
		{"house-name": {""}}, {"feedback-mail": {"keine"}, "house-name": {"Anders"}}, {"lang": {"fr"}}, {"public-read": {"vielleicht"}},
	} {
		s.want("wrong", s.post("admin", "/admin/settings", bad), 422, `role="alert"`)
	}
	s.want("nothing changed", s.get("clerk", "/"), 200, "Amt &lt;für&gt; Ordnung", "!Anders")
	s.want("the same again is no change", s.post("admin", "/admin/settings", good), 303)
	s.want("not for others", s.post("clerk", "/admin/settings", good), 404)
	// Another process changes it: noticed within two seconds.
	if err := s.store.SaveSettings(s.ctx, map[string]string{"house-name": "Von außen", "lang": "nonsense"}); err != nil {
		t.Fatal(err)
	}
	s.clock.pass(2 * time.Second)
	s.want("from outside", s.get("clerk", "/"), 200, "Von außen")
}

func TestAdminListsSpacesAndKinds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.want("spaces", s.get("admin", "/admin/spaces"), 200, "Personalsachen", "niemand verwaltet", "!"+canary)
	s.want("kinds", s.get("admin", "/admin/kinds"), 200, "shipped", "Prozesse", "purpose")
	s.want("nobody else", s.get("insider", "/admin/spaces"), 404)
}
