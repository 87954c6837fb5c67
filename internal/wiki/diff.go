package wiki

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// DiffOp tells what happened to a piece of text.
type DiffOp byte

// The operations of a diff.
const (
	DiffSame DiffOp = '='
	DiffDel  DiffOp = '-'
	DiffAdd  DiffOp = '+'
)

// DiffPart is a run of text with one operation.
type DiffPart struct {
	Op   DiffOp
	Text string
}

// DiffBlock is one paragraph line of a comparison: unchanged with a single part, or changed word by word.
type DiffBlock struct {
	Changed bool
	Parts   []DiffPart
}

// maxDiffWork bounds the steps of one whole comparison, about 20 ms of a core. What is left when they are used up
// is shown as removed and added whole, which is also what a reader would make of texts that have so little in
// common.
const maxDiffWork = 2_000_000

// differ is one comparison with the steps it has left.
type differ struct{ left int }

// Diff compares two texts: lines are aligned first, then the words within lines that changed. Joining the parts
// that are not DiffAdd gives a, joining those that are not DiffDel gives b.
func Diff(a, b string) []DiffBlock {
	d := &differ{left: maxDiffWork}
	la, lb := splitLines(a), splitLines(b)
	var out []DiffBlock
	for _, h := range d.hunks(la, lb) {
		if h.same {
			for _, l := range la[h.a0:h.a1] {
				out = append(out, DiffBlock{Parts: []DiffPart{{DiffSame, l}}})
			}
			continue
		}
		out = append(out, d.lines(la[h.a0:h.a1], lb[h.b0:h.b1])...)
	}
	return out
}

// lines compares changed lines. Lines are paired in order while they have words in common, so that an edited
// paragraph shows its words and not itself twice.
func (d *differ) lines(a, b []string) []DiffBlock {
	var out []DiffBlock
	whole := func(op DiffOp, lines []string) {
		for _, l := range lines {
			out = append(out, DiffBlock{Changed: true, Parts: []DiffPart{{op, l}}})
		}
	}
	for len(a) > 0 && len(b) > 0 && d.left > 0 {
		if d.alike(a[0], b[0]) || (len(a) == 1 && len(b) == 1) {
			out = append(out, DiffBlock{Changed: true, Parts: d.words(a[0], b[0])})
			a, b = a[1:], b[1:]
			continue
		}
		if len(a) > len(b) {
			whole(DiffDel, a[:1])
			a = a[1:]
		} else {
			whole(DiffAdd, b[:1])
			b = b[1:]
		}
	}
	// What is left is shown as it is; when the steps are used up, in one piece each.
	rest := func(op DiffOp, lines []string) {
		if d.left > 0 || len(lines) == 0 {
			whole(op, lines)
			return
		}
		out = append(out, DiffBlock{Changed: true, Parts: []DiffPart{{op, strings.Join(lines, "")}}})
	}
	rest(DiffDel, a)
	rest(DiffAdd, b)
	return out
}

// alike tells that two lines share at least a third of their words, counted without looking at their order.
func (d *differ) alike(a, b string) bool {
	wa, wb := splitWords(a), splitWords(b)
	const pair = 100 // looking at two lines has a price of its own
	d.left -= len(wa) + len(wb) + pair
	count := make(map[string]int, len(wa))
	for _, w := range wa {
		count[w]++
	}
	same := 0
	for _, w := range wb {
		if count[w] > 0 {
			count[w]--
			same += len(strings.TrimSpace(w))
		}
	}
	return same*3 >= max(len(a), len(b))
}

func (d *differ) words(a, b string) []DiffPart {
	wa, wb := splitWords(a), splitWords(b)
	var parts []DiffPart
	add := func(op DiffOp, words []string) {
		if len(words) == 0 {
			return
		}
		parts = append(parts, DiffPart{op, strings.Join(words, "")})
	}
	for _, h := range d.hunks(wa, wb) {
		if h.same {
			add(DiffSame, wa[h.a0:h.a1])
			continue
		}
		add(DiffDel, wa[h.a0:h.a1])
		add(DiffAdd, wb[h.b0:h.b1])
	}
	return bridge(parts)
}

// bridge joins changes that only a blank separates: "alte Frist" → "neue Dauer" reads better as one change than
// as two with a blank in between.
func bridge(parts []DiffPart) []DiffPart {
	var out []DiffPart
	for i := 0; i < len(parts); i++ {
		p := parts[i]
		n := len(out)
		if p.Op == DiffSame && strings.TrimSpace(p.Text) == "" && n >= 2 && out[n-1].Op == DiffAdd && out[n-2].Op == DiffDel &&
			i+2 < len(parts) && parts[i+1].Op == DiffDel && parts[i+2].Op == DiffAdd {
			out[n-2].Text += p.Text + parts[i+1].Text
			out[n-1].Text += p.Text + parts[i+2].Text
			i += 2
			continue
		}
		out = append(out, p)
	}
	return out
}

// splitLines keeps the line ends, so that joining gives the text again.
func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// splitWords cuts into words, runs of white space and single signs.
func splitWords(s string) []string {
	var out []string
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		class := wordClass(r)
		for class != 0 && n < len(s) {
			next, size := utf8.DecodeRuneInString(s[n:])
			if wordClass(next) != class {
				break
			}
			n += size
		}
		out, s = append(out, s[:n]), s[n:]
	}
	return out
}

func wordClass(r rune) byte {
	switch {
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
		return 'w'
	case unicode.IsSpace(r):
		return ' '
	}
	return 0
}

// hunk is a run of equal items, or a run of items of a that stand against a run of items of b.
type hunk struct {
	same           bool
	a0, a1, b0, b1 int
}

// hunks aligns two sequences with the fewest insertions and deletions (Myers 1986, greedy), after cutting off
// what is equal at both ends.
func (d *differ) hunks(a, b []string) []hunk {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out []hunk
	if head > 0 {
		out = append(out, hunk{same: true, a1: head, b1: head})
	}
	out = append(out, d.align(a[head:len(a)-tail], b[head:len(b)-tail], head)...)
	if tail > 0 {
		out = append(out, hunk{same: true, a0: len(a) - tail, a1: len(a), b0: len(b) - tail, b1: len(b)})
	}
	return out
}

func (d *differ) align(a, b []string, off int) []hunk {
	if len(a) == 0 && len(b) == 0 {
		return nil
	}
	whole := []hunk{{a0: off, a1: off + len(a), b0: off, b1: off + len(b)}}
	if len(a) == 0 || len(b) == 0 {
		return whole
	}
	const most = 1000 // differences in one stretch; the trace grows with their square
	limit := min(len(a)+len(b), most)
	v := make([]int, 2*limit+2)
	var trace [][]int
	for n := 0; n <= limit && d.left > 0; n++ {
		// Only the diagonals -n…n of v can be read later.
		trace = append(trace, append([]int(nil), v[limit-n:limit+n+2]...))
		for k := -n; k <= n; k += 2 {
			d.left--
			var x int
			if k == -n || (k != n && v[limit+k-1] < v[limit+k+1]) {
				x = v[limit+k+1]
			} else {
				x = v[limit+k-1] + 1
			}
			y := x - k
			for x < len(a) && y < len(b) && a[x] == b[y] {
				x, y = x+1, y+1
			}
			v[limit+k] = x
			if x >= len(a) && y >= len(b) {
				return walkBack(trace, len(a), len(b), n, off)
			}
		}
	}
	return whole
}

// walkBack walks back through the trace and collects hunks.
func walkBack(trace [][]int, x, y, d, off int) []hunk {
	type point struct{ x, y int }
	points := []point{{x, y}} // corners, backwards
	for ; d > 0; d-- {
		v, k := trace[d], x-y
		at := func(k int) int { return v[k+d] }
		var prev int
		if k == -d || (k != d && at(k-1) < at(k+1)) {
			prev = k + 1
		} else {
			prev = k - 1
		}
		px := at(prev)
		py := px - prev
		for x > px && y > py {
			x, y = x-1, y-1
			if x == px || y == py {
				break
			}
		}
		// x,y is now right after the single edit that led here.
		points = append(points, point{x, y}, point{px, py})
		x, y = px, py
	}
	points = append(points, point{0, 0})
	var out []hunk
	for i := len(points) - 1; i > 0; i-- {
		from, to := points[i], points[i-1]
		if from == to {
			continue
		}
		h := hunk{same: to.x-from.x == to.y-from.y, a0: from.x + off, a1: to.x + off, b0: from.y + off, b1: to.y + off}
		if n := len(out); n > 0 && out[n-1].same == h.same {
			out[n-1].a1, out[n-1].b1 = h.a1, h.b1
			continue
		}
		out = append(out, h)
	}
	return out
}
