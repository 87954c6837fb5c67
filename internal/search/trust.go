package search

import (
	"context"
	"errors"
	"fmt"
)

// Check compares the index with its files and with the database. Damage is an error, and the rebuild has begun
// when it returns. Without Start it opens the current index for itself.
func (ix *Index) Check(ctx context.Context) error {
	ix.mu.RLock()
	started := ix.cancel != nil
	ix.mu.RUnlock()
	if !started {
		return ix.checkCold(ctx)
	}
	reply := make(chan error, 1)
	select {
	case ix.requests <- reply:
	case <-ix.stopped:
		return errClosed
	case <-ctx.Done():
		return fmt.Errorf("search: check: %w", ctx.Err())
	}
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return fmt.Errorf("search: check: %w", ctx.Err())
	}
}

// checkNow checks the index in use; it runs on the indexer's goroutine.
func (ix *Index) checkNow(ctx context.Context) error {
	ix.mu.Lock()
	ix.suspicion = false
	cur := ix.cur
	ix.mu.Unlock()
	if cur == nil {
		return damaged("there is no index in use")
	}
	var err error
	if cur.isBroken() {
		err = cur.brokenErr
	} else {
		err = guard(func() error {
			if err := cur.checkFiles(); err != nil {
				return err
			}
			return ix.agree(ctx, cur)
		})
	}
	if isFault(err) {
		err = fmt.Errorf("%w: %w", errDamaged, err)
	}
	if errors.Is(err, errDamaged) {
		ix.discard(cur, err)
		ix.rebuildInBackground(ctx)
	}
	if err == nil {
		ix.setError("")
	}
	return err
}

// checkCold checks the current index of an instance that does not run. Of one that runs in another process only
// the presence of CURRENT is looked at: that process checks itself.
func (ix *Index) checkCold(ctx context.Context) error {
	name, err := readCurrent(ix.dir)
	if err != nil {
		return damaged("%w", err)
	}
	held, err := lock(ix.dir, serveLock)
	if errors.Is(err, errLocked) {
		return nil
	}
	if err != nil {
		return err
	}
	defer held.release()
	st, err := ix.src.State(ctx)
	if err != nil {
		return fmt.Errorf("search: read state: %w", err)
	}
	l, err := ix.adopt(ctx, name, st)
	if err != nil {
		return err
	}
	l.close()
	return nil
}

// discard takes an index that cannot be trusted out of use.
func (ix *Index) discard(l *live, reason error) {
	ix.log.Error("search: index is given up", "index", l.name, "reason", reason)
	l.markBroken(reason)
	ix.mu.Lock()
	if ix.cur == l {
		ix.cur = nil
		ix.broadcast()
	}
	ix.lastError = reason.Error()
	ix.mu.Unlock()
	ix.judge(l.name, reason)
	ix.retire(l, true)
}

// judge remembers that an index is no good, so that it is not opened again.
func (ix *Index) judge(name string, reason error) {
	ix.mu.Lock()
	ix.verdicts[name] = reason
	ix.broadcast()
	ix.mu.Unlock()
}

// retire closes an index after its last search has ended, and deletes it.
func (ix *Index) retire(l *live, remove bool) {
	ix.retiring.Go(func() {
		l.refs.Wait()
		l.close()
		if remove {
			ix.remove(l.name)
		}
	})
}
