package kind

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Precision tells how exactly a date is known.
type Precision uint8

// The precisions, from coarse to fine.
const (
	PrecisionYear Precision = iota + 1
	PrecisionMonth
	PrecisionDay
	PrecisionMinute
	PrecisionSecond
)

var (
	dateISO    = regexp.MustCompile(`^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?\s?(Z|[+-]\d{2}:?\d{2})?)?)?)?$`)
	dateGerman = regexp.MustCompile(`^(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})(?:,? (?:um )?(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?: Uhr)?)?$`)
	dateMonth  = regexp.MustCompile(`^(\d{1,2})[./](\d{4})$`)
)

// ParseDate reads "14.03.2026", "14.3.2026 10:30", "03.2026", "2026" and their ISO forms, and gives the ISO
// form with the precision kept: "2026-03-14T10:30". An offset is kept, fractions of a second are not.
func ParseDate(s string) (iso string, precision Precision, ok bool) {
	s = strings.TrimSpace(s)
	var year, month, day, hour, minute, second, zone string
	if m := dateISO.FindStringSubmatch(s); m != nil {
		year, month, day, hour, minute, second, zone = m[1], m[2], m[3], m[4], m[5], m[6], m[7]
	} else if m := dateGerman.FindStringSubmatch(s); m != nil {
		day, month, year, hour, minute, second = m[1], m[2], m[3], m[4], m[5], m[6]
	} else if m := dateMonth.FindStringSubmatch(s); m != nil {
		month, year = m[1], m[2]
	} else {
		return "", 0, false
	}
	number := func(s string, other int) int {
		if n, err := strconv.Atoi(s); err == nil {
			return n
		}
		return other
	}
	y, mo, d := number(year, 0), number(month, 1), number(day, 1)
	h, mi, sec := number(hour, 0), number(minute, 0), number(second, 0)
	t := time.Date(y, time.Month(mo), d, h, mi, sec, 0, time.UTC)
	// A day that does not exist comes back as another one.
	if y < 1000 || t.Year() != y || int(t.Month()) != mo || t.Day() != d || t.Hour() != h || t.Minute() != mi || t.Second() != sec {
		return "", 0, false
	}
	zone, ok = offset(zone)
	switch {
	case !ok:
		return "", 0, false
	case month == "":
		return t.Format("2006"), PrecisionYear, true
	case day == "":
		return t.Format("2006-01"), PrecisionMonth, true
	case hour == "":
		return t.Format("2006-01-02"), PrecisionDay, true
	case second == "":
		return t.Format("2006-01-02T15:04") + zone, PrecisionMinute, true
	}
	return t.Format("2006-01-02T15:04:05") + zone, PrecisionSecond, true
}

// offset normalises the offset of a time: "" for none, "Z", "+01:00".
func offset(zone string) (string, bool) {
	if zone == "" || zone == "Z" {
		return zone, true
	}
	digits := strings.ReplaceAll(zone[1:], ":", "")
	h, errH := strconv.Atoi(digits[:2])
	m, errM := strconv.Atoi(digits[2:])
	if errH != nil || errM != nil || h > 14 || m > 59 {
		return "", false
	}
	if h == 0 && m == 0 {
		return "Z", true
	}
	return fmt.Sprintf("%c%02d:%02d", zone[0], h, m), true
}

// FormatDate writes an ISO date for people: German "14.03.2026 10:30", otherwise ISO with a blank before the
// time. What is no ISO date comes back as it is. ParseDate reads the result as the same date.
func FormatDate(iso, lang string) string {
	m := dateISO.FindStringSubmatch(iso)
	if m == nil {
		return iso
	}
	clock := ""
	if m[4] != "" {
		if m[7] != "" { // the German form has no offset
			return strings.Replace(iso, "T", " ", 1)
		}
		clock = " " + m[4] + ":" + m[5]
		if m[6] != "" {
			clock += ":" + m[6]
		}
	}
	switch {
	case m[2] == "":
		return m[1]
	case lang == "en" && m[3] == "":
		return m[1] + "-" + m[2]
	case lang == "en":
		return m[1] + "-" + m[2] + "-" + m[3] + clock
	case m[3] == "":
		return m[2] + "." + m[1]
	}
	return m[3] + "." + m[2] + "." + m[1] + clock
}
