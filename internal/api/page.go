package api

import (
	"encoding/json"
	"net/http"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// PageHead is a page without its text. The names are those of a page as a file.
type PageHead struct {
	ID              string              `json:"id"`
	Kind            string              `json:"kind"`
	Space           string              `json:"space"`
	Slug            string              `json:"slug"`
	Title           string              `json:"title"`
	Summary         string              `json:"summary"`
	Lang            string              `json:"lang"`
	Owner           string              `json:"owner"`
	State           string              `json:"state"`
	Statement       string              `json:"statement"`
	Tags            []string            `json:"tags"`
	ReviewDue       *string             `json:"review_due" api:"format=date"`
	ConfirmedAt     *time.Time          `json:"confirmed_at"`
	ConfirmedByRole string              `json:"confirmed_by_role"`
	Revision        int                 `json:"revision"`
	CreatedAt       time.Time           `json:"created_at"`
	UpdatedAt       time.Time           `json:"updated_at"`
	URL             string              `json:"url" api:"format=uri-reference"`
	Fields          map[string]any      `json:"fields"`
	Relations       map[string][]string `json:"relations"`
}

// Page is a page.
type Page struct {
	PageHead
	Body string `json:"body"`
}

// PageList is a part of the pages, in the order of their change.
type PageList struct {
	Items []PageHead `json:"items"`
	Next  *string    `json:"next_cursor"`
}

// RevisionList is the history of a page, newest first.
type RevisionList struct {
	Items []Revision `json:"items"`
}

// Revision is one version of a page. It names roles, never persons.
type Revision struct {
	Revision int       `json:"revision"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Change   string    `json:"change"`
	Comment  string    `json:"comment"`
	Title    string    `json:"title"`
	State    string    `json:"state"`
}

func dayOf(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.Format(time.DateOnly)
	return &s
}

func (c *call) url(space, slug string) string { return c.o.BaseURL + wiki.Address(space, slug) }

func (c *call) head(p page.Page) PageHead {
	c.shows(p.Space)
	out := PageHead{
		ID: string(p.ID), Kind: p.Kind, Space: p.Space, Slug: p.Slug, Title: p.Title, Summary: p.Summary, Lang: p.Lang, Owner: p.Owner, State: p.State,
		Statement: p.Statement, Tags: append([]string{}, p.Tags...), ReviewDue: dayOf(p.ReviewDue), ConfirmedByRole: p.ConfirmedRole,
		Revision: p.Revision, CreatedAt: p.CreatedAt.UTC(), UpdatedAt: p.UpdatedAt.UTC(), URL: c.url(p.Space, p.Slug),
		Fields: p.Fields, Relations: map[string][]string{},
	}
	if out.Fields == nil {
		out.Fields = map[string]any{}
	}
	if !p.ConfirmedAt.IsZero() {
		at := p.ConfirmedAt.UTC()
		out.ConfirmedAt = &at
	}
	for _, r := range p.Relations {
		out.Relations[r.Key] = append(out.Relations[r.Key], r.Ref)
	}
	return out
}

func (c *call) page(p page.Page) error {
	v := Page{PageHead: c.head(p), Body: p.Body}
	c.w.Header().Set("ETag", etag(p.Revision))
	return c.answer(v)
}

// id gives the id of the path; what has not its shape is as unknown as any other.
func (c *call) id() (page.ID, error) {
	id := c.param("id")
	if !isID(id) {
		return "", errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	return page.ID(id), nil
}

func listPages(c *call) error {
	q := wiki.WalkQuery{Kind: c.query["kind"], Space: c.query["space"], Tag: c.query["tag"], Limit: c.number("limit")}
	if s := c.query["updated_since"]; s != "" {
		var err error
		if q.Since, err = readTime(s); err != nil {
			return invalid("updated_since", "api.value_time")
		}
	}
	if err := c.knownKind(q.Kind); err != nil {
		return err
	}
	if s, there := c.query["cursor"]; there {
		var ok bool
		if q.AfterTime, q.AfterID, ok = decodeCursor(s); !ok {
			return invalid("cursor", "api.cursor_bad")
		}
	}
	pages, err := c.o.Wiki.Walk(c.r.Context(), c.actor, q)
	if err != nil {
		return err
	}
	out := PageList{Items: make([]PageHead, 0, len(pages))}
	for _, p := range pages {
		out.Items = append(out.Items, c.head(p))
	}
	if len(pages) == q.Limit {
		last := pages[len(pages)-1]
		next := encodeCursor(last.UpdatedAt, last.ID)
		out.Next = &next
	}
	return c.answer(out)
}

func invalid(name, key string) *problem {
	return &problem{code: codeInvalid, fields: []errs.Field{{Name: name, Msg: errs.Msg(key)}}}
}

// knownKind refuses the name of a kind that nobody declared; kinds are no secret.
func (c *call) knownKind(key string) error {
	if _, ok := c.o.Wiki.Kinds().Kind(key); key != "" && !ok {
		return invalid("kind", "wiki.kind_unknown")
	}
	return nil
}

func getPage(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	p, err := c.o.Wiki.Page(c.r.Context(), c.actor, id)
	if err != nil {
		return err
	}
	if c.shows(p.Space); c.fresh(p.Revision) {
		return nil
	}
	return c.page(p)
}

func createPage(c *call) error {
	var in NewPage
	if err := c.read(&in); err != nil {
		return err
	}
	if _, err := c.o.Wiki.Space(c.r.Context(), c.actor, access.Read, in.Space); err == nil {
		if err := c.mayWrite(); err != nil {
			return err
		}
	}
	out := wiki.Input{
		Kind: in.Kind, Space: in.Space, Title: in.Title, Summary: in.Summary, Body: in.Body, Tags: in.Tags, Slug: in.Slug, Lang: in.Lang, Owner: in.Owner,
		Statement: in.Statement, Comment: in.Comment,
	}
	if err := c.input(&out, in.Kind, in.Fields, in.Relations, in.ReviewDue, page.Page{}); err != nil {
		return err
	}
	p, err := c.o.Wiki.Create(c.r.Context(), c.actor, out)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", Root+"/pages/"+string(p.ID))
	return c.page(p)
}

func replacePage(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	old, err := c.o.Wiki.Page(c.r.Context(), c.actor, id)
	if err != nil {
		return err
	}
	if err := c.mayWrite(); err != nil {
		return err
	}
	base, err := c.base()
	if err != nil {
		return err
	}
	var in PageText
	if err := c.read(&in); err != nil {
		return err
	}
	out := wiki.Input{
		Title: in.Title, Summary: in.Summary, Body: in.Body, Tags: in.Tags, Space: in.Space, Slug: in.Slug, Comment: in.Comment,
		Lang: or(in.Lang, old.Lang), Owner: or(in.Owner, old.Owner), Statement: or(in.Statement, old.Statement),
	}
	if err := c.input(&out, old.Kind, in.Fields, in.Relations, in.ReviewDue, old); err != nil {
		return err
	}
	p, err := c.o.Wiki.Edit(c.r.Context(), c.actor, id, base, out)
	if err != nil {
		return err
	}
	return c.page(p)
}

func deletePage(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	if _, err := c.o.Wiki.Page(c.r.Context(), c.actor, id); err != nil {
		return err
	}
	if err := c.mayWrite(); err != nil {
		return err
	}
	base, err := c.base()
	if err != nil {
		return err
	}
	if err := c.o.Wiki.Delete(c.r.Context(), c.actor, id, base, c.query["reason"]); err != nil {
		return err
	}
	c.header(c.w, c.lang)
	c.w.WriteHeader(c.op.Status)
	return nil
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func listRevisions(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	p, err := c.o.Wiki.Page(c.r.Context(), c.actor, id)
	if err != nil {
		return err
	}
	c.shows(p.Space)
	list, err := c.o.Wiki.History(c.r.Context(), c.actor, id)
	if err != nil {
		return err
	}
	out := RevisionList{Items: make([]Revision, 0, len(list))}
	for _, r := range list {
		out.Items = append(out.Items, Revision{r.Page.Revision, r.At.UTC(), r.By, string(r.Change), r.Comment, r.Page.Title, r.Page.State})
	}
	return c.answer(out)
}

func getOpenAPI(c *call) error {
	var v json.RawMessage = c.document
	if c.r.Method == http.MethodHead {
		v = nil
	}
	return c.send(v)
}
