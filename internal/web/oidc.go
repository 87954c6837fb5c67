package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/view"
)

// providerRows are the providers of the sign-in page.
func (q *request) providerRows(back string) []view.LoginProvider {
	var rows []view.LoginProvider
	for _, p := range q.s.Auth.Providers(q.ctx()) {
		rows = append(rows, view.LoginProvider{Label: q.providerLabel(p), URL: "/login/" + p.Key + "?return=" + url.QueryEscape(back), Away: p.Away})
	}
	return rows
}

func (q *request) providerLabel(p auth.ProviderState) string {
	if q.lang == "en" {
		return p.LabelEN
	}
	return p.LabelDE
}

// flowCookie is the cookie that binds a way to a provider and back to this browser.
func (q *request) flowCookie() string {
	if ck, err := q.Request().Cookie(auth.FlowCookieName(q.s.https)); err == nil {
		return ck.Value
	}
	return ""
}

func (q *request) setFlowCookie(value string) {
	ck := &http.Cookie{
		Name: auth.FlowCookieName(q.s.https), Value: value, Path: auth.CookiePath, MaxAge: auth.FlowCookieAge, HttpOnly: true, Secure: q.s.https, SameSite: http.SameSiteLaxMode,
	}
	if value == "" {
		ck.MaxAge = -1
	}
	q.SetCookie(ck)
}

// unkept keeps an answer out of every cache: it is of use once.
func (q *request) unkept() { q.Response().Header().Set("Cache-Control", "private, no-store") }

// loginAt sends the browser to a provider. Who is signed in goes on, unless they are to show anew who they are.
func (s *Server) loginAt(q *request) error {
	q.unkept()
	back := auth.SafeReturnPath(or(q.query("return"), "/"))
	fresh := q.query("fresh") == "1"
	if q.actor.SignedIn() && !fresh {
		return q.seeOther(back)
	}
	to, browser, err := s.Auth.StartSignIn(q.ctx(), auth.Start{Provider: q.param("provider"), Back: back, Browser: q.flowCookie(), Fresh: fresh, UserID: q.actor.UserID, Renew: q.renew})
	if errs.Is(err, errs.Unavailable) {
		return q.loginPage(http.StatusServiceUnavailable, "", back, new(errs.Msg("auth.provider_away")))
	}
	if err != nil {
		return err
	}
	q.setFlowCookie(browser)
	return q.seeOther(to)
}

// ConfirmAt is the address at which somebody shows their provider again who they are, and which then leads back.
func ConfirmAt(provider, back string) string {
	return "/login/" + provider + "?fresh=1&return=" + url.QueryEscape(back)
}

// callback takes what the browser brings back from a provider.
func (s *Server) callback(q *request) error {
	q.unkept()
	done, err := s.Auth.FinishSignIn(q.ctx(), auth.Answer{Query: q.Request().URL.Query(), Browser: q.flowCookie(), Network: q.RealIP()})
	if r, ok := errors.AsType[auth.Refusal](err); ok {
		if q.stale != "" { // what was to be renewed is over
			if err := s.Auth.SignOut(q.ctx(), q.actor, q.stale); err != nil {
				return err
			}
			q.setSession("", time.Unix(1, 0))
		}
		return q.refusedPage(err, r.Reason)
	}
	if err != nil {
		return err
	}
	if done.Again != "" { // the provider wants to see the person: the old session is over
		if err := s.Auth.SignOut(q.ctx(), q.actor, q.stale); err != nil {
			return err
		}
		return q.seeOther("/login/" + done.Again + "?return=" + url.QueryEscape(done.Back))
	}
	q.setFlowCookie("")
	return q.begin(done.Token, done.Session, done.Back)
}

// refusedPage says calmly that a sign-in came to nothing. What the provider wrote is not repeated.
func (q *request) refusedPage(err error, reason string) error {
	m, _ := errs.MessageOf(err)
	v := &view.Signpost{
		Shell: q.shell("", ""), Heading: errs.Msg("web.signpost_refused"), Text: m, Reason: reason,
		Ways: []view.Link{{URL: "/login", Text: q.tr("web.signpost_again")}},
	}
	v.HeaderSearch = q.house.PublicRead
	return q.render(http.StatusBadRequest, v)
}

// backchannel takes the demand of a provider to end sessions. It comes from the provider itself: a cookie or an origin
// of a browser has no business here, and the guard turns away what has one.
func (s *Server) backchannel(q *request) error {
	q.unkept()
	r := q.Request()
	if err := r.ParseForm(); err != nil {
		return q.NoContent(http.StatusBadRequest)
	}
	err := s.Auth.ProviderLogout(q.ctx(), q.param("provider"), r.Header.Get("Content-Type"), r.PostForm, q.RealIP())
	if refused, ok := errors.AsType[auth.Refusal](err); ok {
		return q.JSON(http.StatusBadRequest, map[string]string{"error": "invalid_request", "error_description": refused.Reason})
	}
	if err != nil {
		return err
	}
	return q.NoContent(http.StatusOK)
}

// logoutDone leads a browser that has signed out here on to the provider. The policy of a form forbids to send it there
// at once, so this page does.
func (s *Server) logoutDone(q *request) error {
	q.unkept()
	if q.flowCookie() == "" || q.actor.SignedIn() {
		return q.seeOther("/")
	}
	const on = "/logout/provider"
	q.Response().Header().Set("Refresh", "0; url="+on)
	v := &view.Signpost{
		Shell: q.shell("", ""), Heading: errs.Msg("web.signpost_left"), Text: errs.Msg("web.signpost_left_here"),
		Ways: []view.Link{{URL: on, Text: q.tr("web.signpost_leave")}},
	}
	v.HeaderSearch = q.house.PublicRead
	return q.render(http.StatusOK, v)
}

// logoutProvider sends the browser to where its session at the provider ends.
func (s *Server) logoutProvider(q *request) error {
	q.unkept()
	to, err := s.Auth.LeaveProvider(q.ctx(), q.flowCookie())
	q.setFlowCookie("")
	q.note("signed_out")
	if errs.Is(err, errs.NotFound) {
		return q.seeOther("/login")
	}
	if err != nil {
		return err
	}
	return q.seeOther(to)
}

// loginLink asks whether a link of the command line is to be used: programs that look at links must not use it up.
func (s *Server) loginLink(q *request) error {
	q.unkept()
	if q.query("token") == "" {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	v := &view.Confirm{
		Shell: q.shell("", ""), Heading: errs.Msg("web.signpost_link"), Text: errs.Msg("web.signpost_link_help"), Action: "/login/link",
		Hidden: []view.Hidden{{Name: "token", Value: q.query("token")}}, Button: errs.Msg("web.signpost_use"),
	}
	v.HeaderSearch = q.house.PublicRead
	return q.render(http.StatusOK, v)
}

// useLink signs in with a link of the command line.
func (s *Server) useLink(q *request) error {
	q.unkept()
	token, sess, err := s.Auth.SignInByLink(q.ctx(), q.FormValue("token"), q.RealIP())
	if errs.Is(err, errs.Invalid) {
		m, _ := errs.MessageOf(err)
		v := &view.Signpost{Shell: q.shell("", ""), Heading: errs.Msg("web.signpost_refused"), Text: m, Ways: []view.Link{{URL: "/login", Text: q.tr("web.signpost_again")}}}
		v.HeaderSearch = q.house.PublicRead
		return q.render(http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return q.begin(token, sess, "/")
}

// renewal is where a reader is sent whose session goes on as soon as the browser has been at the provider; "" for
// everybody else, and for requests that cannot be sent there and back.
func (q *request) renewal(r route) string {
	if q.renew == nil || r.method != http.MethodGet || r.about == aboutOpen {
		return ""
	}
	if mode := q.Request().Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return ""
	}
	return "/login/" + q.renew.Provider + "?return=" + url.QueryEscape(q.path())
}
