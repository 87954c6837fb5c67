package audit

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Hash is a SHA-256.
type Hash [sha256.Size]byte

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// saltBytes makes a personal part that was erased impossible to guess from its hash.
const saltBytes = 16

// Append makes the entry that follows another; prev is the zero Entry at the start. The time is kept in
// milliseconds and never runs backwards within a chain's own order: the order is that of Seq.
func Append(prev Entry, e Event, at time.Time) Entry {
	if e.Outcome == "" {
		e.Outcome = Done
	}
	e.Network = shorten(e.Network)
	n := Entry{Event: e, Seq: prev.Seq + 1, At: at.UTC().Truncate(time.Millisecond)}
	if e.Actor != "" || e.Network != "" {
		n.ActorSalt = salt()
		n.ActorHash = personHash(n.ActorSalt, e.Actor, e.Network)
	}
	if e.Subject != "" {
		n.SubjectSalt = salt()
		n.SubjectHash = personHash(n.SubjectSalt, e.Subject, "")
	}
	n.Hash = n.chained(prev.Hash)
	return n
}

func salt() []byte {
	b := make([]byte, saltBytes)
	_, _ = rand.Read(b) // never fails, by its documentation
	return b
}

func personHash(salt []byte, id, network string) Hash {
	return sha256.Sum256(mustJSON(struct {
		Salt    []byte `json:"salt"`
		ID      string `json:"id"`
		Network string `json:"network"`
	}{salt, id, network}))
}

// canonical is what of an entry stands in the chain for ever. Fields keep their order; encoding/json sorts maps.
type canonical struct {
	Seq     int64             `json:"seq"`
	At      int64             `json:"at"` // milliseconds UTC
	Action  Action            `json:"action"`
	Outcome Outcome           `json:"outcome"`
	Object  string            `json:"object"`
	Detail  map[string]string `json:"detail,omitempty"`
	Actor   string            `json:"actor"`
	Subject string            `json:"subject"`
}

// chained is h_n = SHA-256(h_{n-1} ‖ canonical JSON of the entry, in which salted hashes stand for persons).
func (e Entry) chained(prev Hash) Hash {
	h := sha256.New()
	h.Write(prev[:])
	h.Write(mustJSON(canonical{
		Seq: e.Seq, At: e.At.UnixMilli(), Action: e.Action, Outcome: e.Outcome, Object: e.Object, Detail: e.Detail,
		Actor: e.ActorHash.String(), Subject: e.SubjectHash.String(),
	}))
	return Hash(h.Sum(nil))
}

// mustJSON encodes values made of strings, numbers and maps of them, which cannot fail.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte(err.Error())
	}
	return b
}

// Verifier follows a chain from its first entry.
type Verifier struct {
	last Entry
}

// Broken tells where a chain stops being what was written.
type Broken struct {
	Seq  int64  // the first entry that does not fit
	What string // in English, for the operator
}

func (b Broken) Error() string { return fmt.Sprintf("entry %d: %s", b.Seq, b.What) }

// Next checks the next entry; the first one that does not fit is a Broken.
func (v *Verifier) Next(e Entry) error {
	if want := v.last.Seq + 1; e.Seq != want {
		return Broken{want, fmt.Sprintf("is missing; entry %d follows entry %d", e.Seq, v.last.Seq)}
	}
	if e.chained(v.last.Hash) != e.Hash {
		return Broken{e.Seq, "was changed, or stands at another place than it was written to"}
	}
	if e.ActorSalt != nil && personHash(e.ActorSalt, e.Actor, e.Network) != e.ActorHash {
		return Broken{e.Seq, "names another account as the one that acted"}
	}
	if e.SubjectSalt != nil && personHash(e.SubjectSalt, e.Subject, "") != e.SubjectHash {
		return Broken{e.Seq, "names another account as the one concerned"}
	}
	v.last = e
	return nil
}

// Last is the newest entry that was checked.
func (v *Verifier) Last() Entry { return v.last }
