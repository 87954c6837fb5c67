package kind_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/page"
)

// everything is a kind with a field of each type.
const everything = `
key: everything
label: {de: Alles}
machine:
  states:
    - {key: open, label: {de: offen}}
    - {key: done, label: {de: fertig}, final: true}
  transitions: [{key: finish, from: open, to: done, label: {de: fertig}}]
sections:
  - key: all
    label: {de: Alles}
    fields:
      - {key: text, type: text, label: {de: T}, required: true, alias: true}
      - {key: texts, type: text, many: true, label: {de: T}, alias: true}
      - {key: md, type: markdown, label: {de: M}, required_for: [done]}
      - {key: day, type: date, label: {de: D}}
      - {key: when, type: date, precision: any, label: {de: D}}
      - key: choice
        type: choice
        label: {de: C}
        choices: [{key: core, label: {de: Kernprozess, en: Core process}}, {key: "yes", label: {de: ja, en: "yes"}}, {key: "1", label: {de: eins, en: one}}]
      - key: checks
        type: choice
        many: true
        all: true
        required_for: [done]
        label: {de: C}
        choices: [{key: a, label: {de: A}}, {key: b, label: {de: B}}]
      - {key: number, type: number, unit: {de: Tage, en: days}, label: {de: N}, frozen_in: [done]}
      - {key: duration, type: duration, label: {de: D}}
      - {key: url, type: url, label: {de: U}}
      - {key: email, type: email, label: {de: E}}
      - {key: phone, type: phone, label: {de: P}}
      - {key: ref, type: page, label: {de: R}}
      - {key: units, type: page, many: true, kinds: [unit], label: {de: R}}
      - key: steps
        type: list
        label: {de: S}
        fields:
          - {key: what, type: text, required: true, label: {de: W}}
          - {key: role, type: page, kinds: [unit], label: {de: R}}
          - {key: duration, type: duration, label: {de: D}}
          - {key: note, type: markdown, label: {de: N}}
`

func everythingKind(t testing.TB) *kind.Kind {
	k, ok := load(t, map[string]string{"everything.yaml": everything}).Kind("everything")
	if !ok {
		t.Fatal("no such kind")
	}
	return k
}

// TestValidate gives one field at a time, beside the required one. want nil: left out; a key beginning with
// "kind.": the message, the value stays as it was written.
func TestValidate(t *testing.T) {
	k := everythingKind(t)
	for _, tt := range []struct {
		field    string
		in, want any
	}{
		{"texts", "eins\r\nzwei\n\neins", []string{"eins", "zwei"}},
		{"texts", []any{"eins", 2, true}, []string{"eins", "2", "true"}},
		{"texts", []string{" ", ""}, nil},
		{"texts", map[string]any{"a": 1}, "kind.value"},
		{"texts", strings.Repeat("x", 1001), "kind.too_long"},
		{"md", "\r\n\n    code\r\nmore  \n\n", "    code\nmore"},
		{"md", "\n\tcode\n\tmore", "    code\n\tmore"},
		{"md", strings.Repeat("ä", 100_001), "kind.too_long"},
		{"day", "14.3.2026", "2026-03-14"},
		{"day", "2026-03-14", "2026-03-14"},
		{"day", "31.02.2026", "kind.date_day"},
		{"day", "14.03.26", "kind.date_day"},
		{"day", "2026", "kind.date_day"},
		{"day", "14.03.2026 10:30", "kind.date_day"},
		{"day", " ", nil},
		{"when", "14.03.2026 10:30", "2026-03-14T10:30"},
		{"when", "14. 3. 2026, um 9.05 Uhr", "2026-03-14T09:05"},
		{"when", "2026-03-14T10:30:15+0100", "2026-03-14T10:30:15+01:00"},
		{"when", "2026-03-14 10:30Z", "2026-03-14T10:30Z"},
		{"when", "03.2026", "2026-03"},
		{"when", 2026, "2026"},
		{"when", "2026-13", "kind.date"},
		{"when", "24.12.2026 24:00", "kind.date"},
		{"when", "gestern", "kind.date"},
		{"choice", "kernPROZESS", "core"},
		{"choice", "Core process", "core"},
		{"choice", true, "yes"},
		{"choice", 1, "1"},
		{"choice", "other", "kind.choice"},
		{"choice", []any{"core"}, "core"},
		{"choice", []any{"core", "yes"}, "kind.single"},
		{"checks", "A\nb", []string{"a", "b"}},
		{"number", "1.234,5", 1234.5},
		{"number", "1234.5", 1234.5},
		{"number", "1 234,5", 1234.5},
		{"number", "1,234.5", 1234.5},
		{"number", "1.234.567", 1234567.0},
		{"number", "0.125", 0.125},
		{"number", "1,234", 1.234},
		{"number", "−5 Tage", -5.0},
		{"number", "5 days", 5.0},
		{"number", "-0", 0.0},
		{"number", 12, 12.0},
		{"number", 1.234, 1.234},
		{"number", "1.234", "kind.number_ambiguous"},
		{"number", "1,2,3", "kind.number"},
		{"number", "1e3", "kind.number"},
		{"number", "fünf", "kind.number"},
		{"number", math.Inf(1), "kind.number"},
		{"number", true, "kind.number"},
		{"number", []any{1, 2}, "kind.number"},
		{"duration", "10 Minuten", "10 min"},
		{"duration", "2 Tage", "2 d"},
		{"duration", "1,5 Std.", "90 min"},
		{"duration", "1 h 30 min", "90 min"},
		{"duration", "1 Stunde und 30 Minuten", "90 min"},
		{"duration", "1:30 h", "90 min"},
		{"duration", "eine Woche", "1 w"},
		{"duration", "an hour", "1 h"},
		{"duration", "1.5 years", "18 mo"},
		{"duration", "0,5 Tage", "0.5 d"},
		{"duration", "2 w", "2 w"},
		{"duration", "10", "kind.duration"},
		{"duration", "2-3 Tage", "kind.duration"},
		{"duration", "5 Arbeitstage", "kind.duration"},
		{"duration", "999999 h 30 min", "kind.duration"},
		{"url", "https://example.org/a?b=c#d", "https://example.org/a?b=c#d"},
		{"url", "HTTP://example.org", "http://example.org"},
		{"url", "www.example.org", "https://www.example.org"},
		{"url", "javascript:alert(1)", "kind.url"},
		{"url", "https://user:secret@example.org", "kind.url"},
		{"url", "//example.org", "kind.url"},
		{"url", "https://", "kind.url"},
		{"url", "https://exa mple.org", "kind.url"},
		{"email", "mailto:reise@z2.example", "reise@z2.example"},
		{"email", "reise@z2", "kind.email"},
		{"email", "Reise <reise@z2.example>", "kind.email"},
		{"email", "a@b@c.example", "kind.email"},
		{"phone", "+49 (0)30 12 34–567", "+49 (0)30 12 34-567"},
		{"phone", "tel:030/1234", "030/1234"},
		{"phone", 1234, "1234"},
		{"phone", "12", "kind.phone"},
		{"phone", "auf Anfrage", "kind.phone"},
		{"ref", "tool/ereise", "tool/ereise"},
		{"ref", "handbuch:reisekosten-abrechnen", "handbuch:reisekosten-abrechnen"},
		{"ref", "01jd3q8z6c0v5y7h2k9m4n1p3r", "01JD3Q8Z6C0V5Y7H2K9M4N1P3R"},
		{"ref", "Reisekosten abrechnen", "kind.ref"},
		{"ref", "unit/z2#Leitung", "kind.ref"},
		{"ref", "../etc", "kind.ref"},
		{"units", []any{"unit/z2", "unit/z3", "unit/z2"}, []string{"unit/z2", "unit/z3"}},
		{"units", "tool/ereise", "kind.ref_kind"},
		{"steps", []any{map[string]any{"what": "a", "duration": "2 Tage", "extra": 1}, map[string]any{"what": " "}}, []map[string]any{{"what": "a", "duration": "2 d", "extra": 1.0}}},
		{"steps", []map[string]any{{"what": "", "role": ""}}, nil},
		{"steps", map[any]any{"what": "one"}, []map[string]any{{"what": "one"}}},
		{"steps", "what: a", "kind.list"},
		{"steps", []any{"a", "b"}, "kind.list"},
		{"steps", []any{"a", map[string]any{"what": "b"}}, "kind.list"},
		{"unknown", map[any]any{"n": 1, "list": []any{"a"}}, map[string]any{"n": 1.0, "list": []string{"a"}}},
	} {
		t.Run(fmt.Sprintf("%s=%.40v", tt.field, tt.in), func(t *testing.T) {
			out, bad := k.Validate(page.Fields{"text": "x", tt.field: tt.in}, "open")
			if key, ok := tt.want.(string); ok && strings.HasPrefix(key, "kind.") {
				if len(bad) != 1 || bad[0].Name != "fields."+tt.field || bad[0].Msg.Key != key {
					t.Fatalf("messages %v, want %s", bad, key)
				}
				if out[tt.field] == nil {
					t.Error("what was written is lost")
				}
				return
			}
			if len(bad) > 0 {
				t.Fatalf("unexpected messages %v", bad)
			}
			if diff := cmp.Diff(tt.want, out[tt.field]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestValidateRequired: what is asked for depends on the state, and on no state before it.
func TestValidateRequired(t *testing.T) {
	k := everythingKind(t)
	full := page.Fields{"text": "x", "md": "y", "checks": []string{"a", "b"}}
	for _, tt := range []struct {
		name  string
		in    page.Fields
		state string
		want  string
	}{
		{"nothing", nil, "", "fields.text kind.required"},
		{"blank", page.Fields{"text": " \n "}, "open", "fields.text kind.required"},
		{"enough to create", page.Fields{"text": "x"}, "open", ""},
		{"not enough for done", page.Fields{"text": "x", "checks": []string{"a"}}, "done", "fields.md kind.required, fields.checks kind.all_required"},
		{"enough for done", full, "done", ""},
		{"record without its first field", page.Fields{"text": "x", "steps": []any{map[string]any{"what": "a"}, map[string]any{}, map[string]any{"role": "unit/z2", "duration": "bald"}}}, "open",
			"fields.steps.1.what kind.required, fields.steps.1.duration kind.duration"},
	} {
		_, bad := k.Validate(tt.in, tt.state)
		if got := messages(bad); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func messages(bad []errs.Field) string {
	var s []string
	for _, b := range bad {
		s = append(s, b.Name+" "+b.Msg.Key)
	}
	return strings.Join(s, ", ")
}

// TestIncomplete: a page that lacks what became required later is called incomplete and stays editable.
func TestIncomplete(t *testing.T) {
	k := everythingKind(t)
	old := page.Fields{"md": "y", "steps": []any{map[string]any{"role": "unit/z2"}}}
	if lacking := k.Incomplete(old); len(lacking) != 1 || lacking[0].Key != "text" {
		t.Errorf("incomplete: %v", lacking)
	}
	if lacking := k.MissingFor(page.Fields{"text": "x", "checks": "a"}, "done"); len(lacking) != 2 || lacking[0].Key != "md" || lacking[1].Key != "checks" {
		t.Errorf("missing for done: %v", lacking)
	}
	edited := page.Fields{"number": "viele", "steps": []any{map[string]any{"role": "unit/z2"}, map[string]any{"role": "unit/z3"}}}
	_, bad := k.Validate(edited, "done")
	if got, want := messages(k.Tolerate(bad, old)), "fields.md kind.required, fields.number kind.number, fields.steps.1.what kind.required"; got != want {
		t.Errorf("editing an incomplete page:\n got %q\nwant %q", got, want)
	}
	if got, want := messages(k.Tolerate(bad, nil)), "fields.number kind.number"; got != want {
		t.Errorf("importing an incomplete page:\n got %q\nwant %q", got, want)
	}
}

func TestFrozen(t *testing.T) {
	k := everythingKind(t)
	for _, tt := range []struct {
		before, after any
		state, want   string
	}{
		{1000.0, "1000", "done", ""},
		{1000.0, "1001", "done", "fields.number kind.frozen"},
		{1000.0, nil, "done", "fields.number kind.frozen"},
		{nil, "5", "done", "fields.number kind.frozen"},
		{nil, " ", "done", ""},
		{1000.0, "1001", "open", ""},
	} {
		got := messages(k.Frozen(page.Fields{"number": tt.before}, page.Fields{"number": tt.after, "text": "other"}, tt.state))
		if got != tt.want {
			t.Errorf("%v → %v in %s: %q, want %q", tt.before, tt.after, tt.state, got, tt.want)
		}
	}
}

func TestDerived(t *testing.T) {
	k := everythingKind(t)
	fields := page.Fields{
		"text": "Reise", "texts": []any{"RK", "Reise"}, "choice": "core", "when": "2026-03-14T10:30", "number": 1.5,
		"ref": "tool/ereise", "units": []any{"unit/z2", "unit/z3"}, "md": "**fett**",
		"steps": []any{map[string]any{"what": "a", "role": "unit/z4"}, map[string]any{"what": "b", "role": "unit/z5"}},
	}
	want := []page.Link{
		{Type: page.LinkField, Key: "ref", Ref: "tool/ereise"},
		{Type: page.LinkField, Key: "units", Ref: "unit/z2"},
		{Type: page.LinkField, Key: "units", Ref: "unit/z3"},
		{Type: page.LinkField, Key: "steps.role", Ref: "unit/z4"},
		{Type: page.LinkField, Key: "steps.role", Ref: "unit/z5"},
	}
	if diff := cmp.Diff(want, k.Refs(fields)); diff != "" {
		t.Errorf("refs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Reise", "RK"}, k.Aliases(fields)); diff != "" {
		t.Errorf("aliases (-want +got):\n%s", diff)
	}
	text := "Reise\nRK\nReise\n**fett**\n14.03.2026 10:30\n2026-03-14T10:30\nKernprozess\nCore process\n1,5 Tage\na\nb"
	if diff := cmp.Diff(text, k.PlainText(fields, "de")); diff != "" {
		t.Errorf("plain text (-want +got):\n%s", diff)
	}
}
