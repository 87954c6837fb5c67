package view

import (
	"html/template"
	"time"

	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// Wiki is a page of any kind. Shell.Title is its title. Parts that are empty are not drawn.
type Wiki struct {
	Shell
	ID          string
	Summary     string
	ContentLang string // language of the content; "" is the language of the interface
	Kind        Link   // to the list of the kind
	KindKey     string
	State       Badge
	Trust       Trust
	Doubt       *Doubt // somebody said that the page is no longer right
	Tags        []Link
	Statement   string   // "personal" or "agreed"; only "personal" is shown
	Incomplete  []string // labels of required fields that are empty

	Facts     []FactGroup
	Steps     []Step
	Contact   *ContactCard
	KPI       *KPIPanel
	Body      template.HTML // made by view.Body
	BodyFirst bool          // the text is the page: it stands before the facts
	BodyLabel string        // heading of the body where the kind gives one
	Contents  []page.Heading

	Relations []RelationGroup
	Because   []PageRef // lessons that changed this page
	Backlinks []PageRef
	Files     []File

	Stages   []PathStep // states of a kind with a path of its own; empty for plain pages
	NextHelp string     // what the current state waits for, and from whom

	Actions    Actions
	Transition *TransitionForm // what was typed when a transition was refused (422)
	AttachErr  *errs.Message
	AttachAlt  string

	Revision  int
	Updated   time.Time
	UpdatedBy string
	Old       *OldRevision // set when an old revision is shown
}

func (*Wiki) view() string { return "wiki" }

// Trust is the line that says whether to rely on the page.
type Trust struct {
	Owner     Link
	OwnerRole string // role behind the owner, in words
	CheckedAt time.Time
	CheckedBy string // role or unit in words
	NextDue   time.Time
	Overdue   bool
	Doubted   bool // somebody asked for a check
	Draft     bool
	Archived  bool
}

// Doubt is why a page is to be checked. An empty Reason was not given.
type Doubt struct {
	Reason string
	At     time.Time
	By     string // role or unit in words
}

// FactGroup is a section of the kind with the fields that have a value.
type FactGroup struct {
	Key   string
	Label string
	Help  string
	Facts []Fact
}

// Alone is the one long value of a group: it needs no label beside it, its heading says what it is.
func (g FactGroup) Alone() []Fact {
	if len(g.Facts) != 1 {
		return nil
	}
	f := g.Facts[0]
	long := len(f.Columns) > 0
	for _, v := range f.Values {
		long = long || v.HTML != ""
	}
	if !long {
		return nil
	}
	return g.Facts
}

// Heading is the label of the group, or of what stands in it alone.
func (g FactGroup) Heading() string {
	if alone := g.Alone(); alone != nil {
		return alone[0].Label
	}
	return g.Label
}

// Fact is one field. A list of records comes as a table: Columns and Rows.
type Fact struct {
	Label   string
	Help    string
	Values  []FactValue
	Columns []string
	Rows    [][]FactValues
}

// FactValues is one cell of a list of records.
type FactValues []FactValue

// FactValue is one value. HTML (made by view.Body) goes before Text. URL may be a path of this house, http,
// https, mailto or tel; anything else is not linked. Missing marks a reference whose page cannot be found.
type FactValue struct {
	Text    string
	URL     string
	HTML    template.HTML
	Missing bool
}

// Step is one step of a process.
type Step struct {
	What     FactValue
	Role     FactValue
	Tool     FactValue
	Duration string
}

// RelationGroup is one relation from one end, under its name in the reader's language.
type RelationGroup struct {
	Label string
	Items []PageRef
}

// File is an attachment.
type File struct {
	Name      string
	URL       string
	Type      string // media type
	Alt       string
	Size      int64
	Version   int
	At        time.Time
	RemoveURL string // GET: a page that asks for confirmation; "" when not allowed
}

// PathStep is one state on the way of a page.
type PathStep struct {
	Label   string
	Done    bool
	Current bool
	Exit    bool // an end beside the main path
	At      time.Time
}

// Actions are the things the reader may do; an empty address means not offered.
type Actions struct {
	EditURL      string // GET
	HistoryURL   string // GET
	LinksURL     string // GET
	ConfirmURL   string // POST revision: "Stimmt noch"
	AttachURL    string // POST multipart: file, alt
	PermanentURL string // GET
	AccessURL    string // GET: who sees the page, and why
	DeleteURL    string // GET: a page that asks
	// TransitionURL takes POST transition, revision, reason.
	TransitionURL string
	Transitions   []Transition
	// Objection is the step "this is no longer right"; it stands beside "Stimmt noch" and is not among Transitions.
	Objection *Transition
}

// Transition is a step to another state. A blocked one is shown with what is missing, without a button.
type Transition struct {
	Key     string
	Label   string // a verb
	Help    string
	Reason  bool // asks for a reason
	Aside   bool // leads off the path: offered in a closed group
	Blocked []errs.Message
}

// TransitionForm is a transition that was refused, with what was typed.
type TransitionForm struct {
	Key    string
	Reason string
	Err    []errs.Message
}

// OldRevision says that the page is shown as it was.
type OldRevision struct {
	N, Newest  int
	At         time.Time
	NewestURL  string
	RestoreURL string // GET: a page that asks for confirmation; "" when not allowed
}
