package main

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// manifest is static/vendor/manifest.json.
type manifest struct {
	Packages []vendored `json:"packages"`
}

// vendored is one npm package of which some files lie in this repository.
type vendored struct {
	NPM       string   `json:"npm"`
	Version   string   `json:"version"`
	Integrity string   `json:"integrity"` // npm's value for the whole package
	Licence   string   `json:"licence"`   // SPDX identifier
	Notice    string   `json:"notice"`    // file with the licence text, below Dir
	Dir       string   `json:"dir"`       // below static/
	Files     []source `json:"files"`
}

type source struct {
	From   string `json:"from"` // inside the package
	To     string `json:"to"`   // below Dir
	SHA384 string `json:"sha384"`
}

// roots are the folders below static/ in which every file must be named.
var roots = []string{"vendor", "vendor-test"}

func readManifest(name string) (*manifest, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var m manifest
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &m, nil
}

func (m *manifest) write(name string) error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(b, '\n'), 0o644)
}

func (m *manifest) count() (n int) {
	for _, p := range m.Packages {
		n += len(p.Files)
	}
	return n
}

// verify reports every file that differs, is missing, is not named, and every
// package without its licence text.
func (m *manifest) verify(dir string) error {
	var faults []error
	known := map[string]bool{"vendor/manifest.json": true}
	for _, p := range m.Packages {
		hasNotice := false
		for _, f := range p.Files {
			name := path.Join(p.Dir, f.To)
			known[name] = true
			hasNotice = hasNotice || f.To == p.Notice
			b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
			if err != nil {
				faults = append(faults, err)
				continue
			}
			if got := hashOf(b); got != f.SHA384 {
				faults = append(faults, fmt.Errorf("%s: hash %s, manifest says %s", name, got, f.SHA384))
			}
		}
		if !hasNotice || p.Licence == "" {
			faults = append(faults, fmt.Errorf("%s: no licence file in %s", p.NPM, p.Dir))
		}
	}
	for _, root := range roots {
		extra, err := unnamed(dir, root, known)
		if err != nil {
			faults = append(faults, err)
		}
		faults = append(faults, extra...)
	}
	return errors.Join(faults...)
}

// unnamed finds files below root that no package of the manifest owns.
func unnamed(dir, root string, known map[string]bool) (faults []error, err error) {
	err = fs.WalkDir(os.DirFS(dir), root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !known[name] {
			faults = append(faults, fmt.Errorf("%s: not in the manifest", name))
		}
		return nil
	})
	return faults, err
}

func hashOf(b []byte) string {
	sum := sha512.Sum384(b)
	return "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
}
