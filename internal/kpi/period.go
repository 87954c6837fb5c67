// Package kpi owns the values of KPIs: what a period is, that a value is never silently overwritten, and how
// values come in and go out. It refuses to know SQL, HTTP and screens.
package kpi

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Rhythm is how often a KPI is measured; the values are those of the kind's field "rhythm".
type Rhythm string

// The rhythms.
const (
	Daily     Rhythm = "day"
	Weekly    Rhythm = "week"
	Monthly   Rhythm = "month"
	Quarterly Rhythm = "quarter"
	Yearly    Rhythm = "year"
)

var periodPattern = regexp.MustCompile(`^(\d{4})(?:-(?:W(\d{2})|Q([1-4])|(\d{2})(?:-(\d{2}))?))?$`)

// Period is a stretch of time a value stands for: "2026-03-14", "2026-W11", "2026-03", "2026-Q1" or "2026".
type Period struct {
	Text   string
	Start  time.Time // first day, midnight UTC
	Rhythm Rhythm
}

// ParsePeriod reads a period. Weeks are ISO 8601 weeks.
func ParsePeriod(s string) (Period, error) {
	m := periodPattern.FindStringSubmatch(s)
	if m == nil {
		return Period{}, fmt.Errorf("period %q: want 2026-03-14, 2026-W11, 2026-03, 2026-Q1 or 2026", s)
	}
	num := func(t string) int {
		n, _ := strconv.Atoi(t) // digits, by the pattern; "" is 0
		return n
	}
	year := num(m[1])
	date := func(mon time.Month, d int) time.Time { return time.Date(year, mon, d, 0, 0, 0, 0, time.UTC) }
	switch {
	case m[2] != "":
		start := weekStart(year, num(m[2]))
		if y, w := start.ISOWeek(); y != year || w != num(m[2]) {
			return Period{}, fmt.Errorf("period %q: the year %d has no such week", s, year)
		}
		return Period{s, start, Weekly}, nil
	case m[3] != "":
		return Period{s, date(time.Month(3*num(m[3])-2), 1), Quarterly}, nil
	case m[5] != "":
		t, err := time.Parse(time.DateOnly, s)
		if err != nil {
			return Period{}, fmt.Errorf("period %q: no such day", s)
		}
		return Period{s, t, Daily}, nil
	case m[4] != "":
		if n := num(m[4]); n < 1 || n > 12 {
			return Period{}, fmt.Errorf("period %q: no such month", s)
		}
		return Period{s, date(time.Month(num(m[4])), 1), Monthly}, nil
	}
	return Period{s, date(time.January, 1), Yearly}, nil
}

// weekStart is the Monday of an ISO week: the week with the year's first Thursday is the first.
func weekStart(year, week int) time.Time {
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	return monday.AddDate(0, 0, 7*(week-1))
}

// End is the first moment after the period.
func (p Period) End() time.Time {
	switch p.Rhythm {
	case Weekly:
		return p.Start.AddDate(0, 0, 7)
	case Monthly:
		return p.Start.AddDate(0, 1, 0)
	case Quarterly:
		return p.Start.AddDate(0, 3, 0)
	case Yearly:
		return p.Start.AddDate(1, 0, 0)
	}
	return p.Start.AddDate(0, 0, 1)
}

// PeriodOf gives the period of a rhythm that holds a moment.
func PeriodOf(r Rhythm, t time.Time) Period {
	t = t.UTC()
	var s string
	switch r {
	case Daily:
		s = t.Format(time.DateOnly)
	case Weekly:
		y, w := t.ISOWeek()
		s = fmt.Sprintf("%04d-W%02d", y, w)
	case Quarterly:
		s = fmt.Sprintf("%04d-Q%d", t.Year(), (int(t.Month())+2)/3)
	case Yearly:
		s = fmt.Sprintf("%04d", t.Year())
	default:
		s = t.Format("2006-01")
	}
	p, err := ParsePeriod(s)
	if err != nil { // only for years beyond 9999
		return Period{Text: s, Start: t, Rhythm: r}
	}
	return p
}
