package wiki

import (
	"context"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// rerender renews what is derived from a page.
func (s *Service) rerender(ctx context.Context, p page.Page) error {
	_, byKey, err := s.spaceList(ctx)
	if err != nil {
		return err
	}
	c, err := s.derive(ctx, byKey[p.Space], p)
	if err != nil {
		return err
	}
	err = s.store.SaveRendered(ctx, p.ID, p.Revision, Write{
		Page: c.page, Base: p.Revision, Rendered: c.rendered, Seen: c.seen, Links: c.links, Aliases: c.aliases,
	})
	if errs.Is(err, errs.Conflict) { // saved meanwhile, and so rendered anew already
		return nil
	}
	return err
}

// Rerender renews what is derived from every page and reports progress. Pages that cannot be rendered keep what
// they had; they are returned by id.
func (s *Service) Rerender(ctx context.Context, progress func(done int)) (failed map[page.ID]error, err error) {
	s.forgetSpaces()
	failed = map[page.ID]error{}
	var ids []page.ID
	if err := s.store.Each(ctx, func(p page.Page) error {
		ids = append(ids, p.ID)
		return nil
	}); err != nil {
		return nil, err
	}
	for i, id := range ids {
		if err := ctx.Err(); err != nil {
			return failed, err
		}
		p, err := s.store.Page(ctx, access.Scope{All: true}, id)
		if err == nil {
			err = s.rerender(ctx, p)
		}
		if err != nil {
			failed[id] = err
		}
		progress(i + 1)
	}
	s.index.Changed()
	return failed, nil
}
