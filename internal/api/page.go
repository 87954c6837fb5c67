package api

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
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

// PageText is what a page says: all of it, as it shall be.
type PageText struct {
	Title     string              `json:"title" api:"required,min=1,max=200"`
	Summary   string              `json:"summary" api:"max=300"`
	Body      string              `json:"body" api:"max=1000000"`
	Fields    map[string]any      `json:"fields"`
	Relations map[string][]string `json:"relations"`
	Tags      []string            `json:"tags" api:"items=30,itemmax=60"`
	Space     string              `json:"space" api:"max=40,doc=space_kept"`
	Slug      string              `json:"slug" api:"max=80,doc=slug_kept"`
	Lang      string              `json:"lang" api:"enum=de|en"`
	Owner     string              `json:"owner" api:"max=200"`
	Statement string              `json:"statement" api:"enum=agreed|personal"`
	ReviewDue string              `json:"review_due" api:"format=date"`
	Comment   string              `json:"comment" api:"max=300"`
}

// NewPage is a page that is to be added.
type NewPage struct {
	Kind  string `json:"kind" api:"required,min=1,max=60"`
	Space string `json:"space" api:"required,min=1,max=40"`
	Title string `json:"title" api:"required,min=1,max=200"`

	Summary   string              `json:"summary" api:"max=300"`
	Body      string              `json:"body" api:"max=1000000"`
	Fields    map[string]any      `json:"fields"`
	Relations map[string][]string `json:"relations"`
	Tags      []string            `json:"tags" api:"items=30,itemmax=60"`
	Slug      string              `json:"slug" api:"max=80"`
	Lang      string              `json:"lang" api:"enum=de|en"`
	Owner     string              `json:"owner" api:"max=200"`
	Statement string              `json:"statement" api:"enum=agreed|personal"`
	ReviewDue string              `json:"review_due" api:"format=date"`
	Comment   string              `json:"comment" api:"max=300"`
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

// input fills in what needs more than copying. Fields that the kind does not declare are refused, but for those the
// page has already.
func (c *call) input(in *wiki.Input, key string, fields map[string]any, relations map[string][]string, due string, old page.Page) error {
	var bad []errs.Field
	if k, ok := c.o.Wiki.Kinds().Kind(key); ok {
		bad = unknownFields(k.Field, fields, old.Fields, "fields")
	}
	if len(bad) > 0 {
		return &problem{code: codeInvalid, fields: bad}
	}
	in.Fields = kind.Canonical(fields)
	keys := make([]string, 0, len(relations))
	for r := range relations {
		keys = append(keys, r)
	}
	// An object has no order: what stood keeps its place, so that sending a page back as it is changes nothing.
	at := func(key string) int {
		if i := slices.IndexFunc(old.Relations, func(r page.Relation) bool { return r.Key == key }); i >= 0 {
			return i
		}
		return len(old.Relations)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(at(a), at(b)), cmp.Compare(a, b)) })
	for _, r := range keys {
		for _, ref := range relations[r] {
			in.Relations = append(in.Relations, page.Relation{Key: r, Ref: ref})
		}
	}
	if due != "" {
		t, err := time.Parse(time.DateOnly, due)
		if err != nil {
			return invalid("review_due", "api.value_date")
		}
		in.ReviewDue = t
	}
	return nil
}

func unknownFields(find func(string) (*kind.Field, bool), given map[string]any, old map[string]any, at string) []errs.Field {
	var bad []errs.Field
	names := make([]string, 0, len(given))
	for name := range given {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		f, ok := find(name)
		if _, stood := old[name]; !ok && !stood && len(bad) < maxFindings {
			bad = append(bad, errs.Field{Name: join(at, name), Msg: errs.Msg("api.value_unknown")})
			continue
		}
		rows, isList := given[name].([]any)
		if !ok || f.Type != kind.TypeList || !isList {
			continue
		}
		for i, row := range rows {
			record, _ := row.(map[string]any)
			bad = append(bad, unknownFields(func(key string) (*kind.Field, bool) {
				j := slices.IndexFunc(f.Fields, func(sub kind.Field) bool { return sub.Key == key })
				if j < 0 {
					return nil, false
				}
				return &f.Fields[j], true
			}, record, oldRow(old, name, i), join(join(at, name), strconv.Itoa(i)))...)
		}
	}
	return bad
}

// oldRow gives a record of a list that the page has already.
func oldRow(old map[string]any, name string, i int) map[string]any {
	if rows, ok := old[name].([]map[string]any); ok && i < len(rows) {
		return rows[i]
	}
	return nil
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
