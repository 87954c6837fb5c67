package search

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// rebuildInBackground starts a rebuild unless one runs or the last one has just failed. It belongs to the
// indexer's goroutine.
func (ix *Index) rebuildInBackground(ctx context.Context) {
	// The waiting time runs on the machine's clock: the injected one may stand still or jump.
	ix.mu.Lock()
	busy := ix.spawned || time.Now().Before(ix.retryAt)
	ix.spawned = ix.spawned || !busy
	ix.mu.Unlock()
	if busy {
		return
	}
	ix.backoff = min(max(minBackoff, 2*ix.backoff), maxBackoff)
	ix.retryAt = time.Now().Add(ix.backoff)
	ix.running.Go(func() {
		_, err := ix.build(ctx, nil)
		ix.mu.Lock()
		ix.spawned = false
		ix.broadcast()
		ix.mu.Unlock()
		switch {
		case err == nil:
		case errors.Is(err, errLocked):
			ix.log.Info("search: another process builds the index")
		case ctx.Err() != nil:
		default:
			ix.log.Error("search: rebuild", "error", err)
			ix.setError(err.Error())
		}
		ix.Changed()
	})
}

// Rebuild makes a new index beside the one in use and switches to it. In a process that does not serve it
// leaves the switch to the one that does, which notices within its polling time. errs.Unavailable when another
// process is at it.
func (ix *Index) Rebuild(ctx context.Context, progress func(done, total int)) error {
	// A rebuild of this process may just be ending; only another process is a reason to refuse.
	if err := ix.await(ctx, func(*live) bool { return !ix.spawned }); err != nil {
		return err
	}
	name, err := ix.build(ctx, progress)
	if errors.Is(err, errLocked) {
		return &errs.Error{Kind: errs.Unavailable, Op: "search: rebuild", Msg: errs.Msg("search.busy"), Cause: err}
	}
	if err != nil {
		return err
	}
	ix.mu.RLock()
	started := ix.cancel != nil
	ix.mu.RUnlock()
	if started {
		ix.Changed()
		var verdict error
		err := ix.await(ctx, func(*live) (known bool) {
			verdict, known = ix.verdicts[name]
			return known
		})
		return errors.Join(err, verdict)
	}
	// Without a server nobody has the older indexes open.
	if held, err := lock(ix.dir, serveLock); err == nil {
		ix.sweep(name)
		held.release()
	}
	return nil
}

// build makes an index in a new folder and names it in CURRENT. The new index is closed by then: whoever serves
// opens it, in this process or in another.
func (ix *Index) build(ctx context.Context, progress func(done, total int)) (name string, err error) {
	held, err := lockSoon(ctx, ix.dir, buildLock)
	if err != nil {
		return "", err
	}
	defer held.release()
	start := time.Now()
	st, err := ix.src.State(ctx)
	if err != nil {
		return "", fmt.Errorf("search: read state: %w", err)
	}
	done := 0
	told := func() {
		ix.mu.Lock()
		ix.building, ix.done, ix.total = true, done, max(st.Pages, done)
		ix.mu.Unlock()
		if progress != nil {
			progress(done, max(st.Pages, done))
		}
	}
	told()
	defer func() {
		ix.mu.Lock()
		ix.building = false
		ix.mu.Unlock()
	}()

	name = ix.newName()
	dir := filepath.Join(ix.dir, name)
	l, err := openLive(dir, true, ix.an, ix.analysis, ix.log)
	if err != nil {
		return "", fmt.Errorf("search: make index: %w", err)
	}
	open := true
	defer func() {
		if open {
			l.close()
		}
		if err != nil {
			ix.remove(name)
		}
	}()
	l.stamp = stamp{Generation: st.Generation, Fingerprint: ix.version}

	// First the pages as they are, then what changed since the state was read.
	err = guard(func() error {
		var docs []page.Document
		bytes := 0
		flush := func() error {
			if len(docs) == 0 {
				return nil
			}
			began := time.Now()
			if err := l.apply(docs, nil, st.Seq, false); err != nil {
				return err
			}
			done += len(docs)
			docs, bytes = docs[:0], 0
			told()
			return ix.rest(ctx, time.Since(began))
		}
		err := ix.src.EachDocument(ctx, func(d page.Document) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			docs = append(docs, d)
			bytes += size(d)
			if len(docs) >= batchRows || bytes >= batchBytes {
				return flush()
			}
			return nil
		})
		if err == nil {
			err = flush()
		}
		if err != nil {
			return fmt.Errorf("search: index all pages: %w", err)
		}
		if err := l.apply(nil, nil, st.Seq, false); err != nil {
			return err
		}
		if err := ix.agree(ctx, l); err != nil {
			return fmt.Errorf("search: prove new index: %w", err)
		}
		if err := l.checkFiles(); err != nil {
			return fmt.Errorf("search: prove new index: %w", err)
		}
		return l.apply(nil, nil, l.seq.Load(), true)
	})
	if err != nil {
		return "", err
	}
	open = false
	l.close()
	if err := syncTree(dir); err != nil {
		return "", err
	}
	if err := writeCurrent(ix.dir, name); err != nil {
		return "", err
	}
	ix.log.Info("search: index built", "index", name, "pages", done, "seq", l.seq.Load(), "took", time.Since(start).Round(time.Millisecond))
	return name, nil
}

// rest leaves the processor to others for as long as a batch has taken, when there are others: readers of a
// sound index need no hurry. Without one, searches are restricted and the rebuild does not rest.
func (ix *Index) rest(ctx context.Context, took time.Duration) error {
	ix.mu.RLock()
	sound := ix.cur != nil
	ix.mu.RUnlock()
	if !sound {
		return nil
	}
	t := time.NewTimer(min(took, 2*time.Second))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// newName gives a folder name that was never used.
func (ix *Index) newName() string {
	return fmt.Sprintf("%s%s-%s-%06x", indexPrefix, ix.version, ix.now().UTC().Format("20060102T150405"), rand.IntN(1<<24))
}
