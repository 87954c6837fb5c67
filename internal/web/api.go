package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"lernraum/internal/access"
	"lernraum/internal/api"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
)

// newAPI makes the JSON API of the server. Without accounts no token opens anything.
func (s *Server) newAPI() error {
	o := api.Options{
		Wiki: s.Wiki, KPI: s.KPI, Guest: s.guest, Words: s.View, BaseURL: s.BaseURL, Now: s.Now, Log: s.Log,
	}
	if s.Auth != nil {
		o.Tokens = s.Auth
	}
	var err error
	s.api, err = api.New(o)
	return err
}

// guest is who asks without a token.
func (s *Server) guest(ctx context.Context) access.Actor {
	if s.Settings == nil {
		return auth.GuestActor(false)
	}
	return auth.GuestActor(s.Settings.House(ctx).PublicRead)
}

// apiRoutes gives every operation of the API its row in the table of routes. It is not entered like a view: who asks
// says so with a token, and a cookie changes nothing.
func (s *Server) apiRoutes() []route {
	var out []route
	for _, op := range s.api.Operations() {
		path := strings.NewReplacer("{", ":", "}", "").Replace(api.Root + op.Path)
		out = append(out, route{method: op.Method, path: path, about: about(op.About), action: op.Action, api: op})
	}
	return out
}

// underAPI tells requests to the API from those to views. There are none of cookies, forms and redirects here.
func underAPI(r *http.Request) bool {
	return r.URL.Path == api.Root || strings.HasPrefix(r.URL.Path, api.Root+"/")
}

func (s *Server) serveAPI(c echo.Context, op *api.Operation) error {
	q := &request{Context: c, s: s}
	s.api.Serve(op, c.Response(), c.Request(), c.RealIP(), q.param)
	return nil
}

// refuseAPI answers what the router itself refuses.
func (s *Server) refuseAPI(err error, c echo.Context) {
	status := 0
	if he, ok := errors.AsType[*echo.HTTPError](err); ok {
		status = he.Code
	} else if errs.KindOf(err) == errs.Internal {
		status = statusOf(err)
	}
	s.api.Refuse(c.Response(), c.Request(), status, err)
}
