package main

import (
	"context"

	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/web"
)

// demoAccounts are the roles a visitor of the demo may try. They have no password: SignInAs is the only way in,
// and it works in the demo alone.
var demoAccounts = []struct {
	key, label string
	roles      []access.Role
	units      []string
	spaces     map[string]access.Membership
}{
	{"contributor", "Referat Z 2", nil, []string{"z2"}, nil},
	{"editor", "Redaktion", []access.Role{access.RoleEditor}, []string{"redaktion"}, nil},
	{"coach", "Methodenbegleitung", nil, []string{"redaktion"}, map[string]access.Membership{"methoden": access.Manager, "standards": access.Member}},
	{"security", "IT-Sicherheit", nil, nil, map[string]access.Membership{"it-sicherheit": access.Manager}},
	{"admin", "Administration", []access.Role{access.RoleAdmin}, nil, nil},
}

// demoRoles makes the demo's accounts where they are missing and names them for the sign-in page.
func (in *instance) demoRoles(ctx context.Context) ([]web.DemoRole, error) {
	by := access.Program("demo")
	// The accounts belong to the demo; five lines about them would bury the address on the terminal.
	quiet := auth.New(in.store, auth.Options{Demo: true, Now: in.now})
	spaces, err := in.store.Spaces(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, sp := range spaces {
		known[sp.Key] = true
	}
	var out []web.DemoRole
	for _, a := range demoAccounts {
		u, err := in.auth.UserByLogin(ctx, by, "demo-"+a.key)
		if errs.Is(err, errs.NotFound) {
			member := map[string]access.Membership{}
			for key, m := range a.spaces {
				if known[key] {
					member[key] = m
				}
			}
			u, err = quiet.AddUser(ctx, by, auth.NewUser{
				Login: "demo-" + a.key, Name: a.label, Label: a.label, NoPassword: true, Roles: a.roles, Units: a.units, Spaces: member,
			})
		}
		if err != nil {
			return nil, err
		}
		out = append(out, web.DemoRole{UserID: u.ID, Key: a.key, Label: "web.demo_" + a.key, Help: "web.demo_" + a.key + "_help"})
	}
	return out, nil
}
