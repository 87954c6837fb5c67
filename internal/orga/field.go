package orga

import (
	"maps"
	"slices"
	"strings"
	"time"

	"lernraum/internal/kind"
	"lernraum/internal/page"
)

// The fields of a record that say from when until when it holds. A record that has both is not rewritten but ended,
// and a new one begins: who held a task before stays readable.
const (
	validFrom = "valid_from"
	validTo   = "valid_to"
)

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// replaceField puts one reference in place of another in the field at a link key like "steps.role".
func replaceField(k *kind.Kind, fields page.Fields, key, from, to, today string) {
	head, sub, nested := strings.Cut(key, ".")
	if !nested {
		fields[head] = replaceValue(fields[head], from, to)
		return
	}
	f, ok := k.Field(head)
	records, isList := fields[head].([]map[string]any)
	if !ok || !isList {
		return
	}
	dated := slices.ContainsFunc(f.Fields, func(f kind.Field) bool { return f.Key == validFrom && f.Type == kind.TypeDate }) &&
		slices.ContainsFunc(f.Fields, func(f kind.Field) bool { return f.Key == validTo && f.Type == kind.TypeDate })
	out := make([]map[string]any, 0, len(records)+1)
	for _, rec := range records {
		rec = maps.Clone(rec)
		out = append(out, rec)
		if rec[sub] != from {
			if list, ok := rec[sub].([]string); ok {
				rec[sub] = replaceValue(list, from, to)
			}
			continue
		}
		if end, _ := rec[validTo].(string); dated && (end == "" || end > today) {
			next := maps.Clone(rec)
			next[sub], next[validFrom] = to, today
			rec[validTo] = today
			out = append(out, next)
			continue
		}
		if !dated {
			rec[sub] = to
		}
	}
	fields[head] = out
}

func replaceValue(v any, from, to string) any {
	switch v := v.(type) {
	case string:
		if v == from {
			return to
		}
	case []string:
		var out []string
		for _, one := range v {
			if one == from {
				one = to
			}
			if !slices.Contains(out, one) {
				out = append(out, one)
			}
		}
		return out
	}
	return v
}
