package e2e

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Attacks that succeed call alert(1), or ask the host lr.invalid, which does not exist, for something.

// attacks are our own vectors: spellings × places, by what they try, and a short list of single ones.
func attacks(t *testing.T) []string {
	t.Helper()
	var all []string
	seen := map[string]bool{}
	put := func(list ...string) {
		for _, v := range list {
			if v = strings.TrimSpace(v); v != "" && !seen[v] {
				seen[v] = true
				all = append(all, v)
			}
		}
	}
	for _, m := range []func() []string{elements, breakouts, closings, encoded, schemes, mutations, clobbers, templatesAndStrings, foreign} {
		put(m()...)
	}
	put(readLines(t, filepath.Join("testdata", "attacks.txt"))...)
	if len(all) < 300 {
		t.Fatalf("only %d vectors", len(all))
	}
	return all
}

func readLines(t *testing.T, name string) []string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		out = append(out, lines.Text())
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// cross puts each of the parts into each of the patterns.
func cross(patterns, parts []string) []string {
	var out []string
	for _, p := range patterns {
		for _, s := range parts {
			out = append(out, strings.ReplaceAll(p, "%s", s))
		}
	}
	return out
}

// elements run something as soon as they are there, in the ways tags may be written.
func elements() []string {
	return append(cross(
		[]string{"<%s>", "<%s/>", "\"'><%s>", "<%s x=\"", "<<%s>", "<a><%s>"},
		[]string{"img src=x onerror=alert(1)", "svg onload=alert(1)", "script>alert(1)</script", "input autofocus onfocus=alert(1)", "audio src=x onerror=alert(1)", "iframe src=javascript:alert(1)"}),
		cross([]string{"<%s src=x onerror=alert(1)>", "<sVg/%s/onload=alert(1)>"}, []string{"IMG", "iMg\t", "img\n", "img\f", "img/x/"})...)
}

// breakouts leave an attribute.
func breakouts() []string {
	return cross(
		[]string{`" %s x="`, `' %s x='`, "` %s x=`", ` %s `, `"> <b %s>x</b>`, `&quot; %s x=&quot;`, `&#39; %s`, `\" %s x=\"`, `"/%s/x="`, "\"\n%s\nx=\""},
		[]string{"onmouseover=alert(1)", `onfocus=alert(1) autofocus tabindex=1`, `onclick='alert(1)'`, `style=animation-name:x onanimationstart=alert(1)`})
}

// closings leave an element whose text is read in a way of its own.
func closings() []string {
	return cross(
		[]string{"</title>%s", "</textarea>%s", "</script>%s", "</style>%s", "-->%s", "--!>%s", "<!--%s-->", "]]>%s", "</option></select>%s", "</noscript>%s", "</svg>%s", "</template>%s", "</button>%s", "</a>%s", "</mark>%s"},
		[]string{"<img src=x onerror=alert(1)>", "<script>alert(1)</script>"})
}

// encoded says the same in another alphabet. Each would only work where something decodes once too often.
func encoded() []string {
	const tag = "<img src=x onerror=alert(1)>"
	entities := func(format string) string {
		var b strings.Builder
		for _, r := range tag {
			fmt.Fprintf(&b, format, r)
		}
		return b.String()
	}
	wide := strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r + 0xfee0
		}
		return r
	}, tag)
	escaped := strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(tag)
	return []string{
		entities("&#%d;"), entities("&#x%x"), entities("&#%07d"), entities(`\u%04x`), entities(`\x%02x`), escaped, strings.ReplaceAll(escaped, "&", "&amp;"), url.QueryEscape(tag),
		url.QueryEscape(url.QueryEscape(tag)), wide, strings.NewReplacer("<", "+ADw-", ">", "+AD4-").Replace(tag), strings.NewReplacer("<", "\u2039", ">", "\u203a").Replace(tag),
		strings.NewReplacer("<", "\ufe64", ">", "\ufe65").Replace(tag), "\ufeff" + tag, "\u2028" + tag + "\u2029", "\u202e" + tag, "<\u00ad" + tag[1:], "<img\u00a0src=x onerror=alert(1)>", "<img\u200bsrc=x onerror=alert(1)>",
		"<i\u0131mg src=x onerror=alert(1)>", "<\u017fcript>alert(1)</\u017fcript>", "<\u212aeygen autofocus onfocus=alert(1)>", "\ue000" + tag + "\ue001", "\ue000<b>\ue001" + tag, base64.StdEncoding.EncodeToString([]byte(tag)),
		"\u00bcimg src=x onerror=alert(1)\u00be", "<im\u0000g src=x onerror=alert(1)>", "<img src=x \u0000onerror=alert(1)>", "\\" + tag, "\\\\" + tag, "``" + tag, "`" + tag,
	}
}

// schemes are addresses that run something, in the places where the Markdown and the fields of a page take one.
func schemes() []string {
	data := "data:text/html;base64," + base64.StdEncoding.EncodeToString([]byte("<script>alert(1)</script>"))
	return cross(
		[]string{"[a](%s)", "![a](<%s>)", "<%s>", "[[%s|a]]", "[%s](%s)", "%s"},
		[]string{
			"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "javascript&colon;alert(1)", "&#106;avascript:alert(1)", "javascript&#x0003a;alert(1)", "java&NewLine;script:alert(1)",
			"\u0001javascript:alert(1)", "\u00a0javascript:alert(1)", "javascript%3aalert(1)", "javascript:alert(1)//https://", "https:javascript:alert(1)", "vbscript:alert(1)", data, "data:image/svg+xml,<svg/onload=alert(1)>", "blob:null/x",
			"\\javascript:alert(1)", "//lr.invalid/%0aalert(1)", "mailto:x?subject=\"onmouseover=alert(1)",
		})
}

// mutations change their meaning when a sanitiser reads and writes them again.
func mutations() []string {
	return append(cross(
		[]string{"<math><mtext>%s", "<svg><style>%s", "<svg></p><style>%s", "<form><math><mtext></form><form>%s", "<table><td>%s</table>", "<select><template>%s", "<noscript>%s"},
		[]string{`<a title="</style><img src=x onerror=alert(1)>">`, `<mglyph><style><!--</style><img title="--&gt;<img src=x onerror=alert(1)>">`, `<a id="</noscript><img src=x onerror=alert(1)>">`}),
		"<p><svg><desc><p></svg><style><a id=\"</style><img src=x onerror=alert(1)>\">", "<listing>&lt;img onerror=alert(1) src=x&gt;</listing>", "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
		"<?xml version=\"1.0\"?><html:script xmlns:html='http://www.w3.org/1999/xhtml'>alert(1)</html:script>", "<!DOCTYPE x [<!ENTITY e '<img src=x onerror=alert(1)>'>]>&e;", "<![if<img src=x onerror=alert(1)>",
	)
}

// clobbers take the names scripts look for.
func clobbers() []string {
	var out []string
	for i, name := range []string{"location", "cookie", "forms", "body", "trustedTypes", "policy", "kept", "defaultView", "preview-section", "errors", "getElementById", "innerHTML"} {
		out = append(out, []string{`<a id=%s href=javascript:alert(1)>x</a>`, `<form name=%s><input name=%[1]s></form>`, `<img name=%s src=x>`, "# x {#%s}", "[^%s]\n\n[^%[1]s]: x"}[i%5])
		out[len(out)-1] = fmt.Sprintf(out[len(out)-1], name)
	}
	return append(out, "__proto__", "constructor", "toString", "hasOwnProperty", "</b id=x>")
}

// templatesAndStrings are for engines that evaluate, and for text that is put into JavaScript or JSON.
func templatesAndStrings() []string {
	return append(cross([]string{"{{%s}}", "${%s}", "<%%= %s %%>", "#{%s}", "{%% %s %%}", "[[${%s}]]", `";%s//`, `';%s//`, "`;%s//", `\";%s//`, "\u2028%s//", `</script><script>%s//`},
		[]string{"alert(1)", "constructor.constructor('alert(1)')()"}), `{"a":"</script><img src=x onerror=alert(1)>"}`, `=HYPERLINK("javascript:alert(1)")`, `=cmd|' /C calc'!A0`, "@SUM(1+1)*cmd|' /C calc'!A0")
}

// foreign make the browser of a reader call somebody else.
func foreign() []string {
	return append(cross([]string{"//lr.invalid/%s", "https://lr.invalid/%s", "/\\lr.invalid/%s"}, []string{"x.png)", "x"}),
		cross([]string{"![x](%s)", "![x](<%s> \"y\")", "<img src=%s>", "<link rel=stylesheet href=%s>", "<style>@import '%s';</style>", "<b style=\"background:url(%s)\">", "<base href=%s>", "<meta http-equiv=refresh content=\"0;url=%s\">", "<video poster=%s>", "<a ping=%s href=/>x</a>"},
			[]string{"//lr.invalid/x.png", "https://lr.invalid/x.png", "\\\\lr.invalid\\x.png"})...)
}

// collected are attacks others have gathered, where the corpora are there.
func collected(t *testing.T) []string {
	t.Helper()
	dir := os.Getenv("LERNRAUM_CORPORA")
	if dir == "" {
		dir = filepath.Join(root, "..", "shared", "corpora")
	}
	dir = filepath.Join(dir, "security")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no collected attacks at %s: set LERNRAUM_CORPORA to run this test", dir)
	}
	all := readLines(t, filepath.Join(dir, "payloadbox-xss", "xss-payload-list.txt"))
	decode := func(name string, into any) {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = json.Unmarshal(raw, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var naughty []string
	decode("blns/blns.json", &naughty)
	all = append(all, naughty...)
	var pairs []struct{ Payload string }
	decode("dompurify/expect.json", &pairs)
	for _, p := range pairs {
		all = append(all, strings.ReplaceAll(p.Payload, "\n", " "))
	}
	return all
}
