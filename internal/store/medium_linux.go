package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// networkMagic are the file systems whose locks or syncs a database must not rely on (statfs f_type).
var networkMagic = map[int64]string{
	0x6969:     "NFS",
	0x517B:     "SMB",
	0xFE534D42: "SMB2",
	0xFF534D42: "CIFS",
	0x65735546: "FUSE",
	0x01021997: "9P",
	0x5346414F: "AFS",
	0x00C36400: "Ceph",
	0x7461636F: "OCFS2",
	0x47504653: "GPFS",
	0x0BD00BD0: "Lustre",
}

// networkFS names the network file system a folder lies on, "" for a local one.
func networkFS(dir string) (string, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return "", fmt.Errorf("ask for the file system of %s: %w", dir, err)
	}
	return networkMagic[int64(uint32(st.Type))], nil
}

// lockFile is held shared by every process that has the database open. Whoever gets it alone knows that nobody
// else has.
type lockFile struct{ f *os.File }

func openLock(name string) (*lockFile, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock file: %w", err)
	}
	return &lockFile{f}, nil
}

// alone tries to get the lock for this process only.
func (l *lockFile) alone() (bool, error) {
	err := syscall.Flock(int(l.f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("lock %s: %w", l.f.Name(), err)
	}
	return true, nil
}

// share holds the lock together with others.
func (l *lockFile) share() error {
	if err := syscall.Flock(int(l.f.Fd()), syscall.LOCK_SH); err != nil {
		return fmt.Errorf("share lock %s: %w", l.f.Name(), err)
	}
	return nil
}

func (l *lockFile) close() error { return l.f.Close() }

// fileFault tells what a failing file operation means, in the terms of faultOf.
func fileFault(err error) fault {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return faultFull
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EIO), errors.Is(err, os.ErrPermission):
		return faultReadOnly
	}
	return faultNone
}
