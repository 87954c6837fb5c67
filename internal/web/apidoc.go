package web

import (
	"net/http"

	"lernraum/internal/api"
	"lernraum/internal/view"
)

// apiDoc explains the API, to everybody: it says nothing about this house, and a problem's type leads here.
func (s *Server) apiDoc(q *request) error {
	v := &view.API{Shell: q.shell("", ""), DocumentURL: api.Root + "/openapi.json"}
	if q.actor.SignedIn() {
		v.TokensURL = "/account/tokens"
	}
	said := s.api.Explain(q.lang)
	for _, op := range said.Operations {
		one := view.APIOperation{
			Anchor: op.Anchor, Method: op.Method, Path: op.Path, Name: op.Name, Text: op.Text, Takes: apiTable(op.Anchor, "-takes", op.Takes), Body: apiTable(op.Anchor, "-body", op.Body), Media: op.Media,
			Answers: apiTable(op.Anchor, "-answer", op.Answers), Status: op.Status, Fails: apiProblems(op.Fails), Curl: op.Curl,
		}
		if op.Like != nil {
			one.Like = view.Link{URL: "#" + op.Like.Anchor, Text: op.Like.Name}
		}
		v.Operations = append(v.Operations, one)
	}
	v.Problems = apiProblems(said.Problems)
	return q.render(http.StatusOK, v)
}

func apiTable(of, end string, in []api.Value) view.APITable {
	out := view.APITable{ID: of + end, Of: of}
	for _, v := range in {
		out.Rows = append(out.Rows, view.APIValue(v))
	}
	return out
}

func apiProblems(in []api.ExplainedProblem) []view.APIProblem {
	var out []view.APIProblem
	for _, p := range in {
		out = append(out, view.APIProblem(p))
	}
	return out
}
