// Package wiki owns the use cases of pages: create, edit, advance, confirm, restore, links, attachments. Each
// authorises, validates, stores and logs, in that order. It refuses to know SQL, HTTP and Bleve and declares
// the Store and Index it needs.
package wiki

import (
	"context"
	"io"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/page"
)

// Write is everything one save stores: the new head, its revision and all that is derived from it. The store
// puts page, revision, links, tags, rendering and change entry into one transaction.
type Write struct {
	Page     page.Page // the new head; Page.Revision is Base+1
	Base     int       // the revision that was authorised and edited; 0 creates the page
	By       string    // role or unit of the author in words
	UserID   string    // "" for the system and for imports
	Comment  string
	Change   page.ChangeKind // kept with the revision
	At       time.Time       // zero: now; set by imports
	Rendered page.Rendered
	// Seen is the newest change the rendering could know of. When a page its text links to has changed since,
	// the rendering is stored and noted as stale. 0: not told.
	Seen    int64
	Links   []page.Link
	Aliases []string        // further names for search
	History []page.Revision // older revisions of an imported page (Base == 0), ascending, before Page
}

// ListQuery asks for the pages of a kind as a table.
type ListQuery struct {
	Kind    string
	Space   string // "" all
	Unit    string // slug of a unit; pages owned by it or by a unit below it
	State   string // "" all but archived
	Tag     string
	Text    string            // part of the title, folded
	Fields  map[string]string // field key → value, for fields with filter
	Owners  []string          // unit slugs; used by "my work"
	Overdue time.Time         // zero, or: only pages whose review was due before
	Sort    string            // "title" (default), "-title", "updated", "-updated", "review_due", or "field:<key>" / "-field:<key>"
	Offset  int
	Limit   int
}

// WalkQuery asks for pages in the order of their newest revision, oldest first. Since and After are where to begin:
// at a moment, or behind a page that was given before. So a walk in parts misses no page, whatever changes meanwhile;
// a page that changes comes again.
type WalkQuery struct {
	Kind, Space, Tag string    // "" all
	Since            time.Time // pages of this moment or later
	AfterTime        time.Time // zero, or with AfterID the last page of the part before
	AfterID          page.ID
	Limit            int
}

// Saved is the outcome of a Save.
type Saved struct {
	Seq int64 // of the last change
	// Stale lists other pages whose rendering shows something old now: a link that was pending and has found
	// its target, or the former title or address of a target.
	Stale []page.ID
}

// Dangling is a reference that leads nowhere.
type Dangling struct {
	From page.ID
	Link page.Link
}

// SearchState is what the store knows of the change log, for the indexer and for caches.
type SearchState struct {
	Generation string // random, made with the database
	Seq        int64  // of the newest change
	Pages      int
}

// Store is what the use cases need of the database. Each method is one transaction. Every method that takes
// a Scope returns only what the scope may read; a page outside is errs.NotFound, like one that does not exist.
// A full disk is errs.Full, a read-only or failing medium errs.ReadOnly; nothing was written then.
type Store interface {
	// Page reads the head of a page. errs.NotFound.
	Page(ctx context.Context, scope access.Scope, id page.ID) (page.Page, error)
	// PageAt finds a page by its readable address, former ones included (then the Slug or Space of the result
	// differ from what was asked). errs.NotFound.
	PageAt(ctx context.Context, scope access.Scope, space, slug string) (page.Page, error)
	// PageView reads all that a page shows: head, rendering, both directions of its links, attachments. Links
	// to pages outside the scope come as not found (outgoing) or not at all (incoming).
	PageView(ctx context.Context, scope access.Scope, space, slug string) (View, error)
	// Revisions lists the history, newest first, without bodies and fields.
	Revisions(ctx context.Context, scope access.Scope, id page.ID) ([]page.Revision, error)
	// Revision reads one revision whole. errs.NotFound.
	Revision(ctx context.Context, scope access.Scope, id page.ID, n int) (page.Revision, error)
	// Resolve finds what references mean for a page in a space; the key of the result is the reference.
	Resolve(ctx context.Context, scope access.Scope, space string, refs []string) (map[string]page.Target, error)
	// List gives a page of a table and the number of all rows.
	List(ctx context.Context, scope access.Scope, q ListQuery) ([]page.Page, int, error)
	// Walk gives a part of the pages by the time of their newest revision, with fields and without bodies.
	Walk(ctx context.Context, scope access.Scope, q WalkQuery) ([]page.Page, error)
	// CountKinds counts readable, not archived pages by kind.
	CountKinds(ctx context.Context, scope access.Scope) (map[string]int, error)
	// Recent lists pages by time of their newest revision, newest first; kinds empty means all.
	Recent(ctx context.Context, scope access.Scope, kinds []string, units []string, limit int) ([]page.Page, error)
	// FieldValues lists the values a field has over the readable pages of a kind, for its filter.
	FieldValues(ctx context.Context, scope access.Scope, kind, field string) ([]string, error)

	// Save stores writes, all or none. errs.Conflict when the base of one is no longer the newest revision
	// (Field "revision") or its path is taken by another page (Field "slug").
	Save(ctx context.Context, writes ...Write) (Saved, error)
	// SaveRendered replaces derived data (rendering, links, aliases) of a page if its revision is still n.
	SaveRendered(ctx context.Context, id page.ID, n int, w Write) error
	// Stale lists pages that are to be rendered again because something they show has changed; Save and SaveSpace
	// note them in their transactions, SaveRendered takes a page off the list.
	Stale(ctx context.Context, limit int) ([]page.ID, error)
	// Settle takes pages off the list without rendering them.
	Settle(ctx context.Context, ids []page.ID) error
	// Dangling lists the references of a space's pages that lead nowhere, by page; space "" means all.
	Dangling(ctx context.Context, space string) ([]Dangling, error)
	// Each walks over the heads of all pages in id order, for reindex, check and export.
	Each(ctx context.Context, fn func(page.Page) error) error

	// Delete puts a page into the bin of its space: from then on no other method of this interface knows it. Its
	// addresses and titles stay taken. errs.Conflict when base is no longer the newest revision.
	Delete(ctx context.Context, id page.ID, base int, by Deletion, events ...audit.Event) (Saved, error)
	// Undelete takes it out again.
	Undelete(ctx context.Context, id page.ID, events ...audit.Event) (Saved, error)
	// Bin lists the deleted pages of a space, newest first, without bodies; InBin reads one.
	Bin(ctx context.Context, scope access.Scope, space string) ([]Deleted, error)
	InBin(ctx context.Context, scope access.Scope, id page.ID) (Deleted, error)
	// Deleted lists pages deleted before a time; Purge removes one that lies in the bin for good.
	Deleted(ctx context.Context, before time.Time, limit int) ([]page.ID, error)
	Purge(ctx context.Context, id page.ID, events ...audit.Event) error

	// Redact removes text, fields, title and comment of the revisions from…to of a page for good, with former titles
	// and addresses only they had. errs.Invalid when one of them is the newest. It says how many it changed.
	Redact(ctx context.Context, id page.ID, from, to int, r page.Redaction, events ...audit.Event) (int, error)

	Spaces(ctx context.Context) ([]page.Space, error)
	// SaveSpace creates or changes a space and records the events that tell of it in the same transaction.
	SaveSpace(ctx context.Context, s page.Space, events ...audit.Event) error
	// Units lists the pages of kind unit with their parents resolved: slug, title, parent slug.
	Units(ctx context.Context) ([]Unit, error)

	// Attach stores the bytes durably and then the row; replaces when a file of that name exists on the page.
	Attach(ctx context.Context, a page.Attachment, r io.Reader) (page.Attachment, error)
	Attachments(ctx context.Context, id page.ID) ([]page.Attachment, error)
	// OpenAttachment opens the newest version of a file of a page by name. errs.NotFound.
	OpenAttachment(ctx context.Context, id page.ID, name string) (page.Attachment, io.ReadSeekCloser, error)
	RemoveAttachment(ctx context.Context, id page.ID, name string) error

	// State tells generation and newest seq; cheap.
	State(ctx context.Context) (SearchState, error)
}

// Unit is an organisational unit in its tree.
type Unit struct {
	ID     page.ID
	Slug   string
	Title  string
	Short  string // field "short_name"
	Parent string // slug, "" at the top
}

// View is what the store reads for showing a page.
type View struct {
	Page        page.Page
	Rendered    page.Rendered
	Links       []page.LinkedPage // outgoing in the author's order, then incoming by title
	Attachments []page.Attachment
}

// Index answers searches. It never returns a page outside the scope, not even in a count.
type Index interface {
	Search(ctx context.Context, scope access.Scope, q page.Query) (page.Result, error)
	// Suggest finds titles for what was typed so far.
	Suggest(ctx context.Context, scope access.Scope, text string, limit int) ([]page.Hit, error)
	Status() page.IndexStatus
	// Changed tells the indexer that there is something new in the change log; never blocks.
	Changed()
}
