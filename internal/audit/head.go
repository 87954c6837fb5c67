package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Head is the end of a chain at some time, signed: one line that is kept where the database is not. It shows later that
// nothing before it was changed and that the end was not cut off.
type Head struct {
	At   time.Time // when it was signed, in seconds
	Seq  int64
	Hash Hash
	Key  string // fingerprint of the key
	Sig  []byte
}

// headMark begins the line, so that it is found in a log among others.
const headMark = "lernraum-audit-1"

// Signer signs heads.
type Signer struct{ key ed25519.PrivateKey }

// NewSigner takes the seed of an Ed25519 key.
func NewSigner(seed []byte) (Signer, error) {
	if len(seed) != ed25519.SeedSize {
		return Signer{}, fmt.Errorf("audit key: %d bytes instead of %d", len(seed), ed25519.SeedSize)
	}
	return Signer{ed25519.NewKeyFromSeed(seed)}, nil
}

// Public is the key that heads are checked with.
func (s Signer) Public() ed25519.PublicKey { return s.key.Public().(ed25519.PublicKey) }

// Fingerprint names a key in few characters.
func Fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:8])
}

// Sign makes the head of a chain that ends with an entry.
func (s Signer) Sign(last Entry, at time.Time) Head {
	h := Head{At: at.UTC().Truncate(time.Second), Seq: last.Seq, Hash: last.Hash, Key: Fingerprint(s.Public())}
	h.Sig = ed25519.Sign(s.key, []byte(h.signed()))
	return h
}

func (h Head) signed() string {
	return strings.Join([]string{headMark, h.At.UTC().Format(time.RFC3339), strconv.FormatInt(h.Seq, 10), h.Hash.String(), h.Key}, " ")
}

// String is the line.
func (h Head) String() string { return h.signed() + " " + base64.RawStdEncoding.EncodeToString(h.Sig) }

// Valid reports whether the key signed the head.
func (h Head) Valid(key ed25519.PublicKey) bool {
	return h.Key == Fingerprint(key) && ed25519.Verify(key, []byte(h.signed()), h.Sig)
}

// ParseHead reads a line that holds a head, with whatever a log wrote before it. ok is false for lines that hold none.
func ParseHead(line string) (h Head, ok bool, err error) {
	_, rest, found := strings.Cut(line, headMark+" ")
	if !found {
		return Head{}, false, nil
	}
	parts := strings.Fields(strings.Trim(rest, "\"'\r\n"))
	if len(parts) < 5 {
		return Head{}, true, fmt.Errorf("head: %d parts instead of 5", len(parts))
	}
	if h.At, err = time.Parse(time.RFC3339, parts[0]); err != nil {
		return Head{}, true, fmt.Errorf("head: %w", err)
	}
	h.At = h.At.UTC()
	if h.Seq, err = strconv.ParseInt(parts[1], 10, 64); err != nil || h.Seq < 0 {
		return Head{}, true, fmt.Errorf("head: number of entry %q", parts[1])
	}
	sum, err := hex.DecodeString(parts[2])
	if err != nil || copy(h.Hash[:], sum) != len(h.Hash) || len(sum) != len(h.Hash) {
		return Head{}, true, fmt.Errorf("head: hash %q", parts[2])
	}
	h.Key = parts[3]
	if h.Sig, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(parts[4], "\"'")); err != nil {
		return Head{}, true, fmt.Errorf("head: signature: %w", err)
	}
	return h, true, nil
}
