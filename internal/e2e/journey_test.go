package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/chromedp"
)

// both runs a journey with JavaScript and without it: everything has to work in both.
func both(t *testing.T, journey func(b *tab, script bool)) {
	for _, script := range []bool{true, false} {
		t.Run(map[bool]string{true: "script", false: "noscript"}[script], func(t *testing.T) {
			b := newTab(t)
			if !script {
				b.noScript()
			}
			journey(b, script)
		})
	}
}

const (
	process = "/wiki/handbuch/reisekosten-abrechnen"
	tool    = "/wiki/handbuch/ereise"
	unit    = "/wiki/handbuch/z2"
	contact = "/wiki/handbuch/reisekosten-auskunft"
	lesson  = "/wiki/lernen/testdruck-vor-massenversand"
	kpi     = "/wiki/vorhaben/bearbeitungsdauer-reisekosten"
)

// Somebody back from a trip asks how to get the money, and whom to call.
func TestFindProcessToolUnitContact(t *testing.T) {
	both(t, func(b *tab, _ bool) {
		b.open("/")
		b.fill("q", "Reisekosten abrechnen")
		b.follow(sel("main form[role=search] button[type=submit]"), 200)
		if first := js[string](b, `document.querySelector(".lr-hit__link").getAttribute("href")`); first != process {
			b.t.Errorf("the first hit is %s, not the process", first)
		}
		if got := b.value("q"); got != "Reisekosten abrechnen" {
			b.t.Errorf("the query stands as %q in the box of the result", got)
		}
		b.follow(link(process), 200)
		if b.title() != "Reisekosten abrechnen" {
			b.t.Errorf("the page is %q", b.title())
		}
		b.must(sel(".lr-trust"))
		if n := js[int](b, `document.querySelectorAll(".lr-steps > li").length`); n < 3 {
			b.t.Errorf("the process shows %d steps", n)
		}
		b.follow(link(tool), 200)
		b.reads("E-Reise")
		b.follow(link(unit), 200)
		b.reads("Z 2")
		b.follow(link(contact), 200)
		b.must(sel(`.lr-contact a[href^="tel:"]`))
		b.must(sel(`.lr-contact a[href^="mailto:"]`))
	})
}

// A lesson leads to what it came from, to what it changed and to whether it helped, and each of them leads back.
func TestLessonProjectKPIAndBack(t *testing.T) {
	both(t, func(b *tab, _ bool) {
		for _, kind := range []string{"postmortem", "project", "kpi"} {
			b.open(lesson)
			to := js[string](b, fmt.Sprintf(`[...document.querySelectorAll("main a[href^='/wiki/']")].map((a) => a.getAttribute("href")).find((h) => (%s).includes(h)) || ""`, quoted(b.t, kind)))
			if to == "" {
				b.t.Errorf("the lesson leads to no %s", kind)
				continue
			}
			b.follow(link(to), 200)
			if kind == "kpi" {
				b.must(sel("svg.lr-chart"))
				b.must(sel(".lr-kpi__sentence"))
			}
			b.follow(link(lesson), 200)
		}
	})
}

// quoted gives the addresses of all pages of a kind as a JavaScript array.
func quoted(t *testing.T, kind string) string {
	var all []string
	for _, p := range pagesOf(t, kind) {
		all = append(all, fmt.Sprintf("%q", p))
	}
	return "[" + strings.Join(all, ",") + "]"
}

// Somebody writes a page down, with a mistake first, and looks after it later.
func TestWritePage(t *testing.T) {
	both(t, func(b *tab, script bool) {
		name := map[bool]string{true: "Fahrradleasing beantragen", false: "Parkausweis beantragen"}[script]
		b.signIn("contributor")
		b.open("/new?kind=process")
		b.fill("title", name)
		b.fill("body", "Das Angebot gilt für alle.\n\nEs ist **freiwillig**.")

		// The purpose is missing: everything typed stays, and the summary of mistakes leads to the field.
		b.follow(button("do", "save"), 422)
		if got := b.value("title"); got != name {
			b.t.Errorf("after the refusal the title is %q", got)
		}
		if got := b.value("body"); !strings.Contains(got, "freiwillig") {
			b.t.Errorf("after the refusal the text is %q", got)
		}
		b.must(sel("#errors"))
		if script {
			if at := js[string](b, `document.activeElement.id`); at != "errors" {
				b.t.Errorf("after the refusal the focus is on %q, not on the summary", at)
			}
			b.click(sel(`#errors a[href="#f-fields-purpose"]`))
			if at := js[string](b, `document.activeElement.name || ""`); at != "fields.purpose" {
				b.t.Errorf("the link of the mistake leads to %q", at)
			}
		}
		if title := js[string](b, `document.title`); !strings.HasPrefix(title, "Fehler") {
			b.t.Errorf("the title of the window does not say that something is wrong: %q", title)
		}
		b.choose("space", "handbuch")
		b.fill("fields.purpose", "Beschäftigte kommen günstig an ein Rad.")
		for i := range 2 {
			if add := button("do", "add:fields.steps"); !b.has(add) {
				b.click(sel("#section-steps > summary"))
			}
			b.follow(button("do", "add:fields.steps"), 200)
			b.fill(fmt.Sprintf("fields.steps.%d.what", i), []string{"Rad aussuchen", "Antrag stellen"}[i])
		}
		b.fill("fields.steps.0.tool", "tool/ereise")
		if got := b.value("fields.steps.0.what"); got != "Rad aussuchen" {
			b.t.Errorf("after adding a row the first one says %q", got)
		}
		b.follow(button("do", "save"), 200)
		saved := time.Now()
		if b.title() != name {
			b.t.Fatalf("saved as %q", b.title())
		}
		at := strings.Split(b.where(), "#")[0]
		b.must(text(".lr-steps__what", "Rad aussuchen"))
		b.must(link(tool))

		// It is found, by its author while it is a draft, within two seconds.
		b.findWithin(saved, name, at)

		b.open(at)
		b.follow(sel(`.lr-transition:has(input[value="publish"]) button`), 200)
		b.reads("Veröffentlicht")

		b.follow(link(at+"/edit"), 200)
		b.fill("body", "Das Angebot gilt für alle Beschäftigten.\n\nEs ist **freiwillig**.")
		b.fill("comment", "Für wen genau")
		b.follow(button("do", "save"), 200)
		b.reads("für alle Beschäftigten")

		b.open(at + "/history")
		b.reads("Für wen genau")
		newest := js[string](b, `document.querySelector(".lr-history__links a").getAttribute("href")`)
		b.follow(link(newest), 200)
		if ins := js[string](b, `[...document.querySelectorAll("main .lr-diff ins, main ins.lr-diff__ins")].map((e) => e.textContent).join("|")`); !strings.Contains(ins, "Beschäftigten") {
			b.t.Errorf("the comparison shows %q as added", ins)
		}

		// Back to what it was before.
		b.open(at + "/history")
		b.follow(`[...document.querySelectorAll(".lr-history__links a[href$='/restore']")][0]`, 200)
		b.follow(sel("main form[method=post] button[type=submit]"), 200)
		if words := b.words(); strings.Contains(words, "für alle Beschäftigten") {
			b.t.Error("after restoring, the change is still there")
		}

		b.attach(at, script)
	})
}

// findWithin searches again and again until the page is among the hits, or two seconds have passed.
func (b *tab) findWithin(saved time.Time, query, path string) {
	b.t.Helper()
	for tries := 1; ; tries++ {
		b.open("/search?q=" + strings.ReplaceAll(query, " ", "+"))
		if b.has(link(path)) {
			b.t.Logf("found %v after saving, at try %d", time.Since(saved).Round(time.Millisecond), tries)
			return
		}
		if time.Since(saved) > 2*time.Second {
			b.t.Errorf("%q is not found %v after saving", query, time.Since(saved).Round(time.Millisecond))
			return
		}
	}
}

// attach puts a file on a page through the form below it.
func (b *tab) attach(at string, script bool) {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), "Merkblatt Räder.txt")
	if err := os.WriteFile(file, []byte("Was zu beachten ist: Helm tragen.\n"), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.open(at)
	b.click(sel("details:has(#attach) > summary"))
	var nodes []*cdp.Node
	b.run("choose a file", chromedp.Nodes("#attach-file", &nodes, chromedp.ByQuery))
	b.run("choose a file", dom.SetFileInputFiles([]string{file}).WithNodeID(nodes[0].NodeID))
	b.follow(sel("#attach button[type=submit]"), 200)
	b.must(text(".lr-files__item a", "Merkblatt Räder.txt"))

	// A program is refused, and the page says why.
	bad := filepath.Join(b.t.TempDir(), "harmlos.txt")
	if err := os.WriteFile(bad, []byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x3e\x00"), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.open(at)
	b.click(sel("details:has(#attach) > summary"))
	b.run("choose a file", chromedp.Nodes("#attach-file", &nodes, chromedp.ByQuery))
	b.run("choose a file", dom.SetFileInputFiles([]string{bad}).WithNodeID(nodes[0].NodeID))
	b.follow(sel("#attach button[type=submit]"), 422)
	b.must(sel("#attach-err"))
	if b.has(text(".lr-files__item a", "harmlos.txt")) {
		b.t.Error("a program was taken as a file")
	}
}

// Two windows change one page. The second one to save keeps its text and sees what happened.
func TestConflictKeepsText(t *testing.T) {
	both(t, func(b *tab, script bool) {
		b.signIn("contributor")
		c := newClient(b.t, "contributor")
		at := c.makePage("process", fmt.Sprintf("Schlüssel ausgeben %v", script), map[string][]string{"fields.purpose": {"Türen öffnen."}, "body": {"Erste Zeile.\n"}})
		b.open(at + "/edit")
		other := b.another()
		if !script {
			other.noScript()
		}
		other.open(at + "/edit")
		other.fill("body", "Zeile aus dem anderen Fenster.")
		other.follow(button("do", "save"), 200)

		b.fill("body", "Meine lange und gute Zeile.")
		b.fill("comment", "von mir")
		b.follow(button("do", "save"), 409)
		if got := b.value("body"); got != "Meine lange und gute Zeile." {
			b.t.Errorf("the text after the conflict is %q", got)
		}
		if got := b.value("comment"); got != "von mir" {
			b.t.Errorf("the comment after the conflict is %q", got)
		}
		b.must(sel("#conflict"))
		b.reads("anderen Fenster")
		// Saving again is a decision and works.
		b.follow(button("do", "save"), 200)
		b.reads("Meine lange und gute Zeile.")
	})
}
