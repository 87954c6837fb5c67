package store

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"lernraum/internal/page"
)

// plain turns what reader.value gives into what encoding/json gives.
func plain(v any) any {
	switch v := v.(type) {
	case []string:
		out := make([]any, len(v))
		for i, s := range v {
			out[i] = s
		}
		return out
	case []map[string]any:
		out := make([]any, len(v))
		for i, m := range v {
			out[i] = plain(m)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = plain(one)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, one := range v {
			out[k] = plain(one)
		}
		return out
	}
	return v
}

// FuzzReader: what encoding/json reads, the reader reads the same; anything else ends without a panic.
func FuzzReader(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,-2.5e3,"x\n\u00e4\ud83e\udd89\"\\\/"],"b":{"c":null,"d":true},"e":[],"f":[{"g":""}]}`, `"\ud800"`, `[[[[`, `"\u12`, `nul`, `{"a"}`, ``,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := reader{s: s}
		got := r.value()
		var want any
		if json.Unmarshal([]byte(s), &want) != nil || !utf8.ValidString(s) || strings.Count(s, "[")+strings.Count(s, "{") >= maxDepth {
			return
		}
		if r.bad || !reflect.DeepEqual(plain(got), plain(want)) {
			t.Errorf("%q is read as %#v (bad %v), want %#v", s, got, r.bad, want)
		}
		for _, read := range []func(*reader){func(r *reader) { r.head() }, func(r *reader) { r.card() }, func(r *reader) { r.texts() }} {
			read(&reader{s: s})
		}
	})
}

func TestDetailKeepsTypes(t *testing.T) {
	p := page.Page{
		ID: "x", Fields: page.Fields{"s": "a", "f": 1.0, "b": true, "l": []string{"a"}, "r": []map[string]any{{"n": 2.0, "l": []string{"b"}}}},
		Extra: map[string]any{"i": 1, "f": 1.5, "l": []any{"a", 2}, "m": map[string]any{"x": false}, "n": nil},
	}
	s, err := encodeDetail(p)
	if err != nil {
		t.Fatal(err)
	}
	got := page.Page{ID: "x"}
	if err := decodeDetail(s, &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p, got); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{"", "{", `{"f":`, `{"r":[["a"]`, `{"f":[]}`, "[]"} {
		if err := decodeDetail(bad, &page.Page{}); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	if _, err := encodeDetail(page.Page{Fields: page.Fields{"x": math.NaN()}}); err == nil {
		t.Error("a field that is no number was stored")
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Große  STRASSE": "grosse strasse", "u\u0308ber\u00a0uns": "über uns", "ﬁnden": "finden", "unit/z2": "unit/z2", " A ": "a", "": "",
	} {
		if got := fold(in); got != want {
			t.Errorf("%q folds to %q", in, got)
		}
		if got := fold(fold(in)); got != fold(in) {
			t.Errorf("folding %q twice gives %q", in, got)
		}
	}
}

func TestSortKeys(t *testing.T) {
	c := newCollation()
	words := []string{"Apfel", "Äpfel", "apfelmus", "Kapitel 9", "Kapitel 10", "Ober", "Ofen", "öffnen", "Straße", "Strasse 2", "Zebra"}
	if !slices.IsSortedFunc(words, func(a, b string) int { return slices.Compare(c.key(a), c.key(b)) }) {
		t.Errorf("order of %q is not German", words)
	}
	if n := len(c.key(strings.Repeat("lang ", 1000))); n > maxSortKey {
		t.Errorf("key has %d bytes", n)
	}
	numbers := []float64{math.Inf(-1), -10, -9.5, -0.1, 0, 1e-9, 2, 10, 1e12}
	if !slices.IsSortedFunc(numbers, func(a, b float64) int { return slices.Compare(numberKey(a), numberKey(b)) }) {
		t.Error("order of numbers")
	}
}
