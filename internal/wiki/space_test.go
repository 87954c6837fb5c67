package wiki_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

func TestSaveSpace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	coordination := access.Actor{UserID: "u-co", Roles: []access.Role{access.RoleCoordination}}
	ok := page.Space{Key: "neu", Title: "Neu", Type: page.SpaceOpen}
	closed := page.Space{Key: "zu", Title: "Zu", Type: page.SpaceRestricted, Reason: "Gründe", ReviewDue: day(2027, 11, 1)}
	with := func(sp page.Space, change func(*page.Space)) page.Space { change(&sp); return sp }
	for _, c := range []struct {
		name   string
		who    access.Actor
		sp     page.Space
		create bool
		kind   errs.Kind // with no bad fields: the kind of the refusal, Internal for none
		bad    []string
	}{
		{"an administrator opens a space", admin, ok, true, 0, nil},
		{"coordination opens a closed space", coordination, closed, true, 0, nil},
		{"a contributor may not", clerk, with(ok, func(s *page.Space) { s.Key = "x1" }), true, errs.NotFound, nil},
		{"a guest may not", guest, with(ok, func(s *page.Space) { s.Key = "x2" }), true, errs.NotFound, nil},
		{"a manager of another space may not", insider, with(ok, func(s *page.Space) { s.Key = "x3" }), true, errs.NotFound, nil},
		{"a key that is taken", admin, with(ok, func(s *page.Space) { s.Key = "tresor" }), true, 0, []string{"key"}},
		{"a key that is none", admin, with(ok, func(s *page.Space) { s.Key = "Ärger/../x" }), true, 0, []string{"key"}},
		{"a long key", admin, with(ok, func(s *page.Space) { s.Key = strings.Repeat("a", 41) }), true, 0, []string{"key"}},
		{"everything wrong", admin, page.Space{Unit: "kein", Type: "secret"}, true, 0, []string{"key", "title", "unit", "type"}},
		{"closed without reason and date", admin, page.Space{Key: "zu2", Title: "x", Type: page.SpaceRestricted, Reason: " "}, true, 0, []string{"reason", "review_due"}},
		{"closed for too long", admin, with(closed, func(s *page.Space) { s.Key = "zu3"; s.ReviewDue = day(2035, 1, 1) }), true, 0, []string{"review_due"}},
		{"a manager changes", insider, with(closed, func(s *page.Space) { s.Key = "tresor" }), false, 0, nil},
		{"a member does not", insider, with(ok, func(s *page.Space) { s.Key = "normen" }), false, errs.NotFound, nil},
		{"an administrator does not manage a closed space", admin, with(closed, func(s *page.Space) { s.Key = "tresor" }), false, errs.NotFound, nil},
		{"an unknown space", insider, with(ok, func(s *page.Space) { s.Key = "nirgends" }), false, errs.NotFound, nil},
		{"who may not is not told what is wrong", clerk, page.Space{Key: "tresor"}, false, errs.NotFound, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := h.SaveSpace(h.ctx, c.who, c.sp, c.create)
			switch {
			case len(c.bad) > 0:
				wantFields(t, err, c.bad...)
			case c.kind == 0 && err != nil, c.kind != 0 && !errs.Is(err, c.kind):
				t.Errorf("got %v, want kind %d", err, c.kind)
			}
		})
	}
	sp, err := h.Space(h.ctx, insider, access.Read, "tresor")
	if err != nil || sp.Title != "Zu" || sp.Unit != wiki.FallbackUnit || !sp.ReviewDue.Equal(day(2027, 11, 1)) {
		t.Errorf("%+v, %v", sp, err)
	}
	// What was said about closing goes when the space opens.
	if err := h.SaveSpace(h.ctx, insider, with(closed, func(s *page.Space) { s.Key, s.Type = "tresor", page.SpaceOpen }), false); err != nil {
		t.Fatal(err)
	}
	if sp, err = h.Space(h.ctx, insider, access.Read, "tresor"); err != nil || sp.Reason != "" || !sp.ReviewDue.IsZero() {
		t.Errorf("%+v, %v", sp, err)
	}
}

func TestSpacesAreListedWithTheirReasons(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, c := range []struct {
		who  access.Actor
		want string
	}{
		{clerk, "handbuch normen tresor"}, {admin, "handbuch normen tresor"}, {insider, "handbuch normen tresor"}, {guest, "handbuch normen"}, {nobody, ""},
	} {
		list, err := h.Spaces(h.ctx, c.who)
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, sp := range list {
			keys = append(keys, sp.Key)
		}
		if got := strings.Join(keys, " "); got != c.want {
			t.Errorf("%s sees %q, want %q", c.who.Name, got, c.want)
		}
	}
	for _, c := range []struct {
		who  access.Actor
		want int
	}{{clerk, 1}, {insider, 3}, {editor, 2}, {admin, 1}, {guest, 0}, {nobody, 0}} {
		if list, err := h.Writable(h.ctx, c.who); err != nil || len(list) != c.want {
			t.Errorf("%s writes in %d spaces, want %d (%v)", c.who.Name, len(list), c.want, err)
		}
	}
}

// A view is the same as long as the version is: every kind of write must change it, for whoever asks at once.
func TestVersionChangesWithEveryWrite(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	last, err := h.Version(h.ctx)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{last: "the beginning"}
	changed := func(what string) {
		t.Helper()
		v, err := h.Version(h.ctx)
		if err != nil {
			t.Fatal(err)
		}
		if before, ok := seen[v]; ok {
			t.Errorf("after %s the version is that after %s", what, before)
		}
		seen[v] = what
		if again, err := h.Version(h.ctx); err != nil || again != v {
			t.Errorf("after %s the version is not stable: %s, %s, %v", what, v, again, err)
		}
	}
	p := h.create(clerk, guide("Seite", "[[Andere]]\n"))
	changed("creating")
	p = h.edit(clerk, p, func(in *wiki.Input) { in.Body = "Neu [[Andere]].\n" })
	changed("editing")
	p = h.advance(clerk, p, "publish", "")
	changed("advancing")
	if p, err = h.Confirm(h.ctx, clerk, p.ID, p.Revision); err != nil {
		t.Fatal(err)
	}
	changed("confirming")
	if p, err = h.Restore(h.ctx, clerk, p.ID, p.Revision, 1); err != nil {
		t.Fatal(err)
	}
	changed("restoring")
	if _, err := h.Attach(h.ctx, clerk, p.ID, asGiven{}, wiki.FileInput{Name: "a.txt", Read: text("a")}); err != nil {
		t.Fatal(err)
	}
	changed("attaching")
	if _, err := h.Attach(h.ctx, clerk, p.ID, asGiven{}, wiki.FileInput{Name: "a.txt", Read: text("b")}); err != nil {
		t.Fatal(err)
	}
	changed("replacing a file")
	if err := h.RemoveFile(h.ctx, clerk, p.ID, "a.txt"); err != nil {
		t.Fatal(err)
	}
	changed("removing a file")
	if err := h.SaveSpace(h.ctx, admin, page.Space{Key: "neu", Title: "Neu", Type: page.SpaceOpen}, true); err != nil {
		t.Fatal(err)
	}
	changed("opening a space")
	sp, err := h.Space(h.ctx, insider, access.Manage, "tresor")
	if err != nil {
		t.Fatal(err)
	}
	sp.Summary = "anders"
	if err := h.SaveSpace(h.ctx, insider, sp, false); err != nil {
		t.Fatal(err)
	}
	changed("changing a space")
	if _, err := h.Import(h.ctx, program, []wiki.Imported{{Input: guide("Eingeführt", "")}}, nil); err != nil {
		t.Fatal(err)
	}
	changed("importing")
	if n, err := h.store.SaveKPIValues(h.ctx, p.ID, []page.KPIValue{{Period: "2026-10", Value: 1, State: "final"}}); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	h.Changed()
	changed("a value of a KPI")

	// Another process wrote: noticed within a second, since the clock of the test goes on by one with each look.
	w := wiki.Write{Page: p, Base: p.Revision, Change: page.ChangeEdit}
	w.Page.Revision, w.Page.UpdatedAt = p.Revision+1, h.clock.now()
	if _, err := h.store.Save(h.ctx, w); err != nil {
		t.Fatal(err)
	}
	changed("a write of another process")
	sp.Title = "Von anderswo"
	if err := h.store.SaveSpace(h.ctx, sp); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		h.clock.now()
	}
	changed("a space changed by another process")
}

// Rights that another process takes away end within five seconds (R-AUT-5).
func TestClosingByAnotherProcessIsNoticed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.published(clerk, guide("Noch offen", ""))
	if _, err := h.Page(h.ctx, other, p.ID); err != nil {
		t.Fatal(err)
	}
	sp := page.Space{Key: "handbuch", Title: "Handbuch", Type: page.SpaceRestricted, Reason: "x", ReviewDue: day(2027, 1, 1)}
	if err := h.store.SaveSpace(h.ctx, sp); err != nil {
		t.Fatal(err)
	}
	start := h.clock.now()
	for {
		_, err := h.Page(h.ctx, other, p.ID)
		if errs.Is(err, errs.NotFound) {
			break
		}
		if waited := h.clock.now().Sub(start); waited > 5*time.Second {
			t.Fatal(fmt.Sprint("still readable after ", waited))
		}
	}
}
