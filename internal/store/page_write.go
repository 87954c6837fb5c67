package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// draftWrite is a write with all that can be computed before the transaction begins.
type draftWrite struct {
	wiki.Write
	pk       int64
	revision int64 // key of the first of its revisions
	prev     *head // nil for a new page
	at       time.Time
	body     []revisionText // older revisions, then the new one
	rendered renderText
	fields   []fieldValue
	tags     []string
	links    []linkRow
	aliases  []string
	fold     string
	sort     []byte
	card     string
	moved    bool // new, or another address, title or kind: links elsewhere may mean something else now
	relinked bool // its links are others than before
	seq      int64
}

type revisionText struct {
	n                         int
	at                        time.Time
	by, user, comment, change string
	head, detail, text, title string
	redacted                  page.Redaction
}

type renderText struct{ headings, fields string }

// head is what the store compares a write with.
type head struct {
	pk, revision                    int64
	kind, space, slug, title, state string
	draft                           bool
}

// Save stores writes, all or none, in their order.
func (s *Store) Save(ctx context.Context, writes ...wiki.Write) (wiki.Saved, error) {
	var saved wiki.Saved
	if len(writes) == 0 {
		st, err := s.State(ctx)
		saved.Seq = st.Seq
		return saved, err
	}
	drafts, err := s.prepareAll(writes)
	if err != nil {
		return wiki.Saved{}, err
	}
	err = s.write(ctx, "save pages", func(ctx context.Context, c *conn) error {
		saved, err = s.saveDrafts(ctx, c, drafts)
		return err
	})
	if err != nil {
		return wiki.Saved{}, err
	}
	return saved, nil
}

func (s *Store) prepareAll(writes []wiki.Write) ([]*draftWrite, error) {
	drafts := make([]*draftWrite, len(writes))
	for i, w := range writes {
		d, err := s.prepare(w)
		if err != nil {
			return nil, &errs.Error{Op: "store: save page " + string(w.Page.ID), Cause: err}
		}
		drafts[i] = d
	}
	return drafts, nil
}

// saveDrafts stores writes inside a transaction.
func (s *Store) saveDrafts(ctx context.Context, c *conn, drafts []*draftWrite) (saved wiki.Saved, err error) {
	var revision int64 // the newest key of a revision
	if _, err := c.row(ctx, []any{&revision}, "SELECT coalesce(max(pk), 0) FROM revision"); err != nil {
		return saved, err
	}
	for i := range drafts {
		if drafts[i], err = s.follow(ctx, c, drafts[i]); err != nil {
			return saved, err
		}
		d := drafts[i]
		d.revision = revision + 1
		if err := s.savePage(ctx, c, d); err != nil {
			return saved, err
		}
		revision += int64(len(d.body))
		saved.Seq = d.seq
	}
	if saved.Stale, err = saveLinks(ctx, c, drafts); err != nil {
		return saved, err
	}
	if err := markStale(ctx, c, saved.Stale); err != nil {
		return saved, err
	}
	for _, d := range drafts {
		if err := outrun(ctx, c, d); err != nil {
			return saved, err
		}
	}
	seq, err := s.logUnits(ctx, c, drafts)
	saved.Seq = max(saved.Seq, seq)
	return saved, err
}

// prepare encodes a write and refuses one that breaks the rule of revisions, which is a mistake of the program.
func (s *Store) prepare(w wiki.Write) (*draftWrite, error) {
	d := &draftWrite{Write: w, at: s.keep(w.At)}
	p := &d.Page
	p.CreatedAt, p.UpdatedAt = s.keep(p.CreatedAt), s.keep(p.UpdatedAt)
	switch {
	case p.ID == "":
		return nil, errors.New("page without an id")
	case w.Base < 0 || w.Base > 0 && len(w.History) > 0:
		return nil, errors.New("older revisions come with a new page only")
	case p.Revision != w.Base+len(w.History)+1:
		return nil, fmt.Errorf("revision %d does not follow %d", p.Revision, w.Base+len(w.History))
	}
	for i, r := range w.History {
		if r.Page.Revision != i+1 {
			return nil, fmt.Errorf("older revision %d stands at place %d", r.Page.Revision, i+1)
		}
		r.Page.ID = p.ID
		if err := d.add(r); err != nil {
			return nil, err
		}
	}
	err := d.add(page.Revision{Page: *p, At: d.at, By: w.By, UserID: w.UserID, Comment: w.Comment, Change: w.Change})
	if err != nil {
		return nil, err
	}
	d.fold, d.sort = fold(p.Title), s.sort.key(p.Title)
	if d.card, err = encodeCard(*p, d.sort); err != nil {
		return nil, err
	}
	d.fields = s.fieldValues(p.Fields)
	d.tags = slices.Compact(slices.Sorted(slices.Values(p.Tags)))
	return d, d.derive()
}

func (d *draftWrite) add(r page.Revision) error {
	h, err := encodeHead(r.Page)
	if err != nil {
		return err
	}
	det, err := encodeDetail(r.Page)
	if err != nil {
		return err
	}
	d.body = append(d.body, revisionText{
		n: r.Page.Revision, at: r.At, by: r.By, user: r.UserID, comment: r.Comment, change: string(r.Change),
		head: h, detail: det, text: r.Page.Body, title: r.Page.Title, redacted: r.Redacted,
	})
	return nil
}

// readHead reads what is stored of a page now; nil when there is no such page.
func readHead(ctx context.Context, c *conn, id page.ID) (*head, error) {
	var h head
	ok, err := c.row(ctx, []any{&h.pk, &h.revision, &h.kind, &h.space, &h.slug, &h.title, &h.state, &h.draft}, `
		SELECT pk, revision, kind, space, slug, title, state, draft FROM page WHERE id = $1`, string(id))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errNoHead
	}
	return &h, nil
}

var errNoHead = errors.New("no such page")

// standing is what a write meets: the page as it is, its space, and who has its address.
type standing struct {
	head  *head // nil: no such page
	gone  bool  // in the bin, or removed for good: its id is not given again
	space bool
	taken int64 // key of the page with the address, 0 for none; one in the bin keeps its address
}

func readStanding(ctx context.Context, c *conn, p page.Page) (standing, error) {
	var st standing
	var pk, revision sql.NullInt64
	var kind, space, slug, title, state sql.NullString
	var draft sql.NullBool
	_, err := c.row(ctx, []any{&pk, &revision, &kind, &space, &slug, &title, &state, &draft, &st.gone, &st.space, &st.taken}, `
		SELECT p.pk, p.revision, p.kind, p.space, p.slug, p.title, p.state, p.draft,
			p.deleted_at IS NOT NULL OR EXISTS (SELECT 1 FROM purged g WHERE g.id = $1),
			EXISTS (SELECT 1 FROM space s WHERE s.key = $2),
			coalesce((SELECT a.page_pk FROM path a WHERE a.space = $2 AND a.slug = $3), 0)
		FROM (SELECT 1) LEFT JOIN page_all p ON p.id = $1`, string(p.ID), p.Space, p.Slug)
	if err == nil && pk.Valid {
		st.head = &head{
			pk: pk.Int64, revision: revision.Int64, kind: kind.String, space: space.String, slug: slug.String,
			title: title.String, state: state.String, draft: draft.Bool,
		}
	}
	return st, err
}

// savePage stores everything of one write but its links.
func (s *Store) savePage(ctx context.Context, c *conn, d *draftWrite) error {
	p := d.Page
	st, err := readStanding(ctx, c, p)
	if err != nil {
		return err
	}
	switch {
	case st.gone && d.Base == 0:
		return conflict("save page", "id", errs.Msg("store.page_deleted"), fmt.Sprintf("page %s was deleted", p.ID))
	case st.head == nil && d.Base > 0, st.gone:
		return notFound("save page", string(p.ID))
	case st.head == nil:
	case st.head.revision != int64(d.Base):
		return conflict("save page", "revision", errs.Msg("store.conflict", "Base", d.Base, "Current", st.head.revision),
			fmt.Sprintf("page %s has revision %d, the write is based on %d", p.ID, st.head.revision, d.Base))
	default:
		d.prev, d.pk = st.head, st.head.pk
	}
	if !st.space {
		msg := errs.Msg("store.space_unknown", "Space", p.Space)
		return &errs.Error{Kind: errs.Invalid, Op: "store: save page", Msg: msg, Fields: []errs.Field{{Name: "space", Msg: msg}}}
	}
	if st.taken != 0 && st.taken != d.pk {
		return conflict("save page", "slug", errs.Msg("store.slug_taken", "Slug", p.Slug),
			fmt.Sprintf("path %s/%s of page %s belongs to another page", p.Space, p.Slug, p.ID))
	}
	readdressed := d.prev == nil || d.prev.space != p.Space || d.prev.slug != p.Slug
	retitled := d.prev == nil || d.prev.title != p.Title
	d.moved = readdressed || retitled || d.prev.kind != p.Kind
	if err := s.saveHead(ctx, c, d); err != nil {
		return err
	}
	if readdressed {
		if err := savePath(ctx, c, d); err != nil {
			return err
		}
	}
	if retitled {
		if err := saveNames(ctx, c, d); err != nil {
			return err
		}
	}
	if err := d.saveDerived(ctx, c); err != nil {
		return err
	}
	if err := d.saveValues(ctx, c); err != nil {
		return err
	}
	d.seq, err = s.logChange(ctx, c, p.ID)
	return err
}

// saveHead writes the revisions and the head. The head of a new page is written first, since its revisions
// refer to it.
func (s *Store) saveHead(ctx context.Context, c *conn, d *draftWrite) error {
	p := d.Page
	newest := d.revision + int64(len(d.body)) - 1
	args := []any{
		p.Kind, p.Space, p.Slug, p.Title, d.fold, d.sort, p.Summary, p.Lang, p.Owner, ownerUnit(p.Owner), p.State,
		p.Statement, bit(p.Draft), bit(p.Archived), millis(p.ReviewDue), millis(p.ConfirmedAt), p.ConfirmedRole,
		p.CreatedAt.UnixMilli(), p.UpdatedAt.UnixMilli(), d.card,
	}
	if d.prev == nil {
		res, err := c.exec(ctx, `
			INSERT INTO page_all (kind, space, slug, title, title_fold, title_sort, summary, lang, owner, owner_unit, state,
				statement, draft, archived, review_due, confirmed_at, confirmed_role, created_at, updated_at, card, id, revision, head)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`,
			append(args, string(p.ID), p.Revision, newest)...)
		if err != nil {
			return err
		}
		if d.pk, err = res.LastInsertId(); err != nil {
			return fmt.Errorf("key of new page: %w", err)
		}
	}
	for i, r := range d.body {
		_, err := c.exec(ctx, `
			INSERT INTO revision (pk, page_pk, n, at, by_role, user_id, change, comment, head, detail, body)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			d.revision+int64(i), d.pk, r.n, r.at.UnixMilli(), r.by, r.user, r.change, r.comment, r.head, r.detail, r.text)
		if err != nil {
			return err
		}
		if !r.redacted.At.IsZero() {
			if err := suppress(ctx, c, d.pk, r.n, r.redacted); err != nil {
				return err
			}
		}
	}
	if d.prev == nil {
		return nil
	}
	_, err := c.exec(ctx, `
		UPDATE page_all SET kind = $1, space = $2, slug = $3, title = $4, title_fold = $5, title_sort = $6, summary = $7,
			lang = $8, owner = $9, owner_unit = $10, state = $11, statement = $12, draft = $13, archived = $14,
			review_due = $15, confirmed_at = $16, confirmed_role = $17, created_at = $18, updated_at = $19,
			card = $20, revision = $21, head = $22
		WHERE pk = $23`, append(args, p.Revision, newest, d.pk)...)
	return err
}

// savePath makes the address current and keeps the former ones, those of imported revisions too.
func savePath(ctx context.Context, c *conn, d *draftWrite) error {
	if d.prev != nil {
		if _, err := c.exec(ctx, "UPDATE path SET current = 0 WHERE page_pk = $1 AND current = 1", d.pk); err != nil {
			return err
		}
	}
	_, err := c.exec(ctx, `
		INSERT INTO path (space, slug, page_pk, current) VALUES ($1, $2, $3, 1)
		ON CONFLICT (space, slug) DO UPDATE SET current = 1`, d.Page.Space, d.Page.Slug, d.pk)
	if err != nil {
		return err
	}
	for _, r := range d.History {
		if r.Page.Space == d.Page.Space && r.Page.Slug == d.Page.Slug {
			continue
		}
		// An address that somebody else has by now, or in a space that is gone, leads there or nowhere.
		_, err := c.exec(ctx, `
			INSERT INTO path (space, slug, page_pk, current)
			SELECT $1, $2, $3, 0 WHERE EXISTS (SELECT 1 FROM space WHERE key = $1)
			ON CONFLICT (space, slug) DO NOTHING`, r.Page.Space, r.Page.Slug, d.pk)
		if err != nil {
			return err
		}
	}
	return nil
}

// saveNames makes the title current and keeps the former ones, those of imported revisions too.
func saveNames(ctx context.Context, c *conn, d *draftWrite) error {
	if d.prev != nil {
		if _, err := c.exec(ctx, "UPDATE name SET current = 0 WHERE page_pk = $1 AND current = 1", d.pk); err != nil {
			return err
		}
	}
	for i, r := range d.body {
		current := i == len(d.body)-1
		if !current && (r.title == d.Page.Title || !r.redacted.At.IsZero()) {
			continue
		}
		_, err := c.exec(ctx, `
			INSERT INTO name (fold, page_pk, current, title) VALUES ($1, $2, $3, $4)
			ON CONFLICT (fold, page_pk) DO UPDATE SET current = excluded.current, title = excluded.title`,
			fold(r.title), d.pk, bit(current), r.title)
		if err != nil {
			return err
		}
	}
	return nil
}
