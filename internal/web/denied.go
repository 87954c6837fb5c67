package web

import (
	"context"
	"sync"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

// denials remembers which refusals have been recorded: one for an account and a kind of object in an hour.
type denials struct {
	mu    sync.Mutex
	hour  int64
	seen  map[string]bool
	turns chan struct{} // refusals being looked at
	work  sync.WaitGroup
}

const (
	maxDenials = 4096 // remembered in an hour; more are not recorded
	maxTurns   = 8    // looked at at once; more at a time are not recorded
)

func newDenials() *denials { return &denials{turns: make(chan struct{}, maxTurns)} }

// first tells whether a refusal is to be recorded, and remembers that it is when keep says so.
func (d *denials) first(key string, now time.Time, keep bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if hour := now.Unix() / 3600; d.seen == nil || d.hour != hour {
		d.seen, d.hour = map[string]bool{}, hour
	}
	if d.seen[key] || len(d.seen) >= maxDenials {
		return false
	}
	if keep {
		d.seen[key] = true
	}
	return true
}

// denied records that somebody signed in was refused something that is there and that they have no right to. Whether it is
// there is looked up after the answer has gone its way, for what is not there as for what is: the answer takes no longer,
// whichever it is.
func (s *Server) denied(q *request, r route) {
	if s.Members == nil || !q.actor.SignedIn() || r.about == aboutOpen || r.about == aboutList || r.about == aboutOwn {
		return
	}
	a, now := q.actor, s.Now()
	key := a.UserID + " " + string(r.about)
	if !s.refusals.first(key, now, false) {
		return
	}
	select {
	case s.refusals.turns <- struct{}{}:
	default:
		return
	}
	t := named{space: q.param("space"), slug: q.param("slug"), id: q.param("id"), key: q.param("key")}
	parent := context.WithoutCancel(q.ctx())
	s.refusals.work.Go(func() {
		defer func() { <-s.refusals.turns }()
		ctx, cancel := context.WithTimeout(parent, 5*time.Second)
		defer cancel()
		object, err := s.forbidden(ctx, a, r, t)
		if err == nil && object != "" && s.refusals.first(key, now, true) {
			err = s.Members.Denied(ctx, a, object, r.action)
		}
		if err != nil && !errs.Is(err, errs.NotFound) {
			s.Log.Warn("record a refusal", "err", err)
		}
	})
}

// named is what an address names.
type named struct{ space, slug, id, key string }

// forbidden names the object of a route as the audit log does, "" when it is not there or the actor has the right.
func (s *Server) forbidden(ctx context.Context, a access.Actor, r route, t named) (string, error) {
	program := access.Program("audit")
	if r.about == aboutHouse {
		if access.Can(a, r.action, access.Object{}) {
			return "", nil
		}
		return "instance", nil
	}
	if r.about == aboutSpace {
		t.space = or(t.space, t.key)
	}
	var p page.Page
	var err error
	switch {
	case t.slug != "":
		p, err = s.Wiki.PageAt(ctx, program, t.space, t.slug)
	case t.id != "":
		p, err = s.Wiki.Page(ctx, program, page.ID(t.id))
	case r.about == aboutPage && t.key != "":
		p, err = s.KPI.Page(ctx, program, t.key)
	case t.space != "":
		sp, err := s.Wiki.Space(ctx, program, access.Read, t.space)
		if err != nil || access.Can(a, r.action, access.Object{Space: sp}) {
			return "", err
		}
		return "space:" + sp.Key, nil
	default:
		return "", nil
	}
	if err != nil || s.Wiki.Allowed(ctx, a, r.action, p) {
		return "", err
	}
	return "page:" + string(p.ID), nil
}
