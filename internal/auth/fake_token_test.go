package auth

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"lernraum/internal/audit"
)

func (m *memory) CreateToken(_ context.Context, t APIToken, events ...audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing != nil {
		return m.failing
	}
	if _, ok := m.users[t.UserID]; !ok {
		return errNone
	}
	if m.tokens == nil {
		m.tokens = map[string]APIToken{}
	}
	m.tokens[t.ID] = t
	m.events = append(m.events, events...)
	return nil
}

func (m *memory) TokenUser(_ context.Context, h Hash) (APIToken, User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lookups++
	for _, t := range m.tokens {
		if t.Hash == h {
			return t, copyUser(m.users[t.UserID]), nil
		}
	}
	return APIToken{}, User{}, errNone
}

func (m *memory) Token(_ context.Context, id string) (APIToken, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tokens[id]
	if !ok {
		return APIToken{}, errNone
	}
	return t, nil
}

func (m *memory) Tokens(_ context.Context, userID string) ([]APIToken, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := slices.SortedFunc(maps.Values(m.tokens), func(a, b APIToken) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	return slices.DeleteFunc(list, func(t APIToken) bool { return userID != "" && t.UserID != userID }), nil
}

func (m *memory) TouchToken(_ context.Context, id string, day time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.touches++
	if m.failing != nil {
		return m.failing
	}
	if t, ok := m.tokens[id]; ok && t.UsedDay.Before(day) {
		t.UsedDay = day
		m.tokens[id] = t
	}
	return nil
}

func (m *memory) DeleteToken(_ context.Context, id string, events ...audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.tokens[id]; !ok {
		return errNone
	}
	delete(m.tokens, id)
	m.events = append(m.events, events...)
	return nil
}

func (m *memory) DeleteExpiredTokens(_ context.Context, before time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	had := len(m.tokens)
	maps.DeleteFunc(m.tokens, func(_ string, t APIToken) bool { return !t.ExpiresAt.After(before) })
	return had - len(m.tokens), nil
}
