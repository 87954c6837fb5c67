package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lernraum/internal/config"
	"lernraum/internal/page"
)

// vehicle is a kind as a stranger would write it: three fields and a relation, and no line of code.
const vehicle = `key: vehicle
order: 500
group: tools
label: {de: Fahrzeug, en: Vehicle}
plural: {de: Fahrzeuge, en: Vehicles}
new: {de: Fahrzeug anlegen, en: Add a vehicle}
help: {de: Womit wir fahren., en: What we drive.}
example: {de: Dienstwagen, en: Company car}
machine: page
sections:
  - key: data
    label: {de: Angaben, en: Data}
    fields:
      - {key: plate, type: text, required: true, column: true, label: {de: Kennzeichen, en: Plate}}
      - {key: price, type: number, column: true, label: {de: Preis, en: Price}, unit: {de: Euro, en: euros}}
      - {key: fuel, type: choice, filter: true, column: true, label: {de: Antrieb, en: Drive}, choices: [{key: electric, label: {de: elektrisch, en: electric}}, {key: other, label: {de: anders, en: other}}]}
relations:
  - {key: parked_at, out: {de: steht bei, en: is parked at}, in: {de: Standort von, en: place of}, targets: [unit]}
`

// served is a running instance.
type served struct {
	t      *testing.T
	base   string
	told   string // what it said to its operator
	client *http.Client
	stop   func()
}

// start serves until stop, or the end of the test.
func start(t *testing.T, args ...string) *served {
	t.Helper()
	given := map[string]string{"listen": "127.0.0.1:0"}
	for i := 0; i+1 < len(args); i += 2 {
		given[args[i]] = args[i+1]
	}
	cfg, err := config.Load(given, nil, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, done := make(chan string, 1), make(chan error, 1)
	var told bytes.Buffer
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	go func() { done <- serve(ctx, cfg, log, &told, func(base string) { ready <- base }) }()
	s := &served{t: t}
	select {
	case s.base = <-ready:
	case err := <-done:
		cancel()
		t.Fatal(err)
	}
	s.told = told.String()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	s.client = &http.Client{Jar: jar, Transport: transport, Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	stopped := false
	s.stop = func() {
		if stopped {
			return
		}
		stopped = true
		transport.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	}
	t.Cleanup(s.stop)
	return s
}

func (s *served) do(method, path string, form url.Values) (int, http.Header, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", s.base)
	}
	res, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}

func (s *served) want(method, path string, form url.Values, status int, texts ...string) (http.Header, string) {
	s.t.Helper()
	code, h, body := s.do(method, path, form)
	_, main, _ := strings.Cut(body, "<main")
	if code != status {
		s.t.Fatalf("%s %s: %d, want %d\n%.1500s", method, path, code, status, main)
	}
	for _, text := range texts {
		if not, ok := strings.CutPrefix(text, "!"); ok {
			if strings.Contains(body, not) {
				s.t.Errorf("%s shows %q", path, not)
			}
		} else if !strings.Contains(body, text) {
			s.t.Errorf("%s does not show %q\n%.3000s", path, text, main)
		}
	}
	return h, body
}

var setupLink = regexp.MustCompile(`/setup\?token=(\S+)`)

// setUp becomes the first administrator, who is a contributor like everybody.
func (s *served) setUp() {
	s.t.Helper()
	m := setupLink.FindStringSubmatch(s.told)
	if m == nil {
		s.t.Fatalf("no set-up link in: %s", s.told)
	}
	s.want("GET", "/setup?token="+m[1], nil, 200)
	s.want("POST", "/setup", url.Values{"token": {m[1]}, "login": {"chefin"}, "name": {"Leitung"}, "password": {"ein langer Satz mit Wörtern"}}, 303)
	s.want("GET", "/admin", nil, 200)
}

// TestStrangersKind is demand 10 of the foundation: one YAML file, and pages of the kind are created by the form, listed,
// found and exported. Without the file they stay readable.
func TestStrangersKind(t *testing.T) {
	t.Parallel()
	data, kinds := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(kinds, "vehicle.yaml"), []byte(vehicle), 0o644); err != nil {
		t.Fatal(err)
	}
	s := start(t, "data", data, "kinds", kinds)
	s.setUp()
	s.want("POST", "/spaces/new", url.Values{"key": {"fuhrpark"}, "title": {"Fuhrpark"}, "type": {"open"}}, 303)
	s.want("GET", "/new", nil, 200, "Fahrzeug anlegen", "/new?kind=vehicle")
	s.want("GET", "/new?kind=vehicle", nil, 200, "Kennzeichen", "Euro", "elektrisch", "steht bei")
	form := url.Values{"kind": {"vehicle"}, "space": {"fuhrpark"}, "title": {"Dienstwagen der Leitung"}, "fields.price": {"viel"}, "relations.parked_at": {"tool/x"}}
	s.want("POST", "/new", form, 422, "f-fields-plate", "f-fields-price", "f-relations-parked-at", `value="viel"`)
	form.Set("fields.plate", "B-LR 1")
	form.Set("fields.price", "1.234,5")
	form.Set("fields.fuel", "electric")
	form.Set("relations.parked_at", "unit/redaktion")
	h, _ := s.want("POST", "/new", form, 303)
	at := h.Get("Location")
	s.want("POST", at+"/advance", url.Values{"revision": {"1"}, "transition": {"publish"}}, 303)
	s.want("GET", at, nil, 200, "Dienstwagen der Leitung", "Kennzeichen", "1.234,5", "elektrisch", "steht bei", "Redaktion")
	s.want("GET", "/kinds/vehicle", nil, 200, "Fahrzeuge", "Dienstwagen der Leitung", "B-LR 1", "1.234,5")
	s.want("GET", "/kinds/vehicle?fuel=other", nil, 200, "!Dienstwagen der Leitung")
	s.want("GET", "/kinds/vehicle?format=csv", nil, 200, "Dienstwagen der Leitung;", ";B-LR 1;")
	s.want("GET", "/wiki/methoden/redaktion", nil, 200, "Standort von", "Dienstwagen der Leitung")
	s.found("Dienstwagen", "Dienstwagen der Leitung")
	s.found("B-LR", "Dienstwagen der Leitung")

	out := filepath.Join(t.TempDir(), "out")
	var said bytes.Buffer
	if code := run(t.Context(), []string{"--data", data, "--kinds", kinds, "export", out}, console{out: &said, err: &said}); code != 0 {
		t.Fatalf("export beside the serving instance: %d, %s", code, said.String())
	}
	file, err := os.ReadFile(filepath.Join(out, "fuhrpark", "dienstwagen-der-leitung.md"))
	if err != nil || !strings.Contains(string(file), "kind: vehicle\n") || !strings.Contains(string(file), "price: 1234.5\n") || !strings.Contains(string(file), "parked_at:\n    - unit/redaktion\n") {
		t.Errorf("%s, %v", file, err)
	}
	s.stop()

	// The file is gone.
	s = start(t, "data", data)
	s.want("POST", "/login", url.Values{"login": {"chefin"}, "password": {"ein langer Satz mit Wörtern"}}, 303)
	s.want("GET", at, nil, 200, "Dienstwagen der Leitung", "B-LR 1", "!"+at+"/edit")
	s.want("GET", at+"/history", nil, 200)
	s.want("GET", at+"/edit", nil, 404)
	s.want("GET", "/kinds/vehicle", nil, 404)
	s.want("GET", "/wiki/fuhrpark", nil, 200, "Dienstwagen der Leitung")
	s.found("Dienstwagen", "Dienstwagen der Leitung")
	s.stop()

	// And back again.
	s = start(t, "data", data, "kinds", kinds)
	s.want("POST", "/login", url.Values{"login": {"chefin"}, "password": {"ein langer Satz mit Wörtern"}}, 303)
	s.want("GET", at+"/edit", nil, 200, `value="B-LR 1"`)
}

// found waits until a search shows a text, at most as long as the house promises.
func (s *served) found(query, title string) {
	s.t.Helper()
	path := "/search?q=" + url.QueryEscape(query)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); ; <-tick.C {
		_, _, body := s.do("GET", path, nil)
		if strings.Contains(body, title) {
			return
		}
		if time.Now().After(deadline) {
			_, main, _ := strings.Cut(body, "<main")
			s.t.Fatalf("%s does not find %q:\n%.1500s", path, title, main)
		}
	}
}

// ready waits until the instance says that it can serve, its search index included.
func (s *served) ready() {
	s.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); ; <-tick.C {
		code, _, body := s.do("GET", "/readyz", nil)
		if code == http.StatusOK {
			return
		}
		if code != http.StatusServiceUnavailable || time.Now().After(deadline) {
			s.t.Fatalf("/readyz: %d %s", code, body)
		}
	}
}

// The first start brings the shipped pages and the way to become administrator; the second brings neither again.
func TestFirstAndSecondStart(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := start(t, "data", data)
	if !strings.Contains(s.told, "The shipped pages are loaded") || !strings.Contains(s.told, s.base) {
		t.Errorf("told: %s", s.told)
	}
	s.want("GET", "/healthz", nil, 200)
	s.ready()
	s.want("GET", "/", nil, 303)
	s.want("GET", "/info/imprint", nil, 200)
	s.setUp()
	s.want("GET", "/", nil, 200)
	s.found("Demingkreis", "Demingkreis")
	// What the command line does beside it is noticed.
	var said bytes.Buffer
	src := t.TempDir()
	if err := os.WriteFile(filepath.Join(src, "neu.md"), []byte("# Quittenmarmelade\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code := run(t.Context(), []string{"--data", data, "import", "--space", "methoden", src}, console{out: &said, err: &said}); code != 0 {
		t.Fatalf("import beside the serving instance: %d, %s", code, said.String())
	}
	s.found("Quittenmarmelade", "Quittenmarmelade")
	s.want("GET", "/wiki/methoden/neu", nil, 200, "Quittenmarmelade")
	s.stop()

	s = start(t, "data", data)
	if strings.Contains(s.told, "shipped pages") || setupLink.MatchString(s.told) {
		t.Errorf("told at the second start: %s", s.told)
	}
	s.want("GET", "/setup?token=x", nil, 303)
	s.want("GET", "/wiki/methoden/neu", nil, 303)
}

// The demo has its own directory, lets visitors read, and signs in by a click.
func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("loads the demo organisation")
	}
	t.Parallel()
	data := t.TempDir()
	s := start(t, "data", data, "demo", "true")
	if _, err := os.Stat(filepath.Join(data, "demo", "lernraum.db")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(data, "lernraum.db")); err == nil {
		t.Error("the demo made a database in the directory of the house")
	}
	if setupLink.MatchString(s.told) {
		t.Errorf("told: %s", s.told)
	}
	s.want("GET", "/", nil, 200)
	_, login := s.want("GET", "/login", nil, 200)
	for _, a := range demoAccounts {
		if !strings.Contains(login, `value="`+a.key+`"`) {
			t.Errorf("the sign-in page does not offer %s", a.key)
		}
		s.want("POST", "/login", url.Values{"role": {a.key}}, 303)
		s.want("GET", "/account", nil, 200, a.label)
	}
	s.want("POST", "/login", url.Values{"role": {"boss"}}, 404)
	if n := s.pages(data); n < 150 {
		t.Errorf("the demo has %d pages", n)
	}
}

func (s *served) pages(data string) int {
	s.t.Helper()
	cfg, err := config.Load(map[string]string{"data": data, "demo": "true"}, nil, os.ReadFile)
	if err != nil {
		s.t.Fatal(err)
	}
	in, err := open(s.t.Context(), cfg, slog.New(slog.DiscardHandler), false)
	if err != nil {
		s.t.Fatal(err)
	}
	n := 0
	err = in.store.Each(s.t.Context(), func(page.Page) error { n++; return nil })
	if cerr := in.close(); err != nil || cerr != nil {
		s.t.Fatal(err, cerr)
	}
	return n
}
