package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// store is the example's storage with groups, keys that rotate, people who can leave, and addresses to return to
// after the sign-out.
type store struct {
	*storage.Storage
	people  *people
	clients map[string]client
	keys    *keys
}

func newStore(s setup) (*store, error) {
	p := &people{byID: map[string]person{}}
	for _, u := range s.Users {
		p.byID[u.ID] = u
	}
	registered, known := map[string]*storage.Client{}, map[string]client{}
	for _, c := range s.Clients {
		registered[c.ID] = storage.WebClient(c.ID, c.Secret, c.Redirects...)
		known[c.ID] = c
	}
	k := &keys{}
	if err := k.rotate(); err != nil {
		return nil, err
	}
	return &store{storage.NewStorageWithClients(p, registered), p, known, k}, nil
}

// groups go where the subject goes: into the ID token and the answer of the userinfo endpoint.
func (s *store) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, r op.IDTokenRequest, scopes []string) error {
	if err := s.Storage.SetUserinfoFromRequest(ctx, info, r, scopes); err != nil {
		return err
	}
	return s.groups(info, r.GetSubject())
}

func (s *store) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, token, subject, origin string) error {
	if err := s.Storage.SetUserinfoFromToken(ctx, info, token, subject, origin); err != nil {
		return err
	}
	return s.groups(info, subject)
}

func (s *store) groups(info *oidc.UserInfo, subject string) error {
	u, ok := s.people.get(subject)
	if !ok {
		return errors.New("the user is gone")
	}
	info.AppendClaims("groups", u.Groups)
	return nil
}

// TokenRequestByRefreshToken refuses who is gone. The example would find out while it writes the answer.
func (s *store) TokenRequestByRefreshToken(ctx context.Context, token string) (op.RefreshTokenRequest, error) {
	r, err := s.Storage.TokenRequestByRefreshToken(ctx, token)
	if err != nil {
		return nil, err
	}
	if _, ok := s.people.get(r.GetSubject()); !ok {
		return nil, errors.New("the user is gone")
	}
	return r, nil
}

func (s *store) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, err := s.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	return relyingParty{c, s.clients[id].PostLogout}, nil
}

func (s *store) SigningKey(context.Context) (op.SigningKey, error) { return s.keys.current(), nil }

func (s *store) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256}, nil
}

func (s *store) KeySet(context.Context) ([]op.Key, error) { return s.keys.public(), nil }

// relyingParty is a client that may name where to go after the sign-out.
type relyingParty struct {
	op.Client
	postLogout []string
}

func (c relyingParty) PostLogoutRedirectURIs() []string { return c.postLogout }

// people are the users, who change while the provider runs.
type people struct {
	mu   sync.Mutex
	byID map[string]person
}

func (p *people) get(id string) (person, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u, ok := p.byID[id]
	return u, ok
}

func (p *people) change(id string, do func(*person)) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	u, ok := p.byID[id]
	if !ok {
		return false
	}
	do(&u)
	p.byID[id] = u
	return true
}

func (p *people) remove(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.byID, id)
}

// GetUserByID gives nil for nobody: so the example wants it.
func (p *people) GetUserByID(id string) *storage.User {
	u, ok := p.get(id)
	if !ok {
		return nil
	}
	given, family, _ := strings.Cut(u.Name, " ")
	return &storage.User{
		ID: u.ID, Username: u.Login, Password: u.Password, FirstName: given, LastName: family,
		Email: u.Mail, EmailVerified: u.MailVerified,
	}
}

func (p *people) GetUserByUsername(login string) *storage.User {
	p.mu.Lock()
	ids := slices.Collect(maps.Keys(p.byID))
	p.mu.Unlock()
	for _, id := range ids {
		if u := p.GetUserByID(id); u != nil && u.Username == login {
			return u
		}
	}
	return nil
}

func (p *people) ExampleClientID() string { return storage.ServiceUserID }
