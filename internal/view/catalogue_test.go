package view

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"lernraum/internal/errs"
	"lernraum/templates"
)

var placeholder = regexp.MustCompile(`\{\{[^}]*\}\}`)

// placeholders lists the arguments of a text, sorted, each once.
func placeholders(texts ...string) []string {
	found := map[string]bool{}
	for _, t := range texts {
		for _, p := range placeholder.FindAllString(t, -1) {
			found[p] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Both languages have the same keys with the same arguments and the same plural forms, in files of the same
// names.
func TestCataloguesAgree(t *testing.T) {
	de, en := catalogueFiles(t)
	for i := range en {
		en[i] = strings.Replace(en[i], ".en.yaml", ".de.yaml", 1)
	}
	if d := cmp.Diff(de, en); d != "" {
		t.Errorf("files (-de +en):\n%s", d)
	}
	r := newRenderer(t)
	german, english := r.cats[German].entries, r.cats[English].entries
	for key, g := range german {
		e := english[key]
		if e == nil {
			t.Errorf("%s: no English text", key)
			continue
		}
		if d := cmp.Diff(placeholders(g.One, g.Other), placeholders(e.One, e.Other)); d != "" {
			t.Errorf("%s: arguments differ (-de +en):\n%s", key, d)
		}
		if (g.One == "") != (e.One == "") {
			t.Errorf("%s: plural forms in one language only", key)
		}
	}
	for key := range english {
		if german[key] == nil {
			t.Errorf("%s: no German text", key)
		}
	}
}

var simple = regexp.MustCompile(`^\{\{\.[A-Z][A-Za-z]*\}\}$`)

func TestCatalogueTexts(t *testing.T) {
	r := newRenderer(t)
	for lang, c := range r.cats {
		for key, m := range c.entries {
			for _, text := range []string{m.One, m.Other} {
				for _, p := range placeholders(text) {
					if !simple.MatchString(p) {
						t.Errorf("%s %s: %s is more than an argument", lang, key, p)
					}
				}
				if strings.Contains(text, "  ") || strings.ContainsAny(text, "\n\t") {
					t.Errorf("%s %s: stray white space in %q", lang, key, text)
				}
			}
			if strings.TrimSpace(m.Other) == "" {
				t.Errorf("%s %s is empty", lang, key)
			}
		}
	}
}

// Texts of this package that no template and no code asks for are left over.
func TestNoTextIsLeftOver(t *testing.T) {
	var src strings.Builder
	err := fs.WalkDir(templates.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".html") {
			return err
		}
		b, err := fs.ReadFile(templates.FS(), name)
		src.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	code, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	src.WriteString(code)
	all := src.String()
	byPattern := []string{"view.title.", "view.change.", "view.month.", "view.job.", "err."} // chosen by a key in data
	for key := range newRenderer(t).cats[German].entries {
		if !strings.HasPrefix(key, "view.") || slices.ContainsFunc(byPattern, func(p string) bool { return strings.HasPrefix(key, p) }) {
			continue
		}
		if !strings.Contains(all, `"`+key+`"`) {
			t.Errorf("%s: nothing asks for this text", key)
		}
	}
}

func TestEveryStatusHasItsSentence(t *testing.T) {
	r := newRenderer(t)
	for status := 400; status < 600; status++ {
		key := statusName(status)
		if !r.Has(German, key) || !r.Has(German, key+"_title") {
			t.Errorf("%d: no text %s", status, key)
		}
	}
}

func TestMessage(t *testing.T) {
	r, err := New(Options{Templates: templates.FS(), Static: func(n string) string { return n }, I18n: merged(t, fstest.MapFS{
		"x.de.yaml": {Data: []byte("x.pages: {one: \"{{.Count}} Seite\", other: \"{{.Count}} Seiten\"}\nx.range: \"zwischen {{.Low}} und {{.High}} {{.Unit}}\"\nx.until: \"bis {{.Date}}\"\nx.only: \"nur deutsch\"\nx.nested: \"({{.Inner}})\"\n")},
		"x.en.yaml": {Data: []byte("x.pages: {one: \"{{.Count}} page\", other: \"{{.Count}} pages\"}\nx.range: \"between {{.Low}} and {{.High}} {{.Unit}}\"\nx.until: \"until {{.Date}}\"\nx.nested: \"({{.Inner}})\"\n")},
	})})
	if err != nil {
		t.Fatal(err)
	}
	date := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		m      errs.Message
		de, en string
	}{
		{errs.Msg("x.pages", "Count", 1), "1 Seite", "1 page"},
		{errs.Msg("x.pages", "Count", 0), "0 Seiten", "0 pages"},
		{errs.Msg("x.pages", "Count", 12345), "12.345 Seiten", "12,345 pages"},
		{errs.Msg("x.range", "Low", 11.25, "High", 1580.5, "Unit", "<Tage>"), "zwischen 11,25 und 1.580,5 <Tage>", "between 11.25 and 1,580.5 <Tage>"},
		{errs.Msg("x.until", "Date", date), "bis 01.05.2026", "until 1 May 2026"},
		{errs.Msg("x.nested", "Inner", errs.Msg("x.pages", "Count", 2)), "(2 Seiten)", "(2 pages)"},
		{errs.Msg("x.only"), "nur deutsch", "nur deutsch"},
		{errs.Msg("x.unknown", "A", 1), "x.unknown", "x.unknown"},
		{errs.Message{}, "", ""},
	} {
		if got := r.Message(German, tt.m); got != tt.de {
			t.Errorf("%s in German: %q, want %q", tt.m, got, tt.de)
		}
		if got := r.Message(English, tt.m); got != tt.en {
			t.Errorf("%s in English: %q, want %q", tt.m, got, tt.en)
		}
	}
}

// merged lays files over the catalogues there are.
func merged(t *testing.T, more fstest.MapFS) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	de, en := catalogueFiles(t)
	for _, name := range append(de, en...) {
		b, err := fs.ReadFile(templates.FS(), name)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimPrefix(name, "i18n/")] = &fstest.MapFile{Data: b}
	}
	maps.Copy(out, more)
	return out
}

func TestNewRefusesBrokenCatalogues(t *testing.T) {
	for name, tt := range map[string]struct{ file, want string }{
		"not yaml":    {"x: [", "x.de.yaml"},
		"twice":       {"view.nav.search: \"x\"", "another file"},
		"same file":   {"x.a: \"x\"\nx.a: \"y\"", "already defined"},
		"empty":       {"x.a: \"\"", "empty"},
		"a list":      {"x.a: [1]", "neither"},
		"form":        {"x.a: {few: \"x\", other: \"y\"}", "few"},
		"no other":    {"x.a: {one: \"x\"}", "empty"},
		"not a text":  {"x.a: 12", "neither"},
		"number form": {"x.a: {other: 12}", "other"},
	} {
		_, err := New(Options{Templates: templates.FS(), Static: func(n string) string { return n }, I18n: merged(t, fstest.MapFS{"x.de.yaml": {Data: []byte(tt.file)}})})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one about %q", name, err, tt.want)
		}
	}
}

func TestNewRefusesTemplatesWithUnknownTexts(t *testing.T) {
	for _, src := range []string{`{{t "view.gone"}}`, `{{template "x" (t "view.gone")}}`, `{{tn "view.gone" 3}}`, `{{t "view.list.total"}}`} {
		broken := fstest.MapFS{"page/x.html": {Data: []byte(`{{define "x"}}` + src + `{{end}}`)}}
		i18n, err := fs.Sub(templates.FS(), "i18n")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(Options{Templates: broken, I18n: i18n, Static: func(n string) string { return n }}); err == nil || !strings.Contains(err.Error(), "no text in de") {
			t.Errorf("%s: error %v", src, err)
		}
	}
}

func TestDevReadsTemplatesAgain(t *testing.T) {
	files := fstest.MapFS{"page/login.html": {Data: []byte(`{{define "login"}}eins {{.Title}}{{end}}`)}}
	i18n, err := fs.Sub(templates.FS(), "i18n")
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(Options{Templates: files, I18n: i18n, Static: func(n string) string { return n }, Dev: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"eins Anmelden", "zwei Anmelden"} {
		if got := drawn(t, r, &Login{}); got != want {
			t.Errorf("drawn %q, want %q", got, want)
		}
		files["page/login.html"] = &fstest.MapFile{Data: []byte(`{{define "login"}}zwei {{.Title}}{{end}}`)}
	}
}
