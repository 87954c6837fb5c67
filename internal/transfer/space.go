package transfer

import (
	"bytes"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"lernraum/internal/page"
)

// spaceYAML is a space as a file.
type spaceYAML struct {
	Key       string `yaml:"key"`
	Title     string `yaml:"title"`
	Summary   string `yaml:"summary,omitempty"`
	Type      string `yaml:"type"`
	Unit      string `yaml:"unit,omitempty"`
	Reason    string `yaml:"reason,omitempty"`
	ReviewDue string `yaml:"review_due,omitempty"`
}

func encodeSpace(sp page.Space) ([]byte, error) {
	y := spaceYAML{Key: sp.Key, Title: sp.Title, Summary: sp.Summary, Type: string(sp.Type), Unit: sp.Unit, Reason: sp.Reason}
	if !sp.ReviewDue.IsZero() {
		y.ReviewDue = sp.ReviewDue.Format(time.DateOnly)
	}
	return yaml.Marshal(y)
}

func decodeSpace(src []byte) (page.Space, error) {
	var y spaceYAML
	dec := yaml.NewDecoder(bytes.NewReader(src))
	dec.KnownFields(true)
	if err := dec.Decode(&y); err != nil {
		return page.Space{}, fmt.Errorf("read space: %w", err)
	}
	sp := page.Space{Key: y.Key, Title: y.Title, Summary: y.Summary, Type: page.SpaceType(y.Type), Unit: y.Unit, Reason: y.Reason}
	var err error
	if sp.ReviewDue, err = parseTime(y.ReviewDue); err != nil {
		return page.Space{}, fmt.Errorf("review_due: %w", err)
	}
	return sp, nil
}
