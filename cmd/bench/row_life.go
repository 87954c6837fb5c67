package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"time"
)

// importing measures the import together with the indexing it causes, beside the parts it is made of. The first
// start of the server fills the index.
func (b *bench) importing(ctx context.Context) error {
	state, wall, err := b.in.run(ctx, "", "import", filepath.Join(b.dir, "pages"))
	if err != nil {
		return err
	}
	n := time.Duration(b.c.n)
	imported := cpuUsed(state)
	b.say("imported in %s, %s CPU", wall.Round(time.Millisecond), imported)
	if _, _, err := b.in.run(ctx, password+"\n", "user", "add", login, "--name", "Messung"); err != nil {
		return err
	}
	s, err := b.in.serve(ctx)
	if err != nil {
		return err
	}
	b.server = s
	if err := s.indexed(ctx); err != nil {
		return err
	}
	filled := time.Since(s.started)
	indexed, err := cpuOf(s.pid())
	if err != nil {
		return err
	}
	b.say("indexed in %s, %s CPU", filled.Round(time.Millisecond), indexed)
	if err := b.in.signIn(ctx, s); err != nil {
		return err
	}
	if err := b.agrees(ctx, s); err != nil {
		return err
	}
	if b.bare == nil { // not asked for
		return nil
	}
	rendered, err := renderCost(b.c, 1000)
	if err != nil {
		return err
	}
	stored, err := b.store.fill(ctx)
	if err != nil {
		return err
	}
	sum := b.bare.cpuEach + rendered + stored
	b.report.add("import", "import with indexing, CPU a page (limit: Bleve + goldmark + SQLite)", "ms", ms((imported+indexed)/n), ms(sum), ratioAtMost(1.6))
	b.report.add("import", "  import command alone (limit: goldmark + SQLite)", "ms", ms(imported/n), ms(rendered+stored), goal{})
	b.report.add("import", "  indexing alone (limit: Bleve)", "ms", ms(indexed/n), ms(b.bare.cpuEach), goal{})
	b.report.add("import", "  pages imported", "pages/s", float64(b.c.n)/wall.Seconds(), 0, goal{})
	b.report.add("import", "  pages imported and indexed", "pages/s", float64(b.c.n)/(wall+filled).Seconds(), 0, goal{})
	return nil
}

// agrees makes sure that what will be measured is what shall be: pages that may be read come, others do not, and
// the search finds something.
func (b *bench) agrees(ctx context.Context, s *server) error {
	for i := range min(b.c.n, 200) {
		want := 404
		if readable(i) {
			want = 200
		}
		if _, err := s.want(ctx, address(i), want); err != nil {
			return err
		}
	}
	return nil
}

// disk measures the data directory after the import, before anything is edited.
func (b *bench) disk(ctx context.Context) error {
	if err := b.stopServing(); err != nil {
		return err
	}
	parts := map[string]int64{}
	var all int64
	err := filepath.WalkDir(b.in.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(b.in.data, path)
		if err != nil {
			return err
		}
		top := rel
		if dir, _ := filepath.Split(rel); dir != "" {
			top = filepath.Clean(dir)
			for filepath.Dir(top) != "." {
				top = filepath.Dir(top)
			}
		}
		parts[top] += info.Size()
		all += info.Size()
		return nil
	})
	if err != nil {
		return fmt.Errorf("measure the data directory: %w", err)
	}
	const mib = 1 << 20
	b.report.add("disk", "size on disk (limit: text of the pages as files)", "MiB", float64(all)/mib, float64(b.text)/mib, ratioAtMost(4))
	b.report.add("disk", "  index", "MiB", float64(parts["index"])/mib, float64(b.text)/mib, goal{})
	b.report.add("disk", "  database", "MiB", float64(parts["lernraum.db"])/mib, float64(b.text)/mib, goal{})
	return nil
}

// start measures a start with a full data directory, beside an empty Go server.
func (b *bench) start(ctx context.Context) error {
	if b.server == nil { // the limit serves a page of Lernraum
		if _, err := b.serving(ctx); err != nil {
			return err
		}
	}
	bare, err := b.limitServer(ctx, b.server)
	if err != nil {
		return err
	}
	args := bare.cmd.Args
	if err := errors.Join(bare.stopHard(), b.stopServing()); err != nil {
		return err
	}
	page := b.pages(1, false)[0]
	m := medians{}
	for range max(5, b.opt.rounds) {
		bare, err := launch(ctx, "limit is at ", args[0], args[1:]...)
		if err != nil {
			return err
		}
		first, err := bare.until(ctx, "/plain")
		if err := errors.Join(err, bare.stopHard()); err != nil {
			return err
		}
		m.put("bare", ms(first))

		s, err := b.in.serve(ctx)
		if err != nil {
			return err
		}
		alive, err := s.until(ctx, "/healthz")
		shown, err2 := s.until(ctx, page)
		err3 := s.indexed(ctx)
		ready := time.Since(s.started)
		if err := errors.Join(err, err2, err3, s.stop()); err != nil {
			return err
		}
		m.put("alive", ms(alive))
		m.put("page", ms(shown))
		m.put("index", ms(ready))
	}
	b.report.add("start", "start to the first 200 of /healthz (limit: bare Go server)", "ms", m.get("alive"), m.get("bare"), atMost(150))
	b.report.add("start", "  of a page", "ms", m.get("page"), m.get("bare"), atMost(150))
	b.report.add("start", "  until the index answers", "ms", m.get("index"), 0, goal{})
	return nil
}

// memory measures a fresh server at rest, then under readers, searchers and writers.
func (b *bench) memory(ctx context.Context) error {
	if err := b.stopServing(); err != nil {
		return err
	}
	s, err := b.serving(ctx)
	if err != nil {
		return err
	}
	if _, err := s.want(ctx, b.pages(1, false)[0], 200); err != nil {
		return err
	}
	wait(ctx, 2*time.Second)
	idle, err := memoryOf(s.pid())
	if err != nil {
		return err
	}
	editors, err := b.editors(ctx, s, 200, crowd)
	if err != nil {
		return err
	}
	pages := asking(requests(s.site, b.pages(2000, false)), 200)
	var paths []string
	for _, q := range b.questions(corpus.question) {
		paths = append(paths, "/search?q="+q)
	}
	questions := asking(requests(s.site, escaped(paths)), 200)
	saves := saving(editors, crowd)

	var peak int64
	var watch sync.WaitGroup
	done := make(chan struct{})
	watch.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				if m, err := memoryOf(s.pid()); err == nil {
					peak = max(peak, m)
				}
			}
		}
	})
	_, err = drive(ctx, s.site, s.pid(), crowd, time.Duration(b.opt.rounds)*b.opt.length, 0, func(ctx context.Context, c *connection, worker, n int) (time.Duration, error) {
		switch n % 10 {
		case 0:
			return saves(ctx, c, worker, n)
		case 1, 2, 3:
			return questions(ctx, c, worker, n)
		}
		return pages(ctx, c, worker, n)
	})
	close(done)
	watch.Wait()
	if err != nil {
		return err
	}
	const mib = 1 << 20
	b.report.add("memory", "memory (PSS) idle", "MiB", float64(idle)/mib, 0, atMost(60))
	b.report.add("memory", "  under load: 16 connections, 60 % pages, 30 % searches, 10 % saves", "MiB", float64(peak)/mib, 0, atMost(150))
	return nil
}
