package search

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Two locks lie beside the indexes. Who holds serveLock may open and delete finished indexes; who holds
// buildLock may make one. The kernel gives them back when a process dies.
const (
	serveLock = "serve.lock"
	buildLock = "build.lock"
)

// errLocked: another process, or another part of this one, holds the lock.
var errLocked = errors.New("lock is held")

type fileLock struct{ f *os.File }

// lock takes a lock without waiting for it.
func lock(dir, name string) (*fileLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("search: make index folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("search: open lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("search: %s: %w", name, errLocked)
		}
		return nil, fmt.Errorf("search: lock %s: %w", name, err)
	}
	return &fileLock{f}, nil
}

// lockSoon takes a lock that may be held for a moment: sweeping old folders takes it too. A build holds it for
// long, and is reported as errLocked.
func lockSoon(ctx context.Context, dir, name string) (*fileLock, error) {
	const patience, pause = 2 * time.Second, 20 * time.Millisecond
	t := time.NewTicker(pause)
	defer t.Stop()
	for waited := time.Duration(0); ; waited += pause {
		l, err := lock(dir, name)
		if !errors.Is(err, errLocked) || waited >= patience {
			return l, err
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (l *fileLock) release() { _ = l.f.Close() }
