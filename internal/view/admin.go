package view

// Settings is the form of the options that may change while the program runs: POST /admin/settings with a control for each,
// named like the option; ids are "setting-" + name.
type Settings struct {
	Shell
	Items  []Input
	Fixed  []Row // what the operator has fixed
	Errors []FormError
}

// Row is a name with its value.
type Row struct {
	Name  string
	Value string
}

// AdminSpaces lists all spaces for an administrator, with what needs somebody's care.
type AdminSpaces struct {
	Shell
	NewURL string
	Items  []AdminSpace
}

// AdminSpace is a space with its care. Problems are sentences.
type AdminSpace struct {
	SpaceInfo
	Members  int
	Managers int
	Problems []string
}

// AdminKinds lists the kinds of pages, where each comes from and what it declares.
type AdminKinds struct {
	Shell
	Items []AdminKind
}

// AdminKind is a kind of page.
type AdminKind struct {
	Key     string
	Label   string
	URL     string
	Pages   int // that the reader may read
	Source  string
	Shipped bool
	Missing bool // its declaration is gone; its pages can be read, not changed
	Fields  []Row
	States  string
	Review  int // months, 0: none
	Help    string
}

func (*Settings) view() string    { return "settings" }
func (*AdminSpaces) view() string { return "adminspaces" }
func (*AdminKinds) view() string  { return "adminkinds" }
