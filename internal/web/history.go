package web

import (
	"errors"
	"net/http"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

func (s *Server) history(q *request) error {
	p, err := s.pageOf(q)
	if err != nil {
		return err
	}
	revs, err := s.Wiki.History(q.ctx(), q.actor, p.ID)
	if err != nil {
		return err
	}
	const size = 50
	base := wiki.Address(p.Space, p.Slug)
	v := &view.History{Shell: q.shell("", ""), Page: q.refOf(p), DiffURL: base + "/diff", Pager: q.pager(q.page(), size, len(revs))}
	v.Crumbs = []view.Link{{URL: base, Text: p.Title}}
	edit, redact := q.editing(p), s.Wiki.MayRedact(q.ctx(), q.actor, p)
	from := min((q.page()-1)*size, len(revs))
	for _, r := range revs[from:min(from+size, len(revs))] {
		line := q.revisionLine(base, r, p.Revision, edit)
		if r.Page.Revision == revs[len(revs)-1].Page.Revision {
			line.DiffURL = "" // nothing before it that the reader may see
		}
		if redact && line.Redacted == nil {
			line.RedactURL = line.URL + "/redact"
		}
		v.Entries = append(v.Entries, line)
	}
	return q.render(http.StatusOK, v)
}

// editing tells whether the reader may change the text now.
func (q *request) editing(p page.Page) bool {
	k, ok := q.s.Wiki.Kinds().Kind(p.Kind)
	if !ok || !q.s.Wiki.Allowed(q.ctx(), q.actor, access.Edit, p) {
		return false
	}
	st, ok := k.Machine.State(p.State)
	return !ok || !st.Frozen
}

func (q *request) refOf(p page.Page) view.PageRef {
	return q.targetRef(page.Target{ID: p.ID, Kind: p.Kind, Space: p.Space, Slug: p.Slug, Title: p.Title, Summary: p.Summary, State: p.State})
}

func (q *request) revisionLine(base string, r page.Revision, newest int, edit bool) view.Revision {
	n := r.Page.Revision
	out := view.Revision{
		N: n, At: r.At, By: r.By, Comment: r.Comment, Change: string(r.Change), URL: base + "/revisions/" + itoa(n), Current: n == newest,
	}
	if n > 1 {
		out.DiffURL = base + "/diff?from=" + itoa(n-1) + "&to=" + itoa(n)
	}
	if !r.Redacted.At.IsZero() {
		out.Redacted = &view.Redacted{At: r.Redacted.At, By: r.Redacted.By, Reason: r.Redacted.Reason}
		return out
	}
	if edit && n < newest {
		out.RestoreURL = out.URL + "/restore"
	}
	return out
}

// revision shows the page as it was. Rendering is done anew with today's renderer: old HTML is not kept.
// It is drawn once for as long as it can be kept, and one at a time: saving needs the renderer more than looking
// back does.
func (s *Server) revision(q *request) error {
	done, err := q.fresh()
	if done || err != nil {
		return err
	}
	p, r, err := s.revisionOf(q)
	if err != nil {
		return err
	}
	v, err := s.Wiki.View(q.ctx(), q.actor, p.Space, p.Slug)
	if err != nil {
		return err
	}
	newest := p.Revision
	v.Page = r.Page
	v.Page.ID, v.Page.Space, v.Page.Slug = p.ID, p.Space, p.Slug
	select {
	case s.old <- struct{}{}:
	case <-q.ctx().Done():
		return q.ctx().Err()
	}
	v.Rendered, err = s.Wiki.RenderRevision(q.ctx(), q.actor, p, r.Page)
	<-s.old
	if err != nil {
		return err
	}
	return q.showPage(http.StatusOK, v, func(w *view.Wiki) {
		base := wiki.Address(p.Space, p.Slug)
		w.Old = &view.OldRevision{N: r.Page.Revision, Newest: newest, At: r.At, NewestURL: base}
		if q.editing(p) && r.Page.Revision < newest {
			w.Old.RestoreURL = base + "/revisions/" + itoa(r.Page.Revision) + "/restore"
		}
		if !r.Redacted.At.IsZero() {
			w.Old.RestoreURL, w.Incomplete, w.Facts = "", nil, nil
			w.Notice = &view.Notice{Tone: "warning", Msg: errs.Msg("web.redacted", "Date", s.View.Date(q.lang, r.Redacted.At), "Reason", r.Redacted.Reason)}
		}
		w.Actions = view.Actions{HistoryURL: base + "/history", PermanentURL: "/p/" + string(p.ID)}
		w.Updated, w.UpdatedBy = r.At, r.By
	})
}

func (s *Server) revisionOf(q *request) (page.Page, page.Revision, error) {
	p, err := s.pageOf(q)
	if err != nil {
		return p, page.Revision{}, err
	}
	r, err := s.Wiki.Revision(q.ctx(), q.actor, p.ID, atoi(q.param("n")))
	return p, r, err
}

func (s *Server) askRestore(q *request) error {
	p, r, err := s.revisionOf(q)
	if err != nil {
		return err
	}
	if !q.editing(p) {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	if !r.Redacted.At.IsZero() {
		return errs.New(errs.Invalid, errs.Msg("wiki.redacted"))
	}
	base := wiki.Address(p.Space, p.Slug)
	return q.render(http.StatusOK, &view.Confirm{
		Shell: q.shell("", ""), Heading: errs.Msg("web.restore_heading", "N", r.Page.Revision),
		Text:   errs.Msg("web.restore_text", "Title", p.Title, "N", r.Page.Revision),
		Action: base + "/revisions/" + itoa(r.Page.Revision) + "/restore", CancelURL: base + "/history",
		Hidden: []view.Hidden{{Name: "revision", Value: itoa(p.Revision)}}, Button: errs.Msg("web.restore_button"),
	})
}

func (s *Server) restore(q *request) error {
	p, r, err := s.revisionOf(q)
	if err != nil {
		return err
	}
	_, err = s.Wiki.Restore(q.ctx(), q.actor, p.ID, atoi(q.FormValue("revision")), r.Page.Revision)
	if stale, ok := errors.AsType[*wiki.Stale](err); ok {
		return q.refused(p, http.StatusConflict, func(w *view.Wiki) {
			w.Notice = &view.Notice{
				Tone: "warning", Msg: errs.Msg("web.restore_conflict", "N", stale.Current.Revision, "Old", r.Page.Revision),
				Link: view.Link{URL: wiki.Address(p.Space, p.Slug) + "/history", Text: q.s.View.Text(q.lang, "view.page.history")},
			}
		})
	}
	if err != nil {
		return err
	}
	q.note("restored")
	return q.seeOther(wiki.Address(p.Space, p.Slug))
}

// diff compares two revisions of a page.
func (s *Server) diff(q *request) error {
	p, err := s.pageOf(q)
	if err != nil {
		return err
	}
	from, to := atoi(q.query("from")), atoi(q.query("to"))
	if to == 0 {
		to = p.Revision
	}
	if from == 0 {
		from = max(to-1, 1)
	}
	if from > to {
		from, to = to, from
	}
	a, err := s.Wiki.Revision(q.ctx(), q.actor, p.ID, from)
	if err != nil {
		return err
	}
	b, err := s.Wiki.Revision(q.ctx(), q.actor, p.ID, to)
	if err != nil {
		return err
	}
	base := wiki.Address(p.Space, p.Slug)
	v := &view.Diff{Shell: q.shell("", ""), Page: q.refOf(p), From: q.revisionLine(base, a, p.Revision, false), To: q.revisionLine(base, b, p.Revision, false)}
	v.Crumbs = []view.Link{{URL: base, Text: p.Title}, {URL: base + "/history", Text: q.tr("web.history")}}
	if v.Gone = !a.Redacted.At.IsZero() || !b.Redacted.At.IsZero(); v.Gone {
		a.Page, b.Page = p, p
	}
	if v.Fields, v.Body, err = q.compare(s.Wiki.Kinds().KindOrMissing(p.Kind), a.Page, b.Page); err != nil {
		return err
	}
	v.Same = len(v.Fields) == 0 && len(v.Body) == 0
	if from > 1 {
		v.PrevURL = base + "/diff?from=" + itoa(from-1) + "&to=" + itoa(from)
	}
	if to < p.Revision {
		v.NextURL = base + "/diff?from=" + itoa(to) + "&to=" + itoa(to+1)
	}
	return q.render(http.StatusOK, v)
}

// links shows what a page refers to and who refers to it.
func (s *Server) links(q *request) error {
	v, err := s.Wiki.View(q.ctx(), q.actor, q.param("space"), q.param("slug"))
	if err != nil {
		return err
	}
	p := v.Page
	q.protect(p.Space)
	k := s.Wiki.Kinds().KindOrMissing(p.Kind)
	out := &view.Links{Shell: q.shell("", ""), Page: q.refOf(p)}
	out.Crumbs = []view.Link{{URL: wiki.Address(p.Space, p.Slug), Text: p.Title}}
	for _, l := range v.Links {
		row := view.LinkRow{Ref: q.linkedRef(l), Label: q.linkLabel(k, l), Text: l.Ref}
		if l.Out {
			out.Out = append(out.Out, row)
		} else {
			out.In = append(out.In, row)
		}
	}
	return q.render(http.StatusOK, out)
}

func (q *request) linkLabel(k *kind.Kind, l page.LinkedPage) string {
	switch {
	case l.Type == page.LinkRelation:
		if rel, ok := q.s.Wiki.Kinds().Relation(l.Key); ok {
			if l.Out {
				return q.text(rel.Out)
			}
			return q.text(rel.In)
		}
	case l.Type == page.LinkBody:
		return q.tr("web.link_body")
	case l.Key == "owner":
		return q.tr("web.form_owner")
	}
	if !l.Out {
		k = q.s.Wiki.Kinds().KindOrMissing(l.Target.Kind)
	}
	head, rest, _ := strings.Cut(l.Key, ".")
	f, ok := k.Field(head)
	if !ok {
		return l.Key
	}
	label := q.text(f.Label)
	for i := range f.Fields {
		if f.Fields[i].Key == rest {
			label += ": " + q.text(f.Fields[i].Label)
		}
	}
	return label
}
