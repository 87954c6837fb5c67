package markup

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// tickRuns knows, for one block, where the last run of backticks of each length begins.
type tickRuns struct {
	block ast.Node
	last  map[int]int
}

// codeSpanParser keeps the parser's search for the end of a code span from reading the rest of the block once
// more for every run of backticks that has no partner.
type codeSpanParser struct{ parser.InlineParser }

func newCodeSpanParser() parser.InlineParser { return codeSpanParser{parser.NewCodeSpanParser()} }

// Parse gives the run as text when no run of its length follows; that is what the long search would find.
func (p codeSpanParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	g := guardOf(pc)
	if g.ticks.block != parent {
		g.ticks = tickRuns{parent, lastRuns(g.src, parent.Lines())}
	}
	line, seg := block.PeekLine()
	n := runLength(line)
	if seg.Padding == 0 && g.ticks.last[n] < seg.Start+n {
		block.Advance(n)
		return ast.NewTextSegment(seg.WithStop(seg.Start + n))
	}
	return p.InlineParser.Parse(parent, block, pc)
}

// lastRuns finds the runs as the search sees them: backslashes mean nothing to it.
func lastRuns(src []byte, lines *text.Segments) map[int]int {
	last := map[int]int{}
	for i := range lines.Len() {
		seg := lines.At(i)
		for at := seg.Start; at < seg.Stop; at++ {
			if n := runLength(src[at:seg.Stop]); n > 0 {
				last[n] = at
				at += n
			}
		}
	}
	return last
}

func runLength(s []byte) int {
	n := 0
	for n < len(s) && s[n] == '`' {
		n++
	}
	return n
}

// strikethroughParser looks at a run of tildes once and not again from each of its tildes.
type strikethroughParser struct{ parser.InlineParser }

func newStrikethroughParser() parser.InlineParser {
	return strikethroughParser{extension.NewStrikethroughParser()}
}

// Parse implements parser.InlineParser.
func (p strikethroughParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	if block.PrecendingCharacter() == '~' {
		return nil
	}
	return p.InlineParser.Parse(parent, block, pc)
}
