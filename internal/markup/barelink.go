package markup

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// bareLinkParser finds addresses that stand in the text without brackets: http://…, https://…, www.… and
// mail addresses, by the rules of GFM. It reads each address once; the parser's own extension tries a
// counted expression at every delimiter.
type bareLinkParser struct{}

// Trigger names what may stand before an address; ' ' stands for white space and the begin of a line.
func (bareLinkParser) Trigger() []byte { return []byte{' ', '*', '_', '~', '('} }

// Parse implements parser.InlineParser.
func (bareLinkParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	if pc.IsInLinkLabel() {
		return nil
	}
	line, seg := block.PeekLine()
	skip := 0
	if bytes.IndexByte([]byte(" *_~(\t"), line[0]) >= 0 {
		skip = 1
	}
	kind, n, protocol := bareLink(line[skip:])
	if n == 0 || seg.Padding != 0 {
		return nil
	}
	start := seg.Start + skip
	if skip > 0 {
		ast.MergeOrAppendTextSegment(parent, seg.WithStop(start))
	}
	block.Advance(skip + n)
	link := ast.NewAutoLink(kind, ast.NewTextSegment(text.NewSegment(start, start+n)))
	link.Protocol = protocol
	link.SetPos(start)
	return link
}

// bareLink tells kind and length of an address at the start of s; the length is 0 when there is none.
func bareLink(s []byte) (ast.AutoLinkType, int, []byte) {
	for _, scheme := range []string{"http://", "https://"} {
		if len(s) > len(scheme) && bytes.EqualFold(s[:len(scheme)], []byte(scheme)) {
			n := bareDomain(s[len(scheme):], true)
			if n == 0 {
				return 0, 0, nil
			}
			return ast.AutoLinkURL, trimAddress(s, len(scheme)+n), nil
		}
	}
	if bytes.HasPrefix(s, []byte("www.")) {
		if n := bareDomain(s, false); n > len("www.") {
			return ast.AutoLinkURL, trimAddress(s, n), []byte("http")
		}
		return 0, 0, nil
	}
	return ast.AutoLinkEmail, bareMail(s), nil
}

// bareDomain gives the length of a domain with a dot inside, 0 when there is none; with local also one name
// followed by a port, "localhost:8080".
func bareDomain(s []byte, local bool) int {
	i, dots := 0, 0
	for ; i < len(s) && i <= 256; i++ {
		c := s[i]
		if c == '.' {
			if i == 0 || s[i-1] == '.' {
				return 0
			}
			dots++
			continue
		}
		if !isAlnum(c) && c != '-' && c != '_' && c < 0x80 {
			break
		}
	}
	if i == 0 || i > 256 || s[0] == '-' {
		return 0
	}
	if dots == 0 && !(local && i+1 < len(s) && s[i] == ':' && s[i+1] >= '0' && s[i+1] <= '9') {
		return 0
	}
	return i
}

// trimAddress extends an address from the end of its domain to the next white space or "<", and takes off what
// is more likely punctuation of the sentence.
func trimAddress(s []byte, from int) int {
	end := from
	if from < len(s) && (s[from] == '/' || s[from] == '?' || s[from] == '#' || s[from] == ':') {
		for end < len(s) && s[end] > ' ' && s[end] != '<' {
			end++
		}
	}
	surplus := bytes.Count(s[:end], []byte{')'}) - bytes.Count(s[:end], []byte{'('})
	for end > 0 {
		switch c := s[end-1]; c {
		case '?', '!', '.', ',', ':', '*', '_', '~', '\'', '"':
			end--
		case ')':
			if surplus <= 0 {
				return end
			}
			surplus--
			end--
		case ';':
			i := end - 1
			for i > 0 && isAlnum(s[i-1]) {
				i--
			}
			if i == end-1 || i == 0 || s[i-1] != '&' {
				return end
			}
			end = i - 1
		default:
			return end
		}
	}
	return end
}

// bareMail gives the length of a mail address: at most 64 bytes, "@", a domain with a dot that ends in a letter
// or digit.
func bareMail(s []byte) int {
	at := 0
	for at < len(s) && at <= 64 && (isAlnum(s[at]) || bytes.IndexByte([]byte(".-_+"), s[at]) >= 0) {
		at++
	}
	if at == 0 || at > 64 || at >= len(s) || s[at] != '@' {
		return 0
	}
	n, dots := at+1, 0
	for ; n < len(s) && n-at <= 256; n++ {
		if s[n] == '.' {
			dots++
		} else if !isAlnum(s[n]) && s[n] != '-' && s[n] != '_' {
			break
		}
	}
	for n > at+1 && s[n-1] == '.' {
		n--
		dots--
	}
	if dots < 1 || n-at > 256 || !isAlnum(s[n-1]) || !isAlnum(s[at+1]) || bytes.Contains(s[at:n], []byte("..")) {
		return 0
	}
	return n
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
