package api

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Schema is a JSON Schema of draft 2020-12, as far as the API needs one. It is made from Go types, describes bodies
// and parameters in the OpenAPI document, and is what requests are checked against.
type Schema struct {
	Ref         string
	Type        string // "" takes any value
	Nullable    bool
	Doc         string // end of the key of its description in the catalogue
	Format      string
	Enum        []string
	MinLength   int
	MaxLength   int // 0: no bound
	Minimum     *float64
	Maximum     *float64
	Default     any
	Items       *Schema
	MaxItems    int
	Properties  []Property
	Values      *Schema // of an object whose names are free
	Free        bool    // an object with any content
	Closed      bool    // unknown names are refused
	description string  // in the language of the document
}

// Property is one named value of an object, in the order of its Go type.
type Property struct {
	Name     string
	Required bool
	Schema   *Schema
}

func (s *Schema) property(name string) *Schema {
	for i := range s.Properties {
		if s.Properties[i].Name == name {
			return s.Properties[i].Schema
		}
	}
	return nil
}

// MarshalJSON writes the schema as the document holds it.
func (s *Schema) MarshalJSON() ([]byte, error) {
	m := map[string]any{}
	if s.Ref != "" {
		if s.Nullable {
			m["anyOf"] = []any{map[string]any{"$ref": s.Ref}, map[string]any{"type": "null"}}
		} else {
			m["$ref"] = s.Ref
		}
	}
	switch {
	case s.Type != "" && s.Nullable:
		m["type"] = []string{s.Type, "null"}
	case s.Type != "":
		m["type"] = s.Type
	}
	set := func(name string, v any, there bool) {
		if there {
			m[name] = v
		}
	}
	set("description", s.description, s.description != "")
	set("format", s.Format, s.Format != "")
	set("enum", s.Enum, len(s.Enum) > 0)
	set("minLength", s.MinLength, s.MinLength > 0)
	set("maxLength", s.MaxLength, s.MaxLength > 0)
	set("minimum", s.Minimum, s.Minimum != nil)
	set("maximum", s.Maximum, s.Maximum != nil)
	set("default", s.Default, s.Default != nil)
	set("items", s.Items, s.Items != nil)
	set("maxItems", s.MaxItems, s.MaxItems > 0)
	if len(s.Properties) > 0 {
		props, required := map[string]*Schema{}, []string{}
		for _, p := range s.Properties {
			props[p.Name] = p.Schema
			if p.Required {
				required = append(required, p.Name)
			}
		}
		m["properties"] = props
		set("required", required, len(required) > 0)
	}
	switch {
	case s.Values != nil:
		m["additionalProperties"] = s.Values
	case s.Closed:
		m["additionalProperties"] = false
	case s.Free:
		m["additionalProperties"] = true
	}
	return json.Marshal(m)
}

// book makes schemas of Go types and keeps those that have a name.
type book map[string]*Schema

const refPrefix = "#/components/schemas/"

// of gives the schema of a type. What is sent to us is closed; in answers every property is always there.
func (b book) of(t reflect.Type, sent bool) *Schema {
	switch t {
	case reflect.TypeFor[time.Time]():
		return &Schema{Type: "string", Format: "date-time"}
	case reflect.TypeFor[json.Number]():
		return &Schema{Type: "number"}
	}
	switch t.Kind() {
	case reflect.String:
		return &Schema{Type: "string"}
	case reflect.Bool:
		return &Schema{Type: "boolean"}
	case reflect.Int, reflect.Int64:
		return &Schema{Type: "integer"}
	case reflect.Float64:
		return &Schema{Type: "number"}
	case reflect.Pointer:
		s := *b.of(t.Elem(), sent)
		s.Nullable = !sent
		return &s
	case reflect.Slice:
		return &Schema{Type: "array", Items: b.of(t.Elem(), sent)}
	case reflect.Map:
		if t.Elem().Kind() == reflect.Interface {
			return &Schema{Type: "object", Free: true}
		}
		return &Schema{Type: "object", Values: b.of(t.Elem(), sent)}
	case reflect.Struct:
		if b[t.Name()] == nil {
			s := &Schema{Type: "object", Closed: sent}
			b[t.Name()] = s // before its properties: a type may hold itself
			s.Properties = b.properties(t, sent)
		}
		return &Schema{Ref: refPrefix + t.Name()}
	}
	return &Schema{}
}

func (b book) properties(t reflect.Type, sent bool) []Property {
	var out []Property
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			out = append(out, b.properties(f.Type, sent)...)
			continue
		}
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		s := b.of(f.Type, sent)
		s.Doc = name
		required := !sent && opts != "omitempty"
		for _, rule := range strings.Split(f.Tag.Get("api"), ",") {
			key, value, _ := strings.Cut(rule, "=")
			switch key {
			case "required":
				required = true
			case "doc":
				s.Doc = value
			case "format":
				s.Format = value
			case "enum":
				s.Enum = strings.Split(value, "|")
			case "min":
				s.MinLength = number(value)
			case "max":
				s.MaxLength = number(value)
			case "items":
				s.MaxItems = number(value)
			case "itemmax":
				s.Items.MaxLength = number(value)
			}
		}
		out = append(out, Property{Name: name, Required: required, Schema: s})
	}
	return out
}

func number(s string) int {
	n, _ := strconv.Atoi(s) // of a tag; a test reads every one
	return n
}

// resolve follows a reference.
func (b book) resolve(s *Schema) *Schema {
	if s.Ref == "" {
		return s
	}
	return b[strings.TrimPrefix(s.Ref, refPrefix)]
}

// names lists the named schemas in order.
func (b book) names() []string {
	out := make([]string, 0, len(b))
	for name := range b {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
