package audit

import (
	"errors"
	"strconv"
	"testing"
	"time"
)

func chain(n int) []Entry {
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	var out []Entry
	var last Entry
	for i := range n {
		e := Event{Action: SignIn, Object: "instance", Actor: "A" + strconv.Itoa(i), Network: "192.0.2.1"}
		if i%3 == 0 {
			e = Event{Action: AccountRoles, Object: "instance", Actor: "ADMIN", Subject: "A" + strconv.Itoa(i), Detail: map[string]string{"roles": "editor"}}
		}
		last = Append(last, e, at.Add(time.Duration(i)*time.Second))
		out = append(out, last)
	}
	return out
}

// verify gives the first entry that does not fit, 0 when all do.
func verify(t *testing.T, entries []Entry) int64 {
	t.Helper()
	var v Verifier
	for _, e := range entries {
		if err := v.Next(e); err != nil {
			b, ok := errors.AsType[Broken](err)
			if !ok {
				t.Fatal(err)
			}
			return b.Seq
		}
	}
	return 0
}

func TestChainShowsEveryKindOfTampering(t *testing.T) {
	for name, tamper := range map[string]func([]Entry) []Entry{
		"object changed":  func(e []Entry) []Entry { e[50].Object = "space:x"; return e },
		"detail changed":  func(e []Entry) []Entry { e[51].Detail = map[string]string{"roles": "admin"}; return e },
		"outcome changed": func(e []Entry) []Entry { e[50].Outcome = Refused; return e },
		"time changed":    func(e []Entry) []Entry { e[50].At = e[50].At.Add(time.Millisecond); return e },
		"actor changed":   func(e []Entry) []Entry { e[50].Actor = "SOMEBODY"; return e },
		"subject changed": func(e []Entry) []Entry { e[51].Subject = "SOMEBODY"; return e },
		"hash changed":    func(e []Entry) []Entry { e[50].Hash[0] ^= 1; return e },
		"deleted":         func(e []Entry) []Entry { return append(e[:50:50], e[51:]...) },
		"deleted and renumbered": func(e []Entry) []Entry {
			e = append(e[:50:50], e[51:]...)
			for i := range e {
				e[i].Seq = int64(i + 1)
			}
			return e
		},
		"inserted":  func(e []Entry) []Entry { return append(append(e[:50:50], e[49]), e[50:]...) },
		"reordered": func(e []Entry) []Entry { e[50], e[51] = e[51], e[50]; return e },
	} {
		if at := verify(t, tamper(chain(100))); at < 50 || at > 52 {
			t.Errorf("%s: found at %d", name, at)
		}
	}
	if at := verify(t, chain(100)); at != 0 {
		t.Errorf("an untouched chain breaks at %d", at)
	}
}

// Erasing the personal parts leaves the chain whole, and what is left tells nobody who it was.
func TestErasedPersonsLeaveTheChainWhole(t *testing.T) {
	entries := chain(60)
	for i := range entries {
		if i%2 == 0 {
			entries[i].Actor, entries[i].Network, entries[i].ActorSalt = "", "", nil
			entries[i].Subject, entries[i].SubjectSalt = "", nil
		}
	}
	if at := verify(t, entries); at != 0 {
		t.Errorf("breaks at %d", at)
	}
	a, b := chain(1)[0], chain(1)[0]
	if a.SubjectHash == b.SubjectHash {
		t.Error("the same person leaves the same hash twice")
	}
}

func TestInventoryIsComplete(t *testing.T) {
	seen := map[Action]bool{}
	for _, a := range Inventory() {
		if a == "" || seen[a] {
			t.Errorf("%q twice or empty", a)
		}
		seen[a] = true
	}
}
