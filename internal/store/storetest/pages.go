package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// everyField is a page in which nothing is left out.
func everyField(w *wiki.Write) {
	p := &w.Page
	p.Kind, p.Summary, p.Lang = "process", `Mit "Anführung" und \ und Zeilen`+"\nund Ümläuten 🦉 <b>&amp;</b>", "en"
	p.Fields = page.Fields{
		"purpose": "Reisen abrechnen", "number": 12.5, "yes": true, "no": false, "links": []string{"tool/a", "tool/b"},
		"steps": []map[string]any{{"what": "Belege\tsammeln \u2028", "minutes": 3.0}, {"what": "Antrag", "roles": []string{"unit/z2"}}},
		"empty": "",
	}
	p.Relations = []page.Relation{{Key: "uses_tool", Ref: "tool/ereise"}, {Key: "part_of", Ref: "technik:netz"}}
	p.Tags, p.Extra = []string{"personal", "reise"}, map[string]any{"author": "Amt", "weight": 7, "nested": map[string]any{"a": []any{1, "x", 1.5, nil}}}
	p.Owner, p.State, p.Statement = "unit/z2#Reisestelle", "review", "agreed"
	p.ReviewDue, p.ConfirmedAt, p.ConfirmedRole = day(2027, 5, 1), day(2026, 2, 3), "Reisestelle"
	p.Draft = true
	w.Comment, w.UserID = "Erste Fassung", "U1"
	w.Rendered.Fields = map[string]string{"steps.0.what": "<p>Belege</p>"}
	w.Rendered.Headings = []page.Heading{{Level: 2, ID: "s-ueber-uns", Text: `Über "uns"`}, {Level: 3, ID: "s-x", Text: "X"}}
	w.Aliases = []string{"Dienstreise", "DR"}
}

func pageRoundTrip(t *testing.T, f *fixture) {
	w := f.write("handbuch", "Reisekosten abrechnen", everyField)
	plain := f.write("handbuch", "Schlichte Seite", nil)
	f.save(w, plain)
	same(t, "page", f.page(w.Page.ID), w.Page)
	same(t, "plain page", f.page(plain.Page.ID), plain.Page)
	at, err := f.PageAt(f.ctx, all, "handbuch", "reisekosten-abrechnen")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "page at address", at, w.Page)
	v := f.view(w.Page.ID)
	same(t, "page of view", v.Page, w.Page)
	rendered := w.Rendered
	rendered.Text = ""
	same(t, "rendering of view", v.Rendered, rendered)
	rev, err := f.Revision(f.ctx, all, w.Page.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "revision", rev, page.Revision{Page: w.Page, At: w.At, By: w.By, UserID: "U1", Comment: "Erste Fassung", Change: page.ChangeCreate})
	for _, id := range []page.ID{"01JD0000000000000000009999", ""} {
		_, err = f.Page(f.ctx, all, id)
		f.want(errs.NotFound, err)
	}
	_, err = f.PageView(f.ctx, all, "handbuch", "gibt-es-nicht")
	f.want(errs.NotFound, err)
	_, err = f.Revision(f.ctx, all, w.Page.ID, 2)
	f.want(errs.NotFound, err)
	_, err = f.Save(f.ctx, f.write("nirgends", "Ohne Bereich", nil))
	f.want(errs.Invalid, err)
}

func importedHistory(t *testing.T, f *fixture) {
	w := f.write("handbuch", "Neuer Titel", func(w *wiki.Write) {
		for n := 1; n <= 3; n++ {
			old := w.Page
			old.Revision, old.Title, old.Body = n, fmt.Sprintf("Alter Titel %d", n), fmt.Sprintf("Fassung %d", n)
			old.Fields = page.Fields{"n": float64(n)}
			w.History = append(w.History, page.Revision{Page: old, At: day(2025, 1, n), By: "Referat Z 1", Change: page.ChangeEdit})
		}
		w.Page.Revision = 4
	})
	f.save(w)
	list, err := f.Revisions(f.ctx, all, w.Page.ID)
	if err != nil || len(list) != 4 {
		t.Fatalf("revisions: %d, %v", len(list), err)
	}
	for i, r := range list {
		if r.Page.Revision != 4-i || r.Page.Body != "" || r.Page.Fields != nil {
			t.Errorf("entry %d: revision %d with body %q", i, r.Page.Revision, r.Page.Body)
		}
	}
	two, err := f.Revision(f.ctx, all, w.Page.ID, 2)
	if err != nil || two.Page.Body != "Fassung 2" || !two.At.Equal(day(2025, 1, 2)) || two.Page.Fields["n"] != 2.0 {
		t.Errorf("revision 2: %+v, %v", two, err)
	}
	if got, err := f.Resolve(f.ctx, all, "handbuch", []string{"alter titel 1"}); err != nil || got["alter titel 1"].ID != w.Page.ID {
		t.Errorf("former title: %v, %v", got, err)
	}
	gap := f.write("handbuch", "Lücke", func(w *wiki.Write) { w.Page.Revision = 2 })
	if _, err := f.Save(f.ctx, gap); err == nil {
		t.Error("a revision that does not follow was saved")
	}
}

func field(err error) string {
	if fs := errs.FieldsOf(err); len(fs) == 1 {
		return fs[0].Name
	}
	return ""
}

func staleBase(t *testing.T, f *fixture) {
	id := f.add("handbuch", "Seite", nil)
	first, second := f.edit(id, nil), f.edit(id, func(w *wiki.Write) { w.Page.Body = "zu spät" })
	f.save(first)
	_, err := f.Save(f.ctx, second)
	if !errs.Is(err, errs.Conflict) || field(err) != "revision" {
		t.Errorf("stale base: %v", err)
	}
	again := f.write("handbuch", "Andere", func(w *wiki.Write) { w.Page.ID = id })
	_, err = f.Save(f.ctx, again)
	if !errs.Is(err, errs.Conflict) || field(err) != "revision" {
		t.Errorf("id is taken: %v", err)
	}
	unknown := f.edit(id, func(w *wiki.Write) { w.Page.ID = "01JD0000000000000000009999" })
	_, err = f.Save(f.ctx, unknown)
	f.want(errs.NotFound, err)
	if got := f.page(id); got.Revision != 2 || strings.Contains(got.Body, "zu spät") {
		t.Errorf("page is %+v", got)
	}
}

func wholeBatch(t *testing.T, f *fixture) {
	before, err := f.State(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	one, two := f.write("handbuch", "Eins", nil), f.write("handbuch", "Eins", nil)
	_, err = f.Save(f.ctx, one, two)
	if !errs.Is(err, errs.Conflict) || field(err) != "slug" {
		t.Errorf("same address twice: %v", err)
	}
	_, err = f.Page(f.ctx, all, one.Page.ID)
	f.want(errs.NotFound, err)
	after, err := f.State(f.ctx)
	if err != nil || after != before {
		t.Errorf("state went from %+v to %+v: %v", before, after, err)
	}
	f.save(one)
}

func formerPaths(t *testing.T, f *fixture) {
	id := f.add("handbuch", "Alt", nil)
	f.save(f.edit(id, func(w *wiki.Write) { w.Page.Slug = "neu" }))
	f.save(f.edit(id, func(w *wiki.Write) { w.Page.Space, w.Page.Slug = "technik", "neu" }))
	for _, at := range [][2]string{{"handbuch", "alt"}, {"handbuch", "neu"}, {"technik", "neu"}} {
		p, err := f.PageAt(f.ctx, all, at[0], at[1])
		if err != nil || p.ID != id || p.Space != "technik" || p.Slug != "neu" {
			t.Errorf("%v leads to %s/%s, %v", at, p.Space, p.Slug, err)
		}
	}
	_, err := f.Save(f.ctx, f.write("handbuch", "Alt", nil))
	if !errs.Is(err, errs.Conflict) || field(err) != "slug" {
		t.Errorf("former address was given away: %v", err)
	}
	f.save(f.edit(id, func(w *wiki.Write) { w.Page.Space, w.Page.Slug = "handbuch", "alt" }))
	if p, err := f.PageAt(f.ctx, all, "technik", "neu"); err != nil || p.Slug != "alt" {
		t.Errorf("back at the first address: %s, %v", p.Slug, err)
	}
}

func concurrentSavers(t *testing.T, f *fixture) {
	id := f.add("handbuch", "Begehrt", nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	saved := map[string]bool{}
	for g := range 16 {
		wg.Go(func() {
			for n := range 8 {
				p, err := f.Page(f.ctx, all, id)
				if err != nil {
					t.Error(err)
					return
				}
				text := fmt.Sprintf("von %d zum %d. Mal", g, n)
				p.Body = text
				p.Revision++
				_, err = f.Save(f.ctx, wiki.Write{Page: p, Base: p.Revision - 1, By: "Team"})
				switch {
				case err == nil:
					mu.Lock()
					saved[text] = true
					mu.Unlock()
				case !errs.Is(err, errs.Conflict):
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	list, err := f.Revisions(f.ctx, all, id)
	if err != nil || len(list) != len(saved)+1 {
		t.Fatalf("%d revisions after %d saves: %v", len(list), len(saved), err)
	}
	for _, r := range list {
		rev, err := f.Revision(f.ctx, all, id, r.Page.Revision)
		if err != nil || r.Page.Revision > 1 && !saved[rev.Page.Body] {
			t.Errorf("revision %d %q was not acknowledged: %v", r.Page.Revision, rev.Page.Body, err)
		}
	}
}

func restart(t *testing.T, f *fixture) {
	id := f.add("handbuch", "Bleibt", everyField)
	want, before := f.page(id), mustState(t, f)
	if _, err := f.Attach(f.ctx, page.Attachment{PageID: id, Name: "a.txt", Type: "text/plain"}, strings.NewReader("Inhalt")); err != nil {
		t.Fatal(err)
	}
	before.Seq++
	f.close()
	f.Store = f.open(t, f.dir, f.now)
	same(t, "page", f.page(id), want)
	same(t, "state", mustState(t, f), before)
	if v := f.view(id); len(v.Attachments) != 1 {
		t.Errorf("attachments: %v", v.Attachments)
	}
}

func mustState(t *testing.T, f *fixture) wiki.SearchState {
	t.Helper()
	st, err := f.State(f.ctx)
	if err != nil || st.Generation == "" {
		t.Fatalf("state %+v: %v", st, err)
	}
	return st
}

func replaceRendering(t *testing.T, f *fixture) {
	ziel := f.add("handbuch", "Ziel", nil)
	id := f.add("handbuch", "Seite", body("Ziel"))
	w := wiki.Write{
		Rendered: page.Rendered{Version: 2, Body: "<p>zwei</p>", Text: "zwei", Headings: []page.Heading{{Level: 2, ID: "s-a", Text: "A"}}, Fields: map[string]string{"a": "b"}},
		Aliases:  []string{"Zweitname"},
	}
	seq := mustState(t, f).Seq
	if err := f.SaveRendered(f.ctx, id, 1, w); err != nil {
		t.Fatal(err)
	}
	v := f.view(id)
	w.Rendered.Text = ""
	same(t, "rendering", v.Rendered, w.Rendered)
	if len(v.Links) != 0 || len(f.view(ziel).Links) != 0 {
		t.Errorf("links were kept: %v", v.Links)
	}
	if now := mustState(t, f).Seq; now != seq+1 {
		t.Errorf("seq went from %d to %d, the index would not see the new text", seq, now)
	}
	w.Rendered.Text, w.Rendered.Body = "zwei", "<p>nur anderes HTML</p>"
	if err := f.SaveRendered(f.ctx, id, 1, w); err != nil {
		t.Fatal(err)
	}
	if now := mustState(t, f).Seq; now != seq+2 {
		t.Errorf("seq is %d, want %d: what views show has changed", now, seq+2)
	}
	if err := f.SaveRendered(f.ctx, id, 1, w); err != nil {
		t.Fatal(err)
	}
	if now := mustState(t, f).Seq; now != seq+2 {
		t.Errorf("seq went on to %d although nothing is different", now)
	}
	f.save(f.edit(id, nil))
	f.want(errs.Conflict, f.SaveRendered(f.ctx, id, 1, w))
	f.want(errs.NotFound, f.SaveRendered(f.ctx, "01JD0000000000000000009999", 1, w))
}

func walk(t *testing.T, f *fixture) {
	want := map[page.ID]bool{}
	var writes []wiki.Write
	for i := range 450 {
		w := f.write("handbuch", fmt.Sprintf("Seite %d", i), nil)
		w.Page.Fields = page.Fields{"i": float64(i)}
		want[w.Page.ID], writes = true, append(writes, w)
	}
	f.save(writes...)
	last := page.ID("")
	err := f.Each(f.ctx, func(p page.Page) error {
		if p.ID <= last || !want[p.ID] || p.Body == "" || p.Fields == nil {
			return fmt.Errorf("page %q comes after %q", p.ID, last)
		}
		last = p.ID
		delete(want, p.ID)
		return nil
	})
	if err != nil || len(want) > 0 {
		t.Errorf("%d pages left out: %v", len(want), err)
	}
	stop := errors.New("stop")
	if err := f.Each(f.ctx, func(page.Page) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error of the caller became %v", err)
	}
}
