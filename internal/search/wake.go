package search

import (
	"context"
	"time"
)

// gatherFor is how long a change waits for others. Writing one page into the index costs about as much as
// writing a few dozen, and every batch leaves a segment that has to be merged; a change must be found after two
// seconds at most.
const gatherFor = 200 * time.Millisecond

// gather lets what comes in shortly after a change go into the same batch; false when the context has ended. It
// is over at once when somebody waits for the change.
func (ix *Index) gather(ctx context.Context) bool {
	t := time.NewTimer(gatherFor)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ix.hurry:
		return true
	case <-ctx.Done():
		return false
	}
}
