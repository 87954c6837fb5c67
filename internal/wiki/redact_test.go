package wiki_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// inFiles counts the files below a folder that hold a word, in either case.
func inFiles(t *testing.T, dir, word string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		if err == nil && strings.Contains(strings.ToLower(string(b)), word) {
			found = append(found, filepath.Base(name))
		}
		if errors.Is(err, fs.ErrNotExist) { // an older index on its way out
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Redacting removes a passage from the bytes on the disk, too.
func TestRedactedTextIsNowhere(t *testing.T) {
	t.Parallel()
	kinds, err := shippedKinds()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	h := houseOf(t, kinds, dir)
	long := strings.Repeat("Mustermensch Xaveria wohnt hier. ", 400)
	p := h.published(clerk, guide("Xaveria", long))
	linking := h.published(clerk, guide("Verweis", "[[Xaveria]]\n"))
	p = h.edit(clerk, p, func(in *wiki.Input) { in.Title, in.Slug, in.Body, in.Comment = "Neutral", "neutral", "Nichts.\n", "" })
	linking = h.edit(clerk, linking, func(in *wiki.Input) { in.Body = "nichts\n" })
	for _, a := range []access.Actor{nobody, guest, clerk, other, admin} {
		if err := h.Redact(h.ctx, a, p.ID, 1, 2, "Name"); !errs.Is(err, errs.NotFound) {
			t.Errorf("%q removes a text: %v", a.Name, err)
		}
	}
	wantFields(t, h.Redact(h.ctx, editor, p.ID, 1, 3, " "), "to", "reason")
	wantFields(t, h.Redact(h.ctx, editor, p.ID, 2, 1, "x"), "to")
	if err := h.Redact(h.ctx, editor, p.ID, 3, 3, "x"); !errs.Is(err, errs.Invalid) {
		t.Errorf("the newest: %v", err)
	}
	if err := h.Redact(h.ctx, editor, p.ID, 9, 9, "x"); !errs.Is(err, errs.NotFound) {
		t.Errorf("no such revision: %v", err)
	}
	h.indexed()
	if found := inFiles(t, dir, "xaveria"); len(found) == 0 {
		t.Fatal("the name is in no file to begin with: the test proves nothing")
	}
	if err := h.Redact(h.ctx, editor, p.ID, 1, 2, "Name einer Person"); err != nil {
		t.Fatal(err)
	}
	if err := h.Redact(h.ctx, editor, linking.ID, 1, 2, "Name einer Person"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Restore(h.ctx, clerk, p.ID, 3, 1); !errs.Is(err, errs.Invalid) {
		t.Errorf("restoring what was removed: %v", err)
	}
	h.indexed()
	if res, err := h.Search(h.ctx, clerk, page.Query{Text: "Xaveria"}); err != nil || res.Total != 0 {
		t.Errorf("found: %+v, %v", res, err)
	}
	if err := h.store.Scrub(h.ctx); err != nil {
		t.Fatal(err)
	}
	if err := h.index.Rebuild(h.ctx, nil); err != nil {
		t.Fatal(err)
	}
	// The index that is replaced goes when its last reader has left it.
	found := inFiles(t, dir, "xaveria")
	for end := time.Now().Add(20 * time.Second); len(found) > 0 && time.Now().Before(end); {
		found = inFiles(t, dir, "xaveria")
	}
	if len(found) > 0 {
		t.Errorf("the name is in %v", found)
	}
	var log []string
	if err := h.store.EachAudit(h.ctx, 1, func(e audit.Entry) error {
		if e.Action == audit.RevisionRedact {
			log = append(log, e.Object)
		}
		return nil
	}); err != nil || len(log) != 2 {
		t.Errorf("log: %v, %v", log, err)
	}
}
