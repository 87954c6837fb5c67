package kind

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// relationDecl is a relation as a file declares it.
type relationDecl struct {
	Relation
	where place
	check func(*Set)
}

func relation(r *reader, n *yaml.Node) (*relationDecl, bool) {
	d := &relationDecl{where: r.at(n), check: func(*Set) {}}
	what := "relation " + scalarOf(n, "key")
	if !r.mapping(n, what, keys{
		"key":       func(v *yaml.Node) { d.Key = r.key(v, "relation") },
		"out":       func(v *yaml.Node) { d.Out = r.text(v, what+": out") },
		"in":        func(v *yaml.Node) { d.In = r.text(v, what+": in") },
		"help":      func(v *yaml.Node) { d.Help = r.text(v, what+": help") },
		"symmetric": func(v *yaml.Node) { d.Symmetric = r.boolean(v, what+": symmetric") },
		"targets": func(v *yaml.Node) {
			d.Targets = r.names(v, what+": targets")
			d.check = func(s *Set) {
				for _, t := range d.Targets {
					if _, ok := s.kinds[t]; !ok {
						r.fail(v, "%s: targets: unknown kind %q; allowed: %s", what, t, list(s.kindKeys()))
					}
				}
			}
		},
	}) {
		return d, false
	}
	if d.Key == "" {
		if !hasKey(n, "key") {
			r.fail(n, "relation: key is missing")
		}
		return d, false
	}
	r.need(n, what, d.Out, "out")
	if d.Symmetric {
		if d.In == (Text{}) {
			d.In = d.Out
		} else if d.In != d.Out {
			r.fail(n, "%s: a symmetric relation has the same name at both ends", what)
		}
	} else {
		r.need(n, what, d.In, "in")
	}
	return d, true
}

// machineDecl is a machine as a file declares it.
type machineDecl struct {
	Machine
	where place
	check func(*Set) // guards, which need to know what Go offers
}

// machine reads states and transitions. One given in place needs no key of its own.
func machine(r *reader, n *yaml.Node, key string) (*machineDecl, bool) {
	d := &machineDecl{where: r.at(n), check: func(*Set) {}}
	d.Key = key
	what := "machine"
	if k := scalarOf(n, "key"); k != "" {
		what = "machine " + k
	} else if key != "" {
		what = "machine of kind " + key
	}
	var transitions []*yaml.Node
	if !r.mapping(n, what, keys{
		"key": func(v *yaml.Node) { d.Key = r.key(v, "machine") },
		"states": func(v *yaml.Node) {
			for _, item := range r.items(v, what+": states") {
				d.state(r, item, what)
			}
		},
		"transitions": func(v *yaml.Node) { transitions = r.items(v, what+": transitions") },
	}) {
		return d, false
	}
	if d.Key == "" {
		r.fail(n, "machine: key is missing")
		return d, false
	}
	if len(d.States) == 0 {
		r.fail(n, "%s: states are missing; the first is the start", what)
		return d, false
	}
	if d.States[0].Exit {
		r.fail(n, "%s: the first state is the start and cannot be an exit", what)
	}
	for _, item := range transitions {
		d.transition(r, item, what)
	}
	reached := d.reached()
	for _, s := range d.States {
		if !reached[s.Key] {
			r.fail(n, "%s: state %q cannot be reached from the start %q: a transition to it is missing", what, s.Key, d.States[0].Key)
		}
	}
	return d, true
}

func (d *machineDecl) state(r *reader, n *yaml.Node, machine string) {
	var s State
	what := machine + ": state " + scalarOf(n, "key")
	flag := func(key string, to *bool) func(*yaml.Node) {
		return func(v *yaml.Node) { *to = r.boolean(v, what+": "+key) }
	}
	if !r.mapping(n, what, keys{
		"key":      func(v *yaml.Node) { s.Key = r.key(v, "state") },
		"label":    func(v *yaml.Node) { s.Label = r.text(v, what+": label") },
		"help":     func(v *yaml.Node) { s.Help = r.text(v, what+": help") },
		"draft":    flag("draft", &s.Draft),
		"archived": flag("archived", &s.Archived),
		"final":    flag("final", &s.Final),
		"exit":     flag("exit", &s.Exit),
		"frozen":   flag("frozen", &s.Frozen),
	}) {
		return
	}
	r.need(n, what, s.Label, "label")
	switch _, twice := d.State(s.Key); {
	case s.Key == "":
		if !hasKey(n, "key") {
			r.fail(n, "%s: key is missing", what)
		}
	case twice:
		r.fail(n, "%s: two states have the key %q", machine, s.Key)
	default:
		d.States = append(d.States, s)
	}
}

func (d *machineDecl) transition(r *reader, n *yaml.Node, machine string) {
	var t Transition
	what := machine + ": transition " + scalarOf(n, "key")
	known := func(v *yaml.Node, key, state string) {
		if _, ok := d.State(state); !ok {
			r.fail(v, "%s: %s: unknown state %q; allowed: %s", what, key, state, list(d.stateKeys()))
		}
	}
	if !r.mapping(n, what, keys{
		"key": func(v *yaml.Node) { t.Key = r.key(v, "transition") },
		"from": func(v *yaml.Node) {
			t.From = r.names(v, what+": from")
			for _, s := range t.From {
				known(v, "from", s)
			}
		},
		"to":     func(v *yaml.Node) { t.To = r.str(v, what+": to"); known(v, "to", t.To) },
		"label":  func(v *yaml.Node) { t.Label = r.text(v, what+": label") },
		"help":   func(v *yaml.Node) { t.Help = r.text(v, what+": help") },
		"reason": func(v *yaml.Node) { t.Reason = r.boolean(v, what+": reason") },
		"guards": func(v *yaml.Node) {
			t.Guards = r.names(v, what+": guards")
			before := d.check
			d.check = func(s *Set) {
				before(s)
				for _, g := range t.Guards {
					if s.known.Guards != nil && !s.known.Guards[g] {
						r.fail(v, "%s: unknown guard %q; allowed: %s", what, g, list(trueKeys(s.known.Guards)))
					}
				}
			}
		},
	}) {
		return
	}
	r.need(n, what, t.Label, "label")
	for _, key := range []string{"key", "from", "to"} {
		if !hasKey(n, key) {
			r.fail(n, "%s: %s is missing", what, key)
		}
	}
	if slices.ContainsFunc(d.Transitions, func(o Transition) bool { return o.Key == t.Key }) {
		r.fail(n, "%s: two transitions have the key %q", machine, t.Key)
		return
	}
	d.Transitions = append(d.Transitions, t)
}
