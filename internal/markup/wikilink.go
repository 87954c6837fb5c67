package markup

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// maxWikiLink bounds what stands between the brackets, in bytes.
const maxWikiLink = 500

var kindWikiLink = ast.NewNodeKind("WikiLink")

// wikiLink is [[ref]], [[ref|text]] or [[ref#section|text]].
type wikiLink struct {
	ast.BaseInline
	Ref     string // as written, white space tidied; "" for a section of this page
	Section string // what follows "#"
	Label   string // "" when the author gave none
}

// Kind implements ast.Node.
func (*wikiLink) Kind() ast.NodeKind { return kindWikiLink }

// Dump implements ast.Node.
func (n *wikiLink) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"Ref": n.Ref, "Section": n.Section, "Label": n.Label}, nil)
}

type wikiLinkParser struct{}

// Trigger implements parser.InlineParser.
func (wikiLinkParser) Trigger() []byte { return []byte{'['} }

// Parse reads a wiki link or gives nil, which leaves the brackets to CommonMark.
func (wikiLinkParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	link, n := parseWikiLink(line)
	if link == nil {
		return nil
	}
	block.Advance(n)
	return link
}

// parseWikiLink reads a wiki link at the start of line and tells its length in bytes. What CommonMark would
// take as a link around brackets, "[[1]](address)" and "[[1]][ref]", is none.
func parseWikiLink(line []byte) (*wikiLink, int) {
	if !bytes.HasPrefix(line, []byte("[[")) {
		return nil, 0
	}
	inner := line[2:min(len(line), 2+maxWikiLink+2)]
	end := bytes.Index(inner, []byte("]]"))
	if end < 0 {
		return nil, 0
	}
	next := 2 + end + 2
	if next < len(line) && (line[next] == '(' || line[next] == '[') {
		return nil, 0
	}
	inner = inner[:end]
	if bytes.ContainsAny(inner, "[`\n") || !utf8.Valid(inner) || bytes.ContainsFunc(inner, unicode.IsControl) {
		return nil, 0
	}
	ref, label, _ := bytes.Cut(bytes.ReplaceAll(inner, []byte(`\|`), []byte("|")), []byte{'|'})
	if bytes.IndexByte(ref, ']') >= 0 {
		return nil, 0
	}
	// No reference ends in a backslash: written again before a "|" it would be taken for the escape of a table.
	link := &wikiLink{Ref: strings.TrimRight(tidy(string(ref)), `\ `), Label: tidy(string(label))}
	link.Ref, link.Section = cutSection(link.Ref)
	if link.Ref == "" && link.Section == "" {
		return nil, 0
	}
	return link, next
}

// cutSection parts "Title#Section". A "#" counts only before a letter or digit, so that "C# lernen" stays whole.
func cutSection(ref string) (string, string) {
	i := strings.LastIndexByte(ref, '#')
	if i < 0 {
		return ref, ""
	}
	if r, _ := utf8.DecodeRuneInString(ref[i+1:]); !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		return ref, ""
	}
	return strings.TrimSpace(ref[:i]), ref[i+1:]
}

func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }
