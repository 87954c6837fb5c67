package markup

import (
	_ "embed" // the words are a data file
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed words.yaml
var wordsFile string

// words are the few words that rendering itself adds to a text.
type words struct {
	Callouts  map[string]string `yaml:"callouts"`
	Table     string            `yaml:"table"`
	Footnote  string            `yaml:"footnote"`
	Footnotes string            `yaml:"footnotes"`
	Back      string            `yaml:"back"`
	Done      string            `yaml:"done"`
	Open      string            `yaml:"open"`
	Missing   string            `yaml:"missing"`
	Section   string            `yaml:"section"`
}

// loadWords reads the words that are built in; a broken file is a broken build and found by every test.
func loadWords() map[string]*words {
	all := map[string]*words{}
	d := yaml.NewDecoder(strings.NewReader(wordsFile))
	d.KnownFields(true)
	if err := d.Decode(&all); err != nil {
		panic(fmt.Sprintf("markup: words.yaml: %v", err))
	}
	return all
}
