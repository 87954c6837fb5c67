package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// finding is what axe says about elements of a page.
type finding struct {
	Rule, Impact, Help string
	Nodes              []struct{ Target, Why string }
}

// Violations of any rule count, and contrasts axe could not decide: a contrast nobody measured is not a good one.
const runAxe = `axe.run(document, {
	runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
	resultTypes: ["violations", "incomplete"],
}).then((r) => [...r.violations, ...r.incomplete.filter((i) => i.id === "color-contrast").map((i) => ({...i, id: "color-contrast (undecided)"}))].map((v) => ({
	Rule: v.id, Impact: v.impact || "", Help: v.help,
	Nodes: v.nodes.slice(0, 3).map((n) => ({Target: n.target.flat().join(" >> "), Why: [...n.any, ...n.all, ...n.none].map((c) => c.message).join("; ").slice(0, 300) + " | " + n.html.slice(0, 160)})),
})))`

// look is one way of looking at a screen.
type look struct {
	lang, theme string
	system      bool // the theme comes from the system, not from a choice made here
}

func (l look) String() string { return l.lang + "/" + l.theme }

func looks() []look {
	if testing.Short() {
		return []look{{"de", "light", false}, {"en", "dark", true}}
	}
	return []look{{"de", "light", false}, {"de", "dark", false}, {"en", "light", true}, {"en", "dark", true}}
}

func (b *tab) look(l look) {
	b.t.Helper()
	b.cookie("lr_lang", l.lang)
	system, chosen := l.theme, ""
	if !l.system { // against the system, so that the choice has to do the work
		chosen = l.theme
		system = map[string]string{"light": "dark", "dark": "light"}[l.theme]
	}
	b.cookie("lr_theme", chosen)
	b.run("set the theme of the system", emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: system}}))
}

// No view has a barrier a machine can find, in either language and theme, wide and narrow; none scrolls sideways.
func TestNoBarriers(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join(root, "static", "vendor-test", "axe", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	all := screens(t)
	for _, role := range []string{"", "contributor", "security"} {
		t.Run(map[bool]string{true: "guest", false: role}[role == ""], func(t *testing.T) {
			t.Parallel()
			b := newTab(t)
			if role != "" {
				b.signIn(role)
			}
			for _, l := range looks() {
				b.look(l)
				for _, s := range all {
					if s.role == role {
						t.Run(s.name+"/"+l.String(), func(t *testing.T) {
							defer func(outer *testing.T) { b.t = outer }(b.t)
							b.t = t
							b.examine(s, l, string(axe))
						})
					}
				}
			}
		})
	}
}

// examine looks at one screen in all widths.
func (b *tab) examine(s screen, l look, axe string) {
	b.t.Helper()
	b.size(1280, 800)
	b.show(s)
	if got := js[string](b, `document.documentElement.lang`); got != l.lang {
		b.t.Errorf("the page is in %q", got)
	}
	b.calm() // before axe, which brings code of its own
	b.run("load axe", chromedp.Evaluate(axe, nil))
	b.barriers("1280 px", 1280)
	b.size(320, 640)
	b.narrow("320 px")
	if l.lang == "en" {
		b.barriers("320 px", 320)
	} else {
		js[bool](b, `(() => { for (const d of document.querySelectorAll("main details.kern-accordion, details.lr-menu, details.lr-facets__toggle")) d.open = true; return true })()`)
		b.narrow("320 px, all groups open")
		b.barriers("320 px, all groups open", 320)
	}
	b.calm()
}

// barriers reports what axe finds.
func (b *tab) barriers(when string, width int64) {
	b.t.Helper()
	// The window is as high as the page, so that what sticks to its edge covers nothing whose contrast is measured.
	b.size(width, js[int64](b, `document.documentElement.scrollHeight + 200`))
	for _, f := range js[[]finding](b, runAxe) {
		for _, n := range f.Nodes {
			b.t.Errorf("%s: %s (%s) at %s: %s: %s", when, f.Rule, f.Impact, n.Target, f.Help, n.Why)
		}
	}
}

// narrow fails when the page is wider than the window, and names what sticks out.
func (b *tab) narrow(when string) {
	b.t.Helper()
	out := js[string](b, `(() => {
		const w = innerWidth, root = document.documentElement;
		if (root.scrollWidth <= w) return "";
		const wide = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > w + 0.5 && !e.closest(".lr-table-wrap, .table-scroll, pre")).map((e) => e.tagName.toLowerCase() + "." + e.className).slice(0, 6);
		return root.scrollWidth + " px wide: " + wide.join(" ");
	})()`)
	if out != "" {
		b.t.Errorf("%s: the page scrolls sideways: %s (at %s)", when, out, b.where())
	}
}

// With letters of twice the size nothing is cut off at the side.
func TestTextTwiceAsLarge(t *testing.T) {
	for _, role := range []string{"contributor", "security"} {
		b := newTab(t)
		b.run("enlarge the text", page.SetFontSizes(&page.FontSizes{Standard: 32, Fixed: 26}))
		b.signIn(role)
		for _, s := range screens(t) {
			if s.name == "signin" || s.role != role && (s.role != "" || role != "contributor") {
				continue
			}
			b.show(s)
			if size := js[string](b, `getComputedStyle(document.documentElement).fontSize`); size != "32px" {
				t.Fatalf("the text is not enlarged: %s", size)
			}
			b.narrow(s.name + " at 1280 px with text of 200 %")
		}
	}
}
