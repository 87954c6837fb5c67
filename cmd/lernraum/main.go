// Command lernraum is the whole product in one binary: the server and the commands of its operator. This file
// reads the command line; every command is a function that can be run in a test.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/alecthomas/kong"

	"lernraum/internal/config"
	"lernraum/internal/errs"
	"lernraum/internal/view"
	"lernraum/templates"
)

// Exit statuses of every command.
const (
	exitOK    = 0
	exitFail  = 1 // the work failed
	exitUsage = 2 // the command was called wrongly
)

// cli is the command line. Options of the configuration are plain strings here: package config knows their
// defaults, bounds and where else they may come from.
type cli struct {
	Config    string `help:"File with options (YAML)." placeholder:"FILE"`
	Data      string `help:"Data directory (default ./data)." placeholder:"DIR"`
	Kinds     string `help:"Folder with your own kinds of pages; they add to or replace the shipped ones." placeholder:"DIR"`
	LogFormat string `help:"text or json." placeholder:"FORMAT"`
	LogLevel  string `help:"debug, info, warn or error." placeholder:"LEVEL"`

	Serve       serveCmd       `cmd:"" help:"Serve the instance; creates the data directory when there is none."`
	Import      importCmd      `cmd:"" help:"Import Markdown files, or a folder that export wrote."`
	ImportUnits importUnitsCmd `cmd:"" help:"Import the units of an organisation chart (CSV or JSON); deletes nothing."`
	Export      exportCmd      `cmd:"" help:"Write all pages with their history and files into a folder."`
	Reindex     reindexCmd     `cmd:"" help:"Render all pages anew and rebuild the search index, also beside a serving instance."`
	Check       checkCmd       `cmd:"" help:"Verify database, index, links and attachments; exit status 1 with a list when something is wrong."`
	Audit       auditCmd       `cmd:"" help:"Verify and print the audit log."`
	User        userCmd        `cmd:"" help:"Manage accounts."`
	Retention   retentionCmd   `cmd:"" help:"Remove what is over its time, as the daily job does."`
	Token       tokenCmd       `cmd:"" help:"Manage API tokens."`
	Version     versionCmd     `cmd:"" help:"Print version, revision, Go, SQLite and Bleve versions."`
}

// console is what a command talks to; tests give it buffers.
type console struct {
	in       io.Reader
	out, err io.Writer
	env      []string
	terminal bool // out is a terminal: progress bars make sense
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], console{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Environ(), terminal: isTerminal(os.Stderr)}))
}

// run executes one command line and gives the exit status.
func run(ctx context.Context, args []string, con console) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("lernraum"), kong.Description("Knowledge and lessons learned for public administration."),
		kong.Writers(con.out, con.err), kong.Exit(func(code int) { exited = code }), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		fmt.Fprintln(con.err, "lernraum:", err)
		return exitFail
	}
	kctx, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		fmt.Fprintf(con.err, "lernraum: %v; see lernraum --help\n", err)
		return exitUsage
	}
	cfg, err := config.Load(givenOptions(kctx), con.env, os.ReadFile)
	if err != nil {
		return fail(con, err)
	}
	log := newLogger(cfg, con.err)
	kctx.BindTo(ctx, (*context.Context)(nil))
	if err := kctx.Run(cfg, log, con); err != nil {
		return fail(con, err)
	}
	return exitOK
}

// givenOptions are the options of the configuration that stand on the command line.
func givenOptions(kctx *kong.Context) map[string]string {
	given := map[string]string{}
	for _, f := range kctx.Flags() {
		known := slices.ContainsFunc(config.Options(), func(o config.Option) bool { return o.Name == f.Name })
		if !known && f.Name != "config" {
			continue
		}
		if !f.Set {
			continue
		}
		given[f.Name] = fmt.Sprint(f.Target.Interface())
	}
	return given
}

// fail prints one sentence and gives the exit status. The chain of causes is for the operator, who is the one
// reading it; a stack is not.
func fail(con console, err error) int {
	if errors.Is(err, errFindings) { // the findings are printed already
		return exitFail
	}
	fmt.Fprintln(con.err, "lernraum:", sentence(err))
	if errs.Is(err, errs.Usage) {
		return exitUsage
	}
	return exitFail
}

// sentence says an error in English. A mistake of whoever calls is said in the words of the catalogue; anything
// else by its causes, since the sentences for it are made for somebody in front of a form.
func sentence(err error) string {
	e, ok := errors.AsType[*errs.Error](err)
	if !ok {
		return oneLine(err.Error())
	}
	say := catalogue()
	var parts []string
	for _, f := range e.Fields {
		parts = append(parts, f.Name+": "+say(f.Msg))
	}
	switch {
	case len(parts) > 0:
	case (e.Kind == errs.ReadOnly || e.Kind == errs.Full || e.Kind == errs.Internal) && e.Cause != nil:
		parts = append(parts, e.Cause.Error())
	case e.Msg.Key != "":
		parts = append(parts, say(e.Msg))
	case e.Cause != nil && e.Op != "":
		parts = append(parts, e.Op+": "+e.Cause.Error())
	default:
		parts = append(parts, err.Error())
	}
	return oneLine(strings.Join(parts, "; "))
}

// catalogue puts public messages into English words, for the command line.
func catalogue() func(errs.Message) string {
	var once sync.Once
	var r *view.Renderer
	return func(m errs.Message) string {
		once.Do(func() {
			var err error
			if r, err = view.New(view.Options{Templates: templates.FS(), Static: func(string) string { return "" }}); err != nil {
				r = nil
			}
		})
		if r == nil {
			return m.String()
		}
		return r.Message("en", m)
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func newLogger(cfg config.Config, w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
