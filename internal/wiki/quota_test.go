package wiki

import (
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
)

func TestFilesOfADay(t *testing.T) {
	var q quota
	at := time.Date(2026, 11, 2, 23, 0, 0, 0, time.UTC)
	one, other := access.Actor{UserID: "one"}, access.Actor{UserID: "other"}
	full := func(a access.Actor, now time.Time) bool {
		err := q.left(a, now)
		if err != nil && !errs.Is(err, errs.TooLarge) {
			t.Errorf("refused with %v", err)
		}
		return err != nil
	}
	q.take(one, MaxDayFiles-1, at)
	if full(one, at) {
		t.Error("a file may begin below the limit")
	}
	q.take(one, 1, at)
	if !full(one, at) || full(other, at) || full(access.Program("import"), at) {
		t.Error("the limit holds for one person and not for others or an import")
	}
	if full(one, at.Add(time.Hour)) {
		t.Error("the next day counts anew")
	}
}
