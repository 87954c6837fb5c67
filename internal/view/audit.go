package view

import "time"

// Audit shows the audit log, newest entries first. Persons is false for readers who see no persons.
type Audit struct {
	Shell
	Persons  bool
	Filters  []Filter
	Filtered bool
	ClearURL string
	Entries  []AuditEntry
	OlderURL string
	Head     string // the end of the log as it is, to compare with a signed head
}

// AuditEntry is an entry in the reader's language.
type AuditEntry struct {
	Seq     int64
	At      time.Time
	Action  string
	Outcome Badge
	Object  Link
	Details []string
	Who     Link
	Network string
	Whom    Link
}

// Evaluations lists everything the system counts or lists, and everything it keeps about persons.
type Evaluations struct {
	Shell
	Lists []Evaluation
	Logs  []Evaluation
}

// Evaluation is one row: what it shows, by what it groups, who sees it, how long it is kept.
type Evaluation struct {
	Name  string
	URL   string // "" where it has no address of its own
	Shows string
	Who   string
	Keeps string // of what is kept about persons
}

func (*Audit) view() string       { return "audit" }
func (*Evaluations) view() string { return "evaluations" }
