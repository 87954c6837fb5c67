package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"lernraum/internal/access"
	"lernraum/internal/errs"
)

// mount gives every route its address. A route that does not say what it is about, or what it does, ends the start.
func (s *Server) mount(e *echo.Echo, routes []route) error {
	for _, r := range routes {
		if err := r.declared(); err != nil {
			return err
		}
		handle := func(c echo.Context) error {
			if r.api != nil {
				return s.serveAPI(c, r.api)
			}
			q, err := s.request(c)
			if err != nil {
				return err
			}
			return s.enter(q, r)
		}
		e.Add(r.method, r.path, handle)
		if r.method == http.MethodGet {
			e.Add(http.MethodHead, r.path, handle) // the server leaves the body out
		}
	}
	return nil
}

// enter answers a request: whoever is admitted meets the handler. A guest whose session has ended while they wrote gets
// back what they typed, where the route knows how.
func (s *Server) enter(q *request, r route) error {
	if to := q.renewal(r); to != "" {
		return q.seeOther(to)
	}
	err := s.admit(q, r)
	switch {
	case errs.Is(err, errs.Unauthenticated) && r.ended != nil:
		return r.ended(q)
	case err == nil:
		space := q.param("space")
		if r.about == aboutSpace {
			space = or(space, q.param("key"))
		}
		if space != "" {
			q.protect(space)
		}
		err = r.handler(q)
	}
	if errs.Is(err, errs.NotFound) {
		s.denied(q, r)
	}
	return err
}

// admit lets a request in to the handler of its route, or says why not. It goes by what the route declares, so that no
// handler can forget it; what hangs on one page (its space now, whether it is a draft) the use case decides on the page
// it has loaded. What is forbidden is not told apart from what does not exist.
//
//   - What is about nothing protected is for everybody.
//   - Lists are for those who may read at all: guests only where the house is open to them.
//   - One's own things, and everything that changes something, need a sign-in first.
//   - A space in the address must exist and allow the action; so must the house. What of the house may be read by whom
//     beyond administrators, the use case decides.
func (s *Server) admit(q *request, r route) error {
	if r.about == aboutOpen {
		return nil
	}
	if !q.actor.SignedIn() && (r.about == aboutOwn || r.action != access.Read || (r.about == aboutList && !q.house.PublicRead)) {
		return errs.New(errs.Unauthenticated, errs.Msg("web.sign_in_first"))
	}
	key := q.param("space")
	switch r.about {
	case aboutHouse:
		if !q.actor.SignedIn() {
			return errs.New(errs.Unauthenticated, errs.Msg("web.sign_in_first"))
		}
		if r.action != access.Read && !access.Can(q.actor, r.action, access.Object{}) {
			return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
		}
		return nil
	case aboutSpace:
		key = or(key, q.param("key"))
	case aboutPage, aboutFile:
	default:
		return nil
	}
	if key == "" {
		return nil // the page is named by its id or its own key, or the space is chosen in the form
	}
	_, err := s.Wiki.Space(q.ctx(), q.actor, r.action, key)
	return err
}
