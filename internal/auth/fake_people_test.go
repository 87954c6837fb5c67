package auth

import (
	"context"
	"time"

	"lernraum/internal/audit"
)

func (m *memory) FindUsers(ctx context.Context, q PeopleQuery) ([]User, int, error) {
	all, err := m.Users(ctx)
	return all, len(all), err
}

func (m *memory) AccountProviders(context.Context) ([]string, error) { return []string{"bund"}, nil }

func (m *memory) SetName(_ context.Context, id, name, label string, events ...audit.Event) error {
	return m.set(id, func(u *User) { u.Name, u.Label = name, label }, events...)
}

func (m *memory) CreatePasswordLink(_ context.Context, h Hash, id string, expires time.Time, events ...audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.link, m.linkUser, m.linkEnd = h, id, expires
	m.events = append(m.events, events...)
	return nil
}

func (m *memory) PasswordLinkUser(_ context.Context, h Hash, now time.Time) (User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.link != h || !now.Before(m.linkEnd) {
		return User{}, errNone
	}
	return copyUser(m.users[m.linkUser]), nil
}

func (m *memory) UsePasswordLink(_ context.Context, h Hash, now time.Time, password string, events ...audit.Event) error {
	m.mu.Lock()
	if m.link != h || !now.Before(m.linkEnd) {
		m.mu.Unlock()
		return errNone
	}
	m.link = Hash{}
	m.mu.Unlock()
	return m.SetPassword(context.Background(), m.linkUser, password, events...)
}
