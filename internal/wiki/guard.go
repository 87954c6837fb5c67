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
func guardNotAuthor(_ context.Context, in GuardInput) ([]errs.Message, error) {
	for _, r := range in.History {
		if r.Change == page.ChangeAdvance || r.Change == page.ChangeConfirm {
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
func guardOwner(_ context.Context, in GuardInput) ([]errs.Message, error) {
	if in.InUnit(in.Page.Owner) {
		return nil, nil
	}
	return []errs.Message{errs.Msg("wiki.guard_owner")}, nil
}

// guardApprover asks for somebody of the unit named in the field "approver".
func guardApprover(_ context.Context, in GuardInput) ([]errs.Message, error) {
	approver, _ := in.Page.Fields["approver"].(string)
	if approver != "" && in.InUnit(approver) {
		return nil, nil
	}
	return []errs.Message{errs.Msg("wiki.guard_approver")}, nil
}

// inUnit tells whether the actor belongs to a unit, to one above it, or stands in for every unit.
func (s *Service) inUnit(ctx context.Context, a access.Actor, space, owner string) bool {
	if a.System || slices.Contains(a.Roles, access.RoleEditor) {
		return true
	}
	ref, _, _ := strings.Cut(owner, "#")
	targets, err := s.store.Resolve(ctx, access.Scope{All: true}, space, []string{ref})
	if err != nil {
		return false
	}
	t, ok := targets[ref]
	if !ok {
		return false
	}
	if t.Kind != "unit" { // a responsibility or role: its owning unit decides
		p, err := s.store.Page(ctx, access.Scope{All: true}, t.ID)
		if err != nil || p.Owner == owner {
			return false
		}
		return s.inUnit(ctx, a, p.Space, p.Owner)
	}
	units, err := s.store.Units(ctx)
	if err != nil {
		return false
	}
	parents := make(map[string]string, len(units))
	for _, u := range units {
		parents[u.Slug] = u.Parent
	}
	for slug, depth := t.Slug, 0; slug != "" && depth < 32; slug, depth = parents[slug], depth+1 {
		if slices.Contains(a.Units, slug) {
			return true
		}
	}
	return false
}

// GuardNames lists the guards this package brings, for checking the kinds' files at start.
func GuardNames() []string {
	names := make([]string, 0, 4)
	for name := range ownGuards() {
		names = append(names, name)
	}
	return names
}
