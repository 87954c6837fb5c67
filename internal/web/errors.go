package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// statusOf is the one place where kinds of errors become status codes.
func statusOf(err error) int {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok && tooLarge != nil {
		return http.StatusRequestEntityTooLarge
	}
	if he, ok := errors.AsType[*echo.HTTPError](err); ok {
		return he.Code
	}
	if _, ok := errors.AsType[auth.Throttled](err); ok {
		return http.StatusTooManyRequests
	}
	switch errs.KindOf(err) {
	case errs.Invalid, errs.Usage:
		return http.StatusUnprocessableEntity
	case errs.NotFound:
		return http.StatusNotFound
	case errs.Conflict:
		return http.StatusConflict
	case errs.Unauthenticated:
		return http.StatusUnauthorized
	case errs.TooLarge:
		return http.StatusRequestEntityTooLarge
	case errs.ReadOnly, errs.Unavailable:
		return http.StatusServiceUnavailable
	case errs.Full:
		return http.StatusInsufficientStorage
	}
	return http.StatusInternalServerError
}

// retryAfter is in how many seconds to come back when something cannot be done now.
const retryAfter = "30"

// handleError answers a request whose handler returned an error. Unknown and forbidden look the same. A guest
// who meets a closed door on reading is led to the sign-in page, whether there is something behind it or not.
func (s *Server) handleError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	if underAPI(c.Request()) {
		s.refuseAPI(err, c)
		return
	}
	q, qerr := s.request(c)
	if qerr != nil {
		q = &request{Context: c, s: s, lang: "de"}
	}
	err = q.late(err)
	if q.ctx().Err() != nil {
		defer q.moreTime()()
	}
	if e, ok := errors.AsType[*confirmFirst](err); ok && q.actor.SignedIn() {
		if err = q.askConfirm(e); err == nil {
			return
		}
	}
	status := statusOf(err)
	c.Response().Header().Del("ETag") // the tag was that of the view, which there is none of
	id := c.Response().Header().Get("X-Request-Id")
	if status >= 500 {
		s.Log.Error("request failed", "request", id, "method", c.Request().Method, "path", c.Request().URL.Path, "err", err)
	}
	guestAtDoor := !q.actor.SignedIn() && (status == http.StatusUnauthorized || (status == http.StatusNotFound && !q.house.PublicRead))
	if guestAtDoor && c.Request().Method == http.MethodGet {
		if rerr := q.seeOther("/login?return=" + url.QueryEscape(q.path())); rerr == nil {
			return
		}
	}
	v := &view.Error{Shell: q.shell("", ""), Status: status, Request: id, BackURL: q.back(status)}
	if m, ok := errs.MessageOf(err); ok && status != http.StatusInternalServerError && status != http.StatusNotFound {
		v.Text = m
	}
	if errs.Is(err, errs.ReadOnly) {
		v.Heading, v.Text, v.ReadOnly = errs.Msg("err.read_only_title"), errs.Msg("err.read_only"), true
	}
	if status == http.StatusServiceUnavailable {
		c.Response().Header().Set("Retry-After", retryAfter)
	}
	if rerr := q.render(status, v); rerr != nil {
		s.Log.Error("render error view", "request", id, "err", rerr)
		_ = c.String(http.StatusInternalServerError, "Interner Fehler / internal error: "+id) // nothing more can be done
	}
}

// back is where the way back from an error leads: to the page the address is about, else nowhere but to the start. Guests are
// not told of pages; what is forbidden and what is unknown must look alike to them.
func (q *request) back(status int) string {
	space, slug := q.param("space"), q.param("slug")
	if !q.actor.SignedIn() || space == "" || slug == "" || status == http.StatusNotFound || q.Request().URL.Path == wiki.Address(space, slug) {
		return "" // the way to the start is always there
	}
	return wiki.Address(url.PathEscape(space), url.PathEscape(slug))
}
