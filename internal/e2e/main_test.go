package e2e

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var shots = flag.String("shots", "", "folder into which TestScreenshots writes its pictures")

// demo is the instance all tests share.
var demo *instance

// root is the top of the repository, as seen from this package.
const root = "../.."

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lernraum-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	if demo, err = start(dir); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	code := m.Run()
	stopBrowser()
	if err := demo.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e: the server did not end as it should:", err)
		return max(code, 1)
	}
	return code
}

// missing ends a test that needs something the machine does not have: skipped with the reason, or failed where
// LERNRAUM_REQUIRE, a list with commas, names it.
func missing(t *testing.T, what, reason string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("LERNRAUM_REQUIRE"), ","), what) {
		t.Fatalf("LERNRAUM_REQUIRE names %s: %s", what, reason)
	}
	t.Skip(reason)
}

// instance is a running server.
type instance struct {
	base string // "http://127.0.0.1:port"
	bin  string // the program
	dir  string // for its files
	cmd  *exec.Cmd
	log  *tail
	done chan error
}

// start builds the binary and serves the demo with it on a free port.
func start(dir string) (*instance, error) {
	bin := filepath.Join(dir, "lernraum")
	build := exec.Command("go", "build", "-o", bin, "./cmd/lernraum")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return serve(bin, dir, "--demo", "--listen", "127.0.0.1:0", "--feedback-mail", "rueckmeldung@lernraum.example")
}

// serve runs the binary with its data in a folder and waits until it answers.
func serve(bin, dir string, args ...string) (*instance, error) {
	in := &instance{bin: bin, dir: dir, log: &tail{}, done: make(chan error, 1)}
	in.cmd = exec.Command(bin, append([]string{"serve", "--data", filepath.Join(dir, "data")}, args...)...)
	in.cmd.Dir = dir
	stderr, err := in.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := in.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(io.TeeReader(stderr, in.log))
		for lines.Scan() {
			if _, base, ok := strings.Cut(lines.Text(), "Lernraum is at "); ok {
				found <- strings.TrimSpace(base)
			}
		}
		in.done <- in.cmd.Wait()
	}()
	select {
	case in.base = <-found:
		return in, nil
	case err := <-in.done:
		return nil, fmt.Errorf("the server ended: %w\n%s", errors.Join(err, errors.New("before it served")), in.log)
	case <-time.After(60 * time.Second):
		_ = in.cmd.Process.Kill() // it is of no use any more
		return nil, fmt.Errorf("the server did not say where it is\n%s", in.log)
	}
}

// stop ends the server the way an operator does and expects it to go in order.
func (in *instance) stop() error {
	if err := in.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case err := <-in.done:
		if err != nil {
			return fmt.Errorf("%w\n%s", err, in.log)
		}
		return nil
	case <-time.After(30 * time.Second):
		_ = in.cmd.Process.Kill()
		return errors.New("still running 30 s after SIGTERM")
	}
}

// tail keeps what the server says, of very much the end.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - 16<<20; over > 0 {
		t.text = t.text[over:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

// shortly bounds one thing a test waits for. The bound is generous: the machine may be busy.
func shortly(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 30*time.Second)
}
