package store_test

import (
	"testing"
	"time"

	"lernraum/internal/store"
	"lernraum/internal/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T, dir string, now func() time.Time) storetest.Store {
		s, err := store.Open(t.Context(), store.Options{Dir: dir, Now: now, Log: testLog(t)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
