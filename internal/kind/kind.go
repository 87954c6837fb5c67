// Package kind owns page kinds: what fields, sections, states, transitions and relations a page may have. Kinds
// are data, read from YAML; a value that package kind accepted is valid for its kind. Keys of kinds, fields,
// states and relations are permanent. The package refuses to know pages' storage or who may do what.
package kind

// Text is a text in the languages of the interface.
type Text struct {
	DE string `yaml:"de"`
	EN string `yaml:"en"`
}

// In gives the text in a language, German when the other is missing.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.DE
}

// Type is the type of a field.
type Type string

// The field types.
const (
	TypeText     Type = "text"     // one line
	TypeMarkdown Type = "markdown" // several lines, rendered
	TypeDate     Type = "date"     // 2026-11-21; with Precision "any" also 2026, 2026-11, 2026-11-21T14:30
	TypeChoice   Type = "choice"
	TypeNumber   Type = "number"
	TypeDuration Type = "duration" // "10 min", "2 h", "3 d", "4 w", "6 mo", "1 y"
	TypeURL      Type = "url"      // http or https
	TypeEmail    Type = "email"
	TypePhone    Type = "phone"
	TypePage     Type = "page" // reference to a page, "kind/slug", "space:slug" or an id
	TypeList     Type = "list" // list of a record
)

// Choice is one value of a choice field.
type Choice struct {
	Key   string `yaml:"key"`
	Label Text   `yaml:"label"`
	Help  Text   `yaml:"help"`
}

// Field declares one field of a kind.
type Field struct {
	Key         string   `yaml:"key"`
	Type        Type     `yaml:"type"`
	Label       Text     `yaml:"label"`
	Help        Text     `yaml:"help"`
	Required    bool     `yaml:"required"`     // needed to create the page; at most three with the title
	RequiredFor []string `yaml:"required_for"` // states that cannot be entered without it
	Many        bool     `yaml:"many"`         // several values: text, choice, page, url, email, phone
	Choices     []Choice `yaml:"choices"`
	Unit        Text     `yaml:"unit"`      // of a number, as shown behind it
	Precision   string   `yaml:"precision"` // of a date: "day" (default) or "any"
	Kinds       []string `yaml:"kinds"`     // kinds a page reference may point to; empty: any
	Fields      []Field  `yaml:"fields"`    // of a list's record; no lists inside lists
	Column      bool     `yaml:"column"`    // a column of /kinds/{kind}
	Filter      bool     `yaml:"filter"`    // a filter of /kinds/{kind}: choice, page
	All         bool     `yaml:"all"`       // of a choice with many: filled only when every choice is ticked
	FrozenIn    []string `yaml:"frozen_in"` // states in which its value is fixed
	Alias       bool     `yaml:"alias"`     // its values are further names of the page for search
	Contact     bool     `yaml:"contact"`   // part of the answer card on /contacts
}

// Section groups fields in form and page.
type Section struct {
	Key    string  `yaml:"key"`
	Label  Text    `yaml:"label"`
	Help   Text    `yaml:"help"`
	Fields []Field `yaml:"fields"`
}

// State is one state of a machine.
type State struct {
	Key      string `yaml:"key"`
	Label    Text   `yaml:"label"`
	Help     Text   `yaml:"help"`
	Draft    bool   `yaml:"draft"`    // seen only by those who may write in the space
	Archived bool   `yaml:"archived"` // sinks in lists and search
	Final    bool   `yaml:"final"`    // an end of the path
	Exit     bool   `yaml:"exit"`     // an end beside the main path
	Frozen   bool   `yaml:"frozen"`   // text and fields are immutable in this state
}

// Transition leads from one of some states to another.
type Transition struct {
	Key    string   `yaml:"key"`
	From   []string `yaml:"from"`
	To     string   `yaml:"to"`
	Label  Text     `yaml:"label"` // a verb: "Einreichen"
	Help   Text     `yaml:"help"`
	Guards []string `yaml:"guards"` // names of guards implemented in Go
	Reason bool     `yaml:"reason"` // asks for a reason, kept in the history
}

// Machine is the set of states of a kind, in the order of the main path. The first state is the start.
type Machine struct {
	Key         string       `yaml:"key"`
	States      []State      `yaml:"states"`
	Transitions []Transition `yaml:"transitions"`
}

// Relation is a directed, typed relation between pages, named from both ends.
type Relation struct {
	Key       string   `yaml:"key"`
	Out       Text     `yaml:"out"` // "ist zuständig für"
	In        Text     `yaml:"in"`  // "liegt in Zuständigkeit von"
	Help      Text     `yaml:"help"`
	Targets   []string `yaml:"targets"` // kinds it may point to; empty: any
	Symmetric bool     `yaml:"symmetric"`
}

// Kind is one kind of page.
type Kind struct {
	Key          string
	Order        int
	Group        string // entrance: contacts, processes, tools, learning, projects, knowledge
	Label        Text
	Plural       Text
	New          Text // the button: "Prozess anlegen"
	Help         Text // what belongs here
	Example      Text // one good example of a title
	ReviewMonths int  // 0: no review
	Sections     []Section
	BodyLabel    Text
	BodyHelp     Text
	Template     Text // body a new page starts with
	BodyFirst    bool // the text is the page: it stands before the fields
	Machine      *Machine
	Relations    []string // relations offered in the form, in this order
	Panels       []string // behaviour attached by name: "kpi", "steps", "contact"
	UniqueSlug   bool     // slug unique over all spaces (the kind has an address of its own)
	Source       string   // file it was read from
	Missing      bool     // stands in for a kind whose file is gone: pages stay readable, not editable
}
