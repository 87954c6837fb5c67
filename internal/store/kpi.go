package store

import (
	"context"
	"database/sql"

	"lernraum/internal/errs"
	"lernraum/internal/page"
)

const kpiColumns = `v.period, v.start, v.value, v.n, v.state, v.note, v.source, v.version, v.received_at`

func scanKPI(rows *sql.Rows) (page.KPIValue, error) {
	var v page.KPIValue
	var start, received int64
	err := rows.Scan(&v.Period, &start, &v.Value, &v.N, &v.State, &v.Note, &v.Source, &v.Version, &received)
	v.Start = fromMillis(sql.NullInt64{Int64: start, Valid: true})
	v.ReceivedAt = fromMillis(sql.NullInt64{Int64: received, Valid: true})
	return v, err
}

func (s *Store) kpiValues(ctx context.Context, op, query string, args ...any) ([]page.KPIValue, error) {
	var list []page.KPIValue
	err := s.lookup(ctx, op, func(ctx context.Context, c *conn) error {
		return c.each(ctx, func(rows *sql.Rows) error {
			v, err := scanKPI(rows)
			list = append(list, v)
			return err
		}, query, args...)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// KPIValues reads the newest version of the value of each period, by time. Who may see them is decided with the
// page.
func (s *Store) KPIValues(ctx context.Context, id page.ID) ([]page.KPIValue, error) {
	return s.kpiValues(ctx, "read KPI values", `
		SELECT `+kpiColumns+` FROM page p JOIN kpi_newest v ON v.page_pk = p.pk
		WHERE p.id = $1 ORDER BY v.start, v.period`, string(id))
}

// KPIVersions reads all versions of the value of one period, newest first.
func (s *Store) KPIVersions(ctx context.Context, id page.ID, period string) ([]page.KPIValue, error) {
	return s.kpiValues(ctx, "read versions of KPI value", `
		SELECT `+kpiColumns+` FROM page p JOIN kpi_value v ON v.page_pk = p.pk
		WHERE p.id = $1 AND v.period = $2 ORDER BY v.version DESC`, string(id), period)
}

// SaveKPIValues stores values, all or none. A value that says what the newest one of its period says already is
// left out; any other becomes its next version. It says how many were stored.
func (s *Store) SaveKPIValues(ctx context.Context, id page.ID, values []page.KPIValue) (int, error) {
	changed := 0
	err := s.write(ctx, "save KPI values", func(ctx context.Context, c *conn) error {
		h, err := readHead(ctx, c, id)
		if err == errNoHead {
			return notFound("save KPI values", string(id))
		}
		if err != nil {
			return err
		}
		for _, v := range values {
			if v.Value != v.Value || v.N != v.N { // NaN is no value
				return &errs.Error{Kind: errs.Invalid, Op: "store: save KPI values", Msg: errs.Msg("store.kpi_not_a_number", "Period", v.Period)}
			}
			var old page.KPIValue
			found := false
			err := c.each(ctx, func(rows *sql.Rows) (err error) {
				found = true
				old, err = scanKPI(rows)
				return err
			}, `SELECT `+kpiColumns+` FROM kpi_value v WHERE v.page_pk = $1 AND v.period = $2 ORDER BY v.version DESC LIMIT 1`, h.pk, v.Period)
			if err != nil {
				return err
			}
			if found && v.Value == old.Value && v.N == old.N && v.State == old.State && v.Note == old.Note && v.Source == old.Source {
				continue
			}
			_, err = c.exec(ctx, `
				INSERT INTO kpi_value (page_pk, period, version, start, value, n, state, note, source, received_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
				h.pk, v.Period, old.Version+1, v.Start.UnixMilli(), v.Value, v.N, v.State, v.Note, v.Source, s.keep(v.ReceivedAt).UnixMilli())
			if err != nil {
				return err
			}
			changed++
		}
		if changed == 0 {
			return nil
		}
		// What a page of the KPI shows has changed: caches of every process go by the change log.
		_, err = s.logChange(ctx, c, id)
		return err
	})
	if err != nil {
		return 0, err
	}
	return changed, nil
}
