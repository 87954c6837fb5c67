package markup

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"lernraum/internal/errs"
)

// The parser cannot be cancelled and some of its steps cost the square of their input. The guard therefore
// looks first, in linear time: at the size and the lines before parsing, at containers while blocks are found,
// and at every block with inline text before the first of them is parsed. Real blocks are measured, so that
// code, however full of brackets, is never refused.
const (
	maxSource     = 512 << 10 // bytes
	maxLine       = 64 << 10  // bytes
	maxDepth      = 32        // block quotes, list items and footnotes inside each other
	maxBrackets   = 2000      // "[" in one block
	maxUnclosed   = 500       // "](" without ")" in one block
	maxColumns    = 64        // of a table
	maxCells      = 1 << 16   // of all tables
	maxReferences = 2000      // link definitions, footnotes and their uses, wiki links
	maxDelimiters = 4000      // runs of * _ ~ in one block
	maxPipes      = 4000      // escaped pipes in table rows with code
	maxContinued  = 1 << 20   // open containers summed over the lines
	maxWork       = 48 << 20  // steps of the square kind, estimated over all blocks
	maxBlocks     = 1 << 16   // paragraphs, items, rows, cells…
	maxOutput     = 5 << 20   // bytes of HTML
)

// refusal carries an error out of the parser.
type refusal struct{ err error }

var guardKey = parser.NewContextKey()

// guard is the state of one parse.
type guard struct {
	ctx        context.Context
	src        []byte
	references int
	cells      int
	pipes      int
	continued  int
	calls      int
	scanned    bool
	ticks      tickRuns
}

func guardOf(pc parser.Context) *guard { return pc.Get(guardKey).(*guard) }

func (g *guard) refuse(pos int, key string, args ...any) {
	args = append(args, "Line", lineAt(g.src, pos))
	panic(refusal{errs.New(errs.Invalid, errs.Msg(key, args...))})
}

// tick notices from time to time that nobody waits any longer.
func (g *guard) tick() {
	if g.calls++; g.calls%1024 != 0 {
		return
	}
	if err := g.ctx.Err(); err != nil {
		panic(refusal{fmt.Errorf("markup: parse: %w", err)})
	}
}

func lineAt(src []byte, pos int) int {
	pos = min(max(pos, 0), len(src))
	return 1 + bytes.Count(src[:pos], []byte{'\n'})
}

func checkSize(source string) error {
	if len(source) > maxSource {
		return errs.New(errs.TooLarge, errs.Msg("markup.too_large", "Limit", maxSource>>10, "Size", (len(source)+1023)>>10))
	}
	return nil
}

func checkLines(source string) error {
	for n, rest := 1, source; len(rest) > maxLine; n++ {
		end := strings.IndexByte(rest, '\n')
		if end < 0 {
			end = len(rest)
		}
		if end > maxLine {
			return errs.New(errs.Invalid, errs.Msg("markup.line_too_long", "Line", n, "Limit", maxLine>>10))
		}
		rest = rest[min(end+1, len(rest)):]
	}
	return nil
}

// guardedBlock watches a parser of container blocks.
type guardedBlock struct{ parser.BlockParser }

// Open counts the containers around a new one.
func (b guardedBlock) Open(parent ast.Node, r text.Reader, pc parser.Context) (ast.Node, parser.State) {
	_, at := r.Position()
	node, state := b.BlockParser.Open(parent, r, pc)
	if node == nil {
		return node, state
	}
	g := guardOf(pc)
	g.tick()
	if _, ok := node.(*extast.Footnote); ok {
		g.reference(at.Start, 1)
	}
	depth := 1
	for _, open := range pc.OpenedBlocks() {
		switch open.Node.(type) {
		case *ast.Blockquote, *ast.ListItem, *extast.Footnote:
			depth++
		}
	}
	if depth > maxDepth {
		g.refuse(at.Start, "markup.too_deep", "Limit", maxDepth)
	}
	return node, state
}

// Continue bounds the work for lines inside containers: the parser touches and remembers each open block for
// each line.
func (b guardedBlock) Continue(node ast.Node, r text.Reader, pc parser.Context) parser.State {
	g := guardOf(pc)
	g.tick()
	if g.continued++; g.continued > maxContinued {
		_, at := r.Position()
		g.refuse(at.Start, "markup.too_much")
	}
	return b.BlockParser.Continue(node, r, pc)
}

func (g *guard) reference(pos, n int) {
	if g.references += n; g.references > maxReferences {
		g.refuse(pos, "markup.too_many_references", "Limit", maxReferences)
	}
}

// paragraphGuard looks at a paragraph before it becomes link definitions or a table.
type paragraphGuard struct{}

// Transform counts and never changes anything.
func (paragraphGuard) Transform(node *ast.Paragraph, r text.Reader, pc parser.Context) {
	g, lines, src := guardOf(pc), node.Lines(), r.Source()
	definitions := false
	for i := range lines.Len() {
		seg := lines.At(i)
		line := bytes.TrimLeft(seg.Value(src), " \t")
		if len(line) == 0 {
			continue
		}
		definitions = definitions || i == 0 && line[0] == '['
		if definitions && bytes.Contains(line, []byte("]:")) {
			g.reference(seg.Start, 1)
		}
		if i > 0 {
			if n := delimiterColumns(line); n > 0 {
				g.table(seg.Start, n, lines.Len()-i)
			}
		}
		if bytes.IndexByte(line, '`') >= 0 {
			if g.pipes += bytes.Count(line, []byte(`\|`)); g.pipes > maxPipes {
				g.refuse(seg.Start, "markup.too_much")
			}
		}
	}
}

func (g *guard) table(pos, columns, rows int) {
	if columns > maxColumns {
		g.refuse(pos, "markup.table_columns", "Limit", maxColumns)
	}
	if g.cells += columns * (rows + 1); g.cells > maxCells {
		g.refuse(pos, "markup.table_cells", "Limit", maxCells)
	}
}

// delimiterColumns gives the number of columns of a table's second line, 0 for any other line.
func delimiterColumns(line []byte) int {
	dash, columns := false, 1
	for _, c := range line {
		switch c {
		case '-':
			dash = true
		case '|':
			columns++
		case ':', ' ', '\t', '\n':
		default:
			return 0
		}
	}
	line = bytes.TrimSpace(line)
	if !dash || (columns == 1 && bytes.IndexByte(line, ':') < 0) {
		return 0
	}
	if line[0] == '|' {
		columns--
	}
	if line[len(line)-1] == '|' {
		columns--
	}
	return columns
}

// inlineGuard is called first for every character that may start something costly.
type inlineGuard struct{}

// Trigger names those characters.
func (inlineGuard) Trigger() []byte { return []byte("`[]!*_~<(") }

// Parse measures all blocks when the first inline text begins, and never parses anything itself.
func (inlineGuard) Parse(parent ast.Node, _ text.Reader, pc parser.Context) ast.Node {
	g := guardOf(pc)
	g.tick()
	if !g.scanned {
		g.scanned = true
		g.scan(parent)
	}
	return nil
}

// scan measures every block of the document that node is in.
func (g *guard) scan(node ast.Node) {
	root := node
	for root.Parent() != nil {
		root = root.Parent()
	}
	work := 0
	var visit func(ast.Node)
	visit = func(n ast.Node) {
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			visit(c)
		}
		if n.Type() != ast.TypeBlock || n.IsRaw() || n.Lines().Len() == 0 {
			return
		}
		if work += g.measure(n.Lines()); work > maxWork {
			g.refuse(n.Lines().At(0).Start, "markup.too_much")
		}
	}
	visit(root)
}
