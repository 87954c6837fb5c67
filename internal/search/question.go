package search

import (
	_ "embed" // the words are a data file
	"fmt"
	"strings"
)

//go:embed questions.txt
var questionFile string

// questions are the words that ask and do not say what about.
type questions struct {
	function map[string]bool // German stems
	ask      map[string]bool
	who      map[string]bool // ask for somebody
	answers  map[string]bool // kinds of the pages that are preferred then
}

// loadQuestions reads the words that are built in; a broken file is a broken build and found by every test.
func loadQuestions(stem func(word string) string) questions {
	q := questions{function: map[string]bool{}, ask: map[string]bool{}, who: map[string]bool{}, answers: map[string]bool{}}
	sections := map[string]map[string]bool{"[function]": q.function, "[ask]": q.ask, "[who]": q.who, "[answers]": q.answers}
	name := ""
	for line := range strings.Lines(questionFile) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] == '[':
			name = line
			continue
		case sections[name] == nil:
			panic(fmt.Sprintf("search: questions.txt: no such section: %q", name))
		}
		for w := range strings.FieldsSeq(line) {
			if name != "[answers]" {
				w = stem(w)
			}
			sections[name][w] = true
		}
	}
	return q
}

// rank says how dispensable a word is: 0 says what the question is about.
func (q questions) rank(w word) int {
	switch {
	case w.stop, q.function[w.de]:
		return 2
	case q.ask[w.de], q.who[w.de]:
		return 1
	}
	return 0
}

// essential drops the words of a question as long as others remain: "Wer ist zuständig für Datenschutz?" is
// about Datenschutz, and "Wer ist zuständig?" about being responsible. Quoted texts stay. It also tells whether
// somebody is asked for.
func (q questions) essential(all []clause) (required []clause, who bool) {
	for _, i := range q.required(all) {
		required = append(required, all[i])
	}
	for _, c := range all {
		who = who || !c.phrase && q.who[c.words[0].de]
	}
	return required, who && len(required) < len(all)
}

// required gives the places of the clauses that must match.
func (q questions) required(all []clause) []int {
	for limit := range 3 {
		var out []int
		for i, c := range all {
			if len(c.words) > 1 || q.rank(c.words[0]) <= limit {
				out = append(out, i)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}
