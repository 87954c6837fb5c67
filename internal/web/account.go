package web

import (
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/view"
)

// login shows the sign-in page. Who is signed in already goes on.
func (s *Server) login(q *request) error {
	back := auth.SafeReturnPath(or(q.query("return"), "/"))
	if q.actor.SignedIn() {
		return q.seeOther(back)
	}
	return q.loginPage(http.StatusOK, "", back, nil)
}

func (q *request) loginPage(status int, login, back string, m *errs.Message) error {
	v := &view.Login{Shell: q.shell("", ""), Login: login, Return: back, Err: m, Providers: q.providerRows(back), Local: q.s.Auth.Passwords()}
	v.HeaderSearch = q.house.PublicRead
	for _, r := range q.s.DemoRoles {
		v.DemoRoles = append(v.DemoRoles, view.DemoRole{Key: r.Key, Label: q.tr(r.Label), Help: q.tr(r.Help)})
	}
	return q.render(status, v)
}

// signIn starts a session; the one the browser had before ends.
func (s *Server) signIn(q *request) error {
	back := auth.SafeReturnPath(or(q.FormValue("return"), "/"))
	var token string
	var sess auth.Session
	var err error
	if role := q.FormValue("role"); role != "" && s.Demo {
		i := slices.IndexFunc(s.DemoRoles, func(r DemoRole) bool { return r.Key == role })
		if i < 0 {
			return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
		}
		token, sess, err = s.Auth.SignInAs(q.ctx(), s.DemoRoles[i].UserID)
	} else {
		token, sess, err = s.Auth.SignIn(q.ctx(), q.FormValue("login"), q.FormValue("password"), q.RealIP())
	}
	if errs.Is(err, errs.Invalid) {
		status := http.StatusUnprocessableEntity
		if t, ok := errors.AsType[auth.Throttled](err); ok {
			status = http.StatusTooManyRequests
			q.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(t.Wait.Seconds()))))
		}
		m, ok := errs.MessageOf(err)
		if !ok {
			m = errs.Msg("auth.wrong")
		}
		return q.loginPage(status, q.FormValue("login"), back, &m)
	}
	if err != nil {
		return err
	}
	return q.begin(token, sess, back)
}

// begin hands the new session to the browser and ends the old one.
func (q *request) begin(token string, sess auth.Session, back string) error {
	if former := or(q.token, q.stale); former != "" {
		if err := q.s.Auth.SignOut(q.ctx(), q.actor, former); err != nil {
			return err
		}
	}
	q.setSession(token, sess.ExpiresAt)
	return q.seeOther(back)
}

func (q *request) sessionCookie(token string, expires time.Time) *http.Cookie {
	ck := &http.Cookie{
		Name: auth.CookieName(q.s.https), Value: token, Path: auth.CookiePath, Expires: expires, HttpOnly: true, Secure: q.s.https, SameSite: http.SameSiteLaxMode,
	}
	if token == "" {
		ck.MaxAge = -1
		q.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`) // nothing is left for who sits here next
	}
	return ck
}

func (s *Server) signOut(q *request) error {
	var leaving auth.Leaving
	if token := or(q.token, q.stale); token != "" {
		var err error
		if leaving, err = s.Auth.SignOutProvider(q.ctx(), q.actor, token); err != nil {
			return err
		}
	}
	q.setSession("", time.Unix(1, 0))
	if leaving.Provider != "" {
		q.setFlowCookie(leaving.Browser)
		return q.seeOther("/logout/done")
	}
	q.note("signed_out")
	if q.house.PublicRead {
		return q.seeOther("/")
	}
	return q.seeOther("/login")
}

// setup makes the first administrator, with the link the program printed at its first start.
func (s *Server) setup(q *request) error {
	open, err := s.Auth.NeedsSetup(q.ctx())
	if err != nil {
		return err
	}
	if !open || q.query("token") == "" {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	return q.render(http.StatusOK, q.setupView(q.query("token"), nil))
}

func (q *request) setupView(token string, bad []errs.Field) *view.Setup {
	v := &view.Setup{Shell: q.shell("", ""), Token: token, Login: q.FormValue("login"), Name: q.FormValue("name")}
	v.HeaderSearch = false
	for _, e := range bad {
		v.Errors = append(v.Errors, view.FormError{ID: "setup-" + e.Name, Label: q.tr("web.setup_" + e.Name), Msg: e.Msg})
	}
	return v
}

func (s *Server) doSetup(q *request) error {
	token, sess, err := s.Auth.Setup(q.ctx(), q.FormValue("token"), q.FormValue("login"), q.FormValue("name"), q.FormValue("password"))
	if errs.Is(err, errs.Invalid) {
		v := q.setupView(q.FormValue("token"), errs.FieldsOf(err))
		if m, ok := errs.MessageOf(err); ok && len(v.Errors) == 0 { // it is the link that is wrong, not what was typed
			v.Errors = []view.FormError{{Msg: m}}
		}
		return q.render(http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return q.begin(token, sess, "/")
}

func (s *Server) account(q *request) error {
	v, err := q.accountView(nil)
	if err != nil {
		return err
	}
	return q.render(http.StatusOK, v)
}

func (q *request) accountView(bad []errs.Field) (*view.Account, error) {
	a := q.actor
	u, local, err := q.s.Auth.Own(q.ctx(), a)
	if err != nil {
		return nil, err
	}
	v := &view.Account{Shell: q.shell("", ""), Name: a.Name, Label: a.Label, Local: local && !q.s.Demo, Organisation: u.Organisation, Mail: u.Mail, Provider: u.Provider}
	v.Roles = append(v.Roles, q.tr("web.role_contributor"))
	for _, r := range a.Roles {
		v.Roles = append(v.Roles, q.tr("web.role_"+string(r)))
	}
	var refs []string
	for _, u := range a.Units {
		refs = append(refs, "unit/"+u)
	}
	units, err := q.s.Wiki.Resolve(q.ctx(), a, "", refs)
	if err != nil {
		return nil, err
	}
	for _, ref := range refs {
		v.Units = append(v.Units, q.ownerLink(ref, units))
	}
	for _, key := range sortedKeys(a.Spaces) {
		if sp, err := q.s.Wiki.Space(q.ctx(), a, access.Read, key); err == nil {
			v.Spaces = append(v.Spaces, view.Link{URL: "/wiki/" + key, Text: sp.Title})
		}
	}
	if v.Sessions, err = q.sessionLines(a, a.UserID, func(id string) string { return "/account/sessions/" + id + "/end" }); err != nil {
		return nil, err
	}
	if v.Asked, err = q.ownAsks(); err != nil {
		return nil, err
	}
	for _, e := range bad {
		name := map[string]string{"old": "current", "new": "password"}[e.Name]
		v.Errors = append(v.Errors, view.FormError{ID: "account-" + or(name, e.Name), Label: q.tr("web.account_" + or(name, e.Name)), Msg: e.Msg})
	}
	return v, nil
}

func (s *Server) changePassword(q *request) error {
	token, sess, err := s.Auth.ChangePassword(q.ctx(), q.actor, q.FormValue("current"), q.FormValue("password"))
	if errs.Is(err, errs.Invalid) {
		v, verr := q.accountView(errs.FieldsOf(err))
		if verr != nil {
			return verr
		}
		return q.render(http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	q.setSession(token, sess.ExpiresAt)
	q.note("password")
	return q.seeOther("/account")
}

// endSessions signs the person out everywhere.
func (s *Server) endSessions(q *request) error {
	if err := s.Auth.SignOutAll(q.ctx(), q.actor, q.actor.UserID); err != nil {
		return err
	}
	q.setSession("", time.Unix(1, 0))
	q.note("sessions_ended")
	return q.seeOther("/login")
}

// prefs keeps language and theme in cookies, for guests too.
func (s *Server) prefs(q *request) error {
	set := func(name, value string) {
		q.SetCookie(&http.Cookie{Name: name, Value: value, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: s.https, SameSite: http.SameSiteLaxMode})
	}
	if l := q.FormValue("lang"); l == "de" || l == "en" {
		set(cookieLang, l)
	}
	switch q.FormValue("theme") {
	case "light", "dark":
		set(cookieTheme, q.FormValue("theme"))
	case "auto":
		set(cookieTheme, "")
	}
	return q.seeOther(auth.SafeReturnPath(or(q.FormValue("return"), "/")))
}
