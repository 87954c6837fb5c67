package wiki

import (
	"context"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// RenderOutside renders a page for people who may read nothing of the house but pages like it: links that lead out of
// its space are the text their author wrote, without title and address of what they mean. It asks for no rights; the
// page must be one that everybody reads.
func (s *Service) RenderOutside(ctx context.Context, v View) (page.Rendered, error) {
	leads := false
	for _, l := range v.Links {
		leads = leads || l.Out && l.Found && l.Target.Space != v.Page.Space
	}
	if !leads {
		return v.Rendered, nil
	}
	sp, err := s.space(ctx, access.Program("outside"), access.Read, v.Page.Space)
	if err != nil {
		return page.Rendered{}, err
	}
	p, err := s.store.Page(ctx, access.Scope{All: true}, v.Page.ID)
	if err != nil {
		return page.Rendered{}, err
	}
	rendered, _, bad := s.render(ctx, sp, s.kinds.KindOrMissing(p.Kind), p, composeOptions{lenient: true, alone: true})
	return rendered, errs.Fields(bad)
}
