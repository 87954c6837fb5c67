package store

import (
	"encoding/binary"
	"math"
	"strings"
	"sync"

	"golang.org/x/text/cases"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// A collation key takes two bytes a letter: 48 letters decide an order, 20 that of incoming links.
const (
	maxSortKey  = 96
	maxCardSort = 40
)

// fold makes two spellings of one name equal: compatibility forms, case, and white space.
func fold(s string) string {
	plain, ascii := true, true
	for i := range len(s) {
		c := s[i]
		plain = plain && c > ' ' && c < 0x7f && (c < 'A' || c > 'Z')
		ascii = ascii && c < 0x80
	}
	switch {
	case plain: // slugs and references
		return s
	case ascii:
		s = strings.ToLower(s)
	default:
		s = cases.Fold().String(norm.NFKC.String(s))
	}
	return strings.Join(strings.Fields(s), " ")
}

// collation makes German sort keys: umlauts beside their vowels, digits by value.
type collation struct {
	mu  sync.Mutex
	c   *collate.Collator
	buf collate.Buffer
}

func newCollation() *collation {
	return &collation{c: collate.New(language.German, collate.IgnoreCase, collate.Numeric)}
}

func (c *collation) key(s string) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buf.Reset()
	k := c.c.KeyFromString(&c.buf, s)
	return append([]byte(nil), k[:min(len(k), maxSortKey)]...)
}

// Sort values of fields: numbers before texts, numbers by value. The bytes compare as the values do.
const (
	sortNumber = 1
	sortText   = 2
)

func (c *collation) textKey(s string) []byte { return append([]byte{sortText}, c.key(s)...) }

func numberKey(f float64) []byte {
	b := math.Float64bits(f)
	if b>>63 == 1 {
		b = ^b
	} else {
		b |= 1 << 63
	}
	return binary.BigEndian.AppendUint64([]byte{sortNumber}, b)
}

// ownerUnit gives the slug of the unit in "unit/z2" or "unit/z2#Reisestelle"; "" for any other owner.
func ownerUnit(owner string) string {
	rest, ok := strings.CutPrefix(owner, "unit/")
	if !ok {
		return ""
	}
	slug, _, _ := strings.Cut(rest, "#")
	return slug
}
