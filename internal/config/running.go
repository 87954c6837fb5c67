package config

import "slices"

// Fixed reports whether an option is given on the command line, in the environment or in the file, or follows from
// another: then it does not change while the program runs.
func (c Config) Fixed(name string) bool { return c.given[name] || name == "public-read" && c.Demo }

// Running lists the names of the options that may change while the program runs.
func Running() []string {
	var names []string
	for _, o := range table() {
		if o.Running {
			names = append(names, o.Name)
		}
	}
	return names
}

// With gives the configuration with another value of an option that may change while the program runs. An option that is
// fixed keeps its value. The error says what is wrong with the value, in English.
func (c Config) With(name, raw string) (Config, error) {
	i := slices.IndexFunc(table(), func(o option) bool { return o.Name == name && o.Running })
	if i < 0 || c.Fixed(name) {
		return c, nil
	}
	err := table()[i].set(&c, raw)
	return c, err
}
