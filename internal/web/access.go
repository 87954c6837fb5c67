package web

import (
	"net/http"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/member"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// whoSees says in words who sees a page, and why, from the same rule that decides it.
func (s *Server) whoSees(q *request) error {
	p, err := s.pageOf(q)
	if err != nil {
		return err
	}
	sp, err := s.Wiki.Space(q.ctx(), q.actor, access.Read, p.Space)
	if err != nil {
		return err
	}
	o := access.Object{Space: sp, Draft: p.Draft}
	v := &view.Access{Page: q.refOf(p), Login: q.query("login")}
	if v.Rows, err = q.accessRows(o); err != nil {
		return err
	}
	status := http.StatusOK
	if access.Can(q.actor, access.Members, access.Object{Space: sp}) {
		q.keepNowhere()
		v.Explain = wiki.Address(p.Space, p.Slug) + "/access"
		if v.Login != "" {
			verdict, err := s.Members.Explain(q.ctx(), q.actor, o, v.Login)
			if status, err = q.asked(err, "access", &v.Errors); err != nil {
				return err
			}
			for _, one := range verdict {
				v.Who = one.Person.Name
				v.Verdict = append(v.Verdict, view.AccessVerdict{What: q.tr("web.access_can_" + string(one.Action)), Yes: one.Allowed, Why: q.tr("web.why_" + string(one.Why))})
			}
		}
	}
	v.Shell = q.shell("", "")
	v.Crumbs = []view.Link{{URL: wiki.Address(p.Space, p.Slug), Text: p.Title}}
	return q.render(status, v)
}

// accessRows asks the rule for the kinds of people there are and puts its answers into words.
func (q *request) accessRows(o access.Object) ([]view.AccessRow, error) {
	sp := o.Space
	anybody := access.Actor{UserID: "anybody"}
	guest := access.Actor{Guest: true, PublicRead: q.house.PublicRead}
	var rows []view.AccessRow
	add := func(question string, lines ...errs.Message) {
		rows = append(rows, view.AccessRow{Question: q.tr("web.access_" + question), Lines: lines})
	}
	var reads []errs.Message
	switch {
	case o.Draft && !access.Can(anybody, access.Read, o):
		reads = append(reads, errs.Msg("web.access_draft"))
	case access.Can(anybody, access.Read, o):
		reads = append(reads, errs.Msg("web.access_read_all"))
	default:
		reads = append(reads, errs.Msg("web.access_read_members"))
	}
	if access.Can(guest, access.Read, o) {
		reads = append(reads, errs.Msg("web.access_read_guests"))
	} else {
		reads = append(reads, errs.Msg("web.access_read_no_guests"))
	}
	add("read", reads...)
	switch {
	case access.Can(anybody, access.Edit, o):
		add("write", errs.Msg("web.access_write_all"))
	case access.Can(access.Actor{UserID: "editor", Roles: []access.Role{access.RoleEditor}}, access.Edit, o):
		add("write", errs.Msg("web.access_write_members_editors"))
	default:
		add("write", errs.Msg("web.access_write_members"))
	}
	if q.actor.SignedIn() {
		members, err := q.memberLines(sp)
		if err != nil {
			return nil, err
		}
		add("members", members...)
	}
	if access.Can(access.Actor{UserID: "admin", Roles: []access.Role{access.RoleAdmin}}, access.Read, access.Object{Space: sp}) {
		add("admin", errs.Msg("web.access_admin_open"))
	} else {
		add("admin", errs.Msg("web.access_admin_closed"))
	}
	add("same", errs.Msg("web.access_same_text"))
	units, err := q.s.Wiki.Resolve(q.ctx(), q.actor, "", []string{sp.Unit})
	if err != nil {
		return nil, err
	}
	why := []errs.Message{
		errs.Msg("web.access_type", "Space", sp.Title, "Type", q.tr("web.space_"+string(sp.Type)), "Help", q.tr("web.space_help_"+string(sp.Type))),
		errs.Msg("web.access_unit", "Unit", q.ownerLink(sp.Unit, units).Text),
	}
	if sp.Type == page.SpaceRestricted {
		why = append(why, errs.Msg("web.access_reason", "Reason", sp.Reason))
	}
	add("why", why...)
	if _, because := access.Explain(q.actor, access.Read, o); q.actor.SignedIn() {
		add("you", errs.Msg("web.access_yes", "Why", q.tr("web.why_"+string(because))))
	}
	return rows, nil
}

// memberLines names who belongs to a space: the units, and persons by name to those who look after it, to others by the
// role or unit in words that histories show too.
func (q *request) memberLines(sp page.Space) ([]errs.Message, error) {
	people, units, err := q.s.Members.Belonging(q.ctx(), q.actor, sp)
	if err != nil {
		return nil, err
	}
	var lines []errs.Message
	for _, u := range units {
		lines = append(lines, errs.Msg("web.access_members_units", "Unit", u.Slug, "Level", q.level(u.Level)))
	}
	if access.Can(q.actor, access.Members, access.Object{Space: sp}) {
		for _, p := range people {
			lines = append(lines, errs.Msg("web.access_members_person", "Name", p.Name, "Level", q.level(p.Level())))
		}
	} else if names := member.Labels(people); len(names) > 0 {
		lines = append(lines, errs.Msg("web.access_members_labels", "Labels", strings.Join(names, ", ")))
	}
	if len(lines) == 0 {
		lines = append(lines, errs.Msg("web.access_members_none"))
	}
	return lines, nil
}
