package search

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// fakeSource is the database of the tests: pages, a change log, a generation.
type fakeSource struct {
	mu         sync.Mutex
	generation string
	pages      map[page.ID]page.Document
	log        []page.Change
	fail       error        // of Changes and Documents
	asked      []page.Query // by TitleLookup
}

func newSource(docs ...page.Document) *fakeSource {
	s := &fakeSource{generation: "g1", pages: map[page.ID]page.Document{}}
	for _, d := range docs {
		s.put(d)
	}
	return s
}

// put saves a page and gives the seq of the change.
func (s *fakeSource) put(d page.Document) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.Revision == 0 {
		d.Revision = s.pages[d.ID].Revision + 1
	}
	if d.UpdatedAt.IsZero() {
		d.UpdatedAt = noon
	}
	s.pages[d.ID] = d
	return s.changed(d.ID)
}

func (s *fakeSource) remove(id page.ID) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pages, id)
	return s.changed(id)
}

func (s *fakeSource) changed(id page.ID) int64 {
	seq := int64(len(s.log) + 1)
	s.log = append(s.log, page.Change{Seq: seq, Page: id, At: noon})
	return seq
}

func (s *fakeSource) seq() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.log))
}

func (s *fakeSource) setFail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

func (s *fakeSource) State(context.Context) (wiki.SearchState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return wiki.SearchState{Generation: s.generation, Seq: int64(len(s.log)), Pages: len(s.pages)}, nil
}

func (s *fakeSource) Changes(_ context.Context, after int64, limit int) ([]page.Change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, s.fail
	}
	rest := s.log[min(int(after), len(s.log)):]
	return slices.Clone(rest[:min(limit, len(rest))]), nil
}

func (s *fakeSource) Documents(_ context.Context, ids []page.ID) ([]page.Document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, s.fail
	}
	var out []page.Document
	for _, id := range ids {
		if d, ok := s.pages[id]; ok {
			out = append(out, d)
		}
	}
	return out, nil
}

func (s *fakeSource) EachDocument(_ context.Context, fn func(page.Document) error) error {
	s.mu.Lock()
	ids := slices.Sorted(maps.Keys(s.pages))
	s.mu.Unlock()
	for _, id := range ids {
		s.mu.Lock()
		d, ok := s.pages[id]
		s.mu.Unlock()
		if !ok {
			continue
		}
		if err := fn(d); err != nil {
			return err
		}
	}
	return nil
}

func (s *fakeSource) TitleLookup(_ context.Context, scope access.Scope, q page.Query) ([]page.Hit, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, q)
	var out []page.Hit
	for _, id := range slices.Sorted(maps.Keys(s.pages)) {
		d := s.pages[id]
		good := visible(scope, d) && (len(q.Kinds) == 0 || slices.Contains(q.Kinds, d.Kind))
		for w := range strings.FieldsSeq(strings.ToLower(q.Text)) {
			good = good && strings.Contains(strings.ToLower(d.Title), w)
		}
		if good {
			out = append(out, page.Hit{ID: d.ID, Title: d.Title})
		}
	}
	rest := out[min(q.Offset, len(out)):]
	return rest[:min(q.Limit, len(rest))], len(out), nil
}

// visible is the rule of access, written down a second time.
func visible(scope access.Scope, d page.Document) bool {
	if scope.All {
		return true
	}
	return slices.Contains(scope.Read, d.Space) && (!d.Draft || slices.Contains(scope.Drafts, d.Space))
}

var all = access.Scope{All: true}

// doc makes a page with the fields most tests need.
func doc(id, title, text string) page.Document {
	return page.Document{ID: page.ID(id), Kind: "guide", Space: "haus", Slug: strings.ToLower(id), Title: title, Text: text, Lang: "de", State: "published"}
}

// handbook is a small wiki for the tests.
func handbook(n int) []page.Document {
	docs := []page.Document{
		doc("01REISE", "Reisekosten abrechnen", "Wer eine Dienstreise macht, rechnet die Reisekosten innerhalb von sechs Monaten ab. Die Genehmigung liegt bei."),
		doc("02PRUEF", "Prüfung der Rechnung", "Die Prüfung einer Rechnung erfolgt nach dem Vier-Augen-Prinzip. Größe und Maße werden gemessen."),
	}
	for i := range n {
		docs = append(docs, doc(fmt.Sprintf("10PAGE%04d", i), fmt.Sprintf("Vorgang %d", i), fmt.Sprintf("Ein gewöhnlicher Vorgang mit der Nummer %d und etwas Text.", i)))
	}
	return docs
}

// open starts an index over a source in a folder of the test and waits until it can be trusted.
func open(t testing.TB, src *fakeSource) *Index {
	t.Helper()
	ix := openAt(t, t.TempDir(), src)
	wait(t, ix, src)
	return ix
}

func openAt(t testing.TB, dir string, src *fakeSource) *Index {
	t.Helper()
	ix := Open(Options{Dir: dir, Source: src, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: func() time.Time { return noon }, Poll: 20 * time.Millisecond, CheckEvery: time.Hour})
	ix.Start(context.Background())
	t.Cleanup(func() { _ = ix.Close() })
	return ix
}

// wait returns when everything in the source can be found.
func wait(t testing.TB, ix *Index, src *fakeSource) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := ix.Wait(ctx, src.seq()); err != nil {
		t.Fatalf("index does not become ready: %v (%+v)", err, ix.Status())
	}
}

func find(t testing.TB, ix *Index, scope access.Scope, q page.Query) page.Result {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 10
	}
	res, err := ix.Search(context.Background(), scope, q)
	if err != nil {
		t.Fatalf("search %q: %v", q.Text, err)
	}
	return res
}

// ids lists the hits of a complete answer.
func ids(t testing.TB, ix *Index, scope access.Scope, q page.Query) []string {
	t.Helper()
	res := find(t, ix, scope, q)
	if res.Restricted {
		t.Fatalf("search %q: answer is restricted: %+v", q.Text, ix.Status())
	}
	out := []string{}
	for _, h := range res.Hits {
		out = append(out, string(h.ID))
	}
	return out
}
