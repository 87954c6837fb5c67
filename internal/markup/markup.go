// Package markup owns the way from Markdown to safe HTML: it is the only maker of HTML from what users wrote.
// It also reads front matter, makes slugs and rewrites links in a source. It refuses raw HTML (shown as text),
// inline styles, schemes outside a short allow-list, and any input whose work it cannot bound beforehand.
package markup

import (
	"context"
	"fmt"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// Version grows when the same source gives another result, so that stored renderings are made anew.
const Version = 1

// parallel is the number of renderings that run at a time; the rest waits. Reading must stay quick while
// somebody saves the worst text that is just allowed.
const parallel = 2

// Options say where a text stands.
type Options struct {
	// Lang is "de" (also for "") or "en": names of callouts, labels of footnotes and tables.
	Lang string
	// Resolve is called at most once per Render, with all references of wiki links. What is missing from its
	// answer is drawn as a missing page. It may be nil.
	Resolve func(refs []string) map[string]Target
	// Files is the base address of the page's attachments, "/wiki/s/slug/files/". Relative links and images
	// lead there; when it is empty they stay relative.
	Files string
	// Prefix keeps ids and names unique when several texts stand on one page: the path of the field.
	Prefix string
}

// Target is where a wiki link leads.
type Target struct {
	URL   string // an address of this server, "/wiki/s/slug"
	Title string // shown when the link has no text of its own
}

// Result is all that is derived from one text.
type Result struct {
	HTML     string // safe to be put into a page as it is
	Headings []page.Heading
	Refs     []page.Link // of the wiki links in order of appearance, each reference once
	Text     string      // plain text for the index: paragraphs on lines, no markup, no addresses
}

// Renderer turns Markdown into HTML. It is safe for concurrent use.
type Renderer struct {
	parser parser.Parser
	policy *bluemonday.Policy
	words  map[string]*words
	turns  chan struct{}
}

// New makes a Renderer.
func New() *Renderer {
	return &Renderer{
		parser: newParser(),
		policy: newPolicy(),
		words:  loadWords(),
		turns:  make(chan struct{}, parallel),
	}
}

// Render makes HTML, headings, references and plain text of a source. A source beyond the limits is refused
// with errs.Invalid (errs.TooLarge for its size) and a message that names the reason and, where there is one,
// the line. It waits for its turn and gives up with the error of ctx when that ends first.
func (r *Renderer) Render(ctx context.Context, source string, o Options) (Result, error) {
	if err := checkSize(source); err != nil {
		return Result{}, err
	}
	select {
	case r.turns <- struct{}{}:
		defer func() { <-r.turns }()
	case <-ctx.Done():
		return Result{}, fmt.Errorf("markup: wait for a turn to render: %w", ctx.Err())
	}
	w, err := r.draw(ctx, source, o)
	if err != nil {
		return Result{}, err
	}
	return Result{
		HTML:     string(r.policy.SanitizeBytes(w.out)),
		Headings: w.headings,
		Refs:     w.refs,
		Text:     w.plainText(),
	}, nil
}

// draw is Render before the second line of defence.
func (r *Renderer) draw(ctx context.Context, source string, o Options) (*writer, error) {
	src, err := prepare(source)
	if err != nil {
		return nil, err
	}
	doc, err := parse(ctx, r.parser, src)
	if err != nil {
		return nil, err
	}
	w := newWriter(src, o, r.wordsOf(o.Lang))
	if err := w.collect(doc); err != nil {
		return nil, err
	}
	return w, w.document(doc)
}

func (r *Renderer) wordsOf(lang string) *words {
	if w, ok := r.words[lang]; ok {
		return w
	}
	return r.words["de"]
}

// prepare makes the source what the parser counts on: valid UTF-8, lines that end in one \n, no byte order
// mark, no NUL. It then measures the lines.
func prepare(source string) ([]byte, error) {
	source = strings.TrimPrefix(source, "\ufeff")
	source = strings.ToValidUTF8(source, "\ufffd")
	if strings.ContainsAny(source, "\r\x00") {
		source = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\ufffd").Replace(source)
	}
	if err := checkLines(source); err != nil {
		return nil, err
	}
	return []byte(source), nil
}

// parse runs the guarded parser. A guard that refuses leaves the parser by a panic, the only way out of it;
// any other panic is a bug of the parser, which must not cost more than this text.
func parse(ctx context.Context, p parser.Parser, src []byte) (doc ast.Node, err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case refusal:
			doc, err = nil, v.err
		default:
			doc = nil
			err = &errs.Error{Op: "markup: parse", Msg: errs.Msg("markup.failed"), Cause: fmt.Errorf("panic: %v", v)}
		}
	}()
	pc := parser.NewContext()
	pc.Set(guardKey, &guard{ctx: ctx, src: src})
	return p.Parse(text.NewReader(src), parser.WithContext(pc)), nil
}
