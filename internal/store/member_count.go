package store

import (
	"context"
	"database/sql"

	"lernraum/internal/auth"
)

// MemberCounts counts the members and managers of each space over accounts that are open, those who belong by their unit too.
func (s *Store) MemberCounts(ctx context.Context) (map[string]auth.MemberCount, error) {
	out := map[string]auth.MemberCount{}
	err := s.lookup(ctx, "count members", func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			var space string
			var n auth.MemberCount
			err := rows.Scan(&space, &n.Members, &n.Managers)
			out[space] = n
			return err
		}, `SELECT m.space, count(*), sum(m.level > 1) FROM (
			SELECT m.space, m.user_id, max(m.level) AS level FROM (
				SELECT space, user_id, level FROM space_member
				UNION ALL SELECT g.space, n.user_id, g.level FROM space_unit g JOIN account_unit n ON n.unit = g.unit
			) m JOIN account u ON u.id = m.user_id
			WHERE u.disabled = 0 GROUP BY m.space, m.user_id) m GROUP BY m.space`)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
