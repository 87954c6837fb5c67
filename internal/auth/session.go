package auth

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
)

// SessionStore keeps what people see and end of their sessions. The rules of Store hold.
type SessionStore interface {
	// SessionsOf lists the sessions of an account, the one used last first; it does not judge whether they have ended.
	SessionsOf(ctx context.Context, userID string) ([]Session, error)
	// SessionByID loads one session by what it is ended by.
	SessionByID(ctx context.Context, id string) (Session, error)
	// DeleteOtherSessions ends all sessions of an account but one.
	DeleteOtherSessions(ctx context.Context, userID string, keep Hash, events ...audit.Event) error
	// DescribeSession keeps from where a session is used; no error when it has gone meanwhile.
	DescribeSession(ctx context.Context, hash Hash, device, network string) error
	// ConfirmSession gives a session a new token and keeps when it was confirmed; NotFound when it has gone.
	ConfirmSession(ctx context.Context, hash, next Hash, at time.Time, events ...audit.Event) error
}

// sureFor is how long after somebody showed who they are sensitive acts need no further proof.
const sureFor = 5 * time.Minute

// newSessionID makes what a session is named by where it is listed and ended; it opens nothing.
func newSessionID() string { return hex.EncodeToString(randomBytes(8)) }

// Sessions lists the sessions of an account that have not ended, the one used last first: a person's own, an
// administrator anybody's. Their hashes and the tokens of providers are left out.
func (s *Service) Sessions(ctx context.Context, a access.Actor, userID string) ([]Session, error) {
	if err := ownOrAdmin(a, userID); err != nil {
		return nil, err
	}
	all, err := s.store.SessionsOf(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	now := s.now()
	var live []Session
	for _, se := range all {
		if now.Before(s.end(se)) {
			se.Hash = Hash{}
			live = append(live, se)
		}
	}
	return live, nil
}

// CurrentSession is the session of a token; errs.Unauthenticated when there is none.
func (s *Service) CurrentSession(ctx context.Context, token string) (Session, error) {
	hash, ok := hashToken(token)
	if !ok {
		return Session{}, errs.New(errs.Unauthenticated, errs.Msg("auth.signed_out"))
	}
	se, u, err := s.store.SessionUser(ctx, hash)
	switch {
	case errs.Is(err, errs.NotFound), err == nil && (u.Disabled || !s.now().Before(s.end(se))):
		return Session{}, errs.New(errs.Unauthenticated, errs.Msg("auth.signed_out"))
	case err != nil:
		return Session{}, fmt.Errorf("look up session: %w", err)
	}
	return se, nil
}

// EndSession ends one session by its id and tells whose it was: a person their own, an administrator anybody's.
// errs.NotFound.
func (s *Service) EndSession(ctx context.Context, a access.Actor, id string) (userID string, err error) {
	if id == "" {
		return "", errs.New(errs.NotFound, errs.Message{})
	}
	se, err := s.store.SessionByID(ctx, id)
	if err != nil {
		return "", fmt.Errorf("find session: %w", err)
	}
	if err := ownOrAdmin(a, se.UserID); err != nil {
		return "", err
	}
	err = s.store.DeleteSession(ctx, se.Hash, event(audit.SessionEnd, a, se.UserID))
	s.cache.drop(se.Hash)
	if err != nil {
		return "", fmt.Errorf("end session: %w", err)
	}
	return se.UserID, nil
}

// EndOtherSessions ends all sessions of the actor but the one of the token.
func (s *Service) EndOtherSessions(ctx context.Context, a access.Actor, token string) error {
	hash, ok := hashToken(token)
	if !ok || !own(a, a.UserID) {
		return errs.New(errs.Unauthenticated, errs.Msg("auth.signed_out"))
	}
	err := s.store.DeleteOtherSessions(ctx, a.UserID, hash, event(audit.SessionEnd, a, a.UserID))
	s.cache.dropUser(a.UserID)
	if err != nil {
		return fmt.Errorf("end other sessions: %w", err)
	}
	return nil
}

// DescribeSession keeps from where a session is used, so that its owner recognises it: the family of browser and
// system, and the address without its end. A session that cannot be described works all the same.
func (s *Service) DescribeSession(ctx context.Context, token, userAgent, network string) {
	hash, ok := hashToken(token)
	if !ok {
		return
	}
	if err := s.store.DescribeSession(ctx, hash, deviceOf(userAgent), shortNetwork(network)); err != nil {
		s.log.WarnContext(ctx, "describe session", "err", err)
	}
}

// shortNetwork leaves of an address what tells "at work" from "at home": /24 for IPv4, /48 for IPv6.
func shortNetwork(addr string) string {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return ""
	}
	ip = ip.Unmap().WithZone("")
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

// Sure reports whether the person of a session has shown who they are within the last minutes.
func (s *Service) Sure(ctx context.Context, token string) (bool, error) {
	se, err := s.CurrentSession(ctx, token)
	if err != nil {
		return false, err
	}
	age := s.now().Sub(se.ConfirmedAt)
	return age >= 0 && age < sureFor, nil
}

// ConfirmWay is how a person shows again who they are.
type ConfirmWay string

// The ways. ConfirmAnew is left to accounts that have neither a password nor a provider: sign out and in again.
const (
	ConfirmPassword ConfirmWay = "password"
	ConfirmProvider ConfirmWay = "provider"
	ConfirmDemo     ConfirmWay = "demo" // one click, in the demo only
	ConfirmAnew     ConfirmWay = "anew"
)

// ConfirmBy tells how an actor confirms their session, and by which provider.
func (s *Service) ConfirmBy(ctx context.Context, a access.Actor) (ConfirmWay, string, error) {
	u, err := s.store.User(ctx, a.UserID)
	switch {
	case err != nil:
		return "", "", fmt.Errorf("how to confirm: %w", err)
	case u.PasswordHash != "":
		return ConfirmPassword, "", nil
	case s.demo:
		return ConfirmDemo, "", nil
	case u.Provider != "":
		return ConfirmProvider, u.Provider, nil
	}
	return ConfirmAnew, "", nil
}

// Confirm lets a person show again who they are, with their password or, in the demo, with a click. The session gets a
// new token, which takes the place of the old in the cookie. errs.Invalid with the field "confirm" for a wrong password,
// with Throttled as the cause when it is time to wait.
func (s *Service) Confirm(ctx context.Context, a access.Actor, token, password, network string) (string, Session, error) {
	if !own(a, a.UserID) {
		return "", Session{}, errs.New(errs.Unauthenticated, errs.Msg("auth.signed_out"))
	}
	way, _, err := s.ConfirmBy(ctx, a)
	if err != nil {
		return "", Session{}, err
	}
	switch way {
	case ConfirmDemo:
	case ConfirmPassword:
		if err := s.again(ctx, a, password, network); err != nil {
			return "", Session{}, err
		}
	default:
		return "", Session{}, errs.New(errs.NotFound, errs.Message{})
	}
	return s.confirmed(ctx, a, token)
}

// again checks the password of a person who is signed in, under a throttle of its own.
func (s *Service) again(ctx context.Context, a access.Actor, password, network string) error {
	u, err := s.store.User(ctx, a.UserID)
	if err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	done, err := s.throttle.begin(s.now(), u.Login, "account "+u.ID)
	if err == nil {
		_, err = s.check(ctx, u.Login, password)
		done(s.now(), errors.Is(err, errWrong))
	}
	wait, throttled := errors.AsType[Throttled](err)
	if throttled || errors.Is(err, errWrong) {
		reason, m := "credentials", errs.Msg("auth.confirm_wrong")
		if throttled {
			reason, m = "throttled", errs.Msg("auth.throttled", "Count", int(wait.Wait/time.Second))
		}
		e := event(audit.SessionConfirm, a, "").With("reason", reason)
		e.Network = network
		s.refused(ctx, e)
		return &errs.Error{Kind: errs.Invalid, Op: "confirm", Msg: m, Cause: err, Fields: []errs.Field{{Name: "confirm", Msg: m}}}
	}
	if err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	return nil
}

func (s *Service) confirmed(ctx context.Context, a access.Actor, token string) (string, Session, error) {
	se, err := s.CurrentSession(ctx, token)
	if err != nil {
		return "", Session{}, err
	}
	if se.UserID != a.UserID {
		return "", Session{}, errs.New(errs.Unauthenticated, errs.Msg("auth.signed_out"))
	}
	old := se.Hash
	fresh, hash := newToken()
	se.Hash, se.ConfirmedAt = hash, s.now()
	err = s.store.ConfirmSession(ctx, old, hash, se.ConfirmedAt, event(audit.SessionConfirm, a, ""))
	s.cache.drop(old)
	if err != nil {
		return "", Session{}, fmt.Errorf("confirm session: %w", err)
	}
	return fresh, se, nil
}
