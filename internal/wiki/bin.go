package wiki

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// BinTime is how long a deleted page can be restored. Then it is removed for good.
const BinTime = 90 * 24 * time.Hour

// Deletion is what is kept of the deletion of a page, as long as the page lies in the bin.
type Deletion struct {
	By     string // role or unit of who deleted it, in words
	UserID string
	Reason string
	At     time.Time
}

// Deleted is a page in the bin.
type Deleted struct {
	Page page.Page
	Deletion
}

// Delete puts a page into the bin of its space. Who may edit it may do that, with a reason: the text could be
// emptied by the same person, and the bin gives it back. What is fixed (a decision that was taken, an applied
// measure) is thrown away only by those who manage the space and by the editorial team.
func (s *Service) Delete(ctx context.Context, a access.Actor, id page.ID, base int, reason string) error {
	p, sp, err := s.authorise(ctx, a, access.Edit, id)
	if err != nil {
		return err
	}
	if err := s.deletable(ctx, a, p, sp); err != nil {
		return err
	}
	if p.Revision != base {
		return errConflict(p)
	}
	if reason = oneLine(reason); reason == "" {
		return errs.Fields([]errs.Field{{Name: "reason", Msg: errs.Msg("wiki.reason_missing")}})
	}
	if n := utf8.RuneCountInString(reason); n > MaxComment {
		return errs.Fields([]errs.Field{{Name: "reason", Msg: errs.Msg("wiki.too_long", "Max", MaxComment, "Len", n)}})
	}
	saved, err := s.store.Delete(ctx, id, base, Deletion{By: a.Label, UserID: a.UserID, Reason: reason, At: s.now()}, binEvent(audit.PageDelete, a, p))
	if err != nil {
		return err
	}
	s.binChanged(ctx, saved)
	return nil
}

// Deletable says why the actor cannot delete a page that is before them; nil when they can.
func (s *Service) Deletable(ctx context.Context, a access.Actor, id page.ID) error {
	p, sp, err := s.authorise(ctx, a, access.Edit, id)
	if err != nil {
		return err
	}
	return s.deletable(ctx, a, p, sp)
}

func (s *Service) deletable(ctx context.Context, a access.Actor, p page.Page, sp page.Space) error {
	if _, err := s.editable(p); err != nil && !s.tidies(a, sp) {
		return errs.New(errs.Invalid, errs.Msg("wiki.delete_frozen"))
	}
	return s.unused(ctx, p)
}

// unused refuses to take away a unit on which something hangs; anything else may go.
func (s *Service) unused(ctx context.Context, p page.Page) error {
	units, err := s.store.Units(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(units, func(u Unit) bool { return u.ID == p.ID }) {
		return nil
	}
	// Nothing may be left without somebody who answers for it. What is closed to the actor counts too, and only the
	// fact is told.
	if "unit/"+p.Slug == FallbackUnit {
		return errs.New(errs.Invalid, errs.Msg("wiki.delete_fallback"))
	}
	for _, state := range []string{"", "archived"} {
		owned, _, err := s.store.List(ctx, access.Scope{All: true}, ListQuery{Owners: []string{p.Slug}, State: state, Limit: 2})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(owned, func(o page.Page) bool { return o.ID != p.ID }) {
			return errs.New(errs.Invalid, errs.Msg("wiki.delete_unit"))
		}
	}
	spaces, _, err := s.spaceList(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(units, func(u Unit) bool { return u.Parent == p.Slug }) ||
		slices.ContainsFunc(spaces, func(o page.Space) bool { return o.Unit == "unit/"+p.Slug }) {
		return errs.New(errs.Invalid, errs.Msg("wiki.delete_unit"))
	}
	return nil
}

// tidies tells who has the last word on texts of a space: its managers, and the editorial team where it may work.
func (s *Service) tidies(a access.Actor, sp page.Space) bool {
	return access.Can(a, access.Manage, access.Object{Space: sp}) ||
		a.Has(access.RoleEditor) && access.Can(a, access.Edit, access.Object{Space: sp}) && sp.Type != page.SpaceRestricted
}

// Undelete restores a page from the bin, under the rights that the page itself has.
func (s *Service) Undelete(ctx context.Context, a access.Actor, id page.ID) (page.Page, error) {
	d, sp, err := s.inBin(ctx, a, id)
	if err != nil {
		return page.Page{}, err
	}
	if _, err := s.editable(d.Page); err != nil && !s.tidies(a, sp) {
		return page.Page{}, errs.New(errs.Invalid, errs.Msg("wiki.delete_frozen"))
	}
	saved, err := s.store.Undelete(ctx, id, binEvent(audit.PageUndelete, a, d.Page))
	if err != nil {
		return page.Page{}, err
	}
	saved.Stale = append(saved.Stale, id)
	s.binChanged(ctx, saved)
	return d.Page, nil
}

// Purge removes a page in the bin for good before its time: for those who have the last word on the space.
func (s *Service) Purge(ctx context.Context, a access.Actor, id page.ID) error {
	d, sp, err := s.inBin(ctx, a, id)
	if err != nil {
		return err
	}
	if !a.System && !s.tidies(a, sp) {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	if err := s.store.Purge(ctx, id, binEvent(audit.PagePurge, a, d.Page)); err != nil {
		return err
	}
	s.binChanged(ctx, Saved{})
	return nil
}

// MayPurge tells whether the actor may remove pages of a space for good.
func (s *Service) MayPurge(a access.Actor, sp page.Space) bool { return s.tidies(a, sp) }

// PurgeOld removes every page for good that was deleted before a time. It says how many there are; with dry it only
// counts them.
func (s *Service) PurgeOld(ctx context.Context, before time.Time, dry bool) (int, error) {
	ids, err := s.store.Deleted(ctx, before, 0)
	if err != nil || dry {
		return len(ids), err
	}
	for i, id := range ids {
		if err := s.Purge(ctx, access.Program("retention"), id); err != nil {
			return i, err
		}
	}
	return len(ids), nil
}

// Bin lists what lies in the bin of a space, for those who may edit there.
func (s *Service) Bin(ctx context.Context, a access.Actor, key string) (page.Space, []Deleted, error) {
	sp, err := s.space(ctx, a, access.Edit, key)
	if err != nil {
		return page.Space{}, nil, err
	}
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return page.Space{}, nil, err
	}
	list, err := s.store.Bin(ctx, scope, key)
	if err != nil {
		return page.Space{}, nil, err
	}
	kept := list[:0]
	for _, d := range list {
		if access.Can(a, access.Edit, access.Object{Space: sp, Draft: d.Page.Draft}) {
			kept = append(kept, d)
		}
	}
	return sp, kept, nil
}

// InBin finds a page in the bin that the actor may restore.
func (s *Service) InBin(ctx context.Context, a access.Actor, id page.ID) (Deleted, error) {
	d, _, err := s.inBin(ctx, a, id)
	return d, err
}

func (s *Service) inBin(ctx context.Context, a access.Actor, id page.ID) (Deleted, page.Space, error) {
	scope, err := s.Scope(ctx, a)
	if err != nil {
		return Deleted{}, page.Space{}, err
	}
	d, err := s.store.InBin(ctx, scope, id)
	if err != nil {
		return Deleted{}, page.Space{}, err
	}
	_, byKey, err := s.spaceList(ctx)
	if err != nil {
		return Deleted{}, page.Space{}, err
	}
	sp, ok := byKey[d.Page.Space]
	if !ok || !access.Can(a, access.Edit, access.Object{Space: sp, Draft: d.Page.Draft}) {
		return Deleted{}, page.Space{}, errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	return d, sp, nil
}

func binEvent(act audit.Action, a access.Actor, p page.Page) audit.Event {
	return audit.Event{Action: act, Object: "page:" + string(p.ID), Actor: a.UserID, Detail: map[string]string{"space": p.Space, "kind": p.Kind}}
}

// binChanged tells caches and index, and renders again what showed the page.
func (s *Service) binChanged(ctx context.Context, saved Saved) {
	s.forgetVersion()
	s.index.Changed()
	s.renew(ctx, saved.Stale)
}
