package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"

	"lernraum/internal/errs"
)

// Params are the cost of a password hash.
type Params struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
}

// DefaultParams are 19 MiB, two passes, one lane: the least that OWASP recommends for argon2id, and small
// enough that two hashings at once do not crowd out the pages.
func DefaultParams() Params { return Params{MemoryKiB: 19 * 1024, Passes: 2, Lanes: 1} }

const (
	saltBytes = 16
	keyBytes  = 32
	// Two hashings at a time, and a queue that is over in about a second; whoever comes later is told to
	// come back instead of piling up.
	hashParallel = 2
	hashQueue    = 32
)

var errPHC = errors.New("not an argon2id hash in PHC form")

// hasher makes and checks password hashes. Memory is bounded by hashParallel times the cost.
type hasher struct {
	params  Params
	slots   chan struct{}
	waiting atomic.Int32
	dummy   string // costs as much as a real hash and matches no password
}

func newHasher(p Params) *hasher {
	return &hasher{
		params: p,
		slots:  make(chan struct{}, hashParallel),
		// The key is drawn, not computed: nobody knows a password that gives it.
		dummy: phc{params: p, salt: randomBytes(saltBytes), key: randomBytes(keyBytes)}.String(),
	}
}

// hash makes the PHC string of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	p := phc{params: h.params, salt: randomBytes(saltBytes), key: make([]byte, keyBytes)}
	key, err := h.derive(ctx, password, p)
	if err != nil {
		return "", err
	}
	p.key = key
	return p.String(), nil
}

// verify checks a password against a stored hash. An empty hash is checked against the dummy, so that an
// account without a password, and a login without an account, take as long as any other. outdated says that
// the password is right but its hash cheaper than what is asked for today.
func (h *hasher) verify(ctx context.Context, stored, password string) (ok, outdated bool, err error) {
	if stored == "" {
		stored = h.dummy
	}
	p, err := parsePHC(stored)
	if err != nil {
		return false, false, fmt.Errorf("stored password hash: %w", err)
	}
	key, err := h.derive(ctx, password, p)
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(key, p.key) == 1
	outdated = p.params.MemoryKiB < h.params.MemoryKiB || p.params.Passes < h.params.Passes || len(p.key) < keyBytes
	return ok, ok && outdated, nil
}

func (h *hasher) derive(ctx context.Context, password string, p phc) ([]byte, error) {
	if h.waiting.Add(1) > hashParallel+hashQueue {
		h.waiting.Add(-1)
		return nil, errs.New(errs.Unavailable, errs.Msg("auth.busy"))
	}
	defer h.waiting.Add(-1)
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for password hashing: %w", ctx.Err())
	}
	return argon2.IDKey([]byte(password), p.salt, p.params.Passes, p.params.MemoryKiB, p.params.Lanes, uint32(len(p.key))), nil
}

// phc is the parsed form of "$argon2id$v=19$m=19456,t=2,p=1$salt$key".
type phc struct {
	params    Params
	salt, key []byte
}

func (p phc) String() string {
	enc := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		p.params.MemoryKiB, p.params.Passes, p.params.Lanes, enc(p.salt), enc(p.key))
}

// parsePHC reads exactly what String writes. The bounds keep a damaged row from costing gigabytes.
func parsePHC(s string) (phc, error) {
	var p phc
	part := strings.Split(s, "$")
	if len(s) > 256 || len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != "v="+strconv.Itoa(argon2.Version) {
		return p, errPHC
	}
	cost := strings.Split(part[3], ",")
	if len(cost) != 3 {
		return p, errPHC
	}
	var n [3]uint64
	for i, name := range []string{"m=", "t=", "p="} {
		digits, ok := strings.CutPrefix(cost[i], name)
		v, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil {
			return p, errPHC
		}
		n[i] = v
	}
	if n[0] < 8*n[2] || n[0] > 256*1024 || n[1] < 1 || n[1] > 16 || n[2] < 1 || n[2] > 8 {
		return p, errPHC
	}
	p.params = Params{MemoryKiB: uint32(n[0]), Passes: uint32(n[1]), Lanes: uint8(n[2])}
	var err1, err2 error
	p.salt, err1 = base64.RawStdEncoding.Strict().DecodeString(part[4])
	p.key, err2 = base64.RawStdEncoding.Strict().DecodeString(part[5])
	if err1 != nil || err2 != nil || len(p.salt) < 8 || len(p.salt) > 64 || len(p.key) < 16 || len(p.key) > 64 || p.String() != s {
		return phc{}, errPHC
	}
	return p, nil
}

// randomBytes reads from the system's generator, which does not fail: crypto/rand ends the process instead.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
