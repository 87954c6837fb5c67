package markup

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const maxSlug = 80 // bytes

// Slug makes the readable part of an address from a title: "Überprüfung der Größe" becomes
// "ueberpruefung-der-groesse". It consists of a-z, 0-9 and single hyphens inside, has at most 80 bytes, is
// never empty, and is its own slug.
func Slug(title string) string {
	if s := slug(title); s != "" {
		return s
	}
	return "seite"
}

// slug is Slug without the word for what has no letter it knows.
func slug(title string) string {
	var b strings.Builder
	gap := false
	put := func(s string) {
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteString(s)
	}
	// Composed first, so that "u" with a separate diaeresis is the German letter; then compatibility forms.
	for _, r := range norm.NFKC.String(clip(title)) {
		if b.Len() > 2*maxSlug {
			break
		}
		r = unicode.ToLower(r)
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			put(string(r))
		case letters[r] != "":
			put(letters[r])
		case silent(r):
		case r < 0x80:
			gap = true
		default:
			gap = foreign(r, put) || gap
		}
	}
	return cut(b.String())
}

// clip bounds the work for a title nobody would write.
func clip(s string) string {
	if len(s) > 2000 {
		s = strings.ToValidUTF8(s[:2000], "")
	}
	return s
}

// letters are written out as German readers expect.
var letters = map[rune]string{
	'\u00e4': "ae", '\u00f6': "oe", '\u00fc': "ue", '\u00df': "ss", '\u00e6': "ae", '\u0153': "oe",
	'\u00f8': "oe", '\u0142': "l", '\u0111': "d", '\u00f0': "d", '\u00fe': "th", '\u0131': "i",
}

// silent runes stand inside a word and leave it whole: the gender star, apostrophes, soft hyphens, joiners.
func silent(r rune) bool {
	return r == '*' || r == '\'' || r == '\u2019' || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r)
}

// foreign writes the base letters of a rune with marks; it reports true when there are none.
func foreign(r rune, put func(string)) bool {
	none := true
	for _, d := range norm.NFKD.String(string(r)) {
		if d = unicode.ToLower(d); d >= 'a' && d <= 'z' || d >= '0' && d <= '9' {
			put(string(d))
			none = false
		}
	}
	return none
}

// cut shortens a slug, at a hyphen when there is one in its second half.
func cut(s string) string {
	if len(s) <= maxSlug {
		return s
	}
	if s[maxSlug] != '-' {
		s = s[:maxSlug]
		if i := strings.LastIndexByte(s, '-'); i > maxSlug/2 {
			s = s[:i]
		}
	} else {
		s = s[:maxSlug]
	}
	return strings.Trim(s, "-")
}

// ids hands out the ids of one text. All begin with "s-", so that none shadows a property of document or
// window; a prefix ends in two hyphens, which no slug contains.
type ids struct {
	base  string
	taken map[string]bool
	next  map[string]int
}

func newIDs(prefix string) *ids {
	base := "s-"
	if p := slug(prefix); p != "" {
		base += p + "--"
	}
	return &ids{base: base, taken: map[string]bool{}, next: map[string]int{}}
}

// section gives the id for a heading; equal headings are numbered.
func (i *ids) section(text, fallback string) string {
	s := slug(text)
	if s == "" {
		s = fallback
	}
	id := i.base + s
	for n := max(i.next[s], 2); i.taken[id]; n++ {
		id = i.base + s + "-" + strconv.Itoa(n)
		i.next[s] = n + 1
	}
	i.taken[id] = true
	return id
}

// find maps what an author wrote after "#" to the id of a section of this text.
func (i *ids) find(fragment string) string {
	if i.taken[fragment] {
		return fragment
	}
	return i.base + Slug(fragment)
}

// note gives the id of footnote n or of the k-th reference to it. No slug contains a colon.
func (i *ids) note(kind string, n, k int) string {
	id := i.base + kind + ":" + strconv.Itoa(n)
	if k > 0 {
		id += "-" + strconv.Itoa(k+1)
	}
	return id
}
