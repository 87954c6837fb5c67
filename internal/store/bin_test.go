package store

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The table with deleted pages is named only where they are meant; everything else reads the view page, and so cannot
// forget them.
func TestOnlyFewNameTheTableWithDeletedPages(t *testing.T) {
	may := []string{"bin.go", "erase.go", "trace.go", "own.go", "check.go", "page_write.go", "purge.go", "removed.go", "reorganise.go", "hanging.go"}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "page_all") && !strings.HasSuffix(f, "_test.go") && !slices.Contains(may, f) {
			t.Errorf("%s names page_all: a deleted page would show", f)
		}
	}
}
