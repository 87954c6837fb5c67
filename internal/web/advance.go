package web

import (
	"errors"
	"net/http"
	"slices"

	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// The machine of plain pages has a step of its own for "this is no longer right": everybody who may move the page
// can say so beside the title, and the page tells its readers until somebody has looked.
const (
	plainMachine = "page"
	doubtStep    = "ask_review"
	doubtedState = "review_due"
	confirmStep  = "confirm"
)

// neverFor tells that what keeps a page from a step is who the reader is. Such a step is not shown: waiting or
// writing would not open it.
func neverFor(blocked []errs.Message) bool {
	return slices.ContainsFunc(blocked, func(m errs.Message) bool {
		return m.Key == "wiki.guard_owner" || m.Key == "wiki.guard_approver"
	})
}

// doubt shows why a page is to be checked: the reason that was given with its last step.
func (q *request) doubt(w *view.Wiki, k *kind.Kind, p page.Page) error {
	if w.Notice != nil && w.Notice.Msg.Key == "web.note_objected" {
		w.Notice.Msg = errs.Msg("web.note_objected_unit", "Unit", w.Trust.Owner.Text)
	}
	if k.Machine.Key != plainMachine || p.State != doubtedState {
		return nil
	}
	w.Trust.Doubted, w.Doubt = true, &view.Doubt{}
	revs, err := q.s.Wiki.History(q.ctx(), q.actor, p.ID)
	if err != nil {
		return err
	}
	for _, r := range revs { // edits may have come since
		if r.Change == page.ChangeAdvance {
			*w.Doubt = view.Doubt{Reason: r.Comment, At: r.At, By: r.By}
			break
		}
	}
	return nil
}

// confirm says "Stimmt noch".
func (s *Server) confirm(q *request) error {
	p, err := s.pageOf(q)
	if err != nil {
		return err
	}
	base := atoi(q.FormValue("revision"))
	_, err = s.Wiki.Confirm(q.ctx(), q.actor, p.ID, base)
	if stale, ok := errors.AsType[*wiki.Stale](err); ok {
		if again, rerr := q.confirmedAlready(p, base); rerr != nil {
			return rerr
		} else if !again {
			return q.refused(p, http.StatusConflict, func(w *view.Wiki) {
				w.Notice = &view.Notice{Tone: "warning", Msg: errs.Msg("web.confirm_conflict", "N", stale.Current.Revision)}
			})
		}
		err = nil
	}
	if errs.Is(err, errs.Invalid) {
		return q.stepRefused(p, &view.TransitionForm{Key: confirmStep}, err)
	}
	if err != nil {
		return err
	}
	q.note("confirmed")
	return q.seeOther(wiki.Address(p.Space, p.Slug))
}

// confirmedAlready tells that the one revision since is the same person's confirmation: the button was pressed twice.
func (q *request) confirmedAlready(p page.Page, base int) (bool, error) {
	revs, err := q.s.Wiki.History(q.ctx(), q.actor, p.ID)
	if err != nil || len(revs) == 0 {
		return false, err
	}
	r := revs[0]
	return r.Page.Revision == base+1 && r.Change == page.ChangeConfirm && r.UserID != "" && r.UserID == q.actor.UserID, nil
}

// advance moves a page to another state; what keeps it from that is shown with the page, and what was typed stays.
func (s *Server) advance(q *request) error {
	p, err := s.pageOf(q)
	if err != nil {
		return err
	}
	typed := &view.TransitionForm{Key: q.FormValue("transition"), Reason: q.FormValue("reason")}
	_, err = s.Wiki.Advance(q.ctx(), q.actor, p.ID, atoi(q.FormValue("revision")), typed.Key, typed.Reason)
	if errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) {
		return q.stepRefused(p, typed, err)
	}
	if err != nil {
		return err
	}
	note := "advanced"
	if typed.Key == doubtStep && s.Wiki.Kinds().KindOrMissing(p.Kind).Machine.Key == plainMachine {
		note = "objected"
	}
	q.note(note)
	return q.seeOther(wiki.Address(p.Space, p.Slug))
}

// stepRefused shows a page with the step that was tried, what was typed for it, and why it did not happen.
func (q *request) stepRefused(p page.Page, typed *view.TransitionForm, err error) error {
	status := statusOf(err)
	if stale, ok := errors.AsType[*wiki.Stale](err); ok {
		key := "web.advance_conflict"
		if typed.Reason != "" {
			key = "web.advance_conflict_kept"
		}
		typed.Err = []errs.Message{errs.Msg(key, "N", stale.Current.Revision)}
	} else {
		for _, f := range errs.FieldsOf(err) {
			typed.Err = append(typed.Err, f.Msg)
		}
		if m, ok := errs.MessageOf(err); ok && len(typed.Err) == 0 {
			typed.Err = append(typed.Err, m)
		}
	}
	return q.refused(p, status, func(w *view.Wiki) { w.Transition = typed })
}

// refused shows the newest text of a page in answer to something that could not be done.
func (q *request) refused(p page.Page, status int, change func(*view.Wiki)) error {
	v, err := q.s.Wiki.View(q.ctx(), q.actor, p.Space, p.Slug)
	if err != nil {
		return err
	}
	return q.showPage(status, v, change)
}
