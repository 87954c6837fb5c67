package search

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"lernraum/internal/page"
)

var (
	openMark  = string(page.HitOpen)
	closeMark = string(page.HitClose)
)

// marked lists what stands between the marks of a snippet.
func marked(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, openMark) {
		if before, _, ok := strings.Cut(part, closeMark); ok {
			out = append(out, before)
		}
	}
	return out
}

func bare(s string) string {
	return strings.NewReplacer(openMark, "", closeMark, "").Replace(s)
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		want []piece
	}{
		{"", nil},
		{"  ", nil},
		{"Reisekosten abrechnen", []piece{{"Reisekosten", false}, {"abrechnen", false}}},
		{`wer "macht das" hier`, []piece{{"wer", false}, {"macht das", true}, {"hier", false}}},
		{`„so und so“ «oder so»`, []piece{{"so und so", true}, {"oder so", true}}},
		{`"offen und allein`, []piece{{"offen", false}, {"und", false}, {"allein", false}}},
		{`a "b" "c`, []piece{{"a", false}, {"b", true}, {"c", false}}},
		{`"" " "`, nil},
		{`titel:x -y +z (a OR b) /re/ wild* ~1`, []piece{{"titel:x", false}, {"-y", false}, {"+z", false}, {"(a", false}, {"OR", false}, {"b)", false}, {"/re/", false}, {"wild*", false}, {"~1", false}}},
	} {
		if got := parse(c.text); !slices.Equal(got, c.want) {
			t.Errorf("parse(%q) = %v, want %v", c.text, got, c.want)
		}
	}
	an := newAnalysers(nil)
	if n := len(an.clauses(parse(strings.Repeat("wort ", 40)))); n != maxWords {
		t.Errorf("%d words", n)
	}
}

func TestQuestionsAreAboutTheOtherWords(t *testing.T) {
	an := newAnalysers(nil)
	for _, c := range []struct {
		text string
		want string // what is searched
		who  bool
	}{
		{"Wer ist zuständig für Datenschutz?", "Datenschutz", true},
		{"wer macht was bei Reisekosten", "Reisekosten", true},
		{"Zuständigen für die Vergabe finden", "Vergabe", true},
		{"Ansprechpartner Fortbildung", "Fortbildung", true},
		{"Was tun, wenn der Drucker klemmt?", "Drucker klemmt", false},
		{"Wie beantrage ich Urlaub?", "beantrage Urlaub", false},
		{"Wo finde ich das Formular", "Formular", false},
		{"Who is responsible for the data protection?", "data protection", true},
		{"How do I book a room?", "book room", false},
		{"What happens if the printer is broken", "printer broken", false},
		{"Was ist das IT-Referat?", "IT Referat", false},
		{"Wer ist zuständig?", "zuständig", true},
		{"Wer macht das?", "macht", true},
		{"die und der", "die und der", false},
		{"Wissen sichern", "Wissen sichern", false},
		{`"Wer ist zuständig" Datenschutz`, "Wer ist zuständig Datenschutz", false},
	} {
		required, who := an.questions.essential(an.clauses(parse(c.text)))
		var got []string
		for _, r := range required {
			for _, w := range r.words {
				got = append(got, w.surface)
			}
		}
		var want []string
		for _, w := range an.lookup(c.want) {
			want = append(want, w.surface)
		}
		if !slices.Equal(got, want) || who != c.who {
			t.Errorf("%q searches %v, who %v", c.text, got, who)
		}
	}
	if got := an.plain("„Wer“ ist zuständig für E-Akte?"); !slices.Equal(got, []string{"E-Akte"}) {
		t.Errorf("titles are looked up for %q", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", `a "b c" d`, "„x“", "\xff\"", "\u0308\"\uE000", strings.Repeat("\"a", 300)} {
		f.Add(s)
	}
	an := newAnalysers(nil)
	f.Fuzz(func(t *testing.T, text string) {
		runes := 0
		for _, p := range parse(text) {
			runes += utf8.RuneCountInString(p.text)
			if p.text == "" || !utf8.ValidString(p.text) || strings.ContainsFunc(p.text, quote) {
				t.Fatalf("parse(%q) gives %q", text, p.text)
			}
		}
		if runes > maxQueryRunes {
			t.Fatalf("parse(%q) keeps %d runes", text, runes)
		}
		words := 0
		required, _ := an.questions.essential(an.clauses(parse(text)))
		for _, c := range required {
			words += len(c.words)
			for _, w := range c.words {
				if w.de == "" || len(w.de) > maxTerm {
					t.Fatalf("term %q from %q", w.de, text)
				}
			}
		}
		if words > maxWords {
			t.Fatalf("%d words from %q", words, text)
		}
	})
}

func TestSnippets(t *testing.T) {
	long := strings.Repeat("Füllwörter über größere Flächen, ganz ohne Bezug. ", 30)
	docs := []page.Document{
		doc("H1", "Eins", "Für die Prüfung gilt: Überprüfungen prüft die Prüfungsstelle.\n\nDanach   folgt\tnichts."),
		doc("H2", "Zwei", long+"Hier steht die Genehmigung der Dienstreise, ausnahmsweise. "+long),
		doc("H3", "Drei", "Genehmigung am Anfang. "+long+" Später: Genehmigung und Dienstreise nah beieinander."),
		doc("H4", "Vier mit Pru\u0308fung", ""),
		doc("H5", "Fünf", "Zerlegt: Mu\u0308ndliche Pru\u0308fung und 🎓 danach. Auch \uE000gefälschte\uE001 Marken Prüfung."),
	}
	docs[3].Summary = "Kurz: die Prüfung im Überblick."
	english := doc("H6", "Six", "Our policies changed. The rest is German Prüfung.")
	english.Lang = "en"
	ix := open(t, newSource(append(docs, english)...))
	snippets := func(text string) map[string]string {
		out := map[string]string{}
		for _, h := range find(t, ix, all, page.Query{Text: text}).Hits {
			out[string(h.ID)] = h.Snippet
		}
		return out
	}
	got := snippets("prüfung")
	if want := "Für die [Prüfung] gilt: Überprüfungen prüft die Prüfungsstelle. Danach folgt nichts."; bracket(got["H1"]) != want {
		t.Errorf("H1: %s", bracket(got["H1"]))
	}
	if want := "Kurz: die [Prüfung] im Überblick."; bracket(got["H4"]) != want {
		t.Errorf("H4 falls back to the summary: %s", bracket(got["H4"]))
	}
	if want := "Zerlegt: Mu\u0308ndliche [Pru\u0308fung] und 🎓 danach. Auch gefälschte Marken [Prüfung]."; bracket(got["H5"]) != want {
		t.Errorf("H5: %s", bracket(got["H5"]))
	}
	got = snippets("Genehmigung Dienstreise")
	for id, s := range got {
		if len(marked(s)) != 2 {
			t.Errorf("%s: the best part has both words: %s", id, bracket(s))
		}
		if !strings.HasPrefix(s, "… ") {
			t.Errorf("%s: what was cut is shown: %s", id, bracket(s))
		}
	}
	if got := bracket(snippets("policy")["H6"]); !strings.Contains(got, "[policies]") {
		t.Errorf("H6: %s", got)
	}
	for _, h := range find(t, ix, all, page.Query{}).Hits {
		if strings.Contains(h.Snippet, openMark) || h.ID != "H4" && h.Snippet == "" {
			t.Errorf("%s: without a text the beginning is shown: %q", h.ID, bracket(h.Snippet))
		}
	}
}

// TestSnippetsPreferSentences has the text of a page first and the values of its fields, one a line, behind it.
func TestSnippetsPreferSentences(t *testing.T) {
	body := "Die Reisekosten werden am Ende des Monats erstattet."
	fields := "Frist prüfen\n01.03.2024\n2024-03-01\nkpi/bearbeitungsdauer-reisekosten\nReisekosten melden\nReisekosten prüfen\nReisekosten ablegen und/oder löschen"
	filler := strings.Repeat("Hier steht etwas anderes. ", 12)
	d := doc("S1", "Seite", body+"\n"+filler+"\n"+fields)
	ix := open(t, newSource(d))
	for text, want := range map[string]string{
		"Reisekosten":       "Die [Reisekosten] werden am Ende",
		"Frist melden":      "[Frist] prüfen 01.03.2024 Reisekosten [melden] Reisekosten prüfen Reisekosten ablegen und/oder löschen",
		"Frist":             "[Frist] prüfen 01.03.2024 Reisekosten melden",
		"Bearbeitungsdauer": "kpi/[bearbeitungsdauer]-reisekosten",
	} {
		hits := find(t, ix, all, page.Query{Text: text}).Hits
		if len(hits) == 0 || !strings.Contains(bracket(hits[0].Snippet), want) {
			t.Errorf("%q shows %+v, want %s", text, hits, want)
		}
	}
	mail := doc("S2", "Stelle", "Sie erreichen uns so:\n+49 30 23125-160\npoststelle@lbv.example\nunit/poststelle")
	mail.Summary = "Nimmt Post an."
	ix = open(t, newSource(mail))
	for text, want := range map[string]string{
		"Poststelle": "Nimmt Post an.", "poststelle@lbv.example": "23125-160 [poststelle]@[lbv.example] unit/[poststelle]", "23125-160": "+49 30 [23125]-[160] poststelle@lbv.example",
	} {
		hits := find(t, ix, all, page.Query{Text: text}).Hits
		if len(hits) == 0 || !strings.HasSuffix(bracket(hits[0].Snippet), want) {
			t.Errorf("%q shows %+v, want %s", text, hits, want)
		}
	}
	for line, want := range map[string]bool{
		"2026-11": true, "kpi/dauer": true, "unit/z2#reisestelle": true, "2026-11-02": true, " 2026-11-02 ": true, "tool/e_akte-2": true,
		"": false, "und/oder so": false, "Ja/Nein": false, "/pfad": false, "1/2": false, "2026": false, "12345-7890": false, "a/b/c": false,
	} {
		if isData(line) != want {
			t.Errorf("%q is data: %v", line, !want)
		}
	}
}

func bracket(s string) string {
	return strings.NewReplacer(openMark, "[", closeMark, "]").Replace(s)
}

// TestSnippetsMarkWhatWasFound makes random texts and compares each snippet with its text: nothing is added,
// every mark holds a whole word with the stem that was asked for, and the length is bounded.
func TestSnippetsMarkWhatWasFound(t *testing.T) {
	an := newAnalysers(nil)
	rnd := rand.New(rand.NewPCG(1, 2))
	vocabulary := []string{"Prüfung", "prüfungen", "Pru\u0308fung", "STRASSE", "Straße", "größer", "ä", "🎓", "日本語", "Genehmigung", "genehmigen", "und", "die", "\n", "\n\n", "\t ", "e\u0301te\u0301", "—", "„so“", "Ver\u00adwaltung", "x", "1234", "ﬁnden", "\u2028"}
	wanted := []string{"prüfung", "strasse", "genehmigen", "verwaltung", "finden", "日本語"}
	for range 3000 {
		var b strings.Builder
		for range rnd.IntN(120) {
			b.WriteString(vocabulary[rnd.IntN(len(vocabulary))])
			if rnd.IntN(5) > 0 {
				b.WriteByte(' ')
			}
		}
		text := clean(b.String())
		de := map[string]bool{}
		for _, w := range wanted[:1+rnd.IntN(len(wanted))] {
			for _, f := range an.lookup(w) {
				de[f.de] = true
			}
		}
		spots := an.mark(text, de, nil)
		s := snippet(text, spots)
		if !utf8.ValidString(s) || strings.Count(s, openMark) != strings.Count(s, closeMark) {
			t.Fatalf("%q gives %q", text, s)
		}
		flat := strings.Join(strings.FieldsFunc(text, unicode.IsSpace), " ")
		inner := strings.TrimSuffix(strings.TrimPrefix(bare(s), "… "), " …")
		if !strings.Contains(flat, strings.TrimSpace(inner)) {
			t.Fatalf("%q is not in %q", inner, flat)
		}
		if n := utf8.RuneCountInString(inner); n > snippetRunes {
			t.Fatalf("%d runes in %q", n, inner)
		}
		for _, m := range marked(s) {
			words := an.lookup(m)
			if len(words) == 0 || !de[words[0].de] {
				t.Fatalf("%q is marked in %q", m, s)
			}
		}
		if len(spots) > 0 && len(marked(s)) == 0 {
			t.Fatalf("nothing is marked in %q of %q", s, text)
		}
	}
}

// FuzzSnippet gives offsets that fit no text.
func FuzzSnippet(f *testing.F) {
	f.Add("Für die Prüfung", 4, 7, 8, 100)
	f.Add("ü", -1, 1, 1, 2)
	f.Fuzz(func(t *testing.T, text string, a, b, c, d int) {
		if s := snippet(text, []spot{{a, b, "x"}, {c, d, "y"}}); utf8.ValidString(text) && !utf8.ValidString(s) {
			t.Fatalf("%q", s)
		}
	})
}

func TestFoldTitle(t *testing.T) {
	titles := []string{"Zebra", "äpfel", "Apfelbaum", "Übung", "uhu", "Straße", "Strassen", "42", "Éclair"}
	slices.SortFunc(titles, func(a, b string) int { return strings.Compare(foldTitle(a), foldTitle(b)) })
	if got := strings.Join(titles, " "); got != "42 Apfelbaum äpfel Éclair Straße Strassen Übung uhu Zebra" && got != "42 äpfel Apfelbaum Éclair Straße Strassen Übung uhu Zebra" {
		t.Error(got)
	}
}
