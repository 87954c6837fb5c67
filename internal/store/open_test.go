package store

import (
	"bytes"
	"database/sql"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"modernc.org/sqlite"

	"lernraum/internal/errs"
)

// closed gives the folder of a store with pages that was closed.
func closed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s := openTest(t, dir)
	fill(t, s, 200)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.marker()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the open marker is still there: %v", err)
	}
	if info, err := os.Stat(s.file() + "-wal"); err == nil && info.Size() > 0 {
		t.Errorf("the log was not moved into the database: %d bytes", info.Size())
	}
	return dir
}

func spoil(t *testing.T, dir string, change func([]byte) []byte) {
	t.Helper()
	name := filepath.Join(dir, FileName)
	b, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, change(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestDamagedDatabaseIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change  func([]byte) []byte
		unclean bool
	}{
		"header":              {change: func(b []byte) []byte { copy(b, "no database"); return b }},
		"truncated":           {change: func(b []byte) []byte { return b[:len(b)/2] }},
		"text file":           {change: func([]byte) []byte { return []byte(strings.Repeat("Kein SQLite. ", 500)) }},
		"pages after a crash": {unclean: true, change: func(b []byte) []byte { clear(b[len(b)/2 : len(b)/2+40*4096]); return b }},
	} {
		t.Run(name, func(t *testing.T) {
			dir := closed(t)
			spoil(t, dir, c.change)
			if c.unclean {
				if err := os.WriteFile(filepath.Join(dir, FileName+".open"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s, err := Open(t.Context(), options(t, dir))
			if err == nil {
				t.Error(s.Close())
			}
			msg, _ := errs.MessageOf(err)
			if err == nil || msg.Key != "store.damaged" || !strings.Contains(err.Error(), "restore a backup") {
				t.Errorf("open: %v", err)
			}
		})
	}
}

func TestDamageFoundWhileRunningEndsWriting(t *testing.T) {
	dir := closed(t)
	spoil(t, dir, func(b []byte) []byte { // every leaf of a table that holds long texts
		for p := 4096; p < len(b); p += 4096 {
			if one := b[p : p+4096]; one[0] == 0x0d && bytes.Contains(one, []byte("Ein Absatz")) {
				clear(one)
			}
		}
		return b
	})
	s := openTest(t, dir)
	defer s.Close()
	failed := false
	for i := range 200 {
		_, err := s.Page(t.Context(), all, benchWrite(i, 200).Page.ID)
		failed = failed || errs.Is(err, errs.ReadOnly)
	}
	if !failed {
		t.Fatal("no read noticed the damage")
	}
	err := s.SetMeta(t.Context(), "k", "v")
	if msg, _ := errs.MessageOf(err); !errs.Is(err, errs.ReadOnly) || msg.Key != "store.stopped" {
		t.Errorf("write after damage was found: %v", err)
	}
	if err := s.Writable(); !errs.Is(err, errs.ReadOnly) {
		t.Errorf("writable: %v", err)
	}
	if _, err := s.Spaces(t.Context()); err != nil {
		t.Errorf("reading what is whole: %v", err)
	}
}

func TestCleanAndUncleanEnd(t *testing.T) {
	dir := closed(t)
	s := openTest(t, dir)
	if _, err := os.Stat(s.marker()); err != nil {
		t.Errorf("no open marker: %v", err)
	}
	second := openTest(t, dir) // another process beside: not an unclean end, and it must not clear the marker
	if err := second.SetMeta(t.Context(), "k", "v"); err != nil {
		t.Errorf("second store: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.marker()); err != nil {
		t.Errorf("the second store removed the marker of the first: %v", err)
	}
	if v, err := s.Meta(t.Context(), "k"); err != nil || v != "v" {
		t.Errorf("what the second store wrote: %q, %v", v, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(s.marker(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	o := options(t, dir)
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	s, err := Open(t.Context(), o)
	if err != nil || !strings.Contains(log.String(), "checking") {
		t.Fatalf("after an unclean end: %v, log %q", err, log.String())
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	dir := closed(t)
	s := openTest(t, dir)
	if err := raw(t, s, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), options(t, dir))
	if msg, _ := errs.MessageOf(err); err == nil || msg.Key != "store.newer_schema" {
		t.Errorf("open: %v", err)
	}
}

func TestSettingsAreProven(t *testing.T) {
	s := withPages(t, 1)
	for _, p := range []struct {
		pool     *pool
		readOnly bool
	}{{s.writer, false}, {s.readers, true}} {
		for _, one := range pragmas(p.readOnly) {
			var got string
			c, err := p.pool.get(t.Context())
			if err == nil {
				_, err = c.row(t.Context(), []any{&got}, "PRAGMA "+one.name)
				p.pool.put(c, err)
			}
			if err != nil || !strings.EqualFold(got, one.want) {
				t.Errorf("%s is %q, %v", one.name, got, err)
			}
		}
	}
	// A setting that does not hold is refused: here the journal mode of a database that cannot have a log.
	memory, err := sqlite.NewConnector("file::memory:?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	bad := sql.OpenDB(checkedConnector{memory, false})
	defer bad.Close()
	if err := bad.PingContext(t.Context()); err == nil || !strings.Contains(err.Error(), "journal_mode") {
		t.Errorf("a connection without a log was taken: %v", err)
	}
	for v, want := range map[string]bool{"3.51.3": true, "3.53.4": true, "4.0": true, "3.51.2": false, "3.9.9": false, "": false} {
		if versionAtLeast(v, minSQLite) != want {
			t.Errorf("version %q", v)
		}
	}
}

// A large database is checked beside reading after an unclean end; writes wait for the answer.
func TestCheckBesideReading(t *testing.T) {
	for name, damaged := range map[string]bool{"whole": false, "damaged": true} {
		t.Run(name, func(t *testing.T) {
			dir := closed(t)
			if damaged {
				spoil(t, dir, func(b []byte) []byte { clear(b[len(b)-40*4096:]); return b })
			}
			if err := os.WriteFile(filepath.Join(dir, FileName+".open"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			o := options(t, dir)
			o.checkFirst = 1
			s, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Spaces(t.Context()); err != nil {
				t.Errorf("reading while the check runs: %v", err)
			}
			if err := s.SetMeta(t.Context(), "k", "v"); err != nil && !errs.Is(err, errs.ReadOnly) {
				t.Errorf("writing while the check runs: %v", err)
			}
			s.work.Wait()
			if err := s.SetMeta(t.Context(), "k", "v"); (err != nil) != damaged {
				t.Errorf("writing after the check: %v", err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(s.marker()); (err == nil) != damaged {
				t.Errorf("the open marker after the check: %v", err)
			}
		})
	}
}
