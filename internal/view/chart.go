package view

import (
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"lernraum/internal/errs"
)

// ChartData is a time series to draw. Points are in the order of time; Label is the period as a person reads
// it. Title names the series, Desc says in words what it shows: both are part of the picture. An empty Desc is
// filled with range and extremes.
type ChartData struct {
	Title  string
	Desc   string
	Unit   string
	Lang   string
	Points []ChartPoint
	Target []TargetStep // empty: no target
	Marks  []ChartMark
	ID     string // prefix of the ids in the picture, unique on the page; "" is "chart"
}

// ChartPoint is one value. A provisional one is drawn as an open circle.
type ChartPoint struct {
	Label       string
	T           time.Time
	Value       float64
	Provisional bool
}

// TargetStep is a target that holds from a time on. A zero From holds from the first point.
type TargetStep struct {
	From  time.Time
	Value float64
}

// ChartMark is something that happened; it is drawn with its number, the labels stand in a list beside.
type ChartMark struct {
	T     time.Time
	Label string
	URL   string
}

// Measures of a chart in pixels. Horizontal positions are percentages, so that the picture is as wide as its
// place while its text keeps the size of the page: readable at 360 px and on paper.
const (
	chartHeight = 280
	chartTop    = 40 // below it the plot; above it unit and numbers of marks
	chartBottom = 28 // for the periods
	chartLeft   = 9.0
	chartRight  = 97.0
	chartDots   = 120 // with more points only the line and the newest point are drawn
	plotWidth   = 1000
)

// LineChart draws a series as an accessible picture for a page. No usable value gives nothing.
func (r *Renderer) LineChart(d ChartData) template.HTML {
	c := newChart(d, r.catalogue(d.Lang))
	if c == nil {
		return ""
	}
	return svg(c.draw(inPage))
}

// ChartFile draws the same picture as a file of its own, in light colours. Without a usable value there is
// nothing to draw: errs.NotFound.
func (r *Renderer) ChartFile(w io.Writer, d ChartData) error {
	c := newChart(d, r.catalogue(d.Lang))
	if c == nil {
		return &errs.Error{Kind: errs.NotFound, Op: "view: draw chart of " + d.Title + " without values"}
	}
	if _, err := w.Write(c.draw(asFile)); err != nil {
		return fmt.Errorf("view: write chart: %w", err)
	}
	return nil
}

// Sparkline draws a series as a small line for a table whose cells say the values.
func (r *Renderer) Sparkline(d ChartData) template.HTML {
	c := newChart(d, r.catalogue(d.Lang))
	if c == nil {
		return ""
	}
	return svg(c.spark())
}

// svg is the one way from a picture drawn here to a view.
func svg(b []byte) template.HTML { return template.HTML(b) }

// chart is a series with its scales.
type chart struct {
	ChartData
	cat    *catalogue
	x      []float64 // of the points, 0…1
	lo, hi float64   // of the axis
	step   float64
	t0, t1 time.Time
}

// newChart leaves out what is not a number and finds the scales; nil when nothing is left.
func newChart(d ChartData, cat *catalogue) *chart {
	finite := func(v float64) bool { return !math.IsNaN(v) && math.Abs(v) <= 1e15 }
	d.Points = slices.DeleteFunc(slices.Clone(d.Points), func(p ChartPoint) bool { return !finite(p.Value) })
	d.Target = slices.DeleteFunc(slices.Clone(d.Target), func(s TargetStep) bool { return !finite(s.Value) })
	if len(d.Points) == 0 {
		return nil
	}
	slices.SortStableFunc(d.Points, func(a, b ChartPoint) int { return a.T.Compare(b.T) })
	slices.SortStableFunc(d.Target, func(a, b TargetStep) int { return a.From.Compare(b.From) })
	if d.ID == "" {
		d.ID = "chart"
	}
	c := &chart{ChartData: d, cat: cat, t0: d.Points[0].T, t1: d.Points[len(d.Points)-1].T}
	c.x = make([]float64, len(d.Points))
	for i, p := range d.Points {
		switch {
		case len(d.Points) == 1:
			c.x[i] = 0.5
		case c.t1.After(c.t0):
			c.x[i] = c.at(p.T)
		default:
			c.x[i] = float64(i) / float64(len(d.Points)-1)
		}
	}
	c.scale()
	if c.Desc == "" {
		c.Desc = c.describe()
	}
	return c
}

// at is the place of a time on the axis, 0…1 between the first and the last point.
func (c *chart) at(t time.Time) float64 {
	if !c.t1.After(c.t0) {
		return 0.5
	}
	return float64(t.Sub(c.t0)) / float64(c.t1.Sub(c.t0))
}

// scale chooses an axis with round steps around all values and targets. It begins at zero when the values
// reach near it.
func (c *chart) scale() {
	lo, hi := c.Points[0].Value, c.Points[0].Value
	for _, p := range c.Points {
		lo, hi = min(lo, p.Value), max(hi, p.Value)
	}
	for _, s := range c.Target {
		lo, hi = min(lo, s.Value), max(hi, s.Value)
	}
	if lo >= 0 && lo <= hi-lo {
		lo = 0
	}
	if span := hi - lo; span <= math.Max(math.Abs(lo), math.Abs(hi))*1e-9 {
		pad := math.Abs(hi) * 0.1
		if pad == 0 {
			pad = 1
		}
		lo, hi = lo-pad, hi+pad
	}
	c.step = niceStep((hi - lo) / 4)
	c.lo = math.Floor(lo/c.step+1e-9) * c.step
	c.hi = math.Ceil(hi/c.step-1e-9) * c.step
}

// niceStep is the next of 1, 2, 2.5 and 5 times a power of ten.
func niceStep(raw float64) float64 {
	pow := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, f := range []float64{1, 2, 2.5, 5} {
		if raw <= f*pow*(1+1e-9) {
			return f * pow
		}
	}
	return 10 * pow
}

// ticks are the values of the axis from bottom to top.
func (c *chart) ticks() []float64 {
	n := int(math.Round((c.hi - c.lo) / c.step))
	digits := max(0, 1-int(math.Floor(math.Log10(c.step))))
	pow := math.Pow(10, float64(min(digits, 12)))
	t := make([]float64, 0, n+1)
	for i := 0; i <= n; i++ {
		t = append(t, math.Round((c.lo+float64(i)*c.step)*pow)/pow)
	}
	return t
}

func (c *chart) describe() string {
	first, last := c.Points[0], c.Points[len(c.Points)-1]
	lo, hi := first.Value, first.Value
	for _, p := range c.Points {
		lo, hi = min(lo, p.Value), max(hi, p.Value)
	}
	return c.cat.message(errs.Msg("view.chart.desc", "Count", len(c.Points), "From", first.Label, "To", last.Label,
		"Last", c.withUnit(last.Value), "Min", c.cat.format.num(lo), "Max", c.cat.format.num(hi)))
}

func (c *chart) withUnit(v float64) string {
	s := c.cat.format.num(v)
	if c.Unit != "" {
		s += " " + c.Unit
	}
	return s
}

// labels chooses up to five points whose periods are written below the axis, the first and the last always.
func (c *chart) labels() []int {
	n := len(c.Points)
	if n == 1 {
		return []int{0}
	}
	k := min(n, 4)
	out := make([]int, 0, k)
	for i := range k {
		if j := int(math.Round(float64(i) * float64(n-1) / float64(k-1))); len(out) == 0 || out[len(out)-1] != j {
			out = append(out, j)
		}
	}
	return out
}

// num writes a coordinate with two decimals at most.
func num(b []byte, v float64) []byte {
	v = math.Round(v*100) / 100
	if v == 0 {
		v = 0 // no "-0"
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

func targetMessage(value string) errs.Message { return errs.Msg("view.chart.target", "Value", value) }
