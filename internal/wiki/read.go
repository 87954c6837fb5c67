package wiki

import (
	"context"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// View reads a page with all it shows. When the address is a former one, the page's own differs from it.
func (s *Service) View(ctx context.Context, a access.Actor, space, slug string) (View, error) {
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return View{}, err
	}
	return s.store.PageView(ctx, scope, space, slug)
}

// Page reads the head of a page by its id.
func (s *Service) Page(ctx context.Context, a access.Actor, id page.ID) (page.Page, error) {
	p, _, err := s.authorise(ctx, a, access.Read, id)
	return p, err
}

// PageAt reads the head of a page by its address.
func (s *Service) PageAt(ctx context.Context, a access.Actor, space, slug string) (page.Page, error) {
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return page.Page{}, err
	}
	return s.store.PageAt(ctx, scope, space, slug)
}

// History lists the revisions of a page, newest first.
func (s *Service) History(ctx context.Context, a access.Actor, id page.ID) ([]page.Revision, error) {
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return nil, err
	}
	return s.store.Revisions(ctx, scope, id)
}

// Revision reads one revision. Revisions of a page are as readable as the page itself.
func (s *Service) Revision(ctx context.Context, a access.Actor, id page.ID, n int) (page.Revision, error) {
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return page.Revision{}, err
	}
	return s.store.Revision(ctx, scope, id, n)
}

// List reads a page of a table of one kind.
func (s *Service) List(ctx context.Context, a access.Actor, q ListQuery) ([]page.Page, int, error) {
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return nil, 0, err
	}
	if q.Limit <= 0 {
		q.Limit = 50
	}
	return s.store.List(ctx, scope, q)
}

// Walk reads a part of all pages, in the order in which they changed.
func (s *Service) Walk(ctx context.Context, a access.Actor, q WalkQuery) ([]page.Page, error) {
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return nil, err
	}
	if q.Limit <= 0 {
		q.Limit = 50
	}
	return s.store.Walk(ctx, scope, q)
}

// FieldValues lists the values of a field for its filter.
func (s *Service) FieldValues(ctx context.Context, a access.Actor, kind, field string) ([]string, error) {
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return nil, err
	}
	return s.store.FieldValues(ctx, scope, kind, field)
}

// CountKinds counts readable pages by kind.
func (s *Service) CountKinds(ctx context.Context, a access.Actor) (map[string]int, error) {
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return nil, err
	}
	return s.store.CountKinds(ctx, scope)
}

// Recent lists what changed last.
func (s *Service) Recent(ctx context.Context, a access.Actor, kinds, units []string, limit int) ([]page.Page, error) {
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return nil, err
	}
	return s.store.Recent(ctx, scope, kinds, units, limit)
}

// Resolve finds the targets of references as the actor may see them.
func (s *Service) Resolve(ctx context.Context, a access.Actor, space string, refs []string) (map[string]page.Target, error) {
	if len(refs) == 0 {
		return map[string]page.Target{}, nil
	}
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return nil, err
	}
	return s.store.Resolve(ctx, scope, space, refs)
}

// Units gives the organisational units; their names are no secret inside the house, but a guest sees them only
// when guests may read at all.
func (s *Service) Units(ctx context.Context, a access.Actor) ([]Unit, error) {
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return nil, err
	}
	units, err := s.store.Units(ctx)
	if err != nil {
		return nil, err
	}
	refs := make([]string, len(units))
	for i, u := range units {
		refs[i] = string(u.ID)
	}
	seen, err := s.store.Resolve(ctx, scope, "", refs)
	if err != nil {
		return nil, err
	}
	readable := units[:0:0]
	for _, u := range units {
		if _, ok := seen[string(u.ID)]; ok {
			readable = append(readable, u)
		}
	}
	return readable, nil
}

// Search asks the index and checks each hit again: the index lags behind, rights and texts do not.
func (s *Service) Search(ctx context.Context, a access.Actor, q page.Query) (page.Result, error) {
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return page.Result{}, err
	}
	if q.Limit <= 0 || q.Limit > 100 {
		q.Limit = 20
	}
	res, err := s.index.Search(ctx, scope, q)
	if err != nil {
		return page.Result{}, err
	}
	kept, err := s.recheck(ctx, scope, res.Hits)
	if err != nil {
		return page.Result{}, err
	}
	res.Total -= len(res.Hits) - len(kept)
	res.Hits = kept
	return res, nil
}

// Suggest finds titles while somebody types.
func (s *Service) Suggest(ctx context.Context, a access.Actor, text string, kinds []string, limit int) ([]page.Hit, error) {
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return nil, err
	}
	ask := limit
	if len(kinds) > 0 {
		ask = limit * 5
	}
	hits, err := s.index.Suggest(ctx, scope, text, ask)
	if err != nil {
		return nil, err
	}
	if len(kinds) > 0 {
		hits = ofKinds(hits, kinds)
	}
	if len(hits) > limit {
		hits = hits[:limit]
	}
	return s.recheck(ctx, scope, hits)
}

func ofKinds(hits []page.Hit, kinds []string) []page.Hit {
	kept := hits[:0]
	for _, h := range hits {
		for _, k := range kinds {
			if h.Kind == k {
				kept = append(kept, h)
				break
			}
		}
	}
	return kept
}

// recheck drops hits the store no longer shows to this scope and brings address, title and state up to date.
func (s *Service) recheck(ctx context.Context, scope access.Scope, hits []page.Hit) ([]page.Hit, error) {
	if len(hits) == 0 {
		return hits, nil
	}
	refs := make([]string, len(hits))
	for i, h := range hits {
		refs[i] = string(h.ID)
	}
	now, err := s.store.Resolve(ctx, scope, "", refs)
	if err != nil {
		return nil, err
	}
	kept := hits[:0]
	for _, h := range hits {
		t, ok := now[string(h.ID)]
		if !ok {
			continue
		}
		h.Kind, h.Space, h.Slug, h.Title, h.State, h.Archived = t.Kind, t.Space, t.Slug, t.Title, t.State, t.Archived
		kept = append(kept, h)
	}
	return kept, nil
}

// IndexStatus tells how the index is.
func (s *Service) IndexStatus() page.IndexStatus { return s.index.Status() }

// State tells generation and newest change of the store; caches use it as their version.
func (s *Service) State(ctx context.Context) (SearchState, error) { return s.store.State(ctx) }

// errConflict carries what a conflict view needs.
func errConflict(current page.Page) error {
	return &errs.Error{
		Kind: errs.Conflict, Op: "wiki: save page " + string(current.ID),
		Msg:   errs.Msg("wiki.conflict", "Revision", current.Revision),
		Cause: &Stale{Current: current},
	}
}

// Stale is the cause of an errs.Conflict: somebody saved a newer revision meanwhile.
type Stale struct{ Current page.Page }

func (s *Stale) Error() string { return "page has a newer revision" }

// PageByRef reads the head of the page a reference means, as far as the actor may read it.
func (s *Service) PageByRef(ctx context.Context, a access.Actor, ref string) (page.Page, error) {
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return page.Page{}, err
	}
	found, err := s.store.Resolve(ctx, scope, "", []string{ref})
	if err != nil {
		return page.Page{}, err
	}
	t, ok := found[ref]
	if !ok {
		return page.Page{}, errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	return s.store.Page(ctx, scope, t.ID)
}
