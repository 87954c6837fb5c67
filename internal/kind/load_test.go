package kind_test

import (
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"lernraum/content"
	"lernraum/internal/kind"
	"lernraum/internal/page"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestMistakes wants every mistake of a folder at once, each with its file, its line and what would be right.
func TestMistakes(t *testing.T) {
	_, err := kind.Options{Guards: guards, Panels: panels}.Load(kind.Source{Name: "kinds", FS: os.DirFS("testdata/mistakes")})
	if err == nil {
		t.Fatal("a folder full of mistakes loads")
	}
	if _, ok := errors.AsType[*kind.Mistake](err); !ok {
		t.Errorf("the error is not made of mistakes: %T", err)
	}
	const golden = "testdata/mistakes.golden"
	got := err.Error() + "\n"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
}

func folder(files map[string]string) kind.Source {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return kind.Source{Name: "own", FS: m}
}

func load(t testing.TB, own map[string]string) *kind.Set {
	t.Helper()
	set, err := kind.Options{Guards: guards, Panels: panels}.Load(kind.Source{Name: "content/kinds", FS: content.Kinds()}, folder(own))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

const vehicle = `
key: vehicle
label: {de: Dienstfahrzeug, en: Official car}
sections:
  - key: car
    label: {de: Fahrzeug, en: Car}
    fields:
      - {key: plate, type: text, label: {de: Kennzeichen, en: Plate}, required: true, column: true, alias: true}
      - {key: seats, type: number, label: {de: Sitze, en: Seats}}
      - {key: unit, type: page, kinds: [unit], label: {de: Standort, en: Unit}, filter: true}
relations:
  - part_of
  - {key: drives_to, out: {de: fährt nach, en: drives to}, in: {de: wird angefahren von, en: is served by}, targets: [unit]}
`

// TestOwnKind is the promise to operators: one file adds a kind with fields and a relation, without code.
func TestOwnKind(t *testing.T) {
	before, after := load(t, nil), load(t, map[string]string{"vehicle.yaml": vehicle})
	k, ok := after.Kind("vehicle")
	if !ok || k.Machine.Key != "page" || k.Group != "knowledge" || k.Plural.DE != "Dienstfahrzeug" || k.Source != "own/vehicle.yaml" {
		t.Fatalf("kind = %+v", k)
	}
	if r, ok := after.Relation("drives_to"); !ok || r.In.EN != "is served by" {
		t.Errorf("the new relation is %+v", r)
	}
	var offered []string
	for _, r := range after.RelationsFor("vehicle") {
		offered = append(offered, r.Key)
	}
	if !slices.Equal(offered, []string{"part_of", "drives_to"}) {
		t.Errorf("offered relations: %v", offered)
	}
	fields, bad := k.Validate(page.Fields{"plate": " B-LR  12 ", "seats": "1.234,5", "unit": "unit/z2"}, "draft")
	if diff := cmp.Diff(page.Fields{"plate": "B-LR 12", "seats": 1234.5, "unit": "unit/z2"}, fields); diff != "" || len(bad) > 0 {
		t.Errorf("fields (-want +got):\n%s%v", diff, bad)
	}
	if before.Hash() == after.Hash() || before.Hash() != load(t, nil).Hash() {
		t.Error("the hash does not follow the declarations")
	}
}

// TestOverride: a later folder takes the place of a kind, a relation and a machine with the same key.
func TestOverride(t *testing.T) {
	set := load(t, map[string]string{
		"term.yaml": "key: term\nlabel: {de: Wort}\nmachine: {states: [{key: there, label: {de: da}}]}\n",
		"_own.yaml": "relations: [{key: owns, out: {de: hat}, in: {de: gehört}}]\nmachines: [{key: challenge, states: [{key: on, label: {de: an}}]}]\n",
	})
	k, _ := set.Kind("term")
	if k.Label.In("en") != "Wort" || len(k.AllFields()) != 0 || k.Machine.Start().Key != "there" {
		t.Errorf("term was not replaced: %+v", k)
	}
	if r, _ := set.Relation("owns"); r.Out.DE != "hat" {
		t.Errorf("owns was not replaced: %+v", r)
	}
	if k, _ := set.Kind("challenge"); k.Machine.Start().Key != "on" {
		t.Errorf("the machine of challenges was not replaced: starts in %s", k.Machine.Start().Key)
	}
	if r := set.Relations()[0]; r.Key != "owns" {
		t.Errorf("replacing a relation moved it: first is %s", r.Key)
	}
	if _, err := kind.Load(kind.Source{Name: "content/kinds", FS: content.Kinds()}, folder(map[string]string{
		"_own.yaml": "machines: [{key: lesson, states: [{key: on, label: {de: an}}]}]\n",
	})); err == nil || !strings.Contains(err.Error(), `content/kinds/lesson.yaml:`) || !strings.Contains(err.Error(), `unknown state "submitted"; allowed: on`) {
		t.Errorf("a machine that takes states away from shipped fields: %v", err)
	}
}

// TestExtend: a file adds a field to a shipped kind and leaves the rest alone.
func TestExtend(t *testing.T) {
	plain := load(t, nil)
	set := load(t, map[string]string{"process.yaml": `
key: process
extend: true
help: {de: Unsere Abläufe., en: Our processes.}
relations: [helps_with, part_of]
sections:
  - key: basis
    fields:
      - {key: file_number, type: text, label: {de: Aktenzeichen, en: File number}}
      - {key: fim_key, type: text, many: true, label: {de: FIM-Schlüssel, en: FIM keys}}
  - key: own
    label: {de: Hausintern, en: Internal}
    fields: [{key: cost_centre, type: text, label: {de: Kostenstelle, en: Cost centre}}]
`})
	old, _ := plain.Kind("process")
	k, _ := set.Kind("process")
	if len(k.AllFields()) != len(old.AllFields())+2 || len(k.Sections) != len(old.Sections)+1 {
		t.Errorf("fields %d → %d, sections %d → %d", len(old.AllFields()), len(k.AllFields()), len(old.Sections), len(k.Sections))
	}
	if f, _ := k.Field("fim_key"); !f.Many {
		t.Error("an extended field keeps its old declaration")
	}
	if f, _ := old.Field("fim_key"); f.Many {
		t.Error("extending changed the shipped kind")
	}
	if k.Help.DE != "Unsere Abläufe." || k.Label != old.Label || k.Machine.Key != "page" || len(k.Relations) != len(old.Relations)+1 {
		t.Errorf("extended kind: %+v", k)
	}
	_, err := kind.Load(kind.Source{Name: "content/kinds", FS: content.Kinds()}, folder(map[string]string{
		"unit.yaml": "key: unit\nextend: true\nsections: [{key: more, label: {de: Mehr}, fields: [{key: a, type: text, label: {de: A}, required: true}, {key: b, type: text, label: {de: B}, required: true}]}]\n",
	}))
	if err == nil || !strings.HasPrefix(err.Error(), "own/unit.yaml:3: kind unit: field b is one required field too many") {
		t.Errorf("extending beyond three required fields: %v", err)
	}
}

// TestLostKind: pages of a kind whose file is gone stay readable.
func TestLostKind(t *testing.T) {
	set := load(t, nil)
	if _, ok := set.Kind("vehicle"); ok {
		t.Fatal("vehicle exists")
	}
	k := set.KindOrMissing("vehicle")
	if !k.Missing || k.Label.In("de") != "vehicle" || k.Machine.Key != "page" || k.Machine.Start().Key != "draft" {
		t.Errorf("stand-in: %+v", k)
	}
	in := page.Fields{"plate": "B-LR 12", "axles": []any{map[string]any{"load": 3}}}
	out, bad := k.Validate(in, "published")
	if diff := cmp.Diff(page.Fields{"plate": "B-LR 12", "axles": []map[string]any{{"load": 3.0}}}, out); diff != "" || len(bad) > 0 {
		t.Errorf("fields of a lost kind (-want +got):\n%s%v", diff, bad)
	}
	empty, err := kind.Load()
	if err != nil {
		t.Fatal(err)
	}
	if k := empty.KindOrMissing("x"); k.Machine.Start() == nil {
		t.Error("a stand-in without any machine has no start")
	}
}

// FuzzLoad: no file makes the loader panic, and a set that loads answers for each of its kinds.
func FuzzLoad(f *testing.F) {
	base := folder(map[string]string{
		"unit.yaml":    "key: unit\nlabel: {de: Einheit}\nrelations: [part_of]\nsections: [{key: a, label: {de: A}, fields: [{key: a, type: text, label: {de: A}}]}]",
		"_shared.yaml": "relations: [{key: part_of, out: {de: ist Teil von}, in: {de: umfasst}}]\nmachines: [{key: page, states: [{key: draft, label: {de: Entwurf}}]}]",
	})
	f.Add(vehicle, "relations: []")
	f.Add("key: unit\nextend: true\nsections: [{key: a, fields: [{key: b, type: number, label: {de: B}}]}]", "machines: []")
	for _, name := range []string{"form.yaml", "inline.yaml", "alias.yaml", "_shared.yaml"} {
		b, err := os.ReadFile("testdata/mistakes/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b), string(b))
	}
	f.Fuzz(func(t *testing.T, kindFile, sharedFile string) {
		set, err := kind.Load(base, folder(map[string]string{"k.yaml": kindFile, "_s.yaml": sharedFile}))
		if err != nil {
			if _, ok := errors.AsType[*kind.Mistake](err); !ok {
				t.Fatalf("not a mistake with a place: %v", err)
			}
			return
		}
		for _, k := range set.Kinds() {
			k.Machine.Start()
			out, _ := k.Validate(page.Fields{"a": "b"}, k.Machine.Start().Key)
			k.PlainText(out, "de")
			for _, r := range set.RelationsFor(k.Key) {
				if r == nil {
					t.Fatalf("kind %s offers a relation that does not exist", k.Key)
				}
			}
		}
	})
}
