package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

func personURL(id string) string { return "/admin/people/" + url.PathEscape(id) }

// accounts lists the accounts for administrators.
func (s *Server) accounts(q *request) error {
	ask := auth.PeopleQuery{
		Text: short(q.query("q")), Provider: q.query("provider"), Role: access.Role(q.query("role")), State: q.query("state"),
		Limit: listSize, Offset: (q.page() - 1) * listSize,
	}
	list, total, err := s.Auth.People(q.ctx(), q.actor, ask)
	if err != nil {
		return unknown(err)
	}
	v := &view.Accounts{
		Shell: q.adminShell("/admin/people", ""), Text: ask.Text, Pager: q.pager(q.page(), listSize, total), NewURL: "/admin/people/new",
		Filtered: ask.Text != "" || ask.Provider != "" || ask.Role != "" || ask.State != "",
	}
	for _, u := range list {
		v.Rows = append(v.Rows, view.PersonLine{
			Link: view.Link{URL: personURL(u.ID), Text: u.Name}, Login: u.Login, Label: u.Label, Organisation: u.Organisation,
			Provider: q.providerName(u.Provider), Roles: q.roleNames(u.Roles), Closed: u.Disabled,
		})
	}
	v.Filters, err = q.accountFilters(ask)
	if err != nil {
		return unknown(err)
	}
	return q.render(http.StatusOK, v)
}

func (q *request) accountFilters(ask auth.PeopleQuery) ([]view.Filter, error) {
	providers, err := q.s.Auth.AccountProviders(q.ctx(), q.actor)
	if err != nil {
		return nil, err
	}
	role := view.Filter{Name: "role", Label: q.tr("web.accounts_role"), Value: string(ask.Role)}
	for _, r := range access.Roles() {
		role.Options = append(role.Options, view.Option{Value: string(r), Label: q.tr("web.role_" + string(r)), Selected: r == ask.Role})
	}
	state := view.Filter{Name: "state", Label: q.tr("web.accounts_state"), Value: ask.State}
	for _, st := range []string{"open", "closed"} {
		state.Options = append(state.Options, view.Option{Value: st, Label: q.tr("web.accounts_" + st), Selected: st == ask.State})
	}
	filters := []view.Filter{role, state}
	if len(providers) > 0 {
		from := view.Filter{Name: "provider", Label: q.tr("web.accounts_provider"), Value: ask.Provider}
		for _, p := range append([]string{auth.LocalProvider}, providers...) {
			from.Options = append(from.Options, view.Option{Value: p, Label: q.providerName(p), Selected: p == ask.Provider})
		}
		filters = append(filters, from)
	}
	return filters, nil
}

// providerName says where an account signs in.
func (q *request) providerName(key string) string {
	if key == "" || key == auth.LocalProvider {
		return q.tr("web.provider_local")
	}
	return q.s.Auth.ProviderLabel(key, q.lang)
}

func (q *request) roleNames(roles []access.Role) []string {
	var names []string
	for _, r := range roles {
		names = append(names, q.tr("web.role_"+string(r)))
	}
	return names
}

func (q *request) roleOptions(has, except []access.Role) []view.Option {
	var options []view.Option
	for _, r := range access.Roles() {
		if !slices.Contains(except, r) {
			options = append(options, view.Option{Value: string(r), Label: q.tr("web.role_" + string(r)), Help: q.tr("web.role_help_" + string(r)), Selected: slices.Contains(has, r)})
		}
	}
	return options
}

// newPerson shows the form for a local account.
func (s *Server) newPerson(q *request) error {
	if err := q.reauthenticate(); err != nil {
		return err
	}
	return q.newPersonForm(http.StatusOK, auth.NewUser{}, "", nil)
}

func (q *request) newPersonForm(status int, n auth.NewUser, unit string, bad []errs.Field) error {
	return q.render(status, &view.NewPerson{
		Shell: q.adminShell("/admin/people", ""), Login: n.Login, Name: n.Name, Label: n.Label, Unit: unit,
		Roles: q.roleOptions(n.Roles, nil), Errors: q.personErrors(bad),
	})
}

func (q *request) personErrors(bad []errs.Field) []view.FormError {
	var list []view.FormError
	for _, e := range bad {
		list = append(list, view.FormError{ID: "person-" + e.Name, Label: q.tr("web.person_" + e.Name), Msg: e.Msg})
	}
	return list
}

// createPerson makes a local account. Nobody but its owner is to know the password: they set it with a link.
func (s *Server) createPerson(q *request) error {
	if err := q.reauthenticate(); err != nil {
		return err
	}
	form, err := q.FormParams()
	if err != nil {
		return err
	}
	n := auth.NewUser{Login: form.Get("login"), Name: form.Get("name"), Label: form.Get("label"), NoPassword: true, Roles: rolesOf(form["role"])}
	unit := strings.TrimSpace(form.Get("add_unit"))
	var bad []errs.Field
	if n.Units, bad, err = q.unitsOf(nil, unit); err != nil {
		return err
	}
	var u auth.User
	if len(bad) == 0 {
		if u, err = s.Auth.AddUser(q.ctx(), q.actor, n); errs.Is(err, errs.Invalid) {
			bad, err = errs.FieldsOf(err), nil
		}
	}
	if err != nil {
		return unknown(err)
	}
	if len(bad) > 0 {
		return q.newPersonForm(http.StatusUnprocessableEntity, n, unit, bad)
	}
	return q.showLink(u.ID)
}

func rolesOf(values []string) []access.Role {
	var roles []access.Role
	for _, v := range values {
		roles = append(roles, access.Role(v))
	}
	return roles
}

// unitsOf gives the slugs of units that were kept and of the one that was added, which must be the page of a unit.
func (q *request) unitsOf(kept []string, added string) ([]string, []errs.Field, error) {
	units := slices.Clone(kept)
	if added == "" {
		return units, nil, nil
	}
	tree, err := q.s.Wiki.Units(q.ctx(), q.actor)
	if err != nil {
		return nil, nil, err
	}
	found, err := q.s.Wiki.Resolve(q.ctx(), q.actor, "", []string{added})
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(tree, func(u wiki.Unit) bool {
		return u.ID == found[added].ID || u.Slug == strings.TrimPrefix(added, "unit/") || strings.EqualFold(u.Title, added) || strings.EqualFold(u.Short, added)
	})
	if i < 0 {
		return nil, []errs.Field{{Name: "units", Msg: errs.Msg("web.person_unit_unknown", "Unit", added)}}, nil
	}
	return append(units, tree[i].Slug), nil, nil
}

// person shows an account.
func (s *Server) person(q *request) error {
	v, err := q.personView(q.param("id"))
	if err != nil {
		return err
	}
	return q.render(http.StatusOK, v)
}

func (q *request) personView(id string) (*view.Person, error) {
	u, hasPassword, err := q.s.Auth.Person(q.ctx(), q.actor, id)
	if err != nil {
		return nil, unknown(err)
	}
	v := &view.Person{
		Shell: q.adminShell("/admin/people", u.Name), ID: u.ID, Name: u.Name, Label: u.Label, Login: u.Login, Provider: q.providerName(u.Provider),
		Local: u.Provider == "", HasPassword: hasPassword, Organisation: u.Organisation, Mail: u.Mail, MailVerified: u.MailVerified, Created: u.CreatedAt,
		Closed: u.Disabled, GivenRoles: q.roleNames(u.Given.Roles),
		Typed: view.PersonTyped{Name: u.Name, Label: u.Label, Roles: q.roleOptions(u.Roles, u.Given.Roles)},
	}
	if err := q.personPlaces(v, u); err != nil {
		return nil, err
	}
	if v.Sessions, err = q.sessionLines(q.actor, u.ID, func(sid string) string { return "/admin/sessions/" + sid + "/end" }); err != nil {
		return nil, err
	}
	tokens, err := q.s.Auth.Tokens(q.ctx(), q.actor, u.ID)
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		l := q.tokenLine(t)
		l.RevokeURL = "/admin/tokens/" + t.ID + "/revoke"
		v.Tokens = append(v.Tokens, l)
	}
	return v, nil
}

// personPlaces adds units and memberships.
func (q *request) personPlaces(v *view.Person, u auth.User) error {
	var refs []string
	for _, unit := range u.Units {
		refs = append(refs, "unit/"+unit)
	}
	found, err := q.s.Wiki.Resolve(q.ctx(), q.actor, "", refs)
	if err != nil {
		return err
	}
	for i, unit := range u.Units {
		link := q.ownerLink(refs[i], found)
		if slices.Contains(u.Given.Units, unit) {
			v.GivenUnits = append(v.GivenUnits, link)
			continue
		}
		v.Typed.Units = append(v.Typed.Units, view.Option{Value: unit, Label: link.Text, Selected: true})
	}
	titles, open := map[string]string{}, map[string]bool{}
	spaces, err := q.s.Wiki.Spaces(q.ctx(), q.actor)
	if err != nil {
		return err
	}
	for _, sp := range spaces {
		titles[sp.Key], open[sp.Key] = sp.Title, access.Can(q.actor, access.Read, access.Object{Space: sp})
	}
	for _, key := range sortedKeys(u.Spaces) {
		sp := view.PersonSpace{Link: view.Link{Text: or(titles[key], key)}, Level: q.tr("web.level_" + u.Spaces[key].String())}
		if open[key] {
			sp.URL = "/wiki/" + key
		}
		v.Spaces = append(v.Spaces, sp)
	}
	return nil
}

// changePerson saves name, label, roles and units of an account.
func (s *Server) changePerson(q *request) error {
	if err := q.reauthenticate(); err != nil {
		return err
	}
	form, err := q.FormParams()
	if err != nil {
		return err
	}
	id, added := q.param("id"), strings.TrimSpace(form.Get("add_unit"))
	c := auth.PersonChange{Name: form.Get("name"), Label: form.Get("label"), Roles: rolesOf(form["role"])}
	var bad []errs.Field
	if c.Units, bad, err = q.unitsOf(form["unit"], added); err != nil {
		return err
	}
	if len(bad) == 0 {
		if err = s.Auth.ChangePerson(q.ctx(), q.actor, id, c); errs.Is(err, errs.Invalid) {
			bad, err = errs.FieldsOf(err), nil
		}
	}
	if err != nil {
		return unknown(err)
	}
	if len(bad) > 0 {
		v, err := q.personView(id)
		if err != nil {
			return err
		}
		v.Errors, v.Typed.Name, v.Typed.Label, v.Typed.AddUnit = q.personErrors(bad), c.Name, c.Label, added
		choose(v.Typed.Roles, form["role"])
		choose(v.Typed.Units, form["unit"])
		return q.render(http.StatusUnprocessableEntity, v)
	}
	q.note("person_saved")
	return q.seeOther(personURL(id))
}

func choose(options []view.Option, values []string) {
	for i := range options {
		options[i].Selected = slices.Contains(values, options[i].Value)
	}
}
