package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/errs"
)

// version of the API; it grows with additions, and the address with what would break a program.
const version = "1.0.0"

type object = map[string]any

// openAPI makes the OpenAPI 3.1 document of the operations.
func (a *API) openAPI(lang string) ([]byte, error) {
	say := func(key string) string { return a.o.Words.Message(lang, errs.Msg(key)) }
	problem := a.book.of(reflect.TypeFor[Problem](), false)
	paths := object{}
	for _, op := range a.ops {
		item, ok := paths[op.Path].(object)
		if !ok {
			item = object{}
			paths[op.Path] = item
		}
		item[strings.ToLower(op.Method)] = a.operation(op, problem, say)
	}
	for _, s := range a.book {
		for _, p := range s.Properties {
			p.Schema.description = say("api.value." + p.Schema.Doc)
		}
	}
	schemas := object{}
	for _, name := range a.book.names() {
		schemas[name] = a.book[name]
	}
	doc := object{
		"openapi": "3.1.0",
		"info":    object{"title": "Lernraum", "version": version, "description": say("api.about")},
		"servers": []any{object{"url": Root}},
		"paths":   paths,
		"components": object{
			"schemas":         schemas,
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer", "description": say("api.about_token")}},
		},
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return buf.Bytes(), nil
}

func (a *API) operation(op *Operation, problem *Schema, say func(string) string) object {
	out := object{"operationId": op.ID, "summary": say("api.op." + lower(op.ID)), "description": say("api.text." + lower(op.ID))}
	params := []any{}
	for _, p := range op.Params {
		params = append(params, object{"name": p.Name, "in": p.In, "required": p.Required, "schema": p.Schema, "description": say("api.value." + p.Schema.Doc)})
	}
	header := func(name string, required bool) {
		params = append(params, object{
			"name": name, "in": "header", "required": required, "schema": object{"type": "string"}, "description": say("api.header." + headerKey(name)),
		})
	}
	if op.IfMatch {
		header("If-Match", true)
	}
	if op.Cond {
		header("If-None-Match", false)
	}
	if len(params) > 0 {
		out["parameters"] = params
	}
	switch {
	case op.Body != nil:
		media := object{"schema": a.book.of(op.Body, true), "example": json.RawMessage(op.Example)}
		out["requestBody"] = object{"required": true, "content": object{"application/json": media}}
	case op.Table:
		media := object{"schema": object{"type": "string"}, "example": op.Example}
		out["requestBody"] = object{"required": true, "content": object{"text/csv": media}}
	}
	security := []any{object{"token": []any{}}}
	if op.Action == access.Read {
		security = append(security, object{}) // where guests read
	}
	if op.open() {
		security = []any{}
	}
	out["security"] = security
	out["responses"] = a.responses(op, problem, say)
	return out
}

func (a *API) responses(op *Operation, problem *Schema, say func(string) string) object {
	heads := func(names ...string) object {
		h := object{}
		for _, n := range names {
			h[n] = object{"schema": object{"type": "string"}, "description": say("api.header." + headerKey(n))}
		}
		return h
	}
	good := object{"description": say("api.answer_ok")}
	switch {
	case op.Answer != nil:
		good["content"] = object{"application/json": object{"schema": a.book.of(op.Answer, false)}}
	case op.Raw:
		good["content"] = object{"application/json": object{"schema": object{"type": "object"}}}
	}
	if op.Answer == reflect.TypeFor[Page]() {
		names := []string{"ETag"}
		if op.ID == "createPage" {
			names = append(names, "Location")
		}
		good["headers"] = heads(names...)
	}
	out := object{strconv.Itoa(op.Status): good}
	if op.Cond {
		out["304"] = object{"description": say("api.answer_unchanged"), "headers": heads("ETag")}
	}
	for _, c := range op.fails() {
		r := object{"description": say("api.problem_" + string(c)), "content": object{"application/problem+json": object{"schema": problem}}}
		switch c {
		case codeStale:
			r["headers"] = heads("ETag")
		case codeFast:
			r["headers"] = heads("Retry-After", "RateLimit")
		case codeSignIn, codeScope:
			r["headers"] = heads("WWW-Authenticate")
		}
		out[strconv.Itoa(c.status())] = r
	}
	return out
}

// lower writes an operation's name as the end of a key: "listPages" is "list_pages".
func lower(id string) string {
	var b strings.Builder
	for i, r := range id {
		if r >= 'A' && r <= 'Z' {
			if i > 0 && (id[i-1] < 'A' || id[i-1] > 'Z' || i+1 < len(id) && id[i+1] >= 'a' && id[i+1] <= 'z') {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

func headerKey(name string) string { return strings.ReplaceAll(strings.ToLower(name), "-", "_") }
