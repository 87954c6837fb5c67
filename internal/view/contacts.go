package view

import "time"

// Contacts answers "Wer ist zuständig?". Shell.Query is what was asked.
type Contacts struct {
	Shell
	Cards      []ContactCard
	Units      []UnitNode
	Total      int
	Pager      Pager
	Restricted bool
	NewURL     string
}

// ContactCard is an answer: who does it and how to reach them.
type ContactCard struct {
	Title     string
	URL       string
	Kind      string
	Task      string
	Role      string
	Unit      Link
	Holder    FactValue
	Deputy    FactValue
	Phones    []Link // tel:
	Mails     []Link // mailto:
	Room      string
	Hours     string
	Service   string // service key
	ValidFrom time.Time
	ValidTo   time.Time
	CheckedAt time.Time
	Overdue   bool
	Route     Link // form or portal
}

// UnitNode is a unit with the units below it.
type UnitNode struct {
	Link
	Short    string
	Children []UnitNode
}

func (*Contacts) view() string { return "contacts" }
