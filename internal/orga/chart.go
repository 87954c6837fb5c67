package orga

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"lernraum/internal/errs"
	"lernraum/internal/markup"
)

// Bounds of an organisation chart. A ministry has some hundred units, a Land some thousand.
const (
	MaxChart  = 5 << 20 // bytes
	maxUnits  = 10_000
	maxNested = 64
	maxCell   = 2000 // characters
)

// Row is a unit of an organisation chart as it stands in the file. Persons and positions are never read.
type Row struct {
	Key    string `json:"key,omitempty"`    // identifies the unit in its system
	Parent string `json:"parent,omitempty"` // key, short name or name of the unit above
	Name   string `json:"name"`
	Short  string `json:"short,omitempty"`
	Type   string `json:"type,omitempty"`  // key of the choice, or as it stands there
	Level  string `json:"level,omitempty"` // key of the choice
	// Fields are the others, by their key in the kind: phone, email, website, room, hours, mandate.
	Fields map[string]string `json:"fields,omitempty"`
	Line   int               `json:"line"`
	Column int               `json:"column,omitempty"`
	Left   *errs.Message     `json:"-"` // why it is left out
}

// DecodeChart reads an organisation chart: CSV, the JSON of the Organigramm-Tool, OrgJSON, or a list of units in JSON.
// format is "csv", "json", or "" for what the file looks like. An error names line and column.
func DecodeChart(data []byte, format string) ([]Row, error) {
	if len(data) > MaxChart {
		return nil, bad("orga.chart_large", "MiB", MaxChart>>20)
	}
	text, err := readable(data)
	if err != nil {
		return nil, err
	}
	if format == "" {
		format = "csv"
		if t := bytes.TrimSpace(text); len(t) > 0 && (t[0] == '{' || t[0] == '[') {
			format = "json"
		}
	}
	var rows []Row
	switch format {
	case "csv":
		rows, err = decodeCSV(text)
	case "json":
		rows, err = decodeJSON(text)
	default:
		return nil, bad("orga.chart_format")
	}
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, bad("orga.chart_empty")
	}
	if len(rows) > maxUnits {
		return nil, bad("orga.chart_many", "Max", maxUnits)
	}
	for i := range rows {
		rows[i].check()
	}
	return rows, nil
}

func bad(key string, args ...any) error {
	return errs.Fields([]errs.Field{{Name: "file", Msg: errs.Msg(key, args...)}})
}

// readable gives the text as UTF-8: files of German offices are often Windows-1252.
func readable(data []byte) ([]byte, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) || bytes.IndexByte(data, 0) >= 0 {
		return nil, bad("orga.chart_encoding")
	}
	if utf8.Valid(data) {
		return data, nil
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(data)
	if err != nil {
		return nil, bad("orga.chart_encoding")
	}
	return text, nil
}

// check cleans a row and says why it is left out, if it is.
func (r *Row) check() {
	for _, s := range []*string{&r.Key, &r.Parent, &r.Name, &r.Short, &r.Type, &r.Level} {
		*s = oneLine(*s)
	}
	for k, v := range r.Fields {
		if v = strings.TrimSpace(v); v == "" {
			delete(r.Fields, k)
			continue
		} else if k != "mandate" {
			v = oneLine(v)
		}
		r.Fields[k] = v
		if utf8.RuneCountInString(v) > maxCell {
			r.leave("orga.row_long")
		}
	}
	r.Type, r.Level = words().meaning("type", r.Type), words().meaning("level", r.Level)
	switch {
	case r.Left != nil:
	case r.Name == "":
		r.leave("orga.row_nameless")
	case utf8.RuneCountInString(r.Name) > 200 || utf8.RuneCountInString(r.Key+r.Short+r.Parent) > maxCell:
		r.leave("orga.row_long")
	}
}

func (r *Row) leave(key string, args ...any) {
	m := errs.Msg(key, args...)
	r.Left = &m
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

//go:embed words.txt
var wordList string

// vocabulary is what files call things, by group and word.
type vocabulary map[string]map[string]string

// words reads the list; it is small, and files are read rarely.
func words() vocabulary {
	v := vocabulary{}
	for line := range strings.Lines(wordList) {
		head, list, ok := strings.Cut(strings.TrimSpace(line), ":")
		group, meaning, named := strings.Cut(head, " ")
		if !ok || !named || strings.HasPrefix(line, "#") {
			continue
		}
		if v[group] == nil {
			v[group] = map[string]string{}
		}
		for _, w := range strings.Fields(list) {
			v[group][w] = meaning
		}
		v[group][meaning] = meaning
	}
	return v
}

// meaning gives what a word means; a word nobody knows means nothing.
func (v vocabulary) meaning(group, word string) string {
	if word == "" {
		return ""
	}
	return v[group][strings.ReplaceAll(markup.Slug(word), "-", "")]
}

func place(line, column int) string { return fmt.Sprintf("%d:%d", line, column) }
