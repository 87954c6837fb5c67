package member

import (
	"context"
	"fmt"
	"slices"
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

// Belonging lists who belongs to a space for everybody signed in who may read it. Those who do not look after the space
// get persons without id, name and login: their label is the role or unit in words that histories show too.
func (s *Service) Belonging(ctx context.Context, a access.Actor, sp page.Space) ([]Person, []Unit, error) {
	if err := allow(a, access.Read, sp); err != nil {
		return nil, nil, err
	}
	if !a.SignedIn() {
		return nil, nil, errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	people, units, err := s.People(ctx, access.Program("rights"), sp)
	if err != nil || access.Can(a, access.Members, access.Object{Space: sp}) {
		return people, units, err
	}
	for i, p := range people {
		people[i] = Person{Label: p.Label, Disabled: p.Disabled, Rights: p.Rights}
	}
	return people, units, nil
}

// Labels are the labels of people who can sign in, sorted, each once.
func Labels(people []Person) []string {
	var out []string
	for _, p := range people {
		if p.Label != "" && !p.Disabled {
			out = append(out, p.Label)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
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

// Denied records that somebody was refused an object they have no right to: "space:…", "page:…" or "instance".
func (s *Service) Denied(ctx context.Context, a access.Actor, object string, act access.Action) error {
	e := audit.Event{Action: audit.Denied, Object: object, Actor: a.UserID}.With("action", string(act)).Refuse()
	if a.Token != nil {
		e = e.With("by", "token")
	}
	return s.store.Record(ctx, e)
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
