package markup

import (
	"net/url"
	"path"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/util"
)

// maxAddress bounds an address; a longer one is refused like a wrong one.
const maxAddress = 4096

// addressKind says where an address leads. The zero value is one that must not become a link.
type addressKind uint8

const (
	refused  addressKind = iota
	external             // http, https
	contact              // mailto, tel
	rooted               // a path of this server, "/wiki/s/slug"
	section              // "#…" on this page
	file                 // relative: an attachment
)

// address is a checked address: URL may stand in an attribute once it is escaped. For a section it holds the
// decoded fragment without "#".
type address struct {
	kind addressKind
	URL  string
}

// checkAddress decides on an address as it stands in the Markdown source; files is where relative ones lead.
//
// The scheme is taken from an allow-list, and it must be the same before and after all decoding that any reader
// of the address may do: "java&#115;cript:", "https%3a//…" and "/\host" are refused, not repaired.
func checkAddress(raw []byte, files string) address {
	if len(raw) > maxAddress {
		return address{}
	}
	s := strings.Trim(string(decode(nil, raw)), " \t\n")
	if strings.ContainsFunc(s, unicode.IsControl) {
		return address{}
	}
	decoded, ok := unwrap(s)
	if !ok {
		return address{}
	}
	decoded = squash(decoded)
	kind := classify(squash(s))
	if kind == refused || classify(decoded) != kind {
		return address{}
	}
	escaped := string(util.URLEscape([]byte(s), false))
	switch kind {
	case section:
		if decoded = strings.TrimPrefix(decoded, "#"); decoded == "" {
			return address{}
		}
		return address{section, decoded}
	case file:
		return checkFile(escaped, decoded, files)
	}
	u, err := url.Parse(escaped)
	if err != nil || kind == external && u.Host == "" || kind == rooted && (u.Host != "" || u.Scheme != "") {
		return address{}
	}
	return settled(kind, u.String())
}

// settled makes sure that the address means the same to whoever parses it again.
func settled(kind addressKind, s string) address {
	u, err := url.Parse(s)
	if err != nil || u.String() != s || classify(s) != kind {
		return address{}
	}
	return address{kind, s}
}

// checkFile puts a relative address under the attachments; one that climbs out of them is refused.
func checkFile(escaped, decoded, files string) address {
	name, _, _ := strings.Cut(decoded, "?")
	name, _, _ = strings.Cut(name, "#")
	for _, part := range strings.Split(name, "/") {
		if part == ".." {
			return address{}
		}
	}
	u, err := url.Parse(escaped)
	if err != nil || u.Path == "" || u.Host != "" || u.Scheme != "" {
		return address{}
	}
	p := path.Clean(u.EscapedPath())
	if p == "." || p[0] == '/' {
		return address{}
	}
	if strings.HasSuffix(u.Path, "/") {
		p += "/"
	}
	if u.RawQuery != "" {
		p += "?" + u.RawQuery
	}
	if f := u.EscapedFragment(); f != "" {
		p += "#" + f
	}
	if files == "" {
		return settled(file, p)
	}
	return settled(rooted, strings.TrimSuffix(files, "/")+"/"+p)
}

// squash removes what browsers skip over in an address and turns backslashes the way they do.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\\':
			return '/'
		case unicode.IsSpace(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}

func classify(s string) addressKind {
	switch {
	case s == "" || s[0] == '?' || strings.HasPrefix(s, "//"):
		return refused
	case s[0] == '#':
		return section
	case s[0] == '/':
		return rooted
	}
	i := strings.IndexAny(s, ":/?#")
	if i < 0 || s[i] != ':' {
		return file
	}
	rest := s[i+1:]
	switch strings.ToLower(s[:i]) {
	case "http", "https":
		if strings.HasPrefix(rest, "//") && len(rest) > 2 && rest[2] != '/' {
			return external
		}
	case "mailto", "tel":
		if rest != "" && !strings.HasPrefix(rest, "//") {
			return contact
		}
	}
	return refused
}
