package view

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"lernraum/internal/errs"
)

var update = flag.Bool("update", false, "write the goldens anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; look at it and run with -update when it is meant", path)
	}
}

// chartFile gives nil where there is nothing to draw.
func chartFile(t *testing.T, r *Renderer, d ChartData) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.ChartFile(&b, d); err != nil && !errs.Is(err, errs.NotFound) {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestChartGoldens(t *testing.T) {
	r := newRenderer(t)
	golden(t, "chart.svg", chartFile(t, r, months(German, 36)))
	golden(t, "chart-en.html", []byte(r.LineChart(months(English, 13))))
	golden(t, "spark.html", []byte(r.Sparkline(months(German, 12))))
}

var (
	coordinate = regexp.MustCompile(` (?:x|y|x1|x2|y1|y2|cx|cy|width|height)="([^"%]*)%?"`)
	points     = regexp.MustCompile(` points="([^"]*)"`)
)

// checkPicture says what is wrong with a picture: not well-formed, an id twice, a script, a style, or a
// coordinate that is not a number inside the picture.
func checkPicture(t *testing.T, svg []byte) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(svg))
	ids := map[string]bool{}
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, svg)
		}
		el, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range el.Attr {
			if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") || el.Name.Local == "script" {
				t.Errorf("<%s %s>", el.Name.Local, a.Name.Local)
			}
			if a.Name.Local == "id" {
				if ids[a.Value] {
					t.Errorf("id %s twice", a.Value)
				}
				ids[a.Value] = true
			}
		}
	}
	check := func(s string) {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(v) || v < -20 || v > 1000 {
			t.Errorf("coordinate %q", s)
		}
	}
	for _, m := range coordinate.FindAllSubmatch(svg, -1) {
		check(string(m[1]))
	}
	for _, m := range points.FindAllSubmatch(svg, -1) {
		for _, p := range strings.Fields(string(m[1])) {
			x, y, _ := strings.Cut(p, ",")
			check(x)
			check(y)
		}
	}
}

func series(values ...float64) ChartData {
	d := ChartData{Title: "Reihe", Unit: "Tage", Lang: German}
	for i, v := range values {
		d.Points = append(d.Points, ChartPoint{Label: strconv.Itoa(i), T: time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC), Value: v})
	}
	return d
}

func TestChartEdges(t *testing.T) {
	r := newRenderer(t)
	nan, inf := math.NaN(), math.Inf(1)
	for name, tt := range map[string]struct {
		d     ChartData
		empty bool
	}{
		"nothing": {series(), true}, "only nonsense": {series(nan, inf, -inf), true},
		"one": {series(5), false}, "one zero": {series(0), false}, "two": {series(1, 2), false},
		"constant": {series(3, 3, 3, 3), false}, "constant zero": {series(0, 0), false}, "constant negative": {series(-3, -3), false},
		"negative": {series(-5, -1, -9), false}, "around zero": {series(-5, 5), false}, "gaps": {series(1, nan, 3), false},
		"tiny": {series(1e-9, 2e-9, 1.5e-9), false}, "huge": {series(1e12, 2e12), false}, "nearly constant": {series(1e6, 1e6+1e-6), false}, "beyond all": {series(1e300, 1), false},
	} {
		t.Run(name, func(t *testing.T) {
			tt.d.Target = []TargetStep{{Value: 4}, {Value: nan}}
			for kind, got := range map[string][]byte{"page": []byte(r.LineChart(tt.d)), "file": chartFile(t, r, tt.d), "spark": []byte(r.Sparkline(tt.d))} {
				if (len(got) == 0) != tt.empty {
					t.Errorf("%s: %d bytes", kind, len(got))
				}
				checkPicture(t, got)
			}
		})
	}
}

func TestChartProperties(t *testing.T) {
	r := newRenderer(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		d := ChartData{Title: "a", Lang: languages[rnd.IntN(2)]}
		scale := math.Pow(10, float64(rnd.IntN(12)-6))
		for i := range rnd.IntN(200) {
			d.Points = append(d.Points, ChartPoint{Label: "p", T: time.UnixMilli(int64(i) * rnd.Int64N(1e10)), Value: (rnd.Float64() - 0.4) * scale, Provisional: rnd.IntN(9) == 0})
		}
		for range rnd.IntN(3) {
			d.Target = append(d.Target, TargetStep{From: time.UnixMilli(rnd.Int64N(1e11)), Value: rnd.Float64() * scale})
		}
		for range rnd.IntN(3) {
			d.Marks = append(d.Marks, ChartMark{T: time.UnixMilli(rnd.Int64N(1e11)), Label: `"&<`})
		}
		checkPicture(t, []byte(r.LineChart(d)))
		c := newChart(d, r.cats[German])
		if c == nil {
			continue
		}
		ticks := c.ticks()
		if len(ticks) < 3 || len(ticks) > 8 {
			t.Errorf("%d ticks from %v to %v", len(ticks), c.lo, c.hi)
		}
		for _, p := range c.Points {
			if p.Value < c.lo-c.step*1e-6 || p.Value > c.hi+c.step*1e-6 {
				t.Errorf("%v lies outside the axis %v to %v", p.Value, c.lo, c.hi)
			}
		}
	}
}

// What colour shows is also said in words, and the order of points does not matter.
func TestChartSaysWhatItShows(t *testing.T) {
	r := newRenderer(t)
	d := months(German, 36)
	got := string(r.LineChart(d))
	for _, want := range []string{`role="img"`, "36 Werte von 01.2024 bis 12.2026", "Ziel 10 Tage", "vorläufig", `lr-chart__dot--open`, "1: Neue Vorlage &amp; mehr"} {
		if !strings.Contains(got, want) {
			t.Errorf("the chart does not say %q", want)
		}
	}
	if strings.Contains(got, "später") {
		t.Error("a mark outside the time of the series is drawn")
	}
	d.Points[0], d.Points[35] = d.Points[35], d.Points[0]
	if string(r.LineChart(d)) != got {
		t.Error("the order of the points changes the picture")
	}
}
