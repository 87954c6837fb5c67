package search

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
)

// A damaged file shows as a panic or, since Bleve maps its files into memory, as a memory fault. Both are
// turned into errors here; nothing the index does may end the process.

// faultError is a panic or memory fault inside the index. Locks of Bleve may still be held: an index that had
// one is not used again.
type faultError struct {
	value any
	stack []byte
}

func (f *faultError) Error() string { return fmt.Sprintf("panic in the index: %v", f.value) }

// guard runs fn and gives a panic or memory fault in it as a faultError.
func guard(fn func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	defer func() {
		if r := recover(); r != nil {
			err = &faultError{value: r, stack: debug.Stack()}
		}
	}()
	return fn()
}

func isFault(err error) bool {
	_, ok := errors.AsType[*faultError](err)
	return ok
}

// callbackName is the key of our callbacks in Bleve's registry, which knows no other way in than a
// process-wide map; open indexes are found by their path.
const callbackName = "lernraum"

var (
	registerCallbacks sync.Once
	openIndexes       sync.Map // path of a store → *live
)

// retryPause slows Bleve's persister and merger down, which would retry at once and for ever on a full disk.
const retryPause = 500 * time.Millisecond

func hookScorch() {
	registerCallbacks.Do(func() {
		// Events are fired on the goroutines of the persister and of the merger: the one place from where a
		// fault in them becomes a panic, which they recover.
		scorch.RegistryEventCallbacks[callbackName] = func(scorch.Event) bool {
			debug.SetPanicOnFault(true)
			return true
		}
		scorch.RegistryAsyncErrorCallbacks[callbackName] = func(err error, path string) {
			v, ok := openIndexes.Load(path)
			if !ok {
				return
			}
			l := v.(*live)
			if errors.Is(err, scorch.ErrAsyncPanic) {
				l.markBroken(fmt.Errorf("%w: %w", errDamaged, err))
				return
			}
			l.log.Warn("search: Bleve reports", "index", l.name, "error", err)
			t := time.NewTimer(retryPause)
			defer t.Stop()
			select {
			case <-t.C:
			case <-l.closing:
			}
		}
	})
}
