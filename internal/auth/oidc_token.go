package auth

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lernraum/internal/errs"
)

// Refusal is the cause of an error when an answer of an identity provider, or what claims to be one, is not accepted.
// Reason is one of a fixed list of words, for the log and for whoever is asked for help.
type Refusal struct {
	Reason string
	cause  error
}

func (r Refusal) Error() string {
	if r.cause == nil {
		return "refused: " + r.Reason
	}
	return fmt.Sprintf("refused: %s: %v", r.Reason, r.cause)
}

// Unwrap gives the private cause.
func (r Refusal) Unwrap() error { return r.cause }

func refusal(reason string) error { return refusedBy(reason, nil) }

func refusedBy(reason string, cause error) error {
	key := "auth.provider_refused"
	switch reason {
	case "denied":
		key = "auth.provider_denied"
	case "flow", "browser":
		key = "auth.provider_flow"
	case "overage":
		key = "auth.provider_overage"
	case "other_person":
		key = "auth.provider_other"
	case "disabled":
		key = "auth.provider_disabled"
	}
	return &errs.Error{Kind: errs.Invalid, Op: "sign in at provider", Msg: errs.Msg(key), Cause: Refusal{reason, cause}}
}

// tolerance is how far clocks may differ.
const tolerance = time.Minute

// maxIssued is how old an ID token may be: it comes straight from the provider.
const maxIssued = 10 * time.Minute

// token is the part of a token every kind of it has.
type token struct {
	Issuer   string          `json:"iss"`
	Subject  string          `json:"sub"`
	Audience audience        `json:"aud"`
	Party    *string         `json:"azp"`
	Expires  *seconds        `json:"exp"`
	Issued   *seconds        `json:"iat"`
	Before   *seconds        `json:"nbf"`
	Nonce    *string         `json:"nonce"`
	AuthTime *seconds        `json:"auth_time"`
	SID      string          `json:"sid"`
	Access   *string         `json:"at_hash"`
	ID       string          `json:"jti"`
	Events   json.RawMessage `json:"events"`

	raw string
	alg string
	all claimSet
}

// audience is one text or a list.
type audience []string

// UnmarshalJSON reads either form.
func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if err := json.Unmarshal(b, &one); err == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}

// seconds is a time as tokens write it.
type seconds struct{ time.Time }

// UnmarshalJSON reads seconds since 1970, with a fraction or without.
func (s *seconds) UnmarshalJSON(b []byte) error {
	var n float64
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	if n < 0 || n > 1<<40 {
		return errors.New("no time")
	}
	s.Time = time.UnixMilli(int64(n * 1000))
	return nil
}

// header is the protected head of a token in compact form.
type header struct {
	Alg  string `json:"alg"`
	Type string `json:"typ"`
}

func headerOf(raw string) (header, error) {
	parts := strings.Split(raw, ".")
	var h header
	if len(parts) != 3 {
		return h, errors.New("a token has three parts")
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		return h, fmt.Errorf("head of token: %w", err)
	}
	if err := json.Unmarshal(b, &h); err != nil {
		return h, fmt.Errorf("head of token: %w", err)
	}
	return h, nil
}

// verify checks who signed a token, for whom and when.
func (p *party) verify(ctx context.Context, m *metadata, raw string) (token, header, error) {
	h, err := headerOf(raw)
	if err != nil {
		return token{}, h, refusedBy("token_form", err)
	}
	if !slices.Contains(algorithms(), h.Alg) {
		return token{}, h, refusal("algorithm")
	}
	var found verified
	t, err := m.verifier.Verify(context.WithValue(ctx, verifiedKey{}, &found), raw)
	switch {
	case err == nil:
	case errors.Is(found.err, errKeysFresh):
		return token{}, h, refusedBy("key_unknown", err)
	case found.err != nil && strings.HasPrefix(found.err.Error(), "fetching keys"):
		return token{}, h, p.away(found.err)
	case found.err != nil:
		return token{}, h, refusedBy("signature", err)
	default:
		return token{}, h, refusedBy("token_form", err)
	}
	var payload json.RawMessage
	if err := t.Claims(&payload); err != nil {
		return token{}, h, refusedBy("token_form", err)
	}
	tok := token{raw: raw, alg: h.Alg}
	if tok.all, err = decodeClaims(payload); err == nil {
		err = json.Unmarshal(payload, &tok)
	}
	if err != nil {
		return token{}, h, refusedBy("token_form", err)
	}
	now := p.now()
	switch {
	case tok.Issuer != p.Issuer:
		return token{}, h, refusal("issuer")
	case len(tok.Audience) != 1 || tok.Audience[0] != p.ClientID:
		return token{}, h, refusal("audience")
	case tok.Party != nil && *tok.Party != p.ClientID:
		return token{}, h, refusal("authorized_party")
	case tok.Issued == nil || tok.Issued.After(now.Add(tolerance)):
		return token{}, h, refusal("issued_at")
	case tok.Before != nil && tok.Before.After(now.Add(tolerance)):
		return token{}, h, refusal("not_before")
	case tok.Expires != nil && !now.Before(tok.Expires.Add(tolerance)):
		return token{}, h, refusal("expired")
	}
	return tok, h, nil
}

// idToken checks an ID token. With a nonce it is the one of a sign-in; without, the one of a refresh.
func (p *party) idToken(ctx context.Context, m *metadata, raw, nonce, accessToken string) (token, error) {
	tok, h, err := p.verify(ctx, m, raw)
	if err != nil {
		return token{}, err
	}
	got := ""
	if tok.Nonce != nil {
		got = *tok.Nonce
	}
	switch {
	case h.Type != "" && !strings.EqualFold(h.Type, "JWT"): // a logout token is no ID token
		return token{}, refusal("token_type")
	case tok.Events != nil:
		return token{}, refusal("token_type")
	case tok.Expires == nil:
		return token{}, refusal("expired")
	case p.now().Sub(tok.Issued.Time) > maxIssued:
		return token{}, refusal("issued_at")
	case !validSubject(tok.Subject):
		return token{}, refusal("subject")
	case nonce != "" && subtle.ConstantTimeCompare([]byte(got), []byte(nonce)) != 1:
		return token{}, refusal("nonce")
	case tok.Access != nil && !accessHashed(tok.alg, accessToken, *tok.Access):
		return token{}, refusal("access_token_hash")
	}
	return tok, nil
}

func validSubject(s string) bool {
	return s != "" && len(s) <= maxSubject && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// accessHashed tells whether an access token came with the ID token that carries its hash: the left half of it.
func accessHashed(alg, accessToken, want string) bool {
	sum := sha256.Sum256([]byte(accessToken))
	half := sum[:16]
	if alg == "EdDSA" {
		long := sha512.Sum512([]byte(accessToken))
		half = long[:32]
	}
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(half)), []byte(want)) == 1
}
