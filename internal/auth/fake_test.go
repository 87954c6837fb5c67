package auth

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
)

// memory is a Store for tests. It counts look-ups and writes of sessions, and can fail or call back.
type memory struct {
	ProviderStore // nil: what needs it is tested with the real store

	mu       sync.Mutex
	users    map[string]User
	sessions map[Hash]Session
	tokens   map[string]APIToken
	link     Hash
	linkUser string
	linkEnd  time.Time
	setup    Hash
	setupEnd time.Time
	lookups  int
	touches  int
	events   []audit.Event
	failing  error           // answered by every write while set
	onCreate func(u *memory) // called once after a session was created, without the lock
}

func newMemory() *memory {
	return &memory{users: map[string]User{}, sessions: map[Hash]Session{}}
}

func copyUser(u User) User {
	u.Roles, u.Units, u.Spaces = slices.Clone(u.Roles), slices.Clone(u.Units), maps.Clone(u.Spaces)
	return u
}

var errNone = errs.New(errs.NotFound, errs.Message{})

func (m *memory) CreateUser(_ context.Context, u User, events ...audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing != nil {
		return m.failing
	}
	for _, other := range m.users {
		if other.Login == u.Login {
			return errs.New(errs.Conflict, errs.Message{})
		}
	}
	m.users[u.ID] = copyUser(u)
	m.events = append(m.events, events...)
	return nil
}

func (m *memory) UserByLogin(_ context.Context, login string) (User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, u := range m.users {
		if u.Login == login {
			return copyUser(u), nil
		}
	}
	return User{}, errNone
}

func (m *memory) User(_ context.Context, id string) (User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u, ok := m.users[id]
	if !ok {
		return User{}, errNone
	}
	return copyUser(u), nil
}

func (m *memory) Users(context.Context) ([]User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Values(m.users), func(a, b User) int { return strings.Compare(a.Login, b.Login) }), nil
}

func (m *memory) set(id string, change func(*User), events ...audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing != nil {
		return m.failing
	}
	u, ok := m.users[id]
	if !ok {
		return errNone
	}
	u = copyUser(u)
	change(&u)
	m.users[id] = u
	m.events = append(m.events, events...)
	return nil
}

func (m *memory) MemberCounts(context.Context) (map[string]MemberCount, error) { return nil, nil }

func (m *memory) Record(_ context.Context, events ...audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, events...)
	return m.failing
}

func (m *memory) SetPassword(_ context.Context, id, hash string, events ...audit.Event) error {
	return m.set(id, func(u *User) { u.PasswordHash = hash }, events...)
}
func (m *memory) SetRoles(_ context.Context, id string, roles []access.Role, events ...audit.Event) error {
	return m.set(id, func(u *User) { u.Roles = roles }, events...)
}
func (m *memory) SetUnits(_ context.Context, id string, units []string, events ...audit.Event) error {
	return m.set(id, func(u *User) { u.Units = units }, events...)
}
func (m *memory) SetDisabled(_ context.Context, id string, disabled bool, events ...audit.Event) error {
	return m.set(id, func(u *User) { u.Disabled = disabled }, events...)
}
func (m *memory) SetMembership(_ context.Context, id, space string, ms access.Membership, events ...audit.Event) error {
	return m.set(id, func(u *User) {
		if u.Spaces == nil {
			u.Spaces = map[string]access.Membership{}
		}
		u.Spaces[space] = ms
	}, events...)
}

func (m *memory) CreateSession(_ context.Context, s Session, events ...audit.Event) error {
	m.mu.Lock()
	if m.failing != nil {
		defer m.mu.Unlock()
		return m.failing
	}
	m.sessions[s.Hash] = s
	m.events = append(m.events, events...)
	hook := m.onCreate
	m.onCreate = nil
	m.mu.Unlock()
	if hook != nil {
		hook(m)
	}
	return nil
}

func (m *memory) SessionUser(_ context.Context, h Hash) (Session, User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lookups++
	s, ok := m.sessions[h]
	if !ok {
		return Session{}, User{}, errNone
	}
	return s, copyUser(m.users[s.UserID]), nil
}

func (m *memory) TouchSession(_ context.Context, h Hash, seen time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.touches++
	if m.failing != nil {
		return m.failing
	}
	if s, ok := m.sessions[h]; ok {
		s.SeenAt = seen
		m.sessions[h] = s
	}
	return nil
}

func (m *memory) DeleteSession(_ context.Context, h Hash, events ...audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, h)
	m.events = append(m.events, events...)
	return nil
}

func (m *memory) DeleteSessionsOf(_ context.Context, id string, events ...audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.sessions, func(_ Hash, s Session) bool { return s.UserID == id })
	m.events = append(m.events, events...)
	return nil
}

func (m *memory) DeleteExpiredSessions(_ context.Context, now, idleSince time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := len(m.sessions)
	maps.DeleteFunc(m.sessions, func(_ Hash, s Session) bool {
		return !s.ExpiresAt.After(now) || !s.SeenAt.After(idleSince)
	})
	return before - len(m.sessions), nil
}

func (m *memory) CreateSetupToken(_ context.Context, h Hash, expires time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.setup, m.setupEnd = h, expires
	return nil
}

func (m *memory) UseSetupToken(_ context.Context, h Hash, now time.Time, events ...audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.setup != h || h == (Hash{}) || !now.Before(m.setupEnd) {
		return errNone
	}
	m.setup = Hash{}
	m.events = append(m.events, events...)
	return nil
}

// clock is a time that only moves when told to.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// cheap hashes in microseconds; the form and the code are the same.
func cheap() Params { return Params{MemoryKiB: 64, Passes: 1, Lanes: 1} }

const goodPassword = "Kaffee um halb vier"

// house is a service with one administrator and one contributor.
type house struct {
	*Service
	store       *memory
	clock       *clock
	admin, user User
}

func newHouse(t *testing.T, o Options) house {
	t.Helper()
	h := house{store: newMemory(), clock: &clock{t: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}}
	o.Now = h.clock.now
	if o.Params == (Params{}) {
		o.Params = cheap()
	}
	h.Service = New(h.store, o)
	root := access.Program("test")
	var err1, err2 error
	h.admin, err1 = h.AddUser(t.Context(), root, NewUser{Login: "Leitstelle", Name: "Leitstelle", Password: goodPassword, Roles: []access.Role{access.RoleAdmin}})
	h.user, err2 = h.AddUser(t.Context(), root, NewUser{Login: "z2", Name: "Reisestelle", Label: "Referat Z 2", Password: goodPassword,
		Units: []string{"z2"}, Spaces: map[string]access.Membership{"handbuch": access.Member}})
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h house) actor(u User) access.Actor { return actorOf(u) }

func wantKind(t *testing.T, what string, err error, kind errs.Kind) {
	t.Helper()
	if !errs.Is(err, kind) {
		t.Errorf("%s: got %v, want an error of kind %d", what, err, kind)
	}
}

func wantMessage(t *testing.T, what string, err error, key string) {
	t.Helper()
	if m, ok := errs.MessageOf(err); !ok || m.Key != key {
		t.Errorf("%s: got %v, want the message %s", what, err, key)
	}
}

func wantField(t *testing.T, what string, err error, name, key string) {
	t.Helper()
	for _, f := range errs.FieldsOf(err) {
		if f.Name == name && f.Msg.Key == key {
			return
		}
	}
	t.Errorf("%s: got %v, want %s at field %s", what, err, key, name)
}
