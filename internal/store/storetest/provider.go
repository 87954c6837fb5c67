package storetest

import (
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
)

func identities(t *testing.T, f *fixture) {
	id := auth.Identity{
		UserID: "01JU0000000000000000000001", Login: "bund:a", Provider: "bund", Issuer: "https://op.test", Subject: "17", Name: "Anna",
		Organisation: "Amt", Mail: "a@op.test", MailVerified: true, Rights: auth.Rights{
			Roles: []access.Role{access.RoleEditor}, Units: []string{"nirgends"},
			Spaces: map[string]access.Membership{"handbuch": access.Manager, "nirgends": access.Member},
		},
	}
	enter := func() (auth.User, []string) {
		t.Helper()
		u, missing, err := f.Enter(f.ctx, id, day(2026, 1, 1), audit.Event{Action: audit.AccountCreate}, audit.Event{Action: audit.AccountProvider})
		if err != nil {
			t.Fatal(err)
		}
		return u, missing
	}
	u, missing := enter()
	want := auth.User{
		ID: id.UserID, Login: id.Login, Name: "Anna", Roles: id.Rights.Roles, Spaces: map[string]access.Membership{"handbuch": access.Manager}, CreatedAt: day(2026, 1, 1),
		Provider: "bund", Issuer: id.Issuer, Subject: "17", Organisation: "Amt", Mail: "a@op.test", MailVerified: true, VouchedAt: day(2026, 1, 1),
	}
	want.Given = auth.Rights{Roles: want.Roles, Spaces: want.Spaces}
	same(t, "account of an identity", u, want)
	same(t, "what does not exist", missing, []string{"unit nirgends", "space nirgends"})

	// What was set by hand stays when the provider takes away what it gave, and the other way round.
	for _, err := range []error{
		f.SetRoles(f.ctx, u.ID, []access.Role{access.RoleCouncil, access.RoleEditor}), f.SetUnits(f.ctx, u.ID, []string{"z2"}),
		f.SetMembership(f.ctx, u.ID, "handbuch", access.Member),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	want.Roles, want.Units = []access.Role{access.RoleCouncil, access.RoleEditor}, []string{"z2"}
	got, err := f.User(f.ctx, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "both sources", got, want)
	id.UserID, id.Rights, id.Name = "01JU0000000000000000000009", auth.Rights{}, "Anna Neu"
	u, _ = enter()
	want.Name, want.Given, want.Spaces = "Anna Neu", auth.Rights{}, map[string]access.Membership{"handbuch": access.Member}
	same(t, "groups taken away", u, want)
	if err := f.SetRoles(f.ctx, u.ID, nil); err != nil {
		t.Fatal(err)
	}
	if err := f.SetDisabled(f.ctx, u.ID, true); err != nil {
		t.Fatal(err)
	}
	id.Name = "Anna Später"
	if u, _ = enter(); !u.Disabled || u.Name != "Anna Neu" {
		t.Errorf("a disabled account was changed: %+v", u)
	}
	// The same subject of another issuer is another person.
	id.Issuer, id.Login, id.UserID = "https://op.test/", "bund:b", "01JU0000000000000000000002"
	if u, _ = enter(); u.ID != id.UserID {
		t.Errorf("two issuers share the account %s", u.ID)
	}
}

func providerSessions(t *testing.T, f *fixture) {
	for i, sub := range []string{"a", "b"} {
		u, _, err := f.Enter(f.ctx, auth.Identity{UserID: "01JU000000000000000000000" + sub, Login: "p:" + sub, Provider: "p", Issuer: "https://op.test", Subject: sub, Name: sub},
			day(2026, 1, 1), audit.Event{}, audit.Event{})
		if err != nil {
			t.Fatal(err)
		}
		for j, sid := range []string{"s1", "s2"} {
			s := auth.Session{Hash: auth.Hash{byte(i), byte(j)}, UserID: u.ID, CreatedAt: day(2026, 1, 1), SeenAt: day(2026, 1, 1), ExpiresAt: day(2026, 1, 2), Provider: "p", SID: sub + sid, ReadAt: day(2026, 1, 1), Refreshable: true, Tokens: []byte{1}}
			if err := f.CreateSession(f.ctx, s); err != nil {
				t.Fatal(err)
			}
			s.Tokens = nil
			got, _, err := f.SessionUser(f.ctx, s.Hash)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "session", got, s)
		}
	}
	h := auth.Hash{0, 0}
	if err := f.RenewSession(f.ctx, h, []byte{2}, false, day(2026, 1, 3)); err != nil {
		t.Fatal(err)
	}
	tokens, err := f.SessionTokens(f.ctx, h)
	if err != nil || len(tokens) != 1 || tokens[0] != 2 {
		t.Errorf("tokens %v, %v", tokens, err)
	}
	f.want(errs.NotFound, f.RenewSession(f.ctx, auth.Hash{77}, nil, false, day(2026, 1, 3)))

	alive := func() string {
		out := ""
		for i := range 2 {
			for j := range 2 {
				if _, _, err := f.SessionUser(f.ctx, auth.Hash{byte(i), byte(j)}); err == nil {
					out += string(rune('a'+i)) + string(rune('1'+j)) + " "
				}
			}
		}
		return out
	}
	for n, c := range []struct {
		end   auth.ProviderEnd
		alive string
	}{
		{auth.ProviderEnd{Provider: "q", Issuer: "https://op.test", Subject: "a"}, "a1 a2 b1 b2 "},
		{auth.ProviderEnd{Provider: "p", Issuer: "https://other.test", Subject: "a"}, "a1 a2 b1 b2 "},
		{auth.ProviderEnd{Provider: "p", Issuer: "https://op.test", Subject: "a", SID: "bs1"}, "a1 a2 b1 b2 "},
		{auth.ProviderEnd{Provider: "p", Issuer: "https://op.test", Subject: "a", SID: "as2"}, "a1 b1 b2 "},
		{auth.ProviderEnd{Provider: "p", Issuer: "https://op.test", SID: "bs1"}, "a1 b2 "},
		{auth.ProviderEnd{Provider: "p", Issuer: "https://op.test", Subject: "a"}, "b2 "},
	} {
		c.end.Used, c.end.Until = auth.Hash{99, byte(n)}, day(2026, 1, 2)
		if _, err := f.EndProviderSessions(f.ctx, c.end, day(2026, 1, 1), audit.Event{}); err != nil || alive() != c.alive {
			t.Errorf("%+v: %q are left, %v", c.end, alive(), err)
		}
		_, err := f.EndProviderSessions(f.ctx, c.end, day(2026, 1, 1), audit.Event{})
		f.want(errs.Conflict, err)
	}
}

func flows(t *testing.T, f *fixture) {
	now := day(2026, 1, 1)
	fl := auth.Flow{State: auth.Hash{1}, Browser: auth.Hash{2}, Provider: "p", Detail: []byte("x"), ExpiresAt: now.Add(time.Minute)}
	for _, one := range []auth.Flow{fl, {State: auth.Hash{2}, Detail: []byte{0}, ExpiresAt: now.Add(time.Minute)}} {
		if err := f.CreateFlow(f.ctx, one, now); err != nil {
			t.Fatal(err)
		}
	}
	got, err := f.UseFlow(f.ctx, fl.State, now)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "flow", got, fl)
	for _, state := range []auth.Hash{fl.State, {9}} {
		_, err = f.UseFlow(f.ctx, state, now)
		f.want(errs.NotFound, err)
	}
	for _, at := range []time.Time{now.Add(time.Minute), now} { // what was tried too late is gone
		_, err = f.UseFlow(f.ctx, auth.Hash{2}, at)
		f.want(errs.NotFound, err)
	}
	u := auth.User{ID: "01JU0000000000000000000001", Login: "anna", CreatedAt: now}
	if err := f.CreateUser(f.ctx, u); err != nil {
		t.Fatal(err)
	}
	link := func(n byte) auth.Hash {
		t.Helper()
		if err := f.CreateSignInLink(f.ctx, auth.Hash{n}, u.ID, now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		return auth.Hash{n}
	}
	first, second := link(1), link(2)
	_, err = f.UseSignInLink(f.ctx, first, now)
	f.want(errs.NotFound, err)
	if got, err := f.UseSignInLink(f.ctx, second, now); err != nil || got.ID != u.ID {
		t.Errorf("link: %v, %v", got, err)
	}
	_, err = f.UseSignInLink(f.ctx, second, now)
	f.want(errs.NotFound, err)
	_, err = f.UseSignInLink(f.ctx, link(3), now.Add(time.Minute))
	f.want(errs.NotFound, err)
	f.want(errs.NotFound, f.CreateSignInLink(f.ctx, auth.Hash{4}, "x", now))
}
