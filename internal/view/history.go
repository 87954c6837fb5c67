package view

import "time"

// History lists the revisions of a page, newest first.
type History struct {
	Shell
	Page    PageRef
	Entries []Revision
	Pager   Pager
	DiffURL string // GET from, to: compare any two
}

// Revision is one line of the history. Change is a page.ChangeKind; its name comes from the catalogue.
type Revision struct {
	N          int
	At         time.Time
	By         string
	Comment    string
	Change     string
	URL        string
	DiffURL    string // to the one before; "" for the first
	RestoreURL string // GET: a page that asks for confirmation
	RedactURL  string // GET: a page that asks before the text is removed for good
	Current    bool
	Redacted   *Redacted // its text was removed
}

// Redacted tells when the text of a revision was removed, by whom, and why.
type Redacted struct {
	At     time.Time
	By     string
	Reason string
}

// Diff compares two revisions.
type Diff struct {
	Shell
	Page    PageRef
	From    Revision
	To      Revision
	Fields  []FieldDiff
	Body    []DiffBlock
	PrevURL string
	NextURL string
	Same    bool
	Gone    bool // the text of one of them was removed: there is nothing to compare
}

// FieldDiff is a field, or a record of a field, that changed. Joining the parts that are not OpAdd gives what it
// was, joining those that are not OpDel gives what it is.
type FieldDiff struct {
	Label string
	Parts []DiffPart
}

// Before are the parts that stood there.
func (d FieldDiff) Before() []DiffPart { return d.without(OpAdd) }

// After are the parts that stand there.
func (d FieldDiff) After() []DiffPart { return d.without(OpDel) }

func (d FieldDiff) without(op string) []DiffPart {
	var out []DiffPart
	for _, p := range d.Parts {
		if p.Op != op && p.Text != "" {
			out = append(out, p)
		}
	}
	return out
}

// BlockKind tells what a block of a diff is.
type BlockKind string

// The kinds of blocks. A gap stands for unchanged text that is left out.
const (
	BlockSame    BlockKind = "same"
	BlockChanged BlockKind = "changed"
	BlockGap     BlockKind = "gap"
	BlockCut     BlockKind = "cut" // the comparison is too long and ends here
)

// DiffBlock is a paragraph of a diff.
type DiffBlock struct {
	Kind  BlockKind
	Parts []DiffPart
}

// The operations of a DiffPart.
const (
	OpSame = "="
	OpAdd  = "+"
	OpDel  = "-"
)

// DiffPart is a run of words.
type DiffPart struct {
	Op   string
	Text string
}

// Links shows the links of a page in both directions.
type Links struct {
	Shell
	Page    PageRef
	Out, In []LinkRow
}

// LinkRow is one link. Label names the relation or the field; Text is how a body link reads.
type LinkRow struct {
	Label string
	Ref   PageRef
	Text  string
}

func (*History) view() string { return "history" }
func (*Diff) view() string    { return "diff" }
func (*Links) view() string   { return "links" }
