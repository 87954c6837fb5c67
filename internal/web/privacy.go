package web

import (
	"net/http"
	"net/url"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/privacy"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// exportOwn hands out everything that is kept of the person who asks, as it is read.
func (s *Server) exportOwn(q *request) error {
	if err := q.reauthenticate(); err != nil {
		return err
	}
	h := q.Response().Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", contentDisposition("attachment", "lernraum.zip"))
	h.Set("Cache-Control", "private, no-store")
	return s.Privacy.Export(q.ctx(), q.actor, q.actor.UserID, q.Response(), s.View.Text)
}

// askEraseOwn asks somebody before their own account goes.
func (s *Server) askEraseOwn(q *request) error {
	if err := q.reauthenticate(); err != nil {
		return err
	}
	return q.erasure(q.actor.UserID, "/account/erase", "/account")
}

func (s *Server) eraseOwn(q *request) error {
	if err := q.reauthenticate(); err != nil {
		return err
	}
	if err := q.shared(); err != nil {
		return err
	}
	if _, _, err := s.Privacy.Erase(q.ctx(), q.actor, q.actor.UserID); err != nil {
		return err
	}
	q.SetCookie(q.sessionCookie("", s.Now()))
	q.note("erased_own")
	return q.seeOther("/login")
}

// askErase asks an administrator before an account goes.
func (s *Server) askErase(q *request) error {
	id := q.param("id")
	return q.erasure(id, "/admin/people/"+url.PathEscape(id)+"/erase", "/admin/people/"+url.PathEscape(id))
}

func (s *Server) erase(q *request) error {
	if err := q.reauthenticate(); err != nil {
		return err
	}
	if err := q.shared(); err != nil {
		return err
	}
	n, found, err := s.Privacy.Erase(q.ctx(), q.actor, q.param("id"))
	if err != nil {
		return err
	}
	v := &view.Ask{
		Shell: q.adminShell("/admin/people", ""), Heading: errs.Msg("web.erased_heading", "N", n), Text: errs.Msg("web.erased_text"),
		Refused: errs.Msg("web.erased_done"), CancelURL: "/admin/people",
	}
	if len(found) > 0 {
		v.Refused = errs.Msg("web.erased_names")
		v.Lists = []view.AskList{q.findings(found)}
	}
	return q.render(http.StatusOK, v)
}

// erasure draws the question before an account is erased.
func (q *request) erasure(userID, action, cancel string) error {
	u, found, err := q.s.Privacy.Look(q.ctx(), q.actor, userID)
	if err != nil {
		return err
	}
	v := &view.Ask{
		Shell: q.shell("", ""), Heading: errs.Msg("web.erase_heading", "Name", u.Name), Text: errs.Msg("web.erase_text"),
		Notes:  []errs.Message{errs.Msg("web.erase_goes"), errs.Msg("web.erase_stays")},
		Action: action, CancelURL: cancel, NoReason: true, Button: errs.Msg("web.erase_button"), Danger: true,
	}
	if u.Provider != "" {
		v.Notes = append(v.Notes, errs.Msg("web.erase_provider"))
	}
	if len(found) > 0 {
		v.Lists = []view.AskList{q.findings(found)}
	}
	if q.s.Demo {
		v.Refused = errs.Msg("web.erase_demo")
	}
	return q.render(http.StatusOK, v)
}

// shared refuses to erase an account that everybody who tries the demo uses.
func (q *request) shared() error {
	if q.s.Demo {
		return errs.New(errs.Invalid, errs.Msg("web.erase_demo"))
	}
	return nil
}

// findings lists in which spaces a name stands, and how often. Names of spaces are known in the house; who may work
// there is led to the list.
func (q *request) findings(found []privacy.Finding) view.AskList {
	l := view.AskList{Title: q.tr("web.erase_found")}
	for _, f := range found {
		item := view.Link{Text: q.s.View.Message(q.lang, errs.Msg("web.erase_count", "Space", f.Space, "Count", f.Count))}
		if sp, err := q.s.Wiki.Space(q.ctx(), q.actor, access.Edit, f.Space); err == nil && q.s.Wiki.MayPurge(q.actor, sp) {
			item.URL = "/spaces/" + f.Space + "/names"
		}
		l.Items = append(l.Items, item)
	}
	return l
}

// namesIn lists where names of persons who are gone still stand in the texts of a space.
func (s *Server) namesIn(q *request) error {
	key := q.param("key")
	list, err := s.Privacy.NamesIn(q.ctx(), q.actor, key)
	if err != nil {
		return err
	}
	q.protect(key)
	v := &view.Names{Shell: q.shell("", ""), Action: "/spaces/" + url.PathEscape(key) + "/names"}
	v.Crumbs = []view.Link{{URL: "/wiki/" + key, Text: key}}
	for _, t := range list {
		base := wiki.Address(t.Space, t.Slug)
		item := view.NameTrace{
			Title: t.Title, URL: base, Person: t.N, Text: t.Place == privacy.InText, First: t.First, Last: t.Last, Newest: t.Newest, Deleted: t.Deleted,
			Hidden: []view.Hidden{{Name: "page", Value: string(t.Page)}, {Name: "place", Value: string(t.Place)}, {Name: "first", Value: itoa(t.First)}, {Name: "n", Value: itoa(t.N)}},
		}
		if t.Deleted {
			item.URL = "/spaces/" + t.Space + "/bin"
		} else if item.Text {
			if t.Newest {
				item.EditURL = base + "/edit"
			}
			if !t.Newest || t.First < t.Last {
				item.RedactURL = base + "/revisions/" + itoa(t.First) + "/redact"
			}
		}
		v.Items = append(v.Items, item)
	}
	return q.render(http.StatusOK, v)
}

func (s *Server) settleName(q *request) error {
	t := privacy.Trace{Page: page.ID(q.FormValue("page")), Place: privacy.Place(q.FormValue("place")), First: atoi(q.FormValue("first")), N: atoi(q.FormValue("n"))}
	if err := s.Privacy.Settle(q.ctx(), q.actor, q.param("key"), t); err != nil {
		return err
	}
	q.note("saved")
	return q.seeOther("/spaces/" + url.PathEscape(q.param("key")) + "/names")
}
