package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"lernraum/internal/markup"
)

const (
	spaceCount    = 50
	readableCount = 20 // of the spaces, by somebody without memberships: 14 open, 6 published
	openCount     = 14
	unitCount     = 40 // pages; the organisation every other page is owned by
)

// corpus is a set of pages that depends on nothing but its size and its seed. A page is made when it is asked
// for, so that links can name pages that have not been written yet.
type corpus struct {
	n    int
	seed uint64
}

// leaf is one generated page.
type leaf struct {
	space, slug, kind, title string
	body                     string
	file                     string // the page in the form of the contract
}

func spaceKey(s int) string { return fmt.Sprintf("bereich-%02d", s) }

func spaceOf(i int) int {
	if i < unitCount {
		return 0
	}
	return i % spaceCount
}

func readable(i int) bool { return spaceOf(i) < readableCount }

// writable tells pages a contributor may edit.
func writable(i int) bool { return i >= unitCount && spaceOf(i) < openCount }

func (c corpus) random(i int, what uint64) *rand.Rand {
	return rand.New(rand.NewPCG(c.seed^what, uint64(i)))
}

func kindOf(i int) string {
	if i < unitCount {
		return "unit"
	}
	switch k := (i * 7919) % 20; {
	case k < 10:
		return "guide"
	case k < 15:
		return "process"
	case k < 17:
		return "tool"
	default:
		return "responsibility"
	}
}

// titleParts spreads the numbers over all combinations of words, each used once.
func titleParts(i int) (compound noun, verb, audience string) {
	all := len(firstParts) * len(secondParts) * len(verbs) * len(audiences)
	const step = 611_953 // prime, so that it hits every combination before it repeats one
	x := (i*step + 4711) % all
	first, x := firstParts[x%len(firstParts)], x/len(firstParts)
	second, x := secondParts[x%len(secondParts)], x/len(secondParts)
	return noun{first + second.word, second.gender}, verbs[x%len(verbs)], audiences[x/len(verbs)]
}

func title(i int) string {
	n, verb, audience := titleParts(i)
	if i < unitCount {
		return fmt.Sprintf("Referat %d: %s", 100+i, n.word)
	}
	return strings.TrimSpace(n.word + " " + verb + " " + audience)
}

func slug(i int) string { return markup.Slug(title(i)) }

func unitRef(i int) string { return "unit/" + slug(i) }

func address(i int) string { return "/wiki/" + spaceKey(spaceOf(i)) + "/" + slug(i) }

// writer puts one page together.
type writer struct {
	c   corpus
	i   int
	r   *rand.Rand
	out strings.Builder
}

func (c corpus) page(i int) leaf {
	w := &writer{c: c, i: i, r: c.random(i, 0x9A6E)}
	l := leaf{space: spaceKey(spaceOf(i)), slug: slug(i), kind: kindOf(i), title: title(i)}
	w.body()
	l.body = w.out.String()
	w.out.Reset()
	w.front(l)
	l.file = w.out.String() + l.body
	return l
}

// word picks a compound: few are frequent, most are rare, and every space has its own favourites.
func (w *writer) word() noun {
	pick := func(n int, power float64) int { return int(float64(n) * math.Pow(w.r.Float64(), power)) }
	first := firstParts[(spaceOf(w.i)*7+pick(len(firstParts), 2.2))%len(firstParts)]
	second := secondParts[(spaceOf(w.i)*3+pick(len(secondParts), 1.6))%len(secondParts)]
	return noun{first + second.word, second.gender}
}

var articles = map[byte]map[byte]string{
	'N': {'m': "der", 'f': "die", 'n': "das"}, 'A': {'m': "den", 'f': "die", 'n': "das"}, 'D': {'m': "dem", 'f': "der", 'n': "dem"},
}

func pickOf[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func (w *writer) sentence() string {
	t := pickOf(w.r, sentences)
	var b strings.Builder
	for t != "" {
		before, rest, found := strings.Cut(t, "{")
		b.WriteString(before)
		if !found {
			break
		}
		switch slot := rest[0]; slot {
		case 'N', 'A', 'D':
			n := w.word()
			b.WriteString(articles[slot][n.gender] + " " + n.word)
		case 'v':
			b.WriteString(pickOf(w.r, adverbs))
		case 'j':
			b.WriteString(pickOf(w.r, adjectives))
		case 't':
			b.WriteString(pickOf(w.r, verbs))
		case 'n':
			b.WriteString(strconv.Itoa(2 + w.r.IntN(90)))
		}
		t = rest[2:]
	}
	s := b.String()
	return strings.ToUpper(s[:1]) + s[1:]
}

func (w *writer) paragraph() string {
	var s []string
	for range 2 + w.r.IntN(4) {
		s = append(s, w.sentence())
	}
	return strings.Join(s, " ")
}

// links are the wiki links of the page, in all the ways they can be written.
func (w *writer) links() []string {
	var out []string
	for range 5 + w.r.IntN(6) {
		to := w.target()
		switch space := spaceOf(to); {
		case space == spaceOf(w.i):
			out = append(out, "[["+title(to)+"]]")
		case w.r.IntN(2) == 0:
			out = append(out, "[["+spaceKey(space)+":"+slug(to)+"]]")
		default:
			n, _, _ := titleParts(to)
			out = append(out, "[["+spaceKey(space)+":"+slug(to)+"|"+n.word+"]]")
		}
	}
	return out
}

// target picks a page that every reader of this page may read: of the same space, or of one that all may read.
func (w *writer) target() int {
	for range 50 {
		to := w.r.IntN(w.c.n)
		if w.r.IntN(2) == 0 {
			to = to/spaceCount*spaceCount + spaceOf(w.i)
		}
		if to < w.c.n && to != w.i && (readable(to) || spaceOf(to) == spaceOf(w.i)) {
			return to
		}
	}
	return (w.i + 1) % min(w.c.n, unitCount)
}

// body writes sections until the page is as long as it shall be: 4 kB in the middle, few very short or long.
func (w *writer) body() {
	length := int(min(max(4000*math.Exp(0.55*w.r.NormFloat64()), 900), 40_000))
	links := w.links()
	fmt.Fprintf(&w.out, "%s Siehe auch %s.\n", w.paragraph(), links[0])
	links = links[1:]
	titles := w.r.Perm(len(sectionTitles))
	for s := 0; w.out.Len() < length; s++ {
		level := "##"
		if s%3 == 2 {
			level = "###"
		}
		fmt.Fprintf(&w.out, "\n%s %s\n", level, sectionTitles[titles[s%len(titles)]])
		fmt.Fprintf(&w.out, "\n%s\n", w.paragraph())
		switch w.r.IntN(5) {
		case 0:
			w.table()
		case 1, 2:
			w.list(w.r.IntN(3))
		case 3:
			if w.r.IntN(3) == 0 {
				fmt.Fprintf(&w.out, "\n> [!TIP]\n> %s\n", w.sentence())
			}
		}
		if len(links) > 1 {
			fmt.Fprintf(&w.out, "\n%s Mehr dazu steht unter %s. %s\n", w.sentence(), links[0], w.sentence())
			links = links[1:]
		}
	}
	fmt.Fprint(&w.out, "\n## Siehe auch\n\n")
	for _, l := range links {
		fmt.Fprintf(&w.out, "- %s\n", l)
	}
}

func (w *writer) table() {
	w.out.WriteString("\n| Schritt | Zuständig | Frist | Bemerkung |\n|---|---|---:|---|\n")
	for i := range 3 + w.r.IntN(5) {
		fmt.Fprintf(&w.out, "| %d. %s %s | %s | %d Tage | %s |\n", i+1, w.word().word, pickOf(w.r, verbs), w.word().word, 1+w.r.IntN(60), pickOf(w.r, adverbs))
	}
}

func (w *writer) list(form int) {
	w.out.WriteByte('\n')
	for i := range 3 + w.r.IntN(5) {
		mark := [...]string{"-", strconv.Itoa(i+1) + ".", "- [ ]"}[form]
		fmt.Fprintf(&w.out, "%s **%s** %s %s\n", mark, w.word().word, pickOf(w.r, verbs), pickOf(w.r, adverbs))
	}
}

// near finds a page of a kind that all may read, from a random place on.
func (w *writer) near(kind string) int {
	from := w.r.IntN(w.c.n)
	for d := range w.c.n {
		if i := (from + d) % w.c.n; i != w.i && readable(i) && kindOf(i) == kind {
			return i
		}
	}
	return -1
}

var firstDay = time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)

func (w *writer) front(l leaf) {
	var id ulid.ULID
	for i := range id[6:] {
		id[6+i] = byte(w.r.Uint32())
	}
	if err := id.SetTime(ulid.Timestamp(firstDay.Add(time.Duration(w.i) * time.Minute))); err != nil {
		panic(err) // the year 10889 is far
	}
	p := func(format string, args ...any) { fmt.Fprintf(&w.out, format+"\n", args...) }
	q := strconv.Quote
	p("---\nid: %s\nkind: %s\nspace: %s\nslug: %s\ntitle: %s", id, l.kind, l.space, l.slug, q(l.title))
	p("summary: %s\nlang: de\nowner: %s\nstate: published", q(w.sentence()), unitRef(w.r.IntN(min(unitCount, w.c.n))))
	if w.r.IntN(3) > 0 {
		tags := map[string]bool{}
		for range 1 + w.r.IntN(3) {
			tags[pickOf(w.r, tagWords)] = true
		}
		p("tags: [%s]", strings.Join(sortedKeys(tags), ", "))
	}
	p("review_due: %s\nfields:", firstDay.AddDate(0, w.r.IntN(20), w.r.IntN(28)).Format(time.DateOnly))
	switch l.kind {
	case "guide":
		p("  type: %s\n  audience: Beschäftigte", pickOf(w.r, []string{"instruction", "standard", "checklist"}))
	case "process":
		p("  purpose: %s\n  type: support\n  steps:", q(w.sentence()))
		for range 3 + w.r.IntN(4) {
			p("    - what: %s", q(w.word().word+" "+pickOf(w.r, verbs)))
			if w.r.IntN(2) == 0 {
				p("      role: %s", unitRef(w.r.IntN(min(unitCount, w.c.n))))
			}
			if tool := w.near("tool"); tool >= 0 && w.r.IntN(3) == 0 {
				p("      tool: %s:%s", spaceKey(spaceOf(tool)), slug(tool))
			}
		}
	case "tool":
		p("  purpose: %s\n  type: software\n  status: approved", q(w.sentence()))
	case "responsibility":
		p("  task: %s\n  unit: %s\n  role: Sachbearbeitung", q(w.sentence()), unitRef(w.r.IntN(min(unitCount, w.c.n))))
	case "unit":
		p("  short_name: R %d\n  type: section\n  phone: \"+49 30 %06d\"", 100+w.i, 100_000+w.r.IntN(900_000))
	}
	p("---")
}

func sortedKeys(m map[string]bool) []string {
	var out []string
	for _, t := range tagWords {
		if m[t] {
			out = append(out, t)
		}
	}
	return out
}

// write puts all pages and spaces into a folder and gives the number of bytes of the pages.
func (c corpus) write(dir string) (int64, error) {
	for s := range spaceCount {
		if err := os.MkdirAll(filepath.Join(dir, spaceKey(s)), 0o755); err != nil {
			return 0, fmt.Errorf("make folder of a space: %w", err)
		}
		y := fmt.Sprintf("key: %s\ntitle: Bereich %02d %s\ntype: ", spaceKey(s), s, firstParts[s*2])
		switch {
		case s < openCount:
			y += "open\n"
		case s < readableCount:
			y += "published\n"
		default:
			y += "restricted\nreason: Die Vorgänge sind noch nicht entschieden.\nreview_due: 2027-12-31\n"
		}
		y += "unit: " + unitRef(s%min(unitCount, c.n)) + "\n"
		if err := os.WriteFile(filepath.Join(dir, spaceKey(s), "_space.yaml"), []byte(y), 0o644); err != nil {
			return 0, fmt.Errorf("write space: %w", err)
		}
	}
	var size int64
	for i := range c.n {
		l := c.page(i)
		size += int64(len(l.file))
		if err := os.WriteFile(filepath.Join(dir, l.space, l.slug+".md"), []byte(l.file), 0o644); err != nil {
			return 0, fmt.Errorf("write page: %w", err)
		}
	}
	return size, nil
}

// question makes what somebody might search: one to three words of a page that can be found.
func (c corpus) question(r *rand.Rand) string {
	for {
		i := r.IntN(c.n)
		if !readable(i) || i < unitCount {
			continue
		}
		n, verb, audience := titleParts(i)
		switch k := r.IntN(5); {
		case k < 2:
			return n.word
		case k < 4 || audience == "":
			return n.word + " " + verb
		default:
			words := strings.Fields(audience)
			return n.word + " " + verb + " " + words[len(words)-1]
		}
	}
}

// typed makes what somebody has typed of a title so far.
func (c corpus) typed(r *rand.Rand) string {
	for {
		if i := r.IntN(c.n); readable(i) && i >= unitCount {
			runes := []rune(title(i))
			return string(runes[:min(2+r.IntN(10), len(runes))])
		}
	}
}
