package store

import (
	"context"
	"fmt"
	"time"
)

// expiring are the rows whose time is over before $1, by what is called so in the retention job.
var expiring = map[string]string{
	"session":         "session WHERE seen_at < $1",
	"access_request":  "access_request WHERE state <> 'open' AND answered_at < $1",
	"setup_token":     "setup_token WHERE expires_at < $1",
	"account_link":    "account_link WHERE expires_at < $1",
	"sign_in_link":    "sign_in_link WHERE expires_at < $1",
	"provider_flow":   "provider_flow WHERE expires_at < $1",
	"provider_logout": "provider_logout WHERE expires_at < $1",
	"api_token":       "api_token WHERE expires_at < $1",
	// Counted only: methods of their own remove them.
	"person": "audit_person WHERE seq <= (SELECT coalesce(max(seq), 0) FROM audit WHERE at < $1)",
	"audit":  "audit WHERE at < $1 AND seq < (SELECT max(seq) FROM audit)",
}

// Expire removes rows whose time was over before a time, or counts them with dry, and says how many.
func (s *Store) Expire(ctx context.Context, what string, before time.Time, dry bool) (int, error) {
	from, ok := expiring[what]
	if !ok || !dry && (what == "person" || what == "audit") {
		return 0, fmt.Errorf("store: expire: nothing is called %q", what)
	}
	n := 0
	if dry {
		err := s.lookup(ctx, "count "+what, func(ctx context.Context, c *conn) error {
			_, err := c.row(ctx, []any{&n}, "SELECT count(*) FROM "+from, before.UnixMilli())
			return err
		})
		return n, err
	}
	err := s.write(ctx, "expire "+what, func(ctx context.Context, c *conn) error {
		res, err := c.exec(ctx, "DELETE FROM "+from, before.UnixMilli())
		if err != nil {
			return err
		}
		gone, err := res.RowsAffected()
		n = int(gone)
		return err
	})
	return n, err
}
