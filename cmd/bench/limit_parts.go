package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/lang/de"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	_ "modernc.org/sqlite" // the driver
)

// The parts Lernraum is made of, each alone and doing the least: what a page, a search and a save cannot be
// cheaper than with these parts.

// bareIndex is Bleve over title and body, German, with what highlighting needs.
type bareIndex struct {
	index    bleve.Index
	cpuEach  time.Duration
	wallEach time.Duration
}

type bareDoc struct {
	Title string `json:"title"`
	Body  string `json:"body"`
}

func buildIndex(ctx context.Context, c corpus, dir string) (*bareIndex, error) {
	m := bleve.NewIndexMapping()
	m.DefaultAnalyzer = de.AnalyzerName
	ix, err := bleve.New(filepath.Join(dir, "bare.bleve"), m)
	if err != nil {
		return nil, fmt.Errorf("bare index: %w", err)
	}
	const batchSize = 200
	var cpu, wall time.Duration
	for at := 0; at < c.n && ctx.Err() == nil; at += batchSize {
		docs := make([]leaf, min(batchSize, c.n-at)) // made before the clock runs
		for i := range docs {
			docs[i] = c.page(at + i)
		}
		start, before := time.Now(), cpuHere()
		b := ix.NewBatch()
		for i, l := range docs {
			if err := b.Index(fmt.Sprint(at+i), bareDoc{l.title, l.body}); err != nil {
				return nil, fmt.Errorf("bare index: %w", err)
			}
		}
		if err := ix.Batch(b); err != nil {
			return nil, fmt.Errorf("bare index: %w", err)
		}
		wall, cpu = wall+time.Since(start), cpu+cpuHere()-before
	}
	n := time.Duration(c.n)
	return &bareIndex{ix, cpu / n, wall / n}, ctx.Err()
}

// search is the question as Bleve itself would be asked it: words in title or body, 10 hits with marks.
func (b *bareIndex) search(ctx context.Context, question string) error {
	title, body := bleve.NewMatchQuery(question), bleve.NewMatchQuery(question)
	title.SetField("title")
	body.SetField("body")
	r := bleve.NewSearchRequestOptions(bleve.NewDisjunctionQuery(title, body), 10, 0, false)
	r.Highlight = bleve.NewHighlight()
	_, err := b.index.SearchInContext(ctx, r)
	return err
}

// suggest looks for titles with a word that begins like the last one typed.
func (b *bareIndex) suggest(ctx context.Context, typed string) error {
	words := strings.Fields(strings.ToLower(typed))
	if len(words) == 0 {
		return nil
	}
	p := bleve.NewPrefixQuery(words[len(words)-1])
	p.SetField("title")
	r := bleve.NewSearchRequestOptions(p, 8, 0, false)
	r.Fields = []string{"title"}
	_, err := b.index.SearchInContext(ctx, r)
	return err
}

// renderer is goldmark with the extensions the pages use.
func renderer() goldmark.Markdown { return goldmark.New(goldmark.WithExtensions(extension.GFM)) }

// renderCost is the CPU time of rendering a page.
func renderCost(c corpus, pages int) (time.Duration, error) {
	md := renderer()
	pages = min(pages, c.n)
	bodies := make([][]byte, pages)
	for i := range bodies {
		bodies[i] = []byte(c.page(i * (c.n / pages)).body)
	}
	before := cpuHere()
	for _, b := range bodies {
		if err := md.Convert(b, new(bytes.Buffer)); err != nil {
			return 0, fmt.Errorf("render: %w", err)
		}
	}
	return (cpuHere() - before) / time.Duration(pages), nil
}

// bareStore is SQLite with one table of texts, each commit on the medium before it returns.
type bareStore struct {
	db     *sql.DB
	rows   int
	bodies []string
	md     goldmark.Markdown
}

func openStore(ctx context.Context, c corpus, dir string) (*bareStore, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "bare.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return nil, fmt.Errorf("bare store: %w", err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "CREATE TABLE text (id INTEGER PRIMARY KEY, body TEXT NOT NULL)"); err != nil {
		return nil, fmt.Errorf("bare store: %w", err)
	}
	s := &bareStore{db: db, rows: min(2000, c.n), md: renderer()}
	for i := range s.rows {
		s.bodies = append(s.bodies, c.page(i).body)
	}
	return s, nil
}

// fill inserts all rows in transactions as large as those of an import; it gives the CPU time of a row.
func (s *bareStore) fill(ctx context.Context) (time.Duration, error) {
	before := cpuHere()
	for at := 0; at < s.rows; at += 200 {
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return 0, fmt.Errorf("bare store: %w", err)
		}
		for i := at; i < min(at+200, s.rows); i++ {
			if _, err := tx.ExecContext(ctx, "INSERT INTO text (id, body) VALUES (?, ?)", i, s.bodies[i]); err != nil {
				return 0, fmt.Errorf("bare store: %w", err)
			}
		}
		if err := tx.Commit(); err != nil {
			return 0, fmt.Errorf("bare store: %w", err)
		}
	}
	return (cpuHere() - before) / time.Duration(s.rows), nil
}

// commits changes one row after the other for a time, with a rendering before each when asked for.
func (s *bareStore) commits(ctx context.Context, length time.Duration, render bool) (load, error) {
	var out load
	start, before := time.Now(), cpuHere()
	for n := 0; time.Since(start) < length && ctx.Err() == nil; n++ {
		i := n * 31 % s.rows
		at := time.Now()
		if render {
			if err := s.md.Convert([]byte(s.bodies[i]), new(bytes.Buffer)); err != nil {
				return out, fmt.Errorf("render: %w", err)
			}
		}
		if _, err := s.db.ExecContext(ctx, "UPDATE text SET body = ? WHERE id = ?", s.bodies[i]+fmt.Sprint(n), i); err != nil {
			return out, fmt.Errorf("bare store: %w", err)
		}
		out.times = append(out.times, time.Since(at))
	}
	out.wall, out.cpu, out.requests = time.Since(start), cpuHere()-before, len(out.times)
	slices.Sort(out.times)
	return out, ctx.Err()
}

// repeat measures something in this process, one call after the other.
func repeat(ctx context.Context, length time.Duration, call func(n int) error) (load, error) {
	var out load
	start, before := time.Now(), cpuHere()
	for n := 0; time.Since(start) < length && ctx.Err() == nil; n++ {
		at := time.Now()
		if err := call(n); err != nil {
			return out, err
		}
		out.times = append(out.times, time.Since(at))
	}
	out.wall, out.cpu, out.requests = time.Since(start), cpuHere()-before, len(out.times)
	slices.Sort(out.times)
	return out, ctx.Err()
}
