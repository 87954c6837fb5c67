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

const setupFor = 24 * time.Hour

// NeedsSetup reports whether the instance has no administrator who could sign in.
func (s *Service) NeedsSetup(ctx context.Context) (bool, error) {
	users, err := s.store.Users(ctx)
	if err != nil {
		return false, fmt.Errorf("look for an administrator: %w", err)
	}
	return !slices.ContainsFunc(users, activeAdmin), nil
}

func activeAdmin(u User) bool {
	return !u.Disabled && slices.Contains(u.Roles, access.RoleAdmin)
}

// SetupLink makes the token of the one-time link with which the operator creates the first administrator. It is
// valid once and for 24 hours and takes the place of every earlier one. errs.NotFound once there is an
// administrator.
func (s *Service) SetupLink(ctx context.Context) (token string, err error) {
	if err := s.setupOpen(ctx); err != nil {
		return "", err
	}
	token, hash := newToken()
	if err := s.store.CreateSetupToken(ctx, hash, s.now().Add(setupFor)); err != nil {
		return "", fmt.Errorf("make set-up link: %w", err)
	}
	return token, nil
}

func (s *Service) setupOpen(ctx context.Context) error {
	needed, err := s.NeedsSetup(ctx)
	if err != nil {
		return err
	}
	if !needed {
		return errs.New(errs.NotFound, errs.Message{})
	}
	return nil
}

// Setup creates the first administrator and signs in. Wrong input leaves the token valid; errs.NotFound once
// there is an administrator, errs.Invalid for a token that is used, too old or unknown.
func (s *Service) Setup(ctx context.Context, token, login, name, password string) (string, Session, error) {
	if err := s.setupOpen(ctx); err != nil {
		return "", Session{}, err
	}
	u := User{Login: NormalLogin(login), Name: strings.TrimSpace(name), Roles: []access.Role{access.RoleAdmin}}
	fields := append(checkUser(u), checkPassword("password", u.Login, password)...)
	if err := errs.Fields(fields); err != nil {
		return "", Session{}, err
	}
	switch _, err := s.store.UserByLogin(ctx, u.Login); {
	case err == nil:
		return "", Session{}, loginTaken(nil)
	case !errs.Is(err, errs.NotFound):
		return "", Session{}, fmt.Errorf("set up: %w", err)
	}
	hash, ok := hashToken(token)
	if !ok {
		return "", Session{}, errs.New(errs.Invalid, errs.Msg("auth.setup_invalid"))
	}
	if err := s.store.UseSetupToken(ctx, hash, s.now(), audit.Event{Action: audit.Setup, Object: "instance"}); err != nil {
		if errs.Is(err, errs.NotFound) {
			return "", Session{}, &errs.Error{Kind: errs.Invalid, Op: "set up", Msg: errs.Msg("auth.setup_invalid"), Cause: err}
		}
		return "", Session{}, fmt.Errorf("set up: %w", err)
	}
	u, err := s.create(ctx, access.Program("setup"), u, password)
	if err != nil {
		// The operator can make a new link with a restart; nothing was created.
		return "", Session{}, fmt.Errorf("set up, the link is used up: %w", err)
	}
	return s.start(ctx, u.ID, "")
}
