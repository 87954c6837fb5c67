package privacy_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
	"lernraum/internal/page"
	"lernraum/internal/privacy"
	"lernraum/internal/store"
	"lernraum/internal/wiki"
)

// bins is the part of the pages that retention needs, over the real store.
type bins struct{ *store.Store }

func (b bins) Scope(context.Context, access.Actor) (access.Scope, error) {
	return access.Scope{All: true}, nil
}
func (b bins) Space(context.Context, access.Actor, access.Action, string) (page.Space, error) {
	return page.Space{}, nil
}
func (b bins) MayPurge(access.Actor, page.Space) bool { return true }
func (b bins) PurgeOld(ctx context.Context, before time.Time, dry bool) (int, error) {
	ids, err := b.Deleted(ctx, before, 0)
	for _, id := range ids {
		if err == nil && !dry {
			err = b.Purge(ctx, id)
		}
	}
	return len(ids), err
}

// Every row of R-DS-5 goes when its term is over, and not a moment before; counting removes nothing.
func TestRetention(t *testing.T) {
	ctx := t.Context()
	start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	now := start
	db, err := store.Open(ctx, store.Options{Dir: t.TempDir(), Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(db.SaveSpace(ctx, page.Space{Key: "s", Title: "S", Type: page.SpaceOpen}))
	must(db.CreateUser(ctx, auth.User{ID: "U", Login: "u", Name: "Uuu"}, audit.Event{Action: audit.AccountCreate, Object: "instance", Subject: "U"}))
	must(db.Record(ctx, audit.Event{Action: audit.SignIn, Object: "instance", Actor: "U"}))
	must(db.CreateSession(ctx, auth.Session{Hash: auth.Hash{1}, ID: "a", UserID: "U", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(12 * time.Hour)}))
	must(db.CreateSetupToken(ctx, auth.Hash{2}, now.Add(time.Hour)))
	w := wiki.Write{Page: page.Page{ID: "01JD0000000000000000000001", Kind: "guide", Space: "s", Slug: "x", Title: "X", Revision: 1}, Change: page.ChangeCreate}
	_, err = db.Save(ctx, w)
	must(err)
	_, err = db.Delete(ctx, w.Page.ID, 1, wiki.Deletion{Reason: "x", At: now})
	must(err)
	s := privacy.New(privacy.Options{
		Store: db, Pages: bins{db}, Terms: privacy.DefaultTerms(), Now: func() time.Time { return now },
	})
	at := func(d time.Duration, dry bool) map[string]int {
		t.Helper()
		now = start.Add(d)
		report, err := s.Retain(ctx, dry)
		must(err)
		got := map[string]int{}
		for _, r := range report {
			got[r.What] = r.Count
		}
		return got
	}
	const day = 24 * time.Hour
	for _, row := range []struct {
		what string
		term time.Duration
		want int
	}{
		{"setup_token", day + time.Hour, 1}, {"sessions", 30 * day, 1}, {"deleted pages", 90 * day, 1}, {"persons", 180 * day, 2}, {"audit entries", 730 * day, 2},
	} {
		if n := at(row.term, false)[row.what]; n != 0 {
			t.Errorf("%s: %d gone at the last moment of the term", row.what, n)
		}
		if n := at(row.term+time.Millisecond, true)[row.what]; n < row.want {
			t.Errorf("%s: %d counted after the term, want %d", row.what, n, row.want)
		}
		if n := at(row.term+time.Millisecond, false)[row.what]; n < row.want {
			t.Errorf("%s: %d gone after the term, want %d", row.what, n, row.want)
		}
		if n := at(row.term+time.Millisecond, true)[row.what]; n > 0 {
			t.Errorf("%s: %d left", row.what, n)
		}
	}
	seen := 0
	must(db.EachAudit(ctx, 1, func(e audit.Entry) error {
		if e.Action == audit.Retention && e.Object == "instance" {
			seen++
		}
		return nil
	}))
	if seen == 0 {
		t.Error("no run is in the log")
	}
}
