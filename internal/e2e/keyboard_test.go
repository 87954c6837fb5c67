package e2e

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// stroke is a key going down and up. Enter is one event with its letter, as a keyboard sends it: sent as two, its
// letter would land in the field to which the link of a mistake leads.
func stroke(key string) chromedp.Action {
	if key != kb.Enter {
		return chromedp.KeyEvent(key)
	}
	enter := input.DispatchKeyEvent(input.KeyDown).WithKey("Enter").WithCode("Enter").WithWindowsVirtualKeyCode(13).WithNativeVirtualKeyCode(13)
	up := *enter
	up.Type = input.KeyUp
	return chromedp.Tasks{enter.WithText("\r").WithUnmodifiedText("\r"), &up}
}

// press sends a key that stays on the page.
func (b *tab) press(key string) {
	b.t.Helper()
	b.run("press "+strconv.Quote(key), stroke(key))
}

// enter presses Enter where that leads to another page, and expects its status.
func (b *tab) enter(status int) {
	b.t.Helper()
	if got := b.load("press Enter", stroke(kb.Enter)); got != status {
		b.t.Fatalf("Enter: answered %d, not %d (at %s):\n%.600s", got, status, b.where(), b.words())
	}
}

// seen tells what is wrong with the place of the focus: it must stand out, lie in the window and not be covered.
const seen = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body) return "";
	const name = e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + " " + (e.name || e.textContent.trim().slice(0, 40));
	const near = [e, ...(e.labels || [])];
	const ring = (n, p) => {
		const s = getComputedStyle(n, p);
		return (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1 && s.outlineColor !== "rgba(0, 0, 0, 0)") || s.boxShadow !== "none";
	};
	if (!near.some((n) => ring(n) || ring(n, "::before") || ring(n, "::after"))) return name + ": nothing shows that it has the focus";
	const r = e.getClientRects()[0];
	if (!r || r.bottom <= 0 || r.top >= innerHeight || r.right <= 0 || r.left >= innerWidth) return name + ": it is outside of the window";
	const l = Math.max(r.left, 0), t = Math.max(r.top, 0), w = Math.min(r.right, innerWidth) - l, h = Math.min(r.bottom, innerHeight) - t;
	for (const [x, y] of [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]]) {
		const top = document.elementFromPoint(l + w * x, t + h * y);
		if (top && (e.contains(top) || top.contains(e) || [...(e.labels || [])].some((n) => n.contains(top)))) return "";
	}
	return name + ": it is covered";
})()`

// tabTo presses Tab until the focus is where it should be, and looks at each stop.
func (b *tab) tabTo(expr string) {
	b.t.Helper()
	for range 150 {
		b.press(kb.Tab)
		b.inSight()
		if js[bool](b, `document.activeElement === (`+expr+`)`) {
			return
		}
	}
	b.t.Fatalf("Tab does not lead to %s (at %s)", expr, b.where())
}

// inSight fails when the place of the focus cannot be seen.
func (b *tab) inSight() {
	b.t.Helper()
	if wrong := js[string](b, seen); wrong != "" {
		b.t.Errorf("%s (at %s)", wrong, b.where())
	}
}

// write types on the keyboard, letter by letter.
func (b *tab) write(words string) {
	b.t.Helper()
	b.run("type", chromedp.KeyEvent(words))
	b.inSight()
}

// Without a mouse one finds the contact route, and always sees where one is.
func TestKeyboardFindsContact(t *testing.T) {
	b := newTab(t)
	b.open("/")
	if at := js[string](b, `document.activeElement.name || ""`); at != "q" {
		t.Errorf("the start page puts the focus on %q, not into the search", at)
	}
	// The first stop of any page leads past the head of it.
	b.open(process)
	b.press(kb.Tab)
	b.inSight()
	if at := js[string](b, `document.activeElement.getAttribute("href")`); at != "#main" {
		t.Errorf("the first stop is %q, not the way to the content", at)
	}
	b.press(kb.Enter)
	b.tabTo(sel(".lr-page__kind a"))

	b.press("/")
	if at := js[string](b, `document.activeElement.name || ""`); at != "q" {
		t.Errorf("/ leads to %q, not to the search", at)
	}
	b.write("Reisekosten abrechnen")
	b.enter(200)
	b.tabTo(link(process))
	b.enter(200)
	b.tabTo(link(tool))
	b.enter(200)
	b.tabTo(link(unit))
	b.enter(200)
	b.tabTo(link(contact))
	b.enter(200)
	b.tabTo(sel(`.lr-contact a[href^="tel:"]`))

	// Suggestions: down and Enter go where the mark is, Escape takes the list away and leaves the words.
	b.open("/contacts")
	b.open("/search")
	b.write("Tagegeld")
	b.waitFor(sel(`#q[aria-expanded="true"]`))
	b.press(kb.ArrowDown)
	if !js[bool](b, `!!document.querySelector(".lr-suggest__item[aria-selected=true]")`) {
		t.Error("the arrow marks no suggestion")
	}
	b.press(kb.Escape)
	if js[bool](b, `document.querySelector("#q").getAttribute("aria-expanded") === "true"`) || b.value("q") != "Tagegeld" {
		t.Errorf("Escape: the list is still open or the words are gone: %q", b.value("q"))
	}
	b.write(" ")
	b.press(kb.ArrowDown)
	b.waitFor(sel(`#q[aria-expanded="true"]`))
	b.press(kb.ArrowDown)
	to := js[string](b, `document.querySelector(".lr-suggest__item[aria-selected=true] span").textContent`)
	b.enter(200)
	if b.title() != to {
		t.Errorf("the suggestion %q leads to %q", to, b.title())
	}
}

// waitFor waits for something a script brings.
func (b *tab) waitFor(expr string) {
	b.t.Helper()
	b.run("wait for "+expr, chromedp.Poll(`!!(`+expr+`)`, nil))
}

// Without a mouse one writes a page down, mends what was wrong and publishes it.
func TestKeyboardWritesPage(t *testing.T) {
	b := newTab(t)
	b.open("/login")
	b.tabTo(button("role", "contributor"))
	b.enter(200)
	b.open("/kinds/process")
	b.tabTo(sel(`main .lr-actions a[href^="/new"]`))
	b.enter(200)
	b.tabTo(field("title"))
	b.write("Dienstwagen reservieren")
	b.enter(422) // Enter in a field saves; the purpose is missing
	if at := js[string](b, `document.activeElement.id`); at != "errors" {
		t.Errorf("after the refusal the focus is on %q", at)
	}
	b.inSight()
	b.tabTo(sel("#errors a"))
	b.press(kb.Enter)
	b.inSight()
	b.mend()
	b.tabTo(field("body"))
	b.write("Der Wagen steht im Hof.")
	b.tabTo(`[...document.querySelectorAll("main button[value=save]")].find((e) => e.tabIndex >= 0)`)
	b.enter(200)
	if b.title() != "Dienstwagen reservieren" {
		t.Fatalf("saved as %q", b.title())
	}
	b.tabTo(sel(`.lr-transition:has(input[value="publish"]) button`))
	b.enter(200)
	b.reads("Veröffentlicht")
	b.tabTo(sel(".lr-more summary"))
	b.press(kb.Enter)
	b.must(sel(".lr-more__list a"))
	b.press(kb.Escape)
	if b.has(sel(".lr-more__list a")) {
		t.Error("Escape leaves the menu open")
	}
	b.inSight()
}

// mend fills what the summary of mistakes named first, and then the other required fields.
func (b *tab) mend() {
	b.t.Helper()
	const purpose = "fields.purpose"
	for i := 0; b.value(purpose) == ""; i++ {
		if i > 8 {
			b.t.Fatalf("Tab does not lead to the purpose (at %s)", b.where())
		}
		switch at := js[string](b, `document.activeElement.name || ""`); at {
		case "space":
			b.write("H") // the letter chooses the option
			if got := b.value("space"); got != "handbuch" {
				b.t.Errorf("the letter H chose the space %q", got)
			}
		case purpose:
			b.write("Wege ohne eigenes Auto.")
			continue
		}
		b.press(kb.Tab)
		b.inSight()
	}
	if got := b.value("space"); got == "" {
		b.t.Fatal(fmt.Errorf("the mistakes of the form do not lead to the space"))
	}
}
