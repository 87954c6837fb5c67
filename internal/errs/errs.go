// Package errs owns the kinds of errors Lernraum tells apart, and the border between what a person may read
// and what only the log may hold. An Error carries a public message (a key of the translation catalogue with
// its arguments), field errors, and a private cause. The text of the cause never becomes public.
package errs

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what went wrong in the terms of whoever has to react; package web turns it into a status.
type Kind uint8

// The kinds. The zero value is Internal, so that an error nobody classified is never shown to a person.
const (
	Internal        Kind = iota // our fault: logged in full, answered with one general sentence (500)
	Invalid                     // the input is wrong; Fields say where (422)
	NotFound                    // unknown or forbidden: the two are one and the same to the outside (404)
	Conflict                    // somebody else was faster; the text of the author is kept (409)
	Unauthenticated             // sign in first (401 or a redirect to the sign-in page)
	TooLarge                    // a limit was exceeded (413)
	ReadOnly                    // the store takes no writes at the moment, reading goes on (503)
	Full                        // the disk is full (507)
	Unavailable                 // a part is not ready yet, for example the index (503)
	Usage                       // a command was called wrongly (exit status 2)
)

// Message is a public sentence: a key of the catalogue and its arguments.
type Message struct {
	Key  string
	Args map[string]any
}

// Msg builds a Message from a key and alternating argument names and values.
func Msg(key string, args ...any) Message {
	m := Message{Key: key}
	for i := 0; i+1 < len(args); i += 2 {
		if m.Args == nil {
			m.Args = make(map[string]any, len(args)/2)
		}
		m.Args[fmt.Sprint(args[i])] = args[i+1]
	}
	return m
}

func (m Message) String() string {
	if len(m.Args) == 0 {
		return m.Key
	}
	return fmt.Sprintf("%s %v", m.Key, m.Args)
}

// Field is a message about one input. Name is the name of the form control or the path in a file
// ("title", "fields.steps.2.role").
type Field struct {
	Name string
	Msg  Message
}

// Error is an error with a public side (Kind, Msg, Fields) and a private one (Op, Cause).
type Error struct {
	Kind   Kind
	Op     string // what was tried, for the log: "store: save page"
	Msg    Message
	Fields []Field
	Cause  error
}

// Error gives the private text, for the log and for developers.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Msg.Key != "" {
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(e.Msg.String())
	}
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s", f.Name, f.Msg)
	}
	if e.Cause != nil {
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(e.Cause.Error())
	}
	return b.String()
}

// Unwrap gives the private cause.
func (e *Error) Unwrap() error { return e.Cause }

// New makes an error of a kind with its public message.
func New(kind Kind, msg Message) *Error { return &Error{Kind: kind, Msg: msg} }

// Wrap classifies a cause. Wrap(nil) would hide a bug and therefore panics.
func Wrap(kind Kind, op string, cause error) *Error {
	if cause == nil {
		panic("errs: Wrap of nil in " + op)
	}
	return &Error{Kind: kind, Op: op, Cause: cause}
}

// Fields makes an Invalid error from field messages; nil when there are none.
func Fields(fields []Field) error {
	if len(fields) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Msg: Msg("err.invalid", "Count", len(fields)), Fields: fields}
}

// KindOf tells the kind of the outermost Error in the chain; Internal when there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// FieldsOf collects the field messages of the chain.
func FieldsOf(err error) []Field {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Fields
	}
	return nil
}

// MessageOf gives the public message of the chain; ok is false for an error that has none.
func MessageOf(err error) (Message, bool) {
	if e, ok := errors.AsType[*Error](err); ok && e.Msg.Key != "" {
		return e.Msg, true
	}
	return Message{}, false
}
