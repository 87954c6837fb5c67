package main

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/config"
	"lernraum/internal/transfer"
)

type importCmd struct {
	Path       string `arg:"" help:"File or folder." type:"existingpath"`
	Space      string `help:"Key of the space for files that name none; created when absent." placeholder:"KEY"`
	SpaceTitle string `help:"Title of the space when it is created." placeholder:"TITLE"`
	Kind       string `help:"Kind of pages whose file names none (default guide)." placeholder:"KIND"`
	Format     string `help:"Format of the files." enum:"markdown" default:"markdown"`
	DryRun     bool   `help:"Say what would happen and change nothing."`
}

// Run imports and prints what became of every file that did not arrive whole.
func (c importCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	src, err := tree(c.Path) // before a house is made for nothing
	if err != nil {
		return err
	}
	in, err := open(ctx, cfg, log, true)
	if err != nil {
		return err
	}
	defer in.close()
	report, err := transfer.Import(ctx, in.transfer(), src, transfer.ImportOptions{
		Space: c.Space, SpaceTitle: c.SpaceTitle, Kind: c.Kind, DryRun: c.DryRun, Actor: access.Program("Import"), Progress: progress(con, "importing"),
	})
	if err != nil {
		return err
	}
	if !c.DryRun {
		object := "instance"
		if c.Space != "" {
			object = "space:" + c.Space
		}
		if err := in.store.Record(ctx, audit.Event{Action: audit.Import, Object: object}); err != nil {
			return err
		}
	}
	if err := report.Print(con.out); err != nil {
		return err
	}
	if report.Failed() > 0 {
		return errFindings
	}
	return nil
}

// tree gives a folder as it is, and a single file as a folder that holds only it.
func tree(path string) (fs.FS, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	dir := path
	if !info.IsDir() {
		dir = filepath.Dir(path)
	}
	// A root, so that a link in somebody's folder cannot lead to files outside of it.
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	if info.IsDir() {
		return root.FS(), nil
	}
	return oneFile{root.FS(), filepath.Base(path)}, nil
}

// oneFile hides the neighbours of a file but those in its folder of attachments.
type oneFile struct {
	fs.FS
	name string
}

// ReadDir lists only the file in the top folder.
func (o oneFile) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(o.FS, name)
	if err != nil || name != "." {
		return all, err
	}
	keep := all[:0]
	stem := o.name[:len(o.name)-len(filepath.Ext(o.name))]
	for _, e := range all {
		if e.Name() == o.name || e.Name() == stem+".files" || e.Name() == stem+".values.csv" {
			keep = append(keep, e)
		}
	}
	return keep, nil
}
