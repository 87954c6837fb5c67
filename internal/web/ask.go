package web

import (
	"net/http"
	"slices"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/member"
	"lernraum/internal/page"
	"lernraum/internal/view"
)

// askAccess shows the form that asks for access to a closed space.
func (s *Server) askAccess(q *request) error {
	sp, err := s.Wiki.Space(q.ctx(), q.actor, access.Ask, q.param("key"))
	if err != nil {
		return err
	}
	return q.askView(http.StatusOK, sp, nil)
}

func (q *request) askView(status int, sp page.Space, bad []view.FormError) error {
	infos, err := q.spaceInfos([]page.Space{sp})
	if err != nil {
		return err
	}
	v := &view.AskAccess{Shell: q.shell("", ""), Action: spaceAt(sp, "/request"), Space: infos[0], Asked: infos[0].Asked, Reason: q.FormValue("reason"), Errors: bad}
	v.Crumbs = []view.Link{{URL: "/spaces/closed", Text: q.tr("view.footer.closed")}}
	return q.render(status, v)
}

// sendAsk takes the request.
func (s *Server) sendAsk(q *request) error {
	sp, err := s.Wiki.Space(q.ctx(), q.actor, access.Ask, q.param("key"))
	if err != nil {
		return err
	}
	if err = s.Members.Ask(q.ctx(), q.actor, sp, q.FormValue("reason")); err != nil {
		var bad []view.FormError
		status, err := q.asked(err, "request", &bad)
		if err != nil {
			return err
		}
		return q.askView(status, sp, bad)
	}
	q.note("asked")
	return q.seeOther("/account")
}

// openAsks are the spaces the reader has asked for and waits.
func (q *request) openAsks() (map[string]bool, error) {
	own, err := q.s.Members.Own(q.ctx(), q.actor)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, r := range own {
		if r.State == member.Open {
			out[r.Space] = true
		}
	}
	return out, nil
}

// requests lists the requests for a space to those who answer them. They need not be members: of the space it shows what
// stands on the public list.
func (s *Server) requests(q *request) error {
	sp, err := s.Wiki.Space(q.ctx(), q.actor, access.Answer, q.param("key"))
	if err != nil {
		return err
	}
	return q.requestsView(http.StatusOK, sp, nil)
}

func (q *request) requestsView(status int, sp page.Space, bad []view.FormError) error {
	list, err := q.s.Members.Requests(q.ctx(), q.actor, sp)
	if err != nil {
		return err
	}
	q.keepNowhere()
	v := &view.Requests{Shell: q.shell("", ""), Action: spaceAt(sp, "/requests"), Manager: access.Can(q.actor, access.Members, access.Object{Space: sp}), Errors: bad}
	v.Crumbs = []view.Link{{URL: "/spaces/closed", Text: sp.Title}}
	for _, r := range list {
		row := q.requestRow(sp, r)
		if row.Own = r.Person.ID == q.actor.UserID; r.State == member.Open {
			if r.ID == q.FormValue("request") {
				row.Answer = q.FormValue("answer")
			}
			v.Open = append(v.Open, row)
		} else {
			v.Done = append(v.Done, row)
		}
	}
	return q.render(status, v)
}

func (q *request) requestRow(sp page.Space, r member.Request) view.RequestRow {
	tones := map[member.State]string{member.Open: "info", member.Accepted: "success"}
	return view.RequestRow{
		ID: r.ID, Person: q.personRow(sp, r.Person), Space: view.Link{Text: sp.Title}, Reason: r.Reason, Asked: r.AskedAt, Answered: r.AnsweredAt, Answer: r.Answer,
		State: view.Badge{Key: string(r.State), Label: q.tr("web.request_state_" + string(r.State)), Tone: tones[r.State]},
	}
}

// answerAsk answers one request.
func (s *Server) answerAsk(q *request) error {
	sp, err := s.Wiki.Space(q.ctx(), q.actor, access.Answer, q.param("key"))
	if err != nil {
		return err
	}
	level, _ := access.ParseMembership(q.FormValue("level"))
	err = s.Members.Answer(q.ctx(), q.actor, sp, q.FormValue("request"), member.Reply{Accept: q.FormValue("do") == "accept", Level: level, Answer: q.FormValue("answer")})
	if errs.Is(err, errs.Invalid) {
		var bad []view.FormError
		for _, f := range errs.FieldsOf(err) {
			bad = append(bad, view.FormError{ID: "request-" + q.FormValue("request"), Label: q.tr("web.request_answer"), Msg: f.Msg})
		}
		return q.requestsView(http.StatusUnprocessableEntity, sp, bad)
	}
	if err != nil {
		return err
	}
	q.note("answered")
	return q.seeOther(spaceAt(sp, "/requests"))
}

// ownAsks are the requests of the reader for the page of their account.
func (q *request) ownAsks() ([]view.RequestRow, error) {
	own, err := q.s.Members.Own(q.ctx(), q.actor)
	if err != nil || len(own) == 0 {
		return nil, err
	}
	spaces, err := q.s.Wiki.Spaces(q.ctx(), q.actor)
	if err != nil {
		return nil, err
	}
	var out []view.RequestRow
	for _, r := range own {
		i := slices.IndexFunc(spaces, func(sp page.Space) bool { return sp.Key == r.Space })
		if i < 0 {
			continue
		}
		row := q.requestRow(spaces[i], r)
		if access.Can(q.actor, access.Read, access.Object{Space: spaces[i]}) {
			row.Space.URL = "/wiki/" + r.Space
		}
		out = append(out, row)
	}
	return out, nil
}

// waiting are the spaces with requests the reader can answer.
func (q *request) waiting() ([]view.KindCount, error) {
	if !q.actor.SignedIn() {
		return nil, nil
	}
	spaces, err := q.s.Wiki.Spaces(q.ctx(), q.actor)
	if err != nil {
		return nil, err
	}
	counts, err := q.s.Members.Waiting(q.ctx(), q.actor, spaces)
	if err != nil {
		return nil, err
	}
	var out []view.KindCount
	for _, sp := range spaces {
		if n := counts[sp.Key]; n > 0 {
			out = append(out, view.KindCount{Label: sp.Title, URL: spaceAt(sp, "/requests"), Count: n})
		}
	}
	return out, nil
}
