package view

import "lernraum/internal/errs"

// accountViews are the views of accounts, sessions and tokens.
func accountViews(lang string) map[string]Page {
	full := func() Shell { return fullShell(lang, "") }
	msg := errs.Msg("err.bad_request")
	sessions := []SessionLine{
		{Device: "Firefox unter Windows", Network: "192.0.2.0/24", Since: day, Seen: day, Until: day, This: true},
		{Device: "Safari", Since: day, Seen: day, Until: day, EndURL: "/account/sessions/1/end"},
	}
	return map[string]Page{
		"account/sessions": &Account{Shell: full(), Sessions: sessions},

		"tokens/empty":      &Tokens{Shell: shell(lang)},
		"tokens/made":       &Tokens{Shell: full(), Secret: "lrt_abc", Made: TokenLine{Name: "Skript"}, List: []TokenLine{{Name: "Skript", Scopes: []string{"lesen"}, Created: day, Expires: day, Used: day, Over: true, RevokeURL: "/r"}, {Name: "Neu", RevokeURL: "/r2"}}, Days: []Option{{Value: "90", Label: "90 Tage", Selected: true}}},
		"tokens/errors":     &Tokens{Shell: full(), Name: "x", KPIs: "dauer", Scopes: []Option{{Value: "read", Label: "Lesen", Help: "alles", Selected: true}}, Errors: formErrors("token-name", "token-scopes", "token-kpis", "token-days")},
		"admintokens":       &AdminTokens{Shell: full(), Pager: Pager{Page: 1, Pages: 1, Total: 1, From: 1, To: 1}, List: []TokenLine{{Name: "Skript", Owner: Link{"/admin/people/1", "Ada"}, Scopes: []string{"lesen"}, Created: day, Expires: day, RevokeURL: "/r"}}},
		"admintokens/empty": &AdminTokens{Shell: shell(lang)},

		"accounts/empty": &Accounts{Shell: shell(lang), NewURL: "/admin/people/new"},
		"accounts/full": &Accounts{Shell: full(), Text: "x", Filtered: true, NewURL: "/admin/people/new", Filters: []Filter{{Name: "role", Label: "Rolle", Options: []Option{{Value: "admin", Label: "Administration", Selected: true}}}},
			Rows: []PersonLine{{Link: Link{"/admin/people/1", "Ada"}, Login: "ada", Label: "Z 2", Organisation: "Amt", Provider: "Bund", Roles: []string{"Redaktion", "Controlling"}, Closed: true}}, Pager: Pager{Page: 1, Pages: 1, Total: 1, From: 1, To: 1}},
		"personnew": &NewPerson{Shell: full(), Login: "a", Name: "A", Label: "Z", Unit: "unit/z", Roles: []Option{{Value: "admin", Label: "Administration", Help: "x"}}, Errors: formErrors("person-login", "person-name", "person-label", "person-roles", "person-units")},
		"accountof/local": &Person{Shell: fullShell(lang, "Ada"), ID: "1", Name: "Ada", Login: "ada", Local: true, Link: "https://x/login/password?token=abc", Provider: "Lernraum", Created: day, Sessions: sessions, Tokens: []TokenLine{{Name: "Skript", Over: true, RevokeURL: "/r"}},
			Typed:  PersonTyped{Name: "Ada", Label: "Z", Roles: []Option{{Value: "admin", Label: "Administration"}}, Units: []Option{{Value: "z2", Label: "Z 2", Selected: true}}},
			Spaces: []PersonSpace{{Link{"/wiki/x", "X"}, "Mitglied"}, {Link{"", "geheim"}, "Leitung"}}, Errors: formErrors("person-name", "person-label", "person-roles", "person-units")},
		"accountof/provider": &Person{Shell: fullShell(lang, "Ada"), ID: "1", Name: "Ada", Login: "ada", Provider: "Bund", Organisation: "Amt", Mail: "a@example.org", Created: day, Closed: true, LinkErr: &msg, GivenRoles: []string{"Redaktion"}, GivenUnits: []Link{{"/u", "Z 2"}}, HasPassword: true},
		"roles":              &Roles{Shell: full(), List: []RoleInfo{{Key: "contributor", Label: "Alle", Help: "lesen", Everyone: true}, {Key: "admin", Label: "Administration", Help: "x", Holders: []Link{{"/p", "Ada"}}, Total: 30, MoreURL: "/m"}, {Key: "council", Label: "Personalrat", Help: "y"}}},
		"setpassword":        &SetPassword{Shell: full(), Token: "t", Login: "ada", Errors: formErrors("setpassword-password")},
		"setpassword/old":    &SetPassword{Shell: shell(lang)},

		"reconfirm/password":     &Reconfirm{Shell: full(), Way: "password", Action: "/x", Hidden: []Hidden{{"a", "b"}}, Kept: true, CancelURL: "/c", Err: &msg},
		"reconfirm/provider":     &Reconfirm{Shell: shell(lang), Way: "provider", Action: "/x", Provider: "Bund", ProviderURL: "/login/x", Kept: true},
		"reconfirm/provider_get": &Reconfirm{Shell: shell(lang), Way: "provider", Action: "/x", Provider: "Bund", ProviderURL: "/login/x", CancelURL: "/"},
		"reconfirm/demo":         &Reconfirm{Shell: shell(lang), Way: "demo", Action: "/login/confirm", CancelURL: "/"},
		"reconfirm/anew":         &Reconfirm{Shell: shell(lang), Way: "anew", Action: "/login/confirm"},
		"reconfirmed":            &Reconfirmed{Shell: shell(lang)},
	}
}
