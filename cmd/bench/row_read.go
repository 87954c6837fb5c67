package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/url"
	"time"
)

// crowd is the number of connections of the rows that measure a busy server.
const crowd = 16

// view measures reading random pages beside an Echo server that writes such a page from memory.
func (b *bench) view(ctx context.Context) (err error) {
	s, err := b.serving(ctx)
	if err != nil {
		return err
	}
	limit, err := b.limitServer(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, limit.stopHard()) }()
	pages := requests(s.site, b.pages(2000, false))
	m := medians{}
	run := func(name string, to *server, requests [][]byte) error {
		l, err := drive(ctx, to.site, to.pid(), crowd, b.opt.length, 0, asking(requests, 200))
		m.put(name, l.rate())
		m.put(name+" p50", ms(l.percentile(.5)))
		m.put(name+" p99", ms(l.percentile(.99)))
		m.put(name+" cpu", ms(l.cpuEach()))
		return err
	}
	limit.cookie = s.cookie
	for range b.opt.rounds {
		err := errors.Join(
			run("plain", limit, [][]byte{limit.get("/plain")}),
			run("packed", limit, [][]byte{limit.get("/packed")}),
			run("view", s, pages))
		if err != nil {
			return err
		}
	}
	b.report.add("view", "page view, 16 connections, gzip (limit: Echo, packed bytes)", "req/s", m.get("view"), m.get("packed"), ratioAtLeast(.5))
	b.report.add("view", "  beside Echo writing plain bytes", "req/s", m.get("view"), m.get("plain"), goal{})
	b.report.add("view", "  p50", "ms", m.get("view p50"), m.get("packed p50"), goal{})
	b.report.add("view", "  p99", "ms", m.get("view p99"), m.get("packed p99"), ratioAtMost(3))
	b.report.add("view", "  server CPU a request", "ms", m.get("view cpu"), m.get("packed cpu"), atMost(.12))
	return nil
}

// unchanged measures readers who have the pages already.
func (b *bench) unchanged(ctx context.Context) (err error) {
	s, err := b.serving(ctx)
	if err != nil {
		return err
	}
	limit, err := b.limitServer(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, limit.stopHard()) }()
	var pages [][]byte
	for _, p := range b.pages(500, false) {
		a, err := s.want(ctx, p, 200)
		if err != nil {
			return err
		}
		tag := a.header.Get("Etag")
		if tag == "" {
			return errors.New("pages have no ETag")
		}
		pages = append(pages, s.get(p, "If-None-Match: "+tag))
	}
	limit.cookie = s.cookie
	m := medians{}
	for range b.opt.rounds {
		packed, err := drive(ctx, limit.site, limit.pid(), crowd, b.opt.length, 0, asking([][]byte{limit.get("/packed")}, 200))
		if err != nil {
			return err
		}
		same, err := drive(ctx, limit.site, limit.pid(), crowd, b.opt.length, 0, asking([][]byte{limit.get("/unchanged", `If-None-Match: W/"1234567890abcdef"`)}, 304))
		if err != nil {
			return err
		}
		l, err := drive(ctx, s.site, s.pid(), crowd, b.opt.length, 0, asking(pages, 304))
		if err != nil {
			return err
		}
		m.put("packed", packed.rate())
		m.put("same", same.rate())
		m.put("etag", l.rate())
		m.put("cpu", ms(l.cpuEach()))
		m.put("same cpu", ms(same.cpuEach()))
	}
	b.report.add("etag", "page view again, 304 (limit: Echo, packed bytes)", "req/s", m.get("etag"), m.get("packed"), ratioAtLeast(.8))
	b.report.add("etag", "  beside Echo answering 304", "req/s", m.get("etag"), m.get("same"), goal{})
	b.report.add("etag", "  server CPU a request", "ms", m.get("cpu"), m.get("same cpu"), goal{})
	return nil
}

// questions are asked by both sides, in the same order.
func (b *bench) questions(make func(corpus, *rand.Rand) string) []string {
	r := rand.New(rand.NewPCG(b.c.seed, 4242))
	out := []string{}
	for range 400 {
		out = append(out, make(b.c, r))
	}
	return out
}

// search measures the search page beside a bare query in this process.
func (b *bench) search(ctx context.Context) error {
	return b.ask(ctx, "/search?q=", b.questions(corpus.question), b.bare.search, func(m medians) {
		b.report.add("search", "search page, 1 connection: p50 (limit: bare Bleve query)", "ms", m.get("p50"), m.get("bare p50"), atMost(4))
		b.report.add("search", "  p99", "ms", m.get("p99"), m.get("bare p99"), atMost(40))
		b.report.add("search", "  server CPU a request", "ms", m.get("cpu"), m.get("bare cpu"), atMost(4))
		b.report.add("search", "  16 connections", "req/s", m.get("crowd"), 0, atLeast(450))
		b.report.add("search", "  16 connections: p99", "ms", m.get("crowd p99"), 0, goal{})
	})
}

// suggest measures what is asked at every key.
func (b *bench) suggest(ctx context.Context) error {
	return b.ask(ctx, "/suggest?q=", b.questions(corpus.typed), b.bare.suggest, func(m medians) {
		b.report.add("suggest", "suggest, 1 connection: p50 (limit: Bleve prefix on titles)", "ms", m.get("p50"), m.get("bare p50"), atMost(1.5))
		b.report.add("suggest", "  p99", "ms", m.get("p99"), m.get("bare p99"), atMost(20))
		b.report.add("suggest", "  server CPU a request", "ms", m.get("cpu"), m.get("bare cpu"), goal{})
		b.report.add("suggest", "  16 connections", "req/s", m.get("crowd"), 0, goal{})
	})
}

func (b *bench) ask(ctx context.Context, path string, questions []string, bare func(context.Context, string) error, tell func(medians)) error {
	s, err := b.serving(ctx)
	if err != nil {
		return err
	}
	var paths []string
	for _, q := range questions {
		paths = append(paths, path+url.QueryEscape(q))
	}
	asked := requests(s.site, paths)
	m := medians{}
	for range b.opt.rounds {
		limit, err := repeat(ctx, b.opt.length, func(n int) error { return bare(ctx, questions[n%len(questions)]) })
		if err != nil {
			return err
		}
		one, err := drive(ctx, s.site, s.pid(), 1, b.opt.length, 0, asking(asked, 200))
		if err != nil {
			return err
		}
		many, err := drive(ctx, s.site, s.pid(), crowd, b.opt.length, 0, asking(asked, 200))
		if err != nil {
			return err
		}
		for name, x := range map[string]time.Duration{
			"bare p50": limit.percentile(.5), "bare p99": limit.percentile(.99), "bare cpu": limit.cpuEach(),
			"p50": one.percentile(.5), "p99": one.percentile(.99), "cpu": one.cpuEach(), "crowd p99": many.percentile(.99),
		} {
			m.put(name, ms(x))
		}
		m.put("crowd", many.rate())
	}
	tell(m)
	return nil
}
