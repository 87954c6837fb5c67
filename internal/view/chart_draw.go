package view

import (
	"html"
	"strconv"
)

// palette says how a picture is coloured: in a page by its style sheet, with the colour of the text as a
// fallback; in a file by itself.
type palette struct {
	file                          bool
	ink, muted, grid, line, paper string
}

var (
	inPage = palette{ink: "currentColor", muted: "currentColor", grid: "currentColor", line: "currentColor", paper: "none"}
	asFile = palette{file: true, ink: "#171a2b", muted: "#404565", grid: "#c0c3d5", line: "#2044aa", paper: "#ffffff"}
)

// picture collects the text of an SVG.
type picture struct{ b []byte }

func (p *picture) raw(s ...string) {
	for _, s := range s {
		p.b = append(p.b, s...)
	}
}
func (p *picture) text(s string) { p.b = append(p.b, html.EscapeString(s)...) }
func (p *picture) attr(name string, v float64, unit string) {
	p.raw(" ", name, `="`)
	p.b = num(p.b, v)
	p.raw(unit, `"`)
}

func (c *chart) draw(pal palette) []byte {
	p := &picture{b: make([]byte, 0, 2048+96*len(c.Points))}
	h := strconv.Itoa(chartHeight)
	if pal.file {
		p.raw(`<svg xmlns="http://www.w3.org/2000/svg" width="720" height="`, h, `" viewBox="0 0 720 `, h,
			`" font-family="sans-serif" lang="`, c.cat.lang, `"`)
	} else {
		p.raw(`<svg class="lr-chart" width="100%" height="`, h, `" focusable="false"`)
	}
	id := html.EscapeString(c.ID)
	p.raw(` font-size="13" role="img" aria-labelledby="`, id, `-t `, id, `-d"><title id="`, id, `-t">`)
	p.text(c.Title)
	p.raw(`</title><desc id="`, id, `-d">`)
	p.text(c.Desc)
	p.raw(`</desc>`)
	if pal.file {
		p.raw(`<rect width="100%" height="100%" fill="`, pal.paper, `"/>`)
	}
	c.grid(p, pal)
	c.periods(p, pal)
	c.marks(p, pal)
	c.lines(p, pal)
	c.dots(p, pal)
	c.targetLabel(p, pal)
	p.raw(`</svg>`)
	return p.b
}

// y is the height of a value in pixels, px the place of a share of the axis in percent.
func (c *chart) y(v float64) float64 {
	return chartTop + (c.hi-v)/(c.hi-c.lo)*(chartHeight-chartTop-chartBottom)
}
func px(share float64) float64 { return chartLeft + share*(chartRight-chartLeft) }

func (c *chart) grid(p *picture, pal palette) {
	if c.Unit != "" {
		p.raw(`<text class="lr-chart__unit" x="0" y="13" fill="`, pal.muted, `">`)
		p.text(c.Unit)
		p.raw(`</text>`)
	}
	for _, v := range c.ticks() {
		p.raw(`<line class="lr-chart__grid" x1="0" x2="100%"`)
		p.attr("y1", c.y(v), "")
		p.attr("y2", c.y(v), "")
		p.raw(` stroke="`, pal.grid, `"`)
		if !pal.file {
			p.raw(` stroke-opacity=".25"`)
		}
		p.raw(`/><text class="lr-chart__tick" x="0"`)
		p.attr("y", c.y(v)-4, "")
		p.raw(` fill="`, pal.muted, `">`)
		p.text(c.cat.format.num(v))
		p.raw(`</text>`)
	}
}

func (c *chart) periods(p *picture, pal palette) {
	labels := c.labels()
	for k, i := range labels {
		anchor, x := "middle", px(c.x[i])
		switch {
		case len(labels) == 1:
		case k == 0:
			anchor, x = "start", 0
		case k == len(labels)-1:
			anchor, x = "end", 100
		}
		class := "lr-chart__period"
		if k > 0 && k < len(labels)-1 {
			class += " lr-chart__period--inner"
		}
		p.raw(`<text class="`, class, `" text-anchor="`, anchor, `"`)
		p.attr("x", x, "%")
		p.attr("y", chartHeight-6, "")
		p.raw(` fill="`, pal.muted, `">`)
		p.text(c.Points[i].Label)
		p.raw(`</text>`)
	}
}

// marks draws a dotted line with a number for each event inside the time of the series.
func (c *chart) marks(p *picture, pal palette) {
	for i, m := range c.Marks {
		share := c.at(m.T)
		if share < 0 || share > 1 {
			continue
		}
		n := strconv.Itoa(i + 1)
		p.raw(`<g class="lr-chart__mark"><title>`, n, `: `)
		p.text(m.Label)
		p.raw(`</title><line stroke-dasharray="1 4" stroke-linecap="round" stroke-width="2" stroke="`, pal.ink, `"`)
		p.attr("x1", px(share), "%")
		p.attr("x2", px(share), "%")
		p.attr("y1", 30, "")
		p.attr("y2", chartHeight-chartBottom, "")
		p.raw(`/><text text-anchor="middle" font-weight="600" y="24" fill="`, pal.ink, `"`)
		p.attr("x", px(share), "%")
		p.raw(`>`, n, `</text></g>`)
	}
}

// lines draws series and target in a plot of its own that is stretched to the width of the picture.
func (c *chart) lines(p *picture, pal palette) {
	plot := float64(chartHeight - chartTop - chartBottom)
	p.raw(`<svg preserveAspectRatio="none" overflow="visible"`)
	p.attr("x", chartLeft, "%")
	p.attr("y", chartTop, "")
	p.attr("width", chartRight-chartLeft, "%")
	p.attr("height", plot, "")
	p.raw(` viewBox="0 0 `, strconv.Itoa(plotWidth), " ")
	p.b = num(p.b, plot)
	p.raw(`">`)
	if len(c.Target) > 0 {
		p.raw(`<polyline class="lr-chart__target" fill="none" stroke="`, pal.ink, `" stroke-width="2" stroke-dasharray="8 5" vector-effect="non-scaling-stroke" points="`)
		for i, s := range c.Target {
			from, to := 0.0, 1.0
			if i > 0 {
				from = clamp(c.at(s.From))
			}
			if i+1 < len(c.Target) {
				to = clamp(c.at(c.Target[i+1].From))
			}
			p.point(from, c.y(s.Value)-chartTop)
			p.point(to, c.y(s.Value)-chartTop)
		}
		p.raw(`"/>`)
	}
	if len(c.Points) > 1 {
		p.raw(`<polyline class="lr-chart__line" fill="none" stroke="`, pal.line, `" stroke-width="2" stroke-linejoin="round" vector-effect="non-scaling-stroke" points="`)
		for i, pt := range c.Points {
			p.point(c.x[i], c.y(pt.Value)-chartTop)
		}
		p.raw(`"/>`)
	}
	p.raw(`</svg>`)
}

func (p *picture) point(share, y float64) {
	p.b = num(p.b, share*plotWidth)
	p.b = append(p.b, ',')
	p.b = num(p.b, y)
	p.b = append(p.b, ' ')
}

func clamp(share float64) float64 { return min(max(share, 0), 1) }

// dots draws the values: full circles, open ones for provisional values. Each says its value to the pointer.
func (c *chart) dots(p *picture, pal palette) {
	for i, pt := range c.Points {
		if len(c.Points) > chartDots && i < len(c.Points)-1 && !pt.Provisional {
			continue
		}
		p.raw(`<circle class="lr-chart__dot`)
		fill := pal.line
		if pt.Provisional {
			p.raw(` lr-chart__dot--open`)
			fill = pal.paper
		}
		p.raw(`" r="4" fill="`, fill, `" stroke="`, pal.line, `" stroke-width="2"`)
		p.attr("cx", px(c.x[i]), "%")
		p.attr("cy", c.y(pt.Value), "")
		p.raw(`><title>`)
		p.text(pt.Label + ": " + c.withUnit(pt.Value))
		if pt.Provisional {
			p.text(", " + c.cat.text("view.chart.provisional"))
		}
		p.raw(`</title></circle>`)
	}
}

// targetLabel names the target over the plot, where no point can lie under it; the dashes before it are those of
// its line.
func (c *chart) targetLabel(p *picture, pal palette) {
	if len(c.Target) == 0 {
		return
	}
	v := c.Target[len(c.Target)-1].Value
	p.raw(`<text class="lr-chart__targetlabel" text-anchor="end" x="100%" y="13" font-weight="600" fill="`, pal.ink, `">– – `)
	p.text(c.cat.message(targetMessage(c.withUnit(v))))
	p.raw(`</text>`)
}

// spark draws the line and its newest point, without axes.
func (c *chart) spark() []byte {
	const w, h, pad = 120.0, 28.0, 4.0
	p := &picture{b: make([]byte, 0, 256+12*len(c.Points))}
	lo, hi := c.Points[0].Value, c.Points[0].Value
	for _, pt := range c.Points {
		lo, hi = min(lo, pt.Value), max(hi, pt.Value)
	}
	y := func(v float64) float64 {
		if hi <= lo {
			return h / 2
		}
		return pad + (hi-v)/(hi-lo)*(h-2*pad)
	}
	x := func(share float64) float64 { return pad + share*(w-2*pad) }
	p.raw(`<svg class="lr-spark" width="120" height="28" viewBox="0 0 120 28" focusable="false" role="img" aria-label="`)
	p.text(c.Title + ". " + c.Desc)
	p.raw(`">`)
	if len(c.Points) > 1 {
		p.raw(`<polyline class="lr-chart__line" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" points="`)
		for i, pt := range c.Points {
			p.b = num(p.b, x(c.x[i]))
			p.b = append(p.b, ',')
			p.b = num(p.b, y(pt.Value))
			p.b = append(p.b, ' ')
		}
		p.raw(`"/>`)
	}
	last := len(c.Points) - 1
	p.raw(`<circle class="lr-chart__dot" r="3" fill="currentColor"`)
	p.attr("cx", x(c.x[last]), "")
	p.attr("cy", y(c.Points[last].Value), "")
	p.raw(`/></svg>`)
	return p.b
}
