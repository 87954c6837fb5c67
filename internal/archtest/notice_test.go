package archtest

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write NOTICE and docs/third-party-licences.txt anew")

// licence is the licence of one linked module as its own files tell it.
type licence struct {
	module, version string
	name            string   // SPDX
	copyright       string   // first line that claims one
	texts           []string // of all files that have to go along
}

const noticeHead = `Lernraum
Licensed under the EUPL (European Union Public Licence), version 1.2; see LICENSE.

The program contains work of others, listed here with version, licence and holder. The full texts, as their
licences ask for, stand in docs/third-party-licences.txt. Both files are written by
"go test ./internal/archtest -run Notice -update" and compared with what is linked by every test run.

`

// NOTICE and the texts of the licences cover every module that the program links and every file that it ships.
func TestNoticeCoversWhatIsLinked(t *testing.T) {
	linked := linkedModules(t)
	if len(linked) < 10 {
		t.Fatalf("only %d modules are linked", len(linked))
	}
	var b strings.Builder
	b.WriteString(noticeHead)
	b.WriteString("Go modules linked into the program\n\n")
	for _, l := range linked {
		fmt.Fprintf(&b, "%s %s  %s  %s\n", l.module, l.version, l.name, l.copyright)
	}
	b.WriteString("\nThe Go runtime and standard library  BSD-3-Clause  Copyright 2009 The Go Authors.\n")
	b.WriteString("SQLite, translated to Go in modernc.org/sqlite  public domain\n")
	b.WriteString("\nFiles sent to browsers (static/vendor) or used by tests only (static/vendor-test)\n\n")
	for _, p := range shippedPackages(t) {
		fmt.Fprintf(&b, "%s %s  %s  text in static/%s/%s\n", p.NPM, p.Version, p.Licence, p.Dir, p.notice())
	}
	same(t, "NOTICE", b.String())
	same(t, "docs/third-party-licences.txt", licenceTexts(linked))
}

func same(t *testing.T, name, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got := read(t, name)
	if got == want {
		return
	}
	have, need := strings.Split(got, "\n"), strings.Split(want, "\n")
	for _, l := range need {
		if !slices.Contains(have, l) {
			t.Errorf("%s lacks: %s", name, l)
		}
	}
	for _, l := range have {
		if !slices.Contains(need, l) {
			t.Errorf("%s has too much: %s", name, l)
		}
	}
	t.Errorf("%s is not what is linked; run this test with -update", name)
}

var licenceFile = regexp.MustCompile(`(?i)^(?:licen[cs]e|copying|notice)(?:[.-].*)?$`)

func linkedModules(t *testing.T) []licence {
	t.Helper()
	var all []licence
	seen := map[string]bool{}
	for _, line := range list(t, "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}|{{.Version}}|{{.Dir}}{{end}}{{end}}", "./cmd/lernraum") {
		if seen[line] {
			continue
		}
		seen[line] = true
		part := strings.SplitN(line, "|", 3)
		l := licence{module: part[0], version: part[1]}
		files, err := os.ReadDir(part[2])
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if f.IsDir() || !licenceFile.MatchString(f.Name()) || strings.HasSuffix(f.Name(), ".go") {
				continue
			}
			b, err := os.ReadFile(filepath.Join(part[2], f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			text := strings.TrimSpace(strings.ReplaceAll(string(b), "\r\n", "\n"))
			l.texts = append(l.texts, text)
			if l.name == "" {
				l.name = spdx(text)
			}
			if l.copyright == "" {
				l.copyright = holder(text)
			}
		}
		if l.name == "" {
			t.Errorf("%s %s: the licence is not known to this test: %d files", l.module, l.version, len(l.texts))
		}
		if l.copyright == "" {
			l.copyright = "the authors"
		}
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b licence) int { return strings.Compare(a.module, b.module) })
	return all
}

// spdx recognises the licences that we link; another one is a decision of a person.
func spdx(text string) string {
	flat := strings.Join(strings.Fields(text), " ")
	has := func(s string) bool { return strings.Contains(flat, s) }
	switch {
	case has("MIT and Apache"):
		return "MIT AND Apache-2.0"
	case has("Apache License") && has("Version 2.0"):
		return "Apache-2.0"
	case has("Permission is hereby granted, free of charge"):
		return "MIT"
	case has("Redistribution and use in source and binary forms") && has("used to endorse or promote"):
		return "BSD-3-Clause"
	case has("Redistribution and use in source and binary forms"):
		return "BSD-2-Clause"
	}
	return ""
}

var claim = regexp.MustCompile(`Copyright (?:\([cC]\)|©|\d{4}).*`)

func holder(text string) string {
	line := strings.TrimSuffix(strings.TrimSpace(claim.FindString(text)), "All rights reserved.")
	return strings.Join(strings.Fields(line), " ")
}

// licenceTexts gives each text once, under all modules that it holds for.
func licenceTexts(all []licence) string {
	under := map[string][]string{} // by the words alone: line breaks differ between copies
	var order []string
	for _, l := range all {
		for _, text := range l.texts {
			words := strings.Join(strings.Fields(text), " ")
			if under[words] == nil {
				order = append(order, text)
			}
			under[words] = append(under[words], l.module)
		}
	}
	var b strings.Builder
	b.WriteString("Licences of the Go modules that are linked into Lernraum. The Go standard library has the licence of golang.org/x.\n")
	for _, text := range order {
		b.WriteString("\n" + strings.Repeat("=", 100) + "\n")
		for _, m := range under[strings.Join(strings.Fields(text), " ")] {
			b.WriteString(m + "\n")
		}
		b.WriteString(strings.Repeat("-", 100) + "\n")
		for line := range strings.SplitSeq(text, "\n") {
			b.WriteString(strings.TrimRight(line, " \t\f") + "\n")
		}
	}
	return b.String()
}

// shipped is one entry of static/vendor/manifest.json.
type shipped struct {
	NPM, Version, Licence, Notice, Dir string
	Files                              []struct{ From, To string }
}

// notice is the name under which the text of the licence was stored.
func (s shipped) notice() string {
	for _, f := range s.Files {
		if f.To == s.Notice || f.From == s.Notice {
			return f.To
		}
	}
	return s.Notice
}

func shippedPackages(t *testing.T) []shipped {
	t.Helper()
	var m struct{ Packages []shipped }
	if err := json.Unmarshal([]byte(read(t, "static/vendor/manifest.json")), &m); err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Packages {
		if _, err := os.Stat(filepath.Join(root, "static", filepath.FromSlash(p.Dir), p.notice())); err != nil {
			t.Errorf("%s: no text of its licence: %v", p.NPM, err)
		}
	}
	return m.Packages
}
