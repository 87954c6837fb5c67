package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"lernraum/internal/audit"
)

// Record adds events to the audit log in a transaction of their own. What changes something hands its event to the
// method that changes it instead, so that the deed and its entry are one transaction.
func (s *Store) Record(ctx context.Context, events ...audit.Event) error {
	return s.write(ctx, "record audit events", func(ctx context.Context, c *conn) error {
		return s.record(ctx, c, events...)
	})
}

// record adds events inside a transaction; those without an action are none.
func (s *Store) record(ctx context.Context, c *conn, events ...audit.Event) error {
	var last audit.Entry
	for _, e := range events {
		if e.Action == "" {
			continue
		}
		if last.Seq == 0 {
			var hash []byte
			if _, err := c.row(ctx, []any{&last.Seq, &hash}, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"); err != nil {
				return err
			}
			copy(last.Hash[:], hash)
		}
		last = audit.Append(last, e, s.now())
		detail := ""
		if len(last.Detail) > 0 {
			b, err := json.Marshal(last.Detail)
			if err != nil {
				return fmt.Errorf("encode audit detail: %w", err)
			}
			detail = string(b)
		}
		_, err := c.exec(ctx, `INSERT INTO audit (seq, at, action, outcome, object, detail, actor_hash, subject_hash, hash)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			last.Seq, last.At.UnixMilli(), string(last.Action), string(last.Outcome), last.Object, detail,
			last.ActorHash[:], last.SubjectHash[:], last.Hash[:])
		if err != nil {
			return err
		}
		if last.ActorSalt != nil {
			if err := recordPerson(ctx, c, last.Seq, "actor", last.Actor, last.Network, last.ActorSalt); err != nil {
				return err
			}
		}
		if last.SubjectSalt != nil {
			if err := recordPerson(ctx, c, last.Seq, "subject", last.Subject, "", last.SubjectSalt); err != nil {
				return err
			}
		}
	}
	return nil
}

func recordPerson(ctx context.Context, c *conn, seq int64, part, user, network string, salt []byte) error {
	_, err := c.exec(ctx, "INSERT INTO audit_person (seq, part, user_id, network, salt) VALUES ($1, $2, $3, $4, $5)", seq, part, user, network, salt)
	return err
}

// EachAudit walks over the audit log from an entry on, in its order.
func (s *Store) EachAudit(ctx context.Context, from int64, fn func(audit.Entry) error) error {
	return s.snapshot(ctx, "read audit log", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			e, err := scanAudit(rows)
			if err != nil {
				return err
			}
			return fn(e)
		}, auditColumns+" WHERE a.seq >= $1 ORDER BY a.seq", from)
	})
}

const auditColumns = `SELECT a.seq, a.at, a.action, a.outcome, a.object, a.detail, a.actor_hash, a.subject_hash, a.hash,
	coalesce(p.user_id, ''), coalesce(p.network, ''), p.salt, coalesce(q.user_id, ''), q.salt
	FROM audit a LEFT JOIN audit_person p ON p.seq = a.seq AND p.part = 'actor'
	LEFT JOIN audit_person q ON q.seq = a.seq AND q.part = 'subject'`

func scanAudit(rows *sql.Rows) (audit.Entry, error) {
	var e audit.Entry
	var at int64
	var detail string
	var actor, subject, hash []byte
	if err := rows.Scan(&e.Seq, &at, &e.Action, &e.Outcome, &e.Object, &detail, &actor, &subject, &hash,
		&e.Actor, &e.Network, &e.ActorSalt, &e.Subject, &e.SubjectSalt); err != nil {
		return audit.Entry{}, err
	}
	e.At = time.UnixMilli(at).UTC()
	copy(e.ActorHash[:], actor)
	copy(e.SubjectHash[:], subject)
	copy(e.Hash[:], hash)
	if detail != "" {
		if err := json.Unmarshal([]byte(detail), &e.Detail); err != nil {
			// Somebody changed the file: the entry is handed on as it reads, and the chain shows it.
			e.Detail = map[string]string{"unreadable": detail}
		}
	}
	return e, nil
}
