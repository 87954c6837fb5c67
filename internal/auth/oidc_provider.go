package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"lernraum/internal/errs"
)

const (
	askFor        = 10 * time.Second // longest time for one request to a provider
	rediscover    = time.Hour        // metadata are read again after this time
	retryDiscover = 10 * time.Second // and after a failure
	refetchKeys   = time.Minute      // keys are read again at most once in this time
)

// party is a provider at work: what is configured and what it says about itself.
type party struct {
	Provider
	client *http.Client
	now    func() time.Time
	log    *slog.Logger

	mu      sync.Mutex
	meta    *metadata     // the last good one
	gate    *keyGate      // of meta's keys
	tried   time.Time     // when it was last asked for
	failed  error         // how that ended
	pending chan struct{} // closed when the asking that is under way ends
}

// metadata is what a provider says about itself.
type metadata struct {
	endpoint  oauth2.Endpoint
	userInfo  string
	endURL    string // "" when sessions cannot be ended there
	jwks      string
	issParam  bool // every answer names the issuer
	verifier  *oidc.IDTokenVerifier
	fetchedAt time.Time
}

// known gives the last good metadata without asking, nil when there are none.
func (p *party) known() *metadata {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.meta
}

// metadata gives what the provider says about itself, asking where that is not known or older than maxAge. A provider
// that is away is answered from memory where that is possible; else errs.Unavailable.
func (p *party) metadata(ctx context.Context, maxAge, wait time.Duration) (*metadata, error) {
	p.mu.Lock()
	now := p.now()
	fresh := p.meta != nil && now.Sub(p.meta.fetchedAt) < maxAge
	justFailed := p.failed != nil && now.Sub(p.tried) < retryDiscover
	pending := p.pending
	if fresh || justFailed || pending != nil && p.meta != nil {
		defer p.mu.Unlock()
		return p.answer()
	}
	if pending != nil {
		p.mu.Unlock()
		select {
		case <-pending:
		case <-ctx.Done():
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.answer()
	}
	done := make(chan struct{})
	p.pending, p.tried = done, now
	p.mu.Unlock()

	// Whoever asks first asks for all: their going away is no failure of the provider.
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), wait)
	defer cancel()
	meta, err := p.discover(asking)

	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.meta = meta
	} else {
		p.log.WarnContext(ctx, "identity provider is not reachable or not usable", "provider", p.Key, "err", err)
	}
	p.failed, p.pending = err, nil
	close(done)
	return p.answer()
}

// answer is the outcome of the last asking; the caller holds the lock.
func (p *party) answer() (*metadata, error) {
	if p.meta != nil {
		return p.meta, nil
	}
	return nil, p.away(p.failed)
}

// away says that the provider cannot be reached.
func (p *party) away(cause error) error {
	return &errs.Error{Kind: errs.Unavailable, Op: "ask provider " + p.Key, Msg: errs.Msg("auth.provider_away"), Cause: cause}
}

// reachable tells whether the provider answered when it was last asked, asking where that is a minute ago.
func (p *party) reachable(ctx context.Context) bool {
	if _, err := p.metadata(ctx, time.Minute, 2*time.Second); err != nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed == nil
}

func (p *party) discover(ctx context.Context) (*metadata, error) {
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.Issuer)
	if err != nil {
		return nil, fmt.Errorf("discover: %w", shortened(err))
	}
	var doc struct {
		JWKS       string   `json:"jwks_uri"`
		EndSession string   `json:"end_session_endpoint"`
		IssParam   bool     `json:"authorization_response_iss_parameter_supported"`
		Methods    []string `json:"token_endpoint_auth_methods_supported"`
		Challenges []string `json:"code_challenge_methods_supported"`
	}
	if err := found.Claims(&doc); err != nil {
		return nil, fmt.Errorf("discover: %w", err)
	}
	m := &metadata{
		endpoint: found.Endpoint(), userInfo: found.UserInfoEndpoint(), endURL: doc.EndSession, jwks: doc.JWKS, issParam: doc.IssParam, fetchedAt: p.now(),
	}
	for name, addr := range map[string]string{
		"authorization_endpoint": m.endpoint.AuthURL, "token_endpoint": m.endpoint.TokenURL, "jwks_uri": m.jwks, "userinfo_endpoint": m.userInfo, "end_session_endpoint": m.endURL,
	} {
		if optional := name == "userinfo_endpoint" || name == "end_session_endpoint"; optional && addr == "" {
			continue
		}
		if err := p.usable(addr); err != nil {
			return nil, fmt.Errorf("discover: %s: %w", name, err)
		}
	}
	if doc.Challenges != nil && !slices.Contains(doc.Challenges, "S256") {
		return nil, errors.New("discover: the provider cannot do PKCE with S256")
	}
	// The way is chosen, not tried out: a failed attempt would use the code up.
	m.endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if doc.Methods != nil && !slices.Contains(doc.Methods, "client_secret_basic") {
		m.endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.meta != nil && p.meta.jwks == m.jwks {
		m.verifier = p.meta.verifier // with the keys it has
		return m, nil
	}
	p.gate = &keyGate{next: p.client.Transport, now: p.now}
	gated := *p.client
	gated.Transport = p.gate
	keys := keySet{oidc.NewRemoteKeySet(oidc.ClientContext(context.WithoutCancel(ctx), &gated), m.jwks)}
	// What a token says is judged in idToken, each point with its own reason and the tolerance we want.
	m.verifier = oidc.NewVerifier(p.Issuer, keys, &oidc.Config{
		SupportedSigningAlgs: algorithms(), SkipClientIDCheck: true, SkipExpiryCheck: true, SkipIssuerCheck: true,
	})
	return m, nil
}

// usable refuses addresses that would send secrets over an open line.
func (p *party) usable(addr string) error {
	u, err := url.Parse(addr)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errors.New("no usable address")
	}
	if u.Scheme == "https" || u.Scheme == "http" && strings.HasPrefix(p.Issuer, "http://") && loopbackHost(u.Hostname()) {
		return nil
	}
	return errors.New("not https")
}

// shortened keeps what a provider answers out of logs, in which it could write what it likes.
func shortened(err error) error {
	if m, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
		return fmt.Errorf("the provider calls itself %.200q, which is not the issuer of the file to the letter", m.Discovered)
	}
	s := err.Error()
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i]
	}
	if len(s) > 300 {
		s = s[:300]
	}
	return errors.New(clean(s, 300))
}

// algorithms are the ones tokens may be signed with.
func algorithms() []string { return []string{oidc.RS256, oidc.ES256, oidc.EdDSA} }

var errKeysFresh = errors.New("keys were read a moment ago")

// keyGate lets keys be read again at most once a minute, whatever tokens name keys that are not there.
type keyGate struct {
	next  http.RoundTripper
	now   func() time.Time
	mu    sync.Mutex
	first bool      // the first reading has been done: it is no second one
	last  time.Time // of the readings after it
}

// RoundTrip sends a request for keys, or refuses to.
func (g *keyGate) RoundTrip(r *http.Request) (*http.Response, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if !g.last.IsZero() && now.Sub(g.last) < refetchKeys {
		return nil, errKeysFresh
	}
	resp, err := g.next.RoundTrip(r)
	if err == nil && resp.StatusCode == http.StatusOK {
		if g.first {
			g.last = now
		}
		g.first = true
	}
	return resp, err
}

// keySet tells apart why a signature is not good.
type keySet struct{ remote *oidc.RemoteKeySet }

// verified is what a keySet has found out about a token, handed back by way of the context.
type verified struct {
	payload []byte
	err     error
}

type verifiedKey struct{}

// VerifySignature checks the signature of a token.
func (k keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := k.remote.VerifySignature(ctx, jwt)
	if v, ok := ctx.Value(verifiedKey{}).(*verified); ok {
		v.payload, v.err = payload, err
	}
	return payload, err
}

// userinfo asks what the provider says about whoever an access token belongs to.
func (p *party) userinfo(ctx context.Context, m *metadata, accessToken string) (claimSet, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.userInfo, nil)
	if err != nil {
		return nil, p.away(err)
	}
	req.Header.Set("Authorization", "Bearer "+accessToken)
	req.Header.Set("Accept", "application/json")
	resp, err := p.client.Do(req)
	if err != nil {
		return nil, p.away(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return nil, p.away(err)
	case resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests:
		return nil, p.away(fmt.Errorf("userinfo answers %d", resp.StatusCode))
	case resp.StatusCode != http.StatusOK:
		return nil, refusedBy("userinfo", fmt.Errorf("userinfo answers %d", resp.StatusCode))
	}
	c, err := decodeClaims(body)
	if err != nil {
		return nil, refusedBy("userinfo", err)
	}
	return c, nil
}
