package kind

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// durationUnits are the units a duration is stored in, with the words people write for them.
var durationUnits = map[string][]string{
	"min": {"min", "min.", "mins", "minute", "minuten", "minutes"},
	"h":   {"h", "std", "std.", "stunde", "stunden", "hour", "hours", "hr", "hrs"},
	"d":   {"d", "tag", "tage", "tagen", "day", "days"},
	"w":   {"w", "woche", "wochen", "week", "weeks", "wk", "wks"},
	"mo":  {"mo", "monat", "monate", "monaten", "month", "months"},
	"y":   {"y", "jahr", "jahre", "jahren", "year", "years"},
}

var (
	durationPart  = regexp.MustCompile(`^(?:(\d{1,6}(?:[.,]\d{1,3})?) ?|(?:eine[mnrs]?|ein|one|an|a) )([a-z]+\.?)(?:,| und | and | )? ?`)
	durationClock = regexp.MustCompile(`^(\d{1,4}):([0-5]\d) ?(?:h|std\.?|stunden|hours)$`)
	durationForm  = regexp.MustCompile(`^(\d+(?:\.\d{1,3})?) (min|h|d|w|mo|y)$`)
)

// ParseDuration reads "10 Minuten", "2 Tage", "1,5 Std.", "1 h 30 min", "1:30 h", "a week" and gives "10 min",
// "2 d", "90 min", "90 min", "90 min", "1 w". A month is not 30 days and a day not 8 hours: units are not
// converted into each other, save hours into minutes and years into months where that leaves no fraction.
func ParseDuration(s string) (string, bool) {
	s = strings.ToLower(oneLine(s))
	if len(s) > 60 {
		return "", false
	}
	if m := durationClock.FindStringSubmatch(s); m != nil {
		h, _ := strconv.Atoi(m[1])
		minutes, _ := strconv.Atoi(m[2])
		return form(float64(h*60+minutes), "min")
	}
	type part struct {
		n    float64
		unit string
	}
	var parts []part
	for s != "" {
		m := durationPart.FindStringSubmatch(s)
		if m == nil {
			return "", false
		}
		p := part{n: 1, unit: durationUnit(m[2])}
		if m[1] != "" {
			p.n, _ = strconv.ParseFloat(strings.Replace(m[1], ",", ".", 1), 64)
		}
		if p.unit == "" {
			return "", false
		}
		parts = append(parts, p)
		s = s[len(m[0]):]
	}
	switch {
	case len(parts) == 1:
		return form(parts[0].n, parts[0].unit)
	case len(parts) == 2 && parts[0].unit == "h" && parts[1].unit == "min" && whole(parts[0].n) && whole(parts[1].n):
		return form(parts[0].n*60+parts[1].n, "min")
	case len(parts) == 2 && parts[0].unit == "y" && parts[1].unit == "mo" && whole(parts[0].n) && whole(parts[1].n):
		return form(parts[0].n*12+parts[1].n, "mo")
	}
	return "", false
}

// form writes a duration in its stored form, if ParseDuration would take that back.
func form(n float64, unit string) (string, bool) {
	if !whole(n) {
		switch {
		case unit == "h" && whole(round(n*60)):
			n, unit = round(n*60), "min"
		case unit == "y" && whole(round(n*12)):
			n, unit = round(n*12), "mo"
		}
	}
	return strconv.FormatFloat(round(n), 'f', -1, 64) + " " + unit, n < 1_000_000
}

func whole(n float64) bool    { return n == math.Trunc(n) }
func round(n float64) float64 { return math.Round(n*1000) / 1000 }

func durationUnit(word string) string {
	for unit, words := range durationUnits {
		for _, w := range words {
			if w == word {
				return unit
			}
		}
	}
	return ""
}

// SplitDuration takes a stored duration apart, for showing it in words; unit is min, h, d, w, mo or y.
func SplitDuration(s string) (n float64, unit string, ok bool) {
	m := durationForm.FindStringSubmatch(s)
	if m == nil {
		return 0, "", false
	}
	n, err := strconv.ParseFloat(m[1], 64)
	return n, m[2], err == nil
}
