package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/config"
	"lernraum/internal/errs"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make an API token for an account; prints the token alone, once."`
	List   tokenListCmd   `cmd:"" help:"List the API tokens of all accounts."`
	Revoke tokenRevokeCmd `cmd:"" help:"Revoke an API token; it ends within two seconds, also at a serving instance."`
}

type tokenCreateCmd struct {
	User  string   `required:"" help:"Account that owns the token." placeholder:"NAME"`
	Scope []string `required:"" help:"What it may be used for: read, write, kpi:KEY; several with commas."`
	Name  string   `default:"command line" help:"What it is for, shown in the lists."`
	Days  int      `default:"90" help:"Days until it expires, at most 365."`
}

// Run makes the token.
func (c tokenCreateCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	u, err := in.account(ctx, c.User)
	if err != nil {
		return err
	}
	days := c.Days
	if days == 0 {
		days = -1 // as wrong as any other number out of bounds, not the default
	}
	raw, _, err := in.auth.CreateToken(ctx, access.Program("command line"), u.ID, auth.NewToken{Name: c.Name, Scopes: c.Scope, Days: days})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(con.out, raw)
	return err
}

type tokenListCmd struct{}

// Run lists the tokens.
func (tokenListCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	list, err := in.auth.AllTokens(ctx, access.Program("command line"))
	if err != nil {
		return err
	}
	for _, t := range list {
		used := "never used"
		if !t.UsedDay.IsZero() {
			used = "last used " + t.UsedDay.Format(time.DateOnly)
		}
		_, err := fmt.Fprintf(con.out, "%s\t%s\t%s\t%s\tuntil %s\t%s\n",
			t.ID, t.Owner.Login, t.Name, strings.Join(t.Scopes, ","), t.ExpiresAt.Format(time.DateOnly), used)
		if err != nil {
			return err
		}
	}
	return nil
}

type tokenRevokeCmd struct {
	ID string `arg:"" help:"Id of the token, as token list shows it."`
}

// Run revokes the token.
func (c tokenRevokeCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	err = in.auth.RevokeToken(ctx, access.Program("command line"), c.ID)
	if errs.Is(err, errs.NotFound) {
		return fmt.Errorf("there is no token %q", c.ID)
	}
	if err == nil {
		_, err = fmt.Fprintf(con.out, "revoked %s\n", c.ID)
	}
	return err
}
