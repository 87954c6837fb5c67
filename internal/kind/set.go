package kind

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// Source is a folder of declarations. Name stands before the file names in mistakes.
type Source struct {
	Name string
	FS   fs.FS
}

// Options are the names that Go offers to declarations. A nil map is not checked against.
type Options struct {
	Guards map[string]bool
	Panels map[string]bool
}

// Set is all kinds, relations and machines of a house. It never changes once loaded.
type Set struct {
	kinds     map[string]*Kind
	relations map[string]*Relation
	machines  map[string]*Machine
	sorted    []*Kind
	order     []*Relation
	known     Options
	hash      string
}

// Load reads the declarations of all sources. Later sources add to earlier ones and override them by key of
// kind, relation and machine; a kind with "extend: true" adds its sections, fields and relations to the earlier
// one. The error joins every mistake found, each a *Mistake with file and line.
func Load(sources ...Source) (*Set, error) { return Options{}.Load(sources...) }

// Load is Load with names of guards and panels to check against.
func (o Options) Load(sources ...Source) (*Set, error) {
	l := &loader{
		set:       &Set{known: o, kinds: map[string]*Kind{}, relations: map[string]*Relation{}, machines: map[string]*Machine{}},
		kinds:     map[string]*kindDecl{},
		relations: map[string]*relationDecl{},
		machines:  map[string]*machineDecl{},
	}
	for _, src := range sources {
		if err := l.read(src); err != nil {
			return nil, err
		}
	}
	l.link()
	if len(l.mistakes) > 0 {
		return nil, l.join()
	}
	return l.set, l.set.seal()
}

// loader collects declarations of all sources before they are judged together.
type loader struct {
	set       *Set
	kinds     map[string]*kindDecl
	relations map[string]*relationDecl
	machines  map[string]*machineDecl
	relOrder  []string
	mistakes  []*Mistake
}

func (l *loader) failAt(p place, format string, args ...any) {
	l.mistakes = append(l.mistakes, &Mistake{File: p.file, Line: p.line, Text: fmt.Sprintf(format, args...)})
}

func (l *loader) read(src Source) error {
	entries, err := fs.ReadDir(src.FS, ".")
	if err != nil {
		return fmt.Errorf("kind: read the folder %s: %w", src.Name, err)
	}
	var ds decls
	for _, e := range entries {
		ext := path.Ext(e.Name())
		if e.IsDir() || (ext != ".yaml" && ext != ".yml") || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		data, err := readBounded(src.FS, e.Name())
		if err != nil {
			return fmt.Errorf("kind: read %s: %w", path.Join(src.Name, e.Name()), err)
		}
		ds.file(path.Join(src.Name, e.Name()), data, &l.mistakes)
	}
	l.merge(ds)
	return nil
}

// file reads one file; its name tells a kind from shared definitions.
func (ds *decls) file(name string, data []byte, mistakes *[]*Mistake) {
	r := &reader{file: name, mistakes: mistakes}
	root := r.parse(data)
	if root == nil {
		return
	}
	if strings.HasPrefix(path.Base(name), "_") {
		ds.shared(r, root)
	} else {
		ds.kind(r, root)
	}
}

func readBounded(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile+1)) // parse refuses what is longer
}

// merge puts one source over the earlier ones. The same key twice in one source is a mistake.
func (l *loader) merge(ds decls) {
	kinds, relations, machines := map[string]place{}, map[string]place{}, map[string]place{}
	once := func(seen map[string]place, what, key string, at place) bool {
		if first, twice := seen[key]; twice {
			l.failAt(at, "%s %s is declared twice, first in %s:%d", what, key, first.file, first.line)
			return false
		}
		seen[key] = at
		return true
	}
	earlier := list(slices.Collect(maps.Keys(l.kinds)))
	for _, d := range ds.machines {
		if once(machines, "machine", d.Key, d.where) {
			l.machines[d.Key] = d
		}
	}
	for _, d := range ds.relations {
		if once(relations, "relation", d.Key, d.where) {
			if _, ok := l.relations[d.Key]; !ok {
				l.relOrder = append(l.relOrder, d.Key)
			}
			l.relations[d.Key] = d
		}
	}
	for _, d := range ds.kinds {
		if !once(kinds, "kind", d.Key, d.where) {
			continue
		}
		base, ok := l.kinds[d.Key]
		switch {
		case d.extend && !ok:
			l.failAt(d.where, "kind %s: extend: true, but no earlier folder has this kind; allowed: %s", d.Key, earlier)
		case d.extend:
			l.kinds[d.Key] = base.extended(d)
		default:
			l.kinds[d.Key] = d
		}
	}
}

// link ties the declarations together and runs the checks that need all of them.
func (l *loader) link() {
	for key, d := range l.machines {
		l.set.machines[key] = &d.Machine
	}
	for key, d := range l.relations {
		l.set.relations[key] = &d.Relation
	}
	for key, d := range l.kinds {
		if d.Machine == nil {
			d.Machine = l.set.machines[d.machine]
		}
		l.set.kinds[key] = &d.Kind
	}
	for _, d := range l.machines {
		d.check(l.set)
	}
	for _, d := range l.relations {
		d.check(l.set)
	}
	for _, d := range l.kinds {
		if d.Machine == nil && !d.said["machine"] {
			l.failAt(d.where, "kind %s: machine is missing and there is no machine %q; allowed: %s", d.Key, defaultMachine, list(l.set.machineKeys()))
		}
		for _, check := range d.checks {
			check(l.set, &d.Kind)
		}
		for _, sec := range d.Sections {
			if d.extend && sec.Label.DE == "" {
				l.failAt(d.where, "section %s: label is missing, at least in German: the extended kind has no section of this key", sec.Key)
			}
		}
		l.countRequired(d)
	}
	for _, key := range l.relOrder {
		l.set.order = append(l.set.order, l.set.relations[key])
	}
}

// maxRequired counts required fields beside the title: capturing must be quick.
const maxRequired = 2

func (l *loader) countRequired(d *kindDecl) {
	n := 0
	for _, f := range d.AllFields() {
		if f.Required {
			n++
		}
		if f.Required && n > maxRequired {
			l.failAt(d.fields[f.Key], "kind %s: field %s is one required field too many: with the title at most three; use required_for: [state] to ask for it later", d.Key, f.Key)
		}
	}
}

// join makes one error of all mistakes, in the order of files and lines, each said once.
func (l *loader) join() error {
	slices.SortFunc(l.mistakes, func(a, b *Mistake) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Text, b.Text))
	})
	var all []error
	seen := map[Mistake]bool{}
	for _, m := range l.mistakes {
		if !seen[*m] {
			seen[*m] = true
			all = append(all, m)
		}
	}
	return errors.Join(all...)
}

// seal sorts and hashes a set that has no mistakes.
func (s *Set) seal() error {
	s.sorted = slices.SortedFunc(maps.Values(s.kinds), func(a, b *Kind) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Key, b.Key))
	})
	type plain Kind // without its source: where a kind was read from does not change what it is
	parts := make([]any, 0, len(s.sorted)+len(s.order))
	for _, k := range s.sorted {
		p := plain(*k)
		p.Source = ""
		parts = append(parts, p)
	}
	for _, r := range s.order {
		parts = append(parts, r)
	}
	data, err := json.Marshal(parts)
	if err != nil {
		return fmt.Errorf("kind: hash the declarations: %w", err)
	}
	sum := sha256.Sum256(data)
	s.hash = hex.EncodeToString(sum[:])
	return nil
}

// Hash changes when anything that kinds, relations or machines in use say changes.
func (s *Set) Hash() string { return s.hash }

// Kind finds a kind.
func (s *Set) Kind(key string) (*Kind, bool) {
	k, ok := s.kinds[key]
	return k, ok
}

// KindOrMissing finds a kind, or makes a stand-in for one that lost its file: its pages stay readable.
func (s *Set) KindOrMissing(key string) *Kind {
	if k, ok := s.kinds[key]; ok {
		return k
	}
	name := Text{DE: key, EN: key}
	m, ok := s.machines[defaultMachine]
	if !ok {
		published := State{Key: "published", Label: name}
		m = &Machine{Key: defaultMachine, States: []State{published}}
	}
	return &Kind{Key: key, Order: defaultOrder, Group: defaultGroup, Label: name, Plural: name, New: name, Machine: m, Missing: true}
}

// Kinds gives all kinds by order, then key.
func (s *Set) Kinds() []*Kind { return slices.Clone(s.sorted) }

// Machine finds a shared machine.
func (s *Set) Machine(key string) (*Machine, bool) {
	m, ok := s.machines[key]
	return m, ok
}

// Relation finds a relation.
func (s *Set) Relation(key string) (*Relation, bool) {
	r, ok := s.relations[key]
	return r, ok
}

// Relations gives all relations in the order of their declaration.
func (s *Set) Relations() []*Relation { return slices.Clone(s.order) }

// RelationsFor gives the relations that the form of a kind offers, in the order of the kind.
func (s *Set) RelationsFor(kind string) []*Relation {
	out := []*Relation{}
	if k, ok := s.kinds[kind]; ok {
		for _, key := range k.Relations {
			out = append(out, s.relations[key])
		}
	}
	return out
}

func (s *Set) kindKeys() []string     { return slices.Collect(maps.Keys(s.kinds)) }
func (s *Set) relationKeys() []string { return slices.Collect(maps.Keys(s.relations)) }
func (s *Set) machineKeys() []string  { return slices.Collect(maps.Keys(s.machines)) }

func trueKeys(m map[string]bool) []string {
	var out []string
	for k, v := range m {
		if v {
			out = append(out, k)
		}
	}
	return out
}
