package api

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"lernraum/internal/page"
)

func TestDecodeStrict(t *testing.T) {
	for in, want := range map[string]string{
		``: "json_bad", `{`: "json_bad", `{} {}`: "json_bad", `{"a":1}x`: "json_bad", `nul`: "json_bad", `{"a":1,"a":1}`: "json_twice", `[{"a":{"b":1,"c":2,"b":3}}]`: "json_twice",
		`{"a":1,"\u0061":2}`: "json_twice", `1e999`: "json_number", `[-1e400]`: "json_number", "\"\xff\"": "json_utf8", `{"a":01}`: "json_bad", `[1,]`: "json_bad", `NaN`: "json_bad",
		strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2): "json_deep", strings.Repeat("[", 100_000): "json_bad",
		`{"a":[1,"x",true,null,{"b":{}}]}`: "", `12345678901234567890`: "", strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth): "", ` "x" `: "",
	} {
		_, err := decodeStrict([]byte(in))
		p, ok := errors.AsType[*problem](err)
		switch {
		case want == "" && err != nil, want != "" && (!ok || p.detail.Key != "api."+want || p.code != codeBad):
			t.Errorf("%.60q: %v, want %q", in, err, want)
		}
	}
}

// FuzzDecodeStrict: what is taken is what encoding/json reads, too, and comes back the same.
func FuzzDecodeStrict(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,{"b":null}],"c":"ü"}`, `{"a":1,"a":2}`, `[[[[]]]]`, "\"\\ud800\"", `-0`, ` {} `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := decodeStrict(data)
		if err != nil {
			if p, ok := errors.AsType[*problem](err); !ok || p.code != codeBad {
				t.Fatalf("%q: %v", data, err)
			}
			return
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		w, err := decodeStrict(again)
		if err != nil || !reflect.DeepEqual(v, w) {
			t.Fatalf("%q became %q: %v", data, again, err)
		}
		c := checker{book: book{}}
		c.check(c.book.of(typ[NewPage](), true), v, "")
		if len(c.bad) > maxFindings {
			t.Fatalf("%d findings", len(c.bad))
		}
		if len(c.bad) == 0 {
			var in NewPage
			if err := json.Unmarshal(data, &in); err != nil || in.Title == "" {
				t.Fatalf("%q was found good and cannot be read: %v", data, err)
			}
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add(encodeCursor(time.UnixMilli(1_700_000_000_000), "01ARZ3NDEKTSV4RRFFQ69G5FAV"))
	f.Add("")
	f.Add("LTEuMDFBUlozTkRFS1RTVjRSUkZGUTY5RzVGQVY")
	f.Fuzz(func(t *testing.T, s string) {
		at, id, ok := decodeCursor(s)
		if !ok {
			return
		}
		if at.Before(time.UnixMilli(0)) || at.Year() > 9999 || !isID(string(id)) {
			t.Fatalf("%q is %v %s", s, at, id)
		}
		if at2, id2, ok := decodeCursor(encodeCursor(at, id)); !ok || !at2.Equal(at) || id2 != id {
			t.Fatalf("%q does not come back", s)
		}
	})
}

func TestCursorComesBack(t *testing.T) {
	at, id := time.UnixMilli(1_793_000_000_123).UTC(), page.ID("01ARZ3NDEKTSV4RRFFQ69G5FAV")
	if a, i, ok := decodeCursor(encodeCursor(at, id)); !ok || !a.Equal(at) || i != id {
		t.Errorf("%v %s %v", a, i, ok)
	}
}

func TestLanguageOf(t *testing.T) {
	for accept, want := range map[string]string{
		"": "de", "en": "en", "de, en": "de", "en-GB,en;q=0.8,de;q=0.5": "en", "fr": "de", "fr, en;q=0.3": "en", "en;q=0, de;q=0.1": "de", "en;q=x, de;q=0.1": "de", "*": "de",
	} {
		if got := languageOf(accept); got != want {
			t.Errorf("%q: %s", accept, got)
		}
	}
}

// Tags of types are read by hand: a slip in one would leave a bound out.
func TestTagsOfTypes(t *testing.T) {
	known := map[string]bool{"": true, "required": true, "doc": true, "format": true, "enum": true, "min": true, "max": true, "items": true, "itemmax": true}
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(rt reflect.Type) {
		for rt.Kind() == reflect.Pointer || rt.Kind() == reflect.Slice {
			rt = rt.Elem()
		}
		if rt.Kind() != reflect.Struct || seen[rt] || rt == typ[time.Time]() {
			return
		}
		seen[rt] = true
		for i := range rt.NumField() {
			f := rt.Field(i)
			for _, rule := range strings.Split(f.Tag.Get("api"), ",") {
				key, value, _ := strings.Cut(rule, "=")
				if !known[key] || (key == "min" || key == "max" || key == "items" || key == "itemmax") && number(value) <= 0 {
					t.Errorf("%s.%s: rule %q", rt.Name(), f.Name, rule)
				}
			}
			if f.Tag.Get("json") == "" && !f.Anonymous {
				t.Errorf("%s.%s has no name", rt.Name(), f.Name)
			}
			visit(f.Type)
		}
	}
	for _, op := range operations() {
		for _, rt := range []reflect.Type{op.Body, op.Answer} {
			if rt != nil {
				visit(rt)
			}
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d types", len(seen))
	}
}
