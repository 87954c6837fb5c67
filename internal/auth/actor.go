package auth

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
)

// GuestActor is a reader without an account. publicRead is the operator's setting that opens open and
// published spaces to guests; without it a guest reads nothing.
func GuestActor(publicRead bool) access.Actor {
	return access.Actor{Guest: true, PublicRead: publicRead}
}

// Actor tells who a session token belongs to. errs.Unauthenticated for a token that belongs to nobody, has
// ended, or whose account is disabled. The answer may be up to two seconds old, so that the many requests of
// one page cost one look-up and a withdrawn right still ends at once for practical purposes. The actor is
// shared: callers do not modify its slices and map.
func (s *Service) Actor(ctx context.Context, token string) (access.Actor, error) {
	hash, ok := hashToken(token)
	if !ok {
		return access.Actor{}, errs.New(errs.Unauthenticated, errs.Msg("auth.signed_out"))
	}
	// Read before the look-up: the answer is as old as its question.
	now := s.now()
	if a, ok := s.cache.get(hash, now); ok {
		return a, nil
	}
	mark := s.cache.mark()
	sess, u, err := s.store.SessionUser(ctx, hash)
	if errs.Is(err, errs.NotFound) {
		return access.Actor{}, errs.New(errs.Unauthenticated, errs.Msg("auth.signed_out"))
	}
	if err != nil {
		return access.Actor{}, fmt.Errorf("look up session: %w", err)
	}
	end := s.end(sess)
	if !now.Before(end) || u.Disabled {
		return access.Actor{}, errs.New(errs.Unauthenticated, errs.Msg("auth.signed_out"))
	}
	if sess.Provider != "" {
		if u, err = s.renewed(ctx, sess, u); err != nil {
			return access.Actor{}, err
		}
	}
	if s.cache.claimTouch(hash, sess.SeenAt, now) {
		// A store that takes no writes must not keep people from reading.
		if err := s.store.TouchSession(ctx, hash, now); err != nil {
			s.log.WarnContext(ctx, "mark session as used", "err", err)
		}
	}
	a := actorOf(u)
	s.cache.put(hash, a, mark, now, minTime(now.Add(cacheFor), end))
	return a, nil
}

// end is when a session ends if it is not used again.
func (s *Service) end(sess Session) time.Time {
	return minTime(sess.ExpiresAt, sess.SeenAt.Add(s.idle))
}

// ActorOf is the actor an account makes when it signs in. It is for saying what somebody may do, not for doing it.
func ActorOf(u User) access.Actor { return actorOf(u) }

// Forget drops everything remembered of rights: those of many accounts have changed at once.
func (s *Service) Forget() { s.cache.clear() }

func actorOf(u User) access.Actor {
	return access.Actor{
		UserID: u.ID, Name: u.Name, Label: u.Label,
		Roles: slices.Clip(u.Roles), Units: slices.Clip(u.Units), Spaces: u.Spaces,
	}
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

const (
	cacheFor = 2 * time.Second
	cacheMax = 4096 // sessions, about 2 MiB
)

// cache keeps the actors of the sessions in use, and when each was last marked as used.
type cache struct {
	mu      sync.Mutex
	entries map[Hash]entry
	max     int
	drops   uint64 // counts revocations; an answer asked for before one is not kept after it
}

type entry struct {
	actor   access.Actor
	until   time.Time // the actor is answered before this time
	touched time.Time
}

func newCache() *cache { return &cache{entries: map[Hash]entry{}, max: cacheMax} }

func (c *cache) get(h Hash, now time.Time) (access.Actor, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[h]
	// The second condition is for a clock that was set back.
	if !ok || !now.Before(e.until) || now.Before(e.until.Add(-cacheFor)) {
		return access.Actor{}, false
	}
	return e.actor, true
}

func (c *cache) mark() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.drops
}

func (c *cache) put(h Hash, a access.Actor, mark uint64, now, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if mark != c.drops {
		return
	}
	e := c.room(h, now)
	e.actor, e.until = a, until
	c.entries[h] = e
}

// claimTouch says that the caller is the one to write the time of use: true at most every five minutes for a
// session, however many requests come at once.
func (c *cache) claimTouch(h Hash, seen, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.room(h, now)
	if now.Sub(seen) < touchEvery || (!e.touched.IsZero() && now.Sub(e.touched) < touchEvery) {
		return false
	}
	e.touched = now
	c.entries[h] = e
	return true
}

// room gives the entry of a session, making room for a new one: stale entries go first, then any. The caller
// holds the lock.
func (c *cache) room(h Hash, now time.Time) entry {
	if e, ok := c.entries[h]; ok {
		return e
	}
	if len(c.entries) >= c.max {
		for k, e := range c.entries {
			if !now.Before(e.until) {
				delete(c.entries, k)
			}
		}
	}
	for k := range c.entries {
		if len(c.entries) < c.max {
			break
		}
		delete(c.entries, k)
	}
	return entry{}
}

func (c *cache) drop(h Hash) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, h)
	c.drops++
}

func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, e := range c.entries {
		e.actor, e.until = access.Actor{}, time.Time{} // when it was last marked as used stays known
		c.entries[k] = e
	}
	c.drops++
}

func (c *cache) dropUser(userID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, e := range c.entries {
		if e.actor.UserID == userID {
			delete(c.entries, k)
		}
	}
	c.drops++
}
