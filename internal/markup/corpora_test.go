package markup

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lernraum/internal/errs"
)

// corpora gives the folder of the shared corpora, or skips the test where there is none.
func corpora(t testing.TB, parts ...string) string {
	t.Helper()
	dir := os.Getenv("LERNRAUM_CORPORA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpora")
	}
	dir = filepath.Join(append([]string{dir}, parts...)...)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no corpora at %s: set LERNRAUM_CORPORA to run this test", dir)
	}
	return dir
}

// markdownFiles calls fn for every Markdown file below the folders.
func markdownFiles(t testing.TB, fn func(path, source string), folders ...string) int {
	t.Helper()
	n := 0
	for _, folder := range folders {
		root := corpora(t, filepath.FromSlash(folder))
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(strings.ToLower(path), ".md") {
				return err
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			rel, _ := filepath.Rel(root, path)
			fn(folder+"/"+filepath.ToSlash(rel), string(b))
			n++
			return nil
		})
		if err != nil {
			t.Fatalf("walk %s: %v", root, err)
		}
	}
	return n
}

// Real handbooks are never refused, their HTML is clean, and the second line of defence finds nothing to do.
func TestRealTextIsNeverRefused(t *testing.T) {
	r := New()
	o := Options{Files: "/wiki/s/x/files/"}
	n := markdownFiles(t, func(path, source string) {
		if len(source) > maxSource { // two laws that no page can hold
			if _, err := r.Render(context.Background(), source, o); !errs.Is(err, errs.TooLarge) {
				t.Errorf("%s: %d bytes: %v", path, len(source), err)
			}
			return
		}
		_, body, err := FrontMatter([]byte(source))
		if err != nil {
			t.Logf("%s: front matter: %v", path, err)
			body = source
		}
		checkRendering(t, r, path, body, o)
	}, "handbook-de", "handbook-en", "postmortems", "admin-data/gesetze-verwaltung", "import", "security/owasp")
	t.Logf("%d files", n)
}
