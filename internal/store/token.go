package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"lernraum/internal/audit"
	"lernraum/internal/auth"
)

const tokenColumns = "t.id, t.hash, t.user_id, t.name, t.scopes, t.created_at, t.expires_at, t.used_day"

// tokenRow is a token as it is read.
type tokenRow struct {
	auth.APIToken
	hash             []byte
	scopes           string
	created, expires int64
	used             sql.NullInt64
}

func (r *tokenRow) dest() []any {
	return []any{&r.ID, &r.hash, &r.UserID, &r.Name, &r.scopes, &r.created, &r.expires, &r.used}
}

func (r *tokenRow) token() auth.APIToken {
	t := r.APIToken
	copy(t.Hash[:], r.hash)
	t.Scopes = strings.Fields(r.scopes)
	t.CreatedAt, t.ExpiresAt, t.UsedDay = time.UnixMilli(r.created).UTC(), time.UnixMilli(r.expires).UTC(), fromMillis(r.used)
	return t
}

// CreateToken stores an API token.
func (s *Store) CreateToken(ctx context.Context, t auth.APIToken, events ...audit.Event) error {
	return s.changeUser(ctx, "create token", t.UserID, events, func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, `INSERT INTO api_token (id, hash, user_id, name, scopes, created_at, expires_at, used_day)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			t.ID, t.Hash[:], t.UserID, t.Name, strings.Join(t.Scopes, " "), t.CreatedAt.UnixMilli(), t.ExpiresAt.UnixMilli(), millis(t.UsedDay))
		return err
	})
}

// TokenUser loads a token and its owner in one statement.
func (s *Store) TokenUser(ctx context.Context, hash auth.Hash) (auth.APIToken, auth.User, error) {
	var r tokenRow
	var u auth.User
	err := s.lookup(ctx, "read token", func(ctx context.Context, c *conn) error {
		found := false
		err := c.each(ctx, func(rows *sql.Rows) (err error) {
			found = true
			u, err = scanUser(rows, r.dest()...)
			return err
		}, "SELECT "+tokenColumns+", "+userColumns+" FROM api_token t JOIN account u ON u.id = t.user_id WHERE t.hash = $1", hash[:])
		if err == nil && !found {
			err = notFound("read token", "token")
		}
		return err
	})
	if err != nil {
		return auth.APIToken{}, auth.User{}, err
	}
	return r.token(), u, nil
}

// Token loads one token by its id.
func (s *Store) Token(ctx context.Context, id string) (auth.APIToken, error) {
	list, err := s.tokens(ctx, "WHERE t.id = $1", id)
	if err != nil {
		return auth.APIToken{}, err
	}
	if len(list) == 0 {
		return auth.APIToken{}, notFound("read token", "token")
	}
	return list[0], nil
}

// Tokens lists the tokens of an account, newest first; of all accounts with userID "".
func (s *Store) Tokens(ctx context.Context, userID string) ([]auth.APIToken, error) {
	if userID == "" {
		return s.tokens(ctx, "ORDER BY t.created_at DESC, t.id DESC")
	}
	return s.tokens(ctx, "WHERE t.user_id = $1 ORDER BY t.created_at DESC, t.id DESC", userID)
}

func (s *Store) tokens(ctx context.Context, where string, args ...any) ([]auth.APIToken, error) {
	var list []auth.APIToken
	err := s.lookup(ctx, "list tokens", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var r tokenRow
			if err := rows.Scan(r.dest()...); err != nil {
				return err
			}
			list = append(list, r.token())
			return nil
		}, "SELECT "+tokenColumns+" FROM api_token t "+where, args...)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// TouchToken moves the day of the last use forward.
func (s *Store) TouchToken(ctx context.Context, id string, day time.Time) error {
	return s.write(ctx, "touch token", func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, "UPDATE api_token SET used_day = $2 WHERE id = $1 AND coalesce(used_day, 0) < $2", id, day.UnixMilli())
		return err
	})
}

// DeleteToken revokes a token.
func (s *Store) DeleteToken(ctx context.Context, id string, events ...audit.Event) error {
	return s.write(ctx, "delete token", func(ctx context.Context, c *conn) error {
		res, err := c.exec(ctx, "DELETE FROM api_token WHERE id = $1", id)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			err = notFound("delete token", "token")
		}
		if err != nil {
			return err
		}
		return s.record(ctx, c, events...)
	})
}

// DeleteExpiredTokens removes tokens that were over at a time and says how many.
func (s *Store) DeleteExpiredTokens(ctx context.Context, before time.Time) (int, error) {
	var gone int64
	err := s.write(ctx, "delete expired tokens", func(ctx context.Context, c *conn) error {
		res, err := c.exec(ctx, "DELETE FROM api_token WHERE expires_at <= $1", before.UnixMilli())
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
