package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/term"

	"lernraum/internal/access"
	"lernraum/internal/auth"
	"lernraum/internal/config"
	"lernraum/internal/errs"
	"lernraum/internal/page"
)

type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add an account; the password is read from standard input."`
	Password userPasswordCmd `cmd:"" help:"Set a new password, read from standard input; ends all sessions of the account."`
	Role     userRoleCmd     `cmd:"" help:"Set roles, units and memberships of an account."`
	Link     userLinkCmd     `cmd:"" help:"Print a link with which a local administrator signs in once within ten minutes."`
	Export   userExportCmd   `cmd:"" help:"Write everything that is kept of a person into a ZIP file."`
	Erase    userEraseCmd    `cmd:"" help:"Remove an account with everything about the person; what they wrote stays."`
	List     userListCmd     `cmd:"" help:"List the accounts."`
}

type userAddCmd struct {
	Login string   `arg:"" help:"Name to sign in with."`
	Name  string   `help:"Name as it is shown (default: the login)."`
	Label string   `help:"Role or unit in words, shown in histories instead of the name."`
	Role  []string `help:"Role: editor, controller, coordination, admin, council. May be repeated."`
	Unit  []string `help:"Slug of a unit. May be repeated."`
}

// Run adds the account.
func (c userAddCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	in, err := open(ctx, cfg, log, true)
	if err != nil {
		return err
	}
	defer in.close()
	roles, err := parseRoles(c.Role)
	if err != nil {
		return err
	}
	password, err := readPassword(con)
	if err != nil {
		return err
	}
	name := c.Name
	if name == "" {
		name = c.Login
	}
	u, err := in.auth.AddUser(ctx, access.Program("command line"), auth.NewUser{
		Login: c.Login, Name: name, Label: c.Label, Password: password, Roles: roles, Units: c.Unit,
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(con.out, "added %s (%s)\n", u.Login, u.ID)
	return err
}

type userPasswordCmd struct {
	Login string `arg:"" help:"Account."`
}

// Run sets the password.
func (c userPasswordCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	u, err := in.account(ctx, c.Login)
	if err != nil {
		return err
	}
	password, err := readPassword(con)
	if err != nil {
		return err
	}
	return in.auth.SetPassword(ctx, access.Program("command line"), u.ID, password)
}

type userRoleCmd struct {
	Login string   `arg:"" help:"Account."`
	Role  []string `help:"The roles the account has from now on; none given leaves them as they are, \"none\" takes all."`
	Unit  []string `help:"The units (slugs) the account belongs to from now on; \"none\" takes all."`
	Space []string `help:"Membership KEY=member, KEY=manager or KEY=none. May be repeated." placeholder:"KEY=LEVEL"`
}

// Run sets what was given and leaves the rest.
func (c userRoleCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	u, err := in.account(ctx, c.Login)
	if err != nil {
		return err
	}
	by := access.Program("command line")
	if len(c.Role) > 0 {
		roles, err := parseRoles(c.Role)
		if err != nil {
			return err
		}
		if err := in.auth.SetRoles(ctx, by, u.ID, roles); err != nil {
			return err
		}
	}
	if len(c.Unit) > 0 {
		if err := in.auth.SetUnits(ctx, by, u.ID, without(c.Unit, "none")); err != nil {
			return err
		}
	}
	spaces, err := in.store.Spaces(ctx)
	if err != nil {
		return err
	}
	for _, s := range c.Space {
		key, level, _ := strings.Cut(s, "=")
		m, ok := access.ParseMembership(level)
		if !ok {
			return usage("--space wants KEY=member, KEY=manager or KEY=none, not %q", s)
		}
		var sp page.Space
		for _, known := range spaces {
			if known.Key == key {
				sp = known
			}
		}
		if sp.Key == "" {
			return fmt.Errorf("there is no space %q", key)
		}
		if err := in.auth.SetMembership(ctx, by, u.ID, sp, m); err != nil {
			return err
		}
	}
	return nil
}

type userListCmd struct{}

// Run lists the accounts.
func (userListCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, con console) error {
	in, err := open(ctx, cfg, log, false)
	if err != nil {
		return err
	}
	defer in.close()
	users, err := in.auth.Users(ctx, access.Program("command line"))
	if err != nil {
		return err
	}
	for _, u := range users {
		state := "active"
		if u.Disabled {
			state = "closed"
		}
		var spaces []string
		for key, m := range u.Spaces {
			spaces = append(spaces, key+"="+m.String())
		}
		if _, err := fmt.Fprintf(con.out, "%s\t%s\t%s\troles: %v\tunits: %v\tspaces: %v\n", u.Login, u.Name, state, u.Roles, u.Units, spaces); err != nil {
			return err
		}
	}
	return nil
}

func (in *instance) account(ctx context.Context, login string) (auth.User, error) {
	u, err := in.auth.UserByLogin(ctx, access.Program("command line"), login)
	if errs.Is(err, errs.NotFound) {
		return u, fmt.Errorf("there is no account %q", login)
	}
	return u, err
}

func parseRoles(in []string) ([]access.Role, error) {
	var out []access.Role
	for _, s := range without(in, "none") {
		r, ok := access.ParseRole(s)
		if !ok {
			return nil, usage("there is no role %q; roles are %v", s, access.Roles())
		}
		out = append(out, r)
	}
	return out, nil
}

func without(in []string, drop string) []string {
	out := []string{}
	for _, s := range in {
		if s != drop {
			out = append(out, s)
		}
	}
	return out
}

// readPassword asks on a terminal without showing what is typed; otherwise it takes the first line. A password
// never stands on the command line, where other users of the machine see it.
func readPassword(con console) (string, error) {
	if f, ok := con.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(con.err, "Password: ")
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(con.err)
		return string(b), err
	}
	line, err := bufio.NewReader(io.LimitReader(con.in, 4096)).ReadString('\n')
	if err != nil && line == "" {
		return "", usage("give the password on standard input")
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

func usage(format string, args ...any) error {
	return &errs.Error{Kind: errs.Usage, Op: fmt.Sprintf(format, args...)}
}
