package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/time/rate"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
)

// Options are the settings of a Service. Zero values take the defaults.
type Options struct {
	Idle   time.Duration    // a session ends this long after it was last used; default 8 h
	Max    time.Duration    // a session ends this long after the sign-in in any case; default 12 h
	Demo   bool             // allow SignInAs
	Params Params           // cost of password hashes
	Now    func() time.Time // default time.Now
	Log    *slog.Logger     // default: nothing
}

const (
	defaultIdle = 8 * time.Hour
	defaultMax  = 12 * time.Hour
	touchEvery  = 5 * time.Minute
)

// Service signs people in and out and knows who a session belongs to. It is safe for concurrent use and starts
// no goroutines.
type Service struct {
	store    Store
	idle     time.Duration
	max      time.Duration
	demo     bool
	now      func() time.Time
	log      *slog.Logger
	hasher   *hasher
	throttle *throttle
	cache    *cache
	// tokenPace bounds requests with one API token, tokenMiss wrong tokens from one network.
	tokenPace, tokenMiss *pace
	refusals             *pace       // of refusals that are recorded, for one network
	fed                  *federation // nil without identity providers
}

// New makes a Service over a store.
func New(store Store, o Options) *Service {
	if o.Idle == 0 {
		o.Idle = defaultIdle
	}
	if o.Max == 0 {
		o.Max = defaultMax
	}
	if o.Params == (Params{}) {
		o.Params = DefaultParams()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		store: store, idle: o.Idle, max: o.Max, demo: o.Demo, now: o.Now, log: o.Log,
		hasher: newHasher(o.Params), throttle: newThrottle(), cache: newCache(),
		tokenPace: newPace(tokenRate, tokenBurst), tokenMiss: newPace(rate.Every(missEvery), missBurst), refusals: newPace(rate.Every(missEvery), missBurst),
	}
}

// SignIn checks login and password and starts a session. The token goes into the cookie and nowhere else. A
// wrong login, a wrong password and a disabled account give one and the same answer after the same work;
// network is the address of the client, for the throttle. errs.Invalid in all these cases, with Throttled as
// the cause when it is time to wait.
func (s *Service) SignIn(ctx context.Context, login, password, network string) (string, Session, error) {
	if !s.Passwords() {
		return "", Session{}, errs.New(errs.Invalid, errs.Msg("auth.passwords_off"))
	}
	login = NormalLogin(login)
	done, err := s.throttle.begin(s.now(), login, network)
	if err != nil {
		s.refusedAgain(ctx, audit.Event{Action: audit.SignIn, Object: "instance", Network: network}.With("reason", "throttled"))
		return "", Session{}, err
	}
	u, err := s.check(ctx, login, password)
	// A failure of ours is no guess of theirs.
	done(s.now(), errors.Is(err, errWrong))
	if errors.Is(err, errWrong) {
		s.refused(ctx, audit.Event{Action: audit.SignIn, Object: "instance", Network: network}.With("reason", "credentials"))
		return "", Session{}, &errs.Error{Kind: errs.Invalid, Op: "sign in", Msg: errs.Msg("auth.wrong"), Cause: err}
	}
	if err != nil {
		return "", Session{}, fmt.Errorf("sign in: %w", err)
	}
	token, sess, err := s.start(ctx, u.ID, network)
	if err != nil {
		return "", Session{}, err
	}
	// A password that was changed, or an account that was closed, between the check and the session: whoever
	// did it has already ended all sessions, so this one must not outlive it.
	fresh, err := s.store.User(ctx, u.ID)
	if err == nil && fresh.PasswordHash != u.PasswordHash {
		_, err = s.check(ctx, login, password)
	}
	if err != nil || fresh.Disabled {
		if err := s.store.DeleteSession(ctx, sess.Hash); err != nil {
			return "", Session{}, fmt.Errorf("sign in: take back session: %w", err)
		}
		return "", Session{}, &errs.Error{Kind: errs.Invalid, Op: "sign in: account changed meanwhile", Msg: errs.Msg("auth.wrong"), Cause: err}
	}
	return token, sess, nil
}

// refused records what was refused. A log that cannot be written is no reason to answer anything else.
func (s *Service) refused(ctx context.Context, e audit.Event) {
	e = e.Refuse()
	s.log.WarnContext(ctx, "refused", "action", e.Action, "reason", e.Detail["reason"])
	if err := s.store.Record(ctx, e); err != nil {
		s.log.WarnContext(ctx, "record audit event", "err", err)
	}
}

// refusedAgain is refused for what costs whoever does it nothing: of a flood from one network only the beginning is
// recorded, since an entry costs a write and stays for years.
func (s *Service) refusedAgain(ctx context.Context, e audit.Event) {
	if s.refusals.take(keyOf(networkOf(e.Network)), s.now()) == 0 {
		s.refused(ctx, e)
	}
}

var errWrong = errors.New("wrong login or password")

// check gives the account for a login and its password, or errWrong after the same work.
func (s *Service) check(ctx context.Context, login, password string) (User, error) {
	var u User
	err := errs.New(errs.NotFound, errs.Message{})
	if validLogin(login) {
		found, ferr := s.store.UserByLogin(ctx, login)
		if ferr != nil && !errs.Is(ferr, errs.NotFound) {
			return User{}, fmt.Errorf("look up login: %w", ferr)
		}
		if ferr == nil {
			u, err = found, nil
		}
	}
	if len(password) > MaxPassword {
		password, u.PasswordHash = "", "" // the dummy matches nothing
	}
	ok, outdated, verr := s.hasher.verify(ctx, u.PasswordHash, normalPassword(password))
	if verr != nil {
		return User{}, fmt.Errorf("check password: %w", verr)
	}
	if err != nil || !ok || u.Disabled {
		return User{}, errWrong
	}
	if outdated {
		u.PasswordHash = s.rehash(ctx, u, password)
	}
	return u, nil
}

// rehash stores a right password at today's cost and gives the hash that is stored afterwards. It is no reason
// to refuse a sign-in, so errors are only logged.
func (s *Service) rehash(ctx context.Context, u User, password string) string {
	h, err := s.hasher.hash(ctx, normalPassword(password))
	if err == nil {
		var now User
		// Not over a password that was set meanwhile.
		if now, err = s.store.User(ctx, u.ID); err == nil && now.PasswordHash == u.PasswordHash {
			if err = s.store.SetPassword(ctx, u.ID, h); err == nil {
				return h
			}
		}
	}
	if err != nil {
		s.log.WarnContext(ctx, "renew password hash", "err", err)
	}
	return u.PasswordHash
}

// SignInAs starts a session without a password. It exists for the demo, where visitors click a role, and is
// refused as not found in every other instance.
func (s *Service) SignInAs(ctx context.Context, userID string) (string, Session, error) {
	if !s.demo {
		return "", Session{}, errs.New(errs.NotFound, errs.Message{})
	}
	u, err := s.store.User(ctx, userID)
	if err != nil {
		return "", Session{}, fmt.Errorf("sign in as: %w", err)
	}
	if u.Disabled {
		return "", Session{}, errs.New(errs.NotFound, errs.Message{})
	}
	return s.start(ctx, u.ID, "")
}

// start makes a session with a fresh token; network is the address of the client, for the audit log.
func (s *Service) start(ctx context.Context, userID, network string) (string, Session, error) {
	return s.startBy(ctx, userID, network, "")
}

// startBy is start with a word for how the person signed in, where that is not the usual way.
func (s *Service) startBy(ctx context.Context, userID, network, way string) (string, Session, error) {
	token, hash := newToken()
	now := s.now()
	sess := Session{
		Hash: hash, UserID: userID, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(s.max), ID: newSessionID(), ConfirmedAt: now,
	}
	e := audit.Event{Action: audit.SignIn, Object: "instance", Actor: userID, Network: network}
	if way != "" {
		e = e.With("by", way)
	}
	if err := s.store.CreateSession(ctx, sess, e); err != nil {
		return "", Session{}, fmt.Errorf("start session: %w", err)
	}
	return token, sess, nil
}

// SignOut ends the actor's session of a token. A token that belongs to no session is no error.
func (s *Service) SignOut(ctx context.Context, a access.Actor, token string) error {
	hash, ok := hashToken(token)
	if !ok {
		return nil
	}
	err := s.store.DeleteSession(ctx, hash, audit.Event{Action: audit.SignOut, Object: "instance", Actor: a.UserID})
	s.cache.drop(hash)
	if err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return nil
}

// SignOutAll ends all sessions of an account: a person their own, an administrator anybody's.
func (s *Service) SignOutAll(ctx context.Context, a access.Actor, userID string) error {
	if err := ownOrAdmin(a, userID); err != nil {
		return err
	}
	return s.endSessions(ctx, a, userID)
}

func (s *Service) endSessions(ctx context.Context, a access.Actor, userID string) error {
	err := s.store.DeleteSessionsOf(ctx, userID, audit.Event{Action: audit.SessionEnd, Object: "instance", Actor: a.UserID, Subject: userID})
	s.cache.dropUser(userID)
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// CleanUp removes sessions that have ended, and tokens that were over long ago; to be called from time to time.
func (s *Service) CleanUp(ctx context.Context) (int, error) {
	now := s.now()
	n, err := s.store.DeleteExpiredSessions(ctx, now, now.Add(-s.idle))
	if err != nil {
		return 0, fmt.Errorf("remove ended sessions: %w", err)
	}
	if _, err := s.store.DeleteExpiredTokens(ctx, now.Add(-keepExpired)); err != nil {
		return n, fmt.Errorf("remove tokens that are over: %w", err)
	}
	return n, nil
}

// A token is 256 random bits in URL-safe base64.
const tokenBytes = 32

func newToken() (string, Hash) {
	token := base64.RawURLEncoding.EncodeToString(randomBytes(tokenBytes))
	return token, sha256.Sum256([]byte(token))
}

// hashToken gives what a token is stored as; ok is false for what cannot be one.
func hashToken(token string) (h Hash, ok bool) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return h, false
	}
	return sha256.Sum256([]byte(token)), true
}
