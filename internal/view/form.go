package view

import (
	"html/template"
	"time"

	"lernraum/internal/errs"
)

// Form creates or edits a page. It is one POST form; its buttons are named "do": "save" (the primary one),
// "preview", "add:<list>", "remove:<list>:<row>". Shell.Title is the heading.
type Form struct {
	Shell
	Kind      string
	KindKey   string
	KindHelp  string
	Example   string
	New       bool
	Action    string
	CancelURL string
	Revision  int // sent back as "revision"; 0 for a new page
	Hidden    []Hidden
	Sections  []FormSection
	Note      *Input // what was changed and why, beside the save button
	Errors    []FormError
	Preview   *Preview
	Conflict  *Conflict
}

// FormSection is a fieldset. One that is not Open is a closed disclosure that says what it is for.
type FormSection struct {
	Key    string
	Legend string
	Help   string
	Open   bool
	Main   bool // the first section: title and what is required; never a disclosure
	Inputs []Input
}

// Widget is the kind of control of an Input.
type Widget string

// The widgets. Lines is one value a line in a textarea; List is a list of records in Rows; Page is a
// reference to a page with a look-up.
const (
	WidgetText       Widget = "text"
	WidgetTextarea   Widget = "textarea"
	WidgetMarkdown   Widget = "markdown"
	WidgetSelect     Widget = "select"
	WidgetRadios     Widget = "radios"
	WidgetCheckboxes Widget = "checkboxes"
	WidgetNumber     Widget = "number"
	WidgetDate       Widget = "date"
	WidgetURL        Widget = "url"
	WidgetEmail      Widget = "email"
	WidgetTel        Widget = "tel"
	WidgetPage       Widget = "page"
	WidgetLines      Widget = "lines"
	WidgetList       Widget = "list"
	WidgetHidden     Widget = "hidden"
	WidgetPassword   Widget = "password"
	WidgetFile       Widget = "file"
)

// Input is one control with label, help and message. ID is unique on the page.
type Input struct {
	ID           string
	Name         string
	Label        string
	Help         string
	Widget       Widget
	Value        string
	Values       []string // of lines; checkboxes use Options.Selected
	Options      []Option // an option with empty Value is the "nothing chosen" of a select
	Required     bool
	Err          *errs.Message
	Unit         string
	Rows         []InputRow
	Add          string // label of the button that adds a row; its value is "add:" + Name
	MaxLength    int
	Lines        int    // height of a textarea, 0 for the default
	Kinds        string // page look-up: allowed kinds, comma separated
	Autocomplete string // HTML autocomplete token
	Lang         string // language of what is typed, when it is not that of the interface
}

// InputRow is one record of a list. Remove is the value of its remove button: "remove:steps:2".
type InputRow struct {
	Legend string
	Inputs []Input
	Remove string
}

// FormError is one line of the summary, linked to the control with ID.
type FormError struct {
	ID    string
	Label string
	Msg   errs.Message
}

// Preview is what the text would look like.
type Preview struct {
	HTML template.HTML
	Err  *errs.Message
}

// Conflict says that somebody saved in between. The form holds the reader's text and the newest revision;
// Fields and Body compare the stored text (before) with the reader's (after).
type Conflict struct {
	By     string
	At     time.Time
	N      int
	URL    string // of the stored revision
	Fields []FieldDiff
	Body   []DiffBlock
}

// NewChooser asks what shall be created.
type NewChooser struct {
	Shell
	Groups []NewGroup
}

// NewGroup is an entrance with its kinds.
type NewGroup struct {
	Label string
	Kinds []NewKind
}

// NewKind is one kind to create.
type NewKind struct {
	Label   string
	New     string
	Help    string
	Example string
	URL     string
}

func (*Form) view() string       { return "form" }
func (*NewChooser) view() string { return "new" }
