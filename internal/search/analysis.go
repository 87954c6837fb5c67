package search

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/de"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/token/stop"
	"github.com/blevesearch/bleve/v2/analysis/token/unicodenorm"
	tokenizer "github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"

	"lernraum/internal/page"
)

// Splitter splits a compound word. Its version is part of the index version, since a changed splitter over old
// postings would miss silently.
type Splitter interface {
	// Split gives the parts of a lower-case word in NFKC, nil when it is not a compound. It must not change
	// the word and must be safe for concurrent use.
	Split(word []byte) [][]byte
	Version() string
}

// analysisWorkers analyse documents of a batch at the same time.
const analysisWorkers = 2

// maxTerm is the longest term that is indexed; what is longer is data, not a word.
const maxTerm = 96

// Beginnings of words, in runes, that suggestions know.
const (
	minPrefix = 2
	maxPrefix = 12
)

// analysers holds the analysis chains. They are made in Go and handed to the fields directly: nothing of
// Bleve's registry and of its mapping is in use.
type analysers struct {
	splitter Splitter
	stops    []analysis.TokenMap // for the fingerprint
	title    analysis.Analyzer
	text     analysis.Analyzer
	titleEN  analysis.Analyzer
	textEN   analysis.Analyzer
	prefix   analysis.Analyzer
	surface  analysis.Analyzer
	words    analysis.Tokenizer

	questions questions
}

func newAnalysers(s Splitter) *analysers {
	words := tokenizer.NewUnicodeTokenizer()
	// NFKC comes first: normalize_de knows only composed letters.
	base := []analysis.TokenFilter{unicodenorm.MustNewUnicodeNormalizeFilter(unicodenorm.NFKC), cleanFilter{}, lowercase.NewLowerCaseFilter()}
	build := func(filters ...analysis.TokenFilter) analysis.Analyzer {
		all := append(append([]analysis.TokenFilter{}, base...), filters...)
		return safe{&analysis.DefaultAnalyzer{Tokenizer: words, TokenFilters: all}}
	}
	var split analysis.TokenFilter = splitFilter{s}
	fold := de.NewGermanNormalizeFilter()
	listDE, listEN := stopWords(de.GermanStopWords, fold, questionWords...), stopWords(en.EnglishStopWords, nil)
	stopDE, stopEN := stop.NewStopTokensFilter(listDE), stop.NewStopTokensFilter(listEN)
	stemDE, stemEN := de.NewGermanStemmerFilter(), en.NewEnglishStemmerFilter()
	possessive := en.NewPossessiveFilter()
	an := &analysers{
		splitter: s,
		stops:    []analysis.TokenMap{listDE, listEN},
		words:    words,
		title:    build(split, fold, stemDE),
		text:     build(split, fold, stopDE, stemDE),
		titleEN:  build(possessive, stemEN),
		textEN:   build(possessive, stopEN, stemEN),
		prefix:   build(fold, prefixFilter{}),
		surface:  build(fold),
	}
	an.questions = loadQuestions(func(w string) string {
		if tokens := an.title.Analyze([]byte(w)); len(tokens) > 0 {
			return string(tokens[0].Term)
		}
		return ""
	})
	return an
}

func (an *analysers) of(c chain) analysis.Analyzer {
	switch c {
	case chainTitle:
		return an.title
	case chainText:
		return an.text
	case chainTitleEN:
		return an.titleEN
	case chainTextEN:
		return an.textEN
	case chainPrefix:
		return an.prefix
	case chainSurface:
		return an.surface
	}
	return nil
}

// questionWords are what people begin a question to a search box with and Bleve's list does not have.
var questionWords = []string{"wer", "wem", "wen", "wessen", "wann", "warum", "wofür", "womit", "woher", "wohin", "bitte"}

// stopWords reads a list of Bleve's, folded like the words it is compared with. Words that turn the sense of a
// sentence stay searchable.
func stopWords(list []byte, fold analysis.TokenFilter, more ...string) analysis.TokenMap {
	m := analysis.NewTokenMap()
	if err := m.LoadBytes(list); err != nil {
		return m // a list that cannot be read removes nothing
	}
	for _, w := range more {
		m.AddToken(w)
	}
	out := analysis.NewTokenMap()
	for w := range m {
		switch w {
		case "nicht", "kein", "keine", "keinem", "keinen", "keiner", "keines", "ohne", "no", "nor", "not":
			continue
		}
		if fold == nil {
			out.AddToken(w)
			continue
		}
		for _, t := range fold.Filter(analysis.TokenStream{{Term: []byte(w)}}) {
			out.AddToken(string(t.Term))
		}
	}
	return out
}

// safe survives a panic inside a chain: analysis runs on goroutines of Bleve's queue, where a panic would end
// the process. The text is then without terms, and the check of samples finds the page.
type safe struct{ analysis.Analyzer }

func (s safe) Analyze(text []byte) (out analysis.TokenStream) {
	defer func() {
		if recover() != nil {
			out = nil
		}
	}()
	return s.Analyzer.Analyze(text)
}

// cleanFilter removes runes nobody sees (soft hyphen, zero width) from terms and drops what is too long to be
// a word. Start and End of a token stay those of the text.
type cleanFilter struct{}

func (cleanFilter) Filter(in analysis.TokenStream) analysis.TokenStream {
	out := in[:0]
	for _, t := range in {
		if hasInvisible(t.Term) {
			t.Term = bytes.Map(func(r rune) rune {
				if invisible(r) {
					return -1
				}
				return r
			}, t.Term)
		}
		if len(t.Term) > 0 && len(t.Term) <= maxTerm {
			out = append(out, t)
		}
	}
	return out
}

func hasInvisible(b []byte) bool {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if invisible(r) {
			return true
		}
		i += n
	}
	return false
}

func invisible(r rune) bool {
	switch r {
	case '\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', page.HitOpen, page.HitClose:
		return true
	}
	return unicode.Is(unicode.Cc, r)
}

// splitFilter adds the parts of compounds at the position and with the offsets of the whole word, which stays
// first.
type splitFilter struct{ s Splitter }

func (f splitFilter) Filter(in analysis.TokenStream) analysis.TokenStream {
	if f.s == nil {
		return in
	}
	out := make(analysis.TokenStream, 0, len(in)+len(in)/2)
	for _, t := range in {
		out = append(out, t)
		for _, part := range f.s.Split(t.Term) {
			c := *t
			c.Term = bytes.Clone(part)
			out = append(out, &c)
		}
	}
	return out
}

// prefixFilter makes the beginnings of a word that suggestions are found by; a word shorter than the shortest
// beginning is kept whole ("Z 2").
type prefixFilter struct{}

func (prefixFilter) Filter(in analysis.TokenStream) analysis.TokenStream {
	out := make(analysis.TokenStream, 0, 4*len(in))
	for _, t := range in {
		runes, last := 0, 0
		for i := range string(t.Term) {
			if runes >= minPrefix && runes <= maxPrefix {
				c := *t
				c.Term = t.Term[:i:i]
				out = append(out, &c)
				last = i
			}
			runes++
		}
		if runes <= maxPrefix && last < len(t.Term) {
			out = append(out, t)
		}
	}
	return out
}
