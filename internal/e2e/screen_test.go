package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// screen is a view that is looked at as a whole: for barriers and in pictures.
type screen struct {
	name string
	path string
	role string // "" is a guest
	do   func(b *tab)
}

// screens lists the views of the house. The page with a history is made once.
func screens(t *testing.T) []screen {
	t.Helper()
	at := samplePage(t)
	return []screen{
		{name: "start", path: "/"},
		{name: "signin", path: "/login"},
		{name: "search", path: "/search?q=Reisekosten"},
		{name: "search-none", path: "/search?q=xyzzyplugh"},
		{name: "process", path: process},
		{name: "tool", path: tool},
		{name: "contacts", path: "/contacts"},
		{name: "lesson", path: lesson},
		{name: "kpi", path: kpi},
		{name: "kpis", path: "/kpis"},
		{name: "list", path: "/kinds/process"},
		{name: "spaces", path: "/spaces"},
		{name: "start-signed-in", path: "/", role: "contributor"},
		{name: "process-signed-in", path: process, role: "contributor"},
		{name: "draft", path: at + "-entwurf", role: "contributor"},
		{name: "new", path: "/new", role: "contributor"},
		{name: "form", path: at + "/edit", role: "contributor"},
		{name: "form-errors", path: "/new?kind=process", role: "contributor", do: func(b *tab) {
			b.choose("space", "handbuch")
			b.follow(button("do", "save"), http.StatusUnprocessableEntity)
		}},
		{name: "history", path: at + "/history", role: "contributor"},
		{name: "diff", path: at + "/diff?from=1&to=2", role: "contributor"},
		{name: "links", path: process + "/links", role: "contributor"},
		{name: "account", path: "/account", role: "contributor"},
		{name: "access", path: process + "/access", role: "contributor"},
		{name: "ask", path: "/spaces/it-sicherheit/request", role: "contributor"},
		{name: "ask-refused", path: "/spaces/it-sicherheit/request", role: "contributor", do: func(b *tab) {
			b.follow(sel("main form button[type=submit]"), http.StatusUnprocessableEntity)
		}},
		{name: "people", path: "/spaces/it-sicherheit/people?q=re", role: "security"},
		{name: "people-remove", path: "/spaces/it-sicherheit/people", role: "security", do: func(b *tab) {
			b.follow(sel(`main a[href*="/people/remove"]`), http.StatusOK)
		}},
		{name: "requests", path: "/spaces/it-sicherheit/requests", role: "security"},
		{name: "api", path: "/info/api"},
		{name: "handover", path: "/handover?unit=z2", role: "contributor"},
	}
}

var sample struct {
	once sync.Once
	path string
}

// samplePage makes a published page with a history and a draft beside it, and gives the address of the first.
func samplePage(t *testing.T) string {
	t.Helper()
	sample.once.Do(func() {
		c := newClient(t, "contributor")
		v := url.Values{
			"fields.purpose": {"Räume gehen ohne Umweg an alle, die sie brauchen."}, "fields.trigger": {"Jemand braucht einen Raum."},
			"body":                {"## Vorher\n\nPrüfen Sie, wie viele Personen kommen.\n\n## Nachher\n\nLassen Sie den Raum so zurück, wie Sie ihn fanden.\n"},
			"fields.steps.0.what": {"Raum aussuchen"}, "fields.steps.0.tool": {"tool/bestellportal"}, "fields.steps.0.duration": {"5 min"},
			"fields.steps.1.what": {"Anfrage absenden"}, "slug": {"veranstaltungsraum-anfragen"},
		}
		at := c.makePage("process", "Veranstaltungsraum anfragen", v)
		v.Set("title", "Veranstaltungsraum anfragen")
		v.Set("fields.trigger", "Jemand braucht einen Raum für mehr als zwölf Personen.")
		v.Set("body", "## Vorher\n\nPrüfen Sie, wie viele Personen kommen und ob jemand eine Hörschleife braucht.\n\n## Nachher\n\nLassen Sie den Raum so zurück.\n")
		v.Set("comment", "Hörschleife ergänzt")
		if a := c.editPage(at, "1", v); a.status != http.StatusSeeOther {
			t.Fatalf("edit %s: %d %s", at, a.status, excerpt(a.body, `class="lr-errors__list"`))
		}
		if a := c.post(at+"/advance", url.Values{"revision": {"2"}, "transition": {"publish"}}, own()); a.status != http.StatusSeeOther {
			t.Fatalf("publish %s: %d", at, a.status)
		}
		body, contentType := multi(t, "Raumplan Erdgeschoss.txt", "Raum 0.12: 40 Plätze, Hörschleife\n")
		if a := c.do(http.MethodPost, at+"/files", contentType, strings.NewReader(body), own()); a.status != http.StatusSeeOther {
			t.Fatalf("attach to %s: %d", at, a.status)
		}
		c.makePage("process", "Veranstaltungsraum anfragen (Entwurf)", url.Values{"fields.purpose": {"Noch in Arbeit."}, "slug": {"veranstaltungsraum-anfragen-entwurf"}})
		sample.path = at
	})
	if sample.path == "" {
		t.Fatal("the page for the pictures could not be made")
	}
	return sample.path
}

// show brings a screen into the window. What was typed on the one before is given up.
func (b *tab) show(s screen) {
	b.t.Helper()
	b.leaving.Store(true)
	b.open(s.path)
	b.leaving.Store(false)
	if s.do != nil {
		s.do(b)
	}
}
