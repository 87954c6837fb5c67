package web

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"
)

// reportPath is where browsers send what the content security policy stopped.
const reportPath = "/csp-report"

// maxReport bounds a report, in bytes.
const maxReport = 8 << 10

// violation is a report as the Reporting API sends it. Only what helps to find the fault is read: no sample of the
// text of a page, no name of a browser.
type violation struct {
	Body struct {
		Document  string `json:"documentURL"`
		Directive string `json:"effectiveDirective"`
		Blocked   string `json:"blockedURL"`
		Source    string `json:"sourceFile"`
		Line      int    `json:"lineNumber"`
	} `json:"body"`
}

// cspReport writes one line for what a browser refused to do. It tells nobody anything and always answers alike.
func (s *Server) cspReport(q *request) error {
	if s.reports.pass(q.RealIP(), s.Now()) {
		raw, err := io.ReadAll(q.Request().Body)
		var list []violation
		if err == nil && json.Unmarshal(raw, &list) == nil && len(list) > 0 {
			b := list[0].Body
			s.Log.Warn("content security policy", "directive", reported(b.Directive), "blocked", reported(b.Blocked),
				"page", reported(b.Document), "source", reported(b.Source), "line", b.Line, "reports", len(list))
		}
	}
	return q.NoContent(http.StatusNoContent)
}

// reported is a field of a report as it may be logged. What has a query is dropped: somebody may have searched for
// it, or it may hold a secret.
func reported(field string) string {
	if strings.ContainsAny(field, "?#&@") {
		return ""
	}
	field = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, field)
	return strings.ToValidUTF8(field[:min(len(field), 200)], "")
}

// once lets one report a second of an address pass. The addresses are forgotten together.
type once struct {
	mu    sync.Mutex
	since time.Time
	seen  map[string]bool
}

// maxSeen bounds how many addresses are told apart in a second; the next ones have to wait.
const maxSeen = 1024

func (o *once) pass(address string, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now.Sub(o.since) >= time.Second || o.seen == nil {
		o.since, o.seen = now, map[string]bool{}
	}
	if o.seen[address] || len(o.seen) >= maxSeen {
		return false
	}
	o.seen[address] = true
	return true
}
