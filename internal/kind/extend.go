package kind

import (
	"maps"
	"slices"
)

// extended is the kind with what a later file adds: texts and settings it gives win, its fields join the
// section of the same key (or replace the field of the same key where it stands), its relations come last.
// The base stays as it is.
func (d *kindDecl) extended(by *kindDecl) *kindDecl {
	out := *d
	out.extend = true
	out.where = by.where
	out.Source = by.Source
	out.said = maps.Clone(d.said)
	maps.Copy(out.said, by.said)
	out.fields = maps.Clone(d.fields)
	maps.Copy(out.fields, by.fields)
	out.checks = append(slices.Clone(d.checks), by.checks...)
	for key, take := range map[string]func(){
		"order":         func() { out.Order = by.Order },
		"group":         func() { out.Group = by.Group },
		"label":         func() { out.Label = by.Label },
		"plural":        func() { out.Plural = by.Plural },
		"new":           func() { out.New = by.New },
		"help":          func() { out.Help = by.Help },
		"example":       func() { out.Example = by.Example },
		"review_months": func() { out.ReviewMonths = by.ReviewMonths },
		"machine":       func() { out.Machine, out.machine = by.Machine, by.machine },
		"unique_slug":   func() { out.UniqueSlug = by.UniqueSlug },
		"body": func() {
			out.BodyLabel, out.BodyHelp, out.Template, out.BodyFirst = by.BodyLabel, by.BodyHelp, by.Template, by.BodyFirst
		},
	} {
		if by.said[key] {
			take()
		}
	}
	out.Panels = union(d.Panels, by.Panels)
	out.Relations = union(d.Relations, by.Relations)
	out.Sections = make([]Section, len(d.Sections))
	for i, s := range d.Sections {
		s.Fields = slices.Clone(s.Fields)
		out.Sections[i] = s
	}
	for _, s := range by.Sections {
		out.addSection(s)
	}
	return &out
}

func (d *kindDecl) addSection(s Section) {
	var fresh []Field
	for _, f := range s.Fields {
		if old, ok := d.Field(f.Key); ok {
			*old = f
			continue
		}
		fresh = append(fresh, f)
	}
	i := slices.IndexFunc(d.Sections, func(o Section) bool { return o.Key == s.Key })
	if i < 0 {
		if len(fresh) > 0 {
			s.Fields = fresh
			d.Sections = append(d.Sections, s)
		}
		return
	}
	if s.Label != (Text{}) {
		d.Sections[i].Label = s.Label
	}
	if s.Help != (Text{}) {
		d.Sections[i].Help = s.Help
	}
	d.Sections[i].Fields = append(d.Sections[i].Fields, fresh...)
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
