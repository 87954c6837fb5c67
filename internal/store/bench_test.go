package store

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

func benchWrite(i, of int) wiki.Write {
	id := page.ID(fmt.Sprintf("01JD%022d", i))
	at := time.Date(2026, 5, 1, 8, 0, i%3600, 0, time.UTC)
	w := wiki.Write{
		Page: page.Page{
			ID: id, Kind: "process", Space: fmt.Sprintf("bereich-%d", i%50), Slug: fmt.Sprintf("reisekosten-%d", i),
			Title: fmt.Sprintf("Reisekosten abrechnen %d", i), Summary: strings.Repeat("Eine kurze Zusammenfassung. ", 4),
			Lang: "de", Owner: fmt.Sprintf("unit/z%d", i%40), State: "published", Statement: "agreed", Revision: 1,
			Tags: []string{"personal", "reise"}, Body: strings.Repeat("Ein Absatz über Dienstreisen.\n\n", 130),
			Fields: page.Fields{
				"purpose": "Dienstreisen schnell abrechnen", "trigger": "Ende der Reise", "type": "support",
				"steps": []map[string]any{{"what": "Belege sammeln", "role": "unit/z2", "duration": "10 min"}, {"what": "Antrag stellen", "tool": "tool/ereise"}},
			},
			CreatedAt: at, UpdatedAt: at,
		},
		By: "Referat Z 2", Rendered: page.Rendered{
			Version: 1, Body: strings.Repeat("<p>Ein Absatz über Dienstreisen.</p>\n", 200),
			Headings: []page.Heading{{Level: 2, ID: "s-belege", Text: "Belege"}, {Level: 2, ID: "s-antrag", Text: "Antrag"}},
			Text:     strings.Repeat("Ein Absatz über Dienstreisen. ", 130),
		},
	}
	for j := range 8 {
		w.Links = append(w.Links, page.Link{Type: page.LinkBody, Ref: fmt.Sprintf("Reisekosten abrechnen %d", (i*7+j*13)%of)})
	}
	return w
}

func benchStore(b *testing.B, pages int) (*Store, access.Scope) {
	s, err := Open(b.Context(), Options{Dir: b.TempDir(), Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	var scope access.Scope
	for i := range 50 {
		key := fmt.Sprintf("bereich-%d", i)
		if err := s.SaveSpace(b.Context(), page.Space{Key: key, Title: key, Type: page.SpaceOpen}); err != nil {
			b.Fatal(err)
		}
	}
	for i := range 20 {
		scope.Read = append(scope.Read, fmt.Sprintf("bereich-%d", i))
	}
	for at := 0; at < pages; at += 200 {
		var batch []wiki.Write
		for i := at; i < min(at+200, pages); i++ {
			batch = append(batch, benchWrite(i, pages))
		}
		if _, err := s.Save(b.Context(), batch...); err != nil {
			b.Fatal(err)
		}
	}
	return s, scope
}

func BenchmarkPageView(b *testing.B) {
	s, scope := benchStore(b, 2000)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		i := n % 40 * 50
		if v, err := s.PageView(b.Context(), scope, "bereich-0", fmt.Sprintf("reisekosten-%d", i)); err != nil || len(v.Links) < 8 {
			b.Fatal(err, len(v.Links))
		}
		n++
	}
}

func BenchmarkSave(b *testing.B) {
	s, _ := benchStore(b, 2000)
	b.ReportAllocs()
	rev := map[int]int{}
	n := 0
	for b.Loop() {
		i := n % 2000
		w := benchWrite(i, 2000)
		w.Base = max(rev[i], 1)
		w.Page.Revision = w.Base + 1
		w.Page.Body += fmt.Sprint(n)
		if _, err := s.Save(b.Context(), w); err != nil {
			b.Fatal(err)
		}
		rev[i] = w.Page.Revision
		n++
	}
}

// BenchmarkImport is the time for one page in batches of 200.
func BenchmarkImport(b *testing.B) {
	s, _ := benchStore(b, 0)
	b.ReportAllocs()
	n := 0
	var batch []wiki.Write
	for b.Loop() {
		batch = append(batch, benchWrite(n, 10000))
		if n++; len(batch) == 200 {
			if _, err := s.Save(b.Context(), batch...); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
}
