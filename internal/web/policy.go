package web

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
)

// The content security policy allows nothing from elsewhere and nothing inline. Of scripts it allows the one tag that
// carries the nonce of this very answer, and what that script imports itself; 'self' would make a script of
// whatever somebody finds a way to put into the house. An answer that is no page allows no script at all.
const (
	policyScripts = "default-src 'none'; script-src "
	policyRest    = "; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
		"frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types lernraum; report-to csp"
	policyNoScript = policyScripts + "'none'" + policyRest

	// policyFile is that of what people uploaded and of pictures that stand alone: even opened on its own it can do nothing.
	policyFile = "sandbox; default-src 'none'"
)

const headerPolicy = "Content-Security-Policy"

// newNonce makes the word that lets the scripts of one answer run: 128 random bits.
func newNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails; the program would end
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// allow makes the policy of a page whose script tag carries the nonce.
func allow(h http.Header, nonce string) {
	h.Set(headerPolicy, policyScripts+"'nonce-"+nonce+"'"+policyRest)
}
