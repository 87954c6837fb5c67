package wiki_test

import (
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

func TestFileName(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"plan.pdf":                         "plan.pdf",
		"Übersicht 2026 (neu).pdf":         "Übersicht 2026 (neu).pdf",
		`C:\Users\x\geheim.docx`:           "geheim.docx",
		"../../etc/passwd":                 "passwd",
		"..":                               "",
		".":                                "",
		"/":                                "",
		"":                                 "",
		" . ":                              "",
		".htaccess":                        "htaccess",
		"a\r\nSet-Cookie: x=1.txt":         "aSet-Cookie_ x=1.txt",
		`"><script>.png`:                   "___script_.png",
		"rechnung\u202Egnp.exe":            "rechnunggnp.exe",
		"100%.txt":                         "100_.txt",
		"a#b?c.txt":                        "a_b_c.txt",
		"\xff\xfe.txt":                     "txt",
		"name. ":                           "name",
		"_files.yaml":                      "files.yaml", // the name under which an export keeps texts of attachments
		strings.Repeat("ä", 150) + ".pdf":  strings.Repeat("ä", 98) + ".pdf",
		strings.Repeat("x", 300):           strings.Repeat("x", 200),
		strings.Repeat("ö", 1<<20):         strings.Repeat("ö", 100), // at once, not letter by letter
		"x." + strings.Repeat("y", 300):    "x." + strings.Repeat("y", 198),
		strings.Repeat("x", 195) + " .pdf": strings.Repeat("x", 195) + " .pdf",
	} {
		got, err := wiki.FileName(raw)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q gives %q, %v; want %q", raw, got, err, want)
		}
		if err != nil {
			wantFields(t, err, "file")
		}
	}
}

// FuzzFileName: a name is safe as a file name, a path segment and a header, and naming twice changes nothing.
func FuzzFileName(f *testing.F) {
	for _, s := range []string{"plan.pdf", `..\..\x`, "a/b:c", "\u202e.exe", strings.Repeat("ü", 200) + ".x", "_files.yaml", "a . . .", "\xff", "CON", "x.\uE000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		name, err := wiki.FileName(raw)
		if err != nil {
			if name != "" {
				t.Errorf("%q is refused and named %q", raw, name)
			}
			return
		}
		switch {
		case name == "" || len(name) > wiki.MaxFileName || !utf8.ValidString(name):
			t.Errorf("%q gives %q", raw, name)
		case strings.ContainsAny(name, `/\:*?"<>|%#`) || strings.ContainsFunc(name, unicode.IsControl):
			t.Errorf("%q gives %q", raw, name)
		case strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.HasPrefix(name, " ") || strings.HasSuffix(name, " "):
			t.Errorf("%q gives %q", raw, name)
		case strings.EqualFold(name, "_files.yaml"):
			t.Errorf("%q gives %q, which an export needs for itself", raw, name)
		}
		if again, err := wiki.FileName(name); err != nil || again != name {
			t.Errorf("%q gives %q, and that %q, %v", raw, name, again, err)
		}
	})
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.published(insider, wiki.Input{Kind: "guide", Space: "tresor", Title: "Mit Anlage", Slug: "mit-anlage"})
	a, err := h.Attach(h.ctx, insider, p.ID, asGiven{}, wiki.FileInput{Name: "x/../Plan.txt", Alt: " der\nPlan ", Read: text("eins")})
	if err != nil || a.Name != "Plan.txt" || a.Alt != "der Plan" || a.Version != 1 {
		t.Fatalf("%+v, %v", a, err)
	}
	if a, err = h.Attach(h.ctx, insider, p.ID, asGiven{}, wiki.FileInput{Name: "Plan.txt", Read: text("zwei")}); err != nil || a.Version != 2 {
		t.Fatalf("%+v, %v", a, err)
	}
	got, r, err := h.OpenFile(h.ctx, insider, "tresor", "mit-anlage", "Plan.txt")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r)
	if cerr := r.Close(); err != nil || cerr != nil || string(body) != "zwei" || got.Version != 2 {
		t.Errorf("%q, %+v, %v, %v", body, got, err, cerr)
	}
	free := h.published(clerk, guide("Offen", ""))
	if _, err := h.Attach(h.ctx, clerk, free.ID, asGiven{}, wiki.FileInput{Name: "...", Read: text("")}); !errs.Is(err, errs.Invalid) {
		t.Errorf("a name that is none: %v", err)
	}
	for _, c := range []struct{ space, slug, name string }{
		{"tresor", "mit-anlage", "Plan.txt"}, {"tresor", "mit-anlage", "gibt-es-nicht.txt"}, {"tresor", "gibt-es-nicht", "Plan.txt"},
		{"handbuch", "offen", "Plan.txt"}, {"handbuch", "mit-anlage", "Plan.txt"}, {"handbuch", "offen", "../mit-anlage/Plan.txt"},
	} {
		if _, _, err := h.OpenFile(h.ctx, clerk, c.space, c.slug, c.name); !errs.Is(err, errs.NotFound) {
			t.Errorf("%v: %v", c, err)
		}
	}
	for _, id := range []page.ID{p.ID, "01ARZ3NDEKTSV4RRFFQ69G5FAV"} {
		if _, err := h.Attachments(h.ctx, clerk, id); !errs.Is(err, errs.NotFound) {
			t.Errorf("list: %v", err)
		}
		if _, err := h.Attach(h.ctx, clerk, id, asGiven{}, wiki.FileInput{Name: "x.txt", Read: text("")}); !errs.Is(err, errs.NotFound) {
			t.Errorf("attach: %v", err)
		}
		if err := h.RemoveFile(h.ctx, clerk, id, "Plan.txt"); !errs.Is(err, errs.NotFound) {
			t.Errorf("remove: %v", err)
		}
	}
	if err := h.RemoveFile(h.ctx, insider, p.ID, "Plan.txt"); err != nil {
		t.Fatal(err)
	}
	if err := h.RemoveFile(h.ctx, insider, p.ID, "Plan.txt"); !errs.Is(err, errs.NotFound) {
		t.Errorf("remove again: %v", err)
	}
}
