package markup

import (
	"bytes"
	"context"
	"sort"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// Rewrite says what becomes of the address of a link.
type Rewrite struct {
	Dest string // the new address, or with Wiki the reference
	Wiki bool   // make it a wiki link; ignored for pictures
}

// RewriteLinks gives the addresses of links, pictures and link definitions in a Markdown body to fn and puts
// its answers in their places, without touching anything else; an answer equal to the question changes no
// byte. fn sees an address as Markdown means it, with escapes and entities resolved and percent encoding kept.
// With Wiki, "[text](address)" becomes "[[ref|text]]", and so does a use of a definition; the definition
// stays. fn may be called several times for one address. Code, raw HTML and bare addresses are left alone.
// A body that Render would refuse comes back as it is.
func RewriteLinks(body string, fn func(dest string, image bool) Rewrite) string {
	if checkSize(body) != nil || checkLines(body) != nil {
		return body
	}
	src := []byte(body)
	doc, err := parse(context.Background(), newParser(), src)
	if err != nil {
		return body
	}
	r := rewriter{src: src, fn: fn, w: newWriter(src, Options{}, &words{})}
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the walker never fails
		if entering {
			r.node(n)
		}
		return ast.WalkContinue, nil
	})
	return r.apply()
}

// edit replaces the bytes from start to end.
type edit struct {
	start, end int
	with       string
}

type rewriter struct {
	src   []byte
	fn    func(string, bool) Rewrite
	w     *writer // for the plain text of nodes
	edits []edit
}

func (r *rewriter) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Image:
		if n.Reference == nil {
			r.address(n.Destination, r.fn(meant(n.Destination), true))
		}
	case *ast.Link:
		ans := r.fn(meant(n.Destination), false)
		switch {
		case ans.Wiki:
			r.wiki(n, ans.Dest)
		case n.Reference == nil:
			r.address(n.Destination, ans)
		}
	case *ast.LinkReferenceDefinition:
		if ans := r.fn(meant(n.Destination), false); !ans.Wiki {
			r.address(n.Destination, ans)
		}
	}
}

func meant(dest []byte) string { return string(decode(nil, dest)) }

// place finds where a slice that the parser cut out of the source begins: both end at the same capacity. A
// slice from elsewhere, as the parser makes it for lines with a broken tab, has no place.
func (r *rewriter) place(s []byte) (int, bool) {
	at := cap(r.src) - cap(s)
	if len(s) == 0 || at < 0 || at+len(s) > len(r.src) || &r.src[at] != &s[0] {
		return 0, false
	}
	return at, true
}

func (r *rewriter) address(old []byte, ans Rewrite) {
	at, ok := r.place(old)
	if !ok || ans.Dest == meant(old) || ans.Dest == "" && !ans.Wiki {
		return
	}
	r.edits = append(r.edits, edit{at, at + len(old), written(ans.Dest)})
}

// written spells an address so that Markdown reads it back, between angle brackets or without.
func written(dest string) string {
	var b strings.Builder
	for i := 0; i < len(dest); i++ {
		switch c := dest[i]; {
		case c <= ' ' || c == 0x7f || strings.IndexByte("<>()|\\", c) >= 0:
			const hex = "0123456789ABCDEF"
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		case c == '&':
			b.WriteString("&amp;")
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// wiki makes a wiki link of a link, when both ends of it can be found and the reference can be written.
func (r *rewriter) wiki(n *ast.Link, ref string) {
	if !writable(ref) {
		return
	}
	start := n.Pos()
	if start < 0 || start >= len(r.src) || r.src[start] != '[' {
		return
	}
	label, end, ok := r.inlineEnd(n)
	if n.Reference != nil {
		label, end, ok = r.referenceEnd(n, start)
	}
	if !ok || label <= start {
		return
	}
	link := r.spell(n, ref)
	if hasImage(n) { // the picture stays, before the link
		r.edits = append(r.edits, edit{start, start + 1, ""}, edit{label, end, " " + link})
		return
	}
	r.edits = append(r.edits, edit{start, end, link})
}

func writable(ref string) bool {
	return ref != "" && ref == tidy(ref) && len(ref) < maxWikiLink/2 && !strings.ContainsAny(ref, "[]|`\\") &&
		!strings.ContainsFunc(ref, unicode.IsControl)
}

// spell writes the wiki link; inside a table its bar needs a backslash.
func (r *rewriter) spell(n ast.Node, ref string) string {
	text := strings.NewReplacer("[", "(", "]", ")", "|", "/", "`", "'", `\`, "/").Replace(tidy(r.w.flat(n)))
	text = strings.ToValidUTF8(strings.Map(printable, text), "")
	if len(text) > maxWikiLink/2 {
		text = strings.ToValidUTF8(text[:maxWikiLink/2], "")
	}
	bar := "|"
	for p := n.Parent(); p != nil; p = p.Parent() {
		if p.Kind() == extast.KindTableCell {
			bar = `\|`
		}
	}
	if text == "" || text == ref {
		return "[[" + ref + "]]"
	}
	return "[[" + ref + bar + text + "]]"
}

func printable(r rune) rune {
	if unicode.IsControl(r) {
		return -1
	}
	return r
}

func hasImage(n ast.Node) bool {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if c.Kind() == ast.KindImage || hasImage(c) {
			return true
		}
	}
	return false
}

// inlineEnd finds, around the address of "[text](address "title")", the "]" and the end behind ")".
func (r *rewriter) inlineEnd(n *ast.Link) (label, end int, ok bool) {
	at, ok := r.place(n.Destination)
	if !ok {
		return 0, 0, false
	}
	open := at - 1
	end = at + len(n.Destination)
	if open >= 0 && r.src[open] == '<' {
		open--
		end++
	}
	for open > 0 && util.IsSpace(r.src[open]) {
		open--
	}
	if open < 1 || r.src[open] != '(' || r.src[open-1] != ']' {
		return 0, 0, false
	}
	end = r.skipSpace(end)
	if n.Title != nil && end < len(r.src) {
		closer := r.src[end]
		if closer == '(' {
			closer = ')'
		}
		for end++; end < len(r.src) && r.src[end] != closer; end++ {
			if r.src[end] == '\\' {
				end++
			}
		}
		end = r.skipSpace(end + 1)
	}
	if end >= len(r.src) || r.src[end] != ')' {
		return 0, 0, false
	}
	return open - 1, end + 1, true
}

func (r *rewriter) skipSpace(i int) int {
	for i < len(r.src) && util.IsSpace(r.src[i]) {
		i++
	}
	return i
}

// referenceEnd finds the same for "[text][label]", "[label][]" and "[label]", looking no further than a label
// may be long.
func (r *rewriter) referenceEnd(n *ast.Link, start int) (label, end int, ok bool) {
	value, nested := n.Reference.Value, 0
	for i := start; i < len(r.src) && i < start+1000; i++ {
		switch r.src[i] {
		case '\\':
			i++
			continue
		case '[':
			nested++
			continue
		case ']':
			nested--
		default:
			continue
		}
		if nested > 0 {
			continue
		}
		rest := r.src[i+1:]
		switch n.Reference.Type {
		case ast.ReferenceLinkFull:
			if bytes.HasPrefix(rest, append(append([]byte("["), value...), ']')) {
				return i, i + 1 + len(value) + 2, true
			}
		case ast.ReferenceLinkCollapsed:
			if bytes.HasPrefix(rest, []byte("[]")) && bytes.Equal(r.src[start+1:i], value) {
				return i, i + 3, true
			}
		case ast.ReferenceLinkShortcut:
			if bytes.Equal(r.src[start+1:i], value) {
				return i, i + 1, true
			}
		}
		return 0, 0, false
	}
	return 0, 0, false
}

// apply makes the edits from the front; of two that overlap, the first one counts.
func (r *rewriter) apply() string {
	if len(r.edits) == 0 {
		return string(r.src)
	}
	sort.SliceStable(r.edits, func(i, j int) bool { return r.edits[i].start < r.edits[j].start })
	var b strings.Builder
	at := 0
	for _, e := range r.edits {
		if e.start < at {
			continue
		}
		b.Write(r.src[at:e.start])
		b.WriteString(e.with)
		at = e.end
	}
	b.Write(r.src[at:])
	return b.String()
}
