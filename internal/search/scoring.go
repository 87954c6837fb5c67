package search

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/blevesearch/bleve/v2/search"
	index "github.com/blevesearch/bleve_index_api"
)

// Everything that decides the order of hits stands in this file. A word scores in its best field (BM25 times
// the weight of the field, plus a small share of the other fields); words are summed; then archived and overdue
// pages sink, and titles
// that are the query rise.

// weight of a field for a word of a query.
type weight struct {
	field  string
	weight float64
}

func weightsDE() []weight {
	return []weight{{fieldTitle, 3}, {fieldAlias, 2.5}, {fieldHead, 1}, {fieldSummary, 1.2}, {fieldBody, 1}}
}

func weightsEN() []weight { return []weight{{fieldTitleEN, 3}, {fieldBodyEN, 1}} }

const (
	// tieShare is what the weaker fields of a word add.
	tieShare = 0.2
	// relaxBelow: with fewer hits for all words, pages with only some of them are shown too.
	relaxBelow = 3

	factorArchived  = 0.3
	factorOverdue   = 0.7
	factorPreferred = 1.6  // says who, and somebody is asked for
	factorSame      = 1.5  // the title is the query
	factorBegins    = 1.25 // the title begins with it or has all its words
)

// least is the number of clauses a page must have in the relaxed search.
func least(clauses int) int { return max(1, (clauses+1)/2) }

// ranking multiplies the score of a hit by what else is known of the page.
type ranking struct {
	board  *board
	today  uint32
	prefer []bool   // kinds, by number; nil when none
	asked  [][]byte // the query, and what is left of it without the words that ask, folded like titles
	words  [][]byte // of the latter
}

func newRanking(b *board, today time.Time) *ranking {
	return &ranking{board: b, today: rankOf([]byte("0" + day(today)))}
}

// ask tells what titles are compared with, and whether pages that say who are preferred.
func (r *ranking) ask(an *analysers, text string, who bool) {
	plain := an.plain(text)
	for _, q := range []string{foldTitle(text), foldTitle(strings.Join(plain, " "))} {
		if q != "" {
			r.asked = append(r.asked, []byte(q))
		}
	}
	for _, w := range plain {
		r.words = append(r.words, []byte(foldTitle(w)))
	}
	if !who {
		return
	}
	r.prefer = make([]bool, len(r.board.names[colKind]))
	for n, kind := range r.board.names[colKind] {
		r.prefer[n] = an.questions.answers[kind]
	}
}

func day(t time.Time) string { return t.UTC().Format("20060102") }

func (r *ranking) score(h hit) float64 {
	score, rank := h.score, h.part.rank[h.doc()]
	if rank&archivedFlag != 0 {
		score *= factorArchived
	}
	if rank&^archivedFlag < r.today {
		score *= factorOverdue
	}
	if r.prefer != nil && r.prefer[h.part.keywords[colKind].values[h.doc()]] {
		score *= factorPreferred
	}
	return score * r.named(h.part.titles.of(h.doc()))
}

// named tells how well a title is what was asked for.
func (r *ranking) named(title []byte) float64 {
	best := 1.0
	for _, q := range r.asked {
		switch rest, ok := bytes.CutPrefix(title, q); {
		case !ok:
		case len(rest) == 0:
			return factorSame
		case rest[0] == ' ':
			best = factorBegins
		}
	}
	if best > 1 || len(r.words) < 2 {
		return best
	}
	for _, w := range r.words {
		if !bytes.Contains(title, w) {
			return best
		}
	}
	return factorBegins
}

// withBM25 prepares a context for scored searches. Bleve's own mean length counts distinct terms of the
// dictionary, not the terms of a page; it is replaced by the mean that was counted while indexing.
func withBM25(ctx context.Context, ls lengths, docs uint64) context.Context {
	means := make(map[string]int, len(ls)+8)
	for _, f := range fields() {
		mean := 1.0
		if n, ok := ls[f.name]; ok && n.Docs > 0 {
			mean = max(1, float64(n.Terms)/float64(n.Docs))
		}
		means[f.name] = int(mean * float64(max(docs, 1)))
	}
	means["_id"], means["*"] = int(max(docs, 1)), int(max(docs, 1))
	ctx = context.WithValue(ctx, search.GetScoringModelCallbackKey,
		search.GetScoringModelCallbackFn(func() string { return index.BM25Scoring }))
	return context.WithValue(ctx, search.BM25StatsKey,
		&search.BM25Stats{DocCount: float64(max(docs, 1)), FieldCardinality: means})
}

// bestOf is a search node of ours: the best of several searchers, multiplied by their weights, plus a share of
// the others. Bleve's disjunction would add them and lower a hit by every alternative that does not match.
// Query norms are not taken, which keeps idf single and the weights in force.
type bestOf struct {
	kids    []search.Searcher
	weights []float64
	tie     float64
	heads   []*search.DocumentMatch // next match of each kid; nil when it was given away
	at      []uint64                // its number, ended when the kid has no more
}

const ended = math.MaxUint64

func newBestOf(kids []search.Searcher, weights []float64, tie float64) *bestOf {
	return &bestOf{kids: kids, weights: weights, tie: tie, heads: make([]*search.DocumentMatch, len(kids)), at: make([]uint64, len(kids))}
}

// Next gives the next document that any kid matches.
func (b *bestOf) Next(ctx *search.SearchContext) (*search.DocumentMatch, error) {
	for i, k := range b.kids {
		if b.heads[i] != nil || b.at[i] == ended {
			continue
		}
		m, err := k.Next(ctx)
		if err != nil {
			return nil, err
		}
		b.put(i, m)
	}
	return b.combine(ctx), nil
}

// Advance gives the first document at or after id.
func (b *bestOf) Advance(ctx *search.SearchContext, id index.IndexInternalID) (*search.DocumentMatch, error) {
	n := id.Value()
	for i, k := range b.kids {
		if b.at[i] == ended || b.heads[i] != nil && b.at[i] >= n {
			continue
		}
		if b.heads[i] != nil {
			ctx.DocumentMatchPool.Put(b.heads[i])
		}
		m, err := k.Advance(ctx, id)
		if err != nil {
			return nil, err
		}
		b.put(i, m)
	}
	return b.combine(ctx), nil
}

func (b *bestOf) put(i int, m *search.DocumentMatch) {
	b.heads[i], b.at[i] = m, ended
	if m != nil {
		b.at[i] = m.IndexInternalID.Value()
	}
}

func (b *bestOf) combine(ctx *search.SearchContext) *search.DocumentMatch {
	first := uint64(ended)
	for _, n := range b.at {
		first = min(first, n)
	}
	if first == ended {
		return nil
	}
	var out *search.DocumentMatch
	var best, sum float64
	for i, n := range b.at {
		if n != first {
			continue
		}
		h := b.heads[i]
		s := h.Score * b.weights[i]
		sum += s
		best = max(best, s)
		b.heads[i] = nil
		if out == nil {
			out = h
		} else {
			ctx.DocumentMatchPool.Put(h)
		}
	}
	out.Score = best + b.tie*(sum-best)
	return out
}

// Close closes all kids.
func (b *bestOf) Close() error {
	var all []error
	for _, k := range b.kids {
		all = append(all, k.Close())
	}
	return errors.Join(all...)
}

// Count is an upper bound, by which Bleve orders conjunctions.
func (b *bestOf) Count() uint64 {
	var n uint64
	for _, k := range b.kids {
		n += k.Count()
	}
	return n
}

// DocumentMatchPoolSize is the number of matches held at a time.
func (b *bestOf) DocumentMatchPoolSize() int {
	n := len(b.kids)
	for _, k := range b.kids {
		n += k.DocumentMatchPoolSize()
	}
	return n
}

// Weight is one: nothing here depends on query norms.
func (b *bestOf) Weight() float64 { return 1 }

// SetQueryNorm is not taken.
func (b *bestOf) SetQueryNorm(float64) {}

// Min is zero: no kid is required.
func (b *bestOf) Min() int { return 0 }

// Size estimates memory.
func (b *bestOf) Size() int {
	n := 128
	for _, k := range b.kids {
		n += k.Size()
	}
	return n
}
