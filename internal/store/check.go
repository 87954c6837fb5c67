package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"lernraum/internal/access"
)

// checks are statements that find rows breaking a rule of the store. Each row is one finding.
var checks = []struct{ rule, query string }{
	{"head is not the newest revision", `
		SELECT p.id FROM page p LEFT JOIN revision r ON r.pk = p.head
		WHERE r.pk IS NULL OR r.page_pk <> p.pk OR r.n <> p.revision
			OR p.revision <> (SELECT max(v.n) FROM revision v WHERE v.page_pk = p.pk)`},
	{"revisions have a gap", `
		SELECT p.id FROM page p JOIN revision v ON v.page_pk = p.pk
		GROUP BY p.pk HAVING count(*) <> max(v.n) OR min(v.n) <> 1`},
	{"page is in no space", `
		SELECT p.id FROM page p WHERE NOT EXISTS (SELECT 1 FROM space s WHERE s.key = p.space)`},
	{"page has no current path or another one than its head says", `
		SELECT p.id FROM page p
		WHERE (SELECT count(*) FROM path a WHERE a.page_pk = p.pk AND a.current = 1 AND a.space = p.space AND a.slug = p.slug) <> 1
			OR (SELECT count(*) FROM path a WHERE a.page_pk = p.pk AND a.current = 1) <> 1`},
	{"page has no current title entry", `
		SELECT p.id FROM page p
		WHERE NOT EXISTS (SELECT 1 FROM name n WHERE n.page_pk = p.pk AND n.current = 1 AND n.fold = p.title_fold)`},
	{"links to the page show something old", `
		SELECT p.id FROM page p
		WHERE (SELECT json_array(j ->> 1, j ->> 2, j ->> 3, j ->> 4, j ->> 5, j ->> 6, j ->> 7, j ->> 8, j ->> 9) FROM (SELECT '[' || p.card AS j))
			<> json_array(p.id, p.kind, p.space, p.slug, p.title, p.summary, p.state, p.draft, p.archived)`},
	{"page is not rendered", `
		SELECT p.id FROM page p WHERE NOT EXISTS (SELECT 1 FROM render d WHERE d.page_pk = p.pk)`},
	{"page is not in the change log", `
		SELECT p.id FROM page p WHERE NOT EXISTS (SELECT 1 FROM change h WHERE h.page_id = p.id)`},
	{"link leads to a page that is not there", `
		SELECT p.id || ' link ' || l.ord FROM link l JOIN page p ON p.pk = l.from_pk
		WHERE l.to_pk IS NOT NULL AND NOT EXISTS (SELECT 1 FROM page t WHERE t.pk = l.to_pk)`},
	{"count of pages is wrong", `
		SELECT t.space || ' ' || t.kind FROM tally t
		WHERE t.n <> (SELECT count(*) FROM page p
			WHERE p.space = t.space AND p.kind = t.kind AND p.draft = t.draft AND p.archived = t.archived)`},
	{"deleted page does not say who deleted it", `
		SELECT p.id FROM page_all p
		WHERE (p.deleted_at IS NOT NULL) <> EXISTS (SELECT 1 FROM deletion d WHERE d.page_pk = p.pk)`},
	{"page was removed for good and is there", `
		SELECT p.id FROM page_all p JOIN purged g ON g.id = p.id`},
	{"versions of a KPI value have a gap", `
		SELECT p.id || ' ' || v.period FROM kpi_value v JOIN page p ON p.pk = v.page_pk
		GROUP BY v.page_pk, v.period HAVING count(*) <> max(v.version)`},
}

// Check looks for damage: of the file, of references, and of the rules the store promises. It gives one line per
// finding, in English with ids; none means that all is well.
func (s *Store) Check(ctx context.Context) ([]string, error) {
	var found []string
	add := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	err := s.snapshot(ctx, "check", func(ctx context.Context, c *conn) error {
		err := c.each(ctx, func(rows *sql.Rows) error {
			var line string
			err := rows.Scan(&line)
			if line != "ok" {
				add("database: %s", line)
			}
			return err
		}, "PRAGMA integrity_check(100)")
		if err != nil {
			return err
		}
		err = c.each(ctx, func(rows *sql.Rows) error {
			var table, parent string
			var row, key sql.NullInt64
			err := rows.Scan(&table, &row, &parent, &key)
			add("reference: row %d of %s names a row of %s that is not there", row.Int64, table, parent)
			return err
		}, "PRAGMA foreign_key_check")
		if err != nil {
			return err
		}
		for _, k := range checks {
			err := c.each(ctx, func(rows *sql.Rows) error {
				var id string
				err := rows.Scan(&id)
				add("%s: %s", k.rule, id)
				return err
			}, k.query)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return found, err
	}
	if err := s.checkLinks(ctx, add); err != nil {
		return found, err
	}
	return found, s.classify("check attachments", s.checkBlobs(ctx, add))
}

// checkLinks resolves every link again: the table must say what a save would write now.
func (s *Store) checkLinks(ctx context.Context, add func(string, ...any)) error {
	type row struct {
		from, space, ref string
		ord, to          int64
	}
	var last row
	for {
		var list []row
		err := s.snapshot(ctx, "check links", func(ctx context.Context, c *conn) error {
			var refs []string
			err := c.each(ctx, func(rows *sql.Rows) error {
				var l row
				err := rows.Scan(&l.from, &l.space, &l.ord, &l.ref, &l.to)
				list, refs = append(list, l), append(refs, l.ref)
				return err
			}, `
				SELECT p.id, p.space, l.ord, l.ref, coalesce(l.to_pk, 0) FROM link l JOIN page p ON p.pk = l.from_pk
				WHERE (p.id, l.ord) > ($1, $2) ORDER BY p.id, l.ord LIMIT $3`, last.from, last.ord, 10*chunk)
			if err != nil {
				return err
			}
			res := newResolver()
			if err := res.load(ctx, c, refs); err != nil {
				return err
			}
			for _, l := range list {
				if k, _ := res.pick(access.Scope{All: true}, l.space, l.ref); k.pk != l.to {
					add("link is resolved wrongly: %s link %d %q", l.from, l.ord, l.ref)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(list) < 10*chunk {
			return nil
		}
		last = list[len(list)-1]
	}
}

// checkBlobs reads every file of an attachment and names files that belong to none.
func (s *Store) checkBlobs(ctx context.Context, add func(string, ...any)) error {
	known, err := s.knownBlobs(ctx)
	if err != nil {
		return err
	}
	err = s.walkBlobs(func(name, sum string, info fs.FileInfo) error {
		if _, ok := known[sum]; !ok && s.now().Sub(info.ModTime()) >= sweepAge {
			rel, err := filepath.Rel(s.dir, name)
			add("file belongs to no attachment: %s", rel)
			return err
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	sums := make([]string, 0, len(known))
	for sum := range known {
		sums = append(sums, sum)
	}
	slices.Sort(sums)
	for _, sum := range sums {
		if err := ctx.Err(); err != nil {
			return err
		}
		f, err := os.Open(s.blobPath(sum))
		if errors.Is(err, fs.ErrNotExist) {
			add("file of an attachment is missing: %s", sum)
			continue
		}
		if err != nil {
			return fmt.Errorf("open attachment: %w", err)
		}
		h := sha256.New()
		n, err := io.Copy(h, f)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		switch {
		case err != nil:
			add("file of an attachment cannot be read: %s: %v", sum, err)
		case n != known[sum] || hex.EncodeToString(h.Sum(nil)) != sum:
			add("file of an attachment is damaged: %s", sum)
		}
	}
	return nil
}
