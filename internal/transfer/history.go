package transfer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"lernraum/internal/kind"
	"lernraum/internal/page"
)

// revisionLine is one line of a history file.
type revisionLine struct {
	Revision int       `json:"revision"`
	At       time.Time `json:"at"`
	By       string    `json:"by,omitempty"`
	Change   string    `json:"change,omitempty"`
	Comment  string    `json:"comment,omitempty"`
	Page     pageLine  `json:"page"`
	Redacted *redacted `json:"redacted,omitempty"`
}

// redacted tells that the text of a revision was removed for good.
type redacted struct {
	At     time.Time `json:"at"`
	By     string    `json:"by,omitempty"`
	Reason string    `json:"reason"`
}

// pageLine is a page in a history file, with the keys of the front matter.
type pageLine struct {
	Kind          string              `json:"kind"`
	Space         string              `json:"space"`
	Slug          string              `json:"slug"`
	Title         string              `json:"title"`
	Summary       string              `json:"summary,omitempty"`
	Lang          string              `json:"lang,omitempty"`
	Owner         string              `json:"owner,omitempty"`
	State         string              `json:"state"`
	Statement     string              `json:"statement,omitempty"`
	Tags          []string            `json:"tags,omitempty"`
	ReviewDue     string              `json:"review_due,omitempty"`
	ConfirmedAt   string              `json:"confirmed_at,omitempty"`
	ConfirmedRole string              `json:"confirmed_by_role,omitempty"`
	Fields        map[string]any      `json:"fields,omitempty"`
	Relations     map[string][]string `json:"relations,omitempty"`
	Extra         map[string]any      `json:"extra,omitempty"`
	Body          string              `json:"body"`
}

// maxHistoryLine bounds one revision: the largest file of a page with every sign escaped in JSON.
const maxHistoryLine = 32 << 20

// encodeRevision writes one line.
func encodeRevision(r page.Revision) ([]byte, error) {
	p := r.Page
	l := revisionLine{
		Revision: p.Revision, At: r.At.UTC(), By: r.By, Change: string(r.Change), Comment: r.Comment,
		Page: pageLine{
			Kind: p.Kind, Space: p.Space, Slug: p.Slug, Title: p.Title, Summary: p.Summary, Lang: p.Lang, Owner: p.Owner, State: p.State,
			Statement: p.Statement, Tags: p.Tags, ConfirmedRole: p.ConfirmedRole, Fields: p.Fields, Extra: p.Extra, Body: p.Body,
		},
	}
	if !r.Redacted.At.IsZero() {
		l.Redacted = &redacted{At: r.Redacted.At.UTC(), By: r.Redacted.By, Reason: r.Redacted.Reason}
	}
	if !p.ReviewDue.IsZero() {
		l.Page.ReviewDue = p.ReviewDue.Format(time.DateOnly)
	}
	if !p.ConfirmedAt.IsZero() {
		l.Page.ConfirmedAt = p.ConfirmedAt.UTC().Format(time.RFC3339)
	}
	for _, rel := range p.Relations {
		if l.Page.Relations == nil {
			l.Page.Relations = map[string][]string{}
		}
		l.Page.Relations[rel.Key] = append(l.Page.Relations[rel.Key], rel.Ref)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(l); err != nil {
		return nil, fmt.Errorf("write revision %d of %s: %w", p.Revision, p.ID, err)
	}
	return buf.Bytes(), nil
}

// decodeHistory reads a history file. Revisions must follow one another from 1.
func decodeHistory(src []byte) ([]page.Revision, error) {
	sc := bufio.NewScanner(bytes.NewReader(src))
	sc.Buffer(make([]byte, 0, 64<<10), maxHistoryLine)
	var out []page.Revision
	for n := 1; sc.Scan(); n++ {
		if len(bytes.TrimSpace(sc.Bytes())) == 0 {
			n--
			continue
		}
		var l revisionLine
		dec := json.NewDecoder(bytes.NewReader(sc.Bytes()))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&l); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if l.Revision != n {
			return nil, fmt.Errorf("line %d: revision %d, want %d: revisions follow one another from 1", n, l.Revision, n)
		}
		r, err := l.revision()
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		out = append(out, r)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	for i := range out {
		out[i].Page.CreatedAt = out[0].At
	}
	return out, nil
}

func (l revisionLine) revision() (page.Revision, error) {
	d := l.Page
	p := page.Page{
		Kind: d.Kind, Space: d.Space, Slug: d.Slug, Title: d.Title, Summary: d.Summary, Lang: d.Lang, Owner: d.Owner, State: d.State,
		Statement: d.Statement, Tags: d.Tags, ConfirmedRole: d.ConfirmedRole, Extra: d.Extra, Body: d.Body, Revision: l.Revision, UpdatedAt: l.At.UTC(),
	}
	if p.Lang == "" {
		p.Lang = "de"
	}
	if p.Statement == "" {
		p.Statement = "agreed"
	}
	if d.Fields != nil {
		p.Fields = kind.Canonical(d.Fields)
	}
	for _, key := range sorted(d.Relations) {
		for _, ref := range d.Relations[key] {
			p.Relations = append(p.Relations, page.Relation{Key: key, Ref: ref})
		}
	}
	var err error
	if p.ReviewDue, err = parseTime(d.ReviewDue); err != nil {
		return page.Revision{}, fmt.Errorf("review_due: %w", err)
	}
	if p.ConfirmedAt, err = parseTime(d.ConfirmedAt); err != nil {
		return page.Revision{}, fmt.Errorf("confirmed_at: %w", err)
	}
	if l.At.IsZero() || p.Title == "" {
		return page.Revision{}, fmt.Errorf("time or title is missing")
	}
	r := page.Revision{Page: p, At: l.At.UTC(), By: l.By, Comment: l.Comment, Change: page.ChangeKind(l.Change)}
	if l.Redacted != nil {
		if l.Redacted.At.IsZero() || l.Redacted.Reason == "" {
			return page.Revision{}, fmt.Errorf("redacted: time or reason is missing")
		}
		r.Redacted = page.Redaction{At: l.Redacted.At.UTC(), By: l.Redacted.By, Reason: l.Redacted.Reason}
	}
	return r, nil
}
