package kind

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// types lists the field types with what a declaration of each may say beside what all may say.
var types = map[Type]struct{ many, column, filter, alias bool }{
	TypeText:     {many: true, column: true, alias: true},
	TypeMarkdown: {},
	TypeDate:     {column: true},
	TypeChoice:   {many: true, column: true, filter: true},
	TypeNumber:   {column: true},
	TypeDuration: {column: true},
	TypeURL:      {many: true, column: true},
	TypeEmail:    {many: true, column: true},
	TypePhone:    {many: true, column: true},
	TypePage:     {many: true, column: true, filter: true},
	TypeList:     {},
}

// reservedFields are names that links use for the envelope.
var reservedFields = []string{"owner"}

// field reads one field. Inside a list's record (inner) only what makes sense there is allowed.
func (d *kindDecl) field(r *reader, n *yaml.Node, section string, inner bool) (Field, bool) {
	var f Field
	what := "field"
	if key := scalarOf(n, "key"); key != "" {
		what = "field " + key
	}
	lines := map[string]*yaml.Node{} // where each thing said stands
	said := func(key string, read func(v *yaml.Node)) func(v *yaml.Node) {
		return func(v *yaml.Node) { lines[key] = v; read(v) }
	}
	flag := func(key string, to *bool) func(v *yaml.Node) {
		return said(key, func(v *yaml.Node) { *to = r.boolean(v, what+": "+key) })
	}
	known := keys{
		"key":       said("key", func(v *yaml.Node) { f.Key = r.key(v, "field") }),
		"type":      said("type", func(v *yaml.Node) { f.Type = Type(r.str(v, what+": type")) }),
		"label":     func(v *yaml.Node) { f.Label = r.text(v, what+": label") },
		"help":      func(v *yaml.Node) { f.Help = r.text(v, what+": help") },
		"required":  flag("required", &f.Required),
		"many":      flag("many", &f.Many),
		"all":       flag("all", &f.All),
		"choices":   said("choices", func(v *yaml.Node) { f.Choices = choices(r, v, what) }),
		"unit":      said("unit", func(v *yaml.Node) { f.Unit = r.text(v, what+": unit") }),
		"precision": said("precision", func(v *yaml.Node) { f.Precision = r.str(v, what+": precision") }),
		"kinds":     said("kinds", func(v *yaml.Node) { f.Kinds = r.names(v, what+": kinds") }),
		"fields": said("fields", func(v *yaml.Node) {
			if inner {
				return // said below
			}
			for _, item := range r.items(v, what+": fields") {
				if sub, ok := d.field(r, item, section, true); ok {
					if slices.ContainsFunc(f.Fields, func(o Field) bool { return o.Key == sub.Key }) {
						r.fail(item, "%s: two fields of the record have the key %q", what, sub.Key)
						continue
					}
					f.Fields = append(f.Fields, sub)
				}
			}
		}),
	}
	if !inner {
		known["required_for"] = said("required_for", func(v *yaml.Node) { f.RequiredFor = r.names(v, what+": required_for") })
		known["frozen_in"] = said("frozen_in", func(v *yaml.Node) { f.FrozenIn = r.names(v, what+": frozen_in") })
		known["column"] = flag("column", &f.Column)
		known["filter"] = flag("filter", &f.Filter)
		known["alias"] = flag("alias", &f.Alias)
		known["contact"] = flag("contact", &f.Contact)
	}
	if inner {
		what = "record " + what
	}
	if !r.mapping(n, what, known) {
		return f, false
	}
	if f.Key == "" {
		if !hasKey(n, "key") {
			r.fail(n, "%s: key is missing", what)
		}
		return f, false
	}
	if !inner && slices.Contains(reservedFields, f.Key) {
		r.fail(lines["key"], "field %s: this key belongs to the envelope of every page, choose another", f.Key)
	}
	r.need(n, what, f.Label, "label")
	d.fieldShape(r, n, what, &f, inner, lines)
	d.crossCheck(r, what, f, lines)
	return f, true
}

// fieldShape checks that what a field says goes with its type.
func (d *kindDecl) fieldShape(r *reader, n *yaml.Node, what string, f *Field, inner bool, lines map[string]*yaml.Node) {
	may, ok := types[f.Type]
	if !ok {
		names := make([]string, 0, len(types))
		for t := range types {
			names = append(names, string(t))
		}
		if v := lines["type"]; v != nil {
			r.fail(v, "%s: unknown type %q; allowed: %s", what, f.Type, list(names))
		} else {
			r.fail(n, "%s: type is missing; allowed: %s", what, list(names))
		}
		return
	}
	only := func(key string, fits bool, where string) {
		if v := lines[key]; v != nil && !fits {
			r.fail(v, "%s: %s goes only with %s, not with type %s", what, key, where, f.Type)
		}
	}
	only("many", may.many, "the types "+having(func(t Type) bool { return types[t].many }))
	only("column", may.column, "the types "+having(func(t Type) bool { return types[t].column }))
	only("filter", may.filter, "the types "+having(func(t Type) bool { return types[t].filter }))
	only("alias", may.alias, "type text")
	only("choices", f.Type == TypeChoice, "type choice")
	only("all", f.Type == TypeChoice && f.Many, "type choice and many: true")
	only("unit", f.Type == TypeNumber, "type number")
	only("precision", f.Type == TypeDate, "type date")
	only("kinds", f.Type == TypePage, "type page")
	if f.Type == TypeChoice && len(f.Choices) == 0 {
		r.fail(n, "%s: a choice needs choices: [{key: …, label: {de: …}}, …]", what)
	}
	if v := lines["precision"]; v != nil && f.Precision != "day" && f.Precision != "any" {
		r.fail(v, "%s: unknown precision %q; allowed: any, day", what, f.Precision)
	}
	switch {
	case inner && f.Type == TypeList:
		r.fail(n, "%s: a list inside a list is not allowed", what)
	case inner && lines["fields"] != nil:
		r.fail(lines["fields"], "%s: fields go only with type list", what)
	case f.Type == TypeList && len(f.Fields) == 0:
		r.fail(n, "%s: a list needs fields for its records", what)
	default:
		only("fields", f.Type == TypeList, "type list")
	}
}

// crossCheck leaves checks that need the whole set or the kind's machine.
func (d *kindDecl) crossCheck(r *reader, what string, f Field, lines map[string]*yaml.Node) {
	if v := lines["kinds"]; v != nil {
		d.check(func(s *Set, _ *Kind) {
			for _, k := range f.Kinds {
				if _, ok := s.kinds[k]; !ok {
					r.fail(v, "%s: unknown kind %q; allowed: %s", what, k, list(s.kindKeys()))
				}
			}
		})
	}
	for key, states := range map[string][]string{"required_for": f.RequiredFor, "frozen_in": f.FrozenIn} {
		v := lines[key]
		if v == nil {
			continue
		}
		d.check(func(_ *Set, k *Kind) {
			for _, st := range states {
				if k.Machine == nil {
					return
				}
				if _, ok := k.Machine.State(st); !ok {
					r.fail(v, "%s: %s: unknown state %q; allowed: %s", what, key, st, list(k.Machine.stateKeys()))
				}
			}
		})
	}
}

func choices(r *reader, n *yaml.Node, what string) []Choice {
	var out []Choice
	for _, item := range r.items(n, what+": choices") {
		var c Choice
		if !r.mapping(item, what+": choice", keys{
			"key":   func(v *yaml.Node) { c.Key = r.str(v, what+": choice key") },
			"label": func(v *yaml.Node) { c.Label = r.text(v, what+": choice label") },
			"help":  func(v *yaml.Node) { c.Help = r.text(v, what+": choice help") },
		}) {
			continue
		}
		r.need(item, what+": choice "+c.Key, c.Label, "label")
		switch {
		case !choicePattern.MatchString(c.Key) || len(c.Key) > maxKey:
			r.fail(item, "%s: choice %q: a key is in snake_case: small letters a to z, digits, single underscores", what, c.Key)
		case slices.ContainsFunc(out, func(o Choice) bool { return o.Key == c.Key }):
			r.fail(item, "%s: two choices have the key %q", what, c.Key)
		default:
			out = append(out, c)
		}
	}
	return out
}

func having(f func(Type) bool) string {
	var out []string
	for t := range types {
		if f(t) {
			out = append(out, string(t))
		}
	}
	return list(out)
}

// scalarOf peeks at a key of a mapping, for the words of a message.
func scalarOf(n *yaml.Node, key string) string {
	if n.Kind != yaml.MappingNode {
		return ""
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key && n.Content[i+1].Kind == yaml.ScalarNode {
			return strings.TrimSpace(n.Content[i+1].Value)
		}
	}
	return ""
}
