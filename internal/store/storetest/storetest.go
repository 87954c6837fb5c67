// Package storetest owns the contract of a store: what every engine must do, told as tests. It refuses to know
// how an engine does it; faults of disk and file are tested beside each engine.
package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// Store is everything that the packages above need of a store.
type Store interface {
	wiki.Store
	auth.Store
	Changes(ctx context.Context, after int64, limit int) ([]page.Change, error)
	Documents(ctx context.Context, ids []page.ID) ([]page.Document, error)
	EachDocument(ctx context.Context, fn func(page.Document) error) error
	TitleLookup(ctx context.Context, scope access.Scope, q page.Query) ([]page.Hit, int, error)
	KPIValues(ctx context.Context, id page.ID) ([]page.KPIValue, error)
	KPIVersions(ctx context.Context, id page.ID, period string) ([]page.KPIValue, error)
	SaveKPIValues(ctx context.Context, id page.ID, values []page.KPIValue) (int, error)
	Meta(ctx context.Context, key string) (string, error)
	SetMeta(ctx context.Context, key, value string) error
	Check(ctx context.Context) ([]string, error)
	Close() error
}

// Open opens the store in a folder, made on the first call for that folder.
type Open func(t *testing.T, dir string, now func() time.Time) Store

// Run proves the contract.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *fixture)
	}{
		{"page comes back as saved", pageRoundTrip},
		{"history is kept as imported", importedHistory},
		{"stale base is a conflict", staleBase},
		{"a batch goes in whole or not at all", wholeBatch},
		{"former addresses stay and are not given away", formerPaths},
		{"concurrent savers lose nothing", concurrentSavers},
		{"everything is there after a restart", restart},
		{"rendering is replaced for its revision only", replaceRendering},
		{"walk comes by every page once", walk},
		{"references resolve in their order", resolveOrder},
		{"pending links find new and renamed pages", pendingLinks},
		{"a nearer page takes a link over", nearerPage},
		{"links are shown from both ends", bothEnds},
		{"a scope hides pages from every reading method", scopeHides},
		{"a deleted page is hidden from every reading method", binHides},
		{"redacted revisions are empty and say so", redacted},
		{"lists filter, sort and count", lists},
		{"recent pages and counts", recent},
		{"a walk over pages in parts", walkInParts},
		{"units form a tree", unitTree},
		{"documents feed the index", documents},
		{"titles are looked up", titleLookup},
		{"the change log grows with every change", changeLog},
		{"files are kept, replaced and removed", files},
		{"KPI values have versions", kpiVersions},
		{"spaces", spaces},
		{"accounts", accounts},
		{"sessions and set-up tokens", sessions},
		{"accounts of identity providers", identities},
		{"sessions of identity providers", providerSessions},
		{"flows and links are used once", flows},
		{"API tokens", tokens},
		{"sessions are listed, confirmed and ended", sessionList},
		{"people are found", people},
		{"password links are used once", passwordLinks},
		{"meta values", metaValues},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, open)
			c.test(t, f)
			f.sound()
			f.close()
		})
	}
}

// all is the scope of the program itself.
var all = access.Scope{All: true}

// fixture is a store with three spaces and a clock that ticks with every look at it.
type fixture struct {
	Store
	t    *testing.T
	ctx  context.Context
	dir  string
	open Open
	tick atomic.Int64
	n    int
}

func newFixture(t *testing.T, open Open) *fixture {
	f := &fixture{t: t, ctx: t.Context(), dir: t.TempDir(), open: open}
	f.Store = open(t, f.dir, f.now)
	for _, sp := range []page.Space{
		{Key: "handbuch", Title: "Handbuch", Type: page.SpaceOpen, Unit: "unit/z2"},
		{Key: "technik", Title: "Technik", Type: page.SpacePublished, Unit: "unit/z3"},
		{Key: "tresor", Title: "Tresor", Type: page.SpaceRestricted, Unit: "unit/z1", Reason: "Personalakten", ReviewDue: day(2027, 1, 1)},
	} {
		if err := f.SaveSpace(f.ctx, sp); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func (f *fixture) now() time.Time {
	return time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(f.tick.Add(1)) * time.Second)
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func (f *fixture) close() {
	f.t.Helper()
	if err := f.Close(); err != nil {
		f.t.Errorf("close: %v", err)
	}
}

// sound proves that the store finds nothing wrong with itself.
func (f *fixture) sound() {
	f.t.Helper()
	found, err := f.Check(f.ctx)
	if err != nil || len(found) > 0 {
		f.t.Errorf("check: %v\n%s", err, strings.Join(found, "\n"))
	}
}

// draft makes a new page; the fields that matter to a test are changed in it.
func (f *fixture) write(space, title string, change func(*wiki.Write)) wiki.Write {
	f.n++
	at := f.now()
	w := wiki.Write{
		Page: page.Page{
			ID: page.ID(fmt.Sprintf("01JD%022d", f.n)), Kind: "guide", Space: space, Slug: slug(title), Title: title,
			Lang: "de", Owner: "unit/z2", State: "published", Statement: "personal", Body: "Text von " + title, Revision: 1,
			CreatedAt: at, UpdatedAt: at,
		},
		By: "Referat Z 2", Change: page.ChangeCreate, At: at,
		Rendered: page.Rendered{Version: 1, Body: "<p>Text von " + title + "</p>", Text: "Text von " + title, Fields: map[string]string{}},
	}
	if change != nil {
		change(&w)
	}
	return w
}

func slug(title string) string {
	return strings.NewReplacer(" ", "-", "ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss").Replace(strings.ToLower(title))
}

// edit makes the write that follows what is stored.
func (f *fixture) edit(id page.ID, change func(*wiki.Write)) wiki.Write {
	f.t.Helper()
	p := f.page(id)
	w := wiki.Write{
		Page: p, Base: p.Revision, By: "Redaktion", Change: page.ChangeEdit,
		Rendered: page.Rendered{Version: 1, Body: "<p>neu</p>", Text: "neu", Fields: map[string]string{}},
	}
	w.Page.Revision++
	w.Page.UpdatedAt = f.now()
	w.At = w.Page.UpdatedAt
	if change != nil {
		change(&w)
	}
	return w
}

func (f *fixture) save(writes ...wiki.Write) wiki.Saved {
	f.t.Helper()
	saved, err := f.Save(f.ctx, writes...)
	if err != nil {
		f.t.Fatalf("save: %v", err)
	}
	return saved
}

// add saves a new page and gives its id.
func (f *fixture) add(space, title string, change func(*wiki.Write)) page.ID {
	f.t.Helper()
	w := f.write(space, title, change)
	f.save(w)
	return w.Page.ID
}

func (f *fixture) page(id page.ID) page.Page {
	f.t.Helper()
	p, err := f.Page(f.ctx, all, id)
	if err != nil {
		f.t.Fatalf("page %s: %v", id, err)
	}
	return p
}

func (f *fixture) view(id page.ID) wiki.View {
	f.t.Helper()
	p := f.page(id)
	v, err := f.PageView(f.ctx, all, p.Space, p.Slug)
	if err != nil {
		f.t.Fatalf("view of %s: %v", id, err)
	}
	return v
}

// target gives the title an outgoing link leads to, "" for none.
func (f *fixture) target(id page.ID, ref string) string {
	f.t.Helper()
	for _, l := range f.view(id).Links {
		if l.Out && l.Ref == ref {
			return l.Target.Title
		}
	}
	f.t.Fatalf("page %s has no link %q", id, ref)
	return ""
}

func body(refs ...string) func(*wiki.Write) {
	return func(w *wiki.Write) {
		for _, r := range refs {
			w.Links = append(w.Links, page.Link{Type: page.LinkBody, Ref: r})
		}
	}
}

func (f *fixture) want(kind errs.Kind, err error) {
	f.t.Helper()
	if err == nil || !errs.Is(err, kind) {
		f.t.Errorf("error is %v, want kind %d", err, kind)
	}
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func titles(pages []page.Page) []string {
	var list []string
	for _, p := range pages {
		list = append(list, p.Title)
	}
	return list
}

func sorted(ids []page.ID) []page.ID {
	slices.Sort(ids)
	return ids
}
