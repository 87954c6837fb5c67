package search

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/page"
)

// benchPages is the size of the wiki the benchmarks search: go test -bench … ./internal/search -pages=1000
var benchPages = flag.Int("pages", 10_000, "pages of the wiki that benchmarks search")

// lexicon makes German-looking words by joining parts; frequencies follow Zipf's law.
type lexicon struct {
	rnd   *rand.Rand
	zipf  *rand.Zipf
	words []string
}

func newLexicon() *lexicon {
	rnd := rand.New(rand.NewPCG(7, 11))
	first := []string{"Reise", "Dienst", "Haushalt", "Personal", "Beschaffung", "Antrag", "Prüf", "Akten", "Vergabe", "Bürger", "Gebühren", "Fach", "Landes", "Bau", "Umwelt", "Daten", "Schutz", "Rechts", "Kosten", "Planungs", "Förder", "Mittel", "Stellen", "Wirtschafts", "Steuer"}
	second := []string{"ordnung", "verfahren", "stelle", "bescheid", "prüfung", "plan", "vorgang", "frist", "genehmigung", "bericht", "konzept", "liste", "akte", "amt", "leitung", "gruppe", "kosten", "nachweis", "grundlage", "vermerk"}
	verbs := []string{"prüfen", "genehmigen", "abrechnen", "beantragen", "vorlegen", "zeichnen", "ablegen", "melden", "ändern", "bestätigen", "wird", "sind", "müssen", "innerhalb", "gegenüber", "zuständig", "jährlich", "größer", "schriftlich", "elektronisch"}
	seen := map[string]bool{}
	var words []string
	add := func(w string) {
		if !seen[w] {
			seen[w] = true
			words = append(words, w)
		}
	}
	for _, v := range verbs {
		add(v)
	}
	for _, s := range second {
		add(strings.ToUpper(s[:1]) + s[1:])
	}
	for _, f := range first {
		for _, s := range second {
			add(f + s)
		}
	}
	for i := range 30_000 {
		add(first[i%len(first)] + strings.ToLower(first[(i*7+i/25)%len(first)]) + second[(i*13+i/500)%len(second)] + []string{"", "en", "s", "er"}[i/7%4])
	}
	rnd.Shuffle(len(words)-40, func(i, j int) { words[40+i], words[40+j] = words[40+j], words[40+i] })
	return &lexicon{rnd: rnd, zipf: rand.NewZipf(rnd, 1.15, 8, uint64(len(words)-1)), words: words}
}

func (l *lexicon) word() string { return l.words[l.zipf.Uint64()] }

func (l *lexicon) text(n int) string {
	fill := []string{"der", "die", "das", "und", "für", "mit", "im", "von", "ist", "zu"}
	var b strings.Builder
	for i := range n {
		if i%3 == 0 {
			b.WriteString(fill[l.rnd.IntN(len(fill))])
			b.WriteByte(' ')
		}
		b.WriteString(l.word())
		if i%12 == 11 {
			b.WriteString(".\n")
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func (l *lexicon) page(i int) page.Document {
	d := doc(fmt.Sprintf("P%07d", i), l.words[40+l.rnd.IntN(len(l.words)-40)]+" "+l.word(), l.text(150+l.rnd.IntN(350)))
	d.Space = fmt.Sprintf("bereich%02d", i%50)
	d.Kind = []string{"guide", "process", "tool", "contact", "decision"}[i%5]
	d.Summary = l.text(15)
	d.Headings = []string{l.word(), l.word() + " " + l.word(), l.word()}
	d.Tags = []string{l.words[i%30], l.words[i%17]}
	d.Units = []string{fmt.Sprintf("z%d", i%20), "z"}
	d.Draft = i%40 == 0
	d.Archived = i%50 == 0
	return d
}

// twenty is the scope of a contributor: 20 of 50 spaces.
func twenty() access.Scope {
	var s access.Scope
	for i := range 20 {
		s.Read = append(s.Read, fmt.Sprintf("bereich%02d", i*2))
	}
	s.Drafts = s.Read[:3]
	return s
}

var bench struct {
	once sync.Once
	src  *fakeSource
	lex  *lexicon
	size int
}

func benchSource() (*fakeSource, *lexicon, int) {
	bench.once.Do(func() {
		bench.lex = newLexicon()
		bench.src = newSource()
		for i := range *benchPages {
			d := bench.lex.page(i)
			bench.size += len(d.Text)
			bench.src.put(d)
		}
	})
	return bench.src, bench.lex, bench.size
}

// cpu is the processor time of this process so far.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measure reports processor time beside wall time.
func measure(b *testing.B, fn func(i int)) {
	b.ResetTimer()
	start := cpu()
	for i := 0; b.Loop(); i++ {
		fn(i)
	}
	b.ReportMetric(float64((cpu()-start).Microseconds())/float64(b.N)/1000, "cpu-ms/op")
}

func BenchmarkRebuild(b *testing.B) {
	src, _, size := benchSource()
	for b.Loop() {
		start := cpu()
		ix := Open(Options{Dir: b.TempDir(), Source: src})
		if err := ix.Rebuild(context.Background(), nil); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(*benchPages)/(cpu()-start).Seconds(), "pages/cpu-s")
		b.ReportMetric(float64(folderSize(b, ix.dir))/float64(size), "index/text")
		_ = ix.Close()
	}
}

func BenchmarkSearch(b *testing.B) {
	src, lex, _ := benchSource()
	ix := open(b, src)
	ask := func(q func() page.Query) func(int) {
		return func(int) {
			res, err := ix.Search(context.Background(), twenty(), q())
			if err != nil || res.Restricted {
				b.Fatal(err, res.Restricted)
			}
		}
	}
	words := func(n int) string {
		var out []string
		for range n {
			out = append(out, lex.word())
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		name string
		q    func() page.Query
	}{
		{"two words", func() page.Query { return page.Query{Text: words(2), Limit: 10} }},
		{"one common word", func() page.Query { return page.Query{Text: lex.words[lex.rnd.IntN(5)], Limit: 10} }},
		{"six words", func() page.Query { return page.Query{Text: words(6), Limit: 10} }},
		{"phrase", func() page.Query { return page.Query{Text: `"` + words(2) + `"`, Limit: 10} }},
		{"two words with facets", func() page.Query { return page.Query{Text: words(2), Limit: 10, Facets: true} }},
		{"all pages with facets", func() page.Query { return page.Query{Limit: 10, Facets: true} }},
		{"by time", func() page.Query { return page.Query{Text: words(1), Limit: 10, Sort: "updated"} }},
	} {
		b.Run(c.name, func(b *testing.B) { measure(b, ask(c.q)) })
	}
}

func BenchmarkSuggest(b *testing.B) {
	src, lex, _ := benchSource()
	ix := open(b, src)
	measure(b, func(i int) {
		r := []rune(lex.words[40+lex.rnd.IntN(1000)])
		if _, err := ix.Suggest(context.Background(), twenty(), string(r[:2+i%6]), 8); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkChange is one saved page until it can be found.
func BenchmarkChange(b *testing.B) {
	src, lex, _ := benchSource()
	ix := open(b, src)
	measure(b, func(i int) {
		seq := src.put(lex.page(i % *benchPages))
		ix.Changed()
		if err := ix.Wait(context.Background(), seq); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	src, _, _ := benchSource()
	ix := open(b, src)
	measure(b, func(int) {
		if err := ix.Check(context.Background()); err != nil {
			b.Fatal(err)
		}
	})
}
