package view

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"

	"lernraum/internal/errs"
)

// The languages of the interface. German is the first: it stands in for a text that English lacks.
const (
	German  = "de"
	English = "en"
)

var languages = []string{German, English}

// catalogue holds the texts of one language. Texts without arguments are looked up in plain; go-i18n does
// those with plural forms or arguments.
type catalogue struct {
	lang    string
	plain   map[string]string
	entries map[string]*i18n.Message
	local   *i18n.Localizer
	format  formats
}

// loadCatalogues reads every NAME.LANG.yaml of the tree. A key that two files define is a mistake.
func loadCatalogues(src fs.FS, loc *time.Location) (map[string]*catalogue, error) {
	bundle := i18n.NewBundle(language.German)
	cats := map[string]*catalogue{}
	for _, lang := range languages {
		c := &catalogue{lang: lang, plain: map[string]string{}, entries: map[string]*i18n.Message{}}
		names, err := fs.Glob(src, "*."+lang+".yaml")
		if err != nil {
			return nil, fmt.Errorf("list catalogues: %w", err)
		}
		slices.Sort(names)
		for _, name := range names {
			if err := c.load(src, name); err != nil {
				return nil, err
			}
		}
		if err := bundle.AddMessages(language.Make(lang), slices.Collect(maps.Values(c.entries))...); err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", lang, err)
		}
		cats[lang] = c
	}
	for key, text := range cats[German].plain {
		if _, ok := cats[English].entries[key]; !ok {
			cats[English].plain[key] = text
		}
	}
	for _, c := range cats {
		c.local = i18n.NewLocalizer(bundle, c.lang)
		c.format = newFormats(c, loc)
	}
	return cats, nil
}

func (c *catalogue) load(src fs.FS, name string) error {
	text, err := fs.ReadFile(src, name)
	if err != nil {
		return fmt.Errorf("catalogue %s: %w", name, err)
	}
	var raw map[string]any
	if err := yaml.Unmarshal(text, &raw); err != nil {
		return fmt.Errorf("catalogue %s: %w", name, err)
	}
	for key, v := range raw {
		if c.entries[key] != nil {
			return fmt.Errorf("catalogue %s: key %s is defined in another file already", name, key)
		}
		m := &i18n.Message{ID: key}
		switch v := v.(type) {
		case string:
			m.Other = v
			if !strings.Contains(v, "{{") {
				c.plain[key] = v
			}
		case map[string]any:
			for form, text := range v {
				s, ok := text.(string)
				switch {
				case ok && form == "one":
					m.One = s
				case ok && form == "other":
					m.Other = s
				default:
					return fmt.Errorf("catalogue %s: key %s: %q is not one of the forms one and other", name, key, form)
				}
			}
		default:
			return fmt.Errorf("catalogue %s: key %s: neither a text nor plural forms", name, key)
		}
		if m.Other == "" {
			return fmt.Errorf("catalogue %s: key %s is empty", path.Base(name), key)
		}
		c.entries[key] = m
	}
	return nil
}

// text gives a text without arguments; a missing key shows itself.
func (c *catalogue) text(key string) string {
	if s, ok := c.plain[key]; ok {
		return s
	}
	if m := c.entries[key]; m != nil {
		return m.Other
	}
	return key
}

// message puts the arguments into the text: numbers and times in the format of the language. The argument
// "Count" also chooses the plural form.
func (c *catalogue) message(m errs.Message) string {
	if m.Key == "" {
		return ""
	}
	if s, ok := c.plain[m.Key]; ok {
		return s
	}
	cfg := i18n.LocalizeConfig{MessageID: m.Key}
	if len(m.Args) > 0 {
		args := make(map[string]any, len(m.Args))
		for k, v := range m.Args {
			args[k] = c.argument(v)
		}
		cfg.TemplateData = args
	}
	switch n := m.Args["Count"].(type) {
	case int, int64, int32:
		cfg.PluralCount = n
	}
	s, err := c.local.Localize(&cfg)
	if s == "" && err != nil {
		return m.Key
	}
	return s
}

func (c *catalogue) argument(v any) any {
	switch v := v.(type) {
	case float64:
		return c.format.num(v)
	case int:
		return c.format.int(int64(v))
	case int64:
		return c.format.int(v)
	case time.Time:
		return c.format.date(v)
	case errs.Message:
		return c.message(v)
	case []string:
		return strings.Join(v, ", ")
	}
	return v
}
