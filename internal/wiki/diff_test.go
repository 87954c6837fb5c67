package wiki

import (
	"fmt"
	"strings"
	"testing"
)

func join(blocks []DiffBlock, leave DiffOp) string {
	var b strings.Builder
	for _, bl := range blocks {
		for _, p := range bl.Parts {
			if p.Op != leave {
				b.WriteString(p.Text)
			}
		}
	}
	return b.String()
}

func TestDiffShowsWords(t *testing.T) {
	tests := []struct{ name, a, b, want string }{
		{"same", "Ein Satz.\n", "Ein Satz.\n", "=[Ein Satz.\n]"},
		{"word ending", "Die Frist beträgt 3 Tage.\n", "Die Fristen betragen 3 Tage.\n", "~[=Die -Frist beträgt+Fristen betragen= 3 Tage.\n]"},
		{"added line", "eins\ndrei\n", "eins\nzwei\ndrei\n", "=[eins\n] ~[+zwei\n] =[drei\n]"},
		{"from nothing", "", "neu\n", "~[+neu\n]"},
		{"to nothing", "alt\n", "", "~[-alt\n]"},
		{"umlaut kept whole", "für Bürger", "für Bürgerinnen", "~[=für -Bürger+Bürgerinnen]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, bl := range Diff(tt.a, tt.b) {
				var b strings.Builder
				for _, p := range bl.Parts {
					if bl.Changed {
						b.WriteByte(byte(p.Op))
					}
					b.WriteString(p.Text)
				}
				sign := "="
				if bl.Changed {
					sign = "~"
				}
				got = append(got, sign+"["+b.String()+"]")
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got  %q\nwant %q", s, tt.want)
			}
		})
	}
}

// What a diff shows must add up: without the added parts it is the old text, without the removed ones the new.
func FuzzDiff(f *testing.F) {
	f.Add("a b c\nd e\n", "a c\nd f e\n")
	f.Add("", "x")
	f.Add("abcabba", "cbabac")
	f.Add("eins zwei drei vier", "vier drei zwei eins")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > 4096 || len(b) > 4096 {
			return
		}
		blocks := Diff(a, b)
		if got := join(blocks, DiffAdd); got != a {
			t.Fatalf("old text lost: %q, want %q", got, a)
		}
		if got := join(blocks, DiffDel); got != b {
			t.Fatalf("new text lost: %q, want %q", got, b)
		}
	})
}

// Two texts without anything in common must cost a reader nothing but a longer page: the work is bounded.
func TestDiffIsBounded(t *testing.T) {
	long := func(word string, lines, words int) string {
		var b strings.Builder
		for i := range lines {
			for j := range words {
				fmt.Fprintf(&b, "%s%d.%d ", word, i, j)
			}
			b.WriteByte('\n')
		}
		return b.String()
	}
	for _, size := range []struct{ lines, words int }{{250, 480}, {100_000, 1}, {1, 60_000}} {
		a, b := long("a", size.lines, size.words), long("b", size.lines, size.words)
		d := &differ{left: maxDiffWork}
		d.hunks(splitLines(a), splitLines(b))
		if d.left < -2*len(splitLines(a))-2000 {
			t.Errorf("%v: %d steps over the budget", size, -d.left)
		}
		blocks := Diff(a, b)
		if join(blocks, DiffAdd) != a || join(blocks, DiffDel) != b {
			t.Errorf("%v: the comparison does not add up", size)
		}
	}
}
