package search

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"

	"lernraum/internal/page"
)

// errDamaged marks an index that must be built anew: damaged files, or a content that does not agree with the
// database.
var errDamaged = errors.New("index cannot be trusted")

// closeGrace is how long closing an index may take; a damaged one can hold locks for ever.
const closeGrace = 3 * time.Second

// stampKey is the one internal key of ours. It is written in the same batch as the documents.
var stampKey = []byte("lernraum")

// stamp says what an index holds. Seq is the newest change in it.
type stamp struct {
	Generation  string
	Fingerprint string
	Seq         int64
	Complete    bool // false while it is being built
	Lengths     lengths
}

// lengths counts terms by field, for the mean field lengths that scoring needs. A page indexed twice counts
// twice; the mean stays right.
type lengths map[string]fieldLength

type fieldLength struct{ Terms, Docs int64 }

// live is one open Bleve index. Writing belongs to one goroutine at a time; reading is free.
type live struct {
	name string // of its folder
	dir  string
	log  *slog.Logger
	an   *analysers
	sc   *scorch.Scorch

	refs    sync.WaitGroup // running searches
	seq     atomic.Int64
	lengths atomic.Pointer[lengths]
	stamp   stamp // the writer's
	table   table

	closing   chan struct{}
	broken    chan struct{}
	breakOnce sync.Once
	brokenErr error

	filesMu sync.Mutex
	sizes   map[string]int64 // of segment files, as first seen
}

// openLive opens the index in a folder; create makes a new one there.
func openLive(dir string, create bool, an *analysers, q *index.AnalysisQueue, log *slog.Logger) (*live, error) {
	hookScorch()
	store := filepath.Join(dir, "store")
	if create {
		if err := os.MkdirAll(store, 0o700); err != nil {
			return nil, fmt.Errorf("search: make folder of index: %w", err)
		}
	} else if err := checkRoot(filepath.Join(store, "root.bolt")); err != nil {
		return nil, err
	}
	l := &live{
		name: filepath.Base(dir), dir: dir, log: log, an: an,
		closing: make(chan struct{}), broken: make(chan struct{}), sizes: map[string]int64{},
	}
	l.lengths.Store(&lengths{})
	openIndexes.Store(store, l)
	err := guard(func() error {
		ix, err := scorch.NewScorch(scorch.Name, map[string]any{
			"path": store, "bolt_timeout": "2s",
			"eventCallbackName": callbackName, "asyncErrorCallbackName": callbackName,
			// With 0 the persister fires an event before it does anything: see hookScorch.
			"scorchPersisterOptions": map[string]any{"PersisterNapUnderNumFiles": 0},
			// Bleve's first tier of 2,000 pages would merge a small index into one segment after every change, which
			// cost two thirds of the processor under a stream of saves.
			"scorchMergePlanOptions": map[string]any{"FloorSegmentSize": 100},
		}, q)
		if err != nil {
			return err
		}
		sc, ok := ix.(*scorch.Scorch)
		if !ok {
			return fmt.Errorf("index engine is a %T", ix)
		}
		if err := sc.Open(); err != nil {
			return err
		}
		l.sc = sc
		return l.readStamp()
	})
	if err != nil {
		l.close()
		return nil, fmt.Errorf("%w: open: %w", errDamaged, err)
	}
	return l, nil
}

func (l *live) readStamp() error {
	r, err := l.sc.Reader()
	if err != nil {
		return err
	}
	defer r.Close()
	b, err := r.GetInternal(stampKey)
	if err != nil || b == nil {
		return err
	}
	if err := json.Unmarshal(b, &l.stamp); err != nil {
		return fmt.Errorf("read stamp: %w", err)
	}
	l.seq.Store(l.stamp.Seq)
	ls := l.stamp.Lengths // a copy: searches read it while the stamp is replaced
	l.lengths.Store(&ls)
	return nil
}

// apply writes documents, deletions and the new seq as one batch and returns when it is on the disk.
func (l *live) apply(docs []page.Document, gone []page.ID, seq int64, complete bool) error {
	next := l.stamp
	next.Seq, next.Complete = seq, complete
	batch := index.NewBatch()
	all := make([]built, 0, len(docs))
	for _, d := range docs {
		b, err := l.an.build(d)
		if err != nil {
			return err
		}
		batch.Update(b.doc)
		all = append(all, b)
	}
	for _, id := range gone {
		batch.Delete(string(id))
	}
	b, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("search: encode stamp: %w", err)
	}
	batch.SetInternal(stampKey, b)

	// When Bleve's persister dies, Batch waits for ever; this call does not.
	done := make(chan error, 1)
	go func() { done <- guard(func() error { return l.sc.Batch(batch) }) }()
	select {
	case err = <-done:
	case <-l.broken:
		return l.brokenErr
	}
	if err != nil {
		err = fmt.Errorf("search: write batch: %w", err)
		if isFault(err) {
			l.markBroken(fmt.Errorf("%w: %w", errDamaged, err))
		}
		return err
	}
	next.Lengths = count(next.Lengths, all)
	l.stamp = next
	l.lengths.Store(&next.Lengths)
	l.seq.Store(seq)
	return nil
}

// count adds the lengths of documents that were just analysed; the old map may be in use and is not changed.
func count(old lengths, all []built) lengths {
	out := make(lengths, len(old)+4)
	for k, v := range old {
		out[k] = v
	}
	for _, b := range all {
		for _, f := range b.texts {
			n := out[f.Name()]
			n.Terms += int64(f.AnalyzedLength())
			n.Docs++
			out[f.Name()] = n
		}
	}
	return out
}

func (l *live) markBroken(err error) {
	l.breakOnce.Do(func() {
		l.brokenErr = err
		close(l.broken)
	})
}

func (l *live) isBroken() bool {
	select {
	case <-l.broken:
		return true
	default:
		return false
	}
}

// close ends the goroutines of Bleve and unmaps the files; nobody may read any more. It gives up after
// closeGrace, since an index that had a fault can hold its locks for ever.
func (l *live) close() {
	close(l.closing)
	defer openIndexes.Delete(filepath.Join(l.dir, "store"))
	if l.sc == nil {
		return
	}
	done := make(chan error, 1)
	go func() { done <- guard(l.sc.Close) }()
	t := time.NewTimer(closeGrace)
	defer t.Stop()
	select {
	case err := <-done:
		if err != nil {
			l.log.Warn("search: close index", "index", l.name, "error", err)
		}
	case <-t.C:
		l.log.Error("search: a damaged index does not close and is left open", "index", l.name)
	}
}
