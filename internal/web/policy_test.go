package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A page that is put together from what is kept and a new nonce is one sound gzip member.
func TestPackedPages(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 2, 100, 1 << 10, 32<<10 - 1, 32 << 10, 70_000, 300_000} {
		for _, kind := range []string{"text", "noise"} {
			before := []byte(strings.Repeat("<p>Zwölf Boxkämpfer</p>\n", size/24+1))[:size]
			if kind == "noise" {
				for i := range before {
					before[i] = byte(r.Uint32())
				}
			}
			const rest = "\"></script>\n</body>\n</html>\n"
			p, err := pack(before, rest)
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				nonce := newNonce()
				var buf bytes.Buffer
				p.write(&buf, nonce)
				z, err := gzip.NewReader(&buf)
				if err != nil {
					t.Fatalf("%d of %s: %v", size, kind, err)
				}
				z.Multistream(false)
				got, err := io.ReadAll(z)
				if err != nil || string(got) != string(before)+nonce+rest {
					t.Errorf("%d of %s: %d bytes, %v", size, kind, len(got), err)
				}
				if buf.Len() != 0 {
					t.Errorf("%d of %s: %d bytes stand behind the end", size, kind, buf.Len())
				}
			}
		}
	}
}

// TestNonces: site.send compares the nonce of every page with its policy and refuses one that was there before. Here
// are the ways an answer can take.
func TestNonces(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	before := len(s.nonces)
	for range 3 {
		for _, encoding := range []string{"", "gzip"} {
			s.want("a page", s.get("clerk", "/wiki/handbuch/offen", "Accept-Encoding", encoding), 200, "NONCE")
			s.want("no page", s.get("clerk", "/wiki/handbuch/nix", "Accept-Encoding", encoding), 404, "NONCE")
			s.want("a form with a mistake", s.post("clerk", "/new", map[string][]string{"kind": {"guide"}, "do": {"save"}}, "Accept-Encoding", encoding), 422, "NONCE")
		}
	}
	if n := len(s.nonces) - before; n != 18 {
		t.Errorf("%d nonces for 18 pages", n)
	}
	a := s.get("clerk", "/wiki/handbuch/offen")
	again := s.get("clerk", "/wiki/handbuch/offen", "If-None-Match", a.Header().Get("ETag"))
	if again.Code != http.StatusNotModified || again.Header().Values(headerPolicy) != nil {
		t.Errorf("unchanged: %d with policy %q", again.Code, again.Header().Get(headerPolicy))
	}
	if h := a.Header(); h.Get("Reporting-Endpoints") != `csp="/csp-report"` || !strings.Contains(h.Get(headerPolicy), "report-to csp") {
		t.Errorf("reports: %v", h)
	}
}

// said keeps the lines of a log.
type said struct{ bytes.Buffer }

func (s *site) listen() *said {
	lines := &said{}
	s.open.Log = slog.New(slog.NewTextHandler(lines, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return lines
}

func TestReports(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	lines := s.listen()
	report := func(body string) string {
		t.Helper()
		lines.Reset()
		r := s.requestFrom("192.0.2.7:999", reportPath, body)
		r.Header.Set("Content-Type", "application/reports+json") // with cookie and Origin and without Sec-Fetch-Site, as Chromium 156 sends it
		if a := s.send("clerk", r); a.Code != http.StatusNoContent || a.body != "" {
			t.Errorf("%.80s: %d %q", body, a.Code, a.body)
		}
		s.clock.pass(time.Second)
		return lines.String()
	}
	one := func(document, blocked string) string {
		quoted, err := json.Marshal([]string{document, blocked})
		if err != nil {
			t.Fatal(err)
		}
		d, b, _ := strings.Cut(string(quoted[1:len(quoted)-1]), `","`)
		return fmt.Sprintf(`{"type":"csp-violation","age":3,"url":%[1]s,"user_agent":"Kanarienbrowser/7","body":{"documentURL":%[1]s,"blockedURL":%[2]s,
			"effectiveDirective":"img-src","sourceFile":"http://haus.test/x.js","lineNumber":4,"sample":"Geheimtext","referrer":"http://haus.test/?q=krank"}}`, d+`"`, `"`+b)
	}
	got := report("[" + one("http://haus.test/wiki/a/b", "data") + "," + one("http://haus.test/", "inline") + "]")
	if strings.Count(got, "\n") != 1 {
		t.Errorf("not one line: %q", got)
	}
	for _, want := range []string{"directive=img-src", "blocked=data", "page=http://haus.test/wiki/a/b", "line=4", "reports=2"} {
		if !strings.Contains(got, want) {
			t.Errorf("the line does not say %s: %s", want, got)
		}
	}
	got += report("[" + one("http://haus.test/search?q=krank", "https://a.example/?token=krank") + "]")
	got += report("[" + one("http://haus.test/a#krank", "https://krank@a.example/") + "]")
	for _, secret := range []string{"krank", "Geheimtext", "Kanarienbrowser", "192.0.2.7", "clerk", "Clerk", s.tokens["clerk"]} {
		if strings.Contains(got, secret) {
			t.Errorf("the log holds %q: %s", secret, got)
		}
	}
	if got := report("[" + one("x\ny\x00z\u202e", strings.Repeat("ü", 500)) + "]"); strings.Count(got, "\n") != 1 || len(got) > 800 || !strings.Contains(got, "page=xyz") {
		t.Errorf("a hostile report: %q", got)
	}
	for _, junk := range []string{"", "null", "[]", "{}", "[1]", strings.Repeat("[", 5000), `[{"body":7}]`, "[" + strings.Repeat(" ", maxReport) + one("a", "b") + "]"} {
		if got := report(junk); got != "" {
			t.Errorf("%.40s is logged: %s", junk, got)
		}
	}
}

func TestReportsAreFew(t *testing.T) {
	var o once
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	if !o.pass("a", at) || o.pass("a", at.Add(999*time.Millisecond)) || !o.pass("b", at) || !o.pass("a", at.Add(time.Second)) {
		t.Error("an address may report once a second")
	}
	for i := range 3 * maxSeen {
		o.pass(fmt.Sprint(i), at.Add(time.Second))
	}
	if len(o.seen) > maxSeen {
		t.Errorf("%d addresses are remembered", len(o.seen))
	}
}
