package auth

import (
	"context"
	"fmt"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
)

// TokenActor tells for whom a program asks with an API token, and narrows them to what the token allows. It is for
// the JSON API alone: no token makes a session. errs.Unauthenticated for a token that is malformed, unknown, revoked
// or over, or whose owner is closed; with Throttled as the cause (429) when the token is used too fast, or a network
// tries too many wrong ones. Like Actor, the answer may be up to two seconds old.
func (s *Service) TokenActor(ctx context.Context, raw, network string) (access.Actor, error) {
	now := s.now()
	hash, ok := hashAPIToken(raw)
	if !ok {
		return s.refuseToken(ctx, network, audit.Event{Object: "instance"}.With("reason", "malformed"))
	}
	a, ok := s.cache.get(hash, now)
	if !ok {
		mark := s.cache.mark()
		t, u, err := s.store.TokenUser(ctx, hash)
		if errs.Is(err, errs.NotFound) {
			return s.refuseToken(ctx, network, audit.Event{Object: "instance"}.With("reason", "unknown"))
		}
		if err != nil {
			return access.Actor{}, fmt.Errorf("look up token: %w", err)
		}
		e := audit.Event{Object: "token:" + t.ID, Actor: u.ID}
		switch {
		case !now.Before(t.ExpiresAt):
			return s.refuseToken(ctx, network, e.With("reason", "expired"))
		case u.Disabled:
			return s.refuseToken(ctx, network, e.With("reason", "closed"))
		case u.Provider != "" && now.Sub(u.VouchedAt) > vouchedFor:
			return s.refuseToken(ctx, network, e.With("reason", "unvouched"))
		}
		// Only the day is kept, and written once a day: when somebody's program ran is nobody's business.
		if today := dayOf(now); t.UsedDay.Before(today) && s.cache.claimTouch(hash, t.UsedDay, now) {
			if err := s.store.TouchToken(ctx, t.ID, today); err != nil {
				s.log.WarnContext(ctx, "mark token as used", "err", err)
			}
		}
		a = withToken(u, t)
		s.cache.put(hash, a, mark, now, minTime(now.Add(cacheFor), t.ExpiresAt))
	}
	if wait := s.tokenPace.take(hash, now); wait > 0 {
		return access.Actor{}, tooFast("auth.token_fast", wait)
	}
	return a, nil
}

// vouchedFor is how long tokens of a person of an identity provider go on without a word of that provider: nobody tells
// us of somebody who left the house and never signs in again.
const vouchedFor = 30 * 24 * time.Hour

// dayOf is the beginning of a day.
func dayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// refuseToken answers a wrong token. A network that goes on is told to wait and no longer fills the log: a guess is
// hopeless, but an entry costs a write. Right tokens from the same network are not held up by a neighbour's wrong one.
func (s *Service) refuseToken(ctx context.Context, network string, e audit.Event) (access.Actor, error) {
	if wait := s.tokenMiss.take(keyOf(networkOf(network)), s.now()); wait > 0 {
		return access.Actor{}, tooFast("auth.throttled", wait)
	}
	e.Action, e.Network = audit.TokenRefused, network
	s.refused(ctx, e)
	return access.Actor{}, errs.New(errs.Unauthenticated, errs.Msg("auth.token_invalid"))
}

func tooFast(key string, wait time.Duration) error {
	return &errs.Error{Kind: errs.Invalid, Op: "use token", Cause: Throttled{wait}, Msg: errs.Msg(key, "Count", int(wait/time.Second))}
}
