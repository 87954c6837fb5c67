package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
)

func people(t *testing.T, f *fixture) {
	id := func(n int) string { return fmt.Sprintf("01JU000000000000000000000%d", n) }
	for _, u := range []auth.User{
		{ID: id(1), Login: "oezdemir", Name: "Ayla Özdemir", Label: "Referat Z 2", Roles: []access.Role{access.RoleEditor}},
		{ID: id(2), Login: "otto", Name: "Otto Zander", Label: "Kasse", Disabled: true},
		{ID: id(3), Login: "anna", Name: "Anna Öder", Label: "REFERAT Z 2", Roles: []access.Role{access.RoleAdmin, access.RoleEditor}},
	} {
		u.CreatedAt = day(2026, 1, 1)
		if err := f.CreateUser(f.ctx, u); err != nil {
			t.Fatal(err)
		}
	}
	find := func(q auth.PeopleQuery, total int, want ...string) {
		t.Helper()
		list, n, err := f.FindUsers(f.ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, u := range list {
			got = append(got, u.Login)
		}
		same(t, fmt.Sprintf("%+v", q), got, want)
		if n != total {
			t.Errorf("%+v: %d in all, want %d", q, n, total)
		}
	}
	find(auth.PeopleQuery{}, 3, "anna", "oezdemir", "otto")
	find(auth.PeopleQuery{Limit: 1, Offset: 1}, 3, "oezdemir")
	find(auth.PeopleQuery{Limit: 5, Offset: 9}, 3)
	find(auth.PeopleQuery{Text: "referat z"}, 2, "anna", "oezdemir")
	find(auth.PeopleQuery{Text: "ÖZ ayla"}, 1, "oezdemir")
	find(auth.PeopleQuery{Text: "100%"}, 0)
	find(auth.PeopleQuery{Role: access.RoleEditor}, 2, "anna", "oezdemir")
	find(auth.PeopleQuery{State: "closed"}, 1, "otto")
	find(auth.PeopleQuery{State: "open", Text: "der"}, 1, "anna")
	find(auth.PeopleQuery{State: "open"}, 2, "anna", "oezdemir")
	find(auth.PeopleQuery{Provider: auth.LocalProvider, Role: access.RoleAdmin}, 1, "anna")
	find(auth.PeopleQuery{Provider: "bund"}, 0)
	if list, err := f.AccountProviders(f.ctx); err != nil || len(list) != 0 {
		t.Errorf("providers %v, %v", list, err)
	}
	if err := f.SetName(f.ctx, id(2), "Otto Adler", "Archiv"); err != nil {
		t.Fatal(err)
	}
	if u, err := f.User(f.ctx, id(2)); err != nil || u.Name != "Otto Adler" || u.Label != "Archiv" {
		t.Errorf("renamed %+v, %v", u, err)
	}
	f.want(errs.NotFound, f.SetName(f.ctx, "x", "y", ""))
}

func passwordLinks(t *testing.T, f *fixture) {
	u := auth.User{ID: "01JU0000000000000000000001", Login: "anna", CreatedAt: day(2026, 1, 1)}
	if err := f.CreateUser(f.ctx, u); err != nil {
		t.Fatal(err)
	}
	old, link := auth.Hash{7}, auth.Hash{8}
	for _, h := range []auth.Hash{old, link} {
		if err := f.CreatePasswordLink(f.ctx, h, u.ID, day(2026, 3, 2)); err != nil {
			t.Fatal(err)
		}
	}
	f.want(errs.NotFound, f.CreatePasswordLink(f.ctx, auth.Hash{9}, "x", day(2026, 3, 2)))
	_, err := f.PasswordLinkUser(f.ctx, old, day(2026, 3, 1))
	f.want(errs.NotFound, err)
	_, err = f.PasswordLinkUser(f.ctx, link, day(2026, 3, 2))
	f.want(errs.NotFound, err)
	got, err := f.PasswordLinkUser(f.ctx, link, day(2026, 3, 1))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "account of the link", got, u)
	f.want(errs.NotFound, f.UsePasswordLink(f.ctx, link, day(2026, 3, 2), "$neu"))
	var used atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			switch err := f.UsePasswordLink(f.ctx, link, day(2026, 3, 1), "$neu"); {
			case err == nil:
				used.Add(1)
			case !errs.Is(err, errs.NotFound):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, err := f.User(f.ctx, u.ID); err != nil || got.PasswordHash != "$neu" || used.Load() != 1 {
		t.Errorf("used %d times, %+v, %v", used.Load(), got, err)
	}
}
