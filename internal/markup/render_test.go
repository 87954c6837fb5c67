package markup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// house resolves a few references, as the store would.
func house(refs []string) map[string]Target {
	known := map[string]Target{
		"Dienstreise genehmigen": {URL: "/wiki/handbuch/dienstreise", Title: "Dienstreise genehmigen"},
		"handbuch:reise":         {URL: "/wiki/handbuch/reise", Title: "Reise"},
		"process/reisekosten":    {URL: "/wiki/handbuch/reisekosten", Title: "Reisekosten abrechnen"},
		"unit/z2":                {URL: "/wiki/amt/z2", Title: "Referat Z 2"},
		"Thema#1":                {URL: "/wiki/s/thema-1", Title: "Thema#1"},
		"boese":                  {URL: "javascript:alert(1)", Title: "x"},
	}
	found := map[string]Target{}
	for _, ref := range refs {
		if t, ok := known[ref]; ok {
			found[ref] = t
		}
	}
	return found
}

var inHouse = Options{Files: "/wiki/s/x/files/", Resolve: house}

func TestPages(t *testing.T) {
	r := New()
	for name, o := range map[string]Options{
		"leitfaden": {Files: "/wiki/s/x/files/", Resolve: house},
		"guide":     {Lang: "en", Resolve: house, Prefix: "steps.0.what"},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("testdata", "pages", name+".md"))
			if err != nil {
				t.Fatal(err)
			}
			res, err := r.Render(context.Background(), string(b), o)
			if err != nil {
				t.Fatal(err)
			}
			checkResult(t, r, name, string(b), o, res)
			var rest strings.Builder
			for _, h := range res.Headings {
				fmt.Fprintf(&rest, "heading %d %s %q\n", h.Level, h.ID, h.Text)
			}
			for _, l := range res.Refs {
				fmt.Fprintf(&rest, "ref %s %q %q\n", l.Type, l.Ref, l.Text)
			}
			golden(t, filepath.Join("testdata", "pages", name+".html"), res.HTML)
			golden(t, filepath.Join("testdata", "pages", name+".txt"), rest.String()+"\n"+res.Text+"\n")
		})
	}
}

func TestRender(t *testing.T) {
	const ext = ` class="external" rel="noopener noreferrer nofollow"`
	tests := []struct{ name, source, want string }{
		{"raw HTML is text", "a <b>c</b> <!-- d -->", "<p>a &lt;b&gt;c&lt;/b&gt; &lt;!-- d --&gt;</p>\n"},
		{"a line break is understood", "a<br>b<BR />c", "<p>a<br>b<br>c</p>\n"},
		{"a line break with attributes is text", `a<br onload="x">`, "<p>a&lt;br onload=&#34;x&#34;&gt;</p>\n"},
		{"headings go down", "# A\n\n###### B", "<h2 id=\"s-a\">A</h2>\n<h6 id=\"s-b\">B</h6>\n"},
		{"equal headings are numbered", "# A\n# A\n# A 2\n# A", "<h2 id=\"s-a\">A</h2>\n<h2 id=\"s-a-2\">A</h2>\n<h2 id=\"s-a-2-2\">A 2</h2>\n<h2 id=\"s-a-3\">A</h2>\n"},
		{"a heading without letters", "# \u65e5\u672c", "<h2 id=\"s-abschnitt\">\u65e5\u672c</h2>\n"},
		{"an empty heading is nothing", "#\n\na", "<p>a</p>\n"},
		{"fragment", "# Über\n[a](#über) [b](#%C3%9Cber) [c](#s-ueber)", "<h2 id=\"s-ueber\">Über</h2>\n<p><a href=\"#s-ueber\">a</a> <a href=\"#s-ueber\">b</a> <a href=\"#s-ueber\">c</a></p>\n"},
		{"external", "[a](HTTPS://example.org/ü?x=1&y=2 \"t\")", `<p><a href="https://example.org/%C3%BC?x=1&amp;y=2"` + ext + ` title="t">a</a></p>` + "\n"},
		{"refused keeps its text", "[*a*](javascript:x) [b](//evil.example) [c](/\\evil.example) [d](data:text/html,x)", "<p><em>a</em> b c d</p>\n"},
		{"attachment", "[a](./x/y.pdf) [b](<a b.pdf>) [c](../z) [d](x/%2e%2e/%2e%2e/z)", "<p><a href=\"/wiki/s/x/files/x/y.pdf\">a</a> <a href=\"/wiki/s/x/files/a%20b.pdf\">b</a> c d</p>\n"},
		{"rooted stays", "[a](/wiki/s/b?c#d)", "<p><a href=\"/wiki/s/b?c#d\">a</a></p>\n"},
		{"picture", "![a *b*](c.png)", "<p><img src=\"/wiki/s/x/files/c.png\" alt=\"a b\" loading=\"lazy\"></p>\n"},
		{"foreign picture", "![a](https://e.org/c.png)", `<p><a href="https://e.org/c.png"` + ext + `>a</a></p>` + "\n"},
		{"foreign picture in a link", "[![a](https://e.org/c.png)](https://e.org/)", `<p><a href="https://e.org/"` + ext + `>a</a></p>` + "\n"},
		{"a link of only a picture has a name", "[![](c.png)](/wiki/s/b)", "<p><a href=\"/wiki/s/b\"><img src=\"/wiki/s/x/files/c.png\" alt=\"\" loading=\"lazy\"><span class=\"visually-hidden\">/wiki/s/b</span></a></p>\n"},
		{"a link without text shows its address", "[](/wiki/s/b)", "<p><a href=\"/wiki/s/b\">/wiki/s/b</a></p>\n"},
		{"no link in a link", "[a [[Fehlt]] <https://e.org>](/b)", "<p><a href=\"/b\">a Fehlt https://e.org</a></p>\n"},
		{"bare addresses", "(https://e.org/a). a.b@c.de", `<p>(<a href="https://e.org/a"` + ext + `>https://e.org/a</a>). <a href="mailto:a.b@c.de">a.b@c.de</a></p>` + "\n"},
		{"code", "```go x\na\n```", "<pre tabindex=\"0\"><code class=\"language-go\">a\n</code></pre>\n"},
		{"code with a hostile language", "```\"><x\na\n```", "<pre tabindex=\"0\"><code>a\n</code></pre>\n"},
		{"a title with # is found first", "[[Thema#1]] [[C# lernen]]", `<p><a href="/wiki/s/thema-1">Thema#1</a> <a class="missing" href="/new?title=C%23+lernen">C# lernen<span class="visually-hidden"> (diese Seite fehlt noch)</span></a></p>` + "\n"},
		{"a target of another kind is missing", "[[boese]]", `<p><a class="missing" href="/new?title=boese">x<span class="visually-hidden"> (diese Seite fehlt noch)</span></a></p>` + "\n"},
		{"the form is filled", "[[tool/ereise]] [[hb:x-y|T]]", `<p><a class="missing" href="/new?kind=tool&amp;title=ereise">tool/ereise<span class="visually-hidden"> (diese Seite fehlt noch)</span></a> <a class="missing" href="/new?space=hb&amp;title=T">T<span class="visually-hidden"> (diese Seite fehlt noch)</span></a></p>` + "\n"},
		{"an unknown callout is a quote", "> [!FOO]\n> a", "<blockquote>\n<p>[!FOO]\na</p>\n</blockquote>\n"},
		{"a callout of only its mark", "> [!TIP]", "<aside class=\"callout callout-tip\" role=\"note\">\n<p class=\"callout-title\">Tipp</p>\n</aside>\n"},
		{"line ends, mark and NUL", "\ufeffa\r\nb\rc\x00\n", "<p>a\nb\nc\ufffd</p>\n"},
		{"broken UTF-8", "a\xffb", "<p>a\ufffdb</p>\n"},
		{"a tab that is broken by a list", "-\t\ta\n-\t[b](c.md)", "<ul>\n<li>\n<pre tabindex=\"0\"><code>  a\n</code></pre>\n</li>\n<li><a href=\"/wiki/s/x/files/c.md\">b</a></li>\n</ul>\n"},
	}
	r := New()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := r.Render(context.Background(), tt.source, inHouse)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, res.HTML); diff != "" {
				t.Error(diff)
			}
			checkResult(t, r, tt.name, tt.source, inHouse, res)
		})
	}
}

// All references go to Resolve in one call; the result names each once, in order.
func TestReferencesAreResolvedAtOnce(t *testing.T) {
	calls := 0
	o := Options{Resolve: func(refs []string) map[string]Target {
		calls++
		if diff := cmp.Diff([]string{"B", "A", "A#x"}, refs); diff != "" {
			t.Error(diff)
		}
		return nil
	}}
	res, err := New().Render(context.Background(), "[[B|b]] [[A]] `[[C]]` [[B]] [[A#x]]", o)
	if err != nil || calls != 1 {
		t.Fatal(err, calls)
	}
	want := []page.Link{{Type: page.LinkBody, Ref: "B", Text: "b"}, {Type: page.LinkBody, Ref: "A"}}
	if diff := cmp.Diff(want, res.Refs); diff != "" {
		t.Error(diff)
	}
}

// Texts with different prefixes share no id.
func TestPrefixKeepsIDsApart(t *testing.T) {
	const source = "# A\n# A--b\n# fn:1\n\na[^1]\n\n[^1]: b\n"
	r := New()
	seen := map[string]string{}
	for _, prefix := range []string{"", "a", "a.b", "steps.0.what"} {
		res, err := r.Render(context.Background(), source, Options{Prefix: prefix})
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(res.HTML, ` id="`)[1:] {
			id, _, _ := strings.Cut(part, `"`)
			if other, ok := seen[id]; ok {
				t.Errorf("id %s in %q and %q", id, other, prefix)
			}
			seen[id] = prefix
		}
	}
	if len(seen) != 4*5 {
		t.Errorf("%d ids: %v", len(seen), seen)
	}
}

func TestPlainTextHasNoMarksOfHits(t *testing.T) {
	res, err := New().Render(context.Background(), "a\ue000b\ue001 `\ue000`", Options{})
	if err != nil || res.Text != "ab" {
		t.Fatalf("%q %v", res.Text, err)
	}
}

func TestLimits(t *testing.T) {
	many := func(s string, n int) string { return strings.Repeat(s, n) }
	tests := []struct {
		name, source, key string
		line              int
	}{
		{"size", many("a\n", maxSource/2+1), "markup.too_large", 0},
		{"line", "a\n\n" + many("a", maxLine+1), "markup.line_too_long", 3},
		{"quotes", "a\n\n" + many("> ", maxDepth+1) + "a", "markup.too_deep", 3},
		{"lists", many("- ", maxDepth+1) + "a", "markup.too_deep", 1},
		{"footnotes inside each other", many("[^1]: ", maxDepth+1) + "a", "markup.too_deep", 1},
		{"brackets", "a\n\n" + many("[", maxBrackets+1), "markup.too_many_brackets", 3},
		{"unclosed", many("[a](", maxUnclosed+1), "markup.unclosed_links", 1},
		{"emphasis", many("*a ", maxDelimiters+1), "markup.too_much_emphasis", 1},
		{"columns", "a\n\n" + many("|a", maxColumns+1) + "\n" + many("|-", maxColumns+1), "markup.table_columns", 4},
		{"cells", many("|a", maxColumns) + "\n" + many("|-", maxColumns) + "\n" + many("a\n", maxCells/maxColumns), "markup.table_cells", 2},
		{"definitions", many("[a]: b\n", maxReferences+1), "markup.too_many_references", maxReferences + 1},
		{"footnotes", "[^1]: a\n\n" + many("[^1] a\n\n", maxReferences), "markup.too_many_references", 2*maxReferences + 1},
		{"wiki links", many("[[a]] \n\n", maxReferences+1), "markup.too_many_references", 2*maxReferences + 1},
		{"blocks", many("- a\n", maxBlocks/2), "markup.too_many_blocks", 0},
		{"output", "[a]: <b?" + many("x", 4000) + ">\n\n" + many("[a] [a] [a] [a] [a]\n\n", 400), "markup.output_too_large", 0},
		{"blank lines in deep lists", many("- ", maxDepth) + "a\n" + many("\n", 100000), "markup.too_much", 0},
		{"long labels", many(many("[ ", 1900)+many("a ", 2000)+many("]", 1900)+"\n\n", 20), "markup.too_much", 0},
	}
	r := New()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := r.Render(context.Background(), tt.source, Options{})
			msg, _ := errs.MessageOf(err)
			if msg.Key != tt.key || (tt.line > 0 && msg.Args["Line"] != tt.line) {
				t.Errorf("got %v, want %s in line %d", err, tt.key, tt.line)
			}
		})
	}
}

// What is only just allowed is drawn.
func TestJustInside(t *testing.T) {
	many := func(s string, n int) string { return strings.Repeat(s, n) }
	r := New()
	for name, source := range map[string]string{
		"quotes":     many("> ", maxDepth) + "a",
		"lists":      many("- ", maxDepth) + "a",
		"line":       many("a", maxLine),
		"references": many("[a] [[b]]\n\n", maxReferences/2),
		"code":       "```\n" + many("[[[[*a*](x`|-|\n", 20000) + "```\n",
		"long list":  many("- [a](b) *c* `d`\n", 5000),
		"long table": "|a|b|\n|-|-|\n" + many("|[a](b)|*c*|\n", 5000),
		"strong":     many("*", 30000) + "a" + many("*", 30000),
	} {
		checkRendering(t, r, name, source, inHouse)
	}
}

// A waiting rendering gives up when its request does.
func TestRenderHonoursItsContext(t *testing.T) {
	r := New()
	for range parallel {
		r.turns <- struct{}{}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Render(ctx, "a", Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting: %v", err)
	}
	<-r.turns
	if _, err := r.Render(ctx, strings.Repeat("*a* b\n\n", 2000), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("parsing: %v", err)
	}
	if _, err := r.Render(context.Background(), "a", Options{}); err != nil {
		t.Errorf("the turn was not given back: %v", err)
	}
}

func TestBothLanguagesHaveAllWords(t *testing.T) {
	for lang, w := range loadWords() {
		if len(w.Callouts) != 5 || w.Table == "" || w.Footnote == "" || w.Footnotes == "" || w.Back == "" ||
			w.Done == "" || w.Open == "" || w.Missing == "" || w.Section != slug(w.Section) || w.Section == "" {
			t.Errorf("%s: %+v", lang, *w)
		}
	}
	if len(loadWords()) != 2 {
		t.Error("want de and en")
	}
}

// typicalPage is about 4 kB as a clerk writes them: prose, four headings, a list, a table, eight links.
func typicalPage() string {
	const prose = "Wer eine Dienstreise plant, legt den Antrag **vor** dem Antritt der Reise der zuständigen Stelle vor. " +
		"Die Prüfung dauert in der Regel zwei Arbeitstage; bei Auslandsreisen länger. "
	var b strings.Builder
	for i, title := range []string{"Zweck", "Ablauf", "Zuständig ist", "Häufige Fragen"} {
		fmt.Fprintf(&b, "## %s\n\n%s%sNäheres steht unter [[process/reisekosten]].\n\n", title, prose, prose)
		fmt.Fprintf(&b, "%sSiehe auch [den Erlass](https://intranet.example/erlass/%d).\n%s\n\n", prose, i, prose)
	}
	b.WriteString("- Antrag ausfüllen\n- Belege sammeln\n- Abrechnung *innerhalb* von sechs Monaten einreichen\n\n")
	b.WriteString("| Schritt | Dauer | Rolle |\n|---|--:|---|\n| Antrag | 1 Tag | Antragsteller |\n| Prüfung | 2 Tage | Reisestelle |\n| Zahlung | 5 Tage | Kasse |\n")
	return b.String()
}

func BenchmarkRender4kB(b *testing.B) {
	text := typicalPage()
	r := New()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		if _, err := r.Render(context.Background(), text, inHouse); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpuTime()-start).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// Many renderings at once give what one alone gives.
func TestRenderAtOnce(t *testing.T) {
	r := New()
	source := typicalPage()
	want, err := r.Render(context.Background(), source, inHouse)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if got, err := r.Render(context.Background(), source, inHouse); err != nil || got.HTML != want.HTML || got.Text != want.Text {
				t.Errorf("another result, %v", err)
			}
		})
	}
	wg.Wait()
}
