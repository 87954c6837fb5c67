package kind

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFile bounds one declaration file. The largest shipped one is a tenth of it.
const maxFile = 1 << 20

// Mistake is one mistake in a declaration file, said with its place and with what would be right.
type Mistake struct {
	File string
	Line int
	Text string
}

func (m *Mistake) Error() string { return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.Text) }

// place is where something stands.
type place struct {
	file string
	line int
}

// reader walks the nodes of one file and collects every mistake instead of stopping at the first.
type reader struct {
	file     string
	mistakes *[]*Mistake
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	*r.mistakes = append(*r.mistakes, &Mistake{File: r.file, Line: max(n.Line, 1), Text: fmt.Sprintf(format, args...)})
}

func (r *reader) at(n *yaml.Node) place { return place{r.file, max(n.Line, 1)} }

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?`)

// parse reads the one document of a file; nil means that a mistake was reported.
func (r *reader) parse(src []byte) *yaml.Node {
	if len(src) > maxFile {
		r.fail(&yaml.Node{}, "the file is larger than %d bytes", maxFile)
		return nil
	}
	dec := yaml.NewDecoder(strings.NewReader(string(src)))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			r.fail(&yaml.Node{}, "the file is empty")
			return nil
		}
		text := err.Error()
		m := yamlLine.FindStringSubmatch(text)
		line, _ := strconv.Atoi(m[1])
		r.fail(&yaml.Node{Line: line}, "not valid YAML: %s", strings.TrimPrefix(text, m[0]))
		return nil
	}
	var more yaml.Node
	if err := dec.Decode(&more); err == nil {
		r.fail(&more, "one document a file, here begins a second one")
		return nil
	}
	if len(doc.Content) != 1 {
		r.fail(&doc, "the file is empty")
		return nil
	}
	return doc.Content[0]
}

// keys says how each key of a mapping is read.
type keys map[string]func(v *yaml.Node)

// mapping reads a mapping whose keys are all known and appear once; false means it is none.
func (r *reader) mapping(n *yaml.Node, what string, known keys) bool {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s: expected keys with values, found %s", what, shape(n))
		return false
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		read, ok := known[k.Value]
		switch {
		case k.Kind != yaml.ScalarNode:
			r.fail(k, "%s: a key must be a word, found %s", what, shape(k))
		case !ok:
			r.fail(k, "%s: unknown key %q; allowed: %s", what, k.Value, list(slices.Collect(maps.Keys(known))))
		case seen[k.Value] > 0:
			r.fail(k, "%s: key %q stands here again, first in line %d", what, k.Value, seen[k.Value])
		default:
			seen[k.Value] = k.Line
			if v.Kind == yaml.AliasNode {
				r.fail(v, "%s: %s: references to other places of the file (*%s) are not allowed, write it out", what, k.Value, v.Value)
				continue
			}
			read(v)
		}
	}
	return true
}

// items reads a sequence; a single value that is none counts as a sequence of one.
func (r *reader) items(n *yaml.Node, what string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		if isNull(n) {
			return []*yaml.Node{}
		}
		return []*yaml.Node{n}
	}
	out := make([]*yaml.Node, 0, len(n.Content))
	for _, v := range n.Content {
		if v.Kind == yaml.AliasNode {
			r.fail(v, "%s: references to other places of the file (*%s) are not allowed, write it out", what, v.Value)
			continue
		}
		out = append(out, v)
	}
	return out
}

func (r *reader) str(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		r.fail(n, "%s: expected a text, found %s", what, shape(n))
		return ""
	}
	return strings.TrimSpace(n.Value)
}

func (r *reader) boolean(n *yaml.Node, what string) bool {
	switch {
	case n.Kind == yaml.ScalarNode && n.Value == "true":
		return true
	case n.Kind == yaml.ScalarNode && n.Value == "false":
		return false
	}
	r.fail(n, "%s: expected true or false, found %s", what, shape(n))
	return false
}

func (r *reader) integer(n *yaml.Node, what string, low, high int) int {
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || v < low || v > high {
		r.fail(n, "%s: expected a whole number from %d to %d, found %s", what, low, high, shape(n))
		return low
	}
	return v
}

// names reads a list of keys.
func (r *reader) names(n *yaml.Node, what string) []string {
	var out []string
	for _, v := range r.items(n, what) {
		s := r.str(v, what)
		if s != "" && slices.Contains(out, s) {
			r.fail(v, "%s: %q stands there twice", what, s)
			continue
		}
		out = append(out, s)
	}
	return out
}

// text reads a text in the interface's languages. A plain text is German. German must be there.
func (r *reader) text(n *yaml.Node, what string) Text {
	var t Text
	if n.Kind == yaml.ScalarNode && !isNull(n) {
		t.DE = strings.TrimSpace(n.Value)
	} else if !r.mapping(n, what, keys{
		"de": func(v *yaml.Node) { t.DE = r.str(v, what+".de") },
		"en": func(v *yaml.Node) { t.EN = r.str(v, what+".en") },
	}) {
		return t
	}
	if t.DE == "" {
		r.fail(n, "%s: the German text (de) is missing", what)
	}
	return t
}

// need reports a label that is not there at all.
func (r *reader) need(n *yaml.Node, what string, t Text, key string) {
	if t == (Text{}) && !hasKey(n, key) {
		r.fail(n, "%s: %s is missing, at least in German: %s: {de: …}", what, key, key)
	}
}

func hasKey(n *yaml.Node, key string) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func shape(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys with values"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "a reference"
	}
	if isNull(n) {
		return "nothing"
	}
	return strconv.Quote(n.Value)
}

// list names what is allowed, sorted.
func list(s []string) string {
	s = slices.Clone(s)
	slices.Sort(s)
	return strings.Join(s, ", ")
}

var (
	keyPattern    = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	choicePattern = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
)

// maxKey bounds keys: they become parts of addresses, columns and form controls.
const maxKey = 40

// key reads a permanent key.
func (r *reader) key(n *yaml.Node, what string) string {
	s := r.str(n, what)
	if s != "" && (!keyPattern.MatchString(s) || len(s) > maxKey) {
		r.fail(n, "%s %q: a key is in snake_case, at most %d characters: small letters a to z, digits, single underscores, a letter first", what, s, maxKey)
	}
	return s
}
