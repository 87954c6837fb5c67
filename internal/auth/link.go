package auth

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
)

const linkFor = 10 * time.Minute

// SignInLink makes the token of a link with which a local administrator signs in once within ten minutes, for the
// day on which no provider answers. The command line makes it and nothing else does.
func (s *Service) SignInLink(ctx context.Context, a access.Actor, login string) (string, error) {
	if !a.System {
		return "", errs.New(errs.NotFound, errs.Message{})
	}
	u, err := s.UserByLogin(ctx, a, login)
	if err != nil {
		return "", err
	}
	if !localAdmin(u) {
		return "", errs.New(errs.Invalid, errs.Msg("auth.link_admin_only"))
	}
	token, hash := newToken()
	if err := s.store.CreateSignInLink(ctx, hash, u.ID, s.now().Add(linkFor), event(audit.AccountLink, a, u.ID)); err != nil {
		return "", fmt.Errorf("make sign-in link: %w", err)
	}
	return token, nil
}

// localAdmin is whoever administrates by a right that was set here, not by a group of a provider.
func localAdmin(u User) bool {
	return activeAdmin(u) && u.Provider == "" && !slices.Contains(u.Given.Roles, access.RoleAdmin)
}

// SignInByLink starts a session with the token of a link. errs.Invalid for one that is used, too old or unknown.
func (s *Service) SignInByLink(ctx context.Context, token, network string) (string, Session, error) {
	bad := errs.New(errs.Invalid, errs.Msg("auth.link_invalid"))
	hash, ok := hashToken(token)
	if !ok {
		return "", Session{}, bad
	}
	u, err := s.store.UseSignInLink(ctx, hash, s.now())
	if errs.Is(err, errs.NotFound) || err == nil && !localAdmin(u) {
		s.refusedAgain(ctx, audit.Event{Action: audit.SignIn, Object: "instance", Network: network}.With("reason", "link"))
		return "", Session{}, bad
	}
	if err != nil {
		return "", Session{}, fmt.Errorf("use sign-in link: %w", err)
	}
	return s.startBy(ctx, u.ID, network, "link")
}
