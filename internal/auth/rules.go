package auth

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"lernraum/internal/errs"
)

// Limits of what a person types.
const (
	MinPassword = 12   // characters
	MaxPassword = 1024 // bytes
	maxLogin    = 64   // bytes
	maxName     = 200  // characters
)

// NormalLogin brings a login into the form it is stored and compared in.
func NormalLogin(s string) string {
	return strings.ToLower(strings.TrimSpace(s))
}

// validLogin accepts letters and digits of ASCII and . _ - @ + inside: what can be typed on every keyboard
// and cannot be mistaken for another login.
func validLogin(login string) bool {
	if len(login) < 2 || len(login) > maxLogin {
		return false
	}
	for i, r := range login {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		case i > 0 && strings.ContainsRune("._-@+", r):
		default:
			return false
		}
	}
	return true
}

// normalPassword makes the same password of the same keys: keyboards differ in whether they compose an umlaut.
func normalPassword(s string) string { return norm.NFC.String(s) }

// checkPassword gives what is wrong with a new password: only its length and being the login count. Rules on
// composition make passwords worse, not better.
func checkPassword(field, login, password string) []errs.Field {
	n := utf8.RuneCountInString(normalPassword(password))
	switch {
	case len(password) > MaxPassword:
		return []errs.Field{{Name: field, Msg: errs.Msg("auth.password_long", "Max", MaxPassword)}}
	case !utf8.ValidString(password):
		return []errs.Field{{Name: field, Msg: errs.Msg("auth.password_unreadable")}}
	case n < MinPassword:
		return []errs.Field{{Name: field, Msg: errs.Msg("auth.password_short", "Min", MinPassword)}}
	case NormalLogin(password) == login:
		return []errs.Field{{Name: field, Msg: errs.Msg("auth.password_is_login")}}
	}
	return nil
}

func checkLogin(login string) []errs.Field {
	if !validLogin(login) {
		return []errs.Field{{Name: "login", Msg: errs.Msg("auth.login_invalid", "Max", maxLogin)}}
	}
	return nil
}

// checkName is for names and labels, which stand in every view: one line of readable text.
func checkName(field, s string, required bool) []errs.Field {
	if required && s == "" {
		return []errs.Field{{Name: field, Msg: errs.Msg("auth.name_missing")}}
	}
	if utf8.RuneCountInString(s) > maxName || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return []errs.Field{{Name: field, Msg: errs.Msg("auth.name_invalid", "Max", maxName)}}
	}
	return nil
}
