package markup

import (
	"bytes"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"

	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// maxInlineDepth is how deep emphasis nests in the output; what lies deeper keeps its text. Browsers stop at
// 512 open elements.
const maxInlineDepth = 64

// writer draws one document: HTML and plain text in the same walk.
type writer struct {
	src   []byte
	o     Options
	words *words
	ids   *ids

	out  []byte // HTML
	text []byte // plain text

	headings []page.Heading
	named    map[*ast.Heading]page.Heading
	refs     []page.Link
	targets  map[string]Target
	checked  map[*byte]address // by the place of the address in the source; references share it

	tables int
	inLink bool
	depth  int // of inline elements
	full   bool
}

func newWriter(src []byte, o Options, words *words) *writer {
	return &writer{
		src: src, o: o, words: words,
		ids:     newIDs(o.Prefix),
		out:     make([]byte, 0, len(src)+len(src)/2+64),
		text:    make([]byte, 0, len(src)),
		named:   map[*ast.Heading]page.Heading{},
		checked: map[*byte]address{},
	}
}

// collect walks ahead: links may lead to headings further down, and all wiki links are resolved at once. It
// refuses a text of more blocks than a page can show.
func (w *writer) collect(doc ast.Node) error {
	var refs []string
	seen := map[string]bool{}
	var links []*wikiLink
	var headings []*ast.Heading
	blocks := 0
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the walker never fails
		if !entering {
			return ast.WalkContinue, nil
		}
		if n.Type() == ast.TypeBlock {
			if blocks++; blocks > maxBlocks {
				return ast.WalkStop, nil
			}
		}
		switch n := n.(type) {
		case *ast.Heading:
			if !n.HasChildren() {
				break
			}
			headings = append(headings, n)
		case *wikiLink:
			if n.Ref == "" {
				break
			}
			links = append(links, n)
			for _, ref := range []string{n.Ref, n.whole()} {
				if !seen[ref] {
					seen[ref] = true
					refs = append(refs, ref)
				}
			}
		}
		return ast.WalkContinue, nil
	})
	if blocks > maxBlocks {
		return errs.New(errs.Invalid, errs.Msg("markup.too_many_blocks", "Limit", maxBlocks))
	}
	if len(refs) > 0 && w.o.Resolve != nil {
		w.targets = w.o.Resolve(refs)
	}
	clear(seen)
	for _, n := range links {
		if _, ok := w.targets[n.whole()]; ok && n.Section != "" {
			n.Ref, n.Section = n.whole(), "" // the title itself contains "#"
		}
		if !seen[n.Ref] {
			seen[n.Ref] = true
			w.refs = append(w.refs, page.Link{Type: page.LinkBody, Ref: n.Ref, Text: n.Label})
		}
	}
	for _, n := range headings {
		text := tidy(w.flat(n))
		h := page.Heading{Level: min(n.Level+1, 6), ID: w.ids.section(text, w.words.Section), Text: text}
		w.named[n] = h
		w.headings = append(w.headings, h)
	}
	return nil
}

func (w *writer) document(doc ast.Node) error {
	w.blocks(doc)
	if w.full || len(w.out) > maxOutput {
		return errs.New(errs.Invalid, errs.Msg("markup.output_too_large", "Limit", maxOutput>>20))
	}
	return nil
}

// html appends trusted text of our own.
func (w *writer) html(parts ...string) {
	for _, s := range parts {
		w.out = append(w.out, s...)
	}
}

// attr appends the value of an attribute.
func (w *writer) attr(name, value string) {
	w.html(" ", name, `="`)
	w.out = escape(w.out, []byte(value))
	w.html(`"`)
}

// say appends text of the author to both outputs.
func (w *writer) say(s []byte) {
	w.out = escape(w.out, s)
	w.plain(s)
}

// hitLead is the first byte of the runes that mark hits; it is rare in text.
const hitLead = 0xEE

// plain appends to the plain text only, without the two runes that mark hits.
func (w *writer) plain(s []byte) {
	if bytes.IndexByte(s, hitLead) < 0 {
		w.text = append(w.text, s...)
		return
	}
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if r != page.HitOpen && r != page.HitClose {
			w.text = append(w.text, s[:n]...)
		}
		s = s[n:]
	}
}

// line ends a line of the plain text.
func (w *writer) line() {
	w.text = bytes.TrimRight(w.text, " \t")
	if n := len(w.text); n > 0 && w.text[n-1] != '\n' {
		w.text = append(w.text, '\n')
	}
}

func (w *writer) plainText() string { return string(bytes.TrimSpace(w.text)) }

func (w *writer) blocks(parent ast.Node) {
	for c := parent.FirstChild(); c != nil; c = c.NextSibling() {
		if len(w.out) > maxOutput {
			w.full = true
			return
		}
		w.block(c)
	}
}

func (w *writer) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		w.heading(n)
	case *ast.Paragraph:
		w.html("<p>")
		w.inlines(n)
		w.html("</p>\n")
		w.line()
	case *ast.TextBlock:
		w.inlines(n)
		if n.NextSibling() != nil && n.HasChildren() {
			w.html("\n")
		}
		w.line()
	case *ast.Blockquote:
		w.quote(n)
	case *ast.List:
		w.list(n)
	case *ast.CodeBlock:
		w.code(n, nil)
	case *ast.FencedCodeBlock:
		w.code(n, n.Language(w.src))
	case *ast.HTMLBlock:
		w.rawBlock(n)
	case *ast.ThematicBreak:
		w.html("<hr>\n")
	case *extast.Table:
		w.table(n)
	case *extast.FootnoteList:
		w.footnotes(n)
	case *ast.LinkReferenceDefinition:
	default:
		if n.Type() == ast.TypeInline {
			w.inline(n)
		} else {
			w.blocks(n)
		}
	}
}

func (w *writer) heading(n *ast.Heading) {
	h, ok := w.named[n]
	if !ok { // empty: nothing to see, and a trap for screen readers
		return
	}
	tag := "h" + string(rune('0'+h.Level))
	w.html("<", tag)
	w.attr("id", h.ID)
	w.html(">")
	w.inlines(n)
	w.html("</", tag, ">\n")
	w.line()
}

func (w *writer) list(n *ast.List) {
	tag := "ul"
	if n.IsOrdered() {
		tag = "ol"
	}
	w.html("<", tag)
	if n.IsOrdered() && n.Start != 1 {
		w.attr("start", itoa(n.Start))
	}
	w.html(">\n")
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.html("<li")
		if box := taskBox(c); box != nil && box.IsChecked {
			w.attr("class", "task task-done")
		} else if box != nil {
			w.attr("class", "task")
		}
		w.html(">")
		if first := c.FirstChild(); first != nil && first.Kind() != ast.KindTextBlock {
			w.html("\n")
		}
		w.blocks(c)
		w.html("</li>\n")
		w.line()
	}
	w.html("</", tag, ">\n")
}

func taskBox(item ast.Node) *extast.TaskCheckBox {
	if first := item.FirstChild(); first != nil && first.FirstChild() != nil {
		box, _ := first.FirstChild().(*extast.TaskCheckBox)
		return box
	}
	return nil
}

func (w *writer) code(n ast.Node, language []byte) {
	w.html(`<pre tabindex="0"><code`)
	if class := "language-" + string(decode(nil, language)); len(language) > 0 && languageClass.MatchString(class) {
		w.attr("class", class)
	}
	w.html(">")
	w.lines(n)
	w.html("</code></pre>\n")
	w.line()
}

func (w *writer) lines(n ast.Node) {
	for i := range n.Lines().Len() {
		seg := n.Lines().At(i)
		w.say(seg.Value(w.src))
	}
}

// rawBlock shows a block of HTML as what it is for us: text.
func (w *writer) rawBlock(n *ast.HTMLBlock) {
	w.html(`<p class="raw-html">`)
	w.lines(n)
	if n.HasClosure() {
		w.say(n.ClosureLine.Value(w.src))
	}
	w.out = bytes.TrimRight(w.out, "\n")
	w.html("</p>\n")
	w.line()
}
