package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"lernraum/internal/errs"
	"lernraum/internal/orga"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// handover shows what hangs on a unit or on one of its roles: what somebody who leaves hands over. It is a page to print,
// a text to go on with, or a table.
func (s *Server) handover(q *request) error {
	unit, role := q.query("unit"), q.query("role")
	if unit == "" {
		return q.handoverChoice()
	}
	h, err := s.Orga.Handover(q.ctx(), q.actor, unit, role)
	if err != nil {
		return err
	}
	v := q.handoverView(h)
	name := "uebergabe-" + h.Unit.Slug
	switch q.query("format") {
	case "md":
		q.Response().Header().Set("Content-Disposition", `attachment; filename="`+name+`.md"`)
		return q.Blob(http.StatusOK, "text/markdown; charset=utf-8", q.handoverText(v))
	case "csv":
		b, err := q.handoverCSV(v)
		if err != nil {
			return err
		}
		q.Response().Header().Set("Content-Disposition", `attachment; filename="`+name+`.csv"`)
		return q.Blob(http.StatusOK, "text/csv; charset=utf-8", b)
	}
	v.Links = []view.Link{{URL: q.with("format", "md"), Text: q.tr("web.handover_md")}, {URL: q.with("format", "csv"), Text: q.tr("web.handover_csv")}}
	for _, r := range h.Roles {
		if r != role {
			v.Links = append(v.Links, view.Link{URL: "/handover?unit=" + h.Unit.Slug + "&role=" + url.QueryEscape(r), Text: q.tr("web.handover_role") + " " + r})
		}
	}
	if role != "" {
		v.Links = append(v.Links, view.Link{URL: "/handover?unit=" + h.Unit.Slug, Text: q.tr("web.handover_whole")})
	}
	return q.render(http.StatusOK, v)
}

// handoverChoice lists the units somebody may hand over for: their own.
func (q *request) handoverChoice() error {
	t := view.ReportTable{ID: "units", Title: q.tr("web.handover_units"), Columns: []string{q.tr("web.col_unit")}, Empty: q.tr("web.handover_no_unit")}
	units, err := q.s.Wiki.Units(q.ctx(), q.actor)
	if err != nil {
		return err
	}
	for _, u := range units {
		for _, own := range q.actor.Units {
			if own == u.Slug {
				t.Rows = append(t.Rows, []view.Link{{URL: "/handover?unit=" + u.Slug, Text: u.Title}})
			}
		}
	}
	return q.render(http.StatusOK, &view.Report{Shell: q.shell("", q.tr("web.handover_title")), Intro: errs.Msg("web.handover_intro"), Tables: []view.ReportTable{t}})
}

func (q *request) handoverView(h orga.Handover) *view.Report {
	title := q.tr("web.handover_title") + ": " + h.Unit.Title
	if h.Role != "" {
		title += ", " + h.Role
	}
	v := &view.Report{Shell: q.shell("", title), Intro: errs.Msg("web.handover_intro")}
	v.Crumbs = []view.Link{{URL: wiki.Address(h.Unit.Space, h.Unit.Slug), Text: h.Unit.Title}}
	for _, n := range []struct {
		key string
		n   int
	}{{"web.handover_people", h.People}, {"web.handover_hidden", h.Hidden}, {"web.handover_requests", h.Requests}} {
		if n.n > 0 {
			v.Notes = append(v.Notes, errs.Msg(n.key, "Count", n.n))
		}
	}
	pages := func(id string, list []orga.OwnedPage) {
		t := view.ReportTable{ID: id, Title: q.tr("web.handover_" + id), Empty: q.tr("web.handover_none"), Columns: []string{q.tr("web.col_title"), q.tr("web.col_kind"), q.tr("web.col_state"), q.tr("web.col_role"), q.tr("web.col_review")}}
		for _, o := range list {
			_, role, _ := strings.Cut(o.Owner, "#")
			due := ""
			if !o.ReviewDue.IsZero() {
				due = q.s.View.Date(q.lang, o.ReviewDue)
			}
			t.Rows = append(t.Rows, []view.Link{q.pageLink(o.Target), {Text: q.kindLabel(o.Kind)}, {Text: stateBadge(q.s.Wiki.Kinds().KindOrMissing(o.Kind), o.State, q.lang).Label}, {Text: role}, {Text: due}})
		}
		v.Tables = append(v.Tables, t)
	}
	pages("due", h.Due)
	tasks := view.ReportTable{ID: "tasks", Title: q.tr("web.handover_tasks"), Empty: q.tr("web.handover_none"), Columns: []string{q.tr("web.col_title"), q.tr("web.col_kind"), q.tr("web.col_field"), q.tr("web.col_since"), q.tr("web.col_until")}}
	for _, t := range h.Tasks {
		tasks.Rows = append(tasks.Rows, []view.Link{
			{URL: wiki.Address(t.From.Space, t.From.Slug), Text: t.From.Title}, {Text: q.kindLabel(t.From.Kind)}, {Text: q.refLabel(t.From.Kind, t.Relation, t.Key)}, {Text: q.dayText(t.Since)}, {Text: q.dayText(t.ValidTo)},
		})
	}
	v.Tables = append(v.Tables, tasks)
	spaces := view.ReportTable{ID: "spaces", Title: q.tr("web.handover_spaces"), Empty: q.tr("web.handover_none"), Columns: []string{q.tr("web.col_space"), q.tr("web.col_type")}}
	for _, sp := range h.Spaces {
		spaces.Rows = append(spaces.Rows, []view.Link{{Text: sp.Title}, {Text: q.tr("web.space_" + string(sp.Type))}})
	}
	v.Tables = append(v.Tables, spaces)
	pages("drafts", h.Drafts)
	pages("pages", h.Pages)
	return v
}

// dayText writes a date of a field as people write it.
func (q *request) dayText(s string) string {
	if t, ok := parseDay(s); ok {
		return q.s.View.Date(q.lang, t)
	}
	return s
}

// handoverText is the report as Markdown.
func (q *request) handoverText(v *view.Report) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n%s\n", v.Title, q.s.View.Message(q.lang, v.Intro))
	for _, n := range v.Notes {
		fmt.Fprintf(&b, "\n- %s", q.s.View.Message(q.lang, n))
	}
	for _, t := range v.Tables {
		fmt.Fprintf(&b, "\n\n## %s\n\n", t.Title)
		if len(t.Rows) == 0 {
			b.WriteString(t.Empty)
			continue
		}
		b.WriteString("| " + strings.Join(t.Columns, " | ") + " |\n|" + strings.Repeat("---|", len(t.Columns)) + "\n")
		for _, row := range t.Rows {
			b.WriteString("|")
			for _, cell := range row {
				text := markdownCell(cell.Text)
				if cell.URL != "" {
					text = "[" + text + "](" + q.s.BaseURL + cell.URL + ")"
				}
				b.WriteString(" " + text + " |")
			}
			b.WriteString("\n")
		}
	}
	b.WriteString("\n")
	return b.Bytes()
}

// markdownCell keeps a title from ending its cell or beginning something.
func markdownCell(s string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "[", "\\[", "]", "\\]", "<", "\\<", "`", "\\`", "*", "\\*", "_", "\\_", "\n", " ").Replace(s)
}

func (q *request) handoverCSV(v *view.Report) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\uFEFF")
	w := csv.NewWriter(&b)
	w.Comma = ';'
	for _, t := range v.Tables {
		for i, row := range append([][]view.Link{nil}, t.Rows...) {
			cells := []string{t.Title}
			if i == 0 {
				cells = append(append(cells, t.Columns...), q.tr("web.col_address"))
			} else {
				for _, c := range row {
					cells = append(cells, c.Text)
				}
				if row[0].URL != "" {
					cells = append(cells, q.s.BaseURL+row[0].URL)
				}
			}
			if err := w.Write(safeCells(cells)); err != nil {
				return nil, err
			}
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}
