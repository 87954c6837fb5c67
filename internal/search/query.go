package search

import (
	"context"
	"slices"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"
)

// builder makes the searchers of one query over one state of the index. What it opened is closed by close.
type builder struct {
	ctx    context.Context // scored: carries BM25 and the true lengths
	plain  context.Context // for what scores nothing
	r      index.IndexReader
	opened []search.Searcher
}

func (b *builder) keep(s search.Searcher, err error) (search.Searcher, error) {
	if err != nil {
		return nil, err
	}
	b.opened = append(b.opened, s)
	return s, nil
}

func (b *builder) close() {
	for _, s := range b.opened {
		_ = s.Close()
	}
}

// clause makes the searcher of a word or of a phrase.
func (b *builder) clause(c clause) (search.Searcher, error) {
	var kids []search.Searcher
	var weights []float64
	scored := search.SearcherOptions{}
	terms := func(term string, ws []weight, factor float64) error {
		for _, w := range ws {
			s, err := searcher.NewTermSearcher(b.ctx, b.r, term, w.field, 1, scored)
			if err != nil {
				return err
			}
			if s.Count() == 0 {
				if err := s.Close(); err != nil {
					return err
				}
				continue
			}
			kids, weights = append(kids, s), append(weights, w.weight*factor)
		}
		return nil
	}
	word := func(w word, factor float64) error {
		ws := weightsDE()
		if w.stop {
			ws = slices.DeleteFunc(ws, func(w weight) bool { return w.field == fieldBody || w.field == fieldSummary })
		}
		if err := terms(w.de, ws, factor); err != nil || w.en == "" {
			return err
		}
		return terms(w.en, weightsEN(), factor)
	}
	phrase := func(terms [][]string, w weight) error {
		if terms == nil {
			return nil
		}
		s, err := searcher.NewMultiPhraseSearcher(b.ctx, b.r, terms, 0, false, w.field, 1, scored)
		if err != nil {
			return err
		}
		kids, weights = append(kids, s), append(weights, w.weight)
		return nil
	}
	if !c.phrase {
		if err := word(c.words[0], 1); err != nil {
			return nil, err
		}
		for _, n := range c.words[0].near {
			if err := word(n.word, nearWeight(n.distance)); err != nil {
				return nil, err
			}
		}
		return b.keep(newBestOf(kids, weights, tieShare), nil)
	}
	all, content, english := slots(c.words)
	for _, w := range []struct {
		terms [][]string
		weight
	}{{all, weight{fieldTitle, 3}}, {content, weight{fieldBody, 1}}, {english, weight{fieldBodyEN, 1}}} {
		if err := phrase(w.terms, w.weight); err != nil {
			return nil, err
		}
	}
	return b.keep(newBestOf(kids, weights, tieShare), nil)
}

// slots gives the terms of a phrase by position: all of them, without German stop words, and in English. A
// removed word leaves an empty position, since texts count it too; at the ends it is cut off.
func slots(words []word) (all, content, english [][]string) {
	for _, w := range words {
		all = append(all, []string{w.de})
		if w.stop {
			content = append(content, nil)
		} else {
			content = append(content, []string{w.de})
		}
		if w.en == "" {
			english = append(english, nil)
		} else {
			english = append(english, []string{w.en})
		}
	}
	return all, trim(content), trim(english)
}

func trim(terms [][]string) [][]string {
	for len(terms) > 0 && terms[0] == nil {
		terms = terms[1:]
	}
	for len(terms) > 0 && terms[len(terms)-1] == nil {
		terms = terms[:len(terms)-1]
	}
	if len(terms) == 0 {
		return nil
	}
	return terms
}

// combine joins clauses and what may be seen: all clauses, or with min > 0 at least so many of them. The joining
// searchers own nothing; their parts are closed by close.
func (b *builder) combine(clauses []clause, seen *sieve, min int) (search.Searcher, error) {
	var parts []search.Searcher
	for _, c := range clauses {
		s, err := b.clause(c)
		if err != nil {
			return nil, err
		}
		parts = append(parts, s)
	}
	options := search.SearcherOptions{}
	if min > 0 && len(parts) > 1 {
		some, err := searcher.NewDisjunctionSearcher(b.ctx, b.r, parts, float64(min), options)
		if err != nil {
			return nil, err
		}
		parts = []search.Searcher{some}
	}
	if len(seen.tests) > 0 || len(parts) == 0 {
		parts = append(parts, &sift{sieve: seen})
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return searcher.NewConjunctionSearcher(b.ctx, b.r, parts, options)
}
