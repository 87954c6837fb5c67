package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"lernraum/internal/access"
	"lernraum/internal/config"
	"lernraum/internal/errs"
	"lernraum/internal/orga"
)

type importUnitsCmd struct {
	File   string `arg:"" help:"Organisation chart: CSV, or the JSON of the Organigramm-Tool." type:"existingfile"`
	Format string `help:"csv or json (default: what the file looks like)." enum:"csv,json," default:""`
	Space  string `help:"Key of the space the units are pages of." placeholder:"KEY" required:""`
	DryRun bool   `help:"Say what would happen and change nothing."`
}

// Run imports units and prints what became of each row that is not as it was.
func (c importUnitsCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	info, err := os.Stat(c.File)
	if err != nil {
		return fmt.Errorf("import units: %w", err)
	}
	if info.Size() > orga.MaxChart {
		return &errs.Error{Kind: errs.Usage, Op: fmt.Sprintf("import units: %s is larger than %d MiB", c.File, orga.MaxChart>>20)}
	}
	data, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("import units: %w", err)
	}
	rows, err := orga.DecodeChart(data, c.Format)
	if err != nil {
		return err
	}
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	done, err := in.orga.ImportChart(ctx, access.Program("Import"), rows, c.Space, c.DryRun)
	if err != nil {
		return err
	}
	say := catalogue()
	for _, r := range done.Rows {
		switch {
		case r.Left != nil:
			fmt.Fprintf(con.out, "line %d: left out: %s: %s\n", r.Line, r.Name, say(*r.Left))
		case r.Status == orga.RowChanged:
			fmt.Fprintf(con.out, "line %d: changed: %s: %v\n", r.Line, r.Name, r.Changes)
		case r.Status == orga.RowNew:
			fmt.Fprintf(con.out, "line %d: new: %s\n", r.Line, r.Name)
		}
		if len(r.Dropped) > 0 {
			fmt.Fprintf(con.out, "line %d: %s: not a valid value: %v\n", r.Line, r.Name, r.Dropped)
		}
	}
	for _, u := range done.Missing {
		fmt.Fprintf(con.out, "not in the file any more, left as it is: %s (unit/%s)\n", u.Title, u.Slug)
	}
	_, err = fmt.Fprintf(con.out, "%d new, %d changed, %d the same, %d left out, %d not in the file\n",
		done.Count(orga.RowNew), done.Count(orga.RowChanged), done.Count(orga.RowSame), done.Count(orga.RowLeft), len(done.Missing))
	return err
}
