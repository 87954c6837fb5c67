package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// tree makes the units ministerium > z > z2 and the circle a > b > a.
func (f *fixture) tree() {
	unit := func(slug, title, parent string) wiki.Write {
		return f.write("handbuch", title, func(w *wiki.Write) {
			w.Page.Kind, w.Page.Slug, w.Page.Owner = "unit", slug, "unit/"+slug
			w.Page.Fields = page.Fields{"short_name": strings.ToUpper(slug)}
			if parent != "" {
				w.Page.Fields["parent"] = "unit/" + parent
				w.Links = []page.Link{{Type: page.LinkField, Key: "parent", Ref: "unit/" + parent}}
			}
		})
	}
	f.save(unit("z2", "Referat Z 2", "z"), unit("z", "Abteilung Z", "ministerium"), unit("ministerium", "Ministerium", ""),
		unit("a", "Kreis A", "b"), unit("b", "Kreis B", "a"))
}

func lists(t *testing.T, f *fixture) {
	f.tree()
	add := func(title, owner, state string, change func(*page.Page)) {
		f.add("handbuch", title, func(w *wiki.Write) {
			w.Page.Kind, w.Page.Owner, w.Page.State = "process", owner, state
			if change != nil {
				change(&w.Page)
			}
		})
	}
	add("Zahlung", "unit/z2", "published", func(p *page.Page) {
		p.Fields = page.Fields{"type": "support", "cost": 9.0, "roles": []string{"unit/a", "unit/b"}}
		p.Tags, p.ReviewDue = []string{"geld"}, day(2026, 5, 1)
	})
	add("Ärger", "unit/z", "published", func(p *page.Page) {
		p.Fields, p.ReviewDue = page.Fields{"type": "core", "cost": 100.0, "yes": true}, day(2026, 2, 1)
	})
	add("Abschluss 10", "unit/ministerium#Leitung", "review", func(p *page.Page) { p.Fields = page.Fields{"cost": -2.5} })
	add("Abschluss 9", "role/leitung", "published", nil)
	add("Uralt", "unit/z2", "archived", func(p *page.Page) { p.Archived = true })
	var tens [12]wiki.ListQuery
	for i := range tens {
		tens[i] = wiki.ListQuery{Kind: "process", Limit: 1, Offset: i}
	}
	for _, c := range []struct {
		name string
		q    wiki.ListQuery
		want []string
	}{
		{"German order, numbers by value", wiki.ListQuery{Kind: "process"}, []string{"Abschluss 9", "Abschluss 10", "Ärger", "Zahlung"}},
		{"descending", wiki.ListQuery{Kind: "process", Sort: "-title"}, []string{"Zahlung", "Ärger", "Abschluss 10", "Abschluss 9"}},
		{"updated", wiki.ListQuery{Kind: "process", Sort: "updated"}, []string{"Zahlung", "Ärger", "Abschluss 10", "Abschluss 9"}},
		{"-updated", wiki.ListQuery{Kind: "process", Sort: "-updated"}, []string{"Abschluss 9", "Abschluss 10", "Ärger", "Zahlung"}},
		{"review first, none last", wiki.ListQuery{Kind: "process", Sort: "review_due"}, []string{"Ärger", "Zahlung", "Abschluss 9", "Abschluss 10"}},
		{"field text", wiki.ListQuery{Kind: "process", Sort: "field:type"}, []string{"Ärger", "Zahlung", "Abschluss 9", "Abschluss 10"}},
		{"field number", wiki.ListQuery{Kind: "process", Sort: "field:cost"}, []string{"Abschluss 10", "Zahlung", "Ärger", "Abschluss 9"}},
		{"field number down, none last", wiki.ListQuery{Kind: "process", Sort: "-field:cost"}, []string{"Ärger", "Zahlung", "Abschluss 10", "Abschluss 9"}},
		{"archived on demand", wiki.ListQuery{Kind: "process", State: "archived"}, []string{"Uralt"}},
		{"state", wiki.ListQuery{State: "review"}, []string{"Abschluss 10"}},
		{"unit with those below", wiki.ListQuery{Kind: "process", Unit: "ministerium"}, []string{"Abschluss 10", "Ärger", "Zahlung"}},
		{"unit at the bottom", wiki.ListQuery{Kind: "process", Unit: "z2"}, []string{"Zahlung"}},
		{"unit in a circle", wiki.ListQuery{Kind: "process", Unit: "a"}, nil},
		{"owners exactly", wiki.ListQuery{Kind: "process", Owners: []string{"z", "x"}}, []string{"Ärger"}},
		{"tag", wiki.ListQuery{Tag: "geld"}, []string{"Zahlung"}},
		{"text folded, every word", wiki.ListQuery{Text: " 10 ABSCHL"}, []string{"Abschluss 10"}},
		{"text is no pattern", wiki.ListQuery{Text: "%"}, nil},
		{"field value", wiki.ListQuery{Kind: "process", Fields: map[string]string{"type": "core", "yes": "true"}}, []string{"Ärger"}},
		{"one of many values", wiki.ListQuery{Kind: "process", Fields: map[string]string{"roles": "unit/b"}}, []string{"Zahlung"}},
		{"overdue", wiki.ListQuery{Overdue: day(2026, 5, 1)}, []string{"Ärger"}},
		{"space", wiki.ListQuery{Space: "technik"}, nil},
		{"unknown kind", wiki.ListQuery{Kind: "x"}, nil},
		{"everything at once", wiki.ListQuery{
			Kind: "process", Space: "handbuch", Unit: "ministerium", State: "published", Tag: "geld", Text: "zahl ung", Owners: []string{"z2"},
			Fields: map[string]string{"type": "support", "cost": "9"}, Overdue: day(2027, 1, 1), Sort: "-field:type", Limit: 5,
		}, []string{"Zahlung"}},
	} {
		got, n, err := f.List(f.ctx, all, c.q)
		if err != nil || n != len(c.want) {
			t.Errorf("%s: %d rows, %v", c.name, n, err)
		}
		same(t, c.name, titles(got), c.want)
	}
	var paged []string
	for _, q := range tens {
		got, n, err := f.List(f.ctx, all, q)
		if err != nil || n != 4 {
			t.Fatalf("page of a list: %d, %v", n, err)
		}
		paged = append(paged, titles(got)...)
	}
	same(t, "paged", paged, []string{"Abschluss 9", "Abschluss 10", "Ärger", "Zahlung"})
	got, _, err := f.List(f.ctx, all, wiki.ListQuery{Tag: "geld"})
	if err != nil || len(got) != 1 || got[0].Fields["cost"] != 9.0 || got[0].Body != "" || got[0].Tags[0] != "geld" {
		t.Errorf("a row of a list is %+v, %v", got, err)
	}
	values, err := f.FieldValues(f.ctx, all, "process", "roles")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "values of a field", values, []string{"unit/a", "unit/b"})
}

func recent(t *testing.T, f *fixture) {
	f.tree()
	for i := range 5 {
		f.add("handbuch", fmt.Sprintf("P%d", i), func(w *wiki.Write) {
			w.Page.Kind = []string{"process", "tool"}[i%2]
			w.Page.Owner = []string{"unit/z2", "unit/a"}[i/3]
		})
	}
	for _, c := range []struct {
		kinds, units []string
		limit        int
		want         []string
	}{
		{nil, nil, 2, []string{"P4", "P3"}},
		{[]string{"process"}, nil, 10, []string{"P4", "P2", "P0"}},
		{[]string{"process", "tool"}, []string{"ministerium"}, 10, []string{"P2", "P1", "P0"}},
		{[]string{"x"}, nil, 10, nil},
	} {
		got, err := f.Recent(f.ctx, all, c.kinds, c.units, c.limit)
		if err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprint(c.kinds, c.units), titles(got), c.want)
	}
	counts, err := f.CountKinds(f.ctx, all)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "counts", counts, map[string]int{"process": 3, "tool": 2, "unit": 5})
	list, _, err := f.List(f.ctx, all, wiki.ListQuery{Kind: "tool"})
	if err != nil {
		t.Fatal(err)
	}
	f.save(f.edit(list[0].ID, func(w *wiki.Write) { w.Page.Archived = true }))
	f.save(f.edit(list[1].ID, func(w *wiki.Write) { w.Page.Draft = true }))
	counts, err = f.CountKinds(f.ctx, access.Scope{Read: []string{"handbuch"}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "counts after an archive and a draft", counts, map[string]int{"process": 3, "unit": 5})
}

// A walk in parts gives every page, also those that change while somebody walks, and never one twice that does not.
func walkInParts(t *testing.T, f *fixture) {
	for i := range 7 {
		f.add("handbuch", fmt.Sprintf("P%d", i), func(w *wiki.Write) {
			w.Page.Kind = []string{"process", "tool"}[i%2]
			w.Page.Tags = []string{[]string{"a", "b"}[i/4]}
		})
	}
	for _, c := range []struct {
		q    wiki.WalkQuery
		want []string
	}{
		{wiki.WalkQuery{Limit: 3}, []string{"P0", "P1", "P2"}},
		{wiki.WalkQuery{Kind: "tool", Limit: 9}, []string{"P1", "P3", "P5"}},
		{wiki.WalkQuery{Tag: "b", Space: "handbuch", Limit: 9}, []string{"P4", "P5", "P6"}},
		{wiki.WalkQuery{Space: "tresor", Limit: 9}, nil},
	} {
		got, err := f.Walk(f.ctx, all, c.q)
		if err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprint(c.q), titles(got), c.want)
	}
	var seen []string
	var q wiki.WalkQuery
	q.Limit = 2
	for i := range 20 {
		part, err := f.Walk(f.ctx, all, q)
		if err != nil {
			t.Fatal(err)
		}
		if len(part) == 0 {
			break
		}
		seen = append(seen, titles(part)...)
		last := part[len(part)-1]
		q.AfterTime, q.AfterID = last.UpdatedAt, last.ID
		switch i {
		case 0: // one that was given, and the next that was to come
			f.save(f.edit(part[0].ID, nil))
			next, err := f.Walk(f.ctx, all, q)
			if err != nil {
				t.Fatal(err)
			}
			f.save(f.edit(next[0].ID, nil))
		case 1:
			q2 := wiki.WalkQuery{Since: part[0].UpdatedAt, Limit: 1}
			if from, err := f.Walk(f.ctx, all, q2); err != nil || from[0].UpdatedAt.Before(part[0].UpdatedAt) {
				t.Errorf("since %v: %v, %v", q2.Since, from, err)
			}
		}
	}
	same(t, "walked", seen, []string{"P0", "P1", "P3", "P4", "P5", "P6", "P0", "P2"})
}

func unitTree(t *testing.T, f *fixture) {
	f.tree()
	f.add("handbuch", "Geplant", func(w *wiki.Write) { w.Page.Kind, w.Page.Draft = "unit", true })
	f.add("tresor", "Geheim", func(w *wiki.Write) { w.Page.Kind = "unit" })
	list, err := f.Units(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range list {
		got = append(got, u.Title+" "+u.Slug+"<"+u.Parent+" "+u.Short)
	}
	same(t, "units", got, []string{"Abteilung Z z<ministerium Z", "Kreis A a<b A", "Kreis B b<a B", "Ministerium ministerium< MINISTERIUM", "Referat Z 2 z2<z Z2"})
}

func documents(t *testing.T, f *fixture) {
	f.tree()
	w := f.write("handbuch", "Erster Titel", func(w *wiki.Write) {
		everyField(w)
		w.Page.Owner, w.Page.Draft = "unit/z2#Reisestelle", false
		w.Rendered.Text = "Belege und Antrag"
	})
	f.save(w)
	f.save(f.edit(w.Page.ID, func(e *wiki.Write) {
		e.Page.Title, e.Rendered, e.Aliases = "Zweiter Titel", w.Rendered, w.Aliases
	}))
	p := f.page(w.Page.ID)
	docs, err := f.Documents(f.ctx, []page.ID{"01JD0000000000000000009999", p.ID})
	if err != nil || len(docs) != 1 {
		t.Fatalf("documents: %v, %v", docs, err)
	}
	same(t, "document", docs[0], page.Document{
		ID: p.ID, Kind: "process", Space: "handbuch", Slug: p.Slug, Title: "Zweiter Titel", Summary: p.Summary, Lang: "en",
		Headings: []string{`Über "uns"`, "X"}, Text: "Belege und Antrag", Aliases: []string{"Dienstreise", "DR", "Erster Titel"},
		Tags: p.Tags, Owner: p.Owner, Units: []string{"z2", "z", "ministerium"}, State: "review", UpdatedAt: p.UpdatedAt,
		ReviewDue: p.ReviewDue, Revision: 2,
	})
	f.add("handbuch", "Im Kreis", func(w *wiki.Write) { w.Page.Owner = "unit/a" })
	f.add("handbuch", "Rolle", func(w *wiki.Write) { w.Page.Owner = "role/x" })
	units := map[string][]string{}
	last := page.ID("")
	err = f.EachDocument(f.ctx, func(d page.Document) error {
		if d.ID <= last {
			t.Errorf("%s comes after %s", d.ID, last)
		}
		last = d.ID
		units[d.Title] = d.Units
		return nil
	})
	if err != nil || len(units) != 8 {
		t.Errorf("walked over %d documents: %v", len(units), err)
	}
	same(t, "units in a circle", units["Im Kreis"], []string{"a", "b"})
	same(t, "units of a role", units["Rolle"], nil)
	// A unit that gets another place changes the documents below it.
	st := mustState(t, f)
	z, err := f.PageAt(f.ctx, all, "handbuch", "z")
	if err != nil {
		t.Fatal(err)
	}
	saved := f.save(f.edit(z.ID, nil))
	changes, err := f.Changes(f.ctx, st.Seq, 100)
	if err != nil || !slices.ContainsFunc(changes, func(c page.Change) bool { return c.Page == p.ID }) {
		t.Errorf("the change log does not name the page below the moved unit: %v, %v", changes, err)
	}
	if now := mustState(t, f).Seq; saved.Seq != now {
		t.Errorf("saved seq is %d, the newest %d", saved.Seq, now)
	}
	docs, err = f.Documents(f.ctx, []page.ID{p.ID})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "units after the move", docs[0].Units, []string{"z2", "z"})
}

func titleLookup(t *testing.T, f *fixture) {
	f.tree()
	f.add("handbuch", "Dienstreise genehmigen", func(w *wiki.Write) {
		w.Page.Kind, w.Page.Owner, w.Page.Tags, w.Page.UpdatedAt = "process", "unit/z2#Reisestelle", []string{"reise", "neu"}, day(2026, 3, 1)
	})
	f.add("technik", "Antrag auf Dienstreise", func(w *wiki.Write) {
		w.Page.Owner, w.Page.Tags, w.Page.State, w.Page.UpdatedAt = "unit/a", []string{"reise"}, "review", day(2026, 5, 1)
	})
	f.add("handbuch", "Dienstreise alt", func(w *wiki.Write) {
		w.Page.Archived, w.Page.State, w.Page.UpdatedAt = true, "archived", day(2026, 4, 1)
	})
	f.add("handbuch", "Fahrtkosten", func(w *wiki.Write) {
		w.Aliases, w.Page.UpdatedAt = []string{"Dienstreise-Kosten"}, day(2026, 2, 1)
	})
	genehmigen, antrag, alt, kosten := "Dienstreise genehmigen", "Antrag auf Dienstreise", "Dienstreise alt", "Fahrtkosten"
	for _, c := range []struct {
		name  string
		q     page.Query
		want  []string
		total int // len(want) when 0
	}{
		{"text", page.Query{Text: "DIENSTREISE"}, []string{genehmigen, antrag, kosten, alt}, 0},
		{"first hits", page.Query{Limit: 2}, []string{genehmigen, antrag}, 4},
		{"next hits", page.Query{Offset: 2, Limit: 2}, []string{kosten, alt}, 4},
		{"beyond the last", page.Query{Offset: 9, Limit: 2}, nil, 4},
		{"kind", page.Query{Kinds: []string{"process"}}, []string{genehmigen}, 0},
		{"one of two spaces", page.Query{Spaces: []string{"technik", "tresor"}}, []string{antrag}, 0},
		{"one of two states", page.Query{States: []string{"archived", "review"}}, []string{antrag, alt}, 0},
		{"tag", page.Query{Tags: []string{"reise"}}, []string{genehmigen, antrag}, 0},
		{"one of two tags, once", page.Query{Tags: []string{"neu", "reise"}}, []string{genehmigen, antrag}, 0},
		{"unit above", page.Query{Units: []string{"ministerium"}}, []string{genehmigen, kosten, alt}, 0},
		{"one of two units", page.Query{Units: []string{"z2", "b"}, Sort: "title"}, []string{antrag, alt, genehmigen, kosten}, 0},
		{"all of the filters", page.Query{Tags: []string{"reise"}, States: []string{"published"}, Units: []string{"z"}}, []string{genehmigen}, 0},
		{"filters that exclude each other", page.Query{Kinds: []string{"process"}, Units: []string{"a"}}, nil, 0},
		{"no such kind", page.Query{Kinds: []string{"x') OR 1=1 --"}}, nil, 0},
		{"by title", page.Query{Sort: "title"}, []string{antrag, alt, genehmigen, kosten}, 0},
		{"by time", page.Query{Sort: "updated"}, []string{antrag, alt, genehmigen, kosten}, 0},
		{"without a text, newest first", page.Query{Text: " ", Tags: []string{"reise"}}, []string{antrag, genehmigen}, 0},
		{"a word nobody has", page.Query{Text: "gibt es nicht"}, nil, 0},
		{"signs of patterns", page.Query{Text: "dienstreise %"}, nil, 0},
		{"very many words", page.Query{Text: strings.Repeat("x ", 500)}, nil, 0},
	} {
		if c.q.Text == "" {
			c.q.Text = "dienstreise"
		}
		hits, n, err := f.TitleLookup(f.ctx, all, c.q)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var got []string
		for _, h := range hits {
			got = append(got, h.Title)
		}
		same(t, c.name, got, c.want)
		if want := max(c.total, len(c.want)); n != want {
			t.Errorf("%s: %d in all, want %d", c.name, n, want)
		}
	}
	if _, n, err := f.TitleLookup(f.ctx, all, page.Query{}); err != nil || n != 9 {
		t.Errorf("without a condition: %d pages, %v", n, err)
	}
}

func changeLog(t *testing.T, f *fixture) {
	start := mustState(t, f)
	a, b := f.write("handbuch", "A", nil), f.write("handbuch", "B", nil)
	saved := f.save(a, b)
	if saved.Seq != start.Seq+2 {
		t.Errorf("seq went from %d to %d", start.Seq, saved.Seq)
	}
	f.save(f.edit(a.Page.ID, nil))
	now := mustState(t, f)
	same(t, "state", now, wiki.SearchState{Generation: start.Generation, Seq: start.Seq + 3, Pages: 2})
	changes, err := f.Changes(f.ctx, start.Seq, 2)
	if err != nil || len(changes) != 2 || changes[1].Page != b.Page.ID || changes[1].Seq != start.Seq+2 || changes[0].At.Before(time.Unix(0, 0)) {
		t.Errorf("changes: %+v, %v", changes, err)
	}
	if rest, err := f.Changes(f.ctx, saved.Seq, 0); err != nil || len(rest) != 1 || rest[0].Page != a.Page.ID {
		t.Errorf("rest: %+v, %v", rest, err)
	}
	if empty, err := f.Save(f.ctx); err != nil || empty.Seq != now.Seq {
		t.Errorf("saving nothing: %+v, %v", empty, err)
	}
}
