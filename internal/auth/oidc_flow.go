package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"lernraum/internal/audit"
	"lernraum/internal/errs"
)

const flowFor = 10 * time.Minute

// CallbackPath is where providers send people back to.
const CallbackPath = "/auth/callback"

// Start is the wish to sign in at a provider.
type Start struct {
	Provider string
	Back     string // where to go afterwards
	Browser  string // the cookie the browser has from an earlier start, "" for none
	Fresh    bool   // the person is to show anew who they are
	UserID   string // the account that is signed in, with Fresh: nobody else may come back
	Renew    *Renew // the session that is to be renewed without asking the person
}

// Renew is the cause of errs.Unauthenticated when a session goes on as soon as the browser has been at the provider.
type Renew struct {
	Provider string
	UserID   string    // the account of the session: nobody else may come back
	Until    time.Time // the end of the session, which stays
}

func (r Renew) Error() string { return "groups are to be read again at " + r.Provider }

// flowDetail is what is remembered of a flow, sealed.
type flowDetail struct {
	Nonce    string    `json:"n"`
	Verifier string    `json:"v"`
	Back     string    `json:"b"`
	Fresh    bool      `json:"f,omitzero"`
	Silent   bool      `json:"s,omitzero"`
	Until    time.Time `json:"u,omitzero"`
	UserID   string    `json:"a,omitzero"`
	Began    time.Time `json:"t"`
	IDToken  string    `json:"i,omitzero"` // of a session that is to be ended at the provider
}

// StartSignIn gives the address at the provider to send the browser to, and the value of the cookie that binds what
// comes back to this browser. errs.NotFound for an unknown provider, errs.Unavailable for one that is away.
func (s *Service) StartSignIn(ctx context.Context, st Start) (location, browser string, err error) {
	p, err := s.party(st.Provider)
	if err != nil {
		return "", "", err
	}
	m, err := p.metadata(ctx, rediscover, askFor)
	if err != nil {
		return "", "", err
	}
	browser = st.Browser
	bound, ok := hashToken(browser)
	if !ok {
		browser, bound = newToken()
	}
	state, stateHash := newToken()
	nonce, _ := newToken()
	d := flowDetail{Nonce: nonce, Verifier: oauth2.GenerateVerifier(), Back: SafeReturnPath(st.Back), Fresh: st.Fresh, Began: s.now()}
	maxAge, prompt := int(s.max/time.Second), p.Prompt
	switch {
	case st.Renew != nil && st.Renew.Provider == p.Key:
		d.Silent, d.Until, d.UserID, prompt = true, st.Renew.Until, st.Renew.UserID, "none"
	case st.Fresh:
		d.UserID, maxAge, prompt = st.UserID, 0, "login"
	}
	detail, err := s.fed.sealer.seal(d, stateHash)
	if err != nil {
		return "", "", fmt.Errorf("start sign-in: %w", err)
	}
	f := Flow{State: stateHash, Browser: bound, Provider: p.Key, Detail: detail, ExpiresAt: s.now().Add(flowFor)}
	if err := s.store.CreateFlow(ctx, f, s.now()); err != nil {
		return "", "", fmt.Errorf("start sign-in: %w", err)
	}
	options := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(d.Verifier), oidc.Nonce(nonce), oauth2.SetAuthURLParam("max_age", strconv.Itoa(maxAge)),
	}
	if prompt != "" {
		options = append(options, oauth2.SetAuthURLParam("prompt", prompt))
	}
	return s.oauth(p, m).AuthCodeURL(state, options...), browser, nil
}

func (s *Service) oauth(p *party, m *metadata) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret.text, Endpoint: m.endpoint, Scopes: p.Scopes, RedirectURL: s.fed.BaseURL + CallbackPath,
	}
}

// Answer is what a browser brings back from a provider.
type Answer struct {
	Query   url.Values
	Browser string // the cookie of the start
	Network string
}

// SignedIn is a sign-in that has come to its end.
type SignedIn struct {
	Token   string
	Session Session
	Back    string
	Again   string // the provider to sign in at with the person: it could not be done without
}

// FinishSignIn takes what a browser brings back from a provider and starts a session. Every refusal is errs.Invalid
// with a Refusal as its cause and is recorded; errs.Unavailable when the provider cannot be reached.
func (s *Service) FinishSignIn(ctx context.Context, a Answer) (SignedIn, error) {
	p, d, err := s.takeFlow(ctx, a)
	if err != nil {
		return SignedIn{}, s.refuse(ctx, p, a.Network, err)
	}
	out, err := s.finish(ctx, p, d, a)
	if err != nil {
		if code, ok := errors.AsType[providerError](err); ok && d.Silent {
			s.log.DebugContext(ctx, "provider wants to see the person", "provider", p.Key, "error", string(code))
			return SignedIn{Again: p.Key, Back: d.Back}, nil
		}
		return SignedIn{}, s.refuse(ctx, p, a.Network, err)
	}
	return out, nil
}

// takeFlow finds the flow an answer belongs to and uses it up.
func (s *Service) takeFlow(ctx context.Context, a Answer) (*party, flowDetail, error) {
	for _, name := range []string{"state", "code", "error", "iss"} {
		if len(a.Query[name]) > 1 {
			return nil, flowDetail{}, refusal("repeated_parameter")
		}
	}
	state, ok := hashToken(a.Query.Get("state"))
	if !ok || s.fed == nil || s.fed.sealer == nil {
		return nil, flowDetail{}, refusal("flow")
	}
	f, err := s.store.UseFlow(ctx, state, s.now())
	if errs.Is(err, errs.NotFound) {
		return nil, flowDetail{}, refusedBy("flow", err)
	}
	if err != nil {
		return nil, flowDetail{}, fmt.Errorf("find sign-in: %w", err)
	}
	p, err := s.party(f.Provider)
	if err != nil { // it was taken out of the file meanwhile
		return nil, flowDetail{}, refusedBy("flow", err)
	}
	if bound, ok := hashToken(a.Browser); !ok || subtle.ConstantTimeCompare(bound[:], f.Browser[:]) != 1 {
		return p, flowDetail{}, refusal("browser")
	}
	var d flowDetail
	if err := s.fed.sealer.open(f.Detail, state, &d); err != nil || d.Nonce == "" {
		return p, flowDetail{}, refusedBy("flow", err)
	}
	return p, d, nil
}

// providerError is the error code a provider sends back.
type providerError string

func (e providerError) Error() string { return "the provider says " + string(e) }

var errorCode = regexp.MustCompile(`^[a-z_]{1,60}$`)

func (s *Service) finish(ctx context.Context, p *party, d flowDetail, a Answer) (SignedIn, error) {
	m, err := p.metadata(ctx, rediscover, askFor)
	if err != nil {
		return SignedIn{}, err
	}
	if iss, given := a.Query["iss"]; given && iss[0] != p.Issuer || m.issParam && !given {
		return SignedIn{}, refusal("issuer_parameter")
	}
	if a.Query.Has("error") {
		code := a.Query.Get("error")
		if !errorCode.MatchString(code) {
			code = "unreadable"
		}
		if code == "access_denied" {
			return SignedIn{}, refusedBy("denied", providerError(code))
		}
		return SignedIn{}, refusedBy("provider_error", providerError(code))
	}
	code := a.Query.Get("code")
	if code == "" || len(code) > 8192 {
		return SignedIn{}, refusal("code")
	}
	got, err := s.oauth(p, m).Exchange(s.asking(ctx), code, oauth2.VerifierOption(d.Verifier))
	if err != nil {
		return SignedIn{}, p.tokenError(err, "exchange")
	}
	raw, _ := got.Extra("id_token").(string)
	if raw == "" {
		return SignedIn{}, refusal("no_id_token")
	}
	tok, err := p.idToken(ctx, m, raw, d.Nonce, got.AccessToken)
	if err != nil {
		return SignedIn{}, err
	}
	confirmed, err := s.provenAt(tok, d)
	if err != nil {
		return SignedIn{}, err
	}
	if err := s.samePerson(ctx, p, d, tok); err != nil {
		return SignedIn{}, err
	}
	read, err := p.read(ctx, m, tok, got.AccessToken)
	if err != nil {
		return SignedIn{}, err
	}
	u, err := s.enter(ctx, p, read.identity, a.Network)
	if err != nil {
		return SignedIn{}, err
	}
	sess := Session{UserID: u.ID, Provider: p.Key, SID: sidOf(tok.SID), ReadAt: s.now(), ConfirmedAt: confirmed}
	if d.Silent {
		sess.ExpiresAt = d.Until
	}
	return s.startAtProvider(ctx, sess, keptTokens{Refresh: got.RefreshToken, ID: raw, GroupsIn: read.groupsIn}, d.Back, a.Network)
}

// asking is a context for package oauth2, which takes its client from there.
func (s *Service) asking(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, s.fed.parties[0].client)
}

// tokenError makes an error of what the token endpoint answered; its body goes nowhere, since tokens could be in it.
func (p *party) tokenError(err error, reason string) error {
	r, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		if _, ok := errors.AsType[*url.Error](err); ok {
			return p.away(err)
		}
		return refusedBy(reason, errors.New("the answer of the token endpoint cannot be read"))
	}
	code := r.ErrorCode
	if !errorCode.MatchString(code) {
		code = "unreadable"
	}
	if r.Response != nil && (r.Response.StatusCode >= 500 || r.Response.StatusCode == http.StatusTooManyRequests) {
		return p.away(providerError(code))
	}
	return refusedBy(reason, providerErrorAt(code))
}

// providerErrorAt is an error code of the token endpoint: unlike one in the browser, no reason to ask the person.
type providerErrorAt string

func (e providerErrorAt) Error() string { return "the token endpoint says " + string(e) }

// samePerson refuses somebody else where an account was to go on: at a provider the browser may be another person by now,
// and nobody is to become them without noticing.
func (s *Service) samePerson(ctx context.Context, p *party, d flowDetail, tok token) error {
	if d.UserID == "" {
		return nil
	}
	u, err := s.store.User(ctx, d.UserID)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return fmt.Errorf("compare account: %w", err)
	}
	if err != nil || u.Issuer != p.Issuer || u.Subject != tok.Subject {
		return refusal("other_person")
	}
	return nil
}

// provenAt tells when the person showed who they are; zero when the provider does not say.
func (s *Service) provenAt(tok token, d flowDetail) (time.Time, error) {
	if tok.AuthTime == nil {
		if d.Fresh {
			return time.Time{}, refusal("auth_time")
		}
		return time.Time{}, nil
	}
	at, now := tok.AuthTime.Time, s.now()
	if at.After(now.Add(tolerance)) || now.Sub(at) > s.max+flowFor || d.Fresh && at.Before(d.Began.Add(-tolerance)) {
		return time.Time{}, refusal("auth_time")
	}
	if at.After(now) {
		at = now
	}
	return at, nil
}

// sidOf keeps what providers call their sessions, as far as it is sane.
func sidOf(sid string) string {
	if len(sid) > maxSubject || strings.ContainsFunc(sid, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return ""
	}
	return sid
}

// keptTokens is what a session keeps of a provider's tokens, sealed. The access token is not among it.
type keptTokens struct {
	Refresh  string `json:"r,omitzero"`
	ID       string `json:"i,omitzero"`
	GroupsIn string `json:"g,omitzero"`
}

// sealedBeside is what the tokens of a session are sealed for. Its hash would change with each confirmation.
func (se Session) sealedBeside() Hash { return sha256.Sum256([]byte("session " + se.ID)) }

func (s *Service) startAtProvider(ctx context.Context, sess Session, kept keptTokens, back, network string) (SignedIn, error) {
	token, hash := newToken()
	sess.ID = newSessionID()
	tokens, err := s.fed.sealer.seal(kept, sess.sealedBeside())
	if err != nil {
		return SignedIn{}, fmt.Errorf("start session: %w", err)
	}
	now := s.now()
	sess.Hash, sess.CreatedAt, sess.SeenAt, sess.Tokens, sess.Refreshable = hash, now, now, tokens, kept.Refresh != ""
	if end := now.Add(s.max); sess.ExpiresAt.IsZero() || sess.ExpiresAt.After(end) {
		sess.ExpiresAt = end
	}
	e := audit.Event{Action: audit.SignIn, Object: "instance", Actor: sess.UserID, Network: network}.With("provider", sess.Provider)
	if err := s.store.CreateSession(ctx, sess, e); err != nil {
		return SignedIn{}, fmt.Errorf("start session: %w", err)
	}
	return SignedIn{Token: token, Session: sess, Back: back}, nil
}
