package transfer

import (
	"bytes"
	"context"
	"flag"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lernraum/content"
	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/lesson"
	"lernraum/internal/markup"
	"lernraum/internal/media"
	"lernraum/internal/search"
	"lernraum/internal/store"
	"lernraum/internal/wiki"
)

var update = flag.Bool("update", false, "write the golden files anew")

var shippedKinds = sync.OnceValues(func() (*kind.Set, error) {
	return kind.Load(kind.Source{Name: "shipped", FS: content.Kinds()})
})

// instance is an empty house with everything real but the words of messages.
type instance struct {
	Parts
	t     testing.TB
	ctx   context.Context
	store *store.Store
}

func newInstance(t testing.TB) *instance {
	t.Helper()
	kinds, err := shippedKinds()
	if err != nil {
		t.Fatal(err)
	}
	in := &instance{t: t, ctx: t.Context()}
	dir := t.TempDir()
	now := func() time.Time { return time.Date(2026, 11, 2, 9, 0, 0, 987654321, time.UTC) }
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	if in.store, err = store.Open(in.ctx, store.Options{Dir: dir, Now: now, Log: log}); err != nil {
		t.Fatal(err)
	}
	index := search.Open(search.Options{Dir: dir, Source: in.store, Now: now, Log: log})
	t.Cleanup(func() {
		if err := index.Close(); err != nil {
			t.Error(err)
		}
		if err := in.store.Close(); err != nil {
			t.Error(err)
		}
	})
	in.Parts = Parts{
		Wiki: wiki.New(wiki.Options{
			Store: in.store, Index: index, Kinds: kinds, Markup: markup.New(), Now: now, Log: log, Guards: lesson.Guards(),
		}),
		Store: in.store, Kinds: kinds, Files: media.New(1 << 20), Now: now, Log: log, Say: func(m errs.Message) string { return m.String() },
	}
	return in
}

func (in *instance) imports(tree fs.FS, opt ImportOptions) *Report {
	in.t.Helper()
	if opt.Actor.Label == "" {
		opt.Actor = access.Program("Import")
	}
	r, err := Import(in.ctx, in.Parts, tree, opt)
	if err != nil {
		in.t.Fatal(err)
	}
	return r
}

// exported gives what an export writes, by name.
func (in *instance) exported() map[string][]byte {
	in.t.Helper()
	dir := filepath.Join(in.t.TempDir(), "out")
	n, err := Export(in.ctx, in.Parts, dir, nil)
	if err != nil {
		in.t.Fatal(err)
	}
	files := readTree(in.t, os.DirFS(dir))
	pages := 0
	for name := range files {
		if strings.HasSuffix(name, ".md") {
			pages++
		}
	}
	if pages != n {
		in.t.Errorf("%d pages are said to be exported, %d files are there", n, pages)
	}
	return files
}

// seq tells whether anything was written.
func (in *instance) seq() wiki.SearchState {
	in.t.Helper()
	st, err := in.store.State(in.ctx)
	if err != nil {
		in.t.Fatal(err)
	}
	return st
}

func readTree(t testing.TB, tree fs.FS) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[name], err = fs.ReadFile(tree, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// sameTree names the files in which two trees differ.
func sameTree(t testing.TB, what string, got, want map[string][]byte) {
	t.Helper()
	names := slices.Sorted(maps.Keys(want))
	for name := range got {
		if _, ok := want[name]; !ok {
			names = append(names, name)
		}
	}
	for _, name := range names {
		g, inGot := got[name]
		w, inWant := want[name]
		switch {
		case !inGot:
			t.Errorf("%s: %s is missing", what, name)
		case !inWant:
			t.Errorf("%s: %s is new:\n%s", what, name, g)
		case !bytes.Equal(g, w):
			t.Errorf("%s: %s differs\n--- got\n%s\n--- want\n%s", what, name, g, w)
		}
	}
}

// golden compares a tree with a folder of testdata, and writes it there with -update.
func golden(t testing.TB, folder string, got map[string][]byte) {
	t.Helper()
	dir := filepath.Join("testdata", folder)
	if *update {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		for name, body := range got {
			full := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(full, body, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	sameTree(t, "golden "+folder, got, readTree(t, os.DirFS(dir)))
}
