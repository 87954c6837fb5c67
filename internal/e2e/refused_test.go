package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// TestSignOnRefused is R-OIDC-1, 2 (iss) and 9: answers that come back through the browser.
func TestSignOnRefused(t *testing.T) {
	eachProvider(t, func(t *testing.T, s signOn) { refuseAll(t, s, callbackCases(s)) })
}

// fresh is a new person who comes back from the provider with an address that the case changes.
func fresh(change func(t *testing.T, s signOn, address string) string) func(*testing.T, signOn) reply {
	return func(t *testing.T, s signOn) reply {
		p := newPerson(t, s.base)
		return p.get(change(t, s, s.callback(p, "anna")))
	}
}

// changed is fresh with other parameters.
func changed(change map[string][]string) func(*testing.T, signOn) reply {
	return fresh(func(t *testing.T, _ signOn, address string) string { return with(t, address, change) })
}

// sent is a new person whom the house sends to the provider with an address that the case changes.
func sent(change func(t *testing.T, s signOn, address string) string) func(*testing.T, signOn) reply {
	return func(t *testing.T, s signOn) reply {
		p := newPerson(t, s.base)
		return p.get(p.atProvider(change(t, s, s.begin(p, "/account")), "anna", passwordOf("anna")))
	}
}

func callbackCases(s signOn) []refusedCase {
	cases := []refusedCase{
		{"callback a second time, in the browser that is signed in", "flow", 1, func(t *testing.T, s signOn) reply {
			p := newPerson(t, s.base)
			at := s.callback(p, "anna")
			if a := p.get(at); a.status != http.StatusSeeOther {
				t.Fatalf("the first time: %d", a.status)
			}
			return p.get(at)
		}},
		{"callback of one browser in another, both under way (login CSRF)", "browser|flow", 0, func(t *testing.T, s signOn) reply {
			victim, attacker := newPerson(t, s.base), newPerson(t, s.base)
			s.begin(victim, "/account")
			return victim.get(s.callback(attacker, "bernd"))
		}},
		{"callback in a browser that began nothing: no cookie", "browser|flow", 0, func(t *testing.T, s signOn) reply {
			return newPerson(t, s.base).get(s.callback(newPerson(t, s.base), "anna"))
		}},
		{"states of two browsers exchanged", "browser|flow", 0, func(t *testing.T, s signOn) reply {
			one, two := newPerson(t, s.base), newPerson(t, s.base)
			a, b := s.callback(one, "anna"), s.callback(two, "bernd")
			return one.get(with(t, a, map[string][]string{"state": {param(t, b, "state")}}))
		}},
		{"code of another browser's flow, own state (code injection)", "exchange|nonce", 0, func(t *testing.T, s signOn) reply {
			one, two := newPerson(t, s.base), newPerson(t, s.base)
			a, b := s.callback(one, "anna"), s.callback(two, "bernd")
			return one.get(with(t, a, map[string][]string{"code": {param(t, b, "code")}}))
		}},
		{"no state", "flow", 0, changed(map[string][]string{"state": nil})},
		{"empty state", "flow", 0, changed(map[string][]string{"state": {""}})},
		{"unknown state", "flow", 0, changed(map[string][]string{"state": {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}})},
		{"a state of 4 kB", "flow", 0, changed(map[string][]string{"state": {strings.Repeat("A", 4096)}})},
		{"two states", "repeated_parameter", 0, fresh(func(t *testing.T, _ signOn, at string) string {
			return with(t, at, map[string][]string{"state": {param(t, at, "state"), "x"}})
		})},
		{"flow that began 10 minutes ago", "flow", 0, fresh(func(t *testing.T, s signOn, at string) string {
			s.alter(t, `UPDATE provider_flow SET expires_at = expires_at - 601000`)
			return at
		})},
		{"no code", "code", 0, changed(map[string][]string{"code": nil})},
		{"code the provider never gave", "exchange", 0, changed(map[string][]string{"code": {"niemals-ausgegeben"}})},
		{"two codes", "repeated_parameter", 0, fresh(func(t *testing.T, _ signOn, at string) string {
			return with(t, at, map[string][]string{"code": {param(t, at, "code"), "x"}})
		})},
		{"nonce of another flow in the ID token", "nonce", 0, sent(func(t *testing.T, _ signOn, to string) string {
			return with(t, to, map[string][]string{"nonce": {"nonce-eines-anderen-vorgangs"}})
		})},
		{"no nonce in the ID token", "nonce", 0, sent(func(t *testing.T, _ signOn, to string) string {
			return with(t, to, map[string][]string{"nonce": nil})
		})},
		{"verifier of another flow", "exchange", 0, sent(func(t *testing.T, s signOn, to string) string {
			return with(t, to, map[string][]string{"code_challenge": {param(t, s.begin(newPerson(t, s.base), "/"), "code_challenge")}})
		})},
		{"code of another client", "exchange", 0, sent(func(t *testing.T, _ signOn, to string) string {
			return with(t, to, map[string][]string{"client_id": {otherClient}})
		})},
		{"iss of another provider in the answer", "issuer_parameter", 0, changed(map[string][]string{"iss": {"https://andere.example"}})},
		{"iss with a slash at its end in the answer", "issuer_parameter", 0, changed(map[string][]string{"iss": {s.issuer + "/"}})},
		{"empty iss in the answer", "issuer_parameter", 0, changed(map[string][]string{"iss": {""}})},
		{"two iss in the answer", "repeated_parameter", 0, changed(map[string][]string{"iss": {s.issuer, "https://andere.example"}})},
		{"code and iss of the other provider (mix-up)", "issuer_parameter", 0, fresh(func(t *testing.T, s signOn, at string) string {
			elsewhere := signOn{s.house, s.other, s.provider}
			from := elsewhere.callback(newPerson(t, s.base), "anna")
			return with(t, at, map[string][]string{"code": {param(t, from, "code")}, "iss": {s.other.issuer}})
		})},
		{"the person said no", "denied", 0, changed(map[string][]string{"code": nil, "error": {"access_denied"}})},
		{"the provider says login_required", "provider_error", 0, changed(map[string][]string{"code": nil, "error": {"login_required"}})},
		{"error with markup in its description", "provider_error", 0, changed(map[string][]string{"code": nil, "error": {"<script>alert(1)</script>"}, "error_description": {"<script>alert(1)</script>"}})},
		{"an error and a code", "denied", 0, changed(map[string][]string{"error": {"access_denied"}})},
	}
	if s.key == "node" {
		cases = append(cases, refusedCase{"no iss in the answer of a provider that promises it", "issuer_parameter", 0, changed(map[string][]string{"iss": nil})})
	}
	return cases
}
