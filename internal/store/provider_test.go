package store

import (
	"context"
	"slices"
	"testing"
	"time"

	"lernraum/internal/audit"
	"lernraum/internal/auth"
	"lernraum/internal/page"
)

// What a reorganisation moved stays moved when the provider, which does not know of it, is read again.
func TestGroupsGiveTheUnitThatFollows(t *testing.T) {
	s := openAt(t, t.TempDir())
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx := t.Context()
	if err := s.SaveSpace(ctx, page.Space{Key: "bereich", Title: "Bereich", Type: page.SpaceOpen}); err != nil {
		t.Fatal(err)
	}
	for i, slug := range []string{"alt", "neu"} {
		w := benchWrite(i+1, 1)
		w.Page.Space, w.Page.Kind, w.Page.Slug, w.Page.Owner, w.Links = "bereich", unitKind, slug, "", nil
		if _, err := s.Save(ctx, w); err != nil {
			t.Fatal(err)
		}
	}
	id := auth.Identity{UserID: "U1", Login: "bund:1", Provider: "bund", Issuer: "https://op.test", Subject: "1", Rights: auth.Rights{Units: []string{"alt", "neu"}}}
	enter := func() []string {
		t.Helper()
		u, missing, err := s.Enter(ctx, id, time.Now(), audit.Event{}, audit.Event{})
		if err != nil || len(missing) != 0 {
			t.Fatal(missing, err)
		}
		return u.Given.Units
	}
	if got := enter(); !slices.Equal(got, []string{"alt", "neu"}) {
		t.Error(got)
	}
	err := s.write(ctx, "merge", func(ctx context.Context, c *conn) error {
		for _, q := range []string{
			"INSERT INTO reorganisation (id, at, act, unit, title, targets, occasion, by_role, user_id, counts) VALUES ('R', 1, 'merge', 'x', 'x', '[]', 'x', 'x', '', '')",
			"INSERT INTO unit_successor (slug, successor, reorganisation) VALUES ('alt', 'neu', 'R')",
		} {
			if _, err := c.exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := enter(); !slices.Equal(got, []string{"neu"}) {
		t.Error(got)
	}
}
