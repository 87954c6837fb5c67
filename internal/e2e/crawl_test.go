package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// variants bounds how many queries of one path are visited: filters and sort orders multiply.
const variants = 5

// crawler visits whatever is linked and remembers where it read of it.
type crawler struct {
	c       *client
	queue   []string
	from    map[string]string          // address → the page that first linked to it
	queries map[string]int             // path → how many queries of it were visited
	anchors map[string]map[string]bool // page → ids on it
	wanted  []jump
	pages   int
}

// jump is a link to a place inside a page.
type jump struct{ from, page, id string }

// Every link of the house leads somewhere for those who see it, and every page is sound.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	samplePage(t) // has a file and a history
	for _, role := range []string{"", "contributor", "editor", "admin"} {
		name := role
		if name == "" {
			name = "guest"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cr := &crawler{c: newClient(t, role), from: map[string]string{"/": ""}, queries: map[string]int{}, anchors: map[string]map[string]bool{}, queue: []string{"/"}}
			for len(cr.queue) > 0 {
				at := cr.queue[0]
				cr.queue = cr.queue[1:]
				cr.visit(t, at)
			}
			for _, j := range cr.wanted {
				if ids, seen := cr.anchors[j.page]; seen && !ids[j.id] {
					t.Errorf("%s links to #%s on %s, which is not there", j.from, j.id, j.page)
				}
			}
			t.Logf("%s: %d addresses, %d pages", name, len(cr.from), cr.pages)
			if cr.pages < 150 {
				t.Errorf("only %d pages were reached", cr.pages)
			}
		})
	}
}

func (cr *crawler) visit(t *testing.T, at string) {
	t.Helper()
	a := cr.c.get(at)
	address := at
	for hops := 0; a.status >= 300 && a.status < 400; hops++ {
		checkHeaders(t, address, a)
		next := resolve(t, address, a.location())
		if hops > 4 || next == "" {
			t.Errorf("%s (on %s) leads on to %q and does not end", at, cr.from[at], a.location())
			return
		}
		address = next
		a = cr.c.get(address)
	}
	if a.status != http.StatusOK {
		t.Errorf("%s: %d, linked on %s", at, a.status, cr.from[at])
		return
	}
	checkHeaders(t, address, a)
	if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		return
	}
	if cr.anchors[address] != nil {
		return // read already, under another address
	}
	cr.pages++
	cr.read(t, address, a.body)
}

// read checks a page and takes up its links.
func (cr *crawler) read(t *testing.T, at, body string) {
	t.Helper()
	doc := parse(t, body)
	ids, headings := map[string]bool{}, 0
	var links []string
	walk(doc, func(n *html.Node) {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("%s: the id %q stands twice", at, id)
			}
			ids[id] = true
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s: <%s %s=…> is forbidden by our own policy", at, n.Data, a.Key)
			}
		}
		switch n.Data {
		case "h1":
			headings++
		case "a":
			if hasAttr(n, "href") {
				if name(n) == "" {
					t.Errorf("%s: the link to %q has no words", at, attr(n, "href"))
				}
				links = append(links, attr(n, "href"))
			}
		case "button":
			if name(n) == "" {
				t.Errorf("%s: a button has no words", at)
			}
		case "img":
			if !hasAttr(n, "alt") {
				t.Errorf("%s: the image %q has no alt", at, attr(n, "src"))
			}
			links = append(links, attr(n, "src"))
		case "script", "source":
			if src := attr(n, "src"); src != "" {
				links = append(links, src)
			}
		case "link":
			links = append(links, attr(n, "href"))
		case "form":
			if !strings.EqualFold(attr(n, "method"), "post") {
				links = append(links, attr(n, "action"))
			}
		}
	})
	if headings != 1 {
		t.Errorf("%s: %d headings of the first level", at, headings)
	}
	cr.anchors[at] = ids
	for _, href := range links {
		cr.take(t, at, href)
	}
}

// take puts a link into the queue, unless it leads out of the house or was taken already.
func (cr *crawler) take(t *testing.T, at, href string) {
	t.Helper()
	u, err := url.Parse(href)
	if err != nil {
		t.Errorf("%s: the address %q cannot be read: %v", at, href, err)
		return
	}
	if u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		if !slices.Contains([]string{"mailto", "tel"}, u.Scheme) {
			t.Errorf("%s: a link of the kind %q", at, u.Scheme)
		}
		return
	}
	to := resolve(t, at, href)
	if to == "" {
		return
	}
	if u.Fragment != "" {
		cr.wanted = append(cr.wanted, jump{at, to, u.Fragment})
	}
	if _, seen := cr.from[to]; seen {
		return
	}
	path, query, _ := strings.Cut(to, "?")
	if query != "" {
		if cr.queries[path] >= variants {
			return
		}
		cr.queries[path]++
	}
	cr.from[to] = at
	cr.queue = append(cr.queue, to)
}

// name is what a link or button says: its words, the alt of its images, or its label.
func name(n *html.Node) string {
	if label := attr(n, "aria-label"); label != "" {
		return label
	}
	var b strings.Builder
	var add func(*html.Node)
	add = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		b.WriteString(attr(n, "alt"))
		if n.Type == html.ElementNode && n.Data == "svg" {
			b.WriteString(attr(n, "aria-label"))
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			add(c)
		}
	}
	add(n)
	return strings.TrimSpace(b.String())
}

// policyText is the policy of security.md, section 3.3, word for word.
const policyText = "default-src 'none'; script-src 'NONCE'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
	"frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types lernraum; report-to csp"

var policyOfPage = regexp.MustCompile("^" + strings.Replace(regexp.QuoteMeta(policyText), "NONCE", "nonce-([A-Za-z0-9_-]{22,})", 1) + "$")

// checkHeaders fails when an answer lacks one of the headers that protect the reader.
func checkHeaders(t *testing.T, at string, a answer) {
	t.Helper()
	for header, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
	} {
		if got := a.header.Get(header); got != want {
			t.Errorf("%s: %s is %q", at, header, got)
		}
	}
	policy := a.header.Get("Content-Security-Policy")
	if a.status == http.StatusNotModified {
		if policy != "" {
			t.Errorf("%s: 304 with the policy %q", at, policy)
		}
		return
	}
	if file := strings.Contains(at, "/files/") && !strings.HasSuffix(at, "/remove"); file || strings.HasSuffix(at, ".svg") && strings.HasPrefix(at, "/kpis/") {
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script-src") {
			t.Errorf("%s: the policy of a file is %q", at, policy)
		}
		return
	}
	switch {
	case strings.HasPrefix(a.header.Get("Content-Type"), "text/html"):
		m := policyOfPage.FindStringSubmatch(policy)
		if m == nil {
			t.Errorf("%s: the policy of a page is %q", at, policy)
		} else if n := strings.Count(a.body, m[1]); n != 1 && a.body != "" {
			t.Errorf("%s: the nonce stands %d times in the page", at, n)
		}
	case policy != strings.Replace(policyText, "NONCE", "none", 1):
		t.Errorf("%s: the policy is %q", at, policy)
	}
	if to := a.header.Get("Reporting-Endpoints"); to != `csp="/csp-report"` {
		t.Errorf("%s: Reporting-Endpoints is %q", at, to)
	}
	if vary := strings.Join(a.header.Values("Vary"), ", "); !strings.HasPrefix(at, "/static/") && !strings.Contains(vary, "Cookie") {
		t.Errorf("%s: Vary is %q", at, vary)
	}
	if typ := a.header.Get("Content-Type"); typ == "" && a.status == http.StatusOK {
		t.Errorf("%s: no content type", at)
	}
	if caching := a.header.Get("Cache-Control"); !strings.HasPrefix(at, "/static/") && !strings.Contains(caching, "private") && !strings.Contains(caching, "no-store") {
		t.Errorf("%s: Cache-Control is %q", at, caching)
	}
	if errors := a.header.Values("Access-Control-Allow-Origin"); len(errors) > 0 {
		t.Errorf("%s: other sites may read it: %s", at, fmt.Sprint(errors))
	}
}

// What is not there, refused or wrong comes with the same protection and in a page of the house.
func TestRefusalsArePages(t *testing.T) {
	for _, c := range []struct {
		role, path string
		status     int
	}{
		{"", "/wiki/handbuch/gibt-es-nicht", http.StatusNotFound},
		{"", "/wiki/gibt-es-nicht", http.StatusNotFound},
		{"", "/p/00000000000000000000000000", http.StatusNotFound},
		{"", "/static/gibt-es-nicht.css", http.StatusNotFound},
		{"", "/gibt-es-nicht", http.StatusNotFound},
		{"contributor", "/admin", http.StatusNotFound},
		{"contributor", "/wiki/it-sicherheit", http.StatusNotFound},
		{"contributor", "/kinds/gibt-es-nicht", http.StatusNotFound},
	} {
		a := newClient(t, c.role).get(c.path)
		if a.status != c.status {
			t.Errorf("GET %s as %q: %d, not %d", c.path, c.role, a.status, c.status)
		}
		checkHeaders(t, c.path, a)
		if !strings.HasPrefix(c.path, "/static/") && strings.Count(a.body, "<h1") != 1 {
			t.Errorf("GET %s as %q: not a page of the house: %.200s", c.path, c.role, a.body)
		}
	}
}
