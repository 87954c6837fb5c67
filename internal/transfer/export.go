package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"lernraum/internal/kpi"
	"lernraum/internal/page"
)

// Export writes every page with its history, files and values below dir, which must be empty or absent, and
// says how many pages there are. Two exports of the same state have the same bytes.
func Export(ctx context.Context, parts Parts, dir string, progress func(done, total int)) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("export: %w", err)
	}
	if len(entries) > 0 {
		return 0, fmt.Errorf("export: %s is not empty", dir)
	}
	spaces, err := parts.Store.Spaces(ctx)
	if err != nil {
		return 0, err
	}
	for _, sp := range spaces {
		body, err := encodeSpace(sp)
		if err != nil {
			return 0, err
		}
		if err := writeFile(filepath.Join(dir, sp.Key, spaceFile), body); err != nil {
			return 0, err
		}
	}
	st, err := parts.Store.State(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	err = parts.Store.Each(ctx, func(p page.Page) error {
		if err := exportPage(ctx, parts, dir, p); err != nil {
			return fmt.Errorf("export %s/%s: %w", p.Space, p.Slug, err)
		}
		n++
		if progress != nil {
			progress(n, st.Pages)
		}
		return nil
	})
	return n, err
}

func exportPage(ctx context.Context, parts Parts, dir string, p page.Page) error {
	base := filepath.Join(dir, p.Space)
	body, err := encodeFile(p, parts.Kinds.KindOrMissing(p.Kind))
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(base, p.Slug+".md"), body); err != nil {
		return err
	}
	var history bytes.Buffer
	for n := 1; n <= p.Revision; n++ {
		r, err := parts.Store.Revision(ctx, everything, p.ID, n)
		if err != nil {
			return err
		}
		line, err := encodeRevision(r)
		if err != nil {
			return err
		}
		history.Write(line)
	}
	if err := writeFile(filepath.Join(base, historyDir, string(p.ID)+".jsonl"), history.Bytes()); err != nil {
		return err
	}
	if err := exportFiles(ctx, parts, filepath.Join(base, p.Slug+filesExt), p.ID); err != nil {
		return err
	}
	return exportValues(ctx, parts, filepath.Join(base, p.Slug+valuesExt), p.ID)
}

func exportFiles(ctx context.Context, parts Parts, dir string, id page.ID) error {
	files, err := parts.Store.Attachments(ctx, id)
	if err != nil {
		return err
	}
	texts := map[string]fileText{}
	for _, a := range files {
		_, r, err := parts.Store.OpenAttachment(ctx, id, a.Name)
		if err != nil {
			return err
		}
		err = copyFile(filepath.Join(dir, a.Name), r)
		if cerr := r.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
		if a.Alt != "" {
			texts[a.Name] = fileText{Alt: a.Alt}
		}
	}
	if len(texts) == 0 {
		return nil
	}
	body, err := yaml.Marshal(texts)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, filesFile), body)
}

// fileText is what a file says about an attachment.
type fileText struct {
	Alt string `yaml:"alt"`
}

func exportValues(ctx context.Context, parts Parts, name string, id page.ID) error {
	newest, err := parts.Store.KPIValues(ctx, id)
	if err != nil || len(newest) == 0 {
		return err
	}
	var all []page.KPIValue
	for _, v := range newest {
		if v.Version == 1 {
			all = append(all, v)
			continue
		}
		versions, err := parts.Store.KPIVersions(ctx, id, v.Period)
		if err != nil {
			return err
		}
		for i := len(versions) - 1; i >= 0; i-- { // oldest first, as they came in
			all = append(all, versions[i])
		}
	}
	var buf bytes.Buffer
	if err := kpi.WriteCSV(&buf, all); err != nil {
		return err
	}
	return writeFile(name, buf.Bytes())
}

func writeFile(name string, body []byte) error { return copyFile(name, bytes.NewReader(body)) }

func copyFile(name string, r io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	// An export holds closed pages too: it is for whoever made it.
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
