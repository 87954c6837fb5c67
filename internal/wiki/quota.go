package wiki

import (
	"sync"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
)

// MaxDayFiles bounds what one person may attach in a day, in bytes (security.md section 3.1). One more file may begin
// below it.
const MaxDayFiles = 1 << 30

// quota counts what each person attached today. A file has no author that is stored, and shall have none; so the count
// lives in memory, is about one day of UTC, and is gone with the process.
type quota struct {
	mu    sync.Mutex
	day   int64
	bytes map[string]int64 // by account
}

// left refuses when a person has attached enough for today. The program itself may go on: an import has many files.
func (q *quota) left(a access.Actor, now time.Time) error {
	if a.System {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.today(now)
	if q.bytes[a.UserID] >= MaxDayFiles {
		return errs.New(errs.TooLarge, errs.Msg("wiki.day_full", "MiB", MaxDayFiles>>20))
	}
	return nil
}

// take counts a file that was stored.
func (q *quota) take(a access.Actor, size int64, now time.Time) {
	if a.System {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.today(now)
	q.bytes[a.UserID] += size
}

func (q *quota) today(now time.Time) {
	if day := now.UTC().Unix() / (24 * 60 * 60); day != q.day || q.bytes == nil {
		q.day, q.bytes = day, map[string]int64{}
	}
}
