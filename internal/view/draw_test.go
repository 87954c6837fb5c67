package view

import (
	"bytes"
	"html/template"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Drawing with the compiled templates gives to the byte what html/template gives, for every view and for
// hostile text in every string of it.
func TestDrawEqualsHTMLTemplate(t *testing.T) {
	r := newRenderer(t)
	for _, lang := range languages {
		for _, poison := range []string{"", `"'><script>&+` + "\x00" + `%41 %zz javascript:alert(1)//ä`, "javascript:alert(1)", "https://x.example/ü?a=b c&d=[1]#f", "mailto:a@b.example", "a:b/c"} {
			all := views(r, lang)
			for _, name := range slices.Sorted(maps.Keys(all)) {
				p := all[name]
				if poison != "" {
					poisoned(reflect.ValueOf(p), poison, 0)
					p.shell().Lang = lang
				}
				var got, want bytes.Buffer
				if err := r.Render(&got, p); err != nil {
					t.Fatalf("%s/%s: %v", lang, name, err)
				}
				if err := r.sets[p.shell().Lang].set.ExecuteTemplate(&want, p.view(), p); err != nil {
					t.Fatalf("%s/%s: html/template: %v", lang, name, err)
				}
				if g, w := got.String(), want.String(); g != w {
					i := 0
					for i < min(len(g), len(w)) && g[i] == w[i] {
						i++
					}
					t.Errorf("%s/%s with %q differs:\n got …%.120s\nwant …%.120s", lang, name, poison, g[max(0, i-40):], w[max(0, i-40):])
				}
			}
		}
	}
}

// poisoned replaces every string that is not HTML, leaving those that choose a way through the templates.
func poisoned(v reflect.Value, s string, depth int) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && depth < 12 {
			poisoned(v.Elem(), s, depth+1)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poisoned(v.Index(i), s, depth+1)
		}
	case reflect.Struct:
		if v.Type() == typeMessage || v.Type() == typeTime {
			return
		}
		for i := range v.NumField() {
			poisoned(v.Field(i), s, depth+1)
		}
	case reflect.String:
		if v.CanSet() && v.Type() == typeString && v.Len() > 0 {
			v.SetString(s)
		}
	}
}

func TestCompilerRefusesWhatItDoesNotKnow(t *testing.T) {
	type dot struct {
		Shell
		Text string
		List []string
		Any  any
	}
	for name, tt := range map[string]struct{ src, want string }{
		"unknown field":    {`{{.Nothing}}`, "no field Nothing"},
		"unknown in range": {`{{range .List}}{{.Title}}{{end}}`, "no field Title"},
		"wrong type":       {`{{date .Text}}`, "needed"},
		"several commands": {`{{.Text | printf "%s"}}`, "several commands"},
		"script context":   {`<script>var x = {{.Text}}</script>`, "unknown escaper"},
		"style context":    {`<p style="color: {{.Text}}">x</p>`, "unknown escaper"},
		"unquoted value":   {`<p class={{.Text}}>x</p>`, "unknown escaper"},
		"interface value":  {`{{.Any}}`, "cannot be written"},
		"number as text":   {`{{if eq .Text 1}}x{{end}}`, "needed"},
		"missing template": {`{{template "gone" .}}`, "gone"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRenderer(t)
			fns := funcs(r.cats[German])
			set := template.Must(template.New("").Funcs(fns).New("x").Parse(tt.src))
			err := newDrawer(set, fns).draw(new(bytes.Buffer), "x", &dot{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one about %q", err, tt.want)
			}
		})
	}
}

func TestDrawIsSafeForConcurrentUse(t *testing.T) {
	r := newRenderer(t)
	var want bytes.Buffer
	if err := r.Render(&want, wikiPage(r, German)); err != nil {
		t.Fatal(err)
	}
	fresh := newRenderer(t)
	done := make(chan string)
	for range 8 {
		go func() {
			var b bytes.Buffer
			if err := fresh.Render(&b, wikiPage(fresh, German)); err != nil {
				b.WriteString(err.Error())
			}
			done <- b.String()
		}()
	}
	for range 8 {
		if got := <-done; got != want.String() {
			t.Error("a view drawn beside others differs")
		}
	}
}
