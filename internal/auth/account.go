package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// NewUser is what an administrator, the command line or the demo says about a new account.
type NewUser struct {
	Login, Name, Label string
	// Password may be empty only with NoPassword, for accounts that are entered by SignInAs or not at all.
	Password   string
	NoPassword bool
	Roles      []access.Role
	Units      []string
	Spaces     map[string]access.Membership
}

// admin refuses everybody who may not administrate; what exists is not told to the others.
func admin(a access.Actor) error {
	if !access.Can(a, access.Admin, access.Object{}) {
		return errs.New(errs.NotFound, errs.Message{})
	}
	return nil
}

// AddUser creates an account. errs.NotFound for actors who are no administrator, errs.Invalid with a field for
// each mistake, a login that is taken included.
func (s *Service) AddUser(ctx context.Context, a access.Actor, n NewUser) (User, error) {
	if err := admin(a); err != nil {
		return User{}, err
	}
	u := User{
		Login: NormalLogin(n.Login), Name: strings.TrimSpace(n.Name), Label: strings.TrimSpace(n.Label),
		Roles: sorted(n.Roles), Units: sorted(n.Units), Spaces: n.Spaces,
	}
	fields := checkUser(u)
	if !n.NoPassword {
		fields = append(fields, checkPassword("password", u.Login, n.Password)...)
	}
	if err := errs.Fields(fields); err != nil {
		return User{}, err
	}
	if n.NoPassword {
		n.Password = ""
	}
	return s.create(ctx, a, u, n.Password)
}

// NewID makes a permanent id from a time and 80 random bits.
func NewID(now time.Time) (string, error) {
	id, err := ulid.New(ulid.Timestamp(now), rand.Reader)
	if err != nil {
		return "", fmt.Errorf("make id: %w", err)
	}
	return id.String(), nil
}

// create stores an account that was checked; an empty password makes one without.
func (s *Service) create(ctx context.Context, a access.Actor, u User, password string) (User, error) {
	now := s.now()
	id, err := NewID(now)
	if err != nil {
		return User{}, err
	}
	u.ID, u.CreatedAt = id, now
	if password != "" {
		if u.PasswordHash, err = s.hasher.hash(ctx, normalPassword(password)); err != nil {
			return User{}, fmt.Errorf("create account: %w", err)
		}
	}
	if err := s.store.CreateUser(ctx, u, rolesEvent(audit.AccountCreate, a, u.ID, u.Roles)); err != nil {
		if errs.Is(err, errs.Conflict) {
			return User{}, loginTaken(err)
		}
		return User{}, fmt.Errorf("create account: %w", err)
	}
	return u, nil
}

// event tells what an actor did to an account.
func event(action audit.Action, a access.Actor, userID string) audit.Event {
	return audit.Event{Action: action, Object: "instance", Actor: a.UserID, Subject: userID}
}

func rolesEvent(action audit.Action, a access.Actor, userID string, roles []access.Role) audit.Event {
	return event(action, a, userID).With("roles", joined(roles))
}

func joined[T ~string](list []T) string {
	var b strings.Builder
	for i, v := range list {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(v))
	}
	return b.String()
}

func loginTaken(cause error) error {
	return &errs.Error{Kind: errs.Invalid, Op: "create account", Msg: errs.Msg("err.invalid", "Count", 1), Cause: cause,
		Fields: []errs.Field{{Name: "login", Msg: errs.Msg("auth.login_taken")}}}
}

func checkUser(u User) []errs.Field {
	fields := checkLogin(u.Login)
	fields = append(fields, checkName("name", u.Name, true)...)
	fields = append(fields, checkName("label", u.Label, false)...)
	return append(fields, checkRoles(u.Roles)...)
}

func checkRoles(roles []access.Role) []errs.Field {
	for _, r := range roles {
		if _, ok := access.ParseRole(string(r)); !ok {
			return []errs.Field{{Name: "roles", Msg: errs.Msg("auth.role_unknown", "Role", string(r))}}
		}
	}
	return nil
}

// sorted gives a sorted copy without repetitions.
func sorted[T ~string](in []T) []T {
	out := slices.Clone(in)
	slices.Sort(out)
	return slices.Compact(out)
}

// Users lists all accounts, without their password hashes.
func (s *Service) Users(ctx context.Context, a access.Actor) ([]User, error) {
	if err := admin(a); err != nil {
		return nil, err
	}
	return s.users(ctx)
}

// UserByLogin finds an account as it was typed, without its password hash; for administrators. errs.NotFound.
func (s *Service) UserByLogin(ctx context.Context, a access.Actor, login string) (User, error) {
	if err := admin(a); err != nil {
		return User{}, err
	}
	u, err := s.store.UserByLogin(ctx, NormalLogin(login))
	if err != nil {
		return User{}, fmt.Errorf("find account: %w", err)
	}
	u.PasswordHash = ""
	return u, nil
}

// DemoUsers lists the accounts that a visitor of the demo may enter with SignInAs; errs.NotFound elsewhere.
func (s *Service) DemoUsers(ctx context.Context) ([]User, error) {
	if !s.demo {
		return nil, errs.New(errs.NotFound, errs.Message{})
	}
	all, err := s.users(ctx)
	return slices.DeleteFunc(all, func(u User) bool { return u.Disabled }), err
}

func (s *Service) users(ctx context.Context) ([]User, error) {
	all, err := s.store.Users(ctx)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	for i := range all {
		all[i].PasswordHash = ""
	}
	return all, nil
}

// Own gives an actor their own account, without the hash of its password, and tells whether they sign in with one.
func (s *Service) Own(ctx context.Context, a access.Actor) (u User, password bool, err error) {
	if !own(a, a.UserID) {
		return User{}, false, errs.New(errs.Unauthenticated, errs.Msg("auth.signed_out"))
	}
	if u, err = s.store.User(ctx, a.UserID); err != nil {
		return User{}, false, fmt.Errorf("read own account: %w", err)
	}
	password = s.Passwords() && u.PasswordHash != ""
	u.PasswordHash = ""
	return u, password, nil
}

// SetPassword sets the password of any account and ends its sessions; for administrators.
func (s *Service) SetPassword(ctx context.Context, a access.Actor, userID, password string) error {
	if err := admin(a); err != nil {
		return err
	}
	u, err := s.store.User(ctx, userID)
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return s.setPassword(ctx, a, u, "password", password)
}

func (s *Service) setPassword(ctx context.Context, a access.Actor, u User, field, password string) error {
	if err := errs.Fields(checkPassword(field, u.Login, password)); err != nil {
		return err
	}
	h, err := s.hasher.hash(ctx, normalPassword(password))
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	if err := s.store.SetPassword(ctx, u.ID, h, event(audit.AccountPassword, a, u.ID)); err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return s.endSessions(ctx, a, u.ID)
}

// ChangePassword sets a person's own password. It asks for the old one under the same throttle as signing in,
// ends all their sessions and starts a new one, whose token takes the place of the old in the cookie.
func (s *Service) ChangePassword(ctx context.Context, a access.Actor, old, password string) (string, Session, error) {
	if !own(a, a.UserID) {
		return "", Session{}, errs.New(errs.Unauthenticated, errs.Msg("auth.signed_out"))
	}
	u, err := s.store.User(ctx, a.UserID)
	if err != nil {
		return "", Session{}, fmt.Errorf("change password: %w", err)
	}
	if !s.Passwords() || u.Provider != "" {
		return "", Session{}, errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	if err := errs.Fields(checkPassword("new", u.Login, password)); err != nil {
		return "", Session{}, err
	}
	// A network of its own keeps failures at the sign-in page from blocking this form, and the other way round.
	done, err := s.throttle.begin(s.now(), u.Login, "account "+u.ID)
	if err != nil {
		return "", Session{}, err
	}
	_, err = s.check(ctx, u.Login, old)
	done(s.now(), errors.Is(err, errWrong))
	if errors.Is(err, errWrong) {
		return "", Session{}, errs.Fields([]errs.Field{{Name: "old", Msg: errs.Msg("auth.old_wrong")}})
	}
	if err != nil {
		return "", Session{}, fmt.Errorf("change password: %w", err)
	}
	if err := s.setPassword(ctx, a, u, "new", password); err != nil {
		return "", Session{}, err
	}
	return s.start(ctx, u.ID, "")
}

// SetRoles replaces the roles of an account; for administrators. The last administrator stays one.
func (s *Service) SetRoles(ctx context.Context, a access.Actor, userID string, roles []access.Role) error {
	if err := admin(a); err != nil {
		return err
	}
	roles = sorted(roles)
	if err := errs.Fields(checkRoles(roles)); err != nil {
		return err
	}
	if !slices.Contains(roles, access.RoleAdmin) {
		if err := s.keepAdmin(ctx, userID); err != nil {
			return err
		}
	}
	return s.changed(userID, "set roles", s.store.SetRoles(ctx, userID, roles, rolesEvent(audit.AccountRoles, a, userID, roles)))
}

// SetDisabled closes or opens an account; for administrators. Closing ends its sessions. The last
// administrator cannot be closed.
func (s *Service) SetDisabled(ctx context.Context, a access.Actor, userID string, disabled bool) error {
	if err := admin(a); err != nil {
		return err
	}
	if !disabled {
		return s.changed(userID, "open account", s.store.SetDisabled(ctx, userID, false, event(audit.AccountOpen, a, userID)))
	}
	if err := s.keepAdmin(ctx, userID); err != nil {
		return err
	}
	if err := s.changed(userID, "close account", s.store.SetDisabled(ctx, userID, true, event(audit.AccountClose, a, userID))); err != nil {
		return err
	}
	return s.endSessions(ctx, a, userID)
}

// keepAdmin refuses to take away the only administrator: that would open the set-up again.
func (s *Service) keepAdmin(ctx context.Context, userID string) error {
	users, err := s.store.Users(ctx)
	if err != nil {
		return fmt.Errorf("look for another administrator: %w", err)
	}
	var last string
	for _, u := range users {
		if activeAdmin(u) {
			if last != "" {
				return nil
			}
			last = u.ID
		}
	}
	if last == userID {
		return errs.New(errs.Invalid, errs.Msg("auth.last_admin"))
	}
	return nil
}

// SetUnits replaces the units of an account; for administrators.
func (s *Service) SetUnits(ctx context.Context, a access.Actor, userID string, units []string) error {
	if err := admin(a); err != nil {
		return err
	}
	units = sorted(units)
	u, err := s.store.User(ctx, userID)
	if err != nil {
		return fmt.Errorf("set units: %w", err)
	}
	if err := errs.Fields(ownUnits(a, u, units)); err != nil {
		return err
	}
	return s.changed(userID, "set units", s.store.SetUnits(ctx, userID, units, event(audit.AccountUnits, a, userID).With("units", joined(units))))
}

// ownUnits refuses administrators who give themselves a unit: units carry rights in closed spaces, and nobody lets
// themselves in by technical rights. Another administrator or the command line can.
func ownUnits(a access.Actor, u User, units []string) []errs.Field {
	if a.System || a.UserID != u.ID {
		return nil
	}
	for _, unit := range units {
		if !slices.Contains(u.Units, unit) {
			return []errs.Field{{Name: "add_unit", Msg: errs.Msg("auth.own_units")}}
		}
	}
	return nil
}

// SetMembership says what somebody is in a space. Its managers may do that; administrators may too, except for
// a restricted space: nobody lets themselves in by technical rights.
func (s *Service) SetMembership(ctx context.Context, a access.Actor, userID string, space page.Space, m access.Membership) error {
	allowed := access.Can(a, access.Manage, access.Object{Space: space}) ||
		space.Type != page.SpaceRestricted && access.Can(a, access.Admin, access.Object{})
	if !allowed || space.Key == "" {
		return errs.New(errs.NotFound, errs.Message{})
	}
	e := event(audit.MemberSet, a, userID).With("level", m.String())
	e.Object = "space:" + space.Key
	return s.changed(userID, "set membership", s.store.SetMembership(ctx, userID, space.Key, m, e))
}

// changed forgets what is remembered of an account, whether or not the change went through.
func (s *Service) changed(userID, what string, err error) error {
	s.cache.dropUser(userID)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
