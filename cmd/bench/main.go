// Command bench measures Lernraum beside the limits of the machine it runs on: it generates pages that are the
// same each time, imports them with the real binary, serves them with the real server as its own process, and
// asks it over loopback. Every figure stands beside what the parts alone can do in the same run, because only
// the ratio says something on another machine. It needs Linux, changes nothing outside its own folder and
// stops by itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// limitCommand is how the program starts itself as the limit of reading.
const limitCommand = "limit-server"

type options struct {
	sizes  []int
	rounds int
	length time.Duration
	only   []string
	bin    string
	dir    string
	json   string
	keep   bool
	seed   uint64
}

func (o options) wants(key string) bool { return len(o.only) == 0 || slices.Contains(o.only, key) }

func main() {
	if len(os.Args) == 4 && os.Args[1] == limitCommand {
		if err := serveLimit(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	opt, err := parse(os.Args[1:])
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, opt); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	sizes := f.String("n", "1000", "numbers of `pages`, separated by commas")
	only := f.String("only", "", "measure only these `rows`: "+strings.Join(keys(), ","))
	seconds := f.Float64("seconds", 3, "length of one measurement")
	f.IntVar(&o.rounds, "rounds", 3, "rounds of every measurement; the median counts")
	f.StringVar(&o.bin, "bin", "", "lernraum `binary` (default: built from this module)")
	f.StringVar(&o.dir, "dir", "", "`folder` to work in (default: a temporary one)")
	f.StringVar(&o.json, "json", "", "write the figures to a `file`")
	f.BoolVar(&o.keep, "keep", false, "keep pages and data directory")
	f.Uint64Var(&o.seed, "seed", 1, "`number` the pages depend on")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected %q", f.Arg(0))
	}
	for _, s := range strings.Split(*sizes, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 500 || n > 200_000 {
			return o, fmt.Errorf("-n takes numbers from 500 to 200000, not %q", s)
		}
		o.sizes = append(o.sizes, n)
	}
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	for _, key := range o.only {
		if !slices.Contains(keys(), key) {
			return o, fmt.Errorf("there is no row %q; rows are %s", key, strings.Join(keys(), ", "))
		}
	}
	o.length = time.Duration(*seconds * float64(time.Second))
	if o.rounds < 1 || o.rounds > 20 || o.length < 100*time.Millisecond || o.length > time.Minute {
		return o, errors.New("-rounds takes 1 to 20, -seconds 0.1 to 60")
	}
	return o, nil
}

func keys() []string {
	var out []string
	for _, s := range steps {
		out = append(out, s.key)
	}
	return out
}

func run(ctx context.Context, opt options) (err error) {
	root, err := os.MkdirTemp(opt.dir, "lernraum-bench-")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	if opt.keep {
		fmt.Fprintln(os.Stderr, "everything stays in", root)
	} else {
		defer func() { err = errors.Join(err, os.RemoveAll(root)) }()
	}
	if opt.bin == "" {
		opt.bin = filepath.Join(root, "lernraum")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", opt.bin, "lernraum/cmd/lernraum")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build lernraum: %w: %s", err, out)
		}
	}
	r := newReport(opt.rounds)
	for _, n := range opt.sizes {
		dir := filepath.Join(root, strconv.Itoa(n))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
		r.pages = n
		b := &bench{opt: opt, dir: dir, c: corpus{n: n, seed: opt.seed}, report: r, in: &instance{bin: opt.bin, data: filepath.Join(dir, "data")}}
		measured := b.measure(ctx)
		r.Load = append(r.Load, loadNow())
		if err := r.print(os.Stdout, n); err != nil {
			return fmt.Errorf("print: %w", err)
		}
		if opt.json != "" {
			if err := r.save(opt.json); err != nil {
				return fmt.Errorf("write figures: %w", err)
			}
		}
		if measured != nil {
			return measured
		}
		if !opt.keep {
			if err := os.RemoveAll(dir); err != nil {
				return fmt.Errorf("clean up: %w", err)
			}
		}
	}
	if len(r.Errors) > 0 {
		return fmt.Errorf("not measured:\n  %s", strings.Join(r.Errors, "\n  "))
	}
	return nil
}

// escaped makes addresses with questions in plain words fit for a request.
func escaped(paths []string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		path, q, _ := strings.Cut(p, "?q=")
		out[i] = path + "?q=" + url.QueryEscape(q)
	}
	return out
}
