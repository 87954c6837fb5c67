package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"lernraum/internal/audit"
	"lernraum/internal/errs"
	"lernraum/internal/page"
	"lernraum/internal/wiki"
)

// RemovedName is the list of what was removed for good, beside the database. It is replayed whenever the database is
// opened, so that an older one that was restored does not bring back a person, a page or a text. It holds ids only.
const RemovedName = "removed.log"

// removal is one line of the list: an account with the number of its tombstone, a page, or revisions of a page.
type removal struct {
	Account string `json:"account,omitempty"`
	N       int    `json:"n,omitempty"`
	Page    string `json:"page,omitempty"`
	From    int    `json:"from,omitempty"`
	To      int    `json:"to,omitempty"`
	At      int64  `json:"at"`
}

func (s *Store) removedFile() string { return filepath.Join(s.dir, RemovedName) }

// remember adds a line durably. It is the last step before a commit: when that fails, the next start removes what was
// to be removed.
func (s *Store) remember(r removal) error {
	if s.replaying {
		return nil
	}
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("list of removals: %w", err)
	}
	f, err := os.OpenFile(s.removedFile(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("list of removals: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	if err == nil {
		err = s.sync(f)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = s.syncDir(s.dir)
	}
	if err != nil {
		return fmt.Errorf("list of removals: %w", err)
	}
	return nil
}

func (s *Store) removals() ([]removal, error) {
	b, err := os.ReadFile(s.removedFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read list of removals: %w", err)
	}
	var list []removal
	sc := bufio.NewScanner(bytes.NewReader(b))
	for n := 1; sc.Scan(); n++ {
		var r removal
		if len(bytes.TrimSpace(sc.Bytes())) == 0 {
			continue
		}
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			// The end of the process may have cut a line short; its transaction was not committed then.
			s.log.Warn("a line of the list of removals is not readable", "file", RemovedName, "line", n)
			continue
		}
		list = append(list, r)
	}
	return list, sc.Err()
}

// replay removes again what the list names and the database has: it is an older one that was restored. Numbers of
// tombstones are taken over, so that none is given twice.
func (s *Store) replay(ctx context.Context) error {
	list, err := s.removals()
	if err != nil || len(list) == 0 {
		return err
	}
	s.replaying = true
	defer func() { s.replaying = false }()
	done := 0
	for _, r := range list {
		again := false
		switch {
		case r.Account != "":
			again, err = s.replayAccount(ctx, r)
		case r.To > 0:
			again, err = s.replayText(ctx, r)
		default:
			again, err = s.replayPage(ctx, page.ID(r.Page))
		}
		if err != nil {
			return fmt.Errorf("remove again what was removed: %w", err)
		}
		if again {
			done++
		}
	}
	if done == 0 {
		return nil
	}
	s.log.Warn("the database was an older one: what was removed since has been removed again", "removals", done)
	return s.Scrub(ctx)
}

func (s *Store) replayAccount(ctx context.Context, r removal) (bool, error) {
	if _, err := s.User(ctx, r.Account); errs.Is(err, errs.NotFound) {
		return false, s.write(ctx, "remember tombstone", func(ctx context.Context, c *conn) error {
			_, err := c.exec(ctx, "INSERT INTO tombstone (n, at) VALUES ($1, $2) ON CONFLICT (n) DO NOTHING", r.N, r.At)
			return err
		})
	} else if err != nil {
		return false, err
	}
	_, err := s.eraseAs(ctx, r.Account, r.N, r.At, nil, audit.Event{Action: audit.AccountErase, Object: "instance"}.With("why", "restored"))
	return true, err
}

func (s *Store) replayPage(ctx context.Context, id page.ID) (bool, error) {
	if _, err := s.InBin(ctx, everything, id); errs.Is(err, errs.NotFound) {
		p, err := s.Page(ctx, everything, id)
		if errs.Is(err, errs.NotFound) {
			return false, s.write(ctx, "remember purged page", func(ctx context.Context, c *conn) error {
				_, err := c.exec(ctx, "INSERT INTO purged (id, at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", string(id), s.now().UnixMilli())
				return err
			})
		}
		if err == nil {
			_, err = s.Delete(ctx, id, p.Revision, s.again())
		}
		if err != nil {
			return false, err
		}
	} else if err != nil {
		return false, err
	}
	return true, s.Purge(ctx, id, audit.Event{Action: audit.PagePurge, Object: "page:" + string(id)}.With("why", "restored"))
}

// replayText removes texts again. Where the older database has one of them as its newest, there is no text to show in
// its place: the page goes into the bin, for those who answer for it.
func (s *Store) replayText(ctx context.Context, r removal) (bool, error) {
	id := page.ID(r.Page)
	p, err := s.Page(ctx, everything, id)
	if errs.Is(err, errs.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	// What was written after the removal has the numbers again and is not what was removed.
	if r.To, err = s.revisionAt(ctx, id, r.To, r.At); err != nil || r.From > r.To {
		return false, err
	}
	e := audit.Event{Action: audit.RevisionRedact, Object: "page:" + r.Page}.With("why", "restored")
	old := page.Redaction{At: time.UnixMilli(r.At).UTC(), Reason: againReason}
	n := 0
	if to := min(r.To, p.Revision-1); to >= r.From {
		if n, err = s.Redact(ctx, id, r.From, to, old, e); err != nil {
			return false, err
		}
	}
	if r.To >= p.Revision {
		_, err = s.Delete(ctx, id, p.Revision, s.again(), e)
		n++
	}
	return n > 0, err
}

// revisionAt is the number of the last revision of a page up to a number that there was at a time; 0 for none.
func (s *Store) revisionAt(ctx context.Context, id page.ID, to int, at int64) (n int, err error) {
	err = s.lookup(ctx, "find old revision", func(ctx context.Context, c *conn) error {
		_, err := c.row(ctx, []any{&n}, `SELECT coalesce(max(v.n), 0) FROM revision v JOIN page_all p ON p.pk = v.page_pk
			WHERE p.id = $1 AND v.n <= $2 AND v.at <= $3`, string(id), to, at)
		return err
	})
	return n, err
}

// againReason stands where the restored database does not know the reason any more.
const againReason = "entfernt vor dem Einspielen einer Sicherung / removed before a backup was restored"

func (s *Store) again() wiki.Deletion { return wiki.Deletion{Reason: againReason, At: s.now()} }

// Removals is how many removals there were, for the search index, which holds what was removed until it is made anew.
func (s *Store) Removals() (int, error) {
	list, err := s.removals()
	return len(list), err
}
