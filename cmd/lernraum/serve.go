package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"lernraum/content"
	"lernraum/internal/access"
	"lernraum/internal/audit"
	"lernraum/internal/config"
	"lernraum/internal/errs"
	"lernraum/internal/media"
	"lernraum/internal/setting"
	"lernraum/internal/transfer"
	"lernraum/internal/view"
	"lernraum/internal/web"
	"lernraum/static"
	"lernraum/templates"
)

type serveCmd struct {
	Listen            string `help:"Address to listen on (default 127.0.0.1:8080)." placeholder:"HOST:PORT"`
	BaseURL           string `help:"Address people reach the house under." placeholder:"URL"`
	Demo              bool   `help:"Serve the demo organisation from its own directory; loopback only."`
	Dev               bool   `help:"Read templates and static files from disk."`
	PublicRead        bool   `help:"Let guests read open and published spaces."`
	Providers         string `help:"File of the identity providers people sign in at." placeholder:"FILE"`
	LocalAccounts     bool   `help:"Let accounts with a password sign in beside them." default:"true" negatable:""`
	HouseName         string `help:"Name of the organisation." placeholder:"NAME"`
	HouseShort        string `help:"Short name of the organisation." placeholder:"NAME"`
	FeedbackMail      string `help:"Address for feedback on pages." placeholder:"MAIL"`
	Lang              string `help:"Language of readers who have not chosen: de or en." placeholder:"LANG"`
	TrustedProxies    string `help:"Networks of reverse proxies whose X-Forwarded-For is believed." placeholder:"CIDR,…"`
	OutboundAllow     string `help:"Destinations in the own network that requests of the house may go to." placeholder:"HOST:PORT,…"`
	MetricsListen     string `help:"Separate address for /metrics (default: off)." placeholder:"HOST:PORT"`
	AuditHeads        string `help:"File for the signed heads of the audit log." placeholder:"FILE"`
	AuditKeep         string `help:"Entries of the audit log are kept this long." placeholder:"TIME"`
	AuditKeepPersons  string `help:"Persons in the audit log are kept this long." placeholder:"TIME"`
	SessionIdle       string `help:"A session ends after this time without use." placeholder:"TIME"`
	SessionMax        string `help:"A session ends after this time." placeholder:"TIME"`
	MaxUpload         string `help:"Largest file." placeholder:"SIZE"`
	MaxConnections    string `help:"Most connections at once." placeholder:"N"`
	RequestTimeout    string `help:"Longest time for a request." placeholder:"TIME"`
	ReadHeaderTimeout string `help:"Longest time for the head of a request." placeholder:"TIME"`
	ShutdownTimeout   string `help:"Time running requests have to finish." placeholder:"TIME"`
}

// Run serves until the context ends.
func (serveCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	return serve(ctx, cfg, log, con.err, nil)
}

// serve is Run with a hook for tests: ready is told the address as soon as requests are answered.
func serve(ctx context.Context, cfg config.Config, log *slog.Logger, tell io.Writer, ready func(base string)) (err error) {
	started := time.Now()
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return fmt.Errorf("another program listens on %s; choose another address with --listen", cfg.Listen)
		}
		return fmt.Errorf("listen: %w", err)
	}
	defer l.Close()
	cfg = cfg.Bound(l.Addr())
	for _, w := range cfg.Warnings() {
		log.Warn(w)
	}
	lock, err := lockServing(cfg.DataDir())
	if err != nil {
		return err
	}
	defer lock.Close()
	in, err := open(ctx, cfg, log, true)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := in.close(); err == nil {
			err = cerr
		}
	}()
	if err := in.federate(); err != nil {
		return err
	}
	if err := in.fill(ctx, tell); err != nil {
		return err
	}
	server, err := in.server(ctx, started)
	if err != nil {
		return err
	}
	in.index.Start(ctx)
	go in.housekeeping(ctx)
	if err := in.metrics(ctx); err != nil {
		return err
	}
	if err := in.greet(ctx, tell); err != nil {
		return err
	}
	if ready != nil {
		ready(cfg.BaseURL)
	}
	err = server.Serve(ctx, l, cfg.ShutdownTimeout)
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// server puts the HTTP side together.
func (in *instance) server(ctx context.Context, started time.Time) (*web.Server, error) {
	var devStatic, tmpl fs.FS = nil, templates.FS()
	if in.cfg.Dev {
		devStatic, tmpl = os.DirFS("static"), os.DirFS("templates")
	}
	assets, err := static.New(devStatic)
	if err != nil {
		return nil, err
	}
	local, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		local = time.UTC
	}
	renderer, err := view.New(view.Options{Templates: tmpl, Static: assets.URL, Dev: in.cfg.Dev, Location: local})
	if err != nil {
		return nil, err
	}
	o := web.Options{
		Wiki: in.wiki, Auth: in.auth, Audit: audit.NewReader(in.store), KPI: in.kpi, Members: in.people, Privacy: in.privacy(), Orga: in.orga, View: renderer, Files: media.New(in.cfg.MaxUpload), Static: assets, Now: in.now, Log: in.log,
		BaseURL: in.cfg.BaseURL, TrustedProxies: in.cfg.TrustedProxies, Settings: setting.New(in.store, in.cfg, in.now, in.log),
		Demo: in.cfg.Demo, MaxUpload: in.cfg.MaxUpload, RequestTimeout: in.cfg.RequestTimeout, Version: readBuild().revision + version,
		ReadHeaderTimeout: in.cfg.ReadHeaderTimeout, MaxConnections: in.cfg.MaxConnections,
		ConfirmAt: web.ConfirmAt, Ready: in.ready,
		Status: func(ctx context.Context) (view.Status, error) { return in.status(ctx, started) },
	}
	if in.cfg.Demo {
		if o.DemoRoles, err = in.demoRoles(ctx); err != nil {
			return nil, err
		}
	}
	return web.New(o)
}

// fillingMark stands in the database while the shipped pages are being loaded.
const fillingMark = "filling"

// maxLag is how many changes the search index may be behind while the instance still counts as able to serve.
const maxLag = 1000

// ready says why the instance cannot serve: it takes no writes, or searches would not find what is there.
func (in *instance) ready(context.Context) error {
	if err := in.store.Writable(); err != nil {
		return fmt.Errorf("%w: %w", web.NotReady("the database takes no writes"), err)
	}
	switch ix := in.index.Status(); {
	case ix.Rebuilding:
		return web.NotReady(fmt.Sprintf("the search index is being built, %d of %d pages", ix.Done, ix.Total))
	case !ix.Ready:
		return web.NotReady("the search index is not ready")
	case ix.Lag > maxLag:
		return web.NotReady(fmt.Sprintf("the search index is %d changes behind", ix.Lag))
	}
	return nil
}

// fill loads the starter content, and in the demo its organisation, into an instance without pages.
func (in *instance) fill(ctx context.Context, tell io.Writer) error {
	st, err := in.store.State(ctx)
	if err != nil {
		return err
	}
	// The mark tells an instance that is being filled from one that somebody has written in: a first start that
	// was ended half way goes on where it stopped, since importing again changes nothing.
	filling, err := in.store.Meta(ctx, fillingMark)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return err
	}
	if (st.Pages > 0 || err == nil) && filling == "" { // somebody may have deleted every page
		return nil
	}
	if err := in.store.SetMeta(ctx, fillingMark, version); err != nil {
		return err
	}
	sources := []fs.FS{content.Starter()}
	if in.cfg.Demo {
		sources = append(sources, content.Demo())
	}
	for _, src := range sources {
		report, err := transfer.Import(ctx, in.transfer(), src, transfer.ImportOptions{Actor: access.Program("Lernraum")})
		if err != nil {
			return fmt.Errorf("load the shipped pages: %w", err)
		}
		if report.Failed() > 0 {
			return fmt.Errorf("load the shipped pages: %s", report.Summary())
		}
	}
	if err := in.store.SetMeta(ctx, fillingMark, ""); err != nil {
		return err
	}
	fmt.Fprintln(tell, "The shipped pages are loaded.")
	return nil
}

// transfer gives package transfer the parts it works with.
func (in *instance) transfer() transfer.Parts {
	return transfer.Parts{Wiki: in.wiki, Store: in.store, Kinds: in.kinds, Files: media.New(in.cfg.MaxUpload), Now: in.now, Log: in.log, Say: catalogue()}
}

// greet tells the operator where to go; without an administrator it prints the way to become one.
func (in *instance) greet(ctx context.Context, tell io.Writer) error {
	fmt.Fprintf(tell, "Lernraum is at %s\n", in.cfg.BaseURL)
	if in.cfg.Demo {
		return nil
	}
	need, err := in.auth.NeedsSetup(ctx)
	if err != nil || !need {
		return err
	}
	token, err := in.auth.SetupLink(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(tell, "There is no administrator yet. Make the first one within 24 hours, this link works once:\n  %s/setup?token=%s\n", in.cfg.BaseURL, token)
	return nil
}

// metrics serves Prometheus on its own listener: figures of the process are not for everybody who may read pages.
func (in *instance) metrics(ctx context.Context) error {
	if in.cfg.MetricsListen == "" {
		return nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", in.cfg.MetricsListen)
	if err != nil {
		return fmt.Errorf("listen for metrics on %s: %w", in.cfg.MetricsListen, err)
	}
	reg := prometheus.NewRegistry()
	gauge := func(name, help string, f func() float64) {
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "lernraum", Name: name, Help: help}, f))
	}
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	gauge("index_lag_changes", "Changes the search index has not taken in yet.", func() float64 { return float64(in.index.Status().Lag) })
	gauge("index_ready", "1 when the full-text index answers, 0 when searches are restricted to titles.", func() float64 {
		if in.index.Status().Ready {
			return 1
		}
		return 0
	})
	gauge("writable", "1 when the store takes writes.", func() float64 {
		if in.store.Writable() == nil {
			return 1
		}
		return 0
	})
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = srv.Close() }) // the process ends
	go func() {
		if err := srv.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			in.log.Error("serve metrics", "err", err)
		}
	}()
	return nil
}

// status is what the administration page shows.
func (in *instance) status(ctx context.Context, started time.Time) (view.Status, error) {
	st, err := in.store.State(ctx)
	if err != nil {
		return view.Status{}, err
	}
	spaces, err := in.store.Spaces(ctx)
	if err != nil {
		return view.Status{}, err
	}
	users, err := in.store.Users(ctx)
	if err != nil {
		return view.Status{}, err
	}
	jobs, err := in.store.Jobs(ctx)
	if err != nil {
		return view.Status{}, err
	}
	b, ix := readBuild(), in.index.Status()
	return view.Status{
		Version: b.version, Build: b.revision, Go: b.goVersion, SQLite: b.sqlite, Bleve: b.bleve, Started: started,
		Pages: st.Pages, Spaces: len(spaces), Users: len(users),
		Database: treeSize(filepath.Join(in.cfg.DataDir(), "lernraum.db")), Files: treeSize(filepath.Join(in.cfg.DataDir(), "blobs")),
		Jobs: jobs, Heads: in.auditHeads(),
		Index: view.IndexInfo{
			Ready: ix.Ready, Rebuilding: ix.Rebuilding, Done: ix.Done, Total: ix.Total, Lag: ix.Lag, Version: ix.Version, Error: ix.LastError,
			Bytes: treeSize(filepath.Join(in.cfg.DataDir(), "index")),
		},
	}, nil
}

// treeSize adds up the bytes of a file or folder; files that go away meanwhile count as nothing.
func treeSize(root string) int64 {
	var n int64
	_ = filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}
