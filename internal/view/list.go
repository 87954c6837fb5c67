package view

// KindList is the table of the pages of a kind. Shell.Title is its heading.
type KindList struct {
	Shell
	Key      string
	Help     string // what belongs here
	Example  string // one good example
	New      string // label of the button: "Prozess anlegen"
	NewURL   string // "" when the reader may not write
	CSVURL   string
	Columns  []Column // of the fields; title, state, owner and date are always there
	Rows     []KindRow
	Filters  []Filter
	Text     string // part of the title that was asked for (field "q")
	Total    int
	Pager    Pager
	Filtered bool
	ClearURL string
	Sort     string      // kept when filtering
	Action   string      // address the filter form goes to
	Kinds    []KindCount // the lists beside this one, under the same entrance
}

// Column is a column of a field. Sorted is "", "ascending" or "descending".
type Column struct {
	Key     string // "title", "state", "owner", "updated" for the fixed ones
	Label   string
	SortURL string // "" when it cannot be sorted
	Sorted  string
	Numeric bool
}

// KindRow is one page with the values of the columns of fields, in their order.
type KindRow struct {
	Line  PageLine
	Cells []FactValues
}

// Filter is a select above the table.
type Filter struct {
	Name    string
	Label   string
	Value   string
	Options []Option
}

func (*KindList) view() string { return "list" }
