package transfer

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"lernraum/internal/kind"
	"lernraum/internal/markup"
	"lernraum/internal/page"
)

// envelope are the keys of the front matter with a meaning, in the order they are written. Every other key is
// kept and written back after them.
var envelope = []string{
	"id", "kind", "space", "slug", "title", "summary", "lang", "owner", "state", "statement", "tags", "review_due",
	"confirmed_at", "confirmed_by_role", "fields", "relations",
}

// pageFile is a page as a file says it.
type pageFile struct {
	page  page.Page
	given map[string]bool // keys of the envelope the file has
	lines int             // lines before the body
}

var idPattern = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`)

// decodeFile reads front matter and body. It does not judge values: package kind and wiki do. An error is for
// front matter that cannot be read at all or that has another shape than the format.
func decodeFile(src []byte) (pageFile, error) {
	meta, body, err := markup.FrontMatter(src)
	if err != nil {
		return pageFile{}, err
	}
	f := pageFile{given: map[string]bool{}, lines: meta.Lines}
	f.page.Body = body
	p := &f.page
	str := func(key string) (string, error) {
		v, ok := meta.Values[key]
		if !ok || v == nil {
			return "", nil
		}
		f.given[key] = true
		switch v := v.(type) {
		case string:
			return v, nil
		case float64, bool:
			return fmt.Sprint(v), nil
		}
		return "", fmt.Errorf("%s: want a text", key)
	}
	for key, to := range map[string]*string{
		"kind": &p.Kind, "space": &p.Space, "slug": &p.Slug, "title": &p.Title, "summary": &p.Summary, "lang": &p.Lang, "owner": &p.Owner,
		"state": &p.State, "statement": &p.Statement, "confirmed_by_role": &p.ConfirmedRole,
	} {
		if *to, err = str(key); err != nil {
			return f, err
		}
	}
	id, err := str("id")
	if err != nil {
		return f, err
	}
	p.ID = page.ID(id)
	for key, to := range map[string]*time.Time{"review_due": &p.ReviewDue, "confirmed_at": &p.ConfirmedAt} {
		s, err := str(key)
		if err != nil {
			return f, err
		}
		if *to, err = parseTime(s); err != nil {
			return f, fmt.Errorf("%s: %w", key, err)
		}
	}
	if p.Tags, err = stringList(meta.Values["tags"]); err != nil {
		return f, fmt.Errorf("tags: %w", err)
	}
	switch v := meta.Values["fields"].(type) {
	case nil:
	case map[string]any:
		p.Fields = kind.Canonical(v)
	default:
		return f, fmt.Errorf("fields: want keys with values")
	}
	if p.Relations, err = relationList(meta.Node, meta.Values["relations"]); err != nil {
		return f, err
	}
	for key, v := range meta.Values {
		if !slices.Contains(envelope, key) {
			if p.Extra == nil {
				p.Extra = map[string]any{}
			}
			p.Extra[key] = v
		}
	}
	return f, nil
}

func parseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("want a date like 2026-11-21, not %q", s)
}

func stringList(v any) ([]string, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ';' }), nil
	case []any:
		out := make([]string, 0, len(v))
		for _, e := range v {
			switch e := e.(type) {
			case string:
				out = append(out, e)
			case float64, bool:
				out = append(out, fmt.Sprint(e))
			default:
				return nil, fmt.Errorf("want a list of words")
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("want a list of words")
}

// relationList reads relations in the order they are written, which the decoded map has lost.
func relationList(node *yaml.Node, v any) ([]page.Relation, error) {
	m, ok := v.(map[string]any)
	if v != nil && !ok {
		return nil, fmt.Errorf("relations: want keys with lists of references")
	}
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	order := map[string]int{}
	if rel := child(node, "relations"); rel != nil {
		for i := 0; i+1 < len(rel.Content); i += 2 {
			order[rel.Content[i].Value] = i
		}
	}
	sort.Slice(keys, func(i, j int) bool { return order[keys[i]] < order[keys[j]] })
	var out []page.Relation
	for _, key := range keys {
		refs, err := stringList(m[key])
		if err != nil {
			return nil, fmt.Errorf("relations: %s: want a list of references", key)
		}
		for _, ref := range refs {
			out = append(out, page.Relation{Key: key, Ref: strings.TrimSpace(ref)})
		}
	}
	return out, nil
}

func child(node *yaml.Node, key string) *yaml.Node {
	if node != nil && node.Kind == yaml.DocumentNode && len(node.Content) > 0 {
		node = node.Content[0]
	}
	if node == nil || node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}

// encodeFile writes a page as a file. The same page always gives the same bytes.
func encodeFile(p page.Page, k *kind.Kind) ([]byte, error) {
	top := &yaml.Node{Kind: yaml.MappingNode}
	add := func(key string, v any) error { return addPair(top, key, v) }
	texts := []struct{ key, value string }{
		{"id", string(p.ID)}, {"kind", p.Kind}, {"space", p.Space}, {"slug", p.Slug}, {"title", p.Title}, {"summary", p.Summary}, {"lang", p.Lang},
		{"owner", p.Owner}, {"state", p.State},
	}
	if p.Statement == "personal" {
		texts = append(texts, struct{ key, value string }{"statement", p.Statement})
	}
	for _, t := range texts {
		if t.value == "" {
			continue
		}
		if err := add(t.key, t.value); err != nil {
			return nil, err
		}
	}
	if len(p.Tags) > 0 {
		if err := add("tags", p.Tags); err != nil {
			return nil, err
		}
	}
	for key, t := range map[string]time.Time{"review_due": p.ReviewDue} {
		if !t.IsZero() {
			if err := add(key, t.Format(time.DateOnly)); err != nil {
				return nil, err
			}
		}
	}
	if !p.ConfirmedAt.IsZero() {
		if err := add("confirmed_at", p.ConfirmedAt.UTC().Format(time.RFC3339)); err != nil {
			return nil, err
		}
	}
	if p.ConfirmedRole != "" {
		if err := add("confirmed_by_role", p.ConfirmedRole); err != nil {
			return nil, err
		}
	}
	if len(p.Fields) > 0 {
		fields, err := fieldsNode(p.Fields, k)
		if err != nil {
			return nil, err
		}
		top.Content = append(top.Content, scalar("fields"), fields)
	}
	if len(p.Relations) > 0 {
		top.Content = append(top.Content, scalar("relations"), relationsNode(p.Relations))
	}
	for _, key := range sorted(p.Extra) {
		name := key
		if slices.Contains(envelope, key) { // two keys of one name could not be read back
			name = original + key
		}
		if err := add(name, p.Extra[key]); err != nil {
			return nil, err
		}
	}
	var buf bytes.Buffer
	buf.WriteString("---\n")
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	if err := enc.Encode(top); err != nil {
		return nil, fmt.Errorf("write front matter of %s: %w", p.ID, err)
	}
	if err := enc.Close(); err != nil {
		return nil, fmt.Errorf("write front matter of %s: %w", p.ID, err)
	}
	buf.WriteString("---\n")
	buf.WriteString(p.Body)
	return buf.Bytes(), nil
}

func scalar(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

func addPair(m *yaml.Node, key string, v any) error {
	n, err := valueNode(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	k, err := valueNode(key)
	if err != nil {
		return fmt.Errorf("write the key %s: %w", key, err)
	}
	m.Content = append(m.Content, k, n)
	return nil
}

// valueNode writes texts of several lines itself: what the library makes of one that begins with white space, or
// holds other line ends or tabs, cannot be read back.
func valueNode(v any) (*yaml.Node, error) {
	switch v := v.(type) {
	case string:
		if strings.ContainsAny(v, "\n\t\r\v\f\u0085\u2028\u2029\uFEFF") {
			n := scalar(v)
			if v[0] == ' ' || v[0] == '\n' || strings.ContainsAny(v, "\t\r\v\f\u0085\u2028\u2029\uFEFF") || strings.Contains(v, " \n") {
				n.Style = yaml.DoubleQuotedStyle
			}
			return n, nil
		}
	case []string:
		return listNode(v)
	case []any:
		return listNode(v)
	case []map[string]any:
		return listNode(v)
	case map[string]any:
		m := &yaml.Node{Kind: yaml.MappingNode}
		for _, key := range sorted(v) {
			if err := addPair(m, key, v[key]); err != nil {
				return nil, err
			}
		}
		return m, nil
	}
	n := &yaml.Node{}
	return n, n.Encode(v)
}

func listNode[T any](items []T) (*yaml.Node, error) {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	if len(items) == 0 {
		list.Style = yaml.FlowStyle
	}
	for _, item := range items {
		n, err := valueNode(item)
		if err != nil {
			return nil, err
		}
		list.Content = append(list.Content, n)
	}
	return list, nil
}

// fieldsNode writes fields in the order of the kind, unknown ones after them.
func fieldsNode(fields page.Fields, k *kind.Kind) (*yaml.Node, error) {
	m := &yaml.Node{Kind: yaml.MappingNode}
	done := map[string]bool{}
	for _, f := range k.AllFields() {
		v, ok := fields[f.Key]
		if !ok {
			continue
		}
		done[f.Key] = true
		rows, isList := v.([]map[string]any)
		if !isList {
			if err := addPair(m, f.Key, v); err != nil {
				return nil, err
			}
			continue
		}
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, row := range rows {
			sub := &kind.Kind{Sections: []kind.Section{{Fields: f.Fields}}}
			n, err := fieldsNode(row, sub)
			if err != nil {
				return nil, err
			}
			list.Content = append(list.Content, n)
		}
		m.Content = append(m.Content, scalar(f.Key), list)
	}
	for _, key := range sorted(fields) {
		if !done[key] {
			if err := addPair(m, key, fields[key]); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

func relationsNode(rels []page.Relation) *yaml.Node {
	m := &yaml.Node{Kind: yaml.MappingNode}
	at := map[string]*yaml.Node{}
	for _, r := range rels {
		list, ok := at[r.Key]
		if !ok {
			list = &yaml.Node{Kind: yaml.SequenceNode}
			at[r.Key] = list
			m.Content = append(m.Content, scalar(r.Key), list)
		}
		list.Content = append(list.Content, scalar(r.Ref))
	}
	return m
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// isMarkdown tells by its ending whether a file is a page.
func isMarkdown(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown", ".mdown", ".qmd":
		return true
	}
	return false
}
