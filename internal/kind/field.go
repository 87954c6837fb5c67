package kind

import (
	"slices"
	"strconv"
	"strings"

	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// Field finds a field by its key.
func (k *Kind) Field(key string) (*Field, bool) {
	for i := range k.Sections {
		for j := range k.Sections[i].Fields {
			if f := &k.Sections[i].Fields[j]; f.Key == key {
				return f, true
			}
		}
	}
	return nil, false
}

// AllFields gives the fields of all sections in their order.
func (k *Kind) AllFields() []*Field {
	out := []*Field{}
	for i := range k.Sections {
		for j := range k.Sections[i].Fields {
			out = append(out, &k.Sections[i].Fields[j])
		}
	}
	return out
}

// Choice finds a choice of the field.
func (f *Field) Choice(key string) (*Choice, bool) {
	for i := range f.Choices {
		if f.Choices[i].Key == key {
			return &f.Choices[i], true
		}
	}
	return nil, false
}

// filled tells whether a normalised value says what the field asks for.
func (f *Field) filled(v any) bool {
	if empty(v) {
		return false
	}
	if !f.All {
		return true
	}
	ticked, _ := v.([]string)
	for _, c := range f.Choices {
		if !slices.Contains(ticked, c.Key) {
			return false
		}
	}
	return true
}

// MissingFor gives the fields that a page still lacks to be in a state: the required ones, and those required
// for that very state.
func (k *Kind) MissingFor(p page.Fields, state string) []*Field {
	out := []*Field{}
	for _, f := range k.AllFields() {
		if !f.Required && (state == "" || !slices.Contains(f.RequiredFor, state)) {
			continue
		}
		v, _ := f.normalise(f.Key, p[f.Key])
		if !f.filled(v) {
			out = append(out, f)
		}
	}
	return out
}

// Incomplete gives the required fields an old page lacks, because they became required after it was written. It
// is shown as "unvollständig" and blocks nothing.
func (k *Kind) Incomplete(p page.Fields) []*Field { return k.MissingFor(p, "") }

// Tolerate drops those findings of Validate that only say something is missing which was missing in old as
// well: a page that became incomplete because its kind did can still be edited, and an import (old nil) takes
// incomplete pages.
func (k *Kind) Tolerate(found []errs.Field, old page.Fields) []errs.Field {
	old, _ = k.Validate(old, "")
	return slices.DeleteFunc(slices.Clone(found), func(e errs.Field) bool {
		if e.Msg.Key != MsgRequired && e.Msg.Key != MsgAllRequired {
			return false
		}
		parts := strings.Split(strings.TrimPrefix(e.Name, "fields."), ".")
		f, ok := k.Field(parts[0])
		if !ok {
			return false
		}
		if len(parts) == 1 {
			return !f.filled(old[f.Key])
		}
		records, _ := old[f.Key].([]map[string]any)
		i, err := strconv.Atoi(parts[1])
		if err != nil || len(parts) < 3 || i >= len(records) {
			return len(old) == 0
		}
		return empty(records[i][parts[2]])
	})
}

// Frozen names the fields that a change must not touch in a state but did.
func (k *Kind) Frozen(before, after page.Fields, state string) []errs.Field {
	var bad []errs.Field
	for _, f := range k.AllFields() {
		if !slices.Contains(f.FrozenIn, state) {
			continue
		}
		a, _ := f.normalise(f.Key, before[f.Key])
		b, _ := f.normalise(f.Key, after[f.Key])
		if !same(a, b) {
			bad = append(bad, errs.Field{Name: "fields." + f.Key, Msg: errs.Msg(MsgFrozen)})
		}
	}
	return bad
}

// Refs gives the references in page fields as links, in the order of the declaration. The key of a link is the
// path of the field without the numbers of records: "steps.tool".
func (k *Kind) Refs(p page.Fields) []page.Link {
	links := []page.Link{}
	k.each(p, func(path string, f *Field, v any) {
		if f.Type != TypePage {
			return
		}
		for _, ref := range values(v) {
			links = append(links, page.Link{Type: page.LinkField, Key: path, Ref: ref})
		}
	})
	return links
}

// Aliases gives the further names that fields hold for the page.
func (k *Kind) Aliases(p page.Fields) []string {
	out := []string{}
	for _, f := range k.AllFields() {
		if !f.Alias {
			continue
		}
		for _, v := range values(canonical(p[f.Key])) {
			if v = oneLine(v); v != "" && !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// PlainText gives the text of all fields for the index, one value a line: choices with their labels in both
// languages, dates as people write them and in ISO form. References are left out, the index knows their targets.
func (k *Kind) PlainText(p page.Fields, lang string) string {
	var b strings.Builder
	line := func(s string) {
		if s != "" {
			b.WriteString(s)
			b.WriteByte('\n')
		}
	}
	k.each(p, func(_ string, f *Field, v any) {
		if n, ok := v.(float64); ok {
			line(strings.TrimSpace(FormatNumber(n, lang) + " " + f.Unit.In(lang)))
			return
		}
		for _, s := range values(v) {
			switch f.Type {
			case TypePage:
			case TypeChoice:
				c, ok := f.Choice(s)
				if !ok {
					line(s)
					continue
				}
				line(c.Label.DE)
				if c.Label.EN != c.Label.DE {
					line(c.Label.EN)
				}
			case TypeDate:
				if d := FormatDate(s, lang); d != s {
					line(d)
				}
				line(s)
			default:
				line(s)
			}
		}
	})
	return strings.TrimSuffix(b.String(), "\n")
}

// each walks over the filled fields, those of records included, with canonical values.
func (k *Kind) each(p page.Fields, visit func(path string, f *Field, v any)) {
	for _, f := range k.AllFields() {
		v := canonical(p[f.Key])
		if f.Type != TypeList {
			if !empty(v) {
				visit(f.Key, f, v)
			}
			continue
		}
		records, _ := v.([]map[string]any)
		for _, rec := range records {
			for i := range f.Fields {
				sub := &f.Fields[i]
				if w := rec[sub.Key]; !empty(w) {
					visit(f.Key+"."+sub.Key, sub, w)
				}
			}
		}
	}
}
