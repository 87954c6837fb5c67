package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// forgedCase changes an ID token of the provider before it is signed again. The key is the provider's own unless the
// case takes another: all that protects the house then is what it checks itself.
type forgedCase struct {
	name, reason string
	do           func(t *testing.T, s signOn, f *forgery)
}

func claim(name string, value any) func(*testing.T, signOn, *forgery) {
	return func(_ *testing.T, _ signOn, f *forgery) {
		if value == nil {
			delete(f.claims, name)
		} else {
			f.claims[name] = value
		}
	}
}

// claimIn is claim with a time, seen from when the token is forged.
func claimIn(name string, d time.Duration) func(*testing.T, signOn, *forgery) {
	return func(_ *testing.T, _ signOn, f *forgery) { f.claims[name] = in(d) }
}

func in(d time.Duration) int64 { return time.Now().Add(d).Unix() }

func forgedCases() []forgedCase {
	return []forgedCase{
		{"alg none, no signature", "algorithm", func(_ *testing.T, _ signOn, f *forgery) { f.header["alg"], f.key = "none", nil }},
		{"alg nOnE, no signature", "algorithm", func(_ *testing.T, _ signOn, f *forgery) { f.header["alg"], f.key = "nOnE", nil }},
		{"HS256 with the secret of the client", "algorithm", func(_ *testing.T, _ signOn, f *forgery) { f.header["alg"], f.key = "HS256", []byte(clientSecret) }},
		{"HS256 with the public key as the secret", "algorithm", func(t *testing.T, s signOn, f *forgery) { f.header["alg"], f.key = "HS256", s.publicPEM(t) }},
		{"RS512, which is not allowed", "algorithm", func(_ *testing.T, _ signOn, f *forgery) { f.header["alg"] = "RS512" }},
		{"RS256 in the head, no signature", "signature|key_unknown|token_form", func(_ *testing.T, _ signOn, f *forgery) { f.key = nil }},
		{"another key under the same kid", "signature|key_unknown", func(t *testing.T, _ signOn, f *forgery) { f.key = ownKey(t) }},
		{"another key, unknown kid", "signature|key_unknown", func(t *testing.T, _ signOn, f *forgery) { f.header["kid"], f.key = "unbekannt", ownKey(t) }},
		{"another key, no kid", "signature|key_unknown", func(t *testing.T, _ signOn, f *forgery) {
			delete(f.header, "kid")
			f.key = ownKey(t)
		}},
		{"another key that the head brings along (jwk)", "signature|key_unknown|token_form", func(t *testing.T, _ signOn, f *forgery) { f.key = f.ownJWK(t) }},
		{"another key at an address in the head (jku)", "signature|key_unknown|token_form", func(t *testing.T, s signOn, f *forgery) {
			f.header["jku"], f.header["kid"], f.key = "https://angreifer.example/keys", "x", ownKey(t)
		}},
		{"unknown crit in the head", "signature|key_unknown|token_form", func(_ *testing.T, _ signOn, f *forgery) { f.header["crit"], f.header["neu"] = []string{"neu"}, true }},
		{"iss of somebody else", "issuer", claim("iss", "https://andere.example")},
		{"iss with a slash at its end", "issuer", func(_ *testing.T, s signOn, f *forgery) { f.claims["iss"] = s.issuer + "/" }},
		{"iss in capitals", "issuer", func(_ *testing.T, s signOn, f *forgery) { f.claims["iss"] = strings.ToUpper(s.issuer) }},
		{"no iss", "issuer", claim("iss", nil)},
		{"aud is another client", "audience", claim("aud", otherClient)},
		{"aud has us and another client, no azp", "audience", func(_ *testing.T, _ signOn, f *forgery) {
			f.claims["aud"] = []string{clientID, otherClient}
			delete(f.claims, "azp")
		}},
		{"aud has us and another client, azp is us", "audience", func(_ *testing.T, _ signOn, f *forgery) {
			f.claims["aud"], f.claims["azp"] = []string{clientID, otherClient}, clientID
		}},
		{"aud is empty", "audience", claim("aud", []string{})},
		{"no aud", "audience", claim("aud", nil)},
		{"azp is another client", "authorized_party", claim("azp", otherClient)},
		{"exp 61 s ago", "expired", claimIn("exp", -61*time.Second)},
		{"no exp", "expired", claim("exp", nil)},
		{"exp is a text", "token_form", claim("exp", "morgen")},
		{"iat in 2 minutes", "issued_at", claimIn("iat", 2*time.Minute)},
		{"iat an hour ago", "issued_at", claimIn("iat", -time.Hour)},
		{"no iat", "issued_at", claim("iat", nil)},
		{"nbf in 2 minutes", "not_before", claimIn("nbf", 2*time.Minute)},
		{"no sub", "subject", claim("sub", nil)},
		{"empty sub", "subject", claim("sub", "")},
		{"sub of 256 letters", "subject", claim("sub", strings.Repeat("a", 256))},
		{"sub with a line break", "subject", claim("sub", "u1\nu2")},
		{"sub is a number", "token_form", claim("sub", 1)},
		{"no nonce", "nonce", claim("nonce", nil)},
		{"empty nonce", "nonce", claim("nonce", "")},
		{"nonce in capitals", "nonce", func(_ *testing.T, _ signOn, f *forgery) {
			f.claims["nonce"] = strings.ToUpper(f.claims["nonce"].(string)) + "A"
		}},
		{"at_hash of another access token", "access_token_hash", claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA")},
		{"typ is that of a logout token", "token_type", func(_ *testing.T, _ signOn, f *forgery) { f.header["typ"] = "logout+jwt" }},
		{"events of a logout token", "token_type", claim("events", map[string]any{backchannelEvent: map[string]any{}})},
	}
}

// TestForgedTokens is R-OIDC-2 and 4: answers of the provider that reach the house directly.
func TestForgedTokens(t *testing.T) {
	eachProvider(t, func(t *testing.T, s signOn) {
		// The forger's own tools are good: a token that is signed again without a change is taken.
		stop := s.forging(func(*testing.T, signOn, *forgery) {})
		s.signIn(t, "anna")
		stop()
		var cases []refusedCase
		for _, c := range forgedCases() {
			cases = append(cases, refusedCase{c.name, c.reason, 0, func(t *testing.T, s signOn) reply {
				defer s.forging(c.do)()
				return fresh(func(_ *testing.T, _ signOn, at string) string { return at })(t, s)
			}})
		}
		refuseAll(t, s, append(cases, answerCases()...))
	})
}

// forging has every ID token opened, changed and signed again.
func (s signOn) forging(do func(*testing.T, signOn, *forgery)) (stop func()) {
	return s.changing(s.end.token, func(t *testing.T, body map[string]any) {
		raw, ok := body["id_token"].(string)
		if !ok {
			t.Error("the provider gives no ID token to forge")
			return
		}
		f := s.reopen(t, raw)
		do(t, s, &f)
		body["id_token"] = f.token(t)
	})
}

// answering changes the answers of an endpoint for one sign-in.
func answering(path func(endpoints) string, change func(s signOn, body map[string]any)) func(*testing.T, signOn) reply {
	return func(t *testing.T, s signOn) reply {
		defer s.changing(path(s.end), func(_ *testing.T, body map[string]any) { change(s, body) })()
		return fresh(func(_ *testing.T, _ signOn, at string) string { return at })(t, s)
	}
}

func answerCases() []refusedCase {
	token := func(e endpoints) string { return e.token }
	userinfo := func(e endpoints) string { return e.userinfo }
	many := make([]string, 201)
	for i := range many {
		many[i] = "gruppe-" + strings.Repeat("x", i%7) + string(rune('a'+i%26))
	}
	return []refusedCase{
		{"no ID token in the answer", "no_id_token", 0, answering(token, func(_ signOn, b map[string]any) { delete(b, "id_token") })},
		{"ID token is no token", "token_form", 0, answering(token, func(_ signOn, b map[string]any) { b["id_token"] = "kein.echtes" })},
		{"ID token is a list", "no_id_token", 0, answering(token, func(_ signOn, b map[string]any) { b["id_token"] = []any{"x"} })},
		{"userinfo speaks of somebody else (sub differs)", "userinfo_subject", 0, answering(userinfo, func(_ signOn, b map[string]any) { b["sub"] = "u2" })},
		{"userinfo without sub", "userinfo_subject", 0, answering(userinfo, func(_ signOn, b map[string]any) { delete(b, "sub") })},
		{"too many groups to tell: a pointer in their place (_claim_names)", "overage", 0, inBoth(func(b map[string]any) {
			delete(b, "groups")
			b["_claim_names"] = map[string]any{"groups": "src1"}
			b["_claim_sources"] = map[string]any{"src1": map[string]any{"endpoint": "https://graph.example/groups"}}
		})},
		{"too many groups to tell: hasgroups", "overage", 0, inBoth(func(b map[string]any) {
			delete(b, "groups")
			b["hasgroups"] = true
		})},
		{"201 groups", "overage", 0, inBoth(func(b map[string]any) { b["groups"] = many })},
		{"groups are objects", "groups_form", 0, inBoth(func(b map[string]any) { b["groups"] = []any{map[string]any{"name": "leitung"}} })},
		{"groups are one object", "groups_form", 0, inBoth(func(b map[string]any) { b["groups"] = map[string]any{"leitung": true} })},
	}
}

// inBoth changes the claims of the ID token and of userinfo: providers differ in where they tell groups.
func inBoth(change func(map[string]any)) func(*testing.T, signOn) reply {
	return func(t *testing.T, s signOn) reply {
		defer s.changing(s.end.userinfo, func(_ *testing.T, body map[string]any) { change(body) })()
		defer s.forging(func(_ *testing.T, _ signOn, f *forgery) { change(f.claims) })()
		return fresh(func(_ *testing.T, _ signOn, at string) string { return at })(t, s)
	}
}

// Whether an address is verified is said by true alone (R-OIDC-3): what looks like it is not enough.
func TestMailVerified(t *testing.T) {
	eachProvider(t, func(t *testing.T, s signOn) {
		for _, c := range []struct {
			name  string
			value any
			want  int
		}{{"true", true, 1}, {"false", false, 0}, {"the text true", "true", 0}, {"the number 1", 1, 0}, {"missing", nil, 0}, {"a list", []any{true}, 0}} {
			t.Run(c.name, func(t *testing.T) {
				defer s.changing(s.end.userinfo, func(_ *testing.T, body map[string]any) {
					if delete(body, "email_verified"); c.value != nil {
						body["email_verified"] = c.value
					}
				})()
				p := newPerson(t, s.base)
				if a := p.get(s.callback(p, "anna")); a.status != http.StatusSeeOther {
					t.Fatalf("%d to %q", a.status, a.next())
				}
				if got := s.number(t, `SELECT mail_verified FROM account WHERE issuer = ? AND subject = 'u1'`, s.issuer); got != c.want {
					t.Errorf("mail_verified is %d", got)
				}
			})
		}
	})
}
