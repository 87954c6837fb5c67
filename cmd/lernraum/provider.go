package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/config"
	"lernraum/internal/outbound"
)

// secretFile is the key for what is kept of identity providers, in the data directory.
const secretFile = "secret.key"

// federate reads the file of identity providers.
func (in *instance) federate() error {
	f := auth.Federation{
		PasswordsOff: !in.cfg.LocalAccounts, BaseURL: in.cfg.BaseURL, SecretFile: filepath.Join(in.cfg.DataDir(), secretFile),
	}
	if in.cfg.Providers != "" {
		var err error
		if f.Providers, err = auth.ReadProviders(in.cfg.Providers, os.ReadFile); err != nil {
			return err
		}
	}
	allow := slices.Clone(in.cfg.OutboundAllow)
	for _, p := range f.Providers {
		issuer, err := url.Parse(p.Issuer)
		if err != nil {
			return fmt.Errorf("issuer of provider %s: %w", p.Key, err)
		}
		host, err := outbound.HostPort(issuer)
		if err != nil {
			return fmt.Errorf("issuer of provider %s: %w", p.Key, err)
		}
		allow = append(append(allow, host), p.Hosts...)
	}
	var err error
	if f.Client, err = outbound.New(outbound.Options{Allow: allow}); err != nil {
		return err
	}
	return in.auth.Federate(f)
}

type userLinkCmd struct {
	Login string `arg:"" help:"Account: local, open, with the role admin."`
}

// Run prints the link. It is recorded, and so is its use.
func (c userLinkCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	if _, err := in.account(ctx, c.Login); err != nil {
		return err
	}
	token, err := in.auth.SignInLink(ctx, access.Program("command line"), c.Login)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(con.out, "%s/login/link?token=%s\n", cfg.BaseURL, token)
	return err
}
