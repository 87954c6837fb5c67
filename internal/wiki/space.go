package wiki

import (
	"context"
	"strings"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// Spaces lists the spaces. Their names, types and, for restricted ones, reason and review date are public in
// the house ("the list of everything that is closed, and why"); a guest sees what a guest may read.
func (s *Service) Spaces(ctx context.Context, a access.Actor) ([]page.Space, error) {
	list, _, err := s.spaceList(ctx)
	if err != nil {
		return nil, err
	}
	if !a.Guest {
		return list, nil
	}
	var out []page.Space
	for _, sp := range list {
		if access.Can(a, access.Read, access.Object{Space: sp}) {
			out = append(out, sp)
		}
	}
	return out, nil
}

// Space finds a space the actor may do something in.
func (s *Service) Space(ctx context.Context, a access.Actor, act access.Action, key string) (page.Space, error) {
	return s.space(ctx, a, act, key)
}

// Writable lists the spaces the actor may add pages to.
func (s *Service) Writable(ctx context.Context, a access.Actor) ([]page.Space, error) {
	list, _, err := s.spaceList(ctx)
	if err != nil {
		return nil, err
	}
	var out []page.Space
	for _, sp := range list {
		if access.Can(a, access.Create, access.Object{Space: sp}) {
			out = append(out, sp)
		}
	}
	return out, nil
}

// SaveSpace creates or changes a space. Closing one needs a reason and a date on which that is looked at again.
func (s *Service) SaveSpace(ctx context.Context, a access.Actor, sp page.Space, create bool) error {
	_, byKey, err := s.spaceList(ctx)
	if err != nil {
		return err
	}
	old, exists := byKey[sp.Key]
	var bad []errs.Field
	add := func(name, key string, args ...any) {
		bad = append(bad, errs.Field{Name: name, Msg: errs.Msg(key, args...)})
	}
	if create {
		old = page.Space{}
		if exists {
			add("key", "wiki.space_taken")
		}
		sp.CreatedAt = s.now().UTC()
	} else {
		if !exists {
			return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
		}
		sp.CreatedAt = old.CreatedAt
	}
	if !access.Can(a, access.Manage, access.Object{Space: old}) {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	if len(sp.Key) > 40 || !slugPattern.MatchString(sp.Key) {
		add("key", "wiki.space_key_bad")
	}
	sp.Title, sp.Summary, sp.Reason = oneLine(sp.Title), oneLine(sp.Summary), oneLine(sp.Reason)
	if sp.Title == "" {
		add("title", "wiki.title_missing")
	}
	sp.Unit = strings.TrimSpace(sp.Unit)
	if sp.Unit == "" {
		sp.Unit = FallbackUnit
	} else if !ownerPattern.MatchString(sp.Unit) {
		add("unit", "wiki.owner_bad")
	}
	switch sp.Type {
	case page.SpaceOpen, page.SpacePublished:
		sp.Reason, sp.ReviewDue = "", time.Time{}
	case page.SpaceRestricted:
		if sp.Reason == "" {
			add("reason", "wiki.space_reason_missing")
		}
		if sp.ReviewDue.IsZero() {
			add("review_due", "wiki.space_review_missing")
		} else if sp.ReviewDue.After(s.now().AddDate(2, 0, 1)) {
			add("review_due", "wiki.space_review_far")
		}
	default:
		add("type", "wiki.space_type_unknown")
	}
	if err := errs.Fields(bad); err != nil {
		return err
	}
	e := audit.Event{Action: audit.SpaceChange, Object: "space:" + sp.Key, Actor: a.UserID, Detail: map[string]string{"type": string(sp.Type)}}
	if create {
		e.Action = audit.SpaceCreate
	} else if old.Type != sp.Type {
		e = e.With("was", string(old.Type))
	}
	if err := s.store.SaveSpace(ctx, sp, e); err != nil {
		return err
	}
	s.forgetSpaces()
	s.index.Changed()
	// The space is saved; a reader who goes away now must not leave titles of a closed space standing elsewhere.
	return s.Renew(context.WithoutCancel(ctx))
}
