package search

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Below the index folder lie indexes (idx-…), indexes on their way out (old-…), the locks, and the file
// CURRENT with the name of the index in use.
const (
	currentFile = "CURRENT"
	indexPrefix = "idx-"
	oldPrefix   = "old-"
)

// errNoCurrent: there is no finished index.
var errNoCurrent = errors.New("no current index")

func readCurrent(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, currentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", errNoCurrent
	}
	if err != nil {
		return "", fmt.Errorf("search: read CURRENT: %w", err)
	}
	name := strings.TrimSpace(string(b))
	if !strings.HasPrefix(name, indexPrefix) || filepath.Base(name) != name || len(name) > 100 {
		return "", errNoCurrent
	}
	return name, nil
}

// writeCurrent names the index to use, durably and at once for every reader.
func writeCurrent(dir, name string) error {
	tmp := filepath.Join(dir, currentFile+".new")
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("search: write CURRENT: %w", err)
	}
	_, err = f.WriteString(name + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(tmp, filepath.Join(dir, currentFile))
	}
	if err == nil {
		err = syncPath(dir)
	}
	if err != nil {
		return fmt.Errorf("search: write CURRENT: %w", err)
	}
	return nil
}

// syncTree makes a finished index durable, files and folders.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syncPath(path)
	})
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("search: sync: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("search: sync %s: %w", filepath.Base(path), err)
	}
	return nil
}

// remove deletes an index that nobody has open. It is renamed first: half a deletion is never taken for an
// index.
func (ix *Index) remove(name string) {
	if !strings.HasPrefix(name, indexPrefix) {
		return
	}
	from, to := filepath.Join(ix.dir, name), filepath.Join(ix.dir, oldPrefix+name)
	if err := os.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		ix.log.Warn("search: put index aside", "index", name, "error", err)
		return
	}
	if err := os.RemoveAll(to); err != nil {
		ix.log.Warn("search: delete index", "index", name, "error", err)
	}
}

// sweep deletes what earlier processes left behind: everything but CURRENT and the indexes in use. The caller
// holds the serve lock; nothing happens, and the answer is false, while somebody builds.
func (ix *Index) sweep(keep ...string) bool {
	l, err := lock(ix.dir, buildLock)
	if err != nil {
		return false
	}
	defer l.release()
	current, err := readCurrent(ix.dir)
	if err != nil && !errors.Is(err, errNoCurrent) {
		return false
	}
	entries, err := os.ReadDir(ix.dir)
	if err != nil {
		return false
	}
	kept := map[string]bool{current: true}
	for _, k := range keep {
		kept[k] = true
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case kept[name]:
		case strings.HasPrefix(name, indexPrefix):
			ix.remove(name)
		case strings.HasPrefix(name, oldPrefix):
			if err := os.RemoveAll(filepath.Join(ix.dir, name)); err != nil {
				ix.log.Warn("search: delete index", "index", name, "error", err)
			}
		}
	}
	return true
}
