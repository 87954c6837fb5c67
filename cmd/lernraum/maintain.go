package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/schollz/progressbar/v3"

	"lernraum/internal/audit"
	"lernraum/internal/config"
	"lernraum/internal/page"
	"lernraum/internal/transfer"
)

// errFindings ends a command that has printed what is wrong.
var errFindings = errors.New("something is wrong")

// progress shows a bar on a terminal and nothing elsewhere.
func progress(con console, what string) func(done, total int) {
	if !con.terminal {
		return func(int, int) {}
	}
	var bar *progressbar.ProgressBar
	return func(done, total int) {
		if bar == nil {
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(con.err), progressbar.OptionSetDescription(what),
				progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())
		}
		bar.ChangeMax(total)
		_ = bar.Set(done) // drawing a bar is not worth failing for
	}
}

type reindexCmd struct{}

// Run renders every page anew and rebuilds the index beside the one in use; a serving instance switches over.
func (reindexCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	st, err := in.store.State(ctx)
	if err != nil {
		return err
	}
	bar := progress(con, "rendering")
	failed, err := in.wiki.Rerender(ctx, func(done int) { bar(done, st.Pages) })
	if err != nil {
		return err
	}
	if err := in.index.Rebuild(ctx, progress(con, "indexing")); err != nil {
		return err
	}
	for id, err := range failed {
		fmt.Fprintf(con.err, "page %s keeps its old rendering: %s\n", id, sentence(err))
	}
	fmt.Fprintf(con.out, "%d pages rendered and indexed\n", st.Pages-len(failed))
	if len(failed) > 0 {
		return errFindings
	}
	return nil
}

type checkCmd struct{}

// Run verifies what is stored and prints what is wrong, one finding a line.
func (checkCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	findings, err := in.store.Check(ctx)
	if err != nil {
		return err
	}
	if err := in.index.Check(ctx); err != nil {
		findings = append(findings, "index: "+err.Error())
	}
	lost := map[string]int{}
	if err := in.store.Each(ctx, func(p page.Page) error {
		if _, ok := in.kinds.Kind(p.Kind); !ok {
			lost[p.Kind]++
		}
		return nil
	}); err != nil {
		return err
	}
	for kind, n := range lost {
		findings = append(findings, fmt.Sprintf("kinds: %d pages of kind %q, which has no declaration; they can be read but not changed", n, kind))
	}
	ownerless, err := in.store.Ownerless(ctx)
	if err != nil {
		return err
	}
	for _, id := range ownerless {
		findings = append(findings, fmt.Sprintf("owner: nobody answers for page %s: its unit is closed or not there, and so is that of its space", id))
	}
	dangling, err := in.store.Dangling(ctx, "")
	if err != nil {
		return err
	}
	for _, f := range findings {
		fmt.Fprintln(con.out, f)
	}
	if len(findings) > 0 {
		return errFindings
	}
	fmt.Fprintf(con.out, "database, index, links and attachments are in order; %d references lead to pages that do not exist yet\n", len(dangling))
	return nil
}

type exportCmd struct {
	Dir string `arg:"" help:"Folder to write to; it must be empty or absent." type:"path"`
}

// Run writes everything the format can hold.
func (c exportCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	n, err := transfer.Export(ctx, in.transfer(), c.Dir, progress(con, "exporting"))
	if err != nil {
		return err
	}
	if err := in.store.Record(ctx, audit.Event{Action: audit.Export, Object: "instance"}.With("pages", strconv.Itoa(n))); err != nil {
		return err
	}
	_, err = fmt.Fprintf(con.out, "%d pages written to %s\n", n, c.Dir)
	return err
}
