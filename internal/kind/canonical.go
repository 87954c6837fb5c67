package kind

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"lernraum/internal/page"
)

// Canonical gives fields the Go types that page.Fields promises, whatever decoded them (YAML, JSON, a form), so
// that equal fields compare equal. It knows no kind. Whole numbers beyond 2^53 lose digits, as in any JSON reader.
func Canonical(in page.Fields) page.Fields {
	out := make(page.Fields, len(in))
	for key, v := range in {
		out[key] = canonical(v)
	}
	return out
}

// canonical: numbers are float64, times ISO strings, maps map[string]any; a list is []string when it holds only
// strings, []map[string]any when only maps, else []any.
func canonical(v any) any {
	switch v := v.(type) {
	case nil, bool, float64:
		return v
	case string:
		return strings.ToValidUTF8(v, "\uFFFD")
	case float32:
		return float64(v)
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case int32:
		return float64(v)
	case uint64:
		return float64(v)
	case uint:
		return float64(v)
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	case time.Time:
		return isoTime(v)
	case page.Fields:
		return canonical(map[string]any(v))
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, w := range v {
			out[strings.ToValidUTF8(key, "\uFFFD")] = canonical(w)
		}
		return out
	case map[string]string:
		out := make(map[string]any, len(v))
		for key, w := range v {
			out[key] = w
		}
		return canonical(out)
	case map[any]any:
		out := make(map[string]any, len(v))
		for key, w := range v {
			out[fmt.Sprint(key)] = canonical(w)
		}
		return out
	case []string:
		items := make([]any, len(v))
		for i, w := range v {
			items[i] = w
		}
		return canonicalList(items)
	case []map[string]any:
		items := make([]any, len(v))
		for i, w := range v {
			items[i] = w
		}
		return canonical(items)
	case []map[string]string:
		items := make([]any, len(v))
		for i, w := range v {
			items[i] = w
		}
		return canonical(items)
	case []any:
		return canonicalList(v)
	}
	return fmt.Sprint(v)
}

func canonicalList(v []any) any {
	items := make([]any, len(v))
	texts := make([]string, 0, len(v))
	records := make([]map[string]any, 0, len(v))
	for i, w := range v {
		items[i] = canonical(w)
		switch w := items[i].(type) {
		case string:
			texts = append(texts, w)
		case map[string]any:
			records = append(records, w)
		}
	}
	switch {
	case len(v) == 0:
		return items
	case len(texts) == len(v):
		return texts
	case len(records) == len(v):
		return records
	}
	return items
}

// isoTime writes a time as YAML gave it: as a date when it has no time of day, without an offset when it is in
// UTC, where YAML puts times that name no zone.
func isoTime(t time.Time) string {
	_, offset := t.Zone()
	layout := "2006-01-02T15:04"
	if t.Second() != 0 {
		layout = "2006-01-02T15:04:05"
	}
	if offset != 0 {
		return t.Format(layout + "-07:00")
	}
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format(layout)
}

// scalar gives a single value as text.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		if !finite(v) {
			return "", false
		}
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}

// values gives a canonical value as its texts.
func values(v any) []string {
	switch v := v.(type) {
	case []string:
		return v
	case nil, []any, []map[string]any, map[string]any:
		return []string{}
	default:
		s, _ := scalar(v)
		if s == "" {
			return []string{}
		}
		return []string{s}
	}
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case []string:
		return len(v) == 0
	case []any:
		return len(v) == 0
	case []map[string]any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// oneLine makes one line of text: valid UTF-8, no control characters, single blanks.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || r == '\uFEFF':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

// block cleans several lines of text: valid UTF-8, newlines as \n, no other control characters than tabs, no
// blank lines around it. Indentation of the first line stays, it means something in Markdown, but in blanks: a
// literal block of YAML that begins with a tab cannot be read back.
func block(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) || r == '\uFEFF' {
			return -1
		}
		return r
	}, s)
	s = strings.TrimRightFunc(s, unicode.IsSpace)
	for {
		line, rest, more := strings.Cut(s, "\n")
		if more && strings.TrimSpace(line) == "" {
			s = rest
			continue
		}
		text := strings.TrimLeft(s, " \t")
		return strings.ReplaceAll(s[:len(s)-len(text)], "\t", "    ") + text
	}
}
