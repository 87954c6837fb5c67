package kpi

import (
	"errors"
	"strings"
	"testing"

	"lernraum/internal/errs"
)

func FuzzReadPush(f *testing.F) {
	f.Add("period,value\n2026-03,1.5\n")
	f.Add("\uFEFFvalue,period,note\r\n1,2026,\"a\nb\"\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		in, err := ReadPush(strings.NewReader(s))
		if err != nil && errs.KindOf(err) == errs.Internal {
			t.Fatalf("%q: %v", s, err)
		}
		for _, p := range in {
			if v, err := exact(p.Value); err != nil && v != 0 || errors.Is(err, errInexact) && p.Value == "" {
				t.Fatalf("%q is %v, %v", p.Value, v, err)
			}
		}
	})
}
