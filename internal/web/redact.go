package web

import (
	"net/http"

	"lernraum/internal/errs"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// askRedact asks before the text of a revision is removed for good.
func (s *Server) askRedact(q *request) error {
	return q.redaction(http.StatusOK, q.param("n"), "", nil)
}

func (s *Server) redact(q *request) error {
	p, r, err := s.revisionOf(q)
	if err != nil {
		return err
	}
	to, reason := q.FormValue("to"), q.FormValue("reason")
	err = s.Wiki.Redact(q.ctx(), q.actor, p.ID, r.Page.Revision, atoi(to), reason)
	if errs.Is(err, errs.Invalid) {
		return q.redaction(statusOf(err), to, reason, err)
	}
	if err != nil {
		return err
	}
	q.note("redacted")
	return q.seeOther(wiki.Address(p.Space, p.Slug) + "/history")
}

// redaction draws the question, with what was typed and what is wrong with it.
func (q *request) redaction(status int, to, reason string, refused error) error {
	p, r, err := q.s.revisionOf(q)
	if err != nil {
		return err
	}
	if !q.s.Wiki.MayRedact(q.ctx(), q.actor, p) {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	q.protect(p.Space)
	base, n := wiki.Address(p.Space, p.Slug), r.Page.Revision
	v := &view.Ask{
		Shell: q.shell("", ""), Heading: errs.Msg("web.redact_heading", "N", n, "Title", p.Title), Text: errs.Msg("web.redact_text"),
		Action: base + "/revisions/" + itoa(n) + "/redact", CancelURL: base + "/history", Reason: reason, ReasonHelp: q.tr("web.redact_reason_help"),
		Button: errs.Msg("web.redact_button"), Danger: true,
	}
	v.Crumbs = []view.Link{{URL: base, Text: p.Title}, {URL: base + "/history", Text: q.tr("web.history")}}
	bad := errs.FieldsOf(refused)
	v.Errors = q.askErrors(bad)
	in := view.Input{ID: "ask-to", Name: "to", Label: q.tr("web.redact_to"), Help: q.tr("web.redact_to_help"), Widget: view.WidgetNumber, Value: to, Required: true}
	for i, f := range bad {
		if f.Name == "to" {
			in.Err = &bad[i].Msg
			v.Errors[i].ID, v.Errors[i].Label = in.ID, in.Label
		}
	}
	v.Inputs = []view.Input{in}
	switch {
	case n == p.Revision:
		v.Refused, v.CancelURL = errs.Msg("wiki.redact_newest"), base+"/edit"
	case !r.Redacted.At.IsZero():
		v.Refused = errs.Msg("wiki.redacted")
	}
	return q.render(status, v)
}
