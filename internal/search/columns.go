package search

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"lernraum/internal/access"
	"lernraum/internal/page"
)

// What filters, facets and the order of hits read of every page they look at is kept in memory, column by column:
// reading it from the files for each hit cost more than finding the hits. A segment of Bleve never changes, so its
// columns are read once; some 150 bytes a page.

// The keyword columns.
const (
	colAccess = iota
	colKind
	colSpace
	colState
	colUnit
	colTag
	keywordColumns
)

func keywordFields() [keywordColumns]string {
	return [keywordColumns]string{fieldAccess, fieldKind, fieldSpace, fieldState, fieldUnit, fieldTag}
}

// ordinals are the values of a field by document, as numbers of a dictionary. A document without a value has
// none, or number 0 in a column of single values.
type ordinals struct {
	ends   []uint32 // nil: one value a document
	values []uint32
}

func (o ordinals) of(doc int) []uint32 {
	switch {
	case o.ends == nil:
		return o.values[doc : doc+1]
	case doc == 0:
		return o.values[:o.ends[0]]
	}
	return o.values[o.ends[doc-1]:o.ends[doc]]
}

// texts are short strings, one a document.
type texts struct {
	ends []uint32
	data []byte
}

func (t *texts) add(b []byte) {
	t.data = append(t.data, b...)
	t.ends = append(t.ends, uint32(len(t.data)))
}

func (t *texts) of(doc int) []byte {
	if doc == 0 {
		return t.data[:t.ends[0]]
	}
	return t.data[t.ends[doc-1]:t.ends[doc]]
}

// columns are those of one segment; deleted documents have theirs too.
type columns struct {
	keywords [keywordColumns]ordinals
	rank     []uint32 // see rankOf
	updated  []int64  // ms
	ids      texts
	titles   texts // folded
}

// archivedFlag in a rank; the rest is the day from which on a page is overdue.
const archivedFlag = 1 << 31

// rankOf reads a rank term; what cannot be read demotes nothing.
func rankOf(term []byte) uint32 {
	if len(term) != 9 {
		return 99999999
	}
	day, err := strconv.ParseUint(string(term[1:]), 10, 31)
	if err != nil {
		return 99999999
	}
	if term[0] == '1' {
		return uint32(day) | archivedFlag
	}
	return uint32(day)
}

// table holds the columns of an open index and numbers the values of its fields.
type table struct {
	mu       sync.Mutex
	numbers  [keywordColumns]map[string]uint32
	names    [keywordColumns][]string // by number; 0 is absent
	segments map[uint64]*columns
}

// number gives the number of a value; t.mu is held.
func (t *table) number(col int, term []byte) uint32 {
	if n, ok := t.numbers[col][string(term)]; ok {
		return n
	}
	if t.numbers[col] == nil {
		t.numbers[col] = map[string]uint32{absent: 0}
		t.names[col] = []string{absent}
		return t.number(col, term)
	}
	n := uint32(len(t.names[col]))
	t.numbers[col][string(term)] = n
	t.names[col] = append(t.names[col], string(term))
	return n
}

// part is a segment of a state of the index.
type part struct {
	*columns
	base    int // number of its first document
	docs    int
	seg     *scorch.SegmentSnapshot
	deleted interface{ Contains(doc uint32) bool }
}

// board is what one query reads: the columns of the state it runs on.
type board struct {
	parts []part
	docs  int
	names [keywordColumns][]string
}

// board gives the columns of a state of the index and reads those that are new.
func (t *table) board(ctx context.Context, r index.IndexReader) (*board, error) {
	snap, ok := r.(*scorch.IndexSnapshot)
	if !ok {
		return nil, fmt.Errorf("search: Bleve gave a %T", r)
	}
	segments := snap.Segments()
	b := &board{parts: make([]part, 0, len(segments))}
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh := false
	for _, s := range segments {
		c := t.segments[s.Id()]
		if c == nil {
			var err error
			if c, err = t.read(ctx, s); err != nil {
				return nil, err
			}
			if t.segments == nil {
				t.segments = map[uint64]*columns{}
			}
			t.segments[s.Id()] = c
			fresh = true
		}
		p := part{columns: c, base: b.docs, docs: len(c.rank), seg: s}
		if d := s.Deleted(); d != nil && !d.IsEmpty() {
			p.deleted = d
		}
		b.parts = append(b.parts, p)
		b.docs += p.docs
	}
	if fresh {
		for id := range t.segments {
			if !slices.ContainsFunc(segments, func(s *scorch.SegmentSnapshot) bool { return s.Id() == id }) {
				delete(t.segments, id)
			}
		}
	}
	b.names = t.names
	return b, nil
}

// warm reads what is new, so that no search has to.
func (l *live) warm(ctx context.Context) error {
	return guard(func() error {
		r, err := l.sc.Reader()
		if err != nil {
			return fmt.Errorf("search: read index: %w", err)
		}
		defer r.Close()
		_, err = l.table.board(ctx, r)
		return err
	})
}

// read reads the columns of a segment; t.mu is held.
func (t *table) read(ctx context.Context, s *scorch.SegmentSnapshot) (*columns, error) {
	values, ok := s.Segment().(segment.DocValueVisitable)
	if !ok {
		return nil, fmt.Errorf("search: a segment without doc values: %T", s.Segment())
	}
	n := int(s.FullSize())
	c := &columns{rank: make([]uint32, n), updated: make([]int64, n)}
	fields := keywordFields()
	col := make(map[string]int, len(fields))
	for i, f := range fields {
		col[f] = i
		if i != colUnit && i != colTag {
			c.keywords[i].values = make([]uint32, n)
		}
	}
	c.ids.ends, c.titles.ends = make([]uint32, 0, n), make([]uint32, 0, n)
	wanted := append(fields[:], fieldRank, fieldSortTitle, fieldSortUpdated)
	var state segment.DocVisitState
	var err error
	for doc := range n {
		if doc%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c.rank[doc] = rankOf(nil)
		var id, title []byte
		state, err = values.VisitDocValues(uint64(doc), wanted, func(field string, term []byte) {
			switch field {
			case fieldRank:
				c.rank[doc] = rankOf(term)
			case fieldSortTitle:
				title, _, _ = bytes.Cut(term, []byte{1})
				title = bytes.Clone(title)
			case fieldSortUpdated:
				at, rest, _ := bytes.Cut(term, []byte{1})
				c.updated[doc], _ = strconv.ParseInt(string(at), 10, 64)
				id = bytes.Clone(rest)
			default:
				i := col[field]
				num := t.number(i, term)
				o := &c.keywords[i]
				switch i {
				case colUnit, colTag:
					if num != 0 {
						o.values = append(o.values, num)
					}
				default:
					o.values[doc] = num
				}
			}
		}, state)
		if err != nil {
			return nil, fmt.Errorf("search: read columns: %w", err)
		}
		c.ids.add(id)
		c.titles.add(title)
		for _, i := range []int{colUnit, colTag} {
			o := &c.keywords[i]
			o.ends = append(o.ends, uint32(len(o.values)))
		}
	}
	return c, nil
}

// at gives the part a document is in, looking from a part on: hits come in the order of their numbers.
func (b *board) at(n, from int) int {
	for from < len(b.parts)-1 && n >= b.parts[from].base+b.parts[from].docs {
		from++
	}
	return from
}

// sieve lets the pages through that a scope may see and that have what was chosen.
type sieve struct {
	board *board
	tests []test
}

// test passes documents that have one of the allowed values in a column.
type test struct {
	col     int
	allowed []bool // by number
}

// accessTerms lists the terms of pages in a scope: published pages of the spaces it reads, drafts of those
// whose drafts it reads too.
func accessTerms(scope access.Scope) []string {
	var out []string
	for _, s := range scope.Read {
		out = append(out, accessTerm(s, false))
		if slices.Contains(scope.Drafts, s) {
			out = append(out, accessTerm(s, true))
		}
	}
	return out
}

// sieve makes the conditions of a query: the scope first, then what was chosen among the facets.
func (b *board) sieve(scope access.Scope, q page.Query) *sieve {
	s := &sieve{board: b}
	if !scope.All {
		s.add(colAccess, accessTerms(scope))
	}
	for _, chosen := range []struct {
		col    int
		values []string
	}{{colKind, q.Kinds}, {colSpace, q.Spaces}, {colUnit, q.Units}, {colTag, q.Tags}, {colState, q.States}} {
		if len(chosen.values) > 0 {
			s.add(chosen.col, chosen.values)
		}
	}
	return s
}

func (s *sieve) add(col int, values []string) {
	wanted := make(map[string]bool, len(values))
	for _, v := range values {
		wanted[v] = true
	}
	names := s.board.names[col]
	allowed := make([]bool, len(names))
	for n := 1; n < len(names); n++ {
		allowed[n] = wanted[names[n]]
	}
	s.tests = append(s.tests, test{col, allowed})
}

func (s *sieve) passes(p *part, doc int) bool {
	for _, t := range s.tests {
		good := false
		for _, n := range p.keywords[t.col].of(doc) {
			if t.allowed[n] {
				good = true
				break
			}
		}
		if !good {
			return false
		}
	}
	return true
}
