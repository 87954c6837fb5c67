package search

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// A batch holds at most batchRows changes and about batchBytes of text.
const (
	batchRows  = 500
	batchBytes = 8 << 20
	readChunk  = 50 // pages read at once
)

// Waiting time after a rebuild that failed, doubled each time.
const (
	minBackoff = time.Second
	maxBackoff = time.Minute
)

// run is the indexer: the one goroutine that opens, feeds, checks and replaces the index in use.
func (ix *Index) run(ctx context.Context) {
	poll := time.NewTicker(ix.poll)
	defer poll.Stop()
	check := time.NewTicker(ix.every)
	defer check.Stop()
	for {
		ix.report(guard(func() error { return ix.turn(ctx) }))
		select {
		case <-ctx.Done():
			return
		case <-ix.wake:
			if !ix.gather(ctx) {
				return
			}
		case <-poll.C:
		case <-check.C:
			ix.mu.Lock()
			ix.suspicion = true
			ix.mu.Unlock()
		case reply := <-ix.requests:
			reply <- guard(func() error { return ix.checkNow(ctx) })
		}
	}
}

// report keeps the last error for operators until a turn goes well again, and logs it once.
func (ix *Index) report(err error) {
	text := ""
	if err != nil && !errors.Is(err, context.Canceled) {
		text = err.Error()
	}
	if text == ix.lastTold {
		return
	}
	ix.lastTold = text
	if text != "" {
		ix.log.Error("search: indexer", "error", text)
	}
	ix.setError(text)
}

func (ix *Index) setError(text string) {
	ix.mu.Lock()
	ix.lastError = text
	ix.mu.Unlock()
}

// turn does what is due.
func (ix *Index) turn(ctx context.Context) error {
	if ix.serving == nil {
		l, err := lock(ix.dir, serveLock)
		if err != nil {
			return err
		}
		ix.serving = l
	}
	st, err := ix.src.State(ctx)
	if err != nil {
		return fmt.Errorf("search: read state: %w", err)
	}
	ix.mu.Lock()
	ix.state = st
	cur, suspicion := ix.cur, ix.suspicion
	ix.mu.Unlock()

	if cur != nil && cur.isBroken() {
		ix.discard(cur, cur.brokenErr)
		cur = nil
	}
	if err := ix.follow(ctx, cur, st); err != nil {
		return err
	}
	ix.mu.RLock()
	taken := ix.cur != cur
	cur = ix.cur
	ix.mu.RUnlock()
	if cur == nil {
		ix.rebuildInBackground(ctx)
		return nil
	}
	defer ix.warm(ctx)
	if taken {
		return nil // it has just been compared, with a newer state than st
	}
	if st.Generation != cur.stamp.Generation || st.Seq < cur.seq.Load() {
		ix.discard(cur, damaged("the database is another one"))
		ix.rebuildInBackground(ctx)
		return nil
	}
	if err := ix.catchUp(ctx, cur, st.Seq); err != nil {
		if errors.Is(err, errDamaged) {
			ix.discard(cur, err)
			ix.rebuildInBackground(ctx)
		}
		return err
	}
	if suspicion {
		return ix.checkNow(ctx)
	}
	return nil
}

// warm reads the columns of new segments before a search has to.
func (ix *Index) warm(ctx context.Context) {
	l := ix.acquire()
	if l == nil {
		return
	}
	defer l.refs.Done()
	if err := l.warm(ctx); err != nil && ctx.Err() == nil {
		ix.suspect(l, err)
	}
}

// follow takes the index that CURRENT names into use, if it is another one than cur.
func (ix *Index) follow(ctx context.Context, cur *live, st wiki.SearchState) error {
	name, err := readCurrent(ix.dir)
	switch {
	case errors.Is(err, errNoCurrent):
		if cur == nil {
			return nil
		}
		// Somebody deleted the file or the whole folder below a running index.
		if err := cur.checkFiles(); err != nil {
			ix.discard(cur, err)
			return nil
		}
		return writeCurrent(ix.dir, cur.name)
	case err != nil:
		return err
	case cur != nil && name == cur.name:
		return nil
	}
	ix.mu.RLock()
	bad := ix.verdicts[name]
	ix.mu.RUnlock()
	if bad != nil {
		return nil
	}
	l, err := ix.adopt(ctx, name, st)
	if err != nil {
		if !errors.Is(err, errDamaged) {
			return err // the database could not be read; the next turn tries again
		}
		ix.log.Warn("search: index is not used", "index", name, "reason", err)
		ix.judge(name, err)
		ix.remove(name)
		if cur != nil {
			return writeCurrent(ix.dir, cur.name)
		}
		return nil
	}
	ix.backoff, ix.retryAt = 0, time.Time{}
	ix.mu.Lock()
	ix.lastError = ""
	ix.verdicts[name] = nil
	ix.mu.Unlock()
	if old := ix.swap(l); old != nil {
		ix.retire(old, true)
	}
	if !ix.swept {
		ix.swept = ix.sweep(l.name)
	}
	if r, err := l.sc.Reader(); err == nil { // for the log only
		pages, _ := r.DocCount()
		_ = r.Close()
		ix.log.Info("search: index in use", "index", l.name, "pages", pages, "seq", l.seq.Load())
	}
	return nil
}

// adopt opens a finished index, brings it up to date and proves it.
func (ix *Index) adopt(ctx context.Context, name string, st wiki.SearchState) (*live, error) {
	l, err := openLive(filepath.Join(ix.dir, name), false, ix.an, ix.analysis, ix.log)
	if err != nil {
		return nil, err
	}
	err = guard(func() error {
		switch {
		case !l.stamp.Complete:
			return damaged("it was never finished")
		case l.stamp.Fingerprint != ix.version:
			return damaged("it was made by another version of the program")
		case l.stamp.Generation != st.Generation:
			return damaged("it was made from another database")
		}
		if err := l.checkFiles(); err != nil {
			return err
		}
		return ix.agree(ctx, l)
	})
	if isFault(err) {
		err = fmt.Errorf("%w: %w", errDamaged, err)
	}
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// catchUp replays the change log up to a sequence number, and not beyond: a writer that never rests must not
// keep it for ever.
func (ix *Index) catchUp(ctx context.Context, l *live, upTo int64) error {
	for l.seq.Load() < upTo {
		if l.isBroken() {
			return l.brokenErr
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		changes, err := ix.src.Changes(ctx, l.seq.Load(), batchRows)
		if err != nil {
			return fmt.Errorf("search: read change log: %w", err)
		}
		for len(changes) > 0 && changes[len(changes)-1].Seq > upTo {
			changes = changes[:len(changes)-1]
		}
		if len(changes) == 0 {
			return fmt.Errorf("search: the change log ends before %d", upTo)
		}
		if err := ix.replay(ctx, l, changes); err != nil {
			return err
		}
	}
	return nil
}

// replay indexes the pages of changes as they are now. Several changes of a page are one: pages come in the
// order of their last change, so that a batch that is cut at a page holds everything up to that change.
func (ix *Index) replay(ctx context.Context, l *live, changes []page.Change) error {
	last := make(map[page.ID]int64, len(changes))
	for _, c := range changes {
		last[c.Page] = c.Seq
	}
	ids := make([]page.ID, 0, len(last))
	for _, c := range changes {
		if last[c.Page] == c.Seq {
			ids = append(ids, c.Page)
		}
	}
	var docs []page.Document
	var gone []page.ID
	bytes := 0
	for chunk := range slices.Chunk(ids, readChunk) {
		found, err := ix.src.Documents(ctx, chunk)
		if err != nil {
			return fmt.Errorf("search: read changed pages: %w", err)
		}
		there := make(map[page.ID]bool, len(found))
		for _, d := range found {
			there[d.ID] = true
			bytes += size(d)
		}
		docs = append(docs, found...)
		for _, id := range chunk {
			if !there[id] {
				gone = append(gone, id)
			}
		}
		if bytes < batchBytes {
			continue
		}
		if err := l.apply(docs, gone, last[chunk[len(chunk)-1]], l.stamp.Complete); err != nil {
			return err
		}
		docs, gone, bytes = nil, nil, 0
		ix.advanced()
	}
	if err := l.apply(docs, gone, changes[len(changes)-1].Seq, l.stamp.Complete); err != nil {
		return err
	}
	ix.advanced()
	return nil
}

// size estimates what a document costs in a batch.
func size(d page.Document) int {
	n := len(d.Title) + len(d.Summary) + len(d.Text) + 512
	for _, h := range d.Headings {
		n += len(h)
	}
	return n
}
