package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// row is one line of the table. Limit and Ratio are 0 where nothing stands beside the figure.
type row struct {
	Pages  int     `json:"pages"`
	Key    string  `json:"key"`
	What   string  `json:"what"`
	Figure float64 `json:"figure"`
	Limit  float64 `json:"limit,omitempty"`
	Ratio  float64 `json:"ratio,omitempty"`
	Unit   string  `json:"unit"`
	Goal   string  `json:"goal,omitempty"`
	Met    *bool   `json:"met,omitempty"`
}

// report collects the rows of all sizes.
type report struct {
	Started  time.Time `json:"started"`
	Go       string    `json:"go"`
	Cores    int       `json:"cores"`
	Rounds   int       `json:"rounds"`
	Load     []string  `json:"load"` // of the machine, at the beginning and the end
	Revision string    `json:"revision,omitempty"`
	Rows     []row     `json:"rows"`
	Errors   []string  `json:"errors,omitempty"`
	pages    int
	started  time.Time
}

func newReport(rounds int) *report {
	r := &report{Started: time.Now().UTC().Truncate(time.Second), Go: runtime.Version(), Cores: runtime.NumCPU(), Rounds: rounds, Load: []string{loadNow()}}
	r.started = time.Now()
	if b, ok := debug.ReadBuildInfo(); ok {
		for _, s := range b.Settings {
			if s.Key == "vcs.revision" {
				r.Revision = s.Value
			}
		}
	}
	return r
}

// goal is what a figure shall reach.
type goal struct {
	text string
	met  func(figure, ratio float64) bool
}

func ratioAtLeast(x float64) goal {
	return goal{fmt.Sprintf("ratio ≥ %g", x), func(_, r float64) bool { return r >= x }}
}

func ratioAtMost(x float64) goal {
	return goal{fmt.Sprintf("ratio ≤ %g", x), func(_, r float64) bool { return r <= x }}
}

func atMost(x float64) goal {
	return goal{fmt.Sprintf("≤ %g", x), func(f, _ float64) bool { return f <= x }}
}

func atLeast(x float64) goal {
	return goal{fmt.Sprintf("≥ %g", x), func(f, _ float64) bool { return f >= x }}
}

// add puts a row into the report; limit 0 means there is none, a goal without words that there is none.
func (r *report) add(key, what, unit string, figure, limit float64, g goal) {
	line := row{Pages: r.pages, Key: key, What: what, Figure: round(figure), Limit: round(limit), Unit: unit, Goal: g.text}
	if limit > 0 {
		line.Ratio = round(figure / limit)
	}
	if g.met != nil {
		met := g.met(figure, line.Ratio)
		line.Met = &met
	}
	r.Rows = append(r.Rows, line)
}

// round keeps three digits that mean something.
func round(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return 0
	}
	p := math.Pow(10, 2-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*p) / p
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func number(x float64) string {
	switch {
	case x == 0:
		return ""
	case math.Abs(x) >= 1000:
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%g", x)
}

// print writes the table of one size.
func (r *report) print(w io.Writer, pages int) error {
	if _, err := fmt.Fprintf(w, "\n%d pages · %d cores · %s · %d rounds, median · load %s\n\n", pages, r.Cores, r.Go, r.Rounds, strings.Join(r.Load, " → ")); err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
	fmt.Fprintln(t, "row\tfigure\tlimit\tratio\tunit\tgoal\tmet")
	for _, l := range r.Rows {
		if l.Pages != pages {
			continue
		}
		met := ""
		if l.Met != nil {
			met = map[bool]string{true: "yes", false: "NO"}[*l.Met]
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.What, number(l.Figure), number(l.Limit), number(l.Ratio), l.Unit, l.Goal, met)
	}
	return t.Flush()
}

func (r *report) save(file string) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode figures: %w", err)
	}
	return os.WriteFile(file, append(raw, '\n'), 0o644)
}

// middle gives the median of what the rounds gave.
func middle(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(list))
	return s[len(s)/2]
}

// medians collects figures by name over the rounds.
type medians map[string][]float64

func (m medians) put(name string, x float64) { m[name] = append(m[name], x) }

func (m medians) get(name string) float64 { return middle(m[name]) }
