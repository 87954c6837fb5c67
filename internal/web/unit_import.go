package web

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"lernraum/internal/errs"
	"lernraum/internal/orga"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

const importPath = unitsPath + "/import"

// importForm asks for an organisation chart.
func (s *Server) importForm(q *request) error { return q.chartForm(http.StatusOK, nil) }

func (q *request) chartForm(status int, bad []errs.Field) error {
	v := &view.UnitForm{
		Shell: q.adminShell(unitsPath, q.tr("web.unit_import")), Post: true, Action: importPath, Button: q.tr("web.import_preview"), CancelURL: unitsPath, Intro: errs.Msg("web.import_intro"),
		Notes: []errs.Message{errs.Msg("web.import_formats"), errs.Msg("web.import_persons")},
	}
	v.Crumbs = []view.Link{{URL: unitsPath, Text: q.tr("web.admin_units")}}
	f := fielding{q: q, bad: bad, v: v}
	spaces, err := q.s.Wiki.Spaces(q.ctx(), q.actor)
	if err != nil {
		return err
	}
	space := f.input("space", view.WidgetSelect, "", true)
	for _, sp := range spaces {
		if sp.Type != page.SpaceRestricted {
			space.Options = append(space.Options, view.Option{Value: sp.Key, Label: sp.Title, Selected: sp.Key == q.FormValue("space")})
		}
	}
	f.section("", f.input("file", view.WidgetFile, "", true), space)
	return q.render(status, v)
}

// importUnits shows what a chart would change; sent again by that view, it changes it.
func (s *Server) importUnits(q *request) error {
	packed := q.FormValue("rows")
	if packed != "" {
		if err := q.reauthenticate(); err != nil {
			return err
		}
	}
	rows, err := q.chartRows(packed)
	if err == nil {
		var c orga.ChartImport
		if c, err = s.Orga.ImportChart(q.ctx(), q.actor, rows, q.FormValue("space"), packed == ""); err == nil {
			if packed != "" {
				q.note("units_imported")
				return q.seeOther(unitsPath)
			}
			return q.chartPreview(c, rows)
		}
	}
	if errs.Is(err, errs.Invalid) {
		return q.chartForm(http.StatusUnprocessableEntity, errs.FieldsOf(err))
	}
	return err
}

// chartRows reads the rows of an uploaded file, or those a preview has sent along.
func (q *request) chartRows(packed string) ([]orga.Row, error) {
	missing := errs.Fields([]errs.Field{{Name: "file", Msg: errs.Msg("web.file_missing")}})
	if packed != "" {
		data, err := unpackRows(packed)
		if err != nil {
			return nil, missing
		}
		return orga.DecodeChart(data, "json")
	}
	head, err := q.FormFile("file")
	if err != nil {
		return nil, missing
	}
	file, err := head.Open()
	if err != nil {
		return nil, fmt.Errorf("open uploaded chart: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, orga.MaxChart+1))
	if err != nil {
		return nil, fmt.Errorf("read uploaded chart: %w", err)
	}
	return orga.DecodeChart(data, "")
}

// packRows writes rows for a hidden control; unpackRows reads them, bounded like a file.
func packRows(rows []orga.Row) (string, error) {
	kept := make([]orga.Row, 0, len(rows))
	for _, r := range rows {
		if r.Left == nil {
			kept = append(kept, r)
		}
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return "", fmt.Errorf("encode rows: %w", err)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(text); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b.Bytes()), nil
}

func unpackRows(s string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, orga.MaxChart+1))
}

func (q *request) chartPreview(c orga.ChartImport, rows []orga.Row) error {
	v := &view.Report{Shell: q.adminShell(unitsPath, q.tr("web.import_preview_title")), Intro: errs.Msg("web.import_preview_intro")}
	v.Crumbs = []view.Link{{URL: unitsPath, Text: q.tr("web.admin_units")}, {URL: importPath, Text: q.tr("web.unit_import")}}
	for _, st := range []orga.RowStatus{orga.RowNew, orga.RowChanged, orga.RowSame, orga.RowLeft} {
		v.Notes = append(v.Notes, errs.Msg("web.import_count_"+string(st), "Count", c.Count(st)))
	}
	t := view.ReportTable{ID: "rows", Title: q.tr("web.import_rows"), Columns: []string{q.tr("web.col_unit"), q.tr("web.col_line"), q.tr("web.col_outcome"), q.tr("web.col_why")}}
	for _, r := range c.Rows {
		cell := view.Link{Text: or(r.Name, r.Key)}
		t.Rows = append(t.Rows, []view.Link{cell, {Text: itoa(r.Line)}, {Text: q.tr("web.import_" + string(r.Status))}, {Text: q.rowNote(r)}})
	}
	v.Tables = append(v.Tables, t)
	if len(c.Missing) > 0 {
		m := view.ReportTable{ID: "missing", Title: q.tr("web.import_missing"), Note: errs.Msg("web.import_missing_note"), Columns: []string{q.tr("web.col_unit")}}
		for _, u := range c.Missing {
			m.Rows = append(m.Rows, []view.Link{{URL: wiki.Address(u.Space, u.Slug), Text: u.Title}})
		}
		v.Tables = append(v.Tables, m)
	}
	if c.Count(orga.RowNew)+c.Count(orga.RowChanged) > 0 {
		packed, err := packRows(rows)
		if err != nil {
			return err
		}
		v.Form = &view.ReportForm{Action: importPath, Button: q.tr("web.import_do"), CancelURL: importPath, Hidden: []view.Hidden{{Name: "space", Value: c.Space}, {Name: "rows", Value: packed}}}
	} else {
		v.Warnings = append(v.Warnings, errs.Msg("web.import_nothing"))
	}
	return q.render(http.StatusOK, v)
}

// rowNote says what changes of a unit, or why a row is left out.
func (q *request) rowNote(r orga.RowOutcome) string {
	if r.Left != nil {
		return q.s.View.Message(q.lang, *r.Left)
	}
	var words []string
	for _, key := range r.Changes {
		if key == "title" {
			words = append(words, q.tr("web.col_title"))
			continue
		}
		words = append(words, q.refLabel("unit", false, key))
	}
	for _, key := range r.Dropped {
		words = append(words, q.s.View.Message(q.lang, errs.Msg("web.import_dropped", "Field", q.refLabel("unit", false, key))))
	}
	return joinWords(words)
}
