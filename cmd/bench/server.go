package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	login    = "bench"
	password = "neun-rote-Ordner-im-Regal"
	// startTime bounds the wait for a server to answer, indexTime the wait for an index of any size.
	startTime = 60 * time.Second
	indexTime = 30 * time.Minute
)

// server is a running child: Lernraum, or one of the limits.
type server struct {
	site
	cmd     *exec.Cmd
	started time.Time
	metrics string // address of Lernraum's figures
	mu      sync.Mutex
	told    bytes.Buffer
}

func (s *server) pid() int { return s.cmd.Process.Pid }

// stop ends the child and waits for it.
func (s *server) stop() error {
	if s.cmd.ProcessState != nil {
		return nil
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end the server: %w", err)
	}
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("the server ended badly: %w; it said: %s", err, s.said())
	}
	return nil
}

// stopHard ends a limit, which has nothing to lose and does not say goodbye.
func (s *server) stopHard() error {
	if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end the limit: %w", err)
	}
	_ = s.cmd.Wait() // it was killed, and says so
	return nil
}

func (s *server) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.told.Bytes()
	return string(b[max(0, len(b)-2000):])
}

// launch starts a child and waits for the line in which it tells its address.
func launch(ctx context.Context, marker, bin string, args ...string) (*server, error) {
	s := &server{cmd: exec.CommandContext(ctx, bin, args...)}
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	s.cmd.WaitDelay = 20 * time.Second
	out, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", bin, err)
	}
	s.started = time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", bin, err)
	}
	address := make(chan string, 1)
	go func() {
		defer close(address)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			s.mu.Lock()
			if s.told.Len() < 1<<20 {
				s.told.WriteString(lines.Text() + "\n")
			}
			s.mu.Unlock()
			if _, base, ok := strings.Cut(lines.Text(), marker+"http://"); ok {
				select {
				case address <- strings.TrimSpace(base):
				default:
				}
			}
		}
	}()
	select {
	case addr, ok := <-address:
		if !ok {
			return nil, fmt.Errorf("%s ended: %v; it said: %s", bin, s.cmd.Wait(), s.said())
		}
		s.addr = addr
		return s, nil
	case <-time.After(startTime):
		return nil, errors.Join(fmt.Errorf("%s tells no address; it said: %s", bin, s.said()), s.stop())
	}
}

// instance is a data directory with the binary that serves it.
type instance struct {
	bin, data string
	cookie    string
}

func (in *instance) run(ctx context.Context, input string, args ...string) (*os.ProcessState, time.Duration, error) {
	cmd := exec.CommandContext(ctx, in.bin, append(args, "--data", in.data)...)
	cmd.Stdin = strings.NewReader(input)
	start := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("lernraum %s: %w: %s", args[0], err, out[max(0, len(out)-2000):])
	}
	return cmd.ProcessState, time.Since(start), err
}

func (in *instance) serve(ctx context.Context) (*server, error) {
	metrics, err := freeAddress()
	if err != nil {
		return nil, err
	}
	s, err := launch(ctx, "Lernraum is at ", in.bin, "serve", "--listen", "127.0.0.1:0", "--metrics-listen", metrics, "--data", in.data)
	if err != nil {
		return nil, err
	}
	s.metrics, s.cookie = metrics, in.cookie
	return s, nil
}

// freeAddress finds a port nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// fetch gets one address, unpacked.
func (s site) fetch(ctx context.Context, path string) (answer, error) {
	c := &connection{site: s}
	defer c.close()
	a, err := c.do(ctx, s.get(path), true)
	if err != nil || a.header.Get("Content-Encoding") != "gzip" {
		return a, err
	}
	z, err := gzip.NewReader(bytes.NewReader(a.body))
	if err != nil {
		return a, fmt.Errorf("unpack %s: %w", path, err)
	}
	a.body, err = io.ReadAll(z)
	return a, err
}

// want is fetch of something that must be there.
func (s site) want(ctx context.Context, path string, status int) (answer, error) {
	a, err := s.fetch(ctx, path)
	if err == nil && a.status != status {
		err = fmt.Errorf("%s: status %d, want %d", path, a.status, status)
	}
	return a, err
}

// signIn opens a session with the form of the sign-in page and keeps its cookie for later servers.
func (in *instance) signIn(ctx context.Context, s *server) error {
	c := &connection{site: s.site}
	defer c.close()
	a, err := c.do(ctx, s.post("/login", url.Values{"login": {login}, "password": {password}}), true)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	if a.status != 303 || cookie == "" {
		return fmt.Errorf("sign in: status %d, no session", a.status)
	}
	in.cookie, s.cookie = cookie, cookie
	return nil
}

// indexed waits until the search index has taken in every change.
func (s *server) indexed(ctx context.Context) error {
	for end := time.Now().Add(indexTime); time.Now().Before(end); wait(ctx, 20*time.Millisecond) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		ready, err := s.gauge(ctx, "lernraum_index_ready")
		if err != nil {
			return err
		}
		lag, err := s.gauge(ctx, "lernraum_index_lag_changes")
		if err != nil {
			return err
		}
		if ready == 1 && lag == 0 {
			return nil
		}
	}
	return errors.New("the index does not become ready")
}

func (s *server) gauge(ctx context.Context, name string) (float64, error) {
	a, err := site{addr: s.metrics}.want(ctx, "/metrics", 200)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(a.body)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, fmt.Errorf("no figure %s", name)
}

// until asks for an address from the moment on in which the child is started, and tells when it first came.
func (s *server) until(ctx context.Context, path string) (time.Duration, error) {
	c := &connection{site: s.site}
	defer c.close()
	for time.Since(s.started) < startTime {
		a, err := c.do(ctx, s.get(path), false)
		if err == nil && a.status == 200 {
			return time.Since(s.started), nil
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		wait(ctx, time.Millisecond)
	}
	return 0, fmt.Errorf("%s does not come", path)
}
