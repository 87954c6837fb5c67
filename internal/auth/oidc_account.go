package auth

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/oklog/ulid/v2"

	"lernraum/internal/audit"
)

// reading is what a provider says about a person.
type reading struct {
	identity Identity
	groupsIn string // "id", "info" or "" when there was no claim of groups
}

// read puts together what the ID token and userinfo say.
func (p *party) read(ctx context.Context, m *metadata, tok token, accessToken string) (reading, error) {
	var info claimSet
	if m.userInfo != "" {
		var err error
		if info, err = p.userinfo(ctx, m, accessToken); err != nil {
			return reading{}, err
		}
		if sub := info.text("sub"); sub != tok.Subject {
			return reading{}, refusal("userinfo_subject")
		}
	}
	groups, found, err := tok.all.groups(p.GroupsClaim)
	in := "id"
	if err == nil && !found {
		if groups, found, err = info.groups(p.GroupsClaim); found {
			in = "info"
		}
	}
	if err != nil {
		return reading{}, err
	}
	if !found {
		in = ""
	}
	return reading{p.person(tok.Subject, tok.all, info, groups), in}, nil
}

// enter finds or makes the account of an identity.
func (s *Service) enter(ctx context.Context, p *party, id Identity, network string) (User, error) {
	made, err := ulid.New(ulid.Timestamp(s.now()), rand.Reader)
	if err != nil {
		return User{}, fmt.Errorf("make user id: %w", err)
	}
	id.UserID = made.String()
	object := "provider:" + p.Key
	changed := audit.Event{Action: audit.AccountProvider, Object: object}.
		With("roles", joined(id.Rights.Roles)).With("units", joined(id.Rights.Units)).With("spaces", spacesText(id.Rights.Spaces))
	u, missing, err := s.store.Enter(ctx, id, s.now(), audit.Event{Action: audit.AccountCreate, Object: object}, changed)
	if err != nil {
		return User{}, fmt.Errorf("enter account of provider: %w", err)
	}
	s.cache.dropUser(u.ID)
	s.tellMissing(ctx, p, missing)
	if u.Disabled {
		return User{}, refusal("disabled")
	}
	return u, nil
}

// tellMissing logs once what a file of providers gives and does not exist.
func (s *Service) tellMissing(ctx context.Context, p *party, missing []string) {
	s.fed.mu.Lock()
	defer s.fed.mu.Unlock()
	for _, name := range missing {
		if key := p.Key + " " + name; !s.fed.missing[key] {
			s.fed.missing[key] = true
			s.log.WarnContext(ctx, "a group of a provider is mapped to something that does not exist", "provider", p.Key, "missing", name)
		}
	}
}
