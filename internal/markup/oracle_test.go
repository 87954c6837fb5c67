package markup

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// allowed is what may ever appear in rendered HTML, written down apart from the policy and the writer.
var allowed = map[string]string{
	"h2": "id", "h3": "id", "h4": "id", "h5": "id", "h6": "id",
	"p": "class", "blockquote": "", "ul": "", "ol": "start", "li": "class id", "hr": "", "br": "",
	"pre": "tabindex", "code": "class", "em": "", "strong": "", "del": "", "sup": "id",
	"span": "class aria-hidden", "a": "href class rel title role aria-label", "img": "src alt title loading",
	"table": "", "thead": "", "tbody": "", "tr": "", "th": "scope class", "td": "class",
	"div": "class role tabindex aria-label", "aside": "class role", "section": "class role aria-label",
}

var safeID = regexp.MustCompile(`^s-[a-z0-9:-]+$`)

// hostile lists what a browser would make of HTML that it must not: elements, attributes, addresses, ids.
func hostile(text string) []string {
	var found []string
	nodes, err := html.ParseFragment(strings.NewReader(text), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		return []string{"parse: " + err.Error()}
	}
	ids := map[string]bool{}
	var visit func(*html.Node, bool)
	visit = func(n *html.Node, inLink bool) {
		switch n.Type {
		case html.CommentNode, html.DoctypeNode, html.RawNode:
			found = append(found, fmt.Sprintf("node type %d %q", n.Type, n.Data))
		case html.ElementNode:
			attrs, ok := allowed[n.Data]
			if !ok || n.Namespace != "" {
				found = append(found, "element "+n.Data)
			}
			if n.Data == "a" && inLink {
				found = append(found, "link in link")
			}
			inLink = inLink || n.Data == "a"
			for _, a := range n.Attr {
				if !strings.Contains(" "+attrs+" ", " "+a.Key+" ") || a.Namespace != "" {
					found = append(found, n.Data+" has "+a.Key)
				}
				switch a.Key {
				case "id":
					if !safeID.MatchString(a.Val) || ids[a.Val] {
						found = append(found, "id "+a.Val)
					}
					ids[a.Val] = true
				case "href", "src":
					if why := badAddress(a.Val, a.Key == "src"); why != "" {
						found = append(found, why+": "+a.Val)
					}
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c, inLink)
		}
	}
	for _, n := range nodes {
		visit(n, false)
	}
	return found
}

// badAddress reads an address the way a browser does: spaces and controls skipped, backslashes turned.
func badAddress(s string, picture bool) string {
	var b strings.Builder
	for _, r := range s {
		if r > ' ' && r != 0x7f {
			b.WriteRune(r)
		}
	}
	clean := strings.ReplaceAll(b.String(), `\`, "/")
	if strings.HasPrefix(clean, "//") {
		return "protocol-relative"
	}
	u, err := url.Parse(clean)
	if err != nil {
		return "does not parse"
	}
	head, _, hasColon := strings.Cut(clean, ":")
	if hasColon && !strings.ContainsAny(head, "/?#") {
		switch strings.ToLower(head) {
		case "http", "https", "mailto", "tel":
			if picture {
				return "foreign picture"
			}
		default:
			return "scheme"
		}
	}
	if picture && u.Host != "" {
		return "foreign picture"
	}
	return ""
}

// checkRendering renders and reports everything that must hold for any source that is not refused.
func checkRendering(t testing.TB, r *Renderer, name, source string, o Options) {
	t.Helper()
	res, err := r.Render(context.Background(), source, o)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	checkResult(t, r, name, source, o, res)
}

func checkResult(t testing.TB, r *Renderer, name, source string, o Options, res Result) {
	t.Helper()
	if found := hostile(res.HTML); len(found) > 0 {
		t.Errorf("%s: %v\nin %q", name, found, clipped(res.HTML))
	}
	w, err := r.draw(context.Background(), source, o)
	if err != nil {
		t.Fatalf("%s: second time: %v", name, err)
	}
	if string(w.out) != res.HTML {
		t.Errorf("%s: the sanitiser changes our own output: %s", name, firstDifference(string(w.out), res.HTML))
	}
	for _, h := range res.Headings {
		if !strings.Contains(res.HTML, `id="`+h.ID+`"`) || h.Level < 2 || h.Level > 6 {
			t.Errorf("%s: heading %+v", name, h)
		}
	}
	if strings.ContainsAny(res.Text, "\ue000\ue001") {
		t.Errorf("%s: marks of hits in the plain text", name)
	}
}

func clipped(s string) string {
	if len(s) > 2000 {
		return s[:2000] + " …"
	}
	return s
}

func firstDifference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	from := max(i-60, 0)
	return fmt.Sprintf("%q\nbecomes %q", a[from:min(len(a), i+80)], b[from:min(len(b), i+80)])
}
