package storetest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

func files(t *testing.T, f *fixture) {
	id, other := f.add("handbuch", "Seite", nil), f.add("handbuch", "Andere", nil)
	attach := func(id page.ID, name, text string) page.Attachment {
		t.Helper()
		a, err := f.Attach(f.ctx, page.Attachment{PageID: id, Name: name, Alt: "Bild", Type: "text/plain"}, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	read := func(id page.ID, name string) string {
		t.Helper()
		_, r, err := f.OpenAttachment(f.ctx, id, name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if cerr := r.Close(); err != nil || cerr != nil {
			t.Fatal(err, cerr)
		}
		return string(b)
	}
	seq := mustState(t, f).Seq
	first := attach(id, "plan.txt", "Fassung 1")
	sum := sha256.Sum256([]byte("Fassung 1"))
	if first.Version != 1 || first.Size != 9 || first.ID == "" || first.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("first: %+v", first)
	}
	second := attach(id, "plan.txt", "Fassung zwei")
	attach(id, "a b/<c>.txt", "")
	attach(other, "kopie.txt", "Fassung 1")
	if second.Version != 2 || second.ID == first.ID {
		t.Errorf("second: %+v", second)
	}
	if now := mustState(t, f).Seq; now != seq+4 {
		t.Errorf("seq went from %d to %d", seq, now)
	}
	if got := read(id, "plan.txt"); got != "Fassung zwei" {
		t.Errorf("newest: %q", got)
	}
	if got := read(other, "kopie.txt") + read(id, "a b/<c>.txt"); got != "Fassung 1" {
		t.Errorf("same bytes on another page: %q", got)
	}
	list, err := f.Attachments(f.ctx, id)
	if err != nil || len(list) != 2 {
		t.Fatalf("files: %+v, %v", list, err)
	}
	same(t, "files of the view", f.view(id).Attachments, list)
	same(t, "newest row", list[1], second)
	if err := f.RemoveAttachment(f.ctx, id, "plan.txt"); err != nil {
		t.Fatal(err)
	}
	_, _, err = f.OpenAttachment(f.ctx, id, "plan.txt")
	f.want(errs.NotFound, err)
	f.want(errs.NotFound, f.RemoveAttachment(f.ctx, id, "plan.txt"))
	f.want(errs.NotFound, f.RemoveAttachment(f.ctx, "01JD0000000000000000009999", "plan.txt"))
	if third := attach(id, "plan.txt", "Fassung 3"); third.Version != 3 {
		t.Errorf("after removal: %+v", third)
	}
	_, err = f.Attach(f.ctx, page.Attachment{PageID: "01JD0000000000000000009999", Name: "x"}, strings.NewReader("x"))
	f.want(errs.NotFound, err)
	broken := io.MultiReader(strings.NewReader("halb"), errReader{})
	if _, err = f.Attach(f.ctx, page.Attachment{PageID: id, Name: "halb.txt"}, broken); err == nil {
		t.Error("a file was kept whose bytes broke off")
	}
	_, _, err = f.OpenAttachment(f.ctx, id, "halb.txt")
	f.want(errs.NotFound, err)
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func kpiVersions(t *testing.T, f *fixture) {
	id := f.add("handbuch", "Bearbeitungsdauer", kindOf("kpi"))
	value := func(period string, start time.Time, v float64) page.KPIValue {
		return page.KPIValue{Period: period, Start: start, Value: v, N: 10, State: "final", Source: "csv", ReceivedAt: f.now()}
	}
	feb, jan := value("2026-02", day(2026, 2, 1), 2), value("2026-01", day(2026, 1, 1), 1)
	save := func(want int, values ...page.KPIValue) {
		t.Helper()
		if n, err := f.SaveKPIValues(f.ctx, id, values); err != nil || n != want {
			t.Errorf("%d stored, want %d: %v", n, want, err)
		}
	}
	save(2, feb, jan)
	save(0, feb, value("2026-01", day(2026, 1, 1), 1)) // received later, says the same
	newer := jan
	newer.Value, newer.Note = 1.5, "korrigiert"
	save(1, newer, feb)
	save(1, jan) // back to the old value is a version again
	got, err := f.KPIValues(f.ctx, id)
	if err != nil || len(got) != 2 {
		t.Fatalf("values: %+v, %v", got, err)
	}
	jan.Version, feb.Version, newer.Version = 3, 1, 2
	same(t, "newest values by time", got, []page.KPIValue{jan, feb})
	versions, err := f.KPIVersions(f.ctx, id, "2026-01")
	if err != nil || len(versions) != 3 {
		t.Fatalf("versions: %+v, %v", versions, err)
	}
	same(t, "second version", versions[1], newer)
	_, err = f.SaveKPIValues(f.ctx, id, []page.KPIValue{value("2026-03", day(2026, 3, 1), 3), value("2026-04", day(2026, 4, 1), math.NaN())})
	f.want(errs.Invalid, err)
	if got, err := f.KPIValues(f.ctx, id); err != nil || len(got) != 2 {
		t.Errorf("half of a refused push was kept: %+v, %v", got, err)
	}
	_, err = f.SaveKPIValues(f.ctx, "01JD0000000000000000009999", []page.KPIValue{jan})
	f.want(errs.NotFound, err)
}

func spaces(t *testing.T, f *fixture) {
	list, err := f.Spaces(f.ctx)
	if err != nil || len(list) != 3 {
		t.Fatalf("spaces: %+v, %v", list, err)
	}
	changed := list[0]
	changed.Title, changed.Type, changed.Reason, changed.ReviewDue = "Ämter", page.SpaceRestricted, "Grund", day(2027, 2, 3)
	if err := f.SaveSpace(f.ctx, changed); err != nil {
		t.Fatal(err)
	}
	list, err = f.Spaces(f.ctx)
	if err != nil || len(list) != 3 {
		t.Fatalf("spaces: %+v, %v", list, err)
	}
	same(t, "changed space, sorted by its new title", list[0], changed)
	for _, bad := range []page.Space{
		{Key: "zu", Title: "Ohne Grund", Type: page.SpaceRestricted, ReviewDue: day(2027, 1, 1)},
		{Key: "zu", Title: "Ohne Datum", Type: page.SpaceRestricted, Reason: "x"},
		{Key: "zu", Title: "Unbekannt", Type: "x"},
	} {
		if err := f.SaveSpace(f.ctx, bad); err == nil {
			t.Errorf("%s was saved", bad.Title)
		}
	}
}

func accounts(t *testing.T, f *fixture) {
	u := auth.User{
		ID: "01JU0000000000000000000001", Login: "leitung", Name: "Die Leitung", Label: "Referat Z 2", PasswordHash: "$argon2id$x",
		Roles: []access.Role{access.RoleAdmin, access.RoleEditor}, Units: []string{"z", "z2"},
		Spaces: map[string]access.Membership{"handbuch": access.Member, "tresor": access.Manager}, CreatedAt: day(2026, 1, 1),
	}
	plain := auth.User{ID: "01JU0000000000000000000002", Login: "anna", Name: "Anna", CreatedAt: day(2026, 1, 2), Disabled: true}
	for _, one := range []auth.User{u, plain} {
		if err := f.CreateUser(f.ctx, one); err != nil {
			t.Fatal(err)
		}
	}
	got, err := f.User(f.ctx, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "account", got, u)
	list, err := f.Users(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "accounts by login", list, []auth.User{plain, u})
	again := u
	again.ID = "01JU0000000000000000000003"
	f.want(errs.Conflict, f.CreateUser(f.ctx, again))
	for _, err := range []error{
		f.SetPassword(f.ctx, u.ID, "neu"), f.SetRoles(f.ctx, u.ID, []access.Role{access.RoleCouncil}), f.SetUnits(f.ctx, u.ID, nil),
		f.SetDisabled(f.ctx, u.ID, true), f.SetMembership(f.ctx, u.ID, "tresor", access.None),
		f.SetMembership(f.ctx, u.ID, "technik", access.Member), f.SetMembership(f.ctx, u.ID, "technik", access.Manager),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	u.PasswordHash, u.Roles, u.Units, u.Disabled = "neu", []access.Role{access.RoleCouncil}, nil, true
	u.Spaces = map[string]access.Membership{"handbuch": access.Member, "technik": access.Manager}
	got, err = f.UserByLogin(f.ctx, "leitung")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "changed account", got, u)
	_, err = f.User(f.ctx, "x")
	f.want(errs.NotFound, err)
	_, err = f.UserByLogin(f.ctx, "Leitung")
	f.want(errs.NotFound, err)
	for _, err := range []error{
		f.SetPassword(f.ctx, "x", "y"), f.SetRoles(f.ctx, "x", nil), f.SetUnits(f.ctx, "x", nil), f.SetDisabled(f.ctx, "x", true),
		f.SetMembership(f.ctx, "x", "tresor", access.Member), f.SetMembership(f.ctx, u.ID, "nirgends", access.Member),
	} {
		f.want(errs.NotFound, err)
	}
}

func sessions(t *testing.T, f *fixture) {
	u := auth.User{ID: "01JU0000000000000000000001", Login: "anna", Roles: []access.Role{access.RoleEditor}, CreatedAt: day(2026, 1, 1)}
	if err := f.CreateUser(f.ctx, u); err != nil {
		t.Fatal(err)
	}
	session := func(n byte, seen, expires time.Time) auth.Session {
		t.Helper()
		s := auth.Session{Hash: auth.Hash{n, 0, 255}, UserID: u.ID, CreatedAt: day(2026, 2, 1), SeenAt: seen, ExpiresAt: expires,
			ID: fmt.Sprint("id", n), ConfirmedAt: day(2026, 2, 1), Device: "firefox linux", Network: "192.0.2.0/24"}
		if err := f.CreateSession(f.ctx, s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	a := session(1, day(2026, 2, 2), day(2026, 3, 1))
	b := session(2, day(2026, 2, 1), day(2026, 4, 1))
	c := session(3, day(2026, 2, 9), day(2026, 4, 1))
	gotS, gotU, err := f.SessionUser(f.ctx, a.Hash)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "session", gotS, a)
	same(t, "account of session", gotU, u)
	if err := f.TouchSession(f.ctx, a.Hash, day(2026, 2, 20)); err != nil {
		t.Fatal(err)
	}
	if s, _, err := f.SessionUser(f.ctx, a.Hash); err != nil || !s.SeenAt.Equal(day(2026, 2, 20)) {
		t.Errorf("touched: %v, %v", s.SeenAt, err)
	}
	if n, err := f.DeleteExpiredSessions(f.ctx, day(2026, 3, 1), day(2026, 2, 1)); err != nil || n != 2 {
		t.Errorf("%d expired, %v", n, err)
	}
	for _, gone := range []auth.Session{a, b} {
		_, _, err := f.SessionUser(f.ctx, gone.Hash)
		f.want(errs.NotFound, err)
	}
	if err := f.DeleteSessionsOf(f.ctx, u.ID); err != nil {
		t.Fatal(err)
	}
	_, _, err = f.SessionUser(f.ctx, c.Hash)
	f.want(errs.NotFound, err)
	for _, err := range []error{f.DeleteSession(f.ctx, c.Hash), f.DeleteSessionsOf(f.ctx, "x"), f.TouchSession(f.ctx, c.Hash, day(2026, 1, 1))} {
		if err != nil {
			t.Errorf("ending what has ended: %v", err)
		}
	}
	f.want(errs.NotFound, f.CreateSession(f.ctx, auth.Session{Hash: auth.Hash{9}, UserID: "x"}))

	old, token := auth.Hash{7}, auth.Hash{8}
	for _, h := range []auth.Hash{old, token} {
		if err := f.CreateSetupToken(f.ctx, h, day(2026, 3, 2)); err != nil {
			t.Fatal(err)
		}
	}
	f.want(errs.NotFound, f.UseSetupToken(f.ctx, old, day(2026, 3, 1)))
	f.want(errs.NotFound, f.UseSetupToken(f.ctx, token, day(2026, 3, 2)))
	var used atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			switch err := f.UseSetupToken(f.ctx, token, day(2026, 3, 1)); {
			case err == nil:
				used.Add(1)
			case !errs.Is(err, errs.NotFound):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if used.Load() != 1 {
		t.Errorf("the set-up token was used %d times", used.Load())
	}
}

func metaValues(t *testing.T, f *fixture) {
	_, err := f.Meta(f.ctx, "starter")
	f.want(errs.NotFound, err)
	for i := range 2 {
		want := fmt.Sprint(i)
		if err := f.SetMeta(f.ctx, "starter", want); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Meta(f.ctx, "starter"); err != nil || got != want {
			t.Errorf("meta is %q, %v", got, err)
		}
	}
}
