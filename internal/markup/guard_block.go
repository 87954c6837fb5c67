package markup

import (
	"bytes"

	"github.com/yuin/goldmark/text"
)

// tally counts what makes one block of inline text costly.
type tally struct {
	bytes      int
	opens      int // "["
	closes     int // "]"
	unclosed   int // "](" with no ")" before the next one
	awaits     bool
	reach      int // bytes that the search for the end of a link address reads
	delimiters int // runs of * _ ~
	notes      int // "[^" and "[["
}

// measure refuses a block beyond the limits and estimates the steps of its costly parts: each "]" copies the
// label back to its "[" and looks at what stands between, each "](" reads on to the next space, each closing
// delimiter looks back at all open ones.
func (g *guard) measure(lines *text.Segments) int {
	t := tally{}
	for i := range lines.Len() {
		seg := lines.At(i)
		t.line(g.src[seg.Start:seg.Stop])
	}
	if t.awaits {
		t.unclosed++
	}
	at := lines.At(0).Start
	switch {
	case t.opens > maxBrackets:
		g.refuse(at, "markup.too_many_brackets", "Limit", maxBrackets)
	case t.unclosed > maxUnclosed:
		g.refuse(at, "markup.unclosed_links", "Limit", maxUnclosed)
	case t.delimiters > maxDelimiters:
		g.refuse(at, "markup.too_much_emphasis", "Limit", maxDelimiters)
	}
	g.reference(at, t.notes)
	labels := min(t.opens, t.closes)
	return labels*(t.bytes+lines.Len()) + labels*labels + t.reach + t.delimiters*t.delimiters
}

func (t *tally) line(line []byte) {
	t.bytes += len(line)
	space := -1 // of the next white space, found once for all addresses before it
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case '[':
			t.opens++
			if i+1 < len(line) && (line[i+1] == '^' || line[i+1] == '[') {
				t.notes++
			}
		case ']':
			t.closes++
			if i+1 < len(line) && line[i+1] == '(' {
				if t.awaits {
					t.unclosed++
				}
				t.awaits = true
				if space < i {
					space = i + max(bytes.IndexAny(line[i:], " \t\n"), 0)
					if space == i {
						space = len(line)
					}
				}
				t.reach += space - i
			}
		case ')':
			t.awaits = false
		case '*', '_', '~':
			if i == 0 || line[i-1] != c {
				t.delimiters++
			}
		}
	}
}
