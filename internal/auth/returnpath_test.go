package auth

import (
	"net/url"
	"strings"
	"testing"
)

func safePaths() []string {
	return []string{
		"/", "/search", "/search?q=Reisekosten+abrechnen&kind=process", "/wiki/handbuch/reisekosten-abrechnen",
		"/wiki/handbuch/reisekosten-abrechnen/edit", "/wiki/a/b#s-ablauf", "/wiki/handbuch/%C3%BCberpr%C3%BCfung",
		"/wiki/handbuch/überprüfung", "/search?q=https://example.org/a//b", "/search?q=a%0d%0ab", "/search?q=%5c%2f",
		"/a%20b", "/kinds/process?space=a&state=", "/p/01JD0000000000000000000000", "/feed.atom?q=%22x%22",
		"/a/b/", "/...", "/a..b", "/a:b@c", "/%252e%252e/", "/?", "/#",
	}
}

func unsafePaths() []string {
	return []string{
		"", "//", "//?q=x", "//#x", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\\/evil.example",
		"https://evil.example", "https:/evil.example", "https:evil.example", "HTTPS://evil.example/",
		"javascript:alert(1)", "JavaScript:alert(1)//", "data:text/html,x", "mailto:a@example.org",
		"evil.example", "evil.example/a", "a/b", "?q=x", "#x", " /a", "\t/a", "/a b", "/a ", "/\t/evil.example",
		"/\n/evil.example", "/\r\nSet-Cookie: a=b", "/a\x00b", "/a\x7f", "/\u0085a", "/\u2028a", "/\u200ba", "/\u202ea",
		"/%2fevil.example", "/%2Fevil.example", "/%5cevil.example", "/%5Cevil.example", "/%2f%2fevil.example",
		"/a/%2e%2e//evil.example", "/..//evil.example", "/.//evil.example", "/./a", "/../a", "/a/..", "/%2e%2e/a",
		"/%2E./a", "/a//b", "/evil.example%2f..%2f..", "/%09/evil.example", "/%0d%0aX: y", "/%00", "/a?x=\nb",
		"/%", "/%zz", "/a\xff", "/%ff", "//user@evil.example", "/\uFEFF/evil.example", "/a#\\",
		"/" + strings.Repeat("a", maxReturnPath),
	}
}

func TestSafeReturnPath(t *testing.T) {
	for _, s := range safePaths() {
		if got := SafeReturnPath(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
	for _, s := range unsafePaths() {
		if got := SafeReturnPath(s); got != "/" {
			t.Errorf("%q was let through as %q", s, got)
		}
	}
	if n := len(safePaths()) + len(unsafePaths()); n < 40 {
		t.Errorf("only %d cases", n)
	}
}

// Whatever comes in, what comes out leads back to this house, as a browser resolves it.
func FuzzSafeReturnPath(f *testing.F) {
	for _, s := range append(safePaths(), unsafePaths()...) {
		f.Add(s)
	}
	base, err := url.Parse("https://house.example/login")
	if err != nil {
		f.Fatal(err)
	}
	// Browsers drop these anywhere in an address and read a backslash as a slash.
	browser := strings.NewReplacer("\t", "", "\n", "", "\r", "", "\\", "/")
	f.Fuzz(func(t *testing.T, s string) {
		got := SafeReturnPath(s)
		if got != s && got != "/" {
			t.Fatalf("%q became %q", s, got)
		}
		if SafeReturnPath(got) != got {
			t.Errorf("%q is not stable", got)
		}
		seen := strings.TrimSpace(browser.Replace(got))
		u, err := base.Parse(seen)
		if err != nil {
			t.Fatalf("%q from %q: %v", got, s, err)
		}
		if u.Scheme != "https" || u.Host != "house.example" || u.User != nil || strings.HasPrefix(u.Path, "//") {
			t.Errorf("%q leads to %q", s, u)
		}
	})
}
