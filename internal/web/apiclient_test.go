package web

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lernraum/internal/auth"
)

// A client in another language, made by others' tools from the document the server hands out, is checked by its
// compiler and goes the way of a page.
func TestGeneratedClient(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiling TypeScript takes its time")
	}
	source, err := filepath.Abs(filepath.Join("..", "..", "test", "client"))
	if err != nil {
		t.Fatal(err)
	}
	modules := filepath.Join(source, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, ".bin", "openapi-typescript")); err != nil {
		without(t, "npm", "no generator: npm --prefix test/client ci --ignore-scripts")
	}
	if _, err := exec.LookPath("node"); err != nil {
		without(t, "npm", "no node in the path")
	}
	s := newSite(t)
	server := httptest.NewServer(s.open)
	defer server.Close()
	// A folder of its own, so that runs side by side do not write over each other.
	dir := t.TempDir()
	for _, name := range []string{"client.mts", "tsconfig.json", "package.json"} {
		b, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	run := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "LERNRAUM_BASE="+server.URL, "LERNRAUM_TOKEN="+s.key("clerk", auth.ScopeRead, auth.ScopeWrite))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	run("node", filepath.Join(modules, "openapi-typescript", "bin", "cli.js"), server.URL+"/api/v1/openapi.json", "-o", "schema.d.ts")
	run("node", filepath.Join(modules, "typescript", "bin", "tsc"), "-p", ".")
	if out := run("node", "client.mjs"); !strings.Contains(out, "created, read, changed, listed, deleted") {
		t.Errorf("the client says %s", out)
	}
}

// without ends a test that needs something the machine does not have: skipped with the reason, or failed where
// LERNRAUM_REQUIRE, a list with commas, names it.
func without(t *testing.T, what, reason string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("LERNRAUM_REQUIRE"), ","), what) {
		t.Fatalf("LERNRAUM_REQUIRE names %s: %s", what, reason)
	}
	t.Skip(reason)
}
