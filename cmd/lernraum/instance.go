package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"lernraum/content"
	"lernraum/internal/auth"
	"lernraum/internal/config"
	"lernraum/internal/errs"
	"lernraum/internal/kind"
	"lernraum/internal/kpi"
	"lernraum/internal/lesson"
	"lernraum/internal/markup"
	"lernraum/internal/member"
	"lernraum/internal/orga"
	"lernraum/internal/search"
	"lernraum/internal/store"
	"lernraum/internal/web"
	"lernraum/internal/wiki"
)

// instance is an opened data directory with the services over it.
type instance struct {
	cfg    config.Config
	log    *slog.Logger
	store  *store.Store
	index  *search.Index
	kinds  *kind.Set
	wiki   *wiki.Service
	auth   *auth.Service
	kpi    *kpi.Service
	people *member.Service
	orga   *orga.Service
	now    func() time.Time
}

// open opens the data directory. create makes an instance where there is none; commands other than serve, import
// and user add refuse instead, since a mistyped directory must not look like an empty instance.
func open(ctx context.Context, cfg config.Config, log *slog.Logger, create bool) (*instance, error) {
	dir := cfg.DataDir()
	switch _, err := os.Stat(filepath.Join(dir, store.FileName)); {
	case errors.Is(err, fs.ErrNotExist) && !create:
		return nil, fmt.Errorf("data directory %s: there is no instance here; give its directory with --data", dir)
	case errors.Is(err, fs.ErrNotExist):
		log.Info("new instance", "data", dir)
	case err != nil:
		return nil, fmt.Errorf("data directory %s: %w", dir, err)
	}
	kinds, err := loadKinds(cfg)
	if err != nil {
		return nil, err
	}
	in := &instance{cfg: cfg, log: log, kinds: kinds, now: time.Now}
	if in.store, err = store.Open(ctx, store.Options{Dir: dir, Now: in.now, Log: log}); err != nil {
		return nil, err
	}
	in.index = search.Open(search.Options{Dir: dir, Source: in.store, Now: in.now, Log: log})
	in.wiki = wiki.New(wiki.Options{
		Store: in.store, Index: in.index, Kinds: kinds, Markup: markup.New(), Now: in.now, Log: log, Guards: lesson.Guards(),
	})
	in.auth = auth.New(in.store, auth.Options{Idle: cfg.SessionIdle, Max: cfg.SessionMax, Demo: cfg.Demo, Now: in.now, Log: log})
	in.kpi = kpi.New(in.store, in.wiki, in.now)
	in.people = member.New(in.store, in.auth, in.now)
	in.orga = orga.New(orga.Options{Store: in.store, Wiki: in.wiki, Now: in.now, Log: log, Forget: func([]string) { in.auth.Forget() }})
	return in, nil
}

func (in *instance) close() error {
	in.auth.Close()
	err := in.index.Close()
	if cerr := in.store.Close(); err == nil {
		err = cerr
	}
	return err
}

// loadKinds reads the shipped kinds and the operator's over them.
func loadKinds(cfg config.Config) (*kind.Set, error) {
	guards := map[string]bool{}
	for name := range lesson.Guards() {
		guards[name] = true
	}
	for _, name := range wiki.GuardNames() {
		guards[name] = true
	}
	sources := []kind.Source{{Name: "shipped", FS: content.Kinds()}}
	if cfg.Kinds != "" {
		info, err := os.Stat(cfg.Kinds)
		if err != nil || !info.IsDir() {
			return nil, &errs.Error{Kind: errs.Usage, Op: "kinds: " + cfg.Kinds + " is not a folder"}
		}
		sources = append(sources, kind.Source{Name: cfg.Kinds, FS: os.DirFS(cfg.Kinds)})
	}
	return kind.Options{Guards: guards, Panels: web.Panels()}.Load(sources...)
}
