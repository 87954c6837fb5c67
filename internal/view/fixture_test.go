package view

import (
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"time"

	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/templates"
)

var day = time.Date(2026, 11, 12, 9, 30, 0, 0, time.UTC)

func newRenderer(t testing.TB) *Renderer {
	t.Helper()
	r, err := New(Options{Templates: templates.FS(), Static: func(name string) string { return "/static/x/" + name }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func shell(lang string) Shell {
	return Shell{Lang: lang, House: "Landesamt für Beispiele", Path: "/wiki/handbuch/x?a=1&b=2", Nonce: "n0nce", HeaderSearch: true}
}

// fullShell uses every part of the shell.
func fullShell(lang, title string) Shell {
	s := shell(lang)
	s.Title, s.Theme, s.Section, s.Query = title, "dark", "processes", `"Reise" <kosten>`
	s.Crumbs = []Link{{"/wiki/handbuch", "Handbuch"}, {"", "Donaudampfschifffahrtsgesellschaftskapitänsmützenverordnung"}}
	s.Actor = ActorInfo{SignedIn: true, Name: "Ada", Label: "Referat Z 2", Admin: true}
	s.Demo, s.ReadOnly, s.HouseShort = true, true, "LfB"
	s.Notice = &Notice{Tone: "success", Msg: errs.Msg("view.account.done"), Link: Link{"/x", "Weiter"}}
	s.FeedbackMail = "lernraum@example.org"
	s.Print = PrintInfo{URL: "https://lernraum.example.org/p/01J", Revision: 7, State: "veröffentlicht", CheckedUntil: day}
	return s
}

func ref(i int) PageRef {
	return PageRef{URL: fmt.Sprintf("/wiki/handbuch/seite-%d", i), Title: fmt.Sprintf("Seite %d <b>", i), Kind: "Prozess", KindKey: "process", State: Badge{"published", "Veröffentlicht", "success"}}
}

func line(i int) PageLine {
	l := PageLine{PageRef: ref(i), Space: Link{"/wiki/handbuch", "Handbuch"}, Owner: Link{"/wiki/o/z2", "Referat Z 2"}, Updated: day, ReviewDue: day.AddDate(0, i, 0), Overdue: i%2 == 0}
	l.Summary = "Worum es geht."
	return l
}

func many[T any](n int, f func(int) T) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

func card(i int) ContactCard {
	return ContactCard{Title: fmt.Sprintf("Reisestelle %d", i), URL: fmt.Sprintf("/wiki/o/r%d", i), Kind: "Zuständigkeit", Task: "Rechnet Reisen ab.", Role: "Sachbearbeitung", Unit: Link{"/u", "Z 2"},
		Holder: FactValue{Text: "Reisestelle", URL: "/h"}, Deputy: FactValue{Text: "unit/weg", Missing: true}, Phones: []Link{{"tel:+49301234", "030 1234"}, {"tel:+49305678", "030 5678"}}, Mails: []Link{{"mailto:reise@example.org", "reise@example.org"}},
		Room: "1.23", Hours: "Mo–Do 9–15 Uhr", Service: "99001", ValidFrom: day, ValidTo: day.AddDate(1, 0, 0), CheckedAt: day, Overdue: i == 1, Route: Link{URL: "https://portal.example", Text: "portal.example"}}
}

func kpiPanel(r *Renderer, lang string) *KPIPanel {
	target := 10.0
	return &KPIPanel{Key: "dauer", Name: "Dauer", Unit: "Tage", Direction: "Weniger ist besser", Rhythm: "monatlich", Target: &target,
		Sentence: errs.Msg("view.chart.target", "Value", 15.8), Chart: r.LineChart(months(lang, 36)),
		Rows:   []KPIRow{{Period: "2026-03", Value: 1234.5, N: 120, Provisional: true, Note: "Umstellung", Source: "Statistik", Version: 2, Received: day}, {Period: "2026-02", Value: 12}},
		CSVURL: "/kpis/dauer.csv", SVGURL: "/kpis/dauer.svg", Marks: []KPIMark{{day, "Neue Vorlage", "/wiki/l/1"}, {day, "Ohne Seite", ""}}, Last: day, Old: true, EntryURL: "/kpis/dauer/values",
		Entry: &KPIEntry{Period: "2026-13", Value: "zwölf", State: "provisional"}}
}

func months(lang string, n int) ChartData {
	d := ChartData{Title: "Dauer <Tage>", Unit: "Tage", Lang: lang, ID: "k", Target: []TargetStep{{Value: 12}, {From: time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC), Value: 10}},
		Marks: []ChartMark{{T: time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC), Label: "Neue Vorlage & mehr"}, {T: time.Date(2031, 6, 1, 0, 0, 0, 0, time.UTC), Label: "später"}}}
	for i := range n {
		t := time.Date(2024, time.Month(1+i), 1, 0, 0, 0, 0, time.UTC)
		d.Points = append(d.Points, ChartPoint{Label: t.Format("01.2006"), T: t, Value: 11 + float64((i*7)%9)/2, Provisional: i == n-1})
	}
	return d
}

func wikiPage(r *Renderer, lang string) *Wiki {
	w := &Wiki{Shell: fullShell(lang, "Reisekosten abrechnen"), ID: "01J", Summary: "So rechnen Sie ab.", ContentLang: "en", Kind: Link{"/kinds/process", "Prozess"}, KindKey: "process",
		State: Badge{"published", "Veröffentlicht", "success"}, Trust: Trust{Owner: Link{"/u", "Referat Z 2"}, OwnerRole: "Reisestelle", CheckedAt: day, CheckedBy: "Referat Z 2", NextDue: day, Overdue: true, Draft: true, Archived: true, Doubted: true}, Doubt: &Doubt{Reason: "Die Frist ist <neu>.", At: day, By: "Referat A 1"},
		Tags: []Link{{"/search?tag=reise", "reise"}, {"/search?tag=personal", "personal"}}, Statement: "personal", Incomplete: []string{"Zweck", "Auslöser"},
		Facts: []FactGroup{{Key: "purpose", Label: "Zweck", Facts: []Fact{
			{Label: "Auslöser", Values: []FactValue{{Text: "Ende der Reise"}}},
			{Label: "Rechtsgrundlagen", Values: []FactValue{{Text: "BRKG", URL: "https://example.org/brkg"}, {Text: "böse", URL: "javascript:alert(1)"}, {Text: "030 1", URL: "tel:0301"}}},
			{Label: "Zweck", Values: []FactValue{{HTML: Body("<p>Geld zurück</p>")}}},
			{Label: "Reihen", Columns: []string{"Was", "Wer"}, Rows: [][]FactValues{{{{Text: "a"}}, {{Text: "unit/weg", Missing: true}}}, {nil, {{Text: "x"}, {Text: "y"}}}}},
		}}, {Key: "leer", Label: "Leer"}},
		Steps:   []Step{{What: FactValue{Text: "Antrag"}, Role: FactValue{Text: "Z 2", URL: "/u"}, Tool: FactValue{Text: "eReise", URL: "/t"}, Duration: "10 min"}, {What: FactValue{HTML: Body("<p>Prüfen</p>")}}},
		Contact: new(ContactCard), KPI: kpiPanel(r, lang),
		Body: Body(`<h2 id="s-eins">Eins</h2><p>Text</p><h3 id="s-zwei">Zwei</h3><p>Text</p><h2 id="s-drei">Drei</h2>`), Contents: []page.Heading{{Level: 2, ID: "s-eins", Text: "Eins"}, {Level: 3, ID: "s-zwei", Text: "Zwei"}, {Level: 2, ID: "s-drei", Text: "Drei"}},
		Relations: []RelationGroup{{"verwendet", []PageRef{ref(1), {Title: "tool/weg", Missing: true}}}, {"ist Teil von", []PageRef{ref(2)}}}, Because: []PageRef{ref(3)}, Backlinks: many(3, ref),
		Files:  []File{{Name: "plan <1>.pdf", URL: "/f/1", Type: "application/pdf", Alt: "Plan", Size: 123456, Version: 2, At: day, RemoveURL: "/f/1/remove"}, {Name: "a.png", URL: "/f/2", Type: "image/png"}},
		Stages: []PathStep{{Label: "Entwurf", Done: true, At: day}, {Label: "Eingereicht", Current: true}, {Label: "Gelernt"}, {Label: "Nicht verfolgt", Exit: true}}, NextHelp: "Das Fachteam bestätigt binnen 10 Arbeitstagen.",
		Actions: Actions{EditURL: "/e", HistoryURL: "/h", LinksURL: "/l", ConfirmURL: "/c", Objection: &Transition{Key: "ask_review", Label: "Das stimmt nicht mehr", Help: "Sagen Sie kurz, was.", Reason: true}, AttachURL: "/a", PermanentURL: "/p/01J", DeleteURL: "/d", TransitionURL: "/t",
			Transitions: []Transition{{Key: "submit", Label: "Einreichen", Help: "Zur Prüfung geben"}, {Key: "reject", Label: "Nicht verfolgen", Reason: true}, {Key: "learn", Label: "Als gelernt abschließen", Blocked: []errs.Message{errs.Msg("err.bad_request"), errs.Msg("err.conflict")}}}},
		Transition: &TransitionForm{Key: "reject", Reason: "Weil", Err: []errs.Message{errs.Msg("err.bad_request")}},
		Revision:   6, Updated: day, UpdatedBy: "Referat Z 2", Old: &OldRevision{N: 6, Newest: 7, At: day, NewestURL: "/n", RestoreURL: "/r"}}
	*w.Contact = card(1)
	return w
}

func inputs(err bool) []Input {
	var m *errs.Message
	if err {
		msg := errs.Msg("err.bad_request")
		m = &msg
	}
	var in []Input
	for i, w := range []Widget{WidgetText, WidgetTextarea, WidgetMarkdown, WidgetSelect, WidgetRadios, WidgetCheckboxes, WidgetNumber, WidgetDate, WidgetURL, WidgetEmail, WidgetTel, WidgetPage, WidgetLines, WidgetHidden, WidgetPassword, WidgetFile} {
		in = append(in, Input{ID: "f-" + string(w), Name: "fields." + string(w), Label: "Feld " + string(w), Help: "Hilfe", Widget: w, Value: `a "b" <c>`, Values: []string{"eins", "zwei"}, Required: i == 0, Err: m,
			Unit: "Tage", MaxLength: 300, Kinds: "unit,tool", Lang: "de", Options: []Option{{Value: "", Label: "nichts"}, {Value: "x", Label: "X", Selected: true, Help: "Wann X"}}})
	}
	list := Input{ID: "f-list", Name: "steps", Label: "Schritte", Widget: WidgetList, Add: "Schritt hinzufügen", Err: m}
	for i := range 2 {
		p := fmt.Sprintf("f-list-%d", i)
		list.Rows = append(list.Rows, InputRow{Legend: fmt.Sprintf("Schritt %d", i+1), Remove: fmt.Sprintf("remove:steps:%d", i), Inputs: []Input{{ID: p + "-what", Name: fmt.Sprintf("steps.%d.what", i), Label: "Was", Widget: WidgetText}, {ID: p + "-role", Name: fmt.Sprintf("steps.%d.role", i), Label: "Wer", Widget: WidgetPage}}})
	}
	return append(in, list)
}

func formErrors(ids ...string) []FormError {
	return many(len(ids), func(i int) FormError { return FormError{ID: ids[i], Label: "Feld", Msg: errs.Msg("err.bad_request")} })
}

// views gives every view in several fillings, by name.
func views(r *Renderer, lang string) map[string]Page {
	full := func(title string) Shell { return fullShell(lang, title) }
	pager := Pager{Prev: "/x?page=1", Next: "/x?page=3", Page: 2, Pages: 9, From: 21, To: 40, Total: 1234}
	msg := errs.Msg("err.bad_request")
	diff := []DiffBlock{{Kind: BlockSame, Parts: []DiffPart{{OpSame, "gleich"}}}, {Kind: BlockGap}, {Kind: BlockChanged, Parts: []DiffPart{{OpSame, "die "}, {OpDel, "Frist"}, {OpAdd, "Fristen"}, {OpSame, " gilt"}}}}
	fieldDiff := []FieldDiff{{"Zweck", []DiffPart{{"=", "bleibt "}, {"-", "alt"}, {"+", "neu"}}}, {"Auslöser", []DiffPart{{"+", "neu"}}}, {"Ende", []DiffPart{{"-", "alt"}}}}
	rev := func(i int) Revision {
		return Revision{N: 3 - i, At: day, By: "Referat Z 2", Comment: "Frist angepasst", Change: []string{"edit", "confirm", "create"}[i%3], URL: "/r", DiffURL: "/d", RestoreURL: "/re", Current: i == 0}
	}
	space := SpaceInfo{Key: "personal", URL: "/wiki/personal", Title: "Personal", Summary: "Für das Personal", Type: Badge{"restricted", "Geschlossen", "warning"}, TypeHelp: "Nur Mitglieder", Unit: Link{"/u", "Z 1"}, Reason: "Beschäftigtendaten", ReviewDue: day, Overdue: true, Pages: 1, Member: true, EditURL: "/spaces/personal/edit"}
	person := PersonRow{ID: "1", Name: "Ada <x>", Login: "ada", Label: "Referat Z 2", Level: "Verwaltung", Sources: []string{"von Hand", "durch die Einheit Z 2 (Mitglied)"}, ByHand: "manager", RemoveTo: "/r"}
	request := RequestRow{ID: "R1", Person: person, Space: Link{"/s", "Personal"}, Reason: "Für die <Vertretung>", State: Badge{"open", "offen", "info"}, Asked: day, Answer: "ok"}
	space.PeopleURL, space.AnswerURL, space.AskURL, space.Asked = "/p", "/q", "/k", true
	spark := r.Sparkline(months(lang, 12))
	target := 3.0
	kinds := []KindCount{{"Prozesse", "/kinds/process", 1234, true}, {"Werkzeuge", "/kinds/tool", 0, false}}
	many20 := many(20, line)
	minimalWiki := &Wiki{Shell: shell(lang), Kind: Link{"", "Begriff"}, Revision: 1}
	minimalWiki.Title = "Begriff"
	emptyKPI := &Wiki{Shell: shell(lang), KPI: &KPIPanel{EntryURL: "/kpis/x/values", Unit: "Tage"}, Actions: Actions{EditURL: "/e"}}
	emptyKPI.Title = "Kennzahl"
	attachFailed := wikiPage(r, lang)
	attachFailed.AttachErr, attachFailed.Transition, attachFailed.KPI = &msg, nil, nil
	entryFailed := wikiPage(r, lang)
	entryFailed.Transition = nil
	entryFailed.KPI.Entry.Errors = []errs.Field{{Name: "value", Msg: msg}}
	list := func(rows int, filtered bool) *KindList {
		return &KindList{Shell: full("Prozesse"), Key: "process", Help: "Was hierher gehört.", Example: "Reisekosten abrechnen", New: "Prozess anlegen", NewURL: "/new?kind=process", CSVURL: "/kinds/process?format=csv", Action: "/kinds/process", Sort: "-updated",
			Columns: []Column{{Key: "title", SortURL: "?sort=-title", Sorted: "ascending"}, {Key: "type", Label: "Art"}, {Key: "n", Label: "Zahl", SortURL: "?sort=n", Sorted: "descending", Numeric: true}, {Key: "state"}, {Key: "owner"}, {Key: "updated", SortURL: "?sort=updated"}},
			Rows: many(rows, func(i int) KindRow {
				return KindRow{Line: line(i), Cells: []FactValues{{{Text: "Kern"}}, {{Text: "a", URL: "/a"}, {Text: "b", Missing: true}}}}
			}),
			Filters: []Filter{{"state", "Stand", "x", []Option{{Value: "x", Label: "X", Selected: true}}}, {"unit", "Einheit", "", nil}}, Text: "Reise", Total: rows, Pager: pager, Filtered: filtered, ClearURL: "/kinds/process", Kinds: kinds}
	}
	all := map[string]Page{
		"start/empty": &Start{Shell: shell(lang), Empty: true, NewURL: "/new"},
		"start/full": &Start{Shell: full(""), Examples: []Link{{"/search?q=a", "Wie rechne ich ab?"}}, SignedInBox: &Mine{Requests: kinds, Review: many20[:1], Drafts: many20[:2], UnitName: "Z 2", UnitChanges: many20[:3]}, Lessons: many20[:2], Recent: many20, NewURL: "/new", EasyLanguage: "/info/easy-language",
			Entrances: []Entrance{{"processes", "Prozesse", "/kinds/process", "Wie etwas geht", kinds}, {"knowledge", "Wissen", "", "", nil}}},
		"start/idle":     &Start{Shell: shell(lang), SignedInBox: &Mine{}},
		"wiki/minimal":   minimalWiki,
		"wiki/full":      wikiPage(r, lang),
		"wiki/attach":    attachFailed,
		"wiki/kpi-empty": emptyKPI,
		"wiki/kpi-error": entryFailed,
		"kpis/empty":     &KPIList{Shell: full("Kennzahlen"), Help: "Was hierher gehört"},
		"kpis/many": &KPIList{Shell: full("Kennzahlen"), NewURL: "/new", New: "Kennzahl anlegen", Kinds: kinds, Pager: pager, Rows: many(3, func(i int) KPILine {
			return KPILine{PageLine: line(i), HasValue: i > 0, Last: 1234.5, Period: "2026-03", Target: &target, Unit: "Tage", Direction: "Weniger ist besser", Goal: []PageRef{{}, ref(9), {Title: "goal/weg", Missing: true}}[i], Sparkline: spark, Old: i == 2}
		})},
		"list/empty":   list(0, false),
		"list/none":    list(0, true),
		"list/one":     list(1, false),
		"list/many":    list(20, true),
		"search/start": &Search{Shell: shell(lang), Examples: []Link{{"/search?q=a", "Reise"}}},
		"search/none":  &Search{Shell: full(""), Chips: []Chip{{"Prozess", "/x"}}, ClearURL: "/search?q=x", NewURL: "/new"},
		"search/error": &Search{Shell: full(""), Err: &msg},
		"search/one":   &Search{Shell: full(""), Hits: []HitView{{PageLine: line(1)}}, Total: 1, Restricted: true},
		"search/many": &Search{Shell: full(""), Hits: many(10, func(i int) HitView {
			return HitView{PageLine: line(i), Snippet: []SnippetPart{{"die ", false}, {"Reisekosten", true}, {" <sind>", false}}}
		}), Total: 1234, Facets: []FacetGroup{{"kind", "Art", []FacetValue{{"Prozess", "/a", 12, true}, {"Werkzeug", "/b", 1, false}}}, {"tag", "Schlagwort", nil}}, Chips: []Chip{{"Prozess", "/x"}}, Hidden: []Hidden{{"kind", "process"}},
			Sorts: []Option{{Label: "Beste Treffer", Selected: true}, {Label: "Neueste", URL: "/s"}}, Pager: pager, Restricted: true, Rebuilding: true, Cards: many(2, card)},
		"contacts/empty": &Contacts{Shell: shell(lang), NewURL: "/new"},
		"contacts/none":  &Contacts{Shell: full(""), NewURL: "/new", Units: []UnitNode{{Link: Link{"/u", "Landesamt"}}}},
		"contacts/many": &Contacts{Shell: full(""), Cards: many(3, card), Total: 3, Pager: pager, Restricted: true,
			Units: []UnitNode{{Link{"/u", "Landesamt"}, "LfB", []UnitNode{{Link{"/z", "Abteilung Z"}, "Z", nil}, {Link{"", "Ohne Seite"}, "", nil}}}}},
		"form/empty":       &Form{Shell: full("Prozess anlegen"), Kind: "Prozess", KindHelp: "Was hierher gehört", Example: "Reisekosten", New: true, Action: "/new"},
		"form/all":         &Form{Shell: full("Bearbeiten"), Action: "/e", CancelURL: "/w", Revision: 7, Hidden: []Hidden{{"kind", "process"}}, Sections: []FormSection{{Key: "main", Main: true, Inputs: inputs(false)}, {Key: "more", Legend: "Weiteres", Help: "Wofür", Inputs: []Input{{ID: "more", Name: "more", Label: "Mehr", Widget: WidgetText}}}}, Note: &Input{ID: "comment", Name: "comment", Label: "Was haben Sie geändert?", Widget: WidgetText}},
		"form/errors":      &Form{Shell: full("Bearbeiten"), Action: "/e", Sections: []FormSection{{Key: "main", Legend: "Das Wichtigste", Main: true, Inputs: inputs(true)}}, Errors: formErrors("f-text", "f-radios", "f-list", "")},
		"form/preview":     &Form{Shell: full("Bearbeiten"), Action: "/e", Preview: &Preview{HTML: Body("<h3>Vorschau</h3><p>Text</p>")}},
		"form/prevfail":    &Form{Shell: full("Bearbeiten"), Action: "/e", Preview: &Preview{Err: &msg}},
		"form/conflict":    &Form{Shell: full("Bearbeiten"), Action: "/e", Conflict: &Conflict{By: "Referat Z 2", At: day, N: 8, URL: "/r/8", Fields: fieldDiff, Body: diff}},
		"new/empty":        &NewChooser{Shell: shell(lang)},
		"new/many":         &NewChooser{Shell: full(""), Groups: []NewGroup{{"Prozesse", []NewKind{{"Prozess", "Prozess anlegen", "Wie etwas geht", "Reise", "/new?kind=process"}, {"Begriff", "", "", "", "/new?kind=term"}}}}},
		"history/empty":    &History{Shell: shell(lang), Page: ref(1)},
		"history/one":      &History{Shell: full(""), Page: ref(1), DiffURL: "/d", Entries: many(1, rev)},
		"history/many":     &History{Shell: full(""), Page: ref(1), DiffURL: "/d", Entries: many(3, rev), Pager: pager},
		"diff/same":        &Diff{Shell: shell(lang), Page: ref(1), From: rev(1), To: rev(0), Same: true},
		"diff/many":        &Diff{Shell: full(""), Page: ref(1), From: rev(1), To: Revision{N: 3}, Fields: fieldDiff, Body: diff, PrevURL: "/p", NextURL: "/n"},
		"history/redacted": &History{Shell: full(""), Page: ref(1), Entries: []Revision{{N: 2, At: day, By: "Z 2", Change: "edit", URL: "/r", RedactURL: "/x"}, {N: 1, At: day, Change: "create", URL: "/r", Redacted: &Redacted{day, "Redaktion", "Name einer Person"}}}},
		"diff/redacted":    &Diff{Shell: full(""), Page: ref(1), From: Revision{N: 1, At: day, URL: "/r", Redacted: &Redacted{day, "", "x"}}, To: rev(0), Gone: true},
		"links/empty":      &Links{Shell: shell(lang), Page: ref(1)},
		"links/many":       &Links{Shell: full(""), Page: ref(1), Out: []LinkRow{{"verwendet", ref(1), ""}, {"", PageRef{Title: "weg", Missing: true}, "siehe"}}, In: []LinkRow{{"", ref(2), ""}}},
		"space/empty":      &Space{Shell: full("Personal"), Space: space},
		"space/many":       &Space{Shell: full("Personal"), Space: space, Lines: many20, Kinds: kinds, NewURL: "/new", BinURL: "/spaces/personal/bin", NamesURL: "/n", Pager: pager},
		"spaces/empty":     &Spaces{Shell: shell(lang)},
		"spaces/closed":    &Spaces{Shell: full(""), Closed: true},
		"spaces/many":      &Spaces{Shell: full(""), Items: []SpaceInfo{space, {Title: "Offen", Pages: -1, Type: Badge{"open", "Offen", ""}}}, NewURL: "/spaces/new"},
		"spaceform/new":    &SpaceForm{Shell: shell(lang), New: true, Action: "/spaces", Types: []Option{{Value: "open", Label: "Offen", Help: "Alle"}}},
		"spaceform/errors": &SpaceForm{Shell: full(""), Action: "/spaces", CancelURL: "/spaces", Key: "x", SpaceName: "X", Type: "open", Types: []Option{{Value: "open", Label: "Offen"}, {Value: "restricted", Label: "Geschlossen"}},
			Errors: formErrors("space-title", "space-type", "space-unit", "space-reason", "space-review_due", "space-summary")},
		"people/empty":    &People{Shell: shell(lang), Action: "/p", Levels: []Option{{Value: "member", Label: "Mitglied", Selected: true}, {Value: "manager", Label: "Verwaltung"}}},
		"people/full":     &People{Shell: full(""), Action: "/p", Persons: []PersonRow{person, {ID: "2", Name: "Bert <b>", Login: "bert", Level: "Mitglied", ByHand: "member", RemoveTo: "/r", Closed: true}, {ID: "3", Name: "Carl", Login: "carl", Level: "Mitglied", Sources: []string{"durch die Einheit z2"}}}, Units: []UnitRow{{Unit: Link{"/u", "Z 2"}, Slug: "z2", Level: "Mitglied", People: 1, RemoveTo: "/r"}, {Unit: Link{"", "z3"}, Slug: "z3", Level: "Verwaltung", Manager: true, RemoveTo: "/r"}}, Sought: "an", Searched: true, Found: []PersonRow{person, {ID: "4", Name: "Neu", Login: "neu"}}, Requests: Link{URL: "/q"}, Waiting: 2},
		"people/errors":   &People{Shell: full(""), Action: "/p", Searched: true, Unit: "a b", Errors: formErrors("people-q", "people-unit", "")},
		"askaccess/new":   &AskAccess{Shell: shell(lang), Action: "/r", Space: space},
		"askaccess/sent":  &AskAccess{Shell: full(""), Action: "/r", Space: space, Asked: true},
		"askaccess/bad":   &AskAccess{Shell: full(""), Action: "/r", Space: space, Reason: "x", Errors: formErrors("request-reason")},
		"requests/none":   &Requests{Shell: shell(lang)},
		"requests/many":   &Requests{Shell: full(""), Action: "/q", Manager: true, Open: []RequestRow{request, {ID: "R2", Person: person, Reason: "auch", Asked: day, Own: true}}, Done: []RequestRow{{ID: "R3", Person: person, Reason: "früher", State: Badge{"declined", "abgesagt", ""}, Asked: day, Answered: day, Answer: "Leider nein"}}},
		"requests/bad":    &Requests{Shell: full(""), Action: "/q", Open: []RequestRow{request}, Errors: formErrors("request-R1")},
		"access/plain":    &Access{Shell: shell(lang), Page: ref(1), Rows: []AccessRow{{"Wer liest?", []errs.Message{msg, msg}}}},
		"access/explain":  &Access{Shell: full(""), Page: ref(1), Rows: []AccessRow{{"Wer liest?", []errs.Message{msg}}}, Explain: "/a", Login: "ada", Who: "Ada", Verdict: []AccessVerdict{{"lesen", true, "weil"}, {"ändern", false, "weil nicht"}}},
		"access/bad":      &Access{Shell: full(""), Page: ref(1), Explain: "/a", Login: "x", Errors: formErrors("access-login")},
		"login/plain":     &Login{Shell: shell(lang), Local: true},
		"login/away":      &Login{Shell: full(""), Err: &msg, Providers: []LoginProvider{{"Mit dem Hauskonto anmelden", "/login/haus", false}, {"Land", "/login/land", true}}},
		"login/both":      &Login{Shell: shell(lang), Local: true, Providers: []LoginProvider{{"Mit dem Hauskonto anmelden", "/login/haus", false}}},
		"signpost/refuse": &Signpost{Shell: shell(lang), Heading: msg, Text: msg, Reason: "nonce", Ways: []Link{{"/login", "Noch einmal"}}},
		"signpost/plain":  &Signpost{Shell: full(""), Heading: msg, Text: msg},
		"login/demo":      &Login{Shell: full(""), Login: "ada", Return: "/x", Err: &msg, Local: true, DemoRoles: []DemoRole{{"editor", "Redaktion", "Pflegt"}, {"guest", "Gast", ""}}},
		"setup/new":       &Setup{Shell: shell(lang), Token: "t"},
		"setup/errors":    &Setup{Shell: full(""), Token: "t", Login: "a", Errors: formErrors("setup-login", "setup-name", "setup-password")},
		"account/plain":   &Account{Shell: shell(lang), Name: "Ada"},
		"account/full":    &Account{Shell: full(""), Name: "Ada", Label: "Z 2", Roles: []string{"Mitwirkung"}, Units: []Link{{"/u", "Z 2"}}, Spaces: []Link{{"/s", "Handbuch"}}, Local: true, Done: true, Asked: []RequestRow{request}},
		"account/other":   &Account{Shell: full(""), Name: "Ada", Organisation: "Behörde <1>", Mail: "ada@amt.example", Provider: "haus"},
		"account/errors":  &Account{Shell: full(""), Local: true, Errors: formErrors("account-current", "account-password")},
		"confirm/plain":   &Confirm{Shell: shell(lang), Heading: msg, Action: "/x", Button: errs.Msg("view.page.remove_file")},
		"confirm/danger":  &Confirm{Shell: full(""), Heading: msg, Text: msg, Action: "/x", Hidden: []Hidden{{"revision", "3"}}, CancelURL: "/c", Button: errs.Msg("view.page.restore"), Danger: true},
		"ask/plain":       &Ask{Shell: shell(lang), Heading: msg, Action: "/x", Button: msg, NoReason: true},
		"ask/refused":     &Ask{Shell: full(""), Heading: msg, Text: msg, Refused: msg, CancelURL: "/c"},
		"ask/errors":      &Ask{Shell: full(""), Heading: msg, Text: msg, Notes: []errs.Message{msg}, Lists: []AskList{{"Seiten", []Link{{"/a", "A"}, {"", "B"}}, 3}}, Action: "/x", Hidden: []Hidden{{"revision", "3"}}, Inputs: []Input{{ID: "ask-to", Name: "to", Label: "Bis", Widget: WidgetText, Value: "3"}}, Reason: "weil", ReasonHelp: "Warum", Button: msg, Danger: true, CancelURL: "/c", Errors: formErrors("ask-reason", "")},
		"names/empty":     &Names{Shell: shell(lang)},
		"names/many":      &Names{Shell: full(""), Action: "/x", Items: []NameTrace{{Title: "A", URL: "/a", Person: 1, Text: true, First: 1, Last: 3, Newest: true, EditURL: "/e", RedactURL: "/r", Hidden: []Hidden{{"page", "01J"}}}, {Title: "B", URL: "/b", Person: 2, Deleted: true}}},
		"bin/empty":       &Bin{Shell: shell(lang), Space: Link{"/wiki/x", "X"}, Days: 90},
		"bin/many":        &Bin{Shell: full(""), Space: Link{"/wiki/x", "X"}, Days: 90, Items: []BinItem{{"Reisekosten", "Prozess", day, "Z 2", "doppelt", msg, "/r", "/p"}, {"Ohne", "Begriff", day, "", "x", msg, "/r", ""}}},
		"info/empty":      &Info{Shell: full("Impressum")},
		"info/full":       &Info{Shell: full("Impressum"), Body: Body("<h2>Anschrift</h2>"), ContentLang: "de", EditURL: "/e"},
		"status/ready":    &Status{Shell: shell(lang), Version: "1", Index: IndexInfo{Ready: true}},
		"status/trouble":  &Status{Shell: full(""), Version: "1", Build: "abc", Started: day, Pages: 1234, Database: 1 << 30, Files: 5, Index: IndexInfo{Rebuilding: true, Done: 5, Total: 10, Lag: 3, Error: "boom", Bytes: 10}},
		"audit/empty":     &Audit{Shell: shell(lang), ClearURL: "/admin/audit"},
		"audit/full":      &Audit{Shell: full(""), Persons: true, Filters: []Filter{{Name: "action", Label: "Worum", Options: []Option{{Value: "a", Label: "A", Selected: true}}}}, Filtered: true, ClearURL: "/admin/audit", OlderURL: "/admin/audit?before=3", Head: "4 abcdef", Entries: []AuditEntry{{Seq: 4, At: day, Action: "Angemeldet", Outcome: Badge{Key: "refused", Label: "abgelehnt", Tone: "warning"}, Object: Link{Text: "Instanz"}, Details: []string{"reason: x"}, Who: Link{URL: "/x", Text: "Wer"}, Network: "192.0.2.1", Whom: Link{Text: "Wen"}}, {Seq: 3, At: day, Action: "x"}}},
		"api": &API{Shell: full(""), DocumentURL: "/api/v1/openapi.json", TokensURL: "/account/tokens", Problems: []APIProblem{{"problem-invalid", 422, "Angaben stimmen nicht", "Die Liste nennt sie."}},
			Operations: []APIOperation{{Anchor: "search", Method: "GET", Path: "/api/v1/search", Name: "Suchen", Text: "Zählt nur Lesbares.", Status: 200, Curl: "curl -H \"Authorization: Bearer $TOKEN\"", Media: "application/json",
				Takes: APITable{"search-takes", "search", []APIValue{{"q", "string", "≤ 200", true, "Wörter"}, {Name: "kind", Type: "string"}}}, Body: APITable{"search-body", "search", []APIValue{{Name: "x", Type: "number"}}},
				Answers: APITable{"search-answer", "search", []APIValue{{Name: "total", Type: "integer"}}}, Fails: []APIProblem{{"problem-invalid", 422, "Angaben stimmen nicht", ""}}}, {Anchor: "csv", Name: "Tabelle", Media: "text/csv", Like: Link{"#search", "Suchen"}}}},
		"evaluations":     &Evaluations{Shell: full(""), Lists: []Evaluation{{Name: "Suche", URL: "/search", Shows: "Treffer", Who: "alle"}, {Name: "x"}}, Logs: []Evaluation{{Name: "Konto", Shows: "Name", Who: "man selbst", Keeps: "bis zum Löschen"}}},
		"error/notfound":  &Error{Shell: shell(lang), Status: 404, BackURL: "/", Request: "r1"},
		"error/internal":  &Error{Shell: full(""), Status: 500},
		"error/login":     &Error{Shell: shell(lang), Status: 401},
		"error/unknown":   &Error{Shell: shell(lang), Status: 418, Heading: msg, Text: msg},
		"error/everybody": &Error{Shell: Shell{}, Status: 503},
	}
	maps.Copy(all, accountViews(lang))
	maps.Copy(all, adminViews(lang))
	maps.Copy(all, orgaViews(lang))
	return all
}

// catalogueFiles lists the pairs of catalogue files there are.
func catalogueFiles(t testing.TB) (de, en []string) {
	t.Helper()
	all, err := fs.Glob(templates.FS(), "i18n/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		switch {
		case strings.HasSuffix(f, ".de.yaml"):
			de = append(de, f)
		case strings.HasSuffix(f, ".en.yaml"):
			en = append(en, f)
		default:
			t.Errorf("%s: a catalogue is called NAME.de.yaml or NAME.en.yaml", f)
		}
	}
	return de, en
}
