package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"lernraum/internal/audit"
	"lernraum/internal/errs"
)

// Groups are read again so that one that was taken away counts for a quarter of an hour at most.
const (
	refreshAfter = 10 * time.Minute // without anybody waiting
	refreshUntil = 15 * time.Minute // with the request waiting
	refreshRetry = time.Minute      // after a failure of the provider
	refreshWait  = 5 * time.Second  // longest time a request waits
	refreshers   = 8                // refreshes nobody waits for, at a time
)

// refresher lets one session be refreshed once at a time: a refresh token works once with careful providers.
type refresher struct {
	slots  chan struct{}
	wg     sync.WaitGroup
	ctx    context.Context
	cancel context.CancelFunc

	mu       sync.Mutex
	attempts map[Hash]*refreshing
}

// refreshing is a refresh that is under way or has just failed.
type refreshing struct {
	began time.Time
	done  chan struct{} // closed at its end
	user  User
	err   error
}

func newRefresher() *refresher {
	ctx, cancel := context.WithCancel(context.Background())
	return &refresher{slots: make(chan struct{}, refreshers), ctx: ctx, cancel: cancel, attempts: map[Hash]*refreshing{}}
}

// Close ends what goes on in the background. Sessions stay.
func (s *Service) Close() {
	if s.fed != nil {
		s.fed.refresh.cancel()
		s.fed.refresh.wg.Wait()
	}
}

// begin gives the attempt for a session; mine tells the caller to carry it out and then to call end.
func (r *refresher) begin(h Hash, now time.Time) (a *refreshing, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, old := range r.attempts {
		if now.Sub(old.began) >= refreshRetry && old.over() {
			delete(r.attempts, k)
		}
	}
	if a, ok := r.attempts[h]; ok {
		return a, false
	}
	a = &refreshing{began: now, done: make(chan struct{})}
	r.attempts[h] = a
	return a, true
}

func (a *refreshing) over() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

// end publishes the outcome. A failure of the provider stays for a minute, so that not every request tries again.
func (r *refresher) end(h Hash, a *refreshing, u User, err error) {
	a.user, a.err = u, err
	r.mu.Lock()
	defer r.mu.Unlock()
	if !errs.Is(err, errs.Unavailable) {
		delete(r.attempts, h)
	}
	close(a.done)
}

// renewed gives the account of a session with groups that are not too old. errs.Unauthenticated when the session has
// ended at the provider, with Renew as its cause when the browser has to go there.
func (s *Service) renewed(ctx context.Context, sess Session, u User) (User, error) {
	p, err := s.party(sess.Provider)
	if err != nil || p.Issuer != u.Issuer { // the operator has taken the provider away
		return User{}, s.over(ctx, sess, "provider_gone")
	}
	age := s.now().Sub(sess.ReadAt)
	switch {
	case age <= refreshAfter:
		return u, nil
	case !sess.Refreshable && age <= refreshUntil:
		return u, nil
	case !sess.Refreshable:
		return User{}, &errs.Error{Kind: errs.Unauthenticated, Op: "renew session", Msg: errs.Msg("auth.signed_out"), Cause: Renew{p.Key, sess.UserID, sess.ExpiresAt}}
	}
	a, mine := s.fed.refresh.begin(sess.Hash, s.now())
	if age <= refreshUntil {
		if mine {
			s.refreshLater(p, sess, u, a)
		}
		return u, nil
	}
	if mine {
		s.runRefresh(ctx, p, sess, u, a)
	}
	select {
	case <-a.done:
	case <-ctx.Done():
		return User{}, fmt.Errorf("refresh session: %w", ctx.Err())
	}
	if errs.Is(a.err, errs.Unavailable) {
		return u, nil // the provider is down: who is signed in goes on
	}
	return a.user, a.err
}

// refreshLater refreshes while the request goes on with the groups there are.
func (s *Service) refreshLater(p *party, sess Session, u User, a *refreshing) {
	r := s.fed.refresh
	select {
	case r.slots <- struct{}{}:
	default: // many are at it; the next request tries again
		r.end(sess.Hash, a, u, nil)
		return
	}
	r.wg.Go(func() {
		defer func() { <-r.slots }()
		s.runRefresh(r.ctx, p, sess, u, a)
	})
}

func (s *Service) runRefresh(ctx context.Context, p *party, sess Session, u User, a *refreshing) {
	// Not cut off with the request: the provider may have used the refresh token up already.
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshWait)
	defer cancel()
	if ctx == s.fed.refresh.ctx {
		stop := context.AfterFunc(ctx, cancel)
		defer stop()
	}
	fresh, err := s.refreshSession(asking, p, sess, u)
	s.fed.refresh.end(sess.Hash, a, fresh, err)
}

// refreshSession reads the groups of a session again.
func (s *Service) refreshSession(ctx context.Context, p *party, sess Session, u User) (User, error) {
	sealed, err := s.store.SessionTokens(ctx, sess.Hash)
	if errs.Is(err, errs.NotFound) {
		return User{}, errs.New(errs.Unauthenticated, errs.Msg("auth.signed_out"))
	}
	if err != nil {
		return User{}, fmt.Errorf("refresh session: %w", err)
	}
	var kept keptTokens
	if err := s.fed.sealer.open(sealed, sess.sealedBeside(), &kept); err != nil {
		s.log.WarnContext(ctx, "tokens of a session cannot be opened; it ends", "provider", p.Key, "err", err)
		return User{}, s.over(ctx, sess, "unreadable")
	}
	m, err := p.metadata(ctx, rediscover, refreshWait)
	if err != nil {
		return User{}, err
	}
	got, err := s.oauth(p, m).TokenSource(s.asking(ctx), &oauth2.Token{RefreshToken: kept.Refresh}).Token()
	if err != nil {
		err = p.tokenError(err, "refresh")
		if code, ok := errors.AsType[providerErrorAt](err); ok && code == "invalid_grant" {
			return User{}, s.over(ctx, sess, "invalid_grant")
		}
		if errs.Is(err, errs.Invalid) { // our client is not accepted: for the operator to see to, not for everybody signed in
			s.log.ErrorContext(ctx, "identity provider refuses to refresh", "provider", p.Key, "err", err)
			return User{}, p.away(err)
		}
		return User{}, err
	}
	if got.RefreshToken != "" {
		kept.Refresh = got.RefreshToken
	}
	id, told, err := s.readAgain(ctx, p, m, u, got, &kept)
	readAt := s.now()
	switch {
	case err == nil && told:
		u, err = s.enter(ctx, p, id, "")
	case err == nil:
		readAt = sess.ReadAt // from now on the browser is sent to the provider instead
	}
	if errs.Is(err, errs.Invalid) {
		_ = s.refuse(ctx, p, "", err) // the error it hands on is err
		return User{}, s.over(ctx, sess, "refused")
	}
	if err != nil {
		return User{}, err
	}
	tokens, err := s.fed.sealer.seal(kept, sess.sealedBeside())
	if err != nil {
		return User{}, fmt.Errorf("refresh session: %w", err)
	}
	if err := s.store.RenewSession(ctx, sess.Hash, tokens, told, readAt); err != nil {
		if errs.Is(err, errs.NotFound) { // signed out meanwhile
			return User{}, errs.New(errs.Unauthenticated, errs.Msg("auth.signed_out"))
		}
		return User{}, fmt.Errorf("refresh session: %w", err)
	}
	return u, nil
}

// readAgain reads who it is after a refresh; told is false when that does not tell the groups. Providers may leave the ID token out then; userinfo has to do, and where
// groups stand in the ID token only, the next time the browser is sent to the provider instead.
func (s *Service) readAgain(ctx context.Context, p *party, m *metadata, u User, got *oauth2.Token, kept *keptTokens) (id Identity, told bool, err error) {
	raw, _ := got.Extra("id_token").(string)
	tok := token{Subject: u.Subject, all: claimSet{}}
	if raw != "" {
		if tok, err = p.idToken(ctx, m, raw, "", got.AccessToken); err != nil {
			return Identity{}, false, err
		}
		if tok.Subject != u.Subject {
			return Identity{}, false, refusal("subject")
		}
		kept.ID = raw
	}
	if raw == "" && (m.userInfo == "" || kept.GroupsIn == "id") {
		return Identity{}, false, nil
	}
	read, err := p.read(ctx, m, tok, got.AccessToken)
	if err != nil {
		return Identity{}, false, err
	}
	kept.GroupsIn = read.groupsIn
	return read.identity, true, nil
}

// over ends a session for a reason that lies with its provider.
func (s *Service) over(ctx context.Context, sess Session, reason string) error {
	e := audit.Event{Action: audit.SessionEnd, Object: "provider:" + sess.Provider, Subject: sess.UserID}.With("reason", reason)
	err := s.store.DeleteSession(ctx, sess.Hash, e)
	s.cache.drop(sess.Hash)
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return errs.New(errs.Unauthenticated, errs.Msg("auth.signed_out"))
}
