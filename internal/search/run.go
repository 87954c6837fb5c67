package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"

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
	an    *analysers
	board *board
}

func (ix *Index) session(ctx context.Context, l *live) (*session, error) {
	r, err := l.sc.Reader()
	if err != nil {
		return nil, fmt.Errorf("read index: %w", err)
	}
	docs, err := r.DocCount()
	if err == nil {
		var b *board
		if b, err = l.table.board(ctx, r); err == nil {
			return &session{builder{ctx: withBM25(ctx, *l.lengths.Load(), docs), plain: ctx, r: r}, ix.an, b}, nil
		}
	}
	_ = r.Close()
	return nil, fmt.Errorf("read index: %w", err)
}

func (s *session) close() {
	s.builder.close()
	_ = s.r.Close()
}

func (ix *Index) search(ctx context.Context, l *live, scope access.Scope, q page.Query) (page.Result, error) {
	clauses, who := ix.an.questions.essential(ix.an.clauses(parse(q.Text)))
	if len(clauses) == 0 && strings.TrimSpace(q.Text) != "" {
		return page.Result{Hits: []page.Hit{}}, nil // signs only
	}
	s, err := ix.session(ctx, l)
	if err != nil {
		return page.Result{}, err
	}
	defer s.close()
	seen := s.board.sieve(scope, q)
	by := byScore
	var rank *ranking
	switch {
	case q.Sort == "title":
		by = byTitle
	case q.Sort == "updated", len(clauses) == 0:
		by = byTime
	default:
		rank = newRanking(s.board, ix.now())
		rank.ask(ix.an, q.Text, who)
	}
	find := func(clauses []clause, min int) (found, error) {
		root, err := s.combine(clauses, seen, min)
		if err != nil {
			return found{}, err
		}
		return s.collect(root, by, rank, q.Offset+q.Limit, q.Facets)
	}
	got, err := find(clauses, 0)
	if err == nil && got.total == 0 && len(clauses) > 0 {
		var changed bool
		clauses, changed, err = s.forgive(clauses, scope)
		if err == nil && changed && len(clauses) > 0 {
			got, err = find(clauses, 0)
		}
	}
	if err == nil && got.total < relaxBelow && len(clauses) > 1 {
		got, err = find(clauses, least(len(clauses)))
	}
	if err != nil {
		return page.Result{}, err
	}
	hits := got.hits[min(q.Offset, len(got.hits)):]
	res := page.Result{Total: got.total, Facets: got.facets}
	res.Hits, err = s.show(hits, clauses)
	return res, err
}

// show reads what the hits of one page display and marks the matches.
func (s *session) show(hits []hit, clauses []clause) ([]page.Hit, error) {
	out := make([]page.Hit, len(hits))
	if len(hits) == 0 {
		return out, nil
	}
	var spots map[int][]spot
	var err error
	de, en := terms(clauses)
	if len(clauses) > 0 {
		if spots, err = s.locate(hits, de, en); err != nil {
			return nil, err
		}
	}
	for i, h := range hits {
		shown, text, lang, err := s.load(h)
		if err != nil {
			return nil, err
		}
		english := en
		if lang != "en" {
			english = nil
		}
		if shown.Summary != "" && onlyInData(text, spots[h.n]) {
			shown.Snippet = snippet(shown.Summary, s.an.mark(shown.Summary, de, english))
		} else {
			shown.Snippet = snippet(text, spots[h.n])
		}
		out[i] = shown
	}
	return out, nil
}

// load reads the stored fields of a hit.
func (s *session) load(h hit) (shown page.Hit, text, lang string, err error) {
	id := string(h.id())
	var stored storedHit
	err = damaged("page %s was found and cannot be read", id)
	failed := h.part.seg.VisitDocument(uint64(h.doc()), func(field string, _ byte, value []byte, _ []uint64) bool {
		switch field {
		case fieldHit:
			if err = json.Unmarshal(value, &stored); err != nil {
				err = damaged("hit %s: %w", id, err)
			}
		case fieldBody:
			text = string(value)
		}
		return true
	})
	if failed != nil {
		return page.Hit{}, "", "", failed
	}
	if err != nil {
		return page.Hit{}, "", "", err
	}
	shown = stored.hit(id)
	shown.Score = h.score
	return shown, text, stored.Lang, nil
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
	if len(parts) == 0 {
		return []page.Hit{}, nil
	}
	seen := s.board.sieve(scope, page.Query{})
	root, err := searcher.NewConjunctionSearcher(s.ctx, s.r, append(parts, &sift{sieve: seen}), search.SearcherOptions{})
	if err != nil {
		return nil, err
	}
	got, err := s.collect(root, byScore, newRanking(s.board, ix.now()), limit, false)
	if err != nil {
		return nil, err
	}
	out := make([]page.Hit, 0, len(got.hits))
	for _, h := range got.hits {
		shown, _, _, err := s.load(h)
		if err != nil {
			return nil, err
		}
		out = append(out, shown)
	}
	return out, nil
}
