package view

import "lernraum/internal/errs"

// Units is the tree of units of the organisation.
type Units struct {
	Shell
	Words   string // that were looked for
	Lines   []UnitLine
	Total   int // of all units, or of those found
	Pager   Pager
	Actions []Link
}

// UnitLine is one unit at its place in the tree. Depth counts from 0.
type UnitLine struct {
	Link
	Depth                 int
	Short, Type           string
	Above                 string // the unit above, where the line stands alone in a result
	Pages, People, Spaces int
	State                 Badge
	ChangeURL             string
	HandoverURL           string
}

// UnitForm is a form in sections: of a reorganisation (GET, leads to its preview) or of an import (POST with a file).
// Tabs lead to the forms beside it.
type UnitForm struct {
	Shell
	Tabs      []Option // with addresses
	Intro     errs.Message
	Notes     []errs.Message
	Action    string
	Post      bool // with a file
	Hidden    []Hidden
	Sections  []FormSection
	Button    string
	CancelURL string
	Errors    []FormError
}

// Report is something to be read, printed and decided on: sentences, tables, and a form with one button at the end.
type Report struct {
	Shell
	Intro    errs.Message
	Warnings []errs.Message
	Notes    []errs.Message
	Links    []Link
	Tables   []ReportTable
	Form     *ReportForm
}

// ReportTable is one table. The first cell of a row heads it.
type ReportTable struct {
	ID      string
	Title   string
	Note    errs.Message
	Columns []string
	Rows    [][]Link
	Empty   string // sentence in place of a table without rows
	Pager   Pager
}

// ReportForm is a POST with hidden values.
type ReportForm struct {
	Action    string
	Hidden    []Hidden
	Help      errs.Message
	Button    string
	Danger    bool
	CancelURL string
}

func (*Units) view() string    { return "unittree" }
func (*UnitForm) view() string { return "unitform" }
func (*Report) view() string   { return "report" }

func (v *UnitForm) fill(*catalogue) { v.Fault = v.Fault || len(v.Errors) > 0 }
