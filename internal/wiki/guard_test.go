package wiki_test

import (
	"strings"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// blocked tries a transition and wants it refused with these sentences, in Advance and in Steps, and nothing stored.
func (h *house) blocked(a access.Actor, p page.Page, key, reason string, want ...string) {
	h.t.Helper()
	before := h.state()
	_, err := h.Advance(h.ctx, a, p.ID, p.Revision, key, reason)
	if !errs.Is(err, errs.Invalid) {
		h.t.Fatalf("%s of %q: %v, want it blocked by %v", key, p.Title, err, want)
	}
	var got []string
	for _, f := range errs.FieldsOf(err) {
		got = append(got, f.Msg.Key)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		h.t.Errorf("%s of %q is blocked by %v, want %v", key, p.Title, got, want)
	}
	if h.state() != before {
		h.t.Errorf("%s of %q stored something", key, p.Title)
	}
}

// step finds a transition as it is shown to somebody.
func (h *house) step(a access.Actor, p page.Page, key string) (wiki.Step, bool) {
	h.t.Helper()
	steps, err := h.Steps(h.ctx, a, p)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, s := range steps {
		if s.Transition.Key == key {
			return s, true
		}
	}
	return wiki.Step{}, false
}

func TestLessonIsEarned(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	kpi := h.published(clerk, wiki.Input{Kind: "kpi", Space: "handbuch", Slug: "dauer", Title: "Dauer", Fields: fields(
		"definition", "Tage", "unit", "Tage", "direction", "less", "rhythm", "month", "type", "duration", "level", "output")})
	proc := h.published(clerk, wiki.Input{Kind: "process", Space: "handbuch", Title: "Beschaffung", Fields: fields("purpose", "Kaufen")})

	in := lessonInput("Früh reden")
	in.Fields = fields("direction", "negative", "observation", "Zu spät.")
	p := h.create(clerk, in)
	if s, ok := h.step(clerk, p, "submit"); !ok || len(s.Blocked) != 2 {
		t.Errorf("submit is shown as %+v", s)
	}
	h.blocked(clerk, p, "submit", "", "wiki.guard_field", "wiki.guard_field")
	h.blocked(clerk, p, "confirm", "") // not from here
	p = h.edit(clerk, p, func(in *wiki.Input) {
		in.Fields["background"], in.Fields["recommendation"] = "Drei Stellen.", "Früher reden."
	})
	p = h.advance(clerk, p, "submit", "")

	h.blocked(clerk, p, "confirm", "", "wiki.guard_not_author", "wiki.guard_field")
	h.blocked(other, p, "confirm", "", "wiki.guard_field")
	p = h.edit(other, p, func(in *wiki.Input) { in.Fields["confirmed_as"] = []string{"significant", "valid"} })
	h.blocked(chief, p, "confirm", "", "wiki.guard_field") // all three
	p = h.edit(other, p, func(in *wiki.Input) { in.Fields["confirmed_as"] = []string{"significant", "valid", "applicable"} })
	h.blocked(other, p, "confirm", "", "wiki.guard_not_author") // wrote the newest text
	p = h.advance(chief, p, "confirm", "")

	h.blocked(clerk, p, "agree_action", "", "lesson.guard_changes")
	p = h.edit(clerk, p, func(in *wiki.Input) {
		in.Relations = []page.Relation{{Key: "changes", Ref: "process/beschaffung"}}
		in.Fields["effect_kpi"], in.Fields["implemented_on"] = "kpi/"+kpi.Slug, "2026-12-01"
	})
	p = h.advance(clerk, p, "agree_action", "")

	h.blocked(clerk, p, "implement", "", "lesson.guard_changes_applied")
	proc = h.edit(clerk, proc, func(in *wiki.Input) {
		in.Body, in.Comment = "Anders.\n", "aufgeräumt, lesson/frueh-reden-2 und Unlesson/frueh-redenx"
	})
	h.blocked(clerk, p, "implement", "", "lesson.guard_changes_applied") // names another lesson
	c, err := h.Confirm(h.ctx, clerk, proc.ID, proc.Revision)
	if err != nil {
		t.Fatal(err)
	}
	h.blocked(clerk, p, "implement", "", "lesson.guard_changes_applied")
	proc = h.edit(clerk, c, func(in *wiki.Input) { in.Body, in.Comment = "Ganz anders.\n", "wegen lesson/frueh-reden." })
	p = h.advance(clerk, p, "implement", "")

	h.blocked(clerk, p, "learn", "", "lesson.guard_two_units")
	for i, owner := range []string{"unit/z2", "unit/a1", "unit/a1#Leitung"} { // the own unit does not count, one unit counts once
		h.published(clerk, wiki.Input{Kind: "process", Space: "handbuch", Title: "Nutzt nach " + owner, Owner: owner, Slug: "nutzt-nach-" + string(rune('a'+i)),
			Fields: fields("purpose", "x"), Relations: []page.Relation{{Key: "reuses", Ref: "lesson/" + p.Slug}}})
	}
	h.blocked(clerk, p, "learn", "", "lesson.guard_two_units")
	draft := h.create(clerk, wiki.Input{Kind: "process", Space: "handbuch", Title: "Nutzt nach Entwurf", Owner: "unit/redaktion",
		Fields: fields("purpose", "x"), Relations: []page.Relation{{Key: "adapts", Ref: "lesson/" + p.Slug}}})
	h.blocked(clerk, p, "learn", "", "lesson.guard_two_units")
	p = h.advance(clerk, p, "check_effect", "")
	h.advance(clerk, draft, "publish", "")
	p = h.advance(clerk, p, "learn", "")
	if p.State != "learned" || p.Draft {
		t.Errorf("the lesson is %s", p.State)
	}
}

// The same unit named by its address and by its id is one unit.
func TestReuseByOneUnitUnderTwoNames(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a1, err := h.PageAt(h.ctx, clerk, "handbuch", "a1")
	if err != nil {
		t.Fatal(err)
	}
	p := h.learnable()
	for i, owner := range []string{"unit/a1", string(a1.ID)} {
		h.published(clerk, wiki.Input{Kind: "process", Space: "handbuch", Title: "Nutzt nach", Slug: "nutzt-nach-" + string(rune('a'+i)), Owner: owner,
			Fields: fields("purpose", "x"), Relations: []page.Relation{{Key: "reuses", Ref: "lesson/" + p.Slug}}})
	}
	h.blocked(clerk, p, "learn", "", "lesson.guard_two_units")
}

// learnable is a lesson that has been implemented.
func (h *house) learnable() page.Page {
	h.t.Helper()
	target := h.published(clerk, guide("Betroffene Seite", ""))
	p := h.create(clerk, lessonInput("Lehrreich", "guide/"+target.Slug))
	p = h.advance(clerk, p, "submit", "")
	p = h.edit(other, p, func(in *wiki.Input) { in.Fields["confirmed_as"] = []string{"significant", "valid", "applicable"} })
	p = h.advance(chief, p, "confirm", "")
	p = h.advance(clerk, p, "agree_action", "")
	h.edit(clerk, target, func(in *wiki.Input) { in.Body = "Geändert wegen [[lesson/lehrreich]].\n" })
	return h.advance(clerk, p, "implement", "")
}

func TestEffectWantsAPlan(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.learnable()
	h.blocked(clerk, p, "check_effect", "", "lesson.guard_effect_kpi", "lesson.guard_effect_date")
	h.blocked(clerk, p, "declare_not_measurable", " ", "wiki.reason_missing")
	p = h.advance(clerk, p, "declare_not_measurable", "zu wenige Fälle")
	revs, err := h.History(h.ctx, clerk, p.ID)
	if err != nil || revs[0].Comment != "zu wenige Fälle" || revs[0].Change != page.ChangeAdvance {
		t.Errorf("history %+v, %v", revs[0], err)
	}
}

func TestOnlyTheApproverDecides(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.create(clerk, wiki.Input{Kind: "decision", Space: "handbuch", Title: "Signatur", Fields: page.Fields{
		"context": "Papier dauert.", "approver": "unit/z2",
		"options": []map[string]any{{"title": "Signatur"}, {"title": "nichts tun"}},
	}})
	p = h.advance(other, p, "consult", "")
	h.blocked(other, p, "decide", "", "wiki.guard_approver", "wiki.guard_field", "wiki.guard_field", "wiki.guard_field")
	h.blocked(admin, p, "decide", "", "wiki.guard_approver", "wiki.guard_field", "wiki.guard_field", "wiki.guard_field")
	p = h.edit(other, p, func(in *wiki.Input) {
		in.Fields["outcome"], in.Fields["decided_on"], in.Fields["check"] = "Signatur.", "2026-11-02", "Dauer."
	})
	h.blocked(other, p, "decide", "", "wiki.guard_approver")
	h.blocked(editor, p, "decide", "", "wiki.guard_approver") // nobody stands in for the one who decides
	for _, a := range []access.Actor{clerk, chief} {          // the unit and the one above it
		if s, ok := h.step(a, p, "decide"); !ok || len(s.Blocked) > 0 {
			t.Errorf("%s: %+v", a.Name, s)
		}
	}
	h.advance(clerk, p, "decide", "")
}

func TestOwnerGuard(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	in := guide("Von Z 2", "")
	in.Owner = "unit/z2#Reisestelle"
	p := h.published(clerk, in)
	h.blocked(other, p, "archive", "überholt", "wiki.guard_owner")
	h.blocked(clerk, p, "archive", "", "wiki.reason_missing")
	h.blocked(clerk, p, "archive", strings.Repeat("x", wiki.MaxComment+1), "wiki.too_long")
	p = h.advance(chief, p, "archive", "überholt")
	if !p.Archived {
		t.Error("is not archived")
	}
	// A unit that stands in a circle with another ends the look-up, too.
	a := h.published(clerk, wiki.Input{Kind: "unit", Space: "handbuch", Slug: "kreis-a", Title: "Kreis A", Fields: fields("type", "team")})
	h.published(clerk, wiki.Input{Kind: "unit", Space: "handbuch", Slug: "kreis-b", Title: "Kreis B", Fields: fields("type", "team", "parent", "unit/kreis-a")})
	h.edit(clerk, a, func(in *wiki.Input) { in.Fields["parent"] = "unit/kreis-b" })
	in = guide("Im Kreis", "")
	in.Owner = "unit/kreis-a"
	h.blocked(clerk, h.published(clerk, in), "archive", "überholt", "wiki.guard_owner")
}

func TestLinksOrReason(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	pm := h.create(clerk, wiki.Input{Kind: "postmortem", Space: "handbuch", Title: "Ausfall", Fields: page.Fields{
		"what_happened": "Der Server stand.", "severity": "2", "started": "2026-10", "impact": "Alle.",
		"contributing_factors": []map[string]any{{"factor": "Kein Test."}},
	}})
	for _, key := range []string{"request_review", "discuss", "publish"} {
		pm = h.advance(clerk, pm, key, "")
	}
	h.blocked(clerk, pm, "close", "", "lesson.guard_lesson_or_reason")
	if s, ok := h.step(clerk, pm, "close"); !ok || len(s.Blocked) > 0 {
		t.Errorf("a reason can still be given, yet close is shown as %+v", s)
	}
	closed := h.advance(clerk, pm, "close", "nichts Neues")
	pm = h.advance(clerk, closed, "reopen", "doch")
	h.create(clerk, wiki.Input{Kind: "lesson", Space: "handbuch", Title: "Testen", Fields: fields("direction", "negative", "observation", "x"),
		Relations: []page.Relation{{Key: "arose_from", Ref: "postmortem/ausfall"}}})
	h.advance(clerk, pm, "close", "")

	ch := h.create(clerk, wiki.Input{Kind: "challenge", Space: "handbuch", Title: "Schnittstelle", Fields: fields("stuck", "Alles.")})
	ch = h.advance(clerk, ch, "exchange", "")
	h.blocked(clerk, ch, "solve", "so halt", "lesson.guard_lesson_or_practice")
	h.create(clerk, wiki.Input{Kind: "practice", Space: "handbuch", Title: "Adapter", Fields: fields("problem", "x", "solution", "y"),
		Relations: []page.Relation{{Key: "arose_from", Ref: "challenge/schnittstelle"}}})
	h.advance(clerk, ch, "solve", "")

	pr := h.create(clerk, wiki.Input{Kind: "project", Space: "handbuch", Title: "Portal", Fields: fields("goal", "Schneller", "benefit", "Ja", "lead", "unit/z2")})
	pr = h.advance(clerk, pr, "start_pilot", "")
	h.blocked(clerk, pr, "start_rollout", "", "lesson.guard_decision_or_reason")
	d := h.create(clerk, wiki.Input{Kind: "decision", Space: "handbuch", Title: "Einführen", Fields: fields("context", "x", "approver", "unit/z2")})
	pr = h.edit(clerk, pr, func(in *wiki.Input) { in.Relations = []page.Relation{{Key: "decided_by", Ref: "decision/" + d.Slug}} })
	h.advance(clerk, pr, "start_rollout", "")
}

// A kind names only guards that exist, or the program would not start.
func TestGuardNamesAreThoseThatRun(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	names := wiki.GuardNames()
	for _, want := range []string{"fields", "not_author", "owner", "approver"} {
		if !strings.Contains(strings.Join(names, " "), want) {
			t.Errorf("%s is not in %v", want, names)
		}
	}
	for _, k := range h.kinds.Kinds() {
		for _, tr := range k.Machine.Transitions {
			if _, ok := k.Machine.State(tr.To); !ok {
				t.Errorf("%s: %s leads to %q", k.Key, tr.Key, tr.To)
			}
		}
	}
}
