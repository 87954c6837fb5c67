package auth

import (
	"container/list"
	"crypto/sha256"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pace bounds how often something may happen for each of many keys, in bounded memory: the key that was used longest
// ago is forgotten first, and by then its budget has usually refilled.
type pace struct {
	mu    sync.Mutex
	limit rate.Limit
	burst int
	max   int
	keys  map[Hash]*list.Element // of *paced
	order *list.List             // most recently used first
}

type paced struct {
	key Hash
	lim *rate.Limiter
}

func newPace(limit rate.Limit, burst int) *pace {
	return &pace{limit: limit, burst: burst, max: maxPaced, keys: map[Hash]*list.Element{}, order: list.New()}
}

const (
	maxPaced = 10_000 // about 2 MiB

	tokenRate  = 10 // requests a second with one token
	tokenBurst = 20
	missEvery  = 3 * time.Second // a wrong token from one network
	missBurst  = 20
)

func keyOf(s string) Hash { return sha256.Sum256([]byte(s)) }

// take spends one from the budget of a key, or says how long to wait, in whole seconds.
func (p *pace) take(key Hash, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := p.keys[key]
	if ok {
		p.order.MoveToFront(e)
	} else {
		for len(p.keys) >= p.max {
			last := p.order.Back()
			delete(p.keys, last.Value.(*paced).key)
			p.order.Remove(last)
		}
		e = p.order.PushFront(&paced{key: key, lim: rate.NewLimiter(p.limit, p.burst)})
		p.keys[key] = e
	}
	lim := e.Value.(*paced).lim
	if lim.AllowN(now, 1) {
		return 0
	}
	missing := (1 - lim.TokensAt(now)) / float64(p.limit)
	return time.Duration(max(1, math.Ceil(missing))) * time.Second
}
