package web

import (
	"net/http"
	"net/url"
	"slices"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/member"
	"lernraum/internal/page"
	"lernraum/internal/view"
)

// people shows who belongs to a space, and finds people to add.
func (s *Server) people(q *request) error {
	sp, err := s.Wiki.Space(q.ctx(), q.actor, access.Members, q.param("key"))
	if err != nil {
		return err
	}
	v := &view.People{Sought: q.query("q")}
	status := http.StatusOK
	if v.Sought != "" {
		found, err := s.Members.Find(q.ctx(), q.actor, sp, v.Sought)
		if status, err = q.asked(err, "people", &v.Errors); err != nil {
			return err
		}
		v.Searched = status == http.StatusOK
		for _, p := range found {
			v.Found = append(v.Found, q.personRow(sp, p))
		}
	}
	return q.peopleView(status, sp, v)
}

// asked turns the mistakes of a form into messages at its controls and the status to answer with; other errors stay.
func (q *request) asked(err error, prefix string, at *[]view.FormError) (int, error) {
	if !errs.Is(err, errs.Invalid) {
		return http.StatusOK, err
	}
	fields := errs.FieldsOf(err)
	for _, f := range fields {
		*at = append(*at, view.FormError{ID: prefix + "-" + f.Name, Label: q.tr("web." + labels[prefix+"-"+f.Name]), Msg: f.Msg})
	}
	if m, ok := errs.MessageOf(err); ok && len(fields) == 0 {
		*at = append(*at, view.FormError{Msg: m})
	}
	return http.StatusUnprocessableEntity, nil
}

// labels are the names of the controls of these forms.
var labels = map[string]string{
	"people-q": "people_find", "people-unit": "people_unit", "request-reason": "request_reason", "access-login": "people_login",
}

func spaceAt(sp page.Space, suffix string) string { return "/spaces/" + sp.Key + suffix }

func (q *request) level(m access.Membership) string {
	if m == access.None {
		return ""
	}
	return q.tr("web.level_" + m.String())
}

// personRow shows a person with their rights in a space. Each source that is not by hand is named with what it gives.
func (q *request) personRow(sp page.Space, p member.Person) view.PersonRow {
	row := view.PersonRow{ID: p.ID, Name: p.Name, Login: p.Login, Label: p.Label, Closed: p.Disabled, Level: q.level(p.Level())}
	for _, r := range p.Rights {
		switch r.Source {
		case member.ByHand:
			row.ByHand, row.RemoveTo = r.Level.String(), spaceAt(sp, "/people/remove?person="+url.QueryEscape(p.ID))
			row.Sources = append(row.Sources, q.tr("web.right_hand"))
		case member.ByProvider:
			row.Sources = append(row.Sources, q.s.View.Message(q.lang, errs.Msg("web.right_provider", "Level", q.level(r.Level))))
		default:
			row.Sources = append(row.Sources, q.s.View.Message(q.lang, errs.Msg("web.right_unit", "Unit", r.Unit, "Level", q.level(r.Level))))
		}
	}
	return row
}

func (q *request) peopleView(status int, sp page.Space, v *view.People) error {
	people, units, err := q.s.Members.People(q.ctx(), q.actor, sp)
	if err != nil {
		return err
	}
	q.keepNowhere()
	v.Shell, v.Action = q.shell("", ""), spaceAt(sp, "/people")
	v.Crumbs = []view.Link{{URL: "/wiki/" + sp.Key, Text: sp.Title}}
	for _, p := range people {
		v.Persons = append(v.Persons, q.personRow(sp, p))
	}
	for i, f := range v.Found { // who belongs already is shown with their rights
		if at := slices.IndexFunc(v.Persons, func(p view.PersonRow) bool { return p.ID == f.ID }); at >= 0 {
			v.Found[i] = v.Persons[at]
		}
	}
	refs := make([]string, len(units))
	for i, u := range units {
		refs[i] = "unit/" + u.Slug
	}
	titles, err := q.s.Wiki.Resolve(q.ctx(), q.actor, "", refs)
	if err != nil {
		return err
	}
	for i, u := range units {
		v.Units = append(v.Units, view.UnitRow{
			Unit: q.ownerLink(refs[i], titles), Slug: u.Slug, Level: q.level(u.Level), Manager: u.Level == access.Manager, People: u.People,
			RemoveTo: spaceAt(sp, "/people/remove?unit="+url.QueryEscape(u.Slug)),
		})
	}
	for _, m := range []access.Membership{access.Member, access.Manager} {
		v.Levels = append(v.Levels, view.Option{Value: m.String(), Label: q.level(m), Selected: m == access.Member})
	}
	waiting, err := q.s.Members.Waiting(q.ctx(), q.actor, []page.Space{sp})
	if err != nil {
		return err
	}
	if v.Waiting = waiting[sp.Key]; v.Waiting > 0 {
		v.Requests.URL = spaceAt(sp, "/requests")
	}
	return q.render(status, v)
}

// setMember gives a person or a unit a level in a space, or takes it away.
func (s *Server) setMember(q *request) error {
	sp, err := s.Wiki.Space(q.ctx(), q.actor, access.Members, q.param("key"))
	if err != nil {
		return err
	}
	level, ok := access.ParseMembership(q.FormValue("level"))
	if !ok {
		level = access.Member
	}
	if id := q.FormValue("person"); id != "" {
		err = s.Members.Set(q.ctx(), q.actor, sp, id, level)
	} else {
		err = s.Members.SetUnit(q.ctx(), q.actor, sp, q.FormValue("unit"), level)
	}
	if errs.Is(err, errs.Invalid) {
		v := &view.People{Unit: q.FormValue("unit")}
		status, err := q.asked(err, "people", &v.Errors)
		if err != nil {
			return err
		}
		return q.peopleView(status, sp, v)
	}
	if err != nil {
		return err
	}
	q.note("member_saved")
	if !access.Can(q.again(), access.Members, access.Object{Space: sp}) {
		return q.seeOther("/") // they took the right from themselves
	}
	return q.seeOther(spaceAt(sp, "/people"))
}

// again asks who asks once more: their own rights may have changed by what they did.
func (q *request) again() access.Actor {
	a, err := q.s.Auth.Actor(q.ctx(), q.token)
	if err != nil {
		return access.Actor{}
	}
	return a
}

// askRemoveMember asks before somebody loses a right.
func (s *Server) askRemoveMember(q *request) error {
	sp, err := s.Wiki.Space(q.ctx(), q.actor, access.Members, q.param("key"))
	if err != nil {
		return err
	}
	people, units, err := s.Members.People(q.ctx(), q.actor, sp)
	if err != nil {
		return err
	}
	q.keepNowhere()
	v := &view.Confirm{
		Shell: q.shell("", ""), Action: spaceAt(sp, "/people"), CancelURL: spaceAt(sp, "/people"), Danger: true,
		Hidden: []view.Hidden{{Name: "level", Value: access.None.String()}}, Button: errs.Msg("web.remove_member_button"),
	}
	for _, p := range people {
		if p.ID == q.query("person") {
			v.Heading, v.Text = errs.Msg("web.remove_person_heading", "Name", p.Name), errs.Msg("web.remove_person_text", "Name", p.Name, "Space", sp.Title)
			v.Hidden = append(v.Hidden, view.Hidden{Name: "person", Value: p.ID})
			return q.render(http.StatusOK, v)
		}
	}
	for _, u := range units {
		if u.Slug == q.query("unit") {
			v.Heading, v.Text = errs.Msg("web.remove_unit_heading", "Unit", u.Slug), errs.Msg("web.remove_unit_text", "Space", sp.Title)
			v.Hidden = append(v.Hidden, view.Hidden{Name: "unit", Value: u.Slug})
			return q.render(http.StatusOK, v)
		}
	}
	return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
}
