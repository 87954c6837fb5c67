package wiki

import (
	"context"
	"slices"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// ownGuards are the guards any kind may use. Those of the learning loop are in package lesson.
func ownGuards() map[string]Guard {
	return map[string]Guard{
		"fields":     guardFields,
		"not_author": guardNotAuthor,
		"owner":      guardOwner,
		"approver":   guardApprover,
	}
}

// guardFields asks for the fields the target state needs.
func guardFields(_ context.Context, in GuardInput) ([]errs.Message, error) {
	_, bad := in.Kind.Validate(in.Page.Fields, in.Transition.To)
	var out []errs.Message
	for _, f := range bad {
		key, _, _ := strings.Cut(strings.TrimPrefix(f.Name, "fields."), ".")
		label := key
		if decl, ok := in.Kind.Field(key); ok {
			label = decl.Label.In(in.Page.Lang)
		}
		m := errs.Msg("wiki.guard_field", "Field", label)
		if !slices.ContainsFunc(out, func(o errs.Message) bool { return o.Args["Field"] == label }) {
			out = append(out, m)
		}
	}
	return out, nil
}

// guardNotAuthor lets somebody else check: the actor must not have written the newest text.
func guardNotAuthor(ctx context.Context, in GuardInput) ([]errs.Message, error) {
	history, err := in.History(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range history {
		if r.Change == page.ChangeAdvance || r.Change == page.ChangeConfirm || r.Change == page.ChangeReorganise {
			continue
		}
		if r.UserID != "" && r.UserID == in.Actor.UserID {
			return []errs.Message{errs.Msg("wiki.guard_not_author")}, nil
		}
		break
	}
	return nil, nil
}

// guardOwner asks for somebody of the owning unit.
func guardOwner(ctx context.Context, in GuardInput) ([]errs.Message, error) {
	if in.Actor.Has(access.RoleEditor) {
		return nil, nil // the editorial team stands in for an owner
	}
	if ok, err := in.InUnit(ctx, in.Page.Owner); ok || err != nil {
		return nil, err
	}
	return []errs.Message{errs.Msg("wiki.guard_owner")}, nil
}

// guardApprover asks for somebody of the unit named in the field "approver"; nobody stands in for it.
func guardApprover(ctx context.Context, in GuardInput) ([]errs.Message, error) {
	if approver, _ := in.Page.Fields["approver"].(string); approver != "" {
		if ok, err := in.InUnit(ctx, approver); ok || err != nil {
			return nil, err
		}
	}
	return []errs.Message{errs.Msg("wiki.guard_approver")}, nil
}

// inUnit tells whether the actor belongs to a unit or to one above it.
func (s *Service) inUnit(ctx context.Context, a access.Actor, space, owner string) (bool, error) {
	if a.System {
		return true, nil
	}
	if len(a.Units) == 0 {
		return false, nil
	}
	parents, err := s.unitParents(ctx)
	if err != nil {
		return false, err
	}
	ref, _, _ := strings.Cut(owner, "#")
	slug, isUnit := strings.CutPrefix(ref, "unit/")
	if _, known := parents[slug]; !isUnit || !known {
		if slug, err = s.unitOf(ctx, space, ref); err != nil {
			return false, err
		}
	}
	for depth := 0; slug != "" && depth < maxUnitDepth; slug, depth = parents[slug], depth+1 {
		if slices.Contains(a.Units, slug) {
			return true, nil
		}
	}
	return false, nil
}

// maxUnitDepth ends the way up through units that stand in a circle.
const maxUnitDepth = 32

// unitOf finds the slug of the unit behind a reference: the unit itself, or the one that owns what is named.
// "" when it leads nowhere.
func (s *Service) unitOf(ctx context.Context, space, ref string) (string, error) {
	targets, err := s.store.Resolve(ctx, access.Scope{All: true}, space, []string{ref})
	if err != nil {
		return "", err
	}
	t, ok := targets[ref]
	if !ok || t.Kind == "unit" {
		return t.Slug, nil
	}
	p, err := s.store.Page(ctx, access.Scope{All: true}, t.ID)
	if errs.Is(err, errs.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	unit, _, _ := strings.Cut(p.Owner, "#")
	return strings.TrimPrefix(unit, "unit/"), nil
}

// unitParents gives the tree of units by slug, from memory while nothing has changed.
func (s *Service) unitParents(ctx context.Context) (map[string]string, error) {
	version, err := s.Version(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	if s.parents != nil && s.parentsOf == version {
		defer s.mu.Unlock()
		return s.parents, nil
	}
	s.mu.Unlock()
	units, err := s.store.Units(ctx)
	if err != nil {
		return nil, err
	}
	parents := make(map[string]string, len(units))
	for _, u := range units {
		parents[u.Slug] = u.Parent
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parents, s.parentsOf = parents, version
	return parents, nil
}

// GuardNames lists the guards this package brings, for checking the kinds' files at start.
func GuardNames() []string {
	names := make([]string, 0, 4)
	for name := range ownGuards() {
		names = append(names, name)
	}
	return names
}
