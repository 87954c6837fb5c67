package store

import (
	"context"
	"database/sql"
	"time"

	"lernraum/internal/audit"
	"lernraum/internal/auth"
)

const sessionColumns = `e.hash, e.id, e.user_id, e.created_at, e.seen_at, e.expires_at, e.confirmed_at, e.device, e.network,
	e.provider, e.sid, e.read_at, e.refreshable`

func scanSession(rows *sql.Rows) (auth.Session, error) {
	var se auth.Session
	var hash []byte
	var created, seen, expires, confirmed int64
	var readAt sql.NullInt64
	if err := rows.Scan(&hash, &se.ID, &se.UserID, &created, &seen, &expires, &confirmed, &se.Device, &se.Network,
		&se.Provider, &se.SID, &readAt, &se.Refreshable); err != nil {
		return auth.Session{}, err
	}
	copy(se.Hash[:], hash)
	se.CreatedAt, se.SeenAt, se.ExpiresAt = time.UnixMilli(created).UTC(), time.UnixMilli(seen).UTC(), time.UnixMilli(expires).UTC()
	se.ConfirmedAt, se.ReadAt = fromMillis(sql.NullInt64{Int64: confirmed, Valid: confirmed != 0}), fromMillis(readAt)
	return se, nil
}

func (s *Store) sessions(ctx context.Context, where string, args ...any) ([]auth.Session, error) {
	var list []auth.Session
	err := s.lookup(ctx, "list sessions", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			se, err := scanSession(rows)
			list = append(list, se)
			return err
		}, "SELECT "+sessionColumns+" FROM session e "+where, args...)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// SessionsOf lists the sessions of an account, the one used last first.
func (s *Store) SessionsOf(ctx context.Context, userID string) ([]auth.Session, error) {
	return s.sessions(ctx, "WHERE e.user_id = $1 ORDER BY e.seen_at DESC, e.created_at DESC, e.id", userID)
}

// SessionByID loads one session by its public id.
func (s *Store) SessionByID(ctx context.Context, id string) (auth.Session, error) {
	list, err := s.sessions(ctx, "WHERE e.id = $1 AND e.id <> ''", id)
	if err != nil {
		return auth.Session{}, err
	}
	if len(list) == 0 {
		return auth.Session{}, notFound("read session", "session")
	}
	return list[0], nil
}

// DeleteOtherSessions ends all sessions of an account but one.
func (s *Store) DeleteOtherSessions(ctx context.Context, userID string, keep auth.Hash, events ...audit.Event) error {
	return s.write(ctx, "delete other sessions", func(ctx context.Context, c *conn) error {
		if _, err := c.exec(ctx, "DELETE FROM session WHERE user_id = $1 AND hash <> $2", userID, keep[:]); err != nil {
			return err
		}
		return s.record(ctx, c, events...)
	})
}

// DescribeSession keeps from where a session is used.
func (s *Store) DescribeSession(ctx context.Context, hash auth.Hash, device, network string) error {
	return s.write(ctx, "describe session", func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, "UPDATE session SET device = $2, network = $3 WHERE hash = $1", hash[:], device, network)
		return err
	})
}

// ConfirmSession gives a session a new token and keeps when it was confirmed.
func (s *Store) ConfirmSession(ctx context.Context, hash, next auth.Hash, at time.Time, events ...audit.Event) error {
	return s.write(ctx, "confirm session", func(ctx context.Context, c *conn) error {
		res, err := c.exec(ctx, "UPDATE session SET hash = $2, confirmed_at = $3 WHERE hash = $1", hash[:], next[:], at.UnixMilli())
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			err = notFound("confirm session", "session")
		}
		if err != nil {
			return err
		}
		return s.record(ctx, c, events...)
	})
}
