package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io"
	"os"

	"lernraum/internal/page"
)

const attachmentColumns = `a.id, a.name, a.alt, a.type, b.size, a.sha256, a.version, a.created_at`

func scanAttachment(rows *sql.Rows, id page.ID) (page.Attachment, error) {
	a := page.Attachment{PageID: id}
	var at int64
	if err := rows.Scan(&a.ID, &a.Name, &a.Alt, &a.Type, &a.Size, &a.SHA256, &a.Version, &at); err != nil {
		return page.Attachment{}, fmt.Errorf("read attachment: %w", err)
	}
	a.CreatedAt = fromMillis(sql.NullInt64{Int64: at, Valid: true})
	return a, nil
}

// Attach stores the bytes durably and then the row; it replaces a file of that name on the page, whose former
// version stays. The page must exist. Size, SHA256 and Version of the result are those of what was stored.
func (s *Store) Attach(ctx context.Context, a page.Attachment, r io.Reader) (page.Attachment, error) {
	if err := s.Writable(); err != nil {
		return page.Attachment{}, err
	}
	s.blobs.RLock()
	defer s.blobs.RUnlock()
	sum, size, err := s.putBlob(r)
	if err != nil {
		return page.Attachment{}, s.classify("store attachment", err)
	}
	a.SHA256, a.Size, a.CreatedAt = sum, size, s.keep(a.CreatedAt)
	if a.ID == "" {
		a.ID = rand.Text()
	}
	err = s.write(ctx, "attach file", func(ctx context.Context, c *conn) error {
		h, err := readHead(ctx, c, a.PageID)
		if err == errNoHead {
			return notFound("attach file", string(a.PageID))
		}
		if err != nil {
			return err
		}
		var version int
		if _, err := c.row(ctx, []any{&version}, "SELECT coalesce(max(version), 0) FROM attachment WHERE page_pk = $1 AND name = $2", h.pk, a.Name); err != nil {
			return err
		}
		a.Version = version + 1
		if _, err := c.exec(ctx, "UPDATE attachment SET current = 0 WHERE page_pk = $1 AND name = $2 AND current = 1", h.pk, a.Name); err != nil {
			return err
		}
		if _, err := c.exec(ctx, "INSERT INTO blob (sha256, size, created_at) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING", sum, size, a.CreatedAt.UnixMilli()); err != nil {
			return err
		}
		_, err = c.exec(ctx, `
			INSERT INTO attachment (id, page_pk, name, alt, type, sha256, version, current, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)`,
			a.ID, h.pk, a.Name, a.Alt, a.Type, sum, a.Version, a.CreatedAt.UnixMilli())
		if err != nil {
			return err
		}
		_, err = s.logChange(ctx, c, a.PageID)
		return err
	})
	if err != nil {
		return page.Attachment{}, err
	}
	return a, nil
}

// Attachments lists the newest versions of the files of a page by name. Who may see them is decided with the
// page.
func (s *Store) Attachments(ctx context.Context, id page.ID) ([]page.Attachment, error) {
	var list []page.Attachment
	err := s.lookup(ctx, "list attachments", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			a, err := scanAttachment(rows, id)
			list = append(list, a)
			return err
		}, `SELECT `+attachmentColumns+`
			FROM page p JOIN attachment a ON a.page_pk = p.pk AND a.current = 1 JOIN blob b ON b.sha256 = a.sha256
			WHERE p.id = $1 ORDER BY a.name`, string(id))
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// OpenAttachment opens the newest version of a file of a page.
func (s *Store) OpenAttachment(ctx context.Context, id page.ID, name string) (page.Attachment, io.ReadSeekCloser, error) {
	var a page.Attachment
	err := s.lookup(ctx, "open attachment", func(ctx context.Context, c *conn) error {
		found := false
		err := c.each(ctx, func(rows *sql.Rows) (err error) {
			found = true
			a, err = scanAttachment(rows, id)
			return err
		}, `SELECT `+attachmentColumns+`
			FROM page p JOIN attachment a ON a.page_pk = p.pk AND a.current = 1 JOIN blob b ON b.sha256 = a.sha256
			WHERE p.id = $1 AND a.name = $2`, string(id), name)
		if err == nil && !found {
			err = notFound("open attachment", string(id)+" "+name)
		}
		return err
	})
	if err != nil {
		return page.Attachment{}, nil, err
	}
	f, err := os.Open(s.blobPath(a.SHA256))
	if err != nil {
		return page.Attachment{}, nil, fmt.Errorf("store: open attachment %s of page %s: %w", a.ID, id, err)
	}
	return a, f, nil
}

// RemoveAttachment takes a file off a page. Its bytes go with the next Sweep after the time it keeps them.
func (s *Store) RemoveAttachment(ctx context.Context, id page.ID, name string) error {
	return s.write(ctx, "remove attachment", func(ctx context.Context, c *conn) error {
		h, err := readHead(ctx, c, id)
		if err == errNoHead {
			return notFound("remove attachment", string(id))
		}
		if err != nil {
			return err
		}
		res, err := c.exec(ctx, "UPDATE attachment SET current = 0 WHERE page_pk = $1 AND name = $2 AND current = 1", h.pk, name)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			if err == nil {
				err = notFound("remove attachment", string(id)+" "+name)
			}
			return err
		}
		if _, err := c.exec(ctx, "UPDATE attachment SET removed_at = $3 WHERE page_pk = $1 AND name = $2 AND removed_at IS NULL", h.pk, name, s.now().UnixMilli()); err != nil {
			return err
		}
		_, err = s.logChange(ctx, c, id)
		return err
	})
}

// knownBlobs gives the size of every blob that a row names.
func (s *Store) knownBlobs(ctx context.Context) (map[string]int64, error) {
	known := map[string]int64{}
	err := s.snapshot(ctx, "list blobs", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var sum string
			var size int64
			err := rows.Scan(&sum, &size)
			known[sum] = size
			return err
		}, "SELECT sha256, size FROM blob")
	})
	return known, err
}
