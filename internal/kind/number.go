package kind

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Errors of ParseNumber.
var (
	ErrNumber    = errors.New("kind: not a number")
	ErrAmbiguous = errors.New("kind: number reads in two ways")
)

const maxNumber = 40 // characters; far beyond what a figure needs

var (
	numBlanks    = regexp.MustCompile(`^[+-]?\d{1,3}( \d{3})+([.,]\d+)?$`)
	numGerman    = regexp.MustCompile(`^[+-]?\d{1,3}((\.\d{3})+,\d+|(\.\d{3}){2,})$`)
	numEnglish   = regexp.MustCompile(`^[+-]?\d{1,3}((,\d{3})+\.\d+|(,\d{3}){2,})$`)
	numAmbiguous = regexp.MustCompile(`^[+-]?[1-9]\d{0,2}\.\d{3}$`)
	numPlain     = regexp.MustCompile(`^[+-]?\d+([.,]\d+)?$`)
)

// ParseNumber reads a number as people in German offices write it ("1.234,5", "1 234,5", "0,5") and as programs
// do ("1234.5"). A single comma is always the decimal sign. "1.234" is a thousand to one reader and a little more
// than one to another: ErrAmbiguous.
func ParseNumber(s string) (float64, error) {
	if len(s) > maxNumber*4 {
		return 0, ErrNumber
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || r == '\'' || r == '’' || r == '\u2009' || r == '\u202F':
			return ' '
		case r == '−':
			return '-'
		}
		return r
	}, strings.TrimSpace(s))
	if len(s) > maxNumber {
		return 0, ErrNumber
	}
	switch {
	case numAmbiguous.MatchString(s):
		return 0, ErrAmbiguous
	case numBlanks.MatchString(s):
		s = strings.ReplaceAll(strings.ReplaceAll(s, " ", ""), ",", ".")
	case numGerman.MatchString(s):
		s = strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
	case numEnglish.MatchString(s):
		s = strings.ReplaceAll(s, ",", "")
	case numPlain.MatchString(s):
		s = strings.ReplaceAll(s, ",", ".")
	default:
		return 0, ErrNumber
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !writable(n) {
		return 0, ErrNumber
	}
	return positiveZero(n), nil
}

// writable tells whether FormatNumber writes a number that ParseNumber takes back.
func writable(n float64) bool {
	return finite(n) && len(strconv.FormatFloat(n, 'f', -1, 64)) < maxNumber
}

func positiveZero(n float64) float64 {
	if n == 0 {
		return 0
	}
	return n
}

// FormatNumber writes a number without grouping, so that ParseNumber reads the same number again: with a
// decimal comma in German, with a point in English ("1.2340" where "1.234" could be taken for a thousand).
func FormatNumber(n float64, lang string) string {
	s := strconv.FormatFloat(n, 'f', -1, 64)
	if lang != "en" {
		return strings.Replace(s, ".", ",", 1)
	}
	if numAmbiguous.MatchString(s) {
		s += "0"
	}
	return s
}
