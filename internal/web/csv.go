package web

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"lernraum/internal/kind"
	"lernraum/internal/kpi"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// maxCSV bounds a table that is downloaded in one go.
const maxCSV = 20_000

// listCSV sends the table of a kind the way spreadsheet programs in German offices open it: semicolons and a
// byte order mark. Cells that a spreadsheet would take for a formula are made harmless.
func (s *Server) listCSV(q *request, k *kind.Kind, lq wiki.ListQuery) error {
	var buf bytes.Buffer
	buf.WriteString("\uFEFF")
	w := csv.NewWriter(&buf)
	w.Comma = ';'
	head := []string{q.tr("web.col_title"), q.tr("web.col_state"), q.tr("web.col_owner"), q.tr("web.col_updated"), q.tr("web.col_review"), q.tr("web.col_address")}
	fields := k.AllFields()
	for _, f := range fields {
		if f.Type != kind.TypeList {
			head = append(head, headOf(f, q.lang))
		}
	}
	if err := w.Write(safeCells(head)); err != nil {
		return err
	}
	lq.Offset, lq.Limit = 0, 500
	for lq.Offset < maxCSV {
		pages, total, err := s.Wiki.List(q.ctx(), q.actor, lq)
		if err != nil {
			return err
		}
		var columns []*kind.Field
		for _, f := range fields {
			if f.Type == kind.TypePage {
				columns = append(columns, f)
			}
		}
		refs, err := q.listRefs(k, columns, pages)
		if err != nil {
			return err
		}
		for _, p := range pages {
			q.shows(p.Space)
			row := []string{
				p.Title, stateBadge(k, p.State, q.lang).Label, q.ownerLink(p.Owner, refs.ref).Text, csvDay(p.UpdatedAt), csvDay(p.ReviewDue),
				s.BaseURL + wiki.Address(p.Space, p.Slug),
			}
			for _, f := range fields {
				if f.Type == kind.TypeList {
					continue
				}
				var parts []string
				if n, ok := p.Fields[f.Key].(float64); ok {
					row = append(row, q.s.View.Num(q.lang, n))
					continue
				}
				for _, v := range q.values(f, p.Fields[f.Key], f.Key, page.Rendered{}, refs) {
					parts = append(parts, v.Text)
				}
				row = append(row, strings.Join(parts, ", "))
			}
			if err := w.Write(safeCells(row)); err != nil {
				return err
			}
		}
		lq.Offset += len(pages)
		if len(pages) == 0 || lq.Offset >= total {
			break
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	q.Response().Header().Set("Content-Disposition", `attachment; filename="`+k.Key+`.csv"`)
	return q.Blob(http.StatusOK, "text/csv; charset=utf-8", buf.Bytes())
}

// headOf names a column with the unit of its numbers, so that the cells are numbers that can be added up.
func headOf(f *kind.Field, lang string) string {
	if u := f.Unit.In(lang); u != "" {
		return f.Label.In(lang) + " (" + u + ")"
	}
	return f.Label.In(lang)
}

// safeCells keeps spreadsheets from running what somebody typed (OWASP: CSV injection). Some drop white space and
// signs of no width before they look, and take the wide forms of the signs. Numbers below zero stay numbers.
func safeCells(row []string) []string {
	for i, c := range row {
		first := strings.TrimLeftFunc(c, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) })
		r, _ := utf8.DecodeRuneInString(first)
		_, number := kpi.ParseNumber(c)
		if strings.ContainsRune("=+-@＝＋－＠", r) && !(number && c[0] == '-' && !strings.Contains(c, " ")) {
			row[i] = "'" + c
		}
	}
	return row
}
