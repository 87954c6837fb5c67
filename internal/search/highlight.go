package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/search"
	index "github.com/blevesearch/bleve_index_api"

	"lernraum/internal/page"
)

// A snippet has at most snippetRunes runes of text, of which about leadRunes stand before the first match.
const (
	snippetRunes = 200
	leadRunes    = 40
)

// maxSpots bounds the matches of a hit that are looked at.
const maxSpots = 2000

// spot is a match in a text: byte offsets, and which term it is.
type spot struct {
	start, end int
	term       string
}

// locate reads where the terms stand in the bodies of the hits that are shown, and only of those.
func (s *session) locate(hits search.DocumentMatchCollection, de, en map[string]bool) (map[string][]spot, error) {
	ordered := slices.Clone(hits)
	slices.SortFunc(ordered, func(a, b *search.DocumentMatch) int { return a.IndexInternalID.Compare(b.IndexInternalID) })
	out := make(map[string][]spot, len(hits))
	for _, f := range []struct {
		field string
		terms map[string]bool
	}{{fieldBody, de}, {fieldBodyEN, en}} {
		for term := range f.terms {
			if err := s.locateTerm(ordered, f.field, term, out); err != nil {
				return nil, err
			}
		}
	}
	for id, spots := range out {
		slices.SortFunc(spots, func(a, b spot) int {
			if a.start != b.start {
				return a.start - b.start
			}
			return b.end - a.end
		})
		out[id] = spots
	}
	return out, nil
}

func (s *session) locateTerm(ordered search.DocumentMatchCollection, field, term string, out map[string][]spot) error {
	tfr, err := s.r.TermFieldReader(s.plain, []byte(term), field, true, true, true)
	if err != nil {
		return err
	}
	defer tfr.Close()
	var at *index.TermFieldDoc
	for i, h := range ordered {
		if i > 0 && at == nil {
			break
		}
		if at == nil || at.ID.Compare(h.IndexInternalID) < 0 {
			if at, err = tfr.Advance(h.IndexInternalID, nil); err != nil {
				return err
			}
		}
		if at == nil || !at.ID.Equals(h.IndexInternalID) {
			continue
		}
		for _, v := range at.Vectors {
			if len(out[h.ID]) >= maxSpots {
				break
			}
			out[h.ID] = append(out[h.ID], spot{int(v.Start), int(v.End), term})
		}
	}
	return nil
}

// mark finds terms in a short text by analysing it.
func (an *analysers) mark(text string, de, en map[string]bool) []spot {
	var out []spot
	for _, t := range an.title.Analyze([]byte(text)) {
		if de[string(t.Term)] {
			out = append(out, spot{t.Start, t.End, string(t.Term)})
		}
	}
	for _, t := range an.titleEN.Analyze([]byte(text)) {
		if en[string(t.Term)] {
			out = append(out, spot{t.Start, t.End, string(t.Term)})
		}
	}
	slices.SortFunc(out, func(a, b spot) int { return a.start - b.start })
	return out
}

// snippet cuts the part of a text with the most different matches, as one line, and marks them. Without
// matches it is the beginning of the text.
func snippet(text string, spots []spot) string {
	spots = valid(text, spots)
	from := 0
	if len(spots) > 0 {
		from = begin(text, spots[best(text, spots)].start)
	}
	to := finish(text, from)

	var b strings.Builder
	if strings.TrimSpace(text[:from]) != "" {
		b.WriteString("… ")
	}
	var line oneLine
	at := from
	for _, s := range spots {
		if s.start < at || s.end > to {
			continue
		}
		line.write(&b, text[at:s.start])
		line.mark(&b, text[s.start:s.end])
		at = s.end
	}
	line.write(&b, text[at:to])
	if strings.TrimSpace(text[to:]) != "" {
		b.WriteString(" …")
	}
	return b.String()
}

// valid drops spots that are not in the text, on rune borders, in order and apart.
func valid(text string, spots []spot) []spot {
	out := make([]spot, 0, len(spots))
	last := 0
	for _, s := range spots {
		if s.start < last || s.end <= s.start || s.end > len(text) || !utf8.RuneStart(text[s.start]) ||
			s.end < len(text) && !utf8.RuneStart(text[s.end]) {
			continue
		}
		out = append(out, s)
		last = s.end
	}
	return out
}

// best chooses the match from which on a snippet would hold the most different terms, then the most matches.
func best(text string, spots []spot) int {
	choice, most := 0, -1
	inside := map[string]int{}
	j := 0
	for i := range spots {
		if j < i {
			j = i
		}
		for j < len(spots) && spots[j].end-spots[i].start <= snippetRunes-leadRunes {
			inside[spots[j].term]++
			j++
		}
		if score := 100*len(inside) + min(j-i, 99); score > most {
			choice, most = i, score
		}
		if n := inside[spots[i].term]; n <= 1 {
			delete(inside, spots[i].term)
		} else {
			inside[spots[i].term] = n - 1
		}
	}
	return choice
}

// begin goes back from a match to the beginning of a word, at most leadRunes.
func begin(text string, at int) int {
	from, runes := at, 0
	for from > 0 && runes < leadRunes {
		r, n := utf8.DecodeLastRuneInString(text[:from])
		if r == '\n' && runes > 0 && strings.HasSuffix(text[:from], "\n\n") {
			return from
		}
		from -= n
		runes++
	}
	if from == 0 {
		return 0
	}
	// Forward to the next word, but never behind the match.
	if i := strings.IndexFunc(text[from:at], unicode.IsSpace); i >= 0 {
		rest := strings.TrimLeftFunc(text[from+i:at], unicode.IsSpace)
		return at - len(rest)
	}
	return from
}

// finish gives where a snippet that begins at from ends: after snippetRunes, at the end of a word if there is
// one.
func finish(text string, from int) int {
	runes, space := 0, -1
	for i, r := range text[from:] {
		if runes == snippetRunes {
			if space > 0 {
				return from + space
			}
			return from + i
		}
		if unicode.IsSpace(r) {
			space = i
		}
		runes++
	}
	return len(text)
}

// oneLine writes text with each run of white space as one blank and none at the beginning.
type oneLine struct{ started, blank bool }

func (o *oneLine) write(b *strings.Builder, text string) {
	for _, r := range text {
		if unicode.IsSpace(r) || r == utf8.RuneError {
			o.blank = o.started
			continue
		}
		if o.blank {
			b.WriteByte(' ')
			o.blank = false
		}
		o.started = true
		b.WriteRune(r)
	}
}

func (o *oneLine) mark(b *strings.Builder, text string) {
	if o.blank {
		b.WriteByte(' ')
		o.blank = false
	}
	o.started = true
	b.WriteRune(page.HitOpen)
	b.WriteString(text)
	b.WriteRune(page.HitClose)
}
