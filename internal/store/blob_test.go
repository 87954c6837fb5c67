package store

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lernraum/internal/page"
)

func TestFileIsDurableBeforeItsRow(t *testing.T) {
	s := withPages(t, 1)
	id := benchWrite(0, 1).Page.ID
	var mu sync.Mutex
	var order []string
	s.onSync = func(name string) {
		mu.Lock()
		defer mu.Unlock()
		list, err := s.Attachments(context.Background(), id)
		if err != nil || len(list) > 0 {
			t.Errorf("the row was there before the sync of %s: %v", name, err)
		}
		rel, err := filepath.Rel(filepath.Join(s.dir, blobDir), name)
		if err != nil {
			t.Error(err)
		}
		order = append(order, rel)
	}
	a, err := s.Attach(t.Context(), page.Attachment{PageID: id, Name: "a"}, strings.NewReader("Bytes"))
	if err != nil {
		t.Fatal(err)
	}
	if len(order) != 3 || !strings.HasSuffix(order[0], partSuffix) || order[1] != "." || order[2] != a.SHA256[:2] {
		t.Errorf("synced %q; want the file, the folder of folders, the folder", order)
	}
	if parts, err := filepath.Glob(filepath.Join(s.dir, blobDir, "*"+partSuffix)); err != nil || len(parts) > 0 {
		t.Errorf("left behind: %v, %v", parts, err)
	}
}

func TestSweepRemovesOrphansOnly(t *testing.T) {
	now := time.Now()
	o := options(t, t.TempDir())
	o.Now = func() time.Time { return now }
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fill(t, s, 1)
	id := benchWrite(0, 1).Page.ID
	for _, name := range []string{"bleibt", "geht"} {
		if _, err := s.Attach(t.Context(), page.Attachment{PageID: id, Name: name}, strings.NewReader(name)); err != nil {
			t.Fatal(err)
		}
	}
	orphan, _, err := s.putBlob(strings.NewReader("verwaist"))
	if err != nil {
		t.Fatal(err)
	}
	part := filepath.Join(s.dir, blobDir, "X"+partSuffix)
	if err := os.WriteFile(part, []byte("halb"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveAttachment(t.Context(), id, "geht"); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Sweep(t.Context(), now); err != nil || n != 0 {
		t.Errorf("swept %d files that are too young: %v", n, err)
	}
	now = now.Add(2 * time.Hour)
	found, err := s.Check(t.Context())
	if err != nil || len(found) != 2 || !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, orphan[2:]) }) {
		t.Errorf("check does not name the orphans: %v, %v", found, err)
	}
	if n, err := s.Sweep(t.Context(), now.Add(-3*time.Hour)); err != nil || n != 2 {
		t.Errorf("swept %d orphans: %v", n, err)
	}
	if n, err := s.Sweep(t.Context(), now); err != nil || n != 1 {
		t.Errorf("swept %d removed files: %v", n, err)
	}
	_, r, err := s.OpenAttachment(t.Context(), id, "bleibt")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	sound(t, s)
}
