package kpi

import (
	"strings"
	"testing"

	"lernraum/internal/errs"
)

func TestExactNumbers(t *testing.T) {
	for text, want := range map[string]float64{
		"1.5": 1.5, "-0.1": -0.1, "0": 0, "-0": 0, "1e3": 1000, "12.50": 12.5, "9007199254740993": -1, "0.1": 0.1, "1e-400": -1, "1e400": -2,
		"": -2, "NaN": -2, "Infinity": -2, "0x10": -2, "1_000": -2, "1,5": -2, "3.141592653589793238462643": -1, "1e999999999": -2, "1e-999999999": -1,
		"5e-324": 5e-324, "1.7976931348623157e308": 1.7976931348623157e308, "123456789.123456789": -1,
	} {
		got, err := exact(text)
		switch {
		case want == -2:
			if err == nil || err == errInexact {
				t.Errorf("%q is taken as %v (%v)", text, got, err)
			}
		case want == -1:
			if err != errInexact {
				t.Errorf("%q is taken as %v (%v)", text, got, err)
			}
		case err != nil || got != want:
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
}

func TestReadPush(t *testing.T) {
	got, err := ReadPush(strings.NewReader("\uFEFFvalue,period,note\r\n1.5,2026-03,\"a, b\"\n2,2026-04,\n"))
	if err != nil || len(got) != 2 || got[0] != (Push{Period: "2026-03", Value: "1.5", Note: "a, b"}) {
		t.Errorf("%+v, %v", got, err)
	}
	for in, line := range map[string]string{
		"": "line.1", "period,value\n": "line.1", "period\n2026\n": "line.1", "period,value,value\n2026,1,1\n": "line.1",
		"period,value,received_at\n2026,1,x\n": "line.1", "period,value\n2026,1\n2027\n": "line.3", "period,value\n2026,\"1\n": "line.2",
	} {
		_, err := ReadPush(strings.NewReader(in))
		fields := errs.FieldsOf(err)
		if len(fields) != 1 || fields[0].Name != line {
			t.Errorf("%q: %v", in, err)
		}
	}
	if _, err := ReadPush(strings.NewReader("period,value\n" + strings.Repeat("2026,1\n", maxPush+1))); !errs.Is(err, errs.TooLarge) {
		t.Errorf("a table without an end: %v", err)
	}
}
