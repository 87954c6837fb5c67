package store

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"lernraum/internal/page"
)

// decodeHead reads what headJSON wrote.
func decodeHead(s string) (page.Page, error) {
	r := reader{s: s}
	p := r.head()
	if r.bad {
		return page.Page{}, fmt.Errorf("head of page: %w", errText)
	}
	return p, nil
}

func (r *reader) head() page.Page {
	r.open('[')
	p := page.Page{
		ID: page.ID(r.text()), Kind: r.text(), Space: r.text(), Slug: r.text(), Title: r.text(), Summary: r.text(),
		Lang: r.text(), Owner: r.text(), State: r.text(), Statement: r.text(), ReviewDue: r.time(),
		ConfirmedAt: r.time(), ConfirmedRole: r.text(), Revision: int(r.int()), CreatedAt: r.time(),
		UpdatedAt: r.time(), Draft: r.bit(), Archived: r.bit(),
	}
	if !r.close(']') {
		r.bad = true
	}
	return p
}

// encodeHead writes the head of a revision in the same form.
func encodeHead(p page.Page) (string, error) {
	return encode([]any{
		p.ID, p.Kind, p.Space, p.Slug, p.Title, p.Summary, p.Lang, p.Owner, p.State, p.Statement,
		millis(p.ReviewDue), millis(p.ConfirmedAt), p.ConfirmedRole, p.Revision, millis(p.CreatedAt),
		millis(p.UpdatedAt), bit(p.Draft), bit(p.Archived),
	})
}

// encodeCard writes what a link to a page shows, to stand behind what encodeShown wrote. The first value sorts.
func encodeCard(p page.Page, sort []byte) (string, error) {
	s, err := encode([]any{
		hex.EncodeToString(sort[:min(len(sort), maxCardSort)]), p.ID, p.Kind, p.Space, p.Slug, p.Title, p.Summary, p.State,
		bit(p.Draft), bit(p.Archived),
	})
	return strings.TrimPrefix(s, "["), err
}

// encodeShown writes a link up to the page it leads to. A link that leads nowhere ends there.
func encodeShown(ord int, l page.Link) (string, error) {
	s, err := encode([]any{ord, l.Type, l.Key, l.Ref})
	return strings.TrimSuffix(s, "]") + ",", err
}

// detail is what a page has beside its head and body.
type detail struct {
	Fields    page.Fields    `json:"f,omitempty"`
	Relations [][2]string    `json:"r,omitempty"`
	Tags      []string       `json:"t,omitempty"`
	Extra     map[string]any `json:"x,omitempty"`
}

func encodeDetail(p page.Page) (string, error) {
	d := detail{Fields: p.Fields, Tags: p.Tags, Extra: p.Extra}
	for _, rel := range p.Relations {
		d.Relations = append(d.Relations, [2]string{rel.Key, rel.Ref})
	}
	s, err := encode(d)
	if err != nil {
		return "", fmt.Errorf("fields of page %s: %w", p.ID, err)
	}
	return s, nil
}

func decodeDetail(s string, p *page.Page) error {
	r := reader{s: s}
	for r.open('{'); !r.bad && !r.close('}'); {
		switch r.text() {
		case "f":
			p.Fields = r.object()
		case "r":
			for r.open('['); !r.bad && !r.close(']'); {
				r.open('[')
				p.Relations = append(p.Relations, page.Relation{Key: r.text(), Ref: r.text()})
				if !r.close(']') {
					r.bad = true
				}
			}
		case "t":
			p.Tags = r.texts()
		case "x":
			r.exact = true
			p.Extra = r.object()
			r.exact = false
		default:
			r.value()
		}
	}
	if r.bad {
		return fmt.Errorf("fields of page %s: %w", p.ID, errText)
	}
	return nil
}

func encodeHeadings(list []page.Heading) (string, error) {
	flat := make([][3]any, len(list))
	for i, h := range list {
		flat[i] = [3]any{h.Level, h.ID, h.Text}
	}
	return encode(flat)
}

func decodeHeadings(s string) ([]page.Heading, error) {
	r := reader{s: s}
	var list []page.Heading
	for r.open('['); !r.bad && !r.close(']'); {
		r.open('[')
		list = append(list, page.Heading{Level: int(r.int()), ID: r.text(), Text: r.text()})
		if !r.close(']') {
			r.bad = true
		}
	}
	if r.bad {
		return nil, fmt.Errorf("headings: %w", errText)
	}
	return list, nil
}

// encodeTexts writes the HTML of fields; an empty map is "{}".
func encodeTexts(m map[string]string) (string, error) {
	if len(m) == 0 {
		return "{}", nil
	}
	return encode(m)
}

func decodeTexts(s string) (map[string]string, error) {
	r := reader{s: s}
	m := map[string]string{}
	for r.open('{'); !r.bad && !r.close('}'); {
		k := r.text()
		m[k] = r.text()
	}
	if r.bad {
		return nil, fmt.Errorf("texts of fields: %w", errText)
	}
	return m, nil
}

// maxFieldValue is the longest value that filters and sorting know.
const maxFieldValue = 200

type fieldValue struct {
	key, value string
	ord        int
	sort       []byte
}

// fieldValues gives the short values of top-level fields, in a fixed order.
func (s *Store) fieldValues(fields page.Fields) []fieldValue {
	var out []fieldValue
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		add := func(ord int, v any) {
			var value string
			var sort []byte
			switch v := v.(type) {
			case string:
				if v == "" || len(v) > maxFieldValue {
					return
				}
				value, sort = v, s.sort.textKey(v)
			case bool, json.Number:
				value = fmt.Sprint(v)
				sort = s.sort.textKey(value)
			case float64:
				value, sort = fmt.Sprint(v), numberKey(v)
			case int:
				value, sort = fmt.Sprint(v), numberKey(float64(v))
			default:
				return
			}
			out = append(out, fieldValue{key: key, value: value, ord: ord, sort: sort})
		}
		switch v := fields[key].(type) {
		case []string:
			for i, one := range v {
				add(i, one)
			}
		case []any:
			for i, one := range v {
				add(i, one)
			}
		default:
			add(0, v)
		}
	}
	return out
}
