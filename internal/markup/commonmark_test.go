package markup

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

var update = flag.Bool("update", false, "write the golden files anew")

type example struct {
	Example  int    `json:"example"`
	Section  string `json:"section"`
	Markdown string `json:"markdown"`
	HTML     string `json:"html"`
}

// Every example of CommonMark agrees, apart from what we do otherwise on purpose. Those are listed by number
// with the reason; an example that differs without one of our reasons fails whatever the list says.
func TestCommonMark(t *testing.T) {
	b, err := os.ReadFile(corpora(t, "commonmark", "spec.json"))
	if err != nil {
		t.Fatal(err)
	}
	var examples []example
	if err := json.Unmarshal(b, &examples); err != nil {
		t.Fatal(err)
	}
	r := New()
	var differ []string
	for _, e := range examples {
		w, err := r.draw(context.Background(), e.Markdown, Options{})
		if err != nil {
			t.Errorf("example %d: %v", e.Example, err)
			continue
		}
		got, want := canonical(t, string(w.out), false), canonical(t, e.HTML, true)
		if got == want {
			continue
		}
		reasons := differences(t, r, e.Markdown)
		if len(reasons) == 0 {
			t.Errorf("example %d (%s) differs for no reason of ours\n%s\n%s", e.Example, e.Section, e.Markdown, cmp.Diff(want, got))
		}
		differ = append(differ, fmt.Sprintf("%d\t%s\t%s", e.Example, e.Section, strings.Join(reasons, " ")))
	}
	t.Logf("%d examples, %d differ on purpose", len(examples), len(differ))
	golden(t, filepath.Join("testdata", "commonmark_differences.txt"), strings.Join(differ, "\n")+"\n")
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got, write anew with -update):\n%s", path, diff)
	}
}

// canonical reads HTML and takes out what we add to every heading, code block, link and picture. In the text
// of the specification (shift) headings go down by one level, as ours do.
func canonical(t *testing.T, text string, shift bool) string {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(text), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string][]string{"a": {"class", "rel"}, "img": {"loading"}, "pre": {"tabindex"}}
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if level := strings.Index("h1h2h3h4h5h6", n.Data); n.Type == html.ElementNode && len(n.Data) == 2 && level >= 0 {
			if shift {
				n.Data = fmt.Sprintf("h%d", min(level/2+2, 6))
			}
			n.Attr = nil
		}
		n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return slices.Contains(ours[n.Data], a.Key) })
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	var b strings.Builder
	for _, n := range nodes {
		visit(n)
		if err := html.Render(&b, n); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// differences names what in a source we draw otherwise than CommonMark.
func differences(t *testing.T, r *Renderer, source string) []string {
	t.Helper()
	src, err := prepare(source)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := parse(context.Background(), r.parser, src)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	note := func(reason string, holds bool) {
		if holds && !slices.Contains(found, reason) {
			found = append(found, reason)
		}
	}
	w := newWriter(src, Options{}, r.wordsOf(""))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.RawHTML, *ast.HTMLBlock:
			note("raw-html", true)
		case *ast.Link:
			a := w.address(n.Destination)
			note("address-refused", a.kind == refused)
			note("fragment", a.kind == section)
			note("link-without-text", w.flat(n) == "")
		case *ast.Image:
			a := w.address(n.Destination)
			note("address-refused", a.kind == refused)
			note("foreign-picture", a.kind == external)
		case *ast.AutoLink:
			bare := n.Pos() < 1 || src[n.Pos()-1] != '<' && src[n.Pos()] != '<'
			note("bare-link", bare)
			note("address-refused", !bare && !strings.Contains(string(draw(t, r, source).out), "<a "))
			note("link-in-link", n.Parent().Kind() == ast.KindLink)
		case *ast.FencedCodeBlock:
			l := n.Language(src)
			note("language-name", len(l) > 0 && !languageClass.MatchString("language-"+string(decode(nil, l))))
		case *ast.Heading:
			note("empty-heading", !n.HasChildren())
		case *wikiLink:
			note("wiki-link", true)
		case *extast.Strikethrough, *extast.Table, *extast.TaskCheckBox, *extast.FootnoteLink:
			note("extension", true)
		}
		return ast.WalkContinue, nil
	})
	return found
}

func draw(t *testing.T, r *Renderer, source string) *writer {
	t.Helper()
	w, err := r.draw(context.Background(), source, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}
