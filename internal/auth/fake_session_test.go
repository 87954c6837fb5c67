package auth

import (
	"context"
	"maps"
	"time"

	"lernraum/internal/audit"
)

func (m *memory) SessionsOf(_ context.Context, userID string) ([]Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Session
	for _, s := range m.sessions {
		if s.UserID == userID {
			list = append(list, s)
		}
	}
	return list, nil
}

func (m *memory) SessionByID(_ context.Context, id string) (Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.sessions {
		if s.ID == id {
			return s, nil
		}
	}
	return Session{}, errNone
}

func (m *memory) DeleteOtherSessions(_ context.Context, userID string, keep Hash, events ...audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.sessions, func(h Hash, s Session) bool { return s.UserID == userID && h != keep })
	m.events = append(m.events, events...)
	return nil
}

func (m *memory) DescribeSession(_ context.Context, h Hash, device, network string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.sessions[h]; ok {
		s.Device, s.Network = device, network
		m.sessions[h] = s
	}
	return nil
}

func (m *memory) ConfirmSession(_ context.Context, h, next Hash, at time.Time, events ...audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[h]
	if !ok {
		return errNone
	}
	delete(m.sessions, h)
	s.Hash, s.ConfirmedAt = next, at
	m.sessions[next] = s
	m.events = append(m.events, events...)
	return nil
}
