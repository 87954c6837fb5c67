// Package lesson owns the learning loop: what must be true before a lesson, a post-mortem, a decision, a
// challenge or a project moves on. Its guards are named in the kinds' files and run by package wiki. It refuses
// to know storage and screens.
package lesson

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// Guards gives the guards of the learning loop by the names the kinds' files use.
func Guards() map[string]wiki.Guard {
	return map[string]wiki.Guard{
		"has_changes_or_actions": hasChanges,
		"changes_applied":        changesApplied,
		"reused_by_two_units":    reusedByTwoUnits,
		"has_lesson_or_practice": has("lesson.guard_lesson_or_practice", "arose_from", "lesson", "practice"),
		"has_lesson_or_reason":   hasOrReason("lesson.guard_lesson_or_reason", "arose_from", false, "lesson"),
		"has_decision_or_reason": hasOrReason("lesson.guard_decision_or_reason", "decided_by", true, "decision"),
		"effect_planned":         effectPlanned,
	}
}

// hasChanges wants a lesson to say which page it changes: an agreement without a place where it shows is a wish.
func hasChanges(ctx context.Context, in wiki.GuardInput) ([]errs.Message, error) {
	links, err := in.Links(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if l.Out && l.Type == page.LinkRelation && l.Key == "changes" {
			return nil, nil
		}
	}
	return []errs.Message{errs.Msg("lesson.guard_changes")}, nil
}

// changesApplied wants each page the lesson changes to have a revision that is newer than the lesson and names it,
// in its comment or by a link.
func changesApplied(ctx context.Context, in wiki.GuardInput) ([]errs.Message, error) {
	links, err := in.Links(ctx)
	if err != nil {
		return nil, err
	}
	var open, n int
	for _, l := range links {
		if !l.Out || l.Type != page.LinkRelation || l.Key != "changes" {
			continue
		}
		n++
		if !l.Found {
			open++
			continue
		}
		ok, err := names(ctx, in, links, l.Target.ID)
		if err != nil {
			return nil, err
		}
		if !ok {
			open++
		}
	}
	switch {
	case n == 0:
		return []errs.Message{errs.Msg("lesson.guard_changes")}, nil
	case open > 0:
		return []errs.Message{errs.Msg("lesson.guard_changes_applied", "Open", open, "All", n, "Name", "lesson/"+in.Page.Slug)}, nil
	}
	return nil, nil
}

// names tells whether a page has a revision after the lesson was written that names the lesson.
func names(ctx context.Context, in wiki.GuardInput, links []page.LinkedPage, id page.ID) (bool, error) {
	linked := false
	for _, l := range links {
		if !l.Out && l.Target.ID == id && l.Key != "owner" {
			linked = true
		}
	}
	_, revisions, err := in.Load(ctx, id)
	if err != nil {
		if errs.Is(err, errs.NotFound) {
			return false, nil
		}
		return false, err
	}
	for _, r := range revisions {
		if !r.At.After(in.Page.CreatedAt) {
			continue
		}
		if r.Change == page.ChangeAdvance || r.Change == page.ChangeConfirm || r.Change == page.ChangeReorganise {
			continue
		}
		if linked || Names(r.Comment, in.Page) {
			return true, nil
		}
	}
	return false, nil
}

// Names tells whether a comment of a revision names a lesson: by its reference, its id or its title. A longer
// reference or word that only begins or ends like it names something else.
func Names(comment string, p page.Page) bool {
	c := strings.ToLower(comment)
	for _, name := range []string{p.Kind + "/" + p.Slug, p.Space + ":" + p.Slug, string(p.ID), p.Title, "[[" + p.Slug} {
		if name != "" && hasWord(c, strings.ToLower(name)) {
			return true
		}
	}
	return false
}

// hasWord finds a name that no letter, digit or hyphen continues.
func hasWord(text, name string) bool {
	part := func(r rune) bool { return r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		at, end := from+i, from+i+len(name)
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if (at == 0 || !part(before)) && (end == len(text) || !part(after)) {
			return true
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		from = at + size
	}
}

// reusedByTwoUnits accepts a lesson as learned when two other units use it, which pages owned by them say.
func reusedByTwoUnits(ctx context.Context, in wiki.GuardInput) ([]errs.Message, error) {
	links, err := in.Links(ctx)
	if err != nil {
		return nil, err
	}
	own, err := unitOf(ctx, in, in.Page.Owner)
	if err != nil {
		return nil, err
	}
	units := map[string]bool{}
	for _, l := range links {
		if l.Out || l.Type != page.LinkRelation || (l.Key != "reuses" && l.Key != "adapts") || l.Target.Draft {
			continue
		}
		p, _, err := in.Load(ctx, l.Target.ID)
		if err != nil {
			return nil, err
		}
		unit, err := unitOf(ctx, in, p.Owner)
		if err != nil {
			return nil, err
		}
		if unit != own {
			units[unit] = true
		}
	}
	if len(units) >= 2 {
		return nil, nil
	}
	return []errs.Message{errs.Msg("lesson.guard_two_units", "Units", len(units))}, nil
}

// unitOf gives the unit of an owner under one name, whether it is written as an address or as an id.
func unitOf(ctx context.Context, in wiki.GuardInput, owner string) (string, error) {
	unit, _, _ := strings.Cut(owner, "#")
	if strings.Contains(unit, "/") {
		return unit, nil
	}
	p, _, err := in.Load(ctx, page.ID(unit))
	if errs.Is(err, errs.NotFound) {
		return unit, nil
	}
	return p.Kind + "/" + p.Slug, err
}

func has(key, relation string, kinds ...string) wiki.Guard {
	return func(ctx context.Context, in wiki.GuardInput) ([]errs.Message, error) {
		if ok, err := linked(ctx, in, relation, false, kinds); ok || err != nil {
			return nil, err
		}
		return []errs.Message{errs.Msg(key)}, nil
	}
}

func hasOrReason(key, relation string, out bool, kinds ...string) wiki.Guard {
	return func(ctx context.Context, in wiki.GuardInput) ([]errs.Message, error) {
		if strings.TrimSpace(in.Reason) != "" {
			return nil, nil
		}
		if ok, err := linked(ctx, in, relation, out, kinds); ok || err != nil {
			return nil, err
		}
		return []errs.Message{errs.Msg(key)}, nil
	}
}

func linked(ctx context.Context, in wiki.GuardInput, relation string, out bool, kinds []string) (bool, error) {
	links, err := in.Links(ctx)
	if err != nil {
		return false, err
	}
	for _, l := range links {
		if l.Out != out || l.Type != page.LinkRelation || l.Key != relation || !l.Found {
			continue
		}
		for _, k := range kinds {
			if l.Target.Kind == k {
				return true, nil
			}
		}
	}
	return false, nil
}

// effectPlanned wants the check of the effect to be fixed before anybody can see it: a KPI, and a date of
// implementation.
func effectPlanned(ctx context.Context, in wiki.GuardInput) ([]errs.Message, error) {
	var out []errs.Message
	named, err := linked(ctx, in, "expects_effect_on", true, []string{"kpi"})
	if err != nil {
		return nil, err
	}
	if f, _ := in.Page.Fields["effect_kpi"].(string); f == "" && !named {
		out = append(out, errs.Msg("lesson.guard_effect_kpi"))
	}
	if v, _ := in.Page.Fields["implemented_on"].(string); v == "" {
		out = append(out, errs.Msg("lesson.guard_effect_date"))
	} else if _, err := time.Parse(time.DateOnly, v); err != nil {
		out = append(out, errs.Msg("lesson.guard_effect_date"))
	}
	return out, nil
}
