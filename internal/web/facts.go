package web

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"lernraum/internal/kind"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

type linkKey struct {
	typ page.LinkType
	key string
}

// linkIndex finds the resolved target of a reference that a field or relation holds.
type linkIndex struct {
	out map[linkKey][]page.LinkedPage
	ref map[string]page.Target
}

func newLinkIndex(q *request, links []page.LinkedPage) linkIndex {
	x := linkIndex{out: make(map[linkKey][]page.LinkedPage, len(links)), ref: make(map[string]page.Target, len(links))}
	for _, l := range links {
		if l.Found {
			q.shows(l.Target.Space)
		}
		if !l.Out {
			continue
		}
		k := linkKey{l.Type, l.Key}
		x.out[k] = append(x.out[k], l)
		if l.Found {
			x.ref[l.Ref] = l.Target
		}
	}
	return x
}

func (x linkIndex) link(typ page.LinkType, key, ref string) view.Link {
	for _, l := range x.out[linkKey{typ, key}] {
		if l.Ref == ref && l.Found {
			return view.Link{URL: wiki.Address(l.Target.Space, l.Target.Slug), Text: l.Target.Title}
		}
	}
	return view.Link{Text: ref}
}

func (x linkIndex) value(ref string) view.FactValue {
	if t, ok := x.ref[ref]; ok {
		return view.FactValue{Text: t.Title, URL: wiki.Address(t.Space, t.Slug)}
	}
	return view.FactValue{Text: ref, Missing: true}
}

// facts fills the typed fields of a page in the sections of its kind. Fields of the kind's panels are shown by
// those panels; keys the kind does not know (an older declaration, a foreign file) are shown last, as they are.
func (q *request) facts(w *view.Wiki, k *kind.Kind, p page.Page, r page.Rendered, links linkIndex) {
	panel := map[string]bool{}
	for _, name := range k.Panels {
		panel[name] = true
	}
	for _, sec := range k.Sections {
		g := view.FactGroup{Key: sec.Key, Label: q.text(sec.Label), Help: q.text(sec.Help)}
		for i := range sec.Fields {
			f := &sec.Fields[i]
			if (f.Contact && panel["contact"]) || (f.Key == "steps" && panel["steps"] && f.Type == kind.TypeList) {
				continue
			}
			if fact, ok := q.fact(f, p.Fields[f.Key], f.Key, r, links); ok {
				g.Facts = append(g.Facts, fact)
			}
		}
		if len(g.Facts) > 0 {
			w.Facts = append(w.Facts, g)
		}
	}
	if panel["steps"] {
		w.Steps = q.steps(p, r, links)
	}
	rest := view.FactGroup{Key: "rest", Label: q.tr("web.other_fields")}
	for _, key := range sortedKeys(p.Fields) {
		if _, ok := k.Field(key); !ok {
			rest.Facts = append(rest.Facts, view.Fact{Label: key, Values: []view.FactValue{{Text: plain(p.Fields[key])}}})
		}
	}
	if len(rest.Facts) > 0 {
		w.Facts = append(w.Facts, rest)
	}
}

func (q *request) fact(f *kind.Field, v any, path string, r page.Rendered, links linkIndex) (view.Fact, bool) {
	fact := view.Fact{Label: q.text(f.Label), Help: ""}
	if rows, ok := v.([]map[string]any); ok {
		for i := range f.Fields {
			fact.Columns = append(fact.Columns, q.text(f.Fields[i].Label))
		}
		for n, row := range rows {
			cells := make([]view.FactValues, len(f.Fields))
			for i := range f.Fields {
				sub := &f.Fields[i]
				cells[i] = q.values(sub, row[sub.Key], fmt.Sprintf("%s.%d.%s", path, n, sub.Key), r, links)
			}
			fact.Rows = append(fact.Rows, cells)
		}
		return fact, len(rows) > 0
	}
	fact.Values = q.values(f, v, path, r, links)
	return fact, len(fact.Values) > 0
}

// values turns the value of a field into what is shown. Nothing is shown for nothing.
func (q *request) values(f *kind.Field, v any, path string, r page.Rendered, links linkIndex) view.FactValues {
	switch v := v.(type) {
	case nil:
		return nil
	case []string:
		var out view.FactValues
		for _, s := range v {
			out = append(out, q.value(f, s, links))
		}
		return out
	case float64:
		text := q.s.View.Num(q.lang, v)
		if u := q.text(f.Unit); u != "" {
			text += " " + u
		}
		return view.FactValues{{Text: text}}
	case bool:
		return view.FactValues{{Text: strconv.FormatBool(v)}}
	case string:
		if v == "" {
			return nil
		}
		if f.Type == kind.TypeMarkdown {
			if html, ok := r.Fields[path]; ok {
				return view.FactValues{{Text: v, HTML: view.Body(html)}}
			}
		}
		return view.FactValues{q.value(f, v, links)}
	}
	return view.FactValues{{Text: plain(v)}}
}

// value shows one single value by the type of its field.
func (q *request) value(f *kind.Field, s string, links linkIndex) view.FactValue {
	switch f.Type {
	case kind.TypeChoice:
		for _, c := range f.Choices {
			if c.Key == s {
				return view.FactValue{Text: q.text(c.Label)}
			}
		}
	case kind.TypePage:
		return links.value(s)
	case kind.TypeURL:
		return view.FactValue{Text: shortURL(s), URL: s}
	case kind.TypeEmail:
		return view.FactValue{Text: s, URL: "mailto:" + s}
	case kind.TypePhone:
		return view.FactValue{Text: s, URL: telURL(s)}
	case kind.TypeDate:
		return view.FactValue{Text: q.moment(s)}
	case kind.TypeDuration:
		return view.FactValue{Text: q.duration(s)}
	}
	return view.FactValue{Text: s}
}

// shortURL is an address as people say it.
func shortURL(s string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://"), "/")
}

// telURL keeps what can be dialled.
func telURL(s string) string {
	var b strings.Builder
	for i, r := range s {
		if (r >= '0' && r <= '9') || (r == '+' && i == 0) {
			b.WriteRune(r)
		}
	}
	if b.Len() < 3 {
		return ""
	}
	return "tel:" + b.String()
}

func (q *request) steps(p page.Page, r page.Rendered, links linkIndex) []view.Step {
	rows, _ := p.Fields["steps"].([]map[string]any)
	var out []view.Step
	for i, row := range rows {
		st := view.Step{What: view.FactValue{Text: text(row["what"])}, Duration: q.duration(text(row["duration"]))}
		if html, ok := r.Fields[fmt.Sprintf("steps.%d.what", i)]; ok {
			st.What.HTML = view.Body(html)
		}
		if ref := text(row["role"]); ref != "" {
			st.Role = links.value(ref)
		}
		if ref := text(row["tool"]); ref != "" {
			st.Tool = links.value(ref)
		}
		out = append(out, st)
	}
	return out
}

// contactCard is the answer to "Wer ist zuständig?" from the fields that say how to reach somebody.
func (q *request) contactCard(p page.Page, links linkIndex) view.ContactCard {
	k := q.s.Wiki.Kinds().KindOrMissing(p.Kind)
	f := p.Fields
	c := view.ContactCard{
		Title: p.Title, URL: wiki.Address(p.Space, p.Slug), Kind: q.text(k.Label), Task: p.Summary, Role: text(f["role"]),
		Room: text(f["room"]), Hours: text(f["hours"]), Service: text(f["service_key"]), CheckedAt: p.ConfirmedAt,
		Overdue: q.overdue(p.ReviewDue, p.Archived),
	}
	if ref := text(f["unit"]); ref != "" {
		v := links.value(ref)
		c.Unit = view.Link{URL: v.URL, Text: v.Text}
	}
	if ref := text(f["deputy"]); ref != "" {
		c.Deputy = links.value(ref)
	}
	for _, s := range texts(f["phone"]) {
		c.Phones = append(c.Phones, view.Link{URL: telURL(s), Text: s})
	}
	for _, s := range texts(f["email"]) {
		c.Mails = append(c.Mails, view.Link{URL: "mailto:" + url.PathEscape(s), Text: s})
	}
	if s := text(f["contact_url"]); s != "" {
		c.Route = view.Link{URL: s, Text: shortURL(s)}
	}
	now := q.s.Now().UTC()
	rows, _ := f["holders"].([]map[string]any)
	for _, row := range rows {
		from, _ := time.Parse(time.DateOnly, text(row["valid_from"]))
		to, _ := time.Parse(time.DateOnly, text(row["valid_to"]))
		if (!to.IsZero() && to.AddDate(0, 0, 1).Before(now)) || from.After(now) {
			continue
		}
		c.ValidFrom, c.ValidTo = from, to
		if ref := text(row["holder"]); ref != "" {
			c.Holder = links.value(ref)
		}
		break
	}
	return c
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		if v != "" {
			return []string{v}
		}
	case []string:
		return v
	}
	return nil
}

// plain shows a value nobody declared.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, ", ")
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = plain(e)
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		var parts []string
		for _, key := range sortedKeys(v) {
			parts = append(parts, key+": "+plain(v[key]))
		}
		return strings.Join(parts, "; ")
	case nil:
		return ""
	}
	return fmt.Sprint(v)
}

// Panels names the behaviour that kinds can attach to their pages.
func Panels() map[string]bool { return map[string]bool{"steps": true, "contact": true, "kpi": true} }
