package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

func TestTokenFormat(t *testing.T) {
	seen := map[string]bool{}
	for range 2000 {
		raw, hash := newAPIToken()
		if len(raw) != 53 || !strings.HasPrefix(raw, "lrt_") || seen[raw] {
			t.Fatalf("token %q: length %d, seen %v", raw, len(raw), seen[raw])
		}
		if strings.ContainsFunc(raw[4:], func(r rune) bool {
			return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
		}) {
			t.Fatalf("%q holds more than letters and digits", raw)
		}
		seen[raw] = true
		if got, ok := hashAPIToken(raw); !ok || got != hash {
			t.Fatalf("%q is not read back", raw)
		}
		if _, ok := hashToken(raw); ok {
			t.Fatalf("%q passes for the token of a session", raw)
		}
	}
}

// One wrong character anywhere is found by the checksum: CRC-32 finds every error within 32 bits.
func TestTokenWithOneWrongCharacterIsNone(t *testing.T) {
	raw, _ := newAPIToken()
	for i := range raw {
		for _, c := range "0Zz_-" {
			bad := raw[:i] + string(c) + raw[i+1:]
			if _, ok := hashAPIToken(bad); ok && bad != raw {
				t.Errorf("character %d: %q passes", i, bad)
			}
		}
	}
	for _, bad := range []string{
		"", "lrt_", raw[:52], raw + "0", raw + "\n", " " + raw, "LRT_" + raw[4:], strings.Repeat("0", 53), "lrt_" + strings.Repeat("0", 49),
		strings.Repeat("lrt_", 1<<16),
	} {
		if _, ok := hashAPIToken(bad); ok {
			t.Errorf("%.60q passes", bad)
		}
	}
}

func (h house) token(t *testing.T, u User, days int, scopes ...string) (string, APIToken) {
	t.Helper()
	raw, tok, err := h.CreateToken(t.Context(), h.actor(u), u.ID, NewToken{Name: "Skript", Scopes: scopes, Days: days})
	if err != nil {
		t.Fatal(err)
	}
	return raw, tok
}

func TestTokenActsForItsOwner(t *testing.T) {
	h := newHouse(t, Options{})
	raw, tok := h.token(t, h.user, 0, "write", "kpi:dauer", "read", "read")
	if !tok.ExpiresAt.Equal(h.clock.now().AddDate(0, 0, DefaultTokenDays)) || !slices.Equal(tok.Scopes, []string{"kpi:dauer", "read", "write"}) {
		t.Errorf("made %+v", tok)
	}
	if strings.Contains(fmt.Sprintf("%+v", h.store.tokens), raw) {
		t.Error("the token is stored")
	}
	a, err := h.TokenActor(t.Context(), raw, "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	if a.UserID != h.user.ID || a.Spaces["handbuch"] != access.Member || a.Token == nil || a.Token.ID != tok.ID ||
		!a.Token.Read || !a.Token.Write || !slices.Equal(a.Token.KPIs, []string{"dauer"}) {
		t.Errorf("actor %+v, token %+v", a, a.Token)
	}
	// It is no session, and a session's token is no API token.
	_, err = h.Actor(t.Context(), raw)
	wantKind(t, "as a session", err, errs.Unauthenticated)
	_, err = h.TokenActor(t.Context(), h.signIn(t), "10.0.0.1")
	wantKind(t, "a session as a token", err, errs.Unauthenticated)
}

func TestTokenOfAnAdministratorAdministratesNothing(t *testing.T) {
	h := newHouse(t, Options{})
	if err := h.SetRoles(t.Context(), access.Program("test"), h.admin.ID, access.Roles()); err != nil {
		t.Fatal(err)
	}
	raw, tok := h.token(t, h.admin, 0, "read", "write")
	a, err := h.TokenActor(t.Context(), raw, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []access.Role{access.RoleAdmin, access.RoleCoordination, access.RoleCouncil} {
		if a.Has(r) {
			t.Errorf("the token carries the role %s", r)
		}
	}
	for name, err := range map[string]error{
		"list accounts":  second(h.Users(t.Context(), a)),
		"list tokens":    second(h.Tokens(t.Context(), a, h.admin.ID)),
		"all tokens":     second(h.AllTokens(t.Context(), a)),
		"revoke itself":  h.RevokeToken(t.Context(), a, tok.ID),
		"end sessions":   h.SignOutAll(t.Context(), a, h.admin.ID),
		"set membership": h.SetMembership(t.Context(), a, h.user.ID, page.Space{Key: "handbuch", Type: page.SpaceOpen}, access.Member),
		"make another": func() error {
			_, _, err := h.CreateToken(t.Context(), a, a.UserID, NewToken{Name: "x", Scopes: []string{"read"}})
			return err
		}(),
	} {
		wantKind(t, name, err, errs.NotFound)
	}
	_, _, err = h.ChangePassword(t.Context(), a, goodPassword, "ein ganz anderer Satz")
	wantKind(t, "change password", err, errs.Unauthenticated)
}

func second[T any](_ T, err error) error { return err }

func TestWrongTokens(t *testing.T) {
	h := newHouse(t, Options{})
	expired, _ := h.token(t, h.user, 1, "read")
	closed, _ := h.token(t, h.admin, 0, "read")
	unknown, _ := newAPIToken()
	h.clock.add(24 * time.Hour)
	if err := h.store.SetDisabled(t.Context(), h.admin.ID, true); err != nil {
		t.Fatal(err)
	}
	before := h.store.lookups
	for name, raw := range map[string]string{"expired": expired, "closed": closed, "unknown": unknown, "malformed": unknown[:52] + "!"} {
		_, err := h.TokenActor(t.Context(), raw, "10.0.0.1")
		wantKind(t, name, err, errs.Unauthenticated)
		wantMessage(t, name, err, "auth.token_invalid")
		last := h.store.events[len(h.store.events)-1]
		if last.Action != audit.TokenRefused || last.Outcome != audit.Refused || last.Detail["reason"] != name || last.Network != "10.0.0.1" {
			t.Errorf("%s: recorded %+v", name, last)
		}
		if strings.Contains(fmt.Sprint(last), raw) {
			t.Errorf("%s: the log holds the token", name)
		}
	}
	if n := h.store.lookups - before; n != 3 {
		t.Errorf("%d look-ups: the malformed one must cost none", n)
	}
}

func TestRevokedTokenEndsAtOnce(t *testing.T) {
	h := newHouse(t, Options{})
	ctx := t.Context()
	works := func(raw string) bool { _, err := h.TokenActor(ctx, raw, "10.0.0.1"); return err == nil }
	raw, tok := h.token(t, h.user, 0, "read")
	other, _ := h.token(t, h.user, 0, "read")
	if !works(raw) || !works(other) {
		t.Fatal("a new token does not work")
	}
	wantKind(t, "revoked by somebody else", h.RevokeToken(ctx, access.Actor{UserID: "x"}, tok.ID), errs.NotFound)
	if err := h.RevokeToken(ctx, h.actor(h.user), tok.ID); err != nil {
		t.Fatal(err)
	}
	if works(raw) {
		t.Error("works after it was revoked")
	}
	wantKind(t, "revoked twice", h.RevokeToken(ctx, h.actor(h.user), tok.ID), errs.NotFound)

	// In another process: the answer is at most two seconds old.
	third, tok3 := h.token(t, h.user, 0, "read")
	if !works(third) {
		t.Fatal("a new token does not work")
	}
	if err := h.store.DeleteToken(ctx, tok3.ID); err != nil {
		t.Fatal(err)
	}
	h.clock.add(2 * time.Second)
	if works(third) {
		t.Error("works two seconds after it was revoked elsewhere")
	}

	if !works(other) {
		t.Fatal("the other one was revoked too")
	}
	if err := h.SetDisabled(ctx, h.actor(h.admin), h.user.ID, true); err != nil {
		t.Fatal(err)
	}
	if works(other) {
		t.Error("works for an account that was closed")
	}
	if err := h.SetDisabled(ctx, h.actor(h.admin), h.user.ID, false); err != nil {
		t.Fatal(err)
	}
	// Of a person of a provider, for as long as the provider has said something of them in the last thirty days.
	vouch := func(at time.Time) {
		t.Helper()
		if err := h.store.set(h.user.ID, func(u *User) { u.Provider, u.VouchedAt = "bund", at }); err != nil {
			t.Fatal(err)
		}
		h.clock.add(2 * time.Second)
	}
	vouch(h.clock.now().Add(-29 * 24 * time.Hour))
	if !works(other) {
		t.Error("does not work though the provider has vouched")
	}
	vouch(h.clock.now().Add(-30 * 24 * time.Hour))
	if works(other) {
		t.Error("works though the provider has said nothing for thirty days")
	}
	vouch(h.clock.now())
	if err := h.RevokeToken(ctx, h.actor(h.admin), mustTokens(t, h)[0].ID); err != nil || works(other) {
		t.Errorf("revoked by an administrator: %v", err)
	}
}

func mustTokens(t *testing.T, h house) []OwnedToken {
	t.Helper()
	list, err := h.AllTokens(t.Context(), h.actor(h.admin))
	if err != nil || len(list) == 0 {
		t.Fatalf("all tokens: %v, %v", list, err)
	}
	for _, o := range list {
		if o.Owner.ID != o.UserID || o.Owner.PasswordHash != "" {
			t.Errorf("owner %+v", o.Owner)
		}
	}
	return list
}

func TestTokenRate(t *testing.T) {
	h := newHouse(t, Options{})
	raw, _ := h.token(t, h.user, 0, "read")
	other, _ := h.token(t, h.user, 0, "read")
	ask := func(raw string) error { _, err := h.TokenActor(t.Context(), raw, "10.0.0.1"); return err }
	for i := range tokenBurst {
		if err := ask(raw); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
	}
	th, ok := errors.AsType[Throttled](ask(raw))
	if !ok || th.Wait != time.Second {
		t.Fatalf("request %d: %v", tokenBurst+1, th)
	}
	if err := ask(other); err != nil {
		t.Errorf("another token is slowed down too: %v", err)
	}
	h.clock.add(time.Second)
	for i := range tokenRate {
		if err := ask(raw); err != nil {
			t.Errorf("request %d of the next second: %v", i, err)
		}
	}
	if err := ask(raw); err == nil {
		t.Error("more than ten in a second")
	}
}

// A network that tries tokens is told to wait and stops filling the log; right tokens beside it go on.
func TestWrongTokensAreThrottled(t *testing.T) {
	h := newHouse(t, Options{})
	good, _ := h.token(t, h.user, 0, "read")
	events := len(h.store.events)
	for range 200 {
		bad, _ := newAPIToken()
		if _, err := h.TokenActor(t.Context(), bad, "2001:db8::1"); err == nil {
			t.Fatal("a guess was right")
		}
	}
	if n := len(h.store.events) - events; n != missBurst {
		t.Errorf("%d entries in the log for 200 guesses", n)
	}
	_, err := h.TokenActor(t.Context(), "x", "2001:db8::2")
	if th, ok := errors.AsType[Throttled](err); !ok || th.Wait != 3*time.Second {
		t.Errorf("the same /64: %v", err)
	}
	_, err = h.TokenActor(t.Context(), "x", "2001:db8:0:1::1")
	wantKind(t, "another network", err, errs.Unauthenticated)
	if _, err := h.TokenActor(t.Context(), good, "2001:db8::1"); err != nil {
		t.Errorf("a right token of that network: %v", err)
	}
}

func TestPaceIsBounded(t *testing.T) {
	p := newPace(1, 1)
	p.max = 10
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for i := range 1000 {
		p.take(keyOf(fmt.Sprint(i)), now)
	}
	if len(p.keys) != 10 || p.order.Len() != 10 {
		t.Errorf("keeps %d keys", len(p.keys))
	}
	if p.take(keyOf("999"), now) == 0 {
		t.Error("forgot the key used last")
	}
}

func TestUseIsKeptByDay(t *testing.T) {
	h := newHouse(t, Options{})
	raw, _ := h.token(t, h.user, 0, "read")
	for range 4 { // 9:00, 15:00, 21:00, 3:00
		for range 5 {
			if _, err := h.TokenActor(t.Context(), raw, ""); err != nil {
				t.Fatal(err)
			}
			h.clock.add(10 * time.Minute)
		}
		h.clock.add(6*time.Hour - 50*time.Minute)
	}
	list, err := h.Tokens(t.Context(), h.actor(h.user), h.user.ID)
	if err != nil || len(list) != 1 || !list[0].UsedDay.Equal(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("tokens %+v, %v", list, err)
	}
	if h.store.touches != 2 {
		t.Errorf("%d writes for two days", h.store.touches)
	}
	// A store that takes no writes keeps nobody from reading.
	h.store.failing = errs.New(errs.ReadOnly, errs.Message{})
	h.clock.add(24 * time.Hour)
	if _, err := h.TokenActor(t.Context(), raw, ""); err != nil {
		t.Errorf("with a store that takes no writes: %v", err)
	}
}

func TestNewTokenIsChecked(t *testing.T) {
	h := newHouse(t, Options{})
	for _, c := range []struct {
		name       string
		n          NewToken
		field, key string
	}{
		{"no name", NewToken{Scopes: []string{"read"}}, "name", "auth.name_missing"},
		{"name of two lines", NewToken{Name: "a\nb", Scopes: []string{"read"}}, "name", "auth.name_invalid"},
		{"no scope", NewToken{Name: "x"}, "scopes", "auth.scope_missing"},
		{"unknown scope", NewToken{Name: "x", Scopes: []string{"admin"}}, "scopes", "auth.scope_unknown"},
		{"KPI without a key", NewToken{Name: "x", Scopes: []string{"kpi:"}}, "scopes", "auth.scope_unknown"},
		{"scope with a blank", NewToken{Name: "x", Scopes: []string{"kpi:a write"}}, "scopes", "auth.scope_unknown"},
		{"too long", NewToken{Name: "x", Scopes: []string{"read"}, Days: 366}, "days", "auth.token_days"},
		{"over at once", NewToken{Name: "x", Scopes: []string{"read"}, Days: -1}, "days", "auth.token_days"},
	} {
		_, _, err := h.CreateToken(t.Context(), h.actor(h.user), h.user.ID, c.n)
		wantField(t, c.name, err, c.field, c.key)
	}
	good := NewToken{Name: "x", Scopes: []string{"read"}, Days: MaxTokenDays}
	for who, a := range map[string]access.Actor{"an administrator for others": h.actor(h.admin), "a guest": GuestActor(true), "nobody": {}} {
		_, _, err := h.CreateToken(t.Context(), a, h.user.ID, good)
		wantKind(t, who, err, errs.NotFound)
	}
	for range maxTokens {
		if _, _, err := h.CreateToken(t.Context(), access.Program("test"), h.user.ID, good); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := h.CreateToken(t.Context(), h.actor(h.user), h.user.ID, good)
	wantMessage(t, "one more", err, "auth.token_many")
	h.clock.add((MaxTokenDays + 31) * 24 * time.Hour)
	if _, err := h.CleanUp(t.Context()); err != nil || len(h.store.tokens) != 0 {
		t.Errorf("%d tokens stay, %v", len(h.store.tokens), err)
	}
}
