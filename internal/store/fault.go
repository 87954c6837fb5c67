package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"lernraum/internal/errs"
)

// classify gives an error of the driver or the file system its kind. An error that has one already passes.
func (s *Store) classify(op string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*errs.Error](err); ok {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("store: %s: %w", op, err)
	}
	f := faultOf(err)
	if f == faultNone {
		f = fileFault(err)
	}
	e := &errs.Error{Op: "store: " + op, Cause: err}
	switch f {
	case faultFull:
		e.Kind, e.Msg = errs.Full, errs.Msg("store.full")
	case faultReadOnly:
		e.Kind, e.Msg = errs.ReadOnly, errs.Msg("store.read_only")
	case faultSync, faultDamaged:
		s.stop(f, op, err)
		e.Kind, e.Msg = errs.ReadOnly, errs.Msg("store.stopped")
	case faultBusy:
		e.Kind, e.Msg = errs.Unavailable, errs.Msg("store.busy")
	}
	return e
}

// stop ends writing until an operator has looked at the database: after a failed sync or in a damaged file,
// going on would make promises that nobody can keep. Reading goes on.
func (s *Store) stop(f fault, op string, cause error) {
	reason := "the database is damaged"
	if f == faultSync {
		reason = "the medium did not take the data"
	}
	if s.stopped.CompareAndSwap(nil, &reason) {
		s.log.Error("store takes no more writes", "reason", reason, "op", op, "err", cause)
	}
}

// Writable tells whether the store takes writes: nil, or an errs.ReadOnly that says why not.
func (s *Store) Writable() error {
	if reason := s.stopped.Load(); reason != nil {
		return &errs.Error{Kind: errs.ReadOnly, Op: "store: write", Msg: errs.Msg("store.stopped"), Cause: errors.New(*reason)}
	}
	if s.checking.Load() {
		return &errs.Error{Kind: errs.ReadOnly, Op: "store: write", Msg: errs.Msg("store.checking"), Cause: errors.New("the database is being checked after an unclean end")}
	}
	return nil
}

// notFound is the answer for what is not there and for what a scope hides; the two look the same.
func notFound(op, what string) error {
	return &errs.Error{Kind: errs.NotFound, Op: "store: " + op, Msg: errs.Msg("err.not_found"), Cause: fmt.Errorf("%s: %w", what, sql.ErrNoRows)}
}

func conflict(op, field string, msg errs.Message, why string) error {
	return &errs.Error{
		Kind: errs.Conflict, Op: "store: " + op, Msg: msg, Cause: errors.New(why),
		Fields: []errs.Field{{Name: field, Msg: msg}},
	}
}
