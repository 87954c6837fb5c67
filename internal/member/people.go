package member

import (
	"context"
	"fmt"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// allow refuses an action on a space as if the space were not there.
func allow(a access.Actor, act access.Action, sp page.Space) error {
	if !access.Can(a, act, access.Object{Space: sp}) {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	return nil
}

// People lists who belongs to a space: persons with the sources of their rights, and units.
func (s *Service) People(ctx context.Context, a access.Actor, sp page.Space) ([]Person, []Unit, error) {
	if err := allow(a, access.Members, sp); err != nil {
		return nil, nil, err
	}
	people, err := s.store.SpacePeople(ctx, sp.Key)
	if err != nil {
		return nil, nil, fmt.Errorf("list people of a space: %w", err)
	}
	units, err := s.store.SpaceUnits(ctx, sp.Key)
	if err != nil {
		return nil, nil, fmt.Errorf("list units of a space: %w", err)
	}
	return people, units, nil
}

// Units lists the units of a space for everybody who may read it: units are no persons.
func (s *Service) Units(ctx context.Context, a access.Actor, sp page.Space) ([]Unit, error) {
	if err := allow(a, access.Read, sp); err != nil {
		return nil, err
	}
	return s.store.SpaceUnits(ctx, sp.Key)
}

const (
	minFind = 2
	maxFind = 10
)

// Find looks for people to add to a space, by a part of name or login. Fewer than two characters find nobody: nobody is
// to leaf through the accounts.
func (s *Service) Find(ctx context.Context, a access.Actor, sp page.Space, text string) ([]Person, error) {
	if err := allow(a, access.Members, sp); err != nil {
		return nil, err
	}
	text = strings.TrimSpace(text)
	if len([]rune(text)) < minFind {
		return nil, errs.Fields([]errs.Field{{Name: "q", Msg: errs.Msg("member.find_short", "Min", minFind)}})
	}
	return s.store.FindPeople(ctx, text, maxFind)
}

// Set gives a person a level in a space by hand; access.None takes it away.
func (s *Service) Set(ctx context.Context, a access.Actor, sp page.Space, userID string, m access.Membership) error {
	if err := allow(a, access.Members, sp); err != nil {
		return err
	}
	e := audit.Event{Action: audit.MemberSet, Object: "space:" + sp.Key, Actor: a.UserID, Subject: userID}.With("level", m.String())
	err := s.store.SetMembership(ctx, userID, sp.Key, m, e)
	s.sessions.Forget()
	if err != nil {
		return fmt.Errorf("set membership: %w", err)
	}
	return nil
}

// SetUnit gives everybody of a unit a level in a space. A unit that manages a space administrates it: that is how the
// administration of a space is delegated.
func (s *Service) SetUnit(ctx context.Context, a access.Actor, sp page.Space, unit string, m access.Membership) error {
	if err := allow(a, access.Members, sp); err != nil {
		return err
	}
	unit = strings.TrimPrefix(strings.TrimSpace(unit), "unit/")
	if unit == "" || len(unit) > 100 || strings.ContainsAny(unit, " /#") {
		return errs.Fields([]errs.Field{{Name: "unit", Msg: errs.Msg("member.unit_bad")}})
	}
	e := audit.Event{Action: audit.UnitMemberSet, Object: "space:" + sp.Key, Actor: a.UserID}.With("level", m.String()).With("unit", unit)
	err := s.store.SetUnitMembership(ctx, unit, sp.Key, m, e)
	s.sessions.Forget()
	if err != nil {
		return fmt.Errorf("set membership of a unit: %w", err)
	}
	return nil
}

// Verdict is what a person may do with an object and why.
type Verdict struct {
	Person  Person
	Action  access.Action
	Allowed bool
	Why     access.Reason
}

// Explain tells those who look after a space what a person may do in it, and why, by the rule itself.
func (s *Service) Explain(ctx context.Context, a access.Actor, o access.Object, login string) ([]Verdict, error) {
	if err := allow(a, access.Members, o.Space); err != nil {
		return nil, err
	}
	u, err := s.store.UserByLogin(ctx, auth.NormalLogin(login))
	if errs.Is(err, errs.NotFound) || err == nil && u.Disabled {
		return nil, errs.Fields([]errs.Field{{Name: "login", Msg: errs.Msg("member.login_unknown")}})
	}
	if err != nil {
		return nil, fmt.Errorf("explain rights: %w", err)
	}
	var out []Verdict
	for _, act := range []access.Action{access.Read, access.Edit, access.Members} {
		ok, why := access.Explain(auth.ActorOf(u), act, o)
		out = append(out, Verdict{Person: Person{ID: u.ID, Login: u.Login, Name: u.Name, Label: u.Label}, Action: act, Allowed: ok, Why: why})
	}
	return out, nil
}
