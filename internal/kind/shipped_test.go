package kind_test

import (
	"slices"
	"strings"
	"testing"

	"lernraum/content"
	"lernraum/internal/kind"
)

// guards are the guards that packages wiki and lesson implement.
var guards = map[string]bool{
	"fields": true, "not_author": true, "has_changes_or_actions": true, "changes_applied": true,
	"reused_by_two_units": true, "approver": true, "has_lesson_or_practice": true, "has_lesson_or_reason": true,
	"has_decision_or_reason": true, "effect_planned": true, "owner": true,
}

var panels = map[string]bool{"steps": true, "kpi": true, "contact": true}

func shipped(t testing.TB) *kind.Set {
	t.Helper()
	set, err := kind.Options{Guards: guards, Panels: panels}.Load(kind.Source{Name: "content/kinds", FS: content.Kinds()})
	if err != nil {
		t.Fatalf("the shipped kinds do not load:\n%v", err)
	}
	return set
}

// TestShippedKinds holds the shipped declarations to domain.md.
func TestShippedKinds(t *testing.T) {
	set := shipped(t)
	var got []string
	for _, k := range set.Kinds() {
		got = append(got, k.Key)
	}
	want := strings.Fields("challenge decision goal guide kpi lesson path person postmortem practice process project responsibility suggestion term tool unit")
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("kinds:\n got %v\nwant %v", got, want)
	}
	got = got[:0]
	for _, r := range set.Relations() {
		got = append(got, r.Key)
	}
	want = strings.Fields("owns part_of contributes_to measured_by expects_effect_on arose_from changes implements decided_by supersedes contradicts recurs_as clusters reuses adapts uses_tool requires faces similar_to helps_with teaches")
	if !slices.Equal(got, want) {
		t.Errorf("relations:\n got %v\nwant %v", got, want)
	}
}

// TestShippedStates holds the machines to the vocabularies of domain.md.
func TestShippedStates(t *testing.T) {
	set := shipped(t)
	for _, tt := range []struct{ kind, path, exits string }{
		{"process", "draft published review_due archived", ""},
		{"guide", "draft published review_due archived", ""},
		{"lesson", "draft submitted confirmed action_agreed implemented effect_check learned", "returned not_pursued no_demonstrable_effect not_measurable superseded"},
		{"postmortem", "draft in_review discussed published closed", "waived"},
		{"suggestion", "submitted in_assessment accepted in_progress implemented effect_checked", "rejected merged forwarded"},
		{"decision", "draft in_consultation decided reviewed superseded", "discarded"},
		{"challenge", "open in_exchange trial solved", "parked"},
		{"project", "idea pilot mvp rollout operation ended", "stopped"},
		{"kpi", "draft active retired", ""},
	} {
		k, _ := set.Kind(tt.kind)
		var path, exits []string
		for _, s := range k.Machine.Path() {
			path = append(path, s.Key)
		}
		for _, s := range k.Machine.States {
			if s.Exit {
				exits = append(exits, s.Key)
			}
		}
		if got := strings.Join(path, " "); got != tt.path {
			t.Errorf("%s: path %q, want %q", tt.kind, got, tt.path)
		}
		if got := strings.Join(exits, " "); got != tt.exits {
			t.Errorf("%s: exits %q, want %q", tt.kind, got, tt.exits)
		}
		for _, tr := range k.Machine.Transitions {
			if to, _ := k.Machine.State(tr.To); to.Exit && !tr.Reason {
				t.Errorf("%s: transition %s leads to an exit and asks for no reason", tt.kind, tr.Key)
			}
		}
	}
	decision, _ := set.Kind("decision")
	if s, _ := decision.Machine.State("decided"); !s.Frozen {
		t.Error("a decision stays editable after it was decided")
	}
	lesson, _ := set.Kind("lesson")
	for _, tr := range lesson.Machine.Transitions {
		if tr.To == "confirmed" && slices.Contains(tr.From, "submitted") && !slices.Contains(tr.Guards, "not_author") {
			t.Errorf("%s lets authors confirm their own lesson", tr.Key)
		}
		if tr.To == "learned" && len(tr.Guards) == 0 {
			t.Errorf("%s makes a lesson learned without proof", tr.Key)
		}
	}
	for _, s := range []string{"returned"} {
		if tr := lesson.Machine.From(s); !slices.ContainsFunc(tr, func(t kind.Transition) bool { return t.To == "submitted" }) {
			t.Errorf("a %s lesson cannot be submitted again", s)
		}
	}
}

// TestShippedTexts wants every text in both languages, and no more than three required fields with the title.
func TestShippedTexts(t *testing.T) {
	set := shipped(t)
	both := func(where string, text kind.Text, must bool) {
		t.Helper()
		if (must && text.DE == "") || (text.DE == "") != (text.EN == "") {
			t.Errorf("%s: German %q, English %q", where, text.DE, text.EN)
		}
		if strings.ContainsAny(text.DE, "“") && !strings.Contains(text.DE, "„") {
			t.Errorf("%s: quotation marks are not German: %s", where, text.DE)
		}
	}
	var fields func(where string, all []kind.Field)
	fields = func(where string, all []kind.Field) {
		for _, f := range all {
			at := where + "." + f.Key
			both(at, f.Label, true)
			both(at+" help", f.Help, false)
			both(at+" unit", f.Unit, false)
			for _, c := range f.Choices {
				both(at+"="+c.Key, c.Label, true)
				both(at+"="+c.Key+" help", c.Help, false)
			}
			fields(at, f.Fields)
		}
	}
	for _, k := range set.Kinds() {
		for name, text := range map[string]kind.Text{"label": k.Label, "plural": k.Plural, "new": k.New, "help": k.Help, "example": k.Example} {
			both(k.Key+" "+name, text, true)
		}
		both(k.Key+" body", k.BodyLabel, !k.BodyFirst) // a text that is the page needs no heading
		both(k.Key+" body help", k.BodyHelp, false)
		both(k.Key+" template", k.Template, false)
		required, columns := 1, 0
		for _, s := range k.Sections {
			both(k.Key+"/"+s.Key, s.Label, true)
			both(k.Key+"/"+s.Key+" help", s.Help, false)
			fields(k.Key, s.Fields)
		}
		for _, f := range k.AllFields() {
			if f.Required {
				required++
			}
			if f.Column {
				columns++
			}
		}
		if required > 3 {
			t.Errorf("%s asks for %d things before it can be created", k.Key, required)
		}
		if columns == 0 {
			t.Errorf("%s has no columns for its list", k.Key)
		}
		for _, s := range k.Machine.States {
			both(k.Key+" state "+s.Key, s.Label, true)
			both(k.Key+" state "+s.Key+" help", s.Help, true)
		}
		for _, tr := range k.Machine.Transitions {
			both(k.Key+" transition "+tr.Key, tr.Label, true)
			both(k.Key+" transition "+tr.Key+" help", tr.Help, false)
		}
	}
	for _, r := range set.Relations() {
		both(r.Key+" out", r.Out, true)
		both(r.Key+" in", r.In, true)
		both(r.Key+" help", r.Help, true)
	}
}

// TestShippedBlameless keeps the learning loop free of fields that ask for one cause or for a person.
func TestShippedBlameless(t *testing.T) {
	k, _ := shipped(t).Kind("postmortem")
	for _, f := range k.AllFields() {
		name := strings.ToLower(f.Key + " " + f.Label.DE + " " + f.Label.EN)
		for _, bad := range []string{"root", "cause", "ursache", "why", "warum", "culprit", "schuld", "verursach"} {
			if strings.Contains(name, bad) {
				t.Errorf("field %s asks for %q", f.Key, bad)
			}
		}
		if f.Type == kind.TypePage && slices.Contains(f.Kinds, "person") {
			t.Errorf("field %s names persons", f.Key)
		}
	}
	if f, ok := k.Field("contributing_factors"); !ok || f.Type != kind.TypeList {
		t.Error("contributing factors are not a list")
	}
}
