package store

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"lernraum/internal/page"
)

// errText is what a stored text gives that this program did not write.
var errText = errors.New("stored JSON is not readable")

// maxDepth bounds nesting; what the store writes is at most four levels deep apart from unknown front matter.
const maxDepth = 64

// reader walks over JSON that SQLite or this package wrote. It is made for known shapes: each call reads the
// next value and skips the punctuation before it. After the first mistake every call gives the zero value and
// bad is set. Strings share the memory of the text.
type reader struct {
	s     string
	i     int
	depth int
	exact bool // whole numbers become int, lists []any: for front matter that is kept as it came
	bad   bool
}

// peek skips blanks, commas and colons and gives the next byte, 0 at the end.
func (r *reader) peek() byte {
	for !r.bad && r.i < len(r.s) {
		switch c := r.s[r.i]; c {
		case ' ', '\n', '\t', '\r', ',', ':':
			r.i++
		default:
			return c
		}
	}
	return 0
}

// open enters a list or an object; close reports whether it ends here and then leaves it.
func (r *reader) open(c byte) {
	if r.peek() != c || r.depth >= maxDepth {
		r.bad = true
		return
	}
	r.depth++
	r.i++
}

func (r *reader) close(c byte) bool {
	switch r.peek() {
	case c:
		r.depth--
		r.i++
		return true
	case 0:
		r.bad = true
	}
	return r.bad
}

func (r *reader) text() string {
	if r.peek() != '"' {
		r.bad = !r.null()
		return ""
	}
	r.i++
	start := r.i
	end := strings.IndexByte(r.s[start:], '"')
	if end < 0 {
		r.bad = true
		return ""
	}
	if back := strings.IndexByte(r.s[start:start+end], '\\'); back >= 0 {
		r.i += back
		return r.escaped(start)
	}
	r.i += end + 1
	return r.s[start : start+end]
}

func (r *reader) escaped(start int) string {
	var b strings.Builder
	b.WriteString(r.s[start:r.i])
	for r.i < len(r.s) {
		c := r.s[r.i]
		r.i++
		switch {
		case c == '"':
			return b.String()
		case c != '\\':
			b.WriteByte(c)
		case r.i >= len(r.s):
			r.bad = true
			return ""
		default:
			e := r.s[r.i]
			r.i++
			switch e {
			case '"', '\\', '/':
				b.WriteByte(e)
			case 'b':
				b.WriteByte('\b')
			case 'f':
				b.WriteByte('\f')
			case 'n':
				b.WriteByte('\n')
			case 'r':
				b.WriteByte('\r')
			case 't':
				b.WriteByte('\t')
			case 'u':
				b.WriteRune(r.unicode())
			default:
				r.bad = true
				return ""
			}
		}
	}
	r.bad = true
	return ""
}

// unicode reads the four digits after \u, and the second half of a pair.
func (r *reader) unicode() rune {
	hex := func() rune {
		if r.i+4 > len(r.s) {
			r.bad = true
			return utf8.RuneError
		}
		v, err := strconv.ParseUint(r.s[r.i:r.i+4], 16, 16)
		if err != nil {
			r.bad = true
			return utf8.RuneError
		}
		r.i += 4
		return rune(v)
	}
	c := hex()
	if c >= 0xD800 && c < 0xDC00 && strings.HasPrefix(r.s[r.i:], `\u`) {
		back := r.i
		r.i += 2
		if low := hex(); low >= 0xDC00 && low < 0xE000 {
			return (c-0xD800)<<10 | (low - 0xDC00) + 0x10000
		}
		r.i = back
	}
	if c >= 0xD800 && c < 0xE000 {
		return utf8.RuneError
	}
	return c
}

func (r *reader) word() string {
	r.peek()
	start := r.i
	for r.i < len(r.s) && strings.IndexByte("+-.0123456789Eaeflnrstu", r.s[r.i]) >= 0 {
		r.i++
	}
	return r.s[start:r.i]
}

// null reads null if it comes next.
func (r *reader) null() bool {
	if r.peek() == 'n' && strings.HasPrefix(r.s[r.i:], "null") {
		r.i += len("null")
		return true
	}
	return false
}

func (r *reader) int() int64 {
	c := r.peek()
	if c >= '0' && c <= '9' && (r.i+1 == len(r.s) || r.s[r.i+1] == ',' || r.s[r.i+1] == ']') { // most are one digit
		r.i++
		return int64(c - '0')
	}
	if r.null() {
		return 0
	}
	v, err := strconv.ParseInt(r.word(), 10, 64)
	if err != nil {
		r.bad = true
	}
	return v
}

func (r *reader) bit() bool { return r.int() != 0 }

// time reads milliseconds; null is the zero time.
func (r *reader) time() time.Time {
	if r.null() || r.peek() == 0 {
		return time.Time{}
	}
	return time.UnixMilli(r.int()).UTC()
}

// value reads anything, in the types of page.Fields.
func (r *reader) value() any {
	switch r.peek() {
	case '"':
		return r.text()
	case '{':
		return r.object()
	case '[':
		return r.list()
	case 0:
		r.bad = true
		return nil
	}
	switch w := r.word(); w {
	case "null":
		return nil
	case "true":
		return true
	case "false":
		return false
	default:
		if r.exact {
			if n, err := strconv.Atoi(w); err == nil {
				return n
			}
		}
		f, err := strconv.ParseFloat(w, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			r.bad = true
		}
		return f
	}
}

func (r *reader) object() map[string]any {
	m := map[string]any{}
	for r.open('{'); !r.bad && !r.close('}'); {
		k := r.text()
		m[k] = r.value()
	}
	return m
}

// list gives []string for texts, []map[string]any for records and []any for anything else.
func (r *reader) list() any {
	var texts []string
	var records []map[string]any
	var mixed []any
	n := 0
	for r.open('['); !r.bad && !r.close(']'); n++ {
		switch v := r.value().(type) {
		case string:
			texts = append(texts, v)
			mixed = append(mixed, v)
		case map[string]any:
			records = append(records, v)
			mixed = append(mixed, v)
		default:
			mixed = append(mixed, v)
		}
	}
	switch {
	case r.exact:
		return mixed
	case n == len(texts):
		return texts
	case n == len(records):
		return records
	}
	return mixed
}

func (r *reader) texts() []string {
	if r.null() {
		return nil
	}
	var out []string
	for r.open('['); !r.bad && !r.close(']'); {
		out = append(out, r.text())
	}
	return out
}

// card reads the rest of a list that encodeCard wrote, with its end.
func (r *reader) card() (sort string, t page.Target) {
	sort = r.text()
	t = page.Target{
		ID: page.ID(r.text()), Kind: r.text(), Space: r.text(), Slug: r.text(), Title: r.text(),
		Summary: r.text(), State: r.text(), Draft: r.bit(), Archived: r.bit(),
	}
	if !r.close(']') {
		r.bad = true
	}
	return sort, t
}

// encode writes a value as JSON without escaping <, > and &, which nothing here needs.
func encode(v any) (string, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// jsonList writes texts as a JSON list, an argument for json_each.
func jsonList[T ~string](list []T) string {
	if len(list) == 0 {
		return "[]"
	}
	out, err := encode(list)
	if err != nil {
		return "[]" // strings always encode
	}
	return out
}
