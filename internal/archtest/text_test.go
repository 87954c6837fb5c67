package archtest

import (
	"go/ast"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// catalogue reads the keys of one language, by file.
func catalogue(t *testing.T, lang string) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, "templates", "i18n", "*."+lang+".yaml"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no catalogue for %s: %v", lang, err)
	}
	keys := map[string]string{}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := yaml.Unmarshal(b, &m); err != nil {
			t.Fatalf("%s: %v", filepath.Base(name), err)
		}
		for k := range m {
			if other, twice := keys[k]; twice {
				t.Errorf("%s stands in %s and in %s", k, other, filepath.Base(name))
			}
			keys[k] = filepath.Base(name)
		}
	}
	return keys
}

var (
	keyShape    = regexp.MustCompile(`^[a-z]+\.[a-z0-9_.]*$`)
	templateKey = regexp.MustCompile(`"([a-z]+\.[a-z0-9_.]*)"`)
)

// notKeys look like keys of a catalogue and are something else.
var notKeys = map[string]bool{"kind.yaml": true, "store.lock": true}

// Every key of a message that code or a template writes down exists in German and English. A key that is put
// together ("web.role_" + role) must be the beginning of one.
func TestMessageKeysExist(t *testing.T) {
	de, en := catalogue(t, "de"), catalogue(t, "en")
	namespaces := map[string]bool{}
	for k := range de {
		head, _, _ := strings.Cut(k, ".")
		namespaces[head] = true
	}
	used := usedKeys(t, namespaces)
	for _, key := range slices.Sorted(maps.Keys(used)) {
		where := used[key]
		if strings.HasSuffix(key, "_") || strings.HasSuffix(key, ".") {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(de)), func(k string) bool { return strings.HasPrefix(k, key) }) {
				t.Errorf("%s: no message begins with %q", where, key)
			}
			continue
		}
		if de[key] == "" {
			t.Errorf("%s: no German text for %q", where, key)
		}
		if en[key] == "" {
			t.Errorf("%s: no English text for %q", where, key)
		}
	}
}

// A text that nothing shows is read by translators for nothing.
func TestMessagesAreUsed(t *testing.T) {
	de := catalogue(t, "de")
	namespaces := map[string]bool{}
	for k := range de {
		head, _, _ := strings.Cut(k, ".")
		namespaces[head] = true
	}
	used := usedKeys(t, namespaces)
	var prefixes []string
	for key := range used {
		if strings.HasSuffix(key, "_") || strings.HasSuffix(key, ".") {
			prefixes = append(prefixes, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(de)) {
		if base, heading := strings.CutSuffix(key, "_title"); heading && used[base] != "" {
			continue // view.ErrorPage looks for the heading of a sentence by this name
		}
		if used[key] != "" || slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			continue
		}
		t.Errorf("%s: %s is shown nowhere", de[key], key)
	}
}

// usedKeys gives every literal of code and templates that has the shape of a key in one of the name spaces, with a
// place where it stands.
func usedKeys(t *testing.T, namespaces map[string]bool) map[string]string {
	t.Helper()
	used := map[string]string{}
	is := func(s string) bool {
		head, _, ok := strings.Cut(s, ".")
		return ok && namespaces[head] && keyShape.MatchString(s) && !notKeys[s]
	}
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if s, err := strconv.Unquote(l.Value); err == nil && is(s) {
					used[s] = f.at(l)
				}
			}
			return true
		})
	}
	err := walk(func(name string, _ fs.DirEntry) error {
		if !strings.HasPrefix(name, "templates/") || path.Ext(name) != ".html" {
			return nil
		}
		for i, line := range strings.Split(read(t, name), "\n") {
			for _, m := range templateKey.FindAllStringSubmatch(line, -1) {
				if is(m[1]) {
					used[m[1]] = name + ":" + itoa(i+1)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return used
}

var (
	inline = regexp.MustCompile(`(?i)\sstyle\s*=|\son[a-z]+\s*=\s*["']|<style\b|javascript:`)
	script = regexp.MustCompile(`(?is)<script\b[^>]*>(.*?)</script>`)
	remote = regexp.MustCompile(`(?i)(?:src|srcset|action|href)\s*=\s*["']?(?:https?:)?//`)
)

// The content security policy blocks what stands inline, and no page asks another house for anything.
func TestTemplatesHaveNothingInline(t *testing.T) {
	seen := 0
	err := walk(func(name string, _ fs.DirEntry) error {
		if !strings.HasPrefix(name, "templates/") || path.Ext(name) != ".html" {
			return nil
		}
		seen++
		src := read(t, name)
		for i, line := range strings.Split(src, "\n") {
			if m := inline.FindString(line); m != "" {
				t.Errorf("%s:%d: inline %q", name, i+1, strings.TrimSpace(m))
			}
			if m := remote.FindString(line); m != "" {
				t.Errorf("%s:%d: an address of another house: %q", name, i+1, m)
			}
		}
		for _, m := range script.FindAllStringSubmatch(src, -1) {
			if strings.TrimSpace(m[1]) != "" {
				t.Errorf("%s: a script with its text inside", name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Error("no template found")
	}
}

// What a file of ours may not hold: a path of somebody's machine, a note to self without an issue, a secret's shape.
var forbidden = []struct {
	what string
	re   *regexp.Regexp
}{
	{"a path of one machine", regexp.MustCompile(`(?:^|[\s"'=(:])/(?:` + `work|farm|root|home/[a-z]` + `)(?:/|\b)`)},
	{"a note without an issue", regexp.MustCompile(`\b(?:TO` + `DO|FIX` + `ME|XX` + `X)\b[^#]*$`)},
	{"a private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIV` + `ATE KEY-----`)},
}

// texts are the endings of files that are read as text.
var texts = map[string]bool{
	".go": true, ".md": true, ".yaml": true, ".html": true, ".css": true, ".js": true, ".sql": true, ".svg": true,
	".mod": true, ".conf": true, ".txt": true, ".csv": true, "": true,
}

func TestNothingLocalIsCommitted(t *testing.T) {
	err := walk(func(name string, d fs.DirEntry) error {
		if !texts[path.Ext(name)] || strings.HasPrefix(name, "content/") && path.Ext(name) == ".csv" {
			return nil
		}
		info, err := d.Info()
		if err != nil || info.Size() > 1<<20 {
			return nil //nolint // vanished meanwhile, or no text of ours
		}
		for i, line := range strings.Split(read(t, name), "\n") {
			for _, f := range forbidden {
				if m := f.re.FindString(line); m != "" {
					t.Errorf("%s:%d: %s: %s", name, i+1, f.what, strings.TrimSpace(m))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
