package static

import (
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The style sheet draws with pairs of tokens. Each pair is computed here for
// both themes, so that a new version of KERN or a new tint cannot take the
// contrast away unseen.
func TestTokenPairsHaveContrast(t *testing.T) {
	kern := mustRead(t, "vendor/kern/kern.min.css")
	app := mustRead(t, "css/app.css")
	for theme, tint := range map[string]float64{"light": tintOf(t, app, `data-kern-theme="light"`), "dark": tintOf(t, app, `data-kern-theme="dark"`)} {
		tokens := themeTokens(t, kern, theme)
		c := func(name string) oklab { return tokens.colour(t, "--kern-color-"+name, 0) }
		ground, surface := c("layout-background-default"), c("layout-background-default-surface")
		grounds := map[string]oklab{"ground": ground, "surface": surface}
		for _, tone := range []string{"info", "success", "warning", "danger"} {
			grounds[tone] = mix(c("feedback-"+tone+"-background"), ground, tint)
		}
		check := func(what string, fg, bg oklab, least float64) {
			if got := contrast(fg, bg); got < least {
				t.Errorf("%s: %s has %.2f : 1, at least %.1f", theme, what, got, least)
			}
		}
		for name, bg := range grounds {
			check("text on "+name, c("layout-text-default"), bg, 4.5)
		}
		for _, name := range []string{"ground", "surface"} {
			bg := grounds[name]
			check("muted text on "+name, c("layout-text-muted"), bg, 4.5)
			check("link on "+name, c("action-default"), bg, 4.5)
			check("error on "+name, c("feedback-danger"), bg, 4.5)
			check("overdue on "+name, c("feedback-warning"), bg, 4.5)
			check("focus on "+name, c("action-focus-default"), bg, 3)
			check("edge of a control on "+name, c("layout-border"), bg, 3)
			check("lower edge of a control on "+name, c("form-input-border"), bg, 3)
		}
		check("primary button", c("action-on-default"), c("action-default"), 4.5)
		check("sign of added text", c("feedback-success"), grounds["success"], 4.5)
		check("sign of removed text", c("feedback-danger"), grounds["danger"], 4.5)
		check("text in a badge's frame", c("feedback-info"), grounds["info"], 3)
	}
}

func mustRead(t *testing.T, name string) string {
	t.Helper()
	b, err := fs.ReadFile(embedded, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// tintOf reads how much of KERN's ground of a notice the style sheet takes.
func tintOf(t *testing.T, css, selector string) float64 {
	t.Helper()
	m := regexp.MustCompile(`\[` + selector + `\] \{[^}]*--lr-tint: (\d+)%`).FindStringSubmatch(css)
	if m == nil {
		t.Fatalf("no --lr-tint for %s", selector)
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return v / 100
}

type tokenSet map[string]string

var declaration = regexp.MustCompile(`(--kern-color-[a-z0-9-]+):\s*([^;}]+)`)

// themeTokens takes the plain colours and what the block of the theme says.
func themeTokens(t *testing.T, css, theme string) tokenSet {
	t.Helper()
	set := tokenSet{}
	for _, m := range declaration.FindAllStringSubmatch(css, -1) {
		if strings.HasPrefix(m[2], "oklch") {
			set[m[1]] = m[2]
		}
	}
	block := regexp.MustCompile(`\[data-kern-theme=` + theme + `\],\s*\.kern-` + theme + `\s*\{([^}]*--kern-color-layout-text-default:[^}]*)\}`).FindStringSubmatch(css)
	if block == nil {
		t.Fatalf("kern.min.css has no block for the theme %s", theme)
	}
	for _, m := range declaration.FindAllStringSubmatch(block[1], -1) {
		set[m[1]] = m[2]
	}
	return set
}

// oklab is a colour in the space the style sheet mixes in.
type oklab struct{ l, a, b float64 }

var number = regexp.MustCompile(`[0-9.]+`)

func (s tokenSet) colour(t *testing.T, name string, depth int) oklab {
	t.Helper()
	v := strings.TrimSpace(s[name])
	if depth > 5 || v == "" {
		t.Fatalf("no colour for %s", name)
	}
	if ref, ok := strings.CutPrefix(v, "var("); ok {
		return s.colour(t, strings.TrimSuffix(ref, ")"), depth+1)
	}
	n := number.FindAllString(v, -1)
	if !strings.HasPrefix(v, "oklch(") || len(n) < 3 {
		t.Fatalf("%s: cannot read %q", name, v)
	}
	var x [3]float64
	for i := range x {
		var err error
		if x[i], err = strconv.ParseFloat(n[i], 64); err != nil {
			t.Fatal(fmt.Errorf("%s: %w", name, err))
		}
	}
	if strings.Contains(v, "%") {
		x[0] /= 100
	}
	h := x[2] * math.Pi / 180
	return oklab{x[0], x[1] * math.Cos(h), x[1] * math.Sin(h)}
}

func mix(a, b oklab, share float64) oklab {
	f := func(x, y float64) float64 { return share*x + (1-share)*y }
	return oklab{f(a.l, b.l), f(a.a, b.a), f(a.b, b.b)}
}

// luminance goes by way of linear sRGB, clipped as a screen does.
func (c oklab) luminance() float64 {
	cube := func(v float64) float64 { return v * v * v }
	l := cube(c.l + 0.3963377774*c.a + 0.2158037573*c.b)
	m := cube(c.l - 0.1055613458*c.a - 0.0638541728*c.b)
	s := cube(c.l - 0.0894841775*c.a - 1.2914855480*c.b)
	clip := func(v float64) float64 { return min(max(v, 0), 1) }
	red := clip(4.0767416621*l - 3.3077115913*m + 0.2309699292*s)
	green := clip(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s)
	blue := clip(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s)
	return 0.2126*red + 0.7152*green + 0.0722*blue
}

func contrast(a, b oklab) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}
