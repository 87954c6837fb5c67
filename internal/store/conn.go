package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// maxStatements bounds the prepared statements of one connection; list queries with filters come in many forms.
const maxStatements = 256

// conn is one connection with its prepared statements. It belongs to one goroutine at a time.
type conn struct {
	c     *sql.Conn
	stmts map[string]*sql.Stmt
}

func (c *conn) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := c.stmts[query]; ok {
		return st, nil
	}
	if len(c.stmts) >= maxStatements {
		for _, st := range c.stmts {
			if err := st.Close(); err != nil {
				return nil, fmt.Errorf("close statement: %w", err)
			}
		}
		clear(c.stmts)
	}
	st, err := c.c.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare %s: %w", shortSQL(query), err)
	}
	c.stmts[query] = st
	return st, nil
}

func (c *conn) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	st, err := c.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	res, err := st.ExecContext(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shortSQL(query), err)
	}
	return res, nil
}

// insertRows is how many rows one statement inserts where there are as many: a statement costs more than a row.
const insertRows = 4

// insert adds n rows to a table; into names it with its columns, of which there are width.
func (c *conn) insert(ctx context.Context, into string, width, n int, row func(i int) []any) error {
	args := make([]any, 0, width*insertRows)
	for i := 0; i < n; {
		rows := 1
		if n-i >= insertRows {
			rows = insertRows
		}
		args = args[:0]
		for range rows {
			args = append(args, row(i)...)
			i++
		}
		if _, err := c.exec(ctx, insertSQL(into, width, rows), args...); err != nil {
			return err
		}
	}
	return nil
}

func insertSQL(into string, width, rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + into + " VALUES ")
	for i := range width * rows {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%width == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	b.WriteString(")")
	return b.String()
}

// row reads at most one row; ok is false when there is none.
func (c *conn) row(ctx context.Context, dest []any, query string, args ...any) (ok bool, err error) {
	err = c.each(ctx, func(rows *sql.Rows) error {
		if ok {
			return nil
		}
		ok = true
		return rows.Scan(dest...)
	}, query, args...)
	return ok, err
}

// each calls fn for every row. fn must not use the connection.
func (c *conn) each(ctx context.Context, fn func(*sql.Rows) error, query string, args ...any) (err error) {
	st, err := c.stmt(ctx, query)
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", shortSQL(query), err)
	}
	defer func() {
		if cerr := rows.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("%s: %w", shortSQL(query), cerr)
		}
	}()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%s: %w", shortSQL(query), err)
	}
	return nil
}

func (c *conn) close() error {
	for _, st := range c.stmts {
		if err := st.Close(); err != nil && !errors.Is(err, sql.ErrConnDone) {
			return fmt.Errorf("close statement: %w", err)
		}
	}
	return c.c.Close()
}

func shortSQL(query string) string {
	s := strings.Join(strings.Fields(query), " ")
	if len(s) > 80 {
		s = s[:80] + "…"
	}
	return s
}

// pool hands out connections. A slot is nil until its connection is needed.
type pool struct {
	db    *sql.DB
	slots chan *conn
}

func newPool(db *sql.DB, size int) *pool {
	p := &pool{db: db, slots: make(chan *conn, size)}
	for range size {
		p.slots <- nil
	}
	return p
}

func (p *pool) get(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var c *conn
	select {
	case c = <-p.slots:
	default:
		select {
		case c = <-p.slots:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if c != nil {
		return c, nil
	}
	sc, err := p.db.Conn(ctx)
	if err != nil {
		p.slots <- nil
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &conn{c: sc, stmts: map[string]*sql.Stmt{}}, nil
}

// put gives a connection back; one that broke is replaced at the next get.
func (p *pool) put(c *conn, err error) {
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		_ = c.close() // broken already; the error that says so is on its way to the caller
		c = nil
	}
	p.slots <- c
}

// close waits for the connections in use.
func (p *pool) close() error {
	var all []error
	for range cap(p.slots) {
		if c := <-p.slots; c != nil {
			all = append(all, c.close())
		}
	}
	return errors.Join(append(all, p.db.Close())...)
}

// lookup runs indexed look-ups that take microseconds. They are not interrupted half way, which would cost a
// goroutine per statement; a context that is done already is respected.
func (s *Store) lookup(ctx context.Context, op string, fn func(ctx context.Context, c *conn) error) error {
	c, err := s.readers.get(ctx)
	if err != nil {
		return s.classify(op, err)
	}
	err = fn(context.WithoutCancel(ctx), c)
	s.readers.put(c, err)
	return s.classify(op, err)
}

// snapshot runs several statements on one state of the database; they end when the context does.
func (s *Store) snapshot(ctx context.Context, op string, fn func(ctx context.Context, c *conn) error) error {
	c, err := s.readers.get(ctx)
	if err != nil {
		return s.classify(op, err)
	}
	err = inTx(ctx, c, "BEGIN", fn)
	s.readers.put(c, err)
	return s.classify(op, err)
}

// write runs a transaction on the one writer. Waiting for the writer ends with the context; what has begun is
// finished.
func (s *Store) write(ctx context.Context, op string, fn func(ctx context.Context, c *conn) error) error {
	if err := s.Writable(); err != nil {
		return err
	}
	c, err := s.writer.get(ctx)
	if err != nil {
		return s.classify(op, err)
	}
	err = s.Writable() // it may have stopped while this call waited
	if err == nil {
		err = inTx(context.WithoutCancel(ctx), c, "BEGIN IMMEDIATE", fn)
	}
	s.writer.put(c, err)
	return s.classify(op, err)
}

func inTx(ctx context.Context, c *conn, begin string, fn func(ctx context.Context, c *conn) error) (err error) {
	if _, err := c.exec(ctx, begin); err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // an error or a panic of fn
			// SQLite has rolled back itself after some errors; the first error is the one to tell.
			_, _ = c.exec(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	if err := fn(ctx, c); err != nil {
		return err
	}
	if _, err := c.exec(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		return err
	}
	done = true
	return nil
}

// millis stores a time; the zero time is NULL.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

func fromMillis(v sql.NullInt64) time.Time {
	if !v.Valid {
		return time.Time{}
	}
	return time.UnixMilli(v.Int64).UTC()
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// keep gives t, or the clock's time when t is zero, in the precision that is stored.
func (s *Store) keep(t time.Time) time.Time {
	if t.IsZero() {
		t = s.now()
	}
	return t.UTC().Truncate(time.Millisecond)
}

func limitOf(n int) int {
	if n <= 0 {
		return math.MaxInt32
	}
	return n
}
