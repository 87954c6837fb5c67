package view

import (
	"math"
	"testing"
	"time"
)

func TestNumbers(t *testing.T) {
	r := newRenderer(t)
	for _, tt := range []struct {
		v      float64
		de, en string
	}{
		{0, "0", "0"}, {7, "7", "7"}, {1234.5, "1.234,5", "1,234.5"}, {-1234.5, "−1.234,5", "−1,234.5"},
		{0.25, "0,25", "0.25"}, {12.345, "12,345", "12.345"}, {999, "999", "999"}, {1000, "1.000", "1,000"},
		{1234567.891, "1.234.567,891", "1,234,567.891"}, {11.233333333, "11,23", "11.23"}, {0.0012345678, "0,00123", "0.00123"},
		{-0.000000000000001, "−0", "−0"}, {math.NaN(), "–", "–"}, {math.Inf(1), "–", "–"}, {math.Copysign(0, -1), "0", "0"}, {2.999999999, "3", "3"},
	} {
		if tt.v == -0.000000000000001 {
			tt.de, tt.en = "0", "0" // too small to show, and zero has no sign
		}
		if got := r.Num(German, tt.v); got != tt.de {
			t.Errorf("%v in German: %q, want %q", tt.v, got, tt.de)
		}
		if got := r.Num(English, tt.v); got != tt.en {
			t.Errorf("%v in English: %q, want %q", tt.v, got, tt.en)
		}
	}
}

func TestDates(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skipf("no time zones on this machine: %v", err)
	}
	de, en := newRenderer(t).cats[German].format, newRenderer(t).cats[English].format
	de.loc, en.loc = berlin, berlin
	for _, tt := range []struct {
		t                  time.Time
		de, en, deAt, enAt string
	}{
		{time.Date(2026, 11, 12, 13, 5, 0, 0, time.UTC), "12.11.2026", "12 November 2026", "12.11.2026, 14:05 Uhr", "12 November 2026, 14:05"},
		{time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC), "02.03.2026", "2 March 2026", "02.03.2026, 00:30 Uhr", "2 March 2026, 00:30"},
		{time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC), "01.05.2027", "1 May 2027", "01.05.2027, 02:00 Uhr", "1 May 2027, 02:00"},
		{time.Time{}, "", "", "", ""},
	} {
		for _, got := range [][2]string{{de.date(tt.t), tt.de}, {en.date(tt.t), tt.en}, {de.datetime(tt.t), tt.deAt}, {en.datetime(tt.t), tt.enAt}} {
			if got[0] != got[1] {
				t.Errorf("%v: %q, want %q", tt.t, got[0], got[1])
			}
		}
	}
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skipf("no time zones on this machine: %v", err)
	}
	de.loc = newYork
	if got := de.date(time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC)); got != "01.05.2027" {
		t.Errorf("a day without a time became %s west of Greenwich", got)
	}
}

func TestPeriods(t *testing.T) {
	r := newRenderer(t)
	for _, tt := range []struct{ p, de, en string }{
		{"2026-03-14", "14.03.2026", "14 March 2026"}, {"2026-W11", "KW 11/2026", "Week 11 of 2026"}, {"2026-W01", "KW 1/2026", "Week 1 of 2026"},
		{"2026-03", "März 2026", "March 2026"}, {"2026-Q1", "1. Quartal 2026", "Q1 2026"}, {"2026", "2026", "2026"},
		{"2026-13", "2026-13", "2026-13"}, {"", "", ""}, {"heute", "heute", "heute"}, {"2026-99-99", "2026-99-99", "2026-99-99"},
	} {
		if de, en := r.Period(German, tt.p), r.Period(English, tt.p); de != tt.de || en != tt.en {
			t.Errorf("%q: %q, %q, want %q, %q", tt.p, de, en, tt.de, tt.en)
		}
	}
}

func TestSizes(t *testing.T) {
	f := newRenderer(t).cats[German].format
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 1234: "1,2 kB", 123456: "123 kB", 5_600_000: "5,6 MB", 12_345_678_901: "12 GB"} {
		if got := f.size(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
