package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const repo = "../../static"

func TestVendoredFilesAreUnchanged(t *testing.T) {
	m, err := readManifest(filepath.Join(repo, "vendor", "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.verify(repo); err != nil {
		t.Error(err)
	}
	if m.count() < 8 {
		t.Errorf("only %d files named", m.count())
	}
}

// A verifier that finds nothing proves nothing: each kind of fault must be named.
func TestVerifyNamesFaults(t *testing.T) {
	good := manifest{Packages: []vendored{{NPM: "x", Licence: "MIT", Notice: "LICENSE", Dir: "vendor/x", Files: []source{
		{From: "LICENSE", To: "LICENSE", SHA384: hashOf([]byte("text"))},
		{From: "x.css", To: "x.css", SHA384: hashOf([]byte("a{}"))},
	}}}}
	for name, c := range map[string]struct {
		change func(dir string, m *manifest)
		want   string
	}{
		"as it should be": {func(string, *manifest) {}, ""},
		"changed file":    {func(dir string, _ *manifest) { write(t, dir, "vendor/x/x.css", "b{}") }, "x.css: hash"},
		"missing file":    {func(dir string, _ *manifest) { remove(t, dir, "vendor/x/x.css") }, "no such file"},
		"unnamed file":    {func(dir string, _ *manifest) { write(t, dir, "vendor/y.js", "") }, "vendor/y.js: not in the manifest"},
		"no licence":      {func(_ string, m *manifest) { m.Packages[0].Notice = "" }, "x: no licence file"},
		"no identifier":   {func(_ string, m *manifest) { m.Packages[0].Licence = "" }, "x: no licence file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "vendor/x/LICENSE", "text")
			write(t, dir, "vendor/x/x.css", "a{}")
			write(t, dir, "vendor-test/.keep", "")
			remove(t, dir, "vendor-test/.keep")
			m := good
			m.Packages = append([]vendored(nil), good.Packages...)
			c.change(dir, &m)
			err := m.verify(dir)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("unexpected: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestUnpackRefusesAnotherPackage(t *testing.T) {
	p := vendored{Integrity: "sha512-other"}
	if err := p.unpack([]byte("not the archive"), t.TempDir()); err == nil || !strings.Contains(err.Error(), "integrity") {
		t.Errorf("got %v", err)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	full := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
		t.Fatal(err)
	}
}
