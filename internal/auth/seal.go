package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
)

// sealer keeps what a provider trusted us with unreadable at rest: AES-256-GCM with a key that lies beside the
// database and not in it, so that a copy of the database alone opens nothing.
type sealer struct{ aead cipher.AEAD }

const sealKeyBytes = 32

// openSealer reads the key from a file, which is made when it is missing.
func openSealer(path string, log *slog.Logger) (*sealer, error) {
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = makeKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("key of secrets: %w", err)
	}
	if len(key) != sealKeyBytes {
		return nil, fmt.Errorf("key of secrets: %s is not a file of %d bytes; remove it to have a new one made, which ends the sessions of providers", path, sealKeyBytes)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		log.Warn("the key of secrets could be read by others; its mode is set to 0600", "file", path)
		if err := os.Chmod(path, 0o600); err != nil {
			return nil, fmt.Errorf("key of secrets: %w", err)
		}
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("key of secrets: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("key of secrets: %w", err)
	}
	return &sealer{aead}, nil
}

func makeKey(path string) (key []byte, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	key = make([]byte, sealKeyBytes)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	if _, err := f.Write(key); err != nil {
		return nil, err
	}
	return key, f.Sync()
}

// seal makes bytes of a value; they open only beside the hash they were sealed for.
func (s *sealer) seal(v any, beside Hash) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return s.aead.Seal(nil, nil, plain, beside[:]), nil
}

func (s *sealer) open(sealed []byte, beside Hash, v any) error {
	plain, err := s.aead.Open(nil, nil, sealed, beside[:])
	if err != nil {
		return fmt.Errorf("open what is sealed: %w", err)
	}
	if err := json.Unmarshal(plain, v); err != nil {
		return fmt.Errorf("open what is sealed: %w", err)
	}
	return nil
}
