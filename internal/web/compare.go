package web

import (
	"slices"
	"strings"
	"time"

	"lernraum/internal/kind"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// comparison collects the fields in which two texts of a page differ. References are shown by the titles of what
// they lead to, as far as the reader may see it.
type comparison struct {
	q      *request
	links  linkIndex
	fields []view.FieldDiff
}

// compare gives the fields that differ, and the text word by word with unchanged stretches left out.
func (q *request) compare(k *kind.Kind, a, b page.Page) ([]view.FieldDiff, []view.DiffBlock, error) {
	found, err := q.s.Wiki.Resolve(q.ctx(), q.actor, a.Space, append(refsOf(k, a), refsOf(k, b)...))
	if err != nil {
		return nil, nil, err
	}
	c := &comparison{q: q, links: linkIndex{ref: found}}
	c.add(q.tr("web.form_title"), a.Title, b.Title)
	c.add(q.tr("web.form_summary"), a.Summary, b.Summary)
	c.add(q.tr("web.col_state"), stateBadge(k, a.State, q.lang).Label, stateBadge(k, b.State, q.lang).Label)
	for _, f := range k.AllFields() {
		before, old := a.Fields[f.Key].([]map[string]any)
		after, now := b.Fields[f.Key].([]map[string]any)
		if old || now {
			c.records(f, before, after)
		} else {
			c.add(q.text(f.Label), c.text(f, a.Fields[f.Key]), c.text(f, b.Fields[f.Key]))
		}
	}
	c.add(q.tr("web.form_relations"), c.relations(a.Relations), c.relations(b.Relations))
	c.add(q.tr("web.form_tags"), strings.Join(a.Tags, ", "), strings.Join(b.Tags, ", "))
	c.add(q.tr("web.form_owner"), c.owner(a.Owner), c.owner(b.Owner))
	c.add(q.tr("web.form_review_due"), q.day(a.ReviewDue), q.day(b.ReviewDue))
	c.add(q.tr("web.form_slug"), a.Space+"/"+a.Slug, b.Space+"/"+b.Slug)
	if a.Body == b.Body {
		return c.fields, nil, nil
	}
	return c.fields, blocks(wiki.Diff(a.Body, b.Body)), nil
}

// refsOf lists the references a comparison may show.
func refsOf(k *kind.Kind, p page.Page) []string {
	unit, _, _ := strings.Cut(p.Owner, "#")
	refs := []string{unit}
	var walk func(fields []kind.Field, values map[string]any)
	walk = func(fields []kind.Field, values map[string]any) {
		for i := range fields {
			f := &fields[i]
			if rows, ok := values[f.Key].([]map[string]any); ok {
				for _, row := range rows {
					walk(f.Fields, row)
				}
			} else if f.Type == kind.TypePage {
				refs = append(refs, texts(values[f.Key])...)
			}
		}
	}
	for _, sec := range k.Sections {
		walk(sec.Fields, p.Fields)
	}
	for _, r := range p.Relations {
		refs = append(refs, r.Ref)
	}
	slices.Sort(refs)
	return slices.DeleteFunc(slices.Compact(refs), func(s string) bool { return s == "" })
}

func (c *comparison) add(label, before, after string) {
	if before == after {
		return
	}
	d := view.FieldDiff{Label: label}
	for _, b := range wiki.Diff(before, after) {
		d.Parts = append(d.Parts, parts(b.Parts)...)
	}
	c.fields = append(c.fields, d)
}

func parts(in []wiki.DiffPart) []view.DiffPart {
	out := make([]view.DiffPart, len(in))
	for i, p := range in {
		out[i] = view.DiffPart{Op: string(p.Op), Text: p.Text}
	}
	return out
}

// inRecord stands for a line end inside a record while records are compared as lines. No value holds it: it is
// white space that package kind and browsers turn into a blank or a line end.
const inRecord = "\u2028"

// records gives a row for each record that changed. Records are paired by what they say, so that one that was
// put in between does not change all behind it; they are named by their place afterwards.
func (c *comparison) records(f *kind.Field, before, after []map[string]any) {
	lines := func(rows []map[string]any) string {
		var b strings.Builder
		for _, row := range rows {
			b.WriteString(strings.ReplaceAll(c.record(f, row), "\n", inRecord) + "\n")
		}
		return b.String()
	}
	was, is := 0, 0
	for _, b := range wiki.Diff(lines(before), lines(after)) {
		old, now := sides(b.Parts)
		if old {
			was++
		}
		if now {
			is++
		}
		if !b.Changed {
			continue
		}
		n := is
		if !now {
			n = was
		}
		d := view.FieldDiff{Label: c.q.text(f.Label) + ", " + c.q.tr("web.record_number") + " " + itoa(n), Parts: parts(b.Parts)}
		for i := range d.Parts {
			d.Parts[i].Text = strings.ReplaceAll(strings.TrimSuffix(d.Parts[i].Text, "\n"), inRecord, "\n")
		}
		c.fields = append(c.fields, d)
	}
}

// sides tells on which side of a comparison a block stands.
func sides(parts []wiki.DiffPart) (before, after bool) {
	for _, p := range parts {
		before = before || p.Op != wiki.DiffAdd
		after = after || p.Op != wiki.DiffDel
	}
	return before, after
}

// record is a record with a line for each value.
func (c *comparison) record(f *kind.Field, row map[string]any) string {
	var out []string
	for i := range f.Fields {
		if t := c.text(&f.Fields[i], row[f.Fields[i].Key]); t != "" {
			label := c.q.text(f.Fields[i].Label)
			if !strings.HasSuffix(label, "?") {
				label += ":"
			}
			out = append(out, label+" "+t)
		}
	}
	return strings.Join(out, "\n")
}

func (c *comparison) text(f *kind.Field, v any) string {
	var out []string
	for _, val := range c.q.values(f, v, "", page.Rendered{}, c.links) {
		out = append(out, val.Text)
	}
	return strings.Join(out, ", ")
}

func (c *comparison) owner(owner string) string {
	unit, role, _ := strings.Cut(owner, "#")
	if unit == "" {
		return ""
	}
	if unit = c.links.value(unit).Text; role != "" {
		return unit + " (" + role + ")"
	}
	return unit
}

func (c *comparison) relations(rels []page.Relation) string {
	var out []string
	for _, r := range rels {
		label := r.Key
		if rel, ok := c.q.s.Wiki.Kinds().Relation(r.Key); ok {
			label = c.q.text(rel.Out)
		}
		out = append(out, label+": "+c.links.value(r.Ref).Text)
	}
	return strings.Join(out, "\n")
}

func (q *request) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return q.moment(t.Format(time.DateOnly))
}

// maxBlocks bounds what is shown of a comparison; nobody reads further.
const maxBlocks = 1500

// blocks keeps two unchanged lines around each change.
func blocks(in []wiki.DiffBlock) []view.DiffBlock {
	const around = 2
	near := make([]bool, len(in))
	for i, b := range in {
		if b.Changed {
			for j := max(0, i-around); j <= min(len(in)-1, i+around); j++ {
				near[j] = true
			}
		}
	}
	var out []view.DiffBlock
	for i, b := range in {
		if len(out) >= maxBlocks {
			return append(out, view.DiffBlock{Kind: view.BlockCut})
		}
		if !near[i] {
			if n := len(out); n == 0 || out[n-1].Kind != view.BlockGap {
				out = append(out, view.DiffBlock{Kind: view.BlockGap})
			}
			continue
		}
		vb := view.DiffBlock{Kind: view.BlockSame}
		if b.Changed {
			vb.Kind = view.BlockChanged
		}
		vb.Parts = parts(b.Parts)
		out = append(out, vb)
	}
	return out
}
