package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// postRoutes reads from the source which addresses take forms, so that a new one cannot be forgotten here.
func postRoutes(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "internal", "web", "routes.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 4 {
			return true
		}
		name, ok := call.Fun.(*ast.Ident)
		lit, isLit := call.Args[0].(*ast.BasicLit)
		if !ok || !isLit || name.Name != "post" {
			return true
		}
		path, err := strconv.Unquote(lit.Value)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, path)
		return true
	})
	if len(out) < 10 {
		t.Fatalf("only %d routes found in routes.go: has it another form now?", len(out))
	}
	return out
}

// forms are the values that make a form do something, by route, for those that would do it without being asked again.
var forms = map[string]url.Values{
	"/new":                    {"do": {"save"}, "kind": {"term"}, "space": {"handbuch"}, "title": {"Fremder Begriff"}, "fields.definition": {"Von anderswo."}},
	"/kpis/:key/values":       {"period": {"2026-10"}, "value": {"99"}, "state": {"final"}},
	"/wiki/:space/:slug/edit": {"do": {"save"}, "title": {"Fremder Titel"}, "revision": {"2"}, "body": {"fremd"}, "fields.purpose": {"fremd"}},
	"/wiki/:space/:slug/revisions/:n/restore": {"revision": {"2"}},
	"/wiki/:space/:slug/confirm":              {"revision": {"2"}},
	"/wiki/:space/:slug/advance":              {"revision": {"2"}, "transition": {"publish"}},
	"/wiki/:space/:slug/files":                {},
	"/wiki/:space/:slug/files/:name/remove":   {},
	"/spaces/new":                             {"key": {"fremd"}, "title": {"Fremder Bereich"}, "type": {"open"}, "unit": {"unit/z2"}},
	"/spaces/:key/edit":                       {"title": {"Fremdes Handbuch"}, "type": {"open"}, "unit": {"unit/z2"}},
	"/login":                                  {"role": {"contributor"}},
	"/logout":                                 {},
	"/setup":                                  {"token": {"x"}, "login": {"fremd"}, "name": {"Fremd"}, "password": {"ein langes fremdes Kennwort"}},
	"/account/password":                       {"current": {"x"}, "password": {"ein langes fremdes Kennwort"}},
	"/account/sessions/end":                   {},
	"/prefs":                                  {"lang": {"en"}, "theme": {"dark"}},
}

// Another site in the same browser has the cookie on its side and still gets nothing done.
func TestForeignOriginIsRefused(t *testing.T) {
	c := newClient(t, "admin")
	page := c.makePage("process", "Ziel fremder Formulare", url.Values{"fields.purpose": {"Prüfen."}, "body": {"Erste Fassung.\n"}})
	if a := c.editPage(page, "1", url.Values{"title": {"Ziel fremder Formulare"}, "fields.purpose": {"Prüfen."}, "body": {"Zweite Fassung.\n"}}); a.status != http.StatusSeeOther {
		t.Fatalf("edit: %d", a.status)
	}
	body, contentType := multi(t, "ziel.txt", "gehört zur Seite\n")
	if a := c.do(http.MethodPost, page+"/files", contentType, strings.NewReader(body), own()); a.status != http.StatusSeeOther {
		t.Fatalf("attach: %d", a.status)
	}

	elsewhere := map[string]http.Header{
		"cross-site":         {"Sec-Fetch-Site": {"cross-site"}},
		"same-site":          {"Sec-Fetch-Site": {"same-site"}, "Origin": {"http://127.0.0.1:1"}},
		"foreign origin":     {"Origin": {"https://boese.example"}},
		"our host as a name": {"Origin": {strings.Replace(demo.base, "127.0.0.1", "127.0.0.1.boese.example", 1)}},
		"another port":       {"Origin": {"http://127.0.0.1:1"}},
		"null origin":        {"Origin": {"null"}},
		"no sign at all":     {},
	}
	c.mustGet(page) // takes the notice of the upload
	before := state(c, page)
	for _, route := range postRoutes(t) {
		if strings.HasPrefix(route, "/auth/backchannel/") {
			continue // identity providers send it, without a cookie; what they send is signed
		}
		v := forms[route] // where there is none, an empty form has to be refused as well
		path := fill(t, route, page)
		for name, h := range elsewhere {
			body, contentType := "", "application/x-www-form-urlencoded"
			if strings.HasSuffix(route, "/files") {
				body, contentType = multi(t, "fremd.txt", "von anderswo\n")
			} else {
				body = v.Encode()
			}
			a := c.do(http.MethodPost, path, contentType, strings.NewReader(body), h)
			if a.status != http.StatusForbidden {
				t.Errorf("POST %s with %s: %d, not 403", path, name, a.status)
			}
			if set := a.header.Values("Set-Cookie"); len(set) > 0 {
				t.Errorf("POST %s with %s sets cookies: %s", path, name, set)
			}
		}
		if after := state(c, page); after != before {
			t.Errorf("after the refused forms to %s the house is another one: %s", path, difference(before, after))
			before = after
		}
	}

	// The same forms from our own pages are taken up: what was refused was refused for where it came from.
	for route, v := range forms {
		mine := newClient(t, "admin")
		a := mine.post(fill(t, route, page), v, own())
		if a.status == http.StatusForbidden {
			t.Errorf("POST %s from our own page: 403", route)
		}
	}
}

// fill puts values into the parameters of a route.
func fill(t *testing.T, route, page string) string {
	t.Helper()
	parts := strings.Split(page, "/") // "", wiki, space, slug
	with := map[string]string{":space": parts[2], ":slug": parts[3], ":n": "1", ":name": "ziel.txt", ":key": "handbuch"}
	if strings.HasPrefix(route, "/kpis/") {
		with[":key"] = "papierpost-eingang"
	}
	out := strings.Split(route, "/")
	for i, p := range out {
		if !strings.HasPrefix(p, ":") {
			continue
		}
		val, ok := with[p]
		if !ok {
			val = "gibt-es-nicht" // the door is before the house
		}
		out[i] = val
	}
	return strings.Join(out, "/")
}

// sizes on disk grow by themselves.
var sizes = regexp.MustCompile(`[0-9.,]+ (?:Byte|Bytes|KB|KiB|MB|MiB)`)

// state is what forms could change, as the administrator sees it: the page, its history and files, the spaces,
// the figures of the house, and that the session still is one.
func state(c *client, page string) string {
	c.t.Helper()
	var b strings.Builder
	for _, path := range []string{page, page + "/history", "/spaces", "/spaces/closed", "/account", "/kinds/term", "/admin"} {
		a := c.mustGet(path)
		_, main, _ := strings.Cut(a.body, "<main")
		main, _, _ = strings.Cut(main, "</main>")
		if path == "/admin" {
			_, main, _ = strings.Cut(main, `id="status-data"`)
			main, _, _ = strings.Cut(main, "</section>")
			main = sizes.ReplaceAllString(main, "")
		}
		b.WriteString(main)
	}
	return b.String()
}

// difference shows where two texts part.
func difference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	cut := func(s string) string { return s[max(0, i-80):min(len(s), i+200)] }
	return "before: …" + cut(a) + "…\nafter: …" + cut(b) + "…"
}
