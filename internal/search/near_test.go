package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lernraum/internal/access"
	"lernraum/internal/page"
)

func TestTypingErrorsAreForgiven(t *testing.T) {
	alias := doc("N4", "Mobiles Arbeiten vereinbaren", "Zwei Tage je Woche.")
	alias.Aliases = []string{"Homeoffice"}
	english := doc("N6", "Travel policies", "Rules for journeys.")
	english.Lang = "en"
	ix := open(t, newSource(
		doc("N1", "Reisekosten abrechnen", "Belege sammeln und einreichen."),
		doc("N2", "Datenschutz: Beratung und Meldung", "Die Stabsstelle berät vertraulich."),
		doc("N3", "Fortbildung anmelden", "Kurse, mit Genehmigung der Leitung."),
		alias,
		doc("N5", "Überprüfung der Größe", "Maße und Gewichte."),
		english,
		doc("N7", "Akte anlegen", "Aktenzeichen vergeben. Vertretungsregelung beachten."),
	))
	for _, c := range []struct {
		text string
		want []string
	}{
		{"Reisekostn abrechen", []string{"N1"}},
		{"Reisekostn", []string{"N1"}},
		{"abrechen", []string{"N1"}},
		{"Datenschuz", []string{"N2"}},
		{"Datenshutz", []string{"N2"}},
		{"Dtaenschutz", []string{"N2"}},
		{"Datnschuz", []string{"N2"}}, // two errors in a long word
		{"Fortbildng", []string{"N3"}},
		{"Wer ist zuständig für Datenschuz?", []string{"N2"}},
		{"Fortbildng Genehmigung", []string{"N3"}}, // the other word stands in the text
		{"Homeofice", []string{"N4"}},
		{"Uberprufng", []string{"N5"}},
		{"ueberprüfunk", []string{"N5"}},
		{"polices travel", []string{"N6"}},
		{"Reisekosten Xylophonkonzert", []string{"N1"}}, // a word nobody has is not required
		{"Xylophon Wolkenkuckuck Fortbildung", []string{"N3"}},
		{"Vertretungsregelung", []string{"N7"}},
		{"Vertretungsregelunk", []string{}}, // only words of titles correct
		{"Akta", []string{}},                // too short
		{"Faortbildng", []string{"N3"}},
		{"ortbildung", []string{}}, // the first letter is believed
		{"Reisekst0n", []string{}}, // a number is not mistyped
		{"Xylophonkonzert", []string{}},
		{`"Reisekostn"`, []string{"N1"}},
		{`"Reisekostn abrechen"`, []string{}}, // what is quoted is meant
	} {
		if got := ids(t, ix, all, page.Query{Text: c.text}); !slices.Equal(got, c.want) {
			t.Errorf("search %q = %v, want %v", c.text, got, c.want)
		}
	}
	if got := bracket(find(t, ix, all, page.Query{Text: "Kursen Leitunk Fortbildng"}).Hits[0].Snippet); !strings.Contains(got, "[Kurse]") {
		t.Errorf("snippet: %s", got)
	}
}

// TestTypingErrorsTellNothing compares answers with and without pages that the caller may not see: known words,
// neighbours that would push others out, and words that only they have must make no difference.
func TestTypingErrorsTellNothing(t *testing.T) {
	scope := access.Scope{Read: []string{"haus"}}
	open1 := []page.Document{doc("O1", "Haushaltsplan aufstellen", "Zahlen."), doc("O2", "Kanzlei", "Post."), doc("O4", "Haushaltsplanzz", ""), doc("O3", "Vergabestelle", "Angebote.")}
	secret := func(n int, title string) page.Document {
		d := doc(fmt.Sprintf("Z%03d", n), title, title)
		d.Space = "tresor"
		return d
	}
	hidden := []page.Document{secret(0, "Haushaltsplam"), secret(1, "Kanzlai"), secret(2, "Vergabestolle Haushaltsplane")}
	for i := range 60 { // nearer than the visible word, and more than are tried
		hidden = append(hidden, secret(10+i, fmt.Sprintf("Haushaltspla%c Kanzle%c%c Vergabestell%c", 'a'+i%26, 'a'+i%26, 'a'+i/26, 'a'+i%26)))
	}
	without, with := open(t, newSource(open1...)), open(t, newSource(append(hidden, open1...)...))
	for _, text := range []string{"Haushaltsplam", "Haushaltspln", "Haushaltspla", "Kanzlai", "Kanzlej", "Vergabestolle", "Vergabestell", "Haushaltsplam Kanzlai", "Kanzlei Vergabestolle", "Haushaltsplanwz"} {
		q := page.Query{Text: text, Facets: true}
		a, b := find(t, without, scope, q), find(t, with, scope, q)
		if got, want := fmt.Sprint(idsOf(b), b.Total, b.Facets), fmt.Sprint(idsOf(a), a.Total, a.Facets); got != want {
			t.Errorf("%q gives %s beside secret pages and %s without", text, got, want)
		}
		if len(a.Hits) == 0 {
			t.Errorf("%q finds nothing", text)
		}
	}
}

func idsOf(r page.Result) (out []page.ID) {
	for _, h := range r.Hits {
		out = append(out, h.ID)
	}
	return out
}

// TestDistance compares with the plain recursive definition.
func TestDistance(t *testing.T) {
	var plain func(a, b []rune) int
	plain = func(a, b []rune) int {
		if len(a) == 0 || len(b) == 0 {
			return len(a) + len(b)
		}
		x, y := a[len(a)-1], b[len(b)-1]
		if x == y {
			return plain(a[:len(a)-1], b[:len(b)-1])
		}
		n := 1 + min(plain(a[:len(a)-1], b), plain(a, b[:len(b)-1]), plain(a[:len(a)-1], b[:len(b)-1]))
		if len(a) > 1 && len(b) > 1 && x == b[len(b)-2] && y == a[len(a)-2] {
			n = min(n, 1+plain(a[:len(a)-2], b[:len(b)-2]))
		}
		return n
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	word := func() []rune {
		w := make([]rune, rnd.IntN(7))
		for i := range w {
			w[i] = []rune("abcß")[rnd.IntN(4)]
		}
		return w
	}
	var d distances
	for range 5000 {
		a, b, limit := word(), word(), rnd.IntN(3)
		if got, want := d.between(a, string(b), limit), min(plain(a, b), limit+1); got != want {
			t.Fatalf("%q to %q within %d is %d, want %d", string(a), string(b), limit, got, want)
		}
	}
}
