package api

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"lernraum/internal/errs"
)

// maxFindings bounds how many mistakes one answer names.
const maxFindings = 50

// checker compares what was sent with a schema and collects what is wrong.
type checker struct {
	book book
	bad  []errs.Field
}

func (c *checker) add(path, key string, args ...any) {
	if len(c.bad) < maxFindings {
		c.bad = append(c.bad, errs.Field{Name: path, Msg: errs.Msg(key, args...)})
	}
}

func (c *checker) check(s *Schema, v any, path string) {
	s = c.book.resolve(s)
	if s.Type == "" {
		return
	}
	ok := false
	switch v := v.(type) {
	case string:
		if ok = s.Type == "string"; ok {
			c.text(s, v, path)
		}
	case bool:
		ok = s.Type == "boolean"
	case json.Number:
		if ok = s.Type == "number" || s.Type == "integer"; ok {
			c.number(s, v, path)
		}
	case []any:
		if ok = s.Type == "array"; !ok {
			break
		}
		if s.MaxItems > 0 && len(v) > s.MaxItems {
			c.add(path, "api.value_many", "Max", s.MaxItems)
			return
		}
		for i, one := range v {
			c.check(s.Items, one, join(path, strconv.Itoa(i)))
		}
	case map[string]any:
		if ok = s.Type == "object"; ok {
			c.object(s, v, path)
		}
	}
	if !ok {
		c.add(path, "api.value_type", "Want", s.Type)
	}
}

func (c *checker) object(s *Schema, v map[string]any, path string) {
	for _, p := range s.Properties {
		one, there := v[p.Name]
		switch {
		case there:
			c.check(p.Schema, one, join(path, p.Name))
		case p.Required:
			c.add(join(path, p.Name), "api.value_missing")
		}
	}
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		switch {
		case s.property(name) != nil:
		case s.Values != nil:
			c.check(s.Values, v[name], join(path, name))
		case s.Closed:
			c.add(join(path, name), "api.value_unknown")
		}
	}
}

func (c *checker) text(s *Schema, v, path string) {
	n := utf8.RuneCountInString(v)
	switch {
	case n < s.MinLength:
		c.add(path, "api.value_missing")
	case s.MaxLength > 0 && n > s.MaxLength:
		c.add(path, "api.value_long", "Max", s.MaxLength)
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, v):
		c.add(path, "api.value_enum", "Values", strings.Join(s.Enum, ", "))
	case s.Format == "date":
		if _, err := time.Parse(time.DateOnly, v); err != nil {
			c.add(path, "api.value_date")
		}
	case s.Format == "date-time":
		if _, err := readTime(v); err != nil {
			c.add(path, "api.value_time")
		}
	}
}

func (c *checker) number(s *Schema, v json.Number, path string) {
	f, err := v.Float64()
	switch {
	case err != nil:
		c.add(path, "api.value_type", "Want", s.Type)
	case s.Type == "integer" && (f != math.Trunc(f) || strings.ContainsAny(v.String(), ".eE")):
		c.add(path, "api.value_type", "Want", s.Type)
	case s.Minimum != nil && f < *s.Minimum, s.Maximum != nil && f > *s.Maximum:
		low, high := math.Inf(-1), math.Inf(1)
		if s.Minimum != nil {
			low = *s.Minimum
		}
		if s.Maximum != nil {
			high = *s.Maximum
		}
		c.add(path, "api.value_range", "Min", low, "Max", high)
	}
}

// readTime reads a moment, or a day as its beginning.
func readTime(s string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339, s)
}
