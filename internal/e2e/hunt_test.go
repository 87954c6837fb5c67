package e2e

import (
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	download "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// hunter is a window that looks for scripts which should not run. It takes the place of what an attack would call,
// touches everything on a page, and counts.
type hunter struct {
	*tab
	base   string
	mu     sync.Mutex
	caught catch
	pages  int
}

// catch is what a hunter has seen.
type catch struct {
	executed, dialogs, foreign, violations, strange int
	examples                                        []string
}

func (c catch) none() bool { return c.executed+c.dialogs+c.foreign+c.violations+c.strange == 0 }

func (c catch) String() string {
	return fmt.Sprintf("executed %d, dialogs %d, foreign requests %d, violations %d, strange markup %d\n%s",
		c.executed, c.dialogs, c.foreign, c.violations, c.strange, strings.Join(c.examples, "\n"))
}

// snares stand in every document, before its own scripts.
const snares = `(() => {
  const say = globalThis.lrCaught;
  for (const name of ["alert", "prompt", "confirm", "print"]) globalThis[name] = (x) => { say("run " + name + "(" + x + ")"); };
  try { Object.defineProperty(parent, "alert", { value: globalThis.alert }); } catch { /* another origin, or done */ }
  document.addEventListener("securitypolicyviolation", (e) => say("csp " + e.effectiveDirective + " " + e.blockedURI + " " + e.sample));
})()`

// touch puts the pointer, the focus and a click on everything. Links and forms of the house would lead away and are
// held back; what runs a script is not. It tells what no page of ours has: handlers, styles, foreign addresses.
const touch = `(() => {
  const strange = [];
  const ok = new Set(["http:", "https:", "mailto:", "tel:"]);
  addEventListener("click", (e) => { if (e.target.closest?.("a")?.protocol !== "javascript:") e.preventDefault(); }, true);
  addEventListener("submit", (e) => e.preventDefault(), true);
  const wanted = document.scripts.length;
  const shown = document.contentType === "text/plain" || document.contentType === "application/json"; // by the browser, in a page of its own
  for (const el of document.querySelectorAll("*")) {
    for (const a of el.attributes) {
      if (/^on/i.test(a.name) || a.name === "style" || a.name === "srcdoc" || a.name === "ping" || a.name === "formaction") strange.push(el.localName + " " + a.name + "=" + a.value);
      if (/^(href|src|action|poster|data|xlink:href|background|srcset)$/i.test(a.name)) {
        let u; try { u = new URL(a.value, document.baseURI); } catch { strange.push("address " + a.value); continue; }
        if (!ok.has(u.protocol)) strange.push("address " + a.value);
        else if (el.localName !== "a" && el.localName !== "area" && u.origin !== location.origin) strange.push(el.localName + " from " + a.value);
      }
    }
    if (/^(iframe|object|embed|frame|base|applet|portal)$/.test(el.localName)) strange.push("<" + el.localName + ">");
    if (/^(script|style|meta|link)$/.test(el.localName) && el.closest("main")) strange.push("<" + el.localName + "> in main");
    for (const type of ["mouseover", "mouseenter", "focus"]) el.dispatchEvent(new MouseEvent(type, { bubbles: type !== "focus" }));
    try { el.focus?.({ preventScroll: true }); } catch { /* cannot have it */ }
    el.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  }
  if (document.contentType === "text/html" && wanted !== 1) strange.push(wanted + " scripts");
  return shown ? [] : strange;
})()`

// newHunter opens a window on a server.
func newHunter(t *testing.T, base, cookie string) *hunter {
	t.Helper()
	h := &hunter{tab: newTab(t), base: base}
	h.deaf.Store(true)
	h.caughtOnly(t)
	if cookie != "" {
		name, value, _ := strings.Cut(cookie, "=")
		h.run("set the cookie of the session", network.SetCookie(name, value).WithURL(base).WithPath("/"))
	}
	return h
}

func (h *hunter) caughtOnly(t *testing.T) {
	t.Helper()
	chromedp.ListenTarget(h.ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventBindingCalled:
			if what, ok := strings.CutPrefix(ev.Payload, "csp "); ok {
				h.count(func(c *catch) *int { return &c.violations }, what)
			} else {
				h.count(func(c *catch) *int { return &c.executed }, ev.Payload)
			}
		case *page.EventJavascriptDialogOpening:
			if ev.Type != page.DialogTypeBeforeunload {
				h.count(func(c *catch) *int { return &c.dialogs }, ev.Message)
			}
		case *network.EventRequestWillBeSent:
			u, err := url.Parse(ev.Request.URL)
			if err != nil || strings.HasPrefix(u.Scheme, "http") && u.Scheme+"://"+u.Host != h.base || u.Scheme == "ws" || u.Scheme == "wss" {
				h.count(func(c *catch) *int { return &c.foreign }, ev.Request.URL)
			}
		}
	})
	h.run("set the snares", runtime.AddBinding("lrCaught"), chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(snares).Do(ctx)
		return err
	}), chromedp.ActionFunc(func(ctx context.Context) error { // files are looked at, not kept
		return download.SetDownloadBehavior(download.SetDownloadBehaviorBehaviorDeny).WithBrowserContextID(h.profile).
			Do(cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser))
	}))
}

func (h *hunter) count(of func(*catch) *int, example string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	*of(&h.caught)++
	if len(h.caught.examples) < 12 {
		h.caught.examples = append(h.caught.examples, fmt.Sprintf("%.300s", example))
	}
}

// visit opens an address and touches all of it. What is handed out for saving opens nothing.
func (h *hunter) visit(path string) {
	h.t.Helper()
	h.leaving.Store(true)
	ctx, cancel := shortly(h.ctx)
	defer cancel()
	if err := chromedp.Run(ctx, chromedp.Navigate(h.base+path)); err != nil {
		if strings.Contains(err.Error(), "ERR_ABORTED") {
			h.pages++
			return
		}
		h.t.Fatalf("open %s: %v", path, err)
	}
	h.touch(path)
}

// send posts a form the way a page of the house would, and touches what comes back.
func (h *hunter) send(path string, form url.Values) {
	h.t.Helper()
	h.leaving.Store(true)
	var fill strings.Builder
	for name, values := range form {
		for _, v := range values {
			fmt.Fprintf(&fill, "add(%q, decodeURIComponent(%q));", name, url.PathEscape(v))
		}
	}
	h.run("send to "+path, chromedp.Navigate(h.base+"/info/imprint"))
	h.load("send to "+path, chromedp.Evaluate(fmt.Sprintf(`(() => {
		const f = document.createElement("form"); f.method = "post"; f.action = %q;
		const add = (n, v) => { const i = document.createElement("textarea"); i.name = n; i.value = v; f.append(i); };
		%s document.body.append(f); f.submit(); })()`, path, fill.String()), nil))
	h.touch("POST " + path)
}

func (h *hunter) touch(what string) {
	h.t.Helper()
	h.pages++
	for _, s := range js[[]string](h.tab, touch) {
		h.count(func(c *catch) *int { return &c.strange }, what+": "+s)
	}
	js[int](h.tab, "1") // what the touching set off has had its turn
}

func (h *hunter) found() catch {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.caught
}

// without serves an instance with some headers taken out of its answers. Only a test can do that: the program itself has
// no switch for it.
func without(t *testing.T, base string, headers ...string) string {
	t.Helper()
	to, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	s := httptest.NewServer(&httputil.ReverseProxy{
		Transport: transport, ErrorLog: log.New(io.Discard, "", 0), // a browser that goes elsewhere is no fault
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Header.Del("Accept-Encoding")
			if r.Out.Header.Get("Origin") != "" {
				r.Out.Header.Set("Origin", base)
			}
		},
		ModifyResponse: func(r *http.Response) error {
			for _, name := range headers {
				r.Header.Del(name)
			}
			if to := r.Header.Get("Location"); strings.HasPrefix(to, base) {
				r.Header.Set("Location", strings.TrimPrefix(to, base))
			}
			return nil
		},
	})
	t.Cleanup(func() {
		s.Close()
		transport.CloseIdleConnections()
	})
	return s.URL
}

// planted are scripts and requests a hunter has to find.
var planted = map[string]string{
	"/image": `<img src=x onerror=alert(1)>`,
	"/link":  `<a href="javascript:alert(1)">x</a>`,
	"/hover": `<b onmouseover=alert(1)>x</b>`,
	"/frame": `<iframe srcdoc="<script>alert(1)</script>"></iframe>`,
	"/away":  `<img src="http://lr.invalid/x.png">`,
}

// control fails the test when a hunter does not find what is planted: then what it does not find says nothing.
func control(t *testing.T, paths ...string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, guarded := strings.CutPrefix(r.URL.Path, "/guarded")
		w.Header().Set("Content-Type", "text/html")
		if guarded {
			w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-0123456789012345678901'; img-src 'self'")
		}
		_, _ = io.WriteString(w, "<!DOCTYPE html><main>"+planted[path]+"</main>")
	}))
	t.Cleanup(s.Close)
	for _, path := range paths {
		h := newHunter(t, s.URL, "")
		h.visit(path)
		c := h.found()
		if path == "/away" && c.foreign == 0 || path != "/away" && c.executed == 0 || c.strange == 0 {
			t.Fatalf("what is planted at %s is not found: %s", path, c)
		}
		h = newHunter(t, s.URL, "")
		h.visit("/guarded" + path)
		if c := h.found(); c.executed != 0 || c.violations == 0 {
			t.Fatalf("%s behind a policy: %s", path, c)
		}
	}
	t.Logf("planted and found: %d of %d", len(paths), len(paths))
}

func TestHunterFindsWhatIsPlanted(t *testing.T) {
	control(t, slices.Sorted(maps.Keys(planted))...)
}
