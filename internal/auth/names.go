package auth

import (
	"context"
	"fmt"

	"lernraum/internal/access"
	"lernraum/internal/errs"
)

// Names gives the names of accounts by their ids, for administrators; those that are gone are left out.
func (s *Service) Names(ctx context.Context, a access.Actor, ids []string) (map[string]string, error) {
	if err := admin(a); err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, id := range ids {
		if _, ok := names[id]; ok || id == "" {
			continue
		}
		u, err := s.store.User(ctx, id)
		if errs.Is(err, errs.NotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read names: %w", err)
		}
		names[id] = u.Name
	}
	return names, nil
}

// MemberCount is how many people with an open account a space has; managers are members too.
type MemberCount struct{ Members, Managers int }

// MemberCounts counts the people of each space, for administrators.
func (s *Service) MemberCounts(ctx context.Context, a access.Actor) (map[string]MemberCount, error) {
	if err := admin(a); err != nil {
		return nil, err
	}
	counts, err := s.store.MemberCounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("count members: %w", err)
	}
	return counts, nil
}
