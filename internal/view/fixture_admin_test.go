package view

import "lernraum/internal/errs"

// adminViews gives the views of the administration in several fillings.
func adminViews(lang string) map[string]Page {
	full := func(title string) Shell { return fullShell(lang, title) }
	msg := errs.Msg("err.bad_request")
	return map[string]Page{
		"settings/full": &Settings{
			Shell: full(""),
			Items: []Input{
				{ID: "setting-house-name", Name: "house-name", Label: "Name", Widget: WidgetText, Value: "Haus", Err: &msg},
				{ID: "setting-lang", Name: "lang", Label: "Sprache", Widget: WidgetRadios, Options: []Option{{Value: "de", Label: "Deutsch", Selected: true}, {Value: "en", Label: "Englisch"}}},
			},
			Fixed: []Row{{Name: "x", Value: "y"}, {Name: "z"}}, Errors: []FormError{{ID: "setting-house-name", Label: "Name", Msg: msg}},
		},
		"settings/fixed": &Settings{Shell: shell(lang)},
		"adminspaces/full": &AdminSpaces{Shell: full(""), NewURL: "/spaces/new", Items: []AdminSpace{
			{SpaceInfo: SpaceInfo{Key: "a", URL: "/wiki/a", Title: "A", Type: Badge{Key: "open", Label: "offen"}, ReviewDue: day}, Members: 3, Managers: 1},
			{SpaceInfo: SpaceInfo{Key: "b", Title: "B"}, Problems: []string{"niemand"}},
		}},
		"adminspaces/empty": &AdminSpaces{Shell: shell(lang)},
		"adminkinds": &AdminKinds{Shell: full(""), Items: []AdminKind{
			{Key: "process", Label: "Prozesse", URL: "/kinds/process", Pages: 3, Source: "shipped/process.yaml", Shipped: true, Fields: []Row{{Name: "Zweck", Value: "purpose · text"}}, States: "Entwurf", Review: 12, Help: "Hilfe"},
			{Key: "x", Label: "x", URL: "/kinds/x", Pages: 1, Missing: true}, {Key: "y", Label: "Y", URL: "/kinds/y"},
		}},
	}
}
