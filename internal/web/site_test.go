package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"lernraum/content"
	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/auth"
	"lernraum/internal/config"
	"lernraum/internal/kind"
	"lernraum/internal/kpi"
	"lernraum/internal/lesson"
	"lernraum/internal/markup"
	"lernraum/internal/media"
	"lernraum/internal/member"
	"lernraum/internal/orga"
	"lernraum/internal/page"
	"lernraum/internal/privacy"
	"lernraum/internal/search"
	"lernraum/internal/setting"
	"lernraum/internal/store"
	"lernraum/internal/view"
	"lernraum/internal/wiki"
	"lernraum/static"
	"lernraum/templates"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	origin = "http://haus.test"
	// canary stands in every text of what is closed and in no address that the tests ask for.
	canary = "KANARIE"
	// Each closed place has a canary of its own, so that whoever may enter one is still not to meet those of the others.
	inTresor = canary + "TRESOR"
	inKasse  = canary + "KASSE"
	inDraft  = canary + "ENTWURF"
	// The reasons of those who ask for access are for those who answer.
	inRequest = canary + "ANFRAGE"
	inBin     = canary + "PAPIERKORB"
)

// site is a house with both kinds of doors: one server that lets guests read, one that does not.
type site struct {
	t      testing.TB
	ctx    context.Context
	open   *Server // guests read
	closed *Server // guests do not
	wiki   *wiki.Service
	auth   *auth.Service
	store  *failing
	index  *search.Index
	clock  *clock
	tokens map[string]string // session of each actor
	nonces map[string]bool   // seen so far
	keys   map[string]string // API token of each actor, for all that it allows
	pages  map[string]page.Page
	dir    string // of the data
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// failing is the real store on a medium that can be told to refuse what is saved.
type failing struct {
	*store.Store
	fail atomic.Pointer[error]
}

func (f *failing) Save(ctx context.Context, writes ...wiki.Write) (wiki.Saved, error) {
	if err := f.fail.Load(); err != nil {
		return wiki.Saved{}, *err
	}
	return f.Store.Save(ctx, writes...)
}

var shared = sync.OnceValues(func() (*view.Renderer, error) {
	return view.New(view.Options{Templates: templates.FS(), Static: func(name string) string { return "/static/" + name }, Location: time.UTC})
})

var shippedKinds = sync.OnceValues(func() (*kind.Set, error) {
	return kind.Load(kind.Source{Name: "shipped", FS: content.Kinds()})
})

// newSite is a furnished house.
func newSite(t testing.TB) *site {
	t.Helper()
	s := emptySite(t)
	s.furnish()
	return s
}

// emptySite has no page, no space and no account.
func emptySite(t testing.TB) *site {
	t.Helper()
	kinds, err := shippedKinds()
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	assets, err := static.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, ctx: context.WithoutCancel(t.Context()), clock: &clock{at: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}, tokens: map[string]string{}, keys: map[string]string{}, nonces: map[string]bool{}, pages: map[string]page.Page{}}
	dir := t.TempDir()
	s.dir = dir
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError + 1}))
	db, err := store.Open(s.ctx, store.Options{Dir: dir, Now: s.clock.now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	s.store = &failing{Store: db}
	s.index = search.Open(search.Options{Dir: dir, Source: db, Now: s.clock.now, Log: log})
	s.index.Start(s.ctx)
	t.Cleanup(func() {
		if err := s.index.Close(); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	s.wiki = wiki.New(wiki.Options{Store: s.store, Index: s.index, Kinds: kinds, Markup: markup.New(), Now: s.clock.now, Log: log, Guards: lesson.Guards()})
	s.auth = auth.New(db, auth.Options{Idle: 8 * time.Hour, Max: 12 * time.Hour, Demo: true, Now: s.clock.now, Log: log, Params: auth.Params{MemoryKiB: 64, Passes: 1, Lanes: 1}})
	for _, to := range []struct {
		server **Server
		public bool
	}{{&s.open, true}, {&s.closed, false}} {
		*to.server, err = New(Options{
			Wiki: s.wiki, Auth: s.auth, Audit: audit.NewReader(db), KPI: kpi.New(db, s.wiki, s.clock.now), Members: member.New(db, s.auth, s.clock.now), Privacy: privacy.New(privacy.Options{Store: db, Pages: s.wiki, Terms: privacy.DefaultTerms(), Now: s.clock.now}), Orga: orga.New(orga.Options{Store: db, Wiki: s.wiki, Now: s.clock.now}), View: renderer, Files: media.New(1 << 20), Static: assets, Now: s.clock.now, Log: log,
			BaseURL: origin, Settings: setting.New(db, config.Config{HouseName: "Haus", Lang: "de", PublicRead: to.public}, s.clock.now, log), MaxUpload: 1 << 20, RequestTimeout: 30 * time.Second, Version: "test",
			Ready:  func(context.Context) error { return db.Writable() },
			Status: func(context.Context) (view.Status, error) { return view.Status{Version: "test"}, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

var program = access.Program("Test")

func (s *site) furnish() {
	s.t.Helper()
	due := time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, sp := range []page.Space{
		{Key: "handbuch", Title: "Handbuch", Type: page.SpaceOpen}, {Key: "normen", Title: "Normen", Type: page.SpacePublished},
		{Key: "haus", Title: "Haus", Type: page.SpacePublished},
		{Key: "tresor", Title: "Personalsachen", Type: page.SpaceRestricted, Reason: "Personaldaten", Unit: "unit/personal", ReviewDue: due, Summary: inTresor},
		{Key: "kasse", Title: "Kasse", Type: page.SpaceRestricted, Reason: "Kassensachen", ReviewDue: due, Summary: inKasse},
	} {
		if err := s.wiki.SaveSpace(s.ctx, program, sp, true); err != nil {
			s.t.Fatal(err)
		}
	}
	for _, u := range []auth.NewUser{
		{Login: "clerk", Name: "Clerk", Label: "Referat Z 2", Units: []string{"z2"}},
		{Login: "insider", Name: "Insider", Label: "Personalrat", Spaces: map[string]access.Membership{"tresor": access.Manager, "normen": access.Member}},
		{Login: "member", Name: "Member", Label: "Personalstelle", Spaces: map[string]access.Membership{"tresor": access.Member}},
		{Login: "teller", Name: "Teller", Label: "Kasse", Spaces: map[string]access.Membership{"kasse": access.Manager}},
		{Login: "editor", Name: "Editor", Label: "Redaktion", Roles: []access.Role{access.RoleEditor}},
		{Login: "owner", Name: "Owner", Label: "Personal", Units: []string{"personal"}},
		{Login: "asker", Name: "Asker", Label: "Referat A 1"},
		{Login: "admin", Name: "Admin", Label: "Administration", Roles: []access.Role{access.RoleAdmin}},
	} {
		u.NoPassword = true
		made, err := s.auth.AddUser(s.ctx, program, u)
		if err != nil {
			s.t.Fatal(err)
		}
		s.keys[u.Login] = s.keyOf(made.ID, auth.ScopeRead, auth.ScopeWrite)
		if s.tokens[u.Login], _, err = s.auth.SignInAs(s.ctx, made.ID); err != nil {
			s.t.Fatal(err)
		}
	}
	fields := func(pairs ...any) page.Fields {
		f := page.Fields{}
		for i := 0; i < len(pairs); i += 2 {
			f[pairs[i].(string)] = pairs[i+1]
		}
		return f
	}
	kpiFields := func(text string) page.Fields {
		return fields("definition", text, "unit", "Tage", "direction", "less", "rhythm", "month", "type", "duration", "level", "output")
	}
	secretID := page.ID("01ARZ3NDEKTSV4RRFFQ69G5S01")
	in := []wiki.Imported{
		{State: "published", Input: wiki.Input{Kind: "unit", Space: "handbuch", Slug: "redaktion", Title: "Redaktion", Fields: fields("type", "team")}},
		{State: "published", Input: wiki.Input{Kind: "unit", Space: "handbuch", Slug: "z2", Title: "Referat Z 2", Fields: fields("type", "section", "parent", "unit/geheime-einheit")}},
		{ID: secretID, State: "published", Input: wiki.Input{Kind: "guide", Space: "tresor", Slug: "verborgen", Title: inTresor + " Personalgeheimnis", Summary: inTresor, Body: inTresor + "\n\n[[handbuch:offen]]\n", Tags: []string{inTresor}, Fields: fields("audience", inTresor),
			Relations: []page.Relation{{Key: "part_of", Ref: "handbuch:offen"}}}},
		{State: "published", Input: wiki.Input{Kind: "unit", Space: "tresor", Slug: "geheime-einheit", Title: inTresor + " Einheit", Fields: fields("type", "team")}},
		{State: "active", Input: wiki.Input{Kind: "kpi", Space: "tresor", Slug: "geheime-dauer", Title: inTresor + " Dauer", Fields: kpiFields(inTresor)}},
		{State: "published", Input: wiki.Input{Kind: "tool", Space: "tresor", Slug: "geheimes-werkzeug", Title: inTresor + " Werkzeug", Fields: fields("purpose", inTresor, "type", "software")}},
		{State: "draft", Input: wiki.Input{Kind: "guide", Space: "normen", Slug: "unfertige-norm", Title: inDraft + " Entwurf Personalgeheimnis", Body: inDraft}},
		{State: "published", Input: wiki.Input{Kind: "guide", Space: "normen", Slug: "norm", Title: "Geltende Norm", Body: "Norm.\n"}},
		{State: "active", Input: wiki.Input{Kind: "kpi", Space: "handbuch", Slug: "dauer", Title: "Dauer", Fields: kpiFields("Tage")}},
		{State: "published", Input: wiki.Input{Kind: "guide", Space: "haus", Slug: "impressum", Title: "Impressum", Body: "Wir.\n"}},
		{State: "published", Input: wiki.Input{Kind: "guide", Space: "haus", Slug: "datenschutz", Title: "Datenschutz", Body: "Wenig. [[handbuch:offen]] [[handbuch:offen|so]] [[haus:impressum]]\n"}},
		{State: "published", Input: wiki.Input{
			Kind: "process", Space: "handbuch", Slug: "offen", Title: "Offene Seite", Owner: "unit/geheime-einheit",
			Body: "[[" + string(secretID) + "]] [[tresor:verborgen]] [[normen:unfertige-norm]] [[tool/geheimes-werkzeug]]\n",
			Fields: page.Fields{"purpose": "[[tresor:verborgen]]", "steps": []map[string]any{
				{"what": "Antrag stellen", "role": "unit/geheime-einheit", "tool": "tool/geheimes-werkzeug"}}},
			Relations: []page.Relation{{Key: "uses_tool", Ref: "tool/geheimes-werkzeug"}, {Key: "similar_to", Ref: string(secretID)}, {Key: "measured_by", Ref: "kpi/geheime-dauer"}},
		}},
	}
	in = append(in, wiki.Imported{State: "published", Input: wiki.Input{Kind: "guide", Space: "tresor", Slug: "weggeworfen", Title: inBin + " Weggeworfen", Summary: inBin, Body: inBin, Tags: []string{inBin}}})
	in = append(in, wiki.Imported{State: "published", Input: wiki.Input{Kind: "guide", Space: "kasse", Slug: "kassenbuch", Title: inKasse + " Kassenbuch", Summary: inKasse, Body: inKasse, Tags: []string{inKasse}}})
	out, err := s.wiki.Import(s.ctx, program, in, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i, o := range out {
		if o.Status != wiki.ImportCreated {
			s.t.Fatalf("%s: %v", in[i].Input.Title, o.Err)
		}
		p, err := s.wiki.Page(s.ctx, program, o.ID)
		if err != nil {
			s.t.Fatal(err)
		}
		s.pages[p.Slug] = p
	}
	for _, slug := range []string{"offen", "verborgen", "unfertige-norm", "norm"} { // a second revision each
		p := s.pages[slug]
		edit := wiki.InputOf(p)
		edit.Body, edit.Comment = "Früher anders. "+p.Body, "geändert"
		switch {
		case p.Space == "tresor":
			edit.Comment = inTresor
		case p.Draft:
			edit.Comment = inDraft
		}
		saved, err := s.wiki.Import(s.ctx, program, []wiki.Imported{{ID: p.ID, Input: edit, State: p.State}}, nil)
		if err != nil || saved[0].Err != nil {
			s.t.Fatal(err, saved)
		}
		if s.pages[slug], err = s.wiki.Page(s.ctx, program, p.ID); err != nil {
			s.t.Fatal(err)
		}
	}
	for slug, text := range map[string]string{"offen": "frei", "verborgen": inTresor, "kassenbuch": inKasse, "unfertige-norm": inDraft, "norm": "frei"} {
		for _, name := range []string{"anlage.txt", text + ".txt"} { // the second is never asked for by its name
			if _, err := s.wiki.Attach(s.ctx, program, s.pages[slug].ID, media.New(1<<20), wiki.FileInput{Name: name, Alt: text, Read: strings.NewReader(text)}); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	for slug, note := range map[string]string{"dauer": "", "geheime-dauer": inTresor} {
		if _, err := s.store.SaveKPIValues(s.ctx, s.pages[slug].ID, []page.KPIValue{
			{Period: "2026-08", Start: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC), Value: 12.5, State: "final", Note: note, Source: "manual", ReceivedAt: s.clock.now()},
			{Period: "2026-09", Start: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), Value: 11, State: "final", Source: "manual", ReceivedAt: s.clock.now()},
		}); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := s.wiki.Delete(s.ctx, program, s.pages["weggeworfen"].ID, 1, inBin); err != nil {
		s.t.Fatal(err)
	}
	if err := s.store.SetUnitMembership(s.ctx, "geheime-einheit", "tresor", access.Member); err != nil {
		s.t.Fatal(err)
	}
	asker, err := s.auth.Actor(s.ctx, s.tokens["asker"])
	if err != nil {
		s.t.Fatal(err)
	}
	tresor, err := s.wiki.Space(s.ctx, program, access.Read, "tresor")
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.open.Members.Ask(s.ctx, asker, tresor, inRequest); err != nil {
		s.t.Fatal(err)
	}
	s.indexed()
}

func (s *site) indexed() {
	s.t.Helper()
	st, err := s.store.State(s.ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.ctx, 20*time.Second)
	defer cancel()
	s.index.Changed()
	if err := s.index.Wait(ctx, st.Seq); err != nil {
		s.t.Fatal(err)
	}
}

// actors in the columns of the tables. The first two are guests, at the open and at the closed door.
var actors = []string{"guest", "stranger", "clerk", "insider", "admin"}

// answer is what came back.
type answer struct {
	*httptest.ResponseRecorder
	body string
}

// ask sends a request as one of the actors. Headers come in pairs; a form makes it a POST of the same origin.
func (s *site) ask(actor, method, target string, form url.Values, headers ...string) answer {
	s.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, target, body)
	if method != http.MethodGet && method != http.MethodHead {
		r.Header.Set("Origin", origin)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		} else {
			r.Header.Add(headers[i], headers[i+1])
		}
	}
	return s.send(actor, r)
}

// requestFrom is a POST of the same origin with a body as it is, from a client at an address.
func (s *site) requestFrom(client, target, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.RemoteAddr = client
	r.Header.Set("Origin", origin)
	return r
}

func (s *site) send(actor string, r *http.Request) answer {
	s.t.Helper()
	r.Host = "haus.test"
	server := s.open
	if actor == "stranger" {
		server = s.closed
	}
	if underAPI(r) {
		s.clock.pass(150 * time.Millisecond) // within the pace of a token
		if key := s.keys[actor]; key != "" && r.Header.Get("Authorization") == "" {
			r.Header.Set("Authorization", "Bearer "+key)
		}
	}
	if token := s.tokens[actor]; token != "" {
		r.AddCookie(&http.Cookie{Name: auth.CookieName(false), Value: token})
	}
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	raw := w.Body.Bytes()
	if w.Header().Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err == nil {
			raw, err = io.ReadAll(z)
		}
		if err != nil {
			s.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
		}
	}
	return answer{w, s.withoutNonce(r.Method+" "+r.URL.Path, w, string(raw))}
}

var scriptNonce = regexp.MustCompile(`<script [^>]*nonce="([^"]*)"></script>\n</body>\n</html>\n$`)

// withoutNonce gives a body as it is but for the nonce, so that bodies can be compared. A page has the nonce of its
// policy and no other answer has one.
func (s *site) withoutNonce(what string, w *httptest.ResponseRecorder, body string) string {
	s.t.Helper()
	policy, nonce := w.Header().Get(headerPolicy), ""
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		m := scriptNonce.FindStringSubmatch(body)
		if m == nil || len(m[1]) < 22 {
			s.t.Errorf("%s: no script with a nonce at the end: %.200q", what, body[max(0, len(body)-200):])
			return body
		}
		if s.nonces[m[1]] {
			s.t.Errorf("%s: a nonce for the second time", what)
		}
		nonce = m[1]
		s.nonces[nonce] = true
		if n := strings.Count(body, nonce); n != 1 {
			s.t.Errorf("%s: the nonce stands %d times in the page", what, n)
		}
	}
	want := policyNoScript
	if nonce != "" {
		want = strings.Replace(policyNoScript, "script-src 'none'", "script-src 'nonce-"+nonce+"'", 1)
	}
	switch {
	case w.Code == http.StatusNotModified:
		want = ""
	case policy == policyFile:
		want = policyFile
	}
	if policy != want {
		s.t.Errorf("%s: policy %q, want %q", what, policy, want)
	}
	if nonce == "" {
		return body
	}
	w.Header().Set(headerPolicy, strings.Replace(policy, nonce, "NONCE", 1))
	return strings.Replace(body, nonce, "NONCE", 1)
}

func (s *site) get(actor, target string, headers ...string) answer {
	return s.ask(actor, http.MethodGet, target, nil, headers...)
}

func (s *site) post(actor, target string, form url.Values, headers ...string) answer {
	if form == nil {
		form = url.Values{}
	}
	return s.ask(actor, http.MethodPost, target, form, headers...)
}

// upload sends a file with a form.
func (s *site) upload(actor, target, name string, content []byte, headers ...string) answer {
	s.t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	if name != "" {
		part, err := w.CreateFormFile("file", name)
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := part.Write(content); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := w.WriteField("alt", "Beschreibung"); err != nil {
		s.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, target, &buf)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Origin", origin)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.send(actor, r)
}

// want checks the status of an answer and that it shows, or does not show (with a leading "!"), some texts.
func (s *site) want(what string, a answer, status int, texts ...string) {
	s.t.Helper()
	if a.Code != status {
		s.t.Errorf("%s: status %d, want %d\n%.600s", what, a.Code, status, a.body)
		return
	}
	for _, text := range texts {
		if not, ok := strings.CutPrefix(text, "!"); ok {
			if strings.Contains(a.body, not) {
				s.t.Errorf("%s shows %q", what, not)
			}
		} else if !strings.Contains(a.body, text) {
			_, main, _ := strings.Cut(a.body, "<main")
			s.t.Errorf("%s does not show %q\n%.3000s", what, text, main)
		}
	}
}

func (a answer) String() string { return fmt.Sprint(a.Code, " ", a.Header(), "\n", a.body) }
