package markup

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
)

var calloutMark = regexp.MustCompile(`^\[!([A-Za-z]{1,20})\][+-]?[ \t]*`)

// quote draws a block quote, or a callout when its first line begins with a known mark: "[!NOTE]".
func (w *writer) quote(n *ast.Blockquote) {
	kind, title := w.callout(n)
	if kind == "" {
		w.html("<blockquote>\n")
		w.blocks(n)
		w.html("</blockquote>\n")
		return
	}
	w.html(`<aside class="callout callout-`, kind, `" role="note">`, "\n", `<p class="callout-title">`)
	w.html(w.words.Callouts[kind])
	if len(title) > 0 {
		w.html(": ")
		for _, c := range title {
			w.inline(c)
		}
		w.line()
	}
	w.html("</p>\n")
	w.blocks(n)
	w.html("</aside>\n")
}

// callout recognises a callout and takes its mark and the title behind it out of the quote.
func (w *writer) callout(n *ast.Blockquote) (kind string, title []ast.Node) {
	first, ok := n.FirstChild().(*ast.Paragraph)
	if !ok || first.Lines().Len() == 0 {
		return "", nil
	}
	seg := first.Lines().At(0)
	line := w.src[seg.Start:seg.Stop]
	m := calloutMark.FindSubmatch(line)
	if m == nil {
		return "", nil
	}
	name := strings.ToLower(string(m[1]))
	if w.words.Callouts[name] == "" {
		return "", nil
	}
	if t, ok := first.FirstChild().(*ast.Text); !ok || t.Segment.Start != seg.Start {
		return "", nil // the brackets have become a link
	}
	end := seg.Start + len(m[0])
	for c := first.FirstChild(); c != nil; {
		next := c.NextSibling()
		t, isText := c.(*ast.Text)
		if isText && t.Segment.Start < end {
			t.Segment = t.Segment.WithStart(min(end, t.Segment.Stop))
		}
		first.RemoveChild(first, c)
		last := isText && (t.SoftLineBreak() || t.HardLineBreak())
		if last {
			t.SetSoftLineBreak(false)
			t.SetHardLineBreak(false)
		}
		if !isText || !t.Segment.IsEmpty() {
			title = append(title, c)
		}
		if last {
			break
		}
		c = next
	}
	if !first.HasChildren() {
		n.RemoveChild(n, first)
	}
	return name, title
}
