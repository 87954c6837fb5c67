package auth

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/url"
	"strings"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
)

const (
	logoutEvent  = "http://schemas.openid.net/event/backchannel-logout"
	maxLogoutAge = 2 * time.Minute
	leaveFor     = 2 * time.Minute
	maxHint      = 6000 // bytes of an ID token in an address; longer ones are left out
)

// ProviderLogout takes the demand of a provider to end sessions: its logout token, from the form of the request.
// errs.Invalid with a Refusal as its cause for everything that is not a good one.
func (s *Service) ProviderLogout(ctx context.Context, key, contentType string, form url.Values, network string) error {
	p, err := s.party(key)
	if err != nil {
		return err
	}
	users, err := s.providerLogout(ctx, p, contentType, form)
	for _, id := range users {
		s.cache.dropUser(id)
	}
	return s.refuse(ctx, p, network, err)
}

func (s *Service) providerLogout(ctx context.Context, p *party, contentType string, form url.Values) ([]string, error) {
	if t, _, err := mime.ParseMediaType(contentType); err != nil || t != "application/x-www-form-urlencoded" {
		return nil, refusal("logout_form")
	}
	raw := form["logout_token"]
	if len(raw) != 1 || raw[0] == "" || len(raw[0]) > 64<<10 {
		return nil, refusal("logout_form")
	}
	m, err := p.metadata(ctx, rediscover, askFor)
	if err != nil {
		return nil, err
	}
	tok, h, err := p.verify(ctx, m, raw[0])
	if err != nil {
		return nil, err
	}
	var events map[string]json.RawMessage
	var event map[string]any
	switch {
	case !strings.EqualFold(h.Type, "logout+jwt") && !strings.EqualFold(h.Type, "application/logout+jwt"):
		return nil, refusal("token_type")
	case json.Unmarshal(tok.Events, &events) != nil || json.Unmarshal(events[logoutEvent], &event) != nil || event == nil:
		return nil, refusal("logout_event")
	case tok.Nonce != nil:
		return nil, refusal("logout_nonce")
	case s.now().Sub(tok.Issued.Time) > maxLogoutAge:
		return nil, refusal("issued_at")
	case tok.ID == "" || len(tok.ID) > 1024:
		return nil, refusal("token_id")
	case tok.Subject == "" && tok.SID == "":
		return nil, refusal("subject")
	}
	end := ProviderEnd{
		Provider: p.Key, Issuer: p.Issuer, Subject: tok.Subject, SID: tok.SID,
		Used: sha256.Sum256([]byte(p.Key + "\x00" + tok.ID)), Until: tok.Issued.Add(maxLogoutAge + 2*tolerance),
	}
	users, err := s.store.EndProviderSessions(ctx, end, s.now(), audit.Event{Action: audit.ProviderLogout, Object: "provider:" + p.Key})
	if errs.Is(err, errs.Conflict) {
		return nil, refusedBy("replayed", err)
	}
	if err != nil {
		return nil, fmt.Errorf("end sessions of provider: %w", err)
	}
	return users, nil
}

// Leaving is a sign-out that goes on at the provider.
type Leaving struct {
	Provider string // "" when there is nothing to do there
	Browser  string // the cookie for LeaveProvider
}

// SignOutProvider ends the session of a token here, and prepares to end the one at its provider. What fails about the
// provider keeps nobody from signing out.
func (s *Service) SignOutProvider(ctx context.Context, a access.Actor, token string) (Leaving, error) {
	out, err := s.leaving(ctx, token)
	if err != nil {
		s.log.WarnContext(ctx, "sign-out goes no further than here", "err", err)
	}
	return out, s.SignOut(ctx, a, token)
}

func (s *Service) leaving(ctx context.Context, token string) (Leaving, error) {
	hash, ok := hashToken(token)
	if !ok || s.fed == nil || s.fed.sealer == nil {
		return Leaving{}, nil
	}
	sess, _, err := s.store.SessionUser(ctx, hash)
	if err != nil || sess.Provider == "" {
		return Leaving{}, ignore(err, errs.NotFound)
	}
	p, err := s.party(sess.Provider)
	if err != nil {
		return Leaving{}, ignore(err, errs.NotFound)
	}
	if m := p.known(); m == nil || m.endURL == "" {
		return Leaving{}, nil
	}
	sealed, err := s.store.SessionTokens(ctx, hash)
	if err != nil {
		return Leaving{}, err
	}
	var kept keptTokens
	if err := s.fed.sealer.open(sealed, sess.sealedBeside(), &kept); err != nil {
		return Leaving{}, err
	}
	browser, bound := newToken()
	state := leaveState(browser)
	detail, err := s.fed.sealer.seal(flowDetail{IDToken: kept.ID, Began: s.now()}, state)
	if err != nil {
		return Leaving{}, err
	}
	f := Flow{State: state, Browser: bound, Provider: p.Key, Detail: detail, ExpiresAt: s.now().Add(leaveFor)}
	if err := s.store.CreateFlow(ctx, f, s.now()); err != nil {
		return Leaving{}, err
	}
	return Leaving{Provider: p.Key, Browser: browser}, nil
}

func ignore(err error, kind errs.Kind) error {
	if errs.Is(err, kind) {
		return nil
	}
	return err
}

// leaveState is the state of the sign-out of a browser: nothing comes back from the provider that could name it.
func leaveState(browser string) Hash { return sha256.Sum256([]byte("leave " + browser)) }

// LeaveProvider gives the address that ends the session at the provider, once; errs.NotFound when there is none.
func (s *Service) LeaveProvider(ctx context.Context, browser string) (string, error) {
	if _, ok := hashToken(browser); !ok || s.fed == nil || s.fed.sealer == nil {
		return "", errs.New(errs.NotFound, errs.Message{})
	}
	state := leaveState(browser)
	f, err := s.store.UseFlow(ctx, state, s.now())
	if err != nil {
		return "", fmt.Errorf("leave provider: %w", err)
	}
	p, err := s.party(f.Provider)
	if err != nil {
		return "", err
	}
	var d flowDetail
	if err := s.fed.sealer.open(f.Detail, state, &d); err != nil {
		return "", err
	}
	m := p.known()
	if m == nil || m.endURL == "" {
		return "", errs.New(errs.NotFound, errs.Message{})
	}
	u, err := url.Parse(m.endURL)
	if err != nil {
		return "", errors.New("the provider's address to sign out at cannot be read")
	}
	q := u.Query()
	q.Set("client_id", p.ClientID)
	q.Set("post_logout_redirect_uri", s.fed.BaseURL+AfterLogoutPath)
	if d.IDToken != "" && len(d.IDToken) <= maxHint {
		q.Set("id_token_hint", d.IDToken)
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// AfterLogoutPath is where providers send people whose session they have ended.
const AfterLogoutPath = "/login"
