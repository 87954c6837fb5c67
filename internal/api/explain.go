package api

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"lernraum/internal/errs"
)

// Explanation is the API in words, for the page that explains it. It is made from the same declarations as everything
// else.
type Explanation struct {
	Operations []Explained
	Problems   []ExplainedProblem
}

// Explained is an operation in words.
type Explained struct {
	Anchor  string
	Method  string
	Path    string
	Name    string
	Text    string
	Takes   []Value // parameters and headers
	Body    []Value
	Media   string // of the body, "" for none
	Answers []Value
	Like    *Explained // another operation that answers the same, and says what; Answers is empty then
	Status  int
	Fails   []ExplainedProblem
	Curl    string
}

// Value is one value that is taken or answered.
type Value struct {
	Name     string
	Type     string
	Bounds   string
	Required bool
	Text     string
}

// ExplainedProblem is a kind of problem in words.
type ExplainedProblem struct {
	Anchor string
	Status int
	Name   string
	Text   string
}

// Explain gives the API in words of a language.
func (a *API) Explain(lang string) Explanation {
	say := func(key string) string { return a.o.Words.Message(lang, errs.Msg(key)) }
	var out Explanation
	problem := func(c code) ExplainedProblem {
		return ExplainedProblem{c.anchor(), c.status(), say("api.problem_" + string(c)), say("api.detail_" + string(c))}
	}
	answered := map[reflect.Type]*Operation{}
	for _, op := range a.ops {
		one := Explained{
			Anchor: op.ID, Method: op.Method, Path: Root + op.Path, Name: say("api.op." + lower(op.ID)), Text: say("api.text." + lower(op.ID)),
			Status: op.Status, Curl: a.curl(op),
		}
		for _, p := range op.Params {
			one.Takes = append(one.Takes, a.value(p.Name, p.Required, p.Schema, say))
		}
		if op.IfMatch {
			one.Takes = append(one.Takes, Value{Name: "If-Match", Type: "header", Required: true, Text: say("api.header.if_match")})
		}
		if op.Cond {
			one.Takes = append(one.Takes, Value{Name: "If-None-Match", Type: "header", Text: say("api.header.if_none_match")})
		}
		switch {
		case op.Body != nil:
			one.Media, one.Body = "application/json", a.values(op.Body, true, say)
		case op.Table:
			one.Media = "text/csv"
		}
		switch first, shown := answered[op.Answer]; {
		case shown:
			one.Like = &Explained{Anchor: first.ID, Name: say("api.op." + lower(first.ID))}
		case op.Answer != nil:
			answered[op.Answer] = op
			one.Answers = a.values(op.Answer, false, say)
		}
		for _, c := range op.fails() {
			one.Fails = append(one.Fails, problem(c))
		}
		out.Operations = append(out.Operations, one)
	}
	for _, s := range statuses {
		out.Problems = append(out.Problems, problem(s.code))
	}
	return out
}

// values lists what a type holds, with what stands in its lists and objects: "items.title".
func (a *API) values(t reflect.Type, sent bool, say func(string) string) []Value {
	var out []Value
	var add func(s *Schema, at string, depth int)
	add = func(s *Schema, at string, depth int) {
		for _, p := range a.book.resolve(s).Properties {
			name := join(at, p.Name)
			out = append(out, a.value(name, p.Required && sent, p.Schema, say))
			below := p.Schema
			if below.Items != nil {
				below = below.Items
			}
			if below.Ref != "" && depth < 3 && below.Ref != s.Ref {
				add(below, name, depth+1)
			}
		}
	}
	add(a.book.of(t, sent), "", 0)
	return out
}

func (a *API) value(name string, required bool, s *Schema, say func(string) string) Value {
	v := Value{Name: name, Type: typeName(s), Required: required, Text: say("api.value." + s.Doc)}
	var bounds []string
	switch {
	case len(s.Enum) > 0:
		bounds = append(bounds, strings.Join(s.Enum, ", "))
	case s.Minimum != nil && s.Maximum != nil:
		bounds = append(bounds, fmt.Sprintf("%v–%v", *s.Minimum, *s.Maximum))
	case s.MaxLength > 0:
		bounds = append(bounds, "≤ "+strconv.Itoa(s.MaxLength))
	case s.MaxItems > 0:
		bounds = append(bounds, "≤ "+strconv.Itoa(s.MaxItems))
	}
	if s.Default != nil {
		bounds = append(bounds, fmt.Sprintf("= %v", s.Default))
	}
	v.Bounds = strings.Join(bounds, "; ")
	return v
}

func typeName(s *Schema) string {
	name := s.Type
	switch {
	case s.Format != "":
		name = s.Format
	case s.Ref != "":
		name = "object"
	case s.Items != nil:
		name = "[" + typeName(s.Items) + "]"
	}
	if s.Nullable {
		name += " | null"
	}
	return name
}

// examples fill the paths and queries of examples, from the demo organisation.
var examples = strings.NewReplacer("{id}", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "{key}", "erste-antwort-buergeranfragen", "{period}", "2026-10")

// curl gives an example that can be pasted into a shell.
func (a *API) curl(op *Operation) string {
	target := a.o.BaseURL + examples.Replace(Root+op.Path)
	for _, p := range op.Params {
		switch {
		case p.In != "query" || !p.Required:
		case p.Name == "q":
			target += "?q=Dienstreise"
		default:
			target += "?" + p.Name + "=doppelt"
		}
	}
	parts := []string{"curl"}
	if op.Method != "GET" {
		parts = append(parts, "-X "+op.Method)
	}
	if !op.open() {
		parts = append(parts, `-H "Authorization: Bearer $TOKEN"`)
	}
	if op.IfMatch {
		parts = append(parts, `-H 'If-Match: "1"'`)
	}
	switch {
	case op.Body != nil:
		parts = append(parts, "-H 'Content-Type: application/json'", "--data '"+op.Example+"'")
	case op.Table:
		parts = append(parts, "-H 'Content-Type: text/csv'", "--data-binary @werte.csv")
	}
	return strings.Join(append(parts, "'"+target+"'"), " \\\n  ")
}
