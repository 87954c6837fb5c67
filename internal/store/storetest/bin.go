package storetest

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// notOfPages are the methods of Store that give nothing of a page that was deleted by their nature; every other one
// is probed by binHides.
var notOfPages = map[string]string{
	"Save": "write", "SaveRendered": "write", "Delete": "write", "Undelete": "write", "Purge": "write", "Redact": "write", "Attach": "write", "RemoveAttachment": "write",
	"SaveKPIValues": "write", "Settle": "write", "SaveSpace": "write", "SetMeta": "write", "Close": "no read",
	"Bin": "the bin", "InBin": "the bin", "Deleted": "the bin", "Changes": "ids in the order of changes", "Check": "runs after every test",
	"Meta": "no pages", "Spaces": "no pages",
}

// binProbes ask every reading method about a page, its address, its files and its values, as the program itself.
func (f *fixture) binProbes(id page.ID, at page.Page) map[string]func() (any, error) {
	return map[string]func() (any, error){
		"Page":      func() (any, error) { return f.Page(f.ctx, all, id) },
		"PageAt":    func() (any, error) { return f.PageAt(f.ctx, all, at.Space, at.Slug) },
		"PageView":  func() (any, error) { return f.PageView(f.ctx, all, at.Space, at.Slug) },
		"Revisions": func() (any, error) { return f.Revisions(f.ctx, all, id) },
		"Revision":  func() (any, error) { return f.Revision(f.ctx, all, id, 1) },
		"Resolve": func() (any, error) {
			return f.Resolve(f.ctx, all, "handbuch", []string{string(id), at.Slug, at.Kind + "/" + at.Slug, at.Space + ":" + at.Slug, at.Title, "Früher " + canary})
		},
		"List": func() (any, error) {
			l, n, err := f.List(f.ctx, all, wiki.ListQuery{Tag: canary})
			return fmt.Sprint(l, n), err
		},
		"CountKinds":  func() (any, error) { return f.CountKinds(f.ctx, all) },
		"Recent":      func() (any, error) { return f.Recent(f.ctx, all, nil, nil, 10) },
		"Walk":        func() (any, error) { return f.Walk(f.ctx, all, wiki.WalkQuery{Limit: 10}) },
		"FieldValues": func() (any, error) { return f.FieldValues(f.ctx, all, at.Kind, "type") },
		"Stale":       func() (any, error) { return f.Stale(f.ctx, 10) },
		"Dangling":    func() (any, error) { return f.Dangling(f.ctx, "tresor") },
		"Each": func() (any, error) {
			var list []page.Page
			err := f.Each(f.ctx, func(p page.Page) error { list = append(list, p); return nil })
			return list, err
		},
		"Units":       func() (any, error) { return f.Units(f.ctx) },
		"Attachments": func() (any, error) { return f.Attachments(f.ctx, id) },
		"OpenAttachment": func() (any, error) {
			a, r, err := f.OpenAttachment(f.ctx, id, "akte.txt")
			if err != nil {
				return a, err
			}
			b, err := io.ReadAll(r)
			return string(b) + a.Name, firstOf(err, r.Close())
		},
		"State":     func() (any, error) { st, err := f.State(f.ctx); return st.Pages, err },
		"Documents": func() (any, error) { return f.Documents(f.ctx, []page.ID{id}) },
		"EachDocument": func() (any, error) {
			var list []page.Document
			err := f.EachDocument(f.ctx, func(d page.Document) error { list = append(list, d); return nil })
			return list, err
		},
		"TitleLookup": func() (any, error) {
			h, n, err := f.TitleLookup(f.ctx, all, page.Query{Text: canary})
			return fmt.Sprint(h, n), err
		},
		"KPIValues":   func() (any, error) { return f.KPIValues(f.ctx, id) },
		"KPIVersions": func() (any, error) { return f.KPIVersions(f.ctx, id, "2026") },
	}
}

func firstOf(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// authMethods belong to accounts; they know no page.
func authMethods() map[string]bool {
	known := map[string]bool{}
	t := reflect.TypeFor[auth.Store]()
	for i := range t.NumMethod() {
		known[t.Method(i).Name] = true
	}
	return known
}

// binHides deletes a page that stands everywhere a page can stand and asks every reading method for it.
func binHides(t *testing.T, f *fixture) {
	secret := f.write("tresor", canary, func(w *wiki.Write) {
		p := &w.Page
		p.Slug, p.Kind, p.Summary, p.Body, p.Tags, p.Fields = "vogel", "kpi", canary, canary, []string{canary}, page.Fields{"type": canary}
		w.Aliases, w.Rendered.Body, w.Rendered.Text = []string{canary}, canary, canary
		w.Links = []page.Link{{Type: page.LinkBody, Ref: "Offen"}, {Type: page.LinkBody, Ref: canary + " nirgends"}}
		w.History = []page.Revision{{Page: w.Page, At: w.At, By: canary, Change: page.ChangeImport}}
		w.History[0].Page.Title, w.History[0].Page.Slug = "Früher "+canary, "frueher"
		p.Revision = 2
	})
	id := secret.Page.ID
	unit := f.write("handbuch", canary+"-Stelle", func(w *wiki.Write) { w.Page.Kind, w.Page.Slug = "unit", "stelle" })
	open := f.write("handbuch", "Offen", func(w *wiki.Write) {
		w.Links = []page.Link{
			{Type: page.LinkBody, Ref: string(id)}, {Type: page.LinkField, Key: "x", Ref: "tresor:vogel"}, {Type: page.LinkBody, Ref: "kpi/vogel"},
			{Type: page.LinkBody, Ref: "tresor:frueher#teil"}, {Type: page.LinkRelation, Key: "y", Ref: "unit/stelle"},
		}
	})
	f.save(secret, unit, open)
	if _, err := f.Attach(f.ctx, page.Attachment{PageID: id, Name: "akte.txt", Alt: canary, Type: "text/plain"}, strings.NewReader(canary)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.SaveKPIValues(f.ctx, id, []page.KPIValue{{Period: "2026", Start: day(2026, 1, 1), Value: 1, Note: canary}}); err != nil {
		t.Fatal(err)
	}
	probes := f.binProbes(id, secret.Page)
	accounts := authMethods()
	store := reflect.TypeFor[Store]()
	for i := range store.NumMethod() {
		name := store.Method(i).Name
		if !accounts[name] && (probes[name] == nil) == (notOfPages[name] == "") {
			t.Errorf("%s must be probed with a deleted page, or listed with a reason", name)
		}
	}
	answers := func() map[string]string {
		out := map[string]string{}
		for name, ask := range probes {
			got, err := ask()
			out[name] = fmt.Sprintf("%+v %v", got, err)
		}
		v, err := f.PageView(f.ctx, all, "handbuch", "offen")
		out["links"] = fmt.Sprintf("%+v %v", v.Links, err)
		return out
	}
	before := answers()
	for name, got := range before {
		if !strings.Contains(got, canary) && name != "CountKinds" && name != "State" && name != "Stale" {
			t.Errorf("%s does not show the page while it is there: the probe proves nothing", name)
		}
	}
	gone := func(what string) {
		t.Helper()
		for name, got := range answers() {
			if strings.Contains(got, canary) || strings.Contains(got, string(id)) && name != "links" && !strings.Contains(got, "not_found") {
				t.Errorf("%s shows a page that was %s: %s", name, what, got)
			}
			if got == before[name] && name != "Stale" {
				t.Errorf("%s says of a page that was %s what it said before: %s", name, what, got)
			}
		}
		_, e1 := f.SaveKPIValues(f.ctx, id, []page.KPIValue{{Period: "2025"}})
		_, e2 := f.Attach(f.ctx, page.Attachment{PageID: id, Name: "x.txt"}, strings.NewReader("x"))
		_, e3 := f.Save(f.ctx, wiki.Write{Page: func() page.Page { p := secret.Page; p.Revision = 3; return p }(), Base: 2})
		for _, err := range []error{e1, e2, e3, f.RemoveAttachment(f.ctx, id, "akte.txt"), f.SaveRendered(f.ctx, id, 2, wiki.Write{})} {
			f.want(errs.NotFound, err)
		}
		again := f.write("handbuch", "Wieder da", func(w *wiki.Write) { w.Page.ID = id })
		_, err := f.Save(f.ctx, again)
		f.want(errs.Conflict, err)
		f.sound()
	}
	by := wiki.Deletion{By: "Referat Z 2", UserID: "u1", Reason: "doppelt", At: f.now()}
	_, err := f.Delete(f.ctx, id, 1, by)
	f.want(errs.Conflict, err)
	remove := func() {
		t.Helper()
		st, err := f.State(f.ctx)
		if err != nil {
			t.Fatal(err)
		}
		saved, err := f.Delete(f.ctx, id, 2, by)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Delete(f.ctx, unit.Page.ID, 1, by); err != nil {
			t.Fatal(err)
		}
		same(t, "pages to render again", saved.Stale, []page.ID{open.Page.ID})
		if changes, err := f.Changes(f.ctx, st.Seq, 1); err != nil || len(changes) != 1 || changes[0].Page != id {
			t.Errorf("change log: %v, %v", changes, err)
		}
	}
	remove()
	_, err = f.Delete(f.ctx, id, 2, by)
	f.want(errs.NotFound, err)
	gone("deleted")

	// Address and title stay taken.
	_, err = f.Save(f.ctx, f.write("tresor", "Neu", func(w *wiki.Write) { w.Page.Slug = "vogel" }))
	f.want(errs.Conflict, err)
	_, err = f.Save(f.ctx, f.write("tresor", "Neu", func(w *wiki.Write) { w.Page.Slug = "frueher" }))
	f.want(errs.Conflict, err)

	bin, err := f.Bin(f.ctx, all, "tresor")
	if err != nil || len(bin) != 1 || bin[0].Page.Title != canary || bin[0].Deletion != by {
		t.Errorf("bin: %+v, %v", bin, err)
	}
	for name, sc := range map[string]struct{ read, drafts []string }{"stranger": {[]string{"handbuch"}, []string{"handbuch"}}, "nobody": {}} {
		scope := all
		scope.All, scope.Read, scope.Drafts = false, sc.read, sc.drafts
		list, err := f.Bin(f.ctx, scope, "tresor")
		_, one := f.InBin(f.ctx, scope, id)
		if err != nil || len(list) > 0 || !errs.Is(one, errs.NotFound) {
			t.Errorf("%s looks into the bin: %v, %v, %v", name, list, err, one)
		}
	}

	// It comes back as it was, with its links in both directions, and is rendered again.
	for _, one := range []page.ID{id, unit.Page.ID} {
		if _, err := f.Undelete(f.ctx, one); err != nil {
			t.Fatal(err)
		}
	}
	after := answers()
	if stale := after["Stale"]; !strings.Contains(stale, string(id)) || !strings.Contains(stale, string(open.Page.ID)) {
		t.Errorf("to be rendered again: %s", stale)
	}
	delete(before, "Stale")
	delete(after, "Stale")
	same(t, "after coming back", after, before)
	_, err = f.Undelete(f.ctx, id)
	f.want(errs.NotFound, err)
	f.want(errs.NotFound, f.Purge(f.ctx, id)) // only from the bin
	f.sound()

	if err := f.Settle(f.ctx, []page.ID{id, unit.Page.ID, open.Page.ID}); err != nil {
		t.Fatal(err)
	}
	remove()
	old, err := f.Deleted(f.ctx, by.At.Add(time.Second), 0)
	if err != nil || len(old) != 2 {
		t.Errorf("deleted before: %v, %v", old, err)
	}
	if old, err := f.Deleted(f.ctx, by.At, 0); err != nil || len(old) != 0 {
		t.Errorf("deleted long ago: %v, %v", old, err)
	}
	for _, one := range []page.ID{id, unit.Page.ID} {
		if err := f.Purge(f.ctx, one); err != nil {
			t.Fatal(err)
		}
	}
	gone("purged")
	_, err = f.Undelete(f.ctx, id)
	f.want(errs.NotFound, err)
	f.add("tresor", "Neu", func(w *wiki.Write) { w.Page.Slug = "vogel" }) // the address is free, the id is not
}
