package wiki

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// keepStanding puts values that an edit leaves as they were back into fields and drops what was found about them.
func keepStanding(fields, in, old page.Fields, found []errs.Field) []errs.Field {
	return slices.DeleteFunc(found, func(f errs.Field) bool {
		key, _, _ := strings.Cut(strings.TrimPrefix(f.Name, "fields."), ".")
		before, stood := old[key]
		if !stood || !sameValue(before, in[key]) {
			return false
		}
		fields[key] = before
		return true
	})
}

func sameValue(a, b any) bool {
	ja, aerr := json.Marshal(a)
	jb, berr := json.Marshal(b)
	return aerr == nil && berr == nil && bytes.Equal(ja, jb)
}

func normalTags(in []string, add func(name, key string, args ...any)) []string {
	out := make([]string, 0, len(in))
	for _, t := range in {
		t = oneLine(t)
		if t == "" {
			continue
		}
		if utf8.RuneCountInString(t) > MaxTag || strings.ContainsAny(t, ",;") { // what parts tags in the form
			add("tags", "wiki.tag_bad", "Tag", t, "Max", MaxTag)
			continue
		}
		out = append(out, t)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	if len(out) > MaxTags {
		add("tags", "wiki.too_many_tags", "Max", MaxTags)
	}
	return out
}

// oneLine trims, folds white space and removes control characters and the marks of search hits.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r) || r == page.HitOpen || r == page.HitClose:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

// normalText makes line ends uniform and the last one single, so that a text that was only opened and saved
// stays the same.
func normalText(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	s = strings.Map(func(r rune) rune {
		if r == 0 || r == page.HitOpen || r == page.HitClose {
			return -1
		}
		return r
	}, s)
	s = strings.TrimRight(s, " \t\n")
	s = strings.TrimLeft(s, "\n")
	if s == "" {
		return ""
	}
	return s + "\n"
}
