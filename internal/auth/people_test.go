package auth

import (
	"slices"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
)

func TestChangePerson(t *testing.T) {
	h := newHouse(t, Options{})
	ctx, root := t.Context(), h.actor(h.admin)
	change := PersonChange{Name: " Reisestelle ", Label: "Referat Z 3", Roles: []access.Role{access.RoleEditor}, Units: []string{"z3"}}
	for who, a := range map[string]access.Actor{"oneself": h.actor(h.user), "a guest": GuestActor(true), "a token": {UserID: h.admin.ID, Roles: []access.Role{access.RoleAdmin}, Token: &access.Token{Read: true, Write: true}}} {
		wantKind(t, who, h.ChangePerson(ctx, a, h.user.ID, change), errs.NotFound)
		_, _, err := h.People(ctx, a, PeopleQuery{})
		wantKind(t, who+" lists", err, errs.NotFound)
		_, err = h.PasswordLink(ctx, a, h.user.ID)
		wantKind(t, who+" makes a link", err, errs.NotFound)
		_, err = h.AccountProviders(ctx, a)
		wantKind(t, who+" lists providers", err, errs.NotFound)
	}
	if err := h.ChangePerson(ctx, root, h.user.ID, change); err != nil {
		t.Fatal(err)
	}
	u, hasPassword, err := h.Person(ctx, root, h.user.ID)
	if err != nil || !hasPassword || u.PasswordHash != "" || u.Name != "Reisestelle" || u.Label != "Referat Z 3" ||
		!slices.Equal(u.Roles, change.Roles) || !slices.Equal(u.Units, change.Units) {
		t.Errorf("changed to %+v, %v", u, err)
	}
	events := len(h.store.events)
	if err := h.ChangePerson(ctx, root, h.user.ID, change); err != nil || len(h.store.events) != events {
		t.Errorf("changing nothing recorded %d events, %v", len(h.store.events)-events, err)
	}
	err = h.ChangePerson(ctx, root, h.admin.ID, PersonChange{Name: "", Roles: []access.Role{"root"}})
	wantField(t, "no name", err, "name", "auth.name_missing")
	wantField(t, "unknown role", err, "roles", "auth.role_unknown")
	err = h.ChangePerson(ctx, root, h.admin.ID, PersonChange{Name: "Anna", Roles: []access.Role{access.RoleAdmin}, Units: []string{"tresorwache"}})
	wantField(t, "a unit of one's own", err, "add_unit", "auth.own_units")
	wantField(t, "a unit of one's own", h.SetUnits(ctx, root, h.admin.ID, []string{"tresorwache"}), "add_unit", "auth.own_units")
	err = h.ChangePerson(ctx, root, h.admin.ID, PersonChange{Name: "", Roles: []access.Role{"root"}})
	wantField(t, "last administrator", err, "roles", "auth.last_admin")

	// What a provider says and gives stays as it is, and is not made into something set by hand.
	err = h.store.set(h.user.ID, func(u *User) {
		u.Provider, u.Given = "bund", Rights{Roles: []access.Role{access.RoleEditor}, Units: []string{"z3"}}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.ChangePerson(ctx, root, h.user.ID, PersonChange{Name: "Anders", Roles: []access.Role{access.RoleEditor, access.RoleController}, Units: []string{"z3", "z4"}}); err != nil {
		t.Fatal(err)
	}
	got := h.store.users[h.user.ID]
	if got.Name != "Reisestelle" || !slices.Equal(got.Roles, []access.Role{access.RoleController}) || !slices.Equal(got.Units, []string{"z4"}) {
		t.Errorf("set by hand: %+v", got)
	}
	_, err = h.PasswordLink(ctx, root, h.user.ID)
	wantMessage(t, "a link for an account of a provider", err, "auth.link_refused")
}

func TestPasswordLink(t *testing.T) {
	h := newHouse(t, Options{})
	ctx, root := t.Context(), h.actor(h.admin)
	before := h.signIn(t)
	link := func() string {
		t.Helper()
		token, err := h.PasswordLink(ctx, root, h.user.ID)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	replaced, token := link(), link()
	const next = "Tee um viertel nach fünf"
	set := func(token, password string) (string, error) {
		session, _, err := h.PasswordByLink(ctx, token, password, "10.0.0.1")
		return session, err
	}
	_, err := set(replaced, next)
	wantKind(t, "an earlier link", err, errs.NotFound)
	_, err = set("", next)
	wantKind(t, "no link", err, errs.NotFound)
	if login, err := h.PasswordLinkLogin(ctx, token); login != "z2" || err != nil {
		t.Errorf("for %q, %v", login, err)
	}
	_, err = set(token, "kurz")
	wantField(t, "a short password", err, "password", "auth.password_short")
	session, err := set(token, next)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := h.Actor(ctx, session); err != nil || a.UserID != h.user.ID {
		t.Errorf("signed in as %+v, %v", a, err)
	}
	_, err = h.Actor(ctx, before)
	wantKind(t, "a session from before", err, errs.Unauthenticated)
	_, err = set(token, next)
	wantKind(t, "used twice", err, errs.NotFound)
	if _, _, err := h.SignIn(ctx, "z2", next, "10.0.0.1"); err != nil {
		t.Errorf("the new password: %v", err)
	}
	late := link()
	h.clock.add(24 * time.Hour)
	_, err = set(late, next)
	wantKind(t, "a day later", err, errs.NotFound)
	closed := link()
	if err := h.SetDisabled(ctx, root, h.user.ID, true); err != nil {
		t.Fatal(err)
	}
	_, err = set(closed, next)
	wantKind(t, "a closed account", err, errs.NotFound)
	_, err = h.PasswordLink(ctx, root, h.user.ID)
	wantMessage(t, "a link for a closed account", err, "auth.link_refused")
}
