package storetest

import (
	"fmt"
	"strings"
	"testing"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// canary stands in every text of the pages that a reader must not learn of.
const canary = "Kanarienvogel"

// scopeHides asks every reading method that takes a scope, as readers who may not see a restricted page or a
// draft, and looks for the canary in all that comes back.
func scopeHides(t *testing.T, f *fixture) {
	hide := func(w *wiki.Write) {
		p := &w.Page
		p.Kind, p.Summary, p.Body, p.Owner = "process", canary, canary, "unit/z2"
		p.Fields = page.Fields{"type": canary}
		p.Tags, w.Aliases, w.Rendered.Body = []string{canary}, []string{canary}, canary
		p.UpdatedAt = day(2026, 12, 31)
		w.Links = []page.Link{{Type: page.LinkBody, Ref: "Offen"}}
	}
	secret := f.write("tresor", canary+" eins", hide)
	draft := f.write("handbuch", canary+" zwei", func(w *wiki.Write) { hide(w); w.Page.Draft = true })
	open := f.write("handbuch", "Offen", func(w *wiki.Write) {
		w.Page.Kind = "process"
		w.Page.Fields = page.Fields{"type": "offen"}
		w.Links = []page.Link{{Type: page.LinkBody, Ref: string(secret.Page.ID)}, {Type: page.LinkBody, Ref: string(draft.Page.ID)}}
	})
	f.save(secret, draft, open)
	readers := map[string]access.Scope{
		"guest":              {},
		"reader":             {Read: []string{"handbuch", "technik"}},
		"writer elsewhere":   {Read: []string{"handbuch", "technik"}, Drafts: []string{"technik"}},
		"drafts but no read": {Read: []string{"handbuch"}, Drafts: []string{"tresor"}},
	}
	hidden := []page.Page{secret.Page, draft.Page}
	for name, sc := range readers {
		mayOpen := len(sc.Read) > 0
		answers := map[string]func() (any, error){
			"List": func() (any, error) { l, n, err := f.List(f.ctx, sc, wiki.ListQuery{}); return fmt.Sprint(l, n), err },
			"List by field": func() (any, error) {
				l, n, err := f.List(f.ctx, sc, wiki.ListQuery{Kind: "process", Fields: map[string]string{"type": canary}})
				return leak(n, l), err
			},
			"List by tag": func() (any, error) {
				l, n, err := f.List(f.ctx, sc, wiki.ListQuery{Tag: canary})
				return leak(n, l), err
			},
			"List by text": func() (any, error) {
				l, n, err := f.List(f.ctx, sc, wiki.ListQuery{Text: canary})
				return leak(n, l), err
			},
			"List of space": func() (any, error) {
				l, n, err := f.List(f.ctx, sc, wiki.ListQuery{Space: "tresor"})
				return leak(n, l), err
			},
			"Recent":      func() (any, error) { return f.Recent(f.ctx, sc, nil, nil, 10) },
			"Walk":        func() (any, error) { return f.Walk(f.ctx, sc, wiki.WalkQuery{Limit: 10}) },
			"Walk by tag": func() (any, error) { return f.Walk(f.ctx, sc, wiki.WalkQuery{Tag: canary, Space: "tresor"}) },
			"FieldValues": func() (any, error) { return f.FieldValues(f.ctx, sc, "process", "type") },
			"TitleLookup": func() (any, error) {
				h, n, err := f.TitleLookup(f.ctx, sc, page.Query{Text: canary[:6], Limit: 10})
				return leak(n, h), err
			},
			"TitleLookup by filter": func() (any, error) {
				h, n, err := f.TitleLookup(f.ctx, sc, page.Query{Spaces: []string{"tresor"}})
				return leak(n, h), err
			},
			"TitleLookup by tag": func() (any, error) {
				h, n, err := f.TitleLookup(f.ctx, sc, page.Query{Tags: []string{canary}})
				return leak(n, h), err
			},
			"Resolve": func() (any, error) {
				return f.Resolve(f.ctx, sc, "tresor", []string{canary + " eins", string(draft.Page.ID)})
			},
		}
		if mayOpen {
			answers["PageView"] = func() (any, error) { return f.PageView(f.ctx, sc, "handbuch", "offen") }
		}
		for method, ask := range answers {
			got, err := ask()
			text := fmt.Sprintf("%+v", got)
			if err != nil || strings.Contains(text, canary) || strings.Contains(text, string(secret.Page.ID)) && method != "PageView" {
				t.Errorf("%s for %s: %v %v", method, name, text, err)
			}
		}
		counts, err := f.CountKinds(f.ctx, sc)
		if want := map[bool]int{true: 1}[mayOpen]; err != nil || counts["process"] != want {
			t.Errorf("%s counts %v, %v", name, counts, err)
		}
		for _, p := range hidden {
			_, e1 := f.Page(f.ctx, sc, p.ID)
			_, e2 := f.PageAt(f.ctx, sc, p.Space, p.Slug)
			_, e3 := f.PageView(f.ctx, sc, p.Space, p.Slug)
			_, e4 := f.Revisions(f.ctx, sc, p.ID)
			_, e5 := f.Revision(f.ctx, sc, p.ID, 1)
			for _, err := range []error{e1, e2, e3, e4, e5} {
				f.want(errs.NotFound, err)
			}
		}
	}
	for name, sc := range map[string]access.Scope{
		"all":     all,
		"insider": {Read: []string{"handbuch", "tresor"}, Drafts: []string{"handbuch"}},
	} {
		v, err := f.PageView(f.ctx, sc, "handbuch", "offen")
		if err != nil || len(v.Links) != 4 || !v.Links[0].Found || !v.Links[1].Found {
			t.Errorf("%s sees %+v, %v", name, v.Links, err)
		}
		if list, n, err := f.List(f.ctx, sc, wiki.ListQuery{}); err != nil || n != 3 || len(list) != 3 {
			t.Errorf("%s lists %d pages: %v", name, n, err)
		}
	}
}

// leak makes a count that should be zero visible.
func leak[T any](n int, list []T) string {
	if n > 0 {
		return canary
	}
	return fmt.Sprint(list)
}
