package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// editor saves one page again and again, as somebody does who has its form open.
type editor struct {
	path string
	form url.Values
	body string
	n    int // saves so far
}

// openEditor fetches the form of a page and keeps all that is in it.
func openEditor(ctx context.Context, s site, path string) (*editor, error) {
	a, err := s.want(ctx, path+"/edit", 200)
	if err != nil {
		return nil, err
	}
	doc, err := html.Parse(bytes.NewReader(a.body))
	if err != nil {
		return nil, fmt.Errorf("read form: %w", err)
	}
	e := &editor{path: path, form: url.Values{}}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "form" && attr(n, "id") == "page-form" {
			controls(n, e.form)
		}
	}
	e.body = e.form.Get("body")
	if e.body == "" || e.form.Get("revision") == "" {
		return nil, fmt.Errorf("%s/edit: no form with a text and a revision", path)
	}
	e.form.Set("do", "save")
	return e, nil
}

// controls collects what a browser would send of a form.
func controls(form *html.Node, into url.Values) {
	for n := range form.Descendants() {
		name := attr(n, "name")
		if n.Type != html.ElementNode || name == "" {
			continue
		}
		switch n.Data {
		case "input":
			if t := attr(n, "type"); (t == "checkbox" || t == "radio") && !has(n, "checked") || t == "file" || t == "submit" {
				continue
			}
			into.Add(name, attr(n, "value"))
		case "textarea":
			var text strings.Builder
			for t := range n.Descendants() {
				text.WriteString(t.Data)
			}
			into.Add(name, text.String())
		case "select":
			first, chosen := "", ""
			for o := range n.Descendants() {
				if o.Type != html.ElementNode || o.Data != "option" {
					continue
				}
				if first == "" {
					first = attr(o, "value")
				}
				if has(o, "selected") {
					chosen = attr(o, "value")
				}
			}
			if chosen == "" {
				chosen = first
			}
			into.Add(name, chosen)
		}
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

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// save changes the text and sends the form; the time is that of the request alone.
func (e *editor) save(ctx context.Context, c *connection, text string) (time.Duration, error) {
	e.n++
	e.form.Set("body", e.body+"\n\n"+text+"\n")
	request := c.site.post(e.path+"/edit", e.form)
	start := time.Now()
	a, err := c.do(ctx, request, true)
	took := time.Since(start)
	if err != nil {
		return took, err
	}
	if a.status != 303 {
		return took, fmt.Errorf("save %s: status %d, want 303", e.path, a.status)
	}
	revision, err := strconv.Atoi(e.form.Get("revision"))
	if err != nil {
		return took, fmt.Errorf("revision: %w", err)
	}
	e.form.Set("revision", strconv.Itoa(revision+1))
	return took, nil
}
