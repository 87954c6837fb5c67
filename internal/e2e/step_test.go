package e2e

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Elements are named by JavaScript expressions, so that a step can say what a person would look for.

// sel finds by CSS.
func sel(css string) string { return "document.querySelector(" + strconv.Quote(css) + ")" }

// text finds the element of a selector whose words are exactly these.
func text(css, words string) string {
	return fmt.Sprintf(`[...document.querySelectorAll(%q)].find((e) => e.checkVisibility() && e.textContent.replace(/\s+/g, " ").trim() === %q)`, css, words)
}

// link finds the link inside main that leads somewhere.
func link(path string) string {
	return fmt.Sprintf(`[...document.querySelectorAll("main a[href]")].find((e) => e.checkVisibility() && e.getAttribute("href").split("#")[0] === %q)`, path)
}

// field finds a control by its name.
func field(name string) string { return sel(fmt.Sprintf(`main [name="%s"]:not([type=hidden])`, name)) }

// button finds the button of a form by what it sends.
func button(name, value string) string {
	return sel(fmt.Sprintf(`main button[name="%s"][value="%s"]:not(.lr-form__default)`, name, value))
}

// spot scrolls an element to where it can be seen and gives a point of it that is not covered.
func (b *tab) spot(expr string) (x, y float64) {
	b.t.Helper()
	p := js[struct {
		X, Y float64
		Err  string
	}](b, `(() => {
		const e = `+expr+`;
		if (!e) return {Err: "there is no such element"};
		if (!e.checkVisibility()) return {Err: "it is not visible"};
		e.scrollIntoView({block: "center", behavior: "instant"});
		const r = e.getClientRects()[0];
		const x = r.left + r.width / 2, y = r.top + r.height / 2;
		const top = document.elementFromPoint(x, y);
		if (!top || !(e.contains(top) || top.contains(e))) return {Err: "it is covered by " + (top ? top.outerHTML.slice(0, 120) : "nothing: outside of the window")};
		return {X: x, Y: y, Err: ""};
	})()`)
	if p.Err != "" {
		b.t.Fatalf("%s: %s (at %s)", expr, p.Err, b.where())
	}
	return p.X, p.Y
}

// click presses on something that stays on the page.
func (b *tab) click(expr string) {
	b.t.Helper()
	x, y := b.spot(expr)
	b.run("click "+expr, chromedp.MouseClickXY(x, y))
}

// follow presses on something that leads to another page, and expects that page to answer with a status.
func (b *tab) follow(expr string, status int) {
	b.t.Helper()
	x, y := b.spot(expr)
	if got := b.load("follow "+expr, chromedp.MouseClickXY(x, y)); got != status {
		b.t.Fatalf("follow %s: answered %d, not %d (at %s): %s", expr, got, status, b.where(), js[string](b, `document.querySelector("main")?.innerText.slice(0, 400) || ""`))
	}
}

// fill replaces what stands in a field, the way pasting does.
func (b *tab) fill(name, value string) {
	b.t.Helper()
	b.click(field(name))
	js[bool](b, `(() => { const e = `+field(name)+`; e.focus(); e.select(); return true })()`)
	b.run("fill "+name, input.InsertText(value))
}

// choose takes an option of a select.
func (b *tab) choose(name, value string) {
	b.t.Helper()
	ok := js[bool](b, `(() => { const e = `+field(name)+`; e.focus(); e.value = `+strconv.Quote(value)+`; e.dispatchEvent(new Event("change", {bubbles: true})); return e.value === `+strconv.Quote(value)+` })()`)
	if !ok {
		b.t.Fatalf("%s has no option %q (at %s)", name, value, b.where())
	}
}

// value gives what stands in a field.
func (b *tab) value(name string) string {
	b.t.Helper()
	return js[string](b, `(`+field(name)+`)?.value ?? "(no field)"`)
}

// has tells whether an element is there and visible.
func (b *tab) has(expr string) bool {
	b.t.Helper()
	return js[bool](b, `!!(`+expr+`)?.checkVisibility()`)
}

// must fails unless an element is there and visible.
func (b *tab) must(expr string) {
	b.t.Helper()
	if !b.has(expr) {
		b.t.Fatalf("%s is missing (at %s)", expr, b.where())
	}
}

// reads fails unless the main part of the page holds these words.
func (b *tab) reads(words string) {
	b.t.Helper()
	if body := b.words(); !strings.Contains(body, words) {
		b.t.Fatalf("%q does not stand on %s:\n%.800s", words, b.where(), body)
	}
}

// words are those of the main part of the page.
func (b *tab) words() string {
	b.t.Helper()
	return js[string](b, `document.querySelector("main").innerText.replace(/\u00ad/g, "")`)
}

// title is the heading of the page.
func (b *tab) title() string {
	b.t.Helper()
	return js[string](b, `document.querySelector("h1").textContent.trim()`)
}

// signIn goes through the sign-in page of the demo.
func (b *tab) signIn(role string) {
	b.t.Helper()
	b.open("/login")
	b.follow(button("role", role), 200)
	if !b.has(sel(".lr-tools__account[href='/account']")) && !js[bool](b, `!!document.querySelector("a[href='/account']")`) {
		b.t.Fatalf("sign in as %s: still a guest", role)
	}
}
