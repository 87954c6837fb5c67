package view

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"lernraum/internal/errs"
)

// Options are what a Renderer needs.
type Options struct {
	Templates fs.FS                    // with layout, partial, page and i18n
	I18n      fs.FS                    // the catalogues; nil is the folder i18n of Templates
	Static    func(name string) string // address of a static file: "css/app.css"
	Dev       bool                     // read templates and catalogues again for each view
	Location  *time.Location           // of the times that are shown; nil is UTC
}

// Renderer draws views. It is safe for concurrent use.
type Renderer struct {
	o    Options
	cats map[string]*catalogue
	sets map[string]*drawer
}

// New reads catalogues and templates. A template that asks for a text the catalogue does not have is an error.
func New(o Options) (*Renderer, error) {
	if o.Static == nil {
		return nil, errors.New("view: no addresses of static files")
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.I18n == nil {
		sub, err := fs.Sub(o.Templates, "i18n")
		if err != nil {
			return nil, fmt.Errorf("view: catalogues: %w", err)
		}
		o.I18n = sub
	}
	cats, err := loadCatalogues(o.I18n, o.Location)
	if err != nil {
		return nil, fmt.Errorf("view: %w", err)
	}
	r := &Renderer{o: o, cats: cats, sets: map[string]*drawer{}}
	// Parsing is the longer part of starting; the languages do not touch each other.
	var wait sync.WaitGroup
	drawers, faults := make([]*drawer, len(languages)), make([]error, len(languages))
	for i, lang := range languages {
		wait.Go(func() {
			fns := funcs(cats[lang])
			set, err := r.parse(cats[lang], fns)
			drawers[i], faults[i] = newDrawer(set, fns), err
		})
	}
	wait.Wait()
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("view: %w", err)
	}
	for i, lang := range languages {
		r.sets[lang] = drawers[i]
	}
	return r, nil
}

// Body is the one way from rendered Markdown to a view; the HTML comes from package markup, which made it safe.
func Body(safe string) template.HTML { return template.HTML(safe) }

// Render writes the view to w. After an error w holds an unusable part of it. It fills in what the catalogue
// knows and the handler left empty: the title of views with a fixed one, the general sentence of an error.
func (r *Renderer) Render(w *bytes.Buffer, p Page) error {
	if r.o.Dev {
		fresh, err := New(Options{Templates: r.o.Templates, I18n: r.o.I18n, Static: r.o.Static, Location: r.o.Location})
		if err != nil {
			return err
		}
		r = fresh
	}
	s := p.shell()
	if s.Lang != English {
		s.Lang = German
	}
	if f, ok := p.(interface{ fill(*catalogue) }); ok {
		f.fill(r.cats[s.Lang])
	}
	if s.Title == "" {
		s.Title = r.cats[s.Lang].text("view.title." + p.view())
	}
	if err := r.sets[s.Lang].draw(w, p.view(), p); err != nil {
		return fmt.Errorf("view: draw %s: %w", p.view(), err)
	}
	return nil
}

// Message gives a public sentence in a language.
func (r *Renderer) Message(lang string, m errs.Message) string { return r.catalogue(lang).message(m) }

// Text gives a text of the catalogue that has no arguments.
func (r *Renderer) Text(lang, key string) string { return r.catalogue(lang).text(key) }

// Has tells whether the catalogue knows a key.
func (r *Renderer) Has(lang, key string) bool { return r.catalogue(lang).entries[key] != nil }

// Num writes a number: 1.234,5 in German, 1,234.5 in English.
func (r *Renderer) Num(lang string, v float64) string { return r.catalogue(lang).format.num(v) }

// Date writes a day: 12.11.2026 in German, 12 November 2026 in English.
func (r *Renderer) Date(lang string, t time.Time) string { return r.catalogue(lang).format.date(t) }

// Period writes the period of a KPI value as a person reads it: "März 2026".
func (r *Renderer) Period(lang, p string) string { return r.catalogue(lang).format.period(p) }

func (r *Renderer) catalogue(lang string) *catalogue {
	if c := r.cats[lang]; c != nil {
		return c
	}
	return r.cats[German]
}

// Texts without arguments, addresses of static files and the language are put into the text of a template
// before it is parsed: drawing a view then does no work for them.
var (
	actionText  = regexp.MustCompile(`\{\{t "([^"]*)"\}\}`)
	actionQuery = regexp.MustCompile(`\{\{tquery "([^"]*)"\}\}`)
	actionLang  = regexp.MustCompile(`\{\{lang\}\}`)
	actionAsset = regexp.MustCompile(`\{\{asset "([^"]*)"\}\}`)
	pipeText    = regexp.MustCompile(`\(t "([^"]*)"\)`)
	pluralText  = regexp.MustCompile(`\btn "([^"]*)"`)
)

func (r *Renderer) parse(c *catalogue, fns template.FuncMap) (*template.Template, error) {
	set := template.New("").Funcs(fns)
	for _, dir := range []string{"layout", "partial", "page"} {
		names, err := fs.Glob(r.o.Templates, dir+"/*.html")
		if err != nil {
			return nil, fmt.Errorf("list templates: %w", err)
		}
		slices.Sort(names)
		for _, name := range names {
			src, err := fs.ReadFile(r.o.Templates, name)
			if err != nil {
				return nil, fmt.Errorf("template %s: %w", name, err)
			}
			text, err := r.bind(string(src), c)
			if err != nil {
				return nil, fmt.Errorf("template %s: %w", name, err)
			}
			if _, err := set.New(name).Parse(text); err != nil {
				return nil, fmt.Errorf("template %s: %w", name, err)
			}
		}
	}
	return set, nil
}

// bind puts the constants of a language into the text of a template.
func (r *Renderer) bind(src string, c *catalogue) (string, error) {
	var missing []string
	text := func(re *regexp.Regexp, s string, f func(string) string) string {
		return re.ReplaceAllStringFunc(s, func(m string) string {
			key := re.FindStringSubmatch(m)[1]
			t, ok := c.plain[key]
			if !ok || strings.Contains(t, "{{") {
				missing = append(missing, key)
			}
			return f(t)
		})
	}
	src = text(actionText, src, html.EscapeString)
	src = text(actionQuery, src, url.PathEscape)
	src = text(pipeText, src, strconv.Quote)
	for _, m := range pluralText.FindAllStringSubmatch(src, -1) {
		if c.entries[m[1]] == nil {
			missing = append(missing, m[1])
		}
	}
	src = actionLang.ReplaceAllLiteralString(src, c.lang)
	src = actionAsset.ReplaceAllStringFunc(src, func(m string) string {
		return html.EscapeString(r.o.Static(actionAsset.FindStringSubmatch(m)[1]))
	})
	if len(missing) > 0 {
		return "", fmt.Errorf("no text in %s for %s", c.lang, strings.Join(missing, ", "))
	}
	return src, nil
}
