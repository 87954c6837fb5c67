package storetest

import (
	"testing"

	"lernraum/internal/access"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

func kindOf(kind string) func(*wiki.Write) {
	return func(w *wiki.Write) { w.Page.Kind = kind }
}

func resolveOrder(t *testing.T, f *fixture) {
	oldest := f.add("technik", "eReise", kindOf("tool"))
	f.add("tresor", "eReise", kindOf("tool"))
	near := f.add("handbuch", "eReise", kindOf("tool"))
	z2 := f.add("handbuch", "Referat Z 2", func(w *wiki.Write) { w.Page.Kind, w.Page.Slug = "unit", "z2" })
	strasse := f.add("technik", "Große  Straße", nil)
	colon := f.add("technik", "Leitfaden: Lernen", func(w *wiki.Write) { w.Page.Slug = "lernen" })
	sharp := f.add("technik", "C# lernen", func(w *wiki.Write) { w.Page.Slug = "c-sharp" })
	renamed := f.add("technik", "Früher so", func(w *wiki.Write) { w.Page.Slug = "frueher" })
	f.save(f.edit(renamed, func(w *wiki.Write) { w.Page.Title, w.Page.Slug = "Heute anders", "heute" }))
	reader := access.Scope{Read: []string{"handbuch", "tresor"}}
	for _, c := range []struct {
		scope      access.Scope
		space, ref string
		want       page.ID
	}{
		{all, "handbuch", string(oldest), oldest},
		{all, "handbuch", "technik:ereise", oldest},
		{all, "handbuch", "tool/ereise", near},
		{all, "lehre", "tool/ereise", oldest},
		{all, "lehre", "guide/ereise", ""},
		{all, "handbuch", "ereise", near},
		{all, "handbuch", "z2", z2},
		{all, "technik", "z2", ""},
		{all, "technik", "unit/z2", z2},
		{all, "technik", "unit/z2#Reisestelle", z2},
		{all, "handbuch", "EREISE", near},
		{all, "lehre", "ereise", oldest},
		{all, "handbuch", "grosse STRASSE", strasse},
		{all, "handbuch", "Große Straße", strasse},
		{all, "handbuch", "Leitfaden: Lernen", colon},
		{all, "handbuch", "c# Lernen", sharp},
		{all, "handbuch", "technik:frueher", renamed},
		{all, "handbuch", "guide/frueher", renamed},
		{all, "handbuch", "Früher so", renamed},
		{all, "handbuch", "", ""},
		{all, "handbuch", "gibt es nicht", ""},
		{all, "handbuch", "a:b/c#d", ""},
		{reader, "technik", "technik:ereise", ""},
		{reader, "technik", string(oldest), ""},
	} {
		got, err := f.Resolve(f.ctx, c.scope, c.space, []string{c.ref})
		if err != nil {
			t.Fatal(err)
		}
		if got[c.ref].ID != c.want {
			t.Errorf("%q in %s is %q, want %q", c.ref, c.space, got[c.ref].ID, c.want)
		}
	}
	if got, err := f.Resolve(f.ctx, all, "handbuch", nil); err != nil || len(got) != 0 {
		t.Errorf("nothing asked: %v, %v", got, err)
	}
}

func pendingLinks(t *testing.T, f *fixture) {
	from := f.add("handbuch", "Start", body("Dienstreise genehmigen", "technik:netz", "tool/ereise", "spaeter"))
	rel := f.add("handbuch", "Mit Relation", func(w *wiki.Write) {
		w.Links = []page.Link{{Type: page.LinkRelation, Key: "uses_tool", Ref: "tool/ereise"}}
	})
	dangling, err := f.Dangling(f.ctx, "handbuch")
	if err != nil || len(dangling) != 5 || dangling[0].From != from {
		t.Errorf("dangling: %v, %v", dangling, err)
	}
	saved := f.save(f.write("handbuch", "Dienstreise genehmigen", nil))
	same(t, "stale after a title appeared", saved.Stale, []page.ID{from})
	saved = f.save(f.write("technik", "Netz", nil))
	same(t, "stale after an address appeared", saved.Stale, []page.ID{from})
	tool := f.write("technik", "eReise", kindOf("tool"))
	same(t, "stale after a tool appeared", f.save(tool).Stale, []page.ID{from})
	for ref, want := range map[string]string{"Dienstreise genehmigen": "Dienstreise genehmigen", "technik:netz": "Netz", "tool/ereise": "eReise", "spaeter": ""} {
		if got := f.target(from, ref); got != want {
			t.Errorf("%q leads to %q, want %q", ref, got, want)
		}
	}
	if got := f.target(rel, "tool/ereise"); got != "eReise" {
		t.Errorf("relation leads to %q", got)
	}
	// An edit that changes neither title nor address touches nobody.
	same(t, "stale after an edit", f.save(f.edit(tool.Page.ID, nil)).Stale, nil)
	saved = f.save(f.edit(tool.Page.ID, func(w *wiki.Write) { w.Page.Title, w.Page.Slug = "Reise neu", "spaeter" }))
	same(t, "stale after a rename", saved.Stale, []page.ID{from})
	if got := f.target(from, "tool/ereise"); got != "Reise neu" {
		t.Errorf("old address leads to %q", got)
	}
	saved = f.save(f.edit(tool.Page.ID, func(w *wiki.Write) { w.Page.Space = "handbuch" }))
	same(t, "stale after a move", saved.Stale, []page.ID{from})
	if got := f.target(from, "spaeter"); got != "Reise neu" {
		t.Errorf("bare slug leads to %q after the move", got)
	}
	// Within one batch a link may lead forward, backward and to the page itself.
	a := f.write("handbuch", "Batch A", body("Batch B", "Batch A"))
	b := f.write("handbuch", "Batch B", body("Batch A"))
	c := f.write("handbuch", "Batch C", body("Start"))
	same(t, "stale after a batch", sorted(f.save(a, b, c).Stale), []page.ID{a.Page.ID, b.Page.ID})
	if f.target(a.Page.ID, "Batch B") == "" || f.target(b.Page.ID, "Batch A") == "" || f.target(a.Page.ID, "Batch A") == "" {
		t.Error("a link inside the batch leads nowhere")
	}
}

func nearerPage(t *testing.T, f *fixture) {
	f.add("technik", "Glossar", nil)
	from := f.add("handbuch", "Start", body("Glossar"))
	near := f.write("handbuch", "Glossar", nil)
	same(t, "stale", f.save(near).Stale, []page.ID{from})
	same(t, "space of the target", f.view(from).Links[0].Target.Space, "handbuch")
	f.save(f.edit(near.Page.ID, func(w *wiki.Write) { w.Page.Space = "tresor" }))
	same(t, "space of the target after the nearer page left", f.view(from).Links[0].Target.ID, near.Page.ID)
}

func bothEnds(t *testing.T, f *fixture) {
	ziel := f.add("handbuch", "Ziel", func(w *wiki.Write) { w.Page.Summary = "Das Ziel" })
	zebra := f.add("technik", "Zebra", func(w *wiki.Write) {
		w.Links = []page.Link{{Type: page.LinkRelation, Key: "part_of", Ref: "handbuch:ziel"}}
	})
	apfel := f.add("technik", "Äpfel", func(w *wiki.Write) {
		w.Links = []page.Link{
			{Type: page.LinkField, Key: "steps.tool", Ref: "handbuch:ziel"}, {Type: page.LinkBody, Ref: "Nirgends", Text: "Anzeige"},
			{Type: page.LinkBody, Ref: "Ziel"},
		}
	})
	v := f.view(apfel)
	if len(v.Links) != 3 || v.Links[0].Key != "steps.tool" || v.Links[0].Type != page.LinkField || !v.Links[0].Found || v.Links[1].Found || v.Links[1].Ref != "Nirgends" {
		t.Errorf("outgoing: %+v", v.Links)
	}
	same(t, "target", v.Links[0].Target, page.Target{ID: ziel, Kind: "guide", Space: "handbuch", Slug: "ziel", Title: "Ziel", Summary: "Das Ziel", State: "published"})
	var got []string
	for _, l := range f.view(ziel).Links {
		if l.Out {
			t.Errorf("%+v goes out", l)
		}
		got = append(got, l.Target.Title+" "+string(l.Type)+" "+l.Key)
	}
	same(t, "incoming by title", got, []string{"Äpfel field steps.tool", "Äpfel body ", "Zebra relation part_of"})
	f.save(f.edit(zebra, nil))
	if links := f.view(ziel).Links; len(links) != 2 {
		t.Errorf("a link that was taken out is still shown: %+v", links)
	}
	// Fewer, more and other links replace each other.
	for _, refs := range [][]string{{"Ziel", "Zebra"}, {"Zebra"}, {"Zebra", "Ziel", "Äpfel"}, nil} {
		f.save(f.edit(zebra, body(refs...)))
		var got []string
		for _, l := range f.view(zebra).Links {
			if l.Out {
				got = append(got, l.Ref)
			}
		}
		same(t, "links after an edit", got, refs)
	}
}
