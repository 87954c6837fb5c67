package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// This file holds what is particular to SQLite: opening, settings, error numbers, and the few expressions that
// another engine spells differently.

// minSQLite is the first version without the WAL-reset bug, which loses committed transactions.
const minSQLite = "3.51.3"

// pragma is a setting with the value that reading it back must give. A connection that differs is refused.
type pragma struct{ name, set, want string }

// shared settings of all connections. synchronous=FULL syncs the log at each commit, so an acknowledged save
// survives a power failure; secure_delete overwrites what was deleted.
func pragmas(readOnly bool) []pragma {
	list := []pragma{
		{"busy_timeout", "5000", "5000"},
		{"journal_mode", "WAL", "wal"},
		{"synchronous", "FULL", "2"},
		{"foreign_keys", "1", "1"},
		{"trusted_schema", "0", "0"},
		{"secure_delete", "1", "1"},
		{"cell_size_check", "1", "1"},
		{"temp_store", "MEMORY", "2"},
		{"cache_size", "-8000", "-8000"}, // KiB
	}
	if readOnly {
		return append(list, pragma{"query_only", "1", "1"})
	}
	return append(list, pragma{"journal_size_limit", "67108864", "67108864"})
}

// dsn names the database file with its settings. They stand in the DSN because a setting made by Exec reaches
// only one connection of a pool.
func dsn(file string, readOnly bool) (string, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", file, err)
	}
	q := url.Values{"_txlock": {"immediate"}, "_dqs": {"0"}, "_defensive": {"1"}, "_error_rc": {"1"}}
	if readOnly {
		q.Set("_txlock", "deferred")
	}
	for _, p := range pragmas(readOnly) {
		q.Add("_pragma", p.name+"("+p.set+")")
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: q.Encode()}
	return u.String(), nil
}

// checkedConnector reads the settings of every new connection back before the pool gets it.
type checkedConnector struct {
	driver.Connector
	readOnly bool
}

func (c checkedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkConn(ctx, conn, c.readOnly); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func checkConn(ctx context.Context, conn driver.Conn, readOnly bool) error {
	version, err := readOne(ctx, conn, "SELECT sqlite_version()")
	if err != nil {
		return err
	}
	if !versionAtLeast(version, minSQLite) {
		return fmt.Errorf("SQLite %s is linked, but versions before %s can lose committed data", version, minSQLite)
	}
	for _, p := range pragmas(readOnly) {
		got, err := readOne(ctx, conn, "PRAGMA "+p.name)
		if err != nil {
			return err
		}
		if !strings.EqualFold(got, p.want) {
			return fmt.Errorf("setting %s of the database is %q and not %q; the store does not work safely with it", p.name, got, p.want)
		}
	}
	return nil
}

func readOne(ctx context.Context, conn driver.Conn, query string) (string, error) {
	q, ok := conn.(driver.QueryerContext)
	if !ok {
		return "", errors.New("database driver cannot query a bare connection")
	}
	rows, err := q.QueryContext(ctx, query, nil)
	if err != nil {
		return "", fmt.Errorf("%s: %w", query, err)
	}
	defer rows.Close()
	dest := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(dest); err != nil {
		if err == io.EOF {
			err = errors.New("no answer")
		}
		return "", fmt.Errorf("%s: %w", query, err)
	}
	return fmt.Sprint(dest[0]), nil
}

func versionAtLeast(version, least string) bool {
	a, b := strings.Split(version, "."), strings.Split(least, ".")
	for i := range b {
		var x, y int
		if i < len(a) {
			x, _ = strconv.Atoi(a[i])
		}
		y, _ = strconv.Atoi(b[i])
		if x != y {
			return x > y
		}
	}
	return true
}

func openPool(file string, readOnly bool, size int) (*sql.DB, error) {
	name, err := dsn(file, readOnly)
	if err != nil {
		return nil, err
	}
	connector, err := sqlite.NewConnector(name)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db := sql.OpenDB(checkedConnector{connector, readOnly})
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

// fault is what a failing database means for its caller.
type fault uint8

const (
	faultNone     fault = iota
	faultFull           // no space left: writes fail until there is some
	faultReadOnly       // the medium takes no writes
	faultSync           // a sync failed: what the medium holds is not known any more
	faultDamaged        // the file is not a valid database
	faultBusy           // another process held the lock for longer than the time-out
)

// faultOf tells what an error of the driver means.
func faultOf(err error) fault {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return faultNone
	}
	switch code := e.Code(); code & 0xff {
	case sqlite3.SQLITE_FULL:
		return faultFull
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return faultReadOnly
	case sqlite3.SQLITE_IOERR:
		if code == sqlite3.SQLITE_IOERR_FSYNC || code == sqlite3.SQLITE_IOERR_DIR_FSYNC {
			return faultSync
		}
		return faultReadOnly
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return faultDamaged
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return faultBusy
	}
	return faultNone
}

// The scope of a reader as three arguments: $1 all, $2 and $3 the keys of spaces as JSON lists. Every statement
// that lists pages starts with these arguments and contains this condition on its page p.
const inScope = `($1 OR (p.space IN (SELECT value FROM json_each($2))
	AND (p.draft = 0 OR p.space IN (SELECT value FROM json_each($3)))))`

// headJSON is the head of page p as one JSON list, read by decodeHead. One column instead of eighteen: a column
// costs the driver more than SQLite needs to write it into a list.
const headJSON = `json_array(p.id, p.kind, p.space, p.slug, p.title, p.summary, p.lang, p.owner, p.state, p.statement,
	p.review_due, p.confirmed_at, p.confirmed_role, p.revision, p.created_at, p.updated_at, p.draft, p.archived)`

// newestPages makes a statement walk over pages by time of change: the planner would rather sort all pages of a
// kind than read the first ten of an order that an index has. An index cannot be named for the view page.
const newestPages = "page_newest p"
