package view

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// formats writes numbers and dates as a language does.
type formats struct {
	thousands, decimal string
	english            bool
	months             [13]string
	time               [2]string // before and after the time of day
	week               [2]string // before and after the number
	quarter            [2]string
	loc                *time.Location
}

func newFormats(c *catalogue, loc *time.Location) formats {
	f := formats{thousands: ".", decimal: ",", loc: loc, english: c.lang == English}
	if f.english {
		f.thousands, f.decimal = ",", "."
	}
	for i := 1; i <= 12; i++ {
		f.months[i] = c.text("view.month." + strconv.Itoa(i))
	}
	f.time[0], f.time[1], _ = strings.Cut(c.plain["view.format.time"], "#")
	f.week[0], f.week[1], _ = strings.Cut(c.plain["view.format.week"], "#")
	f.quarter[0], f.quarter[1], _ = strings.Cut(c.plain["view.format.quarter"], "#")
	return f
}

// num writes a number as short as it is exact; what has more than four decimals was computed and is rounded
// to two, or to three significant digits below one.
func (f *formats) num(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	s := strconv.FormatFloat(math.Abs(v), 'f', -1, 64)
	whole, frac, _ := strings.Cut(s, ".")
	if len(frac) > 4 {
		digits := 2
		if a := math.Abs(v); a < 1 && a > 0 {
			digits = min(2-int(math.Floor(math.Log10(a))), 12)
		}
		whole, frac, _ = strings.Cut(strconv.FormatFloat(math.Abs(v), 'f', digits, 64), ".")
		frac = strings.TrimRight(frac, "0")
	}
	return f.join(v < 0 && (strings.Trim(whole, "0") != "" || frac != ""), whole, frac)
}

func (f *formats) int(v int64) string {
	s := strconv.FormatInt(v, 10)
	s, neg := strings.CutPrefix(s, "-")
	return f.join(neg, s, "")
}

func (f *formats) join(neg bool, whole, frac string) string {
	if !neg && len(whole) <= 3 && frac == "" {
		return whole
	}
	var b strings.Builder
	if neg {
		b.WriteString("−")
	}
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(f.thousands)
		}
		b.WriteRune(r)
	}
	if frac != "" {
		b.WriteString(f.decimal)
		b.WriteString(frac)
	}
	return b.String()
}

// date writes a day. Midnight in UTC is a day without a time and stays that day everywhere.
func (f *formats) date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return string(f.appendDay(make([]byte, 0, 24), f.local(t)))
}

func (f *formats) datetime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(f.loc)
	b := f.appendDay(make([]byte, 0, 40), t)
	b = append(b, ", "...)
	b = append(b, f.time[0]...)
	b = t.AppendFormat(b, "15:04")
	return string(append(b, f.time[1]...))
}

func (f *formats) local(t time.Time) time.Time {
	u := t.UTC()
	if u.Hour() == 0 && u.Minute() == 0 && u.Second() == 0 && u.Nanosecond() == 0 {
		return u
	}
	return t.In(f.loc)
}

func (f *formats) appendDay(b []byte, t time.Time) []byte {
	if f.english {
		b = strconv.AppendInt(b, int64(t.Day()), 10)
		b = append(b, ' ')
		b = append(b, f.months[t.Month()]...)
		b = append(b, ' ')
		return strconv.AppendInt(b, int64(t.Year()), 10)
	}
	return t.AppendFormat(b, "02.01.2006")
}

// period writes the period of a KPI value: 2026-03-14, 2026-W11, 2026-03, 2026-Q1, 2026. What is none of
// these is shown as it is.
func (f *formats) period(p string) string {
	year, rest, ok := strings.Cut(p, "-")
	if !ok {
		return p
	}
	switch {
	case strings.HasPrefix(rest, "W"):
		return f.week[0] + strings.TrimLeft(rest[1:], "0") + f.week[1] + year
	case strings.HasPrefix(rest, "Q"):
		return f.quarter[0] + rest[1:] + f.quarter[1] + year
	case len(rest) == 2:
		if m, err := strconv.Atoi(rest); err == nil && m >= 1 && m <= 12 {
			return f.months[m] + " " + year
		}
	default:
		if t, err := time.Parse(time.DateOnly, p); err == nil {
			return f.date(t)
		}
	}
	return p
}

// size writes a number of bytes in decimal units.
func (f *formats) size(n int64) string {
	const unit = 1000
	if n < unit {
		return f.int(n) + " B"
	}
	v, units := float64(n)/unit, "kMGTP"
	i := 0
	for v >= unit && i < len(units)-1 {
		v /= unit
		i++
	}
	if v >= 10 {
		v = math.Round(v)
	} else {
		v = math.Round(v*10) / 10
	}
	return f.num(v) + " " + units[i:i+1] + "B"
}
