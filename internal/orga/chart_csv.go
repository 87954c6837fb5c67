package orga

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// decodeCSV reads a table with a head. The separator is the one the head has most of.
func decodeCSV(text []byte) ([]Row, error) {
	head, _, _ := bytes.Cut(text, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = ','
	for _, c := range ";\t" {
		if bytes.Count(head, []byte(string(c))) > bytes.Count(head, []byte(string(r.Comma))) {
			r.Comma = c
		}
	}
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = r.Comma != '\t' // there, a blank is a separator
	names, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, csvError(err)
	}
	known := words()
	columns := make([]string, len(names))
	seen := map[string]bool{}
	for i, n := range names {
		if c := known.meaning("column", n); !seen[c] {
			columns[i], seen[c] = c, c != ""
		}
	}
	if !seen["name"] {
		return nil, bad("orga.chart_columns", "Columns", strings.Join(names[:min(len(names), 20)], ", "))
	}
	var rows []Row
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, csvError(err)
		}
		if strings.TrimSpace(strings.Join(record, "")) == "" {
			continue
		}
		if len(rows) >= maxUnits {
			return nil, bad("orga.chart_many", "Max", maxUnits)
		}
		row := Row{Fields: map[string]string{}}
		row.Line, row.Column = r.FieldPos(0)
		if len(record) > len(columns) {
			row.leave("orga.row_wide", "Columns", len(columns), "Len", len(record))
		}
		for i := range min(len(columns), len(record)) {
			row.set(columns[i], record[i])
		}
		rows = append(rows, row)
	}
}

func csvError(err error) error {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return bad("orga.chart_csv", "Line", e.Line, "Column", e.Column)
	}
	return bad("orga.chart_csv", "Line", 1, "Column", 1)
}

// set puts a value where its column says.
func (r *Row) set(column, value string) {
	switch column {
	case "":
	case "key":
		r.Key = value
	case "parent":
		r.Parent = value
	case "name":
		r.Name = value
	case "short":
		r.Short = value
	case "type":
		r.Type = value
	case "level":
		r.Level = value
	default:
		if strings.TrimSpace(value) != "" {
			if r.Fields == nil {
				r.Fields = map[string]string{}
			}
			r.Fields[column] = value
		}
	}
}
