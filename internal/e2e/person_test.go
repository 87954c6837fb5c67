package e2e

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// person is somebody with a cookie jar who signs in at providers. They follow redirects one by one.
type person struct {
	t    *testing.T
	base string // of the house
	http *http.Client
}

func newPerson(t *testing.T, base string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t: t, base: base, http: &http.Client{
		Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 2},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(p.http.CloseIdleConnections)
	return p
}

// reply is an answer with the address it came from.
type reply struct {
	answer
	at *url.URL
}

// next is where a redirect leads, absolute; "" for an answer that is none.
func (a reply) next() string {
	to, err := a.at.Parse(a.location())
	if a.location() == "" || err != nil {
		return ""
	}
	return to.String()
}

// send makes one request. A relative address is one of the house.
func (p *person) send(method, address string, form url.Values, h http.Header) reply {
	p.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = p.base + address
	}
	ctx, cancel := shortly(context.WithoutCancel(p.t.Context()))
	defer cancel()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, address, err)
	}
	for k, v := range h {
		req.Header[k] = v
	}
	if form != nil && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if method == http.MethodPost && strings.HasPrefix(address, p.base) && h == nil {
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		req.Header.Set("Origin", p.base)
	}
	res, err := p.http.Do(req)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, address, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, address, err)
	}
	return reply{answer{res.StatusCode, res.Header, string(text)}, req.URL}
}

func (p *person) get(address string) reply {
	p.t.Helper()
	return p.send(http.MethodGet, address, nil, nil)
}

func (p *person) post(address string, form url.Values) reply {
	p.t.Helper()
	return p.send(http.MethodPost, address, form, nil)
}

// atProvider walks the provider's own pages, from where the house sent the browser to the address the provider sends it
// back to, and does not visit that: a test may want to do something else with it.
func (p *person) atProvider(address, login, password string) string {
	p.t.Helper()
	asked := 0
	for range 20 {
		if strings.HasPrefix(address, p.base+"/") {
			return address
		}
		a := p.get(address)
		if a.next() == "" {
			action, fields := form(p.t, a)
			for name := range fields {
				switch name {
				case "username":
					fields.Set(name, login)
					asked++
				case "password":
					fields.Set(name, password)
				}
			}
			if asked > 1 {
				p.t.Fatalf("the provider does not take the password of %s", login)
			}
			a = p.post(action, fields)
		}
		if address = a.next(); address == "" {
			p.t.Fatalf("the provider stays at %s: %d\n%s", a.at, a.status, a.body)
		}
	}
	p.t.Fatalf("the provider does not come to an end, now at %s", address)
	return ""
}

// form finds the first form of a page: where it goes and its fields as they stand.
func form(t *testing.T, a reply) (action string, fields url.Values) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	attr := func(n *html.Node, name string) string {
		for _, at := range n.Attr {
			if at.Key == name {
				return at.Val
			}
		}
		return ""
	}
	fields = url.Values{}
	for n := range doc.Descendants() {
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "form" && action == "":
			to, err := a.at.Parse(attr(n, "action"))
			if err != nil {
				t.Fatal(err)
			}
			action = to.String()
		case n.Data == "input" && attr(n, "name") != "":
			fields.Set(attr(n, "name"), attr(n, "value"))
		}
	}
	if action == "" {
		t.Fatalf("no form at %s: %d\n%s", a.at, a.status, a.body)
	}
	return action, fields
}
