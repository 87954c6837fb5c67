package web

import (
	"net/http"
	"slices"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// spacePage lists the pages of a space.
func (s *Server) spacePage(q *request) error {
	sp, err := s.Wiki.Space(q.ctx(), q.actor, access.Read, q.param("space"))
	if err != nil {
		return err
	}
	done, err := q.fresh()
	if done || err != nil {
		return err
	}
	pages, total, err := s.Wiki.List(q.ctx(), q.actor, wiki.ListQuery{Space: sp.Key, Kind: q.query("kind"), Limit: listSize, Offset: (q.page() - 1) * listSize})
	if err != nil {
		return err
	}
	infos, err := q.spaceInfos([]page.Space{sp})
	if err != nil {
		return err
	}
	v := &view.Space{Shell: q.shell("", sp.Title), Space: infos[0], Pager: q.pager(q.page(), listSize, total)}
	v.Space.Pages = total
	if v.Lines, err = q.lines(pages); err != nil {
		return err
	}
	if access.Can(q.actor, access.Create, access.Object{Space: sp}) {
		v.NewURL = "/new?space=" + sp.Key
	}
	if access.Can(q.actor, access.Edit, access.Object{Space: sp}) {
		v.BinURL = "/spaces/" + sp.Key + "/bin"
		if names, err := s.Privacy.NamesIn(q.ctx(), q.actor, sp.Key); err == nil && len(names) > 0 {
			v.NamesURL = "/spaces/" + sp.Key + "/names"
		}
	}
	return q.render(http.StatusOK, v)
}

func (q *request) spaceInfos(spaces []page.Space) ([]view.SpaceInfo, error) {
	refs := make([]string, len(spaces))
	for i, sp := range spaces {
		refs[i] = sp.Unit
	}
	units, err := q.s.Wiki.Resolve(q.ctx(), q.actor, "", refs)
	if err != nil {
		return nil, err
	}
	asked, closed := map[string]bool{}, func(sp page.Space) bool { return access.Can(q.actor, access.Ask, access.Object{Space: sp}) }
	if slices.ContainsFunc(spaces, closed) {
		if asked, err = q.openAsks(); err != nil {
			return nil, err
		}
	}
	tones := map[page.SpaceType]string{page.SpaceOpen: "success", page.SpacePublished: "info", page.SpaceRestricted: "warning"}
	var out []view.SpaceInfo
	for _, sp := range spaces {
		info := view.SpaceInfo{
			Key: sp.Key, Title: sp.Title, Summary: sp.Summary, Pages: -1,
			Type:     view.Badge{Key: string(sp.Type), Label: q.tr("web.space_" + string(sp.Type)), Tone: tones[sp.Type]},
			TypeHelp: q.tr("web.space_help_" + string(sp.Type)), Unit: q.ownerLink(sp.Unit, units), Reason: sp.Reason, ReviewDue: sp.ReviewDue,
			Overdue: q.overdue(sp.ReviewDue, false), Readable: access.Can(q.actor, access.Read, access.Object{Space: sp}),
			Member: q.actor.Spaces[sp.Key] != access.None,
		}
		if info.Readable {
			q.shows(sp.Key)
			info.URL = "/wiki/" + sp.Key
		} else {
			info.Summary = "" // why it is closed is public, what is in it is not
		}
		if access.Can(q.actor, access.Manage, access.Object{Space: sp}) {
			info.EditURL = "/spaces/" + sp.Key + "/edit"
		}
		if access.Can(q.actor, access.Members, access.Object{Space: sp}) {
			info.PeopleURL = spaceAt(sp, "/people")
		}
		if access.Can(q.actor, access.Answer, access.Object{Space: sp}) {
			info.AnswerURL = spaceAt(sp, "/requests")
		}
		if closed(sp) {
			if info.Asked = asked[sp.Key]; !info.Asked {
				info.AskURL = spaceAt(sp, "/request")
			}
		}
		out = append(out, info)
	}
	return out, nil
}

func (s *Server) spaces(q *request) error { return s.spaceList(q, false) }

// closedSpaces is the public list of everything that is closed, and why.
func (s *Server) closedSpaces(q *request) error { return s.spaceList(q, true) }

func (s *Server) spaceList(q *request, closed bool) error {
	list, err := s.Wiki.Spaces(q.ctx(), q.actor)
	if err != nil {
		return err
	}
	var shown []page.Space
	for _, sp := range list {
		if !closed || sp.Type == page.SpaceRestricted {
			shown = append(shown, sp)
		}
	}
	v := &view.Spaces{Shell: q.shell("", ""), Closed: closed}
	if v.Items, err = q.spaceInfos(shown); err != nil {
		return err
	}
	if access.Can(q.actor, access.Manage, access.Object{}) {
		v.NewURL = "/spaces/new"
	}
	return q.render(http.StatusOK, v)
}

func (s *Server) newSpace(q *request) error {
	return q.spaceForm(http.StatusOK, page.Space{Type: page.SpaceOpen}, "", true, nil)
}

func (s *Server) createSpace(q *request) error {
	return q.takeSpace(q.FormValue("key"), true)
}

func (s *Server) editSpace(q *request) error {
	sp, err := s.Wiki.Space(q.ctx(), q.actor, access.Manage, q.param("key"))
	if err != nil {
		return err
	}
	return q.spaceForm(http.StatusOK, sp, csvDay(sp.ReviewDue), false, nil)
}

func (s *Server) saveSpace(q *request) error {
	sp, err := s.Wiki.Space(q.ctx(), q.actor, access.Manage, q.param("key"))
	if err != nil {
		return err
	}
	return q.takeSpace(sp.Key, false)
}

func (q *request) takeSpace(key string, create bool) error {
	due := q.FormValue("review_due")
	sp := page.Space{
		Key: key, Title: q.FormValue("title"), Summary: q.FormValue("summary"), Type: page.SpaceType(q.FormValue("type")), Unit: q.FormValue("unit"),
		Reason: q.FormValue("reason"),
	}
	t, ok := parseDay(due)
	if due != "" && !ok {
		return q.spaceForm(http.StatusUnprocessableEntity, sp, due, create, []errs.Field{{Name: "review_due", Msg: errs.Msg("web.date_bad")}})
	}
	sp.ReviewDue = t
	err := q.s.Wiki.SaveSpace(q.ctx(), q.actor, sp, create)
	if errs.Is(err, errs.Invalid) {
		return q.spaceForm(http.StatusUnprocessableEntity, sp, due, create, errs.FieldsOf(err))
	}
	if err != nil {
		return err
	}
	if create {
		// Whoever opens a space manages it, until somebody else is named.
		if err := q.s.Auth.SetMembership(q.ctx(), access.Program("spaces"), q.actor.UserID, sp, access.Manager); err != nil {
			return err
		}
	}
	q.note("space_saved")
	return q.seeOther("/wiki/" + sp.Key)
}

func (q *request) spaceForm(status int, sp page.Space, due string, create bool, bad []errs.Field) error {
	v := &view.SpaceForm{
		Shell: q.shell("", ""), New: create, Action: "/spaces/new", CancelURL: "/spaces", Key: sp.Key, SpaceName: sp.Title, Summary: sp.Summary,
		Type: string(sp.Type), Unit: sp.Unit, Reason: sp.Reason, ReviewDue: due,
	}
	if !create {
		v.Action, v.CancelURL = "/spaces/"+sp.Key+"/edit", "/wiki/"+sp.Key
	}
	for _, t := range []page.SpaceType{page.SpaceOpen, page.SpacePublished, page.SpaceRestricted} {
		v.Types = append(v.Types, view.Option{Value: string(t), Label: q.tr("web.space_" + string(t)), Help: q.tr("web.space_help_" + string(t)), Selected: t == sp.Type})
	}
	for _, e := range bad {
		v.Errors = append(v.Errors, view.FormError{ID: "space-" + e.Name, Label: q.tr("web.spaceform_" + e.Name), Msg: e.Msg})
	}
	return q.render(status, v)
}
