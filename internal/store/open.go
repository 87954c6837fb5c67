package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"

	"lernraum/internal/errs"
)

//go:embed migrations/*.sql
var migrations embed.FS

// FileName is the database inside the data folder.
const FileName = "lernraum.db"

const (
	readerCount = 4
	// A check of a file up to this size is done before the store opens; of a larger one beside reading.
	checkFirst = 512 << 20
)

// Options say where the store lives.
type Options struct {
	Dir string // created when absent
	Now func() time.Time
	Log *slog.Logger
	// AllowNetworkFS opens a folder on a network file system. Locks and syncs are not reliable there.
	AllowNetworkFS bool

	checkFirst int64 // for tests; 0 means the constant
}

// Store is the database with its files.
type Store struct {
	dir     string
	now     func() time.Time
	log     *slog.Logger
	sort    *collation
	writer  *pool
	readers *pool
	lock    *lockFile

	stopped   atomic.Pointer[string] // why there are no more writes
	checking  atomic.Bool            // writes wait for the check after an unclean end
	blobs     sync.RWMutex           // held for reading by those who add a blob, for writing by the sweep
	cancel    context.CancelFunc     // ends the background check
	work      sync.WaitGroup
	replaying bool              // removals are done again and not noted again
	onSync    func(name string) // told before each sync of a file; for tests of the order
}

// Open opens the database in a folder or makes a new one. It refuses, with a sentence, a network file system, a
// damaged database, one that a newer program wrote, and settings that would not keep what was saved.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Dir == "" || o.Now == nil || o.Log == nil {
		return nil, errors.New("store: open: Dir, Now and Log are needed")
	}
	s := &Store{dir: o.Dir, now: o.Now, log: o.Log, sort: newCollation()}
	if err := s.open(ctx, o); err != nil {
		s.release()
		if f := faultOf(err); f == faultDamaged {
			return nil, refuse("store.damaged", fmt.Errorf("the database %s is damaged; restore a backup: %w", s.file(), err), "File", s.file())
		}
		return nil, s.classify("open "+s.file(), err)
	}
	return s, nil
}

func refuse(key string, cause error, args ...any) error {
	return &errs.Error{Kind: errs.ReadOnly, Op: "store: open", Msg: errs.Msg(key, args...), Cause: cause}
}

func (s *Store) file() string   { return filepath.Join(s.dir, FileName) }
func (s *Store) marker() string { return filepath.Join(s.dir, FileName+".open") }

func (s *Store) open(ctx context.Context, o Options) error {
	if err := os.MkdirAll(filepath.Join(s.dir, blobDir), 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	if !o.AllowNetworkFS {
		name, err := networkFS(s.dir)
		if err != nil {
			return err
		}
		if name != "" {
			return refuse("store.network_fs", fmt.Errorf("the data folder %s lies on a network file system (%s), where a database is not safe", s.dir, name), "Dir", s.dir, "Type", name)
		}
	}
	unclean, err := s.enter()
	if err != nil {
		return err
	}
	// SQLite gives its other files the mode of the database: other accounts of the machine have no business here.
	f, err := os.OpenFile(s.file(), os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = f.Chmod(0o600)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}
	if err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EROFS) { // read-only media are read
		return fmt.Errorf("make the database: %w", err)
	}
	wdb, err := openPool(s.file(), false, 1)
	if err != nil {
		return err
	}
	s.writer = newPool(wdb, 1)
	if unclean {
		if err := s.checkAfterCrash(ctx, wdb, cmp.Or(o.checkFirst, checkFirst)); err != nil {
			return err
		}
	}
	if err := migrate(ctx, wdb, s.log); err != nil {
		return err
	}
	rdb, err := openPool(s.file(), true, readerCount)
	if err != nil {
		return err
	}
	s.readers = newPool(rdb, readerCount)
	if err := s.founded(ctx); err != nil {
		return err
	}
	if err := s.replay(ctx); err != nil {
		return err
	}
	_, err = s.State(ctx) // the first reader proves its settings now and not at the first request
	return err
}

// enter takes the lock shared and tells whether the last process that had the database did not close it.
func (s *Store) enter() (unclean bool, err error) {
	if s.lock, err = openLock(filepath.Join(s.dir, FileName+".lock")); err != nil {
		return false, err
	}
	alone, err := s.lock.alone()
	if err != nil {
		return false, err
	}
	if alone {
		if _, err := os.Stat(s.marker()); err == nil {
			unclean = true
		} else if !errors.Is(err, fs.ErrNotExist) {
			return false, fmt.Errorf("look for the open marker: %w", err)
		}
	}
	if err := s.lock.share(); err != nil {
		return false, err
	}
	// Also when others have the database: the last of them may have removed the marker while this one waited.
	if err := os.WriteFile(s.marker(), nil, 0o600); err != nil {
		return false, fmt.Errorf("set the open marker: %w", err)
	}
	return unclean, nil
}

func (s *Store) checkAfterCrash(ctx context.Context, db *sql.DB, first int64) error {
	info, err := os.Stat(s.file())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at the database: %w", err)
	}
	s.log.Warn("the database was not closed; checking it", "bytes", info.Size())
	if info.Size() <= first {
		found, err := quickCheck(ctx, db)
		if err != nil {
			return err
		}
		if found != "" {
			return refuse("store.damaged", fmt.Errorf("the database %s is damaged (%s); restore a backup", s.file(), found), "File", s.file())
		}
		return nil
	}
	file, ctx := s.file(), context.WithoutCancel(ctx)
	ctx, s.cancel = context.WithCancel(ctx)
	s.checking.Store(true)
	s.work.Go(func() {
		defer s.checking.Store(false)
		rdb, err := openPool(file, true, 1)
		if err == nil {
			defer rdb.Close()
			var found string
			if found, err = quickCheck(ctx, rdb); err == nil && found != "" {
				err = errors.New(found)
			}
		}
		if err != nil && ctx.Err() == nil {
			s.stop(faultDamaged, "check after an unclean end", err)
		}
	})
	return nil
}

func quickCheck(ctx context.Context, db *sql.DB) (string, error) {
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return "", fmt.Errorf("quick_check: %w", err)
	}
	if found == "ok" {
		return "", nil
	}
	return found, nil
}

// migrate brings the schema to the version of this program and refuses a newer one.
func migrate(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, sub, goose.WithSlog(log), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	sources := p.ListSources()
	newest := sources[len(sources)-1].Version
	var tables, version int64
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'").Scan(&tables); err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	if tables == 1 {
		if err := db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied = 1").Scan(&version); err != nil {
			return fmt.Errorf("read schema version: %w", err)
		}
	}
	switch {
	case version > newest:
		return refuse("store.newer_schema", fmt.Errorf("the database has schema %d, this program knows %d; use the program that wrote it or a newer one", version, newest), "Database", version, "Program", newest)
	case version == newest:
		return nil
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate database from schema %d to %d: %w", version, newest, err)
	}
	return nil
}

// founded gives a new database its generation: a stamp that the index and caches compare.
func (s *Store) founded(ctx context.Context) error {
	if _, err := s.Meta(ctx, "generation"); !errs.Is(err, errs.NotFound) {
		return err
	}
	return s.write(ctx, "found", func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, "INSERT INTO meta (key, value) VALUES ('generation', $1) ON CONFLICT (key) DO NOTHING", rand.Text())
		return err
	})
}

// Close finishes running calls, moves the log into the database file and lets go of it. A second call is an
// error of the caller.
func (s *Store) Close() error {
	if s.cancel != nil {
		s.cancel()
	}
	s.work.Wait()
	var all []error
	if s.Writable() == nil {
		all = append(all, s.checkpoint())
	}
	all = append(all, s.release())
	return errors.Join(all...)
}

func (s *Store) checkpoint() error {
	c, err := s.writer.get(context.Background())
	if err != nil {
		return fmt.Errorf("store: close: %w", err)
	}
	var busy, log, moved int64
	_, err = c.row(context.Background(), []any{&busy, &log, &moved}, "PRAGMA wal_checkpoint(TRUNCATE)")
	s.writer.put(c, err)
	if err != nil {
		return fmt.Errorf("store: close: checkpoint: %w", err)
	}
	return nil
}

// release closes what is open and removes the marker when nobody else has the database.
func (s *Store) release() error {
	var all []error
	if s.readers != nil {
		all = append(all, s.readers.close())
	}
	if s.writer != nil {
		all = append(all, s.writer.close())
	}
	if s.lock != nil {
		if alone, err := s.lock.alone(); err == nil && alone && errors.Join(all...) == nil && s.stopped.Load() == nil && s.readers != nil {
			all = append(all, os.Remove(s.marker()))
		}
		all = append(all, s.lock.close())
	}
	return errors.Join(all...)
}
