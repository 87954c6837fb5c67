package web

import (
	"io"
	"net"
	"sync"
	"time"
)

// gate lets a bounded number of connections in at once. The next ones are told to come back instead of being left
// waiting in the queue of the system, where neither they nor a balancer in front learns why.
type gate struct {
	net.Listener
	now     func() time.Time
	inside  chan struct{}
	turning chan struct{} // connections being turned away
}

const maxTurning = 64

func newGate(l net.Listener, most int, now func() time.Time) *gate {
	return &gate{Listener: l, now: now, inside: make(chan struct{}, most), turning: make(chan struct{}, maxTurning)}
}

// Accept gives the next connection that may come in.
func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case g.inside <- struct{}{}:
			return &visitor{Conn: c, leave: sync.OnceFunc(func() { <-g.inside })}, nil
		default:
			g.turnAway(c)
		}
	}
}

const comeBack = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: " + retryAfter + "\r\nContent-Type: text/plain; charset=utf-8\r\n" +
	"Content-Length: 22\r\nConnection: close\r\n\r\ntoo many connections\r\n"

// turnAway answers a connection that may not come in. What it has sent is read first, so that closing does not take
// the answer away from it; nobody is waited for longer than a second.
func (g *gate) turnAway(c net.Conn) {
	select {
	case g.turning <- struct{}{}:
	default:
		_ = c.Close() // too many even to say so
		return
	}
	go func() {
		defer func() {
			_ = c.Close() // nothing was promised to it
			<-g.turning
		}()
		if c.SetDeadline(g.now().Add(time.Second)) != nil {
			return
		}
		if _, err := io.WriteString(c, comeBack); err != nil {
			return
		}
		if half, ok := c.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(c, 64<<10)) // until it has gone or the second is over
		}
	}()
}

// visitor is a connection that gives its place free when it ends.
type visitor struct {
	net.Conn
	leave func()
}

func (v *visitor) Close() error {
	err := v.Conn.Close()
	v.leave()
	return err
}
