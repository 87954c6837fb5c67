package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/page"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
)

// newPage asks what shall be created, or shows the empty form of a kind.
func (s *Server) newPage(q *request) error {
	key := q.query("kind")
	if key == "" {
		return s.chooseKind(q)
	}
	k, ok := s.Wiki.Kinds().Kind(key)
	if !ok {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	v := url.Values{}
	v.Set("title", q.query("title"))
	space, err := q.usualSpace(k)
	if err != nil {
		return err
	}
	v.Set("space", or(q.query("space"), space))
	v.Set("body", q.text(k.Template))
	if len(q.actor.Units) > 0 {
		v.Set("owner", "unit/"+q.actor.Units[0])
	}
	return q.form(http.StatusOK, k, v, nil, nil, nil)
}

// usualSpace proposes where pages of a kind are written: where the newest ones are, among the spaces the author
// may write in. "" when there is none yet.
func (q *request) usualSpace(k *kind.Kind) (string, error) {
	writable, err := q.s.Wiki.Writable(q.ctx(), q.actor)
	if err != nil {
		return "", err
	}
	recent, err := q.s.Wiki.Recent(q.ctx(), q.actor, []string{k.Key}, nil, 20)
	if err != nil {
		return "", err
	}
	for _, p := range recent {
		if slices.ContainsFunc(writable, func(sp page.Space) bool { return sp.Key == p.Space }) {
			return p.Space, nil
		}
	}
	return "", nil
}

func (s *Server) chooseKind(q *request) error {
	v := &view.NewChooser{Shell: q.shell("", "")}
	for _, e := range entrances {
		g := view.NewGroup{Label: q.tr("web.entrance_" + e.group)}
		for _, k := range s.Wiki.Kinds().Kinds() {
			if k.Group != e.group {
				continue
			}
			to := url.Values{"kind": {k.Key}}
			for _, keep := range []string{"title", "space"} {
				if val := q.query(keep); val != "" {
					to.Set(keep, val)
				}
			}
			g.Kinds = append(g.Kinds, view.NewKind{Label: q.text(k.Label), New: q.text(k.New), Help: q.text(k.Help), Example: q.text(k.Example), URL: "/new?" + to.Encode()})
		}
		if len(g.Kinds) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	return q.render(http.StatusOK, v)
}

// form draws the form of a page that is being created (p nil) or edited.
func (q *request) form(status int, k *kind.Kind, v url.Values, bad []errs.Field, p *page.Page, change func(*view.Form)) error {
	f := &pageForm{q: q, k: k, v: v, errs: bad, new: p == nil}
	action, cancel, revision := "/new", "/kinds/"+k.Key, 0
	if p != nil {
		cancel = wiki.Address(p.Space, p.Slug)
		action, revision = cancel+"/edit", atoi(v.Get("revision"))
	}
	out, err := f.view(action, cancel, revision)
	if err != nil {
		return err
	}
	if change != nil {
		change(out)
	}
	return q.render(status, out)
}

// createPage takes the form of a new page.
func (s *Server) createPage(q *request) error {
	v, err := q.FormParams()
	if err != nil {
		return badForm(err)
	}
	k, ok := s.Wiki.Kinds().Kind(v.Get("kind"))
	if !ok {
		return errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	if handled, err := q.formAction(k, v, nil); handled || err != nil {
		return err
	}
	in, bad := decodePage(k, v)
	if len(bad) > 0 {
		if in.Space == "" {
			bad = append(bad, errs.Field{Name: "space", Msg: errs.Msg("wiki.space_unknown")})
		}
		bad = append(bad, alsoWrong(k, in, k.Machine.Start().Key)...)
		return q.form(http.StatusUnprocessableEntity, k, v, bad, nil, nil)
	}
	p, err := s.Wiki.Create(q.ctx(), q.actor, in)
	if err != nil {
		return q.formFailed(k, v, nil, err)
	}
	q.note("created")
	return q.seeOther(wiki.Address(p.Space, p.Slug))
}

// editPage shows the form with the newest text.
func (s *Server) editPage(q *request) error {
	p, k, err := s.editable(q)
	if err != nil {
		return err
	}
	v := formOf(k, wiki.InputOf(p))
	v.Set("revision", strconv.Itoa(p.Revision))
	return q.form(http.StatusOK, k, v, nil, &p, nil)
}

func (s *Server) editable(q *request) (page.Page, *kind.Kind, error) {
	p, err := s.pageOf(q)
	if err != nil {
		return p, nil, err
	}
	k, ok := s.Wiki.Kinds().Kind(p.Kind)
	if !ok || !s.Wiki.Allowed(q.ctx(), q.actor, access.Edit, p) {
		return p, nil, errs.New(errs.NotFound, errs.Msg("wiki.not_found"))
	}
	return p, k, nil
}

// savePage takes the form of a page that was edited.
func (s *Server) savePage(q *request) error {
	v, err := q.FormParams()
	if err != nil {
		return badForm(err)
	}
	p, k, err := s.editable(q)
	if err != nil {
		return err
	}
	if handled, err := q.formAction(k, v, &p); handled || err != nil {
		return err
	}
	in, bad := decodePage(k, v)
	if len(bad) > 0 {
		bad = append(bad, k.Tolerate(alsoWrong(k, in, p.State), p.Fields)...)
		return q.form(http.StatusUnprocessableEntity, k, v, bad, &p, nil)
	}
	keepUntouched(k, v, &in, p)
	base := atoi(v.Get("revision"))
	saved, err := s.Wiki.Edit(q.ctx(), q.actor, p.ID, base, in)
	if err != nil {
		return q.formFailed(k, v, &p, err)
	}
	note := "saved"
	if saved.Revision == base {
		note = "unchanged"
	}
	q.note(note)
	return q.seeOther(wiki.Address(saved.Space, saved.Slug))
}

// alsoWrong names what else is wrong with a form that could not be read whole, so that nobody learns of their
// mistakes one by one.
func alsoWrong(k *kind.Kind, in wiki.Input, state string) []errs.Field {
	_, bad := k.Validate(in.Fields, state)
	if strings.TrimSpace(in.Title) == "" {
		bad = append(bad, errs.Field{Name: "title", Msg: errs.Msg("wiki.title_missing")})
	}
	return bad
}

// formAction handles the buttons that do not save: preview, and rows of lists for readers without JavaScript.
func (q *request) formAction(k *kind.Kind, v url.Values, p *page.Page) (bool, error) {
	do := v.Get("do")
	switch {
	case do == "preview":
		space, slug := v.Get("space"), ""
		if p != nil {
			space, slug = p.Space, p.Slug
		}
		pre := &view.Preview{}
		res, err := q.s.Wiki.Preview(q.ctx(), q.actor, space, slug, or(v.Get("lang"), q.lang), v.Get("body"))
		if errs.Is(err, errs.NotFound) { // no space chosen yet: links cannot be looked up
			m := errs.Msg("web.preview_space")
			pre.Err = &m
		} else if m, ok := errs.MessageOf(err); err != nil && ok {
			pre.Err = &m
		} else if err != nil {
			return true, err
		}
		pre.HTML = view.Body(res.HTML)
		return true, q.form(http.StatusOK, k, v, nil, p, func(f *view.Form) { f.Preview = pre })
	case strings.HasPrefix(do, "add:"):
		addRow(k, v, strings.TrimPrefix(do, "add:"))
		return true, q.form(http.StatusOK, k, v, nil, p, nil)
	case strings.HasPrefix(do, "remove:"):
		name, n, _ := strings.Cut(strings.TrimPrefix(do, "remove:"), ":")
		removeRow(v, name, atoi(n))
		return true, q.form(http.StatusOK, k, v, nil, p, nil)
	}
	return false, nil
}

func addRow(k *kind.Kind, v url.Values, name string) {
	f, ok := k.Field(strings.TrimPrefix(name, "fields."))
	if !ok || f.Type != kind.TypeList || len(f.Fields) == 0 {
		return
	}
	next := 0
	if rows := rowNumbers(name, v); len(rows) > 0 {
		next = rows[len(rows)-1] + 1
	}
	if next < maxRows {
		v.Set(name+"."+strconv.Itoa(next)+"."+f.Fields[0].Key, "")
	}
}

func removeRow(v url.Values, name string, n int) {
	prefix := name + "." + strconv.Itoa(n) + "."
	for key := range v {
		if strings.HasPrefix(key, prefix) {
			delete(v, key)
		}
	}
}

// formFailed shows the form again with everything that was typed and says what is wrong.
func (q *request) formFailed(k *kind.Kind, v url.Values, p *page.Page, err error) error {
	stale, _ := errors.AsType[*wiki.Stale](err)
	switch {
	case stale != nil:
		return q.conflict(k, v, *p, stale.Current)
	case errs.Is(err, errs.Invalid), errs.Is(err, errs.Conflict):
		bad := errs.FieldsOf(err)
		if m, ok := errs.MessageOf(err); ok && len(bad) == 0 {
			bad = []errs.Field{{Name: "title", Msg: m}}
		}
		return q.form(http.StatusUnprocessableEntity, k, v, bad, p, nil)
	}
	err = q.late(err)
	if !errs.Is(err, errs.Full) && !errs.Is(err, errs.ReadOnly) && !errs.Is(err, errs.Unavailable) {
		return err
	}
	// The author's text must not be lost because the disk is full, the database busy or the time over.
	m, ok := errs.MessageOf(err)
	if !ok {
		m = errs.Msg("web.read_only")
	}
	q.Response().Header().Set("Retry-After", retryAfter)
	defer q.moreTime()()
	return q.form(statusOf(err), k, v, []errs.Field{{Msg: m}}, p, func(f *view.Form) { f.ReadOnly = errs.Is(err, errs.ReadOnly) })
}

func (s *Server) createEnded(q *request) error {
	v, err := q.FormParams()
	if err != nil {
		return badForm(err)
	}
	return q.sessionEnded(v, "", 0)
}

func (s *Server) saveEnded(q *request) error {
	v, err := q.FormParams()
	if err != nil {
		return badForm(err)
	}
	return q.sessionEnded(v, q.path(), atoi(v.Get("revision")))
}

// sessionEnded gives back what was typed when the session has ended meanwhile: signed in again in another window,
// the author saves here. It needs what was sent and nothing that is stored, so it tells a guest nothing.
func (q *request) sessionEnded(v url.Values, action string, revision int) error {
	k, ok := q.s.Wiki.Kinds().Kind(v.Get("kind"))
	if !ok {
		return errs.New(errs.Unauthenticated, errs.Msg("web.sign_in_first"))
	}
	f := &pageForm{q: q, k: k, v: v, new: action == ""}
	out, err := f.view(or(action, "/new"), "/", revision)
	if err != nil {
		return err
	}
	out.Notice = &view.Notice{Tone: "danger", Msg: errs.Msg("web.session_ended"), Link: view.Link{URL: "/login", Text: q.tr("web.session_sign_in")}, NewWindow: true}
	return q.render(http.StatusUnauthorized, out)
}

// conflict shows what somebody else saved beside what was typed; saving again is then based on the newest one.
func (q *request) conflict(k *kind.Kind, v url.Values, p, current page.Page) error {
	mine, _ := decodePage(k, v)
	v.Set("revision", strconv.Itoa(current.Revision))
	revs, err := q.s.Wiki.History(q.ctx(), q.actor, current.ID)
	if err != nil {
		return err
	}
	c := &view.Conflict{At: current.UpdatedAt, N: current.Revision, URL: wiki.Address(current.Space, current.Slug)}
	if len(revs) > 0 {
		c.By = revs[0].By
	}
	typed := current
	typed.Title, typed.Summary, typed.Body, typed.Tags, typed.Owner = mine.Title, mine.Summary, mine.Body, mine.Tags, or(mine.Owner, current.Owner)
	typed.Fields, _ = k.Validate(mine.Fields, current.State)
	typed.Relations = append(mine.Relations, otherRelations(k, current)...)
	if c.Fields, c.Body, err = q.compare(k, current, typed); err != nil {
		return err
	}
	return q.form(http.StatusConflict, k, v, nil, &p, func(f *view.Form) { f.Conflict = c })
}

// badForm tells a form that is too large from one that cannot be read.
func badForm(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errs.New(errs.TooLarge, errs.Msg("web.too_large", "MiB", tooLarge.Limit>>20))
	}
	return &errs.Error{Kind: errs.Invalid, Op: "read form", Msg: errs.Msg("web.form_unreadable"), Cause: err}
}
