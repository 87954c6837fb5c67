package web

import (
	"errors"
	"net/http"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// NotReady is why an instance cannot serve, in words that everybody who may ask may read.
type NotReady string

func (n NotReady) Error() string { return string(n) }

// healthz says that the process is alive.
func (s *Server) healthz(q *request) error { return q.String(http.StatusOK, "ok\n") }

// readyz says whether the instance can serve.
func (s *Server) readyz(q *request) error {
	if err := s.Ready(q.ctx()); err != nil {
		s.Log.Warn("not ready", "err", err)
		why := "not ready"
		if r, ok := errors.AsType[NotReady](err); ok {
			why += ": " + string(r)
		}
		return q.String(http.StatusServiceUnavailable, why+"\n")
	}
	return q.String(http.StatusOK, "ready\n")
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
	if err != nil {
		return err
	}
	sp, err := s.Wiki.Space(q.ctx(), program, access.Read, p.Page.Space)
	if err != nil {
		return err
	}
	// Everybody reads this, and nobody's rights are asked: it must be the page of the house and nothing that is
	// closed, not ready, or was moved elsewhere.
	if sp.Key != HouseSpace || sp.Type == page.SpaceRestricted || p.Page.Draft || p.Page.Archived {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	if !q.actor.SignedIn() && !q.house.PublicRead { // who reads nothing else here learns no titles of other pages
		if p.Rendered, err = s.Wiki.RenderOutside(q.ctx(), p); err != nil {
			return err
		}
	}
	v := &view.Info{Shell: q.shell("", p.Page.Title), Body: view.Body(p.Rendered.Body)}
	if p.Page.Lang != q.lang {
		v.ContentLang = p.Page.Lang
	}
	if q.editing(p.Page) {
		v.EditURL = wiki.Address(p.Page.Space, p.Page.Slug) + "/edit"
	}
	v.HeaderSearch = q.actor.SignedIn() || q.house.PublicRead
	return q.render(http.StatusOK, v)
}
