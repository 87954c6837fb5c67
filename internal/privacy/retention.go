package privacy

import (
	"context"
	"fmt"
	"time"

	"lernraum/internal/audit"
)

const day = 24 * time.Hour

// Terms say after how long data goes (R-DS-5). A term of 0 keeps it.
type Terms struct {
	Sessions time.Duration // after their last use
	Persons  time.Duration // the personal part of the audit log
	Chain    time.Duration // the audit log itself
	Deleted  time.Duration // pages in the bin
	Requests time.Duration // answered requests for access
	OneTime  time.Duration // links, tokens and flows whose time is over
}

// DefaultTerms are those of R-DS-5.
func DefaultTerms() Terms {
	return Terms{Sessions: 30 * day, Persons: 180 * day, Chain: 730 * day, Deleted: 90 * day, Requests: 90 * day, OneTime: day}
}

// Removed is the outcome for one row of the table.
type Removed struct {
	What  string
	Count int
}

// Retain removes everything whose term is over. With dry it only counts. It goes on after a fault and reports the first.
func (s *Service) Retain(ctx context.Context, dry bool) (report []Removed, err error) {
	now := s.Now()
	gone := false
	do := func(what string, term time.Duration, f func(before time.Time) (int, error)) {
		if term <= 0 || ctx.Err() != nil {
			return
		}
		n, ferr := f(now.Add(-term))
		if ferr != nil && err == nil {
			err = fmt.Errorf("retention of %s: %w", what, ferr)
		}
		report = append(report, Removed{what, n})
		gone = gone || n > 0
	}
	expire := func(what string) func(time.Time) (int, error) {
		return func(before time.Time) (int, error) { return s.Store.Expire(ctx, what, before, dry) }
	}
	t := s.Terms
	do("sessions", t.Sessions, expire("session"))
	do("persons", t.Persons, func(before time.Time) (int, error) {
		if dry {
			return s.Store.Expire(ctx, "person", before, true)
		}
		return s.Store.ErasePersons(ctx, before)
	})
	do("audit entries", t.Chain, func(before time.Time) (int, error) {
		if dry {
			return s.Store.Expire(ctx, "audit", before, true)
		}
		return s.Store.CutAudit(ctx, before)
	})
	do("deleted pages", t.Deleted, func(before time.Time) (int, error) { return s.Pages.PurgeOld(ctx, before, dry) })
	do("access requests", t.Requests, expire("access_request"))
	for _, what := range []string{"setup_token", "account_link", "sign_in_link", "provider_flow", "provider_logout", "api_token"} {
		do(what, t.OneTime, expire(what))
	}
	if dry || !gone {
		return report, err
	}
	if rerr := s.Store.Scrub(ctx); err == nil {
		err = rerr
	}
	e := audit.Event{Action: audit.Retention, Object: "instance"}
	for _, r := range report {
		if r.Count > 0 {
			e = e.With(r.What, fmt.Sprint(r.Count))
		}
	}
	if rerr := s.Store.Record(ctx, e); err == nil {
		err = rerr
	}
	return report, err
}
