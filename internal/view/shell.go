package view

import (
	"time"

	"lernraum/internal/errs"
)

// Page is a view that can be rendered: a pointer to one of the structs of this package.
type Page interface {
	view() string // name of the template in templates/page
	shell() *Shell
}

// Shell is what surrounds every view. Texts are plain; the templates escape.
type Shell struct {
	Lang  string // "de" or "en", language of the interface and of the labels in the struct
	Theme string // "", "light" or "dark"
	// Title is the h1 and the document title of views whose title comes from data (a page, a list of a kind).
	// Views with a fixed title take it from the catalogue and leave it empty.
	Title      string
	Fault      bool   // the view shows errors of what was typed; its document title then begins with that. Set by Render.
	House      string // name of the organisation
	HouseShort string // its short name for narrow screens, "" for none
	Path       string // path and query of this view, to come back to after switching language or theme
	Section    string // active entrance: "search", "contacts", "processes", "tools", "learning", "projects" or ""
	Query      string // value of the search box in the header
	Crumbs     []Link // way to this view without the view itself
	Beside     []Link // the views that belong together with this one; the current one has no URL
	Actor      ActorInfo
	Demo       bool
	Notice     *Notice // outcome of the last action

	ReadOnly     bool   // the store takes no writes at the moment: says so, offers no buttons that write
	FeedbackMail string // address for feedback on this view; "" hides the link
	Print        PrintInfo
	Nonce        string // lets the script of this one answer run; stands last in the document
	HeaderSearch bool   // false on start and search, which have their own box
}

func (s *Shell) shell() *Shell { return s }

// ActorInfo is what the header says about who is signed in.
type ActorInfo struct {
	SignedIn bool
	Name     string
	Label    string // role or unit in words
	Admin    bool
}

// Notice is one sentence above the view. Tone is "success", "info", "warning" or "danger".
type Notice struct {
	Tone string
	Msg  errs.Message
	Link Link // where to go on, optional
	// NewWindow opens Link beside this view, which holds something that must not be lost.
	NewWindow bool
}

// PrintInfo stands on the printed page only.
type PrintInfo struct {
	URL          string // absolute permanent address
	Revision     int
	State        string // in the reader's language
	CheckedUntil time.Time
}

// Link is a link, or plain text when URL is empty.
type Link struct {
	URL  string
	Text string
}

// Badge is a short label. Tone is "", "info", "success", "warning" or "danger"; the words carry the meaning.
type Badge struct {
	Key   string // machine key, for tests and scripts
	Label string
	Tone  string
}

// PageRef is a link to a page with what is needed to recognise it. A Missing one has no URL: the page does not
// exist or may not be seen, and Title is the reference as it was written.
type PageRef struct {
	URL     string
	Title   string
	Kind    string // label in the reader's language
	KindKey string
	State   Badge
	Missing bool
	Summary string
}

// PageLine is a page in a list.
type PageLine struct {
	PageRef
	Space     Link
	Owner     Link
	Updated   time.Time
	ReviewDue time.Time // zero: none
	Overdue   bool      // ReviewDue has passed
}

// Pager leads through a long list. From, To and Total count from 1; a Pager with Total 0 draws nothing.
type Pager struct {
	Prev, Next      string // addresses, "" at the ends
	Page, Pages     int
	From, To, Total int
}

// Option is one value to choose from. URL is set where choosing is a link.
type Option struct {
	Value    string
	Label    string
	Help     string
	Selected bool
	URL      string
}

// KindCount is a link to the list of a kind with the number of its readable pages.
type KindCount struct {
	Label   string
	URL     string
	Count   int
	Current bool
}
