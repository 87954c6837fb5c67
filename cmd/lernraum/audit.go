package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lernraum/internal/audit"
	"lernraum/internal/config"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Follow the audit log from its first entry and compare it with its signed heads; exit status 1 when something was changed."`
	Head   auditHeadCmd   `cmd:"" help:"Print the signed head of the audit log as one line, to be kept elsewhere."`
	List   auditListCmd   `cmd:"" help:"Print the entries of the audit log, one a line, as JSON."`
}

type auditVerifyCmd struct {
	Heads string `help:"File with heads, or a log that contains them (default: what audit-heads names)." type:"existingfile" placeholder:"FILE"`
}

// Run verifies the log.
func (c auditVerifyCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	signer, err := in.auditSigner()
	if err != nil {
		return err
	}
	name := c.Heads
	if name == "" {
		name = in.auditHeads()
	}
	var heads io.Reader
	switch f, err := os.Open(name); {
	case err == nil:
		defer f.Close()
		heads = f
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("read heads: %w", err)
	default:
		fmt.Fprintf(con.err, "there are no heads in %s: that the end was not cut off cannot be shown\n", name)
	}
	r, err := audit.Verify(ctx, in.store, heads, signer.Public())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(con.out, "audit log: entries %d to %d are as they were written; %d signed heads fit, the newest is of entry %d; %d personal parts were erased\n",
		r.First, r.Last, r.Heads, r.LastHead.Seq, r.Erased)
	return err
}

type auditHeadCmd struct{}

// Run prints the head.
func (auditHeadCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	h, err := in.auditHead(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(con.out, h)
	return err
}

type auditListCmd struct {
	Since string `help:"Only entries of this day (2006-01-02) and later." placeholder:"DAY"`
}

// auditLine is an entry as the command prints it. JSON escapes control characters: one entry is one line.
type auditLine struct {
	Seq     int64             `json:"seq"`
	At      time.Time         `json:"at"`
	Action  audit.Action      `json:"action"`
	Outcome audit.Outcome     `json:"outcome"`
	Object  string            `json:"object"`
	Detail  map[string]string `json:"detail,omitempty"`
	Actor   string            `json:"actor,omitempty"`
	Network string            `json:"network,omitempty"`
	Subject string            `json:"subject,omitempty"`
	Hash    string            `json:"hash"`
}

// Run prints the entries, oldest first.
func (c auditListCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	var since time.Time
	if c.Since != "" {
		var err error
		if since, err = time.Parse(time.DateOnly, c.Since); err != nil {
			return usage("--since wants a day like 2026-03-14, not %q", c.Since)
		}
	}
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	enc := json.NewEncoder(con.out)
	return in.store.EachAudit(ctx, 0, func(e audit.Entry) error {
		if e.At.Before(since) {
			return nil
		}
		return enc.Encode(auditLine{e.Seq, e.At, e.Action, e.Outcome, e.Object, e.Detail, e.Actor, e.Network, e.Subject, e.Hash.String()})
	})
}

// auditHead signs the end of the log.
func (in *instance) auditHead(ctx context.Context) (audit.Head, error) {
	signer, err := in.auditSigner()
	if err != nil {
		return audit.Head{}, err
	}
	last, err := in.store.LastAudit(ctx)
	if err != nil {
		return audit.Head{}, err
	}
	return signer.Sign(last, in.now()), nil
}

func (in *instance) auditHeads() string {
	if in.cfg.AuditHeads != "" {
		return in.cfg.AuditHeads
	}
	return filepath.Join(in.cfg.DataDir(), "audit-heads.log")
}

// keepAudit signs the head of the audit log and writes it where the database is not, then removes what is over its time.
func (in *instance) keepAudit(ctx context.Context) error {
	h, err := in.auditHead(ctx)
	if err != nil {
		return err
	}
	if h.Seq > 0 {
		in.log.Info("audit", "head", h.String())
		f, err := os.OpenFile(in.auditHeads(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return fmt.Errorf("keep head of audit log: %w", err)
		}
		_, err = fmt.Fprintln(f, h)
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return fmt.Errorf("keep head of audit log: %w", err)
		}
	}
	if _, err := in.store.ErasePersons(ctx, in.now().Add(-in.cfg.AuditKeepPersons)); err != nil {
		return err
	}
	_, err = in.store.CutAudit(ctx, in.now().Add(-in.cfg.AuditKeep))
	return err
}

// auditKeyFile holds the seed of the key that signs heads.
const auditKeyFile = "audit.key"

// auditSigner reads the key of the instance, or makes it.
func (in *instance) auditSigner() (audit.Signer, error) {
	name := filepath.Join(in.cfg.DataDir(), auditKeyFile)
	raw, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		seed := make([]byte, 32)
		if _, err := rand.Read(seed); err != nil {
			return audit.Signer{}, fmt.Errorf("make audit key: %w", err)
		}
		raw = []byte(base64.StdEncoding.EncodeToString(seed) + "\n")
		if err := writeNew(name, raw); errors.Is(err, fs.ErrExist) { // a command beside the server was faster
			raw, err = os.ReadFile(name)
			if err != nil {
				return audit.Signer{}, fmt.Errorf("read audit key: %w", err)
			}
		} else if err != nil {
			return audit.Signer{}, fmt.Errorf("make audit key: %w", err)
		}
	} else if err != nil {
		return audit.Signer{}, fmt.Errorf("read audit key: %w", err)
	}
	seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil {
		return audit.Signer{}, fmt.Errorf("audit key %s: %w", name, err)
	}
	return audit.NewSigner(seed)
}

// writeNew writes a file that only its owner reads, whole or not at all, and never over another.
func writeNew(name string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(b)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Link(tmp.Name(), name)
}
