package orga_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"lernraum/content"
	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/kind"
	"lernraum/internal/lesson"
	"lernraum/internal/markup"
	"lernraum/internal/orga"
	"lernraum/internal/page"
	"lernraum/internal/search"
	"lernraum/internal/store"
	"lernraum/internal/wiki"
)

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

func (c *clock) skip(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

type house struct {
	*orga.Service
	t     testing.TB
	ctx   context.Context
	wiki  *wiki.Service
	store *store.Store
	clock *clock
	// forgotten are the accounts whose rights were asked for anew.
	forgotten []string
}

var (
	clerk   = access.Actor{UserID: "u-clerk", Name: "Clerk", Label: "Referat Z 2", Units: []string{"z2"}}
	other   = access.Actor{UserID: "u-other", Name: "Other", Label: "Referat A 1", Units: []string{"a1"}}
	insider = access.Actor{UserID: "u-in", Name: "Insider", Label: "Personalrat", Spaces: map[string]access.Membership{"tresor": access.Manager}}
	admin   = access.Actor{UserID: "u-admin", Name: "Admin", Label: "Administration", Roles: []access.Role{access.RoleAdmin}}
	coord   = access.Actor{UserID: "u-coord", Name: "Coord", Label: "Koordination", Roles: []access.Role{access.RoleCoordination}}
	program = access.Program("Test")
)

var shippedKinds = sync.OnceValues(func() (*kind.Set, error) {
	return kind.Load(kind.Source{Name: "shipped", FS: content.Kinds()})
})

// newHouse opens an instance with an open, a published and a restricted space, the units redaktion, z with z2 and z3
// below it, z21 below z2, and a1, and people of z2 and a1.
func newHouse(t testing.TB) *house {
	t.Helper()
	kinds, err := shippedKinds()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	h := &house{t: t, ctx: t.Context(), clock: &clock{at: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	if h.store, err = store.Open(h.ctx, store.Options{Dir: dir, Now: h.clock.now, Log: log}); err != nil {
		t.Fatal(err)
	}
	index := search.Open(search.Options{Dir: dir, Source: h.store, Now: h.clock.now, Log: log})
	index.Start(context.WithoutCancel(h.ctx))
	t.Cleanup(func() {
		if err := index.Close(); err != nil {
			t.Error(err)
		}
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	})
	h.wiki = wiki.New(wiki.Options{Store: h.store, Index: index, Kinds: kinds, Markup: markup.New(), Now: h.clock.now, Log: log, Guards: lesson.Guards()})
	h.Service = orga.New(orga.Options{Store: h.store, Wiki: h.wiki, Now: h.clock.now, Log: log, Forget: func(users []string) { h.forgotten = append(h.forgotten, users...) }})
	for _, sp := range []page.Space{
		{Key: "handbuch", Title: "Handbuch", Type: page.SpaceOpen},
		{Key: "normen", Title: "Normen", Type: page.SpacePublished, Unit: "unit/z2#Normenstelle"},
		{Key: "tresor", Title: "Personalangelegenheiten", Type: page.SpaceRestricted, Unit: "unit/z2", Reason: "Personaldaten", ReviewDue: time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if err := h.wiki.SaveSpace(h.ctx, program, sp, true); err != nil {
			t.Fatal(err)
		}
	}
	for _, u := range [][2]string{{"redaktion", ""}, {"z", ""}, {"z2", "unit/z"}, {"z3", "unit/z"}, {"z21", "unit/z2"}, {"a1", ""}} {
		p := h.published(wiki.Input{Kind: "unit", Space: "handbuch", Slug: u[0], Title: "Einheit " + u[0], Fields: fields("type", "section", "parent", u[1], "short_name", strings.ToUpper(u[0]))})
		in := wiki.InputOf(p)
		in.Owner = "unit/" + u[0] // as units do, it answers for its own page
		if _, err := h.wiki.Edit(h.ctx, program, p.ID, p.Revision, in); err != nil {
			t.Fatal(err)
		}
	}
	for _, u := range []auth.User{
		{ID: "u-clerk", Login: "clerk", Name: "Clerk", Units: []string{"z2"}}, {ID: "u-both", Login: "both", Name: "Both", Units: []string{"z2", "z3"}},
		{ID: "u-other", Login: "other", Name: "Other", Units: []string{"a1"}},
	} {
		if err := h.store.CreateUser(h.ctx, u); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func fields(pairs ...any) page.Fields {
	f := page.Fields{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			f[pairs[i].(string)] = pairs[i+1]
		}
	}
	return f
}

func (h *house) create(in wiki.Input) page.Page {
	h.t.Helper()
	p, err := h.wiki.Create(h.ctx, program, in)
	if err != nil {
		h.t.Fatalf("create %q: %v", in.Title, err)
	}
	return p
}

func (h *house) published(in wiki.Input) page.Page {
	h.t.Helper()
	p := h.create(in)
	for _, key := range []string{"publish", "activate", "submit"} {
		if got, err := h.wiki.Advance(h.ctx, program, p.ID, p.Revision, key, ""); err == nil {
			return got
		}
	}
	return p
}

func (h *house) guide(space, title, owner string) page.Page {
	h.t.Helper()
	return h.published(wiki.Input{Kind: "guide", Space: space, Title: title, Owner: owner, Body: "Text von " + title + ".\n"})
}

func (h *house) page(id page.ID) page.Page {
	h.t.Helper()
	p, err := h.store.Page(h.ctx, access.Scope{All: true}, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

func (h *house) unit(slug string) page.Page {
	h.t.Helper()
	p, err := h.wiki.PageByRef(h.ctx, program, "unit/"+slug)
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

func (h *house) units(user string) string {
	h.t.Helper()
	u, err := h.store.User(h.ctx, user)
	if err != nil {
		h.t.Fatal(err)
	}
	return strings.Join(u.Units, " ")
}

func (h *house) spaceUnit(key string) string {
	h.t.Helper()
	list, err := h.store.Spaces(h.ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, sp := range list {
		if sp.Key == key {
			return sp.Unit
		}
	}
	return ""
}

// owned checks the invariant: nothing is ownerless, and what is stored keeps every rule of the store.
func (h *house) owned() {
	h.t.Helper()
	lost, err := h.store.Ownerless(h.ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	if len(lost) > 0 {
		h.t.Errorf("%d pages without an owner, %s first", len(lost), lost[0])
	}
}

func (h *house) sound() {
	h.t.Helper()
	h.owned()
	findings, err := h.store.Check(h.ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, f := range findings {
		h.t.Error(f)
	}
}

// apply previews and does.
func (h *house) apply(c orga.Choice) orga.Record {
	h.t.Helper()
	v, err := h.Preview(h.ctx, admin, c)
	if err != nil {
		h.t.Fatalf("preview: %v", err)
	}
	c.Seen = v.Seen
	r, err := h.Apply(h.ctx, admin, c)
	if err != nil {
		h.t.Fatalf("apply: %v", err)
	}
	return r
}

func (h *house) undo(id string) orga.Record {
	h.t.Helper()
	r, err := h.Undo(h.ctx, admin, id)
	if err != nil {
		h.t.Fatalf("undo: %v", err)
	}
	return r
}

// fill gives a unit pages of several kinds in all spaces, drafts and roles among them.
func (h *house) fill(n int, slug string) []page.ID {
	h.t.Helper()
	ids := make([]page.ID, 0, n)
	for i := range n {
		own := "unit/" + slug
		if i%5 == 0 {
			own += "#Reisestelle"
		}
		in := wiki.Input{Kind: "guide", Space: []string{"handbuch", "normen", "tresor"}[i%3], Title: fmt.Sprintf("Seite %d", i), Owner: own, Body: "Text.\n", Tags: []string{fmt.Sprintf("t%d", i%2)}}
		if i%4 == 1 {
			in.Kind, in.Fields = "tool", fields("purpose", "Wozu.", "type", "software")
		}
		if i%7 == 0 {
			ids = append(ids, h.create(in).ID)
		} else {
			ids = append(ids, h.published(in).ID)
		}
	}
	return ids
}
