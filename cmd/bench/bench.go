package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// bench is one size being measured.
type bench struct {
	opt    options
	dir    string // everything lies below it
	c      corpus
	in     *instance
	report *report
	text   int64 // bytes of all pages as files
	bare   *bareIndex
	store  *bareStore
	server *server // Lernraum, while rows need it
}

// step is a part of the run. Steps that need the server find it running and its index complete.
type step struct {
	key  string
	run  func(*bench, context.Context) error
	bare bool // needs the bare index
}

// steps stand in an order in which the ones that write come after those that only read.
var steps = []step{
	{"import", (*bench).importing, true},
	{"disk", (*bench).disk, false},
	{"start", (*bench).start, false},
	{"view", (*bench).view, false},
	{"etag", (*bench).unchanged, false},
	{"search", (*bench).search, true},
	{"suggest", (*bench).suggest, true},
	{"save", (*bench).save, false},
	{"diff", (*bench).diff, false},
	{"writers", (*bench).writers, false},
	{"visible", (*bench).visible, false},
	{"memory", (*bench).memory, false},
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s  %d pages: "+format+"\n", append([]any{time.Now().Format(time.TimeOnly), b.c.n}, args...)...)
}

// measure runs all steps of one size. A step that fails is named in the report and stops no other.
func (b *bench) measure(ctx context.Context) (err error) {
	defer func() {
		if b.server != nil {
			err = errors.Join(err, b.server.stop())
		}
		if b.bare != nil {
			err = errors.Join(err, b.bare.index.Close())
		}
		if b.store != nil {
			err = errors.Join(err, b.store.db.Close())
		}
	}()
	b.say("writing pages")
	if b.text, err = b.c.write(filepath.Join(b.dir, "pages")); err != nil {
		return err
	}
	if b.store, err = openStore(ctx, b.c, b.dir); err != nil {
		return err
	}
	for _, s := range steps {
		wanted := b.opt.wants(s.key)
		if !wanted && s.key != "import" { // nothing can be measured without pages
			continue
		}
		if s.bare && wanted && b.bare == nil {
			b.say("building the bare index")
			if b.bare, err = buildIndex(ctx, b.c, b.dir); err != nil {
				return err
			}
		}
		b.say("%s", s.key)
		if err := s.run(b, ctx); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			b.say("%s failed: %v", s.key, err)
			b.report.Errors = append(b.report.Errors, fmt.Sprintf("%d pages, %s: %v", b.c.n, s.key, err))
			if s.key == "import" {
				return err
			}
		}
	}
	return nil
}

// serving gives the running server, started when there is none.
func (b *bench) serving(ctx context.Context) (*server, error) {
	if b.server != nil {
		return b.server, nil
	}
	s, err := b.in.serve(ctx)
	if err != nil {
		return nil, err
	}
	b.server = s
	return s, s.indexed(ctx)
}

func (b *bench) stopServing() error {
	s := b.server
	b.server = nil
	if s == nil {
		return nil
	}
	return s.stop()
}

// pages gives addresses of pages the reader may read, in random order; with writing only those to be edited.
func (b *bench) pages(most int, writing bool) []string {
	r := rand.New(rand.NewPCG(b.c.seed, 77))
	var out []string
	for _, i := range r.Perm(b.c.n) {
		if len(out) < most && (writing && writable(i) || !writing && readable(i)) {
			out = append(out, address(i))
		}
	}
	return out
}

func requests(s site, paths []string) [][]byte {
	out := make([][]byte, len(paths))
	for i, p := range paths {
		out[i] = s.get(p)
	}
	return out
}

// limitServer starts the Echo server with a page of usual size of Lernraum as its bytes.
func (b *bench) limitServer(ctx context.Context, s *server) (*server, error) {
	var sample []byte
	size := medians{}
	for _, p := range b.pages(101, false) {
		a, err := s.want(ctx, p, 200)
		if err != nil {
			return nil, err
		}
		size.put("page", float64(len(a.body)))
		if sample == nil || float64(len(a.body)) == size.get("page") {
			sample = a.body
		}
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(sample); err != nil {
		return nil, fmt.Errorf("pack page: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack page: %w", err)
	}
	plainFile, packedFile := filepath.Join(b.dir, "page.html"), filepath.Join(b.dir, "page.html.gz")
	if err := errors.Join(os.WriteFile(plainFile, sample, 0o644), os.WriteFile(packedFile, packed.Bytes(), 0o644)); err != nil {
		return nil, fmt.Errorf("write page: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the own binary: %w", err)
	}
	b.say("limit page: %d bytes, %d packed", len(sample), packed.Len())
	return launch(ctx, "limit is at ", self, limitCommand, plainFile, packedFile)
}
