package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
)

// APIToken is a key with which a program acts for a person at the JSON API. The key itself is shown once, when it is
// made, and never kept.
type APIToken struct {
	ID        string // ULID; what it is revoked by
	Hash      Hash
	UserID    string   // its owner
	Name      string   // what it is for, in the words of its owner
	Scopes    []string // sorted, unique: "kpi:<key>", "read", "write"
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedDay   time.Time // beginning of the day (UTC) of the last use; zero: never used
}

// OwnedToken is a token with whose it is.
type OwnedToken struct {
	APIToken
	Owner User // without password hash
}

// TokenStore keeps API tokens, in the manner of Store.
type TokenStore interface {
	// CreateToken stores a token; NotFound when its owner is not there.
	CreateToken(ctx context.Context, t APIToken, events ...audit.Event) error
	// TokenUser loads a token and its owner in one go. It does not judge: tokens that are over and accounts that are
	// closed are returned as they are.
	TokenUser(ctx context.Context, hash Hash) (APIToken, User, error)
	// Token loads one token by its id; Tokens those of an account, newest first, or all with userID "".
	Token(ctx context.Context, id string) (APIToken, error)
	Tokens(ctx context.Context, userID string) ([]APIToken, error)
	// TouchToken moves UsedDay forward; no error when the token has gone meanwhile.
	TouchToken(ctx context.Context, id string, day time.Time) error
	// DeleteToken revokes a token; NotFound when it is not there.
	DeleteToken(ctx context.Context, id string, events ...audit.Event) error
	// DeleteExpiredTokens removes tokens with ExpiresAt <= before and says how many.
	DeleteExpiredTokens(ctx context.Context, before time.Time) (int, error)
}

// Bounds of tokens.
const (
	MaxTokenDays     = 365
	DefaultTokenDays = 90
	maxTokens        = 50                  // of one account
	keepExpired      = 30 * 24 * time.Hour // a token that is over stays in the lists this long, so that its owner sees why
	maxScopeKPIs     = 50
	maxKPIKey        = 200 // bytes
)

// The scopes of a token; scopeKPI is followed by the key of a KPI.
const (
	ScopeRead  = "read"
	ScopeWrite = "write"
	scopeKPI   = "kpi:"
)

// NewToken is what somebody says about a new token. Days 0 takes the default.
type NewToken struct {
	Name   string
	Scopes []string
	Days   int
}

// CreateToken makes a token for an account and gives it in the form that is shown once. People make their own, with a
// session and never with another token; the operator on the command line makes anybody's; administrators do not act
// for others. Wrong input is errs.Invalid with the fields name, scopes and days.
func (s *Service) CreateToken(ctx context.Context, a access.Actor, userID string, n NewToken) (string, APIToken, error) {
	if !a.System && !own(a, userID) {
		return "", APIToken{}, errs.New(errs.NotFound, errs.Message{})
	}
	if n.Days == 0 {
		n.Days = DefaultTokenDays
	}
	n.Name = strings.TrimSpace(n.Name)
	scopes, bad := checkScopes(n.Scopes)
	bad = append(checkName("name", n.Name, true), bad...)
	if n.Days < 1 || n.Days > MaxTokenDays {
		bad = append(bad, errs.Field{Name: "days", Msg: errs.Msg("auth.token_days", "Max", MaxTokenDays)})
	}
	if err := errs.Fields(bad); err != nil {
		return "", APIToken{}, err
	}
	have, err := s.store.Tokens(ctx, userID)
	if err != nil {
		return "", APIToken{}, fmt.Errorf("count tokens: %w", err)
	}
	if len(have) >= maxTokens {
		return "", APIToken{}, errs.New(errs.Invalid, errs.Msg("auth.token_many", "Max", maxTokens))
	}
	now := s.now()
	id, err := ulid.New(ulid.Timestamp(now), rand.Reader)
	if err != nil {
		return "", APIToken{}, fmt.Errorf("make token id: %w", err)
	}
	raw, hash := newAPIToken()
	t := APIToken{
		ID: id.String(), Hash: hash, UserID: userID, Name: n.Name, Scopes: scopes, CreatedAt: now, ExpiresAt: now.AddDate(0, 0, n.Days),
	}
	e := tokenEvent(audit.TokenCreate, a, t).With("scopes", joined(scopes)).With("days", fmt.Sprint(n.Days))
	if err := s.store.CreateToken(ctx, t, e); err != nil {
		return "", APIToken{}, fmt.Errorf("create token: %w", err)
	}
	return raw, t, nil
}

// own reports whether somebody with a session of their own asks about their own account.
func own(a access.Actor, userID string) bool {
	return a.SignedIn() && a.Token == nil && a.UserID == userID
}

func tokenEvent(action audit.Action, a access.Actor, t APIToken) audit.Event {
	e := event(action, a, t.UserID)
	e.Object = "token:" + t.ID
	return e
}

// checkScopes brings scopes into the form they are stored in and says what is wrong with them.
func checkScopes(in []string) ([]string, []errs.Field) {
	var out []string
	kpis := 0
	for _, sc := range in {
		key, isKPI := strings.CutPrefix(sc, scopeKPI)
		switch {
		case sc == ScopeRead, sc == ScopeWrite:
		case isKPI && key != "" && len(key) <= maxKPIKey && !strings.ContainsFunc(key, noKey):
			kpis++
		default:
			return nil, []errs.Field{{Name: "scopes", Msg: errs.Msg("auth.scope_unknown", "Scope", sc)}}
		}
		out = append(out, sc)
	}
	if len(out) == 0 {
		return nil, []errs.Field{{Name: "scopes", Msg: errs.Msg("auth.scope_missing")}}
	}
	if kpis > maxScopeKPIs {
		return nil, []errs.Field{{Name: "scopes", Msg: errs.Msg("auth.scope_many", "Max", maxScopeKPIs)}}
	}
	return sorted(out), nil
}

// noKey finds what no key of a KPI holds; blanks separate scopes where they are stored.
func noKey(r rune) bool { return r <= ' ' || r == ',' || r == '/' || r == 0x7f || r == 0xfffd }

// Tokens lists the tokens of an account, newest first: a person's own, an administrator anybody's.
func (s *Service) Tokens(ctx context.Context, a access.Actor, userID string) ([]APIToken, error) {
	if err := ownOrAdmin(a, userID); err != nil {
		return nil, err
	}
	if userID == "" {
		return nil, errs.New(errs.NotFound, errs.Message{})
	}
	list, err := s.store.Tokens(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return list, nil
}

func ownOrAdmin(a access.Actor, userID string) error {
	if own(a, userID) {
		return nil
	}
	return admin(a)
}

// AllTokens lists the tokens of all accounts with their owners, newest first; for administrators.
func (s *Service) AllTokens(ctx context.Context, a access.Actor) ([]OwnedToken, error) {
	if err := admin(a); err != nil {
		return nil, err
	}
	list, err := s.store.Tokens(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("list all tokens: %w", err)
	}
	owners := map[string]User{}
	out := make([]OwnedToken, 0, len(list))
	for _, t := range list {
		u, ok := owners[t.UserID]
		if !ok {
			if u, err = s.store.User(ctx, t.UserID); err != nil {
				return nil, fmt.Errorf("owner of a token: %w", err)
			}
			u.PasswordHash = ""
			owners[t.UserID] = u
		}
		out = append(out, OwnedToken{APIToken: t, Owner: u})
	}
	return out, nil
}

// RevokeToken ends a token at once: a person their own, an administrator anybody's. errs.NotFound.
func (s *Service) RevokeToken(ctx context.Context, a access.Actor, id string) error {
	t, err := s.store.Token(ctx, id)
	if err != nil {
		return fmt.Errorf("find token: %w", err)
	}
	if err := ownOrAdmin(a, t.UserID); err != nil {
		return err
	}
	err = s.store.DeleteToken(ctx, id, tokenEvent(audit.TokenRevoke, a, t))
	s.cache.drop(t.Hash)
	if err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	return nil
}

// A token is a prefix that scanners for leaked secrets know, 256 random bits and a checksum over both, in letters and
// digits: 53 characters. The checksum tells a mistyped or invented token without a look into the database.
const (
	tokenPrefix = "lrt_"
	tokenDigits = 43 // 62^43 > 2^256
	tokenCheck  = 6  // 62^6 > 2^32
)

func newAPIToken() (string, Hash) {
	body := tokenPrefix + base62(new(big.Int).SetBytes(randomBytes(tokenBytes)), tokenDigits)
	raw := body + checksum(body)
	return raw, sha256.Sum256([]byte(raw))
}

func base62(n *big.Int, width int) string {
	s := n.Text(62)
	return strings.Repeat("0", max(0, width-len(s))) + s
}

func checksum(body string) string {
	return base62(new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(body)))), tokenCheck)
}

// hashAPIToken gives what a token is stored as; ok is false for what cannot be one.
func hashAPIToken(raw string) (h Hash, ok bool) {
	if len(raw) != len(tokenPrefix)+tokenDigits+tokenCheck || !strings.HasPrefix(raw, tokenPrefix) {
		return h, false
	}
	if body := raw[:len(raw)-tokenCheck]; checksum(body) != raw[len(body):] {
		return h, false
	}
	return sha256.Sum256([]byte(raw)), true
}

// grant puts the scopes of a token into the form the access rule reads.
func (t APIToken) grant() *access.Token {
	g := &access.Token{ID: t.ID}
	for _, sc := range t.Scopes {
		switch key, isKPI := strings.CutPrefix(sc, scopeKPI); {
		case sc == ScopeRead:
			g.Read = true
		case sc == ScopeWrite:
			g.Write = true
		case isKPI:
			g.KPIs = append(g.KPIs, key)
		}
	}
	return g
}

// withToken is the owner as their token may act. The roles that administrate stay behind: a token never does.
func withToken(u User, t APIToken) access.Actor {
	a := actorOf(u)
	a.Roles = slices.DeleteFunc(slices.Clone(a.Roles), func(r access.Role) bool {
		return r == access.RoleAdmin || r == access.RoleCoordination || r == access.RoleCouncil
	})
	a.Token = t.grant()
	return a
}
