package api

import (
	"net/http"
	"reflect"

	"lernraum/internal/access"
	"lernraum/internal/wiki"
)

// Root is where the API stands; its version is part of it.
const Root = "/api/v1"

// Operation declares one operation: what it is called, what it takes, what it answers. Requests are checked against
// it, and the OpenAPI document and the page that explains the API are made from it.
type Operation struct {
	ID     string // stable: programs made from the document call it by this name
	Method string
	Path   string // below Root, "/pages/{id}"
	// About and Action say what the operation concerns and what is done to it, for the table of routes.
	About  string
	Action access.Action

	Params  []Param
	Body    reflect.Type // of a JSON body; nil takes none
	Table   bool         // takes a table as text/csv
	IfMatch bool         // needs the revision that was read
	Cond    bool         // answers 304 to who has the revision
	Status  int          // of success
	Answer  reflect.Type // nil: no body, or one of its own (Raw)
	Raw     bool
	Fails   []code // beyond those that any operation has
	Example string // of the body

	run func(*call) error
}

// Param is a parameter of the path or the query.
type Param struct {
	Name     string
	In       string // "path" or "query"
	Required bool
	Schema   *Schema
}

func path(name, doc string, s Schema) Param {
	s.Doc = doc
	return Param{Name: name, In: "path", Required: true, Schema: &s}
}

func query(name, doc string, s Schema) Param {
	s.Doc = doc
	return Param{Name: name, In: "query", Schema: &s}
}

func text(most int) Schema { return Schema{Type: "string", MaxLength: most} }

func whole(low, high, normal int) Schema {
	l, h := float64(low), float64(high)
	return Schema{Type: "integer", Minimum: &l, Maximum: &h, Default: normal}
}

const (
	maxLimit    = 100
	maxQuestion = 200
	maxOffset   = 10_000
)

func typ[T any]() reflect.Type { return reflect.TypeFor[T]() }

// operations lists every operation of the API.
func operations() []*Operation {
	id := path("id", "id", text(26))
	key := path("key", "kpi_key", text(80))
	period := path("period", "period", text(10))
	kind := query("kind", "kind", text(60))
	space := query("space", "space", text(40))
	limit := func(normal int) Param { return query("limit", "limit", whole(1, maxLimit, normal)) }
	const (
		get, post, put = http.MethodGet, http.MethodPost, http.MethodPut
		ok, made       = http.StatusOK, http.StatusCreated
	)
	since := query("updated_since", "updated_since", Schema{Type: "string", MaxLength: 40, Format: "date-time"})
	question := query("q", "q", Schema{Type: "string", MinLength: 1, MaxLength: maxQuestion})
	question.Required = true
	reason := query("reason", "reason", Schema{Type: "string", MinLength: 1, MaxLength: wiki.MaxComment})
	reason.Required = true
	return []*Operation{
		{ID: "listPages", Method: get, Path: "/pages", About: "list", Action: access.Read, Status: ok, Answer: typ[PageList](), run: listPages,
			Params: []Param{kind, space, query("tag", "tag", text(60)), since, limit(50), query("cursor", "cursor", text(maxCursor))}},
		{ID: "createPage", Method: post, Path: "/pages", About: "space", Action: access.Create, Status: made, Answer: typ[Page](), run: createPage,
			Body: typ[NewPage](), Fails: []code{codeScope, codeConflict, codeFull}, Example: examplePage},
		{ID: "getPage", Method: get, Path: "/pages/{id}", About: "page", Action: access.Read, Status: ok, Answer: typ[Page](), run: getPage,
			Params: []Param{id}, Cond: true, Fails: []code{codeNotFound}},
		{ID: "replacePage", Method: put, Path: "/pages/{id}", About: "page", Action: access.Edit, Status: ok, Answer: typ[Page](), run: replacePage,
			Params: []Param{id}, Body: typ[PageText](), IfMatch: true, Fails: []code{codeNotFound, codeScope, codeConflict, codeFull}, Example: exampleText},
		{ID: "deletePage", Method: http.MethodDelete, Path: "/pages/{id}", About: "page", Action: access.Edit, Status: http.StatusNoContent, run: deletePage,
			Params: []Param{id, reason}, IfMatch: true, Fails: []code{codeNotFound, codeScope, codeFull}},
		{ID: "listRevisions", Method: get, Path: "/pages/{id}/revisions", About: "page", Action: access.Read, Status: ok, Answer: typ[RevisionList](), run: listRevisions,
			Params: []Param{id}, Fails: []code{codeNotFound}},
		{ID: "search", Method: get, Path: "/search", About: "list", Action: access.Read, Status: ok, Answer: typ[SearchAnswer](), run: search,
			Params: []Param{question, kind, space, limit(20), query("offset", "offset", whole(0, maxOffset, 0))}},
		{ID: "suggest", Method: get, Path: "/suggest", About: "list", Action: access.Read, Status: ok, Answer: typ[Suggestions](), run: suggest,
			Params: []Param{question}},
		{ID: "listKinds", Method: get, Path: "/kinds", About: "list", Action: access.Read, Status: ok, Answer: typ[KindList](), run: listKinds},
		{ID: "listSpaces", Method: get, Path: "/spaces", About: "list", Action: access.Read, Status: ok, Answer: typ[SpaceList](), run: listSpaces},
		{ID: "getKPI", Method: get, Path: "/kpis/{key}", About: "page", Action: access.Read, Status: ok, Answer: typ[KPI](), run: getKPI,
			Params: []Param{key}, Fails: []code{codeNotFound}},
		{ID: "putKPIValue", Method: put, Path: "/kpis/{key}/values/{period}", About: "page", Action: access.Edit, Status: ok, Answer: typ[KPIValue](), run: putKPIValue,
			Params: []Param{key, period}, Body: typ[NewKPIValue](), Fails: []code{codeNotFound, codeScope, codeFull}, Example: exampleValue},
		{ID: "addKPIValues", Method: post, Path: "/kpis/{key}/values", About: "page", Action: access.Edit, Status: ok, Answer: typ[KPIAdded](), run: addKPIValues,
			Params: []Param{key}, Table: true, Fails: []code{codeNotFound, codeScope, codeFull}, Example: exampleTable},
		{ID: "getOpenAPI", Method: get, Path: "/openapi.json", About: "open", Action: access.Read, Status: ok, Raw: true, run: getOpenAPI},
	}
}

// Examples of bodies, from the demo organisation.
const (
	examplePage  = `{"kind": "guide", "space": "handbuch", "title": "Akten abgeben", "body": "Nach zehn Jahren.\n", "tags": ["akten"]}`
	exampleText  = `{"title": "Akten abgeben", "body": "Nach *elf* Jahren.\n", "tags": ["akten"], "comment": "Frist berichtigt"}`
	exampleValue = `{"value": 12.5, "n": 240, "state": "final", "note": ""}`
	exampleTable = "period,value,n\n2026-08,12.5,240\n2026-09,11.75,236\n"
)

// open tells that nobody is asked who they are.
func (o *Operation) open() bool { return o.About == "open" }

// fails lists the problems an operation can answer with, in the order of statuses.
func (o *Operation) fails() []code {
	has := map[code]bool{codeBad: true}
	if !o.open() {
		has[codeSignIn], has[codeFast], has[codeInternal], has[codeUnavailable] = true, true, true, true
	}
	for _, p := range o.Params {
		if p.In == "query" {
			has[codeInvalid] = true
		}
	}
	if o.Body != nil || o.Table {
		has[codeInvalid], has[codeLarge], has[codeMedia] = true, true, true
	}
	if o.IfMatch {
		has[codeStale], has[codePrecondition] = true, true
	}
	for _, c := range o.Fails {
		has[c] = true
	}
	var out []code
	for _, s := range statuses {
		if has[s.code] {
			out = append(out, s.code)
		}
	}
	return out
}
