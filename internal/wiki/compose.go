package wiki

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/markup"
	"lernraum/internal/page"
)

// Limits of the envelope, in characters; the form shows them.
const (
	MaxTitle   = 200
	MaxSummary = 300
	MaxTag     = 60
	MaxTags    = 30
	MaxComment = 300
)

var (
	slugPattern  = regexp.MustCompile(`^[a-z0-9]+(?:-[a-z0-9]+)*$`)
	ownerPattern = regexp.MustCompile(`^(?:unit/[a-z0-9]+(?:-[a-z0-9]+)*|[0-7][0-9A-HJKMNP-TV-Z]{25})(?:#.{1,100})?$`)
)

// Input is what an author gives for a page: in a form, a file or a request. State, revision and times are
// not part of it, so that no request can set them.
type Input struct {
	Kind      string // only when creating
	Space     string
	Slug      string // "" makes one from the title
	Title     string
	Summary   string
	Lang      string
	Body      string
	Fields    page.Fields
	Relations []page.Relation
	Tags      []string
	Owner     string
	Statement string
	ReviewDue time.Time
	Comment   string
}

// composed is an Input that was found valid, with all that is derived from it.
type composed struct {
	page     page.Page
	rendered page.Rendered
	links    []page.Link
	aliases  []string
	seen     int64 // newest change the rendering could know of
}

// composeOptions tell apart the form, which wants every mistake named, from the import, which takes what it can.
type composeOptions struct {
	alone   bool       // the readers may read nothing but the space: links that lead out of it are text
	lenient bool       // dangling references and missing fields are allowed
	old     *page.Page // the page that is edited: what it says already is not held against an edit
	// known resolves references to pages that are being imported in the same run and not stored yet.
	known func(space string, refs []string) map[string]markup.Target
}

// compose validates and derives. head is the page as it will be, with kind, space, state and ids set.
func (s *Service) compose(ctx context.Context, a access.Actor, sp page.Space, k *kind.Kind, head page.Page, in Input, opt composeOptions) (composed, error) {
	var bad []errs.Field
	add := func(name, key string, args ...any) {
		bad = append(bad, errs.Field{Name: name, Msg: errs.Msg(key, args...)})
	}

	head.Title = oneLine(in.Title)
	switch n := utf8.RuneCountInString(head.Title); {
	case n == 0:
		add("title", "wiki.title_missing")
	case n > MaxTitle:
		add("title", "wiki.too_long", "Max", MaxTitle, "Len", n)
	}
	head.Summary = oneLine(in.Summary)
	if n := utf8.RuneCountInString(head.Summary); n > MaxSummary {
		add("summary", "wiki.too_long", "Max", MaxSummary, "Len", n)
	}
	head.Lang = in.Lang
	if head.Lang == "" {
		head.Lang = "de"
	}
	if head.Lang != "de" && head.Lang != "en" {
		add("lang", "wiki.lang_unknown")
	}
	head.Slug = strings.TrimSpace(in.Slug)
	if head.Slug == "" {
		head.Slug = markup.Slug(head.Title)
	}
	if head.Title != "" && (len(head.Slug) > 80 || !slugPattern.MatchString(head.Slug)) {
		add("slug", "wiki.slug_bad", "Proposal", markup.Slug(head.Slug))
	}
	head.Statement = in.Statement
	if head.Statement == "" {
		head.Statement = "agreed"
	}
	if head.Statement != "agreed" && head.Statement != "personal" {
		add("statement", "wiki.statement_unknown")
	}
	head.Owner = strings.TrimSpace(in.Owner)
	if head.Owner == "" {
		head.Owner = sp.Unit
	}
	if head.Owner == "" {
		head.Owner = FallbackUnit
	}
	if !ownerPattern.MatchString(head.Owner) {
		add("owner", "wiki.owner_bad")
	}
	head.ReviewDue = in.ReviewDue
	if utf8.RuneCountInString(in.Comment) > MaxComment {
		add("comment", "wiki.too_long", "Max", MaxComment, "Len", utf8.RuneCountInString(in.Comment))
	}
	head.Tags = normalTags(in.Tags, add)
	head.Body = normalText(in.Body)

	fields, fieldErrs := k.Validate(in.Fields, head.State)
	switch {
	case opt.old != nil:
		// What was missing before may stay missing, and what stands there as it stood is kept, also where the
		// kind has changed and would not take it any more: the edit is about something else.
		fieldErrs = k.Tolerate(fieldErrs, opt.old.Fields)
		fieldErrs = keepStanding(fields, in.Fields, opt.old.Fields, fieldErrs)
	case opt.lenient:
		fieldErrs = k.Tolerate(fieldErrs, nil)
	}
	bad = append(bad, fieldErrs...)
	head.Fields = fields
	head.Relations = s.normalRelations(in.Relations, add)

	c := composed{page: head, links: links(k, head)}
	if !opt.lenient && sp.Key != "" {
		bad = append(bad, s.checkRefs(ctx, a, sp, k, head, opt.old)...)
	}
	seen, err := s.store.State(ctx)
	if err != nil {
		return composed{}, err
	}
	rendered, refs, renderErrs := s.render(ctx, sp, k, head, opt)
	if err := errs.Fields(append(bad, renderErrs...)); err != nil {
		return composed{}, err
	}
	c.rendered, c.seen = rendered, seen.Seq
	c.links = append(c.links, refs...)
	c.aliases = k.Aliases(head.Fields)
	return c, nil
}

// links are the references that do not come from a text: the owner, typed relations, reference fields.
func links(k *kind.Kind, p page.Page) []page.Link {
	out := make([]page.Link, 0, len(p.Relations)+4)
	unit, _, _ := strings.Cut(p.Owner, "#")
	out = append(out, page.Link{Type: page.LinkField, Key: "owner", Ref: unit})
	for _, r := range p.Relations {
		out = append(out, page.Link{Type: page.LinkRelation, Key: r.Key, Ref: r.Ref})
	}
	return append(out, k.Refs(p.Fields)...)
}

// normalRelations groups references by their relation, as files do, and keeps the order within each.
func (s *Service) normalRelations(in []page.Relation, add func(name, key string, args ...any)) []page.Relation {
	out := make([]page.Relation, 0, len(in))
	for _, r := range in {
		r.Ref = strings.TrimSpace(r.Ref)
		if r.Ref == "" {
			continue
		}
		if _, ok := s.kinds.Relation(r.Key); !ok {
			add("relations", "wiki.relation_unknown", "Key", r.Key)
			continue
		}
		if slices.Contains(out, r) {
			continue
		}
		at := len(out)
		for i, other := range slices.Backward(out) {
			if other.Key == r.Key {
				at = i + 1
				break
			}
		}
		out = slices.Insert(out, at, r)
	}
	return out
}

// checkRefs names every reference of a form that leads nowhere or to a kind it must not lead to.
func (s *Service) checkRefs(ctx context.Context, a access.Actor, sp page.Space, k *kind.Kind, p page.Page, old *page.Page) []errs.Field {
	all := links(k, p)
	refs := make([]string, len(all))
	for i, l := range all {
		refs[i] = l.Ref
	}
	targets, err := s.resolveForAuthor(ctx, a, sp, refs)
	if err != nil {
		return []errs.Field{{Name: "relations", Msg: errs.Msg("wiki.refs_unchecked")}}
	}
	var bad []errs.Field
	for _, l := range all {
		name := "fields." + l.Key
		switch {
		case l.Type == page.LinkRelation:
			name = "relations." + l.Key
		case l.Key == "owner":
			name = "owner"
		}
		t, ok := targets[l.Ref]
		if old != nil && slices.Contains(links(k, *old), l) {
			continue // it stood there before; a page may wait for its target
		}
		if !ok {
			if l.Key == "owner" && (p.Owner == sp.Unit || p.Owner == FallbackUnit) {
				continue // the fallback of the space is always good enough
			}
			bad = append(bad, errs.Field{Name: name, Msg: errs.Msg("wiki.ref_missing", "Ref", l.Ref)})
			continue
		}
		if l.Key == "owner" && l.Type == page.LinkField && t.Archived {
			bad = append(bad, errs.Field{Name: name, Msg: errs.Msg("wiki.owner_closed", "Title", t.Title)})
			continue
		}
		var allowed []string
		if l.Type == page.LinkRelation {
			if r, ok := s.kinds.Relation(l.Key); ok {
				allowed = r.Targets
			}
		} else if l.Key == "owner" {
			allowed = []string{"unit"}
		} else if f, ok := fieldAt(k, l.Key); ok {
			allowed = f.Kinds
		}
		if len(allowed) > 0 && !slices.Contains(allowed, t.Kind) {
			bad = append(bad, errs.Field{Name: name, Msg: errs.Msg("wiki.ref_kind", "Ref", l.Ref, "Title", t.Title)})
		}
	}
	return bad
}

// fieldAt finds the declaration at a link key like "steps.tool".
func fieldAt(k *kind.Kind, key string) (*kind.Field, bool) {
	head, rest, nested := strings.Cut(key, ".")
	f, ok := k.Field(head)
	if !ok || !nested {
		return f, ok
	}
	for i := range f.Fields {
		if f.Fields[i].Key == rest {
			return &f.Fields[i], true
		}
	}
	return nil, false
}

// resolveForAuthor finds what an author may refer to: what all readers of the space may read, and drafts the
// author can see. A page in another closed space is as good as unknown, lest its title or its existence shows.
func (s *Service) resolveForAuthor(ctx context.Context, a access.Actor, sp page.Space, refs []string) (map[string]page.Target, error) {
	list, _, err := s.spaceList(ctx)
	if err != nil {
		return nil, err
	}
	scope := access.ReadersScope(sp, list)
	if !a.System {
		for _, key := range access.ScopeOf(a, list).Drafts {
			if slices.Contains(scope.Read, key) {
				scope.Drafts = append(scope.Drafts, key)
			}
		}
	} else {
		scope.Drafts = scope.Read
	}
	return s.store.Resolve(ctx, scope, sp.Key, refs)
}

func (s *Service) resolveForReaders(ctx context.Context, sp page.Space, refs []string) (map[string]page.Target, error) {
	list, _, err := s.spaceList(ctx)
	if err != nil {
		return nil, err
	}
	return s.store.Resolve(ctx, access.ReadersScope(sp, list), sp.Key, refs)
}

// render derives the HTML of body and markdown fields. Titles of linked pages appear in it for every reader, so
// they are looked up with the rights that all readers of the space share.
func (s *Service) render(ctx context.Context, sp page.Space, k *kind.Kind, p page.Page, opt composeOptions) (page.Rendered, []page.Link, []errs.Field) {
	resolve := func(refs []string) map[string]markup.Target {
		out := make(map[string]markup.Target, len(refs))
		targets, err := s.resolveForReaders(ctx, sp, refs)
		if opt.alone {
			maps.DeleteFunc(targets, func(_ string, t page.Target) bool { return t.Space != sp.Key })
		}
		if err != nil {
			s.log.ErrorContext(ctx, "resolve links of page", "page", p.ID, "err", err)
		}
		for ref, t := range targets {
			out[ref] = markup.Target{URL: Address(t.Space, t.Slug), Title: t.Title}
		}
		if opt.known != nil {
			for ref, t := range opt.known(sp.Key, refs) {
				if _, ok := out[ref]; !ok {
					out[ref] = t
				}
			}
		}
		return out
	}
	files := Address(p.Space, p.Slug) + "/files/"
	r := page.Rendered{Version: markup.Version, Fields: map[string]string{}}
	var links []page.Link
	var bad []errs.Field
	var text strings.Builder
	one := func(name, source, prefix string) markup.Result {
		res, err := s.markup.Render(ctx, source, markup.Options{Lang: p.Lang, Resolve: resolve, Files: files, Prefix: prefix})
		if err != nil {
			msg, ok := errs.MessageOf(err)
			if !ok {
				msg = errs.Msg("wiki.render_failed")
				s.log.ErrorContext(ctx, "render", "page", p.ID, "part", name, "err", err)
			}
			bad = append(bad, errs.Field{Name: name, Msg: msg})
		}
		for _, l := range res.Refs {
			if !slices.Contains(links, l) {
				links = append(links, l)
			}
		}
		return res
	}
	body := one("body", p.Body, "")
	r.Body, r.Headings = body.HTML, body.Headings
	text.WriteString(body.Text)
	for _, m := range markdownFields(k, p.Fields) {
		r.Fields[m.path] = one("fields."+m.path, m.source, "f-"+strings.ReplaceAll(m.path, ".", "-")+"-").HTML
	}
	if t := k.PlainText(p.Fields, p.Lang); t != "" {
		text.WriteString("\n")
		text.WriteString(t)
	}
	r.Text = text.String()
	return r, links, bad
}

type markdownField struct{ path, source string }

// markdownFields lists the filled markdown fields with their path, those of list records included.
func markdownFields(k *kind.Kind, fields page.Fields) []markdownField {
	var out []markdownField
	for _, f := range k.AllFields() {
		switch v := fields[f.Key].(type) {
		case string:
			if f.Type == kind.TypeMarkdown && v != "" {
				out = append(out, markdownField{f.Key, v})
			}
		case []map[string]any:
			for i, row := range v {
				for _, sub := range f.Fields {
					if t, ok := row[sub.Key].(string); ok && t != "" && sub.Type == kind.TypeMarkdown {
						out = append(out, markdownField{fmt.Sprintf("%s.%d.%s", f.Key, i, sub.Key), t})
					}
				}
			}
		}
	}
	return out
}
