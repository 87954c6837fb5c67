package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// answerTime bounds one answer, so that a server that hangs ends the measurement.
const answerTime = 30 * time.Second

// site is a server as a signed-in reader sees it. Requests are written as bytes: the client shares the cores
// with the server it measures, and a comfortable client would take more of them than the page does.
type site struct {
	addr   string // host:port
	cookie string
}

func (s site) get(path string, header ...string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\nUser-Agent: bench\r\n", path, s.addr)
	s.finish(&b, header)
	return b.Bytes()
}

func (s site) post(path string, form url.Values) []byte {
	var b bytes.Buffer
	body := form.Encode()
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\nAccept-Encoding: gzip\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n",
		path, s.addr, s.addr, len(body))
	s.finish(&b, nil)
	b.WriteString(body)
	return b.Bytes()
}

func (s site) finish(b *bytes.Buffer, header []string) {
	if s.cookie != "" {
		fmt.Fprintf(b, "Cookie: %s\r\n", s.cookie)
	}
	for _, h := range header {
		b.WriteString(h + "\r\n")
	}
	b.WriteString("\r\n")
}

// answer is what came back; body is only kept when it was asked for.
type answer struct {
	status int
	size   int
	header textproto.MIMEHeader
	body   []byte
}

// connection is one kept-alive connection; it is opened when it is first used and again after an error.
type connection struct {
	site site
	conn net.Conn
	in   *bufio.Reader
}

func (c *connection) close() {
	if c.conn != nil {
		_ = c.conn.Close() // nothing more is read from it
		c.conn = nil
	}
}

func (c *connection) do(ctx context.Context, request []byte, keep bool) (answer, error) {
	if c.conn == nil {
		d := net.Dialer{Timeout: 5 * time.Second}
		conn, err := d.DialContext(ctx, "tcp", c.site.addr)
		if err != nil {
			return answer{}, err
		}
		c.conn, c.in = conn, bufio.NewReaderSize(conn, 32<<10)
	}
	a, err := c.exchange(request, keep)
	if err != nil {
		c.close()
	}
	return a, err
}

func (c *connection) exchange(request []byte, keep bool) (answer, error) {
	if err := c.conn.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return answer{}, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return answer{}, err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return answer{}, err
	}
	if len(line) < 12 {
		return answer{}, fmt.Errorf("status line %q", line)
	}
	var a answer
	if a.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return a, fmt.Errorf("status line %q", line)
	}
	length, chunked, closing := int64(0), false, false
	if keep {
		a.header = textproto.MIMEHeader{}
	}
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return a, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.ParseInt(string(value), 10, 64); err != nil {
				return a, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		case bytes.EqualFold(name, []byte("Connection")):
			closing = bytes.EqualFold(value, []byte("close"))
		}
		if keep {
			a.header.Add(string(name), string(value))
		}
	}
	body := io.Discard
	var kept bytes.Buffer
	if keep {
		body = &kept
	}
	switch {
	case a.status == 304 || a.status == 204:
	case chunked:
		a.size, err = c.chunks(body)
	default:
		a.size, err = c.copy(body, length)
	}
	a.body = kept.Bytes()
	if closing {
		c.close()
	}
	return a, err
}

func (c *connection) copy(to io.Writer, n int64) (int, error) {
	if to == io.Discard {
		m, err := c.in.Discard(int(n))
		return m, err
	}
	m, err := io.CopyN(to, c.in, n)
	return int(m), err
}

func (c *connection) chunks(to io.Writer) (int, error) {
	total := 0
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return total, err
		}
		n, err := strconv.ParseInt(string(bytes.TrimRight(line, "\r\n")), 16, 32)
		if err != nil {
			return total, fmt.Errorf("chunk length %q", line)
		}
		if _, err := c.copy(to, n); err != nil {
			return total, err
		}
		total += int(n)
		if _, err := c.in.Discard(2); err != nil {
			return total, err
		}
		if n == 0 {
			return total, nil
		}
	}
}

// load is what a measurement of many requests gave.
type load struct {
	requests int
	wall     time.Duration
	cpu      time.Duration // of the server
	times    []time.Duration
}

func (l load) rate() float64 { return float64(l.requests) / l.wall.Seconds() }

func (l load) cpuEach() time.Duration { return l.cpu / time.Duration(max(1, l.requests)) }

// percentile gives the time that a share of the requests stayed within.
func (l load) percentile(share float64) time.Duration {
	if len(l.times) == 0 {
		return 0
	}
	return l.times[min(int(share*float64(len(l.times))), len(l.times)-1)]
}

// task is what one connection does for its n-th request: it times what is measured and leaves out what is not.
type task func(ctx context.Context, c *connection, worker, n int) (time.Duration, error)

// drive lets a number of connections work for a time. pause, when set, is waited for between two requests of a
// connection, to read at a steady pace instead of as fast as possible.
func drive(ctx context.Context, s site, pid, connections int, length, pause time.Duration, t task) (load, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	before, err := cpuOf(pid)
	if err != nil {
		return load{}, err
	}
	var mu sync.Mutex
	var out load
	var fault error
	var wg sync.WaitGroup
	start := time.Now()
	for worker := range connections {
		wg.Go(func() {
			c := &connection{site: s}
			defer c.close()
			var times []time.Duration
			var err error
			for n := 0; time.Since(start) < length && ctx.Err() == nil; n++ {
				var d time.Duration
				if d, err = t(ctx, c, worker, n); err != nil {
					cancel()
					break
				}
				times = append(times, d)
				if pause > 0 {
					wait(ctx, pause)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			out.times = append(out.times, times...)
			if err != nil && !errors.Is(err, context.Canceled) {
				fault = errors.Join(fault, err)
			}
		})
	}
	wg.Wait()
	out.wall, out.requests = time.Since(start), len(out.times)
	after, err := cpuOf(pid)
	if err != nil {
		return out, err
	}
	out.cpu = after - before
	slices.Sort(out.times)
	if fault == nil && out.requests == 0 {
		fault = errors.New("no request was answered")
	}
	return out, fault
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// asking is the task of sending one of some requests, in an order that depends on the connection only.
func asking(requests [][]byte, status int) task {
	return func(ctx context.Context, c *connection, worker, n int) (time.Duration, error) {
		request := requests[(worker*7919+n*31)%len(requests)]
		start := time.Now()
		a, err := c.do(ctx, request, false)
		d := time.Since(start)
		if err == nil && a.status != status {
			line, _, _ := strings.Cut(string(request), "\r\n")
			err = fmt.Errorf("%s: status %d, want %d", line, a.status, status)
		}
		return d, err
	}
}
