package api

import (
	"encoding/json"
	"slices"
	"time"

	"lernraum/internal/errs"
	"lernraum/internal/kpi"
	"lernraum/internal/page"
)

// KPI is a KPI with the newest value of each period.
type KPI struct {
	Definition KPIDefinition `json:"definition"`
	Values     []KPIValue    `json:"values"`
}

// KPIDefinition says what is measured; the fields are those of its kind.
type KPIDefinition struct {
	ID       string         `json:"id"`
	Key      string         `json:"key" api:"doc=kpi_key"`
	Title    string         `json:"title"`
	Summary  string         `json:"summary"`
	Space    string         `json:"space"`
	Owner    string         `json:"owner"`
	State    string         `json:"state"`
	Revision int            `json:"revision"`
	URL      string         `json:"url" api:"format=uri-reference"`
	Fields   map[string]any `json:"fields"`
}

// KPIValue is a value for a period.
type KPIValue struct {
	Period     string    `json:"period"`
	Value      float64   `json:"value"`
	N          float64   `json:"n"`
	State      string    `json:"state" api:"enum=final|provisional,doc=value_state"`
	Note       string    `json:"note"`
	Source     string    `json:"source"`
	Version    int       `json:"version"`
	ReceivedAt time.Time `json:"received_at"`
}

// NewKPIValue is a value as it is sent.
type NewKPIValue struct {
	Value json.Number `json:"value" api:"required"`
	N     json.Number `json:"n"`
	State string      `json:"state" api:"enum=final|provisional,doc=value_state"`
	Note  string      `json:"note" api:"max=300"`
}

// KPIAdded says what became of a table of values.
type KPIAdded struct {
	Received int `json:"received"`
	Changed  int `json:"changed"`
}

func (c *call) kpi() (page.Page, error) {
	p, err := c.o.KPI.Page(c.r.Context(), c.actor, c.param("key"))
	if err == nil {
		c.shows(p.Space)
	}
	return p, err
}

// mayPush is mayWrite for values: a token can be made for single KPIs.
func (c *call) mayPush() error {
	if t := c.actor.Token; t != nil && slices.Contains(t.KPIs, c.param("key")) {
		return nil
	}
	return c.mayWrite()
}

func getKPI(c *call) error {
	p, err := c.kpi()
	if err != nil {
		return err
	}
	values, err := c.o.KPI.Values(c.r.Context(), p)
	if err != nil {
		return err
	}
	out := KPI{Values: make([]KPIValue, 0, len(values)), Definition: KPIDefinition{
		ID: string(p.ID), Key: p.Slug, Title: p.Title, Summary: p.Summary, Space: p.Space, Owner: p.Owner, State: p.State, Revision: p.Revision,
		URL: c.url(p.Space, p.Slug), Fields: p.Fields,
	}}
	if out.Definition.Fields == nil {
		out.Definition.Fields = map[string]any{}
	}
	for _, v := range values {
		out.Values = append(out.Values, valueOf(v))
	}
	return c.answer(out)
}

func valueOf(v page.KPIValue) KPIValue {
	return KPIValue{v.Period, v.Value, v.N, v.State, v.Note, v.Source, v.Version, v.ReceivedAt.UTC()}
}

func putKPIValue(c *call) error {
	p, err := c.kpi()
	if err != nil {
		return err
	}
	if err := c.mayPush(); err != nil {
		return err
	}
	var in NewKPIValue
	if err := c.read(&in); err != nil {
		return err
	}
	period := c.param("period")
	_, err = c.o.KPI.Push(c.r.Context(), c.actor, p, []kpi.Push{{Period: period, Value: in.Value.String(), N: in.N.String(), State: in.State, Note: in.Note}})
	if err != nil {
		return err
	}
	values, err := c.o.KPI.Values(c.r.Context(), p)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(values, func(v page.KPIValue) bool { return v.Period == period })
	if i < 0 {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	return c.answer(valueOf(values[i]))
}

func addKPIValues(c *call) error {
	p, err := c.kpi()
	if err != nil {
		return err
	}
	if err := c.mayPush(); err != nil {
		return err
	}
	if err := c.media("text/csv"); err != nil {
		return err
	}
	in, err := kpi.ReadPush(c.r.Body)
	if err != nil {
		return err
	}
	n, err := c.o.KPI.Push(c.r.Context(), c.actor, p, in)
	if err != nil {
		return err
	}
	return c.answer(KPIAdded{Received: len(in), Changed: n})
}
