// Package page owns the plain types that cross the borders of the other packages: pages, revisions, links,
// spaces, queries and hits. It knows no database, no index and no HTML. Its invariant: revision n+1 follows
// revision n, and an id, once given, is never given again.
package page

import (
	"time"
)

// ID is the permanent id of a page, a ULID in its 26-character form.
type ID string

// Fields holds the typed fields of a page, by field key. A value is one of: string (text, markdown, choice,
// date, duration, url, email, phone, page reference), float64 (number), bool, []string (a field with
// "many"), []map[string]any (a list of records whose values are again of these types). Package kind validates
// and normalises; unknown keys are kept as they came.
type Fields map[string]any

// Page is the head of a page: its newest revision with its state.
type Page struct {
	ID        ID
	Kind      string
	Space     string // key of the space
	Slug      string
	Title     string
	Summary   string // at most 300 characters
	Lang      string // "de" or "en"
	Body      string // Markdown
	Fields    Fields
	Relations []Relation     // outgoing, in the author's order
	Tags      []string       // sorted, unique
	Owner     string         // "unit/z2" or "unit/z2#Reisestelle"; never empty
	State     string         // key of a state of the kind's machine
	Statement string         // "personal" or "agreed"
	Extra     map[string]any // unknown front-matter keys, kept and written back

	ReviewDue     time.Time // zero: none; a date, midnight UTC
	ConfirmedAt   time.Time // zero: never
	ConfirmedRole string    // the role or unit that confirmed, in words

	Revision  int // 1 for a new page
	CreatedAt time.Time
	UpdatedAt time.Time

	// Draft and Archived are derived from the kind's machine when the page is saved: a draft is only for
	// those who may write in its space; an archived page sinks in lists and search.
	Draft    bool
	Archived bool
}

// Relation is one outgoing typed relation. Ref is kept as it was written ("tool/ereise", "space:slug" or an
// id); what it points to is resolved by the store, in the same transaction as the save.
type Relation struct {
	Key string
	Ref string
}

// Revision is one immutable version of a page.
type Revision struct {
	Page    Page
	At      time.Time
	By      string // the role or unit of the author, in words; never a name of a person
	UserID  string // empty for imported revisions and erased accounts
	Comment string
	Change  ChangeKind
	// Redacted is set when the text of this revision was removed for good; its title is then RedactedTitle.
	Redacted Redaction
}

// Redaction tells that a text was removed on purpose.
type Redaction struct {
	At     time.Time
	By     string // role or unit in words
	Reason string
}

// RedactedTitle stands in place of the title of a revision whose text was removed.
const RedactedTitle = "…"

// ChangeKind tells why a revision was made.
type ChangeKind string

// The reasons for a revision. Advance, Confirm and mostly Reorganise leave the text as it was.
const (
	ChangeCreate  ChangeKind = "create"
	ChangeEdit    ChangeKind = "edit"
	ChangeRestore ChangeKind = "restore"
	ChangeAdvance ChangeKind = "advance"
	ChangeConfirm ChangeKind = "confirm"
	ChangeImport  ChangeKind = "import"
	// ChangeReorganise gives a page another owner, or a unit another place, state or name: the organisation has changed,
	// not what the page says.
	ChangeReorganise ChangeKind = "reorganise"
)

// LinkType tells where a link comes from.
type LinkType string

// The three origins of a link.
const (
	LinkRelation LinkType = "relation" // Key is the relation
	LinkField    LinkType = "field"    // Key is the path of the field, "steps.tool"
	LinkBody     LinkType = "body"     // a [[wiki link]]; Key is empty
)

// Link is an outgoing reference of a page as its author wrote it.
type Link struct {
	Type LinkType
	Key  string
	Ref  string // "kind/slug", "space:slug", an id, or a title (body only)
	Text string // display text of a body link, "" for the target's title
}

// Target is what a reference resolves to, with just enough to draw a link to it.
type Target struct {
	ID       ID
	Kind     string
	Space    string
	Slug     string
	Title    string
	Summary  string
	State    string
	Draft    bool
	Archived bool
}

// LinkedPage is one end of a link as seen from a page: outgoing (Out) or incoming.
type LinkedPage struct {
	Out    bool
	Type   LinkType
	Key    string
	Ref    string // as written; for an outgoing link that resolves to nothing, all there is
	Found  bool
	Target Target // the other end; zero when Found is false
}

// Heading is one heading of the rendered body.
type Heading struct {
	Level int // 2…6, since the title of the page is level 1
	ID    string
	Text  string
}

// Rendered is what is derived from a revision when it is saved. It can be deleted and made again at any time.
type Rendered struct {
	Version  int               // of the renderer
	Body     string            // safe HTML of the body
	Fields   map[string]string // safe HTML of markdown fields, by path ("impact", "steps.0.what")
	Headings []Heading
	Text     string // plain text of body and fields, for the index and for excerpts
}

// SpaceType decides who reads and who writes.
type SpaceType string

// The types of spaces. Rooms come with protected rooms.
const (
	SpaceOpen       SpaceType = "open"       // everyone signed in reads and writes
	SpacePublished  SpaceType = "published"  // everyone reads, members write
	SpaceRestricted SpaceType = "restricted" // members only; reason and review date required
)

// Space is a set of pages with one rule for access.
type Space struct {
	Key       string
	Title     string
	Summary   string
	Type      SpaceType
	Unit      string    // reference to the unit that answers for it, "unit/z2"
	Reason    string    // why it is closed (restricted only)
	ReviewDue time.Time // when closing it is looked at again (restricted only)
	CreatedAt time.Time
}

// Attachment is a file of exactly one page. Its bytes are stored under their SHA-256.
type Attachment struct {
	ID        string // random
	PageID    ID
	Name      string // as shown; hostile text
	Alt       string // text alternative of an image
	Type      string // sniffed media type from the allow-list
	Size      int64
	SHA256    string // hex
	Version   int    // 1, then +1 with each replacement
	CreatedAt time.Time
}

// Change is one entry of the change log. Seq grows by one with each committed change.
type Change struct {
	Seq  int64
	Page ID
	At   time.Time
}

// Document is what the index is fed with for one page.
type Document struct {
	ID        ID
	Kind      string
	Space     string
	Slug      string
	Title     string
	Summary   string
	Lang      string
	Headings  []string
	Text      string
	Aliases   []string // former titles, abbreviations, synonyms
	Tags      []string
	Owner     string
	Units     []string // slug of the owning unit and of the units above it
	State     string
	Draft     bool
	Archived  bool
	UpdatedAt time.Time
	ReviewDue time.Time
	Revision  int
}

// Query asks the index.
type Query struct {
	Text   string
	Kinds  []string
	Spaces []string
	Units  []string // slugs
	Tags   []string
	States []string
	Sort   string // "" relevance, "updated", "title"
	Offset int
	Limit  int  // 1…100
	Facets bool // also count facets (costs more than the hits)
}

// Hit is one result. Snippet marks matches with the runes HitOpen and HitClose; it is plain text otherwise.
type Hit struct {
	ID        ID
	Kind      string
	Space     string
	Slug      string
	Title     string
	Summary   string
	Owner     string
	State     string
	Snippet   string
	Score     float64
	UpdatedAt time.Time
	ReviewDue time.Time
	Archived  bool
}

// HitOpen and HitClose surround a match in Hit.Snippet and are never part of user text: they are
// private-use runes that the indexer removes from what it reads.
const (
	HitOpen  = '\uE000'
	HitClose = '\uE001'
)

// Facet is one value of a facet with the number of readable pages that have it.
type Facet struct {
	Value string
	Count int
}

// Result is the answer of the index.
type Result struct {
	Total  int
	Hits   []Hit
	Facets map[string][]Facet // kind, space, unit, tag, state
	// Restricted is true when the full-text index could not answer and the hits come from a plain look-up of
	// titles: the answer is then not complete and must say so.
	Restricted bool
	Took       time.Duration
}

// IndexStatus describes the index to operators and to the search page.
type IndexStatus struct {
	Ready      bool
	Rebuilding bool
	Done       int // pages indexed by the running rebuild
	Total      int // pages it has to index
	Lag        int64
	LastError  string // for the log and the operator, never for a page
	Version    string
}

// KPIValue is one value of a KPI for a period. A newer value for the same period is a new Version; the older
// stay readable.
type KPIValue struct {
	Period     string // "2026-03-14", "2026-W11", "2026-03", "2026-Q1", "2026"
	Start      time.Time
	Value      float64
	N          float64 // denominator, 0 when there is none
	State      string  // "provisional" or "final"
	Note       string
	Source     string
	Version    int
	ReceivedAt time.Time
}

// Job is the last run of a piece of housekeeping.
type Job struct {
	Name           string
	Started, Ended time.Time
	Done           string // what was done, in English: "12 sessions removed"; "" for nothing
	Error          string // "" when it went well
}
