package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// expect is what the actors get for an address, in the order of actors.
type expect struct {
	address string
	status  [5]int
}

// The doors, by who goes through them.
var (
	everybody = [5]int{200, 200, 200, 200, 200}
	readers   = [5]int{200, 303, 200, 200, 200}
	signedIn  = [5]int{303, 303, 200, 200, 200}
	inside    = [5]int{404, 303, 404, 200, 404} // reading what is closed
	insiders  = [5]int{303, 303, 404, 200, 404} // writing there
	writers   = [5]int{303, 303, 200, 200, 200} // writing in an open space
	nobody    = [5]int{404, 303, 404, 404, 404}
	nowhere   = [5]int{303, 303, 404, 404, 404} // where one has to sign in before being told
	moved     = [5]int{302, 303, 302, 302, 302}
	insideTo  = [5]int{404, 303, 404, 302, 404}
	admins    = [5]int{303, 303, 404, 404, 200}
	callers   = [5]int{200, 401, 200, 200, 200} // of the API
	insideAPI = [5]int{404, 401, 404, 200, 404}
	noCaller  = [5]int{404, 401, 404, 404, 404}
	seeOther  = [5]int{303, 303, 303, 303, 303}

	refusedAll  = [5]int{400, 400, 400, 400, 400}
	refusedTo   = [5]int{303, 303, 404, 404, 422} // what an administrator asks for wrongly
	ofUnit      = [5]int{303, 303, 200, 404, 200} // the people of a unit, and who organises
	unknownLink = [5]int{404, 404, 404, 404, 404} // in words, to everybody
)

// gets lists for every GET route what the actors get for each kind of object behind it.
func (s *site) gets() map[string][]expect {
	p := func(slug string) string { return "/wiki/" + s.pages[slug].Space + "/" + slug }
	// below a page: the open one, the published one, the closed one, the draft, one that is not there
	below := func(suffix string, write bool) []expect {
		out := []expect{
			{p("offen") + suffix, readers}, {p("norm") + suffix, readers}, {p("verborgen") + suffix, inside}, {p("unfertige-norm") + suffix, inside},
			{"/wiki/handbuch/gibt-es-nicht" + suffix, nobody}, {"/wiki/nirgends/offen" + suffix, nobody}, {"/wiki/tresor/offen" + suffix, nobody},
		}
		if write {
			for i, st := range [][5]int{writers, insiders, insiders, insiders, nowhere, nowhere, nowhere} {
				out[i].status = st
			}
		}
		return out
	}
	return map[string][]expect{
		"/account/export": {{"/account/export", signedIn}}, "/account/erase": {{"/account/erase", signedIn}},
		"/admin/people/:id/erase": {{"/admin/people/" + s.user("clerk").ID + "/erase", admins}, {"/admin/people/nix/erase", nowhere}},
		"/spaces/:key/names":      {{"/spaces/tresor/names", insiders}, {"/spaces/handbuch/names", nowhere}, {"/spaces/nirgends/names", nowhere}},

		"/":            {{"/", readers}, {"/?x=1", readers}},
		"/search":      {{"/search", readers}, {"/search?q=personalgeheimnis", readers}, {"/search?space=tresor", readers}, {"/search?unit=geheime-einheit", readers}, {"/search?q=Offene&kind=process&sort=title&page=2", readers}},
		"/suggest":     {{"/suggest?q=personal", readers}, {"/suggest?q=of", readers}, {"/suggest?q=" + strings.Repeat("x", 500), readers}},
		"/contacts":    {{"/contacts", readers}, {"/contacts?q=personalgeheimnis", readers}},
		"/kinds/:kind": {{"/kinds/guide", readers}, {"/kinds/tool", readers}, {"/kinds/unit?sort=-title", readers}, {"/kinds/kpi?format=csv", readers}, {"/kinds/process?format=csv", readers}, {"/kinds/guide?state=draft", readers}, {"/kinds/guide?space=tresor", readers}, {"/kinds/nix", nobody}},
		"/lessons":     {{"/lessons", readers}}, "/projects": {{"/projects", readers}}, "/goals": {{"/goals", readers}}, "/kpis": {{"/kpis", readers}},
		"/kpis/:key": {
			{"/kpis/dauer", readers}, {"/kpis/dauer.svg", readers}, {"/kpis/dauer.csv", readers}, {"/kpis/geheime-dauer", inside}, {"/kpis/geheime-dauer.svg", inside},
			{"/kpis/geheime-dauer.csv", inside}, {"/kpis/nix", nobody}, {"/kpis/offen", nobody}, {"/kpis/.svg", nobody},
		},
		"/new": {{"/new", signedIn}, {"/new?kind=guide&space=tresor&title=x", signedIn}, {"/new?kind=nix", nowhere}},
		"/p/:id": {
			{"/p/" + string(s.pages["offen"].ID), moved}, {"/p/" + string(s.pages["verborgen"].ID), insideTo}, {"/p/" + string(s.pages["unfertige-norm"].ID), insideTo},
			{"/p/01ARZ3NDEKTSV4RRFFQ69G5FAV", nobody}, {"/p/x", nobody},
		},
		"/wiki/:space":                            {{"/wiki/handbuch", readers}, {"/wiki/normen", readers}, {"/wiki/tresor", inside}, {"/wiki/nirgends", nobody}},
		"/wiki/:space/:slug":                      below("", false),
		"/wiki/:space/:slug/edit":                 below("/edit", true),
		"/wiki/:space/:slug/delete":               below("/delete", true),
		"/wiki/:space/:slug/history":              below("/history", false),
		"/wiki/:space/:slug/revisions/:n":         append(below("/revisions/1", false), expect{p("offen") + "/revisions/99", nobody}, expect{p("offen") + "/revisions/x", nobody}),
		"/wiki/:space/:slug/revisions/:n/restore": append(below("/revisions/1/restore", true), expect{p("offen") + "/revisions/99/restore", nowhere}),
		"/wiki/:space/:slug/revisions/:n/redact":  {{p("offen") + "/revisions/1/redact", [5]int{303, 303, 404, 404, 404}}, {p("verborgen") + "/revisions/1/redact", insiders}, {p("verborgen") + "/revisions/99/redact", nowhere}, {p("norm") + "/revisions/1/redact", nowhere}},
		"/wiki/:space/:slug/diff":                 append(below("/diff?from=1&to=2", false), expect{p("offen") + "/diff", readers}, expect{p("offen") + "/diff?from=2&to=1", readers}, expect{p("offen") + "/diff?to=99", nobody}),
		"/wiki/:space/:slug/links":                below("/links", false),
		"/wiki/:space/:slug/access":               append(below("/access", false), expect{p("offen") + "/access?login=clerk", readers}),
		// who belongs to a space, requests for access
		"/spaces/:key/people":                   {{"/spaces/tresor/people", insiders}, {"/spaces/handbuch/people", admins}, {"/spaces/nirgends/people", nowhere}},
		"/spaces/:key/people/remove":            {{"/spaces/tresor/people/remove?unit=geheime-einheit", insiders}, {"/spaces/tresor/people/remove", nowhere}, {"/spaces/nirgends/people/remove", nowhere}},
		"/spaces/:key/request":                  {{"/spaces/tresor/request", [5]int{303, 303, 200, 404, 200}}, {"/spaces/handbuch/request", nowhere}, {"/spaces/nirgends/request", nowhere}},
		"/spaces/:key/requests":                 {{"/spaces/tresor/requests", insiders}, {"/spaces/handbuch/requests", nowhere}, {"/spaces/nirgends/requests", nowhere}},
		"/wiki/:space/:slug/files/:name":        append(below("/files/anlage.txt", false), expect{p("offen") + "/files/nix.txt", nobody}, expect{p("offen") + "/files/..%2f..%2ftresor%2fverborgen%2ffiles%2fanlage.txt", nobody}),
		"/wiki/:space/:slug/files/:name/remove": below("/files/anlage.txt/remove", true),
		"/spaces":                               {{"/spaces", readers}}, "/spaces/closed": {{"/spaces/closed", readers}}, "/spaces/new": {{"/spaces/new", admins}},
		"/spaces/:key/bin": {{"/spaces/tresor/bin", insiders}, {"/spaces/normen/bin", insiders}, {"/spaces/handbuch/bin", writers}, {"/spaces/nirgends/bin", nowhere}},
		"/spaces/:key/bin/:id/purge": {
			{"/spaces/tresor/bin/" + string(s.pages["weggeworfen"].ID) + "/purge", insiders}, {"/spaces/normen/bin/" + string(s.pages["weggeworfen"].ID) + "/purge", nowhere},
			{"/spaces/tresor/bin/" + string(s.pages["verborgen"].ID) + "/purge", nowhere},
		},
		"/spaces/:key/edit": {{"/spaces/tresor/edit", insiders}, {"/spaces/handbuch/edit", nowhere}, {"/spaces/nirgends/edit", nowhere}},
		"/login":            {{"/login", [5]int{200, 200, 303, 303, 303}}},
		"/login/link":       {{"/login/link?token=x", everybody}, {"/login/link", nobody}},
		"/login/:provider":  {{"/login/nirgends", [5]int{404, 303, 303, 303, 303}}, {"/login/nirgends?fresh=1", nobody}},
		"/auth/callback":    {{"/auth/callback", refusedAll}, {"/auth/callback?state=x&code=x", refusedAll}, {"/auth/callback?error=<b>x", refusedAll}},
		"/logout/done":      {{"/logout/done", seeOther}},
		"/logout/provider":  {{"/logout/provider", seeOther}},
		"/setup":            {{"/setup?token=x", nobody}, {"/setup", nobody}},
		"/account":          {{"/account", signedIn}},
		"/account/tokens":   {{"/account/tokens", signedIn}},
		"/admin/people":     {{"/admin/people", admins}, {"/admin/people?q=x&role=admin&state=open&provider=-&page=2", admins}, {"/admin/people?role=nix", admins}},
		"/admin/people/new": {{"/admin/people/new", admins}},
		"/admin/people/:id": {{"/admin/people/" + s.user("clerk").ID, admins}, {"/admin/people/01ARZ3NDEKTSV4RRFFQ69G5FAV", nowhere}},
		"/admin/roles":      {{"/admin/roles", admins}},
		"/login/password":   {{"/login/password", unknownLink}, {"/login/password?token=x", unknownLink}},
		"/admin/tokens":     {{"/admin/tokens", admins}, {"/admin/tokens?page=3", admins}},
		"/login/confirm":    {{"/login/confirm", seeOther}, {"/login/confirm?return=//evil.example", seeOther}},
		"/login/confirmed":  {{"/login/confirmed", signedIn}},
		"/admin":            {{"/admin", admins}},
		"/admin/spaces":     {{"/admin/spaces", admins}}, "/admin/kinds": {{"/admin/kinds", admins}}, "/admin/settings": {{"/admin/settings", admins}},
		"/admin/units": {{"/admin/units", admins}, {"/admin/units?q=geheim", admins}, {"/admin/units?page=9", admins}}, "/admin/units/history": {{"/admin/units/history", admins}}, "/admin/units/history/:id": {{"/admin/units/history/01ARZ3NDEKTSV4RRFFQ69G5FAV", nowhere}},
		"/admin/units/import": {{"/admin/units/import", admins}},
		"/admin/units/:slug/reorganise": {
			{"/admin/units/z2/reorganise", admins}, {"/admin/units/z2/reorganise?act=split", admins}, {"/admin/units/geheime-einheit/reorganise", nowhere}, {"/admin/units/nix/reorganise", nowhere},
			{"/admin/units/z2/reorganise?act=merge&to=unit/redaktion&occasion=x&preview=1&references=yes", admins}, {"/admin/units/z2/reorganise?act=merge&to=unit/geheime-einheit&occasion=x&preview=1", refusedTo},
		},
		"/handover":     {{"/handover", signedIn}, {"/handover?unit=z2", ofUnit}, {"/handover?unit=z2&format=md", ofUnit}, {"/handover?unit=z2&role=x&format=csv", ofUnit}, {"/handover?unit=geheime-einheit", nowhere}, {"/handover?unit=nix", nowhere}},
		"/admin/audit":  {{"/admin/audit", admins}, {"/admin/audit?action=space&before=9", admins}},
		"/evaluations":  {{"/evaluations", signedIn}},
		"/info/api":     {{"/info/api", everybody}, {"/info/api?x=1", everybody}},
		"/info/:page":   {{"/info/imprint", everybody}, {"/info/privacy", everybody}, {"/info/accessibility", nobody}, {"/info/verborgen", nobody}, {"/info/help", seeOther}},
		"/api/v1/pages": {{"/api/v1/pages", callers}, {"/api/v1/pages?space=tresor&limit=100", callers}},
		"/api/v1/pages/:id": {
			{"/api/v1/pages/" + string(s.pages["offen"].ID), callers}, {"/api/v1/pages/" + string(s.pages["verborgen"].ID), insideAPI},
			{"/api/v1/pages/" + string(s.pages["unfertige-norm"].ID), insideAPI}, {"/api/v1/pages/01ARZ3NDEKTSV4RRFFQ69G5FAV", noCaller}, {"/api/v1/pages/x", noCaller},
		},
		"/api/v1/pages/:id/revisions": {
			{"/api/v1/pages/" + string(s.pages["offen"].ID) + "/revisions", callers}, {"/api/v1/pages/" + string(s.pages["verborgen"].ID) + "/revisions", insideAPI},
			{"/api/v1/pages/01ARZ3NDEKTSV4RRFFQ69G5FAV/revisions", noCaller},
		},
		"/api/v1/search": {{"/api/v1/search?q=Personalgeheimnis", callers}, {"/api/v1/search?q=Einheit&space=tresor&kind=unit", callers}}, "/api/v1/suggest": {{"/api/v1/suggest?q=per", callers}},
		"/api/v1/kinds": {{"/api/v1/kinds", callers}}, "/api/v1/spaces": {{"/api/v1/spaces", callers}}, "/api/v1/openapi.json": {{"/api/v1/openapi.json", everybody}},
		"/api/v1/kpis/:key": {{"/api/v1/kpis/dauer", callers}, {"/api/v1/kpis/geheime-dauer", insideAPI}, {"/api/v1/kpis/nix", noCaller}, {"/api/v1/kpis/offen", noCaller}},
		"/healthz":          {{"/healthz", everybody}}, "/readyz": {{"/readyz", everybody}},
	}
}

// TestEveryAddress walks over all GET routes with every actor: the status is the expected one, the safety headers
// are there, and what is closed shows in no body and no header of those who may not read it.
func TestEveryAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	table := s.gets()
	for _, r := range s.open.routes() {
		if _, known := table[r.path]; !known && r.method == http.MethodGet {
			t.Errorf("%s has no row in the table", r.path)
		}
	}
	for _, rows := range table {
		for _, row := range rows {
			for i, actor := range actors {
				what := actor + " at " + row.address
				a := s.get(actor, row.address)
				if a.Code != row.status[i] {
					t.Errorf("%s: %d, want %d", what, a.Code, row.status[i])
				}
				s.checkHeaders(what, a)
				if actor == "insider" {
					continue
				}
				if strings.Contains(strings.ToUpper(a.body), canary) {
					t.Errorf("%s shows the canary:\n%s", what, excerpt(a.body, canary))
				}
				for name, values := range a.Header() {
					if strings.Contains(strings.ToUpper(strings.Join(values, "")), canary) {
						t.Errorf("%s shows the canary in %s", what, name)
					}
				}
				if a.Code == http.StatusSeeOther && row.status != seeOther && actor == "stranger" && !strings.HasPrefix(a.Header().Get("Location"), "/login?return=") && row.address != "/" && row.address != "/?x=1" {
					t.Errorf("%s leads to %s", what, a.Header().Get("Location"))
				}
			}
		}
	}
	// The tables would notice: the insider does read the canary.
	if a := s.get("insider", "/wiki/tresor/verborgen"); !strings.Contains(a.body, canary) {
		t.Error("the canary sings for nobody")
	}
	if a := s.get("guest", "/spaces"); strings.Contains(a.body, "Personal") {
		t.Error("guests are told of closed spaces")
	}
	if a := s.get("clerk", "/spaces/closed"); !strings.Contains(a.body, "Personaldaten") {
		t.Error("the list of what is closed does not say why")
	}
}

func excerpt(body, word string) string {
	i := strings.Index(strings.ToUpper(body), word)
	return body[max(0, i-300):min(len(body), i+200)]
}

func (s *site) checkHeaders(what string, a answer) {
	s.t.Helper()
	h := a.Header()
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if h.Get(name) != want {
			s.t.Errorf("%s: %s is %q", what, name, h.Get(name))
		}
	}
	csp := h.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		s.t.Errorf("%s: policy %q", what, csp)
	}
	if len(h["Content-Security-Policy"]) != 1 || h.Get("X-Request-Id") == "" || h.Get("Permissions-Policy") == "" {
		s.t.Errorf("%s: headers %v", what, h)
	}
	if !strings.Contains(h.Get("Cache-Control"), "private") || !strings.Contains(h.Get("Vary"), "Cookie") {
		s.t.Errorf("%s: Cache-Control %q, Vary %q", what, h.Get("Cache-Control"), h.Get("Vary"))
	}
	if h.Get("Access-Control-Allow-Origin") != "" || h.Get("Server") != "" {
		s.t.Errorf("%s: headers %v", what, h)
	}
	for _, ck := range a.Result().Cookies() {
		if !ck.HttpOnly || ck.SameSite == 0 {
			s.t.Errorf("%s: cookie %s", what, ck)
		}
	}
}

// TestForbiddenLooksUnknown compares what is closed with what is not there: byte for byte the same but for the request
// and the address that was asked for.
func TestForbiddenLooksUnknown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	same := s.same
	for _, actor := range []string{"guest", "stranger", "clerk", "admin"} {
		for _, suffix := range []string{"", "/edit", "/history", "/revisions/1", "/revisions/1/restore", "/diff", "/links", "/files/anlage.txt", "/files/anlage.txt/remove"} {
			same(actor, http.MethodGet, "/wiki/tresor/verborgen"+suffix, "/wiki/tresor/gibtsnich"+suffix)
			same(actor, http.MethodGet, "/wiki/tresor/verborgen"+suffix, "/wiki/nirgends/verborgen"+suffix)
			same(actor, http.MethodGet, "/wiki/normen/unfertige-norm"+suffix, "/wiki/normen/unbekannte-norm"+suffix)
		}
		for _, suffix := range []string{"/edit", "/confirm", "/advance", "/files", "/revisions/1/restore", "/files/anlage.txt/remove"} {
			same(actor, http.MethodPost, "/wiki/tresor/verborgen"+suffix, "/wiki/tresor/gibtsnich"+suffix)
			same(actor, http.MethodPost, "/wiki/normen/unfertige-norm"+suffix, "/wiki/normen/unbekannte-norm"+suffix)
		}
		same(actor, http.MethodGet, "/wiki/tresor", "/wiki/nirgends")
		same(actor, http.MethodGet, "/spaces/tresor/edit", "/spaces/nirgends/edit")
		same(actor, http.MethodPost, "/spaces/tresor/edit", "/spaces/nirgends/edit")
		same(actor, http.MethodGet, "/kpis/geheime-dauer", "/kpis/unbekannte-dau")
		same(actor, http.MethodGet, "/kpis/geheime-dauer.csv", "/kpis/unbekannte-dau.csv")
		same(actor, http.MethodPost, "/kpis/geheime-dauer/values", "/kpis/unbekannte-dau/values")
		same(actor, http.MethodGet, "/p/"+string(s.pages["verborgen"].ID), "/p/01ARZ3NDEKTSV4RRFFQ69G5FAV")
		same(actor, http.MethodGet, "/wiki/tresor/verborgen", "/gibt/es/nicht/einmal/als/weg")
	}
}

// TestPostsNeedRights: every POST route refuses who may not, changes nothing, and never for a request of another site.
func TestPostsNeedRights(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	closed := map[string]string{":space": "tresor", ":slug": "verborgen", ":n": "1", ":name": "anlage.txt", ":key": "geheime-dauer"}
	open := map[string]string{":space": "handbuch", ":slug": "offen", ":n": "1", ":name": "anlage.txt", ":key": "dauer"}
	// What a route answers to those without a right there: guests, then signed-in persons.
	refused := map[string][2]int{
		"/new": {401, 422}, "/setup": {404, 404}, "/account/password": {401, 422}, "/account/sessions/end": {401, 303},
		"/account/sessions/others": {401, 303}, "/login/confirm": {401, 303}, "/account/tokens": {401, 422}, "/account/erase": {401, 303},
		"/login": {422, 422}, "/logout": {303, 303}, "/prefs": {303, 303}, reportPath: {204, 204},
		"/login/link": {422, 422}, "/auth/backchannel/:provider": {404, 404},
		"/login/password": {404, 404},
		"/api/v1/pages":   {401, 415},
	}
	before, err := s.store.State(s.ctx)
	if err != nil {
		t.Fatal(err)
	}
	forms := map[string]url.Values{"/new": {"kind": {"guide"}, "space": {"tresor"}, "title": {"Eindringling"}}}
	for _, r := range s.open.routes() {
		if r.method != http.MethodPost {
			continue
		}
		for _, actor := range []string{"guest", "clerk"} {
			path := r.path
			for name, value := range closed {
				path = strings.ReplaceAll(path, name, value)
			}
			want := [2]int{401, 404}
			if w, ok := refused[r.path]; ok {
				want = w
			}
			i := 0
			if actor == "clerk" {
				i = 1
			}
			if r.path == "/account/erase" || r.path == "/account/sessions/end" || r.path == "/logout" {
				continue // would end the session the test goes on with
			}
			a := s.post(actor, path, forms[r.path])
			if a.Code != want[i] {
				t.Errorf("%s at %s: %d, want %d", actor, path, a.Code, want[i])
			}
			s.checkHeaders(actor+" POST "+path, a)
			if strings.Contains(a.body, canary) {
				t.Errorf("%s at %s meets the canary", actor, path)
			}
		}
		if r.api != nil {
			continue // no cookie opens anything there
		}
		path := r.path
		for name, value := range open {
			path = strings.ReplaceAll(path, name, value)
		}
		for _, headers := range [][]string{
			{"Origin", "https://evil.example", "Sec-Fetch-Site", ""},
			{"Origin", "", "Sec-Fetch-Site", "cross-site"},
			{"Origin", "null", "Sec-Fetch-Site", ""},
			{"Origin", "http://haus.test.evil.example", "Sec-Fetch-Site", ""},
			{"Origin", "", "Sec-Fetch-Site", ""}, // a cookie, and no sign of where the request comes from
			{"Origin", "", "Sec-Fetch-Site", "same-site"},
		} {
			form := url.Values{}
			r := s.ask("insider", http.MethodPost, path, form, append([]string{"Origin", "", "Sec-Fetch-Site", ""}, headers...)...)
			if r.Code != http.StatusForbidden {
				t.Errorf("POST %s with %q: %d, want 403", path, headers, r.Code)
			}
		}
	}
	after, err := s.store.State(s.ctx)
	if err != nil || after != before {
		t.Errorf("something was written: %v, before %v, %v", after, before, err)
	}
	if a := s.get("clerk", "/account"); a.Code != http.StatusOK {
		t.Errorf("the session of the clerk has ended: %d", a.Code)
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, address := range []string{
		"/wiki/tresor%2Fverborgen", "/wiki/tresor/verborgen/", "//wiki/tresor/verborgen", "/wiki/../wiki/tresor/verborgen", "/wiki/tresor/./verborgen", "/wiki/tresor/verborgen%00",
		"/wiki/tresor/verborgen;x=1", "/WIKI/tresor/verborgen", "/wiki/handbuch%2f..%2ftresor/verborgen", "/wiki/handbuch/..%2f..%2ftresor%2fverborgen", "/wiki/tresor/%76erborgen",
		"/static/../wiki/tresor/verborgen", "/static/%2e%2e/wiki/tresor/verborgen", "/info/..%2fwiki%2ftresor%2fverborgen", "/wiki/tresor/verborgen/files/", "/wiki/tresor/VERBORGEN", "/p/" + strings.ToLower(string(s.pages["verborgen"].ID)),
	} {
		for _, actor := range []string{"guest", "clerk", "admin"} {
			a := s.get(actor, address)
			if a.Code < 300 || strings.Contains(a.body, canary) {
				t.Errorf("%s at %s: %d\n%.300s", actor, address, a.Code, a.body)
			}
		}
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodTrace, "PROPFIND"} {
		if a := s.ask("clerk", method, "/wiki/handbuch/offen", url.Values{}); a.Code != http.StatusMethodNotAllowed && a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", method, a.Code)
		}
	}
	if a := s.ask("guest", http.MethodHead, "/wiki/handbuch/offen", nil); a.Code != http.StatusOK {
		t.Errorf("HEAD: %d", a.Code)
	}
}
