package kpi

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/page"
)

func TestParsePeriod(t *testing.T) {
	tests := []struct {
		in, start, end string
		rhythm         Rhythm
	}{
		{"2026-03-14", "2026-03-14", "2026-03-15", Daily},
		{"2024-02-29", "2024-02-29", "2024-03-01", Daily},
		{"2026-W11", "2026-03-09", "2026-03-16", Weekly},
		{"2026-W01", "2025-12-29", "2026-01-05", Weekly},
		{"2020-W53", "2020-12-28", "2021-01-04", Weekly},
		{"2026-03", "2026-03-01", "2026-04-01", Monthly},
		{"2026-Q4", "2026-10-01", "2027-01-01", Quarterly},
		{"2026", "2026-01-01", "2027-01-01", Yearly},
		{"2026-13", "", "", ""}, {"2026-00", "", "", ""}, {"2026-02-30", "", "", ""}, {"2021-W53", "", "", ""}, {"2026-W00", "", "", ""},
		{"2026-Q5", "", "", ""}, {"26-03", "", "", ""}, {"", "", "", ""}, {"2026-3", "", "", ""}, {"2026-03 ", "", "", ""},
	}
	for _, tt := range tests {
		p, err := ParsePeriod(tt.in)
		if tt.start == "" {
			if err == nil {
				t.Errorf("%q was taken as %v", tt.in, p)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", tt.in, err)
			continue
		}
		if got := p.Start.Format(time.DateOnly); got != tt.start || p.Rhythm != tt.rhythm {
			t.Errorf("%q starts %s (%s), want %s (%s)", tt.in, got, p.Rhythm, tt.start, tt.rhythm)
		}
		if got := p.End().Format(time.DateOnly); got != tt.end {
			t.Errorf("%q ends %s, want %s", tt.in, got, tt.end)
		}
		if again := PeriodOf(p.Rhythm, p.Start); again.Text != tt.in {
			t.Errorf("the start of %q lies in %q", tt.in, again.Text)
		}
	}
}

func TestParseNumber(t *testing.T) {
	for in, want := range map[string]float64{
		"1.234,5": 1234.5, "1234.5": 1234.5, "12": 12, "-3,5": -3.5, "−3,5": -3.5, "1 234,5": 1234.5, "0,0": 0, "1.5": 1.5, "2e3": 2000,
	} {
		if got, ok := ParseNumber(in); !ok || got != want {
			t.Errorf("ParseNumber(%q) = %v, %v; want %v", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "zwölf", "1,2,3", "1,234.5", "NaN", "Inf", "0x10", "1_000", "--1"} {
		if got, ok := ParseNumber(in); ok {
			t.Errorf("ParseNumber(%q) = %v, want refused", in, got)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add("period,value\n2026-01,1.5\n")
	f.Add("period,value,n,state,note,source,received_at,version\n2026-W02,\"1,5\",10,provisional,x,csv,2026-01-20T08:00:00Z,2\n")
	f.Fuzz(func(t *testing.T, in string) {
		values, err := ReadCSV(strings.NewReader(in))
		if err != nil {
			return
		}
		var buf bytes.Buffer
		if err := WriteCSV(&buf, values); err != nil {
			t.Fatal(err)
		}
		again, err := ReadCSV(&buf)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if len(again) != len(values) {
			t.Fatalf("%d values became %d", len(values), len(again))
		}
		for i := range values { // line ends inside quoted notes are folded by the CSV reader
			if again[i].Period != values[i].Period || again[i].Value != values[i].Value || again[i].Version != values[i].Version {
				t.Fatalf("value %d: %+v became %+v", i, values[i], again[i])
			}
		}
	})
}

type fakeStore struct{ saved []page.KPIValue }

func (f *fakeStore) KPIValues(context.Context, page.ID) ([]page.KPIValue, error) { return f.saved, nil }
func (f *fakeStore) SaveKPIValues(_ context.Context, _ page.ID, v []page.KPIValue) (int, error) {
	f.saved = append(f.saved, v...)
	return len(v), nil
}

type fakePages struct{ may bool }

func (f fakePages) PageByRef(context.Context, access.Actor, string) (page.Page, error) {
	return page.Page{}, nil
}
func (f fakePages) Kinds() *kind.Set { return nil }
func (f fakePages) Allowed(context.Context, access.Actor, access.Action, page.Page) bool {
	return f.may
}

func TestRecord(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	monthly := page.Page{Fields: page.Fields{"rhythm": "month"}}
	tests := []struct {
		name  string
		entry Entry
		bad   []string
	}{
		{"a value", Entry{Period: "2026-10", Value: "12,5", N: "1.200", State: "provisional"}, nil},
		{"state defaults to final", Entry{Period: "2026-10", Value: "12"}, nil},
		{"every mistake at once", Entry{Period: "Oktober", Value: "viel", N: "-1", State: "vielleicht"}, []string{"period", "value", "n", "state"}},
		{"wrong rhythm", Entry{Period: "2026-W40", Value: "1"}, []string{"period"}},
		{"the future", Entry{Period: "2027-01", Value: "1"}, []string{"period"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st := &fakeStore{}
			err := New(st, fakePages{true}, func() time.Time { return now }).Record(t.Context(), access.Actor{}, monthly, tt.entry)
			var names []string
			for _, f := range errs.FieldsOf(err) {
				names = append(names, f.Name)
			}
			if diff := cmp.Diff(tt.bad, names); diff != "" {
				t.Error(diff)
			}
			if saved := len(st.saved) == 1; saved != (tt.bad == nil) {
				t.Errorf("saved %v", st.saved)
			}
		})
	}
	err := New(&fakeStore{}, fakePages{false}, func() time.Time { return now }).Record(t.Context(), access.Actor{}, monthly, Entry{Period: "2026-10", Value: "1"})
	if !errs.Is(err, errs.NotFound) {
		t.Errorf("without the right to edit: %v, want not found", err)
	}
}
