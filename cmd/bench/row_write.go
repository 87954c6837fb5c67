package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// editors opens the forms of some pages; from tells rows apart, so that they do not all write the same pages.
func (b *bench) editors(ctx context.Context, s *server, from, count int) ([]*editor, error) {
	paths := b.pages(b.c.n, true)
	if len(paths) < count {
		return nil, fmt.Errorf("only %d pages to edit", len(paths))
	}
	var out []*editor
	for i := range count {
		e, err := openEditor(ctx, s.site, paths[(from+i)%len(paths)])
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// saving is the task of saving pages in turn; every connection has its own.
func saving(editors []*editor, connections int) task {
	each := max(1, len(editors)/connections)
	return func(ctx context.Context, c *connection, worker, n int) (time.Duration, error) {
		mine := editors[worker*each:]
		e := mine[n%min(each, len(mine))]
		return e.save(ctx, c, fmt.Sprintf("Nachtrag %d: Die Frist endet am %d. Tag des Monats, siehe Verfügung %d.", e.n, e.n%28+1, worker))
	}
}

// save measures one writer: a save is answered when it is on the medium.
func (b *bench) save(ctx context.Context) error {
	s, err := b.serving(ctx)
	if err != nil {
		return err
	}
	if err := b.fillStore(ctx); err != nil {
		return err
	}
	m := medians{}
	for round := range b.opt.rounds {
		limit, err := b.store.commits(ctx, b.opt.length, true)
		if err != nil {
			return err
		}
		editors, err := b.editors(ctx, s, round*20, 20)
		if err != nil {
			return err
		}
		l, err := drive(ctx, s.site, s.pid(), 1, b.opt.length, 0, saving(editors, 1))
		if err != nil {
			return err
		}
		if err := s.indexed(ctx); err != nil {
			return err
		}
		m.put("p50", ms(l.percentile(.5)))
		m.put("p99", ms(l.percentile(.99)))
		m.put("cpu", ms(l.cpuEach()))
		m.put("bare p50", ms(limit.percentile(.5)))
		m.put("bare p99", ms(limit.percentile(.99)))
		m.put("bare cpu", ms(limit.cpuEach()))
	}
	b.report.add("save", "save of an edit: p50 (limit: SQLite commit FULL + rendering)", "ms", m.get("p50"), m.get("bare p50"), ratioAtMost(3))
	b.report.add("save", "  p99", "ms", m.get("p99"), m.get("bare p99"), atMost(25))
	b.report.add("save", "  server CPU a save, indexing beside it included", "ms", m.get("cpu"), m.get("bare cpu"), goal{})
	return nil
}

func (b *bench) fillStore(ctx context.Context) error {
	var rows int
	if err := b.store.db.QueryRowContext(ctx, "SELECT count(*) FROM text").Scan(&rows); err != nil {
		return fmt.Errorf("bare store: %w", err)
	}
	if rows > 0 {
		return nil
	}
	_, err := b.store.fill(ctx)
	return err
}

// writers measures many writers at once, and readers who read at a steady pace meanwhile.
func (b *bench) writers(ctx context.Context) error {
	s, err := b.serving(ctx)
	if err != nil {
		return err
	}
	if err := b.fillStore(ctx); err != nil {
		return err
	}
	const readers, pace = 2, 10 * time.Millisecond
	pages := asking(requests(s.site, b.pages(1000, false)), 200)
	m := medians{}
	for round := range b.opt.rounds {
		limit, err := b.store.commits(ctx, b.opt.length, false)
		if err != nil {
			return err
		}
		quiet, err := drive(ctx, s.site, s.pid(), readers, b.opt.length, pace, pages)
		if err != nil {
			return err
		}
		editors, err := b.editors(ctx, s, 60+round*crowd*2, crowd*2)
		if err != nil {
			return err
		}
		type result struct {
			load load
			err  error
		}
		read := make(chan result, 1)
		go func() {
			l, err := drive(ctx, s.site, s.pid(), readers, b.opt.length, pace, pages)
			read <- result{l, err}
		}()
		l, err := drive(ctx, s.site, s.pid(), crowd, b.opt.length, 0, saving(editors, crowd))
		busy := <-read
		if err != nil {
			return err
		}
		if busy.err != nil {
			return busy.err
		}
		start := time.Now()
		if err := s.indexed(ctx); err != nil {
			return err
		}
		m.put("index", time.Since(start).Seconds())
		m.put("rate", l.rate())
		m.put("p99", ms(l.percentile(.99)))
		m.put("cpu", ms(l.cpuEach()))
		m.put("bare cpu", ms(limit.cpuEach()))
		m.put("bare", limit.rate())
		m.put("quiet", ms(quiet.percentile(.95)))
		m.put("busy", ms(busy.load.percentile(.95)))
	}
	b.report.add("writers", "16 writers (limit: SQLite commits)", "saves/s", m.get("rate"), m.get("bare"), ratioAtLeast(.25))
	b.report.add("writers", "  p99", "ms", m.get("p99"), 0, goal{})
	b.report.add("writers", "  server CPU a save, readers and indexing included", "ms", m.get("cpu"), m.get("bare cpu"), goal{})
	b.report.add("writers", "  reading p95 meanwhile (limit: without writers)", "ms", m.get("busy"), m.get("quiet"), ratioAtMost(1.5))
	b.report.add("writers", "  until the index has taken it in", "s", m.get("index"), 0, goal{})
	return nil
}

// diff measures the comparison of two revisions of pages in which some words were changed.
func (b *bench) diff(ctx context.Context) error {
	s, err := b.serving(ctx)
	if err != nil {
		return err
	}
	editors, err := b.editors(ctx, s, 400, 40)
	if err != nil {
		return err
	}
	c := &connection{site: s.site}
	defer c.close()
	var paths []string
	for _, e := range editors {
		from := e.form.Get("revision")
		words := strings.SplitAfter(e.body, " ")
		for i := 20; i < len(words); i += 40 {
			words[i] = "geändert "
		}
		e.body = strings.Join(words, "")
		if _, err := e.save(ctx, c, "Stand nach der Änderung."); err != nil {
			return err
		}
		paths = append(paths, fmt.Sprintf("%s/diff?from=%s&to=%s", e.path, from, e.form.Get("revision")))
	}
	if a, err := s.want(ctx, paths[0], 200); err != nil || !bytes.Contains(a.body, []byte("<ins")) {
		return fmt.Errorf("%s shows no difference: %w", paths[0], err)
	}
	if err := s.indexed(ctx); err != nil {
		return err
	}
	asked := asking(requests(s.site, paths), 200)
	m := medians{}
	for range b.opt.rounds {
		one, err := drive(ctx, s.site, s.pid(), 1, b.opt.length, 0, asked)
		if err != nil {
			return err
		}
		many, err := drive(ctx, s.site, s.pid(), crowd, b.opt.length, 0, asked)
		if err != nil {
			return err
		}
		m.put("p50", ms(one.percentile(.5)))
		m.put("cpu", ms(one.cpuEach()))
		m.put("rate", many.rate())
	}
	b.report.add("diff", "word diff of two revisions, 1 connection: p50", "ms", m.get("p50"), 0, atMost(2))
	b.report.add("diff", "  16 connections", "req/s", m.get("rate"), 0, atLeast(500))
	b.report.add("diff", "  server CPU a request", "ms", m.get("cpu"), 0, goal{})
	return nil
}

// visible measures the time from the answer to a save until the search page shows it.
func (b *bench) visible(ctx context.Context) error {
	s, err := b.serving(ctx)
	if err != nil {
		return err
	}
	editors, err := b.editors(ctx, s, 300, 10)
	if err != nil {
		return err
	}
	c := &connection{site: s.site}
	defer c.close()
	var times []time.Duration
	for n := range 10 * b.opt.rounds {
		e := editors[n%len(editors)]
		word := fmt.Sprintf("qzx%dvwk%dy", n, time.Now().UnixNano()%1_000_000)
		if _, err := e.save(ctx, c, "Vermerk "+word+" zur Ablage."); err != nil {
			return err
		}
		start := time.Now()
		for {
			a, err := s.want(ctx, "/search?q="+word, 200)
			if err != nil {
				return err
			}
			if bytes.Contains(a.body, []byte(e.path+`"`)) {
				break
			}
			if time.Since(start) > startTime {
				return fmt.Errorf("a saved word is not found after %s", startTime)
			}
			wait(ctx, 10*time.Millisecond)
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	l := load{times: times}
	b.report.add("visible", "change visible in search: p95", "ms", ms(l.percentile(.95)), 0, atMost(2000))
	b.report.add("visible", "  p50", "ms", ms(l.percentile(.5)), 0, goal{})
	return nil
}
