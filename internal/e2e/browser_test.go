package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// browser is the one Chromium of a run; every test gets its own profile in it.
var browser struct {
	once   sync.Once
	ctx    context.Context
	cancel context.CancelFunc
	dir    string
	err    error
	absent bool
}

func chromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

func startBrowser() {
	path, err := chromium()
	if err != nil {
		browser.err, browser.absent = err, true
		return
	}
	dir, err := os.MkdirTemp("", "lernraum-chromium-")
	if err != nil {
		browser.err = err
		return
	}
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path), chromedp.UserDataDir(dir), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-extensions", true),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"), chromedp.Flag("lang", "de"),
		chromedp.WindowSize(1280, 800),
	)
	browser.dir, browser.cancel = dir, cancelAlloc
	browser.ctx, _ = chromedp.NewContext(alloc) // stopBrowser ends it
	browser.err = chromedp.Run(browser.ctx)     // starts it
}

// stopBrowser closes it and waits until it has: it writes into its profile to the last.
func stopBrowser() {
	if browser.ctx == nil {
		return
	}
	if err := chromedp.Cancel(browser.ctx); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "e2e: close Chromium:", err)
	}
	browser.cancel()
	_ = os.RemoveAll(browser.dir) // below the folder for temporary files
}

// tab is a window of somebody with an own profile: no cookies, no history. It watches what the browser complains
// about; a complaint nobody expected fails the test.
type tab struct {
	t       *testing.T
	ctx     context.Context
	profile cdp.BrowserContextID

	leaving atomic.Bool // a page with unsaved text is left on purpose
	deaf    atomic.Bool // what the browser complains about is counted elsewhere

	mu     sync.Mutex
	home   string   // of the house
	abroad []string // others it may go to
	faults []string
}

// newTab opens a window of 1280 x 800 or skips the test where there is no browser.
func newTab(t *testing.T) *tab {
	t.Helper()
	browser.once.Do(startBrowser)
	switch {
	case browser.absent:
		missing(t, "chromium", "no Chromium in the search path: what only a browser can show is not tested")
	case browser.err != nil:
		t.Fatalf("start Chromium: %v", browser.err)
	}
	onBrowser := cdp.WithExecutor(browser.ctx, chromedp.FromContext(browser.ctx).Browser)
	profile, err := target.CreateBrowserContext().WithDisposeOnDetach(true).Do(onBrowser)
	if err != nil {
		t.Fatalf("make a profile: %v", err)
	}
	t.Cleanup(func() {
		if err := target.DisposeBrowserContext(profile).Do(onBrowser); err != nil {
			t.Errorf("dispose of the profile: %v", err)
		}
	})
	return openTab(t, profile)
}

// another opens a second window of the same person.
func (b *tab) another() *tab {
	b.t.Helper()
	return openTab(b.t, b.profile)
}

// openTab opens a window of a profile. A profile without a window takes no tab, so it is a window each time.
func openTab(t *testing.T, profile cdp.BrowserContextID) *tab {
	t.Helper()
	onBrowser := cdp.WithExecutor(browser.ctx, chromedp.FromContext(browser.ctx).Browser)
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(profile).WithNewWindow(true).Do(onBrowser)
	if err != nil {
		t.Fatalf("open a window: %v", err)
	}
	ctx, cancel := chromedp.NewContext(browser.ctx, chromedp.WithTargetID(id))
	b := &tab{t: t, ctx: ctx, profile: profile, home: demo.base}
	chromedp.ListenTarget(ctx, b.hear)
	err = chromedp.Run(ctx, network.Enable(), cdplog.Enable(), runtime.Enable(), page.Enable(),
		chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := page.AddScriptToEvaluateOnNewDocument(`document.addEventListener("securitypolicyviolation", (e) => ` +
				`console.error("CSP", e.violatedDirective, e.blockedURI, e.sourceFile || "", e.sample || ""))`).Do(ctx)
			return err
		}))
	if err != nil {
		cancel()
		t.Fatalf("open a window: %v", err)
	}
	b.size(1280, 800)
	t.Cleanup(func() {
		b.calm()
		cancel()
	})
	return b
}

func (b *tab) fault(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.deaf.Load() {
		return
	}
	b.faults = append(b.faults, fmt.Sprintf(format, args...))
}

// calm fails the test for everything the browser complained about since the last look.
func (b *tab) calm() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		b.t.Errorf("browser: %s", f)
	}
	b.faults = nil
}

// hear takes what the browser reports.
func (b *tab) hear(ev any) {
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		b.fault("exception: %s", ev.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.APITypeError || ev.Type == runtime.APITypeWarning || ev.Type == runtime.APITypeAssert {
			var said []string
			for _, a := range ev.Args {
				said = append(said, string(a.Value))
			}
			b.fault("console %s: %s", ev.Type, strings.Join(said, " "))
		}
	case *cdplog.EventEntryAdded:
		e := ev.Entry
		// A form that comes back with 422, or a page that is not there, is an answer and no fault of the browser.
		refused := e.Source == cdplog.SourceNetwork && strings.HasPrefix(e.Text, "Failed to load resource: the server responded with a status of 4") && !strings.Contains(e.URL, "/static/")
		if !refused && (e.Level == cdplog.LevelError || e.Level == cdplog.LevelWarning) {
			b.fault("log %s/%s: %s (%s)", e.Source, e.Level, e.Text, e.URL)
		}
	case *network.EventRequestWillBeSent:
		u, err := url.Parse(ev.Request.URL)
		if err == nil && (u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "ws" || u.Scheme == "wss") && !b.mayAsk(u.Scheme+"://"+u.Host) {
			b.fault("request to another host: %s", ev.Request.URL)
		}
	case *page.EventJavascriptDialogOpening:
		if ev.Type != page.DialogTypeBeforeunload || !b.leaving.Load() {
			b.fault("a dialog asks: %s %s", ev.Type, ev.Message)
		}
		go func() { _ = chromedp.Run(b.ctx, page.HandleJavaScriptDialog(true)) }() // so that the test can go on and fail
	}
}

// visit makes another house than the demo the one that is looked at, and lets the browser go to others on the way.
func (b *tab) visit(home string, abroad ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.home, b.abroad = home, abroad
}

func (b *tab) mayAsk(origin string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return origin == b.home || slices.Contains(b.abroad, origin)
}

// run does something in the window.
func (b *tab) run(what string, actions ...chromedp.Action) {
	b.t.Helper()
	ctx, cancel := shortly(b.ctx)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v (at %s)", what, err, b.where())
	}
}

// load does something that leads to another page and gives the status of its answer.
func (b *tab) load(what string, actions ...chromedp.Action) int {
	b.t.Helper()
	ctx, cancel := shortly(b.ctx)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, actions...)
	if err != nil {
		b.t.Fatalf("%s: %v (at %s)", what, err, b.where())
	}
	if res == nil {
		b.t.Fatalf("%s: no answer (at %s)", what, b.where())
	}
	return int(res.Status)
}

func (b *tab) where() string {
	var at string
	ctx, cancel := shortly(b.ctx)
	defer cancel()
	if err := chromedp.Run(ctx, chromedp.Location(&at)); err != nil {
		return "?"
	}
	return strings.TrimPrefix(at, b.home)
}

// open goes to an address of the house and expects a page.
func (b *tab) open(path string) {
	b.t.Helper()
	if status := b.load("open "+path, chromedp.Navigate(b.home+path)); status != 200 {
		b.t.Fatalf("open %s: %d", path, status)
	}
}

// size sets the window.
func (b *tab) size(width, height int64) {
	b.t.Helper()
	b.run("size the window", emulation.SetDeviceMetricsOverride(width, height, 1, false))
}

// noScript switches JavaScript off for the pages that follow.
func (b *tab) noScript() {
	b.t.Helper()
	b.run("switch JavaScript off", emulation.SetScriptExecutionDisabled(true))
}

// cookie sets what a reader has chosen.
func (b *tab) cookie(name, value string) {
	b.t.Helper()
	b.run("set a cookie", network.SetCookie(name, value).WithURL(b.home).WithPath("/"))
}

// js gives the value of an expression.
func js[T any](b *tab, expr string) T {
	b.t.Helper()
	var out T
	b.run("evaluate", chromedp.Evaluate(expr, &out, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return out
}
