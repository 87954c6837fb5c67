package view

import "time"

// SpaceInfo is a space as everybody in the house may see it. URL is empty when the reader may not enter.
type SpaceInfo struct {
	Key       string
	URL       string
	Title     string
	Summary   string
	Type      Badge // Key is the page.SpaceType
	TypeHelp  string
	Unit      Link
	Reason    string
	ReviewDue time.Time
	Overdue   bool
	Pages     int // -1: not told
	Readable  bool
	Member    bool
	EditURL   string
	PeopleURL string // who belongs to it, for those who say so
	AnswerURL string // requests for access, for those who answer them
	AskURL    string // ask for access; "" when that is not for the reader
	Asked     bool   // the reader has asked and waits
}

// Space is one space with its pages.
type Space struct {
	Shell
	Space    SpaceInfo
	Lines    []PageLine
	Kinds    []KindCount
	NewURL   string
	BinURL   string
	NamesURL string // names of erased persons stand in its texts
	Pager    Pager
}

// Spaces lists the spaces; Closed shows only the restricted ones, why and until when.
type Spaces struct {
	Shell
	Items  []SpaceInfo
	Closed bool
	NewURL string
}

// SpaceForm creates or changes a space: POST key, title, summary, type, unit, reason, review_due. The ids of
// its controls are "space-" + name.
type SpaceForm struct {
	Shell
	New       bool
	Action    string
	CancelURL string
	Key       string
	SpaceName string
	Summary   string
	Type      string
	Types     []Option
	Unit      string
	Reason    string
	ReviewDue string // 2026-11-21
	Errors    []FormError
}

func (*Space) view() string     { return "space" }
func (*Spaces) view() string    { return "spaces" }
func (*SpaceForm) view() string { return "spaceform" }
