package web

import (
	"net/http"
	"strings"

	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/orga"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

type kindField = kind.Field

func joinWords(list []string) string { return strings.Join(list, ", ") }

// movedKinds are the things a reorganisation moves, in the order they are told.
var movedKinds = []orga.What{orga.MovedOwner, orga.MovedSpace, orga.MovedMember, orga.MovedRight, orga.MovedParent, orga.MovedReference, orga.MovedRelation, orga.MovedUnit}

// reorganisation shows what one did, and offers to undo it.
func (s *Server) reorganisation(q *request) error { return q.recordView(http.StatusOK, nil) }

func (q *request) recordView(status int, refused error) error {
	r, err := q.s.Orga.Done(q.ctx(), q.actor, q.param("id"))
	if err != nil {
		return err
	}
	v := &view.Report{Shell: q.adminShell(unitsPath, r.Occasion), Intro: errs.Msg("web.record_"+string(r.Act), "Title", r.Title, "To", joinWords(r.Targets))}
	v.Crumbs = []view.Link{{URL: unitsPath, Text: q.tr("web.admin_units")}, {URL: unitsPath + "/history", Text: q.tr("web.unit_history")}}
	if m, ok := errs.MessageOf(refused); ok {
		v.Warnings = append(v.Warnings, m)
	}
	v.Notes = append(v.Notes, errs.Msg("web.record_by", "By", r.By, "At", q.s.View.Date(q.lang, r.At)))
	for _, what := range movedKinds {
		if n := r.Counts[what]; n > 0 {
			v.Notes = append(v.Notes, errs.Msg("web.moved_"+string(what), "Count", n))
		}
	}
	if !r.UndoneAt.IsZero() {
		v.Notes = append(v.Notes, errs.Msg("web.record_undone", "At", q.s.View.Date(q.lang, r.UndoneAt)))
	}
	for _, what := range movedKinds {
		if n := r.Kept[what]; n > 0 {
			v.Notes = append(v.Notes, errs.Msg("web.kept_"+string(what), "Count", n))
		}
	}
	if q.s.Orga.Undoable(r) {
		v.Form = &view.ReportForm{Action: unitsPath + "/history/" + r.ID + "/undo", Button: q.tr("web.reorganise_undo"), Help: errs.Msg("web.reorganise_undo_help", "Until", q.s.View.Date(q.lang, r.At.Add(orga.UndoFor))), Danger: true, CancelURL: unitsPath}
	}
	return q.render(status, v)
}

// undoReorganisation moves back what nobody has changed since.
func (s *Server) undoReorganisation(q *request) error {
	if err := q.reauthenticate(); err != nil {
		return err
	}
	_, err := s.Orga.Undo(q.ctx(), q.actor, q.param("id"))
	if errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) {
		return q.recordView(statusOf(err), err)
	}
	if err != nil {
		return err
	}
	q.note("undone")
	return q.seeOther(unitsPath + "/history/" + q.param("id"))
}

// superseded leads on from a page that is over to the one that took its place, such as from a closed unit to who follows.
func (q *request) superseded(w *view.Wiki, p page.Page, links []page.LinkedPage) {
	if !p.Archived || w.Notice != nil {
		return
	}
	for _, l := range links {
		if !l.Out && l.Found && l.Type == page.LinkRelation && l.Key == "supersedes" {
			w.Notice = &view.Notice{Tone: "info", Msg: errs.Msg("web.superseded_by"), Link: view.Link{URL: wiki.Address(l.Target.Space, l.Target.Slug), Text: l.Target.Title}}
			return
		}
	}
}
