package content_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "bring the last line of every history up to its page")

// TestHistory holds the shipped histories to their pages. The newest revision says what the file says: otherwise
// an import adds one of today, and a fresh instance shows pages that are younger than their own confirmation.
// After editing a page, "go test ./content -update" brings its last line up to date.
func TestHistory(t *testing.T) {
	for _, dir := range []string{"starter", "demo"} {
		err := fs.WalkDir(os.DirFS("."), dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && path.Ext(name) == ".md" {
				checkHistory(t, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

type historyLine struct {
	Revision int            `json:"revision"`
	At       time.Time      `json:"at"`
	By       string         `json:"by"`
	Change   string         `json:"change"`
	Comment  string         `json:"comment"`
	Page     map[string]any `json:"page"`
}

func checkHistory(t *testing.T, name string) {
	id, want := pageOf(t, name)
	file := path.Join(path.Dir(name), ".history", id+".jsonl")
	src, err := os.ReadFile(file)
	if err != nil {
		t.Errorf("%s has no history: %v", name, err)
		return
	}
	var lines []historyLine
	for sc := bufio.NewReader(bytes.NewReader(src)); ; {
		raw, err := sc.ReadBytes('\n')
		if len(raw) == 0 && err != nil {
			break
		}
		var l historyLine
		if err := json.Unmarshal(raw, &l); err != nil {
			t.Errorf("%s: %v", file, err)
			return
		}
		if n := len(lines); n > 0 && !l.At.After(lines[n-1].At) {
			t.Errorf("%s: revision %d is not after the one before", file, l.Revision)
		}
		if l.By == "" || l.Comment == "" {
			t.Errorf("%s: revision %d does not say who or why", file, l.Revision)
		}
		lines = append(lines, l)
	}
	if len(lines) == 0 {
		t.Errorf("%s is empty", file)
		return
	}
	last := &lines[len(lines)-1]
	if *update && !cmp.Equal(want, last.Page) {
		last.Page = want
		writeHistory(t, file, src, *last)
	}
	if diff := cmp.Diff(want, last.Page); diff != "" {
		t.Errorf("%s: the newest revision of %s says something else (run with -update):\n%s", name, file, diff)
	}
	if at, _ := want["confirmed_at"].(string); at != "" && at < lines[0].At.Format(time.DateOnly) {
		t.Errorf("%s was confirmed on %s, before it was created", name, at)
	}
}

// pageOf reads a page file as a history line has it.
func pageOf(t *testing.T, name string) (id string, out map[string]any) {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(strings.TrimPrefix(string(src), "---\n"), "\n---\n")
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(head), &n); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	out, _ = plain(n.Content[0]).(map[string]any)
	id, _ = out["id"].(string)
	delete(out, "id")
	out["body"] = body
	for _, key := range []string{"fields", "relations"} {
		if out[key] == nil {
			out[key] = map[string]any{}
		}
	}
	return id, out
}

// plain keeps dates as they are written; decoding into any would make times of them.
func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		s := []any{}
		for _, c := range n.Content {
			s = append(s, plain(c))
		}
		return s
	}
	var f float64
	if tag := n.ShortTag(); (tag == "!!int" || tag == "!!float") && n.Decode(&f) == nil {
		return f
	}
	return n.Value
}

func writeHistory(t *testing.T, file string, src []byte, last historyLine) {
	t.Helper()
	head := src[:bytes.LastIndexByte(bytes.TrimRight(src, "\n"), '\n')+1]
	var buf bytes.Buffer
	buf.Write(head)
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(last); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
