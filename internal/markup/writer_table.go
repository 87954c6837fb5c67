package markup

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

var languageClass = regexp.MustCompile(`^language-[\p{L}\p{N}+#._-]{1,40}$`)

func itoa(n int) string { return strconv.Itoa(n) }

// table draws a table inside a region that can be scrolled by keyboard and has a name of its own.
func (w *writer) table(n *extast.Table) {
	w.tables++
	w.html(`<div class="table-scroll" role="region" tabindex="0"`)
	w.attr("aria-label", w.tableName(n))
	w.html(">\n<table>\n")
	body := false
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		if len(w.out) > maxOutput {
			w.full = true
			break
		}
		if head, ok := row.(*extast.TableHeader); ok {
			w.html("<thead>\n")
			w.row(head, true)
			w.html("</thead>\n")
			continue
		}
		if !body {
			body = true
			w.html("<tbody>\n")
		}
		w.row(row, false)
	}
	if body {
		w.html("</tbody>\n")
	}
	w.html("</table>\n</div>\n")
}

// tableName numbers the tables of a text and says what their columns are.
func (w *writer) tableName(n *extast.Table) string {
	name := w.words.Table + " " + itoa(w.tables) + w.ofField()
	var columns []string
	size := 0
	for c := n.FirstChild().FirstChild(); c != nil && size < 60; c = c.NextSibling() {
		if text := tidy(w.flat(c)); text != "" {
			columns = append(columns, text)
			size += len(text)
		}
	}
	if len(columns) > 0 {
		name += ": " + shorten(strings.Join(columns, ", "), 100)
	}
	return name
}

// ofField tells apart what several texts on one page would name alike.
func (w *writer) ofField() string {
	if w.o.Prefix == "" {
		return ""
	}
	return " (" + shorten(tidy(w.o.Prefix), 60) + ")"
}

// shorten cuts a text to a number of runes.
func shorten(s string, most int) string {
	for i := range s {
		if most--; most < 0 {
			return s[:i] + "\u2026"
		}
	}
	return s
}

func (w *writer) row(n ast.Node, head bool) {
	w.html("<tr>\n")
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		cell, _ := c.(*extast.TableCell)
		tag := "td"
		if head && c.HasChildren() { // an empty header cell heads nothing
			tag = "th"
			w.html(`<th scope="col"`)
		} else {
			w.html("<td")
		}
		if cell != nil && cell.Alignment != extast.AlignNone {
			w.attr("class", "align-"+cell.Alignment.String())
		}
		w.html(">")
		w.inlines(c)
		w.html("</", tag, ">\n")
		w.text = append(w.text, '\t')
	}
	w.html("</tr>\n")
	w.line()
}

// footnotes draws the notes at the end of the text.
func (w *writer) footnotes(n *extast.FootnoteList) {
	w.html(`<section class="footnotes" role="doc-endnotes"`)
	w.attr("aria-label", w.words.Footnotes+w.ofField())
	w.html(">\n<ol>\n")
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		note, ok := c.(*extast.Footnote)
		if !ok {
			continue
		}
		w.html("<li")
		w.attr("id", w.ids.note("fn", note.Index, 0))
		w.html(">\n")
		w.blocks(note)
		w.html("</li>\n")
		w.line()
	}
	w.html("</ol>\n</section>\n")
}

func (w *writer) footnoteLink(n *extast.FootnoteLink) {
	number := itoa(n.Index)
	w.html("<sup")
	w.attr("id", w.ids.note("fnref", n.Index, n.RefIndex))
	w.html(">")
	if w.inLink {
		w.html(number)
	} else {
		w.html("<a")
		w.attr("href", "#"+w.ids.note("fn", n.Index, 0))
		w.html(` class="footnote-ref" role="doc-noteref"`)
		w.attr("aria-label", w.words.Footnote+" "+number)
		w.html(">", number, "</a>")
	}
	w.html("</sup>")
}

func (w *writer) footnoteBack(n *extast.FootnoteBacklink) {
	w.html("\u00a0<a")
	w.attr("href", "#"+w.ids.note("fnref", n.Index, n.RefIndex))
	w.html(` class="footnote-back" role="doc-backlink"`)
	label := w.words.Back + " " + itoa(n.Index)
	if n.RefIndex > 0 {
		label += " (" + itoa(n.RefIndex+1) + ")"
	}
	w.attr("aria-label", label)
	w.html(">\u21a9</a>")
}
