package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"lernraum/content"
	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/media"
	"lernraum/internal/page"
	"lernraum/internal/transfer"
	"lernraum/internal/wiki"
)

// controls reads what a browser would send of the form with an action, with the line ends browsers send.
func controls(t testing.TB, body, action string) url.Values {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	attr := func(n *html.Node, name string) (string, bool) {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val, true
			}
		}
		return "", false
	}
	var text func(n *html.Node) string
	text = func(n *html.Node) string {
		if n.Type == html.TextNode {
			return n.Data
		}
		var b strings.Builder
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			b.WriteString(text(c))
		}
		return b.String()
	}
	v := url.Values{}
	found := false
	var walk func(n *html.Node, in bool)
	walk = func(n *html.Node, in bool) {
		if n.Type == html.ElementNode {
			name, _ := attr(n, "name")
			switch {
			case n.Data == "form":
				a, _ := attr(n, "action")
				in = a == action
				found = found || in
			case !in || name == "":
			case n.Data == "textarea":
				v.Add(name, strings.ReplaceAll(text(n), "\n", "\r\n"))
			case n.Data == "select":
				value, first := "", true
				for c := range n.Descendants() {
					if c.Data == "option" {
						if _, chosen := attr(c, "selected"); chosen || first {
							value, _ = attr(c, "value")
						}
						first = false
					}
				}
				v.Add(name, value)
			case n.Data == "input":
				typ, _ := attr(n, "type")
				value, _ := attr(n, "value")
				_, checked := attr(n, "checked")
				if typ != "submit" && (checked || typ != "checkbox" && typ != "radio") {
					v.Add(name, value)
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, in)
		}
	}
	walk(doc, false)
	if !found {
		t.Fatalf("no form leads to %s", action)
	}
	return v
}

func TestCreateThroughTheForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.get("clerk", "/new?kind=tool&title=E-Reise")
	s.want("the empty form", a, 200, `value="E-Reise"`)
	v := controls(t, a.body, "/new")
	v.Set("title", `Ümläut "Anführung" <b>`)
	v.Set("summary", strings.Repeat("lang ", 80))
	v.Set("fields.purpose", "Zweck\r\nmit <script>alert(1)</script> Zeilen")
	v.Set("fields.url", "javascript:alert(1)")
	v.Set("fields.cost", "7 & mehr")
	v.Set("relations.part_of", "tool/gibt-es-nicht\r\ntool/verborgen")
	v.Set("tags", "eins, zwei; drei")
	v.Set("review_due", "bald")
	v.Set("owner", "unit/z2")
	v.Set("body", "# Text\r\n\r\n\tEingerückt")
	v.Set("comment", "Grund")
	v.Set("slug", "Kein Slug")
	a = s.post("clerk", "/new", v)
	s.want("the form with mistakes", a, 422, "!<script>alert", `href="#f-review-due"`)
	kept := func(a answer, action string, skip ...string) {
		t.Helper()
		again := controls(t, a.body, action)
		for name, values := range v {
			if slices.Contains(skip, name) {
				continue
			}
			if got := again[name]; !slices.Equal(got, values) && !(len(got) == 0 && strings.Join(values, "") == "") {
				t.Errorf("%s was typed as %q and shown again as %q", name, values, got)
			}
		}
	}
	kept(a, "/new", "comment") // a new page needs no word on what was changed
	v.Set("review_due", "5.11.2026")
	a = s.post("clerk", "/new", v)
	s.want("the form with mistakes below", a, 422, `href="#f-summary"`, `href="#f-slug"`, `href="#f-fields-url"`, `href="#f-fields-type"`, `href="#f-relations-part-of"`)
	kept(a, "/new", "comment")
	for name, value := range map[string]string{"summary": "kurz", "fields.url": "https://example.org/", "relations.part_of": "", "slug": "", "space": "handbuch", "fields.type": "software"} {
		v.Set(name, value)
	}
	a = s.post("clerk", "/new", v)
	s.want("the right form", a, 303)
	at := a.Header().Get("Location")
	if at != "/wiki/handbuch/uemlaeut-anfuehrung-b" {
		t.Errorf("leads to %s", at)
	}
	note := a.Result().Cookies()
	a = s.get("clerk", at, "Cookie", note[0].String())
	s.want("the page", a, 200, "Ümläut &#34;Anführung&#34; &lt;b&gt;", "7 &amp; mehr", "!<script>alert")
	p, err := s.wiki.PageAt(s.ctx, program, "handbuch", "uemlaeut-anfuehrung-b")
	if err != nil || strings.Join(p.Tags, "|") != "drei|eins|zwei" || p.ReviewDue.Format("2006-01-02") != "2026-11-05" || p.Body != "# Text\n\n\tEingerückt\n" {
		t.Errorf("%+v, %v", p, err)
	}
	s.want("the same title again", s.post("clerk", "/new", v), 422, `href="#f-slug"`, "7 &amp; mehr")
}

func TestRowsWithoutScript(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := controls(t, s.get("clerk", "/new?kind=process").body, "/new")
	v.Set("title", "Ablauf")
	before, _ := s.store.State(s.ctx)
	for i, do := range []string{"add:fields.steps", "add:fields.steps", "add:fields.steps", "remove:fields.steps:1"} {
		v.Set("do", do)
		a := s.post("clerk", "/new", v)
		s.want(do, a, 200)
		v = controls(t, a.body, "/new")
		if v.Get("title") != "Ablauf" {
			t.Errorf("%s loses the title", do)
		}
		if i < 3 {
			v.Set("fields.steps."+itoa(i)+".what", "Schritt "+itoa(i))
		}
	}
	v.Set("do", "preview")
	v.Set("body", "**fett**")
	s.want("preview without a space", s.post("clerk", "/new", v), 200, "**fett**")
	v.Set("space", "handbuch")
	a := s.post("clerk", "/new", v)
	s.want("preview", a, 200, "<strong>fett</strong>")
	v = controls(t, a.body, "/new")
	for _, do := range []string{"add:fields.nix", "add:", "remove:", "remove:fields.steps:99", "add:fields.purpose"} {
		v.Set("do", do)
		s.want(do, s.post("clerk", "/new", v), 200)
	}
	if after, _ := s.store.State(s.ctx); after != before {
		t.Error("something was stored")
	}
	v.Set("do", "")
	v.Set("fields.purpose", "x")
	s.want("saved", s.post("clerk", "/new", v), 303)
	p, err := s.wiki.PageAt(s.ctx, program, "handbuch", "ablauf")
	if err != nil {
		t.Fatal(err)
	}
	rows, _ := p.Fields["steps"].([]map[string]any)
	if len(rows) != 2 || rows[0]["what"] != "Schritt 0" || rows[1]["what"] != "Schritt 2" {
		t.Errorf("steps %v", p.Fields["steps"])
	}
}

func TestConflictKeepsTheText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.get("clerk", "/wiki/handbuch/offen/edit")
	v := controls(t, a.body, "/wiki/handbuch/offen/edit")
	v.Set("body", "Mein Text.")
	v.Set("relations.uses_tool", "") // what the clerk cannot see cannot stay: the form would refuse it
	v.Set("relations.similar_to", "")
	v.Set("relations.measured_by", "")
	v.Set("fields.steps.0.role", "")
	v.Set("fields.steps.0.tool", "")
	v.Set("owner", "unit/z2")
	p := s.pages["offen"]
	in := wiki.InputOf(p)
	in.Body = "Text von anderen.\n"
	if out, err := s.wiki.Import(s.ctx, program, []wiki.Imported{{ID: p.ID, Input: in, State: p.State}}, nil); err != nil || out[0].Err != nil {
		t.Fatal(err, out)
	}
	a = s.post("clerk", "/wiki/handbuch/offen/edit", v)
	s.want("the conflict", a, 409, "Mein Text.", "anderen")
	v = controls(t, a.body, "/wiki/handbuch/offen/edit")
	if v.Get("body") != "Mein Text." || v.Get("revision") != itoa(p.Revision+1) {
		t.Errorf("the form has %q at revision %s", v.Get("body"), v.Get("revision"))
	}
	s.want("saved over it", s.post("clerk", "/wiki/handbuch/offen/edit", v), 303)
	if got, err := s.wiki.Page(s.ctx, program, p.ID); err != nil || got.Body != "Mein Text.\n" {
		t.Errorf("%q, %v", got.Body, err)
	}
	for _, path := range []string{"/confirm", "/advance"} {
		s.want(path+" of an old revision", s.post("clerk", "/wiki/handbuch/offen"+path, url.Values{"revision": {"1"}, "transition": {"ask_review"}, "reason": {"x"}}), 409)
	}
	s.want("restore over an old revision", s.post("clerk", "/wiki/handbuch/offen/revisions/1/restore", url.Values{"revision": {"1"}}), 409)
}

// On a full disk, a read-only medium or a busy database the author keeps the text, and reading goes on.
func TestFaultsKeepTheText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	create := url.Values{"kind": {"guide"}, "space": {"handbuch"}, "title": {"Neu"}, "body": {"Viel Arbeit."}}
	a := s.get("clerk", "/wiki/normen/norm")
	s.want("reading", a, 200)
	edit := controls(t, s.get("insider", "/wiki/normen/norm/edit").body, "/wiki/normen/norm/edit")
	edit.Set("body", "Viel Arbeit.")
	for kind, status := range map[errs.Kind]int{errs.Full: 507, errs.ReadOnly: 503, errs.Unavailable: 503} {
		var err error = &errs.Error{Kind: kind, Op: "test", Msg: errs.Msg("store.full")}
		s.store.fail.Store(&err)
		for what, a := range map[string]answer{"creating": s.post("clerk", "/new", create), "editing": s.post("insider", "/wiki/normen/norm/edit", edit)} {
			s.want(what, a, status, "Viel Arbeit.")
		}
		s.want("confirming", s.post("insider", "/wiki/normen/norm/confirm", url.Values{"revision": {"2"}}), status, "!Viel Arbeit")
		s.want("reading", s.get("clerk", "/wiki/normen/norm"), 200)
		s.want("searching", s.get("clerk", "/search?q=Norm"), 200, "Geltende Norm")
	}
	s.store.fail.Store(nil)
	s.want("afterwards", s.post("clerk", "/new", create), 303)
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	big := strings.Repeat("x", 3<<20)
	s.want("a text", s.post("clerk", "/new", url.Values{"kind": {"guide"}, "space": {"handbuch"}, "title": {"x"}, "body": {big}}), 413)
	s.want("an edit", s.post("clerk", "/wiki/handbuch/offen/edit", url.Values{"body": {big}}), 413)
	s.want("a file", s.upload("clerk", "/wiki/handbuch/offen/files", "x.txt", []byte(big)), 413)
	s.want("a file a little too large", s.upload("clerk", "/wiki/handbuch/offen/files", "x.txt", []byte(big[:1<<20+100])), 413)
	s.want("a title", s.post("clerk", "/new", url.Values{"kind": {"guide"}, "space": {"handbuch"}, "title": {big[:1000]}}), 422, `href="#f-title"`)
	s.want("a question", s.get("clerk", "/search?q="+big[:300]), 422)
}

// A form that is only opened and saved changes nothing: not a space, not a number, not a field it cannot show. Held
// over every page we ship.
func TestOpenAndSaveChangesNothing(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	parts := transfer.Parts{Wiki: s.wiki, Store: s.store, Kinds: s.wiki.Kinds(), Files: media.New(1 << 20), Now: s.clock.now, Log: s.open.Log, Say: func(m errs.Message) string { return m.String() }}
	starter, demo := content.Starter(), content.Demo()
	if _, err := transfer.Import(s.ctx, parts, starter, transfer.ImportOptions{Actor: access.Program("Test")}); err != nil {
		t.Fatal(err)
	}
	if _, err := transfer.Import(s.ctx, parts, demo, transfer.ImportOptions{Actor: access.Program("Test")}); err != nil {
		t.Fatal(err)
	}
	var pages []page.Page
	if err := s.store.Each(s.ctx, func(p page.Page) error { pages = append(pages, p); return nil }); err != nil {
		t.Fatal(err)
	}
	member := map[string]access.Membership{}
	for _, p := range pages {
		member[p.Space] = access.Member
	}
	s.signIn("author", member)
	done := map[string]int{}
	for _, p := range pages {
		if done[p.Kind] >= 8 || testing.Short() && done[p.Kind] > 2 {
			continue
		}
		at := wiki.Address(p.Space, p.Slug) + "/edit"
		if k, ok := s.wiki.Kinds().Kind(p.Kind); ok {
			if st, ok := k.Machine.State(p.State); ok && st.Frozen {
				continue
			}
		}
		a := s.get("author", at)
		if a.Code != http.StatusOK {
			t.Errorf("%s: %d", at, a.Code)
			continue
		}
		v := controls(t, a.body, at)
		a = s.post("author", at, v)
		got, err := s.wiki.Page(s.ctx, program, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if a.Code != http.StatusSeeOther || got.Revision != p.Revision {
			_, summary, _ := strings.Cut(a.body, "<main")
			t.Errorf("%s: %d, revision %d after %d\n%s\n%.1200s", at, a.Code, got.Revision, p.Revision, difference(p, got), summary)
		}
		done[p.Kind]++
	}
	t.Log(done)
	if len(pages) < 40 && os.Getenv("CI") != "" {
		t.Errorf("only %d pages", len(pages))
	}
}

// difference names the parts in which two pages differ, as they would be written.
func difference(a, b page.Page) string {
	b.Revision, b.UpdatedAt = a.Revision, a.UpdatedAt
	var parts [2]map[string]json.RawMessage
	for i, p := range []page.Page{a, b} {
		raw, err := json.Marshal(p)
		if err == nil {
			err = json.Unmarshal(raw, &parts[i])
		}
		if err != nil {
			return err.Error()
		}
	}
	var out []string
	for key, was := range parts[0] {
		if is := parts[1][key]; string(is) != string(was) {
			out = append(out, key+": "+string(was)+"\n | "+string(is))
		}
	}
	return strings.Join(out, "\n")
}
