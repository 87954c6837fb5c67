package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"lernraum/internal/access"
	"lernraum/internal/config"
	"lernraum/internal/errs"
	"lernraum/internal/privacy"
	"lernraum/internal/view"
	"lernraum/templates"
)

// privacy gives the use cases for the rights of persons.
func (in *instance) privacy() *privacy.Service {
	terms := privacy.DefaultTerms()
	terms.Persons, terms.Chain = in.cfg.AuditKeepPersons, in.cfg.AuditKeep
	return privacy.New(privacy.Options{Store: in.store, Pages: in.wiki, Terms: terms, Now: in.now})
}

// rewrittenMark says how many removals the search index knows of.
const rewrittenMark = "index.removals"

// rewriteIndex makes the search index anew when something was removed for good: until then its files hold words of it.
func (in *instance) rewriteIndex(ctx context.Context) error {
	n, err := in.store.Removals()
	if err != nil || n == 0 {
		return err
	}
	known, err := in.store.Meta(ctx, rewrittenMark)
	if err != nil && !errs.Is(err, errs.NotFound) || known == strconv.Itoa(n) {
		return err
	}
	if err := in.index.Rebuild(ctx, nil); err != nil {
		return err
	}
	return in.store.SetMeta(ctx, rewrittenMark, strconv.Itoa(n))
}

// retained says in words what a run of the retention job removed.
func retained(report []privacy.Removed) string {
	var parts []string
	for _, r := range report {
		if r.Count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", r.Count, r.What))
		}
	}
	return strings.Join(parts, ", ")
}

type retentionCmd struct {
	Run retentionRunCmd `cmd:"" help:"Remove what is over its time now."`
}

type retentionRunCmd struct {
	DryRun bool `help:"Only count."`
}

// Run removes what is over its time and says what it was.
func (c retentionRunCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	report, err := in.privacy().Retain(ctx, c.DryRun)
	for _, r := range report {
		fmt.Fprintf(con.out, "%6d %s\n", r.Count, r.What)
	}
	if err != nil || c.DryRun {
		return err
	}
	return in.rewriteIndex(ctx)
}

type userExportCmd struct {
	Login string `arg:"" help:"Account."`
	File  string `arg:"" help:"ZIP file to write."`
}

// Run writes the file. One that is there is not overwritten.
func (c userExportCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	u, err := in.account(ctx, c.Login)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	say, err := words()
	if err == nil {
		err = in.privacy().Export(ctx, access.Program("command line"), u.ID, f, say)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(c.File))
	}
	_, err = fmt.Fprintf(con.out, "written to %s\n", c.File)
	return err
}

type userEraseCmd struct {
	Login string `arg:"" help:"Account."`
	Yes   bool   `help:"Do it; without, it only says what would go."`
}

// Run erases the account.
func (c userEraseCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	u, err := in.account(ctx, c.Login)
	if err != nil {
		return err
	}
	by := access.Program("command line")
	if !c.Yes {
		_, found, err := in.privacy().Look(ctx, by, u.ID)
		if err != nil {
			return err
		}
		tellFindings(con, found)
		_, err = fmt.Fprintln(con.out, "nothing was changed; erase with --yes")
		return err
	}
	n, found, err := in.privacy().Erase(ctx, by, u.ID)
	if err != nil {
		return err
	}
	tellFindings(con, found)
	fmt.Fprintf(con.out, "erased; histories now say former member #%d\n", n)
	return in.rewriteIndex(ctx)
}

func tellFindings(con console, found []privacy.Finding) {
	for _, f := range found {
		fmt.Fprintf(con.out, "the name stands in %d places of space %s: /spaces/%s/names\n", f.Count, f.Space, f.Space)
	}
}

// words gives texts of the catalogue by language.
func words() (func(lang, key string) string, error) {
	r, err := view.New(view.Options{Templates: templates.FS(), Static: func(string) string { return "" }})
	if err != nil {
		return nil, err
	}
	return r.Text, nil
}
