// Package media owns what files may be attached: which types, how large, and what is taken out of them. Images
// come out with their pixels and without anything else: no place, no camera, no author, nothing appended. It
// refuses what is not on its list, and names whose ending says something else than the bytes.
package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"lernraum/internal/errs"
)

// headLen is how much of a file is looked at to tell its type.
const headLen = 16 << 10

// Checker decides about files. It is safe for concurrent use.
type Checker struct {
	max int64
	// decoding lets one image at a time be unpacked: a picture at the limit takes 200 MB of memory.
	decoding chan struct{}
}

// New makes a Checker for files up to maxBytes.
func New(maxBytes int64) *Checker {
	return &Checker{max: maxBytes, decoding: make(chan struct{}, 1)}
}

// source is a file whose real size is known and that can be read at any place.
type source interface {
	io.Reader
	io.ReaderAt
	Size() int64
}

// Check tells the media type of a file from its bytes and gives the bytes to store: those handed in, or those
// of the image made anew. It refuses with errs.Invalid (Field "file") or errs.TooLarge. The clean reader reads
// from r, unless r can only be read once; so r stays open until clean was read.
func (c *Checker) Check(ctx context.Context, name string, r io.Reader) (mediaType string, clean io.Reader, err error) {
	src, err := c.open(r)
	if err != nil {
		return "", nil, err
	}
	if src.Size() == 0 {
		return "", nil, refuse(errs.Msg("media.empty"))
	}
	head := make([]byte, min(headLen, src.Size()))
	if _, err := src.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", nil, fmt.Errorf("read the beginning of a file: %w", err)
	}
	t, err := detect(strings.ToLower(path.Ext(name)), head, src)
	if err != nil {
		return "", nil, err
	}
	if t.clean == nil {
		return t.media, src, nil
	}
	raw, err := io.ReadAll(src)
	if err != nil {
		return "", nil, fmt.Errorf("read an image: %w", err)
	}
	select {
	case c.decoding <- struct{}{}:
		defer func() { <-c.decoding }()
	case <-ctx.Done():
		return "", nil, fmt.Errorf("wait to unpack an image: %w", ctx.Err())
	}
	out, err := t.clean(raw)
	if err != nil {
		return "", nil, err
	}
	return t.media, bytes.NewReader(out), nil
}

// open finds the real size of what was handed in. What cannot be measured is read into memory, at most one
// byte more than is allowed.
func (c *Checker) open(r io.Reader) (source, error) {
	if f, ok := r.(interface {
		io.ReadSeeker
		io.ReaderAt
	}); ok {
		from, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, fmt.Errorf("find the place in a file: %w", err)
		}
		end, err := f.Seek(0, io.SeekEnd)
		if err != nil {
			return nil, fmt.Errorf("find the end of a file: %w", err)
		}
		if end-from > c.max {
			return nil, c.tooLarge()
		}
		return io.NewSectionReader(f, from, end-from), nil
	}
	raw, err := io.ReadAll(io.LimitReader(r, c.max+1))
	if err != nil {
		return nil, fmt.Errorf("read a file: %w", err)
	}
	if int64(len(raw)) > c.max {
		return nil, c.tooLarge()
	}
	return bytes.NewReader(raw), nil
}

func (c *Checker) tooLarge() error {
	return errs.New(errs.TooLarge, errs.Msg("media.too_large", "MiB", max(1, c.max>>20)))
}

// refuse says what is wrong with the file, at the control it was chosen with.
func refuse(msg errs.Message) error {
	return errs.Fields([]errs.Field{{Name: "file", Msg: msg}})
}
