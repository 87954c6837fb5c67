package wiki

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/markup"
	"lernraum/internal/page"
)

// Create adds a page. It starts in the first state of its kind's machine.
func (s *Service) Create(ctx context.Context, a access.Actor, in Input) (page.Page, error) {
	sp, err := s.space(ctx, a, access.Create, in.Space)
	noSpace := errs.Is(err, errs.NotFound)
	if err != nil && !noSpace {
		return page.Page{}, err
	}
	k, ok := s.kinds.Kind(in.Kind)
	if !ok {
		return page.Page{}, errs.Fields([]errs.Field{{Name: "kind", Msg: errs.Msg("wiki.kind_unknown")}})
	}
	start := k.Machine.Start()
	now := s.now().UTC()
	head := page.Page{
		ID: s.NewID(), Kind: k.Key, Space: sp.Key, State: start.Key, Draft: start.Draft, Archived: start.Archived,
		Revision: 1, CreatedAt: now, UpdatedAt: now,
	}
	if in.ReviewDue.IsZero() && k.ReviewMonths > 0 {
		in.ReviewDue = day(now.AddDate(0, k.ReviewMonths, 0))
	}
	c, err := s.compose(ctx, a, sp, k, head, in, composeOptions{})
	if noSpace && (err == nil || errs.Is(err, errs.Invalid)) { // named together with every other mistake
		missing := errs.Field{Name: "space", Msg: errs.Msg("wiki.space_unknown")}
		return page.Page{}, errs.Fields(append([]errs.Field{missing}, errs.FieldsOf(err)...))
	}
	if err != nil {
		return page.Page{}, err
	}
	if err := s.checkUnique(ctx, k, c.page); err != nil {
		return page.Page{}, err
	}
	return s.save(ctx, a, c, 0, page.ChangeCreate, oneLine(in.Comment))
}

// Edit stores a new text of a page. base is the revision the author started from; when it is no longer the
// newest, nothing is stored and the error is errs.Conflict with a *Stale as its cause.
func (s *Service) Edit(ctx context.Context, a access.Actor, id page.ID, base int, in Input) (page.Page, error) {
	p, sp, err := s.authorise(ctx, a, access.Edit, id)
	if err != nil {
		return page.Page{}, err
	}
	k, err := s.editable(p)
	if err != nil {
		return page.Page{}, err
	}
	if p.Revision != base {
		return page.Page{}, errConflict(p)
	}
	if in.Slug == "" {
		in.Slug = p.Slug
	}
	if in.ReviewDue.IsZero() {
		in.ReviewDue = p.ReviewDue
	}
	head := p
	head.Revision, head.UpdatedAt = base+1, s.now().UTC()
	if in.Space != "" && in.Space != p.Space {
		to, err := s.space(ctx, a, access.Create, in.Space)
		if err != nil {
			return page.Page{}, errs.Fields([]errs.Field{{Name: "space", Msg: errs.Msg("wiki.space_unknown")}})
		}
		sp, head.Space = to, to.Key
	}
	c, err := s.compose(ctx, a, sp, k, head, in, composeOptions{old: &p})
	if err != nil {
		return page.Page{}, err
	}
	if unchanged(p, c.page) {
		return p, nil
	}
	if err := errs.Fields(k.Frozen(p.Fields, c.page.Fields, p.State)); err != nil {
		return page.Page{}, err
	}
	if err := s.checkUnique(ctx, k, c.page); err != nil {
		return page.Page{}, err
	}
	return s.save(ctx, a, c, base, page.ChangeEdit, oneLine(in.Comment))
}

// Restore makes the text of an old revision the newest one.
func (s *Service) Restore(ctx context.Context, a access.Actor, id page.ID, base, n int) (page.Page, error) {
	p, sp, err := s.authorise(ctx, a, access.Edit, id)
	if err != nil {
		return page.Page{}, err
	}
	k, err := s.editable(p)
	if err != nil {
		return page.Page{}, err
	}
	if p.Revision != base {
		return page.Page{}, errConflict(p)
	}
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return page.Page{}, err
	}
	old, err := s.store.Revision(ctx, scope, id, n)
	if err != nil {
		return page.Page{}, err
	}
	if !old.Redacted.At.IsZero() {
		return page.Page{}, errs.New(errs.Invalid, errs.Msg("wiki.redacted"))
	}
	head := p
	head.Revision, head.UpdatedAt = base+1, s.now().UTC()
	in := InputOf(old.Page)
	in.Slug, in.Space, in.ReviewDue = p.Slug, p.Space, p.ReviewDue
	// What was valid once may lead nowhere today; a restore must still be possible.
	c, err := s.compose(ctx, a, sp, k, head, in, composeOptions{lenient: true})
	if err != nil {
		return page.Page{}, err
	}
	if unchanged(p, c.page) {
		return p, nil
	}
	if err := errs.Fields(k.Frozen(p.Fields, c.page.Fields, p.State)); err != nil {
		return page.Page{}, err
	}
	return s.save(ctx, a, c, base, page.ChangeRestore, "")
}

// InputOf gives the text of a page as the input that would make it.
func InputOf(p page.Page) Input {
	return Input{
		Kind: p.Kind, Space: p.Space, Slug: p.Slug, Title: p.Title, Summary: p.Summary, Lang: p.Lang, Body: p.Body,
		Fields: p.Fields, Relations: p.Relations, Tags: p.Tags, Owner: p.Owner, Statement: p.Statement,
		ReviewDue: p.ReviewDue,
	}
}

// editable finds the kind of a page whose text may change.
func (s *Service) editable(p page.Page) (*kind.Kind, error) {
	k, ok := s.kinds.Kind(p.Kind)
	if !ok {
		return nil, errs.New(errs.Invalid, errs.Msg("wiki.kind_missing", "Kind", p.Kind))
	}
	if st, ok := k.Machine.State(p.State); ok && st.Frozen {
		return nil, errs.New(errs.Invalid, errs.Msg("wiki.frozen"))
	}
	return k, nil
}

// checkUnique keeps slugs unique over all spaces for kinds that have an address of their own (/kpis/{key}).
func (s *Service) checkUnique(ctx context.Context, k *kind.Kind, p page.Page) error {
	if !k.UniqueSlug {
		return nil
	}
	found, err := s.store.Resolve(ctx, access.Scope{All: true}, p.Space, []string{k.Key + "/" + p.Slug})
	if err != nil {
		return err
	}
	if t, ok := found[k.Key+"/"+p.Slug]; ok && t.ID != p.ID && t.Slug == p.Slug {
		return errs.Fields([]errs.Field{{Name: "slug", Msg: errs.Msg("wiki.slug_taken")}})
	}
	return nil
}

// unchanged tells that an edit says exactly what the page says already.
func unchanged(a, b page.Page) bool {
	b.Revision, b.UpdatedAt = a.Revision, a.UpdatedAt
	return equal(a, b)
}

// equal compares pages as they would be written: a list of words from a file and one from the database are the
// same, whatever Go types decoding gave them.
func equal(a, b page.Page) bool {
	ja, aerr := json.Marshal(normalEmpty(a))
	jb, berr := json.Marshal(normalEmpty(b))
	return aerr == nil && berr == nil && bytes.Equal(ja, jb)
}

// normalEmpty makes what is empty alike: nil, no elements, or not there at all.
func normalEmpty(p page.Page) page.Page {
	p.Fields, p.Extra = withoutEmpty(p.Fields), withoutEmpty(p.Extra)
	if len(p.Relations) == 0 {
		p.Relations = nil
	}
	if len(p.Tags) == 0 {
		p.Tags = nil
	}
	return p
}

func withoutEmpty(in map[string]any) map[string]any {
	var out map[string]any
	for key, v := range in {
		switch list := v.(type) {
		case nil:
			continue
		case []any:
			if len(list) == 0 {
				continue
			}
		case []string:
			if len(list) == 0 {
				continue
			}
		case []map[string]any:
			if len(list) == 0 {
				continue
			}
		}
		if out == nil {
			out = make(map[string]any, len(in))
		}
		out[key] = v
	}
	return out
}

// save stores one composed page and renews what other pages show of it.
func (s *Service) save(ctx context.Context, a access.Actor, c composed, base int, change page.ChangeKind, comment string) (page.Page, error) {
	saved, err := s.store.Save(ctx, Write{
		Page: c.page, Base: base, By: a.Label, UserID: a.UserID, Comment: comment, Change: change,
		Rendered: c.rendered, Seen: c.seen, Links: c.links, Aliases: c.aliases,
	})
	if err != nil {
		if errs.Is(err, errs.Conflict) && base > 0 && len(errs.FieldsOf(err)) > 0 && errs.FieldsOf(err)[0].Name == "revision" {
			if current, err := s.store.Page(ctx, access.Scope{All: true}, c.page.ID); err == nil {
				return page.Page{}, errConflict(current)
			}
		}
		return page.Page{}, err
	}
	s.forgetVersion()
	s.index.Changed()
	s.renew(ctx, saved.Stale)
	return c.page, nil
}

// renew renders again the pages that show an old title or address of a page that was just saved. The save
// itself is done, so whoever asked for it may go away: the work goes on, and what fails is on the store's list
// for Renew.
func (s *Service) renew(ctx context.Context, ids []page.ID) (failed []page.ID) {
	if len(ids) == 0 {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	defer s.forgetVersion() // somebody may have read an old text under the version of the save
	for _, id := range ids {
		p, err := s.store.Page(ctx, access.Scope{All: true}, id)
		if err == nil {
			err = s.rerender(ctx, p)
		}
		if err != nil {
			s.log.WarnContext(ctx, "render linking page again", "page", id, "err", err)
			failed = append(failed, id)
		}
	}
	return failed
}

// RenderAgain renders pages whose text is known to be wrong, such as one that links to a page of an import that did
// not arrive.
func (s *Service) RenderAgain(ctx context.Context, ids []page.ID) { s.renew(ctx, ids) }

// Renew renders what the store's list of stale pages holds: after a crash between a save and its renewals, and
// after a space has changed its readers. Pages that cannot be rendered stay on the list.
func (s *Service) Renew(ctx context.Context) error {
	const many = 100
	var failed []page.ID
	for ctx.Err() == nil {
		ids, err := s.store.Stale(ctx, many+len(failed))
		if err != nil {
			return err
		}
		ids = slices.DeleteFunc(ids, func(id page.ID) bool { return slices.Contains(failed, id) })
		if len(ids) == 0 {
			return nil
		}
		failed = append(failed, s.renew(ctx, ids)...)
		s.index.Changed()
	}
	return ctx.Err()
}

// Preview renders a text as it would look in a space, without storing anything.
func (s *Service) Preview(ctx context.Context, a access.Actor, space, slug, lang, body string) (markup.Result, error) {
	sp, err := s.space(ctx, a, access.Read, space)
	if err != nil {
		return markup.Result{}, err
	}
	if slug == "" {
		slug = "entwurf"
	}
	return s.markup.Render(ctx, normalText(body), markup.Options{
		Lang: lang, Files: Address(sp.Key, slug) + "/files/", Prefix: "preview-",
		Resolve: func(refs []string) map[string]markup.Target {
			out := map[string]markup.Target{}
			targets, err := s.resolveForReaders(ctx, sp, refs)
			if err != nil {
				s.log.WarnContext(ctx, "resolve links of preview", "err", err)
			}
			for ref, t := range targets {
				out[ref] = markup.Target{URL: Address(t.Space, t.Slug), Title: t.Title}
			}
			return out
		},
	})
}

// RenderRevision renders an old text of a page the actor may read, with today's renderer and links.
func (s *Service) RenderRevision(ctx context.Context, a access.Actor, p, old page.Page) (page.Rendered, error) {
	sp, err := s.space(ctx, a, access.Read, p.Space)
	if err != nil {
		return page.Rendered{}, err
	}
	old.Space, old.Slug = p.Space, p.Slug
	rendered, _, bad := s.render(ctx, sp, s.kinds.KindOrMissing(old.Kind), old, composeOptions{lenient: true})
	return rendered, errs.Fields(bad)
}
