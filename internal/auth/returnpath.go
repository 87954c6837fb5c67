package auth

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxReturnPath = 2048

// SafeReturnPath gives the address to go back to after signing in: s if it is a path of this house, else "/".
// A path starts with exactly one slash, has no empty and no dot segments (also when they are percent-encoded),
// no backslash and no control characters, so no browser reads a host in it. A query and a fragment may follow.
func SafeReturnPath(s string) string {
	if safeReturnPath(s) {
		return s
	}
	return "/"
}

func safeReturnPath(s string) bool {
	if s == "" || len(s) > maxReturnPath || s[0] != '/' || strings.HasPrefix(s, "//") || strings.Contains(s, " ") || !harmless(s) {
		return false
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Opaque != "" || u.User != nil || u.Host != "" {
		return false
	}
	// u.Path is decoded: what an attacker hides with %2f or %5c shows here.
	if !harmless(u.Path) || strings.Contains(u.Path, "//") {
		return false
	}
	for seg := range strings.SplitSeq(u.Path, "/") {
		if seg == "." || seg == ".." {
			return false
		}
	}
	return true
}

// harmless excludes what browsers drop or turn into a slash.
func harmless(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r == '\\' || r == '\u2028' || r == '\u2029' || unicode.IsControl(r) ||
			unicode.Is(unicode.Cf, r) || (unicode.IsSpace(r) && r != ' ')
	})
}
