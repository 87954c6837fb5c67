package api

import (
	"strings"

	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// SearchAnswer is what a search found. Total and facets count what the asker may read and nothing else.
type SearchAnswer struct {
	Total      int     `json:"total"`
	TookMS     float64 `json:"took_ms"`
	Suggestion string  `json:"suggestion"`
	Complete   bool    `json:"complete"`
	Hits       []Hit   `json:"hits"`
	Facets     Facets  `json:"facets"`
}

// Hit is one page that was found.
type Hit struct {
	ID        string  `json:"id"`
	Kind      string  `json:"kind"`
	Space     string  `json:"space"`
	Slug      string  `json:"slug"`
	Title     string  `json:"title"`
	URL       string  `json:"url" api:"format=uri-reference"`
	Snippet   string  `json:"snippet"`
	Score     float64 `json:"score"`
	State     string  `json:"state"`
	ReviewDue *string `json:"review_due" api:"format=date"`
}

// Facets count hits by what they have in common.
type Facets struct {
	Kind  []Facet `json:"kind" api:"doc=facet"`
	Space []Facet `json:"space" api:"doc=facet"`
	Unit  []Facet `json:"unit" api:"doc=facet"`
	Tag   []Facet `json:"tag" api:"doc=facet"`
	State []Facet `json:"state" api:"doc=facet"`
}

// Facet is one value with its number of hits.
type Facet struct {
	Value string `json:"value" api:"doc=facet_value"`
	Count int    `json:"count"`
}

// Suggestions complete what was typed.
type Suggestions struct {
	Items []Suggestion `json:"items"`
}

// Suggestion is one page by its title.
type Suggestion struct {
	Title string `json:"title"`
	Kind  string `json:"kind"`
	URL   string `json:"url" api:"format=uri-reference"`
}

func search(c *call) error {
	q := page.Query{Text: strings.TrimSpace(c.query["q"]), Limit: c.number("limit"), Offset: c.number("offset"), Facets: true}
	if q.Text == "" {
		return invalid("q", "api.value_missing")
	}
	if err := c.knownKind(c.query["kind"]); err != nil {
		return err
	}
	if k := c.query["kind"]; k != "" {
		q.Kinds = []string{k}
	}
	if s := c.query["space"]; s != "" {
		q.Spaces = []string{s}
	}
	start := c.o.Now()
	res, err := c.o.Wiki.Search(c.r.Context(), c.actor, q)
	if err != nil {
		return err
	}
	out := SearchAnswer{
		Total: res.Total, TookMS: float64(c.o.Now().Sub(start).Microseconds()) / 1000, Complete: !res.Restricted, Hits: []Hit{},
		Facets: Facets{facets(res, "kind"), facets(res, "space"), facets(res, "unit"), facets(res, "tag"), facets(res, "state")},
	}
	for _, h := range res.Hits {
		c.shows(h.Space)
		out.Hits = append(out.Hits, Hit{
			ID: string(h.ID), Kind: h.Kind, Space: h.Space, Slug: h.Slug, Title: h.Title, URL: c.url(h.Space, h.Slug), Snippet: unmarked(h.Snippet),
			Score: h.Score, State: h.State, ReviewDue: dayOf(h.ReviewDue),
		})
	}
	for _, f := range out.Facets.Space {
		c.shows(f.Value)
	}
	return c.answer(out)
}

func facets(res page.Result, name string) []Facet {
	out := []Facet{}
	for _, f := range res.Facets[name] {
		out = append(out, Facet(f))
	}
	return out
}

// unmarked takes the marks of matches out of a snippet.
func unmarked(s string) string {
	return strings.NewReplacer(string(page.HitOpen), "", string(page.HitClose), "").Replace(s)
}

// maxSuggestions is how many titles are suggested.
const maxSuggestions = 8

func suggest(c *call) error {
	hits, err := c.o.Wiki.Suggest(c.r.Context(), c.actor, strings.TrimSpace(c.query["q"]), nil, maxSuggestions)
	if err != nil && !errs.Is(err, errs.Unavailable) { // while the index is made there is nothing to suggest
		return err
	}
	out := Suggestions{Items: []Suggestion{}}
	for _, h := range hits {
		c.shows(h.Space)
		out.Items = append(out.Items, Suggestion{h.Title, h.Kind, c.url(h.Space, h.Slug)})
	}
	return c.answer(out)
}
