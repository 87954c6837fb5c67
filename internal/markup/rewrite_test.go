package markup

import (
	"strings"
	"testing"
)

// moves sends .md files to wiki links and pictures to another folder, as an import does.
func moves(dest string, image bool) Rewrite {
	switch {
	case image && !strings.Contains(dest, ":"):
		return Rewrite{Dest: "neu bild (" + dest + ").png"}
	case strings.HasSuffix(dest, ".md"):
		return Rewrite{Dest: "guide/" + Slug(strings.TrimSuffix(dest, ".md")), Wiki: true}
	case dest == "alt.html":
		return Rewrite{Dest: "neu.html?a=1&copy=2"}
	}
	return Rewrite{Dest: dest}
}

var rewriteTests = []struct{ name, source, want string }{
	{"link", "a [b *c*](d.md) e", "a [[guide/d|b c]] e"},
	{"angle brackets and title", "[b](<d e.md> \"t (x) \\\" y\")!", "[[guide/d-e|b]]!"},
	{"title in brackets", "[b](d.md (t))", "[[guide/d|b]]"},
	{"spaces inside", "[b]( d.md )", "[[guide/d|b]]"},
	{"text like the reference", "[guide/d](d.md)", "[[guide/d]]"},
	{"no text", "[](d.md)", "[[guide/d]]"},
	{"brackets in the text", "[a [b] | c](d.md)", "[[guide/d|a (b) / c]]"},
	{"table", "| a |\n|---|\n| [b](d.md) |", "| a |\n|---|\n| [[guide/d\\|b]] |"},
	{"picture", "![a](b.png) ![c](<d e.png> 't')", "![a](neu%20bild%20%28b.png%29.png) ![c](<neu%20bild%20%28d%20e.png%29.png> 't')"},
	{"picture in a link", "[![a](b.png)](d.md)", "![a](neu%20bild%20%28b.png%29.png) [[guide/d|a]]"},
	{"other address", "[a](alt.html) [b](alt.html \"t\")", "[a](neu.html?a=1&amp;copy=2) [b](neu.html?a=1&amp;copy=2 \"t\")"},
	{"escapes", "[a](alt\\.html) [b](alt&#46;html)", "[a](neu.html?a=1&amp;copy=2) [b](neu.html?a=1&amp;copy=2)"},
	{"definition", "[a][r], [r] und [r][]\n\n[r]: alt.html 'T'", "[a][r], [r] und [r][]\n\n[r]: neu.html?a=1&amp;copy=2 'T'"},
	{"uses of a definition", "[a][r], [r] und [r][]\n\n[r]: d.md", "[[guide/d|a]], [[guide/d|r]] und [[guide/d|r]]\n\n[r]: d.md"},
	{"code", "`[a](d.md)`\n\n```\n[a](d.md)\n```\n\n    [a](d.md)", "`[a](d.md)`\n\n```\n[a](d.md)\n```\n\n    [a](d.md)"},
	{"raw HTML and bare addresses", "<a href=\"d.md\">x</a> https://e.org/d.md", "<a href=\"d.md\">x</a> https://e.org/d.md"},
	{"list, quote, heading", "- [a](d.md)\n> [b](d.md)\n\n# [c](d.md)\n", "- [[guide/d|a]]\n> [[guide/d|b]]\n\n# [[guide/d|c]]\n"},
	{"text over two lines", "> [a\n> b](d.md)", "> [[guide/d|a b]]"},
	{"Windows line ends", "[a](d.md)\r\n[b](alt.html)\r\n", "[[guide/d|a]]\r\n[b](neu.html?a=1&amp;copy=2)\r\n"},
	{"left alone", "[a](b.pdf) [[c]] [d](#e) \\[a](d.md)", "[a](b.pdf) [[c]] [d](#e) \\[a](d.md)"},
	{"broken tab", "-\t[b](alt.html)\n\n\t[c](d.md)", "-\t[b](neu.html?a=1&amp;copy=2)\n\n\t[[guide/d|c]]"},
}

func TestRewriteLinks(t *testing.T) {
	for _, tt := range rewriteTests {
		if got := RewriteLinks(tt.source, moves); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

// A body that cannot be rendered is not half rewritten.
func TestRewriteLeavesRefusedBodiesAlone(t *testing.T) {
	source := "[a](d.md)\n\n" + strings.Repeat("[", maxBrackets+1)
	if got := RewriteLinks(source, moves); got != source {
		t.Error("changed")
	}
}

// Real handbooks come through unchanged when no address changes.
func TestRewriteKeepsRealText(t *testing.T) {
	n := markdownFiles(t, func(path, source string) {
		links := 0
		if got := RewriteLinks(source, func(d string, _ bool) Rewrite { links++; return Rewrite{Dest: d} }); got != source {
			t.Errorf("%s: %s", path, firstDifference(source, got))
		}
	}, "handbook-de", "handbook-en", "postmortems")
	t.Logf("%d files", n)
}
