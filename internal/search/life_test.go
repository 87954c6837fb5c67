package search

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// damage is one way to hurt an index on the disk.
type damage struct {
	name string
	do   func(t *testing.T, dir string) // dir is the index folder
}

func damages() []damage {
	each := func(pattern string, fn func(t *testing.T, path string)) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			paths, err := filepath.Glob(filepath.Join(dir, "idx-*", "store", pattern))
			if err != nil || len(paths) == 0 {
				t.Fatalf("no %s below %s: %v", pattern, dir, err)
			}
			for _, p := range paths {
				fn(t, p)
			}
		}
	}
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	return []damage{
		{"folder deleted", func(t *testing.T, dir string) {
			// A running indexer may make its lock anew while the folder is emptied.
			for os.RemoveAll(dir) != nil {
			}
		}},
		{"store deleted", func(t *testing.T, dir string) {
			paths, _ := filepath.Glob(filepath.Join(dir, "idx-*", "store"))
			for _, p := range paths {
				must(t, os.RemoveAll(p))
			}
		}},
		{"segment halved", each("*.zap", func(t *testing.T, p string) {
			st, err := os.Stat(p)
			must(t, err)
			must(t, os.Truncate(p, st.Size()/2))
		})},
		{"segment emptied", each("*.zap", func(t *testing.T, p string) { must(t, os.Truncate(p, 0)) })},
		{"segment deleted", each("*.zap", func(t *testing.T, p string) { must(t, os.Remove(p)) })},
		{"200 bytes flipped", each("*.zap", func(t *testing.T, p string) {
			b, err := os.ReadFile(p)
			must(t, err)
			f, err := os.OpenFile(p, os.O_WRONLY, 0)
			must(t, err)
			defer f.Close()
			for range 200 {
				i := rand.IntN(len(b))
				_, err := f.WriteAt([]byte{b[i] ^ byte(1+rand.IntN(255))}, int64(i))
				must(t, err)
			}
		})},
		{"root.bolt zeroed", each("root.bolt", func(t *testing.T, p string) {
			st, err := os.Stat(p)
			must(t, err)
			f, err := os.OpenFile(p, os.O_WRONLY, 0)
			must(t, err)
			defer f.Close()
			_, err = f.Write(make([]byte, st.Size()))
			must(t, err)
		})},
		{"root.bolt emptied", each("root.bolt", func(t *testing.T, p string) { must(t, os.Truncate(p, 0)) })},
		{"root.bolt cut", each("root.bolt", func(t *testing.T, p string) { must(t, os.Truncate(p, 2*int64(os.Getpagesize()))) })},
		{"root.bolt deleted", each("root.bolt", func(t *testing.T, p string) { must(t, os.Remove(p)) })},
		{"CURRENT deleted", func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, currentFile))) }},
		{"CURRENT is nonsense", func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, currentFile), []byte("../../etc\n"), 0o600))
		}},
		{"CURRENT names nothing", func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, currentFile), []byte("idx-000-nothing\n"), 0o600))
		}},
	}
}

// honest searches a word that is known to exist: the answer may be restricted, but never empty and complete.
func honest(t testing.TB, ix *Index) (complete bool) {
	t.Helper()
	res := find(t, ix, all, page.Query{Text: "Reisekosten"})
	if !res.Restricted && res.Total == 0 {
		t.Fatal("a complete answer is falsely empty")
	}
	if res.Restricted && res.Total != 1 {
		t.Fatalf("the restricted answer has %d hits", res.Total)
	}
	return !res.Restricted
}

// TestDamageWhileStopped is C-IDX for an index that nobody has open.
func TestDamageWhileStopped(t *testing.T) {
	for _, d := range damages() {
		t.Run(d.name, func(t *testing.T) {
			dir, src := t.TempDir(), newSource(handbook(40)...)
			ix := openAt(t, dir, src)
			wait(t, ix, src)
			if err := ix.Close(); err != nil {
				t.Fatal(err)
			}
			d.do(t, filepath.Join(dir, "index"))

			ix = Open(Options{Dir: dir, Source: src, Poll: 20 * time.Millisecond})
			defer ix.Close()
			if honest(t, ix) {
				t.Error("before the start the answer is restricted")
			}
			ix.Start(context.Background())
			deadline := time.Now().Add(20 * time.Second)
			for !honest(t, ix) {
				if time.Now().After(deadline) {
					t.Fatalf("not repaired: %+v", ix.Status())
				}
			}
			wait(t, ix, src)
			if got := ids(t, ix, all, page.Query{Text: "Vorgang", Limit: 100}); len(got) != 40 {
				t.Errorf("%d pages after the repair", len(got))
			}
		})
	}
}

// TestDamageWhileRunning is C-IDX for the index in use.
func TestDamageWhileRunning(t *testing.T) {
	for _, d := range damages() {
		t.Run(d.name, func(t *testing.T) {
			dir, src := t.TempDir(), newSource(handbook(40)...)
			ix := openAt(t, dir, src)
			wait(t, ix, src)
			honest(t, ix)
			before, _ := readCurrent(ix.dir)
			d.do(t, filepath.Join(dir, "index"))

			// Some damage is seen by a search or by the next write; the check sees all of it.
			if !strings.Contains(d.name, "flipped") {
				honest(t, ix)
			}
			_ = ix.Check(context.Background())
			honest(t, ix)
			src.put(doc("99NEU", "Nachzügler", "kommt nach dem Schaden"))
			ix.Changed()
			wait(t, ix, src)
			if got := ids(t, ix, all, page.Query{Text: "Nachzügler"}); len(got) != 1 {
				t.Errorf("%d hits after the repair", len(got))
			}
			if !honest(t, ix) {
				t.Error("still restricted")
			}
			// Without CURRENT a sound index stays in use; and Bleve may mend root.bolt with its next write, before
			// the check looks.
			after, _ := readCurrent(ix.dir)
			if after == before && !strings.Contains(d.name, "CURRENT") && !strings.Contains(d.name, "root.bolt") {
				t.Error("the damage was not seen")
			}
			if err := ix.Check(context.Background()); err != nil {
				t.Errorf("the new index: %v", err)
			}
			if err := ix.Close(); err != nil {
				t.Log(err)
			}
			ix = openAt(t, dir, src)
			wait(t, ix, src)
			honest(t, ix)
		})
	}
}

// TestWriteIntoDamage writes without a check in between: what fails then is Bleve's own goroutines.
func TestWriteIntoDamage(t *testing.T) {
	for _, d := range damages() {
		t.Run(d.name, func(t *testing.T) {
			dir, src := t.TempDir(), newSource(handbook(40)...)
			ix := openAt(t, dir, src)
			wait(t, ix, src)
			d.do(t, filepath.Join(dir, "index"))
			for i := range 30 {
				src.put(doc(fmt.Sprintf("10PAGE%04d", i), "Vorgang neu", "geändert"))
				if i%10 == 0 {
					ix.Changed()
					if !strings.Contains(d.name, "flipped") {
						honest(t, ix)
					}
				}
			}
			_ = ix.Check(context.Background())
			wait(t, ix, src)
			honest(t, ix)
			if err := ix.Check(context.Background()); err != nil {
				t.Errorf("after the repair: %v", err)
			}
			if got := find(t, ix, all, page.Query{Text: "Vorgang neu geändert"}).Total; got != 30 {
				t.Errorf("%d of 30 changed pages are found", got)
			}
		})
	}
}

func TestChangesBecomeVisible(t *testing.T) {
	src := newSource(handbook(3)...)
	ix := Open(Options{Dir: t.TempDir(), Source: src, Poll: time.Hour}) // only Changed wakes it
	defer ix.Close()
	ix.Start(context.Background())
	wait(t, ix, src)
	src.put(doc("20NEU", "Homeoffice", "Arbeiten von zu Hause"))
	ix.Changed()
	wait(t, ix, src)
	if got := ids(t, ix, all, page.Query{Text: "Homeoffice"}); len(got) != 1 {
		t.Errorf("new page: %v", got)
	}
	src.put(doc("20NEU", "Telearbeit", "Arbeiten von zu Hause"))
	src.put(doc("20NEU", "Mobiles Arbeiten", "Arbeiten von zu Hause"))
	ix.Changed()
	wait(t, ix, src)
	if got := ids(t, ix, all, page.Query{Text: "Homeoffice"}); len(got) != 0 {
		t.Errorf("old title: %v", got)
	}
	if got := ids(t, ix, all, page.Query{Text: "mobiles Arbeiten"}); len(got) != 1 {
		t.Errorf("newest title: %v", got)
	}
	src.remove("20NEU")
	ix.Changed()
	wait(t, ix, src)
	if got := ids(t, ix, all, page.Query{Text: "mobiles Arbeiten"}); len(got) != 0 {
		t.Errorf("deleted page: %v", got)
	}
	if s := ix.Status(); !s.Ready || s.Lag != 0 || s.Rebuilding {
		t.Errorf("status %+v", s)
	}
}

func TestPollSeesWritesOfOtherProcesses(t *testing.T) {
	src := newSource(handbook(3)...)
	ix := open(t, src)
	src.put(doc("20NEU", "Homeoffice", "Arbeiten von zu Hause"))
	wait(t, ix, src)
}

func TestIndexIsKeptOverRestart(t *testing.T) {
	dir, src := t.TempDir(), newSource(handbook(700)...)
	ix := openAt(t, dir, src)
	wait(t, ix, src)
	before, err := readCurrent(ix.dir)
	if err != nil {
		t.Fatal(err)
	}
	_ = ix.Close()
	src.put(doc("20NEU", "Homeoffice", "während der Pause geschrieben"))
	src.remove("10PAGE0000")
	ix = openAt(t, dir, src)
	wait(t, ix, src)
	after, _ := readCurrent(ix.dir)
	if before != after {
		t.Errorf("a sound index was built again: %s, %s", before, after)
	}
	if got := ids(t, ix, all, page.Query{Text: "Pause Homeoffice"}); len(got) != 1 {
		t.Errorf("what was written meanwhile: %v", got)
	}
	if got := find(t, ix, all, page.Query{}).Total; got != 702 {
		t.Errorf("%d pages", got)
	}
}

func TestOtherDatabaseMeansOtherIndex(t *testing.T) {
	for name, change := range map[string]func(*fakeSource){
		"generation": func(s *fakeSource) { s.generation = "g2" },
		"older":      func(s *fakeSource) { s.log = s.log[:len(s.log)-1]; delete(s.pages, "10PAGE0002") },
		"count":      func(s *fakeSource) { delete(s.pages, "10PAGE0001") },
		"content": func(s *fakeSource) {
			for id, d := range s.pages {
				d.Revision += 7
				s.pages[id] = d
			}
		},
	} {
		for _, running := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s running %v", name, running), func(t *testing.T) {
				dir, src := t.TempDir(), newSource(handbook(3)...)
				ix := openAt(t, dir, src)
				wait(t, ix, src)
				before, _ := readCurrent(ix.dir)
				if !running {
					_ = ix.Close()
				}
				src.mu.Lock()
				change(src)
				src.mu.Unlock()
				if running {
					_ = ix.Check(context.Background())
				} else {
					ix = openAt(t, dir, src)
				}
				ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
				defer cancel()
				if err := ix.await(ctx, func(l *live) bool { return l != nil && l.name != before }); err != nil {
					t.Fatalf("no new index: %v %+v", err, ix.Status())
				}
				if err := ix.Check(ctx); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestUnfinishedIndexIsNotUsed(t *testing.T) {
	dir, src := t.TempDir(), newSource(handbook(3)...)
	ix := Open(Options{Dir: dir, Source: src})
	l, err := openLive(filepath.Join(ix.dir, "idx-half"), true, ix.an, ix.analysis, ix.log)
	if err != nil {
		t.Fatal(err)
	}
	l.stamp = stamp{Generation: "g1", Fingerprint: ix.version}
	if err := l.apply(handbook(3), nil, src.seq(), false); err != nil {
		t.Fatal(err)
	}
	l.close()
	if err := writeCurrent(ix.dir, "idx-half"); err != nil {
		t.Fatal(err)
	}
	if err := ix.Check(context.Background()); !errors.Is(err, errDamaged) {
		t.Errorf("check says %v", err)
	}
	ix.Start(context.Background())
	defer ix.Close()
	wait(t, ix, src)
	if name, _ := readCurrent(ix.dir); name == "idx-half" {
		t.Error("half an index is in use")
	}
	if _, err := os.Stat(filepath.Join(ix.dir, "idx-half")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half an index is still there: %v", err)
	}
}

// TestSeqIsInTheBatch opens copies of the folder as a crash would leave it: what the stamp says is in the
// index is in the index.
func TestSeqIsInTheBatch(t *testing.T) {
	dir := t.TempDir()
	ix := Open(Options{Dir: dir, Source: newSource()})
	defer ix.Close()
	l, err := openLive(filepath.Join(ix.dir, "idx-one"), true, ix.an, ix.analysis, ix.log)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		if err := l.apply([]page.Document{doc(fmt.Sprintf("P%02d", i), "Seite", "Text")}, nil, int64(i+1), false); err != nil {
			t.Fatal(err)
		}
		// A copy while the index is open has everything the call above has acknowledged.
		copied := filepath.Join(dir, fmt.Sprintf("idx-copy%d", i))
		if err := os.CopyFS(copied, os.DirFS(l.dir)); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				continue // a merge has deleted a file meanwhile: no copy of one moment
			}
			t.Fatal(err)
		}
		c, err := openLive(copied, false, ix.an, ix.analysis, ix.log)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.sc.Reader()
		if err != nil {
			t.Fatal(err)
		}
		n, _ := r.DocCount()
		_ = r.Close()
		if c.stamp.Seq != int64(n) {
			t.Errorf("batch %d: seq %d for %d documents", i, c.stamp.Seq, n)
		}
		c.close()
	}
	l.close()
}

// TestRebuildWhileSearching searches and writes during rebuilds: no query fails, none is restricted, nothing
// is lost.
func TestRebuildWhileSearching(t *testing.T) {
	src := newSource(handbook(300)...)
	ix := open(t, src)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	var searches, bad atomic.Int64
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil {
				res, err := ix.Search(context.Background(), all, page.Query{Text: "Reisekosten", Limit: 10})
				searches.Add(1)
				if err != nil || res.Restricted || res.Total != 1 {
					bad.Add(1)
				}
			}
		})
	}
	wg.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			src.put(doc(fmt.Sprintf("30W%05d", i), "Während des Umbaus", "geschrieben"))
			ix.Changed()
			_ = ix.Wait(ctx, src.seq())
		}
	})
	for range 2 {
		told := 0
		if err := ix.Rebuild(context.Background(), func(done, total int) { told = done }); err != nil {
			t.Fatal(err)
		}
		if told < 302 {
			t.Errorf("progress ended at %d", told)
		}
	}
	cancel()
	wg.Wait()
	if bad.Load() > 0 || searches.Load() == 0 {
		t.Errorf("%d of %d searches failed", bad.Load(), searches.Load())
	}
	wait(t, ix, src)
	if err := ix.Check(context.Background()); err != nil {
		t.Error(err)
	}
	src.mu.Lock()
	pages := len(src.pages)
	src.mu.Unlock()
	if got := find(t, ix, all, page.Query{}).Total; got != pages {
		t.Errorf("%d of %d pages", got, pages)
	}
	ix.retiring.Wait()
	if paths, _ := filepath.Glob(filepath.Join(ix.dir, "idx-*")); len(paths) != 1 {
		t.Errorf("old indexes stay: %v", paths)
	}
}

// TestRebuildBesideTheServer rebuilds from a second Index on the same folder, as "lernraum reindex" does.
func TestRebuildBesideTheServer(t *testing.T) {
	dir, src := t.TempDir(), newSource(handbook(20)...)
	ix := openAt(t, dir, src)
	wait(t, ix, src)
	before, _ := readCurrent(ix.dir)
	beside := Open(Options{Dir: dir, Source: src})
	defer beside.Close()
	if err := beside.Check(context.Background()); err != nil {
		t.Errorf("check beside a server: %v", err)
	}
	if err := beside.Rebuild(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := ix.await(ctx, func(l *live) bool { return l != nil && l.name != before }); err != nil {
		t.Fatalf("the server does not switch: %v", err)
	}
	honest(t, ix)

	held, err := lock(ix.dir, buildLock)
	if err != nil {
		t.Fatal(err)
	}
	if err := beside.Rebuild(context.Background(), nil); !errs.Is(err, errs.Unavailable) {
		t.Errorf("while another one builds: %v", err)
	}
	held.release()
	_ = ix.Close()
	if err := beside.Rebuild(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if err := beside.Check(context.Background()); err != nil {
		t.Errorf("check without a server: %v", err)
	}
	if paths, _ := filepath.Glob(filepath.Join(ix.dir, "idx-*")); len(paths) != 1 {
		t.Errorf("without a server the old index goes: %v", paths)
	}
}

// TestSecondServerWaits: two processes never open one index; the second answers restricted and takes over.
func TestSecondServerWaits(t *testing.T) {
	dir, src := t.TempDir(), newSource(handbook(2)...)
	first := openAt(t, dir, src)
	wait(t, first, src)
	second := openAt(t, dir, src)
	if honest(t, second) {
		t.Error("the second is complete although the first has the index")
	}
	_ = first.Close()
	wait(t, second, src)
	if !honest(t, second) {
		t.Error("the second does not take over")
	}
}

func TestTroubleOfTheDatabaseIsNoDamage(t *testing.T) {
	src := newSource(handbook(2)...)
	ix := open(t, src)
	before, _ := readCurrent(ix.dir)
	src.setFail(errors.New("disk on fire"))
	src.put(doc("20NEU", "Homeoffice", "Text"))
	if err := ix.Check(context.Background()); err == nil || errors.Is(err, errDamaged) {
		t.Errorf("check says %v", err)
	}
	if !honest(t, ix) {
		t.Error("the index is still good")
	}
	src.setFail(nil)
	ix.Changed()
	wait(t, ix, src)
	if after, _ := readCurrent(ix.dir); after != before {
		t.Error("the index was thrown away")
	}
}

func TestClosedIndexAnswersRestricted(t *testing.T) {
	src := newSource(handbook(2)...)
	ix := open(t, src)
	_ = ix.Close()
	if honest(t, ix) {
		t.Error("complete without an index")
	}
	if err := ix.Wait(context.Background(), 1); !errors.Is(err, errClosed) {
		t.Errorf("wait says %v", err)
	}
	if err := ix.Check(context.Background()); !errors.Is(err, errClosed) {
		t.Errorf("check says %v", err)
	}
	ix.Start(context.Background())
	ix.Changed()
}

// TestFallbackKeepsTheQuery asks an index that is out: the database gets the words without signs and all that
// narrows and orders the answer.
func TestFallbackKeepsTheQuery(t *testing.T) {
	src := newSource(handbook(30)...)
	tool := doc("T1", "Vorgang im Werkzeug", "")
	tool.Kind = "tool"
	src.put(tool)
	ix := open(t, src)
	_ = ix.Close()
	q := page.Query{
		Text: " „Vorgang“, im Werkzeug? ", Kinds: []string{"tool"}, Spaces: []string{"haus"}, Units: []string{"z"}, Tags: []string{"neu"},
		States: []string{"published"}, Sort: "updated", Offset: 5, Limit: 7,
	}
	if res := find(t, ix, all, q); !res.Restricted || res.Total != 1 || len(res.Hits) != 0 {
		t.Errorf("beyond the only hit: %+v", res)
	}
	q.Text = "Vorgang Werkzeug"
	if diff := cmp.Diff([]page.Query{q}, src.asked); diff != "" {
		t.Errorf("the database was asked something else:\n%s", diff)
	}
	if res := find(t, ix, all, page.Query{Text: "vorgang", Kinds: []string{"tool"}}); res.Total != 1 || res.Hits[0].ID != "T1" {
		t.Errorf("filtered: %+v", res)
	}
	if res := find(t, ix, all, page.Query{Text: "vorgang", Offset: 28, Limit: 7}); res.Total != 31 || len(res.Hits) != 3 {
		t.Errorf("the last part has %d of %d", len(res.Hits), res.Total)
	}
	src.asked = nil
	if res := find(t, ix, all, page.Query{Text: "§§ --"}); !res.Restricted || res.Total != 0 || src.asked != nil {
		t.Errorf("signs find %d, asked %v", res.Total, src.asked)
	}
	find(t, ix, all, page.Query{Text: strings.Repeat("wort ", 90)})
	if n := len(strings.Fields(src.asked[0].Text)); n != maxWords {
		t.Errorf("%d words are looked up", n)
	}
}

func folderSize(t testing.TB, dir string) (n int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
