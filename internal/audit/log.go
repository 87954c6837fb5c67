package audit

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Query asks for a part of the log, newest first.
type Query struct {
	Actions []Action // empty: all
	Outcome Outcome  // "": all
	Person  string   // id of an account that acted or was concerned
	Before  int64    // only entries with a smaller number; 0: from the newest on
	Limit   int
}

// Cut is where the beginning of a log was removed when its time was over: the last entry that is gone.
type Cut struct {
	Seq  int64
	Hash Hash
}

// Facts with which the entry of a cut names what is gone.
const (
	cutSeq  = "cut_seq"
	cutHash = "cut_hash"
)

// Event is the entry that stands in the chain for a cut.
func (c Cut) Event() Event {
	return Event{Action: Retention, Object: "instance", Detail: map[string]string{cutSeq: strconv.FormatInt(c.Seq, 10), cutHash: c.Hash.String()}}
}

// Store keeps the log. Entries come back as they are in the file, whatever somebody did to it.
type Store interface {
	// EachAudit walks over the log from an entry on, in its order.
	EachAudit(ctx context.Context, from int64, fn func(Entry) error) error
	// AuditEntries lists a part of the log, newest first.
	AuditEntries(ctx context.Context, q Query) ([]Entry, error)
	// LastAudit is the newest entry; the zero Entry for an empty log.
	LastAudit(ctx context.Context) (Entry, error)
	// AuditCut is the last cut; the zero Cut when the log was never cut.
	AuditCut(ctx context.Context) (Cut, error)
	// CutAudit removes the entries before a time, except the newest, and records that; how many are gone.
	CutAudit(ctx context.Context, before time.Time) (int, error)
	// ErasePersons removes the personal parts of entries before a time; how many are gone.
	ErasePersons(ctx context.Context, before time.Time) (int, error)
}

// Report is the outcome of a verification.
type Report struct {
	First, Last int64 // numbers of the entries
	Entries     int
	Erased      int // personal parts that were erased
	Heads       int // signed heads that fit
	LastHead    Head
}

// Verify follows the whole chain and compares it with signed heads, one a line; lines without a head are passed over.
// What does not fit is a Broken. heads may be nil, and then a log whose end was cut off looks whole.
func Verify(ctx context.Context, store Store, heads io.Reader, key ed25519.PublicKey) (Report, error) {
	var r Report
	marks, newest, err := readHeads(heads, key)
	if err != nil {
		return r, err
	}
	base, err := store.AuditCut(ctx)
	if err != nil {
		return r, err
	}
	cutTold := base.Seq == 0
	v := &Verifier{last: Entry{Seq: base.Seq, Hash: base.Hash}}
	err = store.EachAudit(ctx, 0, func(e Entry) error {
		if r.Entries == 0 {
			r.First = e.Seq
		}
		if err := v.Next(e); err != nil {
			return err
		}
		r.Entries++
		r.Last = e.Seq
		if e.ActorSalt == nil && e.ActorHash != (Hash{}) {
			r.Erased++
		}
		if e.SubjectSalt == nil && e.SubjectHash != (Hash{}) {
			r.Erased++
		}
		if e.Action == Retention && e.Detail[cutSeq] == strconv.FormatInt(base.Seq, 10) && e.Detail[cutHash] == base.Hash.String() {
			cutTold = true
		}
		for _, h := range marks[e.Seq] {
			if h.Hash != e.Hash {
				return Broken{e.Seq, "is another than the one whose head was signed on " + h.At.Format(time.RFC3339)}
			}
			r.Heads++
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	if !cutTold {
		return r, Broken{base.Seq, "and all before it are gone, and no entry says so"}
	}
	if newest.Seq > v.Last().Seq {
		return r, Broken{v.Last().Seq + 1, "and what follows is gone: a head of entry " + strconv.FormatInt(newest.Seq, 10) + " was signed on " + newest.At.Format(time.RFC3339)}
	}
	r.LastHead = newest
	return r, nil
}

// maxHeadLine bounds a line of a file of heads.
const maxHeadLine = 64 << 10

// readHeads gives the heads by the number of their entry, and the one of the newest entry.
func readHeads(in io.Reader, key ed25519.PublicKey) (map[int64][]Head, Head, error) {
	out := map[int64][]Head{}
	var newest Head
	if in == nil {
		return out, newest, nil
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxHeadLine)
	for n := 1; lines.Scan(); n++ {
		h, ok, err := ParseHead(lines.Text())
		if !ok {
			continue
		}
		if err != nil {
			return nil, newest, fmt.Errorf("heads, line %d: %w", n, err)
		}
		if !h.Valid(key) {
			return nil, newest, fmt.Errorf("heads, line %d: %w", n, errForeignHead)
		}
		out[h.Seq] = append(out[h.Seq], h)
		if h.Seq > newest.Seq {
			newest = h
		}
	}
	if err := lines.Err(); err != nil {
		return nil, newest, fmt.Errorf("read heads: %w", err)
	}
	return out, newest, nil
}

var errForeignHead = errors.New("the signature is not one of this instance's key; the line or the key was changed")
