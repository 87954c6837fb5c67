package content_test

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"lernraum/content"
	"lernraum/internal/kind"
	"lernraum/internal/page"
)

// TestPages holds every shipped page to the declaration of its kind: an import would take a page with mistakes
// and report them, but we do not ship such pages.
func TestPages(t *testing.T) {
	set, err := kind.Load(kind.Source{Name: "kinds", FS: content.Kinds()})
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	for _, dir := range []string{"starter", "demo"} {
		err := fs.WalkDir(os.DirFS("."), dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(name) != ".md" {
				return err
			}
			pages++
			src, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			checkPage(t, set, name, src)
			return nil
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if pages == 0 {
		t.Error("no page is shipped")
	}
}

func checkPage(t *testing.T, set *kind.Set, name string, src []byte) {
	head, ok := bytes.CutPrefix(src, []byte("---\n"))
	if !ok {
		t.Errorf("%s: no front matter", name)
		return
	}
	head, _, ok = bytes.Cut(head, []byte("\n---\n"))
	if !ok {
		t.Errorf("%s: the front matter does not end", name)
		return
	}
	var m struct {
		Kind, Title, Summary, State, Owner, Lang string
		Fields                                   page.Fields
		Relations                                map[string][]string
	}
	if err := yaml.Unmarshal(head, &m); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	k, ok := set.Kind(m.Kind)
	if !ok {
		t.Errorf("%s: unknown kind %q", name, m.Kind)
		return
	}
	if m.Title == "" || strings.ContainsRune(m.Title, '\n') {
		t.Errorf("%s: title %q", name, m.Title)
	}
	if n := len([]rune(m.Summary)); n > 300 {
		t.Errorf("%s: the summary has %d characters", name, n)
	}
	if _, ok := k.Machine.State(m.State); m.State != "" && !ok {
		t.Errorf("%s: a %s has no state %q", name, m.Kind, m.State)
	}
	_, bad := k.Validate(m.Fields, m.State)
	for _, b := range bad {
		t.Errorf("%s: %s: %s", name, b.Name, b.Msg)
	}
	for key := range m.Fields {
		if _, ok := k.Field(key); !ok {
			t.Errorf("%s: a %s has no field %q", name, m.Kind, key)
		}
	}
	for key, refs := range m.Relations {
		r, ok := set.Relation(key)
		if !ok {
			t.Errorf("%s: unknown relation %q", name, key)
			continue
		}
		for _, ref := range refs {
			to, _, typed := strings.Cut(ref, "/")
			if typed && len(r.Targets) > 0 && !slices.Contains(r.Targets, to) {
				t.Errorf("%s: %s does not point to a %s (%s)", name, key, to, ref)
			}
		}
	}
}
