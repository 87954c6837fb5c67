package web

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"lernraum/internal/errs"
)

func itoa(n int) string { return strconv.Itoa(n) }

// atoi reads a number of a form or an address; what is none counts as 0, which no revision and no page has.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// moment shows a date of any precision: "2026", "2026-11", "2026-11-21", "2026-11-21T14:30".
func (q *request) moment(s string) string {
	switch len(s) {
	case 7:
		return q.s.View.Period(q.lang, s)
	case 10:
		if t, err := time.Parse(time.DateOnly, s); err == nil {
			return q.s.View.Date(q.lang, t)
		}
	case 16:
		if t, err := time.Parse("2006-01-02T15:04", s); err == nil {
			return q.s.View.Date(q.lang, t) + ", " + s[11:]
		}
	}
	return s
}

// duration shows "10 min" in words.
func (q *request) duration(s string) string {
	n, unit, ok := strings.Cut(s, " ")
	key := "web.duration_" + unit
	v, err := strconv.ParseFloat(n, 64)
	if !ok || err != nil || !q.s.View.Has(q.lang, key) {
		return s
	}
	var count any = q.s.View.Num("en", v) // plural rules want whole numbers as such, others as they are written
	if v == math.Trunc(v) && math.Abs(v) < 1e9 {
		count = int(v)
	}
	return q.s.View.Message(q.lang, errs.Msg(key, "Count", count, "N", q.s.View.Num(q.lang, v)))
}

// short bounds what somebody looks for in a list: more words than a title has find nothing more.
func short(s string) string {
	const most = 12
	words := strings.Fields(s)
	if len(words) > most {
		words = words[:most]
	}
	s = strings.Join(words, " ")
	if r := []rune(s); len(r) > maxQuestion {
		s = string(r[:maxQuestion])
	}
	return s
}
