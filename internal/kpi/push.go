package kpi

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// SourcePush marks values that a program sent.
const SourcePush = "push"

// Push is a value as a program sends it: numbers as they were written, so that one that would come back as another
// is refused and not rounded.
type Push struct{ Period, Value, N, State, Note string }

// Push stores values that a program sends, all or none, and says how many were new or different. Sending the same
// again changes nothing. Mistakes are named by field; with more than one value the name begins with "values.3.".
func (s *Service) Push(ctx context.Context, a access.Actor, p page.Page, in []Push) (int, error) {
	if !s.MayRecord(ctx, a, p) {
		return 0, errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	var bad []errs.Field
	values := make([]page.KPIValue, 0, len(in))
	seen := map[string]bool{}
	for i, one := range in {
		v, found := s.pushed(p, one)
		if seen[v.Period] && v.Period != "" {
			found = append(found, errs.Field{Name: "period", Msg: errs.Msg("kpi.period_twice", "Period", v.Period)})
		}
		seen[v.Period] = true
		for _, f := range found {
			if len(in) > 1 {
				f.Name = "values." + strconv.Itoa(i) + "." + f.Name
			}
			bad = append(bad, f)
		}
		values = append(values, v)
	}
	if err := errs.Fields(bad); err != nil {
		return 0, err
	}
	return s.store.SaveKPIValues(ctx, p.ID, values)
}

func (s *Service) pushed(p page.Page, in Push) (page.KPIValue, []errs.Field) {
	v, bad := s.framed(p, in.Period, in.State, in.Note)
	v.Source = SourcePush
	number := func(name, text string, low float64) float64 {
		f, err := exact(text)
		switch {
		case errors.Is(err, errInexact):
			bad = append(bad, errs.Field{Name: name, Msg: errs.Msg("kpi.number_long")})
		case err != nil || f < low:
			bad = append(bad, errs.Field{Name: name, Msg: errs.Msg("kpi.number_bad")})
		}
		return f
	}
	v.Value = number("value", in.Value, math.Inf(-1))
	if in.N != "" {
		v.N = number("n", in.N, 0)
	}
	return v, inOrder(bad)
}

// framed checks what stands around the number of a value.
func (s *Service) framed(p page.Page, period, state, note string) (page.KPIValue, []errs.Field) {
	var bad []errs.Field
	add := func(name, key string, args ...any) {
		bad = append(bad, errs.Field{Name: name, Msg: errs.Msg(key, args...)})
	}
	v := page.KPIValue{State: state, Note: strings.TrimSpace(note), ReceivedAt: s.now().UTC()}
	at, err := ParsePeriod(strings.TrimSpace(period))
	rhythm, _ := p.Fields["rhythm"].(string)
	switch {
	case err != nil:
		add("period", "kpi.period_bad")
	case rhythm != "" && at.Rhythm != Rhythm(rhythm):
		add("period", "kpi.period_rhythm", "Example", PeriodOf(Rhythm(rhythm), s.now()).Text)
	case at.Start.After(s.now()):
		add("period", "kpi.period_future")
	}
	v.Period, v.Start = at.Text, at.Start
	if v.State == "" {
		v.State = "final"
	}
	if v.State != "final" && v.State != "provisional" {
		add("state", "kpi.state_bad")
	}
	if utf8.RuneCountInString(v.Note) > MaxNote {
		add("note", "kpi.note_long", "Max", MaxNote)
	}
	return v, bad
}

// inOrder puts mistakes in the order of the form.
func inOrder(bad []errs.Field) []errs.Field {
	slices.SortStableFunc(bad, func(a, b errs.Field) int {
		return slices.Index(pushColumns, a.Name) - slices.Index(pushColumns, b.Name)
	})
	return bad
}

var errInexact = errors.New("has more digits than are kept")

// maxDigits bounds the text of a number: no double needs more to be named.
const maxDigits = 40

// exact reads a number as programs write it. One that a double does not hold as it was written is refused: what
// comes back is what was sent.
func exact(s string) (float64, error) {
	if s == "" || len(s) > maxDigits || strings.ContainsAny(s, "xXpP_iInN") {
		return 0, fmt.Errorf("%q is no number", s)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return 0, fmt.Errorf("%q is no number", s)
	}
	mantissa, _, _ := strings.Cut(strings.ToLower(s), "e")
	if f == 0 {
		if strings.ContainsAny(mantissa, "123456789") { // smaller than anything that is kept
			return 0, errInexact
		}
		return 0, nil // also for -0
	}
	sent, ok := new(big.Rat).SetString(s)
	kept, ok2 := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
	if !ok || !ok2 || sent.Cmp(kept) != 0 {
		return 0, errInexact
	}
	return f, nil
}

// pushColumns are the columns a program may send; where a value comes from and when it came is not its to say.
var pushColumns = []string{"period", "value", "n", "state", "note"}

// maxPush bounds the values of one request: twenty years of days.
const maxPush = 8_000

// ReadPush reads a table with the columns period, value and, where wanted, n, state and note. Mistakes are named by
// line.
func ReadPush(r io.Reader) ([]Push, error) {
	in := csv.NewReader(r)
	refuse := func(line int, key string, args ...any) error {
		return errs.Fields([]errs.Field{{Name: "line." + strconv.Itoa(line), Msg: errs.Msg(key, args...)}})
	}
	head, err := in.Read()
	if err != nil {
		return nil, csvError(err)
	}
	at := map[string]int{}
	for i, name := range head {
		name = strings.TrimSpace(strings.TrimPrefix(name, "\uFEFF"))
		if _, twice := at[name]; twice || !slices.Contains(pushColumns, name) {
			return nil, refuse(1, "kpi.column_bad", "Known", strings.Join(pushColumns, ", "))
		}
		at[name] = i
	}
	for _, need := range pushColumns[:2] {
		if _, ok := at[need]; !ok {
			return nil, refuse(1, "kpi.column_missing", "Name", need)
		}
	}
	out := []Push{}
	for {
		row, err := in.Read()
		if err == io.EOF {
			if len(out) == 0 {
				return nil, refuse(1, "kpi.csv_empty")
			}
			return out, nil
		}
		if err != nil {
			return nil, csvError(err)
		}
		if len(out) == maxPush {
			return nil, errs.New(errs.TooLarge, errs.Msg("kpi.csv_long", "Max", maxPush))
		}
		cell := func(name string) string {
			if i, ok := at[name]; ok {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		out = append(out, Push{Period: cell("period"), Value: cell("value"), N: cell("n"), State: cell("state"), Note: cell("note")})
	}
}

// csvError names the line at which a table cannot be read. What is no fault of the table goes on as it is.
func csvError(err error) error {
	line := 1
	if bad, ok := errors.AsType[*csv.ParseError](err); ok {
		line = bad.Line
	} else if err != io.EOF {
		return fmt.Errorf("read values: %w", err)
	}
	return errs.Fields([]errs.Field{{Name: "line." + strconv.Itoa(line), Msg: errs.Msg("kpi.csv_bad")}})
}
