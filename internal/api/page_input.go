package api

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// PageText is what a page says: all of it, as it shall be.
type PageText struct {
	Title     string              `json:"title" api:"required,min=1,max=200"`
	Summary   string              `json:"summary" api:"max=300"`
	Body      string              `json:"body" api:"max=1000000"`
	Fields    map[string]any      `json:"fields"`
	Relations map[string][]string `json:"relations"`
	Tags      []string            `json:"tags" api:"items=30,itemmax=60"`
	Space     string              `json:"space" api:"max=40,doc=space_kept"`
	Slug      string              `json:"slug" api:"max=80,doc=slug_kept"`
	Lang      string              `json:"lang" api:"enum=de|en"`
	Owner     string              `json:"owner" api:"max=200"`
	Statement string              `json:"statement" api:"enum=agreed|personal"`
	ReviewDue string              `json:"review_due" api:"format=date"`
	Comment   string              `json:"comment" api:"max=300"`
}

// NewPage is a page that is to be added.
type NewPage struct {
	Kind  string `json:"kind" api:"required,min=1,max=60"`
	Space string `json:"space" api:"required,min=1,max=40"`
	Title string `json:"title" api:"required,min=1,max=200"`

	Summary   string              `json:"summary" api:"max=300"`
	Body      string              `json:"body" api:"max=1000000"`
	Fields    map[string]any      `json:"fields"`
	Relations map[string][]string `json:"relations"`
	Tags      []string            `json:"tags" api:"items=30,itemmax=60"`
	Slug      string              `json:"slug" api:"max=80,doc=slug_made"`
	Lang      string              `json:"lang" api:"enum=de|en"`
	Owner     string              `json:"owner" api:"max=200"`
	Statement string              `json:"statement" api:"enum=agreed|personal"`
	ReviewDue string              `json:"review_due" api:"format=date"`
	Comment   string              `json:"comment" api:"max=300"`
}

// input fills in what needs more than copying. Fields that the kind does not declare are refused, but for those the
// page has already.
func (c *call) input(in *wiki.Input, key string, fields map[string]any, relations map[string][]string, due string, old page.Page) error {
	var bad []errs.Field
	if k, ok := c.o.Wiki.Kinds().Kind(key); ok {
		bad = unknownFields(k.Field, fields, old.Fields, "fields")
	}
	if len(bad) > 0 {
		return &problem{code: codeInvalid, fields: bad}
	}
	in.Fields = kind.Canonical(fields)
	keys := make([]string, 0, len(relations))
	for r := range relations {
		keys = append(keys, r)
	}
	// An object has no order: what stood keeps its place, so that sending a page back as it is changes nothing.
	at := func(key string) int {
		if i := slices.IndexFunc(old.Relations, func(r page.Relation) bool { return r.Key == key }); i >= 0 {
			return i
		}
		return len(old.Relations)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(at(a), at(b)), cmp.Compare(a, b)) })
	for _, r := range keys {
		for _, ref := range relations[r] {
			in.Relations = append(in.Relations, page.Relation{Key: r, Ref: ref})
		}
	}
	if due != "" {
		t, err := time.Parse(time.DateOnly, due)
		if err != nil {
			return invalid("review_due", "api.value_date")
		}
		in.ReviewDue = t
	}
	return nil
}

func unknownFields(find func(string) (*kind.Field, bool), given map[string]any, old map[string]any, at string) []errs.Field {
	var bad []errs.Field
	names := make([]string, 0, len(given))
	for name := range given {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		f, ok := find(name)
		if _, stood := old[name]; !ok && !stood && len(bad) < maxFindings {
			bad = append(bad, errs.Field{Name: join(at, name), Msg: errs.Msg("api.value_unknown")})
			continue
		}
		rows, isList := given[name].([]any)
		if !ok || f.Type != kind.TypeList || !isList {
			continue
		}
		for i, row := range rows {
			record, _ := row.(map[string]any)
			bad = append(bad, unknownFields(func(key string) (*kind.Field, bool) {
				j := slices.IndexFunc(f.Fields, func(sub kind.Field) bool { return sub.Key == key })
				if j < 0 {
					return nil, false
				}
				return &f.Fields[j], true
			}, record, oldRow(old, name, i), join(join(at, name), strconv.Itoa(i)))...)
		}
	}
	return bad
}

// oldRow gives a record of a list that the page has already.
func oldRow(old map[string]any, name string, i int) map[string]any {
	if rows, ok := old[name].([]map[string]any); ok && i < len(rows) {
		return rows[i]
	}
	return nil
}
