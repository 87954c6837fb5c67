package kind

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// Groups are the entrances a kind can stand in, in their order.
func Groups() []string {
	return []string{"contacts", "processes", "tools", "learning", "projects", "knowledge"}
}

// Defaults of a kind that says nothing.
const (
	defaultMachine = "page"
	defaultGroup   = "knowledge"
	defaultOrder   = 1000
)

// kindDecl is a kind as one file declares it, with what is needed to judge it once everything is read.
type kindDecl struct {
	Kind
	extend  bool            // adds to the kind of an earlier source instead of taking its place
	said    map[string]bool // top-level keys the file gives
	machine string          // key of the machine, when it is not given in place
	fields  map[string]place
	where   place
	checks  []func(*Set, *Kind) // checks that need all declarations
}

func (d *kindDecl) check(f func(*Set, *Kind)) { d.checks = append(d.checks, f) }

// decls is all that one source declares.
type decls struct {
	kinds     []*kindDecl
	relations []*relationDecl
	machines  []*machineDecl
}

// shared reads a file of relations and machines.
func (ds *decls) shared(r *reader, n *yaml.Node) {
	r.mapping(n, "shared definitions", keys{
		"relations": func(v *yaml.Node) {
			for _, item := range r.items(v, "relations") {
				if rel, ok := relation(r, item); ok {
					ds.relations = append(ds.relations, rel)
				}
			}
		},
		"machines": func(v *yaml.Node) {
			for _, item := range r.items(v, "machines") {
				if m, ok := machine(r, item, ""); ok {
					ds.machines = append(ds.machines, m)
				}
			}
		},
	})
}

// kind reads the file of one kind.
func (ds *decls) kind(r *reader, n *yaml.Node) {
	d := &kindDecl{said: map[string]bool{}, fields: map[string]place{}, where: r.at(n)}
	d.Source, d.Group, d.Order = r.file, defaultGroup, defaultOrder
	what := "kind"
	if key := scalarOf(n, "key"); key != "" {
		what = "kind " + key
	}
	said := func(key string, read func(v *yaml.Node)) func(v *yaml.Node) {
		return func(v *yaml.Node) { d.said[key] = true; read(v) }
	}
	text := func(key string, to *Text) func(v *yaml.Node) {
		return said(key, func(v *yaml.Node) { *to = r.text(v, what+": "+key) })
	}
	d.machine = defaultMachine
	ok := r.mapping(n, what, keys{
		"key":     said("key", func(v *yaml.Node) { d.Key = r.key(v, "kind") }),
		"extend":  func(v *yaml.Node) { d.extend = r.boolean(v, what+": extend") },
		"order":   said("order", func(v *yaml.Node) { d.Order = r.integer(v, what+": order", 0, 1_000_000) }),
		"group":   said("group", func(v *yaml.Node) { d.group(r, v, what) }),
		"label":   text("label", &d.Label),
		"plural":  text("plural", &d.Plural),
		"new":     text("new", &d.New),
		"help":    text("help", &d.Help),
		"example": text("example", &d.Example),
		"review_months": said("review_months", func(v *yaml.Node) {
			d.ReviewMonths = r.integer(v, what+": review_months", 0, 120)
		}),
		"machine":     said("machine", func(v *yaml.Node) { d.readMachine(r, v, what) }),
		"panels":      said("panels", func(v *yaml.Node) { d.readPanels(r, v, what) }),
		"unique_slug": said("unique_slug", func(v *yaml.Node) { d.UniqueSlug = r.boolean(v, what+": unique_slug") }),
		"sections":    said("sections", func(v *yaml.Node) { d.readSections(r, v) }),
		"body":        said("body", func(v *yaml.Node) { d.readBody(r, v, what) }),
		"relations":   said("relations", func(v *yaml.Node) { ds.kindRelations(r, v, d, what) }),
	})
	if !ok {
		return
	}
	if d.Key == "" {
		if !d.said["key"] {
			r.fail(n, "kind: key is missing; a file that only shares relations or machines has a name that begins with _")
		}
		return
	}
	if !d.extend {
		r.need(n, what, d.Label, "label")
	}
	if !d.said["plural"] {
		d.Plural = d.Label
	}
	if !d.said["new"] {
		d.New = d.Label
	}
	ds.kinds = append(ds.kinds, d)
}

func (d *kindDecl) group(r *reader, v *yaml.Node, what string) {
	d.Group = r.str(v, what+": group")
	if !slices.Contains(Groups(), d.Group) {
		r.fail(v, "%s: unknown group %q; allowed: %s", what, d.Group, list(Groups()))
	}
}

func (d *kindDecl) readMachine(r *reader, v *yaml.Node, what string) {
	if v.Kind == yaml.MappingNode {
		if m, ok := machine(r, v, d.Key); ok {
			d.Machine, d.machine = &m.Machine, ""
			d.check(func(s *Set, _ *Kind) { m.check(s) })
		}
		return
	}
	d.machine = r.str(v, what+": machine")
	d.check(func(s *Set, k *Kind) {
		if k.Machine == nil {
			r.fail(v, "%s: unknown machine %q; allowed: %s, or states and transitions in place", what, d.machine, list(s.machineKeys()))
		}
	})
}

func (d *kindDecl) readPanels(r *reader, v *yaml.Node, what string) {
	d.Panels = r.names(v, what+": panels")
	d.check(func(s *Set, _ *Kind) {
		for _, p := range d.Panels {
			if s.known.Panels != nil && !s.known.Panels[p] {
				r.fail(v, "%s: unknown panel %q; allowed: %s", what, p, list(trueKeys(s.known.Panels)))
			}
		}
	})
}

func (d *kindDecl) readBody(r *reader, v *yaml.Node, what string) {
	r.mapping(v, what+": body", keys{
		"label":    func(v *yaml.Node) { d.BodyLabel = r.text(v, what+": body label") },
		"help":     func(v *yaml.Node) { d.BodyHelp = r.text(v, what+": body help") },
		"template": func(v *yaml.Node) { d.Template = r.text(v, what+": body template") },
		"first":    func(v *yaml.Node) { d.BodyFirst = r.boolean(v, what+": body first") },
	})
}

func (d *kindDecl) readSections(r *reader, n *yaml.Node) {
	for _, item := range r.items(n, "sections") {
		var s Section
		var inner []*yaml.Node
		what := "section " + scalarOf(item, "key")
		if !r.mapping(item, what, keys{
			"key":    func(v *yaml.Node) { s.Key = r.key(v, "section") },
			"label":  func(v *yaml.Node) { s.Label = r.text(v, what+": label") },
			"help":   func(v *yaml.Node) { s.Help = r.text(v, what+": help") },
			"fields": func(v *yaml.Node) { inner = r.items(v, what+": fields") },
		}) {
			continue
		}
		if !hasKey(item, "key") {
			r.fail(item, "section: key is missing")
		}
		if slices.ContainsFunc(d.Sections, func(o Section) bool { return o.Key == s.Key }) {
			r.fail(item, "two sections have the key %q", s.Key)
			continue
		}
		if !d.extend {
			r.need(item, what, s.Label, "label")
		}
		if len(inner) == 0 {
			r.fail(item, "%s: fields are missing", what)
		}
		for _, fn := range inner {
			f, ok := d.field(r, fn, s.Key, false)
			if !ok {
				continue
			}
			if first, twice := d.fields[f.Key]; twice {
				r.fail(fn, "field %s: the kind has this field already, in line %d", f.Key, first.line)
				continue
			}
			d.fields[f.Key] = r.at(fn)
			s.Fields = append(s.Fields, f)
		}
		d.Sections = append(d.Sections, s)
	}
}

// kindRelations reads the relations a kind offers: keys, or new ones in place.
func (ds *decls) kindRelations(r *reader, n *yaml.Node, d *kindDecl, what string) {
	for _, item := range r.items(n, what+": relations") {
		key := item.Value
		if item.Kind == yaml.MappingNode {
			rel, ok := relation(r, item)
			if !ok {
				continue
			}
			ds.relations = append(ds.relations, rel)
			key = rel.Key
		} else if key = r.str(item, what+": relations"); key == "" {
			continue
		}
		if slices.Contains(d.Relations, key) {
			r.fail(item, "%s: relation %q stands there twice", what, key)
			continue
		}
		d.Relations = append(d.Relations, key)
		d.check(func(s *Set, _ *Kind) {
			if _, ok := s.relations[key]; !ok {
				r.fail(item, "%s: unknown relation %q; allowed: %s, or a new one in place: {key: …, out: {de: …}, in: {de: …}}", what, key, list(s.relationKeys()))
			}
		})
	}
}
