package kind

import "slices"

// State finds a state by its key.
func (m *Machine) State(key string) (*State, bool) {
	for i := range m.States {
		if m.States[i].Key == key {
			return &m.States[i], true
		}
	}
	return nil, false
}

// Start is the state of a new page.
func (m *Machine) Start() *State { return &m.States[0] }

// Path gives the states of the main path, without the exits beside it.
func (m *Machine) Path() []State {
	path := make([]State, 0, len(m.States))
	for _, s := range m.States {
		if !s.Exit {
			path = append(path, s)
		}
	}
	return path
}

// From gives the transitions that lead out of a state, in the order of the declaration.
func (m *Machine) From(state string) []Transition {
	out := []Transition{}
	for _, t := range m.Transitions {
		if slices.Contains(t.From, state) {
			out = append(out, t)
		}
	}
	return out
}

func (m *Machine) stateKeys() []string {
	out := make([]string, len(m.States))
	for i, s := range m.States {
		out[i] = s.Key
	}
	return out
}

// reached are the states some sequence of transitions leads to from the start.
func (m *Machine) reached() map[string]bool {
	seen := map[string]bool{m.States[0].Key: true}
	for queue := []string{m.States[0].Key}; len(queue) > 0; queue = queue[1:] {
		for _, t := range m.From(queue[0]) {
			if !seen[t.To] {
				seen[t.To] = true
				queue = append(queue, t.To)
			}
		}
	}
	return seen
}
