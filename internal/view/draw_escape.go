package view

import (
	"html/template"
	"reflect"
	"strconv"
	"strings"
	"text/template/parse"
)

const escaperPrefix = "_html_template_"

// escaperName is the name of the escaper a command is, "" for any other command.
func escaperName(n *parse.CommandNode) string {
	if id, ok := n.Args[0].(*parse.IdentifierNode); ok && len(n.Args) == 1 {
		if name, ok := strings.CutPrefix(id.Ident, escaperPrefix); ok {
			return name
		}
	}
	return ""
}

var (
	typeHTML = reflect.TypeFor[template.HTML]()
	typeURL  = reflect.TypeFor[template.URL]()
)

// write compiles the output of a value through the escapers that html/template chose for its place. An escaper
// that is not known here ends the compilation: nothing is ever written with less than html/template asked for.
func (c *compiler) write(n parse.Node, e expr, cmds []*parse.CommandNode) step {
	var names []string
	for _, cmd := range cmds {
		if name := escaperName(cmd); name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		c.fail(n, "html/template chose no escaper")
	}
	text := c.printed(n, e)
	safeHTML, safeURL := e.typ == typeHTML, e.typ == typeURL
	last := names[len(names)-1]
	for _, name := range names[:len(names)-1] {
		inner := text
		switch {
		case name == "urlfilter" && safeURL:
		case name == "urlfilter":
			text = func(f *frame) string { return filteredURL(inner(f)) }
		case name == "urlnormalizer" || name == "urlescaper" && safeURL:
			text = func(f *frame) string { return percent(inner(f), true) }
		case name == "urlescaper":
			text = func(f *frame) string { return percent(inner(f), false) }
		default:
			c.fail(n, "unknown escaper %s", name)
		}
		safeHTML, safeURL = false, false
	}
	switch last {
	case "htmlescaper":
		if safeHTML {
			return func(f *frame) { f.out = append(f.out, text(f)...) }
		}
	case "attrescaper", "rcdataescaper":
		if safeHTML {
			c.fail(n, "HTML in an attribute or a textarea")
		}
	default:
		c.fail(n, "unknown escaper %s", last)
	}
	return func(f *frame) { f.out = appendEscaped(f.out, text(f)) }
}

// printed gives the text of a value as fmt would.
func (c *compiler) printed(n parse.Node, e expr) func(*frame) string {
	if e.str != nil {
		return e.str
	}
	switch e.typ.Kind() {
	case reflect.String:
		return func(f *frame) string { return e.val(f).String() }
	case reflect.Int, reflect.Int64:
		return func(f *frame) string { return strconv.FormatInt(e.val(f).Int(), 10) }
	}
	c.fail(n, "%s cannot be written", e.typ)
	return nil
}

// appendEscaped escapes for text, attributes in quotes, and the inside of title and textarea.
func appendEscaped(b []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); i++ {
		var r string
		switch s[i] {
		case '&':
			r = "&amp;"
		case '<':
			r = "&lt;"
		case '>':
			r = "&gt;"
		case '"':
			r = "&#34;"
		case '\'':
			r = "&#39;"
		case '+':
			r = "&#43;"
		case 0:
			r = "\uFFFD"
		default:
			continue
		}
		b = append(b, s[start:i]...)
		b = append(b, r...)
		start = i + 1
	}
	return append(b, s[start:]...)
}

// filteredURL lets relative addresses and the schemes http, https and mailto through.
func filteredURL(s string) string {
	if scheme, _, ok := strings.Cut(s, ":"); ok && !strings.Contains(scheme, "/") {
		if !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "mailto") {
			return "#ZgotmplZ"
		}
	}
	return s
}

// percent encodes what may not stand in an address. With whole set, s is a whole address: its delimiters and
// what is already encoded stay.
func percent(s string, whole bool) string {
	const hex = "0123456789abcdef"
	var b []byte
	start := 0
	for i := 0; i < len(s); i++ {
		ch := s[i]
		switch {
		case 'a' <= ch && ch <= 'z', 'A' <= ch && ch <= 'Z', '0' <= ch && ch <= '9', strings.IndexByte("-._~", ch) >= 0:
			continue
		case whole && strings.IndexByte("!#$&*+,/:;=?@[]", ch) >= 0:
			continue
		case whole && ch == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			continue
		}
		b = append(b, s[start:i]...)
		b = append(b, '%', hex[ch>>4], hex[ch&15])
		start = i + 1
	}
	if start == 0 {
		return s
	}
	return string(append(b, s[start:]...))
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
