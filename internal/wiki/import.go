package wiki

import (
	"context"
	"slices"
	"strings"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/markup"
	"lernraum/internal/page"
)

// Imported is a page that comes from a file.
type Imported struct {
	ID            page.ID // "" gives a new one
	Input         Input
	State         string // "" is published, or the start of the kind's machine where it has no such state
	ConfirmedAt   time.Time
	ConfirmedRole string
	Extra         map[string]any
	// History are the revisions that came with the file, ascending. When the newest of them says what the file
	// says, the page is taken over as it was; otherwise the file becomes one more revision.
	History []page.Revision
}

// ImportStatus tells what became of an imported page.
type ImportStatus string

// The outcomes of importing one page.
const (
	ImportCreated   ImportStatus = "created"
	ImportUpdated   ImportStatus = "updated"
	ImportUnchanged ImportStatus = "unchanged"
	ImportFailed    ImportStatus = "failed"
)

// ImportOutcome is the outcome for one page. Err is set when Status is ImportFailed.
type ImportOutcome struct {
	ID     page.ID
	Status ImportStatus
	Err    error
}

// Import stores many pages in one transaction where possible. A page that is not valid fails alone. Dangling
// references are taken as they are; the run resolves those to its own pages. Existing pages are found by
// id, then by address; one that says the same already is left alone, so that a second run changes nothing.
func (s *Service) Import(ctx context.Context, a access.Actor, pages []Imported, run *ImportRun) ([]ImportOutcome, error) {
	if run == nil {
		run = &ImportRun{}
	}
	out := make([]ImportOutcome, len(pages))
	var writes []Write
	var at []int
	for i, in := range pages {
		w, status, err := s.importOne(ctx, a, in, run.Known)
		out[i] = ImportOutcome{ID: w.Page.ID, Status: status, Err: err}
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			out[i].Status = ImportFailed
		case status != ImportUnchanged:
			writes, at = append(writes, w), append(at, i)
		}
	}
	if len(writes) == 0 {
		return out, nil
	}
	saved, err := s.store.Save(ctx, writes...)
	if errs.Is(err, errs.Conflict) { // two files want one address: find out which, the others go in
		saved, err = s.importSingly(ctx, writes, at, out)
	}
	if err != nil {
		return nil, err
	}
	s.forgetVersion()
	s.index.Changed()
	stale, settled := run.part(writes, saved.Stale)
	if err := s.store.Settle(ctx, settled); err != nil {
		return nil, err
	}
	s.renew(ctx, stale)
	return out, nil
}

// ImportRun is what the batches of one import share.
type ImportRun struct {
	// Known resolves references to pages the run will create; nil knows none. It must not know a page that not
	// all readers may see.
	Known func(space string, refs []string) map[string]markup.Target

	created map[page.ID]bool
}

// part tells which of the stale pages must be rendered again. One that this run has created knew its targets
// when it was rendered, and is right already unless the batch has changed pages that were there before.
func (r *ImportRun) part(writes []Write, stale []page.ID) (again, settled []page.ID) {
	if r.created == nil {
		r.created = map[page.ID]bool{}
	}
	updates := false
	for _, w := range writes {
		updates = updates || w.Base > 0
		if w.Base == 0 {
			r.created[w.Page.ID] = true
		}
	}
	for _, id := range stale {
		if r.created[id] && r.Known != nil && !updates {
			settled = append(settled, id)
		} else {
			again = append(again, id)
		}
	}
	return again, settled
}

func (s *Service) importSingly(ctx context.Context, writes []Write, at []int, out []ImportOutcome) (Saved, error) {
	var all Saved
	for i, w := range writes {
		saved, err := s.store.Save(ctx, w)
		switch {
		case errs.Is(err, errs.Conflict):
			out[at[i]].Status, out[at[i]].Err = ImportFailed, err
		case err != nil:
			return Saved{}, err
		default:
			all.Seq, all.Stale = saved.Seq, append(all.Stale, saved.Stale...)
		}
	}
	return all, nil
}

func (s *Service) importOne(ctx context.Context, a access.Actor, in Imported, known func(string, []string) map[string]markup.Target) (Write, ImportStatus, error) {
	sp, err := s.space(ctx, a, access.Create, in.Input.Space)
	if err != nil {
		return Write{}, "", err
	}
	k, ok := s.kinds.Kind(in.Input.Kind)
	if !ok {
		return Write{}, "", errs.Fields([]errs.Field{{Name: "kind", Msg: errs.Msg("wiki.kind_unknown")}})
	}
	state, ok := ImportState(k, in.State)
	if !ok {
		return Write{}, "", errs.Fields([]errs.Field{{Name: "state", Msg: errs.Msg("wiki.state_unknown", "State", in.State)}})
	}
	old, err := s.existing(ctx, in)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return Write{}, "", err
	}
	exists := err == nil
	now := s.now().UTC()
	head := page.Page{
		ID: in.ID, Kind: k.Key, Space: sp.Key, State: state.Key, Draft: state.Draft, Archived: state.Archived,
		ConfirmedAt: in.ConfirmedAt, ConfirmedRole: in.ConfirmedRole, Extra: in.Extra,
		Revision: 1, CreatedAt: now, UpdatedAt: now,
	}
	if head.ID == "" {
		head.ID = s.NewID()
	}
	if exists {
		head.ID, head.CreatedAt, head.Revision = old.ID, old.CreatedAt, old.Revision+1
		if in.State == "" {
			head.State, head.Draft, head.Archived = old.State, old.Draft, old.Archived
		}
		keepUnsaid(&head, &in.Input, old)
	}
	c, err := s.compose(ctx, a, sp, k, head, in.Input, composeOptions{lenient: true, known: known})
	if err != nil {
		return Write{Page: head}, "", err
	}
	if exists {
		same := unchanged(old, c.page)
		if !same { // the file may say what the page said before somebody wrote on
			if same, err = s.said(ctx, old, c.page); err != nil {
				return Write{Page: old}, "", err
			}
		}
		if same {
			return Write{Page: old}, ImportUnchanged, nil
		}
	}
	w := Write{
		Page: c.page, By: a.Label, UserID: a.UserID, Comment: oneLine(in.Input.Comment), Change: page.ChangeImport,
		Rendered: c.rendered, Links: c.links, Aliases: c.aliases,
	}
	if exists {
		w.Base, w.Seen = old.Revision, c.seen
		return w, ImportUpdated, nil
	}
	if err := s.checkUnique(ctx, k, c.page); err != nil {
		return Write{Page: head}, "", err
	}
	s.takeHistory(&w, in.History, k)
	return w, ImportCreated, nil
}

// ImportState is the state a new page of a file gets: the one it names, published where it names none, or the
// start of a machine that has no such state. It is false for a state the machine does not know.
func ImportState(k *kind.Kind, state string) (*kind.State, bool) {
	if state != "" {
		return k.Machine.State(state)
	}
	if st, ok := k.Machine.State("published"); ok {
		return st, true
	}
	return k.Machine.Start(), true
}

// keepUnsaid keeps of a page what its file does not say: it may have been confirmed or given an owner here.
func keepUnsaid(head *page.Page, in *Input, old page.Page) {
	if head.ConfirmedAt.IsZero() {
		head.ConfirmedAt, head.ConfirmedRole = old.ConfirmedAt, old.ConfirmedRole
	}
	if in.ReviewDue.IsZero() {
		in.ReviewDue = old.ReviewDue
	}
	for _, f := range []struct {
		to  *string
		old string
	}{{&in.Lang, old.Lang}, {&in.Owner, old.Owner}, {&in.Statement, old.Statement}} {
		if *f.to == "" {
			*f.to = f.old
		}
	}
}

// takeHistory puts the revisions of a file under its page.
func (s *Service) takeHistory(w *Write, history []page.Revision, k *kind.Kind) {
	if len(history) == 0 {
		return
	}
	for i := range history {
		history[i].Page.ID, history[i].Page.Revision = w.Page.ID, i+1
	}
	last := history[len(history)-1]
	w.Page.CreatedAt = history[0].Page.CreatedAt
	if sameText(last.Page, w.Page) {
		w.Page.Revision, w.Page.UpdatedAt = len(history), last.At
		w.By, w.Comment, w.Change, w.At = last.By, last.Comment, last.Change, last.At
		w.History = history[:len(history)-1]
		return
	}
	w.Page.Revision = len(history) + 1
	w.History = history
}

// said tells whether one of the newest revisions of a page already said what a file says: importing the same
// files again must not undo what people wrote since.
func (s *Service) said(ctx context.Context, old, file page.Page) (bool, error) {
	const newest = 30
	all := access.Scope{All: true}
	for n := old.Revision - 1; n > 0 && n >= old.Revision-newest; n-- {
		r, err := s.store.Revision(ctx, all, old.ID, n)
		if err != nil {
			return false, err
		}
		if sameContent(r.Page, file) {
			return true, nil
		}
	}
	return false, nil
}

// sameContent compares what a file of another system can say; owner, review and confirmation are this house's.
func sameContent(a, b page.Page) bool {
	content := func(p page.Page) page.Page {
		return page.Page{
			Kind: p.Kind, Slug: p.Slug, Title: p.Title, Summary: p.Summary, Body: p.Body, Fields: p.Fields, Relations: byRelation(p.Relations), Tags: p.Tags,
		}
	}
	return equal(content(a), content(b))
}

func sameText(a, b page.Page) bool {
	a.Relations, b.Relations = byRelation(a.Relations), byRelation(b.Relations)
	b.Revision, b.UpdatedAt, b.CreatedAt, b.ID = a.Revision, a.UpdatedAt, a.CreatedAt, a.ID
	b.Draft, b.Archived = a.Draft, a.Archived
	return equal(a, b)
}

func (s *Service) existing(ctx context.Context, in Imported) (page.Page, error) {
	all := access.Scope{All: true}
	if in.ID != "" {
		p, err := s.store.Page(ctx, all, in.ID)
		if err == nil || !errs.Is(err, errs.NotFound) {
			return p, err
		}
	}
	slug := in.Input.Slug
	if slug == "" {
		slug = markup.Slug(in.Input.Title)
	}
	p, err := s.store.PageAt(ctx, all, in.Input.Space, slug)
	if err == nil && (in.ID != "" || p.Slug != slug || p.Space != in.Input.Space) {
		// The address belongs, or belonged, to another page; the store will say so when it is saved.
		return page.Page{}, errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	return p, err
}

// byRelation sorts by relation and keeps the order within each: a file groups references by their relation.
func byRelation(in []page.Relation) []page.Relation {
	out := slices.Clone(in)
	slices.SortStableFunc(out, func(a, b page.Relation) int { return strings.Compare(a.Key, b.Key) })
	return out
}
