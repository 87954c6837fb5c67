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

		"reconfirm/password":     &Reconfirm{Shell: full(), Way: "password", Action: "/x", Hidden: []Hidden{{"a", "b"}}, Kept: true, CancelURL: "/c", Err: &msg},
		"reconfirm/provider":     &Reconfirm{Shell: shell(lang), Way: "provider", Action: "/x", Provider: "Bund", ProviderURL: "/login/x", Kept: true},
		"reconfirm/provider_get": &Reconfirm{Shell: shell(lang), Way: "provider", Action: "/x", Provider: "Bund", ProviderURL: "/login/x", CancelURL: "/"},
		"reconfirm/demo":         &Reconfirm{Shell: shell(lang), Way: "demo", Action: "/login/confirm", CancelURL: "/"},
		"reconfirm/anew":         &Reconfirm{Shell: shell(lang), Way: "anew", Action: "/login/confirm"},
		"reconfirmed":            &Reconfirmed{Shell: shell(lang)},
	}
}
