package search

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2/search"

	"lernraum/internal/page"
)

// hit is a page that was found.
type hit struct {
	n     int // number of the document
	part  *part
	score float64
}

func (h hit) doc() int   { return h.n - h.part.base }
func (h hit) id() []byte { return h.part.ids.of(h.doc()) }

// found is what a query gives: the best hits in their order, how many there are, and the facets if asked for.
type found struct {
	hits   []hit
	total  int
	facets map[string][]page.Facet
}

// order compares hits; pages that are alike come by id, so that parts of a result fit together.
type order func(a, b hit) int

func byScore(a, b hit) int {
	if a.score != b.score {
		return cmp.Compare(b.score, a.score)
	}
	return bytes.Compare(a.id(), b.id())
}

func byTitle(a, b hit) int {
	if c := bytes.Compare(a.part.titles.of(a.doc()), b.part.titles.of(b.doc())); c != 0 {
		return c
	}
	return bytes.Compare(a.id(), b.id())
}

func byTime(a, b hit) int {
	if c := cmp.Compare(b.part.updated[b.doc()], a.part.updated[a.doc()]); c != 0 {
		return c
	}
	return bytes.Compare(b.id(), a.id())
}

// checkEvery is how many hits are collected between two looks at the context.
const checkEvery = 1024

// collect runs a searcher to its end and keeps the best hits. With a ranking it multiplies the scores first.
func (s *session) collect(root search.Searcher, by order, rank *ranking, size int, facets bool) (found, error) {
	size = max(0, min(size, maxReach))
	ctx := &search.SearchContext{DocumentMatchPool: search.NewDocumentMatchPool(root.DocumentMatchPoolSize()+1, 0), IndexReader: s.r}
	var out found
	var counts *tally
	if facets {
		counts = newTally(s.board)
	}
	room := size + max(size, 64)
	top := make([]hit, 0, min(room, checkEvery))
	full := false // top[size-1] is the worst that counts
	at := 0
	for {
		if out.total%checkEvery == 0 && s.plain.Err() != nil {
			return found{}, s.plain.Err()
		}
		m, err := root.Next(ctx)
		if err != nil {
			return found{}, err
		}
		if m == nil {
			break
		}
		n := int(m.IndexInternalID.Value())
		at = s.board.at(n, at)
		h := hit{n, &s.board.parts[at], m.Score}
		ctx.DocumentMatchPool.Put(m)
		out.total++
		if counts != nil {
			counts.add(h)
		}
		if rank != nil {
			h.score = rank.score(h)
		}
		if size == 0 || full && by(h, top[size-1]) > 0 {
			continue
		}
		top = append(top, h)
		if len(top) == room {
			slices.SortFunc(top, by)
			top, full = top[:size], true
		}
	}
	slices.SortFunc(top, by)
	out.hits = top[:min(size, len(top))]
	if counts != nil {
		out.facets = counts.facets()
	}
	return out, nil
}

// tally counts the values of the facets.
type tally struct {
	board  *board
	counts [keywordColumns][]int
}

func newTally(b *board) *tally {
	t := &tally{board: b}
	for col := range t.counts {
		if col != colAccess {
			t.counts[col] = make([]int, len(b.names[col]))
		}
	}
	return t
}

func (t *tally) add(h hit) {
	for col, counts := range t.counts {
		if counts == nil {
			continue
		}
		for _, n := range h.part.keywords[col].of(h.doc()) {
			counts[n]++
		}
	}
}

// facets gives the values by field, the most frequent first.
func (t *tally) facets() map[string][]page.Facet {
	out := make(map[string][]page.Facet, keywordColumns-1)
	for col, counts := range t.counts {
		if col == colAccess {
			continue
		}
		list := []page.Facet{}
		for n, count := range counts {
			if n > 0 && count > 0 {
				list = append(list, page.Facet{Value: t.board.names[col][n], Count: count})
			}
		}
		slices.SortFunc(list, func(a, b page.Facet) int {
			return cmp.Or(b.Count-a.Count, strings.Compare(a.Value, b.Value))
		})
		out[keywordFields()[col]] = slices.Clip(list[:min(len(list), maxFacets)])
	}
	return out
}
