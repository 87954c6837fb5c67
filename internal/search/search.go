// Package search owns the full-text index: it is the only package that knows Bleve. The index is a function of
// the change log and of the index version and can be deleted at any time; while there is none that can be
// trusted, answers come from a look-up of titles in the database and say that they are restricted. A complete
// answer is never falsely empty. The package refuses to know SQL and HTTP, and it never decides who may read:
// the caller's scope is part of every query, and every hit is checked again by the caller when it is loaded.
package search

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	index "github.com/blevesearch/bleve_index_api"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// Source is the database as the index sees it. Every method reads committed data only.
type Source interface {
	// State tells generation, newest sequence number and number of pages, read together; cheap.
	State(ctx context.Context) (wiki.SearchState, error)
	// Changes lists the entries of the change log after a sequence number, ascending.
	Changes(ctx context.Context, after int64, limit int) ([]page.Change, error)
	// Documents reads pages by id. An id that is absent from the result is deleted.
	Documents(ctx context.Context, ids []page.ID) ([]page.Document, error)
	// EachDocument walks over all pages. It need not be one snapshot: the change log since the State read
	// before is replayed afterwards.
	EachDocument(ctx context.Context, fn func(page.Document) error) error
	// TitleLookup is the plain look-up that answers while the index cannot: readable pages whose title has
	// the words and that pass the filters, in the order asked for, and how many there are. Without words all
	// pages that pass come.
	TitleLookup(ctx context.Context, scope access.Scope, q page.Query) ([]page.Hit, int, error)
}

// Options configure an Index.
type Options struct {
	Dir        string // of the instance; the index lies in Dir/index
	Source     Source
	Now        func() time.Time
	Log        *slog.Logger
	Poll       time.Duration // how often State is read for writes of other processes; 500 ms when 0
	CheckEvery time.Duration // how often a running index is compared with database and files; 5 min when 0
	Splitter   Splitter      // splits compounds; nil splits none
}

// Index implements wiki.Index. Open makes one; it answers at once, restricted until Start has found or built
// an index that can be trusted.
type Index struct {
	dir      string
	src      Source
	now      func() time.Time
	log      *slog.Logger
	poll     time.Duration
	every    time.Duration
	an       *analysers
	version  string // fingerprint of mapping and analysis
	analysis *index.AnalysisQueue

	wake     chan struct{}   // something may be new
	hurry    chan struct{}   // somebody waits for it
	requests chan chan error // checks asked for by Check

	mu        sync.RWMutex
	cur       *live         // what searches use; nil: nothing to be trusted
	moved     chan struct{} // closed and replaced whenever cur or its seq changes
	state     wiki.SearchState
	building  bool
	done      int
	total     int
	lastError string
	suspicion bool // a check is wanted as soon as possible
	spawned   bool // a rebuild runs in the background
	cancel    context.CancelFunc
	closed    bool
	stopped   chan struct{}    // closed when the indexer has ended
	verdicts  map[string]error // of the indexes this process has looked at, by name; nil: it was taken into use

	running  sync.WaitGroup // the indexer and the rebuild
	retiring sync.WaitGroup // indexes that wait for their last search

	// The fields below belong to the indexer's goroutine.
	serving  *fileLock
	swept    bool
	retryAt  time.Time
	backoff  time.Duration
	lastTold string
}

var _ wiki.Index = (*Index)(nil)

// errClosed is what waiting calls get when the index is closed meanwhile.
var errClosed = errors.New("search: index is closed")

// Open prepares an index and returns at once; nothing is read before Start.
func Open(o Options) *Index {
	if o.Poll <= 0 {
		o.Poll = 500 * time.Millisecond
	}
	if o.CheckEvery <= 0 {
		o.CheckEvery = 5 * time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	an := newAnalysers(o.Splitter)
	return &Index{
		dir:      filepath.Join(o.Dir, "index"),
		src:      o.Source,
		now:      o.Now,
		log:      o.Log,
		poll:     o.Poll,
		every:    o.CheckEvery,
		an:       an,
		version:  fingerprint(an),
		analysis: index.NewAnalysisQueue(analysisWorkers),
		wake:     make(chan struct{}, 1),
		hurry:    make(chan struct{}, 1),
		requests: make(chan chan error),
		moved:    make(chan struct{}),
		stopped:  make(chan struct{}),
		verdicts: map[string]error{},
	}
}

// Start runs the indexer until the context ends or Close is called.
func (ix *Index) Start(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.closed || ix.cancel != nil {
		cancel()
		return
	}
	ix.cancel = cancel
	ix.running.Go(func() {
		defer close(ix.stopped)
		ix.run(ctx)
	})
}

// Close stops the indexer, waits for running searches and closes the files.
func (ix *Index) Close() error {
	ix.mu.Lock()
	if ix.closed {
		ix.mu.Unlock()
		return nil
	}
	ix.closed = true
	if ix.cancel != nil {
		ix.cancel()
	}
	ix.mu.Unlock()
	ix.running.Wait()

	old := ix.swap(nil)
	if old != nil {
		ix.retire(old, false)
	}
	stopped := make(chan struct{})
	go func() {
		ix.retiring.Wait()
		close(stopped)
	}()
	t := time.NewTimer(closeGrace)
	defer t.Stop()
	var err error
	select {
	case <-stopped:
		ix.analysis.Close()
	case <-t.C:
		err = fmt.Errorf("search: a damaged index did not close within %s and is left to the end of the process", closeGrace)
	}
	if ix.serving != nil {
		ix.serving.release()
		ix.serving = nil
	}
	return err
}

// Changed wakes the indexer; it never blocks.
func (ix *Index) Changed() {
	select {
	case ix.wake <- struct{}{}:
	default:
	}
}

// Wait returns when every change up to seq can be found, or with the error of the context. Wait for 0 waits
// for an index that can be trusted.
func (ix *Index) Wait(ctx context.Context, seq int64) error {
	return ix.await(ctx, func(l *live) bool { return l != nil && l.seq.Load() >= seq })
}

func (ix *Index) await(ctx context.Context, ok func(*live) bool) error {
	for {
		ix.mu.RLock()
		good, moved, closed := ok(ix.cur), ix.moved, ix.closed
		ix.mu.RUnlock()
		switch {
		case good:
			return nil
		case closed:
			return errClosed
		}
		select {
		case ix.hurry <- struct{}{}:
		default:
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return fmt.Errorf("search: wait: %w", ctx.Err())
		}
	}
}

// Status describes the index.
func (ix *Index) Status() page.IndexStatus {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	s := page.IndexStatus{Rebuilding: ix.building, Done: ix.done, Total: ix.total, LastError: ix.lastError, Version: ix.version, Lag: ix.state.Seq}
	if ix.cur != nil {
		s.Ready = true
		s.Lag = max(0, ix.state.Seq-ix.cur.seq.Load())
	}
	return s
}

// acquire gives the index searches use, or nil; whoever gets one must release it.
func (ix *Index) acquire() *live {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if ix.cur == nil || ix.cur.isBroken() {
		return nil
	}
	ix.cur.refs.Add(1)
	return ix.cur
}

// swap puts an index in the place of the one in use and returns that.
func (ix *Index) swap(l *live) *live {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	old := ix.cur
	ix.cur = l
	ix.broadcast()
	return old
}

// broadcast wakes all who wait; ix.mu is held.
func (ix *Index) broadcast() {
	close(ix.moved)
	ix.moved = make(chan struct{})
}

func (ix *Index) advanced() {
	ix.mu.Lock()
	ix.broadcast()
	ix.mu.Unlock()
}

// suspect asks for a check as soon as possible.
func (ix *Index) suspect(l *live, err error) {
	ix.log.Warn("search: index is suspected", "index", l.name, "error", err)
	ix.mu.Lock()
	ix.suspicion = true
	ix.lastError = err.Error()
	ix.mu.Unlock()
	ix.Changed()
}

// fallback answers from the titles in the database. Filters, sort and the part that is asked for are those of the
// query; facets and snippets there are none.
func (ix *Index) fallback(ctx context.Context, scope access.Scope, q page.Query) (page.Result, error) {
	text := strings.Join(ix.an.plain(q.Text), " ")
	if text == "" && strings.TrimSpace(q.Text) != "" {
		return page.Result{Hits: []page.Hit{}, Restricted: true}, nil // signs only
	}
	q.Text = text
	hits, total, err := ix.src.TitleLookup(ctx, scope, q)
	if err != nil {
		if ctx.Err() != nil {
			return page.Result{}, fmt.Errorf("search: look up titles: %w", ctx.Err())
		}
		return page.Result{}, &errs.Error{Kind: errs.Unavailable, Op: "search: look up titles", Msg: errs.Msg("search.unavailable"), Cause: err}
	}
	return page.Result{Total: total, Hits: hits, Restricted: true}, nil
}
