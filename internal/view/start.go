package view

// Start is the start page: search, what waits for me, what is new, the entrances.
type Start struct {
	Shell
	Examples     []Link // example questions of this house, linking to their search
	SignedInBox  *Mine  // nil for guests
	Lessons      []PageLine
	Recent       []PageLine
	Entrances    []Entrance
	Empty        bool   // the house has no pages yet
	NewURL       string // "" when the reader may not write
	EasyLanguage string // address of the page in Leichte Sprache
}

// Mine is what a signed-in person finds on the start page. Empty lists are not shown.
type Mine struct {
	Review      []PageLine // to check, of the person's units
	Drafts      []PageLine
	Requests    []KindCount // spaces with open requests for access that the person can answer
	UnitName    string
	UnitChanges []PageLine // changed in the person's unit
}

// Entrance is one of the ways into the house with the kinds behind it. Group is the key of the entrance.
type Entrance struct {
	Group string
	Label string
	URL   string
	Help  string
	Kinds []KindCount
}

func (*Start) view() string { return "start" }
