package view

import (
	"html/template"
	"time"

	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// Confirm asks before something is done that is not easily undone. Button and Action are what happens.
type Confirm struct {
	Shell
	Heading   errs.Message
	Text      errs.Message
	Action    string // POST
	Hidden    []Hidden
	CancelURL string
	Button    errs.Message
	Danger    bool
}

// Info is a page of the house itself: Impressum, Datenschutz, Barrierefreiheit, Leichte Sprache. Shell.Title
// is its heading.
type Info struct {
	Shell
	Body        template.HTML // made by view.Body
	ContentLang string
	EditURL     string
}

// Status tells an administrator how the instance is.
type Status struct {
	Shell
	Version  string
	Build    string // revision of the program
	Go       string
	SQLite   string
	Bleve    string
	Started  time.Time
	Pages    int
	Spaces   int
	Users    int
	Database int64 // bytes
	Files    int64 // bytes
	Index    IndexInfo
	Jobs     []page.Job
	Heads    string // where signed heads of the audit log go
}

// IndexInfo is the state of the search index.
type IndexInfo struct {
	Ready      bool
	Rebuilding bool
	Done       int
	Total      int
	Lag        int64 // changes not yet indexed
	Version    string
	Error      string // for the operator
	Bytes      int64
}

// Error is what stands in place of a view that could not be shown. An empty Heading or Text takes the general
// sentence of the status.
type Error struct {
	Shell
	Status  int
	Heading errs.Message
	Text    errs.Message
	Request string // id of the request, to name when asking for help
	BackURL string
}

func (*Confirm) view() string { return "confirm" }
func (*Info) view() string    { return "info" }
func (*Status) view() string  { return "status" }
func (*Error) view() string   { return "error" }
