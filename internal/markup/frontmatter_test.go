package markup

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lernraum/internal/errs"
)

const frontPage = `---
# ein Kommentar
zuletzt: 2026-11-21
id: 01JD
kind: process
tags: [reise, personal]
fields:
  steps:
    - {what: Antrag, duration: 10 min, days: 3}
  phone: 0228 99
  number: 007
  version: 1.10
  ratio: -0.5
  open: true
  yes: yes
  nothing: ~
---
# Text
`

var frontSeeds = []string{
	frontPage, "", "---\n---\n", "---\na: [\n---\n", "---\n\nText\n\n---\n", "\ufeff---\r\na: 1\r\n...\r\nb\r\n", "---\na: &a [*a]\n---\n",
	"---\n- a\n---\n", "---\ntext\n---\n", "---\na: 1\na: 2\n---\n", "---\n? [a]\n: b\n---\n", "---\na: |\n  x\n---", "---\n\xff\n---\n", laughs(),
	"---\n<<: {a: 1}\n---\n", "---\na: !!binary x\n---\n", "---\na: !!int x\n---\n", "---\n*a\n---\n", "---\n\"\n---\n", "---\n" + strings.Repeat("[", 5000) + "\n---\n",
}

// laughs is a small file that unfolds to a billion values.
func laughs() string {
	var b strings.Builder
	b.WriteString("---\na: &a [x, x, x, x, x, x, x, x, x, x]\n")
	for c := 'b'; c <= 'i'; c++ {
		b.WriteString(string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat("*"+string(c-1)+", ", 10), ", ") + "]\n")
	}
	b.WriteString("---\n")
	return b.String()
}

func TestFrontMatter(t *testing.T) {
	meta, body, err := FrontMatter([]byte(frontPage))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"zuletzt": "2026-11-21", "id": "01JD", "kind": "process", "tags": []any{"reise", "personal"},
		"fields": map[string]any{
			"steps": []any{map[string]any{"what": "Antrag", "duration": "10 min", "days": 3.0}},
			"phone": "0228 99", "number": "007", "version": "1.10", "ratio": -0.5, "open": true, "yes": "yes", "nothing": nil,
		},
	}
	if diff := cmp.Diff(want, meta.Values); diff != "" {
		t.Error(diff)
	}
	if body != "# Text\n" || meta.Lines != 17 {
		t.Errorf("body %q after %d lines", body, meta.Lines)
	}
	var keys []string
	for i := 0; i < len(meta.Node.Content); i += 2 {
		keys = append(keys, meta.Node.Content[i].Value)
	}
	if diff := cmp.Diff([]string{"zuletzt", "id", "kind", "tags", "fields"}, keys); diff != "" {
		t.Error("order of keys:", diff)
	}
}

func TestFrontMatterForms(t *testing.T) {
	for _, tt := range []struct{ name, src, body, key string }{
		{"none", "# a\n---\nb", "# a\n---\nb", ""},
		{"empty file", "", "", ""},
		{"empty front matter", "---\n---\nb", "b", ""},
		{"only a comment", "---\n# c\n---\nb", "b", ""},
		{"no end", "---\na: 1\nb", "---\na: 1\nb", ""},
		{"a rule across the page", "---\n\na: b: c\n\n---\nd", "---\n\na: b: c\n\n---\nd", ""},
		{"text between rules", "---\ntext\n---\nd", "---\ntext\n---\nd", ""},
		{"mark and Windows line ends", "\ufeff---\r\na: v\r\n---\r\nb\r\nc\r\n", "b\nc\n", "v"},
		{"dots at the end", "---\na: v\n...\nb", "b", "v"},
		{"end of file behind the end", "---\na: v\n---", "", "v"},
		{"alias", "---\nx: &x v\na: *x\n---\nb", "b", "v"},
	} {
		meta, body, err := FrontMatter([]byte(tt.src))
		got, _ := meta.Values["a"].(string)
		if err != nil || body != tt.body || got != tt.key {
			t.Errorf("%s: body %q, a %q, %v", tt.name, body, got, err)
		}
	}
}

func TestFrontMatterRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, src, key string
		line           int
	}{
		{"broken", "---\na: 1\nb: [\n---\n", "markup.front_syntax", 0},
		{"two colons", "---\na: 1\nb: c: d\n---\n", "markup.front_syntax", 3},
		{"twice", "---\na: 1\nb: 2\na: 3\n---\n", "markup.front_duplicate", 4},
		{"a list as key", "---\n? [a]\n: b\n---\n", "markup.front_syntax", 2},
		{"unfolds", laughs(), "markup.front_too_complex", 0},
		{"contains itself", "---\na: &a [*a]\n---\n", "markup.front_too_complex", 0},
		{"deep", "---\na: " + strings.Repeat("[", 50) + strings.Repeat("]", 50) + "\n---\n", "markup.front_too_complex", 2},
		{"large", "---\na: " + strings.Repeat("x", maxFront) + "\n---\n", "markup.front_too_large", 0},
		{"not UTF-8", "---\na: 1\n---\nb\xff\n", "markup.not_utf8", 4},
	} {
		_, _, err := FrontMatter([]byte(tt.src))
		e, ok := errors.AsType[*errs.Error](err)
		if !ok || e.Kind != errs.Invalid || e.Msg.Key != tt.key || (tt.line > 0 && e.Msg.Args["Line"] != tt.line) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
