package search

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"
	"golang.org/x/text/unicode/norm"

	"lernraum/internal/page"
)

// storedHit is what a hit shows, kept in the index so that a result needs no database.
type storedHit struct {
	Kind     string `json:"k"`
	Space    string `json:"sp"`
	Slug     string `json:"sl"`
	Title    string `json:"t"`
	Summary  string `json:"su,omitempty"`
	Owner    string `json:"o,omitempty"`
	State    string `json:"st,omitempty"`
	Lang     string `json:"l,omitempty"`
	Updated  int64  `json:"u"`           // ms
	Due      int64  `json:"r,omitempty"` // ms, 0 none
	Archived bool   `json:"a,omitempty"`
	Revision int    `json:"v"`
}

func (s storedHit) hit(id string) page.Hit {
	return page.Hit{
		ID: page.ID(id), Kind: s.Kind, Space: s.Space, Slug: s.Slug, Title: s.Title, Summary: s.Summary,
		Owner: s.Owner, State: s.State, Archived: s.Archived,
		UpdatedAt: fromMillis(s.Updated), ReviewDue: fromMillis(s.Due),
	}
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// built is a document on its way into the index, with the text fields whose lengths are counted.
type built struct {
	doc   *document.Document
	texts []index.Field
	size  int
}

// build makes the Bleve document of a page.
func (an *analysers) build(d page.Document) (built, error) {
	title, summary, text := clean(d.Title), clean(d.Summary), clean(d.Text)
	alias := clean(strings.Join(append(append([]string{}, d.Aliases...), d.Tags...), "\n"))
	hit, err := json.Marshal(storedHit{
		Kind: d.Kind, Space: d.Space, Slug: d.Slug, Title: title, Summary: summary, Owner: d.Owner, State: d.State,
		Lang: d.Lang, Updated: millis(d.UpdatedAt), Due: millis(d.ReviewDue), Archived: d.Archived, Revision: d.Revision,
	})
	if err != nil {
		return built{}, fmt.Errorf("search: encode hit of %s: %w", d.ID, err)
	}
	values := map[string][]string{
		fieldTitle:       {title},
		fieldAlias:       {alias},
		fieldHead:        {clean(strings.Join(d.Headings, "\n"))},
		fieldSummary:     {summary},
		fieldBody:        {text},
		fieldSuggest:     {title, clean(strings.Join(d.Aliases, "\n"))},
		fieldSurface:     {title + "\n" + alias},
		fieldKind:        {d.Kind},
		fieldSpace:       {d.Space},
		fieldUnit:        d.Units,
		fieldTag:         d.Tags,
		fieldState:       {d.State},
		fieldLang:        {d.Lang},
		fieldAccess:      {accessTerm(d.Space, d.Draft)},
		fieldRank:        {rankTerm(d.Archived, d.ReviewDue)},
		fieldSortTitle:   {foldTitle(title) + "\x01" + string(d.ID)},
		fieldSortUpdated: {fmt.Sprintf("%015d\x01%s", max(0, millis(d.UpdatedAt)), d.ID)},
		fieldHit:         {string(hit)},
	}
	if d.Lang == "en" {
		values[fieldTitleEN] = []string{title + "\n" + alias}
		values[fieldBodyEN] = []string{text}
	}
	b := built{doc: document.NewDocument(string(d.ID)), size: len(hit)}
	for _, f := range fields() {
		vs := present(values[f.name])
		if len(vs) == 0 && f.options.IncludeDocValues() {
			vs = []string{absent}
		}
		for i, v := range vs {
			var position []uint64
			if len(vs) > 1 {
				position = []uint64{uint64(i)}
			}
			tf := document.NewTextFieldCustom(f.name, position, []byte(v), f.options, an.of(f.chain))
			b.doc.AddField(tf)
			b.size += len(v)
			if scored(f) {
				b.texts = append(b.texts, tf)
			}
		}
	}
	return b, nil
}

func scored(f field) bool { return f.options.IsIndexed() && !f.options.SkipFreqNorm() }

func present(vs []string) []string {
	out := make([]string, 0, len(vs))
	for _, v := range vs {
		if v != "" {
			out = append(out, v)
		}
	}
	return out
}

// accessTerm is the one term that decides who may see a page: readers of its space, or for a draft those who
// see drafts there.
func accessTerm(space string, draft bool) string {
	if draft {
		return "d:" + space
	}
	return "r:" + space
}

// rankTerm keeps what demotes a page: archived, and from which day on it is overdue.
func rankTerm(archived bool, due time.Time) string {
	flag, day := "0", "99999999"
	if archived {
		flag = "1"
	}
	if !due.IsZero() {
		day = due.UTC().Format("20060102")
	}
	return flag + day
}

// clean removes what is never text: the runes that mark hits, NUL, and bytes that are no UTF-8.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if strings.IndexByte(s, 0) < 0 && strings.IndexByte(s, 1) < 0 && !strings.Contains(s, "\uE000") && !strings.Contains(s, "\uE001") {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case page.HitOpen, page.HitClose, 0, 1:
			return -1
		}
		return r
	}, s)
}

// foldTitle orders titles as a German dictionary does: without case, accents and signs, ß like ss.
func foldTitle(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'ß' || r == 'ẞ':
			b.WriteString("ss")
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			b.WriteRune(unicode.ToLower(r))
		case unicode.IsSpace(r) || r == '-':
			b.WriteByte(' ')
		}
	}
	return strings.TrimSpace(b.String())
}
