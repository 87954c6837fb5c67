package markup

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"lernraum/internal/errs"
)

// Bounds of front matter. Aliases are counted as what they stand for, so that a few of them cannot unfold into
// millions of values.
const (
	maxFront      = 64 << 10 // bytes
	maxFrontDepth = 32
	maxFrontNodes = 10000
)

// Meta is the front matter of a file.
type Meta struct {
	// Node is the mapping as it was written, with order and comments, for keys that are written back. It is
	// nil when there is no front matter or an empty one.
	Node *yaml.Node
	// Values are the same values decoded: string, float64, bool, nil, []any and map[string]any. A number
	// that would not be written the same again ("007", "1.10") stays a string, and so does a date.
	Values map[string]any
	// Lines is the number of lines before the body.
	Lines int
}

var errorLine = regexp.MustCompile(`line (\d+)`)

// FrontMatter parts a Markdown file into front matter and body. A file without front matter is all body: its
// Values are empty. A byte order mark is dropped and line ends become "\n". It refuses front matter that is
// too large, unfolds too far or is no YAML (errs.Invalid with the line in the file), and a file that is not
// UTF-8.
func FrontMatter(src []byte) (Meta, string, error) {
	none := Meta{Values: map[string]any{}}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(src) {
		return none, "", refuse("markup.not_utf8", "Line", invalidLine(src))
	}
	if bytes.IndexByte(src, '\r') >= 0 {
		src = bytes.ReplaceAll(bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	}
	head, body, ok := cutFront(src)
	if !ok {
		return none, string(src), nil
	}
	if len(head) > maxFront {
		return none, "", refuse("markup.front_too_large", "Limit", maxFront>>10)
	}
	doc, err := parseYAML(head)
	if err != nil {
		return none, "", err
	}
	meta := Meta{Values: map[string]any{}, Lines: bytes.Count(src[:len(src)-len(body)], []byte{'\n'})}
	if len(doc.Content) == 0 { // nothing but comments
		return meta, string(body), nil
	}
	meta.Node = doc.Content[0]
	if meta.Node.Kind != yaml.MappingNode { // text between two rules
		return none, string(src), nil
	}
	u := unfolder{}
	v, err := u.value(meta.Node, 0)
	if err != nil {
		return none, "", err
	}
	meta.Values, _ = v.(map[string]any)
	return meta, string(body), nil
}

func refuse(key string, args ...any) error { return errs.New(errs.Invalid, errs.Msg(key, args...)) }

func invalidLine(src []byte) int {
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n == 1 {
			return lineAt(src, i)
		}
		i += n
	}
	return 1
}

// cutFront finds the lines between "---" on the first line and the next "---" or "...". A blank line behind
// the first makes it a rule across the page.
func cutFront(src []byte) (head, body []byte, ok bool) {
	first, rest, found := bytes.Cut(src, []byte{'\n'})
	if !found || string(bytes.TrimRight(first, " \t")) != "---" {
		return nil, nil, false
	}
	for at, n := 0, 0; at < len(rest); n++ {
		line, next := rest[at:], len(rest)
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line, next = line[:i], at+i+1
		}
		line = bytes.TrimRight(line, " \t")
		if s := string(line); s == "---" || s == "..." {
			return rest[:at], rest[next:], true
		}
		if n == 0 && len(line) == 0 {
			return nil, nil, false
		}
		at = next
	}
	return nil, nil, false
}

// parseYAML reads one document without unfolding aliases.
func parseYAML(head []byte) (doc yaml.Node, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &errs.Error{Kind: errs.Invalid, Op: "markup: front matter",
				Msg: errs.Msg("markup.front_syntax", "Line", 2), Cause: fmt.Errorf("panic: %v", v)}
		}
	}()
	if err := yaml.Unmarshal(head, &doc); err != nil {
		line := 1
		if m := errorLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
		}
		return doc, &errs.Error{Kind: errs.Invalid, Op: "markup: front matter",
			Msg: errs.Msg("markup.front_syntax", "Line", line+1), Cause: err}
	}
	return doc, nil
}

// unfolder turns nodes into plain values and counts what it makes.
type unfolder struct{ nodes int }

func (u *unfolder) value(n *yaml.Node, depth int) (any, error) {
	if u.nodes++; u.nodes > maxFrontNodes || depth > maxFrontDepth {
		return nil, refuse("markup.front_too_complex", "Line", n.Line+1)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return u.value(n.Alias, depth+1)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			v, err := u.value(c, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.MappingNode:
		return u.mapping(n, depth)
	}
	return scalar(n), nil
}

func (u *unfolder) mapping(n *yaml.Node, depth int) (any, error) {
	m := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			return nil, refuse("markup.front_syntax", "Line", key.Line+1)
		}
		if _, ok := m[key.Value]; ok {
			return nil, refuse("markup.front_duplicate", "Key", key.Value, "Line", key.Line+1)
		}
		v, err := u.value(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		m[key.Value] = v
	}
	return m, nil
}

// scalar decodes without losing anything: a value that is not written back the same stays text.
func scalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		switch n.Value {
		case "true", "True", "TRUE":
			return true
		case "false", "False", "FALSE":
			return false
		}
	case "!!int", "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil && strconv.FormatFloat(f, 'f', -1, 64) == n.Value {
			return f
		}
	}
	return n.Value
}
