package view

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Every view in every filling is a whole, valid document with one h1, unique ids, labelled controls, headings
// in order, and nothing a strict content security policy would refuse.
func TestViewsAreValidDocuments(t *testing.T) {
	r := newRenderer(t)
	for _, lang := range languages {
		all := views(r, lang)
		for _, name := range slices.Sorted(maps.Keys(all)) {
			t.Run(lang+"/"+name, func(t *testing.T) {
				var b bytes.Buffer
				if err := r.Render(&b, all[name]); err != nil {
					t.Fatal(err)
				}
				for _, fault := range faults(b.Bytes()) {
					t.Error(fault)
				}
				for _, bad := range []string{"#ZgotmplZ", "<no value>", "%!", "{{", "view.", "err."} {
					if i := strings.Index(strings.ReplaceAll(b.String(), "preview.", ""), bad); i >= 0 {
						t.Errorf("the text shows %q: …%s…", bad, b.String()[max(0, i-60):min(b.Len(), i+60)])
					}
				}
			})
		}
	}
}

// Every kind of view has at least one filling above.
func TestEveryTemplateIsTested(t *testing.T) {
	r := newRenderer(t)
	tested := map[string]bool{}
	for _, p := range views(r, German) {
		tested[p.view()] = true
	}
	for _, tmpl := range r.sets[German].set.Templates() {
		name, ok := strings.CutPrefix(tmpl.Name(), "page/")
		if name, _ = strings.CutSuffix(name, ".html"); ok && !tested[name] {
			t.Errorf("no test draws page/%s.html", name)
		}
	}
}

func TestHostileTextStaysText(t *testing.T) {
	r := newRenderer(t)
	const evil = `"><script>alert(1)</script>`
	w := wikiPage(r, German)
	w.Title, w.Summary, w.House, w.Path, w.FeedbackMail = evil, evil, evil, `javascript:alert(1)`, evil
	w.Tags = []Link{{"javascript:alert(1)", evil}}
	w.Crumbs = []Link{{"JaVaScRiPt:alert(1)", evil}, {"data:text/html,x", evil}}
	w.Facts[0].Facts[0].Values[0] = FactValue{Text: evil, URL: " javascript:alert(1)"}
	w.Files[0].Name, w.Files[0].Alt = evil, evil
	d := months(German, 3)
	d.Title, d.Desc, d.Unit, d.Points[0].Label, d.Marks[0].Label = evil, evil, evil, evil, evil
	w.KPI.Chart = r.LineChart(d)
	var b bytes.Buffer
	if err := r.Render(&b, w); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Data == "script" && attr(n, "src") == "" {
			t.Error("hostile text became a script")
		}
		if u := strings.TrimSpace(strings.ToLower(attr(n, "href"))); strings.HasPrefix(u, "javascript:") || strings.HasPrefix(u, "data:") {
			t.Errorf("hostile address became a link: %s", u)
		}
	}
}

func TestTelephoneAndMailAreLinks(t *testing.T) {
	r := newRenderer(t)
	var b bytes.Buffer
	if err := r.Render(&b, &Contacts{Shell: shell(German), Cards: []ContactCard{card(1)}, Total: 1}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`href="tel:&#43;49301234"`, `href="mailto:reise@example.org"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s on the card", want)
		}
	}
}

func TestOnePrimaryActionPerPage(t *testing.T) {
	for _, tt := range []struct {
		name string
		w    Wiki
		want string
	}{
		{"plain page", Wiki{Actions: Actions{EditURL: "/e", ConfirmURL: "/c", Transitions: []Transition{{Key: "archive"}}}}, "edit"},
		{"overdue", Wiki{Trust: Trust{Overdue: true}, Actions: Actions{EditURL: "/e", ConfirmURL: "/c"}}, "confirm"},
		{"overdue, may not confirm", Wiki{Trust: Trust{Overdue: true}, Actions: Actions{EditURL: "/e"}}, "edit"},
		{"draft", Wiki{Trust: Trust{Draft: true}, Actions: Actions{Transitions: []Transition{{Key: "publish"}}}}, "publish"},
		{"lesson, first way blocked", Wiki{Stages: []PathStep{{}}, Actions: Actions{Transitions: []Transition{{Key: "a", Blocked: formMessages()}, {Key: "b"}}}}, "b"},
	} {
		if got := tt.w.Primary(); got != tt.want {
			t.Errorf("%s: %s stands out, want %s", tt.name, got, tt.want)
		}
	}
}

func TestErrorsOfAFormLeadToTheirFields(t *testing.T) {
	r := newRenderer(t)
	var b bytes.Buffer
	if err := r.Render(&b, views(r, German)["form/errors"]); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	var summary *html.Node
	described := map[string]string{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if attr(n, "id") == "errors" {
			summary = n
		}
		if id := attr(n, "id"); id != "" {
			described[id] = attr(n, "aria-describedby")
		}
	}
	if summary == nil || attr(summary, "tabindex") != "-1" || !has(summary, "autofocus") {
		t.Fatal("the summary does not take the focus")
	}
	if d := described["f-text"]; d != "f-text-help f-text-err" {
		t.Errorf("the field is described by %q, want help and message", d)
	}
}

func TestRenderingLeavesNothingOfAnotherLanguage(t *testing.T) {
	r := newRenderer(t)
	for _, p := range []Page{&Start{Shell: shell(English)}, &Login{Shell: shell(English)}, &Search{Shell: shell(English)}} {
		var b bytes.Buffer
		if err := r.Render(&b, p); err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"Suche ", "Anmelden", "Zuständigkeiten", "Barrierefreiheit"} {
			if strings.Contains(b.String(), word) {
				t.Errorf("%s in English says %q", p.view(), word)
			}
		}
	}
}

func BenchmarkWiki(b *testing.B) {
	r := newRenderer(b)
	w := wikiPage(r, German)
	w.KPI, w.Contact, w.Transition, w.Stages, w.Old, w.ContentLang = nil, nil, nil, nil, nil, ""
	w.Notice, w.Demo, w.ReadOnly = nil, false, false
	w.Actions.Transitions = nil
	w.Body = Body(strings.Repeat("<p>Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.</p>\n", 180))
	var buf bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		buf.Reset()
		if err := r.Render(&buf, w); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(buf.Len()))
}

// A field that hides one of the shell would change what the layout shows.
func TestNoViewHidesTheShell(t *testing.T) {
	r := newRenderer(t)
	outer := map[string]bool{}
	for f := range fieldsOf(Shell{}) {
		outer[f] = true
	}
	for name, p := range views(r, German) {
		for f := range fieldsOf(p) {
			if outer[f] {
				t.Errorf("%s: field %s hides that of Shell", name, f)
			}
		}
	}
}

// What users wrote becomes HTML in one place, what this package draws in another, and nowhere else.
func TestTwoConversionsToHTML(t *testing.T) {
	src, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(src, "template.HTML("); n != 2 {
		t.Errorf("%d conversions to template.HTML, want Body and svg", n)
	}
}

func TestTitleSaysThatThereAreErrors(t *testing.T) {
	r := newRenderer(t)
	for name, want := range map[string]bool{"form/errors": true, "form/all": false, "login/demo": true, "login/plain": false, "wiki/full": true, "wiki/minimal": false} {
		if got := strings.Contains(drawn(t, r, views(r, German)[name]), "<title>Fehler: "); got != want {
			t.Errorf("%s: error in the title is %t, want %t", name, got, want)
		}
	}
}
