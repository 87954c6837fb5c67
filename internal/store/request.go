package store

import (
	"context"
	"database/sql"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/errs"
	"lernraum/internal/member"
)

// AddRequest stores a request for access.
func (s *Store) AddRequest(ctx context.Context, r member.Request, events ...audit.Event) error {
	const op = "ask for access"
	return s.changeUser(ctx, op, r.Person.ID, events, func(ctx context.Context, c *conn) error {
		open, err := c.row(ctx, []any{new(int)}, "SELECT 1 FROM access_request WHERE space = $1 AND user_id = $2 AND state = 'open'", r.Space, r.Person.ID)
		if err != nil {
			return err
		}
		if open {
			return conflict(op, "reason", errs.Msg("member.asked_already"), "there is an open request")
		}
		_, err = c.exec(ctx, `INSERT INTO access_request (id, space, user_id, reason, state, asked_at, answered_at, answer)
			VALUES ($1, $2, $3, $4, $5, $6, NULL, '')`, r.ID, r.Space, r.Person.ID, r.Reason, string(r.State), s.keep(r.AskedAt).UnixMilli())
		return err
	})
}

func (s *Store) requests(ctx context.Context, op, where string, args ...any) ([]member.Request, error) {
	var list []member.Request
	err := s.lookup(ctx, op, func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var r member.Request
			var asked int64
			var answered sql.NullInt64
			p := &r.Person
			if err := rows.Scan(&r.ID, &r.Space, &r.Reason, &r.State, &asked, &answered, &r.Answer, &p.ID, &p.Login, &p.Name, &p.Label, &p.Disabled); err != nil {
				return err
			}
			r.AskedAt, r.AnsweredAt = time.UnixMilli(asked).UTC(), fromMillis(answered)
			list = append(list, r)
			return nil
		}, `SELECT r.id, r.space, r.reason, r.state, r.asked_at, r.answered_at, r.answer, u.id, u.login, u.name, u.label, u.disabled
			FROM access_request r JOIN account u ON u.id = r.user_id `+where, args...)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Request reads one request.
func (s *Store) Request(ctx context.Context, id string) (member.Request, error) {
	list, err := s.requests(ctx, "read request", "WHERE r.id = $1", id)
	if err == nil && len(list) == 0 {
		err = notFound("read request", "request "+id)
	}
	if err != nil {
		return member.Request{}, err
	}
	return list[0], nil
}

// Requests lists the requests for a space, open ones first, newest first. Of closed accounts only answered ones count.
func (s *Store) Requests(ctx context.Context, space string) ([]member.Request, error) {
	return s.requests(ctx, "list requests of a space", "WHERE r.space = $1 AND (r.state <> 'open' OR u.disabled = 0) ORDER BY r.state <> 'open', r.asked_at DESC, r.id DESC", space)
}

// RequestsOf lists the requests of a person, newest first.
func (s *Store) RequestsOf(ctx context.Context, userID string) ([]member.Request, error) {
	return s.requests(ctx, "list requests of a person", "WHERE r.user_id = $1 ORDER BY r.asked_at DESC, r.id DESC", userID)
}

// CountRequests counts the open requests by space.
func (s *Store) CountRequests(ctx context.Context) (map[string]int, error) {
	counts := map[string]int{}
	err := s.lookup(ctx, "count requests", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var space string
			var n int
			if err := rows.Scan(&space, &n); err != nil {
				return err
			}
			counts[space] = n
			return nil
		}, `SELECT r.space, count(*) FROM access_request r JOIN account u ON u.id = r.user_id AND u.disabled = 0 WHERE r.state = 'open' GROUP BY r.space`)
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}

// AnswerRequest answers an open request and gives the level with it.
func (s *Store) AnswerRequest(ctx context.Context, r member.Request, level access.Membership, events ...audit.Event) error {
	const op = "answer request"
	return s.changeUser(ctx, op, r.Person.ID, events, func(ctx context.Context, c *conn) error {
		res, err := c.exec(ctx, "UPDATE access_request SET state = $2, answered_at = $3, answer = $4 WHERE id = $1 AND state = 'open'",
			r.ID, string(r.State), s.keep(r.AnsweredAt).UnixMilli(), r.Answer)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			if err == nil {
				err = conflict(op, "answer", errs.Msg("member.answered_already"), "the request is not open")
			}
			return err
		}
		if level == access.None {
			return nil
		}
		_, err = c.exec(ctx, `
			INSERT INTO space_member (user_id, space, level) VALUES ($1, $2, $3)
			ON CONFLICT (user_id, space, source) DO UPDATE SET level = max(level, excluded.level)`, r.Person.ID, r.Space, int(level))
		return err
	})
}

// DeleteAnsweredRequests removes requests that were answered before a time and says how many.
func (s *Store) DeleteAnsweredRequests(ctx context.Context, before time.Time) (int, error) {
	var gone int64
	err := s.write(ctx, "delete answered requests", func(ctx context.Context, c *conn) error {
		res, err := c.exec(ctx, "DELETE FROM access_request WHERE answered_at < $1", before.UnixMilli())
		if err == nil {
			gone, err = res.RowsAffected()
		}
		return err
	})
	return int(gone), err
}
