package search

import (
	"github.com/blevesearch/bleve/v2/search"
	index "github.com/blevesearch/bleve_index_api"
)

// sift is a search node of ours: all pages that pass a sieve, in the order of their numbers. It scores nothing.
type sift struct {
	*sieve
	next int // the first number not looked at
	part int
}

// sampled documents estimate how many pass.
const sampled = 256

// Next gives the next page that passes.
func (s *sift) Next(ctx *search.SearchContext) (*search.DocumentMatch, error) {
	b := s.board
	for ; s.part < len(b.parts); s.part++ {
		p := &b.parts[s.part]
		for doc := max(0, s.next-p.base); doc < p.docs; doc++ {
			if p.deleted != nil && p.deleted.Contains(uint32(doc)) || !s.passes(p, doc) {
				continue
			}
			s.next = p.base + doc + 1
			m := ctx.DocumentMatchPool.Get()
			m.IndexInternalID = index.NewIndexInternalID(m.IndexInternalID, uint64(p.base+doc))
			return m, nil
		}
	}
	s.next = b.docs
	return nil, nil
}

// Advance gives the first page at or after id that passes.
func (s *sift) Advance(ctx *search.SearchContext, id index.IndexInternalID) (*search.DocumentMatch, error) {
	if n := int(min(id.Value(), uint64(s.board.docs))); n > s.next {
		s.next = n
		s.part = s.board.at(n, s.part)
	}
	return s.Next(ctx)
}

// Count estimates how many pages pass, by which Bleve chooses the node that leads.
func (s *sift) Count() uint64 {
	b := s.board
	step, tried, passed, part := max(1, b.docs/sampled), 0, 0, 0
	for n := 0; n < b.docs; n += step {
		part = b.at(n, part)
		tried++
		if s.passes(&b.parts[part], n-b.parts[part].base) {
			passed++
		}
	}
	return uint64(b.docs * passed / max(1, tried))
}

// Close has nothing to close.
func (s *sift) Close() error { return nil }

// DocumentMatchPoolSize is the number of matches held at a time.
func (s *sift) DocumentMatchPoolSize() int { return 1 }

// Weight is zero: nothing is scored.
func (s *sift) Weight() float64 { return 0 }

// SetQueryNorm is not taken.
func (s *sift) SetQueryNorm(float64) {}

// Min is zero: there are no parts.
func (s *sift) Min() int { return 0 }

// Size estimates memory.
func (s *sift) Size() int { return 64 }
