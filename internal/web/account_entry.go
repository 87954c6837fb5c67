package web

import (
	"net/http"
	"net/url"

	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/view"
)

// personLink makes a link with which somebody sets their password. It is shown in this answer only.
func (s *Server) personLink(q *request) error {
	if err := q.reauthenticate(); err != nil {
		return err
	}
	return q.showLink(q.param("id"))
}

func (q *request) showLink(id string) error {
	token, err := q.s.Auth.PasswordLink(q.ctx(), q.actor, id)
	refused, ok := errs.MessageOf(err)
	if ok = ok && errs.Is(err, errs.Invalid); err != nil && !ok {
		return unknown(err)
	}
	v, err := q.personView(id)
	if err != nil {
		return err
	}
	q.Response().Header().Set("Cache-Control", "private, no-store")
	if ok {
		v.LinkErr = &refused
		return q.render(http.StatusUnprocessableEntity, v)
	}
	v.Link = q.s.BaseURL + "/login/password?token=" + url.QueryEscape(token)
	return q.render(http.StatusCreated, v)
}

func (s *Server) closePerson(q *request) error { return q.setClosed(true) }
func (s *Server) openPerson(q *request) error  { return q.setClosed(false) }

func (q *request) setClosed(closed bool) error {
	if err := q.reauthenticate(); err != nil {
		return err
	}
	id := q.param("id")
	err := q.s.Auth.SetDisabled(q.ctx(), q.actor, id, closed)
	if m, ok := errs.MessageOf(err); ok && errs.Is(err, errs.Invalid) {
		v, verr := q.personView(id)
		if verr != nil {
			return verr
		}
		v.LinkErr = &m
		return q.render(http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return unknown(err)
	}
	if closed {
		q.note("person_closed")
	} else {
		q.note("person_opened")
	}
	return q.seeOther(personURL(id))
}

// endSessionsOf ends all sessions of an account.
func (s *Server) endSessionsOf(q *request) error {
	u, _, err := s.Auth.Person(q.ctx(), q.actor, q.param("id"))
	if err == nil {
		err = s.Auth.SignOutAll(q.ctx(), q.actor, u.ID)
	}
	if err != nil {
		return unknown(err)
	}
	q.note("person_sessions_ended")
	return q.seeOther(personURL(u.ID))
}

// endSessionOf ends one of them.
func (s *Server) endSessionOf(q *request) error {
	id, err := s.Auth.EndSession(q.ctx(), q.actor, q.param("id"))
	if err != nil {
		return unknown(err)
	}
	q.note("session_ended")
	return q.seeOther(personURL(id))
}

// maxHolders bounds the people shown with a role; the list of people shows all.
const maxHolders = 25

// roles tells what each role may, and who has it.
func (s *Server) roles(q *request) error {
	v := &view.Roles{Shell: q.adminShell("/admin/roles", "")}
	v.List = append(v.List, view.RoleInfo{
		Key: string(access.RoleContributor), Label: q.tr("web.role_contributor"), Help: q.tr("web.role_help_contributor"), Everyone: true,
	})
	for _, r := range access.Roles() {
		list, total, err := s.Auth.People(q.ctx(), q.actor, auth.PeopleQuery{Role: r, Limit: maxHolders})
		if err != nil {
			return unknown(err)
		}
		info := view.RoleInfo{Key: string(r), Label: q.tr("web.role_" + string(r)), Help: q.tr("web.role_help_" + string(r)), Total: total}
		for _, u := range list {
			info.Holders = append(info.Holders, view.Link{URL: personURL(u.ID), Text: u.Name})
		}
		if total > len(list) {
			info.MoreURL = "/admin/people?role=" + string(r)
		}
		v.List = append(v.List, info)
	}
	return q.render(http.StatusOK, v)
}

// setPasswordPage shows the form behind a one-time link. That a link is no longer good is said in words: whoever holds
// it had it from an administrator.
func (s *Server) setPasswordPage(q *request) error {
	return q.setPasswordForm(http.StatusOK, q.query("token"), nil)
}

func (q *request) setPasswordForm(status int, token string, bad []errs.Field) error {
	q.Response().Header().Set("Cache-Control", "private, no-store")
	v := &view.SetPassword{Shell: q.shell("", ""), Token: token}
	v.HeaderSearch = q.house.PublicRead
	login, err := q.s.Auth.PasswordLinkLogin(q.ctx(), token)
	switch {
	case errs.Is(err, errs.NotFound):
		status = http.StatusNotFound
	case err != nil:
		return err
	}
	v.Login = login
	for _, e := range bad {
		v.Errors = append(v.Errors, view.FormError{ID: "setpassword-" + e.Name, Label: q.tr("web.account_" + e.Name), Msg: e.Msg})
	}
	return q.render(status, v)
}

// setPassword takes the password and signs in.
func (s *Server) setPassword(q *request) error {
	token, sess, err := s.Auth.PasswordByLink(q.ctx(), q.FormValue("token"), q.FormValue("password"), q.RealIP())
	switch {
	case errs.Is(err, errs.Invalid):
		return q.setPasswordForm(http.StatusUnprocessableEntity, q.FormValue("token"), errs.FieldsOf(err))
	case errs.Is(err, errs.NotFound):
		return q.setPasswordForm(http.StatusNotFound, "", nil)
	case err != nil:
		return err
	}
	q.note("password_set")
	return q.begin(token, sess, "/")
}
