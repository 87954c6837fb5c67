package e2e

import (
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// client is a person with a cookie jar and without a browser.
type client struct {
	t    *testing.T
	base string
	http *http.Client
}

// newClient makes a guest (role "") or somebody signed in with a role of the demo.
func newClient(t *testing.T, role string) *client {
	t.Helper()
	c := newClientAt(t, demo.base)
	if role != "" {
		if a := c.post("/login", url.Values{"role": {role}}, own()); a.status != http.StatusSeeOther {
			t.Fatalf("sign in as %s: %d", role, a.status)
		}
	}
	return c
}

// newClientAt makes a guest of an instance.
func newClientAt(t *testing.T, base string) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, base: base, http: &http.Client{
		Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 4},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

// answer is what came back, read whole.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) location() string { return a.header.Get("Location") }

// own are the headers a browser sends with a form of our own pages.
func own() http.Header {
	return http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {demo.base}}
}

func (c *client) do(method, path, contentType string, body io.Reader, h http.Header) answer {
	c.t.Helper()
	ctx, cancel := shortly(c.t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	for k, v := range h {
		req.Header[k] = v
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

func (c *client) get(path string) answer {
	c.t.Helper()
	return c.do(http.MethodGet, path, "", nil, nil)
}

func (c *client) post(path string, v url.Values, h http.Header) answer {
	c.t.Helper()
	return c.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(v.Encode()), h)
}

// mustGet is get of something that has to be there.
func (c *client) mustGet(path string) answer {
	c.t.Helper()
	a := c.get(path)
	if a.status != http.StatusOK {
		c.t.Fatalf("GET %s: %d", path, a.status)
	}
	return a
}

// makePage creates a page through the form and gives its address.
func (c *client) makePage(kind, title string, more url.Values) string {
	c.t.Helper()
	v := url.Values{"do": {"save"}, "kind": {kind}, "space": {"handbuch"}, "title": {title}}
	for k, val := range more {
		v[k] = val
	}
	a := c.post("/new", v, own())
	if a.status != http.StatusSeeOther {
		c.t.Fatalf("create %q: %d\n%s", title, a.status, excerpt(a.body, `class="lr-errors__list"`))
	}
	return a.location()
}

// editPage saves a page with other values; revision is the one the change starts from.
func (c *client) editPage(path, revision string, v url.Values) answer {
	c.t.Helper()
	v.Set("do", "save")
	v.Set("revision", revision)
	return c.post(path+"/edit", v, own())
}

// excerpt shows the part of a page that begins with a mark.
func excerpt(body, mark string) string {
	i := strings.Index(body, mark)
	if i < 0 {
		return ""
	}
	return body[i:min(len(body), i+600)]
}

// multi is the body of a form with a file, and its type.
func multi(t *testing.T, name, content string) (string, string) {
	t.Helper()
	var b strings.Builder
	w := multipart.NewWriter(&b)
	f, err := w.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}
