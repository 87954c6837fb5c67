package view

import (
	"bytes"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"lernraum/internal/errs"
)

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

func inside(n *html.Node, tag string) bool {
	for p := range n.Ancestors() {
		if p.Data == tag {
			return true
		}
	}
	return false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

func formMessages() []errs.Message { return []errs.Message{errs.Msg("err.conflict")} }

// faults names what is wrong with a document.
func faults(src []byte) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	out = append(out, unbalanced(src)...)
	doc, err := html.Parse(bytes.NewReader(src))
	if err != nil {
		return append(out, err.Error())
	}
	ids, labels := map[string]bool{}, map[string]bool{}
	var used []string
	var lang, title string
	h1, mains, level, primary, focus := 0, 0, 0, 0, 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if id := attr(n, "id"); has(n, "id") {
			if id == "" || strings.ContainsAny(id, " \t\n") || ids[id] {
				add("id %q is empty, has a space or is used twice", id)
			}
			ids[id] = true
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				add("<%s> has the attribute %s", n.Data, a.Key)
			}
		}
		for _, key := range []string{"aria-labelledby", "aria-describedby", "aria-controls"} {
			used = append(used, strings.Fields(attr(n, key))...)
		}
		if has(n, "autofocus") {
			focus++
		}
		if strings.Contains(attr(n, "class"), "kern-btn--primary") {
			primary++
		}
		switch n.Data {
		case "html":
			lang = attr(n, "lang")
		case "title":
			if n.Parent.Data == "head" {
				title = textOf(n)
			}
		case "main":
			mains++
		case "h1", "h2", "h3", "h4", "h5", "h6":
			l, _ := strconv.Atoi(n.Data[1:])
			if l == 1 {
				h1++
			}
			if l > level+1 && !inside(n, "header") {
				add("heading %q of level %d follows level %d", textOf(n), l, level)
			}
			if level = l; textOf(n) == "" {
				add("empty heading %s", n.Data)
			}
		case "label":
			labels[attr(n, "for")] = true
		case "style":
			add("inline style")
		case "script":
			if attr(n, "src") == "" || textOf(n) != "" {
				add("inline script")
			}
		case "a":
			if attr(n, "href") == "" {
				add("link %q without address", textOf(n))
			}
			if id, ok := strings.CutPrefix(attr(n, "href"), "#"); ok && id != "" {
				used = append(used, id)
			}
			if textOf(n) == "" && attr(n, "aria-label") == "" {
				add("link %s without text", attr(n, "href"))
			}
			if inside(n, "a") || inside(n, "button") {
				add("link inside a control")
			}
		case "button":
			if textOf(n) == "" {
				add("button without text")
			}
		case "form":
			if m := attr(n, "method"); m != "get" && m != "post" {
				add("form with method %q", m)
			}
			if inside(n, "form") {
				add("form inside a form")
			}
		case "th":
			if attr(n, "scope") == "" {
				add("th %q without scope", textOf(n))
			}
		case "img":
			if !has(n, "alt") {
				add("image without alternative")
			}
		case "table", "ul", "ol", "p", "dl", "div", "section", "form ":
			if inside(n, "p") || inside(n, "button") {
				add("<%s> inside p or button", n.Data)
			}
		}
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "input", "select", "textarea":
			if attr(n, "type") != "hidden" && !labels[attr(n, "id")] && attr(n, "aria-label") == "" {
				add("<%s name=%s> has no label", n.Data, attr(n, "name"))
			}
		}
	}
	for _, id := range used {
		if !ids[id] {
			add("nothing has the id %q", id)
		}
	}
	if lang != German && lang != English {
		add("language %q", lang)
	}
	if title == "" || strings.HasPrefix(title, "–") {
		add("document title %q", title)
	}
	if h1 != 1 || mains != 1 {
		add("%d h1, %d main", h1, mains)
	}
	if primary > 1 {
		add("%d primary buttons", primary)
	}
	if focus > 1 {
		add("%d elements want the focus", focus)
	}
	return out
}

// unbalanced compares opening and closing tags, which the parser would silently repair.
func unbalanced(src []byte) []string {
	var out, stack []string
	void := map[string]bool{"meta": true, "link": true, "input": true, "br": true, "img": true, "hr": true}
	z := html.NewTokenizer(bytes.NewReader(src))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if len(stack) > 0 {
				out = append(out, "not closed: "+strings.Join(stack, " "))
			}
			return out
		case html.StartTagToken:
			name, _ := z.TagName()
			if !void[string(name)] {
				stack = append(stack, string(name))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if len(stack) == 0 || stack[len(stack)-1] != string(name) {
				return append(out, fmt.Sprintf("</%s> closes %v", name, stack[max(0, len(stack)-3):]))
			}
			stack = stack[:len(stack)-1]
		}
	}
}

// fieldsOf names the fields a struct has itself.
func fieldsOf(v any) iter.Seq[string] {
	return func(yield func(string) bool) {
		t := reflect.Indirect(reflect.ValueOf(v)).Type()
		for i := range t.NumField() {
			if !yield(t.Field(i).Name) {
				return
			}
		}
	}
}

// sources is the Go code of this package without its tests.
func sources() (string, error) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		b.Write(src)
	}
	return b.String(), nil
}

func drawn(t *testing.T, r *Renderer, p Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Render(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
