package wiki

import (
	"context"

	"lernraum/internal/access"
	"lernraum/internal/page"
)

// Revise makes the write that stores a page as the program has changed it: page is the newest revision with the change
// in it. Nothing is judged and nothing stored; whoever calls has authorised it and answers for the change.
func (s *Service) Revise(ctx context.Context, a access.Actor, p page.Page, change page.ChangeKind, comment string) (Write, error) {
	_, byKey, err := s.spaceList(ctx)
	if err != nil {
		return Write{}, err
	}
	base := p.Revision
	p.Revision, p.UpdatedAt = base+1, s.now().UTC()
	c, err := s.derive(ctx, byKey[p.Space], p)
	if err != nil {
		return Write{}, err
	}
	return Write{
		Page: c.page, Base: base, By: a.Label, UserID: a.UserID, Comment: comment, Change: change,
		Rendered: c.rendered, Seen: c.seen, Links: c.links, Aliases: c.aliases,
	}, nil
}

// Revised follows a save of writes that came from Revise: what is remembered is asked for again, the index is told, and
// other pages that show something old are rendered.
func (s *Service) Revised(ctx context.Context, saved Saved) {
	s.forgetSpaces()
	s.forgetVersion()
	s.index.Changed()
	s.renew(ctx, saved.Stale)
}

// InUnit tells whether the actor belongs to the unit of a reference like "unit/z2#Leitung" or to one above it.
func (s *Service) InUnit(ctx context.Context, a access.Actor, space, owner string) (bool, error) {
	return s.inUnit(ctx, a, space, owner)
}
