package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"lernraum/internal/audit"
)

// AuditEntries lists a part of the audit log, newest first.
func (s *Store) AuditEntries(ctx context.Context, q audit.Query) ([]audit.Entry, error) {
	where, args := "a.seq < $1", []any{q.Before}
	if q.Before == 0 {
		args[0] = int64(1) << 62
	}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if len(q.Actions) > 0 {
		where += " AND a.action IN (SELECT value FROM json_each(" + arg(jsonList(q.Actions)) + "))"
	}
	if q.Outcome != "" {
		where += " AND a.outcome = " + arg(string(q.Outcome))
	}
	if q.Person != "" {
		where += " AND a.seq IN (SELECT seq FROM audit_person WHERE user_id = " + arg(q.Person) + ")"
	}
	var list []audit.Entry
	err := s.snapshot(ctx, "list audit entries", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			e, err := scanAudit(rows)
			list = append(list, e)
			return err
		}, auditColumns+" WHERE "+where+" ORDER BY a.seq DESC LIMIT "+arg(limitOf(q.Limit)), args...)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// LastAudit is the newest entry; the zero Entry for an empty log.
func (s *Store) LastAudit(ctx context.Context) (audit.Entry, error) {
	list, err := s.AuditEntries(ctx, audit.Query{Limit: 1})
	if err != nil || len(list) == 0 {
		return audit.Entry{}, err
	}
	return list[0], nil
}

// AuditCut is the last cut of the audit log; the zero Cut when there was none.
func (s *Store) AuditCut(ctx context.Context) (audit.Cut, error) {
	var cut audit.Cut
	err := s.lookup(ctx, "read cut of audit log", func(ctx context.Context, c *conn) error {
		var hash []byte
		_, err := c.row(ctx, []any{&cut.Seq, &hash}, "SELECT seq, hash FROM audit_cut ORDER BY seq DESC LIMIT 1")
		copy(cut.Hash[:], hash)
		return err
	})
	return cut, err
}

// CutAudit removes the audit entries before a time, except the newest, and says so in the log.
func (s *Store) CutAudit(ctx context.Context, before time.Time) (int, error) {
	var gone int64
	err := s.write(ctx, "cut audit log", func(ctx context.Context, c *conn) error {
		var cut audit.Cut
		var hash []byte
		ok, err := c.row(ctx, []any{&cut.Seq, &hash}, `SELECT seq, hash FROM audit WHERE at < $1 AND seq < (SELECT max(seq) FROM audit)
			ORDER BY seq DESC LIMIT 1`, before.UnixMilli())
		if err != nil || !ok {
			return err
		}
		copy(cut.Hash[:], hash)
		if _, err := c.exec(ctx, "INSERT INTO audit_cut (seq, hash) VALUES ($1, $2)", cut.Seq, cut.Hash[:]); err != nil {
			return err
		}
		if _, err := c.exec(ctx, "DELETE FROM audit_person WHERE seq <= $1", cut.Seq); err != nil {
			return err
		}
		res, err := c.exec(ctx, "DELETE FROM audit WHERE seq <= $1", cut.Seq)
		if err != nil {
			return err
		}
		if gone, err = res.RowsAffected(); err != nil {
			return err
		}
		return s.record(ctx, c, cut.Event())
	})
	return int(gone), err
}

// ErasePersons removes the personal parts of audit entries before a time. The chain stays whole: it holds salted
// hashes, and the salts go too.
func (s *Store) ErasePersons(ctx context.Context, before time.Time) (int, error) {
	var gone int64
	err := s.write(ctx, "erase personal parts of audit log", func(ctx context.Context, c *conn) error {
		res, err := c.exec(ctx, "DELETE FROM audit_person WHERE seq <= (SELECT coalesce(max(seq), 0) FROM audit WHERE at < $1)", before.UnixMilli())
		if err != nil {
			return err
		}
		gone, err = res.RowsAffected()
		return err
	})
	return int(gone), err
}
