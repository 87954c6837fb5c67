package storetest

import (
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
)

func tokens(t *testing.T, f *fixture) {
	anna := auth.User{ID: "01JU0000000000000000000001", Login: "anna", Roles: []access.Role{access.RoleEditor}, CreatedAt: day(2026, 1, 1)}
	otto := auth.User{ID: "01JU0000000000000000000002", Login: "otto", CreatedAt: day(2026, 1, 1), Disabled: true}
	for _, u := range []auth.User{anna, otto} {
		if err := f.CreateUser(f.ctx, u); err != nil {
			t.Fatal(err)
		}
	}
	token := func(id string, owner auth.User, made, end time.Time) auth.APIToken {
		t.Helper()
		tok := auth.APIToken{
			ID: id, Hash: auth.Hash{id[0], 0, 255}, UserID: owner.ID, Name: "Skript „Züge“", Scopes: []string{"kpi:dauer", "read"},
			CreatedAt: made, ExpiresAt: end,
		}
		if err := f.CreateToken(f.ctx, tok); err != nil {
			t.Fatal(err)
		}
		return tok
	}
	a := token("a", anna, day(2026, 1, 3), day(2026, 3, 1))
	b := token("b", anna, day(2026, 1, 2), day(2026, 4, 1))
	c := token("c", otto, day(2026, 1, 1), day(2026, 5, 1))
	f.want(errs.NotFound, f.CreateToken(f.ctx, auth.APIToken{ID: "d", UserID: "x", Scopes: []string{"read"}, ExpiresAt: day(2026, 1, 1)}))

	got, owner, err := f.TokenUser(f.ctx, c.Hash)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "token", got, c)
	same(t, "owner", owner, otto)
	_, _, err = f.TokenUser(f.ctx, auth.Hash{9})
	f.want(errs.NotFound, err)
	for _, d := range []time.Time{day(2026, 2, 2), day(2026, 2, 1)} {
		if err := f.TouchToken(f.ctx, a.ID, d); err != nil {
			t.Fatal(err)
		}
	}
	a.UsedDay = day(2026, 2, 2) // never moves back
	one, err := f.Token(f.ctx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "token after its use", one, a)
	_, err = f.Token(f.ctx, "x")
	f.want(errs.NotFound, err)
	for id, want := range map[string][]auth.APIToken{anna.ID: {a, b}, "": {a, b, c}, "x": nil} {
		list, err := f.Tokens(f.ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "tokens of "+id, list, want)
	}
	if n, err := f.DeleteExpiredTokens(f.ctx, day(2026, 3, 1)); err != nil || n != 1 {
		t.Errorf("%d over, %v", n, err)
	}
	_, _, err = f.TokenUser(f.ctx, a.Hash)
	f.want(errs.NotFound, err)
	if err := f.DeleteToken(f.ctx, b.ID); err != nil {
		t.Fatal(err)
	}
	f.want(errs.NotFound, f.DeleteToken(f.ctx, b.ID))
	if err := f.TouchToken(f.ctx, b.ID, day(2026, 6, 1)); err != nil {
		t.Errorf("touching what was revoked: %v", err)
	}
}

func sessionList(t *testing.T, f *fixture) {
	anna := auth.User{ID: "01JU0000000000000000000001", Login: "anna", CreatedAt: day(2026, 1, 1)}
	otto := auth.User{ID: "01JU0000000000000000000002", Login: "otto", CreatedAt: day(2026, 1, 1)}
	for _, u := range []auth.User{anna, otto} {
		if err := f.CreateUser(f.ctx, u); err != nil {
			t.Fatal(err)
		}
	}
	session := func(n byte, owner auth.User, seen time.Time) auth.Session {
		t.Helper()
		s := auth.Session{Hash: auth.Hash{n, 0, 255}, UserID: owner.ID, CreatedAt: day(2026, 2, 1), SeenAt: seen, ExpiresAt: day(2026, 4, 1), ID: string('a' + rune(n))}
		if err := f.CreateSession(f.ctx, s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	a, b, c := session(1, anna, day(2026, 2, 2)), session(2, anna, day(2026, 2, 3)), session(3, otto, day(2026, 2, 4))
	list := func(want ...auth.Session) {
		t.Helper()
		got, err := f.SessionsOf(f.ctx, anna.ID)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "sessions", got, want)
	}
	list(b, a)
	if err := f.DescribeSession(f.ctx, a.Hash, "edge windows", "2001:db8::/48"); err != nil {
		t.Fatal(err)
	}
	old := a.Hash
	a.Device, a.Network, a.Hash, a.ConfirmedAt = "edge windows", "2001:db8::/48", auth.Hash{77}, day(2026, 2, 5)
	if err := f.ConfirmSession(f.ctx, old, a.Hash, a.ConfirmedAt); err != nil {
		t.Fatal(err)
	}
	_, _, err := f.SessionUser(f.ctx, old)
	f.want(errs.NotFound, err)
	f.want(errs.NotFound, f.ConfirmSession(f.ctx, old, auth.Hash{78}, day(2026, 2, 5)))
	one, err := f.SessionByID(f.ctx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "confirmed session", one, a)
	for _, id := range []string{"", "x"} {
		_, err = f.SessionByID(f.ctx, id)
		f.want(errs.NotFound, err)
	}
	if err := f.DeleteOtherSessions(f.ctx, anna.ID, a.Hash); err != nil {
		t.Fatal(err)
	}
	list(a)
	if _, _, err := f.SessionUser(f.ctx, c.Hash); err != nil {
		t.Errorf("the session of somebody else: %v", err)
	}
	if err := f.DescribeSession(f.ctx, b.Hash, "x y", ""); err != nil {
		t.Errorf("describing what has ended: %v", err)
	}
}
