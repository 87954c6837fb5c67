package store

import (
	"context"
	"database/sql"
	"time"

	"lernraum/internal/audit"
	"lernraum/internal/auth"
)

// CreateSession stores a session.
func (s *Store) CreateSession(ctx context.Context, se auth.Session, events ...audit.Event) error {
	return s.changeUser(ctx, "create session", se.UserID, events, func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, `
			INSERT INTO session (hash, user_id, created_at, seen_at, expires_at, id, confirmed_at, device, network)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			se.Hash[:], se.UserID, se.CreatedAt.UnixMilli(), se.SeenAt.UnixMilli(), se.ExpiresAt.UnixMilli(), se.ID, confirmedAt(se), se.Device, se.Network)
		if err == nil && se.Provider != "" {
			err = setProviderSession(ctx, c, se)
		}
		return err
	})
}

// confirmedAt is 0 for a session that was never confirmed, which is older than any.
func confirmedAt(se auth.Session) int64 {
	if se.ConfirmedAt.IsZero() {
		return 0
	}
	return se.ConfirmedAt.UnixMilli()
}

// SessionUser loads a session and its account in one statement.
func (s *Store) SessionUser(ctx context.Context, hash auth.Hash) (auth.Session, auth.User, error) {
	se := auth.Session{Hash: hash}
	var u auth.User
	err := s.lookup(ctx, "read session", func(ctx context.Context, c *conn) error {
		found := false
		err := c.each(ctx, func(rows *sql.Rows) (err error) {
			var created, seen, expires, confirmed int64
			found = true
			var readAt sql.NullInt64
			u, err = scanUser(rows, &created, &seen, &expires, &se.ID, &confirmed, &se.Device, &se.Network, &se.Provider, &se.SID, &readAt, &se.Refreshable)
			se.ReadAt, se.ConfirmedAt = fromMillis(readAt), fromMillis(sql.NullInt64{Int64: confirmed, Valid: confirmed != 0})
			se.UserID = u.ID
			se.CreatedAt, se.SeenAt, se.ExpiresAt = time.UnixMilli(created).UTC(), time.UnixMilli(seen).UTC(), time.UnixMilli(expires).UTC()
			return err
		}, "SELECT e.created_at, e.seen_at, e.expires_at, e.id, e.confirmed_at, e.device, e.network, e.provider, e.sid, e.read_at, e.refreshable, "+userColumns+
			" FROM session e JOIN account u ON u.id = e.user_id WHERE e.hash = $1", hash[:])
		if err == nil && !found {
			err = notFound("read session", "session")
		}
		return err
	})
	if err != nil {
		return auth.Session{}, auth.User{}, err
	}
	return se, u, nil
}

// TouchSession moves SeenAt.
func (s *Store) TouchSession(ctx context.Context, hash auth.Hash, seen time.Time) error {
	return s.write(ctx, "touch session", func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, "UPDATE session SET seen_at = $2 WHERE hash = $1", hash[:], seen.UnixMilli())
		return err
	})
}

// DeleteSession ends one session.
func (s *Store) DeleteSession(ctx context.Context, hash auth.Hash, events ...audit.Event) error {
	return s.write(ctx, "delete session", func(ctx context.Context, c *conn) error {
		if _, err := c.exec(ctx, "DELETE FROM session WHERE hash = $1", hash[:]); err != nil {
			return err
		}
		return s.record(ctx, c, events...)
	})
}

// DeleteSessionsOf ends all sessions of an account.
func (s *Store) DeleteSessionsOf(ctx context.Context, userID string, events ...audit.Event) error {
	return s.write(ctx, "delete sessions of account", func(ctx context.Context, c *conn) error {
		if _, err := c.exec(ctx, "DELETE FROM session WHERE user_id = $1", userID); err != nil {
			return err
		}
		return s.record(ctx, c, events...)
	})
}

// DeleteExpiredSessions removes sessions that have ended or were not seen since a time and says how many.
func (s *Store) DeleteExpiredSessions(ctx context.Context, now, idleSince time.Time) (int, error) {
	var gone int64
	err := s.write(ctx, "delete expired sessions", func(ctx context.Context, c *conn) error {
		res, err := c.exec(ctx, "DELETE FROM session WHERE expires_at <= $1 OR seen_at <= $2", now.UnixMilli(), idleSince.UnixMilli())
		if err != nil {
			return err
		}
		gone, err = res.RowsAffected()
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(gone), nil
}

// CreateSetupToken stores the hash of a set-up token in place of every earlier one.
func (s *Store) CreateSetupToken(ctx context.Context, hash auth.Hash, expires time.Time) error {
	return s.write(ctx, "create set-up token", func(ctx context.Context, c *conn) error {
		if _, err := c.exec(ctx, "DELETE FROM setup_token"); err != nil {
			return err
		}
		_, err := c.exec(ctx, "INSERT INTO setup_token (hash, expires_at) VALUES ($1, $2)", hash[:], expires.UnixMilli())
		return err
	})
}

// UseSetupToken removes the token if it is there and has not expired. Of two concurrent calls exactly one
// succeeds.
func (s *Store) UseSetupToken(ctx context.Context, hash auth.Hash, now time.Time, events ...audit.Event) error {
	return s.write(ctx, "use set-up token", func(ctx context.Context, c *conn) error {
		res, err := c.exec(ctx, "DELETE FROM setup_token WHERE hash = $1 AND expires_at > $2", hash[:], now.UnixMilli())
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			err = notFound("use set-up token", "token")
		}
		if err != nil {
			return err
		}
		return s.record(ctx, c, events...)
	})
}
