package view

// Names lists where names of persons who are gone stand in the texts of a space. Action takes POST of an item's Hidden:
// the entry is dealt with.
type Names struct {
	Shell
	Items  []NameTrace
	Action string
}

// NameTrace is one place. The name is not known any more.
type NameTrace struct {
	Title       string
	URL         string
	Person      int  // number of the former member
	Text        bool // in the versions First to Last; else in files or values
	First, Last int
	Newest      bool // the newest version is among them
	Deleted     bool // the page lies in the bin
	EditURL     string
	RedactURL   string
	Hidden      []Hidden
}

func (*Names) view() string { return "names" }
