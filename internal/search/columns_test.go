package search

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lernraum/internal/access"
	"lernraum/internal/page"
)

// TestColumnsAgreeWithPages changes pages at random, so that segments come, merge and lose documents, and compares
// what scopes, filters, facets and orders give with a count over the pages themselves.
func TestColumnsAgreeWithPages(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	some := func(prefix string, n, most int) []string {
		var out []string
		for range rnd.IntN(most + 1) {
			if v := fmt.Sprintf("%s%d", prefix, rnd.IntN(n)); !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
		return out
	}
	src := newSource()
	ix := open(t, src)
	for round := range 12 {
		for range 1 + rnd.IntN(60) {
			id := page.ID(fmt.Sprintf("C%03d", rnd.IntN(150)))
			if rnd.IntN(4) == 0 {
				src.remove(id)
				continue
			}
			d := doc(string(id), fmt.Sprintf("Titel %c%d", 'A'+rnd.IntN(26), rnd.IntN(3)), "Wort")
			d.Kind, d.Space, d.State = fmt.Sprintf("k%d", rnd.IntN(3)), fmt.Sprintf("s%d", rnd.IntN(4)), fmt.Sprintf("z%d", rnd.IntN(3))
			d.Units, d.Tags = some("u", 5, 3), some("t", 6, 3)
			d.Draft = rnd.IntN(5) == 0
			d.UpdatedAt = noon.AddDate(0, 0, rnd.IntN(5))
			src.put(d)
		}
		ix.Changed()
		wait(t, ix, src)
		for range 40 {
			scope := access.Scope{All: rnd.IntN(4) == 0}
			if !scope.All {
				scope.Read, scope.Drafts = some("s", 4, 4), some("s", 4, 2)
			}
			q := page.Query{Facets: true, Limit: maxLimit, Text: []string{"", "Wort"}[rnd.IntN(2)], Sort: []string{"updated", "title"}[rnd.IntN(2)]}
			for _, f := range []*[]string{&q.Kinds, &q.Spaces, &q.Units, &q.Tags, &q.States} {
				if rnd.IntN(5) == 0 {
					*f = some([]string{"k", "s", "u", "t", "z"}[rnd.IntN(5)], 5, 3)
				}
			}
			compare(t, round, ix, src, scope, q)
		}
	}
	if l := ix.acquire(); l == nil {
		t.Error("there is no index")
	} else {
		if err := l.warm(t.Context()); err != nil {
			t.Error(err)
		}
		if n := len(l.table.segments); n > 40 {
			t.Errorf("columns of %d segments are kept", n)
		}
		l.refs.Done()
	}
}

func compare(t *testing.T, round int, ix *Index, src *fakeSource, scope access.Scope, q page.Query) {
	t.Helper()
	anyOf := func(chosen []string, has ...string) bool {
		return len(chosen) == 0 || slices.ContainsFunc(has, func(h string) bool { return slices.Contains(chosen, h) })
	}
	var want []page.Document
	counts := map[string]map[string]int{"kind": {}, "space": {}, "unit": {}, "tag": {}, "state": {}}
	for _, d := range src.pages {
		if !visible(scope, d) || !anyOf(q.Kinds, d.Kind) || !anyOf(q.Spaces, d.Space) || !anyOf(q.Units, d.Units...) || !anyOf(q.Tags, d.Tags...) || !anyOf(q.States, d.State) {
			continue
		}
		want = append(want, d)
		for f, values := range map[string][]string{"kind": {d.Kind}, "space": {d.Space}, "unit": d.Units, "tag": d.Tags, "state": {d.State}} {
			for _, v := range values {
				counts[f][v]++
			}
		}
	}
	slices.SortFunc(want, func(a, b page.Document) int {
		if q.Sort == "title" {
			return strings.Compare(a.Title+"\x01"+string(a.ID), b.Title+"\x01"+string(b.ID))
		}
		if c := b.UpdatedAt.Compare(a.UpdatedAt); c != 0 {
			return c
		}
		return strings.Compare(string(b.ID), string(a.ID))
	})
	var ids []page.ID
	for _, d := range want {
		ids = append(ids, d.ID)
	}
	res := find(t, ix, scope, q)
	if res.Restricted || res.Total != len(want) || !slices.Equal(idsOf(res), ids[:min(len(ids), maxLimit)]) {
		t.Fatalf("round %d: %+v for %+v gives %d %v, want %d %v", round, q, scope, res.Total, idsOf(res), len(want), ids)
	}
	for f, values := range res.Facets {
		got := map[string]int{}
		for _, v := range values {
			got[v.Value] = v.Count
		}
		if !maps.Equal(got, counts[f]) {
			t.Fatalf("round %d: %+v for %+v: facet %s = %v, want %v", round, q, scope, f, got, counts[f])
		}
	}
}
