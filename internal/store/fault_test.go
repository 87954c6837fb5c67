package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

var all = access.Scope{All: true}

func options(t testing.TB, dir string) Options {
	return Options{Dir: dir, Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
}

func openTest(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), options(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// withPages is a store with n pages that is closed at the end of the test.
func withPages(t *testing.T, n int) *Store {
	t.Helper()
	s := openTest(t, t.TempDir())
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	fill(t, s, n)
	return s
}

func fill(t *testing.T, s *Store, n int) {
	t.Helper()
	for i := range 50 {
		if err := s.SaveSpace(t.Context(), page.Space{Key: fmt.Sprintf("bereich-%d", i), Title: "x", Type: page.SpaceOpen}); err != nil {
			t.Fatal(err)
		}
	}
	var batch []wiki.Write
	for i := range n {
		batch = append(batch, benchWrite(i, n))
	}
	if _, err := s.Save(t.Context(), batch...); err != nil {
		t.Fatal(err)
	}
}

// raw runs a statement on the writer, past all rules of the package.
func raw(t *testing.T, s *Store, query string, args ...any) error {
	t.Helper()
	c, err := s.writer.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.exec(t.Context(), query, args...)
	s.writer.put(c, nil)
	return err
}

func edit(t *testing.T, s *Store, i int, text string) wiki.Write {
	t.Helper()
	w := benchWrite(i, 20)
	p, err := s.Page(t.Context(), all, w.Page.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.Base, w.Page.Revision, w.Page.Body = p.Revision, p.Revision+1, text
	return w
}

func TestFullDisk(t *testing.T) {
	s := withPages(t, 20)
	var pages int
	c, err := s.writer.get(t.Context())
	if err == nil {
		_, err = c.row(t.Context(), []any{&pages}, "PRAGMA page_count")
		s.writer.put(c, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := raw(t, s, fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
		t.Fatal(err)
	}
	big := strings.Repeat("voll ", 20000)
	for range 3 {
		_, err := s.Save(t.Context(), edit(t, s, 1, big))
		if msg, ok := errs.MessageOf(err); !errs.Is(err, errs.Full) || !ok || msg.Key != "store.full" {
			t.Fatalf("save on a full disk: %v", err)
		}
	}
	if v, err := s.PageView(t.Context(), all, "bereich-1", "reisekosten-1"); err != nil || v.Page.Revision != 1 {
		t.Errorf("reading on a full disk: revision %d, %v", v.Page.Revision, err)
	}
	if err := raw(t, s, "PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(t.Context(), edit(t, s, 1, big)); err != nil {
		t.Errorf("save after space was freed: %v", err)
	}
	sound(t, s)
}

func TestReadOnlyMedium(t *testing.T) {
	s := withPages(t, 3)
	if err := raw(t, s, "PRAGMA query_only = 1"); err != nil {
		t.Fatal(err)
	}
	_, err := s.Save(t.Context(), edit(t, s, 1, "x"))
	if !errs.Is(err, errs.ReadOnly) {
		t.Errorf("save on a read-only medium: %v", err)
	}
	if _, err := s.Page(t.Context(), all, benchWrite(1, 3).Page.ID); err != nil {
		t.Errorf("reading on a read-only medium: %v", err)
	}
	if err := raw(t, s, "PRAGMA query_only = 0"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(t.Context(), edit(t, s, 1, "x")); err != nil {
		t.Errorf("save after the medium came back: %v", err)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	s := withPages(t, 1)
	err := s.lookup(t.Context(), "try", func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, "DELETE FROM link")
		return err
	})
	if !errs.Is(err, errs.ReadOnly) {
		t.Errorf("a reader wrote: %v", err)
	}
}

func TestRevisionsAndValuesAreImmutable(t *testing.T) {
	s := withPages(t, 2)
	id := benchWrite(0, 2).Page.ID
	if _, err := s.SaveKPIValues(t.Context(), id, []page.KPIValue{{Period: "2026", Start: time.Now(), Value: 1}}); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"UPDATE revision SET body = ''", "UPDATE revision SET head = ''", "UPDATE revision SET n = 7", "DELETE FROM revision",
		"UPDATE kpi_value SET value = 2", "DELETE FROM kpi_value", "UPDATE page_all SET revision = 3", "UPDATE page_all SET revision = 0",
	} {
		if err := raw(t, s, q); err == nil {
			t.Errorf("%s went through", q)
		}
	}
	if err := raw(t, s, "UPDATE revision SET user_id = ''"); err != nil {
		t.Errorf("an erased account cannot leave its revisions: %v", err)
	}
	if err := raw(t, s, "INSERT INTO suppression (page_pk, n, at, reason) SELECT pk, 1, 0, 'Beschluss' FROM page WHERE id = $1", string(id)); err != nil {
		t.Fatal(err)
	}
	if err := raw(t, s, "UPDATE revision SET body = 'entfernt' WHERE page_pk = (SELECT page_pk FROM suppression)"); err != nil {
		t.Errorf("suppression with a reason: %v", err)
	}
	if err := raw(t, s, "UPDATE revision SET body = 'entfernt'"); err == nil {
		t.Error("suppressing one revision opened another")
	}
}

func TestEndedContext(t *testing.T) {
	s := withPages(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err1 := s.Page(ctx, all, "x")
	_, err2 := s.Save(ctx, edit(t, s, 0, "x"))
	_, _, err3 := s.List(ctx, all, wiki.ListQuery{})
	for i, err := range []error{err1, err2, err3} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if p, err := s.Page(t.Context(), all, benchWrite(0, 1).Page.ID); err != nil || p.Revision != 1 {
		t.Errorf("after ended calls: revision %d, %v", p.Revision, err)
	}
}
