package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lernraum/internal/api"
	"lernraum/internal/auth"
)

// useAPI goes the way of a program: it reads what there is, adds a page, changes it, finds it, and deletes it.
func (c *caller) useAPI(is func(answer, int) answer) {
	t := c.t
	t.Helper()
	kinds := decode[api.KindList](t, is(c.do("clerk", "listKinds", nil, "", ""), 200))
	spaces := decode[api.SpaceList](t, is(c.do("clerk", "listSpaces", nil, "", ""), 200))
	if len(kinds.Items) < 17 || len(spaces.Items) != 3 || !spaces.Items[0].Write && !spaces.Items[1].Write {
		t.Errorf("%d kinds, spaces %+v", len(kinds.Items), spaces.Items)
	}
	is(c.do("clerk", "getOpenAPI", nil, "", ""), 200)

	made := is(c.do("clerk", "createPage", nil, "", `{"kind":"process","space":"handbuch","title":"Akten abgeben","lang":"de","tags":["akten","archiv"],
		"fields":{"purpose":"Platz schaffen","steps":[{"what":"Prüfen","duration":"10 min"},{"what":"Abgeben"}]},
		"relations":{"part_of":["handbuch:offen"]},"body":"Nach *zehn* Jahren.","review_due":"2027-05-01","comment":"angelegt"}`), 201)
	p := decode[api.Page](t, made)
	at := map[string]string{"id": p.ID}
	if p.Revision != 1 || made.Header().Get("ETag") != `"1"` || made.Header().Get("Location") != "/api/v1/pages/"+p.ID || p.Slug != "akten-abgeben" || p.URL != origin+"/wiki/handbuch/akten-abgeben" ||
		*p.ReviewDue != "2027-05-01" || p.Relations["part_of"][0] != "handbuch:offen" || p.Owner == "" || p.State == "" || p.Body != "Nach *zehn* Jahren.\n" {
		t.Errorf("made: %+v", p)
	}
	read := is(c.do("clerk", "getPage", at, "", ""), 200)
	if read.body != made.body || read.Header().Get("Cache-Control") != "private, no-cache" {
		t.Errorf("read: %v\n%s\n%s", read.Header(), read.body, made.body)
	}
	for _, tag := range []string{`"1"`, `W/"1"`, `"0", "1"`, "*"} {
		is(c.do("clerk", "getPage", at, "", "", "If-None-Match", tag), 304)
	}
	is(c.do("clerk", "getPage", at, "", "", "If-None-Match", `"2"`), 200)

	// Sending back what was read changes nothing.
	same := `{"title":"Akten abgeben","lang":"de","tags":["archiv","akten"],"fields":{"purpose":"Platz schaffen","steps":[{"what":"Prüfen","duration":"10 min"},{"what":"Abgeben"}]},
		"relations":{"part_of":["handbuch:offen"]},"body":"Nach *zehn* Jahren.\n"}`
	if again := decode[api.Page](t, is(c.do("clerk", "replacePage", at, "", same, "If-Match", `"1"`), 200)); again.Revision != 1 {
		t.Errorf("nothing has changed, and yet: %+v", again)
	}
	is(c.do("clerk", "replacePage", at, "", same), 428)
	for _, tag := range []string{"1", `"x"`, `"01"`, `"0"`, `"-1"`, `W/"1"`, "*", `"1","2"`, `"1"x`} {
		is(c.do("clerk", "replacePage", at, "", same, "If-Match", tag), 400)
	}
	changed := decode[api.Page](t, is(c.do("clerk", "replacePage", at, "", strings.Replace(same, "zehn", "elf", 1), "If-Match", `"1"`), 200))
	if changed.Revision != 2 || changed.Body != "Nach *elf* Jahren.\n" || changed.Owner != p.Owner || *changed.ReviewDue != *p.ReviewDue || changed.Slug != p.Slug {
		t.Errorf("changed: %+v", changed)
	}
	stale := is(c.do("clerk", "replacePage", at, "", same, "If-Match", `"1"`), 412)
	if got := decode[api.Problem](t, stale); got.Current == nil || *got.Current != 2 || stale.Header().Get("ETag") != `"2"` {
		t.Errorf("an outdated change is answered with %v %s", stale.Header(), stale.body)
	}
	for body, field := range map[string]string{
		`{"title":""}`: "title", `{"titel":"x"}`: "titel", `{"title":"x","state":"published"}`: "state", `{"title":"x","id":"1"}`: "id", `{"title":"x","revision":9}`: "revision",
		`{"title":"x","owner":5}`: "owner", `{"title":null}`: "title", `{"title":"x","tags":["` + strings.Repeat("x", 61) + `"]}`: "tags.0", `{"title":"x","fields":{"nix":1}}`: "fields.nix",
		`{"title":"x","fields":{"steps":[{"wann":"jetzt"}]}}`: "fields.steps.0.wann", `{"title":"x","relations":{"part_of":"a"}}`: "relations.part_of", `{"title":"x","review_due":"1.5.2027"}`: "review_due",
		`{"title":"x","space":"tresor"}`: "space", `{"title":"x","lang":"fr"}`: "lang", `[]`: "", `"x"`: "", `{"Title":"x","title":"x"}`: "Title",
	} {
		found := decode[api.Problem](t, is(c.do("clerk", "replacePage", at, "", body, "If-Match", `"2"`), 422))
		if !slices.ContainsFunc(found.Errors, func(f api.ProblemField) bool { return f.Field == field && f.Message != "" }) {
			t.Errorf("%s: %+v", body, found.Errors)
		}
	}
	for _, body := range []string{"", "{", `{"title":"x"} {}`, `{"title":"x","title":"y"}`, `{"title":"x","fields":{"a":1,"a":2}}`, `{"title":"x",}`, "{\"title\":\"\xff\"}",
		`{"title":"x","fields":{"a":1e999}}`, `{"title":"x","fields":{"a":` + strings.Repeat("[", 60) + strings.Repeat("]", 60) + `}}`, "\x00"} {
		is(c.do("clerk", "replacePage", at, "", body, "If-Match", `"2"`, "Content-Type", "", "Content-Type", "application/json; charset=utf-8"), 400)
	}
	is(c.do("clerk", "createPage", nil, "", `{"kind":"guide","space":"tresor","title":"Eindringling"}`), 422)
	is(c.do("clerk", "createPage", nil, "", `{"kind":"nix","space":"handbuch","title":"x"}`), 422)
	is(c.do("clerk", "createPage", nil, "", `{"kind":"guide","space":"handbuch","title":"Offene Seite","slug":"offen"}`), 409)
	is(c.do("clerk", "replacePage", at, "", `{"title":"x","slug":"offen","fields":{"purpose":"x"}}`, "If-Match", `"2"`), 409)
	history := decode[api.RevisionList](t, is(c.do("clerk", "listRevisions", at, "", ""), 200))
	if len(history.Items) != 2 || history.Items[0].Revision != 2 || history.Items[1].Comment != "angelegt" || history.Items[0].By != "Referat Z 2" {
		t.Errorf("history: %+v", history)
	}

	c.indexed()
	found := decode[api.SearchAnswer](t, is(c.do("clerk", "search", nil, "q=Akten&kind=process&space=handbuch&limit=5", ""), 200))
	if found.Total != 1 || found.Hits[0].ID != p.ID || len(found.Facets.Kind) != 1 || found.Facets.Kind[0].Count != 1 || !found.Complete {
		t.Errorf("found: %+v", found)
	}
	if got := decode[api.Suggestions](t, is(c.do("clerk", "suggest", nil, "q=Akt", ""), 200)); len(got.Items) == 0 || got.Items[0].Title != "Akten abgeben" {
		t.Errorf("suggested: %+v", got)
	}
	for id, queries := range map[string][]string{
		"search":    {"", "q=", "q=%20", "q=x&limit=0", "q=x&limit=101", "q=x&limit=1e2", "q=x&limit=+1", "q=x&offset=-1", "q=x&offset=10001", "q=x&kind=nix", "q=" + strings.Repeat("x", 201)},
		"suggest":   {"", "q="},
		"listPages": {"limit=101", "limit=x", "updated_since=gestern", "cursor=x", "cursor=", "kind=nix", "limit=" + strings.Repeat("9", 40)},
	} {
		for _, q := range queries {
			is(c.do("clerk", id, nil, q, ""), 422)
		}
	}
	for _, q := range []string{"q=x&q=y", "q=x;y", "q=%zz", "Q=x"} {
		is(c.do("clerk", "search", nil, q, ""), 400)
	}

	is(c.do("clerk", "deletePage", at, "reason=weil", ""), 428)
	is(c.do("clerk", "deletePage", at, "", "", "If-Match", `"2"`), 422)
	is(c.do("clerk", "deletePage", at, "reason=weil", "", "If-Match", `"1"`), 412)
	is(c.do("clerk", "deletePage", at, "reason=weil", "", "If-Match", `"2"`), 204)
	for _, id := range []string{"getPage", "listRevisions"} {
		is(c.do("clerk", id, at, "", ""), 404)
	}
	is(c.do("clerk", "replacePage", at, "", same, "If-Match", `"2"`), 404)
	c.indexed()
	if got := decode[api.SearchAnswer](t, is(c.do("clerk", "search", nil, "q=Akten", ""), 200)); got.Total != 0 {
		t.Errorf("a deleted page is found: %+v", got)
	}
	c.useKPIs(is)
	c.walkPages(is)
}

func (c *caller) useKPIs(is func(answer, int) answer) {
	t := c.t
	t.Helper()
	at := map[string]string{"key": "dauer", "period": "2026-10"}
	narrow := []string{"Authorization", "Bearer " + c.key("clerk", "kpi:dauer")}
	put := func(body string, headers ...string) api.KPIValue {
		t.Helper()
		return decode[api.KPIValue](t, is(c.do("clerk", "putKPIValue", at, "", body, headers...), 200))
	}
	first := put(`{"value":0.1,"n":240,"state":"provisional","note":"Umstellung"}`, narrow...)
	if first.Value != 0.1 || first.N != 240 || first.Version != 1 || first.Source != "push" || first.State != "provisional" {
		t.Errorf("first: %+v", first)
	}
	if again := put(`{"value":0.1,"n":240,"state":"provisional","note":"Umstellung"}`, narrow...); again != first {
		t.Errorf("the same again: %+v", again)
	}
	if next := put(`{"value":123456.789}`); next.Version != 2 || next.State != "final" || next.Value != 123456.789 {
		t.Errorf("next: %+v", next)
	}
	for body, field := range map[string]string{
		`{}`: "value", `{"value":"1"}`: "value", `{"value":1,"n":-1}`: "n", `{"value":9007199254740993}`: "value", `{"value":0.1000000000000000055511151231257827}`: "value",
		`{"value":1,"state":"neu"}`: "state", `{"value":1,"version":7}`: "version", `{"value":1,"source":"manual"}`: "source",
	} {
		got := decode[api.Problem](t, is(c.do("clerk", "putKPIValue", at, "", body), 422))
		if len(got.Errors) != 1 || got.Errors[0].Field != field {
			t.Errorf("%s: %+v", body, got.Errors)
		}
	}
	for _, period := range []string{"2026-13", "2026", "2026-W11", "2027-01", "Oktober", "2026-10\x00"} {
		is(c.do("clerk", "putKPIValue", map[string]string{"key": "dauer", "period": period}, "", `{"value":1}`), 422)
	}
	csv := append([]string{"Content-Type", "", "Content-Type", "text/csv; charset=utf-8"}, narrow...)
	if got := decode[api.KPIAdded](t, is(c.do("clerk", "addKPIValues", at, "", "period,value\n2026-07,9.5\n2026-08,9.25\n", csv...), 200)); got.Received != 2 || got.Changed != 2 {
		t.Errorf("added: %+v", got)
	}
	if got := decode[api.KPIAdded](t, is(c.do("clerk", "addKPIValues", at, "", "period,value\n2026-07,9.5\n2026-08,9.25\n", csv...), 200)); got.Changed != 0 {
		t.Errorf("added again: %+v", got)
	}
	for body, field := range map[string]string{
		"period,value\n2026-06,1\n2026-05,x\n": "values.1.value", "period,value\n2026-06,1\n2026-06,2\n": "values.1.period", "": "line.1", "period,value,version\n2026-06,1,4\n": "line.1",
	} {
		got := decode[api.Problem](t, is(c.do("clerk", "addKPIValues", at, "", body, csv...), 422))
		if len(got.Errors) != 1 || got.Errors[0].Field != field {
			t.Errorf("%q: %+v", body, got.Errors)
		}
	}
	kpi := decode[api.KPI](t, is(c.do("clerk", "getKPI", at, "", "", narrow...), 200))
	var periods []string
	for _, v := range kpi.Values {
		periods = append(periods, v.Period)
	}
	if strings.Join(periods, " ") != "2026-07 2026-08 2026-09 2026-10" || kpi.Definition.Key != "dauer" || kpi.Definition.Fields["unit"] != "Tage" {
		t.Errorf("read: %+v", kpi)
	}
	// The narrow token opens nothing else.
	is(c.do("clerk", "getPage", map[string]string{"id": string(c.pages["dauer"].ID)}, "", "", narrow...), 404)
	if got := decode[api.PageList](t, is(c.do("clerk", "listPages", nil, "", "", narrow...), 200)); len(got.Items) != 0 {
		t.Errorf("a token for one KPI lists %d pages", len(got.Items))
	}
}

func (c *caller) walkPages(is func(answer, int) answer) {
	t := c.t
	t.Helper()
	all := decode[api.PageList](t, is(c.do("insider", "listPages", nil, "limit=100", ""), 200))
	if all.Next != nil || len(all.Items) < 10 {
		t.Errorf("%d pages, next %v", len(all.Items), all.Next)
	}
	var ids []string
	query := "limit=3"
	for range 20 {
		part := decode[api.PageList](t, is(c.do("insider", "listPages", nil, query, ""), 200))
		for _, p := range part.Items {
			ids = append(ids, p.ID)
		}
		if part.Next == nil {
			break
		}
		query = "limit=3&cursor=" + url.QueryEscape(*part.Next)
	}
	if len(ids) != len(all.Items) {
		t.Errorf("walked over %d pages of %d", len(ids), len(all.Items))
	}
	// A cursor opens nothing: somebody else walks on under their own rights.
	part := decode[api.PageList](t, is(c.do("insider", "listPages", nil, "limit=1", ""), 200))
	other := is(c.do("clerk", "listPages", nil, "cursor="+url.QueryEscape(*part.Next), ""), 200)
	if strings.Contains(other.body, canary) {
		t.Error("a cursor of somebody else shows what is closed")
	}
	for query, want := range map[string]int{"updated_since=2026-11-03": 0, "kind=kpi&space=handbuch": 1, "tag=nix": 0, "space=nirgends": 0, "updated_since=2026-11-02T00:00:00Z&kind=unit": 3} {
		if got := decode[api.PageList](t, is(c.do("insider", "listPages", nil, query, ""), 200)); len(got.Items) != want {
			t.Errorf("%s: %d pages, want %d", query, len(got.Items), want)
		}
	}
	closed := c.do("insider", "getPage", map[string]string{"id": string(c.pages["verborgen"].ID)}, "", "")
	if got := closed.Header().Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("what is closed may be kept: %q", got)
	}
}

// A cookie opens nothing, and a form of a browser does nothing, whatever it sends along.
func TestAPITakesNoCookies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	before, err := s.store.State(s.ctx)
	if err != nil {
		t.Fatal(err)
	}
	key := s.keys["insider"]
	s.keys["insider"] = ""
	for _, r := range s.closed.routes() {
		if r.api == nil || r.api.About == "open" {
			continue
		}
		target := strings.NewReplacer(":id", string(s.pages["offen"].ID), ":key", "dauer", ":period", "2026-10").Replace(r.path)
		for _, headers := range [][]string{nil, {"Content-Type", "", "Content-Type", "application/x-www-form-urlencoded"}, {"Content-Type", "", "Content-Type", "text/plain", "Origin", origin, "Sec-Fetch-Site", "same-origin"}} {
			a := s.call("insider", r.method, target+"?q=x", r.api.Example, headers...)
			if a.Code != http.StatusUnauthorized && a.Code != http.StatusOK && a.Code != http.StatusBadRequest || a.Code == http.StatusOK && strings.Contains(a.body, canary) {
				t.Errorf("%s %s with a cookie: %d", r.method, target, a.Code)
			}
			if len(a.Result().Cookies()) > 0 {
				t.Errorf("%s %s sets a cookie", r.method, target)
			}
		}
	}
	after, err := s.store.State(s.ctx)
	if err != nil || after != before {
		t.Errorf("something was written: %v %v", after, err)
	}
	// A token opens no view.
	if a := s.get("insider", "/account", "Authorization", "Bearer "+key, "Cookie", ""); a.Code != http.StatusOK {
		t.Errorf("the session of the insider: %d", a.Code)
	}
	r := s.get("stranger", "/account", "Authorization", "Bearer "+key)
	if r.Code != http.StatusSeeOther {
		t.Errorf("a token opens a view: %d", r.Code)
	}
}

// What the router refuses is a problem, too, in the language of the program.
func TestAPIProblemsOfTheRouter(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.call("clerk", http.MethodPatch, "/api/v1/pages/"+string(s.pages["offen"].ID), "{}", "Accept-Language", "fr, en;q=0.9, de;q=0.5")
	if a.Code != http.StatusMethodNotAllowed || !strings.Contains(a.Header().Get("Allow"), "PUT") || a.Header().Get("Content-Language") != "en" ||
		a.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %v\n%s", a.Code, a.Header(), a.body)
	}
	for _, path := range []string{"/api/v1/nix", "/api/v1", "/api/v1/pages/", "/api/v1/pages/x/y/z", "/api/v1/pages%2fx"} {
		for _, actor := range []string{"guest", "stranger", "clerk"} {
			if a := s.call(actor, http.MethodGet, path, ""); a.Code != http.StatusNotFound || !strings.Contains(a.body, "#problem-not_found") || a.Header().Get("Location") != "" {
				t.Errorf("%s at %s: %d %s", actor, path, a.Code, a.body)
			}
		}
	}
	if a := s.call("clerk", http.MethodHead, "/api/v1/kinds", ""); a.Code != http.StatusOK || a.body != "" {
		t.Errorf("HEAD: %d, %d bytes", a.Code, len(a.body))
	}
}

// What a token may not reach is, byte for byte, what is not there.
func TestAPIForbiddenLooksUnknown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	narrow := s.key("clerk", auth.ScopeRead)
	for _, headers := range [][]string{nil, {"Authorization", "Bearer " + narrow}} {
		for _, path := range []string{"/pages/%s", "/pages/%s/revisions", "/kpis/%s"} {
			closed, unknown := string(s.pages["verborgen"].ID), "01ARZ3NDEKTSV4RRFFQ69G5FAV"
			if strings.HasPrefix(path, "/kpis") {
				closed, unknown = "geheime-dauer", "unbekannte-dau"
			}
			for method, body := range map[string]string{http.MethodGet: "", http.MethodPut: `{"title":"x"}`, http.MethodDelete: ""} {
				target := api.Root + path
				if method == http.MethodDelete {
					target += "?reason=weil"
				}
				a := s.call("clerk", method, strings.Replace(target, "%s", closed, 1), body, append(headers, "If-Match", `"1"`)...)
				b := s.call("clerk", method, strings.Replace(target, "%s", unknown, 1), body, append(headers, "If-Match", `"1"`)...)
				ha, hb := a.Header().Clone(), b.Header().Clone()
				ha.Del("X-Request-Id")
				hb.Del("X-Request-Id")
				if a.Code != b.Code || a.body != b.body || len(ha) != len(hb) || a.Code < 400 {
					t.Errorf("%s %s: %d %s, %d %s", method, target, a.Code, a.body, b.Code, b.body)
				}
			}
		}
	}
}

// The page that explains the API has an anchor for every type of problem and for every link within it.
func TestAPIExplained(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, lang := range []string{"de", "en"} {
		a := s.get("stranger", api.DocPath, "Cookie", cookieLang+"="+lang)
		s.want(lang, a, http.StatusOK, `id="problem-not_found"`, `href="#createPage"`, "If-Match", "/api/v1/openapi.json", "!api.value", "!api.op.", "!api.text", "!/account/tokens")
		for _, m := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(a.body, -1) {
			if !strings.Contains(a.body, `id="`+m[1]+`"`) {
				t.Errorf("%s: nothing is called %s", lang, m[1])
			}
		}
	}
}
