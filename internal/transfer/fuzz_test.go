package transfer

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lernraum/internal/page"
)

// seeds adds every file below testdata with an ending.
func seeds(f *testing.F, ending string) {
	f.Helper()
	if err := filepath.WalkDir("testdata", func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ending) {
			return err
		}
		src, err := os.ReadFile(name)
		if err == nil {
			f.Add(src)
		}
		return err
	}); err != nil {
		f.Fatal(err)
	}
}

// FuzzDecodeFile: what was read once and written reads the same again and is written the same again.
func FuzzDecodeFile(f *testing.F) {
	seeds(f, ".md")
	for _, s := range []string{
		"", "# X\n", "---\n---\n", "---\ntitle: \"\\ta\\n b\"\n---\nx", "---\na: |2\n   x\n---\n", "---\nx: \"\\r\"\n---\n", "---\n? [a, b]\n: c\n---\n",
		"---\nx: 1e400\ny: .inf\nz: -0\n---\n", "---\nx: \"\\u2028\\u0085\\uFEFF\"\n---\n", "---\nx: \"\\n\\n a\"\n---\n", "---\n<<: {a: b}\n---\n", "---\nx: !!binary aGk=\n---\n",
		"---\nfields: {a: {b: {c: [[], {}, [[\"\"]]]}}}\n---\n", "---\nrelations: {a: x, b: [y, z], a-b: null}\n---\n", "---\ntags: a; b,c\n---\n", "---\nx: 2026-01-01 01:02:03.4 +01:00\n---\n",
	} {
		f.Add([]byte(s))
	}
	kinds, err := shippedKinds()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		one, err := decodeFile(src)
		if err != nil {
			return
		}
		p := one.page
		if !plausible(p) {
			return
		}
		k := kinds.KindOrMissing(p.Kind)
		first, err := encodeFile(p, k)
		if err != nil {
			t.Fatalf("%q is read but cannot be written: %v", src, err)
		}
		two, err := decodeFile(first)
		if err != nil {
			t.Fatalf("%q was written as\n%s\nand cannot be read: %v", src, first, err)
		}
		second, err := encodeFile(two.page, k)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("written as\n%q\nthen as\n%q\n%v", first, second, err)
		}
		if two.page.Title != p.Title || two.page.Body != p.Body || two.page.Summary != p.Summary || two.page.Owner != p.Owner || len(two.page.Tags) != len(p.Tags) {
			t.Fatalf("read\n%+v\nthen\n%+v", p, two.page)
		}
	})
}

// plausible pages are those package wiki would store: it takes care of line ends and control characters.
func plausible(p page.Page) bool {
	return !strings.ContainsAny(p.Body, "\r\x00") && p.Statement != "agreed"
}

// FuzzDecodeHistory: a history that is read is written as lines that read the same.
func FuzzDecodeHistory(f *testing.F) {
	seeds(f, ".jsonl")
	for _, s := range []string{
		"", "\n\n", "{}", `{"revision":1}`, `{"revision":1,"at":"2025-01-01T00:00:00Z","page":{"title":"x"}}`, "[1]", `{"revision":1,"at":"0001-01-01T00:00:00Z","page":{"title":"x","body":"\u0000\ud800"}}`,
	} {
		f.Add([]byte(s))
	}
	write := func(t *testing.T, revs []page.Revision) []byte {
		var buf bytes.Buffer
		for _, r := range revs {
			line, err := encodeRevision(r)
			if err != nil {
				t.Fatal(err)
			}
			buf.Write(line)
		}
		return buf.Bytes()
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		revs, err := decodeHistory(src)
		if err != nil {
			return
		}
		for i, r := range revs {
			if r.Page.Revision != i+1 || r.Page.Title == "" || r.At.IsZero() {
				t.Fatalf("revision %d: %+v", i+1, r)
			}
			if y := r.At.Year(); y < 0 || y > 9999 {
				return
			}
		}
		first := write(t, revs)
		again, err := decodeHistory(first)
		if err != nil {
			t.Fatalf("written as\n%s\nand cannot be read: %v", first, err)
		}
		if second := write(t, again); !bytes.Equal(first, second) {
			t.Fatalf("written as\n%s\nthen as\n%s", first, second)
		}
	})
}

// FuzzSpace: a description of a space that is read is written and read the same.
func FuzzSpace(f *testing.F) {
	seeds(f, spaceFile)
	for _, s := range []string{"key: a", "key: [a]", "a: b", "key: &x a\ntitle: *x", "key: 7\ntitle: 007\nreview_due: 2026-01-01", "title: \"\\n a\\t\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		sp, err := decodeSpace(src)
		if err != nil {
			return
		}
		first, err := encodeSpace(sp)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeSpace(first)
		if err != nil {
			t.Fatalf("written as\n%s\nand cannot be read: %v", first, err)
		}
		second, err := encodeSpace(again)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("written as\n%q\nthen as\n%q\n%v", first, second, err)
		}
	})
}
