package kind_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"go.yaml.in/yaml/v3"

	"lernraum/internal/kind"
	"lernraum/internal/page"
)

// TestValidateFixedPoint: validating twice says and gives the same, over random values of every shape, and also
// after the fields went through JSON (the database) and YAML (export and import).
func TestValidateFixedPoint(t *testing.T) {
	k := everythingKind(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		in := page.Fields{}
		for _, f := range k.AllFields() {
			if rng.IntN(3) > 0 {
				in[f.Key] = randomValue(rng, 2)
			}
		}
		in["foreign"] = randomValue(rng, 3)
		checkFixedPoint(t, k, in)
		all := k.AllFields()
		checkFixedPoint(t, k, page.Fields{ // few values, so that many such pages are valid
			"text": "x", "md": "y", "checks": []string{"a", "b"},
			all[rng.IntN(len(all))].Key: randomValue(rng, 2), "foreign": in["foreign"],
		})
	}
}

func checkFixedPoint(t *testing.T, k *kind.Kind, in page.Fields) {
	t.Helper()
	once, bad := k.Validate(in, "done")
	twice, again := k.Validate(once, "done")
	if !reflect.DeepEqual(once, twice) || !reflect.DeepEqual(bad, again) {
		t.Fatalf("in %#v\nonce %#v\n%v\ntwice %#v\n%v", in, once, bad, twice, again)
	}
	if len(bad) > 0 { // such a page is never stored
		return
	}
	stored, err := json.Marshal(once)
	if err != nil {
		t.Fatal(err)
	}
	var read page.Fields
	if err := json.Unmarshal(stored, &read); err != nil {
		t.Fatal(err)
	}
	if got := kind.Canonical(read); !reflect.DeepEqual(got, once) {
		t.Fatalf("through JSON: %#v, was %#v", got, once)
	}
	delete(once, "foreign") // only declared fields are sure to survive YAML, which cannot say every text
	file, err := yaml.Marshal(map[string]any(once))
	if err != nil {
		t.Fatal(err)
	}
	read = nil
	if err := yaml.Unmarshal(file, &read); err != nil {
		t.Fatal(err)
	}
	if got, _ := k.Validate(read, "done"); !reflect.DeepEqual(got, once) {
		t.Fatalf("through YAML: %#v, was %#v\n%s", got, once, file)
	}
}

var samples = []any{
	"", " ", "x", " zwei  Wörter ", "eins\nzwei", "\r\n\tcode\r\n", "1.234,5", "1.234", "-0", "0,5", "14.03.2026", "2026-03-14T10:30:00Z",
	"2026", "03.2026", "10 Minuten", "1,5 h", "eine Woche", "1 Jahr 6 Monate", "core", "Kernprozess", "JA", "a", "b", "www.example.org",
	"HTTPS://EXAMPLE.org", "reise@z2.example", "mailto:mailto:a@b.example", "tel:tel:030 1234", "+49 (0)30 12–34", "unit/z2", "handbuch:x", "01jd3q8z6c0v5y7h2k9m4n1p3r",
	"\x00\x07", "\xff\xfe", "\uFEFFx", "true", "null", "~", "- a", "0123", "0x1f", "1e5", "1_000", ".inf", "5 Tage", "Tage",
	nil, true, false, 0, 7, -3, 2026, 1.5, 1e300, 5e-324, math.Inf(-1), int64(9), uint64(10), float32(2.5), json.Number("12.5"), json.Number("x"),
}

func randomValue(rng *rand.Rand, depth int) any {
	if depth == 0 || rng.IntN(3) > 0 {
		v := samples[rng.IntN(len(samples))]
		if f, ok := v.(float64); ok && math.IsInf(f, 0) && depth == 3 {
			return 1.0 // JSON has no infinity, so a foreign key never holds one
		}
		return v
	}
	switch rng.IntN(4) {
	case 0:
		out := map[string]any{}
		for _, key := range []string{"what", "role", "duration", "note", "extra"} {
			if rng.IntN(2) == 0 {
				out[key] = finiteValue(randomValue(rng, depth-1))
			}
		}
		return out
	case 1:
		out := []string{}
		for range rng.IntN(4) {
			if s, ok := samples[rng.IntN(len(samples))].(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	out := []any{}
	for range rng.IntN(4) {
		out = append(out, finiteValue(randomValue(rng, depth-1)))
	}
	return out
}

func finiteValue(v any) any {
	if f, ok := v.(float64); ok && math.IsInf(f, 0) {
		return 2.0
	}
	return v
}

// TestNumberRoundTrip: a number shown in a form and sent back unchanged is the same number, in both languages.
func TestNumberRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	check := func(n float64) {
		for _, lang := range []string{"de", "en"} {
			s := kind.FormatNumber(n, lang)
			if got, err := kind.ParseNumber(s); err != nil || got != n {
				t.Fatalf("%v in %s is %q, read as %v, %v", n, lang, s, got, err)
			}
		}
	}
	for _, n := range []float64{0, 1.234, 12.345, 123.456, 1234, 0.125, 1234567.891, -1.234} {
		check(n)
	}
	for range 5000 {
		check(math.Round((rng.Float64()-0.5)*1e9) / math.Pow10(rng.IntN(7)))
	}
}

func FuzzParse(f *testing.F) {
	for _, v := range samples {
		if s, ok := v.(string); ok {
			f.Add(s)
		}
	}
	k := everythingKind(f)
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := kind.ParseNumber(s); err == nil {
			for _, lang := range []string{"de", "en"} {
				if again, err := kind.ParseNumber(kind.FormatNumber(n, lang)); err != nil || again != n {
					t.Errorf("number %q → %v → %v, %v", s, n, again, err)
				}
			}
		}
		if iso, precision, ok := kind.ParseDate(s); ok {
			for _, lang := range []string{"de", "en"} {
				if again, p, ok := kind.ParseDate(kind.FormatDate(iso, lang)); !ok || again != iso || p != precision {
					t.Errorf("date %q → %q → %q", s, iso, again)
				}
			}
		}
		if d, ok := kind.ParseDuration(s); ok {
			if again, ok := kind.ParseDuration(d); !ok || again != d {
				t.Errorf("duration %q → %q → %q", s, d, again)
			}
			if _, _, ok := kind.SplitDuration(d); !ok {
				t.Errorf("duration %q → %q has no stored form", s, d)
			}
		}
		in := page.Fields{"foreign": s}
		for _, field := range k.AllFields() {
			in[field.Key] = s
		}
		in["steps"] = []any{map[string]any{"what": s, "role": s, "duration": s, "note": s}}
		checkFixedPoint(t, k, in)
		for _, field := range k.AllFields() { // one at a time, so that some are accepted
			checkFixedPoint(t, k, page.Fields{"text": "x", "md": "y", "checks": []string{"a", "b"}, field.Key: s})
		}
	})
}
