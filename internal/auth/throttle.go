package auth

import (
	"container/list"
	"crypto/sha256"
	"fmt"
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"lernraum/internal/errs"
)

// Throttled is the cause of an error that asks to wait, for the Retry-After header.
type Throttled struct{ Wait time.Duration }

func (t Throttled) Error() string { return fmt.Sprintf("too many attempts, wait %v", t.Wait) }

// Only failed attempts count, so a house that signs in through one address in the morning is not slowed down.
// An attempt draws on three budgets: this login from this network (strict), this login from anywhere (so that
// many networks cannot guess one password), and this network for any login (so that one network cannot try one
// password on many logins). The strict budget refills slower than the wide one, so a single network cannot lock
// somebody out elsewhere.
type budget struct {
	burst  int
	refill time.Duration // for one attempt
}

func budgets() [3]budget {
	return [3]budget{
		{burst: 5, refill: 30 * time.Second},  // login and network
		{burst: 30, refill: 10 * time.Second}, // login
		{burst: 60, refill: 2 * time.Second},  // network
	}
}

const maxBuckets = 20_000 // about 5 MiB

// throttle limits failed sign-ins. A bucket is forgotten when too many others were used since; by then it has
// usually refilled.
type throttle struct {
	mu      sync.Mutex
	budgets [3]budget
	max     int
	buckets map[bucketKey]*list.Element // of *bucket
	order   *list.List                  // most recently used first
}

type bucketKey struct {
	budget int
	key    Hash // of login and network: fixed size, whatever is sent
}

type bucket struct {
	key     bucketKey
	lim     *rate.Limiter
	pending int // attempts that are being checked; counted as failed until they are not
}

func newThrottle() *throttle {
	return &throttle{budgets: budgets(), max: maxBuckets, buckets: map[bucketKey]*list.Element{}, order: list.New()}
}

// begin opens an attempt. It gives an error with the waiting time when a budget is used up, for existing and
// unknown logins alike; otherwise done must be called with the outcome.
func (t *throttle) begin(now time.Time, login, network string) (done func(at time.Time, failed bool), err error) {
	network = networkOf(network)
	// What was typed may be long, or a password by mistake: only its hash stays in memory.
	keys := [3]Hash{
		sha256.Sum256([]byte(login + "\x00" + network)),
		sha256.Sum256([]byte(login)),
		sha256.Sum256([]byte(network)),
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var used [3]*bucket
	var wait time.Duration
	for i, key := range keys {
		b := t.bucket(bucketKey{i, key})
		used[i] = b
		if missing := 1 + float64(b.pending) - b.lim.TokensAt(now); missing > 0 {
			wait = max(wait, time.Duration(missing*float64(t.budgets[i].refill)))
		}
	}
	if wait > 0 {
		// Rounded up to whole seconds, which is also what the person reads.
		wait = time.Duration(math.Ceil(wait.Seconds())) * time.Second
		return nil, &errs.Error{Kind: errs.Invalid, Op: "sign in", Cause: Throttled{wait},
			Msg: errs.Msg("auth.throttled", "Count", int(wait/time.Second))}
	}
	for _, b := range used {
		b.pending++
	}
	return func(at time.Time, failed bool) {
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, b := range used {
			b.pending--
			if failed {
				b.lim.AllowN(at, 1)
			}
		}
	}, nil
}

// bucket finds or makes a bucket. The caller holds the lock.
func (t *throttle) bucket(key bucketKey) *bucket {
	if e, ok := t.buckets[key]; ok {
		t.order.MoveToFront(e)
		return e.Value.(*bucket)
	}
	for len(t.buckets) >= t.max {
		last := t.order.Back()
		delete(t.buckets, last.Value.(*bucket).key)
		t.order.Remove(last)
	}
	g := t.budgets[key.budget]
	b := &bucket{key: key, lim: rate.NewLimiter(rate.Every(g.refill), g.burst)}
	t.buckets[key] = t.order.PushFront(b)
	return b
}

// networkOf makes one network of an address: the address itself for IPv4, the /64 for IPv6, since a person has
// at least that many addresses there. Anything else counts as it is.
func networkOf(addr string) string {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return addr
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		p, err := ip.Prefix(64)
		if err == nil {
			return p.String()
		}
	}
	return ip.String()
}
