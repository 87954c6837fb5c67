package kind

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

var (
	emailForm = regexp.MustCompile(`^[^\s@<>"(),:;\[\]\\]{1,64}@([\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}][\p{L}\p{N}-]+$`)
	phoneForm = regexp.MustCompile(`^\+?[0-9(][0-9 ()/.\-]*$`)
	ulidForm  = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`)
	kindRef   = regexp.MustCompile(`^([a-z][a-z0-9_]*)/[\p{L}\p{N}][\p{L}\p{N}._-]*$`)
	spaceRef  = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*:[\p{L}\p{N}][\p{L}\p{N}._-]*$`)
)

// maxPhone is in bytes, with room for blanks and an extension.
const maxPhone = 40

// parseURL takes absolute http and https addresses without credentials; "www.…" gets https.
func parseURL(s string) (string, bool) {
	if strings.HasPrefix(strings.ToLower(s), "www.") {
		s = "https://" + s
	}
	if strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`\<>"`, r)
	}) {
		return "", false
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil {
		return "", false
	}
	// Parse takes the scheme in any case; the stored form has it in small letters.
	return u.Scheme + s[len(u.Scheme):], true
}

func parseEmail(s string) (string, bool) {
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	return s, len(s) <= 254 && emailForm.MatchString(s)
}

// parsePhone takes numbers as they are written on letterheads; at least three digits, as an extension has.
func parsePhone(s string) (string, bool) {
	if len(s) > 4 && strings.EqualFold(s[:4], "tel:") {
		s = s[4:]
	}
	s = oneLine(strings.NewReplacer("–", "-", "‑", "-").Replace(s))
	digits := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	return s, digits >= 3 && len(s) <= maxPhone && phoneForm.MatchString(s)
}

// parseRef takes the references of the contract: "kind/slug", "space:slug", an id. kind is "" for the latter
// two, whose kind only the store knows.
func parseRef(s string) (ref, kind string, ok bool) {
	if len(s) > 200 {
		return "", "", false
	}
	if up := strings.ToUpper(s); ulidForm.MatchString(up) {
		return up, "", true
	}
	if m := kindRef.FindStringSubmatch(s); m != nil {
		return s, m[1], true
	}
	return s, "", spaceRef.MatchString(s)
}
