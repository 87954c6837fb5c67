package wiki_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"lernraum/content"
	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/lesson"
	"lernraum/internal/markup"
	"lernraum/internal/page"
	"lernraum/internal/search"
	"lernraum/internal/store"
	"lernraum/internal/wiki"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock goes on by a second with each look, so that what follows is later.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Second)
	return c.at
}

// house is the use cases over a real store, the real index and the shipped kinds.
type house struct {
	*wiki.Service
	t     testing.TB
	ctx   context.Context
	store *store.Store
	index *search.Index
	kinds *kind.Set
	clock *clock
}

// Actors of the tests.
var (
	guest   = access.Actor{Guest: true, PublicRead: true}
	nobody  = access.Actor{Guest: true}
	clerk   = access.Actor{UserID: "u-clerk", Name: "Clerk", Label: "Referat Z 2", Units: []string{"z2"}}
	other   = access.Actor{UserID: "u-other", Name: "Other", Label: "Referat A 1", Units: []string{"a1"}}
	chief   = access.Actor{UserID: "u-chief", Name: "Chief", Label: "Abteilung Z", Units: []string{"z"}}
	insider = access.Actor{UserID: "u-in", Name: "Insider", Label: "Personalrat", Spaces: map[string]access.Membership{"tresor": access.Manager, "normen": access.Member}}
	editor  = access.Actor{UserID: "u-editor", Name: "Editor", Label: "Redaktion", Roles: []access.Role{access.RoleEditor}}
	admin   = access.Actor{UserID: "u-admin", Name: "Admin", Label: "Administration", Roles: []access.Role{access.RoleAdmin}}
	program = access.Program("Test")
)

// shippedKinds is read once: it never changes.
var shippedKinds = sync.OnceValues(func() (*kind.Set, error) {
	return kind.Load(kind.Source{Name: "shipped", FS: content.Kinds()})
})

// newHouse opens an instance with the spaces handbuch (open), normen (published), tresor (restricted) and the
// units z, z2 (below z), a1 and redaktion.
func newHouse(t testing.TB) *house {
	t.Helper()
	kinds, err := shippedKinds()
	if err != nil {
		t.Fatal(err)
	}
	return houseOf(t, kinds, t.TempDir())
}

func houseOf(t testing.TB, kinds *kind.Set, dir string) *house {
	t.Helper()
	h := &house{t: t, ctx: t.Context(), kinds: kinds, clock: &clock{at: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	var err error
	if h.store, err = store.Open(h.ctx, store.Options{Dir: dir, Now: h.clock.now, Log: log}); err != nil {
		t.Fatal(err)
	}
	h.index = search.Open(search.Options{Dir: dir, Source: h.store, Now: h.clock.now, Log: log})
	h.index.Start(context.WithoutCancel(h.ctx))
	t.Cleanup(func() {
		if err := h.index.Close(); err != nil {
			t.Error(err)
		}
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	})
	h.Service = wiki.New(wiki.Options{
		Store: h.store, Index: h.index, Kinds: kinds, Markup: markup.New(), Now: h.clock.now, Log: log, Guards: lesson.Guards(),
	})
	for _, sp := range []page.Space{
		{Key: "handbuch", Title: "Handbuch", Type: page.SpaceOpen},
		{Key: "normen", Title: "Normen", Type: page.SpacePublished},
		{Key: "tresor", Title: "Personalangelegenheiten", Type: page.SpaceRestricted, Reason: "Personaldaten", ReviewDue: time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if err := h.SaveSpace(h.ctx, program, sp, true); err != nil {
			t.Fatal(err)
		}
	}
	for _, u := range [][2]string{{"redaktion", ""}, {"z", ""}, {"z2", "unit/z"}, {"a1", ""}} {
		h.published(program, wiki.Input{Kind: "unit", Space: "handbuch", Slug: u[0], Title: "Einheit " + u[0], Fields: fields("type", "section", "parent", u[1])})
	}
	return h
}

// fields makes fields from pairs; an empty text is left out.
func fields(pairs ...any) page.Fields {
	f := page.Fields{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			f[pairs[i].(string)] = pairs[i+1]
		}
	}
	return f
}

// guide is an input of the kind with the fewest demands.
func guide(title, body string) wiki.Input {
	return wiki.Input{Kind: "guide", Space: "handbuch", Title: title, Body: body}
}

func (h *house) create(a access.Actor, in wiki.Input) page.Page {
	h.t.Helper()
	p, err := h.Create(h.ctx, a, in)
	if err != nil {
		h.t.Fatalf("create %q: %v", in.Title, err)
	}
	return p
}

// published creates a page and brings it out of its draft, whatever its machine is called.
func (h *house) published(a access.Actor, in wiki.Input) page.Page {
	h.t.Helper()
	p := h.create(a, in)
	for _, key := range []string{"publish", "activate"} {
		if got, err := h.Advance(h.ctx, a, p.ID, p.Revision, key, ""); err == nil {
			return got
		} else if !strings.Contains(err.Error(), "transition_unknown") {
			h.t.Fatalf("publish %q: %v", in.Title, err)
		}
	}
	return p
}

func (h *house) edit(a access.Actor, p page.Page, change func(*wiki.Input)) page.Page {
	h.t.Helper()
	in := wiki.InputOf(p)
	change(&in)
	got, err := h.Edit(h.ctx, a, p.ID, p.Revision, in)
	if err != nil {
		h.t.Fatalf("edit %q: %v", p.Title, err)
	}
	return got
}

func (h *house) advance(a access.Actor, p page.Page, key, reason string) page.Page {
	h.t.Helper()
	got, err := h.Advance(h.ctx, a, p.ID, p.Revision, key, reason)
	if err != nil {
		h.t.Fatalf("%s of %q: %v", key, p.Title, err)
	}
	return got
}

// body is the stored HTML of a page.
func (h *house) body(p page.Page) string {
	h.t.Helper()
	v, err := h.View(h.ctx, program, p.Space, p.Slug)
	if err != nil {
		h.t.Fatal(err)
	}
	return v.Rendered.Body
}

// indexed waits until searches know everything that was saved.
func (h *house) indexed() {
	h.t.Helper()
	st, err := h.store.State(h.ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(h.ctx, 20*time.Second)
	defer cancel()
	h.index.Changed()
	if err := h.index.Wait(ctx, st.Seq); err != nil {
		h.t.Fatal(err)
	}
}

// wantFields checks that an error is errs.Invalid and names exactly these inputs, in any order.
func wantFields(t testing.TB, err error, want ...string) {
	t.Helper()
	if !errs.Is(err, errs.Invalid) {
		t.Fatalf("got %v, want errs.Invalid", err)
	}
	got := map[string]bool{}
	for _, f := range errs.FieldsOf(err) {
		got[f.Name] = true
	}
	for _, name := range want {
		if !got[name] {
			t.Errorf("%s is not named in: %v", name, err)
		}
		delete(got, name)
	}
	for name := range got {
		t.Errorf("%s is named but is right: %v", name, err)
	}
}

// asGiven takes every file as it is.
type asGiven struct{}

func (asGiven) Check(_ context.Context, _ string, r io.Reader) (string, io.Reader, error) {
	return "text/plain", r, nil
}

func text(s string) io.Reader { return bytes.NewReader([]byte(s)) }
