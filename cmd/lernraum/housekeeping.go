package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lernraum/internal/page"
)

// sweepAfter is how long the file of an attachment that was removed or replaced is kept.
const sweepAfter = 90 * 24 * time.Hour

// job is a piece of housekeeping. run says what it did, "" for nothing.
type job struct {
	name  string // permanent: the last run is kept under it
	every time.Duration
	run   func(context.Context) (string, error)
}

// jobs remove what nobody needs any more, finish what a crash has left undone, and sign the audit log.
func (in *instance) jobs() []job {
	return []job{
		{"sessions", time.Hour, func(ctx context.Context) (string, error) {
			n, err := in.auth.CleanUp(ctx)
			return counted(n, "ended sessions removed"), err
		}},
		{"audit", time.Hour, func(ctx context.Context) (string, error) { return "", in.keepAudit(ctx) }},
		{"renderings", time.Hour, func(ctx context.Context) (string, error) { return "", in.wiki.Renew(ctx) }},
		{"files", time.Hour, func(ctx context.Context) (string, error) {
			n, err := in.store.Sweep(ctx, in.now().Add(-sweepAfter))
			return counted(n, "files without a page removed"), err
		}},
		{"retention", 24 * time.Hour, func(ctx context.Context) (string, error) {
			report, err := in.privacy().Retain(ctx, false)
			return retained(report), errors.Join(err, in.rewriteIndex(ctx))
		}},
	}
}

func counted(n int, what string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d %s", n, what)
}

// housekeeping runs the jobs that are due, at the start and every hour, until the context ends.
func (in *instance) housekeeping(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		in.runJobs(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// runJobs runs each job whose last run is long enough ago. One that fails is told in the log and on the page of the
// administration, and comes again in an hour.
func (in *instance) runJobs(ctx context.Context) {
	last := map[string]page.Job{}
	list, err := in.store.Jobs(ctx)
	if err != nil && ctx.Err() == nil {
		in.log.Warn("read last runs of jobs", "err", err)
	}
	for _, j := range list {
		last[j.Name] = j
	}
	for _, j := range in.jobs() {
		now := in.now()
		// A minute less, so that the hourly tick never comes just too early.
		if l := last[j.name]; l.Error == "" && !l.Started.After(now) && now.Sub(l.Started) < j.every-time.Minute && j.every > time.Hour {
			continue
		}
		done, err := j.run(ctx)
		if ctx.Err() != nil {
			return
		}
		run := page.Job{Name: j.name, Started: now, Ended: in.now(), Done: done}
		if err != nil {
			in.log.Error("housekeeping", "job", j.name, "err", err)
			run.Error = sentence(err)
		}
		if err := in.store.SaveJob(ctx, run); err != nil && ctx.Err() == nil {
			in.log.Warn("keep last run of a job", "job", j.name, "err", err)
		}
	}
}
