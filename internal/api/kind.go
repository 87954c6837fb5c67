package api

import (
	"lernraum/internal/access"
	"lernraum/internal/kind"
)

// KindList lists the kinds of pages.
type KindList struct {
	Items []Kind `json:"items"`
}

// Kind says what a page of a kind holds.
type Kind struct {
	Key       string      `json:"key" api:"doc=kind"`
	Label     Label       `json:"label"`
	Help      Label       `json:"help"`
	Fields    []KindField `json:"fields" api:"doc=kind_fields"`
	States    []State     `json:"states"`
	Relations []string    `json:"relations" api:"doc=kind_relations"`
}

// Label is a text in both languages.
type Label struct {
	DE string `json:"de"`
	EN string `json:"en"`
}

// State is a state a page can be in; the first is the one it begins in.
type State struct {
	Key      string `json:"key" api:"doc=state"`
	Label    Label  `json:"label"`
	Draft    bool   `json:"draft"`
	Archived bool   `json:"archived"`
}

// KindField is one field of a kind.
type KindField struct {
	Key      string      `json:"key" api:"doc=field_key"`
	Type     string      `json:"type" api:"doc=field_type"`
	Label    Label       `json:"label"`
	Required bool        `json:"required"`
	Many     bool        `json:"many"`
	Unit     Label       `json:"unit" api:"doc=field_unit"`
	Choices  []Choice    `json:"choices"`
	Kinds    []string    `json:"kinds" api:"doc=field_kinds"`
	Fields   []KindField `json:"fields" api:"doc=field_fields"`
}

// Choice is one value of a field that offers some.
type Choice struct {
	Key   string `json:"key" api:"doc=choice"`
	Label Label  `json:"label"`
}

// SpaceList lists the spaces that the asker reads.
type SpaceList struct {
	Items []Space `json:"items"`
}

// Space is a set of pages with one rule of access.
type Space struct {
	Key     string `json:"key" api:"doc=space"`
	Title   string `json:"title"`
	Summary string `json:"summary"`
	Type    string `json:"type" api:"enum=open|published|restricted,doc=space_type"`
	Unit    string `json:"unit" api:"doc=space_unit"`
	Write   bool   `json:"write"`
	URL     string `json:"url" api:"format=uri-reference"`
}

func listKinds(c *call) error {
	out := KindList{Items: []Kind{}}
	for _, k := range c.o.Wiki.Kinds().Kinds() {
		one := Kind{Key: k.Key, Label: Label(k.Label), Help: Label(k.Help), Fields: []KindField{}, States: []State{}, Relations: append([]string{}, k.Relations...)}
		for _, f := range k.AllFields() {
			one.Fields = append(one.Fields, fieldOf(f))
		}
		for _, s := range k.Machine.States {
			one.States = append(one.States, State{s.Key, Label(s.Label), s.Draft, s.Archived})
		}
		out.Items = append(out.Items, one)
	}
	return c.answer(out)
}

func fieldOf(f *kind.Field) KindField {
	out := KindField{
		Key: f.Key, Type: string(f.Type), Label: Label(f.Label), Required: f.Required, Many: f.Many, Unit: Label(f.Unit), Choices: []Choice{},
		Kinds: append([]string{}, f.Kinds...), Fields: []KindField{},
	}
	for _, ch := range f.Choices {
		out.Choices = append(out.Choices, Choice{ch.Key, Label(ch.Label)})
	}
	for i := range f.Fields {
		out.Fields = append(out.Fields, fieldOf(&f.Fields[i]))
	}
	return out
}

func listSpaces(c *call) error {
	list, err := c.o.Wiki.Spaces(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	out := SpaceList{Items: []Space{}}
	for _, sp := range list {
		o := access.Object{Space: sp}
		if !access.Can(c.actor, access.Read, o) {
			continue
		}
		c.shows(sp.Key)
		out.Items = append(out.Items, Space{sp.Key, sp.Title, sp.Summary, string(sp.Type), sp.Unit, access.Can(c.actor, access.Create, o), c.o.BaseURL + "/wiki/" + sp.Key})
	}
	return c.answer(out)
}
