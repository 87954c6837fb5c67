package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockServing makes sure that one process at a time serves a data directory; the other commands may run beside it.
// The directory itself is locked, so that nothing needs to be written, and the lock goes with the process,
// however it ends. Close gives it back.
func lockServing(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("data directory %s is already served by another process", dir)
		}
		return nil, fmt.Errorf("lock data directory %s: %w", dir, err)
	}
	return f, nil
}
