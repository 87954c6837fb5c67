package search

import (
	"strings"
	"unicode"
)

// Limits of a query. What is beyond them is ignored.
const (
	maxQueryRunes = 200
	maxWords      = 16
)

// piece is a part of a query as typed: a word, or the text between quotation marks.
type piece struct {
	text   string
	phrase bool
}

// parse cuts a query into words and quoted phrases. Nothing else has a meaning here and nothing of the text
// is ever read by Bleve as syntax; operators will be found here too. A quotation mark without its partner is a
// blank.
func parse(text string) []piece {
	runes := []rune(clean(text))
	runes = runes[:min(len(runes), maxQueryRunes)]
	var out []piece
	word := func(from, to int) {
		for _, w := range strings.Fields(string(runes[from:to])) {
			out = append(out, piece{text: w})
		}
	}
	start := 0
	for i := 0; i < len(runes); i++ {
		if !quote(runes[i]) {
			continue
		}
		end := i + 1
		for end < len(runes) && !quote(runes[end]) {
			end++
		}
		word(start, i)
		if end == len(runes) {
			start = i + 1
			break
		}
		if p := strings.TrimSpace(string(runes[i+1 : end])); p != "" {
			out = append(out, piece{text: p, phrase: true})
		}
		i, start = end, end+1
	}
	if start < len(runes) {
		word(start, len(runes))
	}
	return out
}

// quote reports whether a rune opens or closes a phrase in German or English.
func quote(r rune) bool {
	switch r {
	case '"', '„', '“', '”', '«', '»', '‟':
		return true
	}
	return false
}

// word is one word of a query in the forms it is looked up in.
type word struct {
	de   string // German stem
	en   string // English stem
	stop bool   // so frequent in German texts that they are indexed without it

	surface string // as written, but for case and umlauts
	near    []near // words that may have been meant instead
}

// clause is a word, or a phrase of several.
type clause struct {
	words  []word
	phrase bool
}

// clauses analyses the pieces of a query. A piece may hold several words ("E-Akte"): each is a clause of its
// own, and only a quoted text is a phrase.
func (an *analysers) clauses(pieces []piece) []clause {
	var out []clause
	left := maxWords
	for _, p := range pieces {
		words := an.lookup(p.text)
		words = words[:min(len(words), left)]
		left -= len(words)
		if p.phrase && len(words) > 1 {
			out = append(out, clause{words: words, phrase: true})
			continue
		}
		for _, w := range words {
			out = append(out, clause{words: []word{w}})
		}
	}
	return out
}

// lookup analyses each word of a text alone, so that the forms of the two languages stay together.
func (an *analysers) lookup(text string) []word {
	var out []word
	for _, t := range an.words.Tokenize([]byte(text)) {
		term := text[t.Start:t.End]
		de := an.title.Analyze([]byte(term))
		if len(de) == 0 {
			continue
		}
		w := word{de: string(de[0].Term), stop: len(an.text.Analyze([]byte(term))) == 0}
		if en := an.textEN.Analyze([]byte(term)); len(en) > 0 {
			w.en = string(en[0].Term)
		}
		if s := an.surface.Analyze([]byte(term)); len(s) > 0 {
			w.surface = string(s[0].Term)
		}
		out = append(out, w)
	}
	return out
}

// plain gives the words of a query as the look-up of titles takes them: without the signs around them and without
// those that ask, as long as other words remain.
func (an *analysers) plain(text string) []string {
	var words []string
	var all []clause
	for _, p := range parse(text) {
		for w := range strings.FieldsSeq(p.text) {
			w = strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
			if forms := an.lookup(w); len(forms) > 0 && len(words) < maxWords {
				words, all = append(words, w), append(all, clause{words: forms})
			}
		}
	}
	out := []string{}
	for _, i := range an.questions.required(all) {
		out = append(out, words[i])
	}
	return out
}

// terms lists what a query marks in a text, German and English stems.
func terms(all []clause) (de, en map[string]bool) {
	de, en = map[string]bool{}, map[string]bool{}
	add := func(w word) {
		if !w.stop {
			de[w.de] = true
		}
		if w.en != "" {
			en[w.en] = true
		}
	}
	for _, c := range all {
		for _, w := range c.words {
			add(w)
			for _, n := range w.near {
				add(n.word)
			}
		}
	}
	return de, en
}

// printable reports whether a text has anything to search for.
func printable(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}
