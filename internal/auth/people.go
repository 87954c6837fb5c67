package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
)

// PeopleQuery narrows the list of accounts. Empty fields do not.
type PeopleQuery struct {
	Text     string // words that stand in name, login, label or organisation
	Provider string // key of a provider; LocalProvider for local accounts
	Role     access.Role
	State    string // "open" or "closed"
	Limit    int
	Offset   int
}

// LocalProvider asks for the accounts that belong to no provider.
const LocalProvider = "-"

// PeopleStore keeps what administrators do with accounts. The rules of Store hold.
type PeopleStore interface {
	// FindUsers lists accounts by name and says how many there are in all.
	FindUsers(ctx context.Context, q PeopleQuery) ([]User, int, error)
	// AccountProviders lists the providers that accounts belong to, sorted.
	AccountProviders(ctx context.Context) ([]string, error)
	// SetName replaces name and label of an account.
	SetName(ctx context.Context, userID, name, label string, events ...audit.Event) error
	// CreatePasswordLink stores the hash of a one-time link for an account in place of an earlier one.
	CreatePasswordLink(ctx context.Context, hash Hash, userID string, expires time.Time, events ...audit.Event) error
	// PasswordLinkUser gives the account of a link; NotFound when there is none or it is over.
	PasswordLinkUser(ctx context.Context, hash Hash, now time.Time) (User, error)
	// UsePasswordLink removes a link and sets the password of its account, or neither; NotFound when there is none or
	// it is over. Of two concurrent calls exactly one succeeds.
	UsePasswordLink(ctx context.Context, hash Hash, now time.Time, password string, events ...audit.Event) error
}

// People lists accounts for administrators, without password hashes, and says how many there are in all.
func (s *Service) People(ctx context.Context, a access.Actor, q PeopleQuery) ([]User, int, error) {
	if err := admin(a); err != nil {
		return nil, 0, err
	}
	list, total, err := s.store.FindUsers(ctx, q)
	if err != nil {
		return nil, 0, fmt.Errorf("find accounts: %w", err)
	}
	for i := range list {
		list[i].PasswordHash = ""
	}
	return list, total, nil
}

// ProviderLabel is what a provider is called in a language; its key when it is no longer one of ours.
func (s *Service) ProviderLabel(key, lang string) string {
	p, err := s.party(key)
	switch {
	case err != nil:
		return key
	case lang == "en" && p.LabelEN != "":
		return p.LabelEN
	case p.LabelDE != "":
		return p.LabelDE
	}
	return key
}

// AccountProviders lists the providers that accounts belong to; for administrators.
func (s *Service) AccountProviders(ctx context.Context, a access.Actor) ([]string, error) {
	if err := admin(a); err != nil {
		return nil, err
	}
	list, err := s.store.AccountProviders(ctx)
	if err != nil {
		return nil, fmt.Errorf("list providers of accounts: %w", err)
	}
	return list, nil
}

// Person gives one account to administrators, without its password hash; hasPassword says whether there is one.
func (s *Service) Person(ctx context.Context, a access.Actor, id string) (u User, hasPassword bool, err error) {
	if err := admin(a); err != nil {
		return User{}, false, err
	}
	if u, err = s.store.User(ctx, id); err != nil {
		return User{}, false, fmt.Errorf("read account: %w", err)
	}
	hasPassword = u.PasswordHash != ""
	u.PasswordHash = ""
	return u, hasPassword, nil
}

// PersonChange is what an administrator sets of an account. Roles and units that follow from groups of a provider are
// not touched, and name and label of an account of a provider neither: they come from there.
type PersonChange struct {
	Name, Label string
	Roles       []access.Role
	Units       []string
}

// ChangePerson sets what differs. errs.Invalid with the fields name, label and roles; the last administrator stays.
func (s *Service) ChangePerson(ctx context.Context, a access.Actor, id string, c PersonChange) error {
	u, _, err := s.Person(ctx, a, id)
	if err != nil {
		return err
	}
	c.Name, c.Label = strings.TrimSpace(c.Name), strings.TrimSpace(c.Label)
	if u.Provider != "" {
		c.Name, c.Label = u.Name, u.Label
	}
	c.Roles = without(sorted(c.Roles), u.Given.Roles)
	c.Units = without(sorted(c.Units), u.Given.Units)
	bad := append(checkName("name", c.Name, true), checkName("label", c.Label, false)...)
	bad = append(bad, checkRoles(c.Roles)...)
	bad = append(bad, ownUnits(a, u, c.Units)...)
	if !slices.Contains(c.Roles, access.RoleAdmin) && !slices.Contains(u.Given.Roles, access.RoleAdmin) {
		switch err := s.keepAdmin(ctx, id); {
		case errs.Is(err, errs.Invalid):
			bad = append(bad, errs.Field{Name: "roles", Msg: errs.Msg("auth.last_admin")})
		case err != nil:
			return err
		}
	}
	if err := errs.Fields(bad); err != nil {
		return err
	}
	if !slices.Equal(c.Roles, without(u.Roles, u.Given.Roles)) {
		if err := s.changed(id, "set roles", s.store.SetRoles(ctx, id, c.Roles, rolesEvent(audit.AccountRoles, a, id, c.Roles))); err != nil {
			return err
		}
	}
	if !slices.Equal(c.Units, without(u.Units, u.Given.Units)) {
		if err := s.SetUnits(ctx, a, id, c.Units); err != nil {
			return err
		}
	}
	if c.Name != u.Name || c.Label != u.Label {
		return s.changed(id, "set name", s.store.SetName(ctx, id, c.Name, c.Label, event(audit.AccountChange, a, id)))
	}
	return nil
}

// without gives the values that are not in the other list.
func without[T comparable](list, other []T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return slices.Contains(other, v) })
}

// passwordLinkFor is how long a link to set a password is good.
const passwordLinkFor = 24 * time.Hour

// PasswordLink makes the token of a one-time link with which a person sets the password of their local account, so that
// nobody else ever knows it; for administrators. It takes the place of an earlier one. errs.Invalid for an account that
// is closed or belongs to a provider, and where nobody signs in with a password.
func (s *Service) PasswordLink(ctx context.Context, a access.Actor, id string) (string, error) {
	u, _, err := s.Person(ctx, a, id)
	if err != nil {
		return "", err
	}
	if u.Provider != "" || u.Disabled || !s.Passwords() {
		return "", errs.New(errs.Invalid, errs.Msg("auth.link_refused"))
	}
	token, hash := newToken()
	e := event(audit.AccountLink, a, id).With("for", "password")
	if err := s.store.CreatePasswordLink(ctx, hash, id, s.now().Add(passwordLinkFor), e); err != nil {
		return "", fmt.Errorf("make password link: %w", err)
	}
	return token, nil
}

// PasswordLinkLogin tells for which login a link sets the password; errs.NotFound when it is used, over or unknown.
func (s *Service) PasswordLinkLogin(ctx context.Context, token string) (string, error) {
	u, err := s.linked(ctx, token)
	return u.Login, err
}

func (s *Service) linked(ctx context.Context, token string) (User, error) {
	hash, ok := hashToken(token)
	if !ok {
		return User{}, errs.New(errs.NotFound, errs.Message{})
	}
	u, err := s.store.PasswordLinkUser(ctx, hash, s.now())
	if err != nil {
		return User{}, fmt.Errorf("look up password link: %w", err)
	}
	if u.Disabled || u.Provider != "" || !s.Passwords() {
		return User{}, errs.New(errs.NotFound, errs.Message{})
	}
	return u, nil
}

// PasswordByLink sets the password of the account of a link, ends its sessions and signs in. Wrong input leaves the link
// good: errs.Invalid with the field password. errs.NotFound when the link is used, over or unknown.
func (s *Service) PasswordByLink(ctx context.Context, token, password, network string) (string, Session, error) {
	u, err := s.linked(ctx, token)
	if err != nil {
		return "", Session{}, err
	}
	if err := errs.Fields(checkPassword("password", u.Login, password)); err != nil {
		return "", Session{}, err
	}
	h, err := s.hasher.hash(ctx, normalPassword(password))
	if err != nil {
		return "", Session{}, fmt.Errorf("set password: %w", err)
	}
	hash, _ := hashToken(token)
	self := actorOf(u)
	if err := s.store.UsePasswordLink(ctx, hash, s.now(), h, event(audit.AccountPassword, self, u.ID)); err != nil {
		return "", Session{}, fmt.Errorf("use password link: %w", err)
	}
	if err := s.endSessions(ctx, self, u.ID); err != nil {
		return "", Session{}, err
	}
	return s.start(ctx, u.ID, network)
}
