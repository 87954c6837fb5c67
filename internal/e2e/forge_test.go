package e2e

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
)

// forgery is a token that is about to be signed, by whoever has the key.
type forgery struct {
	header map[string]any
	claims map[string]any
	key    any // *rsa.PrivateKey for RS256, []byte for HS256, nil for no signature
}

// signingKey asks the provider for the key it signs with.
func (p *provider) signingKey(t *testing.T) (kid string, key *rsa.PrivateKey) {
	t.Helper()
	var out struct{ Kid, PEM string }
	if err := json.Unmarshal(p.ask(t, http.MethodGet, "/key", nil), &out); err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(out.PEM))
	if block == nil {
		t.Fatal("the provider gives no key")
	}
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return out.Kid, private.(*rsa.PrivateKey)
}

// ownKey is a key no provider knows.
func ownKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// forge begins a token as the provider would sign it.
func (p *provider) forge(t *testing.T, typ string, claims map[string]any) forgery {
	t.Helper()
	kid, key := p.signingKey(t)
	return forgery{map[string]any{"alg": "RS256", "typ": typ, "kid": kid}, claims, key}
}

// reopen takes a token apart to sign it again.
func (p *provider) reopen(t *testing.T, token string) forgery {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("a token has three parts, this has %d", len(parts))
	}
	var f forgery
	for i, into := range []*map[string]any{&f.header, &f.claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	_, f.key = p.signingKey(t)
	return f
}

// ownJWK puts a key of the forger into the head of the token and gives it.
func (f *forgery) ownJWK(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key := ownKey(t)
	f.header["kid"] = "eigener"
	f.header["jwk"] = map[string]any{
		"kty": "RSA", "kid": "eigener", "e": "AQAB", "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
	}
	return key
}

// publicPEM is the public key of the provider in the form that tempts verifiers to take it for a secret.
func (p *provider) publicPEM(t *testing.T) []byte {
	t.Helper()
	_, key := p.signingKey(t)
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func (f forgery) token(t *testing.T) string {
	t.Helper()
	var parts []string
	for _, m := range []map[string]any{f.header, f.claims} {
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(text))
	}
	signed := strings.Join(parts, ".")
	digest := sha256.Sum256([]byte(signed))
	var signature []byte
	switch key := f.key.(type) {
	case *rsa.PrivateKey:
		var err error
		if signature, err = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:]); err != nil {
			t.Fatal(err)
		}
	case []byte:
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(signed))
		signature = mac.Sum(nil)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}
