package web

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// published makes a page of the clerk's unit that holds.
func (s *site) published(in wiki.Input) page.Page {
	s.t.Helper()
	in.Owner = "unit/z2"
	if in.ReviewDue.IsZero() {
		in.ReviewDue = s.clock.now().AddDate(1, 0, 0)
	}
	out, err := s.wiki.Import(s.ctx, program, []wiki.Imported{{State: "published", Input: in}}, nil)
	if err != nil || out[0].Err != nil {
		s.t.Fatal(err, out)
	}
	p, err := s.wiki.Page(s.ctx, program, out[0].ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// edited saves another text of a page.
func (s *site) edited(p page.Page, change func(*wiki.Input)) page.Page {
	s.t.Helper()
	in := wiki.InputOf(p)
	change(&in)
	out, err := s.wiki.Edit(s.ctx, program, p.ID, p.Revision, in)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func at(p page.Page, rest string) string { return wiki.Address(p.Space, p.Slug) + rest }

func revision(p page.Page, pairs ...string) url.Values {
	v := url.Values{"revision": {strconv.Itoa(p.Revision)}}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func TestOutdatedStepKeepsItsReason(t *testing.T) {
	s := newSite(t)
	p := s.published(wiki.Input{Kind: "guide", Space: "handbuch", Slug: "antrag", Title: "Antrag", Body: "Alt.\n"})
	newer := s.edited(p, func(in *wiki.Input) { in.Body = "Inzwischen neu.\n" })
	const reason = "Die Frist ist jetzt <vier> Wochen"
	shown := "Die Frist ist jetzt &lt;vier&gt; Wochen"

	got := s.post("clerk", at(p, "/advance"), revision(p, "transition", "ask_review", "reason", reason))
	s.want("an outdated step", got, 409, shown+"</textarea>", "Fassung 2", "Inzwischen neu.", `<details class="lr-objection" open>`,
		`name="revision" value="2"`)
	got = s.post("clerk", at(p, "/confirm"), revision(p))
	s.want("an outdated confirmation", got, 409, "Noch nicht bestätigt", "Fassung 2", "Inzwischen neu.", "!Ihr Text steht")
	got = s.post("clerk", at(p, "/revisions/1/restore"), revision(p))
	s.want("an outdated restoring", got, 409, "Nicht wiederhergestellt", "Inzwischen neu.", `href="`+at(p, "/history")+`"`, "!Ihr Text steht")

	// The page has moved on so far that the step is no longer there: the reason still is.
	if _, err := s.wiki.Advance(s.ctx, program, p.ID, newer.Revision, "archive", "Weg"); err != nil {
		t.Fatal(err)
	}
	got = s.post("clerk", at(p, "/advance"), revision(newer, "transition", "ask_review", "reason", reason))
	s.want("a step that is gone", got, 409, "Sie hatten geschrieben:", shown)
}

func TestPressingTwiceConfirmsOnce(t *testing.T) {
	s := newSite(t)
	p := s.published(wiki.Input{Kind: "guide", Space: "handbuch", Slug: "antrag", Title: "Antrag", Body: "Text.\n"})
	for range 2 {
		s.want("confirming", s.post("clerk", at(p, "/confirm"), revision(p)), 303)
	}
	now, err := s.wiki.Page(s.ctx, program, p.ID)
	if err != nil || now.Revision != p.Revision+1 {
		t.Errorf("revision %d, %v; want %d", now.Revision, err, p.Revision+1)
	}
}

func TestErrorLeadsBackToThePage(t *testing.T) {
	s := newSite(t)
	p := s.pages["offen"]
	s.want("a form that is too large", s.post("clerk", at(p, "/edit"), url.Values{"body": {strings.Repeat("x", 3<<20)}}), 413, `<a href="/wiki/handbuch/offen">Zurück</a>`)
	s.want("a guest's confirmation", s.post("guest", at(p, "/confirm"), revision(p)), 401, `<a href="/">Zurück</a>`)
}

func TestObjectionShowsUntilSomebodyHasLooked(t *testing.T) {
	s := newSite(t)
	due := s.published(wiki.Input{Kind: "guide", Space: "handbuch", Slug: "alt", Title: "Aaa nur alt", ReviewDue: s.clock.now().AddDate(0, -1, 0)})
	p := s.published(wiki.Input{Kind: "guide", Space: "handbuch", Slug: "frist", Title: "Zzz Frist", Body: "Acht Wochen.\n"})
	s.want("a page that holds", s.get("clerk", at(p, "")), 200, "Stimmt noch", "Stimmt nicht mehr", `id="objection"`, "!Zu prüfen")
	s.want("a page for guests", s.get("guest", at(p, "")), 200, "!Stimmt nicht mehr")
	s.want("an objection without a reason", s.post("clerk", at(p, "/advance"), revision(p, "transition", "ask_review")), 422,
		`<details class="lr-objection" open>`, "Bitte nennen Sie den Grund")

	got := s.post("clerk", at(p, "/advance"), revision(p, "transition", "ask_review", "reason", "Es sind vier."))
	s.want("an objection", got, 303)
	note := got.Result().Cookies()[0]
	shown := s.get("clerk", at(p, ""), "Cookie", note.Name+"="+note.Value)
	s.want("the page afterwards", shown, 200, "Referat Z 2 sieht ihn unter „Zu prüfen“", "Es sind vier.", "02.11.2026", "Zu prüfen: Es gibt einen Hinweis.",
		"Stimmt noch", "!Stimmt nicht mehr", "!Nächste Prüfung am")
	s.want("the page for guests", s.get("guest", at(p, "")), 200, "Es sind vier.")

	start := s.get("clerk", "/")
	s.want("the start page", start, 200, "Zu prüfen", p.Title, due.Title)
	if strings.Index(start.body, p.Title) > strings.Index(start.body, due.Title) {
		t.Error("what is due by the calendar stands before what somebody says is wrong")
	}

	now, err := s.wiki.Page(s.ctx, program, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.edited(now, func(in *wiki.Input) { in.Body = "Vier Wochen.\n" })
	s.want("after an edit", s.get("clerk", at(p, "")), 200, "Es sind vier.", "Stimmt noch")
	now, err = s.wiki.Page(s.ctx, program, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.want("confirming", s.post("clerk", at(p, "/confirm"), revision(now)), 303)
	s.want("after confirming", s.get("clerk", at(p, "")), 200, "!Es sind vier.", "!Es gibt einen Hinweis", "Stimmt nicht mehr")
}

func TestComparisonMarksWhatChangedInARecord(t *testing.T) {
	s := newSite(t)
	step := func(what string, more ...string) map[string]any {
		row := map[string]any{"what": what}
		for i := 0; i+1 < len(more); i += 2 {
			row[more[i]] = more[i+1]
		}
		return row
	}
	steps := func(rows ...map[string]any) page.Fields {
		return page.Fields{"purpose": "Zweck bleibt.", "steps": rows}
	}
	p := s.published(wiki.Input{Kind: "process", Space: "handbuch", Slug: "anmelden", Title: "Anmelden", Fields: steps(
		step("Veranstaltung im Katalog suchen\nund merken", "role", "unit/z2"), step("Formular ausfüllen"), step("Absenden"))})
	s.edited(p, func(in *wiki.Input) {
		in.Fields = steps(step("Veranstaltung im Katalog finden\nund merken", "role", "unit/z2"), step("Kosten mit der Leitung klären"), step("Formular ausfüllen"), step("Absenden"))
	})
	got := s.get("clerk", at(p, "/diff?from=1&to=2"))
	s.want("the comparison", got, 200, "suchen<span", "finden<span", "Kosten mit der Leitung klären", "Referat Z 2",
		"Schritte, Nr. 1", "Schritte, Nr. 2", "!Schritte, Nr. 3", "!unit/z2", "!Absenden", "!Formular", "!Zweck bleibt")
	if strings.Contains(got.body, "<del class=\"lr-diff__del\"><span class=\"kern-sr-only\">entfallen: </span>Was") {
		t.Error("the whole record is marked")
	}
	if !strings.Contains(got.body, "\nRolle: Referat Z 2") {
		t.Error("the parts of a record stand in one line")
	}
}
