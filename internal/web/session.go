package web

import (
	"strings"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/view"
)

// sessionLines lists the sessions of an account; address makes the address that ends one.
func (q *request) sessionLines(a access.Actor, userID string, address func(id string) string) ([]view.SessionLine, error) {
	list, err := q.s.Auth.Sessions(q.ctx(), a, userID)
	if err != nil {
		return nil, err
	}
	this := ""
	if current, err := q.s.Auth.CurrentSession(q.ctx(), q.token); err == nil {
		this = current.ID
	}
	var lines []view.SessionLine
	for _, se := range list {
		l := view.SessionLine{
			Device: q.device(se.Device), Network: se.Network, Since: se.CreatedAt, Seen: se.SeenAt, Until: se.ExpiresAt, This: se.ID == this && this != "",
		}
		if !l.This && se.ID != "" {
			l.EndURL = address(se.ID)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// device puts the families of browser and system into words.
func (q *request) device(families string) string {
	browser, system, ok := strings.Cut(families, " ")
	if !ok {
		return q.tr("web.device_unknown")
	}
	return q.s.View.Message(q.lang, errs.Msg("web.device", "Browser", q.tr("web.browser_"+browser), "System", q.tr("web.system_"+system)))
}

// endSession ends one of the person's own sessions.
func (s *Server) endSession(q *request) error {
	if _, err := s.Auth.EndSession(q.ctx(), q.actor, q.param("id")); err != nil {
		return unknown(err)
	}
	q.note("session_ended")
	return q.seeOther("/account#sessions")
}

// endOtherSessions signs the person out everywhere else.
func (s *Server) endOtherSessions(q *request) error {
	if err := s.Auth.EndOtherSessions(q.ctx(), q.actor, q.token); err != nil {
		return err
	}
	q.note("others_ended")
	return q.seeOther("/account#sessions")
}

// unknown gives what is not there the one sentence for it.
func unknown(err error) error {
	if errs.Is(err, errs.NotFound) {
		return &errs.Error{Kind: errs.NotFound, Msg: errs.Msg("wiki.not_found"), Cause: err}
	}
	return err
}

func (q *request) setSession(token string, expires time.Time) {
	q.SetCookie(q.sessionCookie(token, expires))
	if token != "" {
		q.s.Auth.DescribeSession(q.ctx(), token, q.Request().UserAgent(), q.RealIP())
	}
}
