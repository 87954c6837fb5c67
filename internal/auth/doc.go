// Package auth owns who somebody is: local accounts, passwords, sign-in with its throttle, server-side
// sessions, and the set-up of the first administrator. It turns a session token into an access.Actor and
// decides nothing about pages; that is package access. It sets no cookies and knows no HTTP. Its invariants: a
// token is stored as its SHA-256 only, a password as argon2id only, and no answer tells whether a login exists.
package auth
