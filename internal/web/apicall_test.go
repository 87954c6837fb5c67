package web

import (
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"

	"lernraum/internal/api"
	"lernraum/internal/auth"
)

// queries are what a list, form or operation is asked with so that it could lead to the thing.
func (th thing) queries(r route) []string {
	hint := th.hint()
	if r.api == nil {
		return []string{"", "?" + hint.Encode(), "?format=csv&" + hint.Encode()}
	}
	known := url.Values{}
	for _, p := range r.api.Params {
		if v, ok := hint[p.Name]; ok && p.In == "query" {
			known[p.Name] = v
		}
	}
	if len(known["q"]) == 0 {
		return []string{"", "?" + known.Encode()}
	}
	return []string{"?" + known.Encode(), "?" + url.Values{"q": known["q"]}.Encode()}
}

// change sends what a route that changes something takes: a form, or the body of an operation.
func (m *matrix) change(actor string, r route, address string, form url.Values) answer {
	m.t.Helper()
	if r.api == nil {
		return m.post(actor, address, form)
	}
	body := strings.NewReplacer(`"space": "handbuch"`, `"space": "`+form.Get("space")+`"`, "Akten abgeben", "Eindringling").Replace(r.api.Example)
	if slices.ContainsFunc(r.api.Params, func(p api.Param) bool { return p.Name == "reason" }) {
		address += "?reason=weil"
	}
	return m.call(actor, r.method, address, body, "If-Match", `"`+form.Get("revision")+`"`)
}

// call sends a request to the API with the token of an actor. Headers come in pairs.
func (s *site) call(actor, method, target, body string, headers ...string) answer {
	s.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if strings.HasPrefix(body, "period,") {
		r.Header.Set("Content-Type", "text/csv")
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

// key makes an API token for an account.
func (s *site) key(login string, scopes ...string) string {
	s.t.Helper()
	users, err := s.store.Users(s.ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, u := range users {
		if u.Login == login {
			return s.keyOf(u.ID, scopes...)
		}
	}
	s.t.Fatalf("nobody is called %s", login)
	return ""
}

func (s *site) keyOf(id string, scopes ...string) string {
	s.t.Helper()
	raw, _, err := s.auth.CreateToken(s.ctx, program, id, auth.NewToken{Name: "Probe", Scopes: scopes})
	if err != nil {
		s.t.Fatal(err)
	}
	return raw
}
