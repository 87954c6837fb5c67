package auth

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"lernraum/internal/errs"
)

func TestHashKeepsItsForm(t *testing.T) {
	h := newHasher(DefaultParams())
	s, err := h.hash(t.Context(), goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(s, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %q does not carry the promised cost", s)
	}
	if ok, outdated, err := h.verify(t.Context(), s, goodPassword); !ok || outdated || err != nil {
		t.Errorf("own hash: ok %v, outdated %v, err %v", ok, outdated, err)
	}
	if ok, _, err := h.verify(t.Context(), s, goodPassword+" "); ok || err != nil {
		t.Errorf("a wrong password: ok %v, err %v", ok, err)
	}
	if again, _ := h.hash(t.Context(), goodPassword); again == s {
		t.Error("the same password twice gives the same hash: no salt")
	}
}

func TestVerifyTellsOutdatedHashes(t *testing.T) {
	old := newHasher(cheap())
	stored, err := old.hash(t.Context(), goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		now      Params
		password string
		outdated bool
	}{
		{"same cost", cheap(), goodPassword, false},
		{"more memory", Params{128, 1, 1}, goodPassword, true},
		{"more passes", Params{64, 2, 1}, goodPassword, true},
		{"lowered cost keeps the better hash", Params{32, 1, 1}, goodPassword, false},
		{"a wrong password tells nothing", Params{128, 2, 1}, "something else", false},
	} {
		_, outdated, err := newHasher(c.now).verify(t.Context(), stored, c.password)
		if err != nil || outdated != c.outdated {
			t.Errorf("%s: outdated %v, err %v", c.name, outdated, err)
		}
	}
}

func TestDummyCostsTheSameAndMatchesNothing(t *testing.T) {
	h := newHasher(cheap())
	p, err := parsePHC(h.dummy)
	if err != nil || p.params != h.params || len(p.salt) != saltBytes || len(p.key) != keyBytes {
		t.Fatalf("dummy %q: %+v, %v", h.dummy, p, err)
	}
	for _, pw := range []string{"", "password", goodPassword} {
		if ok, _, err := h.verify(t.Context(), "", pw); ok || err != nil {
			t.Errorf("%q opens an account without a password (err %v)", pw, err)
		}
	}
}

func TestHashingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(cheap())
		for range hashParallel { // hashings that do not end
			h.slots <- struct{}{}
			h.waiting.Add(1)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range hashQueue {
			wg.Go(func() {
				if _, err := h.hash(ctx, goodPassword); !errors.Is(err, context.Canceled) {
					t.Errorf("a waiting hashing ended with %v", err)
				}
			})
		}
		synctest.Wait() // until all of them wait
		_, err := h.hash(ctx, goodPassword)
		wantKind(t, "one more than the queue holds", err, errs.Unavailable)
		wantMessage(t, "one more than the queue holds", err, "auth.busy")
		cancel()
		wg.Wait()
		if n := h.waiting.Load(); n != hashParallel {
			t.Errorf("%d still count as waiting", n)
		}
	})
}

func TestParsePHCRefuses(t *testing.T) {
	good := newHasher(cheap()).dummy
	if _, err := parsePHC(good); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]string{
		"empty":           "",
		"plain text":      goodPassword,
		"another variant": strings.Replace(good, "argon2id", "argon2i", 1),
		"another version": strings.Replace(good, "v=19", "v=16", 1),
		"huge memory":     strings.Replace(good, "m=64", "m=4294967295", 1),
		"no memory":       strings.Replace(good, "m=64", "m=0", 1),
		"no passes":       strings.Replace(good, "t=1", "t=0", 1),
		"many passes":     strings.Replace(good, "t=1", "t=1000", 1),
		"no lanes":        strings.Replace(good, "p=1", "p=0", 1),
		"overflow":        strings.Replace(good, "p=1", "p=257", 1),
		"leading zero":    strings.Replace(good, "m=64", "m=064", 1),
		"sign":            strings.Replace(good, "m=64", "m=+64", 1),
		"order":           strings.Replace(good, "m=64,t=1", "t=1,m=64", 1),
		"extra part":      good + "$x",
		"short key":       good[:strings.LastIndex(good, "$")] + "$AAAA",
		"no key":          good[:strings.LastIndex(good, "$")],
		"padding":         good + "=",
	} {
		if p, err := parsePHC(s); err == nil {
			t.Errorf("%s: %q was read as %+v", name, s, p)
		}
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add(newHasher(cheap()).dummy)
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$$$$")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parsePHC(s)
		if err != nil {
			return
		}
		if p.String() != s {
			t.Errorf("%q reads back as %q", s, p)
		}
		if p.params.MemoryKiB > 256*1024 || p.params.Passes > 16 || p.params.Lanes > 8 || len(p.key) > 64 {
			t.Errorf("%q is out of bounds", s)
		}
	})
}
