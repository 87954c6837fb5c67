package storetest

import (
	"fmt"
	"strings"
	"testing"

	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// redacted removes the text of old revisions: nothing of it is left in any answer, and that it was removed shows.
func redacted(t *testing.T, f *fixture) {
	spoil := func(w *wiki.Write) {
		p := &w.Page
		p.Title, p.Slug, p.Summary, p.Body, p.Tags = canary, "kanarienvogel", canary, canary, []string{canary}
		p.Fields, p.Extra, w.Comment, w.Rendered.Text = page.Fields{"type": canary}, map[string]any{"x": canary}, canary, canary
	}
	id := f.add("handbuch", "Anleitung", nil)
	f.save(f.edit(id, spoil))
	f.save(f.edit(id, func(w *wiki.Write) { w.Comment = canary }))
	f.save(f.edit(id, func(w *wiki.Write) {
		p := &w.Page
		p.Title, p.Slug, p.Summary, p.Body, p.Tags, p.Fields, p.Extra = "Anleitung", "anleitung", "", "rein", nil, nil, nil
	}))
	by := f.add("handbuch", "Verweis", body(canary, "handbuch:kanarienvogel"))
	why := page.Redaction{At: f.now(), By: "Redaktion", Reason: "Name einer Person"}
	for _, c := range [][2]int{{0, 1}, {3, 2}, {2, 9}} {
		_, err := f.Redact(f.ctx, id, c[0], c[1], why)
		f.want(errs.NotFound, err)
	}
	_, err := f.Redact(f.ctx, id, 3, 4, why)
	f.want(errs.Invalid, err)
	if n, err := f.Redact(f.ctx, id, 2, 3, why); err != nil || n != 2 {
		t.Fatalf("redacted %d, %v", n, err)
	}
	if n, err := f.Redact(f.ctx, id, 1, 3, why); err != nil || n != 1 { // those two stay as they are
		t.Fatalf("redacted %d more, %v", n, err)
	}
	list, err := f.Revisions(f.ctx, all, id)
	if err != nil || len(list) != 4 || list[0].Redacted.Reason != "" || list[1].Redacted != why || list[2].Redacted != why {
		t.Fatalf("history: %+v, %v", list, err)
	}
	for n := 1; n <= 4; n++ {
		r, err := f.Revision(f.ctx, all, id, n)
		if err != nil || strings.Contains(fmt.Sprintf("%+v", r), canary) || r.Page.Revision != n || r.By == "" {
			t.Errorf("revision %d: %+v, %v", n, r, err)
		}
	}
	docs, err := f.Documents(f.ctx, []page.ID{id})
	if err != nil || len(docs) != 1 || strings.Contains(fmt.Sprintf("%+v", docs), canary) {
		t.Errorf("documents: %+v, %v", docs, err)
	}
	_, err = f.PageAt(f.ctx, all, "handbuch", "kanarienvogel")
	f.want(errs.NotFound, err)
	for _, ref := range []string{canary, "handbuch:kanarienvogel"} {
		if got := f.target(by, ref); got != "" {
			t.Errorf("%s still leads to %q", ref, got)
		}
	}
	if v := f.view(id); v.Page.Title != "Anleitung" || v.Page.Body != "rein" {
		t.Errorf("the newest text: %+v", v.Page)
	}
	f.save(f.edit(id, nil)) // and it goes on

	// A redacted revision is taken over from an export as such.
	w := f.write("technik", "Übernommen", func(w *wiki.Write) { w.Page.Revision = 2 })
	old := w.Page
	old.Revision, old.Title = 1, page.RedactedTitle
	w.History = []page.Revision{{Page: old, At: w.At, By: "Z 1", Change: page.ChangeCreate, Redacted: why}}
	f.save(w)
	if r, err := f.Revision(f.ctx, all, w.Page.ID, 1); err != nil || r.Redacted != why {
		t.Errorf("taken over: %+v, %v", r.Redacted, err)
	}
}
