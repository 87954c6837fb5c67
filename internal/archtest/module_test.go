package archtest

import (
	"context"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// list runs the go command in the root and gives its lines.
func list(t *testing.T, args ...string) []string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command: the modules that are linked cannot be listed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-mod=readonly"}, args...)...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		if e, ok := err.(*exec.ExitError); ok {
			t.Fatalf("go list: %v\n%s", err, e.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	return strings.Fields(string(out))
}

// pins are versions that hold each other up, with what breaks otherwise.
var pins = []struct{ module, version, why string }{
	{"modernc.org/sqlite", "v1.60.1", "SQLite 3.53.4: without the WAL-reset fault of 3.51.2 and older"},
	{"modernc.org/libc", "v1.77.1", "exactly the libc that sqlite v1.60.1 names"},
	{"github.com/pressly/goose/v3", "v3.28.0", "3.29 forces another libc"},
	{"github.com/blevesearch/bleve/v2", "v2.6.1", "the newest that resolves with zapx/v17 v17.2.3"},
	{"github.com/blevesearch/zapx/v17", "v17.2.3", "before v17.1.4 a merge damages the index"},
	{"github.com/labstack/echo/v4", "v4.16.0", "the fixed major version 4"},
}

func TestPinnedVersions(t *testing.T) {
	mod := read(t, "go.mod")
	for _, p := range pins {
		if !regexp.MustCompile(`(?m)^\s*(?:require )?` + regexp.QuoteMeta(p.module+" "+p.version) + `\b`).MatchString(mod) {
			t.Errorf("go.mod: %s must be %s: %s", p.module, p.version, p.why)
		}
	}
	if strings.Contains(mod, "gopkg.in/yaml") || strings.Contains(mod, "\nreplace ") {
		t.Error("go.mod: one YAML library (go.yaml.in/yaml/v3) and no replacements")
	}
}
