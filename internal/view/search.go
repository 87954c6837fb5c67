package view

import "lernraum/internal/errs"

// Search is the search page. Shell.Query is what was asked.
type Search struct {
	Shell
	Hits       []HitView
	Total      int
	Facets     []FacetGroup
	Chips      []Chip   // active filters
	Hidden     []Hidden // active filters, kept when the question is changed
	Sorts      []Option // with URL
	Pager      Pager
	Restricted bool // the index could not answer: titles only
	Rebuilding bool
	Cards      []ContactCard // answers above the hits
	NewURL     string        // where to write what was not found
	ClearURL   string        // the question without its filters
	Err        *errs.Message
	Examples   []Link // shown while nothing is asked
}

// HitView is one hit.
type HitView struct {
	PageLine
	Snippet []SnippetPart
}

// SnippetPart is a piece of the matching text; Hit marks the match.
type SnippetPart struct {
	Text string
	Hit  bool
}

// FacetGroup is one facet.
type FacetGroup struct {
	Name   string
	Label  string
	Values []FacetValue
}

// FacetValue narrows the search, or widens it again when Active.
type FacetValue struct {
	Label  string
	URL    string
	Count  int
	Active bool
}

// Chip is an active filter; URL takes it away.
type Chip struct {
	Label string
	URL   string
}

// Hidden is a hidden value of a form.
type Hidden struct {
	Name  string
	Value string
}

func (*Search) view() string { return "search" }
