package e2e

import (
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// pagesOf gives the addresses of all pages of a kind a guest may see, from its list.
func pagesOf(t *testing.T, kind string) []string {
	t.Helper()
	c := newClient(t, "")
	var out []string
	for next := "/kinds/" + kind; next != ""; {
		doc := parse(t, c.mustGet(next).body)
		next = ""
		walk(doc, func(n *html.Node) {
			if n.Data == "a" && n.Parent != nil && n.Parent.Data == "th" && strings.HasPrefix(attr(n, "href"), "/wiki/") {
				out = append(out, attr(n, "href"))
			}
			if n.Data == "a" && attr(n, "rel") == "next" {
				next = resolve(t, "/kinds/"+kind, attr(n, "href"))
			}
		})
	}
	if len(out) == 0 {
		t.Errorf("the list of %s is empty", kind)
	}
	return out
}

func parse(t *testing.T, body string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// walk visits all elements.
func walk(n *html.Node, f func(*html.Node)) {
	if n.Type == html.ElementNode {
		f(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, f)
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// resolve gives the path and query of a link on a page, or "" for another host.
func resolve(t *testing.T, page, href string) string {
	t.Helper()
	base, err := url.Parse(demo.base + page)
	if err != nil {
		t.Fatal(err)
	}
	u, err := base.Parse(href)
	if err != nil {
		t.Errorf("%s: the address %q cannot be read: %v", page, href, err)
		return ""
	}
	if u.Scheme+"://"+u.Host != demo.base {
		return ""
	}
	return u.RequestURI()
}
