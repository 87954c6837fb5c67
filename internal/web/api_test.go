package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"lernraum/internal/access"
	"lernraum/internal/api"
	"lernraum/internal/auth"
	"lernraum/internal/errs"
)

var update = flag.Bool("update", false, "write docs/openapi.json anew")

// The document that stands in docs is the one the program serves.
func TestOpenAPIDocument(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	name := filepath.Join("..", "..", "docs", "openapi.json")
	got := s.open.api.Document()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(want, got) {
		t.Errorf("docs/openapi.json is not what the operations declare (%v); renew it with -update", err)
	}
	served := s.call("stranger", http.MethodGet, "/api/v1/openapi.json", "")
	if served.Code != http.StatusOK || served.body != string(got) || served.Header().Get("Content-Type") != "application/json" {
		t.Errorf("served: %d, %d bytes", served.Code, len(served.body))
	}
	if m := regexp.MustCompile(`"description": "(api\.[^"]*)?"`).FindString(string(got)); m != "" {
		t.Errorf("a text is missing: %s", m)
	}
	ids := map[string]bool{}
	for _, op := range s.open.api.Operations() {
		if ids[op.ID] {
			t.Errorf("two operations are called %s", op.ID)
		}
		ids[op.ID] = true
	}
}

// caller uses the API by its declarations and holds every answer against the document.
type caller struct {
	*site
	doc      any
	compiler *jsonschema.Compiler
	seen     map[string]map[string]bool // statuses by operation
}

func newCaller(t *testing.T) *caller {
	t.Helper()
	c := &caller{site: newSite(t), compiler: jsonschema.NewCompiler(), seen: map[string]map[string]bool{}}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(c.open.api.Document()))
	if err != nil {
		t.Fatal(err)
	}
	closeObjects(doc)
	c.doc = doc
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource("mem:///openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	return c
}

// closeObjects makes every object that names its properties refuse others: what we answer is in the document.
func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, named := v["properties"].(map[string]any); named && v["type"] == "object" && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, one := range v {
			closeObjects(one)
		}
	case []any:
		for _, one := range v {
			closeObjects(one)
		}
	}
}

func (c *caller) op(id string) *api.Operation {
	c.t.Helper()
	i := slices.IndexFunc(c.open.api.Operations(), func(op *api.Operation) bool { return op.ID == id })
	if i < 0 {
		c.t.Fatalf("there is no operation %s", id)
	}
	return c.open.api.Operations()[i]
}

// address fills the path of an operation; query is added as it stands.
func address(op *api.Operation, path map[string]string, query string) string {
	out := regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllStringFunc(op.Path, func(p string) string { return url.PathEscape(path[strings.Trim(p, "{}")]) })
	if query != "" {
		out += "?" + query
	}
	return api.Root + out
}

// do calls an operation and checks the answer.
func (c *caller) do(actor, id string, path map[string]string, query, body string, headers ...string) answer {
	c.t.Helper()
	op := c.op(id)
	a := c.call(actor, op.Method, address(op, path, query), body, headers...)
	c.checkAnswer(op, a)
	return a
}

func (c *caller) checkAnswer(op *api.Operation, a answer) {
	c.t.Helper()
	what := fmt.Sprintf("%s: %d", op.ID, a.Code)
	if a.Code != http.StatusNotModified { // it leaves the policy that stands
		c.checkHeaders(what, a)
	}
	code := fmt.Sprint(a.Code)
	if c.seen[op.ID] == nil {
		c.seen[op.ID] = map[string]bool{}
	}
	c.seen[op.ID][code] = true
	at := []string{"paths", op.Path, strings.ToLower(op.Method), "responses", code}
	declared, _ := lookup(c.doc, at...).(map[string]any)
	if declared == nil {
		c.t.Errorf("%s is not declared\n%.500s", what, a.body)
		return
	}
	if headers, ok := declared["headers"].(map[string]any); ok {
		for name := range headers {
			if a.Header().Get(name) == "" {
				c.t.Errorf("%s: no header %s", what, name)
			}
		}
	}
	content, _ := declared["content"].(map[string]any)
	if content == nil {
		if a.body != "" {
			c.t.Errorf("%s has a body", what)
		}
		return
	}
	media := a.Header().Get("Content-Type")
	if lookup(content, media) == nil {
		c.t.Errorf("%s comes as %q", what, media)
		return
	}
	pointer := "mem:///openapi.json#"
	for _, part := range append(at, "content", media, "schema") {
		pointer += "/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
	}
	schema, err := c.compiler.Compile(pointer)
	if err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(a.body))
	if err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
	if err := schema.Validate(v); err != nil {
		c.t.Errorf("%s does not fit its schema: %v\n%.800s", what, err, a.body)
	}
	if a.Code >= 400 && (lookup(v, "status") != json.Number(code) || !strings.HasPrefix(fmt.Sprint(lookup(v, "type")), origin+"/info/api#problem-")) {
		c.t.Errorf("%s says %s", what, a.body)
	}
}

func lookup(v any, path ...string) any {
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

func decode[T any](t testing.TB, a answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%v\n%.500s", err, a.body)
	}
	return v
}

// unseen are declared answers that no test provokes, with the reason.
var unseen = map[string]string{
	"deletePage 507": "the full disk of the tests is full for saves of pages", "putKPIValue 507": "as above", "addKPIValues 507": "as above",
}

// TestAPI uses every operation through the server, over the real store and index. Every answer is valid against the
// document, and every answer that the document declares is given.
func TestAPI(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	none := map[string]string{"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "key": "nix", "period": "2026-10"}
	page := map[string]string{"id": string(c.pages["offen"].ID), "key": "dauer", "period": "2026-10"}
	closed := map[string]string{"id": string(c.pages["verborgen"].ID), "key": "geheime-dauer", "period": "2026-10"}
	is := func(a answer, status int) answer {
		t.Helper()
		if a.Code != status {
			t.Errorf("%s: %d, want %d\n%.600s", a.Result().Header, a.Code, status, a.body)
		}
		return a
	}
	c.useAPI(is)
	if t.Failed() {
		return
	}

	// What every operation refuses.
	query := map[string]string{"search": "q=x", "suggest": "q=x", "deletePage": "reason=weil"}
	ifMatch := func(id string) []string {
		if c.op(id).IfMatch {
			return []string{"If-Match", `"1"`}
		}
		return nil
	}
	reading := c.key("clerk", auth.ScopeRead)
	for _, op := range c.open.api.Operations() {
		q := query[op.ID]
		is(c.do("clerk", op.ID, page, strings.TrimPrefix(q+"&frei=1", "&"), op.Example, ifMatch(op.ID)...), 400)
		token := is(c.do("clerk", op.ID, page, strings.TrimPrefix(q+"&access_token=lrt_x", "&"), op.Example), 400)
		if !strings.Contains(token.body, "access_token") || strings.Contains(token.body, "lrt_x") {
			t.Errorf("%s: a token in the address is answered with %s", op.ID, token.body)
		}
		if op.About == "open" {
			continue
		}
		for _, header := range []string{"Bearer lrt_falsch", "Basic Y2xlcms6eA==", "Bearer ", "lrt_x"} {
			is(c.do("clerk", op.ID, page, q, op.Example, append(ifMatch(op.ID), "Authorization", header)...), 401)
		}
		is(c.do("clerk", op.ID, page, q, op.Example, append(ifMatch(op.ID), "Authorization", "Bearer "+c.keys["clerk"], "Authorization", "Bearer "+c.keys["admin"])...), 400)
		if strings.Contains(op.Path, "{") {
			is(c.do("clerk", op.ID, none, q, op.Example, ifMatch(op.ID)...), 404)
			is(c.do("clerk", op.ID, closed, q, op.Example, ifMatch(op.ID)...), 404)
			is(c.do("clerk", op.ID, closed, q, op.Example, append(ifMatch(op.ID), "Authorization", "Bearer "+reading)...), 404)
		}
		if op.Method != http.MethodGet {
			is(c.do("clerk", op.ID, page, q, op.Example, append(ifMatch(op.ID), "Authorization", "Bearer "+reading)...), 403)
		}
		if op.Example == "" {
			is(c.do("clerk", op.ID, page, q, "{}", ifMatch(op.ID)...), 400)
			continue
		}
		is(c.do("clerk", op.ID, page, q, op.Example, append(ifMatch(op.ID), "Content-Type", "", "Content-Type", "application/x-www-form-urlencoded")...), 415)
		is(c.do("clerk", op.ID, page, q, op.Example, append(ifMatch(op.ID), "Content-Encoding", "gzip")...), 415)
		is(c.do("clerk", op.ID, page, q, strings.Repeat(" ", 2<<20)+op.Example, append(ifMatch(op.ID), "Content-Type", "", "Content-Type", mediaOf(op))...), 413)
	}
	c.medium(is, page, query, ifMatch)
	for _, op := range c.open.api.Operations() {
		responses, _ := lookup(c.doc, "paths", op.Path, strings.ToLower(op.Method), "responses").(map[string]any)
		for code := range responses {
			if !c.seen[op.ID][code] && unseen[op.ID+" "+code] == "" {
				t.Errorf("%s has never answered %s", op.ID, code)
			}
		}
	}
}

// noTokens cannot be asked.
type noTokens struct{}

func (noTokens) TokenActor(context.Context, string, string) (access.Actor, error) {
	return access.Actor{}, errors.New("store: no such table in sql")
}

func mediaOf(op *api.Operation) string {
	if op.Table {
		return "text/csv"
	}
	return "application/json"
}

// medium provokes what does not depend on what is asked: no pace left, no time, a full disk, no database.
func (c *caller) medium(is func(answer, int) answer, page, query map[string]string, ifMatch func(string) []string) {
	c.t.Helper()
	send := func(op *api.Operation, ctx context.Context, key string) answer {
		r := httptest.NewRequestWithContext(ctx, op.Method, address(op, page, query[op.ID]), strings.NewReader(op.Example))
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", mediaOf(op))
		if h := ifMatch(op.ID); h != nil {
			r.Header.Set(h[0], h[1])
		}
		w := httptest.NewRecorder()
		c.open.ServeHTTP(w, r)
		a := answer{w, w.Body.String()}
		c.checkAnswer(op, a)
		return a
	}
	ops := slices.DeleteFunc(slices.Clone(c.open.api.Operations()), func(op *api.Operation) bool { return op.About == "open" })
	fast := c.key("clerk", auth.ScopeRead, auth.ScopeWrite)
	for range 25 { // the clock stands still
		send(c.op("listKinds"), c.ctx, fast)
	}
	for _, op := range ops {
		is(send(op, c.ctx, fast), 429)
	}
	full := error(errs.New(errs.Full, errs.Msg("store.full")))
	c.store.fail.Store(&full)
	is(c.do("clerk", "createPage", nil, "", `{"kind":"guide","space":"handbuch","title":"Kein Platz"}`), 507)
	current := c.do("clerk", "getPage", page, "", "")
	is(c.do("clerk", "replacePage", page, "", `{"title":"Kein Platz","fields":{"purpose":"x"}}`, "If-Match", current.Header().Get("ETag")), 507)
	c.store.fail.Store(nil)
	late, cancel := context.WithDeadline(c.ctx, time.Now().Add(-time.Second))
	defer cancel()
	for _, op := range ops {
		c.clock.pass(5 * time.Second)
		is(send(op, late, c.keys["clerk"]), 503)
	}
	broken, err := api.New(api.Options{Wiki: c.wiki, KPI: c.open.KPI, Tokens: noTokens{}, Guest: func(context.Context) access.Actor { return access.Actor{Guest: true} }, Words: c.open.View, BaseURL: origin, Now: c.clock.now})
	if err != nil {
		c.t.Fatal(err)
	}
	c.open.api = broken
	for _, op := range ops {
		if a := is(send(op, c.ctx, c.keys["clerk"]), 500); strings.Contains(a.body, "sql") || strings.Contains(a.body, "store") {
			c.t.Errorf("an internal error tells %s", a.body)
		}
	}
}
