package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
)

// maxFile bounds one file of a package; the largest we take has 0.6 MB.
const maxFile = 16 << 20

// renew fetches each package at its pinned version and writes its files.
func (m *manifest) renew(ctx context.Context, dir string) error {
	tmp, err := os.MkdirTemp("", "vendorjs")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for i := range m.Packages {
		p := &m.Packages[i]
		archive, err := pack(ctx, tmp, p.NPM+"@"+p.Version)
		if err != nil {
			return err
		}
		if err := p.unpack(archive, dir); err != nil {
			return fmt.Errorf("%s@%s: %w", p.NPM, p.Version, err)
		}
	}
	return nil
}

// pack lets npm fetch one package as an archive; scripts never run.
func pack(ctx context.Context, tmp, spec string) ([]byte, error) {
	sub, err := os.MkdirTemp(tmp, "pack")
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", sub, spec)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("npm pack %s: %w", spec, err)
	}
	found, err := filepath.Glob(filepath.Join(sub, "*.tgz"))
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("npm pack %s left %d archives", spec, len(found))
	}
	return os.ReadFile(found[0])
}

// unpack writes the wanted files after the archive proved to be the pinned one.
func (p *vendored) unpack(archive []byte, dir string) error {
	sum := sha512.Sum512(archive)
	got := "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
	if got != p.Integrity {
		return fmt.Errorf("integrity %s, manifest says %s", got, p.Integrity)
	}
	want := map[string]*source{}
	for i := range p.Files {
		want[path.Join("package", p.Files[i].From)] = &p.Files[i]
	}
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return err
	}
	for r := tar.NewReader(z); len(want) > 0; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		f := want[path.Clean(h.Name)]
		if f == nil || h.Typeflag != tar.TypeReg {
			continue
		}
		delete(want, path.Clean(h.Name))
		if err := p.take(f, io.LimitReader(r, maxFile), dir); err != nil {
			return err
		}
	}
	for name := range want {
		return fmt.Errorf("the package holds no %s", name)
	}
	return nil
}

func (p *vendored) take(f *source, r io.Reader, dir string) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read %s: %w", f.From, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	name := filepath.FromSlash(path.Join(p.Dir, f.To))
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f.SHA384 = hashOf(b)
	return root.WriteFile(name, b, 0o644)
}
