package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	blobDir = "blobs"
	// partSuffix marks a file that is being written.
	partSuffix = ".part"
	// sweepAge protects files whose row may not be committed yet, also by another process.
	sweepAge = time.Hour
)

func (s *Store) blobPath(sum string) string {
	return filepath.Join(s.dir, blobDir, sum[:2], sum[2:])
}

// putBlob stores bytes durably under their hash: temporary file, sync of the file, rename, sync of the folder.
// Only then may a row name them. Bytes that are there already are synced again, since a crash may have come
// between their rename and their sync.
func (s *Store) putBlob(r io.Reader) (sum string, size int64, err error) {
	part := filepath.Join(s.dir, blobDir, rand.Text()+partSuffix)
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", 0, fmt.Errorf("make file for attachment: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(os.Remove(part)))
		}
	}()
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(f, h), r)
	if err == nil {
		err = s.sync(f)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return "", 0, fmt.Errorf("write attachment: %w", err)
	}
	sum = hex.EncodeToString(h.Sum(nil))
	name := s.blobPath(sum)
	dir := filepath.Dir(name)
	switch err := os.Mkdir(dir, 0o700); {
	case errors.Is(err, fs.ErrExist):
	case err != nil:
		return "", 0, fmt.Errorf("make folder for attachment: %w", err)
	default:
		if err := s.syncDir(filepath.Dir(dir)); err != nil {
			return "", 0, err
		}
	}
	if err := os.Rename(part, name); err != nil {
		return "", 0, fmt.Errorf("name attachment: %w", err)
	}
	return sum, size, s.syncDir(dir)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (s *Store) sync(f *os.File) error {
	if s.onSync != nil {
		s.onSync(f.Name())
	}
	return f.Sync()
}

func (s *Store) syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open folder to sync: %w", err)
	}
	err = s.sync(d)
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("sync folder %s: %w", dir, err)
	}
	return nil
}

// Sweep removes files that no attachment names: what an upload left that did not end, and files of attachments
// that were removed before a time, whose rows go too. It says how many files it removed.
func (s *Store) Sweep(ctx context.Context, removedBefore time.Time) (int, error) {
	s.blobs.Lock() // no upload is between its file and its row
	defer s.blobs.Unlock()
	err := s.write(ctx, "sweep attachments", func(ctx context.Context, c *conn) error {
		if _, err := c.exec(ctx, "DELETE FROM attachment WHERE removed_at < $1", removedBefore.UnixMilli()); err != nil {
			return err
		}
		_, err := c.exec(ctx, "DELETE FROM blob WHERE NOT EXISTS (SELECT 1 FROM attachment a WHERE a.sha256 = blob.sha256)")
		return err
	})
	if err != nil {
		return 0, err
	}
	known, err := s.knownBlobs(ctx)
	if err != nil {
		return 0, err
	}
	removed := 0
	err = s.walkBlobs(func(name, sum string, info fs.FileInfo) error {
		if _, ok := known[sum]; ok && sum != "" || s.now().Sub(info.ModTime()) < sweepAge {
			return ctx.Err()
		}
		if err := ignoreMissing(os.Remove(name)); err != nil {
			return fmt.Errorf("remove orphan: %w", err)
		}
		removed++
		return ctx.Err()
	})
	return removed, s.classify("sweep attachments", err)
}

// walkBlobs visits every file below blobs; sum is "" for one that is not named like a blob.
func (s *Store) walkBlobs(fn func(name, sum string, info fs.FileInfo) error) error {
	root := filepath.Join(s.dir, blobDir)
	return filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return ignoreMissing(err)
		}
		sum := filepath.Base(filepath.Dir(name)) + e.Name()
		if b, err := hex.DecodeString(sum); err != nil || len(b) != sha256.Size || strings.HasSuffix(name, partSuffix) {
			sum = ""
		}
		return fn(name, sum, info)
	})
}
