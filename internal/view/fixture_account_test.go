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

		"reconfirm/password":     &Reconfirm{Shell: full(), Way: "password", Action: "/x", Hidden: []Hidden{{"a", "b"}}, Kept: true, CancelURL: "/c", Err: &msg},
		"reconfirm/provider":     &Reconfirm{Shell: shell(lang), Way: "provider", Action: "/x", Provider: "Bund", ProviderURL: "/login/x", Kept: true},
		"reconfirm/provider_get": &Reconfirm{Shell: shell(lang), Way: "provider", Action: "/x", Provider: "Bund", ProviderURL: "/login/x", CancelURL: "/"},
		"reconfirm/demo":         &Reconfirm{Shell: shell(lang), Way: "demo", Action: "/login/confirm", CancelURL: "/"},
		"reconfirm/anew":         &Reconfirm{Shell: shell(lang), Way: "anew", Action: "/login/confirm"},
		"reconfirmed":            &Reconfirmed{Shell: shell(lang)},
	}
}
