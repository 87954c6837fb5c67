package config

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"lernraum/internal/errs"
)

const (
	envPrefix = "LERNRAUM_"
	fileKey   = "config"
	maxFile   = 64 << 10 // bytes
)

// Mistakes is everything that is wrong with a configuration, a sentence each.
type Mistakes []error

func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, err := range m {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single mistakes.
func (m Mistakes) Unwrap() []error { return m }

// Load makes a Config: flags over environment over the file named by the flag or variable "config" over the
// defaults. flags holds the flags that were given, by name without dashes; env is the environment in the form
// of os.Environ; readFile reads the file and the files of secrets. An empty variable counts as not set. The
// error is errs.Usage with all Mistakes as its cause.
func Load(flags map[string]string, env []string, readFile func(string) ([]byte, error)) (Config, error) {
	c, bad := load(table(), flags, env, readFile)
	if len(bad) == 0 {
		bad = c.settle()
	}
	if len(bad) > 0 {
		return Config{}, errs.Wrap(errs.Usage, "configuration", Mistakes(bad))
	}
	return c, nil
}

// value is a raw value with the place it comes from, in the words of the person who wrote it there.
type value struct {
	raw, from string
}

func load(options []option, flags map[string]string, env []string, readFile func(string) ([]byte, error)) (Config, []error) {
	l := loader{options: map[string]option{}, readFile: readFile}
	for _, o := range options {
		l.options[o.Name] = o
		l.names = append(l.names, o.Name)
	}
	fromEnv, fromFlags := l.environment(env), l.flags(flags)
	file := fromEnv[fileKey]
	if v, ok := fromFlags[fileKey]; ok {
		file = v
	}
	values := map[string]value{}
	if file.raw != "" {
		values = l.file(file.raw)
	}
	maps.Copy(values, fromEnv)
	maps.Copy(values, fromFlags)

	c := Config{given: map[string]bool{}}
	for _, o := range options {
		v, given := values[o.Name]
		c.given[o.Name] = given
		if !given {
			v = value{o.Default, "default of " + o.Name}
		}
		if err := o.set(&c, v.raw); err != nil {
			if o.Secret {
				err = errors.New("is not valid")
			}
			l.mistake("%s %w", v.from, err)
		}
	}
	return c, l.bad
}

// loader collects the values of the sources and the mistakes in them.
type loader struct {
	options  map[string]option
	names    []string
	readFile func(string) ([]byte, error)
	bad      []error
}

func (l *loader) mistake(format string, args ...any) {
	l.bad = append(l.bad, fmt.Errorf(format, args...))
}

func (l *loader) flags(given map[string]string) map[string]value {
	out := map[string]value{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, ok := l.options[name]; !ok {
			l.mistake("--%s is not an option; did you mean --%s?", name, nearest(name, l.names))
			continue
		}
		out[name] = value{given[name], "--" + name}
	}
	return out
}

// EnvName gives the variable of an option.
func EnvName(name string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// foreign are variables of our name that tests and checks use; the program passes them by.
func foreign() []string { return []string{"LERNRAUM_CORPORA", "LERNRAUM_REQUIRE"} }

func (l *loader) environment(env []string) map[string]value {
	names := map[string]string{} // variable → option
	for _, name := range l.names {
		names[EnvName(name)] = name
		if l.options[name].Secret {
			names[EnvName(name)+"_FILE"] = name
		}
	}
	out := map[string]value{}
	for _, entry := range env {
		key, raw, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(key, envPrefix) || raw == "" || slices.Contains(foreign(), key) {
			continue
		}
		name, ok := names[key]
		if !ok {
			l.mistake("%s is not a variable of this program; did you mean %s?", key, nearest(key, slices.Sorted(maps.Keys(names))))
			continue
		}
		if other, twice := out[name]; twice && other.from != key {
			l.mistake("%s and %s are both set; keep one", other.from, key)
			continue
		}
		if key != EnvName(name) { // NAME_FILE
			content, err := l.readFile(raw)
			if err != nil {
				l.mistake("%s: %w", key, err)
				continue
			}
			raw = strings.TrimRight(string(content), "\r\n")
		}
		out[name] = value{raw, key}
	}
	return out
}

// file reads the options of a file: a YAML mapping of names to plain values.
func (l *loader) file(path string) map[string]value {
	out := map[string]value{}
	content, err := l.readFile(path)
	if err != nil {
		l.mistake("config file: %w", err)
		return out
	}
	if len(content) > maxFile {
		l.mistake("%s is larger than %s", path, sizeText(maxFile))
		return out
	}
	var doc yaml.Node
	dec := yaml.NewDecoder(strings.NewReader(string(content)))
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return out // nothing but comments
	case err != nil:
		l.mistake("%s: %w", path, err)
		return out
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		l.mistake("%s holds more than one document", path)
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		l.mistake("%s line %d: expected lines of the form name: value", path, root.Line)
		return out
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, val := root.Content[i], root.Content[i+1]
		at := fmt.Sprintf("%s line %d:", path, key.Line)
		_, known := l.options[key.Value]
		_, twice := out[key.Value]
		switch {
		case key.Value == fileKey:
			l.mistake("%s a config file cannot name another one", at)
		case !known:
			l.mistake("%s %q is not an option; did you mean %q?", at, key.Value, nearest(key.Value, l.names))
		case twice:
			l.mistake("%s %s stands here a second time", at, key.Value)
		case val.Kind != yaml.ScalarNode:
			l.mistake("%s %s must be a plain value", at, key.Value)
		case val.ShortTag() == "!!null":
			l.mistake("%s %s has no value; write \"\" for an empty one or remove the line", at, key.Value)
		default:
			out[key.Value] = value{val.Value, at + " " + key.Value}
		}
	}
	return out
}

// nearest gives the candidate with the fewest changed letters, the first of equals.
func nearest(s string, candidates []string) string {
	best, least := "", -1
	for _, c := range candidates {
		if d := distance(strings.ToLower(s), strings.ToLower(c)); least < 0 || d < least {
			best, least = c, d
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes; long input is cut, since no option is that long.
func distance(a, b string) int {
	a, b = a[:min(len(a), 100)], b[:min(len(b), 100)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
