package errs

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// The outermost Error decides, whatever lies below or around it; what nobody classified is our fault.
func TestKindOf(t *testing.T) {
	t.Parallel()
	notFound := New(NotFound, Msg("wiki.not_found"))
	for _, c := range []struct {
		err  error
		want Kind
	}{
		{io.EOF, Internal},
		{notFound, NotFound},
		{fmt.Errorf("read page: %w", notFound), NotFound},
		{&Error{Kind: Invalid, Cause: notFound}, Invalid},
		{errors.Join(io.EOF, notFound), NotFound},
		{Wrap(Full, "store: save", io.ErrShortWrite), Full},
		{Fields([]Field{{Name: "title", Msg: Msg("wiki.title_missing")}}), Invalid},
	} {
		if got := KindOf(c.err); got != c.want || !Is(c.err, c.want) {
			t.Errorf("%v is of kind %d, want %d", c.err, got, c.want)
		}
	}
	if Is(nil, Internal) {
		t.Error("nil is an error")
	}
	if err := Fields(nil); err != nil {
		t.Errorf("no fields give %v", err)
	}
	if !errors.Is(Wrap(ReadOnly, "x", io.EOF), io.EOF) {
		t.Error("the cause is lost")
	}
}

// What is public holds nothing of the private side.
func TestPublicSide(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("handler: %w", &Error{Kind: Full, Op: "store: save /var/lib/secret", Msg: Msg("store.full", "Free", 7), Cause: errors.New("disk sda1")})
	m, ok := MessageOf(err)
	if !ok || m.Key != "store.full" || m.Args["Free"] != 7 || strings.Contains(m.String(), "secret") {
		t.Errorf("%v, %v", m, ok)
	}
	if _, ok := MessageOf(Wrap(Full, "store: save", io.EOF)); ok {
		t.Error("an error without a message has one")
	}
	if _, ok := MessageOf(io.EOF); ok {
		t.Error("a foreign error has a message")
	}
	for _, part := range []string{"handler", "/var/lib/secret", "store.full", "disk sda1"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the log does not say %q: %v", part, err)
		}
	}
	bad := Fields([]Field{{Name: "a", Msg: Msg("x.y")}, {Name: "b", Msg: Msg("x.z", "N", 1, "odd")}})
	if f := FieldsOf(fmt.Errorf("x: %w", bad)); len(f) != 2 || f[1].Msg.Args["N"] != 1 || len(f[1].Msg.Args) != 1 {
		t.Errorf("%v", f)
	}
	if FieldsOf(io.EOF) != nil {
		t.Error("a foreign error has fields")
	}
}

func TestWrapOfNilIsABug(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("Wrap(nil) hides that there was no error")
		}
	}()
	_ = Wrap(Internal, "x", nil)
}
