package web

import (
	"fmt"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// maxRows bounds the numbers of a form's records; more than kind.MaxRecords records are refused by package kind.
const maxRows = 10 * kind.MaxRecords

// decodePage reads the form of a page. Only what the form may set is read: state, revision and rights are not
// part of it. Values keep the form in which they were typed; package kind normalises them.
func decodePage(k *kind.Kind, v url.Values) (wiki.Input, []errs.Field) {
	in := wiki.Input{
		Kind: k.Key, Space: v.Get("space"), Slug: strings.TrimSpace(v.Get("slug")), Title: v.Get("title"), Summary: v.Get("summary"),
		Lang: v.Get("lang"), Body: v.Get("body"), Tags: splitTags(v.Get("tags")), Owner: strings.TrimSpace(v.Get("owner")),
		Statement: v.Get("statement"), Comment: v.Get("comment"), Fields: page.Fields{},
	}
	var bad []errs.Field
	if s := strings.TrimSpace(v.Get("review_due")); s != "" {
		t, ok := parseDay(s)
		if !ok {
			bad = append(bad, errs.Field{Name: "review_due", Msg: errs.Msg("web.date_bad")})
		}
		in.ReviewDue = t
	}
	for _, f := range k.AllFields() {
		if val := decodeField(f, "fields."+f.Key, v); val != nil {
			in.Fields[f.Key] = val
		}
	}
	for _, key := range k.Relations {
		for _, ref := range lines(v.Get("relations." + key)) {
			in.Relations = append(in.Relations, page.Relation{Key: key, Ref: ref})
		}
	}
	return in, bad
}

// decodeField gives nil for nothing.
func decodeField(f *kind.Field, name string, v url.Values) any {
	switch {
	case f.Type == kind.TypeList:
		var rows []map[string]any
		for _, i := range rowNumbers(name, v) {
			row := map[string]any{}
			for j := range f.Fields {
				sub := &f.Fields[j]
				if val := decodeField(sub, fmt.Sprintf("%s.%d.%s", name, i, sub.Key), v); val != nil {
					row[sub.Key] = val
				}
			}
			if len(row) > 0 {
				rows = append(rows, row)
			}
		}
		if len(rows) == 0 {
			return nil
		}
		return rows
	case f.Many && f.Type == kind.TypeChoice:
		var out []string
		for _, s := range v[name] {
			if s != "" {
				out = append(out, s)
			}
		}
		// Boxes come in the order of the declaration, stored values in any: what was ticked is what counts.
		slices.SortStableFunc(out, func(a, b string) int { return choiceAt(f, a) - choiceAt(f, b) })
		if len(out) == 0 {
			return nil
		}
		return out
	case f.Many:
		out := lines(v.Get(name))
		if len(out) == 0 {
			return nil
		}
		return out
	}
	s := v.Get(name)
	if f.Type != kind.TypeMarkdown {
		s = strings.TrimSpace(s)
	}
	if strings.TrimSpace(s) == "" {
		return nil
	}
	return s
}

func choiceAt(f *kind.Field, key string) int {
	return slices.IndexFunc(f.Choices, func(c kind.Choice) bool { return c.Key == key })
}

// rowNumbers finds which records of a list a form holds, in order.
func rowNumbers(name string, v url.Values) []int {
	var out []int
	for key := range v {
		rest, ok := strings.CutPrefix(key, name+".")
		if !ok {
			continue
		}
		n, _, ok := strings.Cut(rest, ".")
		if i, err := strconv.Atoi(n); ok && err == nil && i >= 0 && i < maxRows && !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	sort.Ints(out)
	return out
}

func lines(s string) []string {
	var out []string
	for _, l := range strings.Split(s, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

func splitTags(s string) []string {
	return lines(strings.NewReplacer(",", "\n", ";", "\n").Replace(s))
}

// formOf gives the form values that show an input, the reverse of decodePage.
func formOf(k *kind.Kind, in wiki.Input) url.Values {
	v := url.Values{}
	set := func(name, s string) {
		if s != "" {
			v.Set(name, s)
		}
	}
	set("space", in.Space)
	set("slug", in.Slug)
	set("title", in.Title)
	set("summary", in.Summary)
	set("lang", in.Lang)
	set("body", in.Body)
	set("tags", strings.Join(in.Tags, ", "))
	set("owner", in.Owner)
	set("statement", in.Statement)
	if !in.ReviewDue.IsZero() {
		v.Set("review_due", in.ReviewDue.Format(time.DateOnly))
	}
	for _, f := range k.AllFields() {
		encodeField(f, "fields."+f.Key, in.Fields[f.Key], v)
	}
	byKey := map[string][]string{}
	for _, r := range in.Relations {
		byKey[r.Key] = append(byKey[r.Key], r.Ref)
	}
	for key, refs := range byKey {
		v.Set("relations."+key, strings.Join(refs, "\n"))
	}
	return v
}

func encodeField(f *kind.Field, name string, val any, v url.Values) {
	switch val := val.(type) {
	case nil:
	case []map[string]any:
		for i, row := range val {
			for j := range f.Fields {
				encodeField(&f.Fields[j], fmt.Sprintf("%s.%d.%s", name, i, f.Fields[j].Key), row[f.Fields[j].Key], v)
			}
		}
	case []string:
		if f.Type == kind.TypeChoice {
			v[name] = val
		} else {
			v.Set(name, strings.Join(val, "\n"))
		}
	case float64:
		v.Set(name, strings.Replace(strconv.FormatFloat(val, 'f', -1, 64), ".", ",", 1))
	case string:
		v.Set(name, val)
	default:
		v.Set(name, plain(val))
	}
}
