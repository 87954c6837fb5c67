package orga

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"lernraum/internal/errs"
	"lernraum/internal/markup"
)

// node is a JSON value with the place where it ends or, for an object, begins.
type node struct {
	at     int64
	text   string
	list   []node
	object map[string]node
}

// decodeJSON reads a chart of nested or listed units.
func decodeJSON(text []byte) ([]Row, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	root, err := readNode(d, 0)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = bad("orga.chart_json", "Place", at(text, d.InputOffset()))
		}
	}
	if err != nil {
		if len(errs.FieldsOf(err)) > 0 {
			return nil, err
		}
		offset := d.InputOffset()
		if e, ok := errors.AsType[*json.SyntaxError](err); ok {
			offset = e.Offset
		}
		return nil, bad("orga.chart_json", "Place", at(text, offset))
	}
	w := chart{text: text}
	list := root.list
	if root.object != nil {
		list = root.units()
		if len(list) == 0 {
			list = root.object["units"].list
		}
		if len(list) == 0 && root.object["name"].text != "" {
			list = []node{root}
		}
	}
	for _, n := range list {
		w.unit(n, "", 0)
	}
	if w.many {
		return nil, bad("orga.chart_many", "Max", maxUnits)
	}
	return w.rows, nil
}

// readNode reads one value; nesting is bounded.
func readNode(d *json.Decoder, depth int) (node, error) {
	if depth > maxNested {
		return node{}, bad("orga.chart_deep", "Max", maxNested)
	}
	t, err := d.Token()
	if err != nil {
		return node{}, err
	}
	n := node{at: d.InputOffset()}
	switch t := t.(type) {
	case string:
		n.text = t
	case json.Number:
		n.text = t.String()
	case json.Delim:
		if t == '{' {
			n.object = map[string]node{}
		}
		for d.More() {
			key := ""
			if t == '{' {
				k, err := d.Token()
				if err != nil {
					return node{}, err
				}
				key, _ = k.(string)
			}
			v, err := readNode(d, depth+1)
			if err != nil {
				return node{}, err
			}
			if t == '{' {
				n.object[key] = v
			} else {
				n.list = append(n.list, v)
			}
		}
		_, err = d.Token()
	}
	return n, err
}

// at gives line and column of a byte.
func at(text []byte, offset int64) string {
	before := text[:min(max(offset-1, 0), int64(len(text)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	return place(line, len([]rune(string(before[bytes.LastIndexByte(before, '\n')+1:])))+1)
}

// units are the units below a node, in the words of the formats that are read.
func (n node) units() []node {
	var out []node
	for _, key := range []string{"departments", "organisations", "organizations", "suborganizations", "secondary_organizations", "children"} {
		out = append(out, n.object[key].list...)
	}
	return out
}

// first gives the first of some values that is there; "contact.website" leads into an object.
func (n node) first(keys ...string) string {
	for _, key := range keys {
		v := n
		for part := range strings.SplitSeq(key, ".") {
			v = v.object[part]
		}
		if len(v.list) > 0 {
			v = v.list[0]
		}
		if s := strings.TrimSpace(v.text); s != "" {
			return s
		}
	}
	return ""
}

// chart gathers the rows of a nested chart.
type chart struct {
	text []byte
	rows []Row
	many bool
	last int64 // where line counting has come to
	line int
}

// unit adds a unit and what is below it. A box that only groups others for the drawing is no unit: what is below it
// hangs on the unit above.
func (w *chart) unit(n node, above string, depth int) {
	if n.object == nil || depth > maxNested {
		return
	}
	if len(w.rows) >= maxUnits {
		w.many = true
		return
	}
	row := Row{
		Key: n.first("key", "id", "uri.uri", "uri"), Parent: n.first("parent", "parent_id", "parentId", "parentKey"), Name: n.first("name", "title", "bezeichnung"), Short: n.first("short", "short_name", "altName", "altNames", "code"),
		Type: n.first("type", "art"), Level: n.first("level", "ebene"), Fields: map[string]string{},
	}
	for field, keys := range map[string][]string{
		"phone": {"phone", "telephone", "contact.telephone", "fields.phone"}, "email": {"email", "contact.email", "fields.email"}, "website": {"website", "homepage", "contact.website", "fields.website"},
		"room": {"room", "fields.room"}, "hours": {"hours", "fields.hours"}, "mandate": {"mandate", "purpose", "fields.mandate"},
	} {
		row.set(field, n.first(keys...))
	}
	if s := row.Fields["website"]; s != "" && !strings.Contains(s, "://") {
		row.Fields["website"] = "https://" + s
	}
	if row.Parent == "" {
		row.Parent = above
	}
	if row.Key == "" && row.Name != "" { // departments have no id: their place in the chart is their name
		row.Key = strings.TrimPrefix(above+"/"+markup.Slug(row.Name), "/")
	}
	row.Line = w.lineOf(n.at)
	if n.first("line") != "" {
		row.Line = atoi(n.first("line"))
	}
	if n.first("layout.style") == "hide" {
		row.leave("orga.row_group")
		row.Key = above
	}
	below := row.Key
	w.rows = append(w.rows, row)
	for _, sub := range n.units() {
		w.unit(sub, below, depth+1)
	}
}

// lineOf counts lines on from where it was: objects come in the order of the file, mostly.
func (w *chart) lineOf(offset int64) int {
	offset = min(offset, int64(len(w.text)))
	if offset < w.last {
		w.last, w.line = 0, 0
	}
	w.line += bytes.Count(w.text[w.last:offset], []byte("\n"))
	w.last = offset
	return w.line + 1
}

func atoi(s string) int {
	n := 0
	for _, r := range s {
		if r < '0' || r > '9' || n > 1<<24 {
			return 0
		}
		n = n*10 + int(r-'0')
	}
	return n
}
