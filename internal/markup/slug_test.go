package markup

import (
	"strings"
	"testing"
)

func TestSlug(t *testing.T) {
	for title, want := range map[string]string{
		"Überprüfung der Größe":     "ueberpruefung-der-groesse",
		"U\u0308berpru\u0308fung":   "ueberpruefung",
		"  Dienst-Reise  (Inland) ": "dienst-reise-inland",
		"§ 7 BHO":                   "7-bho",
		"Lernen von Expert*innen":   "lernen-von-expertinnen",
		"Was ist’s?":                "was-ists",
		"Café & Œuvre, Łódź":        "cafe-oeuvre-lodz",
		"STRASSE \u1e9e":            "strasse-ss",
		"C++/C#":                    "c-c",
		"10² m²":                    "102-m2",
		"":                          "seite",
		"???":                       "seite",
		"日本":                        "seite",
		strings.Repeat("Wort ", 40): "wort-wort-wort-wort-wort-wort-wort-wort-wort-wort-wort-wort-wort-wort-wort-wort",
		strings.Repeat("x", 200):    strings.Repeat("x", 80),
		strings.Repeat("x", 60) + " yyyyyyyyyyyyyyyyyyyyyyyyyyy": strings.Repeat("x", 60),
	} {
		if got := Slug(title); got != want || !slugForm.MatchString(got) {
			t.Errorf("%q: got %q, want %q", title, got, want)
		}
	}
}

func TestWikiLink(t *testing.T) {
	for _, tt := range []struct{ line, ref, section, label string }{
		{"[[Titel der  Seite ]] x", "Titel der Seite", "", ""},
		{"[[handbuch:reise]]", "handbuch:reise", "", ""},
		{"[[process/reise|die Reise]]", "process/reise", "", "die Reise"},
		{`[[a\|b]]`, "a", "", "b"},
		{"[[a|b|c]]", "a", "", "b|c"},
		{"[[a|b]c]]", "a", "", "b]c"},
		{"[[a#Über uns|x]]", "a", "Über uns", "x"},
		{"[[#Über uns]]", "", "Über uns", ""},
		{"[[C# lernen]]", "C# lernen", "", ""},
		{"[[C#]]", "C#", "", ""},
		{"[[]]", "", "", ""},
		{"[[ | x]]", "", "", ""},
		{"[[a]", "", "", ""},
		{"[[a\n]]", "", "", ""},
		{"[[a]](b)", "", "", ""},
		{"[[a]][b]", "", "", ""},
		{"[[a [b]]]", "", "", ""},
		{"[[a `b]]`", "", "", ""},
		{"[[a]b]]", "", "", ""},
		{"[[a\x00]]", "", "", ""},
		{"[[" + strings.Repeat("a", maxWikiLink+1) + "]]", "", "", ""},
	} {
		link, _ := parseWikiLink([]byte(tt.line))
		if link == nil {
			link = &wikiLink{}
		}
		if link.Ref != tt.ref || link.Section != tt.section || link.Label != tt.label {
			t.Errorf("%q: %+v", tt.line, link)
		}
	}
}
