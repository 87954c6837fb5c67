package markup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"lernraum/internal/errs"
)

func seed(f *testing.F) {
	f.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "pages", "*.md"))
	if err != nil || len(paths) == 0 {
		f.Fatal("no pages", err)
	}
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	for _, p := range patterns {
		f.Add(strings.Repeat(p, 20))
	}
	for i, v := range vectors() {
		if i%7 == 0 {
			f.Add(v)
		}
	}
}

func FuzzRender(f *testing.F) {
	seed(f)
	r := New()
	f.Fuzz(func(t *testing.T, source string) {
		res, err := r.Render(context.Background(), source, inHouse)
		if err != nil {
			if msg, ok := errs.MessageOf(err); !ok || msg.Key == "markup.failed" {
				t.Fatalf("%v", err)
			}
			return
		}
		if len(res.HTML) > 100*len(source)+1000 {
			t.Errorf("%d bytes became %d", len(source), len(res.HTML))
		}
		if !utf8.ValidString(res.HTML) || !utf8.ValidString(res.Text) {
			t.Error("invalid UTF-8")
		}
		checkResult(t, r, "fuzz", source, inHouse, res)
	})
}

func FuzzFrontMatter(f *testing.F) {
	for _, s := range frontSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		meta, body, err := FrontMatter(src)
		if err != nil {
			if msg, ok := errs.MessageOf(err); !ok || errs.KindOf(err) != errs.Invalid || strings.Contains(errText(err), "panic") {
				t.Fatalf("%v %v", msg, err)
			}
			return
		}
		if meta.Values == nil || strings.Contains(body, "\r") {
			t.Fatal("no map, or a carriage return in the body")
		}
		plain := strings.TrimPrefix(strings.ReplaceAll(strings.ReplaceAll(string(src), "\r\n", "\n"), "\r", "\n"), "\ufeff")
		if !strings.HasSuffix(plain, body) {
			t.Fatalf("the body %q is no end of %q", body, plain)
		}
		if got := strings.Count(plain[:len(plain)-len(body)], "\n"); got != meta.Lines && body != "" {
			t.Fatalf("Lines %d, counted %d", meta.Lines, got)
		}
	})
}

func errText(err error) string {
	if e, ok := errors.AsType[*errs.Error](err); ok && e.Cause != nil {
		return e.Cause.Error()
	}
	return ""
}

var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func FuzzSlug(f *testing.F) {
	for _, s := range []string{"Überprüfung der Größe", "", "---", "\u65e5\u672c", strings.Repeat("ä-", 100), "ﬀ ½ \ufdfa \u1e9e \u0130", "a\u0308", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, title string) {
		s := Slug(title)
		if !slugForm.MatchString(s) || len(s) > maxSlug || Slug(s) != s {
			t.Errorf("%q gives %q, that gives %q", title, s, Slug(s))
		}
	})
}

func FuzzWikiLink(f *testing.F) {
	for _, s := range []string{"[[a]]", "[[a|b]]", "[[k/s#x|t]]", `[[a\|b]]`, "[[#x]]", "[[]]", "[[a]](b)", "[[a]", "[[a]]]", "[[a|b]c]]", `[[0\ |0]]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		link, n := parseWikiLink([]byte(line))
		if link == nil {
			if n != 0 {
				t.Fatalf("no link of %d bytes", n)
			}
			return
		}
		if n < 5 || n > maxWikiLink+4 || n > len(line) || !strings.HasPrefix(line, "[[") || !strings.HasSuffix(line[:n], "]]") {
			t.Fatalf("%q: %d bytes", line, n)
		}
		if link.Ref == "" && link.Section == "" || link.Ref != tidy(link.Ref) || strings.ContainsAny(link.Ref, "[]|\n") {
			t.Fatalf("%q: ref %q", line, link.Ref)
		}
		again := "[[" + link.whole() + "]]"
		if link.Label != "" {
			again = "[[" + link.whole() + "|" + link.Label + "]]"
		}
		if second, _ := parseWikiLink([]byte(again)); second != nil && (second.Ref != link.Ref || second.Label != link.Label) {
			t.Fatalf("%q: %+v is written %q and read as %+v", line, link, again, second)
		}
	})
}

func FuzzRewriteLinks(f *testing.F) {
	seed(f)
	for _, tt := range rewriteTests {
		f.Add(tt.source)
	}
	r := New()
	f.Fuzz(func(t *testing.T, source string) {
		same := func(dest string, _ bool) Rewrite { return Rewrite{Dest: dest} }
		if got := RewriteLinks(source, same); got != source {
			t.Fatalf("unchanged answers change %q to %q", source, got)
		}
		moved := RewriteLinks(source, func(_ string, image bool) Rewrite { return Rewrite{Dest: "x y.md", Wiki: false} })
		wiki := RewriteLinks(source, func(dest string, image bool) Rewrite { return Rewrite{Dest: "kind/slug", Wiki: !image} })
		for _, s := range []string{moved, wiki} {
			if res, err := r.Render(context.Background(), s, inHouse); err == nil {
				checkResult(t, r, "rewritten", s, inHouse, res)
			}
		}
	})
}
