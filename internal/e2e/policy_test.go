package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// A page the browser keeps is confirmed with 304 and still runs its script: body and policy stay a pair.
func TestKeptPageRunsItsScript(t *testing.T) {
	b := newTab(t)
	b.signIn("contributor")
	var statuses []string
	chromedp.ListenTarget(b.ctx, func(ev any) {
		if e, ok := ev.(*network.EventResponseReceivedExtraInfo); ok {
			b.mu.Lock()
			defer b.mu.Unlock()
			statuses = append(statuses, fmt.Sprint(e.StatusCode))
		}
	})
	path := samplePage(t)
	nonce := ""
	for i := range 3 {
		b.open(path)
		b.run("wait for the script", chromedp.WaitVisible(`[data-search]`))
		if got := js[string](b, `document.scripts[document.scripts.length-1].nonce`); nonce == "" {
			nonce = got
		} else if got != nonce {
			t.Errorf("round %d: the page was fetched anew", i)
		}
		// The key works only if main.js and what it imports have run.
		b.run("press /", chromedp.KeyEvent("/"))
		if !js[bool](b, `document.activeElement.matches("[data-search]")`) {
			t.Errorf("round %d: the script does not run", i)
		}
		b.run("elsewhere", chromedp.Navigate("about:blank"))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !strings.Contains(strings.Join(statuses, " "), "304") {
		t.Errorf("no answer was 304: %v", statuses)
	}
}
