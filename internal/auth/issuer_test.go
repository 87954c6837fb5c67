package auth_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/page"
	"lernraum/internal/store"
)

// issuer is a small provider whose clock, keys and moods the tests hold in their hands. That signing in works with
// providers other people wrote, and what they send that must be refused, is for internal/e2e.
type issuer struct {
	*httptest.Server
	t  *testing.T
	mu sync.Mutex

	key     *rsa.PrivateKey
	kid     string
	old     map[string]*rsa.PublicKey
	down    bool
	refresh string         // the refresh token it takes; "" for none
	failure string         // the error code of the token endpoint
	nonce   string         // of the next ID token
	claims  map[string]any // of the next ID token, over the usual ones
	meta    map[string]any
	asked   map[string]int
	hold    chan struct{} // the token endpoint waits for it when it is there
	now     func() time.Time
}

func newIssuer(t *testing.T, now func() time.Time) *issuer {
	is := &issuer{t: t, asked: map[string]int{}, now: now, refresh: "r1", old: map[string]*rsa.PublicKey{}}
	is.rotate("k1")
	is.Server = httptest.NewServer(http.HandlerFunc(is.serve))
	t.Cleanup(is.Close)
	return is
}

func (is *issuer) rotate(kid string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		is.t.Fatal(err)
	}
	is.set(func() { is.key, is.kid = key, kid })
}

func (is *issuer) set(change func()) {
	is.mu.Lock()
	defer is.mu.Unlock()
	change()
}

func (is *issuer) count(path string) int {
	is.mu.Lock()
	defer is.mu.Unlock()
	return is.asked[path]
}

func (is *issuer) serve(w http.ResponseWriter, r *http.Request) {
	is.mu.Lock()
	is.asked[r.URL.Path]++
	hold, down := is.hold, is.down
	is.mu.Unlock()
	if down {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	if r.URL.Path == "/token" && hold != nil {
		<-hold
	}
	is.mu.Lock()
	defer is.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	var answer any
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		doc := map[string]any{
			"issuer": is.URL, "authorization_endpoint": is.URL + "/auth", "token_endpoint": is.URL + "/token", "jwks_uri": is.URL + "/keys",
			"end_session_endpoint": is.URL + "/end", "id_token_signing_alg_values_supported": []string{"RS256"},
		}
		maps.Copy(doc, is.meta)
		answer = doc
	case "/keys":
		b := base64.RawURLEncoding
		answer = map[string]any{"keys": []any{map[string]any{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": is.kid, "n": b.EncodeToString(is.key.N.Bytes()), "e": b.EncodeToString(big.NewInt(int64(is.key.E)).Bytes()),
		}}}
	case "/token":
		if is.failure != "" || r.FormValue("grant_type") == "refresh_token" && r.FormValue("refresh_token") != is.refresh {
			w.WriteHeader(http.StatusBadRequest)
			code := is.failure
			if code == "" {
				code = "invalid_grant"
			}
			answer = map[string]any{"error": code}
			break
		}
		out := map[string]any{"access_token": "zugriff", "token_type": "Bearer", "expires_in": 60, "id_token": is.token("JWT", map[string]any{"nonce": is.nonce})}
		if is.refresh != "" {
			is.refresh += "+"
			out["refresh_token"] = is.refresh
		}
		answer = out
	default:
		http.NotFound(w, r)
		return
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		is.t.Error(err)
	}
}

// token signs claims; the caller holds the lock.
func (is *issuer) token(typ string, more map[string]any) string {
	now := is.now().Unix()
	c := map[string]any{"iss": is.URL, "sub": "17", "aud": "lernraum", "iat": now, "exp": now + 300, "auth_time": now, "name": "Anna", "sid": "s1"}
	maps.Copy(c, more)
	maps.Copy(c, is.claims)
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			is.t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(map[string]any{"alg": "RS256", "typ": typ, "kid": is.kid}) + "." + part(c)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, is.key, crypto.SHA256, sum[:])
	if err != nil {
		is.t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// signed is token for callers without the lock.
func (is *issuer) signed(typ string, more map[string]any) string {
	is.mu.Lock()
	defer is.mu.Unlock()
	return is.token(typ, more)
}

// clock is a time that only moves when told to.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// gate is a house with one provider over the real store.
type gate struct {
	*auth.Service
	t      *testing.T
	is     *issuer
	clock  *clock
	store  *store.Store
	secret string
}

func newGate(t *testing.T, change ...func(*auth.Federation)) *gate {
	t.Helper()
	g := &gate{t: t, clock: &clock{t: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}}
	dir := t.TempDir()
	var err error
	if g.store, err = store.Open(t.Context(), store.Options{Dir: dir, Now: g.clock.now, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.Close()
		if err := g.store.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := g.store.SaveSpace(t.Context(), page.Space{Key: "handbuch", Title: "Handbuch", Type: page.SpaceOpen}); err != nil {
		t.Fatal(err)
	}
	g.is = newIssuer(t, g.clock.now)
	g.Service = auth.New(g.store, auth.Options{Now: g.clock.now, Params: auth.Params{MemoryKiB: 64, Passes: 1, Lanes: 1}})
	g.secret = filepath.Join(dir, "secret.key")
	f := auth.Federation{
		BaseURL: "https://haus.test", SecretFile: g.secret, Client: &http.Client{Transport: g.is.Client().Transport},
		Providers: []auth.Provider{{
			Key: "haus", LabelDE: "Haus", LabelEN: "House", Issuer: g.is.URL, ClientID: "lernraum", ClientSecret: auth.NewSecret("geheim"), Scopes: []string{"openid"},
			GroupsClaim: []string{"groups"}, Groups: map[string]auth.Rights{
				"redaktion": {Roles: []access.Role{access.RoleEditor}, Spaces: map[string]access.Membership{"handbuch": access.Manager}},
				"verloren":  {Units: []string{"nirgends"}},
			},
		}},
	}
	for _, c := range change {
		c(&f)
	}
	if err := g.Federate(f); err != nil {
		t.Fatal(err)
	}
	return g
}

// groups sets the groups of the next tokens.
func (g *gate) groups(names ...string) {
	g.is.set(func() { g.is.claims = map[string]any{"groups": names} })
}

// way goes to the provider and gives what a browser brings back.
func (g *gate) way(st auth.Start) auth.Answer {
	g.t.Helper()
	to, browser, err := g.StartSignIn(g.t.Context(), st)
	if err != nil {
		g.t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		g.t.Fatal(err)
	}
	g.is.set(func() { g.is.nonce = u.Query().Get("nonce") })
	return auth.Answer{Query: url.Values{"state": {u.Query().Get("state")}, "code": {"c"}}, Browser: browser}
}

// signIn signs in and gives the token of the session.
func (g *gate) signIn() string {
	g.t.Helper()
	in, err := g.FinishSignIn(g.t.Context(), g.way(auth.Start{Provider: "haus"}))
	if err != nil {
		g.t.Fatal(err)
	}
	return in.Token
}

// actor asks who a token belongs to, after what is remembered is over.
func (g *gate) actor(token string) (access.Actor, error) {
	g.clock.pass(2 * time.Second)
	return g.Actor(g.t.Context(), token)
}
