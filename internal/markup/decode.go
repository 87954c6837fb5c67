package markup

import (
	"bytes"
	"html"
	"strconv"
	"unicode/utf8"

	"github.com/yuin/goldmark/util"
)

// decode appends src to dst with backslash escapes and character references resolved, each once.
func decode(dst, src []byte) []byte {
	if bytes.IndexByte(src, '\\') < 0 && bytes.IndexByte(src, '&') < 0 {
		return append(dst, src...)
	}
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case c == '\\' && i+1 < len(src) && util.IsPunct(src[i+1]):
			i++
			dst = append(dst, src[i])
		case c == '&':
			var n int
			if dst, n = reference(dst, src[i:]); n == 0 {
				dst = append(dst, c)
			} else {
				i += n - 1
			}
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// reference appends what the character reference at the start of s stands for and tells its length; 0 when it
// is none. What cannot stand in a text becomes U+FFFD.
func reference(dst, s []byte) ([]byte, int) {
	end := bytes.IndexByte(s[:min(len(s), 34)], ';')
	if end < 2 {
		return dst, 0
	}
	name := string(s[1:end])
	if name[0] != '#' {
		if e, ok := util.LookUpHTML5EntityByName(name); ok {
			return append(dst, e.Characters...), end + 1
		}
		return dst, 0
	}
	digits, base, most := name[1:], 10, 7
	if len(digits) > 0 && (digits[0] == 'x' || digits[0] == 'X') {
		digits, base, most = digits[1:], 16, 6
	}
	if len(digits) == 0 || len(digits) > most || digits[0] == '+' || digits[0] == '-' {
		return dst, 0
	}
	v, err := strconv.ParseUint(digits, base, 32)
	if err != nil {
		return dst, 0
	}
	r := rune(v)
	if v == 0 || v > utf8.MaxRune || !utf8.ValidRune(r) {
		r = utf8.RuneError
	}
	return utf8.AppendRune(dst, r), end + 1
}

// escape appends s so that it is text or the value of an attribute. It writes exactly what the sanitiser
// writes, so that the second line of defence leaves correct output alone.
func escape(dst, s []byte) []byte {
	from := 0
	for i, c := range s {
		var e string
		switch c {
		case '&':
			e = "&amp;"
		case '<':
			e = "&lt;"
		case '>':
			e = "&gt;"
		case '"':
			e = "&#34;"
		case '\'':
			e = "&#39;"
		case '\r':
			e = "&#13;"
		default:
			continue
		}
		dst = append(dst, s[from:i]...)
		dst = append(dst, e...)
		from = i + 1
	}
	return append(dst, s[from:]...)
}

// unwrap undoes percent and character encoding until nothing changes; ok is false when that takes too long to
// be meant honestly.
func unwrap(s string) (string, bool) {
	for range 6 {
		next := html.UnescapeString(unpercent(s))
		if next == s {
			return s, true
		}
		s = next
	}
	return "", false
}

func unpercent(s string) string {
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && util.IsHexDecimal(s[i+1]) && util.IsHexDecimal(s[i+2]) {
			if b == nil {
				b = append(make([]byte, 0, len(s)), s[:i]...)
			}
			v, _ := strconv.ParseUint(s[i+1:i+3], 16, 8)
			b = append(b, byte(v))
			i += 2
		} else if b != nil {
			b = append(b, s[i])
		}
	}
	if b == nil {
		return s
	}
	return string(b)
}
