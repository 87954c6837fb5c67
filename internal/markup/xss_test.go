package markup

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// vectors makes attacks from scheme spellings, their encodings and the places an address or HTML may stand.
func vectors() []string {
	spell := []string{
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java&#9;script:alert(1)",
		"java&#10;script:alert(1)", "java&#0;script:alert(1)", "javascript&colon;alert(1)", "javascript&#58;alert(1)",
		"javascript&#x3a;alert(1)", "javascript&#x0003A;alert(1)", "&#106;avascript:alert(1)", "&#x6A;avascript:alert(1)",
		"&#0000106avascript:alert(1)", "%6aavascript:alert(1)", "javascript%3aalert(1)", "javascript%253aalert(1)",
		"javascript%25253aalert(1)", "&#1;javascript:alert(1)", "&#x20;javascript:alert(1)", "\u200bjavascript:alert(1)",
		"\u00a0javascript:alert(1)", "java\u00adscript:alert(1)", "\\javascript:alert(1)", "javascript\\:alert(1)",
		"vbscript:x", "data:text/html,<script>alert(1)</script>", "data:text/html;base64,PHN2Zz4=", "DATA:image/svg+xml,<svg>",
		"blob:https://e.org/1", "file:///etc/passwd", "view-source:javascript:x", "ms-msdt:/id", "about:blank",
		"//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/%5cevil.example", "/%2fevil.example",
		"/&#92;evil.example", "/&#47;evil.example", "/\t/evil.example", "https:evil.example", "https:/evil.example",
		"https:///evil.example", "https%3a//evil.example", "https:\\\\evil.example", "http:javascript:alert(1)", "tel://x", "mailto://x",
		"../../admin", "x/../../admin", "%2e%2e/admin", "x/%2e%2e/%2e%2e/admin", "?x=//evil", "x:y", "filesystem:x",
		"feed:javascript:alert(1)", "jar:javascript:x", "livescript:x", "javascript://e.org/%0aalert(1)", "&NewLine;javascript:x", "&Tab;javascript:x",
	}
	place := []string{
		"[a](%s)", "[a](<%s>)", "![a](%s)", "![a](<%s>)", "<%s>", "[a]\n\n[a]: %s", "[a]\n\n[a]: <%s>", "![a]\n\n[a]: <%s>",
		"# [a](<%s>)", "| a |\n|---|\n| [a](<%s>) |", "> [!NOTE] [a](<%s>)", "[[%s]]", "[[a#%s]]", "[[%s|a]]", "[[a|%s]]", "a[^1]\n\n[^1]: [a](<%s>)",
		"- [ ] [a](<%s>)", "[![a](<%s>)](<%s>)", "%s", "[a](/x \"%s\")", "```%s\na\n```",
	}
	markup := []string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `<svg/onload=alert(1)>`, `<a href="javascript:alert(1)">a</a>`,
		`"><script>alert(1)</script>`, `' onmouseover='alert(1)`, `" onmouseover="alert(1)`, "` onmouseover=`alert(1)", `</code></pre><script>alert(1)</script>`,
		`<style>*{background:url(x)}</style>`, `<p style="color:red" id="forms" name="body">`, `<iframe srcdoc="<script>alert(1)</script>">`, `<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>`,
		`<form id=a><input name=attributes>`, `<base href="//evil.example">`, `<meta http-equiv=refresh content=0>`, `<!--><img src=x onerror=alert(1)>-->`, `<![CDATA[<script>alert(1)</script>]]>`,
		`&lt;script&gt;alert(1)&lt;/script&gt;`, `\<script>alert(1)</script>`, "<br onload=alert(1)>", "<br\n/onload=alert(1)>", `{onclick=alert(1)}`, `{#id .class onclick=x}`, "</title><script>x</script>", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
	}
	around := []string{
		"%s", "a %s b", "# %s", "## a {%s}", "> %s", "- %s", "- [x] %s", "| a | %s |\n|---|---|\n| %s | b |", "[%s](/x)", "![%s](x.png)", "[a](/x \"%s\")", "[a](/x '%s')",
		"```%s\n%s\n```", "    %s", "`%s`", "**%s**", "[[%s]]", "[[a|%s]]", "> [!NOTE] %s\n> %s", "a[^1]\n\n[^1]: %s", "[a]\n\n[a]: /x (%s)", "![a](<%s>)",
	}
	var all []string
	put := func(pattern, part string) { all = append(all, strings.ReplaceAll(pattern, "%s", part)) }
	for _, p := range place {
		for _, s := range spell {
			put(p, s)
		}
	}
	for _, p := range around {
		for _, s := range markup {
			put(p, s)
		}
	}
	return all
}

func TestHostileSources(t *testing.T) {
	r := New()
	all := vectors()
	if len(all) < 300 {
		t.Fatalf("only %d vectors", len(all))
	}
	o := Options{Files: "/wiki/s/x/files/", Resolve: func(refs []string) map[string]Target {
		m := map[string]Target{}
		for i, ref := range refs { // a store that has gone mad
			m[ref] = Target{URL: []string{ref, "/ok", "//" + ref, "https://e.org", "/a\"b"}[i%5], Title: ref}
		}
		return m
	}}
	for i, source := range all {
		name := fmt.Sprintf("vector %d %q", i, source)
		checkRendering(t, r, name, source, o)
		checkRendering(t, r, name, source, Options{Lang: "en"})
	}
	t.Logf("%d vectors", len(all))
}

// No spelling of a foreign scheme becomes a link or a picture.
func TestForeignSchemesAreNoLinks(t *testing.T) {
	r := New()
	for _, s := range []string{"javascript:x", "java&#115;cript:x", "javascript&colon;x", "data:x", "blob:x", "//e.org", "/\\e.org", "ms-msdt:x", "https%3a//e.org", "https:e.org"} {
		for _, p := range []string{"[a](<%s>)", "![a](<%s>)", "[a]\n\n[a]: <%s>"} {
			source := strings.ReplaceAll(p, "%s", s)
			res, err := r.Render(context.Background(), source, inHouse)
			if err != nil || strings.TrimSpace(res.HTML) != "<p>a</p>" {
				t.Errorf("%q: %q %v", source, res.HTML, err)
			}
		}
	}
}

// The oracle finds what it is there to find.
func TestOracleFindsPlantedAttacks(t *testing.T) {
	for _, planted := range []string{
		`<img src=x onerror=alert(1)>`, `<a href="java&#115;cript:alert(1)">a</a>`, `<a href=" javascript:x">`, `<p style="x">`,
		`<script>`, `<a href="//e.org">`, `<a href="/\e.org">`, `<img src="https://e.org/x.png">`, `<h2 id="body">`,
		`<!-- x -->`, `<svg>`, `<p id="s-a">`, `<h2 id="s-a"></h2><h2 id="s-a"></h2>`, `<a name="x">`, `<a href="blob:x">`,
	} {
		if len(hostile(planted)) == 0 {
			t.Errorf("nothing found in %s", planted)
		}
	}
}

// The collected lists of attacks, when they are there.
func TestCollectedAttacks(t *testing.T) {
	var all []string
	f, err := os.Open(corpora(t, "security", "payloadbox-xss", "xss-payload-list.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		all = append(all, lines.Text())
	}
	var purify []struct{ Payload string }
	var naughty []string
	for path, into := range map[string]any{"dompurify/expect.json": &purify, "blns/blns.json": &naughty} {
		b, err := os.ReadFile(corpora(t, "security", path))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, into); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range purify {
		all = append(all, p.Payload)
	}
	all = append(all, naughty...)
	r := New()
	for i, s := range all {
		for _, place := range []string{"%s", "[a](<%s>)", "| a |\n|---|\n| ![%s](b) |"} {
			checkRendering(t, r, fmt.Sprintf("attack %d", i), strings.ReplaceAll(place, "%s", s), inHouse)
		}
	}
	t.Logf("%d attacks", len(all))
}
