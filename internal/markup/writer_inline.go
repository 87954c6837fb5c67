package markup

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// relExternal is on every link that leaves the house.
const relExternal = "noopener noreferrer nofollow"

var lineBreakTag = regexp.MustCompile(`^<[bB][rR] ?/?>$`)

func (w *writer) inlines(parent ast.Node) {
	for c := parent.FirstChild(); c != nil; c = c.NextSibling() {
		if len(w.out) > maxOutput {
			w.full = true
			return
		}
		w.inline(c)
	}
}

func (w *writer) inline(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		w.textNode(n)
	case *ast.String:
		w.say(n.Value)
	case *ast.CodeSpan:
		w.html("<code>")
		w.say([]byte(w.flat(n)))
		w.html("</code>")
	case *ast.Emphasis:
		if n.Level == 2 {
			w.wrap("strong", n)
		} else {
			w.wrap("em", n)
		}
	case *extast.Strikethrough:
		w.wrap("del", n)
	case *ast.Link:
		w.link(n)
	case *ast.AutoLink:
		w.autoLink(n)
	case *ast.Image:
		w.image(n)
	case *wikiLink:
		w.wikiLink(n)
	case *ast.RawHTML:
		w.rawInline(n)
	case *extast.TaskCheckBox:
		w.task(n)
	case *extast.FootnoteLink:
		w.footnoteLink(n)
	case *extast.FootnoteBacklink:
		w.footnoteBack(n)
	default:
		w.inlines(n)
	}
}

func (w *writer) textNode(n *ast.Text) {
	value := n.Segment.Value(w.src)
	if !n.IsRaw() && (bytes.IndexByte(value, '\\') >= 0 || bytes.IndexByte(value, '&') >= 0) {
		value = decode(nil, value)
	}
	w.say(value)
	if !n.HardLineBreak() && !n.SoftLineBreak() {
		return
	}
	w.out = bytes.TrimRight(w.out, " ") // the parser leaves some of the blanks that stand before a break
	if n.HardLineBreak() {
		w.html("<br>")
	}
	w.html("\n")
	w.plain([]byte{' '})
}

func (w *writer) wrap(tag string, n ast.Node) {
	if w.depth >= maxInlineDepth {
		w.inlines(n)
		return
	}
	w.depth++
	w.html("<", tag, ">")
	w.inlines(n)
	w.html("</", tag, ">")
	w.depth--
}

// flat is the plain text of a node: what a heading or a picture is called.
func (w *writer) flat(n ast.Node) string {
	var b []byte
	var visit func(ast.Node)
	visit = func(n ast.Node) {
		switch n := n.(type) {
		case *ast.Text:
			if n.IsRaw() {
				b = append(b, bytes.ReplaceAll(n.Segment.Value(w.src), []byte{'\n'}, []byte{' '})...)
			} else {
				b = decode(b, n.Segment.Value(w.src))
			}
			if n.SoftLineBreak() || n.HardLineBreak() {
				b = append(b, ' ')
			}
		case *ast.String:
			b = append(b, n.Value...)
		case *ast.AutoLink:
			b = append(b, n.Label(w.src)...)
		case *wikiLink:
			b = append(b, w.wikiText(n)...)
		case *ast.RawHTML:
			for i := range n.Segments.Len() {
				seg := n.Segments.At(i)
				b = append(b, seg.Value(w.src)...)
			}
		}
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			visit(c)
		}
	}
	visit(n)
	return string(b)
}

// address checks the address of a link or picture once, however often it is referred to.
func (w *writer) address(raw []byte) address {
	if len(raw) == 0 {
		return address{}
	}
	a, ok := w.checked[&raw[0]]
	if !ok {
		a = checkAddress(raw, w.o.Files)
		if a.kind == section {
			a.URL = "#" + w.ids.find(a.URL)
		}
		w.checked[&raw[0]] = a
	}
	return a
}

// anchor opens a link to a checked address.
func (w *writer) anchor(a address, title []byte) {
	w.html("<a")
	w.attr("href", a.URL)
	if a.kind == external {
		w.html(` class="external" rel="`, relExternal, `"`)
	}
	if len(title) > 0 {
		w.attr("title", string(decode(nil, title)))
	}
	w.html(">")
}

func (w *writer) link(n *ast.Link) {
	a := w.address(n.Destination)
	if a.kind == refused || w.inLink {
		w.inlines(n)
		return
	}
	w.anchor(a, n.Title)
	w.inLink = true
	w.inlines(n)
	w.inLink = false
	w.nameLink(n, a)
	w.html("</a>")
}

// nameLink gives a name to a link that has no text: its address, hidden when there is a picture to see.
func (w *writer) nameLink(n ast.Node, a address) {
	if strings.TrimSpace(w.flat(n)) != "" {
		return
	}
	seen := false
	for c := n.FirstChild(); c != nil && !seen; c = c.NextSibling() {
		seen = c.Kind() == ast.KindImage
	}
	if seen {
		w.html(`<span class="visually-hidden">`)
	}
	w.out = escape(w.out, []byte(a.URL))
	if seen {
		w.html("</span>")
	}
}

func (w *writer) autoLink(n *ast.AutoLink) {
	raw := n.URL(w.src)
	if n.AutoLinkType == ast.AutoLinkEmail && !bytes.HasPrefix(bytes.ToLower(raw), []byte("mailto:")) {
		raw = append([]byte("mailto:"), raw...)
	}
	// Backslashes and entities are no escapes here: they are protected from being resolved as such.
	raw = bytes.ReplaceAll(raw, []byte(`\`), []byte(`%5C`))
	a := checkAddress(bytes.ReplaceAll(raw, []byte("&"), []byte("&amp;")), w.o.Files)
	if a.kind == refused || w.inLink {
		w.say(n.Label(w.src))
		return
	}
	w.anchor(a, nil)
	w.say(n.Label(w.src))
	w.html("</a>")
}

// image shows pictures of this page only: one from elsewhere would tell that server who reads what. Such a
// picture becomes a link with the alternative text.
func (w *writer) image(n *ast.Image) {
	alt := w.flat(n)
	w.plain([]byte(alt))
	a := w.address(n.Destination)
	switch {
	case a.kind == file || a.kind == rooted:
		w.html("<img")
		w.attr("src", a.URL)
		w.attr("alt", alt)
		if len(n.Title) > 0 {
			w.attr("title", string(decode(nil, n.Title)))
		}
		w.html(` loading="lazy">`)
	case a.kind == refused || w.inLink:
		w.out = escape(w.out, []byte(alt))
	default:
		w.anchor(a, n.Title)
		w.out = escape(w.out, []byte(alt))
		w.nameLink(n, a)
		w.html("</a>")
	}
}

// rawInline shows HTML as text. Only the line break is understood: cells of a table have no other.
func (w *writer) rawInline(n *ast.RawHTML) {
	var raw []byte
	for i := range n.Segments.Len() {
		seg := n.Segments.At(i)
		raw = append(raw, seg.Value(w.src)...)
	}
	if lineBreakTag.Match(raw) {
		w.html("<br>")
		w.plain([]byte{' '})
		return
	}
	w.say(raw)
}

func (w *writer) task(n *extast.TaskCheckBox) {
	mark, word := "\u2610", w.words.Open
	if n.IsChecked {
		mark, word = "\u2611", w.words.Done
	}
	w.html(`<span class="task-mark" aria-hidden="true">`, mark, `</span> <span class="visually-hidden">`, word, `: </span>`)
}

// whole is the reference with its section, for titles that contain "#".
func (n *wikiLink) whole() string {
	if n.Section == "" {
		return n.Ref
	}
	return n.Ref + "#" + n.Section
}

// wikiText is what a wiki link shows.
func (w *writer) wikiText(n *wikiLink) string {
	switch t := w.targets[n.Ref]; {
	case n.Label != "":
		return n.Label
	case n.Ref == "":
		return n.Section
	case t.Title != "":
		return t.Title
	}
	return n.whole()
}

func (w *writer) wikiLink(n *wikiLink) {
	text := []byte(w.wikiText(n))
	if w.inLink {
		w.say(text)
		return
	}
	if n.Ref == "" {
		w.html("<a")
		w.attr("href", "#"+w.ids.find(n.Section))
		w.html(">")
		w.say(text)
		w.html("</a>")
		return
	}
	if t, ok := w.targets[n.Ref]; ok {
		if a := settled(rooted, t.URL); a.kind == rooted {
			if n.Section != "" {
				a.URL += "#s-" + Slug(n.Section)
			}
			w.anchor(a, nil)
			w.say(text)
			w.html("</a>")
			return
		}
	}
	w.html(`<a class="missing"`)
	w.attr("href", "/new?"+newPage(n).Encode())
	w.html(">")
	w.say(text)
	w.html(`<span class="visually-hidden"> (`, w.words.Missing, ")</span></a>")
}

// newPage fills the form for the page that is missing, as far as the reference tells.
func newPage(n *wikiLink) url.Values {
	v := url.Values{}
	title := n.Ref
	if kind, rest, ok := strings.Cut(n.Ref, "/"); ok && isSlug(kind) && isSlug(rest) {
		v.Set("kind", kind)
		title = rest
	} else if space, rest, ok := strings.Cut(n.Ref, ":"); ok && isSlug(space) && isSlug(rest) {
		v.Set("space", space)
		title = rest
	}
	if n.Label != "" {
		title = n.Label
	}
	v.Set("title", title)
	return v
}

func isSlug(s string) bool { return s != "" && s == slug(s) }
