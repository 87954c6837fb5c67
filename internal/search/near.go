package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"

	"lernraum/internal/access"
	"lernraum/internal/page"
)

// Typing errors. A query that finds nothing is looked at word by word: a word that stands in no title gets the
// words of titles next to it as alternatives, and a word that stands nowhere is not required any more. All this
// is asked within the caller's scope: a word of a page that the caller may not see neither counts as known nor
// becomes an alternative, so that an answer is the same with and without such pages.

const (
	nearShort = 5 // letters from which on one error is forgiven
	nearLong  = 9 // letters from which on two are
	// maxUnknown, maxCandidates and maxNear bound the work: words of a query that are corrected, neighbours of
	// a word that are tried, and neighbours that are taken. No vocabulary has so many neighbours of one word
	// that those of hidden pages would use up the tries.
	maxUnknown    = 6
	maxCandidates = 200
	maxNear       = 3
)

// nearWeight is what a word counts that is an error or two away from the one typed.
func nearWeight(distance int) float64 { return 0.7 / float64(distance) }

// near is a word of a title that somebody may have meant.
type near struct {
	word
	distance int
}

// forgive gives the clauses of a query that found nothing, with alternatives for words that may be typing errors
// and without words nobody has. The answer is false when nothing has changed.
func (s *session) forgive(clauses []clause, scope access.Scope) ([]clause, bool, error) {
	seen := s.board.sieve(scope, page.Query{})
	var out []clause
	changed, unknown := false, 0
	for _, c := range clauses {
		if c.phrase {
			out = append(out, c)
			continue
		}
		w := c.words[0]
		named, err := s.stands(seen, w, fieldTitle, fieldAlias, fieldHead, fieldTitleEN)
		if err != nil {
			return nil, false, err
		}
		if named {
			out = append(out, c)
			continue
		}
		if unknown < maxUnknown {
			unknown++
			if w.near, err = s.neighbours(seen, w.surface); err != nil {
				return nil, false, err
			}
		}
		if len(w.near) > 0 {
			out, changed = append(out, clause{words: []word{w}}), true
			continue
		}
		there, err := s.stands(seen, w, fieldSummary, fieldBody, fieldBodyEN)
		switch {
		case err != nil:
			return nil, false, err
		case there:
			out = append(out, c)
		default:
			changed = true
		}
	}
	return out, changed, nil
}

// stands reports whether a page in the scope has a word in one of the fields.
func (s *session) stands(seen *sieve, w word, fields ...string) (bool, error) {
	for _, f := range fields {
		term := w.de
		if f == fieldTitleEN || f == fieldBodyEN {
			term = w.en
		}
		if term == "" {
			continue
		}
		if ok, err := s.hasTerm(seen, f, term); err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}

// hasTerm reports whether a page in the scope has a term in a field.
func (s *session) hasTerm(seen *sieve, field, term string) (bool, error) {
	postings, err := s.r.TermFieldReader(s.plain, []byte(term), field, false, false, false)
	if err != nil {
		return false, err
	}
	defer postings.Close()
	at := 0
	var doc index.TermFieldDoc
	for {
		d, err := postings.Next(&doc)
		if err != nil || d == nil {
			return false, err
		}
		n := int(d.ID.Value())
		at = s.board.at(n, at)
		if p := &s.board.parts[at]; seen.passes(p, n-p.base) {
			return true, nil
		}
	}
}

// neighbours finds the words of visible titles that are closest to what was typed.
func (s *session) neighbours(seen *sieve, typed string) ([]near, error) {
	letters := utf8.RuneCountInString(typed)
	if letters < nearShort || strings.ContainsFunc(typed, func(r rune) bool { return !unicode.IsLetter(r) }) {
		return nil, nil
	}
	limit := 1
	if letters >= nearLong {
		limit = 2
	}
	candidates, err := s.around([]rune(typed), limit)
	if err != nil {
		return nil, err
	}
	var out []near
	for _, c := range candidates[:min(len(candidates), maxCandidates)] {
		// One error explains better than two.
		if len(out) == maxNear || len(out) > 0 && c.distance > out[0].distance {
			break
		}
		ok, err := s.hasTerm(seen, fieldSurface, c.surface)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if forms := s.an.lookup(c.surface); len(forms) == 1 {
			out = append(out, near{forms[0], c.distance})
		}
	}
	return out, nil
}

// around lists the words of all titles within a distance, closest first. It reads the part of the dictionaries
// that begins with the same letter, on this goroutine: what Bleve offers for it runs on others, where a damaged
// file cannot be survived.
func (s *session) around(typed []rune, limit int) ([]near, error) {
	snap, ok := s.r.(*scorch.IndexSnapshot)
	if !ok {
		return nil, nil
	}
	first := []byte(string(typed[:1]))
	end := slices.Clone(first)
	end[len(end)-1]++ // the last byte of a rune is below 0xc0
	best := map[string]int{}
	var row distances
	for _, seg := range snap.Segments() {
		dict, err := seg.Segment().Dictionary(fieldSurface)
		if err != nil {
			return nil, err
		}
		it := dict.AutomatonIterator(nil, first, end)
		for e, err := it.Next(); ; e, err = it.Next() {
			if err != nil {
				return nil, err
			}
			if e == nil {
				break
			}
			if n := len(e.Term); n > maxTerm || n < len(typed)-limit {
				continue
			}
			if d := row.between(typed, e.Term, limit); d <= limit && d > 0 {
				best[e.Term] = d
			}
		}
		if err := s.plain.Err(); err != nil {
			return nil, err
		}
	}
	out := make([]near, 0, len(best))
	for term, d := range best {
		out = append(out, near{word{surface: term}, d})
	}
	// Neither order nor choice may depend on how often a word occurs: that counts pages nobody may see.
	slices.SortFunc(out, func(a, b near) int {
		return cmp.Or(a.distance-b.distance, len(a.surface)-len(b.surface), strings.Compare(a.surface, b.surface))
	})
	return out, nil
}

// distances holds the rows of one comparison after the other.
type distances struct {
	rows  [3][]int
	runes []rune
}

// between counts the letters to add, drop, replace or swap with their neighbour to get from one word to the
// other; above the limit it is limit + 1.
func (d *distances) between(a []rune, word string, limit int) int {
	d.runes = d.runes[:0]
	for _, r := range word {
		d.runes = append(d.runes, r)
	}
	b := d.runes
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	for i := range d.rows {
		d.rows[i] = slices.Grow(d.rows[i][:0], len(b)+1)[:len(b)+1]
	}
	before, last, now := d.rows[0], d.rows[1], d.rows[2]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		smallest := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			n := min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				n = min(n, before[j-2]+1)
			}
			now[j] = n
			smallest = min(smallest, n)
		}
		if smallest > limit {
			return limit + 1
		}
		before, last, now = last, now, before
	}
	return min(last[len(b)], limit+1)
}
