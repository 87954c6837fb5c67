package search

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"lernraum/internal/page"
)

// sampleSize is the number of pages a check compares with the database, one by one.
const sampleSize = 16

// boltMagic begins, after the page header, the two heads of root.bolt, in the byte order of all machines we
// build for.
var boltMagic = []byte{0xed, 0xda, 0x0c, 0xed}

// damaged makes an error that says the index must be built anew.
func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errDamaged, fmt.Errorf(format, args...))
}

// checkFiles reads every file the index consists of. Bleve itself opens a truncated or deleted segment without
// an error and answers nothing: the checksum that ends each segment is compared here.
func (l *live) checkFiles() error {
	if err := checkRoot(filepath.Join(l.dir, "store", "root.bolt")); err != nil {
		return err
	}
	for try := 0; ; try++ {
		paths, err := l.segments()
		if err != nil {
			return err
		}
		sizes := make(map[string]int64, len(paths))
		err = func() error {
			for _, p := range paths {
				n, err := checkSegment(p)
				if err != nil {
					return err
				}
				sizes[p] = n
			}
			return nil
		}()
		// A merge may delete a file between listing and reading; a fresh list does not name it any more.
		if errors.Is(err, fs.ErrNotExist) && try < 3 {
			continue
		}
		if err != nil {
			return err
		}
		l.filesMu.Lock()
		l.sizes = sizes
		l.filesMu.Unlock()
		return nil
	}
}

// looksSound compares names and sizes of the files, which costs next to nothing: asked before an empty answer
// is called complete.
func (l *live) looksSound() error {
	if _, err := os.Stat(filepath.Join(l.dir, "store", "root.bolt")); err != nil {
		return damaged("%w", err)
	}
	for try := 0; ; try++ {
		paths, err := l.segments()
		if err != nil {
			return err
		}
		err = func() error {
			l.filesMu.Lock()
			defer l.filesMu.Unlock()
			for _, p := range paths {
				st, err := os.Stat(p)
				if err != nil {
					return damaged("%w", err)
				}
				if was, ok := l.sizes[p]; ok && was != st.Size() {
					return damaged("segment %s has %d bytes instead of %d", filepath.Base(p), st.Size(), was)
				}
				l.sizes[p] = st.Size()
			}
			return nil
		}()
		if errors.Is(err, fs.ErrNotExist) && try < 3 {
			continue
		}
		return err
	}
}

// segments lists the files of the newest state.
func (l *live) segments() ([]string, error) {
	var out []string
	err := guard(func() error {
		r, err := l.sc.Reader()
		if err != nil {
			return err
		}
		defer r.Close()
		snap, ok := r.(*scorch.IndexSnapshot)
		if !ok || snap == nil {
			return errors.New("index has no state")
		}
		for _, s := range snap.Segments() {
			if p, ok := s.Segment().(segment.PersistedSegment); ok {
				out = append(out, p.Path())
			}
		}
		return nil
	})
	if err != nil {
		return nil, damaged("list segments: %w", err)
	}
	return out, nil
}

// checkRoot reads the heads of root.bolt: at least one is valid, and the file is as long as the newer of them
// says. A shorter file would be a memory fault as soon as Bleve reads its end.
func checkRoot(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return damaged("%w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return damaged("%w", err)
	}
	var newest, need uint64
	valid := false
	head := make([]byte, 88)
	for _, at := range []int64{0, int64(os.Getpagesize())} {
		if _, err := f.ReadAt(head, at); err != nil {
			return damaged("root.bolt: %w", err)
		}
		// Behind the 16 bytes of the page: magic, version, page size, flags, root bucket (16), freelist, number
		// of pages, transaction, and the FNV-1a sum of all that.
		meta := head[16:]
		sum := fnv.New64a()
		_, _ = sum.Write(meta[:56])
		if !bytes.Equal(meta[:4], boltMagic) || binary.LittleEndian.Uint64(meta[56:]) != sum.Sum64() {
			continue
		}
		if tx := binary.LittleEndian.Uint64(meta[48:]); !valid || tx > newest {
			valid, newest = true, tx
			need = binary.LittleEndian.Uint64(meta[40:]) * uint64(binary.LittleEndian.Uint32(meta[8:]))
		}
	}
	if !valid {
		return damaged("root.bolt has no valid head")
	}
	if uint64(st.Size()) < need {
		return damaged("root.bolt has %d bytes instead of %d", st.Size(), need)
	}
	return nil
}

// checkSegment compares the CRC-32 that a segment ends with; it gives the size.
func checkSegment(path string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, damaged("%w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return 0, damaged("%w", err)
	}
	if st.Size() < 8 {
		return 0, damaged("segment %s is truncated", filepath.Base(path))
	}
	sum := crc32.NewIEEE()
	if _, err := io.CopyBuffer(sum, io.LimitReader(f, st.Size()-4), make([]byte, 256<<10)); err != nil {
		return 0, damaged("read segment %s: %w", filepath.Base(path), err)
	}
	var tail [4]byte
	if _, err := io.ReadFull(f, tail[:]); err != nil {
		return 0, damaged("read segment %s: %w", filepath.Base(path), err)
	}
	if binary.BigEndian.Uint32(tail[:]) != sum.Sum32() {
		return 0, damaged("segment %s has a wrong checksum", filepath.Base(path))
	}
	return st.Size(), nil
}

// agree brings an index up to date and compares it with the database: generation, count, and a sample of pages
// that is read and searched. The writer calls it.
func (ix *Index) agree(ctx context.Context, l *live) error {
	// While others write, the database moves on during the comparison. Some tries find a still moment; if none
	// does, counts that differ by no more than the changes made meanwhile are good enough until the next check.
	for range 5 {
		before, err := ix.src.State(ctx)
		if err != nil {
			return fmt.Errorf("search: read state: %w", err)
		}
		switch {
		case before.Generation != l.stamp.Generation:
			return damaged("it was made from another database")
		case l.seq.Load() > before.Seq:
			return damaged("it holds change %d of a database at %d", l.seq.Load(), before.Seq)
		}
		if err := ix.catchUp(ctx, l, before.Seq); err != nil {
			return err
		}
		n, bad, err := ix.sample(ctx, l)
		if err != nil {
			return err
		}
		after, err := ix.src.State(ctx)
		if err != nil {
			return fmt.Errorf("search: read state: %w", err)
		}
		drift := int(after.Seq - before.Seq)
		if n < before.Pages-drift || n > before.Pages+drift {
			return damaged("it holds %d pages of %d", n, before.Pages)
		}
		if drift == 0 {
			return bad
		}
	}
	return nil
}

// sample counts the documents and compares some with the database. What disagrees is given as bad, since it
// means nothing when the database changed meanwhile.
func (ix *Index) sample(ctx context.Context, l *live) (n int, bad, err error) {
	var ids []page.ID
	revisions := map[page.ID]storedHit{}
	fault := guard(func() error {
		r, err := l.sc.Reader()
		if err != nil {
			return err
		}
		defer r.Close()
		count, err := r.DocCount()
		if err != nil {
			return err
		}
		n = int(count)
		ids, err = pick(r, n)
		if err != nil {
			return err
		}
		for _, id := range ids {
			d, err := r.Document(string(id))
			if err != nil {
				return err
			}
			if d == nil {
				return fmt.Errorf("page %s cannot be found", id)
			}
			var s storedHit
			if err := json.Unmarshal([]byte(storedField(d, fieldHit)), &s); err != nil {
				return fmt.Errorf("page %s: %w", id, err)
			}
			revisions[id] = s
			if err := ix.findable(ctx, r, id, s.Title); err != nil {
				return err
			}
		}
		return nil
	})
	if fault != nil {
		return 0, nil, damaged("read sample: %w", fault)
	}
	if len(ids) == 0 {
		return n, nil, nil
	}
	docs, err := ix.src.Documents(ctx, ids)
	if err != nil {
		return 0, nil, fmt.Errorf("search: read sample: %w", err)
	}
	found := map[page.ID]bool{}
	for _, d := range docs {
		found[d.ID] = true
		if s := revisions[d.ID]; s.Revision != d.Revision || s.Space != d.Space || s.Title != clean(d.Title) {
			bad = damaged("page %s is in it as revision %d instead of %d", d.ID, s.Revision, d.Revision)
		}
	}
	for _, id := range ids {
		if !found[id] {
			bad = damaged("page %s is in it and does not exist", id)
		}
	}
	return n, bad, nil
}

// pick chooses documents at random.
func pick(r index.IndexReader, n int) ([]page.ID, error) {
	want := map[int]bool{}
	for range min(sampleSize, n) {
		want[rand.IntN(n)] = true
	}
	if len(want) == 0 {
		return nil, nil
	}
	all, err := r.DocIDReaderAll()
	if err != nil {
		return nil, err
	}
	defer all.Close()
	var out []page.ID
	for i := 0; len(out) < len(want); i++ {
		id, err := all.Next()
		if err != nil {
			return nil, err
		}
		if id == nil {
			return nil, fmt.Errorf("%d documents listed instead of %d", i, n)
		}
		if !want[i] {
			continue
		}
		ext, err := r.ExternalID(id)
		if err != nil {
			return nil, err
		}
		out = append(out, page.ID(ext))
	}
	return out, nil
}

// findable looks a page up by the first word of its own title.
func (ix *Index) findable(ctx context.Context, r index.IndexReader, id page.ID, title string) error {
	tokens := ix.an.title.Analyze([]byte(title))
	if len(tokens) == 0 {
		return nil
	}
	internal, err := r.InternalID(string(id))
	if err != nil {
		return err
	}
	if internal == nil {
		return fmt.Errorf("page %s cannot be found", id)
	}
	tfr, err := r.TermFieldReader(ctx, tokens[0].Term, fieldTitle, false, false, false)
	if err != nil {
		return err
	}
	defer tfr.Close()
	d, err := tfr.Advance(internal, nil)
	if err != nil {
		return err
	}
	if d == nil || !d.ID.Equals(internal) {
		return fmt.Errorf("page %s cannot be found by its title", id)
	}
	return nil
}

func storedField(d index.Document, name string) (out string) {
	d.VisitFields(func(f index.Field) {
		if f.Name() == name {
			out = string(f.Value())
		}
	})
	return out
}
