package web

import (
	"net/http"
	"slices"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/page"
	"lernraum/internal/setting"
	"lernraum/internal/view"
)

// settings shows the options that may change while the program runs.
func (s *Server) settings(q *request) error { return q.settingsPage(http.StatusOK, nil) }

func (q *request) settingsPage(status int, bad []errs.Field) error {
	list, err := q.s.Settings.List(q.ctx(), q.actor)
	if err != nil {
		return err
	}
	v := &view.Settings{Shell: q.adminShell("/admin/settings", "")}
	for _, st := range list {
		key := strings.ReplaceAll(st.Name, "-", "_")
		label := q.tr("web.setting_" + key)
		options := q.settingOptions(st.Name, st.Value)
		if st.Fixed {
			value := st.Value
			for _, o := range options {
				if o.Value == value {
					value = o.Label
				}
			}
			v.Fixed = append(v.Fixed, view.Row{Name: label, Value: value})
			continue
		}
		in := view.Input{ID: "setting-" + st.Name, Name: st.Name, Label: label, Help: q.tr("web.setting_" + key + "_help"), Widget: view.WidgetText, Value: st.Value, Options: options}
		if bad != nil { // what was typed stays
			in.Value = q.FormValue(st.Name)
			in.Options = q.settingOptions(st.Name, in.Value)
		}
		switch {
		case options != nil:
			in.Widget = view.WidgetRadios
		case st.Name == "feedback-mail":
			in.Widget = view.WidgetEmail
		}
		for i, f := range bad {
			if f.Name == st.Name {
				in.Err = &bad[i].Msg
				v.Errors = append(v.Errors, view.FormError{ID: in.ID, Label: label, Msg: f.Msg})
			}
		}
		v.Items = append(v.Items, in)
	}
	return q.render(status, v)
}

// settingOptions are the values of a setting that has few.
func (q *request) settingOptions(name, value string) []view.Option {
	var values []string
	switch name {
	case "lang":
		values = []string{"de", "en"}
	case "public-read":
		values = []string{"false", "true"}
	}
	var out []view.Option
	for _, v := range values {
		out = append(out, view.Option{Value: v, Label: q.tr("web.setting_" + strings.ReplaceAll(name, "-", "_") + "_" + v), Selected: v == value})
	}
	return out
}

func (s *Server) saveSettings(q *request) error {
	if err := q.reauthenticate(); err != nil {
		return err
	}
	want := map[string]string{}
	form, err := q.FormParams()
	if err != nil {
		return err
	}
	for _, name := range setting.Names() {
		if form.Has(name) {
			want[name] = form.Get(name)
		}
	}
	err = s.Settings.Save(q.ctx(), q.actor, want)
	if errs.Is(err, errs.Invalid) {
		return q.settingsPage(http.StatusUnprocessableEntity, errs.FieldsOf(err))
	}
	if err != nil {
		return err
	}
	q.note("settings")
	return q.seeOther("/admin/settings")
}

// adminSpaces lists all spaces with what needs somebody's care: an administrator cannot look into closed ones, but sees that
// nobody answers for one any more.
func (s *Server) adminSpaces(q *request) error {
	list, err := s.Wiki.Spaces(q.ctx(), q.actor)
	if err != nil {
		return err
	}
	infos, err := q.spaceInfos(list)
	if err != nil {
		return err
	}
	counts, err := s.Auth.MemberCounts(q.ctx(), q.actor)
	if err != nil {
		return err
	}
	v := &view.AdminSpaces{Shell: q.adminShell("/admin/spaces", "")}
	if access.Can(q.actor, access.Manage, access.Object{}) {
		v.NewURL = "/spaces/new"
	}
	for i, info := range infos {
		n := counts[info.Key]
		sp := view.AdminSpace{SpaceInfo: info, Members: n.Members, Managers: n.Managers}
		problem := func(key string) { sp.Problems = append(sp.Problems, q.tr("web.space_"+key)) }
		if list[i].Type == page.SpaceRestricted {
			if info.Overdue {
				problem("overdue")
			}
			if n.Members == 0 {
				problem("nobody")
			}
		}
		if n.Managers == 0 && list[i].Type != page.SpaceOpen {
			problem("unmanaged")
		}
		v.Items = append(v.Items, sp)
	}
	return q.render(http.StatusOK, v)
}

// adminKinds lists the kinds of pages and where each comes from.
func (s *Server) adminKinds(q *request) error {
	counts, err := s.Wiki.CountKinds(q.ctx(), q.actor)
	if err != nil {
		return err
	}
	v := &view.AdminKinds{Shell: q.adminShell("/admin/kinds", "")}
	row := func(k *kind.Kind) view.AdminKind {
		out := view.AdminKind{
			Key: k.Key, Label: q.text(k.Plural), URL: "/kinds/" + k.Key, Pages: counts[k.Key], Source: k.Source, Missing: k.Missing,
			Shipped: strings.HasPrefix(k.Source, "shipped"), Review: k.ReviewMonths, Help: q.text(k.Help),
		}
		for _, sec := range k.Sections {
			for _, f := range sec.Fields {
				out.Fields = append(out.Fields, view.Row{Name: q.text(f.Label), Value: f.Key + " · " + string(f.Type)})
			}
		}
		if k.Machine != nil {
			var states []string
			for _, st := range k.Machine.States {
				states = append(states, q.text(st.Label))
			}
			out.States = strings.Join(states, " · ")
		}
		return out
	}
	known := s.Wiki.Kinds().Kinds()
	for _, k := range known {
		v.Items = append(v.Items, row(k))
	}
	for _, key := range sortedKeys(counts) {
		if !slices.ContainsFunc(known, func(k *kind.Kind) bool { return k.Key == key }) {
			v.Items = append(v.Items, view.AdminKind{Key: key, Label: key, URL: "/kinds/" + key, Pages: counts[key], Missing: true})
		}
	}
	return q.render(http.StatusOK, v)
}
