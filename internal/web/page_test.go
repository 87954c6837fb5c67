package web

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"image"
	"image/png"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

func TestFormerAddresses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.pages["norm"]
	in := wiki.InputOf(p)
	in.Slug = "neue-norm"
	if out, err := s.wiki.Import(s.ctx, program, []wiki.Imported{{ID: p.ID, Input: in, State: p.State}}, nil); err != nil || out[0].Err != nil {
		t.Fatal(err, out)
	}
	a := s.get("guest", "/wiki/normen/norm")
	if a.Code != http.StatusMovedPermanently || a.Header().Get("Location") != "/wiki/normen/neue-norm" {
		t.Errorf("%v", a)
	}
	if cc := a.Header().Get("Cache-Control"); !strings.Contains(cc, "no-cache") {
		t.Errorf("a page may come back to a former address, but the redirect is kept: %q", cc)
	}
	s.want("the history at the former address", s.get("guest", "/wiki/normen/norm/history"), 200, "/wiki/normen/neue-norm")
	s.want("the file at the former address", s.get("guest", "/wiki/normen/norm/files/anlage.txt"), 200, "frei")
	k := s.pages["dauer"]
	in = wiki.InputOf(k)
	in.Slug = "laufzeit"
	if out, err := s.wiki.Import(s.ctx, program, []wiki.Imported{{ID: k.ID, Input: in, State: k.State}}, nil); err != nil || out[0].Err != nil {
		t.Fatal(err, out)
	}
	if a := s.get("guest", "/kpis/dauer"); a.Code != http.StatusMovedPermanently || a.Header().Get("Location") != "/kpis/laufzeit" {
		t.Errorf("%v", a)
	}
}

func TestHistoryDiffRestore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	at := "/wiki/normen/norm"
	s.want("history", s.get("guest", at+"/history"), 200, "geändert", "/diff?from=1&amp;to=2", "!/restore")
	s.want("history of a writer", s.get("insider", at+"/history"), 200, at+"/revisions/1/restore")
	s.want("diff", s.get("guest", at+"/diff?from=1&to=2"), 200, "<ins", "Früher anders.")
	s.want("an old revision", s.get("guest", at+"/revisions/1"), 200, "Norm.", "!Früher anders.")
	a := s.get("insider", at+"/revisions/1/restore")
	v := controls(t, a.body, at+"/revisions/1/restore")
	s.want("restore", s.post("insider", at+"/revisions/1/restore", v), 303)
	s.want("restored", s.get("guest", at), 200, "!Früher anders.")
	s.want("a reader restores", s.post("clerk", at+"/revisions/1/restore", url.Values{"revision": {"3"}}), 404)
	s.want("advance without a reason", s.post("insider", at+"/advance", url.Values{"revision": {"3"}, "transition": {"ask_review"}}), 422, "Geltende Norm")
	s.want("advance the wrong way", s.post("insider", at+"/advance", url.Values{"revision": {"3"}, "transition": {"publish"}}), 422)
	s.want("advance", s.post("insider", at+"/advance", url.Values{"revision": {"3"}, "transition": {"ask_review"}, "reason": {"Satz 2 gilt nicht mehr"}}), 303)
	s.want("confirm", s.post("insider", at+"/confirm", url.Values{"revision": {"4"}}), 303)
	s.want("the history tells all", s.get("guest", at+"/history"), 200, "Satz 2 gilt nicht mehr", "Personalrat", "!Insider")
}

func TestFilesAreHarmless(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	at := "/wiki/handbuch/offen"
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>`
	for _, c := range []struct {
		name, content string
		status        int
		stored        string
	}{
		{"bild.svg", svg, 303, "bild.svg"},
		{"seite.txt", "<!DOCTYPE html><html><script>alert(1)</script></html>", 0, "seite.txt"},
		{"seite.html", "<!DOCTYPE html><html></html>", 422, ""},
		{"programm.exe", "MZ\x90\x00", 422, ""},
		{"bild.png", svg, 422, ""},
		{"", "", 422, ""},
		{"leer.txt", "", 422, ""},
		{`a"b;filename=c.txt`, "x", 303, "a_b;filename=c.txt"},
		{"Übersicht 2026 – „neu“.txt", "x", 303, "Übersicht 2026 – „neu“.txt"},
		{"../../etc/passwd.txt", "x", 303, "passwd.txt"},
	} {
		a := s.upload("clerk", at+"/files", c.name, []byte(c.content))
		if c.status != 0 && a.Code != c.status {
			t.Errorf("%s: %d, want %d", c.name, a.Code, c.status)
		}
		if a.Code == http.StatusUnprocessableEntity {
			s.want(c.name, a, 422, "Beschreibung", "Offene Seite")
		}
		if a.Code != http.StatusSeeOther {
			continue
		}
		f := s.get("guest", at+"/files/"+url.PathEscape(c.stored))
		h := f.Header()
		disposition, params, err := mime.ParseMediaType(h.Get("Content-Disposition"))
		if f.Code != 200 || f.body != c.content || err != nil || disposition != "attachment" || params["filename"] != c.stored {
			t.Errorf("%s: %d, %q (%v)", c.name, f.Code, h.Get("Content-Disposition"), err)
		}
		typ := h.Get("Content-Type")
		for _, live := range []string{"html", "svg", "xml", "javascript"} {
			if strings.Contains(typ, live) {
				t.Errorf("%s is served as %s", c.name, typ)
			}
		}
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", c.name, h)
		}
		if again := s.get("guest", at+"/files/"+url.PathEscape(c.stored), "If-None-Match", h.Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%s again: %d", c.name, again.Code)
		}
		if part := s.get("guest", at+"/files/"+url.PathEscape(c.stored), "Range", "bytes=0-0"); part.Code != http.StatusPartialContent || len(part.body) != 1 {
			t.Errorf("%s in part: %d, %q", c.name, part.Code, part.body)
		}
	}
	for dest, status := range map[string]int{
		"": 200, "document": 200, "image": 200, "empty": 200, "script": 404, "style": 404, "object": 404, "embed": 404, "iframe": 404, "frame": 404, "worker": 404,
		"serviceworker": 404, "sharedworker": 404, "audioworklet": 404, "xslt": 404, "font": 404, "manifest": 404,
	} {
		f := s.get("guest", at+"/files/passwd.txt", "Sec-Fetch-Dest", dest)
		s.want("a file as "+dest, f, status)
		if !strings.Contains(strings.Join(f.Header()["Vary"], ", "), "Sec-Fetch-Dest") {
			t.Errorf("as %q: Vary is %q", dest, f.Header()["Vary"])
		}
	}
	for name, want := range map[string]string{"bild.pdf": "attachment", "foto.png": "inline"} {
		content := []byte("%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
		if name == "foto.png" {
			var buf bytes.Buffer
			if err := png.Encode(&buf, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
				t.Fatal(err)
			}
			content = buf.Bytes()
		}
		s.want("attaching "+name, s.upload("clerk", at+"/files", name, content), 303)
		f := s.get("guest", at+"/files/"+name)
		if d := f.Header().Get("Content-Disposition"); !strings.HasPrefix(d, want+";") || f.Header().Get(headerPolicy) != policyFile {
			t.Errorf("%s: %q, %q", name, d, f.Header().Get(headerPolicy))
		}
	}
	s.want("a reader attaches", s.upload("clerk", "/wiki/normen/norm/files", "x.txt", []byte("x")), 404)
	s.want("a guest attaches", s.upload("guest", at+"/files", "x.txt", []byte("x")), 401)
	s.want("from another site", s.upload("clerk", at+"/files", "x.txt", []byte("x"), "Origin", "https://evil.example"), 403)
	s.want("asking", s.get("clerk", at+"/files/bild.svg/remove"), 200, "bild.svg")
	s.want("removing", s.post("clerk", at+"/files/bild.svg/remove", nil), 303)
	s.want("removed", s.get("clerk", at+"/files/bild.svg"), 404)
}

func TestTablesForSpreadsheets(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i, title := range []string{`=HYPERLINK("http://evil.example";"x")`, "+49 30", "-1+1", "@SUM(1;2)", "Mit; Semikolon \"und\" Anführung", "ganz normal"} {
		if _, err := s.wiki.Import(s.ctx, program, []wiki.Imported{{State: "published", Input: wiki.Input{
			Kind: "tool", Space: "handbuch", Slug: "t" + itoa(i), Title: title, Fields: page.Fields{"purpose": "=1+1\n=2", "type": "software", "cost": "=cmd|' /C calc'!A0"}}}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	a := s.get("guest", "/kinds/tool?format=csv")
	s.want("the table", a, 200)
	if ct := a.Header().Get("Content-Type"); ct != "text/csv; charset=utf-8" || !strings.Contains(a.Header().Get("Content-Disposition"), `tool.csv`) {
		t.Errorf("%v", a.Header())
	}
	body, ok := strings.CutPrefix(a.body, "\uFEFF")
	r := csv.NewReader(strings.NewReader(body))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || !ok || len(rows) != 7 {
		t.Fatalf("%d rows, %v\n%s", len(rows), err, a.body)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("a spreadsheet would run %q", cell)
			}
		}
		if len(row) != len(rows[0]) {
			t.Errorf("a row of %d cells", len(row))
		}
	}
	s.want("recording", s.post("clerk", "/kpis/dauer/values", url.Values{"period": {"2026-10"}, "value": {"1.234,5"}, "note": {"=1+1"}}), 303)
	a = s.get("clerk", "/kpis/dauer.csv")
	s.want("the values", a, 200, "2026-10,1234.5", "!,=1+1")
	for field, form := range map[string]url.Values{
		"period": {"period": {"2026-13"}, "value": {"1"}}, "value": {"period": {"2026-10"}, "value": {"eins"}}, "n": {"period": {"2026-10"}, "value": {"1"}, "n": {"-1"}},
		"future": {"period": {"2027-10"}, "value": {"1"}}, "rhythm": {"period": {"2026"}, "value": {"1"}}, "state": {"period": {"2026-10"}, "value": {"1"}, "state": {"x"}},
	} {
		form.Set("note", "Bemerkung")
		s.want("a value with a wrong "+field, s.post("clerk", "/kpis/dauer/values", form), 422, "Bemerkung")
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ask := func(actor, query string) []string {
		t.Helper()
		a := s.get(actor, "/suggest?q="+url.QueryEscape(query))
		var got struct {
			Items []struct{ Title, Kind, URL, Ref string }
		}
		if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.Header().Get("Content-Type") != "application/json; charset=utf-8" || got.Items == nil {
			t.Fatalf("%v: %v", a, err)
		}
		var titles []string
		for _, it := range got.Items {
			if it.Kind == "" || !strings.HasPrefix(it.URL, "/wiki/") || it.Ref == "" {
				t.Errorf("%+v", it)
			}
			titles = append(titles, it.Title)
		}
		return titles
	}
	if got := ask("clerk", "Gelt"); len(got) != 1 || got[0] != "Geltende Norm" {
		t.Errorf("%q", got)
	}
	if got := ask("insider", "Personalgeheimnis"); len(got) != 2 {
		t.Errorf("the insider gets %q", got)
	}
	for _, actor := range []string{"guest", "clerk", "admin"} {
		for _, q := range []string{"Personalgeheimnis", "KANARIE", "", " ", "\x00", `"`, "*", strings.Repeat("ä", 5000)} {
			if got := ask(actor, q); len(got) > 0 {
				t.Errorf("%s gets %q for %.20q", actor, got, q)
			}
		}
	}
	s.want("a guest at a closed door", s.get("stranger", "/suggest?q=Gelt"), 303, "!Norm")
}

func TestSpacesThroughTheForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := url.Values{"key": {"neu"}, "title": {"Neu & <gut>"}, "type": {"restricted"}, "unit": {"unit/z2"}, "reason": {""}, "review_due": {"irgendwann"}}
	s.want("a date that is none", s.post("admin", "/spaces/new", v), 422, "irgendwann", "space-review_due", "Neu &amp; &lt;gut&gt;")
	v.Set("review_due", "")
	s.want("no reason, no date", s.post("admin", "/spaces/new", v), 422, "space-reason", "space-review_due")
	v.Set("reason", "Gründe")
	v.Set("review_due", "1.5.2027")
	a := s.post("admin", "/spaces/new", v)
	s.want("a new space", a, 303)
	if a.Header().Get("Location") != "/wiki/neu" {
		t.Errorf("leads to %s", a.Header().Get("Location"))
	}
	s.want("whoever opens it manages it", s.get("admin", "/spaces/neu/edit"), 200, "Gründe", "2027-05-01")
	s.want("nobody else does", s.get("insider", "/spaces/neu/edit"), 404)
	s.want("it is closed", s.get("clerk", "/wiki/neu"), 404)
	v.Set("type", "open")
	s.want("opened", s.post("admin", "/spaces/neu/edit", v), 303)
	s.want("it is open", s.get("clerk", "/wiki/neu"), 200, "Neu &amp; &lt;gut&gt;")
}
