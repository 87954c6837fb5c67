package archtest

import (
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"lernraum/content"
	"lernraum/internal/kind"
	"lernraum/internal/page"
)

var docLink = regexp.MustCompile(`\]\(([^)\s]+)\)|(?m:^\[[^\]]+\]:\s*(\S+))`)

// Every relative link of the documents leads to a file.
func TestDocumentLinksLeadSomewhere(t *testing.T) {
	docs := 0
	err := walk(func(name string, _ fs.DirEntry) error {
		if path.Ext(name) != ".md" || strings.HasPrefix(name, "content/") || strings.HasPrefix(name, "static/") {
			return nil
		}
		docs++
		for _, m := range docLink.FindAllStringSubmatch(withoutCode(read(t, name)), -1) {
			u, err := url.Parse(m[1] + m[2])
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if u.Scheme != "" || u.Host != "" || u.Path == "" {
				continue
			}
			to := path.Join(path.Dir(name), u.Path)
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(to))); err != nil {
				t.Errorf("%s: a link to %s, which does not exist", name, to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if docs < 5 {
		t.Errorf("only %d documents found", docs)
	}
}

var fenced = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

func withoutCode(s string) string {
	return regexp.MustCompile("`[^`\n]*`").ReplaceAllString(fenced.ReplaceAllString(s, ""), "")
}

var exampleFile = regexp.MustCompile(`^# kinds/(\S+\.yaml)\n`)

// The examples of docs/kinds.md are what the loader takes: a stranger copies them as they stand.
func TestExamplesOfKindsWork(t *testing.T) {
	own := fstest.MapFS{}
	var example string
	for _, m := range fenced.FindAllStringSubmatch(read(t, "docs/kinds.md"), -1) {
		if f := exampleFile.FindStringSubmatch(m[2]); f != nil {
			own[f[1]] = &fstest.MapFile{Data: []byte(m[2])}
		} else if m[1] == "markdown" {
			example = m[2]
		}
	}
	if len(own) < 2 || example == "" {
		t.Fatalf("docs/kinds.md has %d files of kinds and the page %q", len(own), example)
	}
	set, err := kind.Load(kind.Source{Name: "shipped", FS: content.Kinds()}, kind.Source{Name: "kinds", FS: own})
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(strings.TrimPrefix(example, "---\n"), "\n---\n")
	var p struct {
		Kind      string
		Fields    page.Fields
		Relations map[string][]string
	}
	if err := yaml.Unmarshal([]byte(head), &p); err != nil {
		t.Fatal(err)
	}
	k, ok := set.Kind(p.Kind)
	if !ok {
		t.Fatalf("the page is of kind %q, which no file declares", p.Kind)
	}
	if n := len(k.AllFields()); n != 3 {
		t.Errorf("%d fields, want the three of the text", n)
	}
	if _, bad := k.Validate(p.Fields, k.Machine.Start().Key); len(bad) > 0 {
		t.Errorf("fields of the page: %v", bad)
	}
	for key := range p.Relations {
		if _, ok := set.Relation(key); !ok {
			t.Errorf("relation %s of the page is not declared", key)
		}
	}
	tool, _ := set.Kind("tool")
	shipped, err := kind.Load(kind.Source{Name: "shipped", FS: content.Kinds()})
	if err != nil {
		t.Fatal(err)
	}
	before, _ := shipped.Kind("tool")
	if len(tool.AllFields()) != len(before.AllFields())+1 {
		t.Error("the extended tool does not have one field more")
	}
}
