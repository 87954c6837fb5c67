package web

import (
	"net/http"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// healthz says that the process is alive.
func (s *Server) healthz(q *request) error { return q.String(http.StatusOK, "ok\n") }

// readyz says whether the instance can serve.
func (s *Server) readyz(q *request) error {
	if err := s.Ready(q.ctx()); err != nil {
		s.Log.Warn("not ready", "err", err)
		return q.String(http.StatusServiceUnavailable, "not ready\n")
	}
	return q.String(http.StatusOK, "ready\n")
}

// admin shows an administrator how the instance is.
func (s *Server) admin(q *request) error {
	if !access.Can(q.actor, access.Admin, access.Object{}) {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	v, err := s.Status(q.ctx())
	if err != nil {
		return err
	}
	v.Shell = q.shell("", "")
	return q.render(http.StatusOK, &v)
}

// infoPages are the pages of the house itself; everybody may read them, signed in or not. They are ordinary
// pages of the space "haus", so that the operator writes them like any other.
var infoPages = map[string]string{
	"imprint": "impressum", "privacy": "datenschutz", "accessibility": "barrierefreiheit", "easy-language": "leichte-sprache",
}

// HouseSpace is the space of the pages about the house itself.
const HouseSpace = "haus"

func (s *Server) info(q *request) error {
	if q.param("page") == "help" {
		return q.seeOther(q.tr("web.help_url"))
	}
	slug, ok := infoPages[q.param("page")]
	if !ok {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	program := access.Program("info")
	p, err := s.Wiki.View(q.ctx(), program, HouseSpace, slug)
	if err == nil && p.Page.Draft {
		err = errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	if err != nil {
		return err
	}
	v := &view.Info{Shell: q.shell("", p.Page.Title), Body: view.Body(p.Rendered.Body), ContentLang: p.Page.Lang}
	if q.editing(p.Page) {
		v.EditURL = wiki.Address(p.Page.Space, p.Page.Slug) + "/edit"
	}
	v.HeaderSearch = q.actor.SignedIn() || s.PublicRead
	return q.render(http.StatusOK, v)
}
