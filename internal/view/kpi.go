package view

import (
	"html/template"
	"time"

	"lernraum/internal/errs"
)

// KPIPanel is the part of a KPI's page that shows its values.
type KPIPanel struct {
	Key       string
	Name      string
	Unit      string
	Direction string // in words: "Weniger ist besser"
	Rhythm    string // in words: "monatlich"
	Target    *float64
	Sentence  errs.Message // what the chart says
	Chart     template.HTML
	Rows      []KPIRow // newest first
	CSVURL    string
	SVGURL    string
	Marks     []KPIMark // numbered as in the chart
	Last      time.Time // when the newest value came in
	Old       bool      // the newest value is older than the rhythm allows
	EntryURL  string    // POST period, value, n, state, note; "" when not allowed
	Entry     *KPIEntry // what was typed when a value was refused, or the proposal for the next one
}

// KPIRow is one value. N is the denominator, 0 for none.
type KPIRow struct {
	Period      string // "2026-03", drawn as "März 2026"
	Value       float64
	N           float64
	Provisional bool
	Note        string
	Source      string // in words
	Version     int
	Received    time.Time
}

// KPIMark is something that happened, marked in the chart.
type KPIMark struct {
	Date  time.Time
	Label string
	URL   string
}

// KPIEntry is the form for one value. Names in Errors are period, value, n, state, note.
type KPIEntry struct {
	Period string
	Value  string
	N      string
	State  string // "provisional" or "final"
	Note   string
	Errors []errs.Field
}

// KPIList lists the KPIs with their last value and a small line. The page of one KPI is a Wiki with KPI set.
type KPIList struct {
	Shell
	Rows   []KPILine
	Help   string
	NewURL string
	New    string // label of the button
	Pager  Pager
	Kinds  []KindCount // the lists beside this one
}

// KPILine is one KPI in the list.
type KPILine struct {
	PageLine
	HasValue  bool
	Last      float64
	Period    string // of the last value
	Target    *float64
	Unit      string
	Direction string
	Goal      PageRef // zero: none
	Sparkline template.HTML
	Old       bool
}

func (*KPIList) view() string { return "kpis" }
