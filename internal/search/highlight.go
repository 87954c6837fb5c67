package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
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
func (s *session) locate(hits []hit, de, en map[string]bool) (map[int][]spot, error) {
	numbers := make([]int, len(hits))
	for i, h := range hits {
		numbers[i] = h.n
	}
	slices.Sort(numbers)
	out := make(map[int][]spot, len(hits))
	for _, f := range []struct {
		field string
		terms map[string]bool
	}{{fieldBody, de}, {fieldBodyEN, en}} {
		for term := range f.terms {
			if err := s.locateTerm(numbers, f.field, term, out); err != nil {
				return nil, err
			}
		}
	}
	for _, spots := range out {
		slices.SortFunc(spots, func(a, b spot) int { return cmp.Or(a.start-b.start, b.end-a.end, strings.Compare(a.term, b.term)) })
	}
	return out, nil
}

func (s *session) locateTerm(numbers []int, field, term string, out map[int][]spot) error {
	tfr, err := s.r.TermFieldReader(s.plain, []byte(term), field, true, true, true)
	if err != nil {
		return err
	}
	defer tfr.Close()
	var at *index.TermFieldDoc
	for _, n := range numbers {
		if at == nil || int(at.ID.Value()) < n {
			if at, err = tfr.Advance(index.NewIndexInternalID(nil, uint64(n)), at); err != nil || at == nil {
				return err
			}
		}
		if int(at.ID.Value()) != n {
			continue
		}
		for _, v := range at.Vectors {
			if len(out[n]) >= maxSpots {
				break
			}
			out[n] = append(out[n], spot{int(v.Start), int(v.End), term})
		}
	}
	return nil
}

// mark finds terms in a short text by analysing it.
func (an *analysers) mark(text string, de, en map[string]bool) []spot {
	var out []spot
	for _, c := range []struct {
		chain analysis.Analyzer
		terms map[string]bool
	}{{an.title, de}, {an.titleEN, en}} {
		if len(c.terms) == 0 {
			continue
		}
		for _, t := range c.chain.Analyze([]byte(text)) {
			if c.terms[string(t.Term)] {
				out = append(out, spot{t.Start, t.End, string(t.Term)})
			}
		}
	}
	slices.SortFunc(out, func(a, b spot) int { return a.start - b.start })
	return out
}

// snippet cuts the part of a text with the most different matches, as one line, and marks them. Without
// matches it is the beginning of the text. Lines that are data and not text are left out unless they match.
func snippet(text string, spots []spot) string {
	spots = valid(text, spots)
	from := 0
	if len(spots) > 0 {
		from = begin(text, spots[best(text, spots)].start)
	}
	to := finish(text, from)

	data := dataLines(text, from, to, spots)
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
		line.writeText(&b, text, at, s.start, data)
		line.mark(&b, text[s.start:s.end])
		at = s.end
	}
	line.writeText(&b, text, at, to, data)
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

// best chooses the first match from which on a snippet would hold the most different terms.
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
		// Repetition tells nothing: the text of a page comes first, and the values of its fields, which repeat
		// words more than sentences do, follow.
		if score := len(inside); score > most {
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

// reach is a part of a text.
type reach struct{ start, end int }

// dataLines finds, in a part of a text, the lines that nobody reads as text: references and dates as computers
// write them, which stand among the values of fields. A line with a match stays.
func dataLines(text string, from, to int, spots []spot) []reach {
	var out []reach
	for start := from; start < to; {
		end := to
		if i := strings.IndexByte(text[start:to], '\n'); i >= 0 {
			end = start + i
		}
		whole := (start == 0 || text[start-1] == '\n') && (end == len(text) || text[end] == '\n')
		if whole && isData(text[start:end]) && !slices.ContainsFunc(spots, func(s spot) bool { return s.start < end && s.end > start }) {
			out = append(out, reach{start, end})
		}
		start = end + 1
	}
	return out
}

// isData reports whether a line is a reference ("kpi/bearbeitungsdauer") or a date ("2026-11-02", "2026-11").
func isData(line string) bool {
	line = strings.TrimSpace(line)
	if line == "" || len(line) > 200 {
		return false
	}
	slashes, digits, letters := 0, 0, 0
	for _, r := range line {
		switch {
		case r == '/':
			slashes++
		case '0' <= r && r <= '9':
			digits++
		case 'a' <= r && r <= 'z':
			letters++
		case r != '-' && r != '_' && r != '#' && r != ':':
			return false
		}
	}
	if slashes == 1 {
		return letters > 0 && line[0] != '/' && line[len(line)-1] != '/'
	}
	switch len(line) {
	case len("2026-11-02"):
		return digits == 8 && line[4] == '-' && line[7] == '-'
	case len("2026-11"):
		return digits == 6 && line[4] == '-'
	}
	return false
}

// onlyInData reports whether matches tell a reader nothing: all of one word, and all in references or addresses.
// Somebody who looks for an address asks for several.
func onlyInData(text string, spots []spot) bool {
	for _, s := range valid(text, spots) {
		if s.term != spots[0].term {
			return false
		}
		start := strings.LastIndexByte(text[:s.start], '\n') + 1
		line, _, _ := strings.Cut(text[start:], "\n")
		line = strings.TrimSpace(line)
		if !isData(line) && (strings.ContainsAny(line, " \t") || !strings.ContainsAny(line, "@/")) {
			return false
		}
	}
	return true
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

// writeText writes a part of a text without the lines that are left out.
func (o *oneLine) writeText(b *strings.Builder, text string, from, to int, without []reach) {
	for _, w := range without {
		if w.start >= from && w.end <= to {
			o.write(b, text[from:w.start])
			from = w.end
		}
	}
	o.write(b, text[from:to])
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
