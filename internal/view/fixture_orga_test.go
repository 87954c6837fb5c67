package view

import "lernraum/internal/errs"

// orgaViews are the views of units and reports.
func orgaViews(lang string) map[string]Page {
	full := func(title string) Shell { return fullShell(lang, title) }
	msg := errs.Msg("err.bad_request")
	unit := func(i int) UnitLine {
		return UnitLine{Link: Link{"/wiki/o/z2", "Referat Z <2>"}, Depth: i, Short: "Z 2", Type: "Referat", Above: "Abteilung Z", Pages: 1234, People: 5, Spaces: 1, State: Badge{"closed", "geschlossen", ""}, ChangeURL: "/admin/units/z2/reorganise", HandoverURL: "/handover?unit=z2"}
	}
	return map[string]Page{
		"unittree/empty": &Units{Shell: shell(lang)},
		"unittree/none":  &Units{Shell: shell(lang), Words: "xyz"},
		"unittree/full":  &Units{Shell: full(""), Words: "z", Lines: many(5, unit), Total: 2000, Pager: Pager{Next: "/b", Page: 1, Pages: 7, From: 1, To: 300, Total: 2000}, Actions: []Link{{"/new", "Anlegen"}}},
		"unitform/full": &UnitForm{Shell: full("Ändern"), Tabs: []Option{{URL: "/a", Label: "Umbenennen", Selected: true}, {URL: "/b", Label: "Aufteilen"}}, Intro: msg, Notes: []errs.Message{msg}, Action: "/x", Hidden: []Hidden{{"act", "merge"}}, Button: "Vorschau", CancelURL: "/c",
			Errors: formErrors("orga-to", ""), Sections: []FormSection{{Inputs: []Input{{ID: "orga-to", Name: "to", Label: "Nachfolge", Widget: WidgetPage, Kinds: "unit", Err: &msg, Required: true}}}, {Legend: "Teil 1", Help: "Wofür", Inputs: []Input{{ID: "b", Name: "b", Label: "B", Widget: WidgetCheckboxes, Options: []Option{{Value: "x", Label: "X"}}}}}}},
		"unitform/file": &UnitForm{Shell: shell(lang), Post: true, Action: "/x", Button: "Weiter", Sections: []FormSection{{Inputs: []Input{{ID: "file", Name: "file", Label: "Datei", Widget: WidgetFile}}}}},
		"report/full": &Report{Shell: full("Vorschau"), Intro: msg, Warnings: []errs.Message{msg}, Notes: []errs.Message{msg}, Links: []Link{{"/md", "Text"}},
			Tables: []ReportTable{{ID: "a", Title: "Seiten", Note: msg, Columns: []string{"Titel", "Art"}, Rows: [][]Link{{{"/a", "A <b>"}, {"", "Prozess"}}}, Pager: Pager{Next: "/b", Page: 1, Pages: 2, From: 1, To: 1, Total: 2}}, {ID: "b", Title: "Nichts", Empty: "Nichts."}},
			Form:   &ReportForm{Action: "/x", Hidden: []Hidden{{"seen", "abc"}}, Help: msg, Button: "Ändern", Danger: true, CancelURL: "/c"}},
		"report/bare": &Report{Shell: shell(lang)},
	}
}
