package e2e

import (
	"fmt"
	"net/http"
	"net/url"
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

// C-HDR: one of each shape of address, as four actors, in a real browser: no violation, and no answer of any kind
// without its headers.
func TestHeadersInTheBrowser(t *testing.T) {
	sample := samplePage(t)
	start := []string{"/kpis/papierpost-eingang", "/kpis/papierpost-eingang.svg", "/", "/search?q=Raum", "/contacts", "/kpis", "/spaces", "/account", "/admin", "/evaluations", "/suggest?q=ra", "/kinds/process?format=csv", "/healthz", "/readyz",
		"/kpis/gibt-es-nicht", "/wiki/gibt/es-nicht", "/static/gibt-es-nicht.css", "/login?return=/account"}
	for _, role := range []string{"", "contributor", "editor", "admin"} {
		t.Run(or(role, "guest"), func(t *testing.T) {
			t.Parallel()
			c := newClient(t, role)
			addresses := linked(t, c, append([]string{sample, sample + "/files/Raumplan%20Erdgeschoss.txt"}, start...), map[string]bool{"/kpis/papierpost-eingang.svg": true}, 1)
			kinds := map[string]int{}
			check := func(at string, a answer) {
				kinds[fmt.Sprint(a.status, " ", strings.Split(a.header.Get("Content-Type"), ";")[0])]++
				checkHeaders(t, at, a)
			}
			for _, at := range addresses {
				a := c.get(at)
				check(at, a)
				if tag := a.header.Get("ETag"); tag != "" {
					check(at, c.do(http.MethodGet, at, "", nil, http.Header{"If-None-Match": {tag}}))
				}
				check(at, c.do(http.MethodHead, at, "", nil, nil))
			}
			session := ""
			u, err := url.Parse(demo.base)
			if err != nil {
				t.Fatal(err)
			}
			for _, ck := range c.http.Jar.Cookies(u) {
				if ck.HttpOnly || strings.Contains(ck.Name, "lr") && ck.Name != "lr_note" {
					session = ck.Name + "=" + ck.Value
				}
			}
			h := newHunter(t, demo.base, session)
			for _, at := range addresses {
				h.visit(at)
			}
			if found := h.found(); !found.none() {
				t.Errorf("found: %s", found)
			}
			t.Logf("%d addresses, kinds of answers: %v", len(addresses), kinds)
		})
	}
}
