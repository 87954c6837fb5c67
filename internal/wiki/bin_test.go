package wiki_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// A deleted page is unknown to every reading use case, also to whoever deleted it and to the program, until it is
// restored.
func TestADeletedPageIsUnknownToEverybody(t *testing.T) {
	t.Parallel()
	h := newClosedHouse(t)
	for _, p := range h.secret {
		now, err := h.Page(h.ctx, program, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if p.Kind == "unit" { // it still answers for pages; the store takes it, as an undone import could
			if _, err := h.store.Delete(h.ctx, p.ID, now.Revision, wiki.Deletion{Reason: "x"}); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := h.Delete(h.ctx, insider, p.ID, now.Revision, "wird nicht gebraucht"); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Renew(h.ctx); err != nil {
		t.Fatal(err)
	}
	h.indexed()
	for _, a := range []access.Actor{nobody, guest, clerk, chief, editor, admin, insider, program} {
		for name, probe := range h.probes() {
			if name == "Bin" || name == "InBin" {
				continue
			}
			probe(a, func(got any, err error) {
				if err != nil {
					m, _ := errs.MessageOf(err)
					got = []any{m, errs.FieldsOf(err)}
				}
				b, jerr := json.Marshal(got)
				if jerr != nil {
					t.Fatal(jerr)
				}
				if strings.Contains(strings.ToLower(string(b)), canary) {
					t.Errorf("%s to %q: %s", name, a.Name, b)
				}
			})
		}
	}
	// It is in the bin for those who may edit there, comes back whole, and is found again.
	_, list, err := h.Bin(h.ctx, insider, "tresor")
	if err != nil || len(list) != 5 || list[0].Reason == "" || list[0].At.IsZero() {
		t.Fatalf("bin: %d, %v", len(list), err)
	}
	for _, d := range list {
		if _, err := h.Undelete(h.ctx, insider, d.Page.ID); err != nil {
			t.Fatal(err)
		}
	}
	h.indexed()
	res, err := h.Search(h.ctx, insider, page.Query{Text: "kanarie"})
	if err != nil || res.Total < 4 {
		t.Errorf("after coming back %d pages are found, %v", res.Total, err)
	}
	v, err := h.View(h.ctx, insider, h.secret[0].Space, h.secret[0].Slug)
	if err != nil || len(v.Attachments) != 1 {
		t.Errorf("files after coming back: %v, %v", v.Attachments, err)
	}
}

func TestWhoMayDelete(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	open := h.published(clerk, guide("Offen", "x\n"))
	norm := h.published(insider, wiki.Input{Kind: "guide", Space: "normen", Title: "Norm", Body: "x\n"})
	draft := h.create(insider, wiki.Input{Kind: "guide", Space: "normen", Title: "Entwurf"})
	closed := h.published(insider, wiki.Input{Kind: "guide", Space: "tresor", Title: "Akte"})
	actors := []access.Actor{nobody, guest, clerk, other, editor, admin, insider}
	for _, c := range []struct {
		page page.Page
		may  []bool
	}{
		{open, []bool{false, false, true, true, true, true, true}},
		{norm, []bool{false, false, false, false, true, false, true}},
		{draft, []bool{false, false, false, false, true, false, true}},
		{closed, []bool{false, false, false, false, false, false, true}},
	} {
		for i, a := range actors {
			err := h.Delete(h.ctx, a, c.page.ID, c.page.Revision, "Probe")
			if (err == nil) != c.may[i] || err != nil && !errs.Is(err, errs.NotFound) {
				t.Errorf("%q deletes %q: %v", a.Name, c.page.Title, err)
			}
			if err != nil {
				continue
			}
			for j, b := range actors { // the bin knows the rights of the original
				_, list, err := h.Bin(h.ctx, b, c.page.Space)
				if seen := err == nil && len(list) == 1; seen != c.may[j] {
					t.Errorf("%q sees %q in the bin: %v", b.Name, c.page.Title, seen)
				}
				if _, err := h.Undelete(h.ctx, b, c.page.ID); (err == nil) != c.may[j] || err != nil && !errs.Is(err, errs.NotFound) {
					t.Errorf("%q restores %q: %v", b.Name, c.page.Title, err)
				} else if err == nil {
					if err := h.Delete(h.ctx, a, c.page.ID, c.page.Revision, "Probe"); err != nil {
						t.Fatal(err)
					}
				}
			}
			if _, err := h.Undelete(h.ctx, a, c.page.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	// A draft that somebody may not see is not in their bin either, whatever else they see there.
	if err := h.Delete(h.ctx, insider, draft.ID, draft.Revision, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.InBin(h.ctx, clerk, draft.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("the clerk finds a draft in the bin: %v", err)
	}
}

func TestDeletingNeedsAReasonAndTheNewestRevision(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.published(clerk, guide("Offen", "x\n"))
	wantFields(t, h.Delete(h.ctx, clerk, p.ID, p.Revision, " \n"), "reason")
	wantFields(t, h.Delete(h.ctx, clerk, p.ID, p.Revision, strings.Repeat("x", 301)), "reason")
	if err := h.Delete(h.ctx, clerk, p.ID, p.Revision-1, "x"); !errs.Is(err, errs.Conflict) {
		t.Errorf("an old revision: %v", err)
	}
	if err := h.Delete(h.ctx, access.Actor{UserID: "u", Token: &access.Token{}}, p.ID, p.Revision, "x"); !errs.Is(err, errs.NotFound) {
		t.Errorf("a token that only reads: %v", err)
	}
	if err := h.Delete(h.ctx, clerk, p.ID, p.Revision, "doppelt"); err != nil {
		t.Fatal(err)
	}
	_, err := h.Create(h.ctx, clerk, guide("Offen", "x\n"))
	if !errs.Is(err, errs.Conflict) { // the address stays taken
		t.Errorf("a new page at the address: %v", err)
	}
	out, err := h.Import(h.ctx, program, []wiki.Imported{{ID: p.ID, Input: guide("Offen", "aus der Datei\n")}, {ID: "01JDZZZZZZZZZZZZZZZZZZZZZZ", Input: guide("Offen", "x\n")}, {Input: guide("Neu", "x\n")}}, nil)
	if err != nil || out[0].Status != wiki.ImportFailed || out[1].Status != wiki.ImportFailed || out[2].Status != wiki.ImportCreated {
		t.Fatalf("import: %+v, %v", out, err)
	}
	if m, _ := errs.MessageOf(out[0].Err); m.Key != "store.page_deleted" {
		t.Errorf("the import says %v", out[0].Err)
	}
}

func TestWhatCannotBeDeleted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	at := func(slug string) page.Page {
		p, err := h.PageAt(h.ctx, program, "handbuch", slug)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	h.published(clerk, wiki.Input{Kind: "guide", Space: "handbuch", Title: "Seite von A 1", Owner: "unit/a1"})
	for slug, key := range map[string]string{"redaktion": "wiki.delete_fallback", "z": "wiki.delete_unit", "a1": "wiki.delete_unit"} {
		p := at(slug)
		err := h.Delete(h.ctx, editor, p.ID, p.Revision, "x")
		if m, _ := errs.MessageOf(err); m.Key != key {
			t.Errorf("%s: %v", slug, err)
		}
	}
	p := at("z2") // answers for nothing
	if err := h.Delete(h.ctx, clerk, p.ID, p.Revision, "x"); err != nil {
		t.Error(err)
	}
}

func TestPurge(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.published(clerk, guide("Offen", "x\n"))
	q := h.published(clerk, guide("Bleibt", "[[Offen]]\n"))
	if err := h.Purge(h.ctx, editor, p.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("a page that is there: %v", err)
	}
	before := h.clock.now()
	if err := h.Delete(h.ctx, clerk, p.ID, p.Revision, "x"); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(h.body(q), "/wiki/handbuch/offen") {
		t.Errorf("the page still links: %s", h.body(q))
	}
	if err := h.Purge(h.ctx, clerk, p.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("a clerk: %v", err)
	}
	if n, err := h.PurgeOld(h.ctx, before, false); err != nil || n != 0 {
		t.Errorf("too early: %d, %v", n, err)
	}
	if n, err := h.PurgeOld(h.ctx, h.clock.now().Add(time.Hour), true); err != nil || n != 1 {
		t.Errorf("counting: %d, %v", n, err)
	}
	if n, err := h.PurgeOld(h.ctx, h.clock.now().Add(time.Hour), false); err != nil || n != 1 {
		t.Errorf("purging: %d, %v", n, err)
	}
	if _, err := h.Undelete(h.ctx, editor, p.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("coming back after purging: %v", err)
	}
	var seen []audit.Action
	if err := h.store.EachAudit(h.ctx, 1, func(e audit.Entry) error {
		if strings.HasPrefix(e.Object, "page:") {
			seen = append(seen, e.Action)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 || seen[0] != audit.PageDelete || seen[1] != audit.PagePurge {
		t.Errorf("log: %v", seen)
	}
}
