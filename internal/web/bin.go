package web

import (
	"errors"
	"math"
	"net/http"
	"net/url"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// maxTouched bounds the list of pages that a deletion touches.
const maxTouched = 20

// askDelete shows what hangs on a page before it goes into the bin.
func (s *Server) askDelete(q *request) error {
	return q.deletion(http.StatusOK, "", nil)
}

func (s *Server) deletePage(q *request) error {
	p, err := s.pageOf(q)
	if err != nil {
		return err
	}
	reason := q.FormValue("reason")
	err = s.Wiki.Delete(q.ctx(), q.actor, p.ID, atoi(q.FormValue("revision")), reason)
	_, stale := errors.AsType[*wiki.Stale](err)
	switch {
	case stale:
		bad := []errs.Field{{Msg: errs.Msg("web.delete_conflict")}}
		return q.deletion(http.StatusConflict, reason, bad)
	case errs.Is(err, errs.Invalid):
		return q.deletion(statusOf(err), reason, errs.FieldsOf(err))
	case err != nil:
		return err
	}
	q.note("deleted")
	return q.seeOther("/spaces/" + url.PathEscape(p.Space) + "/bin")
}

// deletion draws the question, with what was typed and what is wrong with it.
func (q *request) deletion(status int, reason string, bad []errs.Field) error {
	v, err := q.s.Wiki.View(q.ctx(), q.actor, q.param("space"), q.param("slug"))
	if err != nil {
		return err
	}
	p := v.Page
	q.protect(p.Space)
	for _, l := range v.Links {
		q.shows(l.Target.Space)
	}
	out := &view.Ask{
		Shell: q.shell("", ""), Heading: errs.Msg("web.delete_heading", "Title", p.Title), Text: errs.Msg("web.delete_text", "Count", int(wiki.BinTime.Hours()/24)),
		Action: wiki.Address(p.Space, p.Slug) + "/delete", CancelURL: wiki.Address(p.Space, p.Slug), Hidden: []view.Hidden{{Name: "revision", Value: itoa(p.Revision)}},
		Reason: reason, ReasonHelp: q.tr("web.delete_reason_help"), Button: errs.Msg("web.delete_button"), Danger: true,
	}
	out.Crumbs = []view.Link{{URL: wiki.Address(p.Space, p.Slug), Text: p.Title}}
	if err := q.s.Wiki.Deletable(q.ctx(), q.actor, p.ID); errs.Is(err, errs.Invalid) {
		out.Refused, _ = errs.MessageOf(err)
	} else if err != nil {
		return err
	}
	out.Errors = q.askErrors(bad)
	links := view.AskList{Title: q.tr("web.delete_links")}
	seen := map[string]bool{}
	for _, l := range v.Links {
		url := wiki.Address(l.Target.Space, l.Target.Slug)
		if l.Out || !l.Found || seen[url] {
			continue
		}
		seen[url] = true
		if len(links.Items) < maxTouched {
			links.Items = append(links.Items, view.Link{URL: url, Text: l.Target.Title})
		} else {
			links.More++
		}
	}
	files := view.AskList{Title: q.tr("web.delete_files")}
	for _, a := range v.Attachments {
		files.Items = append(files.Items, view.Link{Text: a.Name})
	}
	for _, l := range []view.AskList{links, files} {
		if len(l.Items) > 0 {
			out.Lists = append(out.Lists, l)
		}
	}
	return q.render(status, out)
}

func (q *request) askErrors(bad []errs.Field) []view.FormError {
	var out []view.FormError
	for _, e := range bad {
		fe := view.FormError{Msg: e.Msg}
		if e.Name == "reason" {
			fe.ID, fe.Label = "ask-reason", q.tr("view.ask.reason")
		}
		out = append(out, fe)
	}
	return out
}

// bin lists what was deleted in a space, for those who may write there.
func (s *Server) bin(q *request) error {
	sp, list, err := s.Wiki.Bin(q.ctx(), q.actor, q.param("key"))
	if err != nil {
		return err
	}
	q.protect(sp.Key)
	v := &view.Bin{Shell: q.shell("", ""), Space: view.Link{URL: "/wiki/" + sp.Key, Text: sp.Title}, Days: int(wiki.BinTime.Hours() / 24)}
	base := "/spaces/" + url.PathEscape(sp.Key) + "/bin/"
	for _, d := range list {
		item := view.BinItem{
			Title: d.Page.Title, Kind: q.text(s.Wiki.Kinds().KindOrMissing(d.Page.Kind).Label), At: d.At, By: d.By, Reason: d.Reason,
			Left: errs.Msg("web.bin_left", "Count", max(0, int(math.Ceil(d.At.Add(wiki.BinTime).Sub(s.Now()).Hours()/24)))), RestoreURL: base + string(d.Page.ID) + "/restore",
		}
		if s.Wiki.MayPurge(q.actor, sp) {
			item.PurgeURL = base + string(d.Page.ID) + "/purge"
		}
		v.Items = append(v.Items, item)
	}
	return q.render(http.StatusOK, v)
}

// binned finds a page in the bin of the space that the address names.
func (q *request) binned() (wiki.Deleted, error) {
	d, err := q.s.Wiki.InBin(q.ctx(), q.actor, page.ID(q.param("id")))
	if err == nil && d.Page.Space != q.param("key") {
		err = errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	return d, err
}

func (s *Server) undelete(q *request) error {
	d, err := q.binned()
	if err != nil {
		return err
	}
	p, err := s.Wiki.Undelete(q.ctx(), q.actor, d.Page.ID)
	if err != nil {
		return err
	}
	q.note("undeleted")
	return q.seeOther(wiki.Address(p.Space, p.Slug))
}

func (s *Server) askPurge(q *request) error {
	d, err := q.binned()
	if err != nil {
		return err
	}
	sp, err := s.Wiki.Space(q.ctx(), q.actor, access.Edit, d.Page.Space)
	if err != nil {
		return err
	}
	if !s.Wiki.MayPurge(q.actor, sp) {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	q.protect(sp.Key)
	return q.render(http.StatusOK, &view.Confirm{
		Shell: q.shell("", ""), Heading: errs.Msg("web.purge_heading", "Title", d.Page.Title), Text: errs.Msg("web.purge_text"),
		Action: "/spaces/" + sp.Key + "/bin/" + string(d.Page.ID) + "/purge", CancelURL: "/spaces/" + sp.Key + "/bin", Button: errs.Msg("web.purge_button"), Danger: true,
	})
}

func (s *Server) purge(q *request) error {
	d, err := q.binned()
	if err != nil {
		return err
	}
	if err := s.Wiki.Purge(q.ctx(), q.actor, d.Page.ID); err != nil {
		return err
	}
	q.note("purged")
	return q.seeOther("/spaces/" + url.PathEscape(d.Page.Space) + "/bin")
}
