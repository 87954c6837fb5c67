package web

import (
	archive "archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
	"lernraum/internal/page"
)

// cast are the actors of the matrix: guests at the open and at the closed door; somebody without a right anywhere; a
// manager of another closed space; the editorial team; a member, a manager; somebody of the unit that answers for the
// closed space; an administrator.
var cast = []string{"guest", "stranger", "clerk", "teller", "editor", "member", "insider", "owner", "admin"}

// thing is an object of the matrix.
type thing struct {
	name  string
	page  page.Page
	space page.Space
	word  string        // finds it, and is not its canary
	own   string        // the canary in all its texts; "" for what everybody may read
	hear  access.Action // who may do this to it may hear it; "" is reading
	gone  bool          // there is no such page
	bin   bool          // it was deleted: only the bin knows it
}

// matrix asks every route of the table, as every actor, for every thing.
type matrix struct {
	*site
	things []thing
	actors map[string]access.Actor
	cases  int
	reach  map[string]bool // routes that have answered somebody with what was asked for
	heard  map[string]bool // canaries somebody has heard, who may
}

func newMatrix(t *testing.T) *matrix {
	s := newSite(t)
	m := &matrix{site: s, actors: map[string]access.Actor{}, reach: map[string]bool{}, heard: map[string]bool{}}
	for _, name := range cast {
		switch token := s.tokens[name]; {
		case token != "":
			a, err := s.auth.Actor(s.ctx, token)
			if err != nil {
				t.Fatal(err)
			}
			m.actors[name] = a
		default:
			m.actors[name] = auth.GuestActor(name == "guest")
		}
	}
	spaces := map[string]page.Space{}
	list, err := s.store.Spaces(s.ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, sp := range list {
		spaces[sp.Key] = sp
	}
	add := func(name, slug, word, own string) {
		p := s.pages[slug]
		m.things = append(m.things, thing{name: name, page: p, space: spaces[p.Space], word: word, own: own})
	}
	add("open page", "offen", "Offene", "")
	add("page in a published space", "norm", "Norm", "")
	add("KPI", "dauer", "Dauer", "")
	add("unit", "z2", "Referat", "")
	add("restricted page with files", "verborgen", "Personalgeheimnis", inTresor)
	add("restricted unit", "geheime-einheit", "Einheit", inTresor)
	add("restricted tool", "geheimes-werkzeug", "Werkzeug", inTresor)
	add("restricted KPI", "geheime-dauer", "Dauer", inTresor)
	add("draft", "unfertige-norm", "Entwurf", inDraft)
	add("page in the other closed space", "kassenbuch", "Kassenbuch", inKasse)
	add("page in the bin", "weggeworfen", "Weggeworfen", inBin)
	m.things[len(m.things)-1].bin = true
	add("request for access", "verborgen", "Personalgeheimnis", inRequest)
	m.things[len(m.things)-1].hear = access.Answer
	gone := page.Page{ID: "01ARZ3NDEKTSV4RRFFQ69G5FAV", Kind: "guide", Space: "tresor", Slug: "gibt-es-nicht"}
	m.things = append(m.things, thing{name: "page that is not there", page: gone, space: spaces["tresor"], word: "nirgendwo", gone: true},
		thing{name: "page in a space that is not there", page: page.Page{ID: gone.ID, Kind: "guide", Space: "nirgends", Slug: "offen"}, word: "nirgendwo", gone: true})
	return m
}

// may is the rule for a thing.
func (m *matrix) may(actor string, act access.Action, th thing) bool {
	return access.Can(m.actors[actor], act, access.Object{Space: th.space, Draft: th.page.Draft})
}

var pathParam = regexp.MustCompile(`:[a-z]+`)

// addressesOf fills the parameters of a route for a thing. A parameter it does not know is a route it does not know.
func (m *matrix) addressesOf(r route, th thing) []string {
	keys := []string{th.page.Slug}
	values := map[string]string{
		":space": th.page.Space, ":slug": th.page.Slug, ":id": string(th.page.ID), ":n": "1", ":name": "anlage.txt", ":kind": or(th.page.Kind, "guide"), ":page": "imprint", ":provider": "nirgends", ":period": "2026-10",
	}
	switch {
	case r.path == "/admin/people/:id/erase":
		values[":id"] = m.actors["clerk"].UserID
	case strings.HasPrefix(r.path, "/spaces/:key"):
		keys = []string{th.page.Space}
	case r.path == "/admin/people/:id" && r.method == http.MethodGet:
		values[":id"] = m.user("clerk").ID
	case r.path == "/kpis/:key":
		keys = append(keys, th.page.Slug+".csv", th.page.Slug+".svg")
	}
	var out []string
	for _, key := range keys {
		values[":key"] = key
		out = append(out, pathParam.ReplaceAllStringFunc(r.path, func(p string) string {
			v, ok := values[p]
			if !ok {
				m.t.Errorf("%s %s: nobody knows what to put for %s", r.method, r.path, p)
			}
			return url.PathEscape(v)
		}))
		if !strings.Contains(r.path, ":key") {
			break
		}
	}
	return out
}

// about tells whether a route names the thing in its address, so that the rule for the thing decides.
func (th thing) named(r route) bool {
	switch {
	case strings.Contains(r.path, ":key") && strings.Contains(r.path, "/kpis/"):
		return th.page.Kind == "kpi"
	case r.about == aboutPage, r.about == aboutFile, r.about == aboutSpace:
		return strings.Contains(r.path, ":")
	}
	return false
}

// subject is the thing as the route means it: a route about a space does not care for the page.
func (th thing) subject(r route) thing {
	switch {
	case strings.Contains(r.path, "/bin/:id"):
		th.gone = th.gone || !th.bin
	case r.about == aboutSpace:
		th.page.Draft, th.gone = false, th.space.Key == ""
	default:
		th.gone = th.gone || th.bin
	}
	return th
}

// hint are query and form values that lead a list or a form to the thing.
func (th thing) hint() url.Values {
	return url.Values{
		"q": {th.word}, "space": {th.page.Space}, "kind": {or(th.page.Kind, "guide")}, "unit": {"geheime-einheit"}, "id": {string(th.page.ID)}, "ref": {string(th.page.ID)},
		"from": {"1"}, "to": {"2"}, "title": {"Eindringling"}, "sort": {"title"},
	}
}

// listen checks an answer for canaries its reader may not hear: in the body, archives unpacked, and in every header.
func (m *matrix) listen(what, actor string, a answer) {
	m.t.Helper()
	m.cases++
	m.checkHeaders(what, a)
	heard := strings.ToUpper(a.body + fmt.Sprint(a.Header()))
	if z, err := archive.NewReader(bytes.NewReader([]byte(a.body)), int64(len(a.body))); err == nil {
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				m.t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err != nil {
				m.t.Fatal(err)
			}
			heard += strings.ToUpper(f.Name + string(b))
		}
	}
	for _, th := range m.things {
		switch {
		case th.own == "" || !strings.Contains(heard, th.own):
		case th.bin && !strings.Contains(what, "/bin"):
			m.t.Errorf("%s shows a page that was deleted", what)
		case m.may(actor, access.Action(or(string(th.hear), string(access.Read))), th):
			m.heard[th.own] = true
			if cc := a.Header().Get("Cache-Control"); cc != "private, no-store" && th.space.Type == page.SpaceRestricted {
				m.t.Errorf("%s shows %s and may be kept: %q", what, th.own, cc) // R-AUT-6
			}
		default:
			m.t.Errorf("%s shows %s:\n%s", what, th.own, excerpt(a.body, th.own))
		}
	}
}

// door is what the rule makes of a request: let in, sent to sign in, or told that there is nothing.
func (m *matrix) door(actor string, r route, th thing) (open bool, status int) {
	a := m.actors[actor]
	unsigned, absent := http.StatusUnauthorized, http.StatusNotFound
	if r.method == http.MethodGet {
		unsigned = http.StatusSeeOther
		if !a.SignedIn() && !a.PublicRead {
			absent = http.StatusSeeOther
		}
	}
	if r.api != nil { // programs are told so, and never sent elsewhere
		unsigned, absent = http.StatusUnauthorized, http.StatusNotFound
		if !a.SignedIn() && (!a.PublicRead || r.action != access.Read) {
			return r.about == aboutOpen, unsigned
		}
	}
	switch {
	case r.about == aboutOpen:
		return true, 0
	case !a.SignedIn() && (r.action != access.Read || r.about == aboutOwn || (r.about == aboutList || r.about == aboutHouse) && !a.PublicRead):
		return false, unsigned
	case r.about == aboutHouse && r.action != access.Read && !access.Can(a, r.action, access.Object{}):
		return false, absent
	case th.named(r) && (th.subject(r).gone || !m.may(actor, r.action, th.subject(r))):
		return false, absent
	}
	return true, 0
}

// TestMatrix (C-AUT-1): every route of the table, by every actor, for every object. What the rule forbids is answered as
// if it were not there, what it allows is not, and no canary of a closed place is heard by anybody who may not enter it.
func TestMatrix(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	for _, r := range m.open.routes() {
		if r.method != http.MethodGet {
			continue
		}
		for _, th := range m.things {
			for _, address := range m.addressesOf(r, th) {
				for _, actor := range cast {
					for _, query := range th.queries(r) {
						if query != "" && r.about != aboutList && r.about != aboutSpace && r.about != aboutHouse && !strings.HasSuffix(r.path, "/diff") {
							continue
						}
						what := actor + " at " + address + query + " (" + th.name + ")"
						a := m.get(actor, address+query)
						m.listen(what, actor, a)
						open, status := m.door(actor, r, th)
						switch {
						case !open && a.Code != status:
							t.Errorf("%s: %d, want %d", what, a.Code, status)
						case !open && status == http.StatusSeeOther && !strings.HasPrefix(a.Header().Get("Location"), "/login?return="):
							t.Errorf("%s leads to %s", what, a.Header().Get("Location"))
						case open && (a.Code == http.StatusUnauthorized || a.Code >= 500):
							t.Errorf("%s: %d", what, a.Code)
						case open && a.Code < 400:
							m.reach[r.path] = true
						}
					}
				}
			}
		}
		if !m.reach[r.path] && !slices.Contains(unreachable, r.path) {
			t.Errorf("GET %s answers nobody for any object: its row proves nothing", r.path)
		}
	}
	for _, th := range m.things {
		if th.own != "" && !m.heard[th.own] {
			t.Errorf("%s sings for nobody", th.own)
		}
	}
	t.Logf("C-AUT-1: %d reading cases (%d actors, %d objects)", m.cases, len(cast), len(m.things))
	if m.cases < 1000 {
		t.Errorf("only %d cases", m.cases)
	}
}

// unreachable routes need more than an address to answer.
var unreachable = []string{"/setup", "/auth/callback", "/admin/units/history/:id", "/login/password"}

// TestMatrixOfChanges (C-AUT-1): whatever the rule forbids to change is refused, in the same way as what is not there,
// shows nothing, and leaves everything as it was.
func TestMatrixOfChanges(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	for _, r := range m.open.routes() {
		if r.method == http.MethodGet || r.about == aboutOpen {
			continue
		}
		before, refused := m.snapshot(), 0
		for _, th := range m.things {
			form := th.hint()
			for name, value := range map[string]string{
				"revision": fmt.Sprint(th.page.Revision), "transition": "archive", "reason": "weil", "period": "2026-10", "value": "1", "state": "final", "body": "x", "key": "neu",
				"type": "open", "login": "clerk", "level": "manager", "name": "x", "text": "x", "to": "z2",
			} {
				form.Set(name, value)
			}
			for _, address := range m.addressesOf(r, th)[:1] {
				for _, actor := range cast {
					open, status := m.door(actor, r, th)
					chosen := (r.path == "/new" || r.path == "/api/v1/pages") && open && !m.may(actor, r.action, th) // the space is chosen in the form
					if open && !chosen {
						continue
					}
					what := actor + " at POST " + address + " (" + th.name + ")"
					a := m.change(actor, r, address, form)
					m.listen(what, actor, a)
					refused++
					if chosen && a.Code == http.StatusUnprocessableEntity {
						continue
					}
					if a.Code != status {
						t.Errorf("%s: %d, want %d", what, a.Code, status)
					}
				}
			}
		}
		if after := m.snapshot(); after != before {
			t.Errorf("POST %s: something was written\n%s\n%s", r.path, before, after)
		}
		if refused == 0 {
			t.Errorf("POST %s refuses nobody", r.path)
		}
	}
	t.Logf("C-AUT-1: %d changing cases, all refused", m.cases)
}

// snapshot is everything a request could have changed: pages, spaces, accounts with their rights, and what the audit log
// says was done.
func (m *matrix) snapshot() string {
	m.t.Helper()
	st, err := m.store.State(m.ctx)
	if err != nil {
		m.t.Fatal(err)
	}
	spaces, err := m.store.Spaces(m.ctx)
	if err != nil {
		m.t.Fatal(err)
	}
	users, err := m.store.Users(m.ctx)
	if err != nil {
		m.t.Fatal(err)
	}
	done := 0
	if err := m.store.EachAudit(m.ctx, 1, func(e audit.Entry) error {
		if e.Outcome == audit.Done {
			done++
		}
		return nil
	}); err != nil {
		m.t.Fatal(err)
	}
	return fmt.Sprint(st, spaces, users, done)
}
