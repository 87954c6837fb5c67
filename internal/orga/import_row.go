package orga

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// row makes the page of a row as it will be.
func (m *importer) row(ctx context.Context, i int) error {
	r := &m.rows[i]
	k, ok := m.s.kinds().Kind(unitKind)
	if !ok {
		return errs.New(errs.Invalid, errs.Msg("wiki.kind_missing", "Kind", unitKind))
	}
	var p page.Page
	if id := m.ids[i]; id != "" {
		var err error
		if p, err = m.s.Store.Page(ctx, access.Scope{All: true}, id); err != nil {
			return err
		}
		r.ID, r.Status = id, RowSame
	} else {
		st, _ := wiki.ImportState(k, "")
		p = page.Page{
			ID: m.s.Wiki.NewID(), Kind: k.Key, Space: m.space.Key, Slug: m.slugs[i], Title: r.Name, Lang: "de", Statement: "agreed", Owner: ref(m.slugs[i]), State: st.Key, Draft: st.Draft,
			Archived: st.Archived, CreatedAt: m.now,
		}
		if k.ReviewMonths > 0 {
			p.ReviewDue = m.now.Truncate(24*time.Hour).AddDate(0, k.ReviewMonths, 0)
		}
		m.ids[i], r.ID, r.Status = p.ID, p.ID, RowNew
		r.Changes = nil
	}
	fields := maps.Clone(p.Fields)
	if fields == nil {
		fields = page.Fields{}
	}
	set := func(key, value string) {
		if old, _ := fields[key].(string); value != "" && value != old {
			fields[key] = value
			r.Changes = append(r.Changes, key)
		}
	}
	if p.Title != r.Name {
		p.Title = r.Name
		r.Changes = append(r.Changes, "title")
	}
	set(fieldExternal, r.Key)
	set(fieldShort, r.Short)
	set(fieldType, r.Type)
	set(fieldLevel, r.Level)
	if fields[fieldType] == nil { // what every unit has to say
		fields[fieldType] = "team"
	}
	for _, key := range slices.Sorted(maps.Keys(r.Fields)) {
		set(key, r.Fields[key])
	}
	if r.Parent != "" {
		row, id, _ := m.above(r.Row)
		slug := m.units[id].Slug
		if row >= 0 {
			id, slug = m.ids[row], m.slugs[row]
		}
		if id == "" || m.units[p.ID].Parent != id {
			set(fieldParent, ref(slug))
		}
	}
	clean, wrong := k.Validate(fields, p.State)
	for _, f := range k.Tolerate(wrong, p.Fields) {
		key := strings.TrimPrefix(f.Name, "fields.")
		delete(fields, key)
		if old, had := p.Fields[key]; had {
			fields[key] = old
		}
		r.Changes = slices.DeleteFunc(r.Changes, func(c string) bool { return c == key })
		r.Dropped = append(r.Dropped, key)
	}
	if len(r.Dropped) > 0 {
		clean, _ = k.Validate(fields, p.State)
	}
	p.Fields = clean
	switch {
	case r.Status == RowNew:
		r.Changes = nil
	case len(r.Changes) == 0:
		return nil
	default:
		r.Status = RowChanged
	}
	m.pages = append(m.pages, p)
	return nil
}
