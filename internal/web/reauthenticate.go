package web

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/view"
)

// confirmField is the control with which somebody shows again who they are; it comes with any form that asks for it.
const confirmField = "lr_confirm"

// confirmFirst is the answer to a sensitive act of somebody who has not shown lately who they are. Cause is what was
// wrong with the proof they gave, if any.
type confirmFirst struct{ cause error }

func (e *confirmFirst) Error() string {
	if e.cause != nil {
		return "confirm first: " + e.cause.Error()
	}
	return "confirm first"
}

func (e *confirmFirst) Unwrap() error { return e.cause }

// reauthenticate lets somebody do something sensitive who has shown within the last minutes who they are. Handlers
// return its error: on reading it leads to a page that asks, and back; a form that was sent is kept in a page that asks,
// and sent on with the answer, so that nothing typed is lost. A handler calls it before it does anything.
func (q *request) reauthenticate() error {
	if err := q.signedIn(); err != nil {
		return err
	}
	sure, err := q.s.Auth.Sure(q.ctx(), q.token)
	if err != nil || sure {
		return err
	}
	if q.Request().Method != http.MethodPost || !q.proven() {
		return &confirmFirst{}
	}
	return q.prove()
}

func (q *request) signedIn() error {
	if q.actor.SignedIn() && q.token != "" {
		return nil
	}
	return errs.New(errs.Unauthenticated, errs.Msg("web.sign_in_first"))
}

// proven reports whether a form holds a proof.
func (q *request) proven() bool {
	form, err := q.FormParams()
	return err == nil && form.Has(confirmField)
}

// prove checks the proof a form holds and gives the browser the new token of its session.
func (q *request) prove() error {
	token, sess, err := q.s.Auth.Confirm(q.ctx(), q.actor, q.token, q.FormValue(confirmField), q.RealIP())
	if errs.Is(err, errs.Invalid) || errs.Is(err, errs.NotFound) { // NotFound: this account has another way
		return &confirmFirst{err}
	}
	if err != nil {
		return err
	}
	q.setSession(token, sess.ExpiresAt)
	q.token = token
	return nil
}

// askConfirm answers confirmFirst.
func (q *request) askConfirm(e *confirmFirst) error {
	if q.Request().Method != http.MethodPost {
		return q.seeOther("/login/confirm?return=" + url.QueryEscape(q.path()))
	}
	v, err := q.reconfirmView(q.Request().URL.RequestURI(), e.cause)
	if err != nil {
		return err
	}
	form, err := q.FormParams()
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(form) {
		if name == confirmField || secretControl(name) {
			continue
		}
		for _, value := range form[name] {
			v.Hidden = append(v.Hidden, view.Hidden{Name: name, Value: value})
		}
	}
	v.Kept, v.ProviderURL = true, q.confirmAt(v, "/login/confirmed")
	v.CancelURL = q.cameFrom()
	return q.renderConfirm(v, e.cause)
}

// secretControl tells what is never written into a page, not even hidden.
func secretControl(name string) bool {
	name = strings.ToLower(name)
	return name == "current" || strings.Contains(name, "password") || strings.Contains(name, "secret")
}

func (q *request) reconfirmView(action string, cause error) (*view.Reconfirm, error) {
	way, provider, err := q.s.Auth.ConfirmBy(q.ctx(), q.actor)
	if err != nil {
		return nil, err
	}
	if way == auth.ConfirmProvider && q.s.ConfirmAt == nil {
		way = auth.ConfirmAnew
	}
	v := &view.Reconfirm{Shell: q.shell("", ""), Way: string(way), Action: action, Provider: q.s.Auth.ProviderLabel(provider, q.lang), ProviderKey: provider}
	if m, ok := errs.MessageOf(cause); ok && errs.Is(cause, errs.Invalid) {
		if fields := errs.FieldsOf(cause); len(fields) > 0 {
			m = fields[0].Msg
		}
		v.Err = &m
	}
	return v, nil
}

// confirmAt is where somebody shows their provider again who they are.
func (q *request) confirmAt(v *view.Reconfirm, back string) string {
	if v.Way != string(auth.ConfirmProvider) {
		return ""
	}
	return q.s.ConfirmAt(v.ProviderKey, back)
}

// cameFrom is the page of the house on which a form was sent.
func (q *request) cameFrom() string {
	u, err := url.Parse(q.Request().Referer())
	if err != nil || u.Host != q.Request().Host {
		return "/"
	}
	return auth.SafeReturnPath(u.RequestURI())
}

func (q *request) renderConfirm(v *view.Reconfirm, cause error) error {
	status := http.StatusUnauthorized
	if t, ok := errors.AsType[auth.Throttled](cause); ok {
		status = http.StatusTooManyRequests
		q.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(t.Wait.Seconds()))))
	}
	if !v.Kept && cause == nil {
		status = http.StatusOK
	}
	q.tag = ""
	q.Response().Header().Set("Cache-Control", "private, no-store")
	return q.render(status, v)
}

// confirmPage asks somebody again who they are, then leads on.
func (s *Server) confirmPage(q *request) error {
	back := auth.SafeReturnPath(or(q.query("return"), "/"))
	sure, err := s.Auth.Sure(q.ctx(), q.token)
	if err != nil {
		return err
	}
	if sure {
		return q.seeOther(back)
	}
	return q.confirmForm(back, nil)
}

func (q *request) confirmForm(back string, cause error) error {
	v, err := q.reconfirmView("/login/confirm", cause)
	if err != nil {
		return err
	}
	v.Hidden = []view.Hidden{{Name: "return", Value: back}}
	v.ProviderURL, v.CancelURL = q.confirmAt(v, back), "/"
	return q.renderConfirm(v, cause)
}

// confirmAnswer takes the answer.
func (s *Server) confirmAnswer(q *request) error {
	back := auth.SafeReturnPath(or(q.FormValue("return"), "/"))
	sure, err := s.Auth.Sure(q.ctx(), q.token)
	if err == nil && !sure {
		err = q.prove()
	}
	if e, ok := errors.AsType[*confirmFirst](err); ok {
		return q.confirmForm(back, e.cause)
	}
	if err != nil {
		return err
	}
	return q.seeOther(back)
}

// confirmDone is shown in the tab in which somebody was at their provider, while their form waits in the other one.
func (s *Server) confirmDone(q *request) error {
	return q.render(http.StatusOK, &view.Reconfirmed{Shell: q.shell("", "")})
}
