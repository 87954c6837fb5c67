package lesson

import (
	"testing"

	"lernraum/internal/page"
)

// A comment names a lesson by reference, id or title, in whole words.
func TestNames(t *testing.T) {
	t.Parallel()
	p := page.Page{ID: "01ARZ3NDEKTSV4RRFFQ69G5FAV", Kind: "lesson", Space: "handbuch", Slug: "frueh-reden", Title: "Früh reden"}
	for comment, want := range map[string]bool{
		"":                         false,
		"aufgeräumt":               false,
		"wegen lesson/frueh-reden": true,
		"lesson/frueh-reden.":      true,
		"(Lesson/Frueh-Reden)":     true,
		"lesson/frueh-reden-2":     false,
		"lesson/frueh-redend":      false,
		"xlesson/frueh-reden":      false,
		"lesson/frueh-reden-2, lesson/frueh-reden": true,
		"handbuch:frueh-reden":                     true,
		"[[frueh-reden]]":                          true,
		"[[frueh-reden|so]]":                       true,
		"[[frueh-reden-2]]":                        false,
		"frueh-reden":                              false, // a word, not a reference
		"siehe 01arz3ndektsv4rrffq69g5fav":         true,
		"Erkenntnis „Früh reden“ umgesetzt":        true,
		"früh reden":                               true,
		"Früh redende":                             false,
		"Zu früh reden":                            true,
		"\xff früh reden \xff":                     true,
		"Früh  reden":                              false,
	} {
		if got := Names(comment, p); got != want {
			t.Errorf("%q: %v", comment, got)
		}
	}
	if Names("etwas", page.Page{Kind: "lesson", Slug: "x", Space: "s"}) {
		t.Error("an empty title is in every comment")
	}
}

// Guards have the names that the kinds' files use, and none is missing.
func TestGuardsAreComplete(t *testing.T) {
	t.Parallel()
	for name, g := range Guards() {
		if g == nil {
			t.Errorf("%s does nothing", name)
		}
	}
}
