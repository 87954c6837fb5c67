//go:build !linux

package store

import "os"

// networkFS cannot tell here; the operator's manual asks for a local disk.
func networkFS(string) (string, error) { return "", nil }

// lockFile does not lock here: an unclean end is then assumed once more than needed when several processes
// share a database, which costs a check and no data.
type lockFile struct{}

func openLock(string) (*lockFile, error) { return &lockFile{}, nil }
func (*lockFile) alone() (bool, error)   { return true, nil }
func (*lockFile) share() error           { return nil }
func (*lockFile) close() error           { return nil }

func fileFault(err error) fault {
	if os.IsPermission(err) {
		return faultReadOnly
	}
	return faultNone
}
