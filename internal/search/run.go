package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/collector"
	"github.com/blevesearch/bleve/v2/search/facet"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"

	"lernraum/internal/access"
	"lernraum/internal/page"
)

// Limits of an answer.
const (
	maxLimit     = 100
	maxReach     = 10_000 // offset + limit
	maxFacets    = 100    // values of a facet
	queryTimeout = 2 * time.Second
)

// Search answers a query within the scope. It never waits for the index: while there is none to be trusted, or
// when it fails, the answer comes from the titles in the database and is restricted.
func (ix *Index) Search(ctx context.Context, scope access.Scope, q page.Query) (page.Result, error) {
	start := time.Now()
	q.Limit = min(max(q.Limit, 1), maxLimit)
	q.Offset = min(max(q.Offset, 0), maxReach)
	if !scope.All && len(scope.Read) == 0 {
		return page.Result{Took: time.Since(start)}, nil
	}
	var res page.Result
	ok, err := ix.ask(ctx, func(ctx context.Context, l *live) (sure bool, err error) {
		res, err = ix.search(ctx, l, scope, q)
		return res.Total > 0, err
	})
	if err == nil && !ok {
		res, err = ix.fallback(ctx, scope, q)
	}
	res.Took = time.Since(start)
	return res, err
}

// Suggest finds pages by the beginnings of the words of their titles.
func (ix *Index) Suggest(ctx context.Context, scope access.Scope, text string, limit int) ([]page.Hit, error) {
	limit = min(max(limit, 1), maxLimit)
	if !printable(text) || !scope.All && len(scope.Read) == 0 {
		return []page.Hit{}, nil
	}
	var hits []page.Hit
	ok, err := ix.ask(ctx, func(ctx context.Context, l *live) (sure bool, err error) {
		hits, err = ix.suggest(ctx, l, scope, text, limit)
		return true, err // an empty list of suggestions promises nothing
	})
	if err == nil && !ok {
		var res page.Result
		res, err = ix.fallback(ctx, scope, page.Query{Text: text, Limit: limit})
		hits = res.Hits
	}
	return hits, err
}

// ask runs fn on the index in use. The answer is false when there is none or it failed; then the caller falls
// back. An error is the caller's own: its context has ended.
func (ix *Index) ask(ctx context.Context, fn func(context.Context, *live) (sure bool, err error)) (bool, error) {
	l := ix.acquire()
	if l == nil {
		return false, nil
	}
	defer l.refs.Done()
	limited, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	var sure bool
	err := guard(func() (err error) {
		sure, err = fn(limited, l)
		return err
	})
	switch {
	case err == nil && sure:
		return true, nil
	case err == nil:
		// Nothing found. Bleve answers nothing, too, where files are missing.
		if err = l.looksSound(); err == nil {
			return true, nil
		}
	case ctx.Err() != nil:
		return false, fmt.Errorf("search: %w", ctx.Err())
	case errors.Is(err, context.DeadlineExceeded):
		ix.log.Warn("search: query took too long", "limit", queryTimeout)
		return false, nil
	}
	if isFault(err) || errors.Is(err, errDamaged) {
		l.markBroken(damaged("search: %w", err))
	}
	ix.suspect(l, err)
	return false, nil
}

// session is one query on one state of the index.
type session struct {
	builder
	an   *analysers
	docs uint64
}

func (ix *Index) session(ctx context.Context, l *live) (*session, error) {
	r, err := l.sc.Reader()
	if err != nil {
		return nil, fmt.Errorf("read index: %w", err)
	}
	docs, err := r.DocCount()
	if err != nil {
		_ = r.Close()
		return nil, fmt.Errorf("count documents: %w", err)
	}
	return &session{builder{ctx: withBM25(ctx, *l.lengths.Load(), docs), plain: ctx, r: r}, ix.an, docs}, nil
}

func (s *session) close() {
	s.builder.close()
	_ = s.r.Close()
}

func (ix *Index) search(ctx context.Context, l *live, scope access.Scope, q page.Query) (page.Result, error) {
	clauses, _ := ix.an.questions.essential(ix.an.clauses(parse(q.Text)))
	if len(clauses) == 0 && strings.TrimSpace(q.Text) != "" {
		return page.Result{Hits: []page.Hit{}}, nil // signs only
	}
	s, err := ix.session(ctx, l)
	if err != nil {
		return page.Result{}, err
	}
	defer s.close()
	today := day(ix.now())
	found, err := s.find(clauses, scope, q, 0, today)
	if err == nil && found.total == 0 && len(clauses) > 0 {
		var changed bool
		clauses, changed, err = s.forgive(clauses, scope)
		if err == nil && changed && len(clauses) > 0 {
			found, err = s.find(clauses, scope, q, 0, today)
		}
	}
	if err == nil && found.total < relaxBelow && len(clauses) > 1 {
		found, err = s.find(clauses, scope, q, least(len(clauses)), today)
	}
	if err != nil {
		return page.Result{}, err
	}
	hits := found.hits[min(q.Offset, len(found.hits)):]
	hits = hits[:min(q.Limit, len(hits))]
	res := page.Result{Total: found.total, Facets: found.facets}
	res.Hits, err = s.show(hits, clauses)
	return res, err
}

// found is what a collector gives.
type found struct {
	hits   search.DocumentMatchCollection
	total  int
	facets map[string][]page.Facet
}

func (s *session) find(clauses []clause, scope access.Scope, q page.Query, min int, today string) (found, error) {
	filters, err := s.filters(scope, q)
	if err != nil {
		return found{}, err
	}
	root, err := s.combine(clauses, filters, min)
	if err != nil {
		return found{}, err
	}
	var order search.SortOrder
	switch {
	case q.Sort == "title":
		order = search.SortOrder{&search.SortField{Field: fieldSortTitle, Type: search.SortFieldAsString}}
	case q.Sort == "updated", len(clauses) == 0:
		order = search.SortOrder{&search.SortField{Field: fieldSortUpdated, Type: search.SortFieldAsString, Desc: true}}
	}
	return s.collect(root, order, q.Offset, q.Limit, q.Facets, today)
}

// collect runs a searcher; without an order it ranks.
func (s *session) collect(root search.Searcher, order search.SortOrder, offset, limit int, facets bool, today string) (found, error) {
	size := max(0, min(offset+limit, maxReach))
	ranked := order == nil
	if ranked {
		order = search.SortOrder{&search.SortScore{Desc: true}}
		size = max(size, demotionWindow)
	}
	c := collector.NewTopNCollector(size, 0, order)
	if facets {
		fb := search.NewFacetsBuilder(s.r)
		for _, f := range facetFields() {
			fb.Add(f, facet.NewTermsFacetBuilder(f, maxFacets))
		}
		c.SetFacetsBuilder(fb)
	}
	if err := c.Collect(s.ctx, root, s.r); err != nil {
		return found{}, err
	}
	out := found{hits: c.Results(), total: int(c.Total())}
	if facets {
		out.facets = facetsOf(c.FacetResults())
	}
	if ranked {
		if err := demote(s.r, out.hits, today); err != nil {
			return found{}, err
		}
	}
	return out, nil
}

func facetsOf(all search.FacetResults) map[string][]page.Facet {
	out := make(map[string][]page.Facet, len(all))
	for name, f := range all {
		list := []page.Facet{}
		for _, t := range f.Terms.Terms() {
			if t.Term != absent {
				list = append(list, page.Facet{Value: t.Term, Count: t.Count})
			}
		}
		slices.SortFunc(list, func(a, b page.Facet) int {
			if a.Count != b.Count {
				return b.Count - a.Count
			}
			return strings.Compare(a.Value, b.Value)
		})
		out[name] = list
	}
	return out
}

// show reads what the hits of one page display and marks the matches.
func (s *session) show(hits search.DocumentMatchCollection, clauses []clause) ([]page.Hit, error) {
	out := make([]page.Hit, len(hits))
	if len(hits) == 0 {
		return out, nil
	}
	var spots map[string][]spot
	var err error
	de, en := terms(clauses)
	if len(clauses) > 0 {
		if spots, err = s.locate(hits, de, en); err != nil {
			return nil, err
		}
	}
	for i, h := range hits {
		hit, text, err := s.load(h.ID)
		if err != nil {
			return nil, err
		}
		hit.Score = h.Score
		hit.Snippet = snippet(text, spots[h.ID])
		if len(spots[h.ID]) == 0 && hit.Summary != "" {
			hit.Snippet = snippet(hit.Summary, s.an.mark(hit.Summary, de, en))
		}
		out[i] = hit
	}
	return out, nil
}

// load reads the stored fields of a document.
func (s *session) load(id string) (page.Hit, string, error) {
	d, err := s.r.Document(id)
	if err != nil {
		return page.Hit{}, "", err
	}
	if d == nil {
		return page.Hit{}, "", damaged("page %s was found and cannot be read", id)
	}
	var stored storedHit
	var text string
	var bad error
	d.VisitFields(func(f index.Field) {
		switch f.Name() {
		case fieldHit:
			bad = json.Unmarshal(f.Value(), &stored)
		case fieldBody:
			text = string(f.Value())
		}
	})
	if bad != nil {
		return page.Hit{}, "", damaged("hit %s: %w", id, bad)
	}
	return stored.hit(id), text, nil
}

func (ix *Index) suggest(ctx context.Context, l *live, scope access.Scope, text string, limit int) ([]page.Hit, error) {
	runes := []rune(clean(text))
	var words []string
	for _, t := range ix.an.prefix.Analyze([]byte(string(runes[:min(len(runes), maxQueryRunes)]))) {
		// The chain gives all beginnings of a word; the longest stands last and is what was typed.
		if n := len(words); n > 0 && strings.HasPrefix(string(t.Term), words[n-1]) {
			words[n-1] = string(t.Term)
			continue
		}
		words = append(words, string(t.Term))
	}
	words = words[:min(len(words), maxWords)]
	s, err := ix.session(ctx, l)
	if err != nil {
		return nil, err
	}
	defer s.close()
	var parts []search.Searcher
	for _, w := range words {
		t, err := searcher.NewTermSearcher(s.ctx, s.r, w, fieldSuggest, 1, search.SearcherOptions{})
		if err != nil {
			return nil, err
		}
		one, _ := s.keep(newBestOf([]search.Searcher{t}, []float64{1}, 0), nil)
		parts = append(parts, one)
	}
	filters, err := s.filters(scope, page.Query{})
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return []page.Hit{}, nil
	}
	root, err := searcher.NewConjunctionSearcher(s.ctx, s.r, append(parts, filters...), search.SearcherOptions{})
	if err != nil {
		return nil, err
	}
	got, err := s.collect(root, nil, 0, limit, false, day(ix.now()))
	if err != nil {
		return nil, err
	}
	out := make([]page.Hit, 0, limit)
	for _, h := range got.hits[:min(limit, len(got.hits))] {
		hit, _, err := s.load(h.ID)
		if err != nil {
			return nil, err
		}
		hit.Score = h.Score
		out = append(out, hit)
	}
	return out, nil
}
