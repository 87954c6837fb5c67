package web

import (
	"net/url"
	"reflect"
	"slices"
	"strings"

	"lernraum/internal/kind"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// keepUntouched gives an edit back what the form cannot show or would write another way: a form that was only
// opened and saved changes nothing. It is meant for a form that was filled from p; an outdated one is a conflict
// anyway.
func keepUntouched(k *kind.Kind, v url.Values, in *wiki.Input, p page.Page) {
	shown, _ := decodePage(k, formOf(k, wiki.InputOf(p)))
	for key, stored := range p.Fields {
		f, known := k.Field(key)
		switch {
		case !known: // a field the kind no longer declares
			in.Fields[key] = stored
		case same(in.Fields[key], shown.Fields[key]):
			in.Fields[key] = stored
		default:
			keepRecordKeys(f, v, in.Fields[key], stored)
		}
	}
	in.Relations = append(in.Relations, otherRelations(k, p)...)
	if reflect.DeepEqual(grouped(in.Relations), grouped(p.Relations)) {
		in.Relations = p.Relations
	}
}

// keepRecordKeys carries what records say beyond their declaration into the edited ones. The form numbers its
// records as they are stored, and removing one leaves the numbers of the others.
func keepRecordKeys(f *kind.Field, v url.Values, typed, stored any) {
	rows, _ := typed.([]map[string]any)
	before, _ := stored.([]map[string]any)
	at := 0
	for _, n := range rowNumbers("fields."+f.Key, v) {
		if !filled(f, n, v) {
			continue // an empty record was left out
		}
		if at >= len(rows) {
			return
		}
		if n < len(before) {
			for key, val := range before[n] {
				if !slices.ContainsFunc(f.Fields, func(sub kind.Field) bool { return sub.Key == key }) {
					rows[at][key] = val
				}
			}
		}
		at++
	}
}

// filled tells whether a record of a form holds anything.
func filled(f *kind.Field, n int, v url.Values) bool {
	prefix := "fields." + f.Key + "." + itoa(n) + "."
	for i := range f.Fields {
		if decodeField(&f.Fields[i], prefix+f.Fields[i].Key, v) != nil {
			return true
		}
	}
	return false
}

// same compares two decoded values; line ends are those of the browser.
func same(a, b any) bool { return reflect.DeepEqual(unixEnds(a), unixEnds(b)) }

func unixEnds(v any) any {
	switch v := v.(type) {
	case string:
		return strings.TrimRight(strings.ReplaceAll(v, "\r\n", "\n"), "\n")
	case []map[string]any:
		out := make([]map[string]any, len(v))
		for i, row := range v {
			out[i] = map[string]any{}
			for key, val := range row {
				out[i][key] = unixEnds(val)
			}
		}
		return out
	}
	return v
}

// grouped sorts relations by their key and keeps the order within each, which is how a form shows them.
func grouped(in []page.Relation) []page.Relation {
	out := slices.Clone(in)
	slices.SortStableFunc(out, func(a, b page.Relation) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// otherRelations are those the form of the kind does not offer; an edit must not lose them.
func otherRelations(k *kind.Kind, p page.Page) []page.Relation {
	offered := map[string]bool{}
	for _, key := range k.Relations {
		offered[key] = true
	}
	var out []page.Relation
	for _, r := range p.Relations {
		if !offered[r.Key] {
			out = append(out, r)
		}
	}
	return out
}
