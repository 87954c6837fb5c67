package wiki_test

import (
	"strings"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/markup"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

func (h *house) importOne(in wiki.Imported) wiki.ImportOutcome {
	h.t.Helper()
	out, err := h.Import(h.ctx, program, []wiki.Imported{in}, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return out[0]
}

func TestImportIsIdempotent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const id = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
	full := wiki.Imported{
		ID: id, State: "published", ConfirmedAt: time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC), ConfirmedRole: "Referat Z 2",
		Input: wiki.Input{
			Kind: "process", Space: "handbuch", Slug: "reise", Title: "Reisekosten – „groß“", Summary: "kurz", Lang: "de", Body: "Text\r\nmit [[Nirgends]].\n\n\n",
			Owner: "unit/z2#Reisestelle", Statement: "personal", Tags: []string{"z", "a"}, ReviewDue: day(2027, 5, 1),
			Fields:    kind.Canonical(page.Fields{"purpose": "Geld zurück.", "steps": []any{map[string]any{"what": "Antrag", "duration": "10 min"}}, "unbekannt": "bleibt", "zahl": 7.0, "leer": []any{}}),
			Relations: []page.Relation{{Key: "uses_tool", Ref: "tool/ereise"}, {Key: "part_of", Ref: "process/haushalt"}, {Key: "uses_tool", Ref: "tool/sap"}},
		},
		Extra: map[string]any{"license": "CC0", "nested": map[string]any{"a": []any{1.0, "x"}}},
	}
	bare := wiki.Imported{Input: wiki.Input{Kind: "guide", Space: "handbuch", Title: "Nur Text", Body: "Hallo"}}
	for _, c := range []struct {
		in   wiki.Imported
		want wiki.ImportStatus
	}{
		{full, wiki.ImportCreated}, {full, wiki.ImportUnchanged}, {bare, wiki.ImportCreated}, {bare, wiki.ImportUnchanged}, {full, wiki.ImportUnchanged},
	} {
		before := h.state()
		out := h.importOne(c.in)
		if out.Status != c.want || out.Err != nil {
			t.Fatalf("%s: %s, %v; want %s", c.in.Input.Title, out.Status, out.Err, c.want)
		}
		if c.want == wiki.ImportUnchanged && h.state() != before {
			t.Error("an unchanged page changed something")
		}
	}
	p, err := h.Page(h.ctx, clerk, id)
	if err != nil {
		t.Fatal(err)
	}
	if p.Fields["unbekannt"] != "bleibt" || p.Fields["zahl"] != 7.0 || p.Extra["license"] != "CC0" || p.Statement != "personal" || p.State != "published" || p.Draft {
		t.Errorf("%+v", p)
	}
	full.Input.Body = "Anders.\n"
	if out := h.importOne(full); out.Status != wiki.ImportUpdated {
		t.Errorf("a changed file: %+v", out)
	}
	if p, err = h.Page(h.ctx, clerk, id); err != nil || p.Revision != 2 || p.Body != "Anders.\n" {
		t.Errorf("revision %d, %q, %v", p.Revision, p.Body, err)
	}
}

// What a file does not say stays: a page that was confirmed or given an owner here is not touched by a second run.
func TestImportLeavesWhatTheFileDoesNotSay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	in := wiki.Imported{Input: wiki.Input{Kind: "guide", Space: "handbuch", Title: "Fremd", Body: "Hallo"}}
	out := h.importOne(in)
	p, err := h.Confirm(h.ctx, clerk, out.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	if out := h.importOne(in); out.Status != wiki.ImportUnchanged {
		t.Errorf("after confirming: %s", out.Status)
	}
	got, err := h.Page(h.ctx, clerk, p.ID)
	if err != nil || got.Revision != p.Revision || !got.ConfirmedAt.Equal(p.ConfirmedAt) || !got.ReviewDue.Equal(p.ReviewDue) {
		t.Errorf("%+v, %v", got, err)
	}
	in.Input.Body = "Hallo zusammen"
	if out := h.importOne(in); out.Status != wiki.ImportUpdated {
		t.Errorf("after a change of the file: %s", out.Status)
	}
	if got, err = h.Page(h.ctx, clerk, p.ID); err != nil || got.ConfirmedRole != p.ConfirmedRole {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestImportFailsAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	page1 := func(title string, change func(*wiki.Imported)) wiki.Imported {
		in := wiki.Imported{Input: guide(title, "x")}
		if change != nil {
			change(&in)
		}
		return in
	}
	batch := []wiki.Imported{
		page1("Gut eins", nil),
		page1("", nil),
		page1("Unbekannte Art", func(in *wiki.Imported) { in.Input.Kind = "nix" }),
		page1("Unbekannter Bereich", func(in *wiki.Imported) { in.Input.Space = "nix" }),
		page1("Unbekannter Zustand", func(in *wiki.Imported) { in.State = "nix" }),
		page1("Zu teuer", func(in *wiki.Imported) { in.Input.Body = strings.Repeat("> ", 40_000) }),
		page1("Doppelt", nil),
		page1("Doppelt", func(in *wiki.Imported) { in.Input.Body = "anders" }),
		page1("Gut zwei", nil),
	}
	out, err := h.Import(h.ctx, program, batch, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []wiki.ImportStatus{"created", "failed", "failed", "failed", "failed", "failed", "created", "failed", "created"}
	for i, o := range out {
		if o.Status != want[i] || (o.Err != nil) != (want[i] == "failed") {
			t.Errorf("%q: %s, %v; want %s", batch[i].Input.Title, o.Status, o.Err, want[i])
		}
	}
	if _, n, err := h.List(h.ctx, clerk, wiki.ListQuery{Kind: "guide"}); err != nil || n != 3 {
		t.Errorf("%d pages, %v", n, err)
	}
	// Who may not write in the space imports nothing.
	out, err = h.Import(h.ctx, clerk, []wiki.Imported{page1("Eindringling", func(in *wiki.Imported) { in.Input.Space = "tresor" })}, nil)
	if err != nil || out[0].Status != wiki.ImportFailed || !errs.Is(out[0].Err, errs.NotFound) {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestImportWithHistory(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	at := func(hour int) time.Time { return time.Date(2025, 3, 1, hour, 0, 0, 0, time.UTC) }
	rev := func(n int, title, body string, change page.ChangeKind) page.Revision {
		return page.Revision{
			Page: page.Page{Kind: "guide", Space: "handbuch", Slug: "alt", Title: title, Body: body, Lang: "de", Owner: "unit/z2", State: "published", Statement: "agreed",
				Revision: n, CreatedAt: at(1), UpdatedAt: at(n)},
			At: at(n), By: "Referat " + title, Comment: "Fassung " + title, Change: change,
		}
	}
	in := wiki.Imported{
		ID: "01ARZ3NDEKTSV4RRFFQ69G5FAV", State: "published",
		Input: wiki.Input{Kind: "guide", Space: "handbuch", Slug: "alt", Title: "Drei", Body: "3\n", Owner: "unit/z2"},
		History: []page.Revision{
			rev(1, "Eins", "1\n", page.ChangeCreate), rev(2, "Zwei", "2\n", page.ChangeEdit), rev(3, "Drei", "3\n", page.ChangeAdvance),
		},
	}
	if out := h.importOne(in); out.Status != wiki.ImportCreated {
		t.Fatalf("%+v", out)
	}
	if out := h.importOne(in); out.Status != wiki.ImportUnchanged {
		t.Errorf("again: %+v", out)
	}
	revs, err := h.History(h.ctx, clerk, in.ID)
	if err != nil || len(revs) != 3 {
		t.Fatalf("%d revisions, %v", len(revs), err)
	}
	for i, want := range []string{"Drei", "Zwei", "Eins"} {
		r := revs[i]
		if r.Page.Title != want || r.By != "Referat "+want || r.Comment != "Fassung "+want || !r.At.Equal(at(3-i)) || r.Page.Revision != 3-i {
			t.Errorf("entry %d: %+v", i, r)
		}
	}
	p, err := h.Page(h.ctx, clerk, in.ID)
	if err != nil || !p.CreatedAt.Equal(at(1)) || !p.UpdatedAt.Equal(at(3)) || revs[0].Change != page.ChangeAdvance {
		t.Errorf("%+v, %v", p, err)
	}
	// A file that was changed by hand after the export becomes one more revision.
	in.ID, in.Input.Slug, in.Input.Body = "01ARZ3NDEKTSV4RRFFQ69G5FAW", "alt-2", "von Hand\n"
	if out := h.importOne(in); out.Status != wiki.ImportCreated {
		t.Fatalf("%+v", out)
	}
	if p, err = h.Page(h.ctx, clerk, in.ID); err != nil || p.Revision != 4 || p.Body != "von Hand\n" || !p.CreatedAt.Equal(at(1)) {
		t.Errorf("%+v, %v", p, err)
	}
}

// An id decides before an address: a page that was renamed here is found. The same file again changes nothing, a
// changed one becomes the newest revision.
func TestImportFindsById(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	in := wiki.Imported{ID: "01ARZ3NDEKTSV4RRFFQ69G5FAV", State: "published", Input: guide("Mit Nummer", "x")}
	h.importOne(in)
	p, err := h.Page(h.ctx, clerk, in.ID)
	if err != nil {
		t.Fatal(err)
	}
	h.edit(clerk, p, func(i *wiki.Input) { i.Slug, i.Title = "umbenannt", "Umbenannt" })
	in.Input.Slug = "mit-nummer"
	if out := h.importOne(in); out.Status != wiki.ImportUnchanged {
		t.Errorf("the same file again: %+v", out)
	}
	in.Input.Body = "y"
	if out := h.importOne(in); out.Status != wiki.ImportUpdated || out.ID != in.ID {
		t.Errorf("%+v", out)
	}
	other := wiki.Imported{ID: "01ARZ3NDEKTSV4RRFFQ69G5FAW", Input: wiki.Input{Kind: "guide", Space: "handbuch", Slug: "umbenannt", Title: "Will die frühere Adresse"}}
	if out := h.importOne(other); out.Status != wiki.ImportFailed || !errs.Is(out.Err, errs.Conflict) {
		t.Errorf("an address that belonged to another page: %+v", out)
	}
}

// known names pages of the same run; they must be linked although they are not stored yet.
func TestImportLinksPagesOfTheRun(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	known := func(_ string, refs []string) map[string]markup.Target {
		out := map[string]markup.Target{}
		for _, r := range refs {
			if r == "Zweite" {
				out[r] = markup.Target{URL: "/wiki/handbuch/zweite", Title: "Zweite"}
			}
		}
		return out
	}
	out, err := h.Import(h.ctx, program, []wiki.Imported{{Input: guide("Erste", "[[Zweite]] [[Dritte]]")}, {Input: guide("Zweite", "[[Erste]]")}}, &wiki.ImportRun{Known: known})
	if err != nil || out[0].Status != wiki.ImportCreated || out[1].Status != wiki.ImportCreated {
		t.Fatal(out, err)
	}
	first, err := h.Page(h.ctx, clerk, out[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	h.wantBody(first, true, `href="/wiki/handbuch/zweite"`)
	h.wantBody(first, false, `href="/wiki/handbuch/dritte"`)
	out, err = h.Import(h.ctx, access.Program("Zweiter Lauf"), []wiki.Imported{{Input: guide("Erste", "[[Zweite]] [[Dritte]]")}, {Input: guide("Zweite", "[[Erste]]")}}, &wiki.ImportRun{Known: known})
	if err != nil || out[0].Status != wiki.ImportUnchanged || out[1].Status != wiki.ImportUnchanged {
		t.Error(out, err)
	}
}
